-- Where deleted objects stood in their lists: a page begins behind the last object of the page before, also where that one has
-- been deleted meanwhile. Only the newest rows are kept.
CREATE TABLE gone (
    row_id INTEGER PRIMARY KEY,
    list TEXT NOT NULL, -- groups, group_users, …
    owner_1 INTEGER NOT NULL, -- whose list it is: the numbers of an organization, a project, …; 0 where there are fewer
    owner_2 INTEGER NOT NULL,
    owner_3 INTEGER NOT NULL,
    id TEXT NOT NULL,
    stood_at INTEGER NOT NULL -- its row_id
) STRICT;
CREATE INDEX gone_by_id ON gone (list, owner_1, owner_2, owner_3, id, row_id);

-- A name is that of one project in use: what is archived cannot be renamed, and is not to keep its name from others. SQLite
-- takes no constraint away, so the table is written anew; what refers to it goes on naming the same numbers. The two
-- indexes spare a look at every key for each project.
CREATE INDEX keys_of_any_project ON keys (project);
CREATE INDEX role_assignments_of_any_project ON role_assignments (project);
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE projects_before AS SELECT * FROM projects;
DROP TABLE projects;
CREATE TABLE projects (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    archived_at INTEGER, -- null: active
    residency TEXT, -- null: served anywhere
    models_mode TEXT, -- allow_list or deny_list; null: every model
    models_list TEXT NOT NULL DEFAULT '[]', -- JSON list of model ids
    tools_denied TEXT NOT NULL DEFAULT '[]', -- JSON list of hosted tools
    revision INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO projects (row_id, id, organization, name, created_at, archived_at, residency, models_mode, models_list, tools_denied, revision)
    SELECT row_id, id, organization, name, created_at, archived_at, residency, models_mode, models_list, tools_denied, revision
    FROM projects_before;
DROP TABLE projects_before;
CREATE UNIQUE INDEX projects_by_name ON projects (organization, name) WHERE archived_at IS NULL;
CREATE INDEX projects_by_organization ON projects (organization, row_id);
CREATE INDEX projects_by_revision ON projects (revision);
DROP INDEX keys_of_any_project;
DROP INDEX role_assignments_of_any_project;

-- The highest tier that keys of an organization are given by whoever does not operate the server.
ALTER TABLE organizations ADD COLUMN tier_max INTEGER NOT NULL DEFAULT 0;

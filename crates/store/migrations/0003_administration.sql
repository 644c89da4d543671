-- Who administers, what they may do, and what they have done. Times are Unix seconds; lists and objects are JSON texts.
-- Predefined roles are in the program; a role column holds the id of one of them or of a row in roles.

-- Addresses from which a key may be used. Two policies may now differ in these alone, so the table is written anew; keys go
-- on naming their policies by the same numbers.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE policies_before AS
    SELECT row_id, permissions, models_allow, models_deny, regions, tier FROM policies;
DROP TABLE policies;

-- Rows are never changed: a key that gets other rules gets another row. Equal rules are one row.
CREATE TABLE policies (
    row_id INTEGER PRIMARY KEY,
    permissions TEXT NOT NULL, -- JSON: null is everything, a list is these scopes and nothing else
    models_allow TEXT NOT NULL, -- JSON list of patterns
    models_deny TEXT NOT NULL,
    regions TEXT NOT NULL, -- JSON list of patterns; an empty one is everywhere
    tier INTEGER NOT NULL,
    addresses TEXT NOT NULL DEFAULT '[]', -- JSON list of networks; an empty one is anywhere
    UNIQUE (permissions, models_allow, models_deny, regions, tier, addresses)
) STRICT;
INSERT INTO policies SELECT row_id, permissions, models_allow, models_deny, regions, tier, '[]' FROM policies_before;
DROP TABLE policies_before;

-- What holds for every key of a project. A change raises the revision, as a change of a key does.
ALTER TABLE projects ADD COLUMN archived_at INTEGER; -- null: active
ALTER TABLE projects ADD COLUMN residency TEXT; -- null: served anywhere
ALTER TABLE projects ADD COLUMN models_mode TEXT; -- allow_list or deny_list; null: every model
ALTER TABLE projects ADD COLUMN models_list TEXT NOT NULL DEFAULT '[]'; -- JSON list of model ids
ALTER TABLE projects ADD COLUMN tools_denied TEXT NOT NULL DEFAULT '[]'; -- JSON list of hosted tools
ALTER TABLE projects ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX projects_by_organization ON projects (organization, row_id);
CREATE INDEX projects_by_revision ON projects (revision);

-- A person. One address is one person, in however many organizations.
CREATE TABLE users (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, -- user-…
    email TEXT NOT NULL UNIQUE, -- in lower case
    name TEXT NOT NULL,
    password TEXT, -- argon2id in PHC form; null: cannot sign in
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    row_id INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    user_row INTEGER NOT NULL REFERENCES users (row_id),
    role TEXT NOT NULL, -- owner or reader
    persona TEXT, -- what the member calls himself; shown, and means nothing
    technical_level TEXT,
    added_at INTEGER NOT NULL,
    UNIQUE (organization, user_row)
) STRICT;
CREATE INDEX members_by_user ON members (user_row);

CREATE TABLE project_members (
    row_id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects (row_id),
    user_row INTEGER NOT NULL REFERENCES users (row_id),
    role TEXT NOT NULL, -- owner or member
    added_at INTEGER NOT NULL,
    UNIQUE (project, user_row)
) STRICT;
CREATE INDEX project_members_by_user ON project_members (user_row);

CREATE TABLE service_accounts (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, -- svc_acct_…
    project INTEGER NOT NULL REFERENCES projects (row_id),
    name TEXT NOT NULL,
    role TEXT NOT NULL, -- owner, member or none
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX service_accounts_by_project ON service_accounts (project, row_id);

-- One of both, or none for keys from before there were owners and those that the command line makes.
ALTER TABLE keys ADD COLUMN owner_user INTEGER REFERENCES users (row_id);
ALTER TABLE keys ADD COLUMN owner_service_account INTEGER REFERENCES service_accounts (row_id);
-- 0: its owner may no longer use the project, and the key is refused until he may again.
ALTER TABLE keys ADD COLUMN owner_has_access INTEGER NOT NULL DEFAULT 1;
-- Deleted keys are revoked, and listed no more; their digests stay, so that whoever presents one learns what happened.
ALTER TABLE keys ADD COLUMN deleted_at INTEGER;
DROP INDEX keys_by_project;
CREATE INDEX keys_by_project ON keys (project, row_id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_owner_user ON keys (owner_user) WHERE owner_user IS NOT NULL;
CREATE INDEX keys_by_owner_service_account ON keys (owner_service_account) WHERE owner_service_account IS NOT NULL;

CREATE TABLE invites (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, -- invite-…
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    email TEXT NOT NULL, -- in lower case
    role TEXT NOT NULL, -- owner or reader
    projects TEXT NOT NULL, -- JSON list of {id, role}
    token_digest BLOB NOT NULL UNIQUE, -- keyed hash of what stands in the link
    invited_by TEXT NOT NULL, -- the id of a user or an admin key
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    accepted_at INTEGER
) STRICT;
CREATE INDEX invites_by_organization ON invites (organization, row_id);

CREATE TABLE groups (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, -- group_…
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (organization, name)
) STRICT;

CREATE TABLE group_members (
    row_id INTEGER PRIMARY KEY,
    group_row INTEGER NOT NULL REFERENCES groups (row_id),
    user_row INTEGER NOT NULL REFERENCES users (row_id),
    added_at INTEGER NOT NULL,
    UNIQUE (group_row, user_row)
) STRICT;
CREATE INDEX group_members_by_user ON group_members (user_row);

-- Which groups are in a project; what they may do there are assignments of roles.
CREATE TABLE project_groups (
    row_id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects (row_id),
    group_row INTEGER NOT NULL REFERENCES groups (row_id),
    added_at INTEGER NOT NULL,
    UNIQUE (project, group_row)
) STRICT;
CREATE INDEX project_groups_by_group ON project_groups (group_row);

CREATE TABLE roles (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, -- role_…
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    project INTEGER REFERENCES projects (row_id), -- null: a role of the organization
    name TEXT NOT NULL,
    description TEXT,
    permissions TEXT NOT NULL, -- JSON list
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    created_by TEXT NOT NULL -- the id of a user
) STRICT;
CREATE INDEX roles_by_organization ON roles (organization, row_id);
CREATE INDEX roles_by_project ON roles (project, row_id) WHERE project IS NOT NULL;
CREATE UNIQUE INDEX roles_by_name ON roles (organization, coalesce(project, 0), name);

CREATE TABLE role_assignments (
    row_id INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    project INTEGER REFERENCES projects (row_id), -- null: in the organization
    user_row INTEGER REFERENCES users (row_id), -- one of both
    group_row INTEGER REFERENCES groups (row_id),
    role TEXT NOT NULL, -- the id of a role
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    CHECK ((user_row IS NULL) <> (group_row IS NULL))
) STRICT;
CREATE UNIQUE INDEX role_assignments_once
    ON role_assignments (organization, coalesce(project, 0), coalesce(user_row, 0), coalesce(group_row, 0), role);
CREATE INDEX role_assignments_by_user ON role_assignments (user_row) WHERE user_row IS NOT NULL;
CREATE INDEX role_assignments_by_group ON role_assignments (group_row) WHERE group_row IS NOT NULL;

CREATE TABLE admin_keys (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, -- key_ and the digits that its text has too
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    owner INTEGER NOT NULL REFERENCES users (row_id),
    name TEXT NOT NULL,
    digest BLOB NOT NULL, -- HMAC-SHA-256 under the pepper
    last_four TEXT NOT NULL,
    scopes TEXT NOT NULL, -- JSON: null is all that the owner may, a list is these permissions of them
    is_operator INTEGER NOT NULL, -- 1: it has the scope operator
    created_at INTEGER NOT NULL,
    expires_at INTEGER, -- null: never
    last_used_at INTEGER
) STRICT;
CREATE INDEX admin_keys_by_organization ON admin_keys (organization, row_id);
CREATE INDEX admin_keys_by_owner ON admin_keys (owner);

CREATE TABLE sessions (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, -- sess_…
    digest BLOB NOT NULL UNIQUE, -- HMAC-SHA-256 under the pepper
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    user_row INTEGER NOT NULL REFERENCES users (row_id),
    address TEXT NOT NULL,
    client TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_row);

-- Never changed and never deleted. An act whose event cannot be written does not happen: both are one transaction.
CREATE TABLE audit_events (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE, -- audit_log-…
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    project TEXT, -- proj_…, where the act was one within a project
    type TEXT NOT NULL, -- as OpenAI names it, such as project.created
    effective_at INTEGER NOT NULL,
    actor TEXT NOT NULL, -- JSON, as it is shown
    actor_id TEXT NOT NULL, -- of an admin key, a session or whatever else was presented
    actor_user TEXT, -- user-…, who is behind it
    actor_email TEXT,
    resource_id TEXT, -- what the act was upon
    payload TEXT NOT NULL -- JSON, as it is shown under a name equal to the type
) STRICT;
-- Newest first by any of the filters, without sorting.
CREATE INDEX audit_events_by_time ON audit_events (organization, effective_at, row_id);
CREATE INDEX audit_events_by_type ON audit_events (organization, type, effective_at, row_id);
CREATE INDEX audit_events_by_project ON audit_events (organization, project, effective_at, row_id)
    WHERE project IS NOT NULL;
CREATE INDEX audit_events_by_actor ON audit_events (organization, actor_id, effective_at, row_id);
CREATE INDEX audit_events_by_user ON audit_events (organization, actor_user, effective_at, row_id)
    WHERE actor_user IS NOT NULL;
CREATE INDEX audit_events_by_email ON audit_events (organization, actor_email, effective_at, row_id)
    WHERE actor_email IS NOT NULL;
CREATE INDEX audit_events_by_resource ON audit_events (organization, resource_id, effective_at, row_id)
    WHERE resource_id IS NOT NULL;

-- Answers to POSTs with an Idempotency-Key, for 24 hours.
CREATE TABLE idempotent_answers (
    row_id INTEGER PRIMARY KEY,
    actor_id TEXT NOT NULL, -- whose key it is: another's equal text is another key
    idempotency_key TEXT NOT NULL,
    fingerprint BLOB NOT NULL, -- SHA-256 over method, path and body
    status INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    answer BLOB NOT NULL, -- sealed with the master key: it may show a secret
    created_at INTEGER NOT NULL,
    UNIQUE (actor_id, idempotency_key)
) STRICT;
CREATE INDEX idempotent_answers_by_time ON idempotent_answers (created_at);

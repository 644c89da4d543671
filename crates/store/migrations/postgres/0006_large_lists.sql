-- Indexes for lists of a million: each page is looked up where it stands, whatever it is asked for by.

-- Keys of a project whose owner may use it, or may not.
CREATE INDEX keys_by_access ON keys (project, owner_has_access, row_id) WHERE deleted_at IS NULL;
-- The last use of any key of a user, without a look at each.
DROP INDEX keys_by_owner_user;
CREATE INDEX keys_by_owner_user ON keys (owner_user, last_used_at) WHERE owner_user IS NOT NULL;
-- Projects that are not archived.
CREATE INDEX projects_in_use ON projects (organization, row_id) WHERE archived_at IS NULL;

-- Members of organizations, projects and groups, in the order in which they came.
CREATE INDEX members_by_organization ON members (organization, row_id);
CREATE INDEX project_members_by_project ON project_members (project, row_id);
CREATE INDEX groups_by_organization ON groups (organization, row_id);
CREATE INDEX group_members_by_group ON group_members (group_row, row_id);
CREATE INDEX project_groups_by_project ON project_groups (project, row_id);
-- Sessions that are over.
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Two filters that find many events each, and together few or none.
CREATE INDEX audit_events_by_project_and_type ON audit_events (organization, project, type, effective_at, row_id)
    WHERE project IS NOT NULL;
CREATE INDEX audit_events_by_project_and_actor ON audit_events (organization, project, actor_id, effective_at, row_id)
    WHERE project IS NOT NULL;
CREATE INDEX audit_events_by_project_and_user ON audit_events (organization, project, actor_user, effective_at, row_id)
    WHERE project IS NOT NULL AND actor_user IS NOT NULL;
CREATE INDEX audit_events_by_project_and_email ON audit_events (organization, project, actor_email, effective_at, row_id)
    WHERE project IS NOT NULL AND actor_email IS NOT NULL;
CREATE INDEX audit_events_by_actor_and_type ON audit_events (organization, actor_id, type, effective_at, row_id);
CREATE INDEX audit_events_by_user_and_type ON audit_events (organization, actor_user, type, effective_at, row_id)
    WHERE actor_user IS NOT NULL;
CREATE INDEX audit_events_by_email_and_type ON audit_events (organization, actor_email, type, effective_at, row_id)
    WHERE actor_email IS NOT NULL;

-- Members who see nothing of the organization but the projects that they are in, and invites that make such ones.
ALTER TABLE members ADD COLUMN projects_only INTEGER NOT NULL DEFAULT 0; -- 1: only of readers
ALTER TABLE invites ADD COLUMN projects_only INTEGER NOT NULL DEFAULT 0;

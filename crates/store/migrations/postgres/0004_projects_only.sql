-- What PostgreSQL has in place of the SQLite file 0006.
ALTER TABLE members ADD COLUMN projects_only BIGINT NOT NULL DEFAULT 0; -- 1: only of readers
ALTER TABLE invites ADD COLUMN projects_only BIGINT NOT NULL DEFAULT 0;

-- Who owns keys, the keys, and the credentials towards providers. Times are Unix seconds.
-- row_id columns exist so that a million keys refer to their project and policy with one or two bytes each.

-- One counter over all changes of keys. It rises in the transaction that makes the change, so a reader that has seen
-- revision N has seen every change up to N.
CREATE TABLE revision (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    value INTEGER NOT NULL
) STRICT;
INSERT INTO revision VALUES (1, 0);

-- What tells that a secret file belongs to this database: a keyed hash, from which the secret does not follow.
CREATE TABLE secret_fingerprints (
    name TEXT PRIMARY KEY NOT NULL,
    fingerprint BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organizations (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (organization, name)
) STRICT;

-- Rows are never changed: a key that gets other rules gets another row. Equal rules are one row.
CREATE TABLE policies (
    row_id INTEGER PRIMARY KEY,
    permissions TEXT NOT NULL, -- JSON: null is everything, a list is these scopes and nothing else
    models_allow TEXT NOT NULL, -- JSON list of patterns
    models_deny TEXT NOT NULL,
    UNIQUE (permissions, models_allow, models_deny)
) STRICT;

-- What the snapshot needs comes first: SQLite reads a row from the left and stops at the last column asked for.
CREATE TABLE keys (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (length(id) = 12), -- the public id without key_
    digest_kind INTEGER NOT NULL CHECK (digest_kind IN (1, 2)),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    last_four TEXT NOT NULL CHECK (length(CAST(last_four AS BLOB)) = 4),
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'revoked')),
    expires_at INTEGER, -- null: never
    replaced_kind INTEGER CHECK (replaced_kind IN (1, 2)),
    replaced_digest BLOB CHECK (length(replaced_digest) = 32),
    replaced_works_until INTEGER,
    policy INTEGER NOT NULL REFERENCES policies (row_id),
    project INTEGER NOT NULL REFERENCES projects (row_id),
    last_used_at INTEGER,
    revision INTEGER NOT NULL,
    name TEXT NOT NULL,
    metadata TEXT NOT NULL, -- JSON object of texts
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_used_address TEXT,
    last_used_client TEXT,
    CHECK ((replaced_kind IS NULL) = (replaced_digest IS NULL)),
    CHECK ((replaced_kind IS NULL) = (replaced_works_until IS NULL))
) STRICT;
CREATE INDEX keys_by_revision ON keys (revision);
CREATE INDEX keys_by_project ON keys (project);
CREATE INDEX keys_by_status ON keys (status);
-- Our own keys are found by id; an imported one by its digest, which therefore must be there once.
CREATE UNIQUE INDEX keys_by_plain_digest ON keys (digest) WHERE digest_kind = 2;

CREATE TABLE credentials (
    name TEXT PRIMARY KEY NOT NULL,
    nonce BLOB NOT NULL CHECK (length(nonce) = 12),
    sealed BLOB NOT NULL, -- AES-256-GCM under the master key, the name as associated data
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Credentials of organizations towards providers: calls of their keys are made with them instead of the server's. Sealed with the
-- master key for this organization and this provider.
CREATE TABLE provider_credentials (
    row_id INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organizations (row_id),
    provider TEXT NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization, provider)
) STRICT;

-- Rises with each change of the table above, as the revisions of keys and projects do.
ALTER TABLE organizations ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX organizations_by_revision ON organizations (revision);

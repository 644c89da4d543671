-- Providers and models that were set over administration, each as its section of the file would say it. What the file says
-- under the same name comes before it.
CREATE TABLE configuration (
    row_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('provider', 'model')),
    name TEXT NOT NULL,
    settings TEXT NOT NULL, -- JSON object
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (kind, name)
) STRICT;

-- Rises in the transaction of each change of the table above and of credentials: a server reads its settings again where it
-- is another one than it knows.
CREATE TABLE configuration_revision (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    value INTEGER NOT NULL
) STRICT;
INSERT INTO configuration_revision VALUES (1, 0);

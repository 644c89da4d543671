-- Where the calls of a key may be served, and what tier it has. Two policies may now differ in these alone, so the table is
-- written anew; keys go on naming their policies by the same numbers.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE policies_before AS SELECT row_id, permissions, models_allow, models_deny FROM policies;
DROP TABLE policies;

-- Rows are never changed: a key that gets other rules gets another row. Equal rules are one row.
CREATE TABLE policies (
    row_id INTEGER PRIMARY KEY,
    permissions TEXT NOT NULL, -- JSON: null is everything, a list is these scopes and nothing else
    models_allow TEXT NOT NULL, -- JSON list of patterns
    models_deny TEXT NOT NULL,
    regions TEXT NOT NULL, -- JSON list of patterns; an empty one is everywhere
    tier INTEGER NOT NULL,
    UNIQUE (permissions, models_allow, models_deny, regions, tier)
) STRICT;
INSERT INTO policies SELECT row_id, permissions, models_allow, models_deny, '[]', 0 FROM policies_before;
DROP TABLE policies_before;

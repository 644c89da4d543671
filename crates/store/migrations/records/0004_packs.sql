-- What usage tells of spans of time that are over, as columns of numbers: what a question about a month of ten thousand keys reads.
-- Packs say what the tables of sums say per key. The parts of a span are added up: a request that comes late is in one of them.
CREATE TABLE packs (
    row_id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL,              -- seconds of a bucket: 60 packs an hour of minutes, 3600 an hour, 86400 a day
    start INTEGER NOT NULL,             -- first second of the span
    part INTEGER NOT NULL,              -- from 0 on
    sums BLOB NOT NULL,
    UNIQUE (step, start, part)
) STRICT;

-- From when on spans are packed, up to where they were carried on. What was carried on before this table is not so far.
ALTER TABLE progress ADD COLUMN minutes_packed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN hours_packed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN days_packed INTEGER NOT NULL DEFAULT 0;
UPDATE progress SET minutes_packed = (hours_to + 3599) / 3600 * 3600, hours_packed = (hours_to + 3599) / 3600 * 3600,
    days_packed = (days_to + 86399) / 86400 * 86400;

-- Counts what was written of sums, and how much of that by a version that writes packs too: where one that does not has written,
-- for it was running while this file was brought here, the two differ, and packs are made anew.
ALTER TABLE progress ADD COLUMN sums_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN packs_revision INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER sums_were_written AFTER INSERT ON segments BEGIN
    UPDATE progress SET sums_revision = sums_revision + 1;
END;
CREATE TRIGGER sums_were_carried_on AFTER UPDATE OF hours_to, days_to ON progress BEGIN
    UPDATE progress SET sums_revision = sums_revision + 1;
END;

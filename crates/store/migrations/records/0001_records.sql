-- What became of requests: one row each, counts of refused strangers, sums by minute, hour and day; and how far the
-- journal has been read, written in the same transactions. Times are Unix seconds, but for those in request ids.

-- Texts that come again and again, each with a number. 0 stands for the empty text. A text that outsiders choose
-- (offered) gets a number only as long as there are few of them; else it is written out where it is used.
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE,
    offered INTEGER NOT NULL
) STRICT;

-- Request ids begin with the time of acceptance, so rows are nearly appended. Numbers without a comment are names.
CREATE TABLE requests (
    id BLOB PRIMARY KEY NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    operation INTEGER NOT NULL,         -- number of the operation; 0: not known
    status INTEGER NOT NULL,            -- HTTP status; 0: not known, nor how many attempts, bytes and microseconds
    outcome INTEGER NOT NULL,           -- number of the outcome
    flags INTEGER NOT NULL,             -- 1 stream, 2 admitted, 4 usage is estimated, 8 usage is not known, 16 own account
    attempts INTEGER NOT NULL,          -- how many
    cause INTEGER NOT NULL,
    model ANY NOT NULL,                 -- as asked; a text where it never had a number
    model_sent INTEGER NOT NULL,
    model_answered ANY NOT NULL,
    deployment INTEGER NOT NULL,        -- the last one asked
    input INTEGER NOT NULL,             -- tokens, from here on quantities
    cached_input INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    audio_input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    audio_output INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    answer_bytes INTEGER NOT NULL,
    first_byte_us INTEGER NOT NULL,     -- 0: none came
    duration_us INTEGER NOT NULL,
    upstream_us INTEGER NOT NULL,
    upstream_request_id ANY,            -- 16 bytes where it is req_ and 32 hexadecimal digits, else a text
    evidence TEXT,
    failed_attempts TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_by_project ON requests (project, id);
CREATE INDEX requests_by_key ON requests (key, id);

-- Segments of the journal: up to which byte each was consumed in this database. A row goes once the file is gone.
CREATE TABLE segments (
    epoch INTEGER NOT NULL,
    worker INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    consumed INTEGER NOT NULL,
    done INTEGER NOT NULL,              -- 1: read to its final end
    PRIMARY KEY (epoch, worker, sequence)
) STRICT, WITHOUT ROWID;

-- Admissions without a settlement so far, of segments that are done. Others are found again in their segments.
CREATE TABLE pending (
    request BLOB PRIMARY KEY NOT NULL,
    epoch INTEGER NOT NULL,
    worker INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    model INTEGER NOT NULL,
    model_sent INTEGER NOT NULL,
    deployment INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Entries that this version cannot read, for one that can.
CREATE TABLE unreadable_entries (
    epoch INTEGER NOT NULL,
    worker INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (epoch, worker, sequence, offset)
) STRICT, WITHOUT ROWID;

-- Refusals of callers who are not known.
CREATE TABLE refusals (
    minute INTEGER NOT NULL,
    cause TEXT NOT NULL,
    prefix TEXT NOT NULL,
    count INTEGER NOT NULL,
    sample TEXT NOT NULL,
    PRIMARY KEY (minute, cause, prefix)
) STRICT, WITHOUT ROWID;

-- Sums over requests by the time of their acceptance (bucket: its first second), in three granularities. The rows with
-- per_key = 0 sum over all keys of a project, so that what is asked most reads few rows; there, key is 0. A request
-- that no provider was asked for has model 0 unless its model has a number.
CREATE TABLE minutes (
    per_key INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    model INTEGER NOT NULL,
    deployment INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    audio_input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    audio_output INTEGER NOT NULL,
    estimated INTEGER NOT NULL,          -- requests whose tokens are estimated
    unknown INTEGER NOT NULL,            -- requests whose tokens nobody told, though a provider may have counted some
    first_bytes INTEGER NOT NULL,        -- requests that had a first byte
    first_byte_us INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    answer_bytes INTEGER NOT NULL,
    PRIMARY KEY (per_key, bucket, project, key, model, deployment, status, outcome, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE hours (
    per_key INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    model INTEGER NOT NULL,
    deployment INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    audio_input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    audio_output INTEGER NOT NULL,
    estimated INTEGER NOT NULL,          -- requests whose tokens are estimated
    unknown INTEGER NOT NULL,            -- requests whose tokens nobody told, though a provider may have counted some
    first_bytes INTEGER NOT NULL,        -- requests that had a first byte
    first_byte_us INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    answer_bytes INTEGER NOT NULL,
    PRIMARY KEY (per_key, bucket, project, key, model, deployment, status, outcome, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE days (
    per_key INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    model INTEGER NOT NULL,
    deployment INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    audio_input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    audio_output INTEGER NOT NULL,
    estimated INTEGER NOT NULL,          -- requests whose tokens are estimated
    unknown INTEGER NOT NULL,            -- requests whose tokens nobody told, though a provider may have counted some
    first_bytes INTEGER NOT NULL,        -- requests that had a first byte
    first_byte_us INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    answer_bytes INTEGER NOT NULL,
    PRIMARY KEY (per_key, bucket, project, key, model, deployment, status, outcome, cause)
) STRICT, WITHOUT ROWID;

-- How far sums were carried on and rows were deleted, in Unix seconds.
CREATE TABLE progress (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    hours_to INTEGER NOT NULL,          -- minutes before this are in the hours too
    days_to INTEGER NOT NULL,           -- hours before this are in the days too
    requests_from INTEGER NOT NULL,     -- what is older was deleted
    minutes_from INTEGER NOT NULL,
    hours_from INTEGER NOT NULL,
    days_from INTEGER NOT NULL
) STRICT;
INSERT INTO progress VALUES (1, 0, 0, 0, 0, 0, 0);

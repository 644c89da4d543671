-- Sums are kept by operation too: OpenAI tells usage of completions from that of embeddings. What was summed before has 0, which is
-- none.

CREATE TABLE minutes_by_operation (
    per_key INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    model INTEGER NOT NULL,
    deployment INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    audio_input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    audio_output INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    first_bytes INTEGER NOT NULL,
    first_byte_us INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    answer_bytes INTEGER NOT NULL,
    PRIMARY KEY (per_key, bucket, project, key, model, deployment, status, outcome, cause, operation)
) STRICT, WITHOUT ROWID;

INSERT INTO minutes_by_operation SELECT per_key, bucket, project, key, model, deployment, status, outcome, cause, 0, requests, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, estimated, unknown, first_bytes, first_byte_us, duration_us, request_bytes, answer_bytes FROM minutes;
DROP TABLE minutes;
ALTER TABLE minutes_by_operation RENAME TO minutes;

CREATE TABLE hours_by_operation (
    per_key INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    model INTEGER NOT NULL,
    deployment INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    audio_input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    audio_output INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    first_bytes INTEGER NOT NULL,
    first_byte_us INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    answer_bytes INTEGER NOT NULL,
    PRIMARY KEY (per_key, bucket, project, key, model, deployment, status, outcome, cause, operation)
) STRICT, WITHOUT ROWID;

INSERT INTO hours_by_operation SELECT per_key, bucket, project, key, model, deployment, status, outcome, cause, 0, requests, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, estimated, unknown, first_bytes, first_byte_us, duration_us, request_bytes, answer_bytes FROM hours;
DROP TABLE hours;
ALTER TABLE hours_by_operation RENAME TO hours;

CREATE TABLE days_by_operation (
    per_key INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    model INTEGER NOT NULL,
    deployment INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached_input INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    audio_input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    audio_output INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    first_bytes INTEGER NOT NULL,
    first_byte_us INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    request_bytes INTEGER NOT NULL,
    answer_bytes INTEGER NOT NULL,
    PRIMARY KEY (per_key, bucket, project, key, model, deployment, status, outcome, cause, operation)
) STRICT, WITHOUT ROWID;

INSERT INTO days_by_operation SELECT per_key, bucket, project, key, model, deployment, status, outcome, cause, 0, requests, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, estimated, unknown, first_bytes, first_byte_us, duration_us, request_bytes, answer_bytes FROM days;
DROP TABLE days;
ALTER TABLE days_by_operation RENAME TO days;

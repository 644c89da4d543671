//! Rows of requests, read again.
//!
//! In: an id. Out: what became of the request, numbers turned back into texts.

use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{OptionalExtension, Row};
use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{Outcome, failed_attempts};
use tollgate_core::requests::{RequestRecord, UsageSource};
use tollgate_core::usage::Usage;

use super::database::Records;
use super::row::{ESTIMATED, STREAM, UNKNOWN};
use crate::database::StoreError;

/// The columns that [`record`] reads.
pub(super) const COLUMNS: &str = "id, \
    (SELECT text FROM names WHERE names.id = project), (SELECT text FROM names WHERE names.id = key), \
    operation, status, outcome, flags, attempts, (SELECT text FROM names WHERE names.id = cause), \
    CASE typeof(model) WHEN 'text' THEN model ELSE (SELECT text FROM names WHERE names.id = model) END, \
    (SELECT text FROM names WHERE names.id = model_sent), \
    CASE typeof(model_answered) WHEN 'text' THEN model_answered \
        ELSE (SELECT text FROM names WHERE names.id = model_answered) END, \
    (SELECT text FROM names WHERE names.id = deployment), \
    input, cached_input, cache_write, audio_input, output, reasoning, audio_output, request_bytes, answer_bytes, \
    first_byte_us, duration_us, upstream_us, upstream_request_id, evidence, failed_attempts";

/// What became of a request.
///
/// # Errors
/// The database refuses.
pub fn find(records: &Records, request: RequestId) -> Result<Option<RequestRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM requests WHERE requests.id = ?");
    let mut statement = records.connection.prepare_cached(&sql)?;
    Ok(statement.query_row([request.as_bytes()], record).optional()?)
}

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<RequestRecord> {
    let text = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
    let status: u16 = row.get(4)?;
    let flags: u8 = row.get(6)?;
    let first_byte_us: u32 = row.get(22)?;
    Ok(RequestRecord {
        id: RequestId::from_bytes(row.get(0)?),
        project: text(1)?,
        key: KeyId::from_digits(text(2)?.as_bytes()),
        operation: Operation::from_number(row.get(3)?),
        stream: flags & STREAM != 0,
        status: (status != 0).then_some(status),
        outcome: Outcome::from_number(row.get(5)?).unwrap_or(Outcome::Failed),
        attempts: row.get(7)?,
        cause: text(8)?,
        model: text(9)?,
        model_sent: text(10)?,
        model_answered: text(11)?,
        deployment: text(12)?,
        usage: Usage {
            input: row.get(13)?,
            cached_input: row.get(14)?,
            cache_write: row.get(15)?,
            audio_input: row.get(16)?,
            output: row.get(17)?,
            reasoning: row.get(18)?,
            audio_output: row.get(19)?,
        },
        usage_source: match (flags & ESTIMATED != 0, flags & UNKNOWN != 0) {
            (_, true) => UsageSource::Unknown,
            (true, false) => UsageSource::Estimated,
            (false, false) => UsageSource::Told,
        },
        request_bytes: row.get(20)?,
        answer_bytes: row.get::<_, i64>(21)?.unsigned_abs(),
        first_byte_us: (first_byte_us != 0).then_some(first_byte_us),
        duration_us: row.get(23)?,
        upstream_us: row.get(24)?,
        upstream_request_id: upstream_request_id(row.get_ref(25)?)?,
        evidence: text(26)?,
        failed_attempts: failed_attempts(&text(27)?).map(Into::into).collect(),
    })
}

fn upstream_request_id(value: ValueRef<'_>) -> rusqlite::Result<String> {
    Ok(match value {
        ValueRef::Null => String::new(),
        // See `row`: the form of OpenAI's ids is that of ours.
        ValueRef::Blob(bytes) => RequestId::from_bytes(FromSql::column_result(ValueRef::Blob(bytes))?).to_string(),
        text => text.as_str()?.to_owned(),
    })
}

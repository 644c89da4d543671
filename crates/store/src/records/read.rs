//! Rows of requests, read again.
//!
//! In: an id, or what to keep to. Out: what became of requests, numbers turned back into texts.

use std::ops::Range;

use rusqlite::types::{FromSql, Value, ValueRef};
use rusqlite::{OptionalExtension, Row};
use tollgate_core::id::{KeyId, RequestId};
use tollgate_core::operation::Operation;
use tollgate_core::record::{Outcome, failed_attempts};
use tollgate_core::requests::{RequestRecord, UsageSource};
use tollgate_core::usage::Usage;

use super::database::Records;
use super::names;
use super::row::{ESTIMATED, OWN_ACCOUNT, STREAM, UNKNOWN};
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
    first_byte_us, duration_us, upstream_us, upstream_request_id, evidence, failed_attempts, \
    (SELECT text FROM names WHERE names.id = fallback)";

/// What became of a request.
///
/// # Errors
/// The database refuses.
pub fn find(records: &Records, request: RequestId) -> Result<Option<RequestRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM requests WHERE requests.id = ?");
    let mut statement = records.connection.prepare_cached(&sql)?;
    Ok(statement.query_row([request.as_bytes()], record).optional()?)
}

/// The newest failure of a key among its last thousand requests.
///
/// # Errors
/// The database refuses.
pub fn last_failure(records: &Records, key: KeyId) -> Result<Option<RequestRecord>, StoreError> {
    let Some(number) = names::number_of(&records.connection, key.digits())? else { return Ok(None) };
    let sql = format!(
        "SELECT {COLUMNS} FROM requests WHERE requests.id = (SELECT id FROM
             (SELECT id, cause FROM requests WHERE key = ? ORDER BY id DESC LIMIT 1000) WHERE cause <> 0 LIMIT 1)"
    );
    let mut statement = records.connection.prepare_cached(&sql)?;
    Ok(statement.query_row([number], record).optional()?)
}

/// Which requests to list.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Accepted in these seconds since 1970.
    pub span: Range<i64>,
    /// Only of this project.
    pub project: Option<&'a str>,
    /// Only of this key.
    pub key: Option<KeyId>,
    /// Only of this model, as asked.
    pub model: Option<&'a str>,
    /// Only with this status; 0: none is known.
    pub status: Option<u16>,
    /// Only with this cause.
    pub cause: Option<&'a str>,
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// At most so many.
    pub limit: u32,
}

/// Requests, newest first. Those of a project or key are found by an index; by other facts alone, rows are looked
/// through until there are enough.
///
/// # Errors
/// The database refuses.
pub fn list(records: &Records, filter: &Filter<'_>) -> Result<Vec<RequestRecord>, StoreError> {
    let connection = &records.connection;
    let mut conditions = vec!["id >= ?".to_owned(), "id < ?".to_owned()];
    let mut values: Vec<Value> = vec![first_id(filter.span.start), first_id(filter.span.end)];
    let key = filter.key.as_ref().map(KeyId::digits);
    for (column, text) in [("project", filter.project), ("key", key), ("cause", filter.cause)] {
        let Some(text) = text else { continue };
        let Some(number) = names::number_of(connection, text)? else { return Ok(Vec::new()) };
        conditions.push(format!("{column} = ?"));
        values.push(number.into());
    }
    if let Some(model) = filter.model {
        // One that never had a number is written out.
        conditions.push("model IN (?, ?)".to_owned());
        values.extend([Value::from(model.to_owned()), names::number_of(connection, model)?.into()]);
    }
    let numbers = [("status", filter.status.map(i64::from)), ("outcome", filter.outcome.map(|o| i64::from(o as u8)))];
    for (column, number) in numbers {
        let Some(number) = number else { continue };
        conditions.push(format!("{column} = ?"));
        values.push(number.into());
    }
    values.push(i64::from(filter.limit).into());
    let sql = format!("SELECT {COLUMNS} FROM requests WHERE {} ORDER BY id DESC LIMIT ?", conditions.join(" AND "));
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map(rusqlite::params_from_iter(values), record)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// No id of a request accepted from this second on is smaller.
fn first_id(second: i64) -> Value {
    let unix_ms = u64::try_from(second).unwrap_or(0).saturating_mul(1000);
    // 48 bits hold it for another eight thousand years.
    Value::Blob(RequestId::new(unix_ms.min((1 << 48) - 1), 0).as_bytes().to_vec())
}

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<RequestRecord> {
    let text = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
    let status: u16 = row.get(4)?;
    // Without a status nobody saw its end.
    let has_ended = status != 0;
    let flags: u8 = row.get(6)?;
    let first_byte_us: u32 = row.get(22)?;
    let usage = usage(row)?;
    Ok(RequestRecord {
        id: RequestId::from_bytes(row.get(0)?),
        project: text(1)?,
        key: KeyId::from_digits(text(2)?.as_bytes()),
        operation: Operation::from_number(row.get(3)?),
        stream: flags & STREAM != 0,
        status: (status != 0).then_some(status),
        outcome: Outcome::from_number(row.get(5)?).unwrap_or(Outcome::Failed),
        attempts: has_ended.then(|| row.get(7)).transpose()?,
        cause: text(8)?,
        model: text(9)?,
        fallback: text(28)?,
        model_sent: text(10)?,
        model_answered: text(11)?,
        deployment: text(12)?,
        on_own_account: flags & OWN_ACCOUNT != 0,
        usage,
        usage_source: usage_source(flags, &usage),
        request_bytes: row.get(20)?,
        answer_bytes: has_ended.then(|| row.get(21).map(i64::unsigned_abs)).transpose()?,
        first_byte_us: (first_byte_us != 0).then_some(first_byte_us),
        duration_us: has_ended.then(|| row.get(23)).transpose()?,
        upstream_us: has_ended.then(|| row.get(24)).transpose()?,
        upstream_request_id: upstream_request_id(row.get_ref(25)?)?,
        evidence: text(26)?,
        failed_attempts: failed_attempts(&text(27)?).map(Into::into).collect(),
    })
}

fn usage(row: &Row<'_>) -> rusqlite::Result<Usage> {
    Ok(Usage {
        input: row.get(13)?,
        cached_input: row.get(14)?,
        cache_write: row.get(15)?,
        audio_input: row.get(16)?,
        output: row.get(17)?,
        reasoning: row.get(18)?,
        audio_output: row.get(19)?,
    })
}

fn usage_source(flags: u8, usage: &Usage) -> UsageSource {
    match (flags & UNKNOWN != 0, flags & ESTIMATED != 0) {
        (true, _) => UsageSource::Unknown,
        (false, true) => UsageSource::Estimated,
        (false, false) if *usage == Usage::default() => UsageSource::None,
        (false, false) => UsageSource::Told,
    }
}

fn upstream_request_id(value: ValueRef<'_>) -> rusqlite::Result<String> {
    Ok(match value {
        ValueRef::Null => String::new(),
        // See `row`: the form of OpenAI's ids is that of ours.
        ValueRef::Blob(bytes) => RequestId::from_bytes(FromSql::column_result(ValueRef::Blob(bytes))?).to_string(),
        text => text.as_str()?.to_owned(),
    })
}

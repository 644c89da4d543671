//! What is old goes, in small steps: no transaction takes long, and the file has room for what comes.
//!
//! In: how long things are kept, and the present. Out: deleted rows. Sums are deleted only once they were carried on, and
//! `progress` says from when on there are any before the first of them goes.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use tollgate_core::id::RequestId;

use super::packs;
use super::progress::Progress;
use super::rollup::{DAY, HOUR, MINUTE, floor};

/// Rows deleted in one transaction, at most.
const STEP: usize = 2000;
/// The columns by which the tables of sums are ordered, behind `per_key`.
const ORDER: &str = "bucket, project, key, model, deployment, status, outcome, cause";

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Requests, and counts of refused strangers.
    pub requests: Duration,
    /// Sums by minute.
    pub minutes: Duration,
    /// Sums by hour.
    pub hours: Duration,
    /// Sums by day.
    pub days: Duration,
    /// Segments of the journal after they have been read. Where the journal is half full they go at once.
    pub segments: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days| Duration::from_secs(days * DAY as u64);
        Self { requests: days(90), minutes: days(7), hours: days(90), days: days(5 * 365), segments: Duration::ZERO }
    }
}

/// Deletes a bounded part of what is too old at `now` (Unix seconds); whether there may be more.
pub(super) fn step(
    retention: &Retention,
    now: i64,
    progress: &mut Progress,
    connection: &Connection,
) -> rusqlite::Result<bool> {
    let before = |kept: Duration| now.saturating_sub(i64::try_from(kept.as_secs()).unwrap_or(i64::MAX)).max(0);
    // In whole spans, so that this is written down once an hour or day. What has not been carried on stays.
    let requests = floor(before(retention.requests), HOUR);
    let minutes = floor(before(retention.minutes).min(progress.hours_to), HOUR);
    let hours = floor(before(retention.hours).min(progress.days_to), DAY);
    let days = floor(before(retention.days), DAY);
    progress.requests_from = progress.requests_from.max(requests);
    progress.minutes_from = progress.minutes_from.max(minutes);
    progress.hours_from = progress.hours_from.max(hours);
    progress.days_from = progress.days_from.max(days);
    for step in [MINUTE, HOUR, DAY] {
        let (packed, from) = progress.packed_from(step);
        *packed = (*packed).max(from);
    }

    let mut room = STEP;
    room -= delete_requests(progress.requests_from, room, connection)?;
    room -= delete_refusals(progress.requests_from, room, connection)?;
    let tables = [("minutes", progress.minutes_from), ("hours", progress.hours_from), ("days", progress.days_from)];
    for (table, from) in tables {
        for per_key in [0, 1] {
            room -= delete_sums(table, per_key, from, room, connection)?;
        }
    }
    let more_packs = packs::delete(progress, connection)?;
    Ok(room == 0 || more_packs)
}

/// The oldest requests before a second, so many at most.
fn delete_requests(from: i64, most: usize, connection: &Connection) -> rusqlite::Result<usize> {
    let first_kept = RequestId::new(u64::try_from(from).unwrap_or(0).saturating_mul(1000), 0);
    let mut last =
        connection.prepare_cached("SELECT max(id) FROM (SELECT id FROM requests WHERE id < ? ORDER BY id LIMIT ?)")?;
    let last: Option<Vec<u8>> = last.query_row((first_kept.as_bytes(), most as i64), |row| row.get(0))?;
    let Some(last) = last else { return Ok(0) };
    connection.prepare_cached("DELETE FROM requests WHERE id <= ?")?.execute([last])
}

fn delete_refusals(from: i64, most: usize, connection: &Connection) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM refusals WHERE (minute, cause, prefix) IN \
         (SELECT minute, cause, prefix FROM refusals WHERE minute < ? ORDER BY minute LIMIT ?)",
    )?;
    statement.execute((from, most as i64))
}

/// The oldest sums before a second, so many at most. A bucket may be half gone afterwards: nobody reads it any more.
fn delete_sums(table: &str, per_key: i64, from: i64, most: usize, connection: &Connection) -> rusqlite::Result<usize> {
    if most == 0 {
        return Ok(0);
    }
    // The last one to go, so that what goes is one range: to look each row up again would take twice as long.
    let last =
        format!("SELECT {ORDER} FROM {table} WHERE per_key = ? AND bucket < ? ORDER BY {ORDER} LIMIT 1 OFFSET ?");
    let read = |row: &Row<'_>| (0..8).map(|n| row.get(n)).collect::<rusqlite::Result<Vec<i64>>>();
    let mut last = connection.prepare_cached(&last)?;
    let Some(last) = last.query_row((per_key, from, most as i64 - 1), read).optional()? else {
        let all = format!("DELETE FROM {table} WHERE per_key = ? AND bucket < ?");
        return connection.prepare_cached(&all)?.execute((per_key, from));
    };
    let some = format!("DELETE FROM {table} WHERE per_key = ? AND ({ORDER}) <= (?, ?, ?, ?, ?, ?, ?, ?)");
    connection.prepare_cached(&some)?.execute(params_from_iter([per_key].iter().chain(&last)))
}

//! Entries of the journal, gathered for one transaction: an admission and its settlement become a row.
//!
//! In: entries in the order of each worker. Out: rows, and what else the transaction writes. An admission alone waits
//! for its settlement; a settlement without one says itself whose it was, or nobody knows any more.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};
use tollgate_core::id::RequestId;
use tollgate_core::operation::Operation;
use tollgate_core::record::{Entry, Outcome, RefusalCount, Settlement, failed_attempts};
use tollgate_core::usage::Usage;

use super::bulk;
use super::names::{Name, Names};
use super::pending::{self, Admitted, Pending};
use super::progress::Progress;
use super::rollup::Rollup;
use super::row::{ADMITTED, COLUMNS, ESTIMATED, OWN_ACCOUNT, Row, STREAM, Sent, UNKNOWN, Whose};
use super::{NEVER_REACHED, PROCESS_DIED};
use crate::journal::Place;

/// What one transaction writes.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rows: Vec<Row>,
    /// Settled requests whose admissions are in the table.
    settled: Vec<RequestId>,
    refusals: HashMap<(i64, String, String), (i64, String)>,
    unreadable: Vec<(Place, Vec<u8>)>,
    /// Entries taken so far.
    pub(super) entries: usize,
    /// Requests of processes that died.
    pub(super) interrupted: usize,
}

/// Whether a row can be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// It cannot. If it is, nothing is written.
    Trusting,
    /// It may be: segments were put back that had been read and deleted. Such a request is left out.
    Careful,
}

impl Batch {
    /// Takes an entry.
    pub(super) fn take(
        &mut self,
        place: Place,
        bytes: &[u8],
        connection: &Connection,
        names: &mut Names,
        admitted: &mut Admitted,
    ) -> rusqlite::Result<()> {
        self.entries += 1;
        match Entry::decode(bytes) {
            Some(Entry::Admission(admission)) => {
                let lane = (place.segment.epoch, place.segment.worker);
                admitted.add(admission.request, Pending::of(&admission, lane, connection, names)?);
            }
            Some(Entry::Settlement(settlement)) => {
                let pending = admitted.take(settlement.request);
                self.settled.extend(pending.filter(|p| p.kept).map(|_| settlement.request));
                self.rows.push(settled(&settlement, pending, connection, names)?);
            }
            Some(Entry::RefusalCount(refusals)) => self.refused(&refusals),
            None => self.unreadable.push((place, bytes.to_vec())),
        }
        Ok(())
    }

    /// Takes admissions that nobody will settle: their process died.
    pub(super) fn interrupt(
        &mut self,
        admitted: Vec<(RequestId, Pending)>,
        connection: &Connection,
        names: &mut Names,
    ) -> rusqlite::Result<()> {
        self.interrupted += admitted.len();
        for (request, pending) in admitted {
            self.settled.extend(pending.kept.then_some(request));
            self.rows.push(interrupted(request, &pending, names.number(connection, PROCESS_DIED)?));
        }
        Ok(())
    }

    /// Writes everything. Rows go in by id, which appends them where they come by time.
    pub(super) fn write(&self, care: Care, progress: &Progress, connection: &Connection) -> rusqlite::Result<()> {
        let mut order: Vec<&Row> = self.rows.iter().collect();
        order.sort_by_key(|row| row.id);
        if care == Care::Careful {
            order.dedup_by_key(|row| row.id);
            leave_out_known(&mut order, connection)?;
        }
        // Without a copy of every page, which OR ABORT makes to undo a statement of many rows.
        let head = format!("INSERT OR ROLLBACK INTO requests ({COLUMNS})");
        let mut rollup = Rollup::default();
        order.iter().for_each(|row| rollup.add(row));
        bulk::insert(connection, &head, order, "")?;
        rollup.write(progress, connection)?;
        pending::forget(&self.settled, connection)?;
        self.write_refusals(connection)?;
        self.write_unreadable(connection)
    }

    fn refused(&mut self, refusals: &RefusalCount<'_>) {
        let place = (number(refusals.minute), refusals.cause.to_owned(), refusals.prefix.to_owned());
        let (count, sample) = self.refusals.entry(place).or_default();
        *count = count.saturating_add(number(refusals.count));
        if sample.is_empty() {
            *sample = refusals.sample.to_owned();
        }
    }

    fn write_refusals(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO refusals (minute, cause, prefix, count, sample) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )?;
        for ((minute, cause, prefix), (count, sample)) in &self.refusals {
            statement.execute((minute, cause, prefix, count, sample))?;
        }
        Ok(())
    }

    fn write_unreadable(&self, connection: &Connection) -> rusqlite::Result<()> {
        if self.unreadable.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            count = self.unreadable.len(),
            "the journal has entries that this version cannot read; they are kept for one that can"
        );
        let mut statement =
            connection.prepare_cached("INSERT OR REPLACE INTO unreadable_entries VALUES (?, ?, ?, ?, ?)")?;
        for (place, bytes) in &self.unreadable {
            let segment = place.segment;
            statement.execute((segment.epoch, segment.worker, segment.sequence, number(place.offset), bytes))?;
        }
        Ok(())
    }
}

/// Leaves out requests that have a row.
fn leave_out_known(rows: &mut Vec<&Row>, connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM requests WHERE id = ?")?;
    let mut failed = Ok(());
    let before = rows.len();
    rows.retain(|row| {
        let known = statement.query_row([row.id.as_bytes()], |_| Ok(())).optional();
        matches!(known, Ok(None)) || {
            failed = std::mem::replace(&mut failed, Ok(())).and(known.map(|_| ()));
            false
        }
    });
    tracing::warn!(count = before - rows.len(), "requests were in the journal that had been read before");
    failed
}

fn settled(
    s: &Settlement<'_>,
    pending: Option<Pending>,
    connection: &Connection,
    names: &mut Names,
) -> rusqlite::Result<Row> {
    let mut flags = if s.estimated { ESTIMATED } else { 0 } | if s.on_own_account { OWN_ACCOUNT } else { 0 };
    let (whose, mut sent, model) = match (&s.identity, pending) {
        // A refusal says itself whose it was, also where an admission was tried and could not be written.
        (Some(identity), _) => {
            let whose = Whose {
                project: names.number(connection, identity.project)?,
                key: names.number(connection, identity.key.digits())?,
                operation: identity.operation as u8,
            };
            flags |= if identity.stream { STREAM } else { 0 };
            let sent = Sent { request_bytes: identity.request_bytes, ..Sent::default() };
            (whose, sent, names.asked(connection, identity.model_asked)?)
        }
        (None, Some(pending)) => {
            flags |= ADMITTED | if pending.stream { STREAM } else { 0 };
            (pending.whose, pending.sent, pending.model())
        }
        // Its admission was lost with a damaged part of the journal.
        (None, None) => (Whose::default(), Sent::default(), Name::Number(0)),
    };
    if is_untold(s, whose.operation) {
        flags |= UNKNOWN;
    }
    if !s.deployment.is_empty() {
        sent.deployment = names.number(connection, s.deployment)?;
        sent.model = names.number(connection, s.model_sent())?;
    }
    Ok(Row {
        id: s.request,
        whose,
        sent,
        status: s.status,
        outcome: s.outcome,
        flags,
        attempts: s.attempts,
        cause: names.number(connection, s.cause)?,
        model,
        model_answered: names.offered(connection, s.model_answered)?,
        usage: s.usage,
        answer_bytes: s.answer_bytes,
        first_byte_us: s.first_byte_us,
        duration_us: s.duration_us,
        upstream_us: s.upstream_us,
        upstream_request_id: s.upstream_request_id.into(),
        evidence: s.evidence.into(),
        failed_attempts: s.failed_attempts.into(),
        fallback: names.number(connection, s.fallback)?,
    })
}

/// Operations that use no tokens.
const USES_NONE: [u8; 6] = [
    Operation::Moderations as u8,
    Operation::InputTokens as u8,
    Operation::RetrieveResponse as u8,
    Operation::DeleteResponse as u8,
    Operation::CancelResponse as u8,
    Operation::ListInputItems as u8,
];

/// Whether a provider may have counted tokens and has not told how many. What reached none used none, and neither a
/// moderation, nor a count of tokens, nor what is asked about a stored response has any to tell.
fn is_untold(s: &Settlement<'_>, operation: u8) -> bool {
    let was_reached = |cause: &str| !NEVER_REACHED.contains(&cause);
    let asked = s.attempts > 0
        && (was_reached(s.cause) || failed_attempts(s.failed_attempts).any(|attempt| was_reached(attempt.cause)));
    asked && !s.estimated && s.usage == Usage::default() && !USES_NONE.contains(&operation)
}

/// What is known of a request that was admitted and never settled: a provider may have been asked, what it answered and
/// what it will charge nobody knows. The caller got no status, or one that was not written down.
fn interrupted(request: RequestId, pending: &Pending, cause: i64) -> Row {
    Row {
        id: request,
        whose: pending.whose,
        sent: pending.sent,
        status: 0,
        outcome: Outcome::Interrupted,
        flags: ADMITTED | UNKNOWN | if pending.stream { STREAM } else { 0 },
        attempts: 0,
        cause,
        model: pending.model(),
        model_answered: Name::Number(0),
        usage: Usage::default(),
        answer_bytes: 0,
        first_byte_us: 0,
        duration_us: 0,
        upstream_us: 0,
        upstream_request_id: "".into(),
        evidence: "".into(),
        failed_attempts: "".into(),
        fallback: 0,
    }
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

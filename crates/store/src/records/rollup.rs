//! Sums over requests by minute, hour and day.
//!
//! In: rows, as they are written. Out: the tables `minutes`, `hours` and `days`. A row is added to its minute at once.
//! Minutes are carried on into hours, and hours into days, once their time is over and a while has passed; a row that
//! comes later than that is added to all. So every request costs one small row, and every table is exact: up to where
//! it was carried on, hours say what minutes say.
//!
//! A request counts where it was accepted, as in its id: a long one comes late.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, Statement};

use super::bulk::{self, Bind};
use super::names::Name;
use super::row::{ESTIMATED, Row, UNKNOWN};

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 3600;
pub(super) const DAY: i64 = 86_400;

/// A minute is carried on so long after its end; most long answers have ended by then.
const SETTLED: i64 = 300;
/// Rows carried on in one transaction, about.
const STEP: usize = 5000;

/// What is summed, in the order of [`Sums`].
pub(super) const SUMS: [&str; 15] = [
    "requests",
    "input",
    "cached_input",
    "cache_write",
    "audio_input",
    "output",
    "reasoning",
    "audio_output",
    "estimated",
    "unknown",
    "first_bytes",
    "first_byte_us",
    "duration_us",
    "request_bytes",
    "answer_bytes",
];

pub(super) type Sums = [i64; SUMS.len()];

/// What sums are kept by. Key 0 sums over all keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Group {
    per_key: bool,
    bucket: i64,
    project: i64,
    key: i64,
    model: i64,
    deployment: i64,
    status: u16,
    outcome: u8,
    cause: i64,
    operation: u8,
}

/// Up to when (Unix seconds) sums were carried on, and from when on there are rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Progress {
    /// All minutes before are in the hours.
    pub(super) hours_to: i64,
    /// All hours before are in the days.
    pub(super) days_to: i64,
    /// What is older was deleted.
    pub(super) requests_from: i64,
    pub(super) minutes_from: i64,
    pub(super) hours_from: i64,
    pub(super) days_from: i64,
}

impl Progress {
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(
            "SELECT hours_to, days_to, requests_from, minutes_from, hours_from, days_from FROM progress",
        )?;
        statement.query_row([], |row| {
            Ok(Self {
                hours_to: row.get(0)?,
                days_to: row.get(1)?,
                requests_from: row.get(2)?,
                minutes_from: row.get(3)?,
                hours_from: row.get(4)?,
                days_from: row.get(5)?,
            })
        })
    }

    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "UPDATE progress SET hours_to = ?, days_to = ?, requests_from = ?, minutes_from = ?, hours_from = ?, \
             days_from = ?",
        )?;
        let Self { hours_to, days_to, requests_from, minutes_from, hours_from, days_from } = *self;
        statement.execute((hours_to, days_to, requests_from, minutes_from, hours_from, days_from))?;
        Ok(())
    }
}

/// The start of the span of `length` that a moment is in.
pub(super) fn floor(at: i64, length: i64) -> i64 {
    at.div_euclid(length) * length
}

/// The sums of one transaction.
#[derive(Debug, Default)]
pub(super) struct Rollup {
    minutes: HashMap<Group, Sums>,
}

impl Rollup {
    /// Adds a request.
    pub(super) fn add(&mut self, row: &Row) {
        let group = Group {
            per_key: true,
            bucket: floor(i64::try_from(row.id.unix_ms() / 1000).unwrap_or(i64::MAX), MINUTE),
            project: row.whose.project,
            key: row.whose.key,
            model: match row.model {
                Name::Number(number) => number,
                Name::Text(_) => 0,
            },
            deployment: row.sent.deployment,
            status: row.status,
            outcome: row.outcome as u8,
            cause: row.cause,
            operation: row.whose.operation,
        };
        add(self.minutes.entry(group).or_default(), &sums(row));
    }

    /// Writes the sums.
    pub(super) fn write(self, progress: &Progress, connection: &Connection) -> rusqlite::Result<()> {
        let mut minutes = BTreeMap::new();
        let (mut hours, mut days) = (BTreeMap::new(), BTreeMap::new());
        for (group, sums) in self.minutes {
            for group in [group, Group { per_key: false, key: 0, ..group }] {
                add(minutes.entry(group).or_default(), &sums);
                let hour = Group { bucket: floor(group.bucket, HOUR), ..group };
                if group.bucket < progress.hours_to {
                    add(hours.entry(hour).or_default(), &sums);
                }
                if group.bucket < progress.hours_to && hour.bucket < progress.days_to {
                    add(days.entry(Group { bucket: floor(group.bucket, DAY), ..group }).or_default(), &sums);
                }
            }
        }
        for (table, sums) in [("minutes", minutes), ("hours", hours), ("days", days)] {
            let rows: Vec<_> = sums.into_iter().collect();
            bulk::insert(connection, &format!("INSERT OR ROLLBACK INTO {table}"), &rows, &upsert())?;
        }
        Ok(())
    }
}

fn add(to: &mut Sums, sums: &Sums) {
    to.iter_mut().zip(sums).for_each(|(to, more)| *to = to.saturating_add(*more));
}

fn sums(row: &Row) -> Sums {
    let usage = &row.usage;
    let wide = i64::from;
    [
        1,
        wide(usage.input),
        wide(usage.cached_input),
        wide(usage.cache_write),
        wide(usage.audio_input),
        wide(usage.output),
        wide(usage.reasoning),
        wide(usage.audio_output),
        i64::from(row.flags & ESTIMATED != 0),
        i64::from(row.flags & UNKNOWN != 0),
        i64::from(row.first_byte_us != 0),
        wide(row.first_byte_us),
        wide(row.duration_us),
        wide(row.sent.request_bytes),
        i64::try_from(row.answer_bytes).unwrap_or(i64::MAX),
    ]
}

impl Bind for (Group, Sums) {
    const COLUMNS: usize = 10 + SUMS.len();

    fn bind(&self, statement: &mut Statement<'_>, at: usize) -> rusqlite::Result<()> {
        let (group, sums) = self;
        let Group { per_key, bucket, project, key, model, deployment, status, outcome, cause, operation } = *group;
        let (status, outcome) = (status.into(), outcome.into());
        let keys = [per_key.into(), bucket, project, key, model, deployment, status, outcome, cause, operation.into()];
        keys.iter().chain(sums).enumerate().try_for_each(|(n, value)| statement.raw_bind_parameter(at + n, value))
    }
}

/// What to do where there are sums already.
fn upsert() -> String {
    let each = SUMS.map(|sum| format!("{sum} = {sum} + excluded.{sum}"));
    format!("ON CONFLICT DO UPDATE SET {}", each.join(", "))
}

/// Carries on what is settled at `now` (Unix seconds), a bounded part of it; whether there may be more.
pub(super) fn carry_on(now: i64, progress: &mut Progress, connection: &Connection) -> rusqlite::Result<bool> {
    let hours = Level { from: "minutes", to: "hours", step: MINUTE, span: HOUR };
    let (hours_to, more_hours) = hours.carry_on(progress.hours_to, now - SETTLED, connection)?;
    progress.hours_to = hours_to;
    let days = Level { from: "hours", to: "days", step: HOUR, span: DAY };
    let (days_to, more_days) = days.carry_on(progress.days_to, hours_to, connection)?;
    progress.days_to = days_to;
    Ok(more_hours || more_days)
}

/// From one table into the next.
struct Level {
    from: &'static str,
    to: &'static str,
    /// Length of a bucket of the one and of the other.
    step: i64,
    span: i64,
}

impl Level {
    /// From `done` on, what ended by `end`. Returns up to where it came, and whether it stopped at its bound.
    fn carry_on(&self, done: i64, end: i64, connection: &Connection) -> rusqlite::Result<(i64, bool)> {
        let (mut done, mut carried) = (done, 0);
        while let Some(bucket) = self.next(done, connection)?.filter(|bucket| bucket + self.step <= end) {
            if carried >= STEP {
                return Ok((done, true));
            }
            carried += self.copy(bucket, connection)?;
            done = bucket + self.step;
        }
        // Also where nothing happened, but not every minute: it costs a commit.
        Ok((done.max(floor(end, self.span)), false))
    }

    /// The first bucket from `done` on.
    fn next(&self, done: i64, connection: &Connection) -> rusqlite::Result<Option<i64>> {
        let sql = format!("SELECT bucket FROM {} WHERE per_key = 0 AND bucket >= ? ORDER BY bucket LIMIT 1", self.from);
        connection.prepare_cached(&sql)?.query_row([done], |row| row.get(0)).optional()
    }

    fn copy(&self, bucket: i64, connection: &Connection) -> rusqlite::Result<usize> {
        let Self { from, to, span, .. } = self;
        let sql = format!(
            "INSERT OR ROLLBACK INTO {to} SELECT per_key, bucket - bucket % {span}, project, key, model, deployment, \
             status, outcome, cause, operation, {} FROM {from} WHERE per_key = ? AND bucket = ? {}",
            SUMS.join(", "),
            upsert()
        );
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.execute((0, bucket))? + statement.execute((1, bucket))?)
    }
}

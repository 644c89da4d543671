//! Sums over requests by minute, hour and day.
//!
//! In: rows, as they are written. Out: the tables `minutes`, `hours` and `days`. A row is added to its minute at once.
//! Minutes are carried on into hours, and hours into days, once the hour is over and a while has passed; a row that
//! comes later than that is added to all. So every request costs one small row, and every table is exact: up to where
//! it was carried on, hours say what minutes say.
//!
//! A request counts where it was accepted, as in its id: a long one comes late.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Statement};

use super::bulk::{self, Bind};
use super::names::Name;
use super::pack::Sum;
use super::packs::{DAYS, HOURS, MINUTES, Packed};
use super::progress::Progress;
use super::row::{ESTIMATED, Row, UNKNOWN};
use super::sums::{SUMS, Sums, told};

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 3600;
pub(super) const DAY: i64 = 86_400;

/// What sums are kept by. Key 0 sums over all keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) per_key: bool,
    pub(super) bucket: i64,
    pub(super) project: i64,
    pub(super) key: i64,
    pub(super) model: i64,
    pub(super) deployment: i64,
    pub(super) status: i64,
    pub(super) outcome: i64,
    pub(super) cause: i64,
    pub(super) operation: i64,
}

impl Group {
    /// The one over all keys that it is in.
    pub(super) fn over_all(self) -> Self {
        Self { per_key: false, key: 0, ..self }
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
            status: row.status.into(),
            outcome: row.outcome as i64,
            cause: row.cause,
            operation: row.whose.operation.into(),
        };
        add(self.minutes.entry(group).or_default(), &sums(row));
    }

    /// Writes the sums.
    pub(super) fn write(self, progress: &Progress, connection: &Connection) -> rusqlite::Result<()> {
        let mut minutes = BTreeMap::new();
        let (mut hours, mut days) = (BTreeMap::new(), BTreeMap::new());
        let mut late = Late::default();
        for (group, sums) in self.minutes {
            late.take(&group, &sums, progress);
            for group in [group, group.over_all()] {
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
            write(table, sums, connection)?;
        }
        late.write(connection)
    }
}

/// Adds sums to a table.
pub(super) fn write(table: &str, sums: BTreeMap<Group, Sums>, connection: &Connection) -> rusqlite::Result<()> {
    let rows: Vec<_> = sums.into_iter().collect();
    bulk::insert(connection, &format!("INSERT OR ROLLBACK INTO {table}"), &rows, &upsert())
}

/// What came after its span was packed.
#[derive(Debug, Default)]
struct Late(BTreeMap<(Packed, i64), Vec<Sum>>);

impl Late {
    fn take(&mut self, group: &Group, sums: &Sums, progress: &Progress) {
        // Minutes are carried on first, so that what is before this is all that can be packed.
        if group.bucket >= progress.hours_to {
            return;
        }
        for packed in [MINUTES, HOURS, DAYS] {
            if packed.range(progress).contains(&group.bucket) {
                let start = floor(group.bucket, packed.span);
                let bucket = (group.bucket - start) / packed.step;
                let place = [bucket, group.project, group.key, group.model, group.operation];
                self.0.entry((packed, start)).or_default().push((place, told(group.outcome, sums)));
            }
        }
    }

    fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        self.0.into_iter().try_for_each(|((packed, start), sums)| packed.add_late(start, sums, connection))
    }
}

pub(super) fn add(to: &mut Sums, sums: &Sums) {
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
        let keys = [per_key.into(), bucket, project, key, model, deployment, status, outcome, cause, operation];
        keys.iter().chain(sums).enumerate().try_for_each(|(n, value)| statement.raw_bind_parameter(at + n, value))
    }
}

/// What to do where there are sums already.
fn upsert() -> String {
    let each = SUMS.map(|sum| format!("{sum} = {sum} + excluded.{sum}"));
    format!("ON CONFLICT DO UPDATE SET {}", each.join(", "))
}

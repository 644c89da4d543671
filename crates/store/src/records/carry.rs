//! Carrying sums on: minutes into hours and hours into days, once they are over and a while has passed.
//!
//! In: the present, how far it was done. Out: rows of the coarser tables, and packs of what is over; a bounded part of it in
//! each transaction. Rows are read once for all of that, and only those by key: what all keys of a project come to is added
//! up here.

use std::collections::BTreeMap;
use std::ops::Range;

use rusqlite::{Connection, OptionalExtension};

use super::mixer::Map;
use super::pack::Sum;
use super::packs::{DAYS, HOURS, MINUTES, Packed, Packing};
use super::progress::Progress;
use super::rollup::{DAY, Group, HOUR, add, floor, write};
use super::sums::{Reading, Summed, Sums, told};

/// An hour is carried on so long after its end; most long answers have ended by then.
const SETTLED: i64 = 300;
/// How much one transaction takes on: about a tenth of a second, and some megabytes.
const BOUNDS: Bounds = Bounds { rows: 50_000, groups: 16_384 };

/// Carries on what is settled at `now` (Unix seconds), a bounded part of it; whether there may be more.
pub(super) fn carry_on(now: i64, progress: &mut Progress, connection: &Connection) -> rusqlite::Result<bool> {
    // An hour and a day as a whole: to look each of their groups up again and again would take several times as long.
    let hours = Level { from: MINUTES, to: HOURS, span: HOUR, bounds: BOUNDS };
    let (hours_to, more) = hours.carry_on(progress.hours_to, now - SETTLED, progress, connection)?;
    progress.hours_to = hours_to;
    if more {
        return Ok(true);
    }
    let days = Level { from: HOURS, to: DAYS, span: DAY, bounds: BOUNDS };
    let (days_to, more) = days.carry_on(progress.days_to, floor(hours_to, HOUR), progress, connection)?;
    progress.days_to = days_to;
    Ok(more)
}

/// From one table into the next.
struct Level {
    from: Packed,
    to: Packed,
    /// Seconds of the buckets into which.
    span: i64,
    bounds: Bounds,
}

#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Read.
    rows: usize,
    /// In memory at once; more are written as often as they come again.
    groups: usize,
}

impl Level {
    /// From `done` on, what ended by `end`. Returns up to where it came, and whether it stopped at its bound.
    fn carry_on(
        &self,
        mut done: i64,
        end: i64,
        progress: &Progress,
        connection: &Connection,
    ) -> rusqlite::Result<(i64, bool)> {
        let mut rows = 0;
        while let Some(bucket) = self.next(done, connection)? {
            let whole = floor(bucket, self.span)..floor(bucket, self.span) + self.span;
            if whole.end > end {
                break;
            }
            if rows >= self.bounds.rows {
                return Ok((done, true));
            }
            let (to, read) = self.carry(done.max(whole.start), &whole, progress, connection)?;
            (done, rows) = (to, rows + read);
        }
        // Also where nothing happened, but not every minute: it costs a commit.
        Ok((done.max(floor(end, self.span)), false))
    }

    /// The first bucket from `done` on.
    fn next(&self, done: i64, connection: &Connection) -> rusqlite::Result<Option<i64>> {
        let sql =
            format!("SELECT bucket FROM {} WHERE per_key = 1 AND bucket >= ? ORDER BY bucket LIMIT 1", self.from.table);
        connection.prepare_cached(&sql)?.query_row([done], |row| row.get(0)).optional()
    }

    /// Carries on what there is of a bucket from `start` on, or so much of it as one transaction takes. Returns up to where it
    /// came, and how many rows it read.
    fn carry(
        &self,
        start: i64,
        whole: &Range<i64>,
        progress: &Progress,
        connection: &Connection,
    ) -> rusqlite::Result<(i64, usize)> {
        let sql = format!(
            "SELECT {} FROM {} WHERE per_key = 1 AND bucket >= ? AND bucket < ?",
            Reading::All.columns(),
            self.from.table
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query((start, whole.end))?;
        // Minutes have only this way into packs; hours have gone it before.
        let is_packed = self.from == MINUTES && whole.start >= MINUTES.range(progress).start;
        let mut minutes = is_packed.then(|| Packing::of(MINUTES, whole.start));
        let mut groups = Groups::default();
        let (mut read, mut bucket, mut done) = (0, start, whole.end);
        let mut is_all = start == whole.start;
        while let Some(row) = rows.next()? {
            let row = Summed::of(row, Reading::All)?;
            if read >= self.bounds.rows && row.bucket > bucket {
                done = row.bucket;
                break;
            }
            (read, bucket) = (read + 1, row.bucket);
            if groups.0.len() >= self.bounds.groups {
                std::mem::take(&mut groups).write(self.to.table, connection)?;
                is_all = false;
            }
            groups.take(whole.start, &row);
            if let Some(packing) = &mut minutes {
                packing.take(&row, connection)?;
            }
        }
        drop(rows);
        if let Some(packing) = minutes {
            packing.finish(connection)?;
        }
        groups.write(self.to.table, connection)?;
        if done == whole.end && whole.start >= self.to.range(progress).start {
            if is_all {
                self.to.add(whole.start, groups.told(), connection)?;
            } else {
                self.to.make(whole.start, connection)?;
            }
        }
        Ok((done, read))
    }
}

/// Sums by key of one bucket, as they are added up.
#[derive(Default)]
struct Groups(Map<Group, Sums>);

impl Groups {
    fn take(&mut self, bucket: i64, row: &Summed) {
        let Summed { project, key, model, deployment, status, outcome, cause, operation, .. } = *row;
        let group = Group { per_key: true, bucket, project, key, model, deployment, status, outcome, cause, operation };
        add(self.0.entry(group).or_default(), &row.sums());
    }

    /// Adds them to a table, and what they come to over all keys.
    fn write(&self, table: &str, connection: &Connection) -> rusqlite::Result<()> {
        let mut all = BTreeMap::new();
        for (group, sums) in &self.0 {
            all.insert(*group, *sums);
            add(all.entry(group.over_all()).or_default(), sums);
        }
        write(table, all, connection)
    }

    fn told(&self) -> Vec<Sum> {
        let place = |group: &Group| [0, group.project, group.key, group.model, group.operation];
        self.0.iter().map(|(group, sums)| (place(group), told(group.outcome, sums))).collect()
    }
}

#[cfg(test)]
mod tests;

//! Which spans are packed: made as sums are carried on, added to where a request comes late, deleted with what they say.
//!
//! In: groups and their sums, how far these were carried on. Out: rows of `packs`. A span has parts, which are added up; so
//! what comes late is one more part, or in the last one, and no row is read again. All of it is written in the transactions
//! that write the rows, so that packs always say what the rows say.

use std::ops::Range;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension};

use super::pack::{self, DIMENSIONS, GROUPS_MAX, Pack, Sum};
use super::progress::Progress;
use super::rollup::{DAY, HOUR, MINUTE, floor};
use super::sums::{Reading, Summed};

/// A last part that is smaller takes what comes late.
const SMALL: usize = 512;
/// Parts of fewer bytes are not nearly full. Where there are so many, what came late is most of a span, and its groups are in many of
/// them: it is packed anew.
const SMALL_BYTES: i64 = 32 * 1024;
const SMALL_PARTS: i64 = 16;
/// Rows deleted in one transaction: each has some tens of pages.
const DELETED: usize = 20;

/// A table of sums, and what of it is one span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Packed {
    pub(super) table: &'static str,
    /// Seconds of its buckets.
    pub(super) step: i64,
    /// Seconds of a span.
    pub(super) span: i64,
}

pub(super) const MINUTES: Packed = Packed { table: "minutes", step: MINUTE, span: HOUR };
pub(super) const HOURS: Packed = Packed { table: "hours", step: HOUR, span: HOUR };
pub(super) const DAYS: Packed = Packed { table: "days", step: DAY, span: DAY };

impl Packed {
    /// The time of which packs say what the rows say.
    pub(super) fn range(self, progress: &Progress) -> Range<i64> {
        match self.step {
            MINUTE => progress.minutes_packed..progress.hours_to,
            HOUR => progress.hours_packed..floor(progress.hours_to, HOUR),
            _ => progress.days_packed..floor(progress.days_to, DAY),
        }
    }

    /// Adds groups to the span that begins there.
    pub(super) fn add(self, start: i64, mut groups: Vec<Sum>, connection: &Connection) -> rusqlite::Result<()> {
        let mut last = connection
            .prepare_cached("SELECT part, sums FROM packs WHERE step = ? AND start = ? ORDER BY part DESC LIMIT 1")?;
        let last: Option<(i64, Vec<u8>)> =
            last.query_row((self.step, start), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let mut part = 0;
        if let Some((number, bytes)) = last {
            let last = decoded(&bytes)?;
            part = number + i64::from(last.groups >= SMALL);
            if last.groups < SMALL {
                groups.extend(last.sums());
            }
        }
        groups.sort_unstable_by_key(|(place, _)| *place);
        groups.dedup_by(|(place, told), (kept, into)| {
            let is_same = place == kept;
            if is_same {
                add(into, told);
            }
            is_same
        });
        let mut write =
            connection.prepare_cached("INSERT OR REPLACE INTO packs (step, start, part, sums) VALUES (?, ?, ?, ?)")?;
        for (number, some) in (part..).zip(groups.chunks(GROUPS_MAX)) {
            write.execute((self.step, start, number, pack::encode(some)))?;
        }
        Ok(())
    }

    /// Adds what came late, and is in the rows.
    pub(super) fn add_late(self, start: i64, groups: Vec<Sum>, connection: &Connection) -> rusqlite::Result<()> {
        self.add(start, groups, connection)?;
        let mut small = connection
            .prepare_cached("SELECT count(*) FROM packs WHERE step = ? AND start = ? AND length(sums) < ?")?;
        let small: i64 = small.query_row((self.step, start, SMALL_BYTES), |row| row.get(0))?;
        if small < SMALL_PARTS { Ok(()) } else { self.make(start, connection) }
    }

    /// Packs the span that begins there from its rows, in place of what was packed of it.
    pub(super) fn make(self, start: i64, connection: &Connection) -> rusqlite::Result<()> {
        connection.prepare_cached("DELETE FROM packs WHERE step = ? AND start = ?")?.execute((self.step, start))?;
        let sql = format!(
            "SELECT {} FROM {} WHERE per_key = 1 AND bucket >= ? AND bucket < ?",
            Reading::Told.columns(),
            self.table
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query((start, start + self.span))?;
        let mut packing = Packing::of(self, start);
        while let Some(row) = rows.next()? {
            packing.take(&Summed::of(row, Reading::Told)?, connection)?;
        }
        packing.finish(connection)
    }

    /// Hands on the packs of the spans that overlap this one, each with the beginning of its span.
    pub(super) fn read<E: From<rusqlite::Error>>(
        self,
        span: &Range<i64>,
        connection: &Connection,
        mut take: impl FnMut(i64, &Pack<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = connection.prepare_cached(
            "SELECT start, sums FROM packs WHERE step = ? AND start > ? AND start < ? ORDER BY start, part",
        )?;
        let mut rows = statement.query((self.step, span.start - self.span, span.end))?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            take(row.get(0)?, &decoded(bytes)?)?;
        }
        Ok(())
    }

    /// The span before this moment that has rows and ends last.
    fn before(self, end: i64, connection: &Connection) -> rusqlite::Result<Option<i64>> {
        let sql = format!("SELECT max(bucket) FROM {} WHERE per_key = 1 AND bucket < ?", self.table);
        let last: Option<i64> = connection.prepare_cached(&sql)?.query_row([end], |row| row.get(0))?;
        Ok(last.map(|bucket| floor(bucket, self.span)))
    }
}

fn decoded(bytes: &[u8]) -> rusqlite::Result<Pack<'_>> {
    Pack::decode(bytes).ok_or_else(|| rusqlite::Error::InvalidColumnType(1, "sums of packs".to_owned(), Type::Blob))
}

fn add(to: &mut pack::Told, more: &pack::Told) {
    to.iter_mut().zip(more).for_each(|(to, more)| *to = to.saturating_add(*more));
}

/// Rows of one span on their way into packs. They come in the order of their table.
#[derive(Debug)]
pub(super) struct Packing {
    packed: Packed,
    start: i64,
    groups: Vec<Sum>,
}

impl Packing {
    pub(super) fn of(packed: Packed, start: i64) -> Self {
        Self { packed, start, groups: Vec::new() }
    }

    pub(super) fn take(&mut self, row: &Summed, connection: &Connection) -> rusqlite::Result<()> {
        let bucket = (row.bucket - self.start) / self.packed.step;
        let place = [bucket, row.project, row.key, row.model, row.operation];
        // Rows of one place differ by deployment and end, and come together but for the operation.
        let beside = |group: &&Sum| group.0[..DIMENSIONS - 1] == place[..DIMENSIONS - 1];
        let same = self.groups.iter().rev().take_while(beside).position(|group| group.0 == place);
        if let Some(group) = same.and_then(|behind| self.groups.iter_mut().nth_back(behind)) {
            add(&mut group.1, &row.told());
            return Ok(());
        }
        if self.groups.len() >= GROUPS_MAX {
            self.write(connection)?;
        }
        self.groups.push((place, row.told()));
        Ok(())
    }

    fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.packed.add(self.start, std::mem::take(&mut self.groups), connection)
    }

    pub(super) fn finish(mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.groups.is_empty() { Ok(()) } else { self.write(connection) }
    }
}

/// Packs one span of what was carried on without it, the newest first; whether there may be more.
pub(super) fn catch_up(progress: &mut Progress, connection: &Connection) -> rusqlite::Result<bool> {
    for packed in [DAYS, HOURS, MINUTES] {
        let Range { start, end } = packed.range(progress);
        let (from, kept) = progress.packed_from(packed.step);
        if start <= kept || start > end {
            continue;
        }
        *from = match packed.before(start, connection)? {
            Some(span) if span >= kept => {
                packed.make(span, connection)?;
                span
            }
            _ => kept,
        };
        return Ok(true);
    }
    Ok(false)
}

/// Deletes some of the packs that nobody reads any more; whether there may be more.
pub(super) fn delete(progress: &Progress, connection: &Connection) -> rusqlite::Result<bool> {
    let mut deleted = 0;
    for packed in [MINUTES, HOURS, DAYS] {
        let mut statement = connection.prepare_cached(
            "DELETE FROM packs WHERE row_id IN (SELECT row_id FROM packs WHERE step = ? AND start < ? LIMIT ?)",
        )?;
        let from = packed.range(progress).start;
        deleted += statement.execute((packed.step, from, (DELETED - deleted) as i64))?;
    }
    Ok(deleted == DELETED)
}

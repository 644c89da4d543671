//! How far sums were carried on, packed and deleted: the one row of `progress`.
//!
//! In: the row. Out: the row. Whoever reads the journal keeps it in memory, for nobody else writes it.

use rusqlite::Connection;

use super::rollup::{DAY, HOUR, MINUTE, floor};

/// Up to when (Unix seconds) sums were carried on, and from when on there are rows and packs.
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
    /// What was carried on is packed from here on.
    pub(super) minutes_packed: i64,
    pub(super) hours_packed: i64,
    pub(super) days_packed: i64,
}

const COLUMNS: [&str; 9] = [
    "hours_to",
    "days_to",
    "requests_from",
    "minutes_from",
    "hours_from",
    "days_from",
    "minutes_packed",
    "hours_packed",
    "days_packed",
];

impl Progress {
    /// What the row says. Where a version that knows no packs has written sums since packs were made, nothing is packed.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let sql = format!("SELECT {} FROM progress", COLUMNS.join(", "));
        let mut statement = connection.prepare_cached(&sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Self {
                hours_to: row.get(0)?,
                days_to: row.get(1)?,
                requests_from: row.get(2)?,
                minutes_from: row.get(3)?,
                hours_from: row.get(4)?,
                days_from: row.get(5)?,
                minutes_packed: row.get(6)?,
                hours_packed: row.get(7)?,
                days_packed: row.get(8)?,
            })
        };
        let progress = statement.query_row([], read)?;
        Ok(if is_packed(connection)? { progress } else { progress.unpacked() })
    }

    fn unpacked(self) -> Self {
        let hours = -floor(-self.hours_to, HOUR);
        Self { minutes_packed: hours, hours_packed: hours, days_packed: -floor(-self.days_to, DAY), ..self }
    }

    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = format!("UPDATE progress SET {}", COLUMNS.map(|column| format!("{column} = ?")).join(", "));
        connection.prepare_cached(&sql)?.execute([
            self.hours_to,
            self.days_to,
            self.requests_from,
            self.minutes_from,
            self.hours_from,
            self.days_from,
            self.minutes_packed,
            self.hours_packed,
            self.days_packed,
        ])?;
        say_packed(connection)
    }

    /// From when on sums of this step are packed, and kept.
    pub(super) fn packed_from(&mut self, step: i64) -> (&mut i64, i64) {
        match step {
            MINUTE => (&mut self.minutes_packed, self.minutes_from),
            HOUR => (&mut self.hours_packed, self.hours_from),
            _ => (&mut self.days_packed, self.days_from),
        }
    }
}

/// Whether packs have all that was written of sums.
pub(super) fn is_packed(connection: &Connection) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT sums_revision = packs_revision FROM progress")?;
    statement.query_row([], |row| row.get(0))
}

/// Says that packs have what this transaction has written of sums; at its end.
pub(super) fn say_packed(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE progress SET packs_revision = sums_revision")?.execute([])?;
    Ok(())
}

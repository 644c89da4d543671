//! How much of the journal is not in the database.
//!
//! In: the directory, and how far each segment was read. Out: bytes, looked up in the files: nobody has to be asked who
//! may be busy, or away.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::Connection;

use crate::journal::{self, SegmentId};

/// Bytes of a segment that hold no entry.
const HEADER_BYTES: u64 = 64;

/// How far segments were read: up to a byte, or (`None`) to their final ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Positions(HashMap<SegmentId, Option<u64>>);

impl Positions {
    /// What the database says.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement =
            connection.prepare_cached("SELECT epoch, worker, sequence, consumed, done FROM segments")?;
        let read = |row: &rusqlite::Row<'_>| {
            let segment = SegmentId { epoch: row.get(0)?, worker: row.get(1)?, sequence: row.get(2)? };
            let consumed: i64 = row.get(3)?;
            Ok((segment, (!row.get::<_, bool>(4)?).then_some(consumed.unsigned_abs())))
        };
        Ok(Self(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?))
    }

    /// Bytes of entries that were not read. A directory that cannot be listed has none.
    pub(super) fn unread_bytes(&self, directory: &Path) -> u64 {
        let segments = journal::segments(directory).unwrap_or_default();
        let unread = |segment| match self.0.get(&segment) {
            Some(None) => 0,
            Some(Some(consumed)) => journal::written_behind(directory, segment, (*consumed).max(HEADER_BYTES)),
            None => journal::written_behind(directory, segment, HEADER_BYTES),
        };
        segments.into_iter().map(unread).sum()
    }
}

//! One pass: what the journal has and the database has not, up to a bound, in one transaction.
//!
//! In: segments. Out: a commit with the rows and how far the segments were read; then segments that are done are
//! deleted. It never writes half: whatever fails, what was read since the last commit is forgotten, and the next pass
//! begins with what the database says.
//!
//! A lock file in the journal's directory sees to it that of several processes one does this.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tollgate_core::record::Entry;

use super::batch::{Batch, Care};
use super::behind::Positions;
use super::carry;
use super::database::Records;
use super::lanes::{Lane, Lanes};
use super::names::Names;
use super::pace;
use super::packs;
use super::pending::{Admitted, Pending};
use super::progress::{self, Progress};
use super::retention::{self, Retention};
use super::source::Source;
use crate::database::StoreError;
use crate::journal::{ReadError, SegmentId};

/// Name of the lock file in the journal's directory.
const LOCK: &str = "ingest.lock";
/// Entries read of one worker before it is another's turn, so that rows come nearly by time.
const TURN: usize = 1024;

/// How much one transaction may take on, so that it holds the database for a short time only.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Entries of the journal.
    pub entries: usize,
    /// Time of reading them; writing takes about four times as long.
    pub reading: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 6 * 1024, reading: Duration::from_millis(50) }
    }
}

/// What a pass came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Another process has the lock.
    Elsewhere,
    /// So many entries were read, and are in the database.
    Read {
        /// How many.
        entries: usize,
        /// Whether it stopped at a bound.
        more: bool,
    },
}

/// Why a pass came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The database of records cannot be opened.
    #[error("the database of records cannot be opened")]
    Open(#[source] StoreError),
    /// No transaction can be begun: another process writes in it, as a rule.
    #[error("the database of records cannot be written")]
    Begin(#[source] rusqlite::Error),
    /// It refuses what is to be written or read.
    #[error("the database of records refused")]
    Sqlite(#[from] rusqlite::Error),
    /// The journal's directory or a segment cannot be read.
    #[error("the journal cannot be read")]
    Journal(#[from] ReadError),
    /// The lock file cannot be used.
    #[error("{path} cannot be locked")]
    Lock {
        /// Which file.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
}

/// Reads the journal into the database of records.
#[derive(Debug)]
pub struct Ingester {
    data_dir: PathBuf,
    source: Source,
    limits: Limits,
    retention: Retention,
    /// Whether it rests now and then, for others want the processor.
    rests: bool,
    lock: Option<File>,
    /// What is known since the last commit; nothing after a failure.
    open: Option<Open>,
    care: Care,
    /// How far segments were read, as of the last commit seen.
    positions: Positions,
    /// There has been a database.
    had_records: bool,
}

#[derive(Debug)]
struct Open {
    records: Records,
    names: Names,
    admitted: Admitted,
    lanes: Lanes,
    progress: Progress,
}

impl Ingester {
    /// Nothing is opened or locked before the first pass.
    #[must_use]
    pub fn new(data_dir: PathBuf, source: Source, limits: Limits) -> Self {
        let (retention, positions) = (Retention::default(), Positions::default());
        let (rests, lock, open, care) = (false, None, None, Care::Trusting);
        Self { data_dir, source, limits, retention, rests, lock, open, care, positions, had_records: false }
    }

    /// Works in short stretches, beside threads that must not wait long.
    #[must_use]
    pub fn with_rests(self) -> Self {
        Self { rests: true, ..self }
    }

    /// Keeps things this long from now on; whether that is news.
    pub fn keep(&mut self, retention: Retention) -> bool {
        std::mem::replace(&mut self.retention, retention) != retention
    }

    /// Brings the database nearer to the journal by one transaction, or by none if there is nothing new.
    ///
    /// # Errors
    /// [`IngestError`]: nothing was written, and the next pass tries again.
    pub fn pass(&mut self) -> Result<Pass, IngestError> {
        if !self.take_lock()? {
            return Ok(Pass::Elsewhere);
        }
        let mut open = match self.open.take() {
            Some(open) if open.records.is_in_place() => open,
            _ => {
                let open = self.open_anew()?;
                self.positions = Positions::of(&open.records.connection)?;
                open
            }
        };
        let result = self.run(&mut open);
        if matches!(result, Ok(_) | Err(IngestError::Begin(_))) {
            self.open = Some(open);
        }
        result
    }

    /// Does a bounded part of what has to be done now and then, at `now` (Unix seconds): sums of minutes and hours that
    /// are over are carried on and packed, what is too old is deleted. To be called when the last pass left nothing. Whether there
    /// is more to do.
    ///
    /// # Errors
    /// [`IngestError`]: nothing was done, and can be tried again.
    pub fn maintain(&mut self, now: i64) -> Result<bool, IngestError> {
        if self.lock.is_none() {
            return Ok(false);
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.open_anew()?,
        };
        open.records.execute("BEGIN IMMEDIATE").map_err(IngestError::Begin)?;
        let more = open.maintain(&self.retention, now)?;
        self.open = Some(open);
        Ok(more)
    }

    /// Why some segment cannot be read, while the others are.
    #[must_use]
    pub fn refused(&self) -> Option<&str> {
        self.open.as_ref().and_then(|open| open.lanes.refused())
    }

    /// Bytes of the journal that are not in the database, as far as is known.
    #[must_use]
    pub fn unread_bytes(&self) -> u64 {
        // Who has not the lock has not seen what another process has read.
        let elsewhere = || Positions::of(&Records::open_reader(&self.data_dir).ok()??.connection).ok();
        let positions = if self.lock.is_some() { None } else { elsewhere() };
        positions.as_ref().unwrap_or(&self.positions).unread_bytes(self.source.directory())
    }

    /// Whether the last failure was for want of room.
    #[must_use]
    pub(super) fn is_full(error: &IngestError) -> bool {
        matches!(error, IngestError::Sqlite(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }

    fn run(&mut self, open: &mut Open) -> Result<Pass, IngestError> {
        open.lanes.look(&self.source)?;
        if !open.has_news(&self.source) {
            self.release(open);
            return Ok(Pass::Read { entries: 0, more: false });
        }
        open.records.execute("BEGIN IMMEDIATE").map_err(IngestError::Begin)?;
        let written = self.write(open);
        if written.is_err() && !open.records.connection.is_autocommit() {
            // What cannot be undone is undone when the connection goes, with `open`.
            let _ = open.records.execute("ROLLBACK");
        }
        let is_double = |e: &rusqlite::Error| e.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
        self.care = if written.as_ref().err().is_some_and(is_double) { Care::Careful } else { Care::Trusting };
        let (batch, more) = written?;
        if batch.interrupted > 0 {
            tracing::warn!(
                count = batch.interrupted,
                "a process ended before these requests had; they are booked as interrupted"
            );
        }
        let entries = batch.entries;
        self.positions = Positions::of(&open.records.connection)?;
        self.release(open);
        Ok(Pass::Read { entries, more })
    }

    /// Everything within the transaction, its end included.
    fn write(&self, open: &mut Open) -> rusqlite::Result<(Batch, bool)> {
        let mut batch = Batch::default();
        let more = self.read(open, &mut batch)?;
        let connection = &open.records.connection;
        for epoch in open.admitted.epochs() {
            if open.lanes.is_read_out(epoch, &self.source) {
                batch.interrupt(open.admitted.take_epoch(epoch), connection, &mut open.names)?;
            }
        }
        for lane in open.lanes.take_finished() {
            open.admitted.keep(lane, connection)?;
        }
        batch.write(self.care, &open.progress, connection)?;
        open.lanes.write(&self.source, connection)?;
        progress::say_packed(connection)?;
        open.records.execute("COMMIT")?;
        Ok((batch, more))
    }

    /// Reads from each worker in turn; whether a bound was reached.
    fn read(&self, open: &mut Open, batch: &mut Batch) -> rusqlite::Result<bool> {
        let began = Instant::now();
        loop {
            let before = batch.entries;
            let mut done = false;
            for lane in open.lanes.unread() {
                done |= self.turn(lane, open, batch)?;
                if batch.entries >= self.limits.entries || began.elapsed() >= self.limits.reading {
                    return Ok(true);
                }
            }
            if batch.entries == before && !done {
                return Ok(false);
            }
        }
    }

    /// Reads from one worker; whether a segment is done.
    fn turn(&self, lane: Lane, open: &mut Open, batch: &mut Batch) -> rusqlite::Result<bool> {
        let Some(mut turn) = open.lanes.begin(lane, &self.source) else { return Ok(false) };
        let mut result = Ok(());
        for n in 0..TURN {
            if self.rests && n.is_multiple_of(256) {
                pace::rest_if_due();
            }
            match turn.next() {
                Ok(Some((place, bytes))) => {
                    batch.take(place, bytes, &open.records.connection, &mut open.names, &mut open.admitted)?;
                }
                Ok(None) => break,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        Ok(open.lanes.end(turn, result, &self.source))
    }

    /// Deletes segments that are done. What was committed must still be where it is looked for.
    fn release(&self, open: &Open) {
        let done: Vec<SegmentId> = open.lanes.done().collect();
        if done.is_empty() || !open.records.is_in_place() {
            return;
        }
        for segment in done {
            // One that is still the journal's, or cannot be deleted, is tried again after the next pass.
            if let Err(error) = self.source.release(segment, self.retention.segments) {
                tracing::warn!(segment = %segment, error = %error, "a journal segment that was read cannot be deleted");
            }
        }
    }

    /// Opens the database; says so where there was one that is gone.
    fn open_anew(&mut self) -> Result<Open, IngestError> {
        let is_gone = self.had_records && !Records::path_in(&self.data_dir).exists();
        let open = Open::new(self)?;
        if is_gone {
            tracing::warn!(
                path = %Records::path_in(&self.data_dir).display(),
                "records.db is gone; a new one was begun, with what the journal still has"
            );
        }
        self.had_records = true;
        Ok(open)
    }

    fn take_lock(&mut self) -> Result<bool, IngestError> {
        if self.lock.is_some() {
            return Ok(true);
        }
        let path = self.source.directory().join(LOCK);
        let failed = |source| IngestError::Lock { path: path.clone(), source };
        let options = || OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = options().map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                self.lock = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

impl Open {
    /// What the database says, and what follows from it in the journal.
    fn new(ingester: &Ingester) -> Result<Self, IngestError> {
        let mut records = Records::open(&ingester.data_dir).map_err(IngestError::Open)?;
        if ingester.rests {
            pace::spread(&mut records.connection)?;
        }
        let connection = &records.connection;
        let mut names = Names::open(connection)?;
        let mut admitted = Admitted::open(connection)?;
        let mut lanes = Lanes::open(connection)?;
        lanes.look(&ingester.source)?;
        lanes.read_again(ingester.source.directory(), |place, bytes| {
            match Entry::decode(bytes) {
                Some(Entry::Admission(admission)) => {
                    let lane = (place.segment.epoch, place.segment.worker);
                    admitted.add(admission.request, Pending::of(&admission, lane, connection, &mut names)?);
                }
                Some(Entry::Settlement(settlement)) => drop(admitted.take(settlement.request)),
                _ => {}
            }
            Ok(())
        })??;
        // What an older version has written is not to be taken for packed by what this one says.
        let progress = Progress::of(connection)?;
        if !progress::is_packed(connection)? {
            records.execute("BEGIN IMMEDIATE").map_err(IngestError::Begin)?;
            progress.write(connection)?;
            records.execute("COMMIT")?;
        }
        Ok(Self { records, names, admitted, lanes, progress })
    }

    fn maintain(&mut self, retention: &Retention, now: i64) -> rusqlite::Result<bool> {
        let connection = &self.records.connection;
        let before = self.progress;
        let changes = connection.total_changes();
        let mut more = carry::carry_on(now, &mut self.progress, connection)?;
        if !more {
            more = retention::step(retention, now, &mut self.progress, connection)?;
        }
        if !more {
            more = packs::catch_up(&mut self.progress, connection)?;
        }
        if self.progress == before && connection.total_changes() == changes {
            self.records.execute("ROLLBACK")?;
        } else {
            self.progress.write(connection)?;
            self.records.execute("COMMIT")?;
        }
        Ok(more)
    }

    fn has_news(&mut self, source: &Source) -> bool {
        let lanes = self.lanes.unread();
        lanes.into_iter().any(|lane| self.lanes.has_news(lane, source))
            || self.admitted.epochs().into_iter().any(|epoch| self.lanes.is_read_out(epoch, source))
    }
}

#[cfg(test)]
mod tests;

//! The journal: what every request leaves behind, on the local disk before the caller's last byte, and from there
//! into the database whenever that is there.
//!
//! In: entries of serving workers, each through its own [`Writer`]. Out: segments, files of checksummed entries, that
//! a consumer reads with [`SegmentReader`] and gives back with [`Journal::release`]. It knows nothing of SQL, and it
//! does not read what it writes.
//!
//! The promise: an entry whose wait is over survives `kill -9` of the process; with [`Sync::Strict`] also a loss of
//! power, otherwise that has a window of the interval and one `fdatasync`. The journal never takes more of the disk
//! than its bound, and an admitted request's settlement always finds room.
//!
//! Open `journal/format.rs` first (the bytes), then `journal/writer.rs` (the hot path), then `journal/background.rs`.

mod background;
mod epoch;
mod format;
mod lane;
mod reader;
mod replay;
mod salvage;
mod segment;
mod shared;
mod space;
mod timeline;
mod writer;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tollgate_core::record::RecorderHealth;

pub use self::epoch::is_alive;
pub use self::format::SegmentId;
pub use self::reader::{End, Place, ReadError, SegmentReader};
pub use self::replay::{Condition, Damage, Entries, read_dir, segments};
pub use self::salvage::written_behind;
pub use self::timeline::{Timeline, happened_at, timeline};
pub use self::writer::Writer;

use self::background::Engine;
use self::shared::Shared;
use self::space::Limit;

/// No segment may be smaller, in bytes.
pub const SEGMENT_BYTES_LEAST: u64 = 64 * 1024;
/// The bound must hold so many segments per worker: one being written, one ready, and as much again to be consumed.
pub const SEGMENTS_PER_WORKER_LEAST: u64 = 4;
/// Segments made per worker at the start: one to write, one ahead.
const SEGMENTS_AHEAD: usize = 2;

/// How the journal is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Size of a segment, preallocated; at least [`SEGMENT_BYTES_LEAST`].
    pub segment_bytes: u64,
    /// All segments together are never larger; at least [`SEGMENTS_PER_WORKER_LEAST`] segments per worker.
    pub bound_bytes: u64,
    /// When an entry counts as written.
    pub sync: Sync,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segment_bytes: 16 << 20, bound_bytes: 4 << 30, sync: Sync::default() }
    }
}

/// When an entry counts as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Once `write(2)` has returned; `fdatasync(2)` follows within this time. A loss of power may cost that much.
    Periodic(Duration),
    /// Once `fdatasync(2)` has returned.
    Strict,
}

impl Default for Sync {
    fn default() -> Self {
        Self::Periodic(Duration::from_millis(10))
    }
}

/// Why the journal could not be opened, or not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Its directory cannot be used.
    #[error("the journal's directory cannot be used")]
    Directory(#[from] ReadError),
    /// A file cannot be made or removed.
    #[error("{path} cannot be changed")]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// The segments are set too small.
    #[error("journal segments of {segment_bytes} bytes are too small, at least {SEGMENT_BYTES_LEAST} are needed")]
    SegmentTooSmall {
        /// What was set.
        segment_bytes: u64,
    },
    /// The bound is set too small for the workers.
    #[error("the journal's bound of {bound_bytes} bytes is too small, at least {least_bytes} are needed")]
    BoundTooSmall {
        /// What was set.
        bound_bytes: u64,
        /// What these workers and segments need.
        least_bytes: u64,
    },
    /// There is no such worker, or it has its writer.
    #[error("worker {worker} cannot have a journal writer")]
    NoSuchWriter {
        /// Which worker.
        worker: usize,
    },
    /// Somebody still writes the segment.
    #[error("{segment} is still written")]
    InUse {
        /// Which segment.
        segment: SegmentId,
    },
}

/// A journal that is open for writing, one epoch of it.
///
/// Other processes may have epochs of their own in the same directory; each counts what was there when it started.
/// Clones are the same journal; it is closed when the last of them and the last [`Writer`] are gone.
#[derive(Debug, Clone)]
pub struct Journal {
    engine: Arc<Engine>,
}

impl Journal {
    /// Opens the journal in `directory` (made if need be) for so many workers. Segments of earlier epochs stay, and
    /// count. A torn tail among them is logged. If they or the disk leave no room, the journal opens full.
    ///
    /// # Errors
    /// [`JournalError::SegmentTooSmall`] and [`JournalError::BoundTooSmall`] for the settings,
    /// [`JournalError::Directory`] and [`JournalError::Io`] for the operating system.
    pub fn open(directory: &Path, settings: Settings, workers: usize) -> Result<Self, JournalError> {
        let shared = Arc::new(prepare(directory, settings, workers)?);
        let failed = |source| JournalError::Io { path: directory.to_owned(), source };
        Ok(Self { engine: Arc::new(Engine::start(shared).map_err(failed)?) })
    }

    /// The writer of a worker, counted from 0; each can be had once.
    ///
    /// # Errors
    /// [`JournalError::NoSuchWriter`].
    pub fn writer(&self, worker: usize) -> Result<Writer, JournalError> {
        let lane = self.engine.shared.lanes.get(worker).ok_or(JournalError::NoSuchWriter { worker })?;
        if lane.state.taken.swap(true, Ordering::Relaxed) {
            return Err(JournalError::NoSuchWriter { worker });
        }
        Ok(Writer::new(Arc::clone(&self.engine), Arc::clone(lane)))
    }

    /// How full the journal is.
    #[must_use]
    pub fn health(&self) -> Arc<dyn RecorderHealth> {
        Arc::clone(&self.engine.shared) as Arc<dyn RecorderHealth>
    }

    /// Number of this start, from 1.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.engine.shared.epoch.number
    }

    /// Where its segments are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.engine.shared.directory
    }

    /// Takes note of what is in the directory: segments of other processes that are gone need no room any more.
    pub fn notice(&self, listed: &[SegmentId]) {
        let shared = &self.engine.shared;
        if shared.space.give_back_missing(shared.epoch.number, listed) {
            shared.signal.attend();
        }
    }

    /// Bytes of all segments, preallocated ones in full.
    #[must_use]
    pub fn in_use_bytes(&self) -> u64 {
        self.engine.shared.space.in_use()
    }

    /// Whether a segment may still get entries. A consumer asks **before** it reads a segment to its end: if the
    /// answer is no, that end is final, and the segment can be released.
    #[must_use]
    pub fn is_open(&self, segment: SegmentId) -> bool {
        let shared = &self.engine.shared;
        if segment.epoch == shared.epoch.number {
            return shared.space.is_open(segment);
        }
        epoch::is_alive(&shared.directory, segment.epoch)
    }

    /// Deletes a segment that has been consumed, so that its bytes can be used again. One that is gone already is
    /// fine. After a loss of power it may be back: a consumer's own note of how far it got decides.
    ///
    /// # Errors
    /// [`JournalError::InUse`] where it may still get entries, [`JournalError::Io`] where it cannot be deleted.
    pub fn release(&self, segment: SegmentId) -> Result<(), JournalError> {
        if self.is_open(segment) {
            return Err(JournalError::InUse { segment });
        }
        let shared = &self.engine.shared;
        let path = shared.directory.join(segment.file_name());
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(JournalError::Io { path, source }),
            _ => {
                shared.space.give_back(segment);
                // The disk has gained room too: worth a try at once.
                shared.space.disk_full.store(false, Ordering::Relaxed);
                shared.signal.attend();
                Ok(())
            }
        }
    }
}

/// Everything of a journal but its thread.
fn prepare(directory: &Path, settings: Settings, workers: usize) -> Result<Shared, JournalError> {
    let Settings { segment_bytes, bound_bytes, .. } = settings;
    if segment_bytes < SEGMENT_BYTES_LEAST {
        return Err(JournalError::SegmentTooSmall { segment_bytes });
    }
    let least_bytes = segment_bytes.saturating_mul(SEGMENTS_PER_WORKER_LEAST).saturating_mul(workers as u64);
    if bound_bytes < least_bytes {
        return Err(JournalError::BoundTooSmall { bound_bytes, least_bytes });
    }
    let lanes = u16::try_from(workers).map_err(|_| JournalError::NoSuchWriter { worker: workers })?;
    let (epoch, old) = epoch::start(directory)?;
    let shared = Shared::new(directory.to_owned(), epoch, &old, settings, lanes);
    for lane in std::iter::repeat_n(&shared.lanes, SEGMENTS_AHEAD).flatten() {
        match shared.try_make_segment(lane, Limit::Bound) {
            Ok(true) => {}
            Ok(false) => shared.refused(lane),
            Err(error) if shared::no_room(&error) => {
                shared.failed(lane, &error);
                shared.refused(lane);
            }
            Err(source) => return Err(JournalError::Io { path: directory.to_owned(), source }),
        }
    }
    Ok(shared)
}

//! What the journal, its writers and its background thread share: settings, the account of bytes, one lane per
//! worker, and the signal that wakes the thread.
//!
//! Segments are made here, for whoever needs one; states are set and logged here, once per change.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use tollgate_core::record::{RecorderError, RecorderHealth};

use super::epoch::Epoch;
use super::format::SegmentId;
use super::lane::Lane;
use super::segment::Segment;
use super::space::{Limit, Space, lock};
use super::{Settings, Sync};

/// Shared by reference count; the last one closes the files and gives up the epoch.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) directory: PathBuf,
    pub(super) epoch: Epoch,
    pub(super) segment_bytes: u64,
    pub(super) sync: Sync,
    pub(super) space: Space,
    pub(super) lanes: Vec<Arc<Lane>>,
    pub(super) signal: Signal,
}

impl Shared {
    /// `workers` lanes without segments.
    pub(super) fn new(
        directory: PathBuf,
        epoch: Epoch,
        old: &[(SegmentId, u64)],
        settings: Settings,
        workers: u16,
    ) -> Self {
        Self {
            directory,
            epoch,
            segment_bytes: settings.segment_bytes,
            sync: settings.sync,
            space: Space::new(settings.bound_bytes, old),
            lanes: (0..workers).map(|worker| Arc::new(Lane::new(worker))).collect(),
            signal: Signal::default(),
        }
    }

    /// Makes one more segment for a lane.
    ///
    /// # Errors
    /// [`RecorderError::Full`] where the bound or the disk leaves no room, [`RecorderError::Failed`] otherwise.
    pub(super) fn make_segment(&self, lane: &Lane, limit: Limit) -> Result<(), RecorderError> {
        match self.try_make_segment(lane, limit) {
            Ok(true) => Ok(()),
            Ok(false) => Err(RecorderError::Full),
            Err(error) => Err(self.failed(lane, &error)),
        }
    }

    /// Makes one more segment for a lane; `false` where the bound forbids it.
    pub(super) fn try_make_segment(&self, lane: &Lane, limit: Limit) -> io::Result<bool> {
        let mut sequence = lock(&lane.next_sequence);
        let id = SegmentId { epoch: self.epoch.number, worker: lane.worker, sequence: *sequence };
        if !self.space.take(id, self.segment_bytes, limit) {
            return Ok(false);
        }
        *sequence += 1;
        let made = Segment::create(&self.directory, id, self.segment_bytes);
        let segment = made.inspect_err(|_| self.space.give_back(id))?;
        lane.add_ready(segment);
        if self.space.disk_full.swap(false, Ordering::Relaxed) {
            tracing::info!("the journal's disk has room again");
        }
        Ok(true)
    }

    /// Notes that the operating system refused something; logs it where that is news.
    pub(super) fn failed(&self, lane: &Lane, error: &io::Error) -> RecorderError {
        if no_room(error) {
            if !self.space.disk_full.swap(true, Ordering::Relaxed) {
                tracing::error!(directory = %self.directory.display(), "no room on the journal's disk");
            }
            self.want_segment(lane);
            RecorderError::Full
        } else {
            if !lane.state.failing.swap(true, Ordering::Relaxed) {
                tracing::error!(worker = lane.worker, error = %error, "the journal cannot be written");
                self.signal.attend();
            }
            RecorderError::Failed
        }
    }

    /// An admission was refused for want of room.
    pub(super) fn refused(&self, lane: &Lane) {
        if !lane.state.full.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                worker = lane.worker,
                in_use_bytes = self.space.in_use(),
                "the journal is full: new requests are refused"
            );
        }
        self.want_segment(lane);
    }

    /// There is room for admissions.
    pub(super) fn admits(&self, lane: &Lane) {
        if lane.state.full.load(Ordering::Relaxed) && lane.state.full.swap(false, Ordering::Relaxed) {
            tracing::info!(worker = lane.worker, "the journal has room again");
        }
    }

    /// Asks the background thread for one more segment, unless it was asked already.
    pub(super) fn want_segment(&self, lane: &Lane) {
        if !lane.state.wanted.load(Ordering::Relaxed) && !lane.state.wanted.swap(true, Ordering::AcqRel) {
            self.signal.attend();
        }
    }
}

/// Whether it is room that the operating system lacks.
pub(super) fn no_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl RecorderHealth for Shared {
    /// 1000 also where admissions are refused, or the disk is full before the bound is reached.
    fn fill_permille(&self) -> Option<u32> {
        let any = |state: fn(&Lane) -> &AtomicBool| self.lanes.iter().any(|l| state(l).load(Ordering::Relaxed));
        if any(|lane| &lane.state.failing) {
            return None;
        }
        if self.space.disk_full.load(Ordering::Relaxed) || any(|lane| &lane.state.full) {
            return Some(1000);
        }
        Some(self.space.fill_permille())
    }
}

/// Wakes the background thread.
#[derive(Debug, Default)]
pub(super) struct Signal {
    /// Something was written since the thread last looked.
    pub(super) dirty: AtomicBool,
    pub(super) flags: Mutex<Flags>,
    pub(super) changed: Condvar,
}

/// What the thread is asked for, besides synchronisation.
#[derive(Debug, Default)]
pub(super) struct Flags {
    /// A segment is wanted, or something failed.
    pub(super) attend: bool,
    pub(super) stop: bool,
}

impl Signal {
    /// Something was written. The caller has stored the position before, sequentially consistent, as the loads and
    /// stores of `dirty` are: so either the thread sees that position, or the caller sees that it must call again.
    pub(super) fn written(&self) {
        if !self.dirty.load(Ordering::SeqCst) && !self.dirty.swap(true, Ordering::SeqCst) {
            // Through the lock, so that it cannot fall between the thread's look and its wait.
            drop(lock(&self.flags));
            self.changed.notify_one();
        }
    }

    pub(super) fn attend(&self) {
        lock(&self.flags).attend = true;
        self.changed.notify_one();
    }

    pub(super) fn stop(&self) {
        lock(&self.flags).stop = true;
        self.changed.notify_one();
    }
}

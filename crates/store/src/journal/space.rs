//! How much of the bound is in use, exactly, by every segment that exists: preallocated, written, or waiting to be
//! consumed.
//!
//! In: segments as they come and go. Out: whether one more may be made, and the fill. It opens no file.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::format::SegmentId;

/// The account of bytes.
#[derive(Debug)]
pub(super) struct Space {
    bound: u64,
    in_use: AtomicU64,
    held: Mutex<BTreeMap<SegmentId, Held>>,
    /// The disk had no room at the last try. Until the background thread finds some, nobody else tries.
    pub(super) disk_full: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    bytes: u64,
    open: bool,
}

/// Whether a new segment must keep to the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Bound,
    /// An admitted request's settlement is written in any case. Its room was set aside, so that this comes into play
    /// only where a segment had to be given up because the disk failed.
    None,
}

impl Space {
    pub(super) fn new(bound: u64, old: &[(SegmentId, u64)]) -> Self {
        let held: BTreeMap<_, _> = old.iter().map(|&(id, bytes)| (id, Held { bytes, open: false })).collect();
        let in_use = held.values().map(|h| h.bytes).sum();
        Self { bound, in_use: AtomicU64::new(in_use), held: Mutex::new(held), disk_full: AtomicBool::new(false) }
    }

    /// Whether making a segment is worth a try; costs two loads.
    pub(super) fn may_take(&self, bytes: u64) -> bool {
        !self.disk_full.load(Ordering::Relaxed) && self.in_use.load(Ordering::Relaxed) + bytes <= self.bound
    }

    /// Takes `bytes` for a segment about to be made; `false` where the bound forbids it.
    pub(super) fn take(&self, id: SegmentId, bytes: u64, limit: Limit) -> bool {
        let mut held = lock(&self.held);
        if limit == Limit::Bound && self.in_use.load(Ordering::Relaxed) + bytes > self.bound {
            return false;
        }
        held.insert(id, Held { bytes, open: true });
        self.in_use.fetch_add(bytes, Ordering::Relaxed);
        true
    }

    /// The segment gets no more entries.
    pub(super) fn close(&self, id: SegmentId) {
        if let Some(held) = lock(&self.held).get_mut(&id) {
            held.open = false;
        }
    }

    /// Whether the segment is one of this process and may still get entries.
    pub(super) fn is_open(&self, id: SegmentId) -> bool {
        lock(&self.held).get(&id).is_some_and(|h| h.open)
    }

    /// The segment is gone.
    pub(super) fn give_back(&self, id: SegmentId) {
        let mut all = lock(&self.held);
        if let Some(held) = all.remove(&id) {
            self.in_use.fetch_sub(held.bytes, Ordering::Relaxed);
        }
    }

    /// Segments of other epochs than this that are not among those listed (in order) are gone; whether there were any.
    pub(super) fn give_back_missing(&self, own_epoch: u32, listed: &[SegmentId]) -> bool {
        let mut all = lock(&self.held);
        let before = all.len();
        all.retain(|id, held| {
            let stays = id.epoch == own_epoch || listed.binary_search(id).is_ok();
            if !stays {
                self.in_use.fetch_sub(held.bytes, Ordering::Relaxed);
            }
            stays
        });
        all.len() < before
    }

    pub(super) fn in_use(&self) -> u64 {
        self.in_use.load(Ordering::Relaxed)
    }

    /// Thousandths of the bound in use, at most 1000.
    pub(super) fn fill_permille(&self) -> u32 {
        let permille = u128::from(self.in_use()) * 1000 / u128::from(self.bound.max(1));
        permille.min(1000) as u32
    }
}

/// Locks even after a panic elsewhere: what these locks guard is whole after every statement.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(sequence: u32) -> SegmentId {
        SegmentId { epoch: 1, worker: 0, sequence }
    }

    #[test]
    fn the_bound_is_kept_and_room_comes_back() {
        let space = Space::new(100, &[(id(1), 30)]);

        assert!(space.take(id(2), 60, Limit::Bound));
        assert!(!space.take(id(3), 20, Limit::Bound));
        assert!(space.take(id(3), 20, Limit::None));
        assert_eq!((space.in_use(), space.fill_permille()), (110, 1000));

        space.give_back(id(1));
        space.give_back(id(1));

        assert_eq!((space.in_use(), space.fill_permille()), (80, 800));
    }

    #[test]
    fn what_others_have_deleted_needs_no_room() {
        let of_other = SegmentId { epoch: 2, worker: 0, sequence: 1 };
        let space = Space::new(100, &[(of_other, 30)]);
        space.take(id(1), 20, Limit::Bound);

        assert!(!space.give_back_missing(1, &[of_other]));
        assert!(space.give_back_missing(1, &[]));

        assert_eq!(space.in_use(), 20);
    }
}

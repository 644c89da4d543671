//! What one worker's writer shares with the background thread: segments made ahead, segments to synchronise, and the
//! requests that wait.
//!
//! A position counts bytes appended by this worker since the start, frames included. In: positions written and
//! synchronised. Out: wake-ups. Nothing here writes an entry.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tollgate_core::record::RecorderError;

use super::segment::{self, Segment};
use super::space::lock;

/// Failures are remembered one by one up to so many; then the oldest two become one, with what is between.
const FAILURES_MAX: usize = 64;

/// One worker's share. Aligned, so that two workers' counters are never in one cache line (or pair of lines, as they
/// are fetched).
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Lane {
    pub(super) worker: u16,
    /// Everything up to here has been handed to `write(2)`, with whatever result.
    pub(super) written: AtomicU64,
    /// Everything up to here has been handed to `fdatasync(2)`, with whatever result.
    pub(super) synchronised: AtomicU64,
    pub(super) state: State,
    /// Held while a segment is made, so that segments are used in the order of their numbers.
    pub(super) next_sequence: Mutex<u32>,
    ready: Mutex<VecDeque<Arc<Segment>>>,
    ready_bytes: AtomicU64,
    unsynchronised: Mutex<Vec<Arc<Segment>>>,
    waiting: Mutex<Waiting>,
    any_failure: AtomicBool,
}

/// What does not go as it should. The writer sets these; the background thread tries to clear them.
#[derive(Debug, Default)]
pub(super) struct State {
    /// One more segment is wanted.
    pub(super) wanted: AtomicBool,
    /// The last admission was refused for want of room.
    pub(super) full: AtomicBool,
    /// The last write or synchronisation failed.
    pub(super) failing: AtomicBool,
    /// The current segment may have a hole, behind which nothing can be read: use another.
    pub(super) give_up_segment: AtomicBool,
    /// A writer was handed out.
    pub(super) taken: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    wakers: Vec<(u64, Waker)>,
    failures: Vec<Failure>,
}

/// Positions beyond `after` up to and including `upto` are lost.
#[derive(Debug, Clone, Copy)]
struct Failure {
    after: u64,
    upto: u64,
    error: RecorderError,
}

impl Lane {
    pub(super) fn new(worker: u16) -> Self {
        Self {
            worker,
            written: AtomicU64::new(0),
            synchronised: AtomicU64::new(0),
            state: State::default(),
            next_sequence: Mutex::new(1),
            ready: Mutex::default(),
            ready_bytes: AtomicU64::new(0),
            unsynchronised: Mutex::default(),
            waiting: Mutex::default(),
            any_failure: AtomicBool::new(false),
        }
    }

    /// Hands over a segment made ahead.
    pub(super) fn add_ready(&self, segment: Segment) {
        let mut ready = lock(&self.ready);
        self.ready_bytes.fetch_add(segment::usable_when_fresh(segment.bytes), Ordering::Relaxed);
        ready.push_back(Arc::new(segment));
    }

    /// The next segment to write, if one is ready. From now on it takes part in synchronisation.
    pub(super) fn take_ready(&self) -> Option<Arc<Segment>> {
        let segment = {
            let mut ready = lock(&self.ready);
            let segment = ready.pop_front()?;
            self.ready_bytes.fetch_sub(segment::usable_when_fresh(segment.bytes), Ordering::Relaxed);
            segment
        };
        lock(&self.unsynchronised).push(Arc::clone(&segment));
        Some(segment)
    }

    /// Bytes that entries are sure to find in the segments made ahead.
    pub(super) fn ready_bytes(&self) -> u64 {
        self.ready_bytes.load(Ordering::Relaxed)
    }

    /// Copies into `to` the segments that may hold unsynchronised entries, the current one last.
    pub(super) fn list_unsynchronised(&self, to: &mut Vec<Arc<Segment>>) {
        to.extend(lock(&self.unsynchronised).iter().cloned());
    }

    /// The first `count` listed segments have been dealt with; the current one stays listed.
    pub(super) fn forget_synchronised(&self, count: usize) {
        let mut segments = lock(&self.unsynchronised);
        let old = count.min(segments.len()).saturating_sub(1);
        segments.drain(..old);
    }

    /// Ready once `decided`, which only ever grows, has reached `position`.
    pub(super) fn poll(
        &self,
        decided: &AtomicU64,
        position: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), RecorderError>> {
        if position > decided.load(Ordering::Acquire) {
            let mut waiting = lock(&self.waiting);
            // Again under the lock: `wake` locks after `decided` has grown, so one of the two sees the other.
            if position > decided.load(Ordering::Acquire) {
                let again = waiting.wakers.last().is_some_and(|(p, w)| *p == position && w.will_wake(cx.waker()));
                if !again {
                    waiting.wakers.push((position, cx.waker().clone()));
                }
                return Poll::Pending;
            }
        }
        Poll::Ready(self.outcome(position))
    }

    /// Wakes all who wait for `decided` or less. `scratch` is empty before and after.
    pub(super) fn wake(&self, decided: u64, scratch: &mut Vec<Waker>) {
        {
            let mut waiting = lock(&self.waiting);
            scratch.extend(waiting.wakers.extract_if(.., |(p, _)| *p <= decided).map(|(_, w)| w));
        }
        // Outside the lock: what is woken may poll at once.
        scratch.drain(..).for_each(Waker::wake);
    }

    /// Notes that what was appended beyond `after` up to `upto` is lost. To be called before these are decided.
    pub(super) fn fail(&self, after: u64, upto: u64, error: RecorderError) {
        let failures = &mut lock(&self.waiting).failures;
        match failures.last_mut() {
            Some(last) if last.upto == after && last.error == error => last.upto = upto,
            _ => failures.push(Failure { after, upto, error }),
        }
        if failures.len() > FAILURES_MAX {
            let oldest = failures.remove(0);
            failures[0].after = oldest.after;
        }
        self.any_failure.store(true, Ordering::Release);
    }

    fn outcome(&self, position: u64) -> Result<(), RecorderError> {
        if !self.any_failure.load(Ordering::Acquire) {
            return Ok(());
        }
        let waiting = lock(&self.waiting);
        match waiting.failures.iter().find(|f| f.after < position && position <= f.upto) {
            Some(failure) => Err(failure.error),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_positions_stay_lost_and_written_ones_written() {
        let lane = Lane::new(0);
        lane.fail(10, 20, RecorderError::Full);
        lane.fail(20, 30, RecorderError::Failed);
        lane.fail(30, 40, RecorderError::Failed);

        assert_eq!(lane.outcome(10), Ok(()));
        assert_eq!(lane.outcome(20), Err(RecorderError::Full));
        assert_eq!(lane.outcome(21), Err(RecorderError::Failed));
        assert_eq!(lane.outcome(40), Err(RecorderError::Failed));
        assert_eq!(lane.outcome(41), Ok(()));
    }

    #[test]
    fn many_failures_take_bounded_memory_and_are_never_forgotten() {
        let lane = Lane::new(0);

        for n in 0..1000 {
            lane.fail(n * 10, n * 10 + 5, RecorderError::Failed);
        }

        assert_eq!(lock(&lane.waiting).failures.len(), FAILURES_MAX);
        assert!((0..1000).all(|n| lane.outcome(n * 10 + 3).is_err()));
        assert_eq!(lane.outcome(9_998), Ok(()));
    }
}

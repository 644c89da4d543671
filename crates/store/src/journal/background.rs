//! The thread behind the writers: it synchronises what they wrote, makes their next segments, and tries again what
//! failed. It sleeps without a timer as long as nothing is written and nothing is wrong.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tollgate_core::record::RecorderError;

use super::Sync;
use super::epoch;
use super::lane::Lane;
use super::segment::Segment;
use super::shared::Shared;
use super::space::{Limit, lock};

/// How long to wait before trying again what failed, or to get room that was not there.
const RETRY: Duration = Duration::from_secs(1);

/// The thread, and what it shares. The last owner to go stops it, after a last synchronisation.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    pub(super) fn start(shared: Arc<Shared>) -> io::Result<Self> {
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || run(&theirs))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Nothing happens behind the writers except by [`attend`] and [`Synchroniser`].
    #[cfg(test)]
    pub(super) fn without_thread(shared: Arc<Shared>) -> Self {
        Self { shared, thread: None }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.signal.stop();
        let Some(thread) = self.thread.take() else { return };
        // A wake-up may have dropped the last request, and with it the last writer, on the thread itself.
        if thread.thread().id() != std::thread::current().id() {
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared) {
    let interval = match shared.sync {
        Sync::Periodic(interval) => interval,
        Sync::Strict => Duration::ZERO,
    };
    let signal = &shared.signal;
    let mut synchroniser = Synchroniser::default();
    let mut synchronise_at: Option<Instant> = None;
    let mut retry_at: Option<Instant> = None;
    let mut flags = lock(&signal.flags);
    loop {
        let now = Instant::now();
        if signal.dirty.load(Ordering::SeqCst) {
            let due = *synchronise_at.get_or_insert(now + interval);
            if due <= now || flags.stop {
                drop(flags);
                synchronise_at = None;
                synchroniser.run(shared);
                flags = lock(&signal.flags);
                continue;
            }
        }
        if flags.stop {
            return;
        }
        let again = retry_at.is_some_and(|at| at <= now);
        if flags.attend || again {
            flags.attend = false;
            drop(flags);
            let (attempt, due) = if again { (Attempt::Again, None) } else { (Attempt::Asked, retry_at) };
            let missing = attend(shared, attempt);
            // Being asked more often does not put the next retry off, nor does it bring it forward.
            retry_at = missing.then(|| due.unwrap_or_else(|| Instant::now() + RETRY));
            flags = lock(&signal.flags);
            continue;
        }
        let until = [synchronise_at, retry_at].into_iter().flatten().min();
        flags = match until {
            Some(until) => {
                let waited = signal.changed.wait_timeout(flags, until - now);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => signal.changed.wait(flags).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// Synchronises the lanes; keeps its lists from one time to the next.
#[derive(Debug, Default)]
pub(super) struct Synchroniser {
    segments: Vec<Arc<Segment>>,
    wakers: Vec<Waker>,
}

impl Synchroniser {
    /// Synchronises whatever was written since the last time, and in strict mode wakes those who wait for it.
    pub(super) fn run(&mut self, shared: &Shared) {
        shared.signal.dirty.store(false, Ordering::SeqCst);
        for lane in &shared.lanes {
            self.run_lane(shared, lane);
        }
    }

    fn run_lane(&mut self, shared: &Shared, lane: &Lane) {
        let before = lane.synchronised.load(Ordering::Relaxed);
        let written = lane.written.load(Ordering::SeqCst);
        if written == before {
            return;
        }
        // Listed after the position was read: whatever was written up to it is in one of these, or on disk already.
        lane.list_unsynchronised(&mut self.segments);
        let mut result = Ok(());
        for segment in &self.segments {
            result = result.and(segment.synchronise());
        }
        lane.forget_synchronised(self.segments.len());
        self.segments.clear();
        if let Err(error) = result {
            // The kernel reports a lost page once and then takes it for clean. What comes must not stand behind it.
            lane.state.give_up_segment.store(true, Ordering::Relaxed);
            shared.failed(lane, &error);
            if shared.sync == Sync::Strict {
                lane.fail(before, written, RecorderError::Failed);
            }
        }
        lane.synchronised.store(written, Ordering::Release);
        if shared.sync == Sync::Strict {
            lane.wake(written, &mut self.wakers);
        }
    }
}

/// Why the thread looks after what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Somebody wants a segment. What failed a moment ago is left alone.
    Asked,
    /// What failed has had its time.
    Again,
}

/// Makes the segments that are wanted and, when it is time, tries whether a failing disk takes writes again. Returns
/// whether something is still missing.
pub(super) fn attend(shared: &Shared, attempt: Attempt) -> bool {
    let failing = |lane: &Arc<Lane>| lane.state.failing.load(Ordering::Relaxed);
    if attempt == Attempt::Again && shared.lanes.iter().any(failing) && probe(shared).is_ok() {
        for lane in &shared.lanes {
            if lane.state.failing.swap(false, Ordering::Relaxed) {
                tracing::info!(worker = lane.worker, "the journal can be written again");
            }
        }
    }
    let mut missing = false;
    for lane in &shared.lanes {
        let wanted = lane.state.wanted.load(Ordering::Acquire);
        let may_try = attempt == Attempt::Again || shared.space.may_take(shared.segment_bytes);
        if wanted && may_try && !failing(lane) && shared.make_segment(lane, Limit::Bound).is_ok() {
            lane.state.wanted.store(false, Ordering::Release);
            shared.admits(lane);
        }
        missing |= failing(lane) || lane.state.wanted.load(Ordering::Relaxed);
    }
    missing
}

/// Whether a block can be written to a file beside the segments, and synchronised.
fn probe(shared: &Shared) -> io::Result<()> {
    let path = epoch::probe_path(&shared.directory, shared.epoch.number);
    let mut file = File::create(&path)?;
    let result = file.write_all(&[1; 4096]).and_then(|()| file.sync_data());
    std::fs::remove_file(&path)?;
    result
}

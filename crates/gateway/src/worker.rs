//! What a serving thread owns, and what all of them share.
//!
//! Connections, buffers, pools and the journal's writer are a worker's own and never locked; counts that are about
//! the whole process are shared.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tollgate_core::id::RequestId;
use tollgate_core::ingest::IngestHealth;
use tollgate_core::key::KeyUses;
use tollgate_core::record::{Entry, Recorder, RecorderError, RecorderHealth};
use tollgate_core::requests::RequestRecords;
use tollgate_core::snapshot::KeySnapshot;
use tollgate_providers::sandbox::ResponseStore;

use crate::accounts::Accounts;
use crate::administration::Administration;
use crate::incidents::Incidents;
use crate::lag::Lag;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::origins::Origins;
use crate::refusals::Refusals;
use crate::retry::Budget;
use crate::stage::{Stage, Stages};
use crate::telemetry::Telemetry;
use crate::upstream::Pools;
use crate::watch::{TICK, Wheel};

/// Shared by all workers.
pub(crate) struct Shared {
    /// What holds at this moment; requests have their worker's.
    pub(crate) live: ArcSwap<Live>,
    /// Told with each change of it: whom a worker answers once it has followed.
    pub(crate) changes: watch::Sender<Option<mpsc::Sender<()>>>,
    pub(crate) keys: Arc<KeySnapshot>,
    pub(crate) uses: Arc<dyn KeyUses>,
    pub(crate) health: Arc<dyn RecorderHealth>,
    pub(crate) ingest: Option<Arc<dyn IngestHealth>>,
    pub(crate) records: Arc<dyn RequestRecords>,
    pub(crate) administration: Option<Arc<dyn Administration>>,
    pub(crate) metrics: Metrics,
    /// `None`: no traces.
    pub(crate) telemetry: Option<Telemetry>,
    pub(crate) refusals: Refusals,
    pub(crate) incidents: Arc<Incidents>,
    pub(crate) retries: Budget,
    pub(crate) version: &'static str,
    pub(crate) connections: AtomicUsize,
    pub(crate) in_flight: AtomicUsize,
    pub(crate) body_bytes: AtomicUsize,
    /// What the sandbox has stored.
    pub(crate) responses: ResponseStore,
    /// Connections of the sandbox that are to break.
    pub(crate) broken_connections: AtomicUsize,
    /// Which provider has stored which response.
    pub(crate) origins: Origins,
    /// What has been made for organizations that have accounts of their own at providers.
    pub(crate) accounts: Accounts,
    pub(crate) stages: Stages,
}

/// So many callers are never refused for lateness: they wait for a processor that other programs have and hardly for each
/// other, so that nobody would be served sooner.
const FEW_CALLERS: usize = 8;

impl Shared {
    /// Whether so few are connected that a queue of theirs is none.
    pub(crate) fn has_few_callers(&self) -> bool {
        self.connections.load(Ordering::Relaxed) <= FEW_CALLERS
    }
}

/// A share of a bounded quantity, given back when dropped.
pub(crate) struct Share<'a> {
    of: &'a AtomicUsize,
    amount: usize,
}

impl<'a> Share<'a> {
    /// Takes `amount` unless that would pass `ceiling`.
    pub(crate) fn take(of: &'a AtomicUsize, amount: usize, ceiling: usize) -> Option<Self> {
        let before = of.fetch_add(amount, Ordering::Relaxed);
        let share = Self { of, amount };
        (before.saturating_add(amount) <= ceiling).then_some(share)
    }
}

impl Share<'_> {
    /// Gives back what is above `amount`.
    pub(crate) fn shrink_to(&mut self, amount: usize) {
        let excess = self.amount.saturating_sub(amount);
        self.of.fetch_sub(excess, Ordering::Relaxed);
        self.amount -= excess;
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.of.fetch_sub(self.amount, Ordering::Relaxed);
    }
}

/// A request's place among those in flight, given back when its answer has ended.
pub(crate) struct Place(Arc<Shared>);

impl Place {
    /// Takes a place unless all are taken.
    pub(crate) fn take(shared: &Arc<Shared>, ceiling: usize) -> Option<Self> {
        let before = shared.in_flight.fetch_add(1, Ordering::Relaxed);
        let place = Self(shared.clone());
        (before < ceiling).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One serving thread's own.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) wheel: Rc<Wheel>,
    pub(crate) pools: Pools,
    pub(crate) clock: Clock,
    pub(crate) lag: Rc<Lag>,
    live: RefCell<Rc<Live>>,
    recorder: Rc<dyn Recorder>,
    unwritten: Cell<bool>,
    flusher: RefCell<Option<Waker>>,
    random: RefCell<fastrand::Rng>,
    /// Where bytes of an upstream are read to before they are taken out of their framing; empty between polls.
    pub(crate) scratch: RefCell<Vec<u8>>,
    /// Where small parts are put together for one write; empty between polls.
    pub(crate) outgoing: RefCell<Vec<u8>>,
}

impl Worker {
    /// `rested` becomes true whenever its thread has nothing to do.
    pub(crate) fn new(shared: Arc<Shared>, recorder: Rc<dyn Recorder>, rested: Arc<AtomicBool>) -> Self {
        let live = Live::clone(&shared.live.load());
        let pools = Pools::default();
        pools.follow(&live);
        Self {
            shared,
            live: RefCell::new(Rc::new(live)),
            wheel: Wheel::new(),
            pools,
            clock: Clock::new(),
            lag: Rc::new(Lag::new(rested)),
            recorder,
            unwritten: Cell::new(false),
            flusher: RefCell::new(None),
            random: RefCell::new(fastrand::Rng::new()),
            scratch: RefCell::default(),
            outgoing: RefCell::default(),
        }
    }

    /// The settings and the catalog that hold now.
    pub(crate) fn live(&self) -> Rc<Live> {
        self.live.borrow().clone()
    }

    /// Takes over what was changed, each time.
    pub(crate) async fn follow_changes(self: Rc<Self>) {
        let mut changes = self.shared.changes.subscribe();
        // One that came before is seen too.
        changes.mark_changed();
        while changes.changed().await.is_ok() {
            let live = Live::clone(&self.shared.live.load());
            self.pools.follow(&live);
            *self.live.borrow_mut() = Rc::new(live);
            let followed = changes.borrow_and_update().clone();
            // Nobody waits for the first.
            followed.map(|sender| sender.send(()));
        }
    }

    /// A new request's id, accepted at `at`.
    pub(crate) fn request_id(&self, at: Instant) -> RequestId {
        RequestId::new(self.clock.unix_ms(at), self.random.borrow_mut().u128(..))
    }

    /// A random number below `below`, which is not 0.
    pub(crate) fn random(&self, below: u32) -> u32 {
        self.random.borrow_mut().u32(..below)
    }

    /// Appends to this tick's group of journal entries; the position can be waited for with [`Self::written`].
    pub(crate) fn append(&self, entry: &Entry<'_>) -> Result<u64, RecorderError> {
        let position = self.recorder.append(entry)?;
        if !self.unwritten.replace(true)
            && let Some(waker) = self.flusher.borrow_mut().take()
        {
            waker.wake();
        }
        Ok(position)
    }

    /// Waits until everything up to `position` is written.
    pub(crate) async fn written(&self, position: u64) -> Result<(), RecorderError> {
        poll_fn(|cx| self.recorder.poll_written(position, cx)).await
    }

    /// Writes each tick's group. The first entry of a group wakes this task, which thereby runs behind all requests
    /// that were ready at that moment: their entries leave in the same write.
    pub(crate) async fn flush_groups(self: Rc<Self>) {
        poll_fn(|cx| {
            if self.unwritten.take() {
                self.recorder.flush();
            }
            *self.flusher.borrow_mut() = Some(cx.waker().clone());
            Poll::<()>::Pending
        })
        .await;
    }

    /// Writes what is left, at the end.
    pub(crate) fn flush_now(&self) {
        self.recorder.flush();
    }

    /// Moves the wheel and the clock, and closes upstream connections that were idle too long.
    pub(crate) async fn tick(self: Rc<Self>) {
        let mut interval = tokio::time::interval(TICK);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut ticks, mut most, mut to_settle) = (0u64, 0usize, 0u8);
        loop {
            interval.tick().await;
            self.wheel.tick();
            self.clock.tick();
            ticks += 1;
            if ticks.is_multiple_of(20) {
                self.pools.close_idle();
                let open = self.wheel.len();
                if open < most / 2 && most > 1000 {
                    to_settle = SETTLE_TIMES;
                }
                if let Some(left) = to_settle.checked_sub(1) {
                    to_settle = left;
                    settle_memory();
                }
                most = if open < most / 2 { open } else { most.max(open) };
            }
        }
    }

    /// Whether callers are to go elsewhere with their next request: answers close their connections.
    pub(crate) fn lets_go(&self) -> bool {
        self.shared.stages.reached(Stage::Unready)
    }

    /// Whether another process accepts in this one's place.
    pub(crate) fn is_leaving(&self) -> bool {
        self.shared.stages.reached(Stage::HandedOver)
    }

    /// Whether nothing new is begun any more.
    pub(crate) fn draining(&self) -> bool {
        self.shared.stages.reached(Stage::Draining)
    }
}

/// How often, a second apart: the allocator marks a page for return when it is freed, and returns it at a collection
/// that is at least a second later.
const SETTLE_TIMES: u8 = 4;

/// The allocator collects at every ten-thousandth allocation that is not a small one (mimalloc's `generic_collect`).
const COLLECTS_AT: usize = 10_000;

/// Lets the allocator give back what thousands of connections have left. mimalloc returns pages in passing, when
/// memory is asked for, and an idle worker asks for none: after 9,000 idle connections had been closed, all of their
/// 52 MiB stayed. It takes a quarter of a millisecond.
fn settle_memory() {
    for _ in 0..=COLLECTS_AT {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(4 << 10)));
    }
}

/// Wall-clock time from the monotonic one, so that a request asks the system once; and the `Date` header.
pub(crate) struct Clock {
    base: Cell<(Instant, Duration)>,
    date: Cell<[u8; 29]>,
    second: Cell<u64>,
}

impl Clock {
    fn new() -> Self {
        let clock = Self {
            base: Cell::new((Instant::now(), Duration::ZERO)),
            date: Cell::new([b' '; 29]),
            second: Cell::new(u64::MAX),
        };
        clock.tick();
        clock
    }

    /// Follows the system's clock, which may have been set.
    fn tick(&self) {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.base.set((Instant::now(), wall));
        if self.second.replace(wall.as_secs()) != wall.as_secs() {
            let text = httpdate::fmt_http_date(UNIX_EPOCH + wall);
            self.date.set(text.as_bytes().try_into().unwrap_or([b' '; 29]));
        }
    }

    fn wall(&self, at: Instant) -> Duration {
        let (base, wall) = self.base.get();
        wall + at.saturating_duration_since(base)
    }

    pub(crate) fn unix_ms(&self, at: Instant) -> u64 {
        u64::try_from(self.wall(at).as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn unix_nanos(&self, at: Instant) -> u64 {
        u64::try_from(self.wall(at).as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn unix_seconds(&self, at: Instant) -> i64 {
        i64::try_from(self.wall(at).as_secs()).unwrap_or(i64::MAX)
    }

    /// The value of the `Date` header, at most a tick old.
    pub(crate) fn date(&self) -> [u8; 29] {
        self.date.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_refused_above_its_ceiling_and_given_back() {
        let used = AtomicUsize::new(0);
        let first = Share::take(&used, 6, 10);
        assert!(first.is_some());
        assert!(Share::take(&used, 5, 10).is_none());
        drop(first);
        assert!(Share::take(&used, 10, 10).is_some());
        assert_eq!(used.load(Ordering::Relaxed), 0);
    }
}

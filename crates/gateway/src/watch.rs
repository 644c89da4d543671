//! Time limits, cheaply: one coarse wheel per worker instead of a timer per wait.
//!
//! In: a deadline per task, moved as often as the task likes for the price of a store. Out: a wake-up and an
//! [`Expired`] once it has passed. Deadlines are kept to [`TICK`], which is fine for limits of seconds and more.
//! (Two armed and disarmed timers per request cost 0.5 µs in tokio's wheel; these cost a few nanoseconds.)

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// How exact deadlines are.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// How long a connection may wait for its next request once another process accepts. A caller at work has sent one by
/// then, and was told in its answer to close; to end a connection that is silent for so long is what any timeout does.
pub(crate) const LEAVING_IDLE: Duration = Duration::from_secs(5);

/// What a task waits for: which limit has passed when its deadline does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The rest of a request head, or a handshake.
    Head,
    /// The next request of a connection.
    KeepAlive,
    /// More of a request body.
    Body,
    /// A connection to a provider.
    Connect,
    /// A provider's first byte.
    FirstByte,
    /// A stream's first event.
    FirstToken,
    /// The next attempt.
    Pause,
    /// A provider's next byte.
    Idle,
    /// The caller taking what we send.
    Write,
    /// The whole request.
    Total,
    /// The process, whose time to drain is over.
    Stopped,
}

/// The limit of this phase has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expired(pub(crate) Phase);

/// One task's deadline.
pub(crate) struct Watch {
    deadline: Cell<Instant>,
    phase: Cell<Phase>,
    /// The deadline of the request as a whole, which no phase outlasts.
    total: Cell<Option<Instant>>,
    expired: Cell<Option<Phase>>,
    waker: RefCell<Option<Waker>>,
    place: Cell<usize>,
    wheel: Weak<Wheel>,
}

/// All deadlines of a worker.
pub(crate) struct Wheel {
    watches: RefCell<Vec<Weak<Watch>>>,
    now: Cell<Instant>,
    /// Nobody may wait for a provider any more.
    stopped: Cell<bool>,
}

impl Wheel {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self { watches: RefCell::default(), now: Cell::new(Instant::now()), stopped: Cell::new(false) })
    }

    /// A new deadline.
    pub(crate) fn watch(self: &Rc<Self>, phase: Phase, within: Duration) -> Rc<Watch> {
        let mut watches = self.watches.borrow_mut();
        let watch = Rc::new(Watch {
            deadline: Cell::new(Instant::now() + within),
            phase: Cell::new(phase),
            total: Cell::new(None),
            expired: Cell::new(None),
            waker: RefCell::new(None),
            place: Cell::new(watches.len()),
            wheel: Rc::downgrade(self),
        });
        watches.push(Rc::downgrade(&watch));
        watch
    }

    /// Wakes whoever is late. To be called every [`TICK`].
    pub(crate) fn tick(&self) {
        let now = Instant::now();
        self.now.set(now);
        for watch in self.watches.borrow().iter().filter_map(Weak::upgrade) {
            watch.expire(now);
        }
    }

    /// Another process accepts from now on: those who wait for a next request do so for [`LEAVING_IDLE`] at most, and
    /// all look how things stand.
    pub(crate) fn leave(&self) {
        let latest = self.now.get() + TICK + LEAVING_IDLE;
        for watch in self.watches.borrow().iter().filter_map(Weak::upgrade) {
            if watch.phase.get() == Phase::KeepAlive {
                watch.deadline.set(watch.deadline.get().min(latest));
            }
            if let Some(waker) = watch.waker.borrow_mut().take() {
                waker.wake();
            }
        }
    }

    /// Ends the wait of those who only wait for a next request: the process stops.
    pub(crate) fn end_idle(&self) {
        let now = self.now.get();
        for watch in self.watches.borrow().iter().filter_map(Weak::upgrade) {
            if watch.phase.get() == Phase::KeepAlive {
                watch.deadline.set(now);
                watch.expire(now);
            }
        }
    }

    /// The time to drain is over: who waits for a provider, now or later, is told so, and can tell its caller.
    pub(crate) fn stop(&self) {
        self.stopped.set(true);
        for watch in self.watches.borrow().iter().filter_map(Weak::upgrade) {
            if watch.waits_for_provider() {
                watch.end(Phase::Stopped);
            }
        }
    }

    /// How many tasks have a deadline: the connections, mostly.
    pub(crate) fn len(&self) -> usize {
        self.watches.borrow().len()
    }

    /// The time of the last tick.
    pub(crate) fn now(&self) -> Instant {
        self.now.get()
    }
}

impl Watch {
    /// From now on this phase, `within` this time from the last tick.
    pub(crate) fn enter(&self, phase: Phase, within: Duration) {
        let (now, stopped) =
            self.wheel.upgrade().map_or_else(|| (Instant::now(), true), |w| (w.now(), w.stopped.get()));
        self.phase.set(phase);
        // A tick may have been almost a whole one ago: never be early.
        self.deadline.set(now + TICK + within);
        self.expired.set((stopped && self.waits_for_provider()).then_some(Phase::Stopped));
    }

    /// A request starts or ends: its deadline as a whole.
    pub(crate) fn set_total(&self, deadline: Option<Instant>) {
        self.total.set(deadline);
    }

    /// Whether the task waits for a provider.
    pub(crate) fn waits_for_provider(&self) -> bool {
        matches!(self.phase.get(), Phase::Connect | Phase::FirstByte | Phase::FirstToken | Phase::Pause | Phase::Idle)
    }

    fn expire(&self, now: Instant) {
        let late = match self.total.get() {
            Some(total) if now >= total => Some(Phase::Total),
            _ if now >= self.deadline.get() => Some(self.phase.get()),
            _ => None,
        };
        if let Some(phase) = late
            && self.expired.get().is_none()
        {
            self.end(phase);
        }
    }

    fn end(&self, phase: Phase) {
        self.expired.set(Some(phase));
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    /// Fails once the deadline has passed; otherwise arranges to be woken then.
    pub(crate) fn check(&self, cx: &Context<'_>) -> Result<(), Expired> {
        if let Some(phase) = self.expired.get() {
            return Err(Expired(phase));
        }
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        Ok(())
    }

    /// Runs `future` unless the deadline passes first. It comes pinned, for an argument that is pinned here would take
    /// its room twice in the caller's future.
    pub(crate) async fn limit<F: Future + Unpin>(&self, mut future: F) -> Result<F::Output, Expired> {
        poll_fn(|cx| match Pin::new(&mut future).poll(cx) {
            Poll::Ready(out) => Poll::Ready(Ok(out)),
            Poll::Pending => self.check(cx).map_or_else(|e| Poll::Ready(Err(e)), |()| Poll::Pending),
        })
        .await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(wheel) = self.wheel.upgrade() else {
            return;
        };
        let mut watches = wheel.watches.borrow_mut();
        let place = self.place.get();
        watches.swap_remove(place);
        // The moved one cannot be upgraded while it is itself being dropped; then its place no longer matters.
        if let Some(moved) = watches.get(place).and_then(Weak::upgrade) {
            moved.place.set(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_task_is_told_which_limit_has_passed() {
        let wheel = Wheel::new();
        let watch = wheel.watch(Phase::Head, Duration::ZERO);
        let other = wheel.watch(Phase::Body, Duration::from_secs(60));
        let cx = Context::from_waker(Waker::noop());
        assert_eq!(watch.check(&cx), Ok(()));

        wheel.tick();

        assert_eq!(watch.check(&cx), Err(Expired(Phase::Head)));
        assert_eq!(other.check(&cx), Ok(()));
        other.set_total(Some(Instant::now()));
        wheel.tick();
        assert_eq!(other.check(&cx), Err(Expired(Phase::Total)));
    }

    #[test]
    fn where_the_process_stops_nobody_waits_for_a_provider_any_more() {
        let wheel = Wheel::new();
        let waits = wheel.watch(Phase::FirstByte, Duration::from_secs(60));
        let writes = wheel.watch(Phase::Write, Duration::from_secs(60));
        let cx = Context::from_waker(Waker::noop());

        wheel.stop();

        assert_eq!(waits.check(&cx), Err(Expired(Phase::Stopped)));
        assert_eq!(writes.check(&cx), Ok(()));
        waits.enter(Phase::Idle, Duration::from_secs(60));
        assert_eq!(waits.check(&cx), Err(Expired(Phase::Stopped)), "nor for the rest of an answer");
        waits.enter(Phase::Write, Duration::from_secs(60));
        assert_eq!(waits.check(&cx), Ok(()), "what is known is told still");
    }

    #[test]
    fn watches_leave_the_wheel_in_any_order() {
        let wheel = Wheel::new();
        let mut watches: Vec<_> = (0..5).map(|_| wheel.watch(Phase::Head, Duration::from_secs(60))).collect();
        for place in [0, 2, 0, 1, 0] {
            watches.remove(place);
            wheel.tick();
            assert_eq!(wheel.watches.borrow().len(), watches.len());
        }
    }
}

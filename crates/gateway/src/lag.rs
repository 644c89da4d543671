//! How late a serving thread comes to what is ready, and whether that is too late to take more in.
//!
//! In: each request as it comes. Out: whether the thread is overloaded, so that a request is refused before any work is
//! done for it. A limit of requests in flight cannot tell: where the processor is what is short, the queue is that of the
//! thread's own tasks, and grows without one more request at a provider.
//!
//! While requests come, a timer goes off every [`EVERY`]. By how much its task is late is what a request's bytes wait too:
//! for the thread to ask for news of its sockets, and for all tasks that are ready before. A thread that has had nothing
//! to do since then has caught up, whatever was measured. A request pays three loads and a comparison. (A task woken by
//! the requests themselves was tried: those of a crowd go through their stages in step, so that it always met the cheap
//! one.)

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::Histogram;
use tokio::sync::Notify;

/// How often it is measured.
const EVERY: Duration = Duration::from_millis(10);
/// Too late. A thousand callers at once on one thread, each with its next request as soon as it has its answer, make it
/// half as late.
const LATE: Duration = Duration::from_millis(25);
/// For so long it has to be late at every measurement before that is called overload: a burst passes, a hiccup of the
/// machine too.
const STARTS: Duration = Duration::from_millis(50);
/// What is too late while it is overloaded: what is refused is to know it soon, and a queue of this length is never empty.
const HELD: Duration = Duration::from_millis(8);
/// Overload is over when it was not even that late for so long. Until then once is enough.
const LASTS: Duration = Duration::from_secs(1);

/// A serving thread's own.
pub(crate) struct Lag {
    /// When the timer is to go off; `None` while nobody comes.
    due: Cell<Option<Instant>>,
    /// Somebody has come since it was set.
    somebody: Cell<bool>,
    news: Notify,
    last: Cell<Duration>,
    /// The thread has had nothing to do since it was measured.
    rested: Arc<AtomicBool>,
    late_since: Cell<Option<Instant>>,
    overloaded_until: Cell<Option<Instant>>,
}

impl Lag {
    /// `rested` becomes true whenever the thread has nothing to do.
    pub(crate) fn new(rested: Arc<AtomicBool>) -> Self {
        Self {
            rested,
            due: Cell::new(None),
            somebody: Cell::new(false),
            news: Notify::new(),
            last: Cell::new(Duration::ZERO),
            late_since: Cell::new(None),
            overloaded_until: Cell::new(None),
        }
    }

    /// A request has come. Where it is to be refused, how late the thread is.
    pub(crate) fn arrived(&self, now: Instant) -> Option<Duration> {
        self.somebody.set(true);
        let Some(due) = self.due.get() else {
            self.news.notify_one();
            return None;
        };
        let last = if self.rested.load(Ordering::Relaxed) { Duration::ZERO } else { self.last.get() };
        // A timer that is late already says more than the last one.
        let late = last.max(now.saturating_duration_since(due));
        (late >= HELD && self.is_overloaded(now)).then_some(late)
    }

    /// Measures for as long as the thread runs.
    pub(crate) async fn measure(self: Rc<Self>, lateness: Histogram) {
        loop {
            self.news.notified().await;
            while self.somebody.replace(false) {
                let due = Instant::now() + EVERY;
                self.due.set(Some(due));
                tokio::time::sleep_until(due.into()).await;
                let now = Instant::now();
                let late = now.saturating_duration_since(due);
                self.measured(now, late);
                lateness.observe(late.as_secs_f64());
            }
            self.due.set(None);
        }
    }

    fn is_overloaded(&self, now: Instant) -> bool {
        self.overloaded_until.get().is_some_and(|until| now < until)
    }

    fn measured(&self, now: Instant, late: Duration) {
        self.last.set(late);
        self.rested.store(false, Ordering::Relaxed);
        if self.is_overloaded(now) {
            if late >= HELD {
                self.overloaded_until.set(Some(now + late + LASTS));
            }
            return;
        }
        if late < LATE {
            self.late_since.set(None);
            return;
        }
        let since = self.late_since.get().unwrap_or(now);
        self.late_since.set(Some(since));
        if now.saturating_duration_since(since) >= STARTS {
            self.late_since.set(None);
            self.overloaded_until.set(Some(now + late + LASTS));
            tracing::warn!(
                late_ms = late.as_millis(),
                "a serving thread is overloaded, and refuses what it is late for"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// One that has measured so many milliseconds of lateness at these milliseconds.
    fn after(began: Instant, measured: &[(u32, u32)]) -> Lag {
        let lag = Lag::new(Arc::default());
        for (at, late) in measured {
            lag.measured(began + *at * MS, *late * MS);
        }
        let (at, _) = measured.last().unwrap();
        lag.due.set(Some(began + (*at + 10) * MS));
        lag
    }

    #[test]
    fn a_burst_is_served() {
        let began = Instant::now();

        let lag = after(began, &[(200, 200), (240, 30)]);
        let passed = after(began, &[(200, 200), (240, 30), (255, 5), (300, 30)]);

        assert_eq!(lag.arrived(began + 241 * MS), None, "late for 40 ms only");
        assert_eq!(passed.arrived(began + 301 * MS), None, "it begins anew");
    }

    #[test]
    fn where_it_is_late_for_a_while_it_refuses_until_it_is_no_longer() {
        let began = Instant::now();
        let overload = [(30, 30), (60, 30), (90, 30)];

        let lag = after(began, &overload);
        let soon = after(began, &[overload.as_slice(), &[(120, 5)]].concat());

        assert_eq!(lag.arrived(began + 91 * MS), Some(30 * MS));
        assert_eq!(soon.arrived(began + 121 * MS), None);
        assert_eq!(soon.arrived(began + 137 * MS), None);
        assert_eq!(soon.arrived(began + 138 * MS), Some(8 * MS), "a timer that is late already counts");
    }

    #[test]
    fn who_had_nothing_to_do_has_caught_up() {
        let began = Instant::now();
        let lag = after(began, &[(30, 30), (60, 30), (90, 30)]);

        lag.rested.store(true, Ordering::Relaxed);

        assert_eq!(lag.arrived(began + 95 * MS), None);
        assert_eq!(lag.arrived(began + 115 * MS), Some(15 * MS), "it is late again");
        lag.measured(began + 116 * MS, 16 * MS);
        assert_eq!(lag.arrived(began + 116 * MS), Some(16 * MS));
    }

    #[test]
    fn soon_after_once_is_enough_and_later_it_is_not() {
        let began = Instant::now();
        let overload = [(30, 30), (60, 30), (90, 30), (120, 5)];

        let again = after(began, &[overload.as_slice(), &[(500, 12)]].concat());
        let much = after(began, &[(3000, 1500), (4500, 1500)]);
        let later = after(began, &[overload.as_slice(), &[(1500, 30)]].concat());

        assert_eq!(again.arrived(began + 501 * MS), Some(12 * MS));
        assert_eq!(much.arrived(began + 6000 * MS), Some(1500 * MS), "where one measurement takes longer than that");
        assert_eq!(later.arrived(began + 1501 * MS), None);
    }
}

//! Whether a deployment is worth asking: a circuit breaker, and the rest that a provider asked for.
//!
//! In: how attempts ended. Out: whether another may be made. Shared by all serving threads, without a lock: the plain
//! path reads one number that hardly ever changes. It knows no clock; the time is an argument.
//!
//! Closed → open after so many failures in a row; open → one attempt as a probe once its time is over; the probe's
//! success closes, its failure opens again, for twice the time up to a bound. A probe is a caller's request: it costs
//! nothing, and whoever is unlucky is served by the next deployment. (A provider can be told to be asked for its list
//! of models instead while a breaker is open: `check`.)

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::settings;

/// A probe that has not ended by then is not waited for any longer, and another may be made.
const PROBE_MAX: Duration = Duration::from_secs(30);

/// One deployment's breaker.
pub(crate) struct Breaker {
    settings: settings::Breaker,
    base: Instant,
    /// Failures in a row.
    failures: AtomicU32,
    /// Milliseconds since `base` until which it is open; 0 while it is closed.
    open_until: AtomicU64,
    /// How often in a row it has opened.
    strikes: AtomicU32,
    /// When the probe in flight began; 0 for none.
    probe: AtomicU64,
    /// Until when the provider asked to be left alone.
    rest_until: AtomicU64,
    /// A [`Watched`].
    watched: AtomicU8,
}

/// Whether incidents are made of a deployment's failures. It changes under the lock of [`crate::incidents`] alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    /// None are.
    No,
    /// They are, and there is none.
    InOrder,
    /// One is under way.
    Failing,
}

/// What may be done with a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It may be asked.
    Closed,
    /// It may be asked, and asked for patience a moment ago: rather another one.
    Resting,
    /// Its time is over: one attempt may find out.
    HalfOpen,
    /// It is not to be asked for so long.
    Open(Duration),
}

impl State {
    /// As the metric has it: 0 closed, 1 half open, 2 open.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Closed | Self::Resting => 0,
            Self::HalfOpen => 1,
            Self::Open(_) => 2,
        }
    }
}

impl Breaker {
    pub(crate) fn new(settings: settings::Breaker) -> Self {
        Self {
            settings,
            base: Instant::now(),
            failures: AtomicU32::new(0),
            open_until: AtomicU64::new(0),
            strikes: AtomicU32::new(0),
            probe: AtomicU64::new(0),
            rest_until: AtomicU64::new(0),
            watched: AtomicU8::new(Watched::No as u8),
        }
    }

    /// One of whose deployment's failures incidents are made.
    pub(crate) fn of_incidents(settings: settings::Breaker) -> Self {
        Self { watched: AtomicU8::new(Watched::InOrder as u8), ..Self::new(settings) }
    }

    pub(crate) fn watched(&self) -> Watched {
        match self.watched.load(Ordering::Relaxed) {
            1 => Watched::InOrder,
            2 => Watched::Failing,
            _ => Watched::No,
        }
    }

    pub(crate) fn watch_as(&self, watched: Watched) {
        self.watched.store(watched as u8, Ordering::Relaxed);
    }

    /// Failures since an attempt was last answered.
    pub(crate) fn failures_in_a_row(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    /// One with the same settings that knows of no failure.
    pub(crate) fn afresh(&self) -> Self {
        Self::new(self.settings)
    }

    /// Milliseconds since the breaker was made, never 0.
    fn ms(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.base).as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    pub(crate) fn state(&self, now: Instant) -> State {
        let until = self.open_until.load(Ordering::Relaxed);
        if until == 0 {
            let rest = self.rest_until.load(Ordering::Relaxed);
            return if rest != 0 && self.ms(now) < rest { State::Resting } else { State::Closed };
        }
        let now = self.ms(now);
        if now < until {
            return State::Open(Duration::from_millis(until - now));
        }
        match self.probe.load(Ordering::Relaxed) {
            0 => State::HalfOpen,
            began if now.saturating_sub(began) > PROBE_MAX.as_millis() as u64 => State::HalfOpen,
            _ => State::Open(Duration::from_secs(1)),
        }
    }

    /// For how long it is open still; zero where it may be asked.
    pub(crate) fn open_for(&self, now: Instant) -> Duration {
        if let State::Open(wait) = self.state(now) { wait } else { Duration::ZERO }
    }

    /// Takes the one probe of a breaker that is half open; `None` where another request was quicker.
    pub(crate) fn take_probe(self: &Arc<Self>, now: Instant) -> Option<Probe> {
        let before = self.probe.load(Ordering::Relaxed);
        let now = self.ms(now);
        if before != 0 && now.saturating_sub(before) <= PROBE_MAX.as_millis() as u64 {
            return None;
        }
        let taken = self.probe.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed);
        taken.is_ok().then(|| Probe { breaker: self.clone(), began: now })
    }

    /// The provider answers again to what is not a caller's: the next request may find out at once.
    pub(crate) fn answers_again(&self, now: Instant) {
        let until = self.open_until.load(Ordering::Relaxed);
        let now = self.ms(now);
        if until > now {
            let _ = self.open_until.compare_exchange(until, now, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// An attempt was answered, be it with an error about the request.
    pub(crate) fn succeeded(&self) {
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
        if self.open_until.load(Ordering::Relaxed) != 0 {
            self.strikes.store(0, Ordering::Relaxed);
            self.probe.store(0, Ordering::Relaxed);
            self.open_until.store(0, Ordering::Relaxed);
        }
    }

    /// An attempt has failed, and it was the deployment's fault. True where the breaker has opened by it.
    pub(crate) fn failed(&self, now: Instant) -> bool {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let until = self.open_until.load(Ordering::Relaxed);
        let now = self.ms(now);
        // Attempts that were on their way when it opened say nothing new.
        let opens = if until == 0 { failures >= self.settings.failures } else { now >= until };
        if self.settings.failures == 0 || !opens {
            return false;
        }
        let strikes = self.strikes.fetch_add(1, Ordering::Relaxed).min(16);
        let open = self.settings.open.saturating_mul(1 << strikes).min(self.settings.open_max);
        self.probe.store(0, Ordering::Relaxed);
        self.open_until.store(now.saturating_add(open.as_millis() as u64), Ordering::Relaxed);
        true
    }

    /// The provider asked for patience (429 or 503 with `Retry-After`).
    pub(crate) fn rest(&self, now: Instant, wait: Duration) {
        let wait = wait.min(self.settings.rest_max).as_millis() as u64;
        self.rest_until.fetch_max(self.ms(now).saturating_add(wait), Ordering::Relaxed);
    }
}

/// The one attempt that a breaker lets through to find out. Where it says nothing, because its caller left or its
/// request had no time any more, the next one is made after the time that the breaker opens for at first.
pub(crate) struct Probe {
    breaker: Arc<Breaker>,
    began: u64,
}

impl Probe {
    /// It was not made after all.
    pub(crate) fn give_back(self) {
        self.end();
    }

    /// Ends it, unless its attempt has told the breaker how it went; whether it was so.
    fn end(&self) -> bool {
        let probe = &self.breaker.probe;
        probe.compare_exchange(self.began, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if self.end() {
            let breaker = &self.breaker;
            let until = breaker.ms(Instant::now()).saturating_add(breaker.settings.open.as_millis() as u64);
            breaker.open_until.fetch_max(until, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: settings::Breaker = settings::Breaker {
        failures: 3,
        open: Duration::from_secs(1),
        open_max: Duration::from_secs(4),
        rest_max: Duration::from_secs(60),
    };

    fn at(breaker: &Breaker, ms: u64) -> Instant {
        breaker.base + Duration::from_millis(ms)
    }

    fn fail(breaker: &Breaker, ms: u64) {
        for _ in 0..SETTINGS.failures {
            breaker.failed(at(breaker, ms));
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_not_before() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        let now = at(&breaker, 5);
        assert!(!breaker.failed(now));
        assert!(!breaker.failed(now));
        breaker.succeeded();
        assert!(!breaker.failed(now));
        assert!(!breaker.failed(now));
        assert_eq!(breaker.state(now), State::Closed);

        assert!(breaker.failed(now));

        assert_eq!(breaker.state(now), State::Open(Duration::from_secs(1)));
    }

    #[test]
    fn one_probe_decides_and_each_failed_one_doubles_the_time_up_to_the_bound() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        fail(&breaker, 0);
        let mut now = 0;
        for open in [1000, 2000, 4000, 4000] {
            assert_eq!(breaker.state(at(&breaker, now)), State::Open(Duration::from_millis(open)));
            now += open;
            assert_eq!(breaker.state(at(&breaker, now)), State::HalfOpen);
            let probe = breaker.take_probe(at(&breaker, now));
            assert!(probe.is_some() && breaker.take_probe(at(&breaker, now)).is_none());
            assert!(matches!(breaker.state(at(&breaker, now)), State::Open(_)));
            assert!(breaker.failed(at(&breaker, now)));
        }
        now += 4000;
        let probe = breaker.take_probe(at(&breaker, now));
        assert!(probe.is_some());

        breaker.succeeded();
        drop(probe);

        assert_eq!(breaker.state(at(&breaker, now)), State::Closed);
        fail(&breaker, now);
        assert_eq!(breaker.state(at(&breaker, now)), State::Open(Duration::from_secs(1)));
    }

    #[test]
    fn a_probe_that_never_ends_is_given_up() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        fail(&breaker, 0);
        let _probe = breaker.take_probe(at(&breaker, 1000));
        assert!(matches!(breaker.state(at(&breaker, 20_000)), State::Open(_)));

        assert_eq!(breaker.state(at(&breaker, 32_000)), State::HalfOpen);
    }

    #[test]
    fn a_probe_whose_caller_left_is_followed_by_another_after_the_first_time() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker { base: now - Duration::from_secs(2), ..Breaker::new(SETTINGS) });
        fail(&breaker, 0);
        let probe = breaker.take_probe(now);
        assert!(probe.is_some());

        drop(probe);

        let wait = breaker.open_for(Instant::now());
        assert!(wait > Duration::from_millis(900) && wait <= SETTINGS.open, "{wait:?}");
    }

    #[test]
    fn a_probe_that_was_not_made_leaves_the_breaker_half_open() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        fail(&breaker, 0);
        let now = at(&breaker, 1000);

        breaker.take_probe(now).unwrap().give_back();

        assert_eq!(breaker.state(now), State::HalfOpen);
    }

    #[test]
    fn a_provider_that_answers_again_may_be_asked_at_once() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        fail(&breaker, 0);

        breaker.answers_again(at(&breaker, 10));

        assert_eq!(breaker.state(at(&breaker, 10)), State::HalfOpen);
    }

    #[test]
    fn failures_that_were_on_their_way_do_not_open_it_further() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        fail(&breaker, 0);

        assert!(!breaker.failed(at(&breaker, 10)));

        assert_eq!(breaker.state(at(&breaker, 10)), State::Open(Duration::from_millis(990)));
    }

    #[test]
    fn a_rest_is_kept_and_bounded() {
        let breaker = Arc::new(Breaker::new(SETTINGS));
        breaker.rest(at(&breaker, 0), Duration::from_secs(7200));

        assert_eq!(breaker.state(at(&breaker, 59_000)), State::Resting);
        assert_eq!(breaker.state(at(&breaker, 61_000)), State::Closed);
    }

    #[test]
    fn no_failures_set_means_it_never_opens() {
        let breaker = Breaker::new(settings::Breaker { failures: 0, ..SETTINGS });

        for _ in 0..100 {
            assert!(!breaker.failed(at(&breaker, 0)));
        }

        assert_eq!(breaker.state(at(&breaker, 0)), State::Closed);
    }
}

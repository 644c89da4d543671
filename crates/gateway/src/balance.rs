//! Which of a model's deployments is asked next.
//!
//! In: a model, which of its deployments were asked already, how each is doing. Out: one deployment, or for how long
//! none can be asked. Deployments whose breaker is open are passed over; those that asked for patience come last.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::breaker::State;
use crate::catalog::{Deployment, Model};
use crate::settings::Balance;

/// An older time says nothing any more: the deployment is asked again to learn a newer one.
const LATENCY_OLD: Duration = Duration::from_secs(10);

/// The deployments that are not to be asked (again), a bit each: a model has at most
/// [`DEPLOYMENTS_MAX`](crate::settings::DEPLOYMENTS_MAX).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Asked(u64);

impl Asked {
    /// None is to be asked.
    pub(crate) const ALL: Self = Self(u64::MAX);

    pub(crate) fn add(&mut self, index: usize) {
        self.0 |= 1 << index;
    }

    pub(crate) fn has(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }
}

/// What a choice came to.
pub(crate) enum Choice<'m> {
    /// Ask this one, the given one of the model's.
    Ask(usize, &'m Arc<Deployment>),
    /// All have been asked.
    AllAsked,
    /// Those that have not been asked are not to be asked, the first for so long.
    Open(Duration),
}

/// How busy and how fast a deployment is; what balancing needs to know beside its breaker.
pub(crate) struct Load {
    base: Instant,
    /// Attempts in flight.
    in_flight: AtomicU32,
    /// Moving average of the time to the first byte, in microseconds; 0 before there was one.
    latency_us: AtomicU64,
    /// When it was last told, in milliseconds since `base`.
    told_ms: AtomicU64,
}

impl Load {
    pub(crate) fn new() -> Self {
        Self { base: Instant::now(), in_flight: 0.into(), latency_us: 0.into(), told_ms: 0.into() }
    }

    fn ms(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.base).as_millis()).unwrap_or(u64::MAX)
    }

    /// An attempt was answered after so long. Of two answers at once one may be lost, which an average can bear.
    pub(crate) fn answered(&self, now: Instant, after: Duration) {
        let new = u64::try_from(after.as_micros()).unwrap_or(u64::MAX).max(1);
        let old = self.latency_us.load(Ordering::Relaxed);
        let mean = if old == 0 { new } else { old.saturating_mul(7).saturating_add(new) / 8 };
        self.latency_us.store(mean.max(1), Ordering::Relaxed);
        self.told_ms.store(self.ms(now), Ordering::Relaxed);
    }

    /// What it would cost to wait for it: its time, times what is in flight already. 0 where that is not known.
    fn cost(&self, now: Instant) -> u64 {
        let old = self.ms(now).saturating_sub(self.told_ms.load(Ordering::Relaxed)) > LATENCY_OLD.as_millis() as u64;
        let in_flight = u64::from(self.in_flight.load(Ordering::Relaxed));
        if old && in_flight == 0 {
            return 0;
        }
        self.latency_us.load(Ordering::Relaxed).saturating_mul(in_flight + 1)
    }
}

/// An attempt in flight, counted while it lives.
pub(crate) struct Busy(Arc<Deployment>);

impl Busy {
    pub(crate) fn new(deployment: &Arc<Deployment>) -> Self {
        deployment.load.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(deployment.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.load.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Chooses. `random` gives numbers below its argument. A half-open breaker's probe is taken with the choice.
pub(crate) fn choose<'m>(
    model: &'m Model,
    asked: Asked,
    now: Instant,
    mut random: impl FnMut(u32) -> u32,
) -> Choice<'m> {
    let mut passed_over = asked;
    loop {
        let index = match pick(model, passed_over, now, &mut random) {
            Some(index) => index,
            None => return nobody(model, asked, now),
        };
        let deployment = &model.deployments[index];
        if deployment.breaker.state(now) != State::HalfOpen || deployment.breaker.take_probe(now) {
            return Choice::Ask(index, deployment);
        }
        passed_over.add(index);
    }
}

/// The best of those that may be asked; the resting ones only where no other is left.
fn pick(model: &Model, asked: Asked, now: Instant, random: &mut impl FnMut(u32) -> u32) -> Option<usize> {
    let all = || model.deployments.iter().enumerate().filter(move |(i, _)| !asked.has(*i));
    let awake = |d: &Deployment| matches!(d.breaker.state(now), State::Closed | State::HalfOpen);
    let best = match model.balance {
        // The usual case, and the cheapest: in order of preference.
        Balance::Ordered => all().find(|(_, d)| awake(d)).map(|(i, _)| i),
        Balance::Weighted => weighted(all().filter(|(_, d)| awake(d)), random),
        Balance::LeastBusy => all().filter(|(_, d)| awake(d)).min_by_key(|(_, d)| busyness(d)).map(|(i, _)| i),
        Balance::Latency => all().filter(|(_, d)| awake(d)).min_by_key(|(_, d)| d.load.cost(now)).map(|(i, _)| i),
    };
    best.or_else(|| all().find(|(_, d)| d.breaker.state(now) == State::Resting).map(|(i, _)| i))
}

/// Attempts in flight per weight.
fn busyness(deployment: &Deployment) -> u64 {
    (u64::from(deployment.load.in_flight.load(Ordering::Relaxed)) << 16) / u64::from(deployment.weight.max(1))
}

fn weighted<'m>(
    candidates: impl Iterator<Item = (usize, &'m Arc<Deployment>)> + Clone,
    random: &mut impl FnMut(u32) -> u32,
) -> Option<usize> {
    let sum: u32 = candidates.clone().map(|(_, d)| d.weight).sum();
    let mut at = if sum == 0 { 0 } else { random(sum) };
    let mut last = None;
    for (index, deployment) in candidates {
        if deployment.weight > at {
            return Some(index);
        }
        at -= deployment.weight;
        last = last.or(Some(index));
    }
    // Only deployments of weight 0 are left: they stand in when nobody else can.
    last
}

fn nobody(model: &Model, asked: Asked, now: Instant) -> Choice<'_> {
    let waits =
        model.deployments.iter().enumerate().filter(|(i, _)| !asked.has(*i)).map(|(_, d)| match d.breaker.state(now) {
            State::Open(wait) => wait,
            _ => Duration::ZERO,
        });
    waits.min().map_or(Choice::AllAsked, Choice::Open)
}

//! Which of a model's deployments is asked next.
//!
//! In: a model, which of its deployments are not to be asked, how each is doing. Out: one deployment, or none. Those
//! whose breaker is open are passed over; those that asked for patience are asked only where that is wished.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::breaker::{Probe, State};
use crate::catalog::{Deployment, Model};
use crate::settings::Balance;

/// An older time says nothing any more: the deployment is asked again to learn a newer one.
const LATENCY_OLD: Duration = Duration::from_secs(10);

/// Places in a list of at most [`Self::MAX`], a bit each: a model has no more deployments
/// ([`DEPLOYMENTS_MAX`](crate::settings::DEPLOYMENTS_MAX)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marked(u64);

impl Marked {
    pub(crate) const MAX: usize = 64;
    /// All of them.
    pub(crate) const ALL: Self = Self(u64::MAX);

    pub(crate) fn add(&mut self, index: usize) {
        self.0 |= 1 << index;
    }

    pub(crate) fn has(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }
}

/// What a choice came to.
pub(crate) enum Choice {
    /// Ask this one.
    Ask(Arc<Deployment>, Option<Probe>),
    /// None is to be asked; `resting` where one could be that asked for patience.
    Nobody { resting: bool },
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

/// Chooses among the deployments that are not marked. `random` gives numbers below its argument. A half-open breaker's
/// probe is taken with the choice.
pub(crate) fn choose(
    model: &Model,
    marked: Marked,
    resting_too: bool,
    now: Instant,
    mut random: impl FnMut(u32) -> u32,
) -> Choice {
    let mut passed_over = marked;
    while let Some((index, deployment)) = pick(model, passed_over, resting_too, now, &mut random) {
        if deployment.breaker.state(now) != State::HalfOpen {
            return Choice::Ask(deployment.clone(), None);
        }
        if let Some(probe) = deployment.breaker.take_probe(now) {
            return Choice::Ask(deployment.clone(), Some(probe));
        }
        passed_over.add(index);
    }
    let mut unmarked = model.deployments.iter().enumerate().filter(|(i, _)| !marked.has(*i));
    Choice::Nobody { resting: unmarked.any(|(_, d)| d.breaker.state(now) == State::Resting) }
}

type Candidate<'m> = (usize, &'m Arc<Deployment>);

/// The best of those that may be asked; the resting ones only where no other is left.
fn pick<'m>(
    model: &'m Model,
    marked: Marked,
    resting_too: bool,
    now: Instant,
    random: &mut impl FnMut(u32) -> u32,
) -> Option<Candidate<'m>> {
    let all = || model.deployments.iter().enumerate().filter(move |(i, _)| !marked.has(*i));
    let awake = || all().filter(|(_, d)| matches!(d.breaker.state(now), State::Closed | State::HalfOpen));
    let best = match model.balance {
        // The usual case, and the cheapest: in order of preference.
        Balance::Ordered => awake().next(),
        Balance::Weighted => weighted(awake(), random),
        Balance::LeastBusy => least(awake(), busyness, random),
        Balance::Latency => least(awake(), |d| d.load.cost(now), random),
    };
    best.or_else(|| all().filter(|_| resting_too).find(|(_, d)| d.breaker.state(now) == State::Resting))
}

/// Attempts in flight per weight.
fn busyness(deployment: &Deployment) -> u64 {
    match deployment.weight {
        0 => u64::MAX,
        weight => (u64::from(deployment.load.in_flight.load(Ordering::Relaxed)) << 16) / u64::from(weight),
    }
}

/// The one of the least cost; among equals by lot, so that the first does not get all that comes one by one.
fn least<'m>(
    candidates: impl Iterator<Item = Candidate<'m>>,
    cost: impl Fn(&Deployment) -> u64,
    random: &mut impl FnMut(u32) -> u32,
) -> Option<Candidate<'m>> {
    let (mut best, mut equals) = (None, 0);
    for candidate in candidates {
        let cost = cost(candidate.1);
        match best {
            Some((least, _)) if cost > least => continue,
            Some((least, _)) if cost == least => equals += 1,
            _ => equals = 1,
        }
        if equals == 1 || random(equals) == 0 {
            best = Some((cost, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn weighted<'m>(
    candidates: impl Iterator<Item = Candidate<'m>> + Clone,
    random: &mut impl FnMut(u32) -> u32,
) -> Option<Candidate<'m>> {
    let sum: u32 = candidates.clone().map(|(_, d)| d.weight).sum();
    let mut at = if sum == 0 { 0 } else { random(sum) };
    let mut first = None;
    for candidate in candidates {
        let weight = candidate.1.weight;
        if weight > at {
            return Some(candidate);
        }
        at -= weight;
        first = first.or(Some(candidate));
    }
    // Only deployments of weight 0 are left: they stand in when nobody else can.
    first
}

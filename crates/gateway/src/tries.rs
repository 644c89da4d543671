//! Which deployment a request asks next, and when it has asked enough.
//!
//! In: how its attempts ended. Out: a [`Step`]. A round goes over the model's deployments in the order of its balance,
//! then over the models that stand in for this kind of failure; those that asked for patience come last of all. Then,
//! after a pause, another round over what may be asked again. A breaker is never waited for: a request that did would
//! hang for seconds while all others are refused at once. Bounded are a request's attempts, its time, and the share
//! of all traffic that is repetition. A deployment that two models have in common is one: what it said to one holds
//! for the other.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tollgate_core::key::Key;
use tollgate_core::operation::Operation;

use crate::admit;
use crate::balance::{self, Choice, Marked};
use crate::breaker::Probe;
use crate::catalog::{Deployment, Model};
use crate::live::Live;
use crate::record::Trace;
use crate::request::Request;
use crate::retry::{self, Again};
use crate::route::Plan;
use crate::sandbox::Apart;
use crate::send::SendError;
use crate::settings::Condition;
use crate::worker::Worker;

/// What to do next.
pub(crate) enum Step {
    /// Ask this one. The attempt is its breaker's probe, where there is one.
    Ask(Arc<Deployment>, Option<Probe>),
    /// Wait so long, then step again.
    Pause(Duration),
    /// That was all.
    End {
        error: SendError,
        /// For so long all deployments are left alone by their breakers: a repetition before that is in vain.
        left_alone: Option<Duration>,
    },
}

/// A deployment that was asked and failed.
struct Tried {
    deployment: Arc<Deployment>,
    round: u32,
    /// Whether this request may ask it again.
    again: bool,
    /// Until when it asked to be left alone.
    rests_until: Option<Instant>,
}

/// Where a request stands among its attempts.
pub(crate) struct Tries<'a> {
    worker: &'a Worker,
    live: Rc<Live>,
    request: &'a Request,
    operation: Operation,
    caller: Option<Arc<Key>>,
    /// Which breakers it sees.
    apart: Apart,
    /// No model may stand in: the request refers to what one deployment stores.
    only_first: bool,
    /// The model asked for, and those that stood in for it so far.
    first: Arc<Model>,
    stand_ins: Vec<Arc<Model>>,
    /// Which of them is being asked, and which have refused the request itself.
    at: usize,
    refused: Marked,
    /// Which of the first model's fallbacks is looked at next.
    fallback: usize,
    /// Whether those that asked for patience are asked too: no other is left in this round.
    resting_too: bool,
    tried: Vec<Tried>,
    made: u8,
    round: u32,
    /// Why the last attempt failed; `None` while there was none.
    pub(crate) last: Option<SendError>,
}

impl<'a> Tries<'a> {
    pub(crate) fn new(
        worker: &'a Worker,
        plan: &Plan,
        operation: Operation,
        request: &'a Request,
        trace: &Trace,
    ) -> Self {
        Self {
            worker,
            request,
            operation,
            live: trace.live.clone(),
            caller: trace.caller.clone(),
            apart: plan.apart,
            only_first: plan.only_first,
            first: plan.model.clone(),
            stand_ins: Vec::new(),
            at: 0,
            refused: Marked::default(),
            fallback: 0,
            resting_too: false,
            tried: Vec::new(),
            made: 0,
            round: 0,
            last: None,
        }
    }

    pub(crate) fn step(&mut self, now: Instant) -> Step {
        loop {
            let random = |below| self.worker.random(below);
            match balance::choose(self.model(), self.marked(now), self.resting_too, now, random) {
                Choice::Ask(deployment, probe) => {
                    if self.made > 0 && !self.may_repeat(now) {
                        probe.into_iter().for_each(Probe::give_back);
                        return self.end(now);
                    }
                    self.made = self.made.saturating_add(1);
                    return Step::Ask(deployment, probe);
                }
                // Nobody was asked: a model may stand in as after the failures that led to this.
                Choice::Nobody { resting } if self.next_model(resting) => {}
                Choice::Nobody { .. } if !self.resting_too => {
                    self.resting_too = true;
                    self.at = 0;
                }
                Choice::Nobody { .. } => return self.next_round(now),
            }
        }
    }

    /// The attempt at `deployment` has failed.
    pub(crate) fn failed(&mut self, deployment: Arc<Deployment>, error: SendError, now: Instant) {
        let again = retry::again(&error);
        if again == Again::No {
            self.refused.add(self.at);
        }
        let rests_until = retry::asked_wait(&error).map(|wait| now + wait);
        self.tried.retain(|t| t.deployment.id != deployment.id);
        self.tried.push(Tried { deployment, round: self.round, again: again == Again::Anywhere, rests_until });
        self.last = Some(error);
    }

    /// The request does not fit `deployment`, which was not asked: that was no attempt.
    pub(crate) fn unfit(&mut self, deployment: Arc<Deployment>, error: SendError, now: Instant) {
        self.made = self.made.saturating_sub(1);
        self.failed(deployment, error, now);
    }

    fn model(&self) -> &Arc<Model> {
        self.at.checked_sub(1).map_or(&self.first, |stand_in| &self.stand_ins[stand_in])
    }

    fn tried(&self, deployment: &Deployment) -> Option<&Tried> {
        self.tried.iter().find(|t| t.deployment.id == deployment.id)
    }

    /// Of the model's deployments, those not to be asked now.
    fn marked(&self, now: Instant) -> Marked {
        if self.refused.has(self.at) {
            return Marked::ALL;
        }
        let mut marked = Marked::default();
        if self.tried.is_empty() {
            return marked;
        }
        for (index, deployment) in self.model().deployments.iter().enumerate() {
            let no = |t: &Tried| !t.again || t.round == self.round || t.rests_until.is_some_and(|until| until > now);
            if self.tried(deployment).is_some_and(no) {
                marked.add(index);
            }
        }
        marked
    }

    /// Whether one more attempt is within all bounds.
    fn may_repeat(&self, now: Instant) -> bool {
        let shared = &self.worker.shared;
        if self.made >= self.live.settings.retry.attempts || now >= self.deadline() {
            return false;
        }
        let left = shared.retries.spend(&self.live.settings.retry);
        if !left {
            shared.metrics.retries_refused.inc();
        }
        left
    }

    fn deadline(&self) -> Instant {
        self.request.accepted + self.live.settings.timeouts.total
    }

    /// Goes on to the next model of this round; false where there is none.
    fn next_model(&mut self, resting: bool) -> bool {
        if self.at == self.stand_ins.len() {
            match self.next_fallback(resting) {
                Some(model) => self.stand_ins.push(model),
                None => return false,
            }
        }
        self.at += 1;
        true
    }

    /// The next model that stands in for this kind of failure, and that the caller may use.
    fn next_fallback(&mut self, resting: bool) -> Option<Arc<Model>> {
        if self.only_first || self.stand_ins.len() >= Marked::MAX - 1 {
            return None;
        }
        let condition = match &self.last {
            Some(error) => retry::condition(error)?,
            None if resting => Condition::RateLimit,
            None => Condition::Error,
        };
        let caller = self.caller.as_ref()?;
        let first = self.first.clone();
        while let Some(fallback) = first.fallbacks.get(self.fallback) {
            self.fallback += 1;
            if !fallback.on.contains(&condition) {
                continue;
            }
            match admit::permit(&self.live, caller, &fallback.model, self.operation, self.request.now) {
                Ok(permit) => {
                    let model = self.apart.view(permit.model);
                    return Some(self.worker.shared.accounts.view(caller, model));
                }
                Err(error) => tracing::debug!(%error, "a fallback is passed over"),
            }
        }
        None
    }

    /// A further round over the deployments that may be asked again, after a pause.
    fn next_round(&mut self, now: Instant) -> Step {
        let settings = &self.live.settings.retry;
        let Some(wait) = self.shortest_wait(now).filter(|_| self.last.is_some()) else {
            return self.end(now);
        };
        let most = u32::from(settings.attempts);
        if u32::from(self.made) >= most || self.round + 1 >= most || wait > settings.wait_max {
            return self.end(now);
        }
        let random = f64::from(self.worker.random(1 << 20)) / f64::from(1 << 20);
        let pause = wait + retry::pause(settings, self.round + 1, random);
        if now + pause >= self.deadline() {
            return self.end(now);
        }
        self.round += 1;
        self.at = 0;
        self.resting_too = false;
        Step::Pause(pause)
    }

    fn models(&self) -> impl Iterator<Item = (usize, &Arc<Model>)> {
        std::iter::once(&self.first).chain(&self.stand_ins).enumerate()
    }

    /// The shortest wait that a provider asked for, of the deployments that may be asked again; `None` where none may.
    fn shortest_wait(&self, now: Instant) -> Option<Duration> {
        let asked = self.models().filter(|(at, _)| !self.refused.has(*at)).flat_map(|(_, model)| &model.deployments);
        let closed = asked.filter(|deployment| deployment.breaker.open_for(now).is_zero());
        closed
            .filter_map(|deployment| match self.tried(deployment) {
                Some(tried) if !tried.again => None,
                Some(tried) => Some(tried.rests_until.map_or(Duration::ZERO, |t| t.saturating_duration_since(now))),
                None => Some(Duration::ZERO),
            })
            .min()
    }

    /// For how long no deployment is asked at all, whoever comes.
    fn left_alone(&self, now: Instant) -> Option<Duration> {
        let deployments = self.models().flat_map(|(_, model)| &model.deployments);
        deployments.map(|deployment| deployment.breaker.open_for(now)).min().filter(|wait| !wait.is_zero())
    }

    fn end(&mut self, now: Instant) -> Step {
        let left_alone = self.left_alone(now);
        let error = self.last.take().unwrap_or_else(|| {
            let deployments = self.models().flat_map(|(_, model)| &model.deployments);
            self.worker.shared.incidents.turned_away(deployments);
            let wait = left_alone.unwrap_or_default();
            let mut deployments = self.models().flat_map(|(_, model)| &model.deployments);
            let on_own_account = deployments.any(|deployment| deployment.provider.is_on_own_account);
            SendError::Open { model: self.first.name.clone(), wait, on_own_account }
        });
        Step::End { error, left_alone }
    }
}

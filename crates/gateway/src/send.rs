//! Attempts at deployments and models, until one answers.
//!
//! In: a [`Plan`]. Out: an [`Answered`] of which the caller has seen nothing yet. The admission is in the journal before
//! the first attempt. Deployments are asked in the order of the model's balance, each once; then the models that stand
//! in; then, after a pause, those that may be asked again. What is bounded: attempts of a request, the share of all
//! traffic that is repetition, and the time of the request. Which error leaves sense in what is said in `retry`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_core::record::RecorderError;
use tollgate_errors::Cause;

use crate::admit;
use crate::attempt::{Answered, Attempt};
use crate::balance::{self, Asked, Choice};
use crate::catalog::{Deployment, Model};
use crate::read::Envelope;
use crate::record::Trace;
use crate::request::Request;
use crate::respond;
use crate::retry::{self, Again};
use crate::route::Plan;
use crate::settings::Condition;
use crate::upstream::{Limit, UpstreamError};
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// Why no deployment answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The journal took no admission.
    #[error(transparent)]
    Record(#[from] RecorderError),
    /// The last deployment asked gave no usable answer.
    #[error("{deployment}: {error}")]
    Upstream {
        /// Which deployment.
        deployment: String,
        /// The provider's name.
        provider: String,
        /// Its limit for the phase that passed, where one did.
        limit: Duration,
        /// What happened.
        error: UpstreamError,
    },
    /// It refused our own credential.
    #[error("{deployment}: our credential was refused with {status}")]
    CredentialRejected {
        /// Which deployment.
        deployment: String,
        /// The provider's name.
        provider: String,
        /// The provider's status.
        status: u16,
        /// The start of the provider's text, for the record and the log only.
        text: String,
    },
    /// It answered with a redirect, which is never followed.
    #[error("{deployment}: redirect {status}")]
    Redirect {
        /// Which deployment.
        deployment: String,
        /// The provider's name.
        provider: String,
        /// The provider's status.
        status: u16,
    },
    /// It answered 200 with something that is no answer.
    #[error("{deployment}: {what}")]
    Shape {
        /// Which deployment.
        deployment: String,
        /// The provider's name.
        provider: String,
        /// What came.
        what: &'static str,
        /// Whether it is a web page.
        html: bool,
    },
    /// It answered with an error of its own.
    #[error("{deployment}: answered {status}")]
    Provider {
        /// Which deployment.
        deployment: String,
        /// The provider's name.
        provider: String,
        /// The provider's status.
        status: u16,
        /// What it says, and whose matter that is.
        cause: &'static Cause,
        /// Its `Content-Type`.
        content_type: String,
        /// Its `Retry-After`.
        retry_after: Option<Duration>,
        /// Its body, whole.
        body: Vec<u8>,
        /// It is the sandbox's, which was asked for it.
        asked: bool,
    },
    /// All deployments are left alone at the moment.
    #[error("no deployment of {model:?} is to be asked for another {wait:?}")]
    Open {
        /// The model.
        model: String,
        /// Until the first may be asked again.
        wait: Duration,
    },
}

impl SendError {
    /// The provider's status; 0 where none came.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::CredentialRejected { status, .. } | Self::Redirect { status, .. } | Self::Provider { status, .. } => {
                *status
            }
            Self::Shape { .. } => 200,
            Self::Record(_) | Self::Upstream { .. } | Self::Open { .. } => 0,
        }
    }

    pub(crate) fn upstream(deployment: &Deployment, error: UpstreamError, total: Duration) -> Self {
        let timeouts = &deployment.timeouts;
        let limit = match &error {
            UpstreamError::Late(Limit::Connect) => timeouts.connect,
            UpstreamError::Late(Limit::FirstByte) => timeouts.first_byte,
            UpstreamError::Late(Limit::FirstToken) => timeouts.first_token,
            UpstreamError::Late(Limit::Idle) => timeouts.idle,
            UpstreamError::Late(Limit::Attempt) => timeouts.total,
            _ => total,
        };
        let provider = deployment.provider.name.clone();
        Self::Upstream { deployment: deployment.id.clone(), provider, limit, error }
    }
}

/// Asks until one answers.
pub(crate) async fn first_answer(
    worker: &Worker,
    watch: &Watch,
    plan: &Plan,
    envelope: &Envelope<'_>,
    request: &Request,
    trace: &mut Trace,
) -> Result<Answered, SendError> {
    let mut tries = Tries::new(worker, plan, envelope.operation, request, trace.caller.clone());
    loop {
        let now = trace.latest;
        let deployment = match tries.step(now) {
            Step::Ask(deployment) => deployment,
            Step::Pause(pause) => {
                rest(watch, pause).await;
                trace.waited();
                continue;
            }
            Step::End(error) => return Err(error),
        };
        if trace.attempts == 0 {
            trace.admit(&deployment, envelope.peek.stream(), request.body().len()).await?;
            worker.shared.retries.earn();
        } else if let Some(error) = &tries.last {
            tracing::warn!(request.id = %trace.id, %error, next = deployment.id, "an attempt failed, another follows");
        }
        let began = trace.attempt(&deployment);
        let attempt = Attempt { worker, watch, envelope, request, deployment: &deployment, began };
        let made = attempt.make(trace).await;
        trace.waited();
        match made {
            Ok(answered) => {
                deployment.breaker.succeeded();
                if deployment.measured {
                    deployment.load.answered(trace.latest, trace.latest.saturating_duration_since(began));
                }
                return Ok(answered);
            }
            Err(error) => {
                blame(&deployment, &error, trace.latest);
                trace.attempt_failed(error.status(), respond::cause(&error));
                tries.failed(error);
            }
        }
    }
}

/// Tells the deployment's breaker how an attempt failed.
pub(crate) fn blame(deployment: &Deployment, error: &SendError, now: Instant) {
    if !retry::blames_deployment(error) {
        deployment.breaker.succeeded();
    } else if deployment.breaker.failed(now) {
        tracing::warn!(deployment = deployment.id, %error, "a deployment fails again and again, and is left alone for a while");
    }
    if let Some(wait) = retry::asked_wait(error) {
        deployment.breaker.rest(now, wait);
    }
}

/// Waits between two rounds, unless the caller leaves or the request's time is over.
async fn rest(watch: &Watch, pause: Duration) {
    watch.enter(Phase::Pause, pause.saturating_mul(2) + Duration::from_secs(1));
    // It is shorter than what is left of the request, which the next attempt would notice otherwise.
    let _ = watch.limit(tokio::time::sleep(pause)).await;
}

/// What to do next.
enum Step {
    Ask(Arc<Deployment>),
    Pause(Duration),
    End(SendError),
}

/// Where a request stands among its attempts.
struct Tries<'a> {
    worker: &'a Worker,
    request: &'a Request,
    operation: Operation,
    caller: Option<Arc<Key>>,
    /// The model asked for, whose fallbacks count.
    first: Arc<Model>,
    /// The model being asked.
    model: Arc<Model>,
    /// Of its deployments, those asked in this round, and the one asked last.
    asked: Asked,
    current: usize,
    /// Those not to be asked again by this request.
    done_with: Asked,
    /// Which of the fallbacks comes next.
    fallback: usize,
    /// No fallback may be asked: the request refers to what one deployment stores.
    only_first: bool,
    made: u8,
    round: u32,
    last: Option<SendError>,
}

impl<'a> Tries<'a> {
    fn new(
        worker: &'a Worker,
        plan: &Plan,
        operation: Operation,
        request: &'a Request,
        caller: Option<Arc<Key>>,
    ) -> Self {
        Self {
            worker,
            request,
            operation,
            caller,
            first: plan.model.clone(),
            model: plan.model.clone(),
            asked: Asked::default(),
            current: 0,
            done_with: Asked::default(),
            fallback: 0,
            only_first: plan.only_first,
            made: 0,
            round: 0,
            last: None,
        }
    }

    fn step(&mut self, now: Instant) -> Step {
        loop {
            let model = self.model.clone();
            let wait = match balance::choose(&model, self.asked, now, |below| self.worker.random(below)) {
                Choice::Ask(index, deployment) => {
                    if self.made > 0 && !self.may_repeat(now) {
                        return self.end();
                    }
                    self.made = self.made.saturating_add(1);
                    self.asked.add(index);
                    self.current = index;
                    return Step::Ask(deployment.clone());
                }
                Choice::AllAsked => None,
                Choice::Open(wait) => Some(wait),
            };
            if let Some(model) = self.next_fallback() {
                self.model = model;
                (self.asked, self.done_with) = Default::default();
                continue;
            }
            return match (wait, &self.last) {
                (Some(wait), None) => Step::End(SendError::Open { model: model.name.clone(), wait }),
                _ => self.next_round(now),
            };
        }
    }

    /// The attempt last asked for has failed.
    fn failed(&mut self, error: SendError) {
        match retry::again(&error) {
            Again::Anywhere => {}
            Again::Elsewhere => self.done_with.add(self.current),
            Again::No => (self.asked, self.done_with) = (Asked::ALL, Asked::ALL),
        }
        self.last = Some(error);
    }

    /// Whether one more attempt is within all bounds.
    fn may_repeat(&self, now: Instant) -> bool {
        let shared = &self.worker.shared;
        let in_time = now < self.request.accepted + shared.settings.timeouts.total;
        self.made < shared.settings.retry.attempts && in_time && shared.retries.spend(now)
    }

    /// The next model that stands in for this kind of failure, and that the caller may use.
    fn next_fallback(&mut self) -> Option<Arc<Model>> {
        if self.only_first {
            return None;
        }
        let condition = self.last.as_ref().map_or(Some(Condition::Error), retry::condition)?;
        let caller = self.caller.as_ref()?;
        let first = self.first.clone();
        while let Some(fallback) = first.fallbacks.get(self.fallback) {
            self.fallback += 1;
            if !fallback.on.contains(&condition) {
                continue;
            }
            match admit::permit(self.worker, caller, &fallback.model, self.operation, self.request.now) {
                Ok(permit) => return Some(permit.model),
                Err(error) => tracing::debug!(%error, "a fallback is passed over"),
            }
        }
        None
    }

    /// A further round over the deployments that may be asked again, after a pause.
    fn next_round(&mut self, now: Instant) -> Step {
        let settings = &self.worker.shared.settings;
        let left = (0..self.model.deployments.len()).any(|i| !self.done_with.has(i));
        if !left || self.made >= settings.retry.attempts {
            return self.end();
        }
        self.round += 1;
        let jitter =
            retry::pause(&settings.retry, self.round, f64::from(self.worker.random(1 << 20)) / f64::from(1 << 20));
        let asked = self.last.as_ref().and_then(retry::asked_wait);
        if asked.is_some_and(|wait| wait > settings.retry.wait_max) {
            return self.end();
        }
        let pause = jitter + asked.unwrap_or_default();
        if now + pause >= self.request.accepted + settings.timeouts.total {
            return self.end();
        }
        self.asked = self.done_with;
        Step::Pause(pause)
    }

    fn end(&mut self) -> Step {
        Step::End(self.last.take().unwrap_or(SendError::Record(RecorderError::Failed)))
    }
}

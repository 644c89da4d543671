//! Attempts at deployments and models, until one answers.
//!
//! In: a [`Plan`]. Out: an [`Answered`] of which the caller has seen nothing yet. The admission is in the journal before
//! the first attempt. Whom to ask next, and whether at all, is said in `tries`; which error leaves sense in what, in
//! `retry`.

use std::pin::pin;
use std::time::{Duration, Instant};

use tollgate_core::record::RecorderError;
use tollgate_errors::{By, Diagnosis, Found};

use crate::attempt::{Answered, Attempt};
use crate::breaker::Probe;
use crate::catalog::Deployment;
use crate::fit;
use crate::images;
use crate::read::Envelope;
use crate::record::Trace;
use crate::request::Request;
use crate::respond;
use crate::retry::{self, Verdict};
use crate::route::Plan;
use crate::sandbox::Failing;
use crate::tries::{Step, Tries};
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
    #[error("{deployment}: {}", error.words(*limit))]
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
    /// It refused our own credential, or that of the caller's organization.
    #[error("{deployment}: our credential was refused with {status}")]
    CredentialRejected {
        /// Which deployment.
        deployment: String,
        /// The provider's name.
        provider: String,
        /// It was asked with a credential of the caller's organization.
        on_own_account: bool,
        /// The provider's status.
        status: u16,
        /// What says so.
        by: By,
        /// What the account's holder would call it, and the start of the provider's text: for the record and the log only.
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
    /// It answered with success and something that is no answer.
    #[error("{deployment}: {what}")]
    Shape {
        /// Which deployment.
        deployment: String,
        /// The provider's name.
        provider: String,
        /// The provider's status, one of success.
        status: u16,
        /// What came.
        what: &'static str,
        /// Whether it is a web page.
        html: bool,
        /// Whether it would come again.
        lasts: bool,
    },
    /// It answered with an error of its own.
    #[error("{deployment}: {}", sent(*answered, *status))]
    Provider {
        /// Which deployment.
        deployment: String,
        /// The provider's name.
        provider: String,
        /// It was asked with a credential of the caller's organization.
        on_own_account: bool,
        /// The status it sent.
        answered: u16,
        /// The status that its error comes to: another where it was sent with success.
        status: u16,
        /// What it says, whose matter that is, and what speaks for it.
        found: Box<Found>,
        /// Its `Content-Type`.
        content_type: String,
        /// Its `Retry-After`.
        retry_after: Option<Duration>,
        /// Its body, whole.
        body: Vec<u8>,
        /// It is the sandbox's, which was asked for it.
        asked: bool,
    },
    /// The request does not fit the model there, which was not asked.
    #[error("{deployment}: the request does not fit: {}", diagnosis.cause.slug)]
    Unfit {
        /// Which deployment.
        deployment: String,
        /// What the caller is told.
        diagnosis: Box<Diagnosis>,
    },
    /// The sandbox was asked to fail, and it is what the caller is to see.
    #[error("{0}")]
    Asked(Box<Failing>),
    /// All deployments are left alone at the moment.
    #[error("no deployment of {model:?} is to be asked for another {wait:?}")]
    Open {
        /// The model.
        model: String,
        /// Until the first may be asked again.
        wait: Duration,
        /// Some of them are asked with a credential of the caller's organization.
        on_own_account: bool,
    },
}

impl SendError {
    /// The provider's status; 0 where none came.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::CredentialRejected { status, .. } | Self::Redirect { status, .. } | Self::Shape { status, .. } => {
                *status
            }
            Self::Provider { answered, .. } => *answered,
            Self::Asked(failing) => failing.status(),
            Self::Unfit { .. } | Self::Record(_) | Self::Upstream { .. } | Self::Open { .. } => 0,
        }
    }

    /// This process stops: no other deployment can help.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Upstream { error: UpstreamError::Late(Limit::Drain), .. })
    }

    /// A failure of the connection. The attempt's own limit is told from that of the whole request, accepted so.
    pub(crate) fn upstream(deployment: &Deployment, error: UpstreamError, accepted: Instant, total: Duration) -> Self {
        let timeouts = &deployment.timeouts;
        let error = match error {
            UpstreamError::Late(Limit::Total) if accepted.elapsed() < total => UpstreamError::Late(Limit::Attempt),
            other => other,
        };
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

/// What a provider sent that reported an error, in words: "answered 429".
pub(crate) fn sent(answered: u16, status: u16) -> String {
    match answered == status {
        true => format!("answered {status}"),
        false => format!("answered {answered} with an error in it, taken for {status}"),
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
    let mut tries = Tries::new(worker, plan, envelope.operation, request, trace);
    let live = trace.live.clone();
    loop {
        let (deployment, probe) = match tries.step(trace.latest) {
            Step::Ask(deployment, probe) => (deployment, probe),
            Step::Pause(pause) => {
                trace.pause();
                rest(watch, request.accepted + trace.live.settings.timeouts.total, pause).await;
                trace.paused();
                continue;
            }
            Step::End { error, left_alone } => {
                trace.left_alone = left_alone;
                return Err(error);
            }
        };
        let (operation, body) = (envelope.operation, request.body());
        let ready = match fit::fitted(&deployment, operation, body).await {
            Ok(adapted) => {
                let caller = trace.caller.as_deref();
                let about = images::About { worker, live: &live, deployment: &deployment, operation, body, caller };
                images::ready(&about, adapted).await
            }
            Err(diagnosis) => Err(diagnosis),
        };
        let ready = match ready {
            Ok(ready) => ready,
            Err(diagnosis) => {
                probe.into_iter().for_each(Probe::give_back);
                let error = SendError::Unfit { deployment: deployment.id.clone(), diagnosis };
                tries.unfit(deployment, error, trace.latest);
                continue;
            }
        };
        if trace.attempts.made == 0 {
            trace.admit(&deployment).await?;
            worker.shared.retries.earn();
        } else if let Some(error) = &tries.last {
            tracing::warn!(request.id = %trace.id, %error, next = deployment.id, "an attempt failed, another follows");
        }
        let began = trace.attempt(&deployment);
        let adapted = ready.adapted.as_ref();
        trace.adapted = adapted.map(|adapted| adapted.note.clone()).unwrap_or_default();
        let attempt =
            Attempt { worker, live: &live, watch, envelope, request, deployment: &deployment, began, adapted };
        let made = attempt.make(trace).await;
        trace.waited();
        match made {
            Ok(answered) => {
                trace.attempt_answered(answered.head.status);
                praise(worker, &deployment);
                if deployment.measured {
                    deployment.load.answered(trace.latest, trace.latest.saturating_duration_since(began));
                }
                return Ok(answered);
            }
            Err(error) => {
                blame(worker, &deployment, &error, trace.latest);
                drop(probe);
                match retry::verdict(&error) {
                    Verdict::Unknown if matches!(error, SendError::Asked(_)) => {
                        trace.attempt_refused(error.status(), respond::cause(&error));
                    }
                    Verdict::Works => trace.attempt_refused(error.status(), respond::cause(&error)),
                    Verdict::Fails | Verdict::Unknown => trace.attempt_failed(error.status(), respond::cause(&error)),
                }
                tries.failed(deployment, error, trace.latest);
            }
        }
    }
}

/// Tells the deployment's breaker that an attempt was answered.
pub(crate) fn praise(worker: &Worker, deployment: &Deployment) {
    deployment.breaker.succeeded();
    worker.shared.incidents.answered(deployment);
}

/// Tells the deployment's breaker how an attempt failed.
pub(crate) fn blame(worker: &Worker, deployment: &Deployment, error: &SendError, now: Instant) {
    match retry::verdict(error) {
        Verdict::Works => praise(worker, deployment),
        Verdict::Fails => {
            let opened = deployment.breaker.failed(now);
            if opened {
                deployment.metrics.opened();
                let own_account = deployment.provider.is_on_own_account;
                tracing::warn!(deployment = deployment.id, own_account, %error, "a deployment fails again and again, and is left alone for a while");
            }
            worker.shared.incidents.failed(deployment, error, opened, &worker.live().settings.docs_base);
        }
        Verdict::Unknown => {}
    }
    if let Some(wait) = retry::rest(error) {
        deployment.breaker.rest(now, wait);
    }
}

/// Waits between two rounds, unless the caller leaves or the request's time is over.
async fn rest(watch: &Watch, end: Instant, pause: Duration) {
    // The last attempt's own time may be over: it is the request's that counts now.
    watch.set_total(Some(end));
    watch.enter(Phase::Pause, pause.saturating_mul(2) + Duration::from_secs(1));
    // It is shorter than what is left of the request, which the next attempt would notice otherwise.
    let _ = watch.limit(pin!(tokio::time::sleep(pause))).await;
}

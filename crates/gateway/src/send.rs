//! Attempts at deployments, until one answers.
//!
//! In: a [`Plan`]. Out: an [`Answered`]: the head of an answer and its body, still on its way. The admission is in
//! the journal before the first attempt. A deployment that surely did not get the request (its name does not
//! resolve, it refuses connections, its certificate is wrong) is followed by the next; after anything else the
//! failure is the answer.

use std::sync::Arc;
use std::time::Duration;

use tollgate_core::operation::Operation;
use tollgate_core::record::RecorderError;
use tollgate_providers::sandbox;

use crate::catalog::{Deployment, Reach};
use crate::read::Envelope;
use crate::record::Trace;
use crate::request::Request;
use crate::route::Plan;
use crate::translate::Translated;
use crate::upstream::{self, AnswerHead, Body, Call, UpstreamError};
use crate::watch::Watch;
use crate::worker::Worker;

/// A provider's answer, its body still on its way.
pub(crate) struct Answered {
    pub(crate) head: AnswerHead,
    pub(crate) source: Source,
    pub(crate) deployment: Arc<Deployment>,
    /// The usage chunk was asked for by us and is to be withheld.
    pub(crate) asked_usage: bool,
}

/// Where the bytes of an answer come from.
pub(crate) enum Source {
    Upstream(Body),
    /// Whole already: the sandbox's.
    Ready(Vec<u8>),
    /// The sandbox's stream: events, and the pause between them.
    Events(std::vec::IntoIter<Vec<u8>>, Duration),
}

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
        /// Its `Content-Type`.
        content_type: String,
        /// Its `Retry-After`.
        retry_after: Option<Duration>,
        /// Its body, whole.
        body: Vec<u8>,
    },
}

impl SendError {
    pub(crate) fn upstream(deployment: &Deployment, error: UpstreamError, total: Duration) -> Self {
        let timeouts = deployment.provider.timeouts;
        let limit = match &error {
            UpstreamError::Late(upstream::Limit::Connect) => timeouts.connect,
            UpstreamError::Late(upstream::Limit::FirstByte) => timeouts.first_byte,
            UpstreamError::Late(upstream::Limit::Idle) => timeouts.idle,
            _ => total,
        };
        let provider = deployment.provider.name.clone();
        Self::Upstream { deployment: deployment.id.clone(), provider, limit, error }
    }
}

/// Asks the plan's deployments in order.
pub(crate) async fn first_answer(
    worker: &Worker,
    watch: &Watch,
    plan: &Plan,
    envelope: &Envelope<'_>,
    request: &Request,
    trace: &mut Trace,
) -> Result<Answered, SendError> {
    let deployments = plan.deployments();
    let mut last = None;
    for (i, deployment) in deployments.iter().enumerate() {
        if i == 0 {
            trace.admit(deployment, envelope.peek.stream(), request.body().len()).await?;
        }
        trace.deployment = Some(deployment.clone());
        trace.attempts = trace.attempts.saturating_add(1);
        trace.lap();
        let answer = attempt(worker, watch, deployment, envelope, request, trace).await;
        trace.waited();
        match answer {
            Ok(answered) => return Ok(answered),
            Err(error) => {
                let next = error.before_sending() && i + 1 < deployments.len();
                let error = SendError::upstream(deployment, error, worker.shared.settings.timeouts.total);
                if !next {
                    return Err(error);
                }
                tracing::warn!(request.id = %trace.id, %error, "asking the next deployment");
                last = Some(error);
            }
        }
    }
    Err(last.unwrap_or(SendError::Record(RecorderError::Failed)))
}

async fn attempt(
    worker: &Worker,
    watch: &Watch,
    deployment: &Arc<Deployment>,
    envelope: &Envelope<'_>,
    request: &Request,
    trace: &Trace,
) -> Result<Answered, UpstreamError> {
    let upstream = match &deployment.provider.reach {
        Reach::Sandbox => return Ok(ask_sandbox(worker, deployment, envelope, request, trace).await),
        Reach::Upstream(upstream) => upstream,
    };
    let translated = Translated::new(request, envelope, deployment, upstream);
    let (pieces, n) = translated.pieces();
    let call = Call {
        provider: &deployment.provider,
        upstream,
        head: &translated.head,
        path: envelope.operation.path(),
        extra_headers: &translated.headers,
        body: &pieces[..n],
    };
    let (head, body) = upstream::call(worker, watch, &call).await?;
    Ok(Answered {
        head,
        source: Source::Upstream(body),
        deployment: deployment.clone(),
        asked_usage: translated.asked_usage,
    })
}

async fn ask_sandbox(
    worker: &Worker,
    deployment: &Arc<Deployment>,
    envelope: &Envelope<'_>,
    request: &Request,
    trace: &Trace,
) -> Answered {
    let model = if trace.model_asked.is_empty() { &deployment.model } else { &trace.model_asked };
    let operation: Operation = envelope.operation;
    // The sandbox is metered like any provider: a stream's usage chunk is asked for, and withheld again.
    let splice = if operation == Operation::Responses { None } else { envelope.peek.ask_usage() };
    let asked_usage = splice.is_some();
    let mut spliced = Vec::new();
    if let Some(splice) = splice {
        tollgate_providers::openai::request::splice(request.body(), &mut [splice], &mut spliced);
    }
    let body = if asked_usage { &spliced } else { request.body() };
    let ask = sandbox::Ask { operation, model, body, created: worker.clock.unix_seconds(request.accepted) };
    let head = |status, content_type: &'static str| AnswerHead {
        status,
        content_type: content_type.into(),
        ..AnswerHead::default()
    };
    let (before, head, source) = match sandbox::answer(&ask) {
        sandbox::Reply::Whole { status, body, before } => {
            let head = AnswerHead { length: Some(body.len() as u64), ..head(status, "application/json") };
            (before, head, Source::Ready(body))
        }
        sandbox::Reply::Stream { events, before, pause } => {
            let source = Source::Events(events.into_iter(), pause);
            (before, head(200, "text/event-stream; charset=utf-8"), source)
        }
    };
    if !before.is_zero() {
        tokio::time::sleep(before).await;
    }
    Answered { head, source, deployment: deployment.clone(), asked_usage }
}

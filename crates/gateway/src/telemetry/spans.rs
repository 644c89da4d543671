//! The spans of one request: its own, and one for each attempt at a deployment.
//!
//! In: a caller's trace context, then what the record learns. Out: an [`Ended`], which another thread can take. Content
//! is never in it, and nothing that a caller chose but the name of a model, masked as it is in the records.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tollgate_core::id::RequestId;
use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_core::record::Outcome;
use tollgate_core::usage::Usage;

use super::context::SpanContext;
use crate::catalog::Deployment;
use crate::request::{Name, Request};
use crate::settings::telemetry::Sampling;

/// The recommendation's bound of a `tracestate` that is to be passed on.
const STATE_MAX: usize = 512;

/// The spans of a request that is being served.
pub(crate) struct Spans {
    pub(super) own: SpanContext,
    /// The caller's span.
    pub(super) parent: Option<u64>,
    /// The caller's `tracestate`.
    pub(super) state: String,
    pub(super) attempts: Vec<Attempt>,
}

/// The span of an attempt.
pub(crate) struct Attempt {
    pub(super) deployment: Arc<Deployment>,
    pub(super) span: u64,
    pub(super) began: Instant,
    /// `None`: with the request.
    pub(super) ended: Option<Instant>,
    /// The provider's status; 0 where none came.
    pub(super) status: u16,
    /// Slug of its failure's cause.
    pub(super) cause: &'static str,
}

/// A request that has ended, with its spans.
pub(crate) struct Ended {
    pub(crate) spans: Box<Spans>,
    pub(crate) request: RequestId,
    pub(crate) operation: Operation,
    pub(crate) caller: Arc<Key>,
    pub(crate) model_asked: String,
    pub(crate) model_answered: String,
    /// The deployment asked last.
    pub(crate) deployment: Option<Arc<Deployment>>,
    /// The answer is a stream.
    pub(crate) streams: bool,
    pub(crate) usage: Usage,
    pub(crate) status: u16,
    pub(crate) outcome: Outcome,
    /// Slug of its failure's cause.
    pub(crate) cause: &'static str,
    /// Nanoseconds since 1970.
    pub(crate) accepted_unix: u64,
    pub(crate) accepted: Instant,
    pub(crate) ended: Instant,
    /// When the first byte of the answer's content came.
    pub(crate) first_byte: Option<Instant>,
    /// Time that was not spent waiting for providers.
    pub(crate) overhead: Duration,
}

impl Spans {
    /// Begins them. A trace that begins here has the digits of the request's id, so that either is found by the other;
    /// its last ten bytes are random, which is more than samplers and the recommendation want.
    pub(super) fn begin(request: &Request, sampling: Sampling) -> Self {
        let parent = request
            .header(Name::Traceparent)
            .filter(|_| !request.headers.is_repeated(Name::Traceparent))
            .and_then(SpanContext::read);
        let trace = parent.map_or_else(|| u128::from_be_bytes(*request.id.as_bytes()), |p| p.trace);
        let sampled = match parent {
            Some(parent) if sampling.follows_parent => parent.sampled,
            _ => is_among(sampling.ratio, trace),
        };
        let state = parent.and_then(|_| request.header_text(Name::Tracestate)).filter(|s| s.len() <= STATE_MAX);
        Self {
            own: SpanContext { trace, span: span_id(), sampled },
            parent: parent.map(|p| p.span),
            state: state.unwrap_or_default().to_owned(),
            attempts: Vec::new(),
        }
    }

    /// Whether they are to be sent.
    pub(crate) fn are_sampled(&self) -> bool {
        self.own.sampled
    }

    /// An attempt begins.
    pub(crate) fn attempt(&mut self, deployment: &Arc<Deployment>, began: Instant) {
        if self.own.sampled {
            let deployment = deployment.clone();
            self.attempts.push(Attempt { deployment, span: span_id(), began, ended: None, status: 0, cause: "" });
        }
    }

    /// The attempt was answered; its span goes on until the answer has ended.
    pub(crate) fn attempt_answered(&mut self, status: u16) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.status = status;
        }
    }

    /// The attempt has failed.
    pub(crate) fn attempt_failed(&mut self, ended: Instant, status: u16, cause: &'static str) {
        if let Some(attempt) = self.attempts.last_mut() {
            (attempt.ended, attempt.status, attempt.cause) = (Some(ended), status, cause);
        }
    }

    /// What the provider being asked is told, where it is to be told: `traceparent` and `tracestate`.
    pub(crate) fn outgoing(&self) -> ([u8; 55], &str) {
        let span = self.attempts.last().map_or(self.own.span, |attempt| attempt.span);
        (SpanContext { span, ..self.own }.header(), &self.state)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        1 + self.attempts.len()
    }
}

/// A new span's id, never 0.
fn span_id() -> u64 {
    fastrand::u64(1..)
}

/// Whether a trace is among the share that is sampled: the same answer wherever the same trace comes by, as
/// `TraceIdRatioBased` has it.
fn is_among(ratio: f64, trace: u128) -> bool {
    // A ratio of 1 is 2^63, which no id of 63 bits reaches.
    let bound = (ratio.clamp(0.0, 1.0) * (1u64 << 63) as f64) as u64;
    (trace as u64 >> 1) < bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_takes_its_share_of_traces() {
        let traces = || (0..10_000).map(|_| fastrand::u128(1..));

        assert_eq!(traces().filter(|t| is_among(0.0, *t)).count(), 0);
        assert_eq!(traces().filter(|t| is_among(1.0, *t)).count(), 10_000);
        assert!(is_among(1.0, u128::MAX));
        let quarter = traces().filter(|t| is_among(0.25, *t)).count();
        assert!((2200..2800).contains(&quarter), "{quarter}");
    }
}

//! The attempts of one request, as its record, its metrics and its spans tell them.
//!
//! In: what came of each, as the stages learn it. Out: how many there were, how the last has ended, and those that failed
//! and were followed by another. Whether another follows is decided in `tries`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tollgate_core::record::FailedAttempt;

use super::{Trace, micros};
use crate::catalog::Deployment;
use crate::metrics::AttemptResult;

/// The attempts so far.
pub(crate) struct Attempts {
    pub(crate) made: u8,
    /// When the last began.
    began: Instant,
    /// How the last ended; `None` while it goes on, and before the first.
    pub(super) result: Option<AttemptResult>,
    /// The last, where it failed; what it is for depends on whether another follows.
    failed_last: Option<Failed>,
    /// A line for each that failed and was followed by another.
    pub(super) failed: String,
}

/// An attempt that failed.
struct Failed {
    status: u16,
    cause: &'static str,
    duration_us: u32,
    /// The pause behind it.
    pause: Duration,
}

impl Attempts {
    pub(super) fn none(accepted: Instant) -> Self {
        Self { made: 0, began: accepted, result: None, failed_last: None, failed: String::new() }
    }

    fn begin(&mut self, now: Instant) {
        self.made = self.made.saturating_add(1);
        self.began = now;
        self.result = None;
    }

    /// So long was waited behind the last.
    pub(super) fn paused(&mut self, lap: Duration) {
        if let Some(failed) = &mut self.failed_last {
            failed.pause += lap;
        }
    }

    fn ended(&mut self, deployment: Option<&Deployment>, result: AttemptResult) {
        // It is counted once, by what came of it first.
        if let (Some(deployment), None) = (deployment, self.result) {
            deployment.metrics.attempt(result);
        }
        self.result = Some(result);
    }

    fn keep_failed(&mut self, deployment: &str) {
        if let Some(Failed { status, cause, duration_us, pause }) = self.failed_last.take() {
            let failed = FailedAttempt { deployment, status, cause, duration_us, pause_us: micros(pause) };
            self.failed.push_str(&failed.to_string());
        }
    }
}

impl Trace {
    /// An attempt at `deployment` begins.
    pub(crate) fn attempt(&mut self, deployment: &Arc<Deployment>) -> Instant {
        self.keep_failed();
        self.upstream_request_id.clear();
        self.deployment = Some(deployment.clone());
        self.lap();
        self.attempts.begin(self.latest);
        if let Some(spans) = &mut self.spans {
            spans.attempt(deployment, self.latest);
        }
        self.latest
    }

    /// The attempt was answered, of which the caller has seen nothing yet.
    pub(crate) fn attempt_answered(&mut self, status: u16) {
        self.attempts.ended(self.deployment.as_deref(), AttemptResult::Answered);
        if let Some(spans) = &mut self.spans {
            spans.attempt_answered(status);
        }
    }

    /// The attempt was answered with something of no use here, which is nobody's failure.
    pub(crate) fn attempt_in_vain(&mut self) {
        self.attempts.result = Some(AttemptResult::Refused);
    }

    /// The attempt has failed, just now, by an error that says nothing against the deployment.
    pub(crate) fn attempt_refused(&mut self, status: u16, cause: &'static str) {
        self.attempts.ended(self.deployment.as_deref(), AttemptResult::Refused);
        self.attempt_failed(status, cause);
    }

    /// The attempt has failed, just now, or its answer has broken off.
    pub(crate) fn attempt_failed(&mut self, status: u16, cause: &'static str) {
        self.attempts.ended(self.deployment.as_deref(), AttemptResult::Failed);
        if let Some(spans) = &mut self.spans {
            spans.attempt_failed(self.latest, status, cause);
        }
        let duration_us = micros(self.latest.saturating_duration_since(self.attempts.began));
        self.attempts.failed_last = Some(Failed { status, cause, duration_us, pause: Duration::ZERO });
        if let Some(deployment) = &self.deployment {
            deployment.metrics.upstream_error(cause);
        }
    }

    /// Adds the last attempt to those of which the record tells beside the request's own cause, where it failed.
    pub(crate) fn keep_failed(&mut self) {
        let deployment = self.deployment.as_ref().map_or("", |d| d.id.as_str());
        self.attempts.keep_failed(deployment);
    }
}

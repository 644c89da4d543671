//! Everything that happened to a request: its journal entries, its metrics, its log line.
//!
//! In: facts, noted by the stages in a [`Trace`] as they learn them. Out: an admission before the provider is asked,
//! a settlement before the caller's last byte, or a count where the caller is not known. A trace that is dropped
//! unsettled (the caller hung up) settles itself with what had arrived.

mod attempts;

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tollgate_core::id::RequestId;
use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_core::record::{Admission, EVIDENCE_MAX, Entry, Identity, Outcome, RecorderError, Settlement};
use tollgate_core::usage::Usage;
use tollgate_errors::Diagnosis;

use self::attempts::Attempts;
use crate::catalog::{Deployment, Model};
use crate::live::Live;
use crate::metrics::{AttemptResult, Times};
use crate::request::Request;
use crate::telemetry::{Ended, Spans};
use crate::worker::{Place, Worker};

/// What stands before the advice that a caller was given, in the evidence of a record.
pub(crate) const ADVICE: &str = "; advice: ";

/// What is known of one request.
pub(crate) struct Trace {
    pub(crate) worker: Rc<Worker>,
    /// What held when it began.
    pub(crate) live: Rc<Live>,
    pub(crate) id: RequestId,
    pub(crate) accepted: Instant,
    now: i64,
    peer: IpAddr,
    pub(crate) operation: Option<Operation>,
    pub(crate) caller: Option<Arc<Key>>,
    /// The endpoint of administration that was called, by its name.
    pub(crate) administers: Option<&'static str>,
    /// The id of the admin key or session that was let in there.
    pub(crate) administrator: Option<String>,
    pub(crate) model_asked: String,
    /// The model asked for, where its answers announce the end of its life.
    pub(crate) ends: Option<Arc<Model>>,
    /// The deployment asked last.
    pub(crate) deployment: Option<Arc<Deployment>>,
    /// The deployment named in the admission.
    admitted: Option<Arc<Deployment>>,
    pub(crate) attempts: Attempts,
    /// Its spans, where traces are sent at all.
    pub(crate) spans: Option<Box<Spans>>,
    /// Time spent waiting for providers.
    upstream: Duration,
    /// Time spent in pauses between attempts.
    pauses: Duration,
    /// Such a pause goes on.
    pausing: bool,
    /// For how long all deployments are left alone, where it ended so.
    pub(crate) left_alone: Option<Duration>,
    /// When something last happened. The clock is asked once per stage, not once per use: eight calls of it were a
    /// thirtieth of a request.
    pub(crate) latest: Instant,
    /// When the first byte of the answer's content came.
    pub(crate) first_byte: Option<Instant>,
    /// The answer is a stream.
    pub(crate) streams: bool,
    pub(crate) model_answered: String,
    pub(crate) upstream_request_id: String,
    pub(crate) usage: Usage,
    /// Chunks of a stream that have come and whose tokens neither its provider has told nor we have reckoned.
    pub(crate) unmetered: u64,
    pub(crate) request_bytes: usize,
    pub(crate) stream_asked: bool,
    /// The usage was reckoned, at least in part.
    estimated: bool,
    pub(crate) answer_bytes: u64,
    /// How the request was changed so that it fits the model asked last; empty where it was not.
    pub(crate) adapted: String,
    /// What only operators may read of a failure: kept in the record and the log, never in the answer.
    pub(crate) private: String,
    /// What to say where it is dropped unsettled.
    pub(crate) abandoned: &'static str,
    /// Its place among the requests in flight.
    pub(crate) place: Option<Place>,
    settled: bool,
}

/// How a request ended.
pub(crate) struct End<'d> {
    pub(crate) status: u16,
    pub(crate) outcome: Outcome,
    pub(crate) diagnosis: Option<&'d Diagnosis>,
}

impl Trace {
    pub(crate) fn new(worker: Rc<Worker>, request: &Request) -> Box<Self> {
        let spans = worker.shared.telemetry.as_ref().map(|telemetry| telemetry.begin(request));
        Box::new(Self {
            live: worker.live(),
            worker,
            id: request.id,
            accepted: request.accepted,
            now: request.now,
            peer: request.peer,
            operation: None,
            caller: None,
            administers: None,
            administrator: None,
            model_asked: String::new(),
            ends: None,
            deployment: None,
            admitted: None,
            attempts: Attempts::none(request.accepted),
            spans,
            upstream: Duration::ZERO,
            pauses: Duration::ZERO,
            pausing: false,
            left_alone: None,
            latest: request.accepted,
            first_byte: None,
            streams: false,
            model_answered: String::new(),
            upstream_request_id: String::new(),
            usage: Usage::default(),
            unmetered: 0,
            request_bytes: 0,
            stream_asked: false,
            estimated: false,
            answer_bytes: 0,
            adapted: String::new(),
            private: String::new(),
            abandoned: "the caller closed the connection before the answer had ended",
            place: None,
            settled: false,
        })
    }

    /// The clock is asked: returns what has passed since it was last asked.
    pub(crate) fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.saturating_duration_since(std::mem::replace(&mut self.latest, now))
    }

    /// As [`Self::lap`], for a time that was spent waiting for a provider.
    pub(crate) fn waited(&mut self) {
        let lap = self.lap();
        self.upstream += lap;
    }

    /// A pause between two attempts begins.
    pub(crate) fn pause(&mut self) {
        self.pausing = true;
    }

    /// As [`Self::lap`], for such a pause: it is neither the provider's time nor work of ours.
    pub(crate) fn paused(&mut self) {
        let lap = self.lap();
        self.pausing = false;
        self.pauses += lap;
        self.attempts.paused(lap);
    }

    /// Of so long a time since the acceptance, what the gateway itself took.
    pub(crate) fn overhead(&self, whole: Duration) -> Duration {
        whole.saturating_sub(self.upstream + self.pauses)
    }

    /// From acceptance to when something last happened.
    pub(crate) fn taken(&self) -> Duration {
        self.latest.saturating_duration_since(self.accepted)
    }

    /// The public name of the model asked last, where it stands in for the one asked for.
    pub(crate) fn fallback(&self) -> Option<&str> {
        let model = self.deployment.as_ref()?.metrics.model();
        let asked = || self.live.catalog.model(&self.model_asked).is_some_and(|asked| asked.name == model);
        (model != self.model_asked && !asked()).then_some(model)
    }

    /// Writes the admission and waits until it is written: nothing reaches a provider before.
    pub(crate) async fn admit(&mut self, deployment: &Arc<Deployment>) -> Result<(), RecorderError> {
        let (Some(caller), Some(operation)) = (&self.caller, self.operation) else {
            return Ok(());
        };
        let position = self.worker.append(&Entry::Admission(Admission {
            request: self.id,
            key: caller.id,
            operation,
            stream: self.stream_asked,
            request_bytes: u32::try_from(self.request_bytes).unwrap_or(u32::MAX),
            project: &caller.project.id,
            model_asked: &self.model_asked,
            model_sent: &deployment.model,
            deployment: &deployment.id,
        }))?;
        // Marked before the wait: a caller that leaves meanwhile is then settled. An entry that could not be written
        // holds no room in the journal, and its refusal says itself whose it was.
        self.admitted = Some(deployment.clone());
        let written = self.worker.written(position).await;
        if written.is_err() {
            self.admitted = None;
        }
        written
    }

    /// Writes the settlement. The position is to be waited for before the caller's last byte; a failure to write
    /// leaves the admission as what is known, and is logged.
    pub(crate) fn settle(&mut self, end: &End<'_>) -> Option<u64> {
        self.settled = true;
        if self.operation.is_some_and(|operation| !operation.asks_a_model()) {
            // What a stored response used was counted when it was made.
            self.usage = Usage::default();
        }
        self.reckon();
        let whole = self.taken();
        self.count(end, whole);
        self.log(end, whole);
        self.end_spans(end, whole);
        let caller = self.caller.as_ref()?;
        let operation = self.operation?;
        let identity = self.admitted.is_none().then(|| Identity {
            key: caller.id,
            operation,
            project: &caller.project.id,
            model_asked: &self.model_asked,
            stream: self.stream_asked,
            request_bytes: u32::try_from(self.request_bytes).unwrap_or(u32::MAX),
        });
        let evidence = self.evidence(end.diagnosis);
        let first = self.first_byte.map(|at| at.saturating_duration_since(self.accepted));
        let same = match (&self.deployment, &self.admitted) {
            (Some(last), Some(first)) => Arc::ptr_eq(last, first),
            _ => true,
        };
        let deployment = self.deployment.as_ref().filter(|_| !same).map_or("", |d| d.id.as_str());
        let settlement = Settlement {
            request: self.id,
            status: end.status,
            attempts: self.attempts.made,
            outcome: end.outcome,
            usage: self.usage,
            first_byte_us: first.map_or(0, micros),
            duration_us: micros(whole),
            upstream_us: micros(self.upstream),
            answer_bytes: self.answer_bytes,
            cause: end.diagnosis.map_or("", |d| d.cause.slug),
            model_answered: &self.model_answered,
            deployment,
            fallback: self.fallback().unwrap_or(""),
            upstream_request_id: &self.upstream_request_id,
            evidence: &evidence,
            failed_attempts: &self.attempts.failed,
            estimated: self.estimated,
            on_own_account: self.deployment.as_ref().is_some_and(|last| last.provider.is_on_own_account),
            identity,
        };
        match self.worker.append(&Entry::Settlement(settlement)) {
            Ok(position) => Some(position),
            // A refusal that finds the journal full has no admission either: it is counted and logged, not kept.
            Err(RecorderError::Full) if self.admitted.is_none() => None,
            Err(e) => {
                tracing::error!(request.id = %self.id, error = %e, "a settlement could not be written");
                None
            }
        }
    }

    /// What is kept of a request beside its figures: what speaks for the cause of its failure, what only operators may read,
    /// and last the advice that its caller was given, where that says more than the catalogue does of every such failure.
    fn evidence(&self, diagnosis: Option<&Diagnosis>) -> String {
        let mut more = String::new();
        if !self.adapted.is_empty() {
            join(&mut more, &format!("the request was adapted: {}", self.adapted));
        }
        if !self.private.is_empty() {
            // What a provider says is not taken for our advice.
            join(&mut more, &self.private.replace(ADVICE, "; advice "));
        }
        let Some(d) = diagnosis else { return more };
        let docs = &self.live.settings.docs_base;
        let bare = Diagnosis::new(d.cause);
        // How long to wait says nothing any more when the record is read.
        let bare = d.wait().into_iter().fold(bare, Diagnosis::retry_after);
        let advice = Some(d.remedy(docs)).filter(|advice| *advice != bare.remedy(docs));
        let advice = advice.filter(|advice| advice.len() <= EVIDENCE_MAX / 4).map(|advice| format!("{ADVICE}{advice}"));
        let advice = advice.unwrap_or_default();
        let taken = more.len() + advice.len() + ADVICE.len();
        let mut evidence = d.evidence_text(EVIDENCE_MAX.saturating_sub(taken).max(EVIDENCE_MAX / 4));
        if !more.is_empty() {
            join(&mut evidence, &more);
        }
        evidence + &advice
    }

    /// Reckons the usage of a stream whose provider did not tell it, for it broke off or for it never does: a token for
    /// each chunk, about what providers put into one, and one for four bytes of the request. What is so reckoned is
    /// marked.
    pub(crate) fn reckon(&mut self) {
        match std::mem::take(&mut self.unmetered) {
            0 => {}
            chunks => self.reckon_more(chunks),
        }
    }

    /// Adds what an attempt is reckoned to have used of which so many chunks came.
    pub(crate) fn reckon_more(&mut self, chunks: u64) {
        let add = |to: &mut u32, n: u64| *to = to.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
        add(&mut self.usage.output, chunks);
        add(&mut self.usage.input, self.request_bytes as u64 / 4);
        self.estimated = true;
    }

    /// Counts and logs a request that needed no provider and leaves no record.
    pub(crate) fn note(&mut self, end: &End<'_>) {
        self.settled = true;
        self.lap();
        let whole = self.taken();
        self.count(end, whole);
        self.log(end, whole);
        self.end_spans(end, whole);
    }

    fn count(&self, end: &End<'_>, whole: Duration) {
        let metrics = &self.worker.shared.metrics;
        let route = self.operation.map_or("none", Operation::name);
        let Some(deployment) = &self.deployment else {
            let cause = end.diagnosis.map_or("", |d| d.cause.slug);
            // Another name is whatever a caller sends.
            let known = self.live.catalog.model(&self.model_asked);
            metrics.request(route, known.map_or("", |model| &model.name), "", end.status, cause);
            if let (Some(d), None, None) = (end.diagnosis, &self.caller, &self.administrator) {
                metrics.unknown_caller(d.cause.slug);
                self.worker.shared.refusals.count(d, self.peer, self.now);
            }
            return;
        };
        let stands_in = self.fallback().is_some();
        match (end.diagnosis, self.operation) {
            (None, Some(operation)) if end.status == 200 && !stands_in && deployment.metrics.has_counted(operation) => {
            }
            (diagnosis, _) => {
                let cause = diagnosis.map_or("", |d| d.cause.slug);
                metrics.request(route, &self.model_asked, &deployment.provider.name, end.status, cause);
            }
        }
        self.count_attempt(deployment, end, stands_in);
        if self.operation.is_some_and(|operation| !operation.asks_a_model()) {
            return;
        }
        let first_token =
            self.first_byte.filter(|_| self.streams).map(|at| at.saturating_duration_since(self.accepted));
        deployment.metrics.settled(&self.usage, Times { whole, overhead: self.overhead(whole), first_token });
    }

    /// What the last attempt leaves to be counted at the end of its request.
    fn count_attempt(&self, deployment: &Deployment, end: &End<'_>, stands_in: bool) {
        match (self.attempts.result, end.diagnosis) {
            (None, _) => deployment.metrics.attempt(AttemptResult::Abandoned),
            (Some(AttemptResult::Answered), _) if stands_in => {
                self.worker.shared.metrics.fallback(&self.model_asked, deployment.metrics.model());
            }
            _ => {}
        }
        if let (Some(AttemptResult::Answered), Some(d)) = (self.attempts.result, end.diagnosis)
            && matches!(end.outcome, Outcome::Interrupted | Outcome::Failed)
        {
            deployment.metrics.upstream_error(d.cause.slug);
        }
    }

    /// Hands its spans over, where it is traced and known whose it is.
    fn end_spans(&mut self, end: &End<'_>, whole: Duration) {
        let Some(spans) = self.spans.take().filter(|spans| spans.are_sampled()) else { return };
        let (Some(telemetry), Some(caller), Some(operation)) =
            (&self.worker.shared.telemetry, &self.caller, self.operation)
        else {
            return;
        };
        telemetry.send(Ended {
            spans,
            request: self.id,
            operation,
            caller: caller.clone(),
            model_asked: self.model_asked.clone(),
            model_answered: self.model_answered.clone(),
            deployment: self.deployment.clone(),
            streams: self.streams,
            usage: self.usage,
            status: end.status,
            outcome: end.outcome,
            cause: end.diagnosis.map_or("", |d| d.cause.slug),
            accepted_unix: self.worker.clock.unix_nanos(self.accepted),
            accepted: self.accepted,
            ended: self.latest,
            first_byte: self.first_byte,
            overhead: self.overhead(whole),
        });
    }

    fn log(&self, end: &End<'_>, whole: Duration) {
        // A field without a value is left out.
        let key = self.caller.as_ref().map(|k| k.id.to_string());
        let model = Some(self.model_asked.as_str()).filter(|model| !model.is_empty());
        let provider = Some(self.private.as_str()).filter(|words| !words.is_empty());
        let route = self.operation.map(Operation::name).or(self.administers).unwrap_or("none");
        let administrator = self.administrator.as_deref();
        let duration_ms = f64::from(micros(whole)) / 1000.0;
        let overhead_us = micros(self.overhead(whole));
        match end.diagnosis {
            None if !self.live.settings.log_successes => {}
            None => tracing::info!(
                request.id = %self.id, status = end.status, route, key.id = key, administrator.id = administrator, model.name = model,
                tokens.input = model.map(|_| self.usage.input), tokens.output = model.map(|_| self.usage.output),
                duration_ms, overhead_us, "request answered"
            ),
            // An unknown caller may come a thousand times a second: those are counted by the minute instead.
            Some(_) if self.caller.is_none() && administrator.is_none() => {}
            Some(d) => tracing::warn!(
                request.id = %self.id, status = end.status, route, key.id = key, administrator.id = administrator, model.name = model,
                cause = d.cause.slug, evidence = d.evidence_text(512), provider, duration_ms, "request failed"
            ),
        }
    }
}

impl Drop for Trace {
    /// The caller hung up, or the task was ended: what had arrived is still recorded.
    fn drop(&mut self) {
        if !self.settled && self.admitted.is_some() {
            match self.pausing {
                true => self.paused(),
                false if self.attempts.made > 0 => self.waited(),
                false => _ = self.lap(),
            }
            // Between two attempts: it is the caller's leaving that ended the request, not the last failure.
            self.keep_failed();
            let diagnosis = Diagnosis::new(&tollgate_errors::catalog::CLIENT_ABORTED).evidence(self.abandoned);
            self.settle(&End { status: 499, outcome: Outcome::Abandoned, diagnosis: Some(&diagnosis) });
        }
    }
}

/// Adds a fact to others.
fn join(evidence: &mut String, more: &str) {
    if !evidence.is_empty() {
        evidence.push_str("; ");
    }
    evidence.push_str(more);
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

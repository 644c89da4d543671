//! A provider's answer, passed to the caller.
//!
//! In: an [`Answered`]. Out: an [`Answer`]: whole where it is short enough to be held until its record is written, or
//! a [`Streaming`] that hands on pieces as they come. Usage is noted in passing; the settlement is written before
//! the last piece leaves; a failure on the way is the last event of a stream.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tollgate_core::operation::Operation;
use tollgate_core::record::Outcome;
use tollgate_errors::Show;
use tollgate_providers::openai::stream::{Api, StreamReader, model_named};
use tollgate_providers::openai::usage;

use crate::answer::{Answer, AnswerBody, Lines};
use crate::catalog::Deployment;
use crate::record::{End, Trace};
use crate::respond;
use crate::send::{Answered, SendError, Source};
use crate::upstream::{AnswerHead, UpstreamError};
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// JSON answers up to this are held whole, so that their record exists before their first byte leaves.
const HELD_MAX: usize = 256 << 10;
/// How long the proper end of an answer is awaited after its last event has come.
const END_WAIT: Duration = Duration::from_millis(500);

/// Passes an answer on.
pub(crate) async fn to_caller(
    worker: &Worker,
    watch: &Watch,
    mut answered: Answered,
    mut trace: Box<Trace>,
    show: Show,
) -> Result<Answer, Box<(SendError, Box<Trace>)>> {
    trace.upstream_request_id = std::mem::take(&mut answered.head.request_id);
    let status = answered.head.status;
    if (300..400).contains(&status) {
        let deployment = &answered.deployment;
        let (id, provider) = (deployment.id.clone(), deployment.provider.name.clone());
        return Err(Box::new((SendError::Redirect { deployment: id, provider, status }, trace)));
    }
    if status >= 400 {
        return Err(Box::new((provider_error(worker, watch, answered, &mut trace).await, trace)));
    }
    if answered.head.is_event_stream() {
        return Ok(stream(answered, trace, show));
    }
    let mut held = Vec::new();
    match hold(worker, watch, &mut answered, &mut trace, &mut held).await {
        Err(e) => {
            let total = worker.shared.settings.timeouts.total;
            Err(Box::new((SendError::upstream(&answered.deployment, e, total), trace)))
        }
        Ok(false) => Ok(long(answered, trace, held)),
        Ok(true) => whole(worker, &answered, trace, held).await,
    }
}

/// Reads into `held` until the end or the ceiling; whether the end was reached.
async fn hold(
    worker: &Worker,
    watch: &Watch,
    answered: &mut Answered,
    trace: &mut Trace,
    held: &mut Vec<u8>,
) -> Result<bool, UpstreamError> {
    match &mut answered.source {
        Source::Ready(body) => {
            *held = std::mem::take(body);
            Ok(true)
        }
        Source::Events(..) => Ok(false),
        Source::Upstream(body) => {
            if answered.head.length.is_some_and(|n| n > HELD_MAX as u64) {
                return Ok(false);
            }
            held.reserve_exact(answered.head.length.map_or(4096, |n| n as usize));
            let read = loop {
                match body.read(worker, watch, held).await {
                    Ok(false) if held.len() <= HELD_MAX => {}
                    other => break other,
                }
            };
            trace.waited();
            read
        }
    }
}

/// An answer held whole: settled, then sent in one piece.
async fn whole(
    worker: &Worker,
    answered: &Answered,
    mut trace: Box<Trace>,
    body: Vec<u8>,
) -> Result<Answer, Box<(SendError, Box<Trace>)>> {
    if let Some((what, html)) = no_answer(&answered.head, &body) {
        let deployment = &answered.deployment;
        let (id, provider) = (deployment.id.clone(), deployment.provider.name.clone());
        return Err(Box::new((SendError::Shape { deployment: id, provider, what, html }, trace)));
    }
    trace.first_byte = Some(trace.latest);
    trace.usage = usage::last(&body).unwrap_or_default();
    if let Some(model) = model_named(&body) {
        model.clone_into(&mut trace.model_answered);
    }
    trace.answer_bytes = body.len() as u64;
    let end = End { status: answered.head.status, outcome: Outcome::Complete, diagnosis: None };
    let settled = trace.settle(&end);
    let mut lines = Lines::new();
    headers(&mut lines, &answered.head, &trace);
    if let Some(position) = settled
        && let Err(e) = worker.written(position).await
    {
        tracing::error!(request.id = %trace.id, error = %e, "a settlement could not be written");
    }
    Ok(Answer::whole(answered.head.status, lines.done(), body))
}

/// What a 2xx body is where it is no answer at all.
fn no_answer(head: &AnswerHead, body: &[u8]) -> Option<(&'static str, bool)> {
    let start = body.trim_ascii_start();
    if head.content_type.to_ascii_lowercase().starts_with("text/html")
        || start.starts_with(b"<!DOCTYPE")
        || start.starts_with(b"<html")
    {
        return Some(("a web page", true));
    }
    match start.first() {
        None => Some(("an empty body", false)),
        Some(b'{') => None,
        _ if !head.is_json() => None,
        Some(b'n') => Some(("null", false)),
        Some(_) => Some(("JSON that is no object", false)),
    }
}

/// The headers of a successful answer.
fn headers(lines: &mut Lines, head: &AnswerHead, trace: &Trace) {
    if !head.content_type.is_empty() {
        lines.add("content-type", &head.content_type);
    }
    lines.common(trace);
    // Known before the answer names it, so that a stream's head can carry it too.
    if let Some(deployment) = trace.deployment.as_ref().filter(|d| d.rename.is_some()) {
        lines.add("x-tollgate-model", &deployment.model);
    }
}

/// The provider's error: its body read whole, for it is short or it is cut.
async fn provider_error(worker: &Worker, watch: &Watch, mut answered: Answered, trace: &mut Trace) -> SendError {
    let mut held = Vec::new();
    // An error whose body breaks off is still that error.
    let _ = hold(worker, watch, &mut answered, trace, &mut held).await;
    held.truncate(HELD_MAX);
    let deployment = answered.deployment.id.clone();
    let provider = answered.deployment.provider.name.clone();
    let status = answered.head.status;
    let ours = !matches!(answered.source, Source::Ready(_));
    // A 403 may be about the region or the content; only one about our credential is ours to hide.
    let cause = tollgate_errors::classify_provider(status, &answered.head.content_type, &held);
    if ours && matches!(status, 401 | 403) && cause.slug == "upstream_credential_rejected" {
        let text = String::from_utf8_lossy(&held[..held.len().min(1024)]).into_owned();
        return SendError::CredentialRejected { deployment, provider, status, text };
    }
    let content_type = answered.head.content_type.into_owned();
    SendError::Provider {
        deployment,
        provider,
        status,
        content_type,
        retry_after: answered.head.retry_after,
        body: held,
    }
}

fn stream(answered: Answered, trace: Box<Trace>, show: Show) -> Answer {
    let api = match trace.operation {
        Some(Operation::Responses) => Api::Responses,
        _ => Api::Completions,
    };
    let reader = StreamReader::new(api, answered.asked_usage);
    streaming(answered, trace, Vec::new(), Some(reader), show)
}

/// An answer too long to be held: passed on as it comes.
fn long(answered: Answered, trace: Box<Trace>, held: Vec<u8>) -> Answer {
    streaming(answered, trace, held, None, Show::Off)
}

fn streaming(
    answered: Answered,
    mut trace: Box<Trace>,
    held: Vec<u8>,
    reader: Option<StreamReader>,
    show: Show,
) -> Answer {
    let mut lines = Lines::new();
    headers(&mut lines, &answered.head, &trace);
    if reader.is_some() {
        // Proxies between us and the caller buffer otherwise (nginx: X-Accel-Buffering).
        lines.0.extend_from_slice(b"cache-control: no-cache\r\nx-accel-buffering: no\r\n");
    }
    trace.streams = reader.is_some();
    trace.deployment = Some(answered.deployment.clone());
    let length = if reader.is_some() { None } else { answered.head.length };
    let status = answered.head.status;
    let body = Streaming {
        source: answered.source,
        deployment: answered.deployment,
        status,
        length,
        reader,
        show,
        held,
        tail: Vec::new(),
        finished: false,
        trace,
    };
    Answer { status, headers: lines.done(), body: AnswerBody::Stream(Box::new(body)), close: false }
}

/// An answer that is passed on piece by piece.
pub(crate) struct Streaming {
    source: Source,
    deployment: Arc<Deployment>,
    status: u16,
    /// The length of the whole, where it is known beforehand.
    pub(crate) length: Option<u64>,
    /// `None`: no event stream.
    reader: Option<StreamReader>,
    show: Show,
    held: Vec<u8>,
    /// The end of what has gone on, where usage may stand, of an answer that is no event stream.
    tail: Vec<u8>,
    finished: bool,
    trace: Box<Trace>,
}

/// Bytes at the end of a long answer in which its usage is looked for.
const TAIL: usize = 4 << 10;

/// A piece that may go on: the first bytes of [`Streaming::bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) len: usize,
    /// Nothing follows.
    pub(crate) last: bool,
    /// The answer breaks off here: its framing must not end properly, where it has no events to say so.
    pub(crate) broken: bool,
}

impl Streaming {
    pub(crate) fn bytes(&self, piece: Piece) -> &[u8] {
        &self.held[..piece.len]
    }

    /// The caller took nothing for too long, and the connection is closed: the record is to say so.
    pub(crate) fn stalled(&mut self) {
        self.trace.abandoned = "the caller took nothing of the answer for as long as timeouts.body_idle allows";
    }

    /// Takes off a piece that has been written.
    pub(crate) fn taken(&mut self, piece: Piece) {
        self.trace.answer_bytes += piece.len as u64;
        if piece.len == self.held.len() {
            self.held.clear();
            // A burst is over: ten thousand streams that wait need no buffer of its size.
            if self.held.capacity() > 32 << 10 {
                self.held.shrink_to(4 << 10);
            }
        } else {
            self.held.drain(..piece.len);
        }
    }

    /// The next piece. Before the last one the settlement is in the journal.
    pub(crate) async fn next(&mut self, worker: &Worker, watch: &Watch) -> Piece {
        if self.finished {
            return Piece { len: 0, last: true, broken: false };
        }
        loop {
            let ended = if self.reader.is_none() && !self.held.is_empty() && self.trace.answer_bytes == 0 {
                // What was held before the answer turned out to be long goes first.
                false
            } else {
                match self.read(worker, watch).await {
                    Ok(ended) => ended,
                    Err(error) => return self.broke(worker, error).await,
                }
            };
            let Some(reader) = &mut self.reader else {
                return self.pass_long(worker, ended).await;
            };
            let len = reader.pass(&mut self.held);
            let facts = *reader.facts();
            if self.trace.first_byte.is_none() && facts.events > 0 {
                self.trace.waited();
                self.trace.first_byte = Some(self.trace.latest);
                if let Some(model) = model_named(&self.held[..len]) {
                    model.clone_into(&mut self.trace.model_answered);
                }
            }
            if let Some(usage) = facts.usage {
                self.trace.usage = usage;
            }
            if ended || facts.done {
                return self.ended(worker, ended, len).await;
            }
            if len > 0 {
                return Piece { len, last: false, broken: false };
            }
        }
    }

    async fn read(&mut self, worker: &Worker, watch: &Watch) -> Result<bool, UpstreamError> {
        match &mut self.source {
            Source::Ready(body) => {
                self.held.append(body);
                Ok(true)
            }
            Source::Events(events, pause) => {
                if self.trace.first_byte.is_some() && !pause.is_zero() {
                    tokio::time::sleep(*pause).await;
                }
                // Without a pause they all leave at once.
                let n = if pause.is_zero() { usize::MAX } else { 1 };
                for event in events.by_ref().take(n) {
                    self.held.extend_from_slice(&event);
                }
                Ok(events.as_slice().is_empty())
            }
            Source::Upstream(body) => {
                watch.enter(Phase::Idle, self.deployment.provider.timeouts.idle);
                body.read(worker, watch, &mut self.held).await
            }
        }
    }

    /// The stream's last event has come, or its bytes have ended.
    async fn ended(&mut self, worker: &Worker, ended: bool, len: usize) -> Piece {
        let facts = self.reader.as_ref().map(|r| *r.facts()).unwrap_or_default();
        if !facts.done && !facts.finished && !facts.failed {
            let reason = "the stream ended without a finish_reason".to_owned();
            return self.broke(worker, UpstreamError::ClosedInsideAnswer { reason }).await;
        }
        let mut len = len;
        if !facts.done && matches!(self.reader.as_ref().map(StreamReader::api), Some(Api::Completions)) && !facts.failed
        {
            // It ended properly but for the mark that clients wait for.
            self.held.truncate(len);
            self.held.extend_from_slice(b"data: [DONE]\n\n");
            len = self.held.len();
        }
        if facts.failed {
            // Its own words have gone on to the caller; the record and the log say that it was no success.
            let diagnosis = respond::failed_stream(&self.deployment);
            self.finish(worker, Outcome::Failed, Some(&diagnosis)).await;
        } else {
            self.finish(worker, Outcome::Complete, None).await;
        }
        if !ended {
            self.give_back(worker);
        }
        Piece { len, last: true, broken: false }
    }

    /// The last event has come, the end of the bytes not yet: it is awaited aside, so that the connection can be
    /// used again while the caller has its answer.
    fn give_back(&mut self, worker: &Worker) {
        let Source::Upstream(mut body) = std::mem::replace(&mut self.source, Source::Ready(Vec::new())) else {
            return;
        };
        let mut rest = Vec::new();
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        match body.poll_read(&mut cx, worker, &mut rest) {
            Poll::Pending => {}
            Poll::Ready(_) => return,
        }
        let worker = self.trace.worker.clone();
        crate::executor::spawn(async move {
            let end = poll_fn(|cx| {
                loop {
                    rest.clear();
                    match body.poll_read(cx, &worker, &mut rest) {
                        Poll::Ready(Ok(false)) => {}
                        Poll::Ready(_) => return Poll::Ready(()),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            });
            let _ = tokio::time::timeout(END_WAIT, end).await;
        });
    }

    /// The stream broke off: the caller is told in its last event, and never by a clean end.
    async fn broke(&mut self, worker: &Worker, error: UpstreamError) -> Piece {
        let total = worker.shared.settings.timeouts.total;
        let error = SendError::upstream(&self.deployment, error, total);
        let diagnosis = respond::broken_stream(&error);
        self.trace.private = respond::for_operators(&error);
        self.source = Source::Ready(Vec::new());
        let Some(reader) = &mut self.reader else {
            self.finish(worker, Outcome::Interrupted, Some(&diagnosis)).await;
            return Piece { len: 0, last: true, broken: true };
        };
        // What is held of an event that will never be whole helps nobody.
        let len = reader.pass(&mut self.held);
        self.held.truncate(len);
        if reader.inside_event() {
            self.held.extend_from_slice(b"\n\n");
        }
        let sequence = (reader.api() == Api::Responses).then(|| reader.facts().next_sequence);
        let docs = &worker.shared.settings.docs_base;
        let event = tollgate_errors::stream_event(&diagnosis, self.show, docs, sequence);
        self.held.extend_from_slice(&event);
        self.finish(worker, Outcome::Interrupted, Some(&diagnosis)).await;
        Piece { len: self.held.len(), last: true, broken: false }
    }

    async fn pass_long(&mut self, worker: &Worker, ended: bool) -> Piece {
        let len = self.held.len();
        self.trace.first_byte.get_or_insert(self.trace.latest);
        self.tail.extend_from_slice(&self.held[len.saturating_sub(TAIL)..]);
        let excess = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..excess);
        if ended {
            self.trace.usage = usage::last(&self.tail).unwrap_or_default();
            self.finish(worker, Outcome::Complete, None).await;
        }
        Piece { len, last: ended, broken: false }
    }

    async fn finish(&mut self, worker: &Worker, outcome: Outcome, diagnosis: Option<&tollgate_errors::Diagnosis>) {
        self.finished = true;
        // A stream's time is its provider's from the head on; what we add between two chunks is not told apart.
        self.trace.waited();
        self.trace.answer_bytes += self.held.len() as u64;
        let settled = self.trace.settle(&End { status: self.status, outcome, diagnosis });
        if let Some(position) = settled
            && let Err(e) = worker.written(position).await
        {
            tracing::error!(request.id = %self.trace.id, error = %e, "a settlement could not be written");
        }
    }
}

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
use tollgate_core::record::{EVIDENCE_MAX, Outcome};
use tollgate_core::usage::Usage;
use tollgate_errors::{Diagnosis, Show};
use tollgate_providers::openai::response;
use tollgate_providers::openai::stream::{Api, StreamFacts, StreamReader, event_data, model_named};
use tollgate_providers::openai::usage;

use crate::answer::{Answer, AnswerBody, Lines};
use crate::attempt::{Answered, Begun, Content, Source};
use crate::balance::Busy;
use crate::catalog::{Deployment, Reach};
use crate::record::{End, Trace};
use crate::respond;
use crate::resume::{Resume, SameId};
use crate::sandbox::Failing;
use crate::send::{self, SendError};
use crate::upstream::{AnswerHead, UpstreamError};
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// How long the proper end of an answer is awaited after its last event has come.
const END_WAIT: Duration = Duration::from_millis(500);

/// Passes an answer on.
pub(crate) async fn to_caller(
    worker: &Worker,
    answered: Answered,
    mut trace: Box<Trace>,
    show: Show,
    resume: Option<Box<Resume>>,
) -> Answer {
    let Answered { head, deployment, content, source, busy, asked } = answered;
    let resume = resume.filter(|_| asked.is_none());
    match content {
        Content::Whole { body, usage, model } => {
            note_origin(worker, &trace, &deployment, || response::id(&body));
            trace.usage = usage.unwrap_or_default();
            trace.model_answered = model;
            whole(worker, &head, trace, body).await
        }
        Content::Long(held) => {
            note_origin(worker, &trace, &deployment, || response::id(&held));
            streaming(&head, Streaming { asked, ..Streaming::new(deployment, source, busy, head.status, held, trace) })
        }
        Content::Stream(begun) => {
            trace.first_byte = Some(trace.latest);
            let Begun { reader, held, ready, ended } = begun;
            note_origin(worker, &trace, &deployment, || response::id_of_event(event_data(&held[..ready])?));
            if let Some(model) = model_named(&held[..ready]) {
                model.clone_into(&mut trace.model_answered);
            }
            let body = Streaming::new(deployment, source, busy, head.status, held, trace);
            let reader = Some(reader);
            streaming(&head, Streaming { reader, begun: Some((ready, ended)), show, resume, asked, ..body })
        }
    }
}

/// An answer held whole: settled, then sent in one piece.
async fn whole(worker: &Worker, head: &AnswerHead, mut trace: Box<Trace>, body: Vec<u8>) -> Answer {
    trace.first_byte = Some(trace.latest);
    trace.answer_bytes = body.len() as u64;
    let end = End { status: head.status, outcome: Outcome::Complete, diagnosis: None };
    let settled = trace.settle(&end);
    let mut lines = Lines::new();
    headers(&mut lines, head, &trace);
    if let Some(position) = settled
        && let Err(e) = worker.written(position).await
    {
        tracing::error!(request.id = %trace.id, error = %e, "a settlement could not be written");
    }
    Answer::whole(head.status, lines.done(), body)
}

/// Whether a stream of events is broken: it has ended without its end, or one of its events is none.
pub(crate) fn broken(facts: &StreamFacts, ended: bool) -> Option<UpstreamError> {
    if facts.garbled {
        return Some(UpstreamError::Garbled { what: "an event of the stream is no JSON object" });
    }
    (ended && !facts.done && !facts.finished && !facts.failed).then(|| {
        let reason = "the stream ended without a finish_reason".to_owned();
        UpstreamError::ClosedInsideAnswer { reason }
    })
}

/// Notes which provider has made a response: it may have stored it.
fn note_origin(worker: &Worker, trace: &Trace, deployment: &Deployment, id: impl FnOnce() -> Option<String>) {
    if trace.operation == Some(Operation::Responses)
        && matches!(deployment.provider.reach, Reach::Upstream(_))
        && let (Some(caller), Some(id)) = (&trace.caller, id())
    {
        worker.shared.origins.note(&caller.project.id, &id, deployment);
    }
}

/// What two attempts at one stream have used together.
fn sum(a: &Usage, b: &Usage) -> Usage {
    Usage {
        input: a.input.saturating_add(b.input),
        cached_input: a.cached_input.saturating_add(b.cached_input),
        cache_write: a.cache_write.saturating_add(b.cache_write),
        audio_input: a.audio_input.saturating_add(b.audio_input),
        output: a.output.saturating_add(b.output),
        reasoning: a.reasoning.saturating_add(b.reasoning),
        audio_output: a.audio_output.saturating_add(b.audio_output),
    }
}

/// The headers of a successful answer.
fn headers(lines: &mut Lines, head: &AnswerHead, trace: &Trace) {
    if !head.content_type.is_empty() {
        lines.add("content-type", &head.content_type);
    }
    lines.common(trace);
    if let Some(fallback) = trace.fallback() {
        lines.add("x-tollgate-model", fallback);
    }
}

fn streaming(head: &AnswerHead, mut body: Streaming) -> Answer {
    let mut lines = Lines::new();
    headers(&mut lines, head, &body.trace);
    if body.reader.is_some() {
        // Proxies between us and the caller buffer otherwise (nginx: X-Accel-Buffering).
        lines.0.extend_from_slice(b"cache-control: no-cache\r\nx-accel-buffering: no\r\n");
    }
    body.trace.streams = body.reader.is_some();
    body.length = if body.reader.is_some() { None } else { head.length };
    Answer { status: head.status, headers: lines.done(), body: AnswerBody::Stream(Box::new(body)), close: false }
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
    /// Of a stream that has begun: how much of what is held may go on, and whether its bytes have ended.
    begun: Option<(usize, bool)>,
    show: Show,
    /// What it takes to go on where the stream breaks off, where the model is set so.
    resume: Option<Box<Resume>>,
    /// It breaks off because the sandbox was asked to.
    asked: Option<Box<Failing>>,
    /// Of a stream that was continued: the id of its chunks.
    same_id: Option<SameId>,
    /// What earlier attempts at this stream have used.
    spent: Usage,
    held: Vec<u8>,
    /// The end of what has gone on, where usage may stand, of an answer that is no event stream.
    tail: Vec<u8>,
    finished: bool,
    trace: Box<Trace>,
    _busy: Option<Busy>,
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
    fn new(
        deployment: Arc<Deployment>,
        source: Source,
        busy: Option<Busy>,
        status: u16,
        held: Vec<u8>,
        trace: Box<Trace>,
    ) -> Self {
        Self {
            source,
            deployment,
            status,
            length: None,
            reader: None,
            begun: None,
            show: Show::Off,
            resume: None,
            asked: None,
            same_id: None,
            spent: Usage::default(),
            held,
            tail: Vec::new(),
            finished: false,
            trace,
            _busy: busy,
        }
    }

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
            if self.reader.is_none() {
                return self.next_long(worker, watch).await;
            }
            let (len, ended) = match self.begun.take() {
                Some(begun) => begun,
                None => match self.read(worker, watch).await {
                    Ok(ended) => (self.pass(), ended),
                    Err(error) => match Box::pin(self.broke(worker, watch, error, 0)).await {
                        Some(piece) => return piece,
                        None => continue,
                    },
                },
            };
            let facts = self.facts();
            match facts.usage {
                Some(usage) => {
                    self.trace.unmetered = 0;
                    self.trace.usage = sum(&self.spent, &usage);
                }
                None => self.trace.unmetered = facts.chunks,
            }
            if let Some(resume) = &mut self.resume {
                resume.note(&self.held[..len]);
            }
            if let Some(error) = broken(&facts, ended) {
                match Box::pin(self.broke(worker, watch, error, len)).await {
                    Some(piece) => return piece,
                    None => continue,
                }
            }
            if ended || facts.done || facts.failed {
                return self.ended(worker, ended, len).await;
            }
            if len > 0 {
                return Piece { len, last: false, broken: false };
            }
        }
    }

    fn pass(&mut self) -> usize {
        let Some(reader) = &mut self.reader else {
            return self.held.len();
        };
        let ready = reader.pass(&mut self.held);
        self.same_id.as_ref().map_or(ready, |same| same.apply(&mut self.held, ready))
    }

    fn facts(&self) -> StreamFacts {
        self.reader.as_ref().map(|r| *r.facts()).unwrap_or_default()
    }

    /// Has another deployment continue the stream, which broke off behind `len` good bytes. Else says why it does not,
    /// where one was asked.
    async fn go_on(
        &mut self,
        worker: &Worker,
        watch: &Watch,
        error: &SendError,
        len: usize,
    ) -> Result<(), Option<Diagnosis>> {
        let resume = self.resume.take().filter(|_| !error.is_ours()).ok_or(None)?;
        self.trace.attempt_failed(self.status, respond::broken_stream(error).cause.slug);
        self.trace.reckon();
        let resumed = resume.go_on(worker, watch, &self.deployment, &mut self.trace).await?;
        self.spent = self.trace.usage;
        self.held.truncate(len);
        self.held.extend_from_slice(&resumed.held);
        self.begun = Some((len + resumed.ready, resumed.ended));
        self.reader = Some(resumed.reader);
        self.source = resumed.source;
        self.deployment = resumed.deployment;
        self.same_id = Some(resumed.same_id);
        self.resume = Some(resume);
        Ok(())
    }

    /// The next piece of an answer that is no stream of events.
    async fn next_long(&mut self, worker: &Worker, watch: &Watch) -> Piece {
        // What was held before the answer turned out to be long goes first.
        if self.held.is_empty() || self.trace.answer_bytes > 0 {
            match self.read(worker, watch).await {
                Ok(ended) => return self.pass_long(worker, ended).await,
                Err(error) => {
                    let error = self.failed(error);
                    self.finish(worker, Outcome::Interrupted, Some(&respond::broken_stream(&error))).await;
                    return Piece { len: 0, last: true, broken: true };
                }
            }
        }
        self.pass_long(worker, false).await
    }

    /// The provider's side broke off: its deployment and the record are told.
    fn failed(&mut self, error: UpstreamError) -> SendError {
        self.trace.waited();
        let error =
            SendError::upstream(&self.deployment, error, self.trace.accepted, self.trace.live.settings.timeouts.total);
        if self.asked.is_none() {
            send::blame(&self.trace.worker, &self.deployment, &error, self.trace.latest);
        }
        self.trace.private = respond::for_operators(&error);
        self.source = Source::Ready(Vec::new());
        error
    }

    async fn read(&mut self, worker: &Worker, watch: &Watch) -> Result<bool, UpstreamError> {
        match &mut self.source {
            Source::Ready(body) => {
                self.held.append(body);
                Ok(true)
            }
            Source::Events(events, pause) => {
                if self.trace.first_byte.is_some() && !pause.is_zero() {
                    watch.enter(Phase::Idle, self.deployment.timeouts.idle.max(*pause));
                    watch.limit(Box::pin(tokio::time::sleep(*pause))).await?;
                }
                // Without a pause they all leave at once.
                let n = if pause.is_zero() { usize::MAX } else { 1 };
                for event in events.by_ref().take(n) {
                    self.held.extend_from_slice(&event);
                }
                Ok(events.as_slice().is_empty())
            }
            Source::Upstream(body) => {
                watch.enter(Phase::Idle, self.deployment.timeouts.idle);
                body.read(worker, watch, &mut self.held).await
            }
        }
    }

    /// The stream's last event has come, or its bytes have ended.
    async fn ended(&mut self, worker: &Worker, ended: bool, len: usize) -> Piece {
        let facts = self.facts();
        let mut len = len;
        if !facts.done && matches!(self.reader.as_ref().map(StreamReader::api), Some(Api::Completions)) && !facts.failed
        {
            // It ended properly but for the mark that clients wait for.
            self.held.truncate(len);
            self.held.extend_from_slice(b"data: [DONE]\n\n");
            len = self.held.len();
        }
        if facts.failed {
            let diagnosis = self.tell_failed(len);
            len = self.held.len();
            self.finish(worker, Outcome::Failed, Some(&diagnosis)).await;
        } else {
            self.finish(worker, Outcome::Complete, None).await;
        }
        if !ended {
            self.give_back(worker);
        }
        Piece { len, last: true, broken: false }
    }

    /// Puts the event in which the caller is told of an error that the provider reported behind the first `len` bytes held,
    /// and takes away what else is held: nothing follows an error.
    fn tell_failed(&mut self, len: usize) -> Diagnosis {
        self.held.truncate(len);
        let mut error = self.reader.as_ref().and_then(StreamReader::error).unwrap_or_default().to_vec();
        if let Some(secret) = self.deployment.provider.secret() {
            secret.hide(&mut error);
        }
        let diagnosis = respond::failed_stream(&self.deployment, &error, &self.trace);
        self.trace.private = respond::words_for_operators(&error);
        let sequence = self.sequence();
        let docs = &self.trace.live.settings.docs_base;
        self.held.extend_from_slice(&tollgate_errors::adopt_event(&error, &diagnosis, self.show, docs, sequence));
        diagnosis
    }

    /// The number of the next event, where events are numbered.
    fn sequence(&self) -> Option<u64> {
        let responses = self.reader.as_ref().filter(|reader| reader.api() == Api::Responses);
        responses.map(|reader| reader.facts().next_sequence)
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

    /// The stream broke off behind `len` bytes that may go on. Where nobody continues it, the caller is told in its
    /// last event, and never by a clean end.
    async fn broke(&mut self, worker: &Worker, watch: &Watch, error: UpstreamError, len: usize) -> Option<Piece> {
        let error = self.failed(error);
        let mut diagnosis = match &self.asked {
            Some(failing) => failing.in_a_stream(&error),
            None => respond::broken_stream(&error),
        };
        match self.go_on(worker, watch, &error, len).await {
            Ok(()) => return None,
            Err(Some(vain)) => diagnosis = diagnosis.evidence(vain.evidence_text(EVIDENCE_MAX)),
            Err(None) => {}
        }
        // What is held of an event that will never be whole helps nobody.
        self.held.truncate(len);
        if self.reader.as_ref().is_some_and(StreamReader::inside_event) {
            self.held.extend_from_slice(b"\n\n");
        }
        let sequence = self.sequence();
        let docs = &self.trace.live.settings.docs_base;
        let event = tollgate_errors::stream_event(&diagnosis, self.show, docs, sequence);
        self.held.extend_from_slice(&event);
        self.finish(worker, Outcome::Interrupted, Some(&diagnosis)).await;
        Some(Piece { len: self.held.len(), last: true, broken: false })
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

    async fn finish(&mut self, worker: &Worker, outcome: Outcome, diagnosis: Option<&Diagnosis>) {
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

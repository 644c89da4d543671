//! One attempt at one deployment: sent, and its answer read until it is certain to be one.
//!
//! In: an envelope and a deployment. Out: an [`Answered`], of which the caller has seen nothing yet: short JSON is held
//! whole and has been validated, of a stream the first event has come. Until then a failure costs the caller nothing,
//! and another deployment may be asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Method;
use tollgate_core::operation::Operation;
use tollgate_core::usage::Usage;
use tollgate_errors::{Answer, Found, catalog as causes, classify_answer, classify_event, error_in_success};
use tollgate_providers::json::JsonError;
use tollgate_providers::openai::answer;
use tollgate_providers::openai::stream::{Api, StreamReader};

use crate::balance::Busy;
use crate::catalog::{Deployment, Reach, Upstream};
use crate::fit::Adapted;
use crate::live::Live;
use crate::read::Envelope;
use crate::record::Trace;
use crate::request::Request;
use crate::sandbox::Failing;
use crate::send::SendError;
use crate::translate::Translated;
use crate::upstream::{self, AnswerHead, Body, Call, UpstreamError};
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// JSON answers up to this are held whole, so that their record exists before their first byte leaves.
pub(crate) const HELD_MAX: usize = 256 << 10;
/// Of an error, what is read: servers that repeat what they refuse put code and type behind hundreds of kilobytes.
const ERROR_MAX: usize = 1 << 20;
/// Comments of a stream (`: still at it`) that are held back before its first event; beyond, they go on.
const COMMENTS_MAX: usize = 64 << 10;

const NO_STREAM: &str = "a whole answer although a stream was asked for";

/// A provider's answer that the caller can be given.
pub(crate) struct Answered {
    pub(crate) head: AnswerHead,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) content: Content,
    /// The rest of its body, where it has not ended.
    pub(crate) source: Source,
    /// Counts it as in flight, where the balance looks at that.
    pub(crate) busy: Option<Busy>,
    /// It is to break off as the caller asked the sandbox to.
    pub(crate) asked: Option<Box<Failing>>,
}

/// What has come of an answer.
pub(crate) enum Content {
    /// All of it.
    Whole {
        body: Vec<u8>,
        usage: Option<Usage>,
        /// The model it names.
        model: String,
    },
    /// The start of one too long to be held.
    Long(Vec<u8>),
    /// The start of a stream.
    Stream(Begun),
}

/// A stream whose first event has come.
pub(crate) struct Begun {
    pub(crate) reader: StreamReader,
    /// What has come.
    pub(crate) held: Vec<u8>,
    /// How much of it may go on.
    pub(crate) ready: usize,
    /// The bytes have ended.
    pub(crate) ended: bool,
}

/// Where the bytes of an answer come from.
pub(crate) enum Source {
    Upstream(Body),
    /// Whole already: the sandbox's. Empty once it was taken.
    Ready(Vec<u8>),
    /// The sandbox's stream: events, and the pause between them.
    Events(std::vec::IntoIter<Vec<u8>>, Duration),
}

/// What a provider said of a failure, without our credential where it repeated that. [`Attempt::without_credential`] alone makes one,
/// and what is told, logged or kept of a provider's failure is made of one.
struct Said {
    head: AnswerHead,
    body: Vec<u8>,
}

/// The head of a reply, where its bytes come from, and whether a stream's usage event was asked for by us.
pub(crate) type Reply = (AnswerHead, Source, bool);

/// What an attempt is made with.
pub(crate) struct Attempt<'a> {
    pub(crate) worker: &'a Worker,
    pub(crate) live: &'a Live,
    pub(crate) watch: &'a Watch,
    pub(crate) envelope: &'a Envelope<'a>,
    pub(crate) request: &'a Request,
    pub(crate) deployment: &'a Arc<Deployment>,
    pub(crate) began: Instant,
    /// How the request was changed so that it fits the model there.
    pub(crate) adapted: Option<&'a Adapted>,
}

impl Attempt<'_> {
    /// Makes it.
    pub(crate) async fn make(&self, trace: &mut Trace) -> Result<Answered, SendError> {
        let total = self.request.accepted + self.live.settings.timeouts.total;
        self.watch.set_total(Some(total.min(self.began + self.deployment.timeouts.total)));
        let busy = self.deployment.measured.then(|| Busy::new(self.deployment));
        let answered = match &self.deployment.provider.reach {
            Reach::Sandbox => self.make_in_sandbox(trace).await,
            Reach::Upstream(upstream) => {
                let reply = self.ask(upstream, trace).await.map_err(|e| self.failed(e))?;
                self.read_answer(trace, reply).await
            }
        };
        answered.map(|answered| Answered { busy, ..answered })
    }

    /// Reads a reply, whose head has come, until it is certain to be an answer.
    pub(crate) async fn read_answer(&self, trace: &mut Trace, reply: Reply) -> Result<Answered, SendError> {
        let (mut head, mut source, asked_usage) = reply;
        trace.upstream_request_id = std::mem::take(&mut head.request_id);
        match self.content(&mut head, &mut source, asked_usage).await {
            Ok(content) => {
                Ok(Answered { head, deployment: self.deployment.clone(), content, source, busy: None, asked: None })
            }
            Err(error) => {
                if let Some(secret) = self.deployment.provider.secret() {
                    trace.upstream_request_id = secret.hidden(&trace.upstream_request_id);
                }
                Err(error)
            }
        }
    }

    async fn content(
        &self,
        head: &mut AnswerHead,
        source: &mut Source,
        asked_usage: bool,
    ) -> Result<Content, SendError> {
        match head.status {
            300..=399 => Err(self.redirect(head.status)),
            400.. => Err(self.provider_error(std::mem::take(head), source).await),
            _ if head.is_event_stream() && self.envelope.peek.stream() => {
                Ok(Content::Stream(self.begin(head, source, asked_usage).await?))
            }
            _ if head.is_event_stream() => Err(self.lasting_shape(head.status, "a stream that nobody asked for")),
            _ => self.hold(head, source).await,
        }
    }

    /// Asks about a response that the provider has stored: a call of another method and path than the operation's.
    pub(crate) async fn make_about_stored(&self, trace: &mut Trace, call: &Call<'_>) -> Result<Answered, SendError> {
        let total = self.request.accepted + self.live.settings.timeouts.total;
        self.watch.set_total(Some(total.min(self.began + self.deployment.timeouts.total)));
        let (mut head, body) = upstream::call(self.worker, self.watch, call).await.map_err(|e| self.failed(e))?;
        let source = Source::Upstream(body);
        if head.status >= 300 || !head.is_event_stream() {
            return self.read_answer(trace, (head, source, false)).await;
        }
        // Its events are no news: they pass as bytes.
        trace.upstream_request_id = std::mem::take(&mut head.request_id);
        let (deployment, content) = (self.deployment.clone(), Content::Long(Vec::new()));
        Ok(Answered { head, deployment, content, source, busy: None, asked: None })
    }

    pub(crate) async fn ask(&self, upstream: &Upstream, trace: &Trace) -> Result<Reply, UpstreamError> {
        let own = trace.spans.as_ref().map(|spans| spans.outgoing());
        let own = own.as_ref().map(|(parent, state)| (parent.as_slice(), state.as_bytes()));
        let translated = Translated::new(self, upstream, own);
        let (pieces, n) = translated.pieces();
        let call = Call {
            provider: &self.deployment.provider,
            upstream,
            timeouts: &self.deployment.timeouts,
            method: Method::POST,
            head: &translated.head,
            path: self.envelope.operation.path(),
            extra_headers: &translated.headers,
            body: &pieces[..n],
        };
        let (head, body) = upstream::call(self.worker, self.watch, &call).await?;
        Ok((head, Source::Upstream(body), translated.asked_usage))
    }

    /// Reads a short answer to its end, or the start of a long one.
    async fn hold(&self, head: &mut AnswerHead, source: &mut Source) -> Result<Content, SendError> {
        let mut body = Vec::new();
        if !self.read_held(head, source, &mut body).await.map_err(|e| self.failed(e))? {
            return match body.trim_ascii_start() {
                [b'{', ..] if self.envelope.peek.stream() => Err(self.lasting_shape(head.status, NO_STREAM)),
                [b'{', ..] => Ok(Content::Long(body)),
                // So long a body is never `null`, or an error: a web page, most likely.
                _ => Err(self.no_answer(head, &body, &JsonError::Unexpected { at: 0, expected: "'{'" })),
            };
        }
        if let Some(e) = error_in_success(&body) {
            let said = self.without_credential(std::mem::take(head), body);
            let found = Found { cause: e.cause, ..classify_answer(&self.answer(&said, e.status)) };
            return Err(self.said_error(said, e.status, found));
        }
        match answer::read(&body) {
            Ok(_) if self.envelope.peek.stream() => Err(self.lasting_shape(head.status, NO_STREAM)),
            Ok(read) => {
                let (usage, model) = (read.usage, read.model.map(str::to_owned).unwrap_or_default());
                if !head.is_json() {
                    // It is JSON, whatever its label says, and SDKs go by the label.
                    head.content_type = "application/json".into();
                }
                Ok(Content::Whole { body, usage, model })
            }
            Err(e) => Err(self.no_answer(head, &body, &e)),
        }
    }

    /// Reads into `held` until the end or the ceiling; whether the end was reached.
    async fn read_held(
        &self,
        head: &AnswerHead,
        source: &mut Source,
        held: &mut Vec<u8>,
    ) -> Result<bool, UpstreamError> {
        match source {
            Source::Ready(body) => {
                *held = std::mem::take(body);
                Ok(true)
            }
            Source::Events(..) => Ok(false),
            Source::Upstream(body) => {
                let long = head.length.is_some_and(|n| n > HELD_MAX as u64);
                held.reserve_exact(head.length.filter(|_| !long).map_or(4096, |n| n as usize));
                loop {
                    match body.read(self.worker, self.watch, held).await {
                        // Of a long one the first piece shows whether it is an answer at all.
                        Ok(false) if held.len() <= HELD_MAX && !long => {
                            self.watch.enter(Phase::Idle, self.deployment.timeouts.idle);
                        }
                        other => return other,
                    }
                }
            }
        }
    }

    /// Reads a stream until its first event has come: before that, nothing is committed.
    async fn begin(&self, head: &AnswerHead, source: &mut Source, asked_usage: bool) -> Result<Begun, SendError> {
        let mut reader = StreamReader::new(self.api(), asked_usage);
        let (mut comments, mut held) = (Vec::new(), Vec::new());
        if matches!(source, Source::Upstream(_)) {
            let left = self.deployment.timeouts.first_token.saturating_sub(self.began.elapsed());
            self.watch.enter(Phase::FirstToken, left);
        }
        loop {
            let ended = match source {
                Source::Upstream(body) => body.read(self.worker, self.watch, &mut held).await,
                Source::Ready(body) => {
                    held.append(body);
                    Ok(true)
                }
                Source::Events(events, pause) => {
                    // Without a pause they all leave at once.
                    let n = if pause.is_zero() { usize::MAX } else { 1 };
                    events.by_ref().take(n).for_each(|event| held.extend_from_slice(&event));
                    Ok(events.as_slice().is_empty())
                }
            };
            let ended = ended.map_err(|e| self.failed(e))?;
            let mut ready = reader.pass(&mut held);
            let facts = *reader.facts();
            if facts.chunks == 0 && facts.garbled {
                return Err(
                    self.failed(UpstreamError::Garbled { what: "the first event of the stream is no JSON object" })
                );
            }
            if facts.failed && facts.chunks == 1 {
                return Err(self.stream_of_error(head, reader.error().unwrap_or_default()));
            }
            if facts.chunks > 0 || facts.done || comments.len() > COMMENTS_MAX {
                if !comments.is_empty() {
                    if let Some(secret) = self.deployment.provider.secret() {
                        secret.hide(&mut comments);
                    }
                    ready += comments.len();
                    held.splice(0..0, comments);
                }
                return Ok(Begun { reader, held, ready, ended });
            }
            if ended {
                return Err(self.shape(head.status, "a stream without an event"));
            }
            comments.extend(held.drain(..ready));
        }
    }

    /// Whose events a stream has.
    pub(crate) fn api(&self) -> Api {
        if self.envelope.operation == Operation::Responses { Api::Responses } else { Api::Completions }
    }

    /// A stream whose first event is an error: nothing but that error.
    fn stream_of_error(&self, head: &AnswerHead, event: &[u8]) -> SendError {
        let head = AnswerHead { content_type: "application/json".into(), ..head.clone() };
        let said = self.without_credential(head, event.to_vec());
        let (found, status) = match error_in_success(&said.body) {
            Some(e) => {
                let found = classify_answer(&self.answer(&said, e.status));
                (Found { cause: e.cause, ..found }, e.status)
            }
            // OpenRouter's, beside the choices of a chunk.
            None if memchr::memmem::find(&said.body, b"\"error\"").is_some() => {
                let found = classify_event(&self.answer(&said, said.head.status));
                let status = found.cause.wire.status;
                (found, status)
            }
            None => (Found::new(&causes::RESPONSE_SHAPE_UNEXPECTED), 502),
        };
        self.said_error(said, status, found)
    }

    /// The provider's error: its body read whole, for it is short or it is cut.
    async fn provider_error(&self, head: AnswerHead, source: &mut Source) -> SendError {
        let body = self.read_error(source).await;
        let said = self.without_credential(head, body);
        let status = said.head.status;
        let found = classify_answer(&self.answer(&said, status));
        self.said_error(said, status, found)
    }

    /// Reads an error to its end. One whose body breaks off, or is longer than is read, is still that error.
    async fn read_error(&self, source: &mut Source) -> Vec<u8> {
        let mut held = Vec::new();
        match source {
            Source::Ready(body) => held = std::mem::take(body),
            Source::Events(..) => {}
            Source::Upstream(body) => loop {
                match body.read(self.worker, self.watch, &mut held).await {
                    Ok(false) if held.len() < ERROR_MAX => {
                        self.watch.enter(Phase::Idle, self.deployment.timeouts.idle);
                    }
                    Ok(_) | Err(_) => break,
                }
            },
        }
        held.truncate(ERROR_MAX);
        held
    }

    /// Takes our own credential out of what a provider says of a failure.
    fn without_credential(&self, mut head: AnswerHead, mut body: Vec<u8>) -> Said {
        if let Some(secret) = self.deployment.provider.secret() {
            head.hide(secret);
            secret.hide(&mut body);
        }
        Said { head, body }
    }

    /// A failed answer as the error library reads it, with the status it comes to.
    fn answer<'a>(&'a self, said: &'a Said, status: u16) -> Answer<'a> {
        Answer {
            status,
            content_type: &said.head.content_type,
            headers: &said.head.telling,
            host: self.deployment.provider.host(),
            body: &said.body,
        }
    }

    /// An error of the provider's: `status` is what it comes to, another than the head's where that promised success.
    fn said_error(&self, said: Said, status: u16, found: Found) -> SendError {
        let (deployment, provider) = self.names();
        let Said { head, body } = said;
        let answered = head.status;
        let asked = self.is_asked();
        let on_own_account = self.deployment.provider.is_on_own_account;
        // A 403 may be about the region or the content; only one about our credential is ours to hide.
        if !asked && found.cause == &causes::UPSTREAM_CREDENTIAL_REJECTED {
            let text = String::from_utf8_lossy(&body[..body.len().min(1024)]);
            let text = match found.theirs {
                Some(theirs) => format!("{}: {text}", theirs.slug),
                None => text.into_owned(),
            };
            let by = found.by;
            return SendError::CredentialRejected { deployment, provider, on_own_account, status: answered, by, text };
        }
        let content_type = head.content_type.into_owned();
        let retry_after = head.retry_after.or(found.wait.filter(|_| !asked));
        let found = Box::new(found);
        SendError::Provider {
            deployment,
            provider,
            on_own_account,
            answered,
            status,
            found,
            content_type,
            retry_after,
            body,
            asked,
        }
    }

    /// What a 2xx body is where it is no answer at all.
    fn no_answer(&self, head: &AnswerHead, body: &[u8], error: &JsonError) -> SendError {
        let start = body.trim_ascii_start();
        if head.content_type.to_ascii_lowercase().starts_with("text/html")
            || start.starts_with(b"<!DOCTYPE")
            || start.starts_with(b"<html")
        {
            let (deployment, provider) = self.names();
            let (status, what) = (head.status, "a web page");
            return SendError::Shape { deployment, provider, status, what, html: true, lasts: true };
        }
        let what = match error {
            _ if start.is_empty() => "an empty body",
            _ if start == b"null" || start.trim_ascii_end() == b"null" => "null",
            JsonError::NotAnObject => "JSON that is no object",
            JsonError::Truncated { .. } => "JSON that breaks off",
            JsonError::NotUtf8 { .. } => "text that is not UTF-8",
            _ if start.starts_with(b"{") => "broken JSON, or something behind it",
            _ => "something that is no JSON",
        };
        self.shape(head.status, what)
    }

    /// An oddity that may pass.
    fn shape(&self, status: u16, what: &'static str) -> SendError {
        let (deployment, provider) = self.names();
        SendError::Shape { deployment, provider, status, what, html: false, lasts: false }
    }

    /// One of a server that is made so.
    fn lasting_shape(&self, status: u16, what: &'static str) -> SendError {
        let (deployment, provider) = self.names();
        SendError::Shape { deployment, provider, status, what, html: false, lasts: true }
    }

    fn redirect(&self, status: u16) -> SendError {
        let (deployment, provider) = self.names();
        SendError::Redirect { deployment, provider, status }
    }

    pub(crate) fn failed(&self, error: UpstreamError) -> SendError {
        let total = self.live.settings.timeouts.total;
        SendError::upstream(self.deployment, error, self.request.accepted, total)
    }

    fn names(&self) -> (String, String) {
        (self.deployment.id.clone(), self.deployment.provider.name.clone())
    }
}

//! A stream that broke off, continued by another deployment without a seam.
//!
//! In: the request again, and what the caller has been told so far. Out: a stream that goes on behind exactly that, or
//! nothing. The next deployment is asked the whole question; its answer is read, and held back, for as long as it says
//! what the caller has already, and if it says anything else, the stream ends in an error as it would have done.
//!
//! Only for chat streams with one choice of plain text, of models that are set so; both attempts are metered.

use std::sync::Arc;

use memchr::memmem;
use tollgate_errors::Diagnosis;
use tollgate_providers::openai::delta::{self, Delta};
use tollgate_providers::openai::request::Peek;
use tollgate_providers::openai::stream::StreamReader;

use crate::attempt::{Answered, Attempt, Begun, Content, Source};
use crate::balance::{self, Choice, Marked};
use crate::breaker::Probe;
use crate::catalog::{Deployment, Model};
use crate::fit;
use crate::images;
use crate::read::Envelope;
use crate::record::Trace;
use crate::request::Request;
use crate::respond;
use crate::send::{self, SendError};
use crate::stream;
use crate::upstream::UpstreamError;
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// A larger request is not kept for the case that it is needed again.
const REQUEST_MAX: usize = 1 << 20;
/// A longer text is not kept to be compared.
const SAID_MAX: usize = 256 << 10;

/// What is needed to ask again.
pub(crate) struct Resume {
    model: Arc<Model>,
    request: Request,
    peek: Peek,
    said: Said,
}

/// What the caller has been told.
#[derive(Debug, Default)]
struct Said {
    text: String,
    /// The id that the stream's chunks bear.
    id: Option<String>,
    /// Something came that cannot be compared, or too much.
    beyond: bool,
}

/// Why another attempt does not continue a stream.
enum Vain {
    /// Its answer says something else; so many chunks of it came.
    Otherwise { chunks: u64 },
    /// It has failed too, behind so many chunks.
    Failed { error: UpstreamError, chunks: u64 },
}

/// A stream that goes on where the other broke off.
pub(crate) struct Resumed {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) source: Source,
    pub(crate) reader: StreamReader,
    /// Bytes that have come, of which `ready` may go on.
    pub(crate) held: Vec<u8>,
    pub(crate) ready: usize,
    pub(crate) ended: bool,
    pub(crate) same_id: SameId,
}

impl Resume {
    /// For a request to this model, where it can be asked again.
    pub(crate) fn new(model: &Arc<Model>, request: &Request, envelope: &Envelope<'_>) -> Option<Box<Self>> {
        let kept = request.bytes.len() <= REQUEST_MAX;
        kept.then(|| {
            let (model, request, peek) = (model.clone(), request.clone(), envelope.peek.clone());
            Box::new(Self { model, request, peek, said: Said::default() })
        })
    }

    /// Notes events that go on to the caller.
    pub(crate) fn note(&mut self, events: &[u8]) {
        for event in delta::events(events) {
            if self.said.beyond {
                return;
            }
            match delta::read(event) {
                Delta::Nothing => {}
                Delta::Other => self.said.beyond = true,
                Delta::Text { text, finished } => {
                    self.said.text.push_str(&text);
                    // Behind the end there is nothing to go on with.
                    self.said.beyond |= finished || self.said.text.len() > SAID_MAX;
                    if self.said.id.is_none() {
                        self.said.id = delta::id(event);
                    }
                }
            }
        }
    }

    /// Asks the next deployment, and reads its answer past what the caller has. Where that is in vain, says what came of
    /// it; `None` where nobody was asked.
    pub(crate) async fn go_on(
        &self,
        worker: &Worker,
        watch: &Watch,
        broken: &Arc<Deployment>,
        trace: &mut Trace,
    ) -> Result<Resumed, Option<Diagnosis>> {
        if self.said.beyond || trace.attempts.made >= trace.live.settings.retry.attempts {
            return Err(None);
        }
        let (deployment, probe) = self.next(worker, broken, trace).ok_or(None)?;
        let operation = trace.operation.ok_or(None)?;
        if !worker.shared.retries.spend(&trace.live.settings.retry) {
            worker.shared.metrics.retries_refused.inc();
            return Err(None);
        }
        tracing::warn!(request.id = %trace.id, broken = broken.id, next = deployment.id, "a stream broke off, another is asked to continue it");
        let (live, began) = (trace.live.clone(), trace.attempt(&deployment));
        let envelope = Envelope::again(operation, self.peek.clone());
        let adapted = fit::adapted_again(&deployment, operation, self.request.body());
        let (body, caller) = (self.request.body(), trace.caller.as_deref());
        let about = images::About { worker, live: &live, deployment: &deployment, operation, body, caller };
        let ready = images::ready(&about, adapted).await.map_err(|diagnosis| Some(*diagnosis))?;
        let attempt = Attempt {
            worker,
            live: &live,
            watch,
            envelope: &envelope,
            request: &self.request,
            deployment: &deployment,
            began,
            adapted: ready.adapted.as_ref(),
        };
        let made = attempt.make(trace).await;
        trace.waited();
        let (status, begun, source) = match made {
            Ok(Answered { head, content: Content::Stream(begun), source, .. }) => (head.status, begun, source),
            // To whoever asks for a stream, an attempt answers with one.
            Ok(_) => return Err(None),
            Err(error) => {
                send::blame(worker, &deployment, &error, trace.latest);
                let diagnosis = respond::send(&error);
                return Err(Some(in_vain(trace, error.status(), diagnosis, &respond::for_operators(&error))));
            }
        };
        trace.attempt_answered(status);
        send::praise(worker, &deployment);
        drop(probe);
        let vain = match self.skip(worker, watch, &deployment, begun, source).await {
            Ok(resumed) => {
                worker.shared.metrics.streams_resumed.inc();
                return Ok(resumed);
            }
            Err(vain) => vain,
        };
        trace.waited();
        Err(Some(match vain {
            Vain::Otherwise { chunks } => {
                trace.attempt_in_vain();
                trace.reckon_more(chunks);
                in_vain(trace, status, respond::says_otherwise(&deployment), "")
            }
            Vain::Failed { error, chunks } => {
                trace.reckon_more(chunks);
                let total = trace.live.settings.timeouts.total;
                let error = SendError::upstream(&deployment, error, trace.accepted, total);
                send::blame(worker, &deployment, &error, trace.latest);
                in_vain(trace, status, respond::broken_stream(&error), &respond::for_operators(&error))
            }
        }))
    }

    /// The deployment to ask: another one, or the same where there is no other.
    fn next(
        &self,
        worker: &Worker,
        broken: &Arc<Deployment>,
        trace: &Trace,
    ) -> Option<(Arc<Deployment>, Option<Probe>)> {
        let mut asked = Marked::default();
        for (index, deployment) in self.model.deployments.iter().enumerate() {
            if Arc::ptr_eq(deployment, broken) {
                asked.add(index);
            }
        }
        match balance::choose(&self.model, asked, true, trace.latest, |below| worker.random(below)) {
            Choice::Ask(deployment, probe) => Some((deployment, probe)),
            _ if self.model.deployments.len() == 1 => Some((broken.clone(), None)),
            _ => None,
        }
    }

    /// Reads the second stream for as long as it repeats the first.
    async fn skip(
        &self,
        worker: &Worker,
        watch: &Watch,
        deployment: &Arc<Deployment>,
        begun: Begun,
        mut source: Source,
    ) -> Result<Resumed, Vain> {
        let Begun { mut reader, mut held, mut ready, mut ended } = begun;
        let mut repeated = Repeated { said: &self.said, heard: String::new(), same_id: None };
        loop {
            match repeated.hear(&held[..ready]) {
                Heard::Other => return Err(Vain::Otherwise { chunks: reader.facts().chunks }),
                Heard::Past { end, seam } => {
                    let same_id = repeated.same_id.unwrap_or_default();
                    ready = seam.len() + ready - end;
                    held.splice(..end, seam);
                    ready = same_id.apply(&mut held, ready);
                    let deployment = deployment.clone();
                    return Ok(Resumed { deployment, source, reader, held, ready, ended, same_id });
                }
                Heard::Same => {}
            }
            let facts = *reader.facts();
            let chunks = facts.chunks;
            // The sandbox's streams do not break off, so they are not continued either.
            let Source::Upstream(body) = &mut source else {
                return Err(Vain::Otherwise { chunks });
            };
            if let Some(error) = stream::broken(&facts, ended) {
                return Err(Vain::Failed { error, chunks });
            }
            if ended || facts.done || facts.failed {
                return Err(Vain::Otherwise { chunks });
            }
            held.drain(..ready);
            watch.enter(Phase::Idle, deployment.timeouts.idle);
            ended = body.read(worker, watch, &mut held).await.map_err(|error| Vain::Failed { error, chunks })?;
            ready = reader.pass(&mut held);
        }
    }
}

/// Notes the second attempt beside the first: the break is what the caller is told and the request's own cause, and what
/// came of the attempt to mend it is in the record and the log.
fn in_vain(trace: &mut Trace, status: u16, diagnosis: Diagnosis, private: &str) -> Diagnosis {
    trace.attempt_failed(status, diagnosis.cause.slug);
    trace.keep_failed();
    if !private.is_empty() {
        let before = if trace.private.is_empty() { "" } else { "; " };
        trace.private.push_str(before);
        trace.private.push_str(private);
    }
    tracing::warn!(
        request.id = %trace.id, cause = diagnosis.cause.slug, evidence = diagnosis.evidence_text(512), provider = private,
        "the stream could not be continued, so it ends"
    );
    diagnosis
}

/// The second stream, compared with what the first has said.
struct Repeated<'a> {
    said: &'a Said,
    heard: String,
    same_id: Option<SameId>,
}

/// What some events of the second stream came to.
enum Heard {
    /// It has said nothing else so far.
    Same,
    /// It has said something else.
    Other,
    /// It went past what was said, in the event that ends at `end`: `seam` stands for everything up to there.
    Past { end: usize, seam: Vec<u8> },
}

impl Repeated<'_> {
    fn hear(&mut self, events: &[u8]) -> Heard {
        let mut end = 0;
        for event in delta::events(events) {
            end += event.len();
            let finished = match delta::read(event) {
                Delta::Nothing => continue,
                Delta::Other => return Heard::Other,
                Delta::Text { text, finished } => {
                    self.heard.push_str(&text);
                    finished
                }
            };
            if self.same_id.is_none() {
                self.same_id = Some(SameId::new(delta::id(event), self.said.id.clone()));
            }
            let said = self.said.text.as_str();
            if !finished && said.starts_with(&self.heard) {
                continue;
            }
            let seam = match self.heard.strip_prefix(said) {
                None => None,
                Some("") => Some(event.to_vec()),
                Some(new) => delta::with_text(event, new),
            };
            return seam.map_or(Heard::Other, |seam| Heard::Past { end, seam });
        }
        Heard::Same
    }
}

/// Gives the chunks of the second stream the id of the first.
#[derive(Debug, Default)]
pub(crate) struct SameId {
    /// As they stand in a chunk, with quotes.
    from: Vec<u8>,
    to: Vec<u8>,
}

impl SameId {
    fn new(from: Option<String>, to: Option<String>) -> Self {
        match (from, to) {
            (Some(from), Some(to)) => Self { from: quoted(&from), to: quoted(&to) },
            _ => Self::default(),
        }
    }

    /// Changes the id in the first `ready` bytes of `held`; returns how many they are then.
    pub(crate) fn apply(&self, held: &mut Vec<u8>, ready: usize) -> usize {
        if self.from.is_empty() || self.from == self.to {
            return ready;
        }
        let mut out = Vec::with_capacity(ready + 64);
        let mut rest = &held[..ready];
        while let Some(at) = memmem::find(rest, &self.from) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(&self.to);
            rest = &rest[at + self.from.len()..];
        }
        out.extend_from_slice(rest);
        let changed = out.len();
        held.splice(..ready, out);
        changed
    }
}

fn quoted(id: &str) -> Vec<u8> {
    serde_json::Value::from(id).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_the_first_stream_stays() {
        let same = SameId::new(Some("b".to_owned()), Some("long".to_owned()));
        let mut held = b"data: {\"id\":\"b\"}\n\ndata: {\"id\":\"b\"}\n\nda".to_vec();

        let ready = same.apply(&mut held, 38);

        assert_eq!(String::from_utf8(held).unwrap(), "data: {\"id\":\"long\"}\n\ndata: {\"id\":\"long\"}\n\nda");
        assert_eq!(ready, 44);
    }
}

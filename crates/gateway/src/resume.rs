//! A stream that broke off, continued by another deployment without a seam.
//!
//! In: the request again, and what the caller has been told so far. Out: a stream that goes on behind exactly that, or
//! nothing. The next deployment is asked the whole question; its answer is read, and held back, for as long as it says
//! what the caller has already, and if it says anything else, the stream ends in an error as it would have done.
//!
//! Only for chat streams with one choice of plain text, of models that are set so; both attempts are metered.

use std::sync::Arc;

use memchr::memmem;
use tollgate_providers::openai::delta::{self, Delta};
use tollgate_providers::openai::request::Peek;
use tollgate_providers::openai::stream::StreamReader;

use crate::attempt::{Answered, Attempt, Begun, Content, Source};
use crate::balance::{self, Choice, Marked};
use crate::breaker::Probe;
use crate::catalog::{Deployment, Model};
use crate::read::Envelope;
use crate::record::Trace;
use crate::request::Request;
use crate::respond;
use crate::send;
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

    /// Asks the next deployment, and reads its answer past what the caller has.
    pub(crate) async fn go_on(
        &self,
        worker: &Worker,
        watch: &Watch,
        broken: &Arc<Deployment>,
        trace: &mut Trace,
    ) -> Option<Resumed> {
        if self.said.beyond || trace.attempts >= trace.live.settings.retry.attempts {
            return None;
        }
        let (deployment, probe) = self.next(worker, broken, trace)?;
        let operation = trace.operation?;
        if !worker.shared.retries.spend(&trace.live.settings.retry) {
            worker.shared.metrics.retries_refused.inc();
            return None;
        }
        tracing::warn!(request.id = %trace.id, broken = broken.id, next = deployment.id, "a stream broke off, another continues it");
        let (live, began) = (trace.live.clone(), trace.attempt(&deployment));
        let envelope = Envelope::again(operation, self.peek.clone());
        let attempt = Attempt {
            worker,
            live: &live,
            watch,
            envelope: &envelope,
            request: &self.request,
            deployment: &deployment,
            began,
        };
        let made = attempt.make(trace).await;
        trace.waited();
        if let Ok(answered) = &made {
            trace.attempt_answered(answered.head.status);
        }
        let (begun, source) = match made {
            Ok(Answered { content: Content::Stream(begun), source, .. }) => {
                deployment.breaker.succeeded();
                (begun, source)
            }
            Ok(_) => return None,
            Err(error) => {
                send::blame(&deployment, &error, trace.latest);
                trace.attempt_failed(error.status(), respond::cause(&error));
                return None;
            }
        };
        drop(probe);
        match self.skip(worker, watch, deployment, begun, source).await {
            Ok(resumed) => {
                worker.shared.metrics.streams_resumed.inc();
                Some(resumed)
            }
            Err(chunks) => {
                trace.attempt_in_vain();
                trace.reckon_more(chunks);
                tracing::warn!(request.id = %trace.id, "the other deployment says something else, so the stream ends");
                None
            }
        }
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

    /// Reads the second stream for as long as it repeats the first. Where it does not, the number of chunks that came.
    async fn skip(
        &self,
        worker: &Worker,
        watch: &Watch,
        deployment: Arc<Deployment>,
        begun: Begun,
        mut source: Source,
    ) -> Result<Resumed, u64> {
        let Begun { mut reader, mut held, mut ready, mut ended } = begun;
        let mut repeated = Repeated { said: &self.said, heard: String::new(), same_id: None };
        loop {
            match repeated.hear(&held[..ready]) {
                Heard::Other => return Err(reader.facts().chunks),
                Heard::Past { end, seam } => {
                    let same_id = repeated.same_id.unwrap_or_default();
                    ready = seam.len() + ready - end;
                    held.splice(..end, seam);
                    ready = same_id.apply(&mut held, ready);
                    return Ok(Resumed { deployment, source, reader, held, ready, ended, same_id });
                }
                Heard::Same => {}
            }
            // The sandbox's streams do not break off, so they are not continued either.
            let Source::Upstream(body) = &mut source else {
                return Err(reader.facts().chunks);
            };
            if ended || reader.facts().done || reader.facts().garbled {
                return Err(reader.facts().chunks);
            }
            held.drain(..ready);
            watch.enter(Phase::Idle, deployment.timeouts.idle);
            ended = body.read(worker, watch, &mut held).await.map_err(|_| reader.facts().chunks)?;
            ready = reader.pass(&mut held);
        }
    }
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

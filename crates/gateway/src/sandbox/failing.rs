//! Failures on demand: an attempt at the sandbox that is to fail, and fails.
//!
//! In: an attempt, and what its request asks for. Out: the failure. It is what the caller sees (not repeated, not failed
//! over, unknown to breakers), unless the request wants it treated as a provider's, in which case nothing here stands
//! between it and the machinery. An answer of OpenAI's form is data; a fault of the connection is made by a listener, and
//! met by the same code that meets a provider's.

use std::sync::Arc;
use std::time::Duration;

use tollgate_core::operation::Operation;
use tollgate_errors::trigger::{Fault, Kind, Trigger};
use tollgate_errors::{Diagnosis, Show, catalog as causes, stream_event};
use tollgate_providers::openai::stream::Api;
use tollgate_providers::sandbox::errors::{Asked, Demand, DemandError, ERROR_MODEL_PREFIX};

use super::listener::{self, Ground, Script};
use super::whole;
use crate::attempt::{Answered, Attempt, Source};
use crate::catalog::{Deployment, Reach};
use crate::record::Trace;
use crate::request::{Name, Request};
use crate::respond;
use crate::send::SendError;
use crate::settings::UpstreamTimeouts;
use crate::upstream::AnswerHead;

/// A failure that was asked for, as the caller is to see it.
#[derive(Debug)]
pub(crate) struct Failing {
    /// The deployment's id and its provider's name.
    deployment: String,
    provider: String,
    /// The id of the request.
    request: String,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// The sandbox says so.
    Said { trigger: &'static Trigger, model: String },
    /// A connection of the sandbox's failed so; `None` where it goes on to fail in a stream.
    Met { trigger: &'static Trigger, error: Option<SendError> },
    /// What was asked for is nothing that can be.
    Unmet(DemandError),
    /// It would be one broken connection too many, or there is no socket for it.
    NoRoom { reason: String },
}

impl Failing {
    fn new(deployment: &Deployment, request: &Request, why: Why) -> Self {
        let (provider, request) = (deployment.provider.name.clone(), request.id.to_string());
        Self { deployment: deployment.id.clone(), provider, request, why }
    }

    /// The status that came; 0 where none did.
    pub(crate) fn status(&self) -> u16 {
        match &self.why {
            Why::Said { trigger, .. } => trigger.wire.status,
            Why::Met { error, .. } => error.as_ref().map_or(0, SendError::status),
            Why::Unmet(_) => causes::SANDBOX_ERROR_UNKNOWN.wire.status,
            Why::NoRoom { .. } => 0,
        }
    }

    /// The failure of the connection, where it is one.
    pub(crate) fn met(&self) -> Option<&SendError> {
        match &self.why {
            Why::Met { error, .. } => error.as_ref(),
            _ => None,
        }
    }

    /// Headers that OpenAI sends with this error, beside those of any.
    pub(crate) fn headers(&self) -> &'static [(&'static str, &'static str)] {
        match &self.why {
            Why::Said { trigger, .. } => trigger.headers,
            _ => &[],
        }
    }

    /// What the caller is told.
    pub(crate) fn diagnosis(&self) -> Diagnosis {
        let asked_for = |name: &str| format!("{} was asked to fail as {name}", self.deployment);
        match &self.why {
            Why::Said { trigger, model } => {
                let d = trigger.diagnosis(model).fact("provider", self.provider.as_str());
                // A provider's sentence that names a request means this one; the other is of one looked for in vain.
                let d = if trigger.is_openais { d.fact("request", self.request.as_str()) } else { d };
                d.evidence(asked_for(trigger.name))
            }
            Why::Met { trigger, error: Some(error) } => respond::send(error).evidence(asked_for(trigger.name)),
            Why::Met { trigger, error: None } => Diagnosis::new(trigger.cause).evidence(asked_for(trigger.name)),
            Why::Unmet(error) => unmet(error),
            Why::NoRoom { reason } => Diagnosis::new(&causes::GATEWAY_OVERLOADED)
                .fact("limit", format!("{} broken connections of the sandbox", listener::MOST))
                .evidence(reason.as_str())
                .retry_after(Duration::from_secs(1)),
        }
    }

    /// The same where a stream has broken off, as the connection's `error` says.
    pub(crate) fn in_a_stream(&self, error: &SendError) -> Diagnosis {
        match &self.why {
            Why::Met { trigger, .. } => respond::broken_stream(error)
                .evidence(format!("{} was asked to fail as {}", self.deployment, trigger.name)),
            _ => self.diagnosis(),
        }
    }
}

impl std::fmt::Display for Failing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: asked for, {}", self.deployment, self.diagnosis().cause.slug)
    }
}

fn unmet(error: &DemandError) -> Diagnosis {
    let d = Diagnosis::new(&causes::SANDBOX_ERROR_UNKNOWN).fact("what", error.to_string());
    match error {
        DemandError::Unknown { place, name, nearest } => {
            let prefix = if *place == "model" { ERROR_MODEL_PREFIX } else { "" };
            let named: Vec<_> = nearest.iter().map(|name| format!("{prefix}{name}")).collect();
            let d = d.param(*place).fact("name", name).evidence(format!("asked for: {name:?}"));
            if named.is_empty() { d } else { d.fact("nearest", respond::either(&named)) }
        }
        DemandError::Untellable { place, name } => d.param(*place).fact("name", name),
        DemandError::Value { header, found, allowed } => {
            d.param(*header).fact("allowed", *allowed).evidence(format!("{header}: {found:?}"))
        }
    }
}

/// What a request asks the sandbox to fail with.
pub(super) fn demand(request: &Request, model: &str) -> Result<Option<Demand>, DemandError> {
    let asked = Asked {
        error: request.header(Name::SandboxError),
        at: request.header(Name::SandboxErrorAt),
        fault: request.header(Name::SandboxFault),
    };
    Demand::read(asked, model)
}

impl Attempt<'_> {
    /// Whether what the sandbox answers is what the caller asked for, and not to be treated as a provider's failure.
    pub(crate) fn is_asked(&self) -> bool {
        let as_providers =
            || matches!(demand(self.request, self.envelope.model()), Ok(Some(Demand { as_providers: true, .. })));
        matches!(self.deployment.provider.reach, Reach::Sandbox) && !as_providers()
    }

    /// Asks the sandbox, which fails where the request wants it to.
    pub(crate) async fn make_in_sandbox(&self, trace: &mut Trace) -> Result<Answered, SendError> {
        if let Err(bad) = self.wishes() {
            let (status, body) = bad.refusal();
            return self.read_answer(trace, whole(status, body)).await;
        }
        match demand(self.request, self.envelope.model()) {
            Ok(None) => {
                let reply = self.ask_sandbox(trace).await;
                self.read_answer(trace, reply).await
            }
            Ok(Some(demand)) => Box::pin(self.fail(demand, trace)).await,
            Err(error) => Err(self.failing(Why::Unmet(error))),
        }
    }

    async fn fail(&self, demand: Demand, trace: &mut Trace) -> Result<Answered, SendError> {
        let streams = self.streams();
        match demand.trigger.kind {
            Kind::Socket(fault) if streams || !fault.needs_stream() => self.meet(fault, demand, trace).await,
            _ if demand.in_the_middle && streams => self.break_off(demand, trace).await,
            _ if demand.as_providers => {
                let docs = &self.live.settings.docs_base;
                let (status, body, retry_after) = demand.trigger.as_provider(self.envelope.model(), docs);
                let length = Some(body.len() as u64);
                let content_type = "application/json".into();
                let head = AnswerHead { status, content_type, retry_after, length, ..AnswerHead::default() };
                self.read_answer(trace, (head, Source::Ready(body), false)).await
            }
            _ => Err(self.failing(self.said(demand))),
        }
    }

    /// Whether what was asked for is a stream of events.
    fn streams(&self) -> bool {
        let can = [Operation::ChatCompletions, Operation::Completions, Operation::Responses];
        self.envelope.peek.stream() && can.contains(&self.envelope.operation)
    }

    fn said(&self, demand: Demand) -> Why {
        Why::Said { trigger: demand.trigger, model: self.envelope.model().chars().take(200).collect() }
    }

    fn failing(&self, why: Why) -> SendError {
        SendError::Asked(Box::new(Failing::new(self.deployment, self.request, why)))
    }

    /// A stream that reports the failure after some of its events.
    async fn break_off(&self, demand: Demand, trace: &mut Trace) -> Result<Answered, SendError> {
        let (head, source, asked_usage) = self.ask_sandbox(trace).await;
        let Source::Events(events, pause) = source else {
            return self.read_answer(trace, (head, source, asked_usage)).await;
        };
        let mut events: Vec<_> = events.collect();
        events.truncate(Demand::events_before(events.len()));
        if demand.as_providers {
            events.push(self.providers_event(demand.trigger, &events));
        }
        let source = Source::Events(events.into_iter(), pause);
        let answered = self.read_answer(trace, (head, source, asked_usage)).await?;
        let asked =
            (!demand.as_providers).then(|| Box::new(Failing::new(self.deployment, self.request, self.said(demand))));
        Ok(Answered { asked, ..answered })
    }

    /// The event in which a provider reports the failure behind `events`.
    fn providers_event(&self, trigger: &Trigger, events: &[Vec<u8>]) -> Vec<u8> {
        let responses = self.api() == Api::Responses;
        let sequence = responses.then_some(events.len() as u64);
        stream_event(&trigger.diagnosis(self.envelope.model()), Show::Off, &self.live.settings.docs_base, sequence)
    }

    /// A connection that really fails.
    async fn meet(&self, fault: Fault, demand: Demand, trace: &mut Trace) -> Result<Answered, SendError> {
        let script = self.script(fault, demand, trace).await;
        let ground = match Ground::prepare(self.worker, &self.deployment.provider, fault, script) {
            Ok(ground) => ground,
            Err(reason) => return Err(self.failing(Why::NoRoom { reason })),
        };
        let deployment = Arc::new(self.deployment.with_timeouts(timeouts(fault)));
        let attempt = Attempt { deployment: &deployment, ..*self };
        let total = self.request.accepted + self.live.settings.timeouts.total;
        self.watch.set_total(Some(total.min(self.began + deployment.timeouts.total)));
        let made = match attempt.ask(&ground.upstream, trace).await {
            Ok(reply) => attempt.read_answer(trace, reply).await,
            Err(error) => Err(attempt.failed(error)),
        };
        if demand.as_providers {
            return made;
        }
        let met =
            |error| Box::new(Failing::new(&deployment, self.request, Why::Met { trigger: demand.trigger, error }));
        match made {
            Ok(answered) => Ok(Answered { asked: Some(met(None)), ..answered }),
            Err(error) => Err(SendError::Asked(met(Some(error)))),
        }
    }

    /// What the listener sends before it fails.
    async fn script(&self, fault: Fault, demand: Demand, trace: &Trace) -> Script {
        let partial = demand.in_the_middle || matches!(fault, Fault::Cut | Fault::Silence);
        if !fault.can_be_in_the_middle() || !partial {
            return Script::of(fault, self.streams());
        }
        match self.ask_sandbox(trace).await {
            (_, Source::Events(events, _), _) => {
                let mut events: Vec<_> = events.collect();
                events.truncate(Demand::events_before(events.len()));
                Script::in_a_stream(fault, &events)
            }
            (_, Source::Ready(body), _) => Script::in_json(fault, &body),
            (_, Source::Upstream(_), _) => Script::of(fault, false),
        }
    }
}

/// Short limits, so that a failure of time is one of a second; only the one that is to pass, so that it is that one.
fn timeouts(fault: Fault) -> UpstreamTimeouts {
    const SHORT: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_secs(5);
    let all = UpstreamTimeouts { connect: LONG, first_byte: LONG, first_token: LONG, idle: LONG, total: LONG * 2 };
    match fault {
        Fault::NoConnection => UpstreamTimeouts { connect: SHORT, ..all },
        Fault::NoAnswer => UpstreamTimeouts { first_byte: SHORT, ..all },
        Fault::NoEvent => UpstreamTimeouts { first_token: SHORT, ..all },
        Fault::Silence => UpstreamTimeouts { idle: SHORT, ..all },
        Fault::Endless => UpstreamTimeouts { total: SHORT, ..all },
        _ => all,
    }
}

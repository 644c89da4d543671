//! Spans as OTLP has them (opentelemetry-proto 1.7, `trace/v1/trace.proto`): the names are those of OpenTelemetry's
//! conventions for HTTP and for generative AI (in development, as of November 2026), what has no name there begins with
//! `tollgate.`.
//!
//! In: requests that have ended. Out: the bytes of one export. Usage stands on the request's span alone, so that
//! whoever adds up spans counts every token once.

use std::time::Instant;

use tollgate_core::operation::Operation;
use tollgate_core::record::Outcome;

use super::protobuf::{Field, Message, fields};
use super::spans::{Attempt, Ended};
use crate::catalog::Reach;

/// `SpanKind`.
const SERVER: u64 = 2;
const CLIENT: u64 = 3;
/// `StatusCode`.
const ERROR: u64 = 2;
/// Bits of a span's `flags`: the trace's own, then that it is known whether the parent is elsewhere, and that it is.
const SAMPLED: u32 = 1;
const HAS_IS_REMOTE: u32 = 1 << 8;
const IS_REMOTE: u32 = 1 << 9;

/// `ExportTraceServiceRequest`: these requests' spans.
pub(super) fn export(batch: &[Ended], resource: &[u8], version: &str) -> Vec<u8> {
    Message::of(|export| {
        export.message(1, |of_resource| {
            of_resource.bytes(1, resource);
            of_resource.message(2, |of_scope| {
                of_scope.message(1, |scope| {
                    scope.text(1, "tollgate");
                    scope.text(2, version);
                });
                for ended in batch {
                    of_scope.message(2, |span| request(span, ended));
                    for (index, one) in ended.spans.attempts.iter().enumerate() {
                        of_scope.message(2, |span| attempt(span, ended, index, one));
                    }
                }
            });
        });
    })
}

/// `Resource`: what is said of this process.
pub(super) fn resource(attributes: &[(String, String)]) -> Vec<u8> {
    Message::of(|resource| {
        let mut list = Attributes { of: resource, field: 1 };
        for (key, value) in attributes {
            list.text(key, value);
        }
    })
}

/// What of an export a collector refuses although it says 2xx (`ExportTraceServiceResponse.partial_success`).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) spans: usize,
    pub(super) why: String,
}

/// Reads a collector's answer; one that is none refuses nothing.
pub(super) fn refused(answer: &[u8]) -> Refused {
    let mut refused = Refused::default();
    let partial = fields(answer).find_map(|(number, field)| match field {
        Field::Bytes(bytes) if number == 1 => Some(bytes),
        _ => None,
    });
    for field in fields(partial.unwrap_or_default()) {
        match field {
            (1, Field::Number(spans)) => refused.spans = usize::try_from(spans).unwrap_or(0),
            (2, Field::Bytes(text)) => refused.why = String::from_utf8_lossy(&text[..text.len().min(500)]).into_owned(),
            _ => {}
        }
    }
    refused
}

/// The request's span.
fn request(span: &mut Message, ended: &Ended) {
    let spans = &ended.spans;
    let model = ended.deployment.as_ref().map(|_| ended.model_asked.as_str());
    let remote = if spans.parent.is_some() { IS_REMOTE } else { 0 };
    let identity = Identity { span: spans.own.span, parent: spans.parent, flags: SAMPLED | HAS_IS_REMOTE | remote };
    begin(span, ended, identity, &name(ended.operation, model), SERVER);
    times(span, ended, ended.accepted, ended.ended);
    let list = &mut Attributes { of: span, field: 9 };
    of_operation(list, ended.operation);
    of_http(list, ended);
    of_model(list, ended);
    of_usage(list, ended);
    list.text("tollgate.request.id", &ended.request.to_string());
    list.text("tollgate.key.id", &ended.caller.id.to_string());
    list.text("tollgate.project.id", &ended.caller.project.id);
    list.number("tollgate.attempts", ended.spans.attempts.len() as u64);
    list.double("tollgate.overhead", ended.overhead.as_secs_f64());
    // A refusal is the server's own word, and no failure of its span (HTTP conventions, "Status").
    let failed = ended.status >= 500 || (ended.status < 400 && !ended.cause.is_empty());
    status(span, failed);
}

/// An attempt's span.
fn attempt(span: &mut Message, ended: &Ended, index: usize, attempt: &Attempt) {
    let deployment = &attempt.deployment;
    let parent = Some(ended.spans.own.span);
    let identity = Identity { span: attempt.span, parent, flags: SAMPLED | HAS_IS_REMOTE };
    begin(span, ended, identity, &name(ended.operation, Some(&deployment.model)), CLIENT);
    times(span, ended, attempt.began, attempt.ended.unwrap_or(ended.ended));
    let list = &mut Attributes { of: span, field: 9 };
    of_operation(list, ended.operation);
    list.text("gen_ai.provider.name", &deployment.provider.name);
    list.text("gen_ai.request.model", &deployment.model);
    if let Reach::Upstream(upstream) = &deployment.provider.reach {
        list.text("server.address", &upstream.host);
        list.number("server.port", upstream.port.into());
    }
    if attempt.status != 0 {
        list.number("http.response.status_code", attempt.status.into());
    }
    if index > 0 {
        list.number("http.request.resend_count", index as u64);
    }
    list.text("tollgate.deployment", &deployment.id);
    // An answer that broke off is told by the request's cause; that its caller left is not the provider's failure.
    let broke = attempt.ended.is_none() && matches!(ended.outcome, Outcome::Interrupted | Outcome::Failed);
    let cause = if broke { ended.cause } else { attempt.cause };
    list.text("error.type", cause);
    status(span, !cause.is_empty());
}

/// Which span it is.
#[derive(Clone, Copy)]
struct Identity {
    span: u64,
    parent: Option<u64>,
    flags: u32,
}

fn begin(span: &mut Message, ended: &Ended, identity: Identity, name: &str, kind: u64) {
    span.bytes(1, &ended.spans.own.trace.to_be_bytes());
    span.bytes(2, &identity.span.to_be_bytes());
    span.text(3, &ended.spans.state);
    if let Some(parent) = identity.parent {
        span.bytes(4, &parent.to_be_bytes());
    }
    span.text(5, name);
    span.number(6, kind);
    span.fixed32(16, identity.flags);
}

fn times(span: &mut Message, ended: &Ended, from: Instant, to: Instant) {
    let at = |instant: Instant| {
        let since = instant.saturating_duration_since(ended.accepted).as_nanos();
        ended.accepted_unix.saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
    };
    span.fixed64(7, at(from));
    span.fixed64(8, at(to));
}

fn status(span: &mut Message, failed: bool) {
    if failed {
        span.message(15, |status| status.number(3, ERROR));
    }
}

/// `{operation} {model}`. A model that nobody has configured may be any text, of which names of spans are to be free.
fn name(operation: Operation, model: Option<&str>) -> String {
    let word = operation_name(operation).unwrap_or(operation.name());
    model.filter(|m| !m.is_empty()).map_or_else(|| word.to_owned(), |model| format!("{word} {model}"))
}

/// The conventions' name, where they have one or it is alike.
fn operation_name(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::ChatCompletions | Operation::Responses => Some("chat"),
        Operation::Completions => Some("text_completion"),
        Operation::Embeddings => Some("embeddings"),
        Operation::Moderations => Some("moderations"),
        Operation::ListModels
        | Operation::RetrieveModel
        | Operation::InputTokens
        | Operation::RetrieveResponse
        | Operation::DeleteResponse
        | Operation::CancelResponse
        | Operation::ListInputItems => None,
    }
}

fn of_operation(list: &mut Attributes<'_>, operation: Operation) {
    list.text("gen_ai.operation.name", operation_name(operation).unwrap_or(""));
}

fn of_http(list: &mut Attributes<'_>, ended: &Ended) {
    let (method, parameter) = match ended.operation {
        Operation::ListModels => ("GET", ""),
        Operation::RetrieveModel => ("GET", "/{model}"),
        Operation::RetrieveResponse => ("GET", "/{response_id}"),
        Operation::DeleteResponse => ("DELETE", "/{response_id}"),
        Operation::CancelResponse => ("POST", "/{response_id}/cancel"),
        Operation::ListInputItems => ("GET", "/{response_id}/input_items"),
        _ => ("POST", ""),
    };
    list.text("http.request.method", method);
    list.text("http.route", &format!("/v1{}{parameter}", ended.operation.path()));
    list.number("http.response.status_code", ended.status.into());
    list.text("error.type", ended.cause);
}

fn of_model(list: &mut Attributes<'_>, ended: &Ended) {
    list.text("gen_ai.request.model", &ended.model_asked);
    let Some(deployment) = &ended.deployment else { return };
    list.text("gen_ai.provider.name", &deployment.provider.name);
    list.text("gen_ai.response.model", &ended.model_answered);
    list.text("tollgate.deployment", &deployment.id);
    if ended.streams {
        list.truth("gen_ai.request.stream");
        if let Some(at) = ended.first_byte {
            let after = at.saturating_duration_since(ended.accepted);
            list.double("gen_ai.response.time_to_first_chunk", after.as_secs_f64());
        }
    }
}

fn of_usage(list: &mut Attributes<'_>, ended: &Ended) {
    let usage = &ended.usage;
    for (key, tokens) in [
        ("gen_ai.usage.input_tokens", usage.input),
        ("gen_ai.usage.output_tokens", usage.output),
        ("gen_ai.usage.cache_read.input_tokens", usage.cached_input),
        ("gen_ai.usage.cache_write.input_tokens", usage.cache_write),
        ("gen_ai.usage.reasoning.output_tokens", usage.reasoning),
        ("gen_ai.usage.audio.input_tokens", usage.audio_input),
        ("gen_ai.usage.audio.output_tokens", usage.audio_output),
    ] {
        if tokens > 0 {
            list.number(key, tokens.into());
        }
    }
}

/// Attributes of a message, in the field of this number.
struct Attributes<'m> {
    of: &'m mut Message,
    field: u64,
}

impl Attributes<'_> {
    /// A `KeyValue` whose `AnyValue` is `build`'s.
    fn add(&mut self, key: &str, build: impl FnOnce(&mut Message)) {
        self.of.message(self.field, |pair| {
            pair.text(1, key);
            pair.message(2, build);
        });
    }

    /// An empty text says nothing and is left out.
    fn text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.add(key, |any| any.text(1, value));
        }
    }

    fn truth(&mut self, key: &str) {
        self.add(key, |any| any.choice(2, 1));
    }

    fn number(&mut self, key: &str, value: u64) {
        self.add(key, |any| any.choice(3, value));
    }

    fn double(&mut self, key: &str, value: f64) {
        self.add(key, |any| any.fixed64(4, value.to_bits()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_s_partial_success_is_read() {
        let answer = Message::of(|m| {
            m.message(1, |partial| {
                partial.number(1, 3);
                partial.text(2, "too old");
            });
        });

        assert_eq!(refused(&answer), Refused { spans: 3, why: "too old".to_owned() });
        assert_eq!(refused(b""), Refused::default());
        assert_eq!(refused(br#"{"partialSuccess":{}}"#), Refused::default());
    }

    #[test]
    fn names_hold_a_model_only_where_it_is_a_known_one() {
        assert_eq!(name(Operation::Responses, Some("gpt-4o")), "chat gpt-4o");
        assert_eq!(name(Operation::ChatCompletions, None), "chat");
        assert_eq!(name(Operation::ListModels, None), "list_models");
    }
}

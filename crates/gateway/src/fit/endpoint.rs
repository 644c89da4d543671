//! Whether the model behind a deployment is served at the endpoint that is asked, where that is certain.
//!
//! In: what is known of the model, and the endpoint. Out: nothing, or OpenAI's refusal with our cause. It reads no body,
//! and it is the one judge of this: of requests, of `models check`, and of what a provider has refused already.

use tollgate_core::operation::Operation;
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{Cause, Diagnosis, Wire};
use tollgate_models::{Endpoint, Mode};

use super::known::Known;

/// The refusal of a model that is certainly not served there. OpenAI says more than one thing of it; the sentence is
/// that of the endpoint which was asked.
pub(super) fn refusal(known: &Known, operation: Operation) -> Option<Diagnosis> {
    let served = known.can.endpoints.instead_of(endpoint(operation)?)?;
    let (cause, wire) = told(operation, served);
    let asked = path(operation);
    let is = format!("{} is {} model", known.name, kind(known.can.mode));
    let listed = |word: &str| match served.split_last() {
        Some((last, [])) => path_of(*last).to_owned(),
        Some((last, before)) => {
            format!("{} {word} {}", before.iter().map(|e| path_of(*e)).collect::<Vec<_>>().join(", "), path_of(*last))
        }
        None => String::new(),
    };
    let d = Diagnosis::new(cause).with_wire(wire).fact("endpoint", &asked);
    Some(match served.is_empty() {
        true => d.evidence(format!("{is}, which no endpoint of this gateway serves; it was asked at {asked}")),
        false => d
            .fact("likely", listed("and"))
            .fact("either", listed("or"))
            .evidence(format!("{is}: it is served at {}, and was asked at {asked}", listed("and"))),
    })
}

/// Our cause, and OpenAI's words.
fn told(operation: Operation, served: &[Endpoint]) -> (&'static Cause, Wire) {
    use Endpoint as E;
    let other = &causes::MODEL_WRONG_ENDPOINT;
    match (operation, served) {
        (Operation::ChatCompletions, [E::Completions]) => of(&causes::COMPLETION_MODEL_ON_CHAT),
        (Operation::ChatCompletions, [E::Responses]) => of(&causes::MODEL_RESPONSES_ONLY),
        (Operation::ChatCompletions, _) => (other, causes::COMPLETION_MODEL_ON_CHAT.wire),
        (Operation::Completions, [E::Chat, ..]) => of(&causes::CHAT_MODEL_ON_COMPLETIONS),
        (Operation::Completions, [E::Responses]) => (&causes::MODEL_RESPONSES_ONLY, other.wire),
        (Operation::Completions, _) => (other, wires::NO_SAMPLING),
        (Operation::Embeddings, _) => (other, wires::NO_EMBEDDINGS),
        (Operation::Moderations, _) => (other, wires::NO_MODERATION),
        _ => of(other),
    }
}

fn of(cause: &'static Cause) -> (&'static Cause, Wire) {
    (cause, cause.wire)
}

fn endpoint(operation: Operation) -> Option<Endpoint> {
    Some(match operation {
        Operation::ChatCompletions => Endpoint::Chat,
        Operation::Responses | Operation::InputTokens => Endpoint::Responses,
        Operation::Completions => Endpoint::Completions,
        Operation::Embeddings => Endpoint::Embeddings,
        Operation::Moderations => Endpoint::Moderations,
        _ => return None,
    })
}

fn path(operation: Operation) -> String {
    format!("v1{}", operation.path())
}

fn path_of(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Chat => "v1/chat/completions",
        Endpoint::Responses => "v1/responses",
        Endpoint::Completions => "v1/completions",
        Endpoint::Embeddings => "v1/embeddings",
        Endpoint::Moderations => "v1/moderations",
    }
}

/// What it is, with its article.
fn kind(mode: Mode) -> &'static str {
    match mode {
        Mode::Chat => "a chat",
        Mode::Responses => "a Responses API",
        Mode::Completion => "a completion",
        Mode::Embedding => "an embedding",
        Mode::Moderation => "a moderation",
        Mode::Image => "an image",
        Mode::Audio => "an audio",
        Mode::Realtime => "a realtime",
        Mode::Rerank => "a rerank",
        Mode::Video => "a video",
    }
}

//! The models of the sandbox, and which operations each serves.
//!
//! In: a name and an operation. Out: the model's row, or OpenAI's refusal for that pair. Besides the four of its own it
//! has mirrors of names that the samples of SDKs use, so that a sample runs unchanged. Whether a caller may use a model
//! is not its business.

use std::time::Duration;

use serde::Serialize;
use tollgate_core::operation::{Operation, Operations};

use super::{Timing, refusal::Refusal, write};

/// 2026-11-20T00:00:00Z, the `created` of every model here.
const CREATED: i64 = 1_795_132_800;

const CHAT: Operations =
    Operations::NONE.with(Operation::ChatCompletions).with(Operation::Responses).with(Operation::InputTokens);
const TEXT: Operations = CHAT.with(Operation::Completions);
const COMPLETIONS: Operations = Operations::NONE.with(Operation::Completions);
const EMBEDDINGS: Operations = Operations::NONE.with(Operation::Embeddings);
const MODERATIONS: Operations = Operations::NONE.with(Operation::Moderations);

const SLOW: Timing = Timing { before: Duration::from_millis(300), between: Duration::from_millis(20) };

/// One model that the sandbox serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxModel {
    /// Its name.
    pub name: &'static str,
    /// What it can be asked for.
    pub operations: Operations,
    /// Always `sandbox`.
    pub owned_by: &'static str,
    /// When it came, in Unix seconds.
    pub created: i64,
    /// How slowly it answers.
    pub timing: Timing,
    /// The most tokens that an input may have; for embeddings, each input.
    pub context_tokens: u32,
    /// The most tokens that an answer in chat may have, where that is less than the context.
    pub(super) output_tokens: Option<u32>,
    /// Its vectors, if it makes any.
    pub(super) vector: Vector,
}

/// The length of a model's embedding vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vector {
    /// It makes none.
    None,
    /// This length only: `dimensions` is refused.
    Fixed(usize),
    /// This length, or fewer with `dimensions`.
    UpTo(usize),
}

/// Context sizes are those that OpenAI publishes for the names mirrored.
static MODELS: [SandboxModel; 12] = [
    model("sandbox", TEXT, 1_047_576),
    SandboxModel { timing: SLOW, ..model("sandbox-slow", TEXT, 1_047_576) },
    SandboxModel { vector: Vector::UpTo(1536), ..model("sandbox-embedding", EMBEDDINGS, 8192) },
    model("sandbox-moderation", MODERATIONS, 32_768),
    mirror("gpt-4o-mini", 128_000, 16_384),
    mirror("gpt-4o", 128_000, 16_384),
    mirror("gpt-4.1-mini", 1_047_576, 32_768),
    model("gpt-3.5-turbo-instruct", COMPLETIONS, 4097),
    SandboxModel { vector: Vector::UpTo(1536), ..model("text-embedding-3-small", EMBEDDINGS, 8192) },
    SandboxModel { vector: Vector::UpTo(3072), ..model("text-embedding-3-large", EMBEDDINGS, 8192) },
    SandboxModel { vector: Vector::Fixed(1536), ..model("text-embedding-ada-002", EMBEDDINGS, 8192) },
    model("omni-moderation-latest", MODERATIONS, 32_768),
];

const fn model(name: &'static str, operations: Operations, context_tokens: u32) -> SandboxModel {
    SandboxModel {
        name,
        operations,
        owned_by: "sandbox",
        created: CREATED,
        timing: Timing { before: Duration::ZERO, between: Duration::ZERO },
        context_tokens,
        output_tokens: None,
        vector: Vector::None,
    }
}

const fn mirror(name: &'static str, context_tokens: u32, output_tokens: u32) -> SandboxModel {
    SandboxModel { output_tokens: Some(output_tokens), ..model(name, CHAT, context_tokens) }
}

/// Every model of the sandbox.
#[must_use]
pub fn models() -> &'static [SandboxModel] {
    &MODELS
}

/// The model that serves `operation` under `name`. An unknown name is a name that an operator gave one of ours.
pub(super) fn serving(name: &str, operation: Operation) -> Result<&'static SandboxModel, Refusal> {
    let known = find(name);
    let stand_in = match operation {
        Operation::Embeddings => "sandbox-embedding",
        Operation::Moderations => "sandbox-moderation",
        _ => "sandbox",
    };
    match known.or_else(|| find(stand_in)) {
        Some(model) if model.operations.contains(operation) => Ok(model),
        _ => Err(unsupported(name, operation, known)),
    }
}

fn find(name: &str) -> Option<&'static SandboxModel> {
    MODELS.iter().find(|model| model.name == name)
}

fn unsupported(name: &str, operation: Operation, model: Option<&SandboxModel>) -> Refusal {
    let chats = model.is_some_and(|model| model.operations.contains(Operation::ChatCompletions));
    let completes = model.is_some_and(|model| model.operations.contains(Operation::Completions));
    match operation {
        Operation::ChatCompletions if completes => Refusal::new(
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use \
             v1/completions?",
        )
        .about("model")
        .status(404),
        Operation::Completions if chats => Refusal::new(
            "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use \
             v1/chat/completions?",
        )
        .about("model")
        .status(404),
        Operation::Embeddings => Refusal::new("You are not allowed to generate embeddings from this model").status(403),
        Operation::Moderations => Refusal::new(format!(
            "Invalid value for 'model' = {name}. Please check the OpenAI documentation and try again."
        ))
        .about("model"),
        _ => Refusal::new("You are not allowed to sample from this model").status(403),
    }
}

#[derive(Serialize)]
struct List {
    object: &'static str,
    data: Vec<Model>,
}

#[derive(Serialize)]
struct Model {
    id: &'static str,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

impl Model {
    fn of(model: &SandboxModel) -> Self {
        Self { id: model.name, object: "model", created: model.created, owned_by: model.owned_by }
    }
}

/// The body of the list of models.
pub(super) fn list() -> Vec<u8> {
    write::json(&List { object: "list", data: MODELS.iter().map(Model::of).collect() })
}

/// The body of one model.
pub(super) fn one(name: &str) -> Result<Vec<u8>, Refusal> {
    match find(name) {
        Some(model) => Ok(write::json(&Model::of(model))),
        None => Err(Refusal::new(format!("The model `{name}` does not exist or you do not have access to it."))
            .code("model_not_found")
            .status(404)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_served_as_the_sandbox_itself() {
        assert_eq!(serving("my-chat", Operation::Responses).map(|m| m.name), Ok("sandbox"));
        assert_eq!(serving("my-vectors", Operation::Embeddings).map(|m| m.name), Ok("sandbox-embedding"));
    }

    #[test]
    fn model_of_another_kind_is_refused_in_openais_words() {
        let refusal = serving("gpt-3.5-turbo-instruct", Operation::ChatCompletions).expect_err("not a chat model");
        assert_eq!((refusal.status, refusal.param.as_deref()), (404, Some("model")));

        let refusal = serving("gpt-4o", Operation::Embeddings).expect_err("no embeddings");
        assert_eq!(refusal.status, 403);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = models().iter().map(|model| model.name).collect();
        names.sort_unstable();
        names.dedup();

        assert_eq!(names.len(), models().len());
    }
}

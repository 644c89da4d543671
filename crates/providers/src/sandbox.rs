//! The embedded provider: it answers every serving operation itself, the same input always with the same bytes.
//!
//! In: an [`Ask`], which is an operation, the model's public name, the caller's body and the time. Out: a [`Reply`],
//! which is the body or the events of a stream, together with how long to wait before and between them. People test
//! their applications against it, so what it says is OpenAI's shape to the letter, refusals included.
//!
//! It has no network and no clock: it does not sleep (whoever sends the reply does). Of memory it has what it is handed,
//! for the responses that their callers want stored. It takes no part in which models a caller may use. Open `chat` first, then `responses`.

mod chat;
mod completions;
mod conversation;
mod digest;
mod embeddings;
pub mod errors;
mod fields;
mod format;
mod image;
mod limits;
mod logprobs;
mod models;
mod moderations;
mod prompt;
mod refusal;
mod responses;
mod schema;
mod staged;
#[cfg(test)]
mod tests;
mod text;
mod tools;
mod usage;
mod wishes;
mod write;

use std::time::Duration;

use tollgate_core::operation::Operation;
use tollgate_tokens::Vocabulary;

pub use self::{
    models::{SandboxModel, models},
    responses::{Gone, Limits, ResponseStore, StoredAsk, stored},
    wishes::{BadWish, Wishes},
};

use self::{fields::Fields, refusal::Refusal};

/// One call of the sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What is asked for.
    pub operation: Operation,
    /// The model's public name, as the caller wrote it; the answer repeats it. A name that is not in [`models()`] is
    /// served as `sandbox`, `sandbox-embedding` or `sandbox-moderation` would be.
    pub model: &'a str,
    /// The request body, any bytes. The lists of models ignore it.
    pub body: &'a [u8],
    /// The time to put into the answer, in Unix seconds.
    pub created: i64,
    /// Where responses are stored; without, none is, and none is found.
    pub memory: Option<Memory<'a>>,
    /// What the caller wants besides.
    pub wishes: Wishes,
}

/// Where the responses of a project are stored.
#[derive(Debug, Clone, Copy)]
pub struct Memory<'a> {
    /// Those of all projects.
    pub store: &'a ResponseStore,
    /// Whose they are.
    pub project: &'a str,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// What the sandbox says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// One JSON document.
    Whole {
        /// The HTTP status: 200, or that of the refusal.
        status: u16,
        /// The JSON.
        body: Vec<u8>,
        /// How long to wait before the first byte.
        before: Duration,
    },
    /// A stream with status 200 and `content-type: text/event-stream`.
    Stream {
        /// The events, each complete and ending in an empty line. Chat and completions end with `data: [DONE]`.
        events: Vec<Vec<u8>>,
        /// How long to wait before the first event.
        before: Duration,
        /// How long to wait between two events.
        pause: Duration,
    },
}

/// How slowly a model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Before the first byte.
    pub before: Duration,
    /// Between two events of a stream.
    pub between: Duration,
}

/// What one operation has made, before the model's timing is put to it.
enum Draft {
    Whole(Vec<u8>),
    Stream(Vec<Vec<u8>>),
}

/// Answers one call. Any bytes are welcome: a body that cannot be used gets OpenAI's refusal, at once and never as a
/// stream, with OpenAI's status.
#[must_use]
pub fn answer(ask: &Ask<'_>) -> Reply {
    match draft(ask) {
        Ok((Draft::Whole(body), timing)) => Reply::Whole { status: 200, body, before: timing.before },
        Ok((Draft::Stream(events), timing)) => Reply::Stream { events, before: timing.before, pause: timing.between },
        Err(refusal) => Reply::Whole { status: refusal.status, body: refusal.body(), before: Duration::ZERO },
    }
}

/// Whether [`answer`] takes less than a few milliseconds for sure. Where it may not, because the body is long, asks for
/// much, or the vocabulary has to be loaded first, a thread that others wait for is to leave it to another.
#[must_use]
pub fn is_quick(ask: &Ask<'_>) -> bool {
    const LONG: usize = 8 << 10;
    const MANY: usize = 16;
    const MULTIPLIERS: [&[u8]; 7] = [b"\"n\"", b"logprobs", b"best_of", b"minItems", b"minLength", b"pattern", b"$ref"];
    let model = models::serving(ask.model, ask.operation).map_or(ask.model, |model| model.name);
    let many =
        ask.operation == Operation::Embeddings && memchr::memchr_iter(b',', ask.body).take(MANY + 1).count() > MANY;
    let multiplied = || MULTIPLIERS.iter().any(|word| memchr::memmem::find(ask.body, word).is_some());
    Vocabulary::of_model(model).is_loaded()
        && ask.body.len() <= LONG
        && ask.wishes.tokens.is_none()
        && !many
        && !multiplied()
}

type Handler = fn(&Ask<'_>, &SandboxModel, &Fields<'_>) -> Result<Draft, Refusal>;

fn draft(ask: &Ask<'_>) -> Result<(Draft, Timing), Refusal> {
    let handler: Handler = match ask.operation {
        Operation::ChatCompletions => chat::answer,
        Operation::Completions => completions::answer,
        Operation::Embeddings => embeddings::answer,
        Operation::Responses => responses::answer,
        Operation::InputTokens => responses::count,
        Operation::Moderations => moderations::answer,
        Operation::ListModels => return Ok((Draft::Whole(models::list()), Timing::default())),
        Operation::RetrieveModel => return Ok((Draft::Whole(models::one(ask.model)?), Timing::default())),
        Operation::RetrieveResponse
        | Operation::DeleteResponse
        | Operation::CancelResponse
        | Operation::ListInputItems => return Err(responses::not_found(ask.model)),
    };
    let model = models::serving(ask.model, ask.operation)?;
    let body = fields::parse(ask.body)?;
    fields::check_names(&body, ask.operation)?;
    let draft = handler(ask, model, &Fields::of_body(&body))?;
    let Timing { before, between } = model.timing;
    let wishes = ask.wishes;
    Ok((draft, Timing { before: wishes.before.unwrap_or(before), between: wishes.between.unwrap_or(between) }))
}

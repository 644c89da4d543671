//! Whether a prompt fits into the model's window, counted exactly where it may not.
//!
//! In: a body. Out: nothing, or OpenAI's refusal with the numbers. No token is shorter than a byte: most requests are
//! known to fit by their length alone. What has to be counted is counted with the model's own vocabulary, and beside
//! the serving thread where it is long. Images, files and tools are left out of the count: a request is refused only if
//! its text alone is too long.

use std::sync::Arc;

use serde_json::Value;
use tollgate_core::operation::Operation;
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{Diagnosis, Wire};
use tollgate_models::Mode;
use tollgate_providers::openai::members::Members;
use tollgate_tokens::{Vocabulary, recipe};

use super::known::Known;
use crate::aside::aside;

/// What a serving thread counts itself: about a millisecond.
const SHORT: usize = 16 << 10;

/// The members that bound an answer, by endpoint.
const OUTPUT: [&str; 3] = ["max_completion_tokens", "max_tokens", "max_output_tokens"];

/// Whether the body is long enough to be too long.
pub(super) fn may_be_exceeded(known: &Known, operation: Operation, body: &[u8]) -> bool {
    let Some(limit) = limit(known, operation).filter(|_| known.vocabulary.is_some()) else { return false };
    let length = body.len() as u64;
    // An answer's bound is looked at only where it could matter.
    length > u64::from(limit)
        || (known.can.context.is_some()
            && known.can.max_output.is_none_or(|most| length + u64::from(most) > u64::from(limit))
            && length + answer(known, operation, body) > u64::from(limit))
}

/// Counts, and refuses what does not fit.
pub(super) async fn check(known: &Arc<Known>, operation: Operation, body: &[u8]) -> Result<(), Box<Diagnosis>> {
    let Some(vocabulary) = known.vocabulary else { return Ok(()) };
    if body.len() <= SHORT && vocabulary.is_loaded() {
        return counted(known, vocabulary, operation, body);
    }
    let (known, body) = (known.clone(), body.to_vec());
    let made = aside(move || counted(&known, vocabulary, operation, &body)).await;
    // A fault of the count is no reason to refuse: the provider decides then.
    made.unwrap_or(Ok(()))
}

fn counted(known: &Known, vocabulary: Vocabulary, operation: Operation, body: &[u8]) -> Result<(), Box<Diagnosis>> {
    let (Some(limit), Some(members)) = (limit(known, operation), Members::read(body)) else { return Ok(()) };
    if members.text("truncation") == Some("\"auto\"") {
        return Ok(());
    }
    let prompt = prompt(vocabulary, operation, &members);
    let completion = u32::try_from(answer(known, operation, body)).unwrap_or(u32::MAX);
    let shared = known.can.context.filter(|window| u64::from(prompt) + u64::from(completion) > u64::from(*window));
    if prompt <= limit && shared.is_none() {
        return Ok(());
    }
    Err(Box::new(refusal(known, operation, &Sizes { limit, prompt, completion })))
}

/// The most tokens that a prompt may have.
fn limit(known: &Known, operation: Operation) -> Option<u32> {
    match (operation, known.can.mode) {
        // OpenAI's refusals say 8,192, one more than the table.
        (Operation::Embeddings, Mode::Embedding) => known.can.max_input.map(|n| if n == 8191 { 8192 } else { n }),
        (Operation::ChatCompletions | Operation::Completions | Operation::Responses, _) => {
            known.can.context.or(known.can.max_input)
        }
        _ => None,
    }
}

/// How long an answer the request asks room for, at most the model's longest; 0 where it does not say.
fn answer(known: &Known, operation: Operation, body: &[u8]) -> u64 {
    // A response that finds no room is cut off, and not refused.
    if !matches!(operation, Operation::ChatCompletions | Operation::Completions) {
        return 0;
    }
    let Some(members) = Members::read(body) else { return 0 };
    let asked = OUTPUT.iter().find_map(|name| members.number(name));
    let asked = asked.filter(|tokens| *tokens > 0.0).map_or(0, |tokens| tokens as u64);
    known.can.max_output.map_or(asked, |most| asked.min(u64::from(most)))
}

/// Tokens of the text alone; of several inputs or prompts, the longest.
fn prompt(vocabulary: Vocabulary, operation: Operation, members: &Members<'_>) -> u32 {
    let list = |name: &str| members.value(name).unwrap_or_default();
    match operation {
        Operation::ChatCompletions => {
            let messages = list("messages");
            let sum = messages.as_array().into_iter().flatten().map(|message| of_message(vocabulary, message));
            sum.fold(recipe::PRIMING, u32::saturating_add)
        }
        Operation::Completions => longest(vocabulary, &list("prompt")),
        Operation::Embeddings => longest(vocabulary, &list("input")),
        _ => {
            let instructions = text(vocabulary, &list("instructions"));
            let input = list("input");
            let items = input.as_array().into_iter().flatten().map(|item| of_message(vocabulary, item));
            items.fold(instructions.saturating_add(text(vocabulary, &input)), u32::saturating_add)
        }
    }
}

fn text(vocabulary: Vocabulary, value: &Value) -> u32 {
    value.as_str().map_or(0, |text| recipe::tokens(vocabulary, text))
}

/// A message of either API: what surrounds it, its texts, its calls.
fn of_message(vocabulary: Vocabulary, message: &Value) -> u32 {
    let mut tokens = recipe::PER_MESSAGE + text(vocabulary, &message["role"]);
    let mut add = |more: u32| tokens = tokens.saturating_add(more);
    add(text(vocabulary, &message["content"]));
    for part in message["content"].as_array().into_iter().flatten() {
        add(text(vocabulary, &part["text"]));
    }
    if message["name"].is_string() {
        add(recipe::PER_NAME + text(vocabulary, &message["name"]));
    }
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        add(text(vocabulary, &call["function"]["name"]));
        add(text(vocabulary, &call["function"]["arguments"]));
    }
    // Items of the Responses API.
    add(text(vocabulary, &message["arguments"]));
    add(text(vocabulary, &message["output"]));
    tokens
}

fn longest(vocabulary: Vocabulary, value: &Value) -> u32 {
    match value {
        Value::String(text) => recipe::tokens(vocabulary, text),
        // A list of numbers is one input, already in tokens.
        Value::Array(ids) if ids.first().is_some_and(Value::is_number) => u32::try_from(ids.len()).unwrap_or(u32::MAX),
        Value::Array(inputs) => inputs.iter().map(|input| longest(vocabulary, input)).max().unwrap_or(0),
        _ => 0,
    }
}

struct Sizes {
    limit: u32,
    prompt: u32,
    completion: u32,
}

fn refusal(known: &Known, operation: Operation, sizes: &Sizes) -> Diagnosis {
    let Sizes { limit, prompt, completion } = *sizes;
    let used = if prompt > limit { prompt } else { prompt.saturating_add(completion) };
    let d = Diagnosis::new(&causes::CONTEXT_LENGTH_EXCEEDED)
        .fact("limit", limit.to_string())
        .fact("used", used.to_string())
        .fact("prompt", prompt.to_string())
        .fact("completion", (used - prompt).to_string())
        .evidence(format!("{} takes {limit} tokens; the text of the request is {prompt}", known.name));
    let d = match used == prompt {
        true => d,
        false => d.evidence(format!("{completion} more are asked for as the answer")),
    };
    match operation {
        Operation::ChatCompletions if used == prompt => d,
        Operation::ChatCompletions => d.with_wire(wires::CONTEXT_WITH_COMPLETION),
        Operation::Responses => d.with_wire(wires::CONTEXT_OF_INPUT),
        // The same sentence, and no code.
        Operation::Embeddings => d.with_wire(Wire { code: None, ..wires::CONTEXT_OF_PROMPT }),
        _ => d.with_wire(wires::CONTEXT_OF_PROMPT),
    }
}

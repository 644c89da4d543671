//! `POST /v1/responses`, whole, streamed and in the background; what is stored of it, and `/v1/responses/input_tokens`.
//!
//! In: the body of a responses request. Out: a `response` with its items (reasoning, calls of functions, a message), or
//! the events that lead to it. It is kept where the caller says so, which is the default, and where there is a memory to
//! keep it in: later requests build on it, and [`mod@stored`] gives it back. Conversations and prompts are not kept here.

mod events;
mod ids;
mod input;
mod items;
mod logprobs;
mod output;
mod query;
mod request;
mod store;
mod stored;
mod wire;

use super::{
    Ask, Draft, digest::Digest, fields::Fields, models::SandboxModel, refusal::Refusal, staged::Staged, text::Ending,
    write,
};

pub use self::{
    store::{Gone, Limits, ResponseStore},
    stored::{StoredAsk, stored},
};

use self::{
    ids::Ids,
    input::Past,
    items::Item,
    output::Answer,
    request::Request,
    store::{Made, Schedule},
    wire::{Failure, IncompleteDetails, Response, TokenCount, Usage},
};

/// How long a response is queued that is made in the background, and how long it is at least worked on: long enough that
/// a program sees both, and can cancel it.
const QUEUED_MS: u64 = 250;
const WORKED_ON_MS: u64 = 750;

/// Answers a responses request.
pub(super) fn answer(ask: &Ask<'_>, model: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let past = Past::of(ask, body)?;
    let request = Request::read(body, &past)?;
    let input_tokens = within_context(&request, model)?;
    let ids = named(ask, &request);
    let id = ids.response();
    let answer = Answer::of(&request, request.earlier.as_deref(), ask.wishes.tokens, &ids);
    let begun = begun(ask, &id, &request);
    let mut done = match request.staged {
        Staged::Failure => failed(&begun, &answer),
        _ => done(ask, &begun, &answer, input_tokens),
    };
    let mut events = if request.stream || request.background { events::of(&begun, &done) } else { Vec::new() };
    let schedule = request.background.then(|| schedule(ask, model, request.stream, events.len()));
    if let Some(schedule) = schedule {
        done.completed_at = done.completed_at.and(i64::try_from(schedule.ends_ms / 1000).ok());
        if request.stream {
            // Its last event tells the end.
            events = events::of(&begun, &done);
        }
    }
    let made = write::json_text(&done);
    let queued = request.background.then(|| write::json_text(&begun));
    let replayed = if request.background && request.stream { events.clone() } else { Vec::new() };
    let draft = match (&queued, request.stream) {
        (_, true) => Draft::Stream(events),
        (Some(queued), false) => Draft::Whole(queued.clone().into_bytes()),
        (None, false) => Draft::Whole(made.clone().into_bytes()),
    };
    if let Some(memory) = ask.memory {
        if request.store {
            let input = items::of_input(past.input.as_deref(), |index| ids.input(index));
            let kept = Made {
                done: made,
                background: queued.zip(schedule),
                events: replayed,
                earlier: past.earlier,
                input: input.iter().filter_map(item).collect(),
                output: output::values(&answer.output).filter_map(|value| item(&value)).collect(),
            };
            memory.store.keep(memory.project, &id, memory.now_ms, kept);
        } else {
            memory.store.pass(memory.project, &id);
        }
    }
    Ok(draft)
}

/// Counts what a responses request would come to.
pub(super) fn count(ask: &Ask<'_>, _: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let past = Past::of(ask, body)?;
    let input_tokens = request::input_tokens(body, &past)?;
    Ok(Draft::Whole(write::json(&TokenCount { object: "response.input_tokens", input_tokens })))
}

/// No response of this id is stored.
pub(super) fn not_found(id: &str) -> Refusal {
    Refusal::new(format!("Response with id '{id}' not found.")).status(404)
}

/// The tokens of the input, which must fit into the model's context or be cut to it.
fn within_context(request: &Request<'_>, model: &SandboxModel) -> Result<u32, Refusal> {
    match request.input_tokens() {
        tokens if tokens <= model.context_tokens => Ok(tokens),
        _ if request.truncation == "auto" => Ok(model.context_tokens),
        _ => Err(Refusal::new(
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
        )
        .about("input")
        .code("context_length_exceeded")),
    }
}

/// The ids of this call: others than those of the same call before, where that is stored.
fn named(ask: &Ask<'_>, request: &Request<'_>) -> Ids {
    let digest = Digest::of(ask);
    let attempt = ask.memory.filter(|_| request.store).map_or(0, |memory| {
        let candidate = |attempt| Ids::new(digest, attempt).response();
        memory.store.reserve(memory.project, memory.now_ms, candidate).0
    });
    Ids::new(digest, attempt)
}

/// When a response that is made in the background is begun and finished: with its last event, where it is streamed.
fn schedule(ask: &Ask<'_>, model: &SandboxModel, streamed: bool, events: usize) -> Schedule {
    let now_ms = ask.memory.map_or_else(|| u64::try_from(ask.created).unwrap_or_default() * 1000, |m| m.now_ms);
    let pauses = u32::try_from(events.saturating_sub(1)).unwrap_or(u32::MAX);
    let paced = model.timing.between.saturating_mul(pauses);
    let work = u64::try_from((model.timing.before + paced).as_millis()).unwrap_or(u64::MAX);
    if streamed {
        return Schedule { begins_ms: now_ms, ends_ms: now_ms.saturating_add(work) };
    }
    let begins_ms = now_ms + QUEUED_MS;
    Schedule { begins_ms, ends_ms: begins_ms.saturating_add(work.max(WORKED_ON_MS)) }
}

/// The response before anything is said.
fn begun<'a>(ask: &Ask<'a>, id: &'a str, request: &'a Request<'_>) -> Response<'a> {
    Response {
        id,
        object: "response",
        created_at: ask.created,
        status: if request.background { "queued" } else { "in_progress" },
        background: request.background,
        completed_at: None,
        error: None,
        incomplete_details: None,
        instructions: request.instructions,
        max_output_tokens: request.max_output_tokens,
        max_tool_calls: request.max_tool_calls,
        model: ask.model,
        output: &[],
        parallel_tool_calls: request.parallel_tool_calls,
        previous_response_id: request.previous,
        prompt_cache_key: request.prompt_cache_key,
        reasoning: &request.reasoning,
        safety_identifier: request.safety_identifier,
        service_tier: request.service_tier,
        store: request.store,
        temperature: &request.temperature,
        text: &request.text,
        tool_choice: &request.tool_choice,
        tools: &request.tools,
        top_logprobs: request.top_logprobs,
        top_p: &request.top_p,
        truncation: request.truncation,
        usage: None,
        user: request.user,
        metadata: &request.metadata,
    }
}

/// The response when all is said.
fn done<'a>(ask: &Ask<'_>, begun: &Response<'a>, answer: &'a Answer, input_tokens: u32) -> Response<'a> {
    let cut = match answer.ending {
        Ending::Stop => None,
        Ending::Length => Some(IncompleteDetails { reason: "max_output_tokens" }),
        Ending::Filtered => Some(IncompleteDetails { reason: "content_filter" }),
    };
    Response {
        status: output::status(answer.ending),
        completed_at: cut.is_none().then_some(ask.created),
        incomplete_details: cut,
        output: &answer.output,
        usage: Some(Usage::new(input_tokens, answer.tokens(), answer.reasoning_tokens)),
        ..begun.clone()
    }
}

/// The response when it has failed, with as much as was said by then.
fn failed<'a>(begun: &Response<'a>, answer: &'a Answer) -> Response<'a> {
    let message = "The sandbox was asked to fail, by the metadata of the request.";
    Response {
        status: "failed",
        error: Some(Failure { code: "server_error", message }),
        output: &answer.output,
        ..begun.clone()
    }
}

/// An item with its id, as it is kept.
fn item(value: &serde_json::Value) -> Option<Item> {
    value.get("id")?.as_str().map(|id| Item::new(id, value))
}

//! `POST /v1/responses`, whole and streamed, and `POST /v1/responses/input_tokens`.
//!
//! In: the body of a responses request. Out: a `response` with one item (a message or a function call), or the events
//! that lead to it. Nothing is kept: a response named as the previous one is not found, nor is a conversation or a
//! stored item, and `store` and `background` are only repeated in the answer.

mod events;
mod request;
mod wire;

use super::{
    Ask, Draft,
    digest::Digest,
    fields::Fields,
    models::SandboxModel,
    refusal::Refusal,
    text::{Ending, limited, tokens},
    write,
};

use self::{
    request::Request,
    wire::{IncompleteDetails, Item, Part, Response, TokenCount, Usage},
};

/// Digits of the ids after `resp_`, `msg_` and `fc_`, and after `call_`.
const ID_DIGITS: usize = 48;
const CALL_DIGITS: usize = 24;

/// Answers a responses request.
pub(super) fn answer(ask: &Ask<'_>, model: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let request = Request::read(body)?;
    let input_tokens = request.input_tokens();
    if input_tokens > model.context_tokens {
        return Err(Refusal::new(
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
        )
        .about("input")
        .code("context_length_exceeded"));
    }
    let digest = Digest::of(ask);
    let id = format!("resp_{}", digest.hex(0, ID_DIGITS));
    let (item, ending) = item(&request, digest);
    let begun = begun(ask, &id, &request);
    let done = done(ask, &begun, &item, ending, input_tokens);
    if request.stream {
        Ok(Draft::Stream(events::of(&begun, &item, &done)))
    } else {
        Ok(Draft::Whole(write::json(&done)))
    }
}

/// Counts what a responses request would come to.
pub(super) fn count(_: &Ask<'_>, _: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let input_tokens = request::input_tokens(body)?;
    Ok(Draft::Whole(write::json(&TokenCount { object: "response.input_tokens", input_tokens })))
}

/// No response of this id is stored.
pub(super) fn not_found(id: &str) -> Refusal {
    Refusal::new(format!("Response with id '{id}' not found.")).status(404)
}

/// The one item of the answer.
fn item(request: &Request<'_>, digest: Digest) -> (Item, Ending) {
    if let Some(call) = request.toolbox.call(&request.conversation) {
        let item = Item::FunctionCall {
            id: format!("fc_{}", digest.hex(1, ID_DIGITS)),
            r#type: "function_call",
            status: "completed",
            arguments: call.arguments,
            call_id: format!("call_{}", digest.hex(2, CALL_DIGITS)),
            name: call.name,
        };
        return (item, Ending::Stop);
    }
    let content = request.format.content(&request.conversation);
    let (text, ending) = limited(&content, &[], request.max_output_tokens);
    let item = Item::Message {
        id: format!("msg_{}", digest.hex(1, ID_DIGITS)),
        r#type: "message",
        status: status(ending),
        role: "assistant",
        content: vec![Part::new(text)],
    };
    (item, ending)
}

fn status(ending: Ending) -> &'static str {
    match ending {
        Ending::Stop => "completed",
        Ending::Length => "incomplete",
    }
}

/// The response before anything is said.
fn begun<'a>(ask: &Ask<'a>, id: &'a str, request: &'a Request<'_>) -> Response<'a> {
    Response {
        id,
        object: "response",
        created_at: ask.created,
        status: "in_progress",
        background: request.background,
        completed_at: None,
        error: None,
        incomplete_details: None,
        instructions: request.instructions,
        max_output_tokens: request.max_output_tokens,
        max_tool_calls: request.max_tool_calls,
        model: ask.model,
        output: Vec::new(),
        parallel_tool_calls: request.parallel_tool_calls,
        previous_response_id: None,
        reasoning: &request.reasoning,
        service_tier: "default",
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
fn done<'a>(ask: &Ask<'_>, begun: &Response<'a>, item: &'a Item, ending: Ending, input_tokens: u32) -> Response<'a> {
    let output_tokens = match item {
        Item::Message { content, .. } => content.iter().map(|part| tokens(&part.text)).fold(0, u32::saturating_add),
        Item::FunctionCall { name, arguments, .. } => tokens(name).saturating_add(tokens(arguments)),
    };
    let cut = ending == Ending::Length;
    Response {
        status: status(ending),
        completed_at: (!cut).then_some(ask.created),
        incomplete_details: cut.then_some(IncompleteDetails { reason: "max_output_tokens" }),
        output: vec![item],
        usage: Some(Usage::new(input_tokens, output_tokens)),
        ..begun.clone()
    }
}

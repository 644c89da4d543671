//! The items that a request is answered with.
//!
//! In: a request, and what was said before it. Out: a summary of the reasoning where one is asked for, then calls of
//! tools, a refusal, or a message that says what arrived.

use serde_json::Value;

use tollgate_tokens::Vocabulary;

use crate::sandbox::{
    staged::{REFUSED, Staged},
    text::{Ending, excerpt, filtered, lengthened, limited, tokens},
    tools::Kind,
};

use super::{
    ids::Ids,
    logprobs,
    request::Request,
    wire::{Output, Part, Summary},
};

/// What is answered.
pub(super) struct Answer {
    pub(super) output: Vec<Output>,
    pub(super) ending: Ending,
    pub(super) reasoning_tokens: u32,
}

impl Answer {
    /// Of a request; `earlier` is what the user said last in the turns before, `wished` the tokens of prose asked for.
    pub(super) fn of(request: &Request<'_>, earlier: Option<&str>, wished: Option<u32>, ids: &Ids) -> Self {
        let mut output = Vec::new();
        let mut reasoning_tokens = 0;
        if request.reasons() {
            let thought = thought(request);
            reasoning_tokens = tokens(&thought);
            output.push(reasoning(request, thought, ids));
        }
        let ending = if request.staged == Staged::Refusal {
            let refusal = Part::refusal(REFUSED.to_owned());
            output.push(message(vec![refusal], Ending::Stop, ids, output.len()));
            Ending::Stop
        } else {
            call_or_say(request, (earlier, wished), reasoning_tokens, ids, &mut output)
        };
        Self { output, ending, reasoning_tokens }
    }

    /// Tokens of all items.
    pub(super) fn tokens(&self) -> u32 {
        let of = |item: &Output| match item {
            Output::Reasoning { .. } => self.reasoning_tokens,
            Output::Message { content, .. } => {
                content.iter().map(|part| tokens(part.words())).fold(0, u32::saturating_add)
            }
            Output::FunctionCall { name, arguments, .. } => tokens(name).saturating_add(tokens(arguments)),
            Output::CustomToolCall { name, input, .. } => tokens(name).saturating_add(tokens(input)),
        };
        self.output.iter().map(of).fold(0, u32::saturating_add)
    }
}

fn call_or_say(
    request: &Request<'_>,
    (earlier, wished): (Option<&str>, Option<u32>),
    reasoning_tokens: u32,
    ids: &Ids,
    output: &mut Vec<Output>,
) -> Ending {
    for call in request.toolbox.calls(&request.conversation, 0) {
        let call_id = ids.call(output.len());
        output.push(match call.kind {
            Kind::Function => Output::FunctionCall {
                id: ids.item("fc", output.len()),
                r#type: "function_call",
                status: "completed",
                arguments: call.arguments,
                call_id,
                name: call.name,
            },
            Kind::Custom => Output::CustomToolCall {
                id: ids.item("ctc", output.len()),
                r#type: "custom_tool_call",
                status: "completed",
                call_id,
                input: call.arguments,
                name: call.name,
            },
        });
    }
    if output.iter().any(|item| matches!(item, Output::FunctionCall { .. } | Output::CustomToolCall { .. })) {
        return Ending::Stop;
    }
    let mut content = request.format.content(&request.conversation, 0);
    if let (true, Some(earlier)) = (request.format.is_text(), earlier) {
        content.push_str(&format!(" Before that, you said: “{}”.", excerpt(earlier)));
    }
    let left = request.max_output_tokens.map(|most| most.saturating_sub(reasoning_tokens));
    let cut_off = matches!(request.staged, Staged::ContentFilter | Staged::Failure);
    let (text, ending) = match wished.filter(|_| request.format.is_text()) {
        _ if cut_off => (filtered(Vocabulary::O200k, &content).text, Ending::Filtered),
        Some(wished) => {
            let long = lengthened(&content, &[], left, wished);
            (long.text, long.ending)
        }
        None => limited(&content, &[], left),
    };
    let alternatives = usize::try_from(request.top_logprobs).unwrap_or_default();
    let logprobs =
        if request.includes("message.output_text.logprobs") { logprobs::of(&text, alternatives) } else { Vec::new() };
    output.push(message(vec![Part::text(text, logprobs)], ending, ids, output.len()));
    ending
}

/// A word of the response's status, and of a message's.
pub(super) fn status(ending: Ending) -> &'static str {
    match ending {
        Ending::Stop => "completed",
        Ending::Length | Ending::Filtered => "incomplete",
    }
}

fn message(content: Vec<Part>, ending: Ending, ids: &Ids, index: usize) -> Output {
    Output::Message {
        id: ids.item("msg", index),
        r#type: "message",
        status: status(ending),
        role: "assistant",
        content,
    }
}

fn reasoning(request: &Request<'_>, thought: String, ids: &Ids) -> Output {
    let sealed = request.includes("reasoning.encrypted_content");
    Output::Reasoning {
        id: ids.item("rs", 0),
        r#type: "reasoning",
        encrypted_content: sealed.then(|| format!("sandbox-{}", ids.seal())),
        summary: if request.reasoning.summary.is_some() { vec![Summary::new(thought)] } else { Vec::new() },
    }
}

/// What it thought, in so many words.
fn thought(request: &Request<'_>) -> String {
    let offered = request.tools.len();
    let next = match offered {
        0 => "No tool is offered, so I answer in words.".to_owned(),
        1 => "1 tool is offered; I look whether it is to be called.".to_owned(),
        _ => format!("{offered} tools are offered; I look which is to be called."),
    };
    let messages = match request.conversation.messages() {
        1 => "1 message".to_owned(),
        several => format!("{several} messages"),
    };
    format!("**Reading the request**\n\nI received {messages}. {next}")
}

/// The items as they are kept and listed.
pub(super) fn values(output: &[Output]) -> impl Iterator<Item = Value> {
    output.iter().map(|item| serde_json::to_value(item).expect("items have string keys and no serialiser that fails"))
}

//! The events of a streamed response.
//!
//! In: the response before and after, and with it the items between. Out: the events in OpenAI's order, numbered from 0
//! without a gap, each with an `event:` line equal to its `type`. There is no `[DONE]`: the last event is the end.

use serde::Serialize;

use crate::sandbox::{text::pieces, write};

use super::{
    logprobs,
    wire::{LogProb, Output, Part, Response, Summary},
};

/// Every message here has one part, and every summary.
const FIRST: u32 = 0;

#[derive(Serialize)]
struct Event<'a> {
    r#type: &'static str,
    sequence_number: u64,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Response { response: &'a Response<'a> },
    Item { output_index: usize, item: &'a Output },
    Part { item_id: &'a str, output_index: usize, content_index: u32, part: &'a Part },
    TextDelta { item_id: &'a str, output_index: usize, content_index: u32, delta: &'a str, logprobs: Vec<LogProb> },
    TextDone { item_id: &'a str, output_index: usize, content_index: u32, text: &'a str, logprobs: &'a [LogProb] },
    RefusalDelta { item_id: &'a str, output_index: usize, content_index: u32, delta: &'a str },
    RefusalDone { item_id: &'a str, output_index: usize, content_index: u32, refusal: &'a str },
    ArgumentsDelta { item_id: &'a str, output_index: usize, delta: &'a str },
    ArgumentsDone { item_id: &'a str, name: &'a str, output_index: usize, arguments: &'a str },
    InputDelta { item_id: &'a str, output_index: usize, delta: &'a str },
    InputDone { item_id: &'a str, output_index: usize, input: &'a str },
    SummaryPart { item_id: &'a str, output_index: usize, summary_index: u32, part: &'a Summary },
    SummaryDelta { item_id: &'a str, output_index: usize, summary_index: u32, delta: &'a str },
    SummaryDone { item_id: &'a str, output_index: usize, summary_index: u32, text: &'a str },
}

#[derive(Default)]
struct Stream {
    events: Vec<Vec<u8>>,
}

impl Stream {
    fn push(&mut self, name: &'static str, body: Body<'_>) {
        let event = Event { r#type: name, sequence_number: self.events.len() as u64, body };
        self.events.push(write::named_event(name, &event));
    }
}

/// The events from `begun` to `done`.
pub(super) fn of(begun: &Response<'_>, done: &Response<'_>) -> Vec<Vec<u8>> {
    let mut stream = Stream::default();
    stream.push("response.created", Body::Response { response: begun });
    if begun.background {
        stream.push("response.queued", Body::Response { response: begun });
    }
    let working = Response { status: "in_progress", ..begun.clone() };
    stream.push("response.in_progress", Body::Response { response: &working });
    for (output_index, item) in done.output.iter().enumerate() {
        stream.push("response.output_item.added", Body::Item { output_index, item: &emptied(item) });
        match item {
            Output::Reasoning { id, summary, .. } => {
                summary.iter().for_each(|part| think(&mut stream, id, output_index, part));
            }
            Output::Message { id, content, .. } => {
                content.iter().for_each(|part| say(&mut stream, id, output_index, done.top_logprobs, part));
            }
            Output::FunctionCall { id, name, arguments, .. } => call(&mut stream, id, output_index, name, arguments),
            Output::CustomToolCall { id, input, .. } => call_custom(&mut stream, id, output_index, input),
        }
        if done.error.is_some() {
            // What fails does not get as far.
            break;
        }
        stream.push("response.output_item.done", Body::Item { output_index, item });
    }
    let end = match done.status {
        "failed" => "response.failed",
        "incomplete" => "response.incomplete",
        _ => "response.completed",
    };
    stream.push(end, Body::Response { response: done });
    stream.events
}

/// The item as it is announced: in progress, and without what it will say.
fn emptied(item: &Output) -> Output {
    match item {
        Output::Reasoning { id, r#type, encrypted_content, .. } => Output::Reasoning {
            id: id.clone(),
            r#type,
            encrypted_content: encrypted_content.clone(),
            summary: Vec::new(),
        },
        Output::Message { id, r#type, role, .. } => {
            Output::Message { id: id.clone(), r#type, status: "in_progress", role, content: Vec::new() }
        }
        Output::FunctionCall { id, r#type, call_id, name, .. } => Output::FunctionCall {
            id: id.clone(),
            r#type,
            status: "in_progress",
            arguments: String::new(),
            call_id: call_id.clone(),
            name: name.clone(),
        },
        Output::CustomToolCall { id, r#type, call_id, name, .. } => Output::CustomToolCall {
            id: id.clone(),
            r#type,
            status: "in_progress",
            call_id: call_id.clone(),
            input: String::new(),
            name: name.clone(),
        },
    }
}

fn think(stream: &mut Stream, item_id: &str, output_index: usize, part: &Summary) {
    let summary_index = FIRST;
    let empty = Summary::new(String::new());
    let added = Body::SummaryPart { item_id, output_index, summary_index, part: &empty };
    stream.push("response.reasoning_summary_part.added", added);
    for delta in pieces(&part.text) {
        let delta = Body::SummaryDelta { item_id, output_index, summary_index, delta };
        stream.push("response.reasoning_summary_text.delta", delta);
    }
    let text = Body::SummaryDone { item_id, output_index, summary_index, text: &part.text };
    stream.push("response.reasoning_summary_text.done", text);
    let done = Body::SummaryPart { item_id, output_index, summary_index, part };
    stream.push("response.reasoning_summary_part.done", done);
}

fn say(stream: &mut Stream, item_id: &str, output_index: usize, alternatives: i64, part: &Part) {
    let content_index = FIRST;
    let empty = match part {
        Part::Text { .. } => Part::text(String::new(), Vec::new()),
        Part::Refusal { .. } => Part::refusal(String::new()),
    };
    stream.push("response.content_part.added", Body::Part { item_id, output_index, content_index, part: &empty });
    match part {
        Part::Text { text, logprobs, .. } => {
            let alternatives = usize::try_from(alternatives).unwrap_or_default();
            for delta in pieces(text) {
                let known = !logprobs.is_empty();
                let logprobs = known.then(|| logprobs::of_piece(delta, alternatives)).into_iter().collect();
                let delta = Body::TextDelta { item_id, output_index, content_index, delta, logprobs };
                stream.push("response.output_text.delta", delta);
            }
            let done = Body::TextDone { item_id, output_index, content_index, text, logprobs };
            stream.push("response.output_text.done", done);
        }
        Part::Refusal { refusal, .. } => {
            for delta in pieces(refusal) {
                let delta = Body::RefusalDelta { item_id, output_index, content_index, delta };
                stream.push("response.refusal.delta", delta);
            }
            let done = Body::RefusalDone { item_id, output_index, content_index, refusal };
            stream.push("response.refusal.done", done);
        }
    }
    stream.push("response.content_part.done", Body::Part { item_id, output_index, content_index, part });
}

fn call(stream: &mut Stream, item_id: &str, output_index: usize, name: &str, arguments: &str) {
    for delta in pieces(arguments) {
        stream.push("response.function_call_arguments.delta", Body::ArgumentsDelta { item_id, output_index, delta });
    }
    let done = Body::ArgumentsDone { item_id, name, output_index, arguments };
    stream.push("response.function_call_arguments.done", done);
}

fn call_custom(stream: &mut Stream, item_id: &str, output_index: usize, input: &str) {
    for delta in pieces(input) {
        stream.push("response.custom_tool_call_input.delta", Body::InputDelta { item_id, output_index, delta });
    }
    stream.push("response.custom_tool_call_input.done", Body::InputDone { item_id, output_index, input });
}

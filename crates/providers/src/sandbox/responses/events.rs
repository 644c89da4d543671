//! The events of a streamed response.
//!
//! In: the response before and after, and the item between. Out: the events in OpenAI's order, numbered from 0 without
//! a gap, each with an `event:` line equal to its `type`. There is no `[DONE]`: the last event is the end.

use serde::Serialize;

use crate::sandbox::{text::pieces, write};

use super::wire::{Item, Part, Response};

/// Every response here has one item with at most one part.
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
    Item { output_index: u32, item: &'a Item },
    Part { item_id: &'a str, output_index: u32, content_index: u32, part: &'a Part },
    TextDelta { item_id: &'a str, output_index: u32, content_index: u32, delta: &'a str, logprobs: [(); 0] },
    TextDone { item_id: &'a str, output_index: u32, content_index: u32, text: &'a str, logprobs: [(); 0] },
    ArgumentsDelta { item_id: &'a str, output_index: u32, delta: &'a str },
    ArgumentsDone { item_id: &'a str, name: &'a str, output_index: u32, arguments: &'a str },
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

/// The events from `begun` over `item` to `done`.
pub(super) fn of(begun: &Response<'_>, item: &Item, done: &Response<'_>) -> Vec<Vec<u8>> {
    let mut stream = Stream::default();
    stream.push("response.created", Body::Response { response: begun });
    stream.push("response.in_progress", Body::Response { response: begun });
    let empty = emptied(item);
    stream.push("response.output_item.added", Body::Item { output_index: FIRST, item: &empty });
    match item {
        Item::Message { id, content, .. } => content.iter().for_each(|part| say(&mut stream, id, part)),
        Item::FunctionCall { id, name, arguments, .. } => call(&mut stream, id, name, arguments),
    }
    stream.push("response.output_item.done", Body::Item { output_index: FIRST, item });
    let end = if done.incomplete_details.is_some() { "response.incomplete" } else { "response.completed" };
    stream.push(end, Body::Response { response: done });
    stream.events
}

/// The item as it is announced: in progress, and without what it will say.
fn emptied(item: &Item) -> Item {
    match item {
        Item::Message { id, r#type, role, .. } => {
            Item::Message { id: id.clone(), r#type, status: "in_progress", role, content: Vec::new() }
        }
        Item::FunctionCall { id, r#type, call_id, name, .. } => Item::FunctionCall {
            id: id.clone(),
            r#type,
            status: "in_progress",
            arguments: String::new(),
            call_id: call_id.clone(),
            name: name.clone(),
        },
    }
}

fn say(stream: &mut Stream, item_id: &str, part: &Part) {
    let (output_index, content_index) = (FIRST, FIRST);
    let empty = Part::new(String::new());
    stream.push("response.content_part.added", Body::Part { item_id, output_index, content_index, part: &empty });
    for delta in pieces(&part.text) {
        let delta = Body::TextDelta { item_id, output_index, content_index, delta, logprobs: [] };
        stream.push("response.output_text.delta", delta);
    }
    let text = Body::TextDone { item_id, output_index, content_index, text: &part.text, logprobs: [] };
    stream.push("response.output_text.done", text);
    stream.push("response.content_part.done", Body::Part { item_id, output_index, content_index, part });
}

fn call(stream: &mut Stream, item_id: &str, name: &str, arguments: &str) {
    let output_index = FIRST;
    for delta in pieces(arguments) {
        stream.push("response.function_call_arguments.delta", Body::ArgumentsDelta { item_id, output_index, delta });
    }
    let done = Body::ArgumentsDone { item_id, name, output_index, arguments };
    stream.push("response.function_call_arguments.done", done);
}

//! Reading the input: the turns that a request builds on, and its own items.
//!
//! In: the body, and what the project has stored. Out: a [`Past`] with the turns before and the input's items, references
//! among them resolved; then the conversation that all of it makes, or OpenAI's refusal of the first item that is wrong.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Map, Value};
use tollgate_tokens::images::Detail;

use crate::sandbox::{
    Ask,
    conversation::{Attachment, Conversation, Role},
    fields::Fields,
    image::Image,
    refusal::Refusal,
};

use super::store::Turn;

const INPUT: &str = "one of a string or array of input items";
const ROLES: [&str; 4] = ["assistant", "system", "developer", "user"];
/// Every type of item that OpenAI knows, as its own refusal lists them.
const ITEMS: [&str; 33] = [
    "additional_tools",
    "agent_message",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "file_search_call",
    "function_call",
    "function_call_output",
    "image_generation_call",
    "item_reference",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "message",
    "multi_agent_call",
    "multi_agent_call_output",
    "program",
    "program_output",
    "reasoning",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];
const PARTS: [&str; 9] = [
    "input_text",
    "input_image",
    "input_audio",
    "output_text",
    "refusal",
    "input_file",
    "computer_screenshot",
    "summary_text",
    "encrypted_content",
];

/// What a request builds on, and its own input.
#[derive(Default)]
pub(super) struct Past<'a> {
    /// The turns before, oldest first.
    pub(super) earlier: Vec<Arc<Turn>>,
    /// `input`, with the items in place of references to them; `None` where it is absent.
    pub(super) input: Option<Cow<'a, Value>>,
    /// Why the turns before are not there. It is told behind what is wrong with the parameters.
    absent: Option<Refusal>,
}

impl<'a> Past<'a> {
    /// Of a body.
    pub(super) fn of(ask: &Ask<'_>, body: &Fields<'a>) -> Result<Self, Refusal> {
        let previous = body.string("previous_response_id")?;
        if previous.is_some() && body.get("conversation").is_some() {
            // Word for word, the empty quotes and the shortened name too (measured in August 2026).
            return Err(Refusal::new(
                "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or \
                 'conversation'.",
            )
            .code("mutually_exclusive_parameters"));
        }
        let (earlier, absent) = match previous.map(|id| turns(ask, id)).transpose() {
            Ok(turns) => (turns.unwrap_or_default(), None),
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        let input = match body.get_or_null("input") {
            Some(Value::Array(items)) if items.iter().any(|item| is_reference(item) || is_bare_reasoning(item)) => {
                Some(Cow::Owned(resolved(ask, items)?))
            }
            input => input.map(Cow::Borrowed),
        };
        Ok(Self { earlier, input, absent })
    }

    /// Whether what it builds on is there.
    pub(super) fn check_found(&self) -> Result<(), Refusal> {
        self.absent.clone().map_or(Ok(()), Err)
    }

    /// Says it all to `conversation`. What the user said last in an earlier turn is given back.
    pub(super) fn tell(&self, conversation: &mut Conversation) -> Result<Option<String>, Refusal> {
        let mut calls = Calls { unknown: self.absent.is_some(), ..Calls::default() };
        let mut said = None;
        for item in self.earlier.iter().flat_map(|turn| turn.input.iter().chain(&turn.output)) {
            let value = item.value();
            read_item(&Fields::of_value(&value, item.id.clone(), "an input item")?, &mut calls, conversation)?;
            said = words_of_user(&value).or(said);
        }
        match self.input.as_deref() {
            None => {}
            Some(Value::String(text)) => {
                conversation.begin(Role::User);
                conversation.say(text);
            }
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let item = Fields::of_value(item, format!("input[{index}]"), "an input item")?;
                    read_item(&item, &mut calls, conversation)?;
                }
            }
            // So says OpenAI of a null.
            Some(Value::Null) => return Err(Refusal::wrong_type("input", "a string", &Value::Object(Map::new()))),
            Some(other) => return Err(Refusal::wrong_type("input", INPUT, other)),
        }
        calls.check_answered()?;
        Ok(said)
    }

    /// Whether nothing is said at all.
    pub(super) fn is_silent(&self) -> bool {
        let nothing = match self.input.as_deref() {
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(_) => false,
            None => true,
        };
        nothing && self.earlier.is_empty() && self.absent.is_none()
    }
}

/// The turns that led to a response, and its own.
fn turns(ask: &Ask<'_>, id: &str) -> Result<Vec<Arc<Turn>>, Refusal> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !id.bytes().all(fits) {
        return Err(Refusal::new(format!(
            "Invalid 'previous_response_id': '{id}'. Expected an ID that contains letters, numbers, underscores, or \
             dashes, but this value contained additional characters."
        ))
        .about("previous_response_id")
        .code("invalid_value"));
    }
    let found = ask.memory.and_then(|memory| memory.store.get(memory.project, id, memory.now_ms).ok());
    found.map(|kept| kept.turns.clone()).ok_or_else(|| {
        Refusal::new(format!("Previous response with id '{id}' not found."))
            .about("previous_response_id")
            .code("previous_response_not_found")
    })
}

fn is_reference(item: &Value) -> bool {
    match item.get("type") {
        Some(kind) => kind == "item_reference",
        // The SDKs let the type of a reference be left out.
        None => item.get("role").is_none() && item.get("id").is_some(),
    }
}

/// Whether an item is reasoning of which only its id tells: what it was is stored, or lost.
fn is_bare_reasoning(item: &Value) -> bool {
    item.get("type").is_some_and(|kind| kind == "reasoning") && item.get("encrypted_content").is_none_or(Value::is_null)
}

/// The items, those that are referred to in place of the references. Reasoning has to be stored, too, unless it comes
/// with its encrypted content: as it is at OpenAI, where programs that store nothing run into it.
fn resolved(ask: &Ask<'_>, items: &[Value]) -> Result<Value, Refusal> {
    let resolve = |(index, item): (usize, &Value)| {
        if !is_reference(item) && (!is_bare_reasoning(item) || ask.memory.is_none()) {
            return Ok(item.clone());
        }
        let id = Fields::of_value(item, format!("input[{index}]"), "an input item")?.required_string("id")?;
        let found = ask.memory.and_then(|memory| memory.store.item(memory.project, id, memory.now_ms));
        let found = found.map(|found| if is_reference(item) { found.value() } else { item.clone() });
        found.ok_or_else(|| {
            let advice = "Items are not persisted when `store` is set to false. Try again with `store` set to true, \
                          or remove this item from your input.";
            Refusal::new(format!("Item with id '{id}' not found. {advice}")).about("input").status(404)
        })
    };
    items.iter().enumerate().map(resolve).collect::<Result<Vec<Value>, Refusal>>().map(Value::Array)
}

/// What the user says in an item.
fn words_of_user(item: &Value) -> Option<String> {
    if item.get("role")?.as_str()? != "user" {
        return None;
    }
    let parts = item.get("content")?.as_array()?;
    let words: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
    Some(words.join(" ")).filter(|words| !words.trim().is_empty())
}

/// Function calls of the input and which of them have a result.
#[derive(Default)]
struct Calls {
    called: Vec<String>,
    unanswered: Vec<String>,
    /// There may be calls that are not known.
    unknown: bool,
}

impl Calls {
    fn call(&mut self, id: &str) {
        self.called.push(id.to_owned());
        self.unanswered.push(id.to_owned());
    }

    fn answer(&mut self, id: &str, what: &str) -> Result<(), Refusal> {
        if !self.unknown && !self.called.iter().any(|called| called == id) {
            let message = format!("No tool call found for {what} with call_id {id}.");
            return Err(Refusal::new(message).about("input"));
        }
        self.unanswered.retain(|open| open != id);
        Ok(())
    }

    fn check_answered(&self) -> Result<(), Refusal> {
        match self.unanswered.first() {
            None => Ok(()),
            Some(id) => Err(Refusal::new(format!("No tool output found for function call {id}.")).about("input")),
        }
    }
}

fn read_item(item: &Fields<'_>, calls: &mut Calls, conversation: &mut Conversation) -> Result<(), Refusal> {
    let kind = match item.get("type") {
        None => "message",
        Some(Value::String(kind)) => kind,
        // An item's errors are told of the item, not of its member.
        Some(_) => return Err(Refusal::unknown_value(item.whole(), "", &ITEMS)),
    };
    match kind {
        "message" => read_message(item, conversation),
        "function_call" => {
            conversation.begin(Role::Assistant);
            conversation.call(item.required_string("name")?, item.required_string("arguments")?);
            calls.call(item.required_string("call_id")?);
            Ok(())
        }
        "custom_tool_call" => {
            conversation.begin(Role::Assistant);
            conversation.call(item.required_string("name")?, item.required_string("input")?);
            calls.call(item.required_string("call_id")?);
            Ok(())
        }
        "function_call_output" | "custom_tool_call_output" => {
            calls.answer(item.required_string("call_id")?, &kind.replace('_', " "))?;
            conversation.begin(Role::Tool);
            read_content(item, "output", conversation)
        }
        known if ITEMS.contains(&known) => Ok(()),
        other => Err(Refusal::unknown_value(item.whole(), other, &ITEMS)),
    }
}

fn read_message(item: &Fields<'_>, conversation: &mut Conversation) -> Result<(), Refusal> {
    let role = match item.get("role").and_then(Value::as_str).unwrap_or_default() {
        "user" => Role::User,
        "system" | "developer" => Role::System,
        "assistant" => Role::Assistant,
        other => return Err(Refusal::unknown_value(item.whole(), other, &ROLES)),
    };
    conversation.begin(role);
    read_content(item, "content", conversation)
}

fn read_content(item: &Fields<'_>, name: &str, conversation: &mut Conversation) -> Result<(), Refusal> {
    let path = item.path(name);
    match item.required(name)? {
        Value::String(text) => conversation.say(text),
        Value::Array(parts) => {
            for (index, part) in parts.iter().enumerate() {
                read_part(&Fields::of_value(part, format!("{path}[{index}]"), "an object")?, conversation)?;
            }
        }
        other => return Err(Refusal::wrong_type(&path, "one of a string or array of objects", other)),
    }
    Ok(())
}

fn read_part(part: &Fields<'_>, conversation: &mut Conversation) -> Result<(), Refusal> {
    match part.required_string("type")? {
        "input_text" | "output_text" | "summary_text" => conversation.say(part.required_string("text")?),
        "refusal" => conversation.say(part.required_string("refusal")?),
        "input_image" => return image(part, conversation),
        "computer_screenshot" => conversation.attach(Attachment::Image),
        "input_audio" => conversation.attach(Attachment::Audio),
        "input_file" => return file(part, conversation),
        "encrypted_content" => {}
        other => return Err(Refusal::unknown_value(&part.path("type"), other, &PARTS)),
    }
    Ok(())
}

/// An image by its address; files are not kept here.
fn image(part: &Fields<'_>, conversation: &mut Conversation) -> Result<(), Refusal> {
    let detail = match part.word("detail", &["low", "high", "auto", "original"])? {
        Some("low") => Detail::Low,
        _ => Detail::High,
    };
    match part.string("image_url")? {
        Some(url) => conversation.show(&Image::of_url(url, &part.path("image_url"))?, detail),
        None => return Err(no_file(part, "image_url")),
    }
    Ok(())
}

/// A file by its address or its contents.
fn file(part: &Fields<'_>, conversation: &mut Conversation) -> Result<(), Refusal> {
    part.string("filename")?;
    if part.string("file_url")?.is_none() && part.string("file_data")?.is_none() {
        return Err(no_file(part, "file_data"));
    }
    conversation.attach(Attachment::File);
    Ok(())
}

/// What a part is about is missing, or a file that was never uploaded.
fn no_file(part: &Fields<'_>, instead: &str) -> Refusal {
    match part.string("file_id") {
        Ok(Some(id)) => Refusal::new(format!("File with id '{id}' not found.")).about(part.path("file_id")).status(404),
        Ok(None) => Refusal::missing(&part.path(instead)),
        Err(refusal) => refusal,
    }
}

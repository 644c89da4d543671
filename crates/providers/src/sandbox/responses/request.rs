//! Reading a responses request: what was said, what the answer is to be, and what the answer repeats.
//!
//! In: the body's fields. Out: a [`Request`], or OpenAI's refusal, in the order in which OpenAI finds fault: the
//! input's items, then the other parameters, then what would have to be remembered.

use serde_json::{Map, Value, json};

use crate::sandbox::{
    conversation::{Attachment, Conversation, Role},
    fields::Fields,
    format::Format,
    refusal::Refusal,
    text::tokens,
    tools::Toolbox,
};

use super::wire::Reasoning;

/// OpenAI's lowest `max_output_tokens`.
const LEAST_OUTPUT_TOKENS: i64 = 16;
/// OpenAI's most members of `metadata`.
const MOST_METADATA: usize = 16;

const INPUT: &str = "one of a string or array of input items";
const ROLES: [&str; 4] = ["assistant", "system", "developer", "user"];
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
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

/// A responses request: what the answer depends on, and what it repeats.
pub(super) struct Request<'a> {
    pub(super) conversation: Conversation,
    pub(super) toolbox: Toolbox<'a>,
    pub(super) format: Format<'a>,
    pub(super) stream: bool,
    pub(super) instructions: Option<&'a str>,
    pub(super) max_output_tokens: Option<u32>,
    pub(super) max_tool_calls: Option<i64>,
    pub(super) background: bool,
    pub(super) store: bool,
    pub(super) parallel_tool_calls: bool,
    pub(super) top_logprobs: i64,
    pub(super) truncation: &'a str,
    pub(super) user: Option<&'a str>,
    pub(super) reasoning: Reasoning,
    pub(super) temperature: Value,
    pub(super) top_p: Value,
    /// `text`, with its defaults.
    pub(super) text: Value,
    pub(super) tool_choice: Value,
    /// `tools`, with the defaults of functions.
    pub(super) tools: Vec<Value>,
    pub(super) metadata: Value,
}

impl<'a> Request<'a> {
    /// Reads and checks a body.
    pub(super) fn read(body: &Fields<'a>) -> Result<Self, Refusal> {
        let mut conversation = Conversation::default();
        let instructions = body.string("instructions")?;
        if let Some(instructions) = instructions {
            conversation.instruct(instructions);
        }
        read_input(body, &mut conversation)?;
        let toolbox = Toolbox::of_responses(body)?;
        let format = Format::of_responses(body)?;
        let number = |value: Option<&Value>| value.cloned().unwrap_or_else(|| Value::from(1.0));
        let request = Self {
            toolbox,
            format,
            stream: body.boolean("stream")?.unwrap_or(false),
            instructions,
            max_output_tokens: body.tokens("max_output_tokens", LEAST_OUTPUT_TOKENS)?,
            max_tool_calls: body.integer("max_tool_calls", 1, i64::MAX)?,
            background: body.boolean("background")?.unwrap_or(false),
            store: body.boolean("store")?.unwrap_or(true),
            parallel_tool_calls: body.boolean("parallel_tool_calls")?.unwrap_or(true),
            top_logprobs: body.integer("top_logprobs", 0, 20)?.unwrap_or(0),
            truncation: body.word("truncation", &["auto", "disabled"])?.unwrap_or("disabled"),
            user: body.string("user")?,
            reasoning: reasoning(body)?,
            temperature: number(body.decimal("temperature", 0.0, 2.0)?),
            top_p: number(body.decimal("top_p", 0.0, 1.0)?),
            text: text(body),
            tool_choice: body.get("tool_choice").cloned().unwrap_or_else(|| Value::from("auto")),
            tools: tools(body),
            metadata: metadata(body)?,
            conversation,
        };
        body.array("include", "an array of strings")?;
        body.object("stream_options")?;
        check_memory(body)?;
        check_something_said(body)?;
        if request.format.misses_the_word(&request.conversation) {
            return Err(Refusal::new(
                "Response input messages must contain the word 'json' in some form to use 'text.format' of type \
                 'json_object'.",
            )
            .about("input"));
        }
        Ok(request)
    }

    /// The tokens of everything that was said and offered.
    pub(super) fn input_tokens(&self) -> u32 {
        self.conversation.input_tokens().saturating_add(self.toolbox.tokens())
    }
}

/// How many tokens a body for `/responses/input_tokens` comes to. Of a responses request it has the members that the
/// input is made of, none of which it must have.
pub(super) fn input_tokens(body: &Fields<'_>) -> Result<u32, Refusal> {
    let mut conversation = Conversation::default();
    if let Some(instructions) = body.string("instructions")? {
        conversation.instruct(instructions);
    }
    if body.get("input").is_some() {
        read_input(body, &mut conversation)?;
    }
    let toolbox = Toolbox::of_responses(body)?;
    Format::of_responses(body)?;
    reasoning(body)?;
    body.boolean("parallel_tool_calls")?;
    body.word("truncation", &["auto", "disabled"])?;
    check_memory(body)?;
    Ok(conversation.input_tokens().saturating_add(toolbox.tokens()))
}

fn read_input(body: &Fields<'_>, conversation: &mut Conversation) -> Result<(), Refusal> {
    match body.required("input")? {
        Value::String(text) => {
            conversation.begin(Role::User);
            conversation.say(text);
        }
        Value::Array(items) => {
            let mut calls = Calls::default();
            for (index, item) in items.iter().enumerate() {
                let item = Fields::of_value(item, format!("input[{index}]"), "an input item")?;
                read_item(&item, &mut calls, conversation)?;
            }
            calls.check_answered()?;
        }
        // So says OpenAI of a null.
        Value::Null => return Err(Refusal::wrong_type("input", "a string", &Value::Object(Map::new()))),
        other => return Err(Refusal::wrong_type("input", INPUT, other)),
    }
    Ok(())
}

/// Function calls of the input and which of them have a result.
#[derive(Default)]
struct Calls<'a> {
    called: Vec<&'a str>,
    unanswered: Vec<&'a str>,
}

impl<'a> Calls<'a> {
    fn call(&mut self, id: &'a str) {
        self.called.push(id);
        self.unanswered.push(id);
    }

    fn answer(&mut self, id: &str) -> Result<(), Refusal> {
        if !self.called.contains(&id) {
            let message = format!("No tool call found for function call output with call_id {id}.");
            return Err(Refusal::new(message).about("input"));
        }
        self.unanswered.retain(|open| *open != id);
        Ok(())
    }

    fn check_answered(&self) -> Result<(), Refusal> {
        match self.unanswered.first() {
            None => Ok(()),
            Some(id) => Err(Refusal::new(format!("No tool output found for function call {id}.")).about("input")),
        }
    }
}

fn read_item<'a>(item: &Fields<'a>, calls: &mut Calls<'a>, conversation: &mut Conversation) -> Result<(), Refusal> {
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
            conversation.spend(tokens(item.required_string("name")?));
            conversation.spend(tokens(item.required_string("arguments")?));
            calls.call(item.required_string("call_id")?);
            Ok(())
        }
        "function_call_output" => {
            calls.answer(item.required_string("call_id")?)?;
            conversation.begin(Role::Tool);
            read_content(item, "output", conversation)
        }
        "item_reference" => {
            let id = item.required_string("id")?;
            Err(Refusal::new(format!("Item with id '{id}' not found.")).about("input").status(404))
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
        "input_image" | "computer_screenshot" => conversation.attach(Attachment::Image),
        "input_audio" => conversation.attach(Attachment::Audio),
        "input_file" => conversation.attach(Attachment::File),
        "encrypted_content" => {}
        other => return Err(Refusal::unknown_value(&part.path("type"), other, &PARTS)),
    }
    Ok(())
}

fn reasoning(body: &Fields<'_>) -> Result<Reasoning, Refusal> {
    let Some(reasoning) = body.object("reasoning")? else { return Ok(Reasoning::default()) };
    let effort = reasoning.word("effort", &EFFORTS)?.map(str::to_owned);
    let summary = reasoning.word("summary", &["concise", "detailed", "auto"])?.map(str::to_owned);
    Ok(Reasoning { effort, summary })
}

fn text(body: &Fields<'_>) -> Value {
    let given = |name: &str| body.get("text").and_then(|text| text.get(name)).filter(|value| !value.is_null()).cloned();
    json!({
        "format": given("format").unwrap_or_else(|| json!({ "type": "text" })),
        "verbosity": given("verbosity").unwrap_or_else(|| json!("medium")),
    })
}

/// The tools as the response repeats them: OpenAI's schema requires two members of a function that a request may omit.
fn tools(body: &Fields<'_>) -> Vec<Value> {
    let mut tools = body.get("tools").and_then(Value::as_array).cloned().unwrap_or_default();
    for tool in tools.iter_mut().filter_map(Value::as_object_mut) {
        if tool.get("type").and_then(Value::as_str) == Some("function") {
            tool.entry("strict").or_insert(Value::Bool(true));
            tool.entry("parameters").or_insert(Value::Null);
        }
    }
    tools
}

fn metadata(body: &Fields<'_>) -> Result<Value, Refusal> {
    let Some(metadata) = body.get("metadata") else { return Ok(Value::Object(Map::new())) };
    let Value::Object(members) = metadata else {
        return Err(Refusal::wrong_type("metadata", "a metadata object", metadata));
    };
    if members.len() > MOST_METADATA {
        return Err(Refusal::new(format!(
            "Invalid 'metadata': too many properties. Expected an object with at most {MOST_METADATA} properties, but \
             got an object with {} properties instead.",
            members.len()
        ))
        .about("metadata")
        .code("object_above_max_properties"));
    }
    match members.iter().find(|(_, value)| !value.is_string()) {
        Some((name, value)) => Err(Refusal::wrong_type(&format!("metadata.{name}"), "a string", value)),
        None => Ok(metadata.clone()),
    }
}

/// Whatever would have to be remembered is not found.
fn check_memory(body: &Fields<'_>) -> Result<(), Refusal> {
    let not_found = |what: &str, id: &str| Refusal::new(format!("{what} with id '{id}' not found."));
    if let Some(prompt) = body.object("prompt")? {
        return Err(not_found("Prompt", prompt.required_string("id")?).status(404));
    }
    if let Some(id) = body.string("previous_response_id")? {
        return Err(not_found("Previous response", id)
            .about("previous_response_id")
            .code("previous_response_not_found"));
    }
    match body.get("conversation") {
        None => Ok(()),
        Some(Value::String(id)) => Err(not_found("Conversation", id).status(404)),
        Some(conversation) => {
            let expected = "one of a string or an object";
            let conversation = Fields::of_value(conversation, String::from("conversation"), expected)?;
            Err(not_found("Conversation", conversation.required_string("id")?).status(404))
        }
    }
}

fn check_something_said(body: &Fields<'_>) -> Result<(), Refusal> {
    let empty = match body.get("input") {
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        _ => false,
    };
    if !empty {
        return Ok(());
    }
    Err(Refusal::new("One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.")
        .code("missing_required_parameter"))
}

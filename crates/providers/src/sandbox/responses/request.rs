//! Reading a responses request: what was said, what the answer is to be, and what the answer repeats.
//!
//! In: the body's fields and what it builds on. Out: a [`Request`], or OpenAI's refusal, in the order in which OpenAI
//! finds fault: the input's items, then the other parameters, then what would have to be remembered.

use serde_json::{Value, json};

use crate::sandbox::{
    conversation::Conversation, fields::Fields, format::Format, limits, refusal::Refusal, staged::Staged,
    tools::Toolbox,
};

use super::{input::Past, wire::Reasoning};

/// OpenAI's lowest `max_output_tokens`.
const LEAST_OUTPUT_TOKENS: i64 = 16;

const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const TIERS: [&str; 7] = ["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"];
/// What can be asked for besides.
const INCLUDES: [&str; 8] = [
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
];

/// A responses request: what the answer depends on, and what it repeats.
pub(super) struct Request<'a> {
    pub(super) conversation: Conversation,
    /// What the user said last in an earlier turn.
    pub(super) earlier: Option<String>,
    pub(super) toolbox: Toolbox<'a>,
    pub(super) format: Format<'a>,
    pub(super) stream: bool,
    pub(super) instructions: Option<&'a str>,
    pub(super) max_output_tokens: Option<u32>,
    pub(super) max_tool_calls: Option<i64>,
    pub(super) background: bool,
    pub(super) store: bool,
    pub(super) parallel_tool_calls: bool,
    pub(super) previous: Option<&'a str>,
    pub(super) prompt_cache_key: Option<&'a str>,
    pub(super) safety_identifier: Option<&'a str>,
    pub(super) service_tier: &'a str,
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
    pub(super) staged: Staged,
    includes: Vec<&'a str>,
}

impl<'a> Request<'a> {
    /// Reads and checks a body.
    pub(super) fn read(body: &Fields<'a>, past: &Past<'a>) -> Result<Self, Refusal> {
        body.required("input")?;
        let mut conversation = Conversation::default();
        let instructions = body.string("instructions")?;
        if let Some(instructions) = instructions {
            conversation.instruct(instructions);
        }
        let earlier = past.tell(&mut conversation)?;
        let number = |value: Option<&Value>| value.cloned().unwrap_or_else(|| Value::from(1.0));
        let tier = body.word("service_tier", &TIERS)?.filter(|tier| *tier != "auto");
        let request = Self {
            toolbox: Toolbox::of_responses(body)?,
            format: Format::of_responses(body)?,
            stream: body.boolean("stream")?.unwrap_or(false),
            instructions,
            max_output_tokens: body.tokens("max_output_tokens", LEAST_OUTPUT_TOKENS)?,
            max_tool_calls: body.integer("max_tool_calls", 1, i64::MAX)?,
            background: body.boolean("background")?.unwrap_or(false),
            store: body.boolean("store")?.unwrap_or(true),
            parallel_tool_calls: body.boolean("parallel_tool_calls")?.unwrap_or(true),
            previous: body.string("previous_response_id")?,
            prompt_cache_key: body.string("prompt_cache_key")?,
            safety_identifier: limits::safety_identifier(body)?,
            service_tier: tier.unwrap_or("default"),
            top_logprobs: body.integer("top_logprobs", 0, 20)?.unwrap_or(0),
            truncation: body.word("truncation", &["auto", "disabled"])?.unwrap_or("disabled"),
            user: body.string("user")?,
            reasoning: reasoning(body)?,
            temperature: number(body.decimal("temperature", 0.0, 2.0)?),
            top_p: number(body.decimal("top_p", 0.0, 1.0)?),
            text: text(body),
            tool_choice: body.get("tool_choice").cloned().unwrap_or_else(|| Value::from("auto")),
            tools: tools(body),
            metadata: limits::metadata(body)?,
            staged: Staged::of(body),
            includes: includes(body)?,
            conversation,
            earlier,
        };
        body.object("stream_options")?;
        request.check(body, past)?;
        Ok(request)
    }

    /// What only all parameters together show.
    fn check(&self, body: &Fields<'_>, past: &Past<'_>) -> Result<(), Refusal> {
        check_elsewhere(body)?;
        past.check_found()?;
        if past.is_silent() {
            return Err(Refusal::new(
                "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.",
            )
            .code("missing_required_parameter"));
        }
        if self.background && !self.store {
            return Err(Refusal::new("Background mode requires 'store' to be true.").about("background"));
        }
        if self.format.misses_the_word(&self.conversation) {
            return Err(Refusal::new(
                "Response input messages must contain the word 'json' in some form to use 'text.format' of type \
                 'json_object'.",
            )
            .about("input"));
        }
        Ok(())
    }

    /// The tokens of everything that was said and offered.
    pub(super) fn input_tokens(&self) -> u32 {
        self.conversation.input_tokens().saturating_add(self.toolbox.tokens())
    }

    /// Whether the answer is to have `what` besides.
    pub(super) fn includes(&self, what: &str) -> bool {
        self.includes.contains(&what)
    }

    /// Whether it is asked to reason before it answers.
    pub(super) fn reasons(&self) -> bool {
        self.reasoning.summary.is_some() || self.reasoning.effort.as_deref().is_some_and(|effort| effort != "none")
    }
}

/// How many tokens a body for `/responses/input_tokens` comes to. Of a responses request it has the members that the
/// input is made of, none of which it must have.
pub(super) fn input_tokens(body: &Fields<'_>, past: &Past<'_>) -> Result<u32, Refusal> {
    let mut conversation = Conversation::default();
    if let Some(instructions) = body.string("instructions")? {
        conversation.instruct(instructions);
    }
    if body.get("input").is_some() || !past.earlier.is_empty() {
        past.tell(&mut conversation)?;
    }
    let toolbox = Toolbox::of_responses(body)?;
    Format::of_responses(body)?;
    reasoning(body)?;
    body.boolean("parallel_tool_calls")?;
    body.word("truncation", &["auto", "disabled"])?;
    check_elsewhere(body)?;
    past.check_found()?;
    Ok(conversation.input_tokens().saturating_add(toolbox.tokens()))
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

fn includes<'a>(body: &Fields<'a>) -> Result<Vec<&'a str>, Refusal> {
    let given = body.array("include", "an array of strings")?.unwrap_or_default();
    let read = |(index, value): (usize, &'a Value)| {
        let path = format!("include[{index}]");
        match value.as_str() {
            Some(what) if INCLUDES.contains(&what) => Ok(what),
            Some(other) => Err(Refusal::unknown_value(&path, other, &INCLUDES)),
            None => Err(Refusal::wrong_type(&path, "a string", value)),
        }
    };
    given.iter().enumerate().map(read).collect()
}

/// Prompts and conversations are kept by OpenAI; here there are none.
fn check_elsewhere(body: &Fields<'_>) -> Result<(), Refusal> {
    let not_found = |what: &str, id: &str| Refusal::new(format!("{what} with id '{id}' not found.")).status(404);
    match body.get("conversation") {
        None => {}
        Some(Value::String(id)) => return Err(not_found("Conversation", id)),
        Some(conversation) => {
            let expected = "one of a string or an object";
            let conversation = Fields::of_value(conversation, String::from("conversation"), expected)?;
            return Err(not_found("Conversation", conversation.required_string("id")?));
        }
    }
    match body.object("prompt")? {
        Some(prompt) => Err(not_found("Prompt", prompt.required_string("id")?)),
        None => Ok(()),
    }
}

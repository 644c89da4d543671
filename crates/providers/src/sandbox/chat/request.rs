//! Reading a chat request: what was said, and what the answer is to be.
//!
//! In: the body's fields. Out: a [`Request`], or OpenAI's refusal. Messages are looked at first, as OpenAI does, and
//! each `tool` message must answer a call of the assistant message before it. Parameters that change nothing here are
//! still held to their types and ranges.

use serde_json::Value;
use tollgate_tokens::images::Detail;

use crate::sandbox::{
    conversation::{Attachment, Conversation, Role},
    fields::Fields,
    format::Format,
    image::Image,
    models::SandboxModel,
    refusal::Refusal,
    staged::Staged,
    tools::Toolbox,
};

use super::{checks, open_calls::OpenCalls};

/// OpenAI's highest `n`.
const MOST_CHOICES: i64 = 128;

const ROLES: [&str; 6] = ["system", "assistant", "user", "function", "tool", "developer"];
const PARTS: [&str; 6] = ["text", "image_url", "input_audio", "refusal", "audio", "file"];
/// Parameters that the answer repeats, some with their values.
const REPEATED: [&str; 15] = [
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "n",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "reasoning_effort",
    "verbosity",
    "tool_choice",
];
const CONTENT: &str = "one of a string or array of objects";

/// A chat request, as far as the answer depends on it.
pub(super) struct Request<'a> {
    pub(super) conversation: Conversation,
    pub(super) toolbox: Toolbox<'a>,
    pub(super) format: Format<'a>,
    /// At least 1.
    pub(super) choices: u32,
    pub(super) stops: Vec<&'a str>,
    pub(super) max_tokens: Option<u32>,
    /// Its bits.
    pub(super) seed: Option<u64>,
    /// How many of the likeliest tokens to list, if log probabilities are asked for.
    pub(super) top_logprobs: Option<u8>,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) staged: Staged,
}

impl<'a> Request<'a> {
    /// Reads and checks a body.
    pub(super) fn read(body: &Fields<'a>, model: &SandboxModel) -> Result<Self, Refusal> {
        let mut conversation = conversation(body, model)?;
        let choices = body.integer("n", 1, MOST_CHOICES)?.unwrap_or(1);
        let max_tokens = checks::max_tokens(body, model)?;
        let (stream, include_usage) = streaming(body)?;
        let stops = body.stops("stop")?;
        checks::check(body)?;
        let seed = body.integer("seed", i64::MIN, i64::MAX)?.map(i64::cast_unsigned);
        let top_logprobs = top_logprobs(body)?;
        let toolbox = Toolbox::of_chat(body)?;
        let format = Format::of_chat(body)?;
        if format.misses_the_word(&conversation) {
            return Err(Refusal::new(
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            )
            .about("messages"));
        }
        repeat(body, &toolbox, &mut conversation);
        let choices = u32::try_from(choices).unwrap_or(1);
        Ok(Self {
            conversation,
            toolbox,
            format,
            choices,
            stops,
            max_tokens,
            seed,
            top_logprobs,
            stream,
            include_usage,
            staged: Staged::of(body),
        })
    }
}

/// Whether to stream, and whether to end the stream with the usage.
pub(in crate::sandbox) fn streaming(body: &Fields<'_>) -> Result<(bool, bool), Refusal> {
    let stream = body.boolean("stream")?.unwrap_or(false);
    let Some(options) = body.object("stream_options")? else { return Ok((stream, false)) };
    let include_usage = options.boolean("include_usage")?.unwrap_or(false);
    options.boolean("include_obfuscation")?;
    if let Some(unknown) = options.names().find(|name| !["include_usage", "include_obfuscation"].contains(name)) {
        let path = options.path(unknown);
        return Err(Refusal::new(format!("Unknown parameter: '{path}'.")).about(path).code("unknown_parameter"));
    }
    if !stream {
        return Err(Refusal::new("The 'stream_options' parameter is only allowed when 'stream' is enabled.")
            .about("stream_options"));
    }
    Ok((stream, include_usage))
}

fn top_logprobs(body: &Fields<'_>) -> Result<Option<u8>, Refusal> {
    let logprobs = body.boolean("logprobs")?.unwrap_or(false);
    let top = body.integer("top_logprobs", 0, 20)?;
    if top.is_some() && !logprobs {
        return Err(Refusal::new("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.")
            .about("top_logprobs"));
    }
    Ok(logprobs.then(|| top.and_then(|top| u8::try_from(top).ok()).unwrap_or(0)))
}

/// Notes what the answer is to repeat of the request: parameters, scalars with their values, and functions.
fn repeat(body: &Fields<'_>, toolbox: &Toolbox<'_>, conversation: &mut Conversation) {
    for name in REPEATED {
        match body.get(name) {
            // Were a stop repeated, it would end the answer there.
            Some(value @ (Value::Number(_) | Value::Bool(_))) => conversation.set(format!("{name} {value}")),
            Some(Value::String(word)) if name != "stop" => conversation.set(format!("{name} {word}")),
            Some(_) => conversation.set(name.to_owned()),
            None => {}
        }
    }
    toolbox.names().for_each(|name| conversation.offer(name));
}

fn conversation(body: &Fields<'_>, model: &SandboxModel) -> Result<Conversation, Refusal> {
    body.required("messages")?;
    let messages = body.array("messages", "an array of objects")?;
    // A null cannot be told from nothing by `array`, and is the wrong type here.
    let messages = messages.ok_or_else(|| Refusal::wrong_type("messages", "an array of objects", &Value::Null))?;
    if messages.is_empty() {
        return Err(Refusal::empty_array("messages"));
    }
    let mut conversation = Conversation::with(model);
    let mut open_calls = OpenCalls::default();
    for (index, message) in messages.iter().enumerate() {
        let message = Fields::of_value(message, format!("messages[{index}]"), "an object")?;
        let role = role(&message)?;
        checks::message(&message)?;
        conversation.begin(role);
        if let Some(name) = message.string("name")? {
            conversation.name(name);
        }
        content(&message, index, role, &mut conversation)?;
        open_calls.follow(&message, index, &mut conversation)?;
    }
    open_calls.check_none("messages")?;
    Ok(conversation)
}

fn role(message: &Fields<'_>) -> Result<Role, Refusal> {
    match message.required_string("role")? {
        "system" | "developer" => Ok(Role::System),
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        "tool" | "function" => Ok(Role::Tool),
        other => Err(Refusal::unknown_value(&message.path("role"), other, &ROLES)),
    }
}

fn content(message: &Fields<'_>, index: usize, role: Role, conversation: &mut Conversation) -> Result<(), Refusal> {
    match message.get_or_null("content") {
        Some(Value::String(text)) => conversation.say(text),
        Some(Value::Array(parts)) => {
            let path = message.path("content");
            if parts.is_empty() {
                return Err(Refusal::empty_array(&path));
            }
            for (at, part) in parts.iter().enumerate() {
                let part = Fields::of_value(part, format!("{path}[{at}]"), "an object")?;
                check_place(message, &part)?;
                self::part(&part, conversation)?;
            }
        }
        None | Some(Value::Null) => absent_content(message, index, role)?,
        Some(other) => return Err(Refusal::wrong_type(&message.path("content"), CONTENT, other)),
    }
    Ok(())
}

/// Pictures are shown by users alone.
fn check_place(message: &Fields<'_>, part: &Fields<'_>) -> Result<(), Refusal> {
    let role = message.string("role")?.unwrap_or_default();
    if role == "user" || part.string("type")? != Some("image_url") {
        return Ok(());
    }
    let whole = message.whole();
    Err(Refusal::new(format!(
        "Invalid '{whole}'. Image URLs are only allowed for messages with role 'user', but this message with role \
         '{role}' contains an image URL."
    ))
    .about(whole)
    .code("invalid_value"))
}

/// Only the assistant may say nothing, and only if it did something instead.
fn absent_content(message: &Fields<'_>, index: usize, role: Role) -> Result<(), Refusal> {
    let instead = ["tool_calls", "function_call", "refusal", "audio"];
    if role == Role::Assistant && instead.iter().any(|name| message.get(name).is_some()) {
        return Ok(());
    }
    if message.string("role")? == Some("developer") {
        let content = message.required("content")?;
        return Err(Refusal::wrong_type(&message.path("content"), CONTENT, content));
    }
    Err(Refusal::new("Invalid value for 'content': expected a string, got null.")
        .about(format!("messages.[{index}].content")))
}

fn part(part: &Fields<'_>, conversation: &mut Conversation) -> Result<(), Refusal> {
    match part.required_string("type")? {
        "text" => conversation.say(part.required_string("text")?),
        "refusal" => conversation.say(part.required_string("refusal")?),
        "image_url" => {
            part.required("image_url")?;
            let image = part.object("image_url")?.ok_or_else(|| Refusal::missing(&part.path("image_url")))?;
            let detail = match image.word("detail", &["auto", "low", "high"])? {
                Some("low") => Detail::Low,
                _ => Detail::High,
            };
            let url = image.required_string("url")?;
            conversation.show(&Image::of_url(url, &image.path("url"))?, detail);
        }
        "input_audio" => {
            part.required("input_audio")?;
            let audio = part.object("input_audio")?.ok_or_else(|| Refusal::missing(&part.path("input_audio")))?;
            audio.required_string("data")?;
            audio.required_word("format", &["wav", "mp3"])?;
            conversation.attach(Attachment::Audio);
        }
        "audio" => conversation.attach(Attachment::Audio),
        "file" => {
            part.required("file")?;
            file(&part.object("file")?.ok_or_else(|| Refusal::missing(&part.path("file")))?)?;
            conversation.attach(Attachment::File);
        }
        other => return Err(Refusal::unknown_value(&part.path("type"), other, &PARTS)),
    }
    Ok(())
}

/// A file comes along, for none is kept here.
fn file(file: &Fields<'_>) -> Result<(), Refusal> {
    file.string("filename")?;
    match (file.string("file_data")?, file.string("file_id")?) {
        (Some(data), _) if data.starts_with("data:") && data.contains(";base64,") => Ok(()),
        (Some(_), _) => Err(Refusal::new(format!(
            "Invalid '{}'. Expected a base64-encoded data URL with an application MIME type (e.g. \
             'data:application/pdf;base64,aW1nIGJ5dGVzIGhlcmU='), but got a value without the 'data:' prefix.",
            file.path("file_data")
        ))
        .about(file.path("file_data"))
        .code("invalid_value")),
        (None, Some(id)) => {
            Err(Refusal::new(format!("File with id '{id}' not found.")).about(file.path("file_id")).status(404))
        }
        (None, None) => Err(Refusal::missing(&file.path("file_data"))),
    }
}

//! Parameters of chat that a model would heed and the sandbox only checks.
//!
//! In: the body's fields. Out: nothing, or OpenAI's refusal of the first that is of another type, out of its range, or
//! does not go together with another.

use serde_json::Value;

use crate::sandbox::{fields::Fields, limits, models::SandboxModel, refusal::Refusal};

/// Members that a message may have. An assistant's may have any: frameworks send answers back with members of their own,
/// such as `parsed`, `reasoning_content` or LiteLLM's `provider_specific_fields`.
const MEMBERS: [&str; 9] =
    ["role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal", "audio", "annotations"];
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const TIERS: [&str; 6] = ["auto", "default", "flex", "scale", "priority", "fast"];

/// All of them.
pub(super) fn check(body: &Fields<'_>) -> Result<(), Refusal> {
    body.decimal("temperature", 0.0, 2.0)?;
    body.decimal("top_p", 0.0, 1.0)?;
    body.decimal("frequency_penalty", -2.0, 2.0)?;
    body.decimal("presence_penalty", -2.0, 2.0)?;
    body.string("user")?;
    body.boolean("store")?;
    body.string("prompt_cache_key")?;
    body.object("web_search_options")?;
    body.word("service_tier", &TIERS)?;
    body.word("reasoning_effort", &EFFORTS)?;
    body.word("verbosity", &["low", "medium", "high"])?;
    logit_bias(body)?;
    limits::metadata(body)?;
    limits::safety_identifier(body)?;
    prediction(body)?;
    modalities(body)?;
    if body.boolean("parallel_tool_calls")?.is_some() && body.get("tools").is_none() {
        return Err(Refusal::new(
            "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
        )
        .about("parallel_tool_calls"));
    }
    Ok(())
}

/// The ceiling of tokens under either of its names, as far as `model` can write.
pub(super) fn max_tokens(body: &Fields<'_>, model: &SandboxModel) -> Result<Option<u32>, Refusal> {
    let newer = body.tokens("max_completion_tokens", 1)?.map(|most| ("max_completion_tokens", most));
    let older = body.tokens("max_tokens", 1)?.map(|most| ("max_tokens", most));
    if newer.is_some() && older.is_some() {
        return Err(Refusal::new(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        )
        .about("max_tokens")
        .code("invalid_parameter_combination"));
    }
    match (newer.or(older), model.output_tokens) {
        (Some((name, asked)), Some(most)) if asked > most => Err(Refusal::new(format!(
            "{name} is too large: {asked}. This model supports at most {most} completion tokens, whereas you provided \
             {asked}."
        ))
        .about(name)
        .code("invalid_value")),
        (asked, _) => Ok(asked.map(|(_, most)| most)),
    }
}

/// What `message` is called, and that it has nothing that no message has.
pub(super) fn message(message: &Fields<'_>) -> Result<(), Refusal> {
    let is_assistants = message.string("role")? == Some("assistant");
    if let Some(unknown) = message.names().find(|name| !is_assistants && !MEMBERS.contains(name)) {
        let path = message.path(unknown);
        return Err(Refusal::new(format!("Unknown parameter: '{path}'.")).about(path).code("unknown_parameter"));
    }
    let Some(name) = message.string("name")? else {
        let is_function = message.string("role")? == Some("function");
        return if is_function { Err(Refusal::missing(&message.path("name"))) } else { Ok(()) };
    };
    let bad = |letter: char| letter.is_whitespace() || "<|\\/>".contains(letter);
    if name.is_empty() || name.contains(bad) {
        let path = message.path("name");
        return Err(Refusal::new(format!(
            "Invalid '{path}': string does not match pattern. Expected a string that matches the pattern \
             '^[^\\s<|\\\\/>]+$'."
        ))
        .about(path)
        .code("invalid_value"));
    }
    Ok(())
}

/// Weights of tokens by their ids.
fn logit_bias(body: &Fields<'_>) -> Result<(), Refusal> {
    let Some(biases) = body.object("logit_bias")? else { return Ok(()) };
    for token in biases.names() {
        if token.parse::<u32>().is_err() {
            return Err(Refusal::new(format!(
                "Invalid key in 'logit_bias': {token}. You should only be submitting non-negative integers."
            ))
            .about("logit_bias"));
        }
        biases.decimal(token, -100.0, 100.0)?;
    }
    Ok(())
}

fn prediction(body: &Fields<'_>) -> Result<(), Refusal> {
    let Some(prediction) = body.object("prediction")? else { return Ok(()) };
    match prediction.required_string("type")? {
        "content" => prediction.required("content").map(drop),
        other => Err(Refusal::new(format!("Invalid value: '{other}'. Supported values are: 'content'."))
            .about(prediction.path("type"))
            .code("invalid_value")),
    }
}

/// Nothing here speaks.
fn modalities(body: &Fields<'_>) -> Result<(), Refusal> {
    for (index, kind) in body.array("modalities", "an array of strings")?.unwrap_or_default().iter().enumerate() {
        let path = format!("modalities[{index}]");
        match kind {
            Value::String(kind) if kind == "text" => {}
            Value::String(kind) if kind == "audio" => {
                return Err(Refusal::new(format!(
                    "Unsupported value: '{path}' does not support 'audio' with this model. Supported values are: 'text'."
                ))
                .about("modalities")
                .code("unsupported_value"));
            }
            Value::String(kind) => return Err(Refusal::unknown_value(&path, kind, &["text", "audio"])),
            other => return Err(Refusal::wrong_type(&path, "a string", other)),
        }
    }
    match body.object("audio")? {
        Some(_) => {
            Err(Refusal::new("The 'audio' parameter is only allowed when 'modalities' includes 'audio'.")
                .about("audio"))
        }
        None => Ok(()),
    }
}

//! Names and lengths that OpenAI holds a responses request to.
//!
//! In: the body's fields. Out: nothing, or the refusal of the first parameter that does not exist, has moved or is too
//! long. A parameter of chat completions is told where it stands here.

use serde_json::{Map, Value};

use crate::sandbox::{fields::Fields, refusal::Refusal};

/// OpenAI's most members of `metadata`, and the longest name and value of one.
const MOST_METADATA: usize = 16;
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 512;
const LONGEST_IDENTIFIER: usize = 64;

/// The parameters of the published specification of `POST /responses`, 2026-11.
const NAMES: [&str; 31] = [
    "background",
    "context_management",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// Parameters of chat completions, and where they stand in the Responses API.
const MOVED: [(&str, &str); 6] = [
    ("messages", "input"),
    ("response_format", "text.format"),
    ("max_tokens", "max_output_tokens"),
    ("max_completion_tokens", "max_output_tokens"),
    ("reasoning_effort", "reasoning.effort"),
    ("verbosity", "text.verbosity"),
];

/// Refuses the first parameter that does not exist.
pub(super) fn check_names(body: &Fields<'_>) -> Result<(), Refusal> {
    for name in body.names() {
        if let Some((_, here)) = MOVED.iter().find(|(moved, _)| *moved == name) {
            return Err(Refusal::new(format!(
                "Unsupported parameter: '{name}'. In the Responses API, this parameter has moved to '{here}'. Try again \
                 with the new parameter. See the API documentation for more information: \
                 https://platform.openai.com/docs/api-reference/responses/create."
            ))
            .about(name)
            .code("unsupported_parameter"));
        }
        if !NAMES.contains(&name) {
            let refusal = Refusal::new(format!("Unknown parameter: '{name}'."));
            return Err(refusal.about(name).code("unknown_parameter"));
        }
    }
    Ok(())
}

/// `safety_identifier`
pub(super) fn safety_identifier<'a>(body: &Fields<'a>) -> Result<Option<&'a str>, Refusal> {
    let identifier = body.string("safety_identifier")?;
    identifier.map(|text| within("safety_identifier", text, LONGEST_IDENTIFIER)).transpose()
}

/// `metadata`; empty where there is none.
pub(super) fn metadata(body: &Fields<'_>) -> Result<Value, Refusal> {
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
    for (name, value) in members {
        let path = format!("metadata.{name}");
        let Value::String(text) = value else { return Err(Refusal::wrong_type(&path, "a string", value)) };
        within(&path, text, LONGEST_VALUE)?;
        if name.chars().count() > LONGEST_NAME {
            return Err(Refusal::new(format!(
                "Invalid property name in 'metadata': '{name}'. Expected a name with maximum length {LONGEST_NAME}, but \
                 got a name with length {} instead.",
                name.chars().count()
            ))
            .about("metadata")
            .code("property_name_above_max_length"));
        }
    }
    Ok(metadata.clone())
}

fn within<'t>(path: &str, text: &'t str, most: usize) -> Result<&'t str, Refusal> {
    match text.chars().count() {
        length if length > most => Err(Refusal::new(format!(
            "Invalid '{path}': string too long. Expected a string with maximum length {most}, but got a string with \
             length {length} instead."
        ))
        .about(path)
        .code("string_above_max_length")),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn refused(body: &Value) -> String {
        let fields = Fields::of_value(body, String::new(), "an object").expect("an object");
        let read = check_names(&fields).and_then(|()| safety_identifier(&fields).map(drop));
        let refusal = read.and_then(|()| metadata(&fields).map(drop)).expect_err("it is refused");
        format!("{} [{} {}]", refusal.message, refusal.param.unwrap_or_default(), refusal.code.unwrap_or_default())
    }

    #[test]
    fn what_does_not_exist_or_is_too_long_is_refused() {
        assert_snapshot!(refused(&json!({ "inptu": "x" })), @"Unknown parameter: 'inptu'. [inptu unknown_parameter]");
        assert_snapshot!(refused(&json!({ "max_tokens": 5 })), @"Unsupported parameter: 'max_tokens'. In the Responses API, this parameter has moved to 'max_output_tokens'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create. [max_tokens unsupported_parameter]");
        assert_snapshot!(refused(&json!({ "safety_identifier": "x".repeat(65) })), @"Invalid 'safety_identifier': string too long. Expected a string with maximum length 64, but got a string with length 65 instead. [safety_identifier string_above_max_length]");
        assert_snapshot!(refused(&json!({ "metadata": { "a": "x".repeat(513) } })), @"Invalid 'metadata.a': string too long. Expected a string with maximum length 512, but got a string with length 513 instead. [metadata.a string_above_max_length]");
        assert!(refused(&json!({ "metadata": { "n".repeat(65): "x" } })).contains("maximum length 64"));
        assert_snapshot!(refused(&json!({ "metadata": { "a": 1 } })), @"Invalid type for 'metadata.a': expected a string, but got an integer instead. [metadata.a invalid_type]");
    }
}

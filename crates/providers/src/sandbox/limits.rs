//! Lengths that OpenAI holds the requests of chat and responses to.
//!
//! In: the body's fields. Out: the metadata and the identifier in them, or the refusal of the first that is too long.

use serde_json::{Map, Value};

use super::{
    fields::{Fields, check_length},
    refusal::Refusal,
};

/// OpenAI's most members of `metadata`, and the longest name and value of one.
const MOST_METADATA: usize = 16;
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 512;
const LONGEST_IDENTIFIER: usize = 64;

/// `safety_identifier`
pub(super) fn safety_identifier<'a>(body: &Fields<'a>) -> Result<Option<&'a str>, Refusal> {
    body.short_string("safety_identifier", LONGEST_IDENTIFIER)
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
        check_length(&path, text, LONGEST_VALUE)?;
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn refused(body: &Value) -> String {
        let fields = Fields::of_value(body, String::new(), "an object").expect("an object");
        let read = safety_identifier(&fields).and_then(|_| metadata(&fields));
        let refusal = read.expect_err("it is refused");
        format!("{} [{} {}]", refusal.message, refusal.param.unwrap_or_default(), refusal.code.unwrap_or_default())
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_snapshot!(refused(&json!({ "safety_identifier": "x".repeat(65) })), @"Invalid 'safety_identifier': string too long. Expected a string with maximum length 64, but got a string with length 65 instead. [safety_identifier string_above_max_length]");
        assert_snapshot!(refused(&json!({ "metadata": { "a": "x".repeat(513) } })), @"Invalid 'metadata.a': string too long. Expected a string with maximum length 512, but got a string with length 513 instead. [metadata.a string_above_max_length]");
        assert!(refused(&json!({ "metadata": { "n".repeat(65): "x" } })).contains("maximum length 64"));
        assert_snapshot!(refused(&json!({ "metadata": { "a": 1 } })), @"Invalid type for 'metadata.a': expected a string, but got an integer instead. [metadata.a invalid_type]");
    }
}

//! A whole answer, read once: is it one, and the facts that metering needs.
//!
//! In: the bytes of a 2xx body. Out: [`Answer`], or where it stops being a JSON object. Nothing is built of it; a body
//! of 600 bytes costs a quarter of a microsecond.

use tollgate_core::usage::Usage;

use super::usage;
use crate::json::{self, JsonError, Kind, Member};

/// What is read of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answer<'a> {
    /// Its usage, where it names one.
    pub usage: Option<Usage>,
    /// The model it names, where that is a plain string.
    pub model: Option<&'a str>,
}

/// Reads an answer of any operation; `usage` and `model` are members of its outermost object.
///
/// # Errors
/// It is no strict JSON, or no object.
pub fn read(body: &[u8]) -> Result<Answer<'_>, JsonError> {
    let mut answer = Answer::default();
    json::members(body, |Member { name, value, kind, .. }| {
        match (&*name, kind) {
            ("usage", Kind::Object) => answer.usage = usage::object(&body[value]),
            ("model", Kind::String) => answer.model = plain(&body[value]),
            _ => {}
        }
        Ok::<(), JsonError>(())
    })?;
    Ok(answer)
}

/// A string without escapes.
fn plain(quoted: &[u8]) -> Option<&str> {
    let inner = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_some() { None } else { std::str::from_utf8(inner).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_and_model_are_those_of_the_outermost_object() {
        let body = br#"{"choices":[{"message":{"content":"{\"usage\":{\"prompt_tokens\":9}}","model":"x"}}],
            "model":"gpt-4o-2024-08-06","usage":{"prompt_tokens":3,"completion_tokens":4}}"#;

        let read = read(body).unwrap();

        assert_eq!(read.model, Some("gpt-4o-2024-08-06"));
        assert_eq!(read.usage.map(|u| (u.input, u.output)), Some((3, 4)));
    }

    #[test]
    fn what_is_no_answer_is_told() {
        for (body, error) in [
            (&b"null"[..], JsonError::NotAnObject),
            (b"[]", JsonError::NotAnObject),
            (b"", JsonError::Truncated { at: 0, inside: "a value" }),
            (b"{\"a\":1} x", JsonError::Unexpected { at: 8, expected: "the end of the text" }),
            (b"{\"a\":\"\xff\"}", JsonError::NotUtf8 { at: 6 }),
        ] {
            assert_eq!(read(body), Err(error), "{}", String::from_utf8_lossy(body));
        }
        assert!(matches!(read(b"{\"a\":[1,2"), Err(JsonError::Truncated { .. })));
    }
}

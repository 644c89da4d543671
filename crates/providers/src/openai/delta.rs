//! What a chunk of a chat stream says, for a stream that may have to be continued by another deployment.
//!
//! In: one event. Out: a [`Delta`], or the event with another text in it. Read only where a model is set to resume:
//! it builds a tree of each chunk.

use serde_json::Value;

/// What one event adds to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// Nothing: a comment, `[DONE]`, usage, a role.
    Nothing,
    /// Text of the one choice, and whether that choice ends with it.
    Text {
        /// The text; may be empty.
        text: String,
        /// A `finish_reason` came.
        finished: bool,
    },
    /// Anything else: a tool call, a second choice, log probabilities.
    Other,
}

/// Reads an event of a chat stream.
#[must_use]
pub fn read(event: &[u8]) -> Delta {
    let Some(data) = super::stream::event_data(event).filter(|data| *data != b"[DONE]") else {
        return Delta::Nothing;
    };
    let Ok(chunk) = serde_json::from_slice::<Value>(data) else {
        return Delta::Other;
    };
    let choice = match chunk["choices"].as_array().map(Vec::as_slice) {
        Some([]) | None if !chunk["error"].is_object() => return Delta::Nothing,
        Some([one]) if one["index"].as_u64().unwrap_or(0) == 0 && is_empty(&one["logprobs"]) => one,
        _ => return Delta::Other,
    };
    let empty = serde_json::Map::new();
    let delta = choice["delta"].as_object().unwrap_or(&empty);
    if delta.iter().any(|(name, value)| !matches!(name.as_str(), "role" | "content") && !is_empty(value)) {
        return Delta::Other;
    }
    let text = delta.get("content").and_then(Value::as_str).unwrap_or("").to_owned();
    Delta::Text { text, finished: choice["finish_reason"].is_string() }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The `id` of a chunk.
#[must_use]
pub fn id(event: &[u8]) -> Option<String> {
    let chunk: Value = serde_json::from_slice(super::stream::event_data(event)?).ok()?;
    chunk["id"].as_str().map(str::to_owned)
}

/// The event with `text` as what its one choice says; `None` where it is no such event.
#[must_use]
pub fn with_text(event: &[u8], text: &str) -> Option<Vec<u8>> {
    let mut chunk: Value = serde_json::from_slice(super::stream::event_data(event)?).ok()?;
    *chunk.pointer_mut("/choices/0/delta/content")? = Value::from(text);
    Some(format!("data: {chunk}\n\n").into_bytes())
}

/// Splits whole events.
pub fn events(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = end_of_event(rest)?;
        let (event, behind) = rest.split_at(end);
        rest = behind;
        Some(event)
    })
}

/// Where the first event ends: behind its empty line.
fn end_of_event(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let end = from + memchr::memchr(b'\n', &bytes[from..])?;
        if matches!(&bytes[from..end], b"" | b"\r") {
            return Some(end + 1);
        }
        from = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, finished: bool) -> Delta {
        Delta::Text { text: text.to_owned(), finished }
    }

    #[test]
    fn what_an_event_adds_is_told() {
        for (event, delta) in [
            (": wait\n\n", Delta::Nothing),
            ("data: [DONE]\n\n", Delta::Nothing),
            (r#"data: {"choices":[],"usage":{"prompt_tokens":1}}"#, Delta::Nothing),
            (r#"data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#, text("", false)),
            (r#"data: {"choices":[{"index":0,"delta":{"content":"Hé"},"finish_reason":null}]}"#, text("Hé", false)),
            (r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#, text("", true)),
            (r#"data: {"choices":[{"index":0,"delta":{"content":"a","tool_calls":[]}}]}"#, text("a", false)),
            (r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"#, Delta::Other),
            (r#"data: {"choices":[{"index":1,"delta":{"content":"b"}}]}"#, Delta::Other),
            (r#"data: {"error":{"message":"no"}}"#, Delta::Other),
            ("data: nonsense", Delta::Other),
        ] {
            assert_eq!(read(event.as_bytes()), delta, "{event}");
        }
    }

    #[test]
    fn a_text_is_put_into_an_event() {
        let event = br#"data: {"id":"1","choices":[{"index":0,"delta":{"content":"whole"}}]}"#;

        let seam = with_text(event, "le \"x\"").unwrap();

        assert_eq!(read(&seam), text("le \"x\"", false));
        assert_eq!(id(&seam).as_deref(), Some("1"));
    }

    #[test]
    fn whole_events_are_split() {
        let bytes = b"data: a\n\n: c\r\n\r\ndata: b\n\ndata: cut";

        assert_eq!(events(bytes).collect::<Vec<_>>(), [&b"data: a\n\n"[..], b": c\r\n\r\n", b"data: b\n\n"]);
    }
}

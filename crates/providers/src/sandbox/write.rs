//! Bytes for the wire: a JSON document, and the three kinds of stream event.
//!
//! In: a value that serialises. Out: bytes. Every event is complete and ends in an empty line, so that it can be sent
//! by itself.

use serde::Serialize;

/// The end of a chat or completions stream.
pub(super) const DONE: &[u8] = b"data: [DONE]\n\n";

/// A JSON document.
pub(super) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("the sandbox's values have string keys and no serialiser that fails")
}

/// The same as text.
pub(super) fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the sandbox's values have string keys and no serialiser that fails")
}

/// An event without a name.
pub(super) fn event<T: Serialize>(value: &T) -> Vec<u8> {
    framed(String::from("data: ").into_bytes(), value)
}

/// An event with a name.
pub(super) fn named_event<T: Serialize>(name: &str, value: &T) -> Vec<u8> {
    framed(format!("event: {name}\ndata: ").into_bytes(), value)
}

fn framed<T: Serialize>(mut head: Vec<u8>, value: &T) -> Vec<u8> {
    head.extend_from_slice(&json(value));
    head.extend_from_slice(b"\n\n");
    head
}

//! Request bodies: the scanner accepts what serde_json accepts, and a splice means what writing the tree again means.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use tollgate_providers::json::{self, JsonError};
use tollgate_providers::openai::request::{Peek, splice, spliced_len};

const NEW: &str = "a \"new\" näme\n";

fuzz_target!(|body: &[u8]| {
    scanner_agrees_with_serde(body);
    splice_is_serialising_again(body);
});

fn scanner_agrees_with_serde(body: &[u8]) {
    let mut members = Vec::new();
    let read: Result<(), JsonError> = json::members(body, |member| {
        members.push(member);
        Ok(())
    });
    let text = std::str::from_utf8(body);
    let serde = text.is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    match read {
        Ok(()) => assert!(serde, "the scanner accepts what serde_json refuses"),
        Err(JsonError::NotAnObject) => assert!(serde, "called whole, and serde_json refuses it"),
        Err(JsonError::NotUtf8 { at }) => assert_eq!(text.map_err(|e| e.valid_up_to()), Err(at)),
        // Stricter than serde_json's check, on purpose.
        Err(JsonError::TooDeep { .. }) => {}
        Err(JsonError::Unexpected { expected: "a property name that is valid Unicode", .. }) => {}
        Err(error) => assert!(!serde, "serde_json accepts it, the scanner: {error}"),
    }
    if read.is_ok()
        && let Ok(tree) = serde_json::from_slice::<Value>(body)
    {
        let mut seen = Map::new();
        for member in members {
            let value = serde_json::from_slice(&body[member.value.clone()]).expect("the whole text is JSON");
            if let Value::String(text) = &value {
                assert_eq!(json::string(body, member.value).as_deref(), Some(text.as_str()));
            }
            seen.insert(member.name.into_owned(), value);
        }
        assert_eq!(Value::Object(seen), tree);
    }
}

fn splice_is_serialising_again(body: &[u8]) {
    let Ok(peek) = Peek::read(body) else { return };
    no_second_reading(body);
    let name = serde_json::to_string(NEW).expect("a text");
    let mut splices: Vec<_> = peek.rename(&name).into_iter().chain(peek.ask_usage()).collect();
    let mut out = Vec::new();
    let len = spliced_len(body, &splices);
    splice(body, &mut splices, &mut out);
    assert_eq!(out.len(), len);

    let spliced = serde_json::from_slice::<Value>(&out);
    // Numbers beyond a double's range and lone surrogates are JSON that no tree can hold.
    let Ok(mut tree) = serde_json::from_slice::<Value>(body) else { return };
    assert_eq!(peek.model(), tree.get("model").map(|model| model.as_str().expect("Peek refuses others")));
    assert_eq!(peek.stream(), tree.get("stream").and_then(Value::as_bool).unwrap_or(false));
    if peek.model().is_some() {
        tree["model"] = json!(NEW);
    }
    if peek.stream() {
        if !tree.get("stream_options").is_some_and(Value::is_object) {
            tree["stream_options"] = json!({});
        }
        tree["stream_options"]["include_usage"] = json!(true);
    }
    assert_eq!(spliced.expect("a spliced body is JSON"), tree);

    let again = Peek::read(&out).expect("a spliced body is read again");
    assert_eq!(again.model(), peek.model().map(|_| NEW));
    assert_eq!(again.ask_usage(), None);
}

/// A server that folds letter case reads the same deciding members.
fn no_second_reading(body: &[u8]) {
    const DECIDING: [&str; 5] = ["model", "stream", "stream_options", "previous_response_id", "conversation"];
    let mut seen = Vec::new();
    let read: Result<(), JsonError> = json::members(body, |member| {
        let name = member.name.to_ascii_lowercase();
        if DECIDING.contains(&name.as_str()) {
            assert_eq!(name, member.name, "a deciding member in other letter case is accepted");
            assert!(!seen.contains(&name), "a deciding member is accepted twice");
            seen.push(name);
        }
        Ok(())
    });
    assert!(read.is_ok(), "Peek accepts what the scanner refuses");
}

//! Adds a diagnosis to a provider's own error.
//!
//! In: the provider's body and a [`Diagnosis`]. Out: the same bytes with one more member in the error object. A body of
//! another form is not touched: making an error object out of it is `render`'s work.

use serde::de::{Deserialize, Deserializer, IgnoredAny};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::diagnosis::Diagnosis;
use crate::mask::mask;
use crate::render::{Show, diagnosis_json};

/// `body` with the member `diagnosis` before the closing brace of its `error` object; every other byte is kept.
///
/// `None` where the body is not an error object with OpenAI's four keys, or where it has a diagnosis already: one
/// gateway behind another knows more about its own failure.
#[must_use]
pub fn annotate(body: &[u8], d: &Diagnosis, docs_base: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let error: Body<'_> = serde_json::from_str(text).ok()?;
    let object = error.error.get();
    // serde reads a struct from an array too.
    if !text.trim_ascii_start().starts_with('{') || !object.starts_with('{') {
        return None;
    }
    let keys: ErrorObject = serde_json::from_str(object).ok()?;
    if !keys.has_all_four() || keys.diagnosis.0 {
        return None;
    }
    // The object is a part of `text`, whose last byte is its closing brace.
    let brace = object.as_ptr().addr() - text.as_ptr().addr() + object.len() - 1;
    let (before, after) = body.split_at(brace);
    Some([before, b",\"diagnosis\":", &diagnosis_json(d, docs_base), after].concat())
}

/// The body for a provider's error of any form: its own bytes with the diagnosis where it is OpenAI's error object,
/// its own words inside that object where it is not. `None` where it holds no words, such as an empty body.
///
/// Servers that are compatible with OpenAI's requests often are not with its errors: `{"error":"…"}` (Ollama),
/// `{"object":"error","message":…}` (older vLLM), `{"detail":…}` (FastAPI). The message is masked and cut at
/// [`MESSAGE_MAX_BYTES`].
#[must_use]
pub fn adopt(body: &[u8], d: &Diagnosis, show: Show, docs_base: &str) -> Option<Vec<u8>> {
    if let Some(annotated) = annotate(body, d, docs_base) {
        return Some(if show == Show::Body { annotated } else { body.to_vec() });
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    let error = value.get("error").unwrap_or(&value);
    if value.get("error").is_some_and(|e| ["message", "type", "param", "code"].iter().all(|k| e.get(k).is_some())) {
        // Another gateway's, with its own diagnosis.
        return Some(body.to_vec());
    }
    let message = match error {
        Value::String(text) => text.clone(),
        error => match error.get("message").or_else(|| error.get("detail")).or_else(|| value.get("detail"))? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        },
    };
    let masked = mask(&message);
    let message = &masked[..masked.floor_char_boundary(MESSAGE_MAX_BYTES)];
    let word =
        |name: &str| error.get(name).and_then(Value::as_str).map(|w| mask(&w.chars().take(100).collect::<String>()));
    let mut object = json!({
        "message": message,
        "type": word("type").unwrap_or_else(|| d.wire().error_type.to_owned()),
        "param": word("param"),
        "code": word("code"),
    });
    if show == Show::Body {
        object["diagnosis"] = serde_json::from_slice(&diagnosis_json(d, docs_base)).ok()?;
    }
    serde_json::to_vec(&json!({ "error": object })).ok()
}

/// At most so many bytes of a provider's message are passed on in an error object of ours.
pub const MESSAGE_MAX_BYTES: usize = 4096;

#[derive(serde::Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    error: &'a RawValue,
}

#[derive(serde::Deserialize)]
#[serde(default)]
#[derive(Default)]
struct ErrorObject {
    message: Present,
    #[serde(rename = "type")]
    kind: Present,
    param: Present,
    code: Present,
    diagnosis: Present,
}

impl ErrorObject {
    fn has_all_four(&self) -> bool {
        self.message.0 && self.kind.0 && self.param.0 && self.code.0
    }
}

/// Whether a member is there at all, null included.
#[derive(Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Ok(Self(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    fn adopted(body: &str) -> Option<Value> {
        let d = Diagnosis::new(&catalog::PROVIDER_REFUSED);
        adopt(body.as_bytes(), &d, Show::Body, "").map(|b| serde_json::from_slice(&b).unwrap())
    }

    #[test]
    fn words_of_other_forms_are_kept_in_the_error_object() {
        for (body, message, kind) in [
            (r#"{"error":"model 'x' not found"}"#, "model 'x' not found", "invalid_request_error"),
            (
                r#"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#,
                "too long",
                "BadRequestError",
            ),
            (r#"{"detail":"Not Found"}"#, "Not Found", "invalid_request_error"),
            (r#"{"detail":[{"loc":["body"]}]}"#, r#"[{"loc":["body"]}]"#, "invalid_request_error"),
            (r#"{"error":{"message":"m","type":"t"}}"#, "m", "t"),
        ] {
            let error = &adopted(body).unwrap()["error"];

            assert_eq!(error["message"], message, "{body}");
            assert_eq!(error["type"], kind, "{body}");
            assert!(error["param"].is_null() && error["code"].is_null());
            assert_eq!(error["diagnosis"]["cause"], "provider_refused");
        }
        assert_eq!(adopted("<html>"), None);
        assert_eq!(adopted("{}"), None);
    }

    #[test]
    fn an_array_is_no_error_object() {
        let d = Diagnosis::new(&catalog::PROVIDER_REFUSED);

        assert_eq!(annotate(br#"{"error":["m","t","p","c"]}"#, &d, ""), None);
        assert_eq!(annotate(br#"[{"message":1,"type":1,"param":1,"code":1}]"#, &d, ""), None);
    }
}

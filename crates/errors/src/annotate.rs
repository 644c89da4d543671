//! Adds a diagnosis to a provider's own error.
//!
//! In: the provider's body and a [`Diagnosis`]. Out: the same bytes with our diagnosis as a member of the error object.
//! A body of another form is not touched: making an error object out of it is `render`'s work.
//!
//! A provider that is another Tollgate has put a diagnosis of its own there. Ours takes its place, in the body as in the
//! headers: the parties in theirs are seen from the other side (its caller is this gateway), and its links lead to
//! where our caller may not come. What theirs said is kept as evidence ([`diagnosed`]).

use serde::de::{Deserialize, Deserializer, IgnoredAny};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::diagnosis::Diagnosis;
use crate::long::tree;
use crate::mask::mask;
use crate::render::{Show, diagnosis_json};
use crate::said::error_in;
use crate::words::words_of;

/// `body` with our diagnosis as the member `diagnosis` of its `error` object: before the closing brace, or in the place
/// of one that is there already. Every other byte is kept.
///
/// `None` where the body is not an error object with OpenAI's four keys.
#[must_use]
pub fn annotate(body: &[u8], d: &Diagnosis, docs_base: &str) -> Option<Vec<u8>> {
    Some(Found::read(body)?.with(body, &diagnosis_json(d, docs_base)))
}

/// What a provider that is another Tollgate says of its error: cause and party, as it sees them.
#[must_use]
pub fn diagnosed(body: &[u8]) -> Option<(String, String)> {
    let text = std::str::from_utf8(body).ok()?;
    let theirs = Found::read(body)?.theirs.map(|(start, end)| &text[start..end])?;
    let theirs: Value = serde_json::from_str(theirs).ok()?;
    let word = |name: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let word = theirs.get(name)?.as_str()?;
        (!word.is_empty() && word.len() <= 64 && word.bytes().all(plain)).then(|| word.to_owned())
    };
    Some((word("cause")?, word("party")?))
}

/// Where an error object of OpenAI's form ends, and where the diagnosis in it stands.
struct Found {
    /// Position of the object's closing brace.
    brace: usize,
    /// Start and end of the value of `diagnosis`.
    theirs: Option<(usize, usize)>,
}

impl Found {
    /// `body`, of which this was read, with a diagnosis.
    fn with(&self, body: &[u8], ours: &[u8]) -> Vec<u8> {
        match self.theirs {
            Some((start, end)) => [&body[..start], ours, &body[end..]].concat(),
            None => [&body[..self.brace], b",\"diagnosis\":", ours, &body[self.brace..]].concat(),
        }
    }

    fn read(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let error: Body<'_> = serde_json::from_str(text).ok()?;
        let object = error.error.get();
        // serde reads a struct from an array too.
        if !text.trim_ascii_start().starts_with('{') || !object.starts_with('{') {
            return None;
        }
        let keys: ErrorObject<'_> = serde_json::from_str(object).ok()?;
        let start = |part: &str| position(text, part);
        let theirs = keys.diagnosis.map(|theirs| (start(theirs.get()), start(theirs.get()) + theirs.get().len()));
        keys.has_all_four().then(|| Self { brace: start(object) + object.len() - 1, theirs })
    }
}

/// Where `part` begins in `text`, which it is a part of.
pub(crate) fn position(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

/// `body` without the member whose value stands from `start` to `end`, and without one of the commas beside it.
fn without(body: &[u8], start: usize, end: usize) -> Option<Vec<u8>> {
    let before = body[..start].trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    // A name written with escapes is left to the reader of trees.
    let before = before.strip_suffix(b"\"diagnosis\"")?.trim_ascii_end();
    let after = &body[end..];
    let (before, after) = match before.strip_suffix(b",") {
        Some(before) => (before, after),
        None => (before, after.trim_ascii_start().strip_prefix(b",")?),
    };
    Some([before, after].concat())
}

/// The body for a provider's error of any form: its own bytes with the diagnosis where it is OpenAI's error object,
/// its own words inside that object where it is not. `None` where it holds no words, such as an empty body.
///
/// Servers that are compatible with OpenAI's requests often are not with its errors: `{"error":"…"}` (Ollama),
/// `{"object":"error","message":…}` (older vLLM), `{"detail":…}` (FastAPI); and what stands between may answer with a page.
/// The message is masked and cut at [`MESSAGE_MAX_BYTES`](crate::MESSAGE_MAX_BYTES).
#[must_use]
pub fn adopt(body: &[u8], d: &Diagnosis, show: Show, docs_base: &str) -> Option<Vec<u8>> {
    if let Some(found) = Found::read(body) {
        let kept = match found.theirs {
            _ if show == Show::Body => Some(found.with(body, &diagnosis_json(d, docs_base))),
            None => Some(body.to_vec()),
            Some((start, end)) => without(body, start, end),
        };
        if kept.is_some() {
            return kept;
        }
    }
    let value = tree(body);
    let message = mask(&words_of(body, value.as_ref())?);
    let value = value.unwrap_or_default();
    let error = error_in(&value);
    let member = |names: &[&str]| names.iter().find_map(|name| word(error.get(*name)?));
    let mut object = json!({
        "message": message,
        // Problem details have an address as their type.
        "type": member(&["type", "__type"]).filter(|kind| !kind.contains(':')).unwrap_or_else(|| d.wire().error_type.to_owned()),
        "param": member(&["param"]).or_else(|| d.param_name().map(str::to_owned)),
        "code": member(&["code", "status", "error_code"]),
    });
    if show == Show::Body {
        object["diagnosis"] = serde_json::from_slice(&diagnosis_json(d, docs_base)).ok()?;
    }
    serde_json::to_vec(&json!({ "error": object })).ok()
}

/// A code as text: a word, or a number that does not repeat an HTTP status.
fn word(value: &Value) -> Option<String> {
    let status = |text: &str| matches!(text.parse(), Ok(100u16..=599));
    let text = match value {
        Value::String(text) => text.chars().take(100).collect(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty() && !status(&text)).then(|| mask(&text))
}

#[derive(serde::Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    error: &'a RawValue,
}

#[derive(serde::Deserialize)]
struct ErrorObject<'a> {
    #[serde(default)]
    message: Present,
    #[serde(rename = "type", default)]
    kind: Present,
    #[serde(default)]
    param: Present,
    #[serde(default)]
    code: Present,
    #[serde(borrow, default, deserialize_with = "even_null")]
    diagnosis: Option<&'a RawValue>,
}

/// The text of a value, null's too.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl ErrorObject<'_> {
    fn has_all_four(&self) -> bool {
        self.message.0 && self.kind.0 && self.param.0 && self.code.0
    }
}

/// Whether a member is there at all, null included.
#[derive(Default)]
pub(crate) struct Present(pub(crate) bool);

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
            (r#"{"detail":[{"loc":["body"]}]}"#, r#"{"detail":[{"loc":["body"]}]}"#, "invalid_request_error"),
            (r#"{"error":{"message":"m","type":"t"}}"#, "m", "t"),
        ] {
            let error = &adopted(body).unwrap()["error"];

            assert_eq!(error["message"], message, "{body}");
            assert_eq!(error["type"], kind, "{body}");
            assert!(error["param"].is_null() && error["code"].is_null());
            assert_eq!(error["diagnosis"]["cause"], "provider_refused");
        }
        assert_eq!(adopted("<html>"), None);
        assert_eq!(adopted("<h1>no</h1>").unwrap()["error"]["message"], "no");
        assert_eq!(adopted("{}"), None);
    }

    #[test]
    fn the_diagnosis_of_another_gateway_gives_way_to_ours() {
        let d = Diagnosis::new(&catalog::UPSTREAM_MODEL_NOT_FOUND);
        let ours = String::from_utf8(diagnosis_json(&d, "")).unwrap();
        let theirs = r#"{"cause":"model_not_found","party":"caller","docs":"http://inside:4000/errors/x"}"#;
        for (before, after) in [
            (r#"{"error":{"message":"m","type":"t","param":null,"code":null, "diagnosis" : "#, r#" }, "x": 1}"#),
            (r#"{"error":{"diagnosis":"#, r#" , "message":"m","type":"t","param":null,"code":null}}"#),
            (r#"{"error":{"message":"m","diagnosis":"#, r#","type":"t","param":null,"code":null}}"#),
        ] {
            let body = format!("{before}{theirs}{after}");

            let adopted = |show| adopt(body.as_bytes(), &d, show, "").map(|b| String::from_utf8(b).unwrap()).unwrap();

            assert_eq!(adopted(Show::Body), format!("{before}{ours}{after}"));
            for show in [Show::Header, Show::Off] {
                let bare = adopted(show);
                assert!(!bare.contains("diagnosis") && !bare.contains("inside"), "{bare}");
                let object: Value = serde_json::from_str(&bare).unwrap();
                assert_eq!(object["error"].as_object().unwrap().len(), 4, "{bare}");
            }
            assert_eq!(diagnosed(body.as_bytes()), Some(("model_not_found".to_owned(), "caller".to_owned())));
        }
    }

    #[test]
    fn what_only_looks_like_a_diagnosis_is_not_quoted() {
        for theirs in ["null", "1", "{}", r#"{"cause":"a","party":"<b>"}"#, r#"{"cause":"A B","party":"caller"}"#] {
            let body =
                format!(r#"{{"error":{{"message":"m","type":"t","param":null,"code":null,"diagnosis":{theirs}}}}}"#);

            assert_eq!(diagnosed(body.as_bytes()), None, "{body}");
        }
        let escaped = r#"{"error":{"message":"m","type":"t","param":null,"code":null,"di\u0061gnosis":{"cause":"x"}}}"#;
        let d = Diagnosis::new(&catalog::PROVIDER_REFUSED);

        let bare = adopt(escaped.as_bytes(), &d, Show::Off, "").unwrap();

        assert!(!String::from_utf8(bare).unwrap().contains("gnosis"));
    }

    #[test]
    fn an_array_is_no_error_object() {
        let d = Diagnosis::new(&catalog::PROVIDER_REFUSED);

        assert_eq!(annotate(br#"{"error":["m","t","p","c"]}"#, &d, ""), None);
        assert_eq!(annotate(br#"[{"message":1,"type":1,"param":1,"code":1}]"#, &d, ""), None);
    }
}

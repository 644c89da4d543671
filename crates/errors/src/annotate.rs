//! Adds a diagnosis to a provider's own error.
//!
//! In: the provider's body and a [`Diagnosis`]. Out: the same bytes with one more member in the error object. A body of
//! another form is not touched: making an error object out of it is `render`'s work.

use serde::de::{Deserialize, Deserializer, IgnoredAny};
use serde_json::value::RawValue;

use crate::diagnosis::Diagnosis;
use crate::render::diagnosis_json;

/// `body` with the member `diagnosis` before the closing brace of its `error` object; every other byte is kept.
///
/// `None` where the body is not an error object with OpenAI's four keys, or where it has a diagnosis already: one
/// gateway behind another knows more about its own failure.
#[must_use]
pub fn annotate(body: &[u8], d: &Diagnosis, docs_base: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let error: Body<'_> = serde_json::from_str(text).ok()?;
    let object = error.error.get();
    let keys: ErrorObject = serde_json::from_str(object).ok()?;
    if !keys.has_all_four() || keys.diagnosis.0 {
        return None;
    }
    // The object is a part of `text`, whose last byte is its closing brace.
    let brace = object.as_ptr().addr() - text.as_ptr().addr() + object.len() - 1;
    let (before, after) = body.split_at(brace);
    Some([before, b",\"diagnosis\":", &diagnosis_json(d, docs_base), after].concat())
}

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

//! What a provider said in a failed answer, whatever form it has.
//!
//! In: a body. Out: the words that tell causes apart, in lower case and bounded. It judges nothing.

use serde_json::Value;

/// A longer body is not read as JSON: errors are short, and this runs on the serving threads.
pub(crate) const BODY_MAX_BYTES: usize = 256 * 1024;
/// Of a message, what is looked at.
const MESSAGE_MAX_BYTES: usize = 2048;

/// What a provider said, in lower case.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) kind: String,
    pub(crate) code: String,
    pub(crate) param: String,
    pub(crate) message: String,
    /// Google's `details[].reason`.
    pub(crate) reason: String,
    /// A status of a failure that stands in the body: vLLM's, Google's and OpenRouter's `code` is a number.
    pub(crate) status: Option<u16>,
}

impl Said {
    /// Reads the error objects of OpenAI, Azure, Anthropic, Google, vLLM, Ollama and FastAPI; `None` where the body is
    /// no JSON object.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        if body.len() > BODY_MAX_BYTES {
            return None;
        }
        let value: Value = serde_json::from_slice(body).ok()?;
        // Google's streams answer with a list of one.
        let object = value.get(0).unwrap_or(&value).as_object()?;
        let error = match object.get("error") {
            Some(error @ Value::Object(_)) => error,
            Some(Value::String(message)) => return Some(Self { message: lower(message), ..Self::default() }),
            _ => value.get(0).unwrap_or(&value),
        };
        let member = |name: &str| error.get(name).and_then(Value::as_str).map(lower).unwrap_or_default();
        // Google has a number as code and the word in `status`; vLLM has the status as code.
        let code = Some(member("code")).filter(|code| !code.is_empty()).unwrap_or_else(|| member("status"));
        let message = Some(member("message")).filter(|m| !m.is_empty()).unwrap_or_else(|| detail(error));
        let reason = error.pointer("/details/0/reason").and_then(Value::as_str).map(lower).unwrap_or_default();
        let status = ["code", "status", "status_code"].into_iter().find_map(|name| status(error.get(name)?));
        Some(Self { kind: member("type"), code, param: member("param"), message, reason, status })
    }

    pub(crate) fn code_is(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.code == *word || self.kind == *word)
    }

    pub(crate) fn mentions(&self, words: &str) -> bool {
        self.message.contains(words)
    }
}

/// A number, or digits in a text, that can be the status of a failure.
fn status(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (400..=599).contains(status))
}

/// FastAPI's `detail`: a text, or a list of objects with `msg`.
fn detail(error: &Value) -> String {
    let detail = error.get("detail").and_then(|d| d.as_str().or_else(|| d.pointer("/0/msg")?.as_str()));
    detail.map(lower).unwrap_or_default()
}

fn lower(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    text[..text.floor_char_boundary(MESSAGE_MAX_BYTES)].to_ascii_lowercase()
}

//! What a provider said in a failed answer, whatever form it has.
//!
//! In: a body. Out: the words that tell causes apart, in lower case and bounded. It judges nothing.

use serde_json::Value;

use crate::catalog;
use crate::cause::Cause;
use crate::long::tree;

/// Of a message, what is looked at.
const MESSAGE_MAX_BYTES: usize = 2048;
/// Of a code, what is shown.
const CODE_MAX_BYTES: usize = 120;
/// Members whose values programs compare.
const CODES: [&str; 8] = ["code", "type", "status", "error_code", "errorCode", "error_type", "__type", "Code"];

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
    /// Codes as they were sent, with the names of their members.
    pub(crate) codes: Vec<(&'static str, String)>,
    /// Whose error a router passes on.
    pub(crate) behind: String,
    /// The cause that another Tollgate names, as it sees it.
    pub(crate) diagnosed: Option<&'static Cause>,
}

impl Said {
    /// Reads the error objects of OpenAI, Azure, Anthropic, Google, vLLM, Ollama and FastAPI, and the one that
    /// OpenRouter passes on inside of its own; `None` where the body is no JSON object.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let value = tree(body)?;
        let said = Self::of(&value)?;
        let metadata = error_in(&value).get("metadata");
        let Some(inner) = metadata.and_then(|metadata| inner(metadata.get("raw")?)) else { return Some(said) };
        let behind = metadata.and_then(|m| m.get("provider_name")?.as_str()).map(short).unwrap_or_default();
        Some(Self { status: said.status.or(inner.status), behind, ..inner })
    }

    fn of(value: &Value) -> Option<Self> {
        value.get(0).unwrap_or(value).as_object()?;
        let error = error_in(value);
        if let Value::String(message) = error {
            // xAI has a sentence as `code` beside a text as `error`.
            return Some(Self { message: lower(message), codes: codes(value), ..Self::default() });
        }
        let member = |name: &str| error.get(name).and_then(Value::as_str).map(lower).unwrap_or_default();
        // Google has a number as code and the word in `status`; vLLM has the status as code.
        let code = Some(member("code")).filter(|code| !code.is_empty()).unwrap_or_else(|| member("status"));
        let message = Some(member("message")).filter(|m| !m.is_empty()).unwrap_or_else(|| detail(error));
        let reason = error.pointer("/details/0/reason").and_then(Value::as_str).map(lower).unwrap_or_default();
        let status = ["code", "status", "status_code"].into_iter().find_map(|name| status(error.get(name)?));
        let mut codes = codes(error);
        codes.extend(error.pointer("/details/0/reason").and_then(Value::as_str).map(|r| ("reason", short(r))));
        codes.extend(error.get("failed_generation").and_then(Value::as_str).map(|g| ("failed_generation", short(g))));
        codes.extend(error.pointer("/innererror/code").and_then(Value::as_str).map(|c| ("innererror", short(c))));
        Some(Self {
            kind: member("type"),
            code,
            param: member("param"),
            message,
            reason,
            status,
            codes,
            behind: String::new(),
            diagnosed: error.pointer("/diagnosis/cause").and_then(Value::as_str).and_then(catalog::by_slug),
        })
    }

    pub(crate) fn code_is(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.code == *word || self.kind == *word)
    }

    pub(crate) fn mentions(&self, words: &str) -> bool {
        self.message.contains(words)
    }
}

/// The error object, its text, or the outermost object that is one itself. Google's streams answer with a list of one.
pub(crate) fn error_in(value: &Value) -> &Value {
    let outer = value.get(0).unwrap_or(value);
    match outer.get("error") {
        Some(error @ (Value::Object(_) | Value::String(_))) => error,
        // The Responses API's `response.failed`.
        _ => outer.pointer("/response/error").filter(|error| error.is_object()).unwrap_or(outer),
    }
}

/// The error of the real provider, which a router quotes as JSON in a text or as an object.
fn inner(raw: &Value) -> Option<Said> {
    let parsed: Value;
    let value = match raw {
        Value::String(text) => {
            parsed = serde_json::from_str(text.trim_ascii()).ok()?;
            &parsed
        }
        other => other,
    };
    Said::of(value).filter(|said| !said.message.is_empty() || !said.codes.is_empty())
}

fn codes(error: &Value) -> Vec<(&'static str, String)> {
    let word = |name: &&'static str| match error.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some((*name, short(text))),
        Value::Number(number) => Some((*name, number.to_string())),
        _ => None,
    };
    // `{"type":"error","error":…}` says nothing with its type.
    CODES.iter().filter_map(word).filter(|(_, word)| word != "error").collect()
}

/// A number, or digits in a text, that can be the status of a failure.
fn status(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (400..=599).contains(status))
}

/// FastAPI's `detail`: a text, or a list of objects with `msg`; Mistral puts it into `message`.
fn detail(error: &Value) -> String {
    let detail = error.get("detail").or_else(|| error.pointer("/message/detail"));
    let text = detail.and_then(|d| d.as_str().or_else(|| d.pointer("/0/msg")?.as_str()));
    text.map(lower).unwrap_or_default()
}

fn lower(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    text[..text.floor_char_boundary(MESSAGE_MAX_BYTES)].to_ascii_lowercase()
}

fn short(text: &str) -> String {
    text[..text.floor_char_boundary(CODE_MAX_BYTES)].trim().to_owned()
}

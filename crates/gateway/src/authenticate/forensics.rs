//! What is wrong with a credential that was not accepted. Off the plain path: it may look as closely as it likes,
//! within bounds.

use tollgate_core::key::redact;

use super::AuthenticateError;
use crate::request::{Name, Request};

/// What a presented text is instead of a key of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing at all behind `Bearer`.
    Empty,
    /// `undefined`, `null` or `None`: a variable that was not set.
    Undefined,
    /// A sample value from some documentation, or a variable that was not expanded.
    Placeholder,
    /// `Bearer` twice.
    DoubleBearer,
    /// In quotation marks.
    Quoted,
    /// With white space inside.
    Whitespace,
    /// With characters beyond ASCII.
    NonAscii,
    /// A URL, an address, a sentence.
    NotAKey,
    /// An administration key, which the serving API does not take.
    AdminKey,
    /// The key of another vendor.
    OtherVendor(&'static str),
}

/// Where a key was seen although it belongs into `Authorization`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// In this header.
    Header(&'static str),
    /// In the query of the URL.
    Query,
    /// In the body.
    Body,
}

/// How much of a body that has already arrived is searched for the shape of a key.
const SEARCHED: usize = 16 << 10;

/// Keys of other vendors by their start (their documentation, and GitHub's list of secret patterns).
const VENDORS: [(&str, &str); 14] = [
    ("sk-ant-", "Anthropic"),
    ("sk-or-", "OpenRouter"),
    ("sk-proj-", "OpenAI"),
    ("sk-svcacct-", "OpenAI"),
    ("sk-admin-", "OpenAI"),
    ("sk-t0-", "TensorZero"),
    ("AIza", "Google"),
    ("gsk_", "Groq"),
    ("xai-", "xAI"),
    ("hf_", "Hugging Face"),
    ("pplx-", "Perplexity"),
    ("nvapi-", "NVIDIA"),
    ("ghp_", "GitHub"),
    ("AKIA", "AWS"),
];

/// No `Authorization` came: where else is a key?
pub(super) fn missing(request: &Request) -> AuthenticateError {
    let headers = [(Name::ApiKey, "api-key"), (Name::XApiKey, "x-api-key"), (Name::XGoogApiKey, "x-goog-api-key")];
    let header = headers.into_iter().find(|(name, _)| request.header(*name).is_some());
    let query = request.query().split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or("");
        ["key", "api_key", "api-key", "apikey", "access_token"].contains(&name) || pair.contains("sk-tg-")
    });
    let arrived = &request.bytes[request.body.start.min(request.bytes.len())..];
    let arrived = &arrived[..arrived.len().min(SEARCHED)];
    let misplaced = if let Some((_, name)) = header {
        Some(Misplaced::Header(name))
    } else if query {
        Some(Misplaced::Query)
    } else if memchr::memmem::find(arrived, b"sk-tg-").is_some() || memchr::memmem::find(arrived, b"Bearer ").is_some()
    {
        Some(Misplaced::Body)
    } else {
        None
    };
    AuthenticateError::Missing { misplaced, client: request.client() }
}

/// The header's value does not begin with `Bearer `.
pub(super) fn scheme(value: &[u8]) -> AuthenticateError {
    if value.eq_ignore_ascii_case(b"bearer") || value.is_empty() {
        return shape(Shape::Empty, b"");
    }
    let text = printable(value);
    let (first, rest) = text.split_once(' ').unwrap_or((&text, ""));
    let word = first.len() <= 20 && first.chars().all(|c| c.is_ascii_alphabetic());
    // A lone word may be the key itself: it is then as secret as one.
    let scheme = if word && !rest.is_empty() { first.to_owned() } else { redact(first) };
    AuthenticateError::Scheme { scheme }
}

/// A text with our prefix and a wrong length, character or checksum.
pub(super) fn damaged(token: &[u8]) -> AuthenticateError {
    if token.starts_with(b"sk-tg-admin-") {
        return shape(Shape::AdminKey, token);
    }
    if token.iter().any(|b| !b.is_ascii()) {
        return shape(Shape::NonAscii, token);
    }
    if token.trim_ascii().iter().any(u8::is_ascii_whitespace) {
        return shape(Shape::Whitespace, token);
    }
    if token.ends_with(b"\"") || token.ends_with(b"'") {
        return shape(Shape::Quoted, token);
    }
    AuthenticateError::Damaged { redacted: redacted(token), len: token.len() }
}

/// A text that no key matches.
pub(super) fn unknown(token: &[u8], ours: bool) -> AuthenticateError {
    match if ours { None } else { shape_of(token) } {
        Some(found) => shape(found, token),
        None => AuthenticateError::Unknown { ours, redacted: redacted(token) },
    }
}

fn shape(shape: Shape, token: &[u8]) -> AuthenticateError {
    // The words for "nothing" are no secret, and the point of the matter.
    let redacted = if shape == Shape::Undefined { printable(token) } else { redacted(token) };
    AuthenticateError::Shape { shape, redacted }
}

fn shape_of(token: &[u8]) -> Option<Shape> {
    let Some(text) = std::str::from_utf8(token).ok().filter(|t| t.is_ascii()) else {
        return Some(Shape::NonAscii);
    };
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if text.is_empty() {
        return Some(Shape::Empty);
    }
    if ["undefined", "null", "none", "nan", "[object object]"].contains(&lower.as_str()) {
        return Some(Shape::Undefined);
    }
    if lower.starts_with("bearer ") || lower == "bearer" {
        return Some(Shape::DoubleBearer);
    }
    if text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`']) {
        return Some(Shape::Quoted);
    }
    if lower.contains("://") || lower.contains('@') || text.split_ascii_whitespace().count() > 3 {
        return Some(Shape::NotAKey);
    }
    if is_placeholder(text, &lower) {
        return Some(Shape::Placeholder);
    }
    if text.contains(|c: char| c.is_ascii_whitespace()) {
        return Some(Shape::Whitespace);
    }
    let vendor = VENDORS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, vendor)| *vendor);
    // OpenAI's older keys: sk- and 48 letters and digits.
    let old_openai = text.len() == 51
        && text.strip_prefix("sk-").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()));
    vendor.or_else(|| old_openai.then_some("OpenAI")).map(Shape::OtherVendor)
}

fn is_placeholder(text: &str, lower: &str) -> bool {
    let wrapped = [("<", ">"), ("${", "}"), ("{{", "}}"), ("[", "]"), ("{", "}")];
    wrapped.iter().any(|(open, close)| text.starts_with(open) && text.ends_with(close))
        || (text.starts_with(['$', '%']) && text.len() > 1)
        || [
            "your",
            "api_key",
            "apikey",
            "openai_key",
            "replace",
            "insert",
            "example",
            "placeholder",
            "changeme",
            "xxxx",
            "...",
            "****",
        ]
        .iter()
        .any(|word| lower.contains(word))
        || lower.starts_with("sk-xxx")
        || ["key", "token", "secret", "sk-", "test"].contains(&lower)
}

/// The text as it may be shown.
pub(super) fn redacted(token: &[u8]) -> String {
    redact(&printable(token))
}

/// At most 200 characters, none of them a control character.
pub(super) fn printable(value: &[u8]) -> String {
    String::from_utf8_lossy(&value[..value.len().min(800)]).chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_apart() {
        for (text, expected) in [
            ("", Some(Shape::Empty)),
            ("undefined", Some(Shape::Undefined)),
            ("None", Some(Shape::Undefined)),
            ("Bearer sk-abc", Some(Shape::DoubleBearer)),
            ("\"sk-abc\"", Some(Shape::Quoted)),
            ("sk-ab cd", Some(Shape::Whitespace)),
            ("sk-abcé", Some(Shape::NonAscii)),
            ("https://example.com/v1", Some(Shape::NotAKey)),
            ("please use my other key now", Some(Shape::NotAKey)),
            ("YOUR_API_KEY", Some(Shape::Placeholder)),
            ("$OPENAI_API_KEY", Some(Shape::Placeholder)),
            ("<key>", Some(Shape::Placeholder)),
            ("sk-ant-api03-abcdef", Some(Shape::OtherVendor("Anthropic"))),
            ("gsk_abcdef", Some(Shape::OtherVendor("Groq"))),
            ("sk-1234567890abcdef1234567890abcdef1234567890abcdef", Some(Shape::OtherVendor("OpenAI"))),
            ("sk-1234567890abcdef", None),
        ] {
            assert_eq!(shape_of(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_lone_word_in_the_header_is_not_printed() {
        let AuthenticateError::Scheme { scheme: name } = scheme(b"sk-tg-0123456789abcdefghij") else { panic!() };
        assert!(!name.contains("456789abc"), "{name}");
        let AuthenticateError::Scheme { scheme: name } = scheme(b"Basic dXNlcjpwYXNz") else { panic!() };
        assert_eq!(name, "Basic");
    }
}

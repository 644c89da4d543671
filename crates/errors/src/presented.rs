//! What a text is that was presented as a key.
//!
//! In: the text as it came, behind `Bearer`. Out: a [`Shape`], or nothing where it may be a key. It judges by form
//! alone: whether a key is known is not asked here. What a shape carries may be shown: none holds a part of a secret.

use std::borrow::Cow;

use crate::characters::is_invisible;
use crate::mask::mask;
use crate::vendors::{Vendor, vendor_of};

/// What a presented text is instead of a key of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Nothing at all.
    Empty,
    /// `undefined`, `null`, `None`, `NaN`: what a variable without a value becomes; as it came.
    Undefined(String),
    /// An object, a list or a function that was put into text; what it is.
    Object(&'static str),
    /// A reference to a variable that nothing has put a value in for; as it came.
    Variable(String),
    /// A sample value from some documentation; as it came where it is words alone, else empty.
    Placeholder(String),
    /// `Bearer` once more.
    DoubleBearer,
    /// In quotation marks of this kind.
    Quoted(char),
    /// With white space; which, and where.
    Whitespace {
        /// `a space`, `a tab`, …
        what: &'static str,
        /// `at its start`, `inside it, at character 21`, …
        place: String,
    },
    /// With a character outside ASCII.
    NonAscii {
        /// The first of them.
        character: char,
        /// Which character of the text it is, from 1 on.
        position: usize,
    },
    /// With a byte that is not UTF-8, at this place from 1 on: a character in an older encoding.
    NotUtf8 {
        /// The byte.
        byte: u8,
        /// Which byte of the text it is, from 1 on.
        position: usize,
    },
    /// Something else; what.
    NotAKey(&'static str),
    /// The key of another vendor.
    OtherVendor(&'static Vendor),
}

/// What a language prints for "nothing".
const NOTHING: [&str; 9] = ["undefined", "null", "none", "nil", "nan", "(null)", "<nil>", "false", "optional(nil)"];

/// Texts longer than this are looked at up to here.
const LOOKED_AT: usize = 4096;

/// What `text` is, `None` where it has the form of a key that nobody's name stands on.
#[must_use]
pub fn shape_of(text: &[u8]) -> Option<Shape> {
    let cut = text.len() > LOOKED_AT;
    let text = &text[..text.len().min(LOOKED_AT)];
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        // Cut off in the middle of a character by the bound above.
        Err(e) if cut && e.error_len().is_none() => std::str::from_utf8(&text[..e.valid_up_to()]).unwrap_or_default(),
        Err(e) => return Some(Shape::NotUtf8 { byte: text[e.valid_up_to()], position: e.valid_up_to() + 1 }),
    };
    let trimmed = text.trim_ascii();
    let lower = trimmed.to_ascii_lowercase();
    if trimmed.is_empty() {
        return Some(Shape::Empty);
    }
    if NOTHING.contains(&lower.as_str()) {
        return Some(Shape::Undefined(trimmed.to_owned()));
    }
    if lower == "bearer" || lower.starts_with("bearer ") || lower.starts_with("authorization:") {
        return Some(Shape::DoubleBearer);
    }
    object(trimmed, &lower)
        .or_else(|| quoted(trimmed))
        .or_else(|| variable(trimmed))
        .or_else(|| non_ascii(trimmed))
        .or_else(|| not_a_key(trimmed, &lower))
        .or_else(|| is_placeholder(trimmed, &lower).then(|| Shape::Placeholder(words_alone(trimmed))))
        .or_else(|| white_space(text))
        .or_else(|| vendor_of(trimmed).map(Shape::OtherVendor))
}

/// White space in or around `text`, or what is left of a line break.
#[must_use]
pub fn white_space(text: &str) -> Option<Shape> {
    let shape = |what, place: Cow<'_, str>| Some(Shape::Whitespace { what, place: place.into_owned() });
    if text.starts_with(|c: char| c.is_ascii_whitespace()) {
        return shape(kind_of_space(text.chars().next()), "at its start".into());
    }
    for (end, what) in [
        ("\\r\\n", "a line break, written as `\\r\\n`,"),
        ("\\n", "a line break, written as `\\n`,"),
        ("%0d%0a", "a line break, encoded as `%0D%0A`,"),
        ("%0a", "a line break, encoded as `%0A`,"),
        ("%20", "a space, encoded as `%20`,"),
    ] {
        if text.to_ascii_lowercase().ends_with(end) {
            return shape(what, "at its end".into());
        }
    }
    let at = text.trim_ascii_end().chars().position(|c| c.is_ascii_whitespace());
    match at {
        Some(at) => shape(kind_of_space(text.chars().nth(at)), format!("inside it, at character {}", at + 1).into()),
        None if text.ends_with(|c: char| c.is_ascii_whitespace()) => {
            shape(kind_of_space(text.chars().next_back()), "at its end".into())
        }
        None => None,
    }
}

fn kind_of_space(c: Option<char>) -> &'static str {
    match c {
        Some('\t') => "a tab",
        Some('\n' | '\r') => "a line break",
        _ => "a space",
    }
}

/// The first character outside ASCII; quotation marks at the ends are told as such.
#[must_use]
pub fn non_ascii(text: &str) -> Option<Shape> {
    let (at, character) = text.chars().enumerate().find(|(_, c)| !c.is_ascii())?;
    Some(Shape::NonAscii { character, position: at + 1 })
}

/// A quotation mark at the start or the end.
#[must_use]
pub fn quoted(text: &str) -> Option<Shape> {
    let is_mark = |c: &char| matches!(c, '"' | '\'' | '`' | '‘' | '’' | '‚' | '“' | '”' | '„' | '«' | '»' | '‹' | '›');
    // Invisible characters outside the marks do not hide them.
    let seen = text.trim_matches(is_invisible);
    let ends = [seen.chars().next(), seen.chars().next_back()];
    ends.into_iter().flatten().find(is_mark).map(Shape::Quoted)
}

fn object(text: &str, lower: &str) -> Option<Shape> {
    let what = if lower.starts_with("[object promise") {
        "a JavaScript promise (`[object Promise]`), which was not awaited"
    } else if lower.starts_with("[object ") {
        "a JavaScript object (`[object Object]`) instead of its text"
    } else if lower.starts_with("function") || lower.starts_with("async ") || lower.contains("=>") {
        "the source of a function, which was named but not called"
    } else if lower.starts_with("<function") || lower.starts_with("<bound method") {
        "a Python function, which was named but not called"
    } else if lower.starts_with("<coroutine") {
        "a Python coroutine, which was not awaited"
    } else if lower.starts_with('<') && lower.contains(" object at 0x") {
        "a Python object instead of its text"
    } else if lower.starts_with("secretstr(") || lower.chars().all(|c| c == '*') {
        "a hidden secret (stars in its place) instead of its value"
    } else if text.starts_with("b'") || text.starts_with("b\"") {
        "Python bytes (`b'…'`) instead of text"
    } else if text.starts_with('{') && !text.starts_with("{{") && text.contains(':') {
        "a JSON object or a dictionary instead of the key in it"
    } else if text.starts_with('[') && (text.contains('"') || text.contains('\'')) {
        "a list instead of the key in it"
    } else {
        return None;
    };
    Some(Shape::Object(what))
}

/// A reference to a variable, in the forms of shells, templates and languages; `OPENAI_API_KEY` alone too.
fn variable(text: &str) -> Option<Shape> {
    const CALLS: [&str; 10] = [
        "process.env.",
        "process.env[",
        "import.meta.env.",
        "os.environ[",
        "os.environ.get(",
        "os.environ/",
        "os.getenv(",
        "Deno.env.get(",
        "ENV[",
        "$env:",
    ];
    let wrapped =
        [("${{", "}}"), ("${", "}"), ("{{", "}}"), ("$(", ")"), ("%", "%"), ("<%=", "%>"), ("#{", "}"), ("__", "__")];
    let inner = wrapped.iter().find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close));
    let inner = inner.or_else(|| text.strip_prefix('$'));
    let plain = |c: char| c.is_ascii_alphanumeric() || " _.:/-[]()'\"".contains(c);
    let is_reference = match inner {
        Some(name) => !name.is_empty() && name.chars().all(plain) && !holds_a_secret(name),
        None => {
            let call = CALLS.iter().any(|call| text.starts_with(call)) && text.chars().all(plain);
            (call && !holds_a_secret(text)) || is_variable_name(text)
        }
    };
    (is_reference && text.len() <= 80).then(|| Shape::Variable(text.to_owned()))
}

/// `OPENAI_API_KEY`: capitals and underscores, with one of the words such names have.
fn is_variable_name(text: &str) -> bool {
    let name = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit());
    let sample = text.starts_with("YOUR") || text.starts_with("MY_") || text.contains("YOUR_");
    name && !sample && text.contains('_') && ["KEY", "TOKEN", "SECRET"].iter().any(|word| text.contains(word))
}

/// Whether a part of a name may be a secret: names have words, secrets have many digits.
fn holds_a_secret(name: &str) -> bool {
    name.contains("sk-") || name.bytes().filter(u8::is_ascii_digit).count() > 4 || name.len() > 64
}

fn not_a_key(text: &str, lower: &str) -> Option<Shape> {
    let words = text.split_ascii_whitespace().count();
    let hex = |t: &str| t.bytes().all(|b| b.is_ascii_hexdigit());
    let what = if lower.contains("://") || lower.starts_with("www.") {
        "a web address"
    } else if assigned(text) {
        "a whole line `NAME=value` of an .env file instead of the value alone"
    } else if is_e_mail(text) {
        "an e-mail address"
    } else if words > 3 {
        "a sentence"
    } else if lower.starts_with("eyj") && text.split('.').count() >= 3 {
        "a JSON web token, as sign-ins issue it"
    } else if lower.starts_with("-----begin") || lower.starts_with("ssh-") {
        "a cryptographic key (PEM or SSH)"
    } else if is_shortened(text) {
        "a key in its shortened form, with stars or dots in place of its middle"
    } else if text.starts_with("key_") && text.len() == 16 {
        "the public id of a key, which names a key in lists and is not the key"
    } else if ["proj_", "org-", "req_", "user-", "svc_acct_"].iter().any(|start| text.starts_with(start)) {
        "the id of a project, an organization or a request"
    } else if is_path(text) {
        "the path of a file instead of its content"
    } else if is_model(lower) {
        "the name of a model"
    } else if decoded_key(text) {
        "a key that was encoded as base64"
    } else if text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && hex(&text.replace('-', "")) {
        "a UUID"
    } else if lower == "true" || (text.len() < 16 && text.bytes().all(|b| b.is_ascii_digit())) {
        "a number or a truth value"
    } else {
        return None;
    };
    Some(Shape::NotAKey(what))
}

fn assigned(text: &str) -> bool {
    let text = text.strip_prefix("export ").unwrap_or(text);
    let is_name = |name: &str| name.contains('_') && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    text.split_once(['=', ':']).is_some_and(|(name, _)| is_name(name.trim_ascii()))
}

fn is_e_mail(text: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
    text.split_once('@').is_some_and(|(user, host)| part(user) && part(host) && host.contains('.'))
}

/// `sk-tg-ab****wxyz`, `sk-...abcd`: as lists and messages show keys. Stars and dots alone are a sample.
fn is_shortened(text: &str) -> bool {
    let key = text.starts_with("sk-") || vendor_of(&text.replace(['*', '…'], "0")).is_some();
    key && (text.contains("***") || text.contains("..."))
        && text.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric())
}

fn is_path(text: &str) -> bool {
    let rooted = ["/", "~/", "./", "../", "file:"].iter().any(|start| text.starts_with(start));
    let drive = text.as_bytes().get(1..3) == Some(b":\\");
    drive || (rooted && text.len() < 200 && text.bytes().filter(|b| *b == b'/').count() > 1)
}

fn is_model(lower: &str) -> bool {
    const FAMILIES: [&str; 10] =
        ["gpt-", "claude-", "gemini-", "llama-", "mistral-", "qwen", "deepseek-", "text-embedding-", "o1-", "o3-"];
    let name = lower.split('/').next_back().unwrap_or(lower);
    lower.len() < 48 && FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Whether `text` is base64 of something that begins as keys do.
fn decoded_key(text: &str) -> bool {
    text.len() >= 16 && base64(text).is_some_and(|bytes| bytes.starts_with(b"sk-") || bytes.starts_with(b"Bearer "))
}

/// The bytes that `text` stands for in base64, of either alphabet; `None` where it is none.
#[must_use]
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

/// `text` where it is words and cannot be a secret, a row of one letter shortened; else nothing.
fn words_alone(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphabetic() || "<>[]{} _-.".contains(c);
    if text.len() > 40 || !text.chars().all(plain) {
        return String::new();
    }
    let start = text.trim_end_matches(['x', 'X']);
    let shown =
        if text.len() - start.len() > 3 { format!("{start}{}…", &text[start.len()..][..3]) } else { text.to_owned() };
    // What would be put in stars is not worth showing.
    if mask(&shown) == shown { shown } else { String::new() }
}

fn is_placeholder(text: &str, lower: &str) -> bool {
    const WORDS: [&str; 19] = [
        "your",
        "api_key",
        "api-key",
        "apikey",
        "openai_key",
        "replace",
        "insert",
        "example",
        "placeholder",
        "changeme",
        "change_me",
        "change-me",
        "xxxx",
        "...",
        "****",
        "enter_",
        "_here",
        "dummy_",
        "dummy-",
    ];
    let wrapped = [("<", ">"), ("${", "}"), ("{{", "}}"), ("[", "]"), ("{", "}")];
    wrapped.iter().any(|(open, close)| text.starts_with(open) && text.ends_with(close))
        || (text.starts_with(['$', '%']) && text.len() > 1)
        || WORDS.iter().any(|word| lower.contains(word))
        || lower.starts_with("sk-xxx")
        || (lower.len() > 1 && lower.bytes().all(|b| b == b'x'))
        || ["key", "token", "secret", "sk-", "sk", "test", "demo", "dummy", "fake", "todo", "foo", "abc", "empty"]
            .contains(&lower)
}

#[cfg(test)]
mod tests;

//! What the sender of a body that cannot be used is told.
//!
//! In: a [`ReadError`] and the body as far as it came. Out: the cause and its facts.

use std::time::Duration;

use tollgate_core::operation::Operation;
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{Diagnosis, nearest, not_json};
use tollgate_providers::json::{self, JsonError};

use super::bytes;
use crate::read::ReadError;
use crate::request::Request;
use crate::settings::Settings;
use crate::upstream::seconds;

pub(super) fn diagnose(e: &ReadError, request: &Request, settings: &Settings) -> Diagnosis {
    match e {
        ReadError::ContentType { given } => {
            let d = Diagnosis::new(&causes::CONTENT_TYPE_WRONG).fact("content_type", given);
            let media = given.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
            let d = match media.as_str() {
                "application/x-www-form-urlencoded" => d.fact("likely", "as curl -d sends it unless told otherwise"),
                "multipart/form-data" => d.fact("likely", "as used for file uploads"),
                "text/plain" => d.fact("likely", "as fetch and some libraries label any text"),
                _ => d,
            };
            match given.is_empty() {
                true => d.evidence("no Content-Type header came"),
                false => d.evidence(format!("content-type: {given}")),
            }
        }
        ReadError::ContentEncoding { given } => {
            let evidence = format!("content-encoding: {given}");
            Diagnosis::new(&causes::CONTENT_ENCODING_UNSUPPORTED).fact("encoding", given).evidence(evidence)
        }
        ReadError::TooLarge { limit, announced } => {
            let d = Diagnosis::new(&causes::BODY_TOO_LARGE).fact("limit", bytes(*limit));
            match announced {
                Some(size) => d.fact("size", bytes(usize::try_from(*size).unwrap_or(usize::MAX))),
                None => d,
            }
        }
        ReadError::NoRoom => Diagnosis::new(&causes::GATEWAY_BODIES_FULL)
            .fact("limit", bytes(settings.limits.all_bodies_bytes))
            .retry_after(Duration::from_secs(1)),
        ReadError::Incomplete { received, expected } => {
            let d = Diagnosis::new(&causes::BODY_INCOMPLETE).fact("got", bytes(*received));
            match expected {
                Some(n) => d.fact("expected", bytes(usize::try_from(*n).unwrap_or(usize::MAX))),
                None => d,
            }
        }
        ReadError::Timeout { received } => Diagnosis::new(&causes::BODY_TIMEOUT)
            .fact("got", bytes(*received))
            .fact("limit", seconds(settings.timeouts.body_idle)),
        ReadError::Framing(what) => Diagnosis::new(&causes::FRAMING_AMBIGUOUS).fact("what", *what),
        ReadError::Empty => Diagnosis::new(&causes::BODY_EMPTY),
        ReadError::Json(e) => json(*e, request),
        ReadError::Duplicate { name } => Diagnosis::new(&causes::JSON_KEY_DUPLICATE).fact("name", *name),
        ReadError::LetterCase { name } => Diagnosis::new(&causes::PARAM_UNKNOWN)
            .param(spelled(request.body(), name))
            .fact("likely", *name)
            .evidence(format!("a field differs from {name:?} in upper and lower case only")),
        ReadError::WrongType { name, expected, found } => Diagnosis::new(&causes::PARAM_INVALID_TYPE)
            .param(*name)
            .fact("expected", *expected)
            .fact("got", found.with_article()),
        ReadError::NoModel => {
            let d = Diagnosis::new(&causes::PARAM_MISSING).with_wire(wires::MODEL_MISSING).fact("name", "model");
            if has(request.body(), "model") {
                const EMPTY: &str = "the field `model` is an empty text";
                let fix = "Set `model` to the name of a model, as GET /v1/models lists them";
                return d.fact("what", "The field `model` is an empty text").fact("fix", fix).evidence(EMPTY);
            }
            let d = d.evidence("the body has no field `model`");
            match misspelt(request.body(), "model").filter(|name| name != "model") {
                Some(name) => d.evidence(format!("the body has `{name}`")).fact("likely", name),
                None => d,
            }
        }
        ReadError::Missing { names } => {
            let either = names.join("` or `");
            let d = Diagnosis::new(&causes::PARAM_MISSING)
                .param(names[0])
                .fact("what", format!("The body has neither of the fields `{either}`, and this endpoint needs one"))
                .fact("fix", format!("Add `{either}` to the body"))
                .evidence(format!("the body has no field `{}`", names.join("` and no field `")));
            match names.iter().find_map(|name| misspelt(request.body(), name).filter(|found| found != name)) {
                Some(name) => d.evidence(format!("the body has `{name}`")),
                None => d,
            }
        }
        ReadError::Unknown { name, known } => {
            let d = Diagnosis::new(&causes::PARAM_UNKNOWN)
                .param(name.clone())
                .evidence(format!("`{name}` is not known to this endpoint"));
            match nearest(name, known.iter().copied()) {
                Some(likely) => d.fact("likely", likely),
                None => d,
            }
        }
        ReadError::Unfit { name, expected, found, what } => Diagnosis::new(&causes::PARAM_INVALID_TYPE)
            .param(*name)
            .fact("expected", *expected)
            .fact("got", found.clone())
            .evidence(what.clone()),
    }
}

/// A refusal that was found by whoever was asked, with what the request's own body says of it.
pub(super) fn refused(d: Diagnosis, request: &Request, operation: Option<Operation>) -> Diagnosis {
    let body = request.body();
    let named = match d.param_name() {
        Some("messages") => d.cause == &causes::PARAM_MISSING,
        Some("input") => d.cause == &causes::PARAM_UNKNOWN,
        _ => false,
    };
    if named && operation == Some(Operation::ChatCompletions) && has(body, "input") && !has(body, "messages") {
        const SEEN: &str = "the body has `input` and no `messages`, as one for the Responses API";
        return d
            .evidence(SEEN)
            .fact("what", "The body has `input` and no `messages`, as one for the Responses API")
            .fact("origin", SEEN)
            .fact("likely", "")
            .fact("fix", "Send it to /v1/responses, or put the conversation into `messages`");
    }
    if d.cause == &causes::JSON_BODY_INVALID { unreadable(d, body) } else { d }
}

/// A body that follows JSON's grammar and cannot be read all the same.
fn unreadable(d: Diagnosis, body: &[u8]) -> Diagnosis {
    let Err(error) = serde_json::from_slice::<serde_json::Value>(body) else { return d };
    let before: usize =
        body.split_inclusive(|b| *b == b'\n').take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    let at = (before + error.column().saturating_sub(1)).min(body.len());
    let words = error.to_string();
    let (at, what, fix) = if words.starts_with("number out of range") {
        let in_number = |b: &u8| b.is_ascii_digit() || b"+-.eE".contains(b);
        let at = at - body[..at].iter().rev().take_while(|b| in_number(b)).count();
        let number: String = body[at..].iter().take_while(|b| in_number(b)).take(40).map(|b| char::from(*b)).collect();
        let what = format!("the number `{number}` is too large: programs read numbers up to about 1.8e308");
        (at, what, "Send a number that is in range")
    } else if words.contains("surrogate") || words.contains("hex escape") {
        let at = memchr::memmem::rfind(&body[..at], b"\\u").unwrap_or(at);
        let escape = String::from_utf8_lossy(body.get(at..at + 6).unwrap_or_default()).into_owned();
        let what =
            format!("`{escape}` is half of a surrogate pair, as a text has that was cut in the middle of an emoji");
        (at, what, "Cut texts between characters and not between UTF-16 units")
    } else if words.starts_with("recursion limit") {
        (at, format!("it is nested deeper than {} levels", json::MAX_DEPTH), "Send fewer levels of objects and lists")
    } else {
        return d;
    };
    d.evidence(format!("byte {at}: {what}")).fact("unreadable", what).fact("position", place(body, at)).fact("fix", fix)
}

/// Whether the body has a field of this name.
fn has(body: &[u8], name: &str) -> bool {
    let mut found = false;
    let read = json::members(body, |member| {
        found |= member.name == name;
        Ok::<_, JsonError>(())
    });
    read.is_ok() && found
}

/// How the body spells a field that differs from `name` in letter case only.
fn spelled<'b>(body: &'b [u8], name: &'b str) -> &'b str {
    let quoted = memchr::memchr_iter(b'"', body).filter_map(|at| body.get(at + 1..at + 1 + name.len()));
    let other = |word: &&[u8]| word.eq_ignore_ascii_case(name.as_bytes()) && *word != name.as_bytes();
    quoted.into_iter().find(other).and_then(|word| std::str::from_utf8(word).ok()).unwrap_or(name)
}

fn json(e: JsonError, request: &Request) -> Diagnosis {
    let body = request.body();
    let at = match e {
        JsonError::NotUtf8 { at }
        | JsonError::Truncated { at, .. }
        | JsonError::Unexpected { at, .. }
        | JsonError::ControlCharacter { at }
        | JsonError::TooDeep { at } => at,
        JsonError::NotAnObject => 0,
    };
    let mistake = match e {
        JsonError::ControlCharacter { .. } | JsonError::TooDeep { .. } => None,
        _ => not_json(body, at),
    };
    let encoding = matches!(e, JsonError::NotUtf8 { .. } | JsonError::ControlCharacter { .. });
    let cause = match encoding || mistake.as_ref().is_some_and(|m| m.encoding) {
        true => &causes::JSON_BODY_ENCODING,
        false => &causes::JSON_BODY_INVALID,
    };
    let what = match e {
        JsonError::NotUtf8 { .. } => "a byte that is not UTF-8".to_owned(),
        JsonError::Truncated { inside, .. } => format!("it ends inside {inside}"),
        JsonError::Unexpected { expected, .. } => format!("expected {expected}"),
        JsonError::ControlCharacter { at } => {
            let c = body.get(at).map_or_else(String::new, |b| control(*b));
            format!("there is {c} inside a string, where it has to be escaped")
        }
        JsonError::TooDeep { .. } => format!("it is nested deeper than {} levels", json::MAX_DEPTH),
        JsonError::NotAnObject => "the outermost value must be an object".to_owned(),
    };
    let d = Diagnosis::new(cause).fact("what", what).evidence(e.to_string());
    let d = match e {
        JsonError::NotAnObject => d,
        _ => d.fact("position", place(body, at)),
    };
    let d = match mistake {
        Some(mistake) => d.evidence(mistake.what.as_str()).fact("likely", mistake.what).fact("fix", mistake.remedy),
        None => d,
    };
    match e {
        JsonError::TooDeep { .. } => d
            .fact("unreadable", format!("it is nested deeper than {} levels", json::MAX_DEPTH))
            .fact("fix", "Send fewer levels of objects and lists"),
        _ => d,
    }
}

fn control(byte: u8) -> String {
    match byte {
        b'\n' | b'\r' => "a line break".to_owned(),
        b'\t' => "a tab".to_owned(),
        byte => format!("the control character 0x{byte:02X}"),
    }
}

/// A place in a body, for people and for programs.
fn place(body: &[u8], at: usize) -> String {
    let before = &body[..at.min(body.len())];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let column = at - memchr::memrchr(b'\n', before).map_or(0, |n| n + 1) + 1;
    format!("{at} (line {line}, column {column})")
}

/// A field of the body whose name resembles `name`, where that itself is missing.
fn misspelt(body: &[u8], name: &str) -> Option<String> {
    let mut names = Vec::new();
    let read = json::members(body, |member| {
        if names.len() < 64 {
            names.push(member.name.into_owned());
        }
        Ok::<_, JsonError>(())
    });
    read.ok()?;
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

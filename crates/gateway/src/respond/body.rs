//! What the sender of a body that cannot be used is told.
//!
//! In: a [`ReadError`] and the body as far as it came. Out: the cause and its facts.

use std::time::Duration;

use tollgate_errors::Diagnosis;
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_providers::json::JsonError;

use super::bytes;
use crate::read::ReadError;
use crate::request::Request;
use crate::settings::Settings;
use crate::upstream::seconds;

pub(super) fn diagnose(e: &ReadError, request: &Request, settings: &Settings) -> Diagnosis {
    match e {
        ReadError::ContentType { given } => Diagnosis::new(&causes::CONTENT_TYPE_WRONG)
            .fact("content_type", given)
            .evidence(format!("content-type: {given}")),
        ReadError::ContentEncoding { given } => {
            Diagnosis::new(&causes::CONTENT_ENCODING_UNSUPPORTED).fact("encoding", given)
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
        ReadError::NoModel => Diagnosis::new(&causes::PARAM_MISSING)
            .with_wire(wires::MODEL_MISSING)
            .evidence("the body has no field `model`, or it is empty"),
    }
}

/// How the body spells a field that differs from `name` in letter case only.
fn spelled<'b>(body: &'b [u8], name: &'b str) -> &'b str {
    let quoted = memchr::memchr_iter(b'"', body).filter_map(|at| body.get(at + 1..at + 1 + name.len()));
    let other = |word: &&[u8]| word.eq_ignore_ascii_case(name.as_bytes()) && *word != name.as_bytes();
    quoted.into_iter().find(other).and_then(|word| std::str::from_utf8(word).ok()).unwrap_or(name)
}

fn json(e: JsonError, request: &Request) -> Diagnosis {
    let cause = match e {
        JsonError::NotUtf8 { .. } | JsonError::ControlCharacter { .. } => &causes::JSON_BODY_ENCODING,
        _ => &causes::JSON_BODY_INVALID,
    };
    let at = match e {
        JsonError::NotUtf8 { at }
        | JsonError::Truncated { at, .. }
        | JsonError::Unexpected { at, .. }
        | JsonError::ControlCharacter { at }
        | JsonError::TooDeep { at } => at,
        JsonError::NotAnObject => 0,
    };
    let before = &request.body()[..at.min(request.body().len())];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let column = at - memchr::memrchr(b'\n', before).map_or(0, |n| n + 1) + 1;
    let what = match e {
        JsonError::NotUtf8 { .. } => "a byte that is not UTF-8".to_owned(),
        JsonError::Truncated { inside, .. } => format!("it ends inside {inside}"),
        JsonError::Unexpected { expected, .. } => format!("expected {expected}"),
        JsonError::ControlCharacter { .. } => "a control character stands unescaped in a string".to_owned(),
        JsonError::TooDeep { .. } => "it is nested too deeply".to_owned(),
        JsonError::NotAnObject => "the outermost value must be an object".to_owned(),
    };
    let d = Diagnosis::new(cause).fact("what", what).evidence(e.to_string());
    match e {
        JsonError::NotAnObject => d,
        _ => d.fact("position", format!("{at} (line {line}, column {column})")),
    }
}

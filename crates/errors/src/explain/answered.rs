//! Reads a provider's failed answer into a case: what a paste leaves open is known here.
//!
//! In: an answer as it came over the wire. Out: the [`Case`] that the rules are tested on, the same as for a paste. Of a
//! long body only the start is read, for this runs on the serving threads.

use std::borrow::Cow;

use super::case::Case;
use super::{Context, read};
use crate::answer::Answer;
use crate::words::words;

/// Of a body, what is read: errors say what is wrong at their start, and what follows is mostly the request's echo.
const READ_MAX_BYTES: usize = 2 * 1024;
/// Of a page, whose words are few, what is looked at and what is read.
const PAGE_MAX_BYTES: usize = 16 * 1024;
const WORDS_MAX_BYTES: usize = 512;
/// That it is about a language-model API is certain.
const CERTAIN: u32 = 2;

/// The features of a failed answer.
pub(crate) fn answered(answer: &Answer<'_>) -> Case {
    let body = answer.body.trim_ascii_start();
    let text = match body.first() {
        // What a reader sees, without the marks around it.
        Some(b'<') => {
            let mut words = words(&body[..body.len().min(PAGE_MAX_BYTES)]).unwrap_or_default();
            words.truncate(words.floor_char_boundary(WORDS_MAX_BYTES));
            Cow::Owned(words)
        }
        _ => String::from_utf8_lossy(&body[..body.len().min(READ_MAX_BYTES)]),
    };
    let context = Context {
        status: Some(answer.status),
        provider: read::provider_of(answer.host).map(str::to_owned),
        headers: answer.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        ..Context::default()
    };
    let mut case = read::features(&[&text], &context);
    case.api_signs = case.api_signs.max(CERTAIN);
    case.is_failure = true;
    case
}

//! Makes what was seen in a paste fit to be shown: no secret in it, whatever its form.
//!
//! In: a text out of a paste, and what was echoed as a key in it. Out: one line, bounded. A paste may have anything in it,
//! so that more is masked here than in a provider's error: a text that was echoed as a key, and any long random text.

use tollgate_core::key::redact;

use super::case::EchoedKey;
use crate::mask::IDS;
use crate::presented::Shape;
use crate::text::clean;

/// Characters from which a text of letters and digits is taken for a secret.
const RANDOM_LEAST: usize = 24;
/// Characters from which an echoed key is.
const ECHOED_LEAST: usize = 6;

/// `text` in one line of at most `max_bytes` bytes, without secrets.
pub(super) fn shown(text: &str, keys: &[EchoedKey], max_bytes: usize) -> String {
    let mut text = text.to_owned();
    for key in keys.iter().filter(|key| is_secret(key)) {
        text = text.replace(&key.shown, &redact(&key.shown));
    }
    clean(&without_random(&text), max_bytes)
}

/// What an echoed key's form explains is shown, for it is the evidence; so is what has its stars already.
fn is_secret(key: &EchoedKey) -> bool {
    let explains = matches!(
        key.shape,
        Some(
            Shape::Empty
                | Shape::Undefined(_)
                | Shape::Object(_)
                | Shape::Variable(_)
                | Shape::Placeholder(_)
                | Shape::DoubleBearer
        )
    );
    let has_both = key.shown.bytes().any(|b| b.is_ascii_digit()) && key.shown.bytes().any(|b| b.is_ascii_alphabetic());
    !explains && has_both && key.shown.len() >= ECHOED_LEAST && !key.shown.contains("**") && !key.shown.contains("://")
}

/// Long words of letters and digits in stars.
fn without_random(text: &str) -> String {
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(in_word) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        out.push_str(&if is_random(word) { redact(word) } else { word.to_owned() });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// A long word in which digits and letters change often, as in no name of a model or of a parameter.
fn is_random(word: &str) -> bool {
    if word.len() < RANDOM_LEAST || IDS.iter().any(|id| word.starts_with(id)) {
        return false;
    }
    // Names are put together of words; what is between their joints is short.
    let longest = word.split(['_', '-', '+', '=']).max_by_key(|part| part.len()).unwrap_or_default();
    let changes =
        longest.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    longest.len() >= RANDOM_LEAST && changes >= 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presented::shape_of;

    fn of(text: &str, key: &str) -> String {
        let keys = [EchoedKey { shown: key.to_owned(), shape: shape_of(key.as_bytes()) }];
        shown(text, &keys, 500)
    }

    #[test]
    fn an_echoed_key_of_any_form_is_masked() {
        for key in [
            "7f3a9c2e8b1d4f6a9e0c5b7d2a8f4e1c",
            "xK9fQ2mLpR7vT4wZ8yB3nC6dH1jS5gAe12345678",
            "Tr0ub4dor&3",
            "hunter2xyz99",
        ] {
            let shown = of(&format!("Incorrect API key provided: {key}. You can"), key);

            assert!(!shown.contains(key) && shown.contains("****"), "{shown}");
        }
    }

    #[test]
    fn what_explains_the_mistake_and_what_is_no_secret_stays() {
        for (text, key) in [
            ("provided: YOUR_API_KEY1.", "YOUR_API_KEY1"),
            ("provided: sk-proj-********************MxYA.", "sk-proj-********************MxYA"),
            ("provided: https://example.com/keys1", "https://example.com/keys1"),
            ("request id req_01a1fba57fd23a2376004b8125cc10ff", ""),
            ("anthropic.claude-3-5-sonnet-20241022-v2:0 and ft:gpt-4o-mini-2024-07-18", ""),
        ] {
            assert_eq!(of(text, key), text);
        }
        assert!(!of("id 9f86d081884c7d659a2feaa0c55ad015", "").contains("7d659a2f"));
    }
}

//! Takes what is secret out of everything that leaves this crate.
//!
//! In: the secrets of one examination, and texts. Out: the texts with the secrets in their redacted form, also where a
//! server says them in base64, and with whatever else looks like a credential masked too.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tollgate_core::key::redact;
use tollgate_errors::{Shape, mask, shape_of};

/// What is shorter may be an ordinary word.
const LEAST: usize = 6;
/// Bytes of a secret below which its base64 is not looked for.
const LEAST_ENCODED: usize = 12;
/// Parts of the names of parameters of an address whose values are secret.
const SECRET_PARAMETERS: [&str; 8] = ["key", "token", "secret", "password", "passwd", "signature", "auth", "sig"];

/// The secrets of one examination.
#[derive(Default, Clone)]
pub(crate) struct Secrets {
    plain: Vec<String>,
    /// What base64 of a secret holds, wherever in a text it begins.
    encoded: Vec<String>,
}

impl Secrets {
    /// From now on this is one of them. What is too short to be one would take ordinary words out of texts.
    pub(crate) fn add(&mut self, secret: &str) {
        for text in [secret, secret.trim()] {
            if text.len() >= LEAST && !self.plain.iter().any(|known| known == text) {
                self.plain.push(text.to_owned());
                self.encoded.extend(cores(text.as_bytes()));
            }
        }
        self.plain.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// The same of the value of a key's setting, which may be a word that is none and that has to be shown.
    pub(crate) fn add_key(&mut self, key: &str) {
        let is_open = match shape_of(key.as_bytes()) {
            Some(Shape::Undefined(_) | Shape::Object(_) | Shape::Variable(_)) => true,
            Some(Shape::Placeholder(words)) => !words.is_empty(),
            _ => false,
        };
        if !is_open {
            self.add(key);
        }
    }

    /// The values of parameters of an address that carry keys: `?key=…`, `?subscription-key=…`.
    pub(crate) fn add_query(&mut self, address: &str) {
        let Some((_, query)) = address.split_once('?') else { return };
        let query = query.split('#').next().unwrap_or(query);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let name = name.to_ascii_lowercase();
            if SECRET_PARAMETERS.iter().any(|word| name.contains(word)) {
                self.add(&value);
            }
        }
        // As it is written there, which may be percent-encoded.
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        for (name, value) in pairs.filter(|(_, value)| value.contains('%')) {
            if SECRET_PARAMETERS.iter().any(|word| name.to_ascii_lowercase().contains(word)) {
                self.add(value);
            }
        }
    }

    /// The text without secrets, and without what looks like one.
    pub(crate) fn mask(&self, text: &str) -> String {
        mask(&self.hide(text))
    }

    /// The text without the secrets that are known: for sentences of our own, whose examples are no secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.plain {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), &redact(secret));
            }
        }
        for core in &self.encoded {
            while let Some(at) = text.find(core.as_str()) {
                let is_base64 = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
                let before: usize = text[..at].chars().rev().take_while(is_base64).count();
                let after: usize = text[at..].chars().take_while(is_base64).count();
                text.replace_range(at - before..at + after, "***");
            }
        }
        text
    }
}

/// What stands in base64 of any text with this secret in it: of three bytes each, from its first, second or third on.
fn cores(secret: &[u8]) -> impl Iterator<Item = String> {
    let is_long = secret.len() >= LEAST_ENCODED;
    let starts = if is_long { 0..3 } else { 0..0 };
    starts.flat_map(move |start| {
        let whole = &secret[start..];
        let core = STANDARD_NO_PAD.encode(&whole[..whole.len() / 3 * 3]);
        let for_addresses = core.replace('+', "-").replace('/', "_");
        let differs = for_addresses != core;
        [Some(core), differs.then_some(for_addresses)].into_iter().flatten().collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_whatever_its_form() {
        let mut secrets = Secrets::default();
        secrets.add("correct-horse-battery ");

        let text = secrets.mask("the proxy refused correct-horse-battery and sk-proj-0123456789abcdef01234567");

        assert!(!text.contains("correct-horse-battery"), "{text}");
        assert!(!text.contains("0123456789abcdef01234567"), "{text}");
    }

    #[test]
    fn a_secret_is_masked_in_base64_wherever_it_begins_there() {
        let mut secrets = Secrets::default();
        secrets.add("correct-horse-battery");

        for before in ["", ":", "me:", "Bearer "] {
            let encoded = STANDARD_NO_PAD.encode(format!("{before}correct-horse-battery"));
            let text = secrets.mask(&format!("invalid token '{encoded}' was sent"));
            assert_eq!(text, "invalid token '***' was sent", "{before:?}");
        }
    }

    #[test]
    fn keys_in_the_query_of_an_address_are_secrets_and_other_parameters_are_not() {
        let mut secrets = Secrets::default();
        secrets.add_query("http://gw.test/v1?api-version=2024-10-21&subscription-key=0123456789ab%2Bcdef#x");

        let text = secrets.mask("GET /v1/models?api-version=2024-10-21&x=0123456789ab+cdef&y=0123456789ab%2Bcdef");

        assert_eq!(text, "GET /v1/models?api-version=2024-10-21&x=*****************&y=*******************");
    }

    #[test]
    fn a_word_that_stands_where_a_key_should_is_shown() {
        let mut secrets = Secrets::default();
        // tollgate:allow: made up for this test
        for word in ["undefined", "YOUR_API_KEY", "$OPENAI_API_KEY", "sk-proj-Zq81Lm9ZtWc4Vb2Nd7KpR5xYgH3jT0"] {
            secrets.add_key(word);
        }

        // tollgate:allow: made up for this test
        let text = secrets.hide("undefined, YOUR_API_KEY, $OPENAI_API_KEY, sk-proj-Zq81Lm9ZtWc4Vb2Nd7KpR5xYgH3jT0");

        assert!(text.starts_with("undefined, YOUR_API_KEY, $OPENAI_API_KEY, sk-proj-***"), "{text}");
    }
}

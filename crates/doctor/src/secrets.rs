//! Takes what is secret out of everything that leaves this crate.
//!
//! In: the secrets of one examination, and texts. Out: the texts with the secrets in their redacted form, and with
//! whatever else looks like a credential masked too.

use tollgate_core::key::redact;
use tollgate_errors::mask;

/// The secrets of one examination.
#[derive(Default, Clone)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// From now on this is one of them. What is too short to be one would take ordinary words out of texts.
    pub(crate) fn add(&mut self, secret: &str) {
        for text in [secret, secret.trim()] {
            if text.len() >= 6 && !self.0.iter().any(|known| known == text) {
                self.0.push(text.to_owned());
            }
        }
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// The text without secrets, in one line.
    pub(crate) fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), &redact(secret));
            }
        }
        mask(&text)
    }
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
}

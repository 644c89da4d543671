//! A prompt of completions, or an input of embeddings: a text, or the tokens of one.
//!
//! In: either. Out: both. Tokens are turned back into the text that they stand for, so that they are echoed as it and
//! embedded as it; a number that is not a token is refused.

use serde_json::Value;
use tollgate_tokens::Vocabulary;

use super::refusal::Refusal;

/// A text and its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    /// The text. Where tokens end within a character, a replacement stands for it.
    pub(super) text: String,
    /// The tokens.
    pub(super) ids: Vec<u32>,
}

impl Prompt {
    /// A text.
    pub(super) fn of_text(text: &str, vocabulary: Vocabulary) -> Self {
        Self { text: text.to_owned(), ids: vocabulary.encode(text) }
    }

    /// The tokens that stand at `param`, all of them integers.
    pub(super) fn of_tokens(ids: &[Value], param: &str, vocabulary: Vocabulary) -> Result<Self, Refusal> {
        let mut bytes = Vec::new();
        let mut known = Vec::with_capacity(ids.len());
        for value in ids {
            let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
            let Some((id, token)) = id.and_then(|id| Some((id, vocabulary.bytes(id)?))) else {
                let last = vocabulary.last();
                let message = format!(
                    "Invalid token in {param}: {value}. Minimum value is 0, maximum value is {last} (inclusive)."
                );
                return Err(Refusal::new(message));
            };
            known.push(id);
            bytes.extend_from_slice(token);
        }
        Ok(Self { text: String::from_utf8_lossy(&bytes).into_owned(), ids: known })
    }

    /// How many tokens it is.
    pub(super) fn tokens(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_are_the_text_that_they_came_from() {
        let text = Prompt::of_text("Hello, 日本 🏽!", Vocabulary::Cl100k);
        let ids: Vec<Value> = text.ids.iter().map(|id| json!(id)).collect();

        assert_eq!(Prompt::of_tokens(&ids, "input", Vocabulary::Cl100k), Ok(text));
    }

    #[test]
    fn numbers_that_are_not_tokens_are_refused() {
        for id in [json!(-1), json!(100_261), json!(100_277), json!(u64::MAX)] {
            let refusal = Prompt::of_tokens(std::slice::from_ref(&id), "prompt", Vocabulary::Cl100k);

            let message =
                format!("Invalid token in prompt: {id}. Minimum value is 0, maximum value is 100276 (inclusive).");
            assert_eq!(refusal.map_err(|refusal| refusal.message), Err(message));
        }
    }
}

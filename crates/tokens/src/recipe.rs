//! What a chat costs besides its texts, by the recipes that OpenAI publishes for counting.
//!
//! In: pieces of a request. Out: tokens. Source: "How to count tokens with tiktoken" in OpenAI's cookbook, sections 6
//! and 7 (read 2025); the numbers are those of GPT-4o. OpenAI calls the recipe for tools an estimate, and says nothing
//! of schemas within schemas, which are counted here as properties are.

use crate::Vocabulary;

/// Tokens around a message, besides its role, name and content.
pub const PER_MESSAGE: u32 = 3;
/// A message's name, besides the name itself.
pub const PER_NAME: u32 = 1;
/// Tokens that begin the answer.
pub const PRIMING: u32 = 3;

/// Tokens around all definitions of tools together.
pub const TOOLS: u32 = 12;
/// Tokens around one function.
pub const PER_FUNCTION: u32 = 7;
/// Tokens around the properties of an object, if it has any.
pub const PER_PROPERTIES: u32 = 3;
/// Tokens around one property.
pub const PER_PROPERTY: u32 = 3;
/// Tokens around one allowed value; a list of them saves as much once.
pub const PER_VALUE: u32 = 3;

/// The tokens of a text as a count that saturates.
#[must_use]
pub fn tokens(vocabulary: Vocabulary, text: &str) -> u32 {
    u32::try_from(vocabulary.count(text)).unwrap_or(u32::MAX)
}

/// A name, what it is, and its description, as a definition is counted: `name:type:description` without the last point.
#[must_use]
pub fn definition(vocabulary: Vocabulary, parts: &[&str]) -> u32 {
    let line = parts.join(":");
    tokens(vocabulary, line.strip_suffix('.').unwrap_or(&line))
}

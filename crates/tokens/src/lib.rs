//! Exact token counts for OpenAI's model families.
//!
//! In: a text, or token ids. Out: how many tokens it is, which, and their bytes; and what OpenAI's
//! published recipes add for messages, tools and images. A vocabulary is loaded on its first use, which takes some
//! milliseconds and about 3 MB: who must not wait asks [`Vocabulary::is_loaded`] first. Nothing here is
//! asynchronous, and nothing is bounded but by the text's length, to which the time is proportional.
//!
//! Open [`vocabulary`] first. Why not a crate that does the same: `docs/decisions/0006-token-counts.md`.

mod classes;
pub mod images;
mod merge;
pub mod recipe;
mod split;
pub mod vocabulary;

pub use vocabulary::Vocabulary;

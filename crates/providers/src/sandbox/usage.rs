//! The usage object of chat and legacy completions.
//!
//! In: tokens counted. Out: the object with all its details, which the sandbox leaves at zero: it caches nothing, hears
//! nothing and does not reason.

use serde::Serialize;

/// `usage` of `chat.completion` and `text_completion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct CompletionUsage {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
struct PromptDetails {
    cached_tokens: u32,
    audio_tokens: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
struct CompletionDetails {
    reasoning_tokens: u32,
    audio_tokens: u32,
    accepted_prediction_tokens: u32,
    rejected_prediction_tokens: u32,
}

impl CompletionUsage {
    /// The usage of a call.
    pub(super) fn new(prompt_tokens: u32, completion_tokens: u32) -> Self {
        Self {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens.saturating_add(completion_tokens),
            prompt_tokens_details: PromptDetails::default(),
            completion_tokens_details: CompletionDetails::default(),
        }
    }
}

//! Counted quantities of a request.

/// Tokens of one request, as the provider counted them.
///
/// `input` includes `cached_input`; `output` includes `reasoning`, as in OpenAI's usage object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Input tokens (`prompt_tokens`, `input_tokens`).
    pub input: u32,
    /// Of these, read from the provider's cache.
    pub cached_input: u32,
    /// Of the input, written to the provider's cache.
    pub cache_write: u32,
    /// Of the input, audio.
    pub audio_input: u32,
    /// Output tokens (`completion_tokens`, `output_tokens`).
    pub output: u32,
    /// Of these, reasoning.
    pub reasoning: u32,
    /// Of the output, audio.
    pub audio_output: u32,
}

//! The shapes of a response and of its items, field by field in OpenAI's order.
//!
//! In: texts, numbers and parts of the request that the response repeats. Out: values that serialise. What OpenAI's
//! schema requires is there even when null; what it does not allow to be null is left out (`usage` before the end,
//! `user`).

use serde::Serialize;
use serde_json::Value;

/// `response`
#[derive(Clone, Serialize)]
pub(super) struct Response<'a> {
    pub(super) id: &'a str,
    pub(super) object: &'static str,
    pub(super) created_at: i64,
    pub(super) status: &'static str,
    pub(super) background: bool,
    pub(super) completed_at: Option<i64>,
    /// Always null.
    pub(super) error: Option<()>,
    pub(super) incomplete_details: Option<IncompleteDetails>,
    pub(super) instructions: Option<&'a str>,
    pub(super) max_output_tokens: Option<u32>,
    pub(super) max_tool_calls: Option<i64>,
    pub(super) model: &'a str,
    pub(super) output: Vec<&'a Item>,
    pub(super) parallel_tool_calls: bool,
    /// Always null.
    pub(super) previous_response_id: Option<()>,
    pub(super) reasoning: &'a Reasoning,
    pub(super) service_tier: &'static str,
    pub(super) store: bool,
    pub(super) temperature: &'a Value,
    pub(super) text: &'a Value,
    pub(super) tool_choice: &'a Value,
    pub(super) tools: &'a [Value],
    pub(super) top_logprobs: i64,
    pub(super) top_p: &'a Value,
    pub(super) truncation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<&'a str>,
    pub(super) metadata: &'a Value,
}

/// Why a response is incomplete.
#[derive(Clone, Copy, Serialize)]
pub(super) struct IncompleteDetails {
    pub(super) reason: &'static str,
}

/// What was asked about reasoning.
#[derive(Clone, Default, Serialize)]
pub(super) struct Reasoning {
    pub(super) effort: Option<String>,
    pub(super) summary: Option<String>,
}

/// One item of the output.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Item {
    /// A message.
    Message { id: String, r#type: &'static str, status: &'static str, role: &'static str, content: Vec<Part> },
    /// A call of a function.
    FunctionCall {
        id: String,
        r#type: &'static str,
        status: &'static str,
        arguments: String,
        call_id: String,
        name: String,
    },
}

/// One part of a message.
#[derive(Serialize)]
pub(super) struct Part {
    r#type: &'static str,
    /// Always empty.
    annotations: [(); 0],
    /// Always empty.
    logprobs: [(); 0],
    pub(super) text: String,
}

impl Part {
    /// A part that says `text`.
    pub(super) fn new(text: String) -> Self {
        Self { r#type: "output_text", annotations: [], logprobs: [], text }
    }
}

/// `response.input_tokens`
#[derive(Serialize)]
pub(super) struct TokenCount {
    pub(super) object: &'static str,
    pub(super) input_tokens: u32,
}

/// `usage` of a response.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Usage {
    input_tokens: u32,
    input_tokens_details: InputDetails,
    output_tokens: u32,
    output_tokens_details: OutputDetails,
    total_tokens: u32,
}

#[derive(Clone, Copy, Default, Serialize)]
struct InputDetails {
    cached_tokens: u32,
    cache_write_tokens: u32,
}

#[derive(Clone, Copy, Default, Serialize)]
struct OutputDetails {
    reasoning_tokens: u32,
}

impl Usage {
    /// The usage of a call that cached nothing and did not reason.
    pub(super) fn new(input_tokens: u32, output_tokens: u32) -> Self {
        Self {
            input_tokens,
            input_tokens_details: InputDetails::default(),
            output_tokens,
            output_tokens_details: OutputDetails::default(),
            total_tokens: input_tokens.saturating_add(output_tokens),
        }
    }
}

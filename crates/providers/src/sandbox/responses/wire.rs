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
    pub(super) error: Option<Failure>,
    pub(super) incomplete_details: Option<IncompleteDetails>,
    pub(super) instructions: Option<&'a str>,
    pub(super) max_output_tokens: Option<u32>,
    pub(super) max_tool_calls: Option<i64>,
    pub(super) model: &'a str,
    pub(super) output: &'a [Output],
    pub(super) parallel_tool_calls: bool,
    pub(super) previous_response_id: Option<&'a str>,
    pub(super) prompt_cache_key: Option<&'a str>,
    pub(super) reasoning: &'a Reasoning,
    pub(super) safety_identifier: Option<&'a str>,
    pub(super) service_tier: &'a str,
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
pub(super) enum Output {
    /// What it thought.
    Reasoning {
        id: String,
        r#type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        encrypted_content: Option<String>,
        summary: Vec<Summary>,
    },
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
    /// A call of a custom tool.
    CustomToolCall {
        id: String,
        r#type: &'static str,
        status: &'static str,
        call_id: String,
        input: String,
        name: String,
    },
}

/// Why a response failed.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

/// One part of a summary of what it thought.
#[derive(Clone, Serialize)]
pub(super) struct Summary {
    r#type: &'static str,
    pub(super) text: String,
}

impl Summary {
    /// A part that says `text`.
    pub(super) fn new(text: String) -> Self {
        Self { r#type: "summary_text", text }
    }
}

/// One part of a message.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Part {
    /// It says something.
    Text {
        r#type: &'static str,
        /// Always empty.
        annotations: [(); 0],
        logprobs: Vec<LogProb>,
        text: String,
    },
    /// It refuses to.
    Refusal { r#type: &'static str, refusal: String },
}

impl Part {
    /// A part that says `text`.
    pub(super) fn text(text: String, logprobs: Vec<LogProb>) -> Self {
        Self::Text { r#type: "output_text", annotations: [], logprobs, text }
    }

    /// A part that refuses.
    pub(super) fn refusal(refusal: String) -> Self {
        Self::Refusal { r#type: "refusal", refusal }
    }

    /// What it says.
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Text { text, .. } => text,
            Self::Refusal { refusal, .. } => refusal,
        }
    }
}

/// How likely a piece of the text was.
#[derive(Clone, Serialize)]
pub(super) struct LogProb {
    #[serde(flatten)]
    pub(super) of: Likely,
    pub(super) top_logprobs: Vec<Likely>,
}

/// A piece of text and its likelihood.
#[derive(Clone, Serialize)]
pub(super) struct Likely {
    pub(super) token: String,
    pub(super) logprob: f64,
    pub(super) bytes: Vec<u8>,
}

/// `response.input_tokens`
#[derive(Serialize)]
pub(super) struct TokenCount {
    pub(super) object: &'static str,
    pub(super) input_tokens: u32,
}

/// The answer to the deletion of a response.
#[derive(Serialize)]
pub(super) struct Deleted<'a> {
    pub(super) id: &'a str,
    pub(super) object: &'static str,
    pub(super) deleted: bool,
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
    /// The usage of a call that cached nothing; `output_tokens` with those of reasoning.
    pub(super) fn new(input_tokens: u32, output_tokens: u32, reasoning_tokens: u32) -> Self {
        Self {
            input_tokens,
            input_tokens_details: InputDetails::default(),
            output_tokens,
            output_tokens_details: OutputDetails { reasoning_tokens },
            total_tokens: input_tokens.saturating_add(output_tokens),
        }
    }
}

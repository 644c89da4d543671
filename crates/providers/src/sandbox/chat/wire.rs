//! The shapes of a chat completion and of its chunks, field by field in OpenAI's order.
//!
//! In: texts and numbers. Out: values that serialise. Keys that OpenAI requires are there even when null (`logprobs`,
//! `refusal`, `finish_reason`); keys that must not be null are left out instead (`tool_calls`).

use serde::Serialize;

use crate::sandbox::usage::CompletionUsage;

/// `chat.completion`
#[derive(Serialize)]
pub(super) struct Completion<'a> {
    pub(super) id: &'a str,
    pub(super) object: &'static str,
    pub(super) created: i64,
    pub(super) model: &'a str,
    pub(super) choices: Vec<Choice<'a>>,
    pub(super) usage: CompletionUsage,
    pub(super) service_tier: &'static str,
    pub(super) system_fingerprint: &'static str,
}

/// One of its choices.
#[derive(Serialize)]
pub(super) struct Choice<'a> {
    pub(super) index: u32,
    pub(super) message: Message<'a>,
    /// Always null.
    pub(super) logprobs: Option<()>,
    pub(super) finish_reason: &'static str,
}

/// The message of a choice.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    role: &'static str,
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[ToolCall<'a>; 1]>,
    /// Always null.
    refusal: Option<()>,
    /// Always empty.
    annotations: [(); 0],
}

/// A call in a message.
#[derive(Serialize)]
pub(super) struct ToolCall<'a> {
    pub(super) id: &'a str,
    pub(super) r#type: &'static str,
    pub(super) function: FunctionOfCall<'a>,
}

/// The function of a call.
#[derive(Serialize)]
pub(super) struct FunctionOfCall<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a str,
}

impl<'a> Message<'a> {
    /// A message of text.
    pub(super) fn text(content: &'a str) -> Self {
        Self { role: "assistant", content: Some(content), tool_calls: None, refusal: None, annotations: [] }
    }

    /// A message that calls a function.
    pub(super) fn call(call: ToolCall<'a>) -> Self {
        Self { role: "assistant", content: None, tool_calls: Some([call]), refusal: None, annotations: [] }
    }
}

/// `chat.completion.chunk`
#[derive(Serialize)]
pub(super) struct Chunk<'a> {
    pub(super) id: &'a str,
    pub(super) object: &'static str,
    pub(super) created: i64,
    pub(super) model: &'a str,
    pub(super) service_tier: &'static str,
    pub(super) system_fingerprint: &'static str,
    pub(super) choices: Vec<ChunkChoice<'a>>,
    /// Left out unless asked for; null in every chunk but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) usage: Option<Option<CompletionUsage>>,
}

/// One choice's part of a chunk.
#[derive(Serialize)]
pub(super) struct ChunkChoice<'a> {
    pub(super) index: u32,
    pub(super) delta: Delta<'a>,
    /// Always null.
    pub(super) logprobs: Option<()>,
    /// Null until the last chunk of the choice.
    pub(super) finish_reason: Option<&'static str>,
}

/// What a chunk adds.
#[derive(Serialize, Default)]
pub(super) struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[ToolCallDelta<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Option<()>>,
}

/// What a chunk adds to a call.
#[derive(Serialize)]
struct ToolCallDelta<'a> {
    /// Which call: there is one. Clients refuse a stream without it.
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    function: FunctionDelta<'a>,
}

#[derive(Serialize)]
struct FunctionDelta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

impl<'a> Delta<'a> {
    /// The first delta of a choice that says something.
    pub(super) fn begin() -> Self {
        Self { role: Some("assistant"), content: Some(Some("")), refusal: Some(None), tool_calls: None }
    }

    /// The first delta of a choice that calls a function.
    pub(super) fn begin_call(id: &'a str, name: &'a str) -> Self {
        let function = FunctionDelta { name: Some(name), arguments: "" };
        let call = ToolCallDelta { index: 0, id: Some(id), r#type: Some("function"), function };
        Self { tool_calls: Some([call]), content: Some(None), ..Self::begin() }
    }

    /// More of a call's arguments.
    pub(super) fn arguments(arguments: &'a str) -> Self {
        let function = FunctionDelta { name: None, arguments };
        Self { tool_calls: Some([ToolCallDelta { index: 0, id: None, r#type: None, function }]), ..Self::default() }
    }

    /// More text.
    pub(super) fn content(text: &'a str) -> Self {
        Self { content: Some(Some(text)), ..Self::default() }
    }
}

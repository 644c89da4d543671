//! The shapes of a chat completion and of its chunks, field by field in OpenAI's order.
//!
//! In: texts and numbers. Out: values that serialise. Keys that OpenAI requires are there even when null (`logprobs`,
//! `refusal`, `finish_reason`); keys that must not be null are left out instead (`tool_calls`).

use serde::Serialize;

use crate::sandbox::{
    logprobs::Entry,
    tools::{Call, Kind},
    usage::CompletionUsage,
};

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
    /// Null unless asked for.
    pub(super) logprobs: Option<Logprobs>,
    pub(super) finish_reason: &'static str,
}

/// Log probabilities of a choice, or of a part of one.
#[derive(Serialize)]
pub(super) struct Logprobs {
    /// Null where nothing is said.
    pub(super) content: Option<Vec<Entry>>,
    /// Null unless it refuses.
    pub(super) refusal: Option<Vec<Entry>>,
}

/// The message of a choice.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    role: &'static str,
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<Vec<ToolCall<'a>>>,
    /// The older form of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    function_call: Option<FunctionOfCall<'a>>,
    /// Null unless it refuses.
    refusal: Option<&'a str>,
    /// Always empty.
    annotations: [(); 0],
}

/// A call in a message.
#[derive(Serialize)]
struct ToolCall<'a> {
    id: &'a str,
    r#type: &'static str,
    #[serde(flatten)]
    called: Called<'a>,
}

/// What is called.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Called<'a> {
    Function(FunctionOfCall<'a>),
    Custom(InputOfCall<'a>),
}

/// The custom tool of a call.
#[derive(Serialize)]
struct InputOfCall<'a> {
    name: &'a str,
    input: &'a str,
}

impl<'a> ToolCall<'a> {
    fn of(id: &'a str, call: &'a Call) -> Self {
        let called = match call.kind {
            Kind::Function => Called::Function(FunctionOfCall::of(call)),
            Kind::Custom => Called::Custom(InputOfCall { name: &call.name, input: &call.arguments }),
        };
        Self { id, r#type: call.kind.name(), called }
    }
}

/// The function of a call.
#[derive(Serialize)]
struct FunctionOfCall<'a> {
    name: &'a str,
    arguments: &'a str,
}

impl<'a> FunctionOfCall<'a> {
    fn of(call: &'a Call) -> Self {
        Self { name: &call.name, arguments: &call.arguments }
    }
}

impl<'a> Message<'a> {
    /// A message of text.
    pub(super) fn text(content: &'a str) -> Self {
        Self {
            role: "assistant",
            content: Some(content),
            tool_calls: None,
            function_call: None,
            refusal: None,
            annotations: [],
        }
    }

    /// A message that refuses.
    pub(super) fn refusal(refusal: &'a str) -> Self {
        Self { content: None, refusal: Some(refusal), ..Self::text("") }
    }

    /// A message that calls tools, each under an id.
    pub(super) fn calls(calls: &'a [(String, Call)]) -> Self {
        let calls = calls.iter().map(|(id, call)| ToolCall::of(id, call));
        Self { content: None, tool_calls: Some(calls.collect()), ..Self::text("") }
    }

    /// A message that calls a function in the older form.
    pub(super) fn function_call(call: Option<&'a Call>) -> Self {
        Self { content: None, function_call: call.map(FunctionOfCall::of), ..Self::text("") }
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
    /// Null unless asked for, and at the end.
    pub(super) logprobs: Option<Logprobs>,
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
    function_call: Option<FunctionDelta<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Option<&'a str>>,
}

/// What a chunk adds to a call.
#[derive(Serialize)]
struct ToolCallDelta<'a> {
    /// Which call. Clients refuse a stream without it.
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(flatten)]
    called: CalledDelta<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum CalledDelta<'a> {
    Function(FunctionDelta<'a>),
    Custom(InputDelta<'a>),
}

#[derive(Serialize)]
struct InputDelta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    input: &'a str,
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
        Self { role: Some("assistant"), content: Some(Some("")), refusal: Some(None), ..Self::default() }
    }

    /// The first delta of a choice that refuses.
    pub(super) fn begin_refusal() -> Self {
        Self { content: Some(None), refusal: Some(Some("")), ..Self::begin() }
    }

    /// The same delta as the first of a choice that calls tools.
    pub(super) fn beginning(self) -> Self {
        Self { content: Some(None), tool_calls: self.tool_calls, function_call: self.function_call, ..Self::begin() }
    }

    /// A call begins; without an id it is of the older form.
    pub(super) fn begin_call(index: u32, id: Option<&'a str>, call: &'a Call) -> Self {
        let name = Some(call.name.as_str());
        let called = match (call.kind, id) {
            (Kind::Custom, _) => CalledDelta::Custom(InputDelta { name, input: "" }),
            (Kind::Function, Some(_)) => CalledDelta::Function(FunctionDelta { name, arguments: "" }),
            (Kind::Function, None) => {
                let function = FunctionDelta { name, arguments: "" };
                return Self { function_call: Some(function), ..Self::default() };
            }
        };
        let call = ToolCallDelta { index, id, r#type: Some(call.kind.name()), called };
        Self { tool_calls: Some([call]), ..Self::default() }
    }

    /// More of a call's arguments.
    pub(super) fn arguments(index: u32, legacy: bool, arguments: &'a str) -> Self {
        let function = FunctionDelta { name: None, arguments };
        if legacy {
            return Self { function_call: Some(function), ..Self::default() };
        }
        Self::more(index, CalledDelta::Function(function))
    }

    /// More of what a custom tool is called with.
    pub(super) fn input(index: u32, input: &'a str) -> Self {
        Self::more(index, CalledDelta::Custom(InputDelta { name: None, input }))
    }

    fn more(index: u32, called: CalledDelta<'a>) -> Self {
        Self { tool_calls: Some([ToolCallDelta { index, id: None, r#type: None, called }]), ..Self::default() }
    }

    /// More of a refusal.
    pub(super) fn refusal(text: &'a str) -> Self {
        Self { refusal: Some(Some(text)), ..Self::default() }
    }

    /// More text.
    pub(super) fn content(text: &'a str) -> Self {
        Self { content: Some(Some(text)), ..Self::default() }
    }
}

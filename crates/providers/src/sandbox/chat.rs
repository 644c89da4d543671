//! `POST /v1/chat/completions`, whole and streamed.
//!
//! In: the body of a chat request. Out: a `chat.completion`, or its chunks and `[DONE]`; joined, the chunks say what
//! the whole says. Log probabilities are not made (`logprobs` is null), audio neither.

mod request;
mod wire;

use super::{
    Ask, Draft,
    digest::Digest,
    fields::Fields,
    models::SandboxModel,
    refusal::Refusal,
    text::{Ending, limited, pieces, tokens},
    tools::Call,
    usage::CompletionUsage,
    write,
};

pub(super) use self::request::streaming;

use self::{
    request::Request,
    wire::{Choice, Chunk, ChunkChoice, Completion, Delta, FunctionOfCall, Message, ToolCall},
};

/// What the configuration is called that "produced" the answer. There is one.
pub(super) const FINGERPRINT: &str = "fp_sandbox01";

/// Digits of the id after `chatcmpl-`, and after `call_`.
const ID_DIGITS: usize = 32;
const CALL_DIGITS: usize = 24;

/// One choice, before it is put into either form.
enum Said {
    Text(String, Ending),
    Call(Call, String),
}

impl Said {
    fn tokens(&self) -> u32 {
        match self {
            Self::Text(text, _) => tokens(text),
            Self::Call(call, _) => tokens(&call.name).saturating_add(tokens(&call.arguments)),
        }
    }

    fn finish_reason(&self) -> &'static str {
        match self {
            Self::Text(_, ending) => ending.finish_reason(),
            Self::Call(..) => "tool_calls",
        }
    }
}

/// Answers a chat request.
pub(super) fn answer(ask: &Ask<'_>, model: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let request = Request::read(body)?;
    let prompt_tokens = request.conversation.input_tokens().saturating_add(request.toolbox.tokens());
    check_context(model, prompt_tokens)?;
    let digest = Digest::of(ask);
    let said: Vec<Said> = (0..request.choices).map(|index| say(&request, digest, index)).collect();
    let completion_tokens = said.iter().map(Said::tokens).fold(0, u32::saturating_add);
    let usage = CompletionUsage::new(prompt_tokens, completion_tokens);
    let id = format!("chatcmpl-{}", digest.hex(0, ID_DIGITS));
    if request.stream {
        Ok(Draft::Stream(stream(ask, &id, &said, request.include_usage.then_some(usage))))
    } else {
        Ok(Draft::Whole(whole(ask, &id, &said, usage)))
    }
}

fn check_context(model: &SandboxModel, used: u32) -> Result<(), Refusal> {
    let limit = model.context_tokens;
    if used <= limit {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "This model's maximum context length is {limit} tokens. However, your messages resulted in {used} tokens. \
         Please reduce the length of the messages."
    ))
    .about("messages")
    .code("context_length_exceeded"))
}

fn say(request: &Request<'_>, digest: Digest, index: u32) -> Said {
    if let Some(call) = request.toolbox.call(&request.conversation) {
        let id = format!("call_{}", digest.hex(1 + u64::from(index), CALL_DIGITS));
        return Said::Call(call, id);
    }
    let mut content = request.format.content(&request.conversation);
    if request.choices > 1 && request.format == super::format::Format::Text {
        content.push_str(&format!(" This is choice {} of {}.", index + 1, request.choices));
    }
    let (content, ending) = limited(&content, &request.stops, request.max_tokens);
    Said::Text(content, ending)
}

fn whole(ask: &Ask<'_>, id: &str, said: &[Said], usage: CompletionUsage) -> Vec<u8> {
    let choices = (0_u32..).zip(said).map(|(index, said)| Choice {
        index,
        message: match said {
            Said::Text(text, _) => Message::text(text),
            Said::Call(call, id) => Message::call(ToolCall {
                id,
                r#type: "function",
                function: FunctionOfCall { name: &call.name, arguments: &call.arguments },
            }),
        },
        logprobs: None,
        finish_reason: said.finish_reason(),
    });
    write::json(&Completion {
        id,
        object: "chat.completion",
        created: ask.created,
        model: ask.model,
        choices: choices.collect(),
        usage,
        service_tier: "default",
        system_fingerprint: FINGERPRINT,
    })
}

/// The chunks, one choice after the other, and the end. `usage` is what the caller asked for, if it did; then every
/// other chunk says `"usage":null`.
fn stream(ask: &Ask<'_>, id: &str, said: &[Said], usage: Option<CompletionUsage>) -> Vec<Vec<u8>> {
    let chunk = |choices: Vec<ChunkChoice<'_>>, usage: Option<Option<CompletionUsage>>| {
        write::event(&Chunk {
            id,
            object: "chat.completion.chunk",
            created: ask.created,
            model: ask.model,
            service_tier: "default",
            system_fingerprint: FINGERPRINT,
            choices,
            usage,
        })
    };
    let mut events = Vec::new();
    for (index, said) in (0_u32..).zip(said) {
        let part = |delta, finish_reason| ChunkChoice { index, delta, logprobs: None, finish_reason };
        let null_usage = usage.map(|_| None);
        for delta in deltas(said) {
            events.push(chunk(vec![part(delta, None)], null_usage));
        }
        events.push(chunk(vec![part(Delta::default(), Some(said.finish_reason()))], null_usage));
    }
    if usage.is_some() {
        events.push(chunk(Vec::new(), Some(usage)));
    }
    events.push(write::DONE.to_vec());
    events
}

fn deltas(said: &Said) -> Vec<Delta<'_>> {
    match said {
        Said::Text(text, _) => {
            let mut deltas = vec![Delta::begin()];
            deltas.extend(pieces(text).into_iter().map(Delta::content));
            deltas
        }
        Said::Call(call, id) => {
            let mut deltas = vec![Delta::begin_call(id, &call.name)];
            deltas.extend(pieces(&call.arguments).into_iter().map(Delta::arguments));
            deltas
        }
    }
}

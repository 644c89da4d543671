//! `POST /v1/chat/completions`, whole and streamed.
//!
//! In: the body of a chat request. Out: a `chat.completion`, or its chunks and `[DONE]`; joined, the chunks say what
//! the whole says. Audio is not made.

mod checks;
mod open_calls;
mod request;
mod said;
mod wire;

use super::{
    Ask, Draft, digest::Digest, fields::Fields, models::SandboxModel, refusal::Refusal, usage::CompletionUsage, write,
};

pub(super) use self::request::streaming;

use self::{
    request::Request,
    said::Said,
    wire::{Choice, Chunk, ChunkChoice, Completion, Delta},
};

/// What the configuration is called that "produced" the answer. There is one.
pub(super) const FINGERPRINT: &str = "fp_sandbox01";

/// Digits of the id after `chatcmpl-`.
const ID_DIGITS: usize = 32;
/// Tokens of all choices together that `x-sandbox-tokens` can ask for, and of those that also list others.
const MOST_WISHED: u32 = 32_768;
const MOST_LISTED: u32 = 131_072;

/// Answers a chat request.
pub(super) fn answer(ask: &Ask<'_>, model: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let request = Request::read(body, model)?;
    let prompt_tokens = request.conversation.input_tokens().saturating_add(request.toolbox.tokens());
    check_context(model, prompt_tokens, request.max_tokens)?;
    check_size(ask, &request)?;
    let digest = Digest::of(ask);
    let said: Vec<Said> = (0..request.choices).map(|index| Said::of(ask, &request, digest, index)).collect();
    let completion_tokens = said.iter().map(Said::tokens).fold(0, u32::saturating_add);
    let usage = CompletionUsage::new(prompt_tokens, completion_tokens);
    let id = format!("chatcmpl-{}", digest.hex(0, ID_DIGITS));
    if request.stream {
        Ok(Draft::Stream(stream(ask, &id, &request, &said, usage)))
    } else {
        Ok(Draft::Whole(whole(ask, &id, &request, &said, usage)))
    }
}

/// What was said must fit into the model's context, and with it what may be answered, where the model has a limit of that.
fn check_context(model: &SandboxModel, used: u32, answer: Option<u32>) -> Result<(), Refusal> {
    let limit = model.context_tokens;
    let answer = answer.filter(|_| model.output_tokens.is_some()).unwrap_or(0);
    let both = used.saturating_add(answer);
    if both <= limit {
        return Ok(());
    }
    if used <= limit {
        return Err(Refusal::new(format!(
            "This model's maximum context length is {limit} tokens. However, you requested {both} tokens ({used} in the \
             messages, {answer} in the completion). Please reduce the length of the messages or completion."
        ))
        .about("messages")
        .code("context_length_exceeded"));
    }
    Err(Refusal::new(format!(
        "This model's maximum context length is {limit} tokens. However, your messages resulted in {used} tokens. \
         Please reduce the length of the messages."
    ))
    .about("messages")
    .code("context_length_exceeded"))
}

/// What is wished for has a bound over all choices, so that a small request cannot ask for an answer without measure.
fn check_size(ask: &Ask<'_>, request: &Request<'_>) -> Result<(), Refusal> {
    let Some(tokens) = ask.wishes.tokens else { return Ok(()) };
    let all = tokens.saturating_mul(request.choices);
    let listed = request.top_logprobs.map_or(0, |top| all.saturating_mul(u32::from(top) + 1));
    if all <= MOST_WISHED && listed <= MOST_LISTED {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "Too many tokens are asked for by the header 'x-sandbox-tokens' or the configuration's 'sandbox.tokens': with 'n' \
         and 'top_logprobs', {}. At most {MOST_WISHED} are written, and {MOST_LISTED} listed.",
        all.max(listed)
    ))
    .about("x-sandbox-tokens"))
}

fn whole(ask: &Ask<'_>, id: &str, request: &Request<'_>, said: &[Said], usage: CompletionUsage) -> Vec<u8> {
    let choices = (0_u32..).zip(said).map(|(index, said)| Choice {
        index,
        message: said.message(),
        logprobs: request.top_logprobs.map(|top| said.logprobs(top)),
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

/// The chunks, a choice's after another's in turn, and the end. Where the caller asked for the usage, every chunk but
/// the last says `"usage":null`.
fn stream(ask: &Ask<'_>, id: &str, request: &Request<'_>, said: &[Said], usage: CompletionUsage) -> Vec<Vec<u8>> {
    let null_usage = (request.include_usage && !ask.wishes.usage_is_ours).then_some(None);
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
    let mut parts: Vec<_> = (0_u32..)
        .zip(said)
        .map(|(index, said)| {
            let end = (Delta::default(), None);
            let deltas = said.deltas(ask.wishes.piece(), request.top_logprobs);
            (index, said, deltas.into_iter().map(|part| (part, false)).chain(std::iter::once((end, true))))
        })
        .collect();
    let mut events = Vec::new();
    while !parts.is_empty() {
        parts.retain_mut(|(index, said, deltas)| {
            let Some(((delta, logprobs), last)) = deltas.next() else { return false };
            let finish_reason = last.then(|| said.finish_reason());
            events.push(chunk(vec![ChunkChoice { index: *index, delta, logprobs, finish_reason }], null_usage));
            true
        });
    }
    if request.include_usage {
        events.push(chunk(Vec::new(), Some(Some(usage))));
    }
    events.push(write::DONE.to_vec());
    events
}

//! `POST /v1/completions`, the legacy endpoint, whole and streamed.
//!
//! In: one or many prompts, as text or as tokens. Out: a `text_completion` with `n` choices for each, or its chunks and
//! `[DONE]`. Tokens are not turned back into text: their numbers stand for it. `suffix`, `best_of` and `logprobs` are
//! taken and change nothing. Chunks have `finish_reason` null until the last, as OpenAI sends them, although its
//! schema, which chunks share with the whole, has no room for a null.

use serde::Serialize;
use serde_json::Value;

use super::{
    Ask, Draft,
    chat::{FINGERPRINT, streaming},
    digest::Digest,
    fields::Fields,
    models::SandboxModel,
    refusal::Refusal,
    text::{Ending, excerpt, limited, pieces, tokens},
    usage::CompletionUsage,
    write,
};

/// OpenAI's default of `max_tokens`.
const DEFAULT_MAX_TOKENS: u32 = 16;
/// OpenAI's highest `n`.
const MOST_CHOICES: i64 = 128;
/// Prompts in one call, as OpenAI allows for embeddings, and choices of one call, so that a small body cannot ask for
/// an answer without measure.
const MOST_PROMPTS: usize = 2048;
/// Digits of the id after `cmpl-`.
const ID_DIGITS: usize = 32;

const PROMPT: &str = "one of a string, array of strings, array of integers, or array of integer arrays";

#[derive(Serialize)]
struct Completion<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    system_fingerprint: &'static str,
    choices: Vec<Choice<'a>>,
    /// Left out of chunks unless asked for; null in every chunk but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<CompletionUsage>>,
}

#[derive(Serialize)]
struct Choice<'a> {
    text: &'a str,
    index: u32,
    /// Always null.
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

struct Prompt {
    text: String,
    tokens: u32,
}

struct Said {
    /// The prompt, if it is to be echoed.
    echo: String,
    text: String,
    ending: Ending,
}

struct Request<'a> {
    prompts: Vec<Prompt>,
    choices: u32,
    max_tokens: u32,
    stops: Vec<&'a str>,
    echo: bool,
    stream: bool,
    include_usage: bool,
}

/// Answers a completions request.
pub(super) fn answer(ask: &Ask<'_>, model: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let request = read(body)?;
    check_context(model, &request)?;
    let mut said = Vec::new();
    for prompt in &request.prompts {
        for index in 0..request.choices {
            said.push(say(&request, prompt, index));
        }
    }
    let prompt_tokens = request.prompts.iter().map(|prompt| prompt.tokens).fold(0, u32::saturating_add);
    let completion_tokens = said.iter().map(|said| tokens(&said.text)).fold(0, u32::saturating_add);
    let usage = CompletionUsage::new(prompt_tokens, completion_tokens);
    let id = format!("cmpl-{}", Digest::of(ask).hex(0, ID_DIGITS));
    if request.stream {
        Ok(Draft::Stream(stream(ask, &id, &said, request.include_usage.then_some(usage))))
    } else {
        Ok(Draft::Whole(whole(ask, &id, &said, usage)))
    }
}

fn read<'a>(body: &Fields<'a>) -> Result<Request<'a>, Refusal> {
    let prompts = prompts(body)?;
    let (stream, include_usage) = streaming(body)?;
    let most = i64::try_from(MOST_PROMPTS / prompts.len()).unwrap_or(MOST_CHOICES).min(MOST_CHOICES);
    let choices = body.integer("n", 1, most)?.unwrap_or(1);
    let max_tokens = body.tokens("max_tokens", 0)?.unwrap_or(DEFAULT_MAX_TOKENS);
    let stops = body.stops("stop")?;
    let echo = body.boolean("echo")?.unwrap_or(false);
    body.decimal("temperature", 0.0, 2.0)?;
    body.decimal("top_p", 0.0, 1.0)?;
    body.decimal("frequency_penalty", -2.0, 2.0)?;
    body.decimal("presence_penalty", -2.0, 2.0)?;
    body.integer("seed", i64::MIN, i64::MAX)?;
    body.integer("logprobs", 0, 5)?;
    body.integer("best_of", 0, 20)?;
    body.string("suffix")?;
    body.string("user")?;
    let choices = u32::try_from(choices).unwrap_or(1);
    Ok(Request { prompts, choices, max_tokens, stops, echo, stream, include_usage })
}

/// The prompts, at least one. No prompt at all is an empty one, as it is for OpenAI.
fn prompts(body: &Fields<'_>) -> Result<Vec<Prompt>, Refusal> {
    let Some(prompt) = body.get("prompt") else { return Ok(vec![text_prompt("")]) };
    match prompt {
        Value::String(text) => Ok(vec![text_prompt(text)]),
        Value::Array(items) if items.is_empty() => Err(Refusal::empty_array("prompt")),
        Value::Array(items) if items.iter().all(Value::is_u64) => Ok(vec![token_prompt(items)]),
        Value::Array(items) if items.len() > MOST_PROMPTS => {
            Err(Refusal::array_too_long("prompt", MOST_PROMPTS, items.len()))
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| one_prompt(index, item)).collect(),
        other => Err(Refusal::wrong_type("prompt", PROMPT, other)),
    }
}

fn one_prompt(index: usize, item: &Value) -> Result<Prompt, Refusal> {
    match item {
        Value::String(text) => Ok(text_prompt(text)),
        Value::Array(ids) if ids.is_empty() => Err(Refusal::empty_array(&format!("prompt[{index}]"))),
        Value::Array(ids) if ids.iter().all(Value::is_u64) => Ok(token_prompt(ids)),
        other => Err(Refusal::wrong_type(&format!("prompt[{index}]"), "one of a string or array of integers", other)),
    }
}

fn text_prompt(text: &str) -> Prompt {
    Prompt { text: text.to_owned(), tokens: tokens(text) }
}

fn token_prompt(ids: &[Value]) -> Prompt {
    let text = ids.iter().map(Value::to_string).collect::<Vec<_>>().join(" ");
    Prompt { text, tokens: u32::try_from(ids.len()).unwrap_or(u32::MAX) }
}

fn check_context(model: &SandboxModel, request: &Request<'_>) -> Result<(), Refusal> {
    let limit = model.context_tokens;
    let longest = request.prompts.iter().map(|prompt| prompt.tokens).max().unwrap_or(0);
    let asked = longest.saturating_add(request.max_tokens);
    if asked <= limit {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "This model's maximum context length is {limit} tokens, however you requested {asked} tokens ({longest} in your \
         prompt; {} for the completion). Please reduce your prompt; or completion length.",
        request.max_tokens
    ))
    .code("context_length_exceeded"))
}

fn say(request: &Request<'_>, prompt: &Prompt, index: u32) -> Said {
    let mut text = if prompt.text.trim().is_empty() {
        String::from("\n\nYou wrote nothing. I am the sandbox.")
    } else {
        format!("\n\nYou wrote: “{}”. I am the sandbox.", excerpt(&prompt.text))
    };
    if request.choices > 1 {
        text.insert_str(2, &format!("({} of {}) ", index + 1, request.choices));
    }
    let (text, ending) = limited(&text, &request.stops, Some(request.max_tokens));
    Said { echo: if request.echo { prompt.text.clone() } else { String::new() }, text, ending }
}

fn whole(ask: &Ask<'_>, id: &str, said: &[Said], usage: CompletionUsage) -> Vec<u8> {
    let texts: Vec<String> = said.iter().map(|said| format!("{}{}", said.echo, said.text)).collect();
    let choices = (0_u32..).zip(said).zip(&texts).map(|((index, said), text)| Choice {
        text,
        index,
        logprobs: None,
        finish_reason: Some(said.ending.finish_reason()),
    });
    write::json(&completion(ask, id, choices.collect(), Some(Some(usage))))
}

fn stream(ask: &Ask<'_>, id: &str, said: &[Said], usage: Option<CompletionUsage>) -> Vec<Vec<u8>> {
    let null_usage = usage.map(|_| None);
    let mut events = Vec::new();
    for (index, said) in (0_u32..).zip(said) {
        let echoed = (!said.echo.is_empty()).then_some(said.echo.as_str());
        for text in echoed.into_iter().chain(pieces(&said.text)) {
            let choice = Choice { text, index, logprobs: None, finish_reason: None };
            events.push(write::event(&completion(ask, id, vec![choice], null_usage)));
        }
        let last = Choice { text: "", index, logprobs: None, finish_reason: Some(said.ending.finish_reason()) };
        events.push(write::event(&completion(ask, id, vec![last], null_usage)));
    }
    if usage.is_some() {
        events.push(write::event(&completion(ask, id, Vec::new(), Some(usage))));
    }
    events.push(write::DONE.to_vec());
    events
}

fn completion<'a>(
    ask: &'a Ask<'_>,
    id: &'a str,
    choices: Vec<Choice<'a>>,
    usage: Option<Option<CompletionUsage>>,
) -> Completion<'a> {
    Completion {
        id,
        object: "text_completion",
        created: ask.created,
        model: ask.model,
        system_fingerprint: FINGERPRINT,
        choices,
        usage,
    }
}

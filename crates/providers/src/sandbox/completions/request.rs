//! Reading a completions request.
//!
//! In: the body's fields. Out: a [`Request`], or OpenAI's refusal.

use serde_json::Value;
use tollgate_tokens::Vocabulary;

use crate::sandbox::{chat::streaming, fields::Fields, prompt::Prompt, refusal::Refusal};

/// OpenAI's default of `max_tokens`.
const DEFAULT_MAX_TOKENS: u32 = 16;
/// OpenAI's highest `n`.
const MOST_CHOICES: i64 = 128;
/// OpenAI's highest `best_of`.
const MOST_CANDIDATES: i64 = 20;
/// OpenAI's highest `logprobs`.
const MOST_LOGPROBS: i64 = 5;
/// Prompts in one call, as OpenAI allows for embeddings, and choices of one call, so that a small body cannot ask for
/// an answer without measure.
const MOST_PROMPTS: usize = 2048;

const PROMPT: &str = "one of a string, array of strings, array of integers, or array of integer arrays";

/// A completions request, as far as the answer depends on it.
pub(super) struct Request<'a> {
    /// At least one.
    pub(super) prompts: Vec<Prompt>,
    /// For each prompt, at least 1.
    pub(super) choices: u32,
    pub(super) max_tokens: u32,
    pub(super) stops: Vec<&'a str>,
    pub(super) suffix: Option<&'a str>,
    /// Its bits.
    pub(super) seed: Option<u64>,
    /// How many of the likeliest tokens to list, if log probabilities are asked for.
    pub(super) logprobs: Option<u8>,
    pub(super) echo: bool,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
}

impl<'a> Request<'a> {
    /// Reads and checks a body, whose prompts are of `vocabulary`.
    pub(super) fn read(body: &Fields<'a>, vocabulary: Vocabulary) -> Result<Self, Refusal> {
        let prompts = prompts(body, vocabulary)?;
        let (stream, include_usage) = streaming(body)?;
        let most = i64::try_from(MOST_PROMPTS / prompts.len()).unwrap_or(MOST_CHOICES).min(MOST_CHOICES);
        let choices = body.integer("n", 1, most)?.unwrap_or(1);
        check_candidates(body, choices)?;
        body.decimal("temperature", 0.0, 2.0)?;
        body.decimal("top_p", 0.0, 1.0)?;
        body.decimal("frequency_penalty", -2.0, 2.0)?;
        body.decimal("presence_penalty", -2.0, 2.0)?;
        body.string("user")?;
        let logprobs = body.integer("logprobs", 0, MOST_LOGPROBS)?;
        Ok(Self {
            prompts,
            choices: u32::try_from(choices).unwrap_or(1),
            max_tokens: body.tokens("max_tokens", 0)?.unwrap_or(DEFAULT_MAX_TOKENS),
            stops: body.stops("stop")?,
            suffix: body.string("suffix")?,
            seed: body.integer("seed", i64::MIN, i64::MAX)?.map(i64::cast_unsigned),
            logprobs: logprobs.and_then(|top| u8::try_from(top).ok()),
            echo: body.boolean("echo")?.unwrap_or(false),
            stream,
            include_usage,
        })
    }
}

fn check_candidates(body: &Fields<'_>, choices: i64) -> Result<(), Refusal> {
    match body.integer("best_of", 0, MOST_CANDIDATES)? {
        Some(candidates) if candidates < choices => Err(Refusal::new(format!(
            "You requested that the server return more choices than it will generate (HINT: you must set 'n' \
             (currently {choices}) to be at most 'best_of' (currently {candidates}), or omit either parameter if you \
             don't specifically want to use them.)"
        ))
        .about("best_of")),
        _ => Ok(()),
    }
}

/// The prompts, at least one. No prompt at all is an empty one, as it is for OpenAI.
fn prompts(body: &Fields<'_>, vocabulary: Vocabulary) -> Result<Vec<Prompt>, Refusal> {
    let Some(prompt) = body.get("prompt") else { return Ok(vec![Prompt::of_text("", vocabulary)]) };
    match prompt {
        Value::String(text) => Ok(vec![Prompt::of_text(text, vocabulary)]),
        Value::Array(items) if items.is_empty() => Err(Refusal::empty_array("prompt")),
        Value::Array(items) if items.iter().all(is_integer) => {
            Ok(vec![Prompt::of_tokens(items, "prompt", vocabulary)?])
        }
        Value::Array(items) if items.len() > MOST_PROMPTS => {
            Err(Refusal::array_too_long("prompt", MOST_PROMPTS, items.len()))
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| one_prompt(index, item, vocabulary)).collect()
        }
        other => Err(Refusal::wrong_type("prompt", PROMPT, other)),
    }
}

fn one_prompt(index: usize, item: &Value, vocabulary: Vocabulary) -> Result<Prompt, Refusal> {
    match item {
        Value::String(text) => Ok(Prompt::of_text(text, vocabulary)),
        Value::Array(ids) if ids.is_empty() => Err(Refusal::empty_array(&format!("prompt[{index}]"))),
        Value::Array(ids) if ids.iter().all(is_integer) => Prompt::of_tokens(ids, "prompt", vocabulary),
        other => Err(Refusal::wrong_type(&format!("prompt[{index}]"), "one of a string or array of integers", other)),
    }
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

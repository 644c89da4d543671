//! `POST /v1/completions`, the legacy endpoint, whole and streamed.
//!
//! In: one or many prompts, as text or as tokens. Out: a `text_completion` with `n` choices for each, or its chunks and
//! `[DONE]`. Of `best_of` candidates only those that are answered are made, and counted. Chunks have `finish_reason`
//! null until the last, as OpenAI sends them, although its schema, which chunks share with the whole, has no room for a
//! null; of an echoed prompt the first token has a log probability too, because the schema has no room for that null
//! either.

mod request;

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_tokens::Vocabulary;

use super::{
    Ask, Draft,
    chat::FINGERPRINT,
    digest::{Digest, mix},
    fields::Fields,
    logprobs::{likely, shown},
    models::SandboxModel,
    prompt::Prompt,
    refusal::Refusal,
    text::{Piece, Written, excerpt, written},
    usage::CompletionUsage,
    write,
};

use self::request::Request;

/// Digits of the id after `cmpl-`.
const ID_DIGITS: usize = 32;
/// Wordings among which a seed chooses, and in which choices differ.
const WORDINGS: u64 = 4;

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
    /// Null unless asked for.
    logprobs: Option<Logprobs>,
    finish_reason: Option<&'static str>,
}

/// Four arrays with an entry for each token.
#[derive(Serialize, Default)]
struct Logprobs {
    tokens: Vec<String>,
    token_logprobs: Vec<f64>,
    top_logprobs: Vec<BTreeMap<String, f64>>,
    /// In characters, from the beginning of the choice's text.
    text_offset: Vec<usize>,
}

struct Said {
    /// The prompt, if it is to be echoed.
    echo: Option<Written>,
    text: Written,
}

impl Said {
    fn parts(&self) -> impl Iterator<Item = &Written> {
        self.echo.iter().chain(std::iter::once(&self.text))
    }
}

/// Answers a completions request.
pub(super) fn answer(ask: &Ask<'_>, model: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let vocabulary = Vocabulary::of_model(model.name);
    let request = Request::read(body, vocabulary)?;
    check_context(model, &request)?;
    let mut said = Vec::new();
    for prompt in &request.prompts {
        for index in 0..request.choices {
            said.push(say(&request, vocabulary, prompt, index));
        }
    }
    let prompt_tokens = request.prompts.iter().map(Prompt::tokens).fold(0, u32::saturating_add);
    let completion_tokens = said.iter().map(|said| said.text.tokens()).fold(0, u32::saturating_add);
    let usage = CompletionUsage::new(prompt_tokens, completion_tokens);
    let id = format!("cmpl-{}", Digest::of(ask).hex(0, ID_DIGITS));
    if request.stream {
        Ok(Draft::Stream(stream(ask, &id, &request, &said, usage)))
    } else {
        Ok(Draft::Whole(whole(ask, &id, &request, &said, usage)))
    }
}

fn check_context(model: &SandboxModel, request: &Request<'_>) -> Result<(), Refusal> {
    let limit = model.context_tokens;
    let longest = request.prompts.iter().map(Prompt::tokens).max().unwrap_or(0);
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

fn say(request: &Request<'_>, vocabulary: Vocabulary, prompt: &Prompt, index: u32) -> Said {
    // The remainder is small.
    let wording = request.seed.map_or(0, |seed| (mix(seed) % WORDINGS) as usize) + index as usize;
    let openings = ["You wrote", "The prompt reads", "What arrived is", "This came in"];
    let mut text = match prompt.text.trim() {
        "" => String::from("\n\nYou wrote nothing."),
        _ => format!("\n\n{}: “{}”.", openings[wording % openings.len()], excerpt(&prompt.text)),
    };
    if let Some(suffix) = request.suffix {
        text.push_str(&format!(" It is to lead to “{}”.", excerpt(suffix)));
    }
    text.push_str(" This is the sandbox, and a model would go on from here.");
    if wording >= openings.len() {
        text.push_str(&format!(" (Wording {}.)", wording + 1));
    }
    let echo = request.echo.then(|| Written::whole(vocabulary, &prompt.text));
    Said { echo, text: written(vocabulary, &text, &request.stops, Some(request.max_tokens)) }
}

fn whole(ask: &Ask<'_>, id: &str, request: &Request<'_>, said: &[Said], usage: CompletionUsage) -> Vec<u8> {
    let texts: Vec<String> = said.iter().map(|said| said.parts().map(|part| part.text.as_str()).collect()).collect();
    let choices = (0_u32..).zip(said).zip(&texts).map(|((index, said), text)| {
        let mut place = Place::default();
        let logprobs = request.logprobs.map(|top| {
            let mut logprobs = Logprobs::default();
            for part in said.parts() {
                for piece in part.pieces(1) {
                    logprobs.add(part.vocabulary(), piece, &mut place, top);
                }
            }
            logprobs
        });
        Choice { text, index, logprobs, finish_reason: Some(said.text.ending.finish_reason()) }
    });
    write::json(&completion(ask, id, choices.collect(), Some(Some(usage))))
}

fn stream(ask: &Ask<'_>, id: &str, request: &Request<'_>, said: &[Said], usage: CompletionUsage) -> Vec<Vec<u8>> {
    let null_usage = (request.include_usage && !ask.wishes.usage_is_ours).then_some(None);
    let mut events = Vec::new();
    for (index, said) in (0_u32..).zip(said) {
        let mut place = Place::default();
        for part in said.parts() {
            // The prompt is echoed at once.
            let size = if std::ptr::eq(part, &raw const said.text) { ask.wishes.piece() } else { usize::MAX };
            for piece in part.pieces(size) {
                let logprobs = request.logprobs.map(|top| {
                    let mut logprobs = Logprobs::default();
                    logprobs.add(part.vocabulary(), piece, &mut place, top);
                    logprobs
                });
                let choice = Choice { text: piece.text, index, logprobs, finish_reason: None };
                events.push(write::event(&completion(ask, id, vec![choice], null_usage)));
            }
        }
        let end = Some(said.text.ending.finish_reason());
        let last = Choice { text: "", index, logprobs: None, finish_reason: end };
        events.push(write::event(&completion(ask, id, vec![last], null_usage)));
    }
    if request.include_usage {
        events.push(write::event(&completion(ask, id, Vec::new(), Some(Some(usage)))));
    }
    events.push(write::DONE.to_vec());
    events
}

/// How far a choice's text has come.
#[derive(Default)]
struct Place {
    tokens: usize,
    characters: usize,
}

impl Logprobs {
    fn add(&mut self, vocabulary: Vocabulary, piece: Piece<'_>, place: &mut Place, top: u8) {
        let token = |id: u32| shown(vocabulary.bytes(id).unwrap_or_default());
        let mut left = piece.text;
        for id in piece.ids {
            let (logprob, tops) = likely(vocabulary, *id, place.tokens, usize::from(top));
            self.tokens.push(token(*id));
            self.token_logprobs.push(logprob);
            self.top_logprobs.push(tops.into_iter().map(|(id, logprob)| (token(id), logprob)).collect());
            self.text_offset.push(place.characters);
            place.tokens += 1;
            // Of tokens that share a character the last has it.
            let length = vocabulary.bytes(*id).map_or(0, <[u8]>::len);
            if let Some((whole, rest)) = left.split_at_checked(length) {
                place.characters += whole.chars().count();
                left = rest;
            }
        }
        place.characters += left.chars().count();
    }
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

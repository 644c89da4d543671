//! `POST /v1/embeddings`: vectors by feature hashing.
//!
//! In: texts, or tokens, which are turned back into their text. Out: one vector of length 1 for each, as numbers or as base64 of little-endian `f32`. Words and
//! their three-letter parts are hashed to places of the vector, so texts that share words, or forms of words, are near
//! each other. It knows no meanings: synonyms are strangers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use tollgate_tokens::Vocabulary;

use super::{
    Ask, Draft,
    digest::{fnv, mix},
    fields::Fields,
    models::{SandboxModel, Vector},
    prompt::Prompt,
    refusal::{Refusal, kind},
    write,
};

/// OpenAI's most inputs of one call.
const MOST_INPUTS: usize = 2048;
/// OpenAI's most tokens of all inputs of one call.
const MOST_TOKENS: u32 = 300_000;
/// Places of the vector that one feature is added to: more than one, so that two features rarely cancel out.
const PLACES: u64 = 4;
/// Weight of a word, and of each of its trigrams.
const WORD: f64 = 1.0;
const TRIGRAM: f64 = 0.35;

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Embedding>,
    model: &'a str,
    usage: Usage,
}

#[derive(Serialize)]
struct Embedding {
    object: &'static str,
    index: usize,
    embedding: Values,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Values {
    Float(Vec<f32>),
    Base64(String),
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: u32,
    total_tokens: u32,
}

/// Answers an embeddings request.
pub(super) fn answer(ask: &Ask<'_>, model: &SandboxModel, body: &Fields<'_>) -> Result<Draft, Refusal> {
    let inputs = inputs(body, Vocabulary::of_model(model.name))?;
    let dimensions = dimensions(model, body)?;
    let encoding = body.word("encoding_format", &["float", "base64"])?.unwrap_or("float");
    body.string("user")?;
    let total = check_tokens(model, &inputs)?;
    let mut data = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let vector = vector(&input.text, dimensions);
        let embedding = if encoding == "base64" {
            Values::Base64(STANDARD.encode(vector.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>()))
        } else {
            Values::Float(vector)
        };
        data.push(Embedding { object: "embedding", index, embedding });
    }
    let usage = Usage { prompt_tokens: total, total_tokens: total };
    Ok(Draft::Whole(write::json(&List { object: "list", data, model: ask.model, usage })))
}

fn inputs(body: &Fields<'_>, vocabulary: Vocabulary) -> Result<Vec<Prompt>, Refusal> {
    match body.required("input")? {
        Value::String(text) => Ok(vec![text_input(text, vocabulary)?]),
        Value::Array(items) if items.is_empty() => {
            Err(Refusal::new("Invalid 'input': input cannot be an empty array."))
        }
        Value::Array(items) if items.iter().all(|id| id.is_i64() || id.is_u64()) => {
            Ok(vec![Prompt::of_tokens(items, "input", vocabulary)?])
        }
        Value::Array(items) if items.len() > MOST_INPUTS => {
            Err(Refusal::array_too_long("input", MOST_INPUTS, items.len()))
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| one_input(&format!("input[{at}]"), item, vocabulary)).collect()
        }
        other => Err(invalid("input", other)),
    }
}

fn one_input(path: &str, item: &Value, vocabulary: Vocabulary) -> Result<Prompt, Refusal> {
    match item {
        Value::String(text) => text_input(text, vocabulary),
        Value::Array(ids) if !ids.is_empty() && ids.iter().all(|id| id.is_i64() || id.is_u64()) => {
            Prompt::of_tokens(ids, "input", vocabulary)
        }
        other => Err(invalid(path, other)),
    }
}

fn text_input(text: &str, vocabulary: Vocabulary) -> Result<Prompt, Refusal> {
    if text.is_empty() {
        return Err(Refusal::new("Invalid 'input': input cannot be an empty string."));
    }
    Ok(Prompt::of_text(text, vocabulary))
}

/// OpenAI's sentence, which names no culprit, and who it is.
fn invalid(path: &str, got: &Value) -> Refusal {
    let what = match got {
        Value::Array(items) if items.is_empty() => "an empty array",
        Value::Array(_) => "an array that does not hold token ids alone",
        other => kind(other),
    };
    Refusal::new(format!(
        "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference. {path} is \
         {what}, which is neither a text nor an array of token ids."
    ))
}

fn dimensions(model: &SandboxModel, body: &Fields<'_>) -> Result<usize, Refusal> {
    let asked = body.integer("dimensions", 1, i64::MAX)?;
    let (longest, asked) = match (model.vector, asked) {
        (Vector::Fixed(_) | Vector::None, Some(_)) => {
            return Err(Refusal::new("This model does not support specifying dimensions."));
        }
        (Vector::Fixed(longest) | Vector::UpTo(longest), None) => return Ok(longest),
        (Vector::None, None) => return Ok(1),
        (Vector::UpTo(longest), Some(asked)) => (longest, asked),
    };
    match usize::try_from(asked) {
        Ok(dimensions) if dimensions <= longest => Ok(dimensions),
        _ => Err(Refusal::new(format!(
            "Invalid value for 'dimensions' = {asked}. Must be less than or equal to {longest}."
        ))),
    }
}

/// The tokens of all inputs, if neither one nor all of them are too long.
fn check_tokens(model: &SandboxModel, inputs: &[Prompt]) -> Result<u32, Refusal> {
    let limit = model.context_tokens;
    let longest = inputs.iter().map(Prompt::tokens).max().unwrap_or(0);
    let total = inputs.iter().map(Prompt::tokens).fold(0, u32::saturating_add);
    if longest > limit {
        return Err(Refusal::new(format!(
            "This model's maximum context length is {limit} tokens, however you requested {longest} tokens ({longest} \
             in your prompt; 0 for the completion). Please reduce your prompt; or completion length."
        )));
    }
    if total > MOST_TOKENS {
        let refusal = Refusal::new(format!("Requested {total} tokens, max {MOST_TOKENS} tokens per request"));
        return Err(refusal.of_type("max_tokens_per_request").code("max_tokens_per_request"));
    }
    Ok(total)
}

/// The vector of a text, of length 1 and with `dimensions` places (at least one).
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut places = vec![0.0_f64; dimensions.max(1)];
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() {
        add(&mut places, fnv(3, text.as_bytes()), WORD);
    }
    words.for_each(|word| add_word(&mut places, word));
    let mut length = places.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length == 0.0 {
        // All features cancelled out, which happens with very few dimensions.
        (places[0], length) = (1.0, 1.0);
    }
    places.iter().map(|value| (value / length) as f32).collect()
}

fn add_word(places: &mut [f64], word: &str) {
    add(places, fnv(0, word.as_bytes()), WORD);
    let framed: Vec<char> = std::iter::once('^').chain(word.chars()).chain(std::iter::once('$')).collect();
    for trigram in framed.windows(3) {
        let hash = trigram.iter().fold(1, |hash, character| fnv(hash, &u32::from(*character).to_le_bytes()));
        add(places, hash, TRIGRAM);
    }
}

fn add(places: &mut [f64], feature: u64, weight: f64) {
    let count = places.len() as u64;
    for nth in 0..PLACES {
        let hash = mix(feature ^ mix(nth));
        // The remainder is below `places.len()`.
        let place = ((hash >> 1) % count) as usize;
        places[place] += if hash & 1 == 0 { weight } else { -weight };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearness(one: &str, other: &str) -> f32 {
        let one = vector(one, 1536);
        let other = vector(other, 1536);
        one.iter().zip(&other).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn similar_texts_are_nearer_than_different_ones() {
        let text = "The cat sits on the warm windowsill.";

        assert!(nearness(text, text) > 0.999);
        assert!(nearness(text, "Cats are sitting on a warm windowsill") > 0.4);
        assert!(nearness(text, "Quarterly revenue grew by eleven percent") < 0.2);
    }

    #[test]
    fn forms_of_a_word_are_near_each_other() {
        assert!(nearness("configuration", "configurations") > nearness("configuration", "banana") + 0.2);
    }

    #[test]
    fn vectors_have_length_one_at_any_size() {
        for dimensions in [1, 2, 8, 256, 3072] {
            for text in ["hello world", " ", "?!", "日本語", "a b"] {
                let vector = vector(text, dimensions);
                let length: f32 = vector.iter().map(|value| value * value).sum();

                assert_eq!(vector.len(), dimensions);
                assert!((length - 1.0).abs() < 1e-5, "{text:?} in {dimensions} has length {length}");
            }
        }
    }
}

//! Tells several errors in one paste apart: a numbered list, the attempts of a fallback chain, an exception that the
//! handling of another one raised.
//!
//! In: a text and the verdict on all of it. Out: the verdict on the first error, which names the others and is less sure,
//! since the one that matters may be another; or the verdict as it was. Only parts that are claimed by themselves count,
//! and only where they differ, so that steps, frames and the same error again are not taken for several.

use super::read::{self, is_provider};
use super::{Context, Explanation, weigh};

/// A longer text is a log, of which the last failure counts.
const TEXT_MAX_BYTES: usize = 16 * 1024;
/// More parts are a list of something else.
const PARTS_MAX: usize = 12;
/// How sure a part must be by itself.
const CLAIMED: f64 = 0.7;
/// What is left of the confidence in the first of several.
const FIRST: f64 = 0.8;
/// How Python says that one exception led to another.
const CHAINED: [&str; 2] = [
    "During handling of the above exception, another exception occurred",
    "was the direct cause of the following exception",
];
/// What a program runs into that goes on after an error without looking at it.
const AFTERWARDS: [&str; 3] = ["response_shape_unexpected", "sdk_version_mismatch", "unknown"];

/// The verdict on `text`, of which `whole` is the one without regard to its parts.
pub(super) fn regarded(text: &str, context: &Context, whole: Explanation) -> Explanation {
    if text.len() > TEXT_MAX_BYTES {
        return whole;
    }
    if let Some(root) = root(text, context, &whole) {
        return root;
    }
    if whole.answer() == "unknown" {
        return whole;
    }
    let parts = Some(items(text)).filter(|parts| parts.len() > 1).unwrap_or_else(|| labelled(text));
    if parts.len() < 2 || parts.len() > PARTS_MAX {
        return whole;
    }
    combined(claimed(&parts, context)).unwrap_or(whole)
}

/// The first exception of a chain, where the last is what came of not looking at it.
fn root(text: &str, context: &Context, whole: &Explanation) -> Option<Explanation> {
    let at = CHAINED.iter().filter_map(|words| text.find(words)).min()?;
    if !AFTERWARDS.contains(&whole.answer()) {
        return None;
    }
    let mut first = claimed(&[&text[..at]], context).pop().filter(|first| first.answer() != whole.answer())?;
    first.evidence.insert(0, format!("the text holds 2 errors: {}, and one that came of its handling", first.answer()));
    if whole.answer() != "unknown" {
        first.confidence *= FIRST;
        first.alternatives.insert(0, (whole.cause, (1.0 - first.confidence) / 2.0));
        share(&mut first);
    }
    Some(first)
}

/// The parts that are errors by themselves.
fn claimed(parts: &[&str], context: &Context) -> Vec<Explanation> {
    // The status is that of one of them, and nobody knows which.
    let context = Context { status: None, ..context.clone() };
    let verdicts = parts.iter().map(|part| weigh::verdict(&read::case(part, &context)));
    verdicts.filter(|found| found.answer() != "unknown" && found.confidence >= CLAIMED).collect()
}

fn combined(mut found: Vec<Explanation>) -> Option<Explanation> {
    let mut named: Vec<&str> = Vec::new();
    found.retain(|found| {
        let is_new = !named.contains(&found.answer());
        named.push(found.answer());
        is_new
    });
    if found.len() < 2 {
        return None;
    }
    let names: Vec<String> =
        found.iter().enumerate().map(|(at, one)| format!("{}. {}", at + 1, one.answer())).collect();
    let mut rest = found.split_off(1).into_iter();
    let mut first = found.pop()?;
    let told = format!("the text holds {} errors: {}; this is about the first", names.len(), names.join(", "));
    first.evidence.insert(0, told);
    first.confidence *= FIRST;
    let left = 0.9 * (1.0 - first.confidence) / rest.len() as f64;
    first.alternatives = rest.by_ref().map(|one| (one.cause, left)).take(5).collect();
    Some(first)
}

/// Keeps the sum of the alternatives within what is left of certainty.
fn share(found: &mut Explanation) {
    let total: f64 = found.alternatives.iter().map(|(_, share)| share).sum();
    let left = 0.9 * (1.0 - found.confidence);
    found.alternatives.truncate(5);
    found.alternatives.iter_mut().filter(|_| total > left).for_each(|(_, share)| *share *= left / total);
}

/// The items of a list: `[1] …`, `1. …`, `- …`, `Attempt 2: …`. What stands below one is not looked at: it may be a sample
/// of a call, or the members of one error.
fn items(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| is_item(line)).collect()
}

fn is_item(line: &str) -> bool {
    let counted = |text: &str, after: &[char]| {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        (1..3).contains(&digits) && text[digits..].starts_with(after)
    };
    let lower = line.get(..8).unwrap_or_default().to_ascii_lowercase();
    let attempt = ["attempt ", "error ", "try "].iter().find_map(|word| lower.strip_prefix(word));
    let bullet = ["- ", "* ", "• "].iter().any(|bullet| line.starts_with(bullet));
    bullet
        || counted(line, &['.', ')']) && (line.contains(". ") || line.contains(") "))
        || line.strip_prefix(['[', '#', '(']).is_some_and(|rest| counted(rest, &[']', ':', ')', ' ']))
        || attempt.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// What each of several providers said: `groq: 413 …; openrouter: 402 …`, on one line or on several.
fn labelled(text: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    for line in text.split(['\n', ';', '|']) {
        let line = line.trim();
        // Words before the first: `fallback chain failed: groq: …`.
        let label = line.match_indices(": ").take(3).map(|(at, _)| line[..at].rsplit([' ', '(', '[']).next());
        if label.flatten().any(|label| !label.is_empty() && is_provider(&label.to_ascii_lowercase())) {
            parts.push(line);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use crate::explain::{Context, Explanation, explain};

    fn of(text: &str) -> Explanation {
        explain(text, &Context::default())
    }

    #[test]
    fn of_a_list_of_errors_the_first_is_told_and_all_are_named() {
        let found = of("[1] 429 insufficient_quota (openai)\n[2] 401 invalid x-api-key (anthropic)\n\
            [3] connect ECONNREFUSED 127.0.0.1:11434 (ollama)");

        assert_eq!(found.answer(), "insufficient_quota");
        assert_eq!(
            found.evidence[0],
            "the text holds 3 errors: 1. insufficient_quota, 2. key_invalid, 3. connection_refused_local; this is about \
             the first"
        );
        let others: Vec<&str> = found.alternatives.iter().map(|(cause, _)| cause.slug).collect();
        assert_eq!(others, ["key_invalid", "connection_refused_local"]);
        assert!(found.confidence < 0.85, "{}", found.confidence);
    }

    #[test]
    fn the_attempts_of_a_fallback_chain_are_each_named() {
        let found = of(
            "fallback chain failed: groq: 413 Request too large for model on tokens per minute (TPM): Limit \
            6000, Requested 9411; openrouter: 402 Insufficient credits; ollama: model 'llama3' not found, try pulling it first",
        );

        assert_eq!(found.answer(), "request_exceeds_tpm");
        assert!(found.evidence[0].contains("3 errors") && found.evidence[0].contains("model_not_pulled"), "{found:?}");
    }

    #[test]
    fn the_first_exception_counts_where_the_next_came_of_not_looking_at_it() {
        let found = of(
            "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, \
            please check your plan', 'type': 'insufficient_quota', 'code': 'insufficient_quota'}}\n\n\
            During handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  \
            File \"app.py\", line 9, in <module>\n    print(answer['choices'])\nKeyError: 'choices'",
        );

        assert_eq!(found.answer(), "insufficient_quota");
    }

    #[test]
    fn steps_and_the_same_error_again_are_one_error() {
        for text in [
            "Steps:\n1. install openai\n2. set the key\n3. run it\nopenai.AuthenticationError: Error code: 401 - Incorrect API \
             key provided: undefined",
            "Attempt 1: openai 429 insufficient_quota\nAttempt 2: openai 429 insufficient_quota",
            "1. Call it\ncurl https://api.openai.com/v1/models -H \"Authorization: Bearer <insert-key-here>\"\n2. It says\n\
             {\"error\":\"Model meta-llama/Llama-2-13b-chat is currently loading\",\"estimated_time\":20.0}",
        ] {
            let found = of(text);

            assert!(!found.evidence.iter().any(|line| line.contains("the text holds")), "{found:?}");
        }
    }
}

//! What demo traffic consists of: calls as applications send them, mistakes as they make them, and failures that they meet.
//!
//! In: a source of chance. Out: a [`Call`], without a key, and how it is meant to end. All models named are the sandbox's
//! own, so that nobody pays for a demonstration.

use fastrand::Rng;
use http::{HeaderName, HeaderValue};
use serde_json::{Value as Json, json};

use crate::cli::http::Call;

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Chat,
    Stream,
    SlowStream,
    Responses,
    Embeddings,
    Moderation,
    UnknownModel,
    BadBody,
    WrongKey,
    RateLimited,
    Unavailable,
    BrokenStream,
}

impl Kind {
    /// All of them, each with its share of a hundred.
    pub(super) const ALL: [(Self, u32); 12] = [
        (Self::Chat, 29),
        (Self::Stream, 26),
        (Self::SlowStream, 4),
        (Self::Responses, 10),
        (Self::Embeddings, 14),
        (Self::Moderation, 4),
        (Self::UnknownModel, 3),
        (Self::BadBody, 2),
        (Self::WrongKey, 1),
        (Self::RateLimited, 3),
        (Self::Unavailable, 2),
        (Self::BrokenStream, 2),
    ];

    /// One of them, by their shares.
    pub(super) fn drawn(random: &mut Rng) -> Self {
        let mut left = random.u32(0..Self::ALL.iter().map(|(_, share)| share).sum());
        for (kind, share) in Self::ALL {
            match left.checked_sub(share) {
                Some(rest) => left = rest,
                None => return kind,
            }
        }
        Self::Chat
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Stream => "chat, stream",
            Self::SlowStream => "chat, slow stream",
            Self::Responses => "responses",
            Self::Embeddings => "embeddings",
            Self::Moderation => "moderations",
            Self::UnknownModel => "unknown model",
            Self::BadBody => "mistyped body",
            Self::WrongKey => "wrong key",
            Self::RateLimited => "rate limit",
            Self::Unavailable => "unavailable",
            Self::BrokenStream => "broken stream",
        }
    }

    /// Whether it is meant to fail.
    pub(super) fn is_to_fail(self) -> bool {
        let mistakes = [Self::UnknownModel, Self::BadBody, Self::WrongKey];
        let failures = [Self::RateLimited, Self::Unavailable, Self::BrokenStream];
        mistakes.contains(&self) || failures.contains(&self)
    }

    /// A call of this kind. One with a wrong key brings it along; the others want one.
    pub(super) fn call(self, random: &mut Rng) -> Call {
        let text = question(random);
        let chat = |body: Json| Call::post_json("chat/completions", body.to_string());
        let messages = json!([{ "role": "system", "content": system(random) }, { "role": "user", "content": text }]);
        match self {
            Self::Chat => chat(json!({ "model": "sandbox", "messages": messages })),
            Self::Stream | Self::SlowStream => chat(json!({
                "model": if self == Self::Stream { "sandbox" } else { "sandbox-slow" },
                "messages": messages, "stream": true, "stream_options": { "include_usage": true },
            })),
            Self::Responses => Call::post_json("responses", json!({ "model": "sandbox", "input": text }).to_string()),
            Self::Embeddings => {
                let inputs: Vec<_> = (0..random.usize(1..8)).map(|_| question(random)).collect();
                Call::post_json("embeddings", json!({ "model": "sandbox-embedding", "input": inputs }).to_string())
            }
            Self::Moderation => {
                Call::post_json("moderations", json!({ "model": "sandbox-moderation", "input": text }).to_string())
            }
            Self::UnknownModel => chat(json!({ "model": "sandbx", "messages": messages })),
            Self::BadBody => chat(json!({ "model": "sandbox", "messages": text })),
            Self::WrongKey => chat(json!({ "model": "sandbox", "messages": messages })).bearer("sk-mistyped"),
            Self::RateLimited => {
                failing("rate_limit_requests", chat(json!({ "model": "sandbox", "messages": messages })))
            }
            Self::Unavailable => {
                failing("service_unavailable", chat(json!({ "model": "sandbox", "messages": messages })))
            }
            Self::BrokenStream => {
                failing("stream_interrupted", chat(json!({ "model": "sandbox", "messages": messages, "stream": true })))
            }
        }
    }
}

/// The same call, which the sandbox answers with this cause.
fn failing(cause: &'static str, call: Call) -> Call {
    call.header(HeaderName::from_static("x-sandbox-error"), HeaderValue::from_static(cause))
}

const SYSTEMS: [&str; 3] =
    ["You are a helpful assistant.", "Answer in one sentence.", "You help customers of a shop for bicycles."];

const QUESTIONS: [&str; 12] = [
    "What is the capital of Portugal?",
    "Summarise this ticket: the chain slips under load since the last service.",
    "Write a haiku about rate limits.",
    "Translate into French: the parcel arrives tomorrow.",
    "Which tyre fits a 28 inch wheel?",
    "Explain exponential back-off to a new colleague.",
    "Is a refund possible after 30 days?",
    "List three names for a cat that sleeps on keyboards.",
    "What does HTTP status 429 mean, and what should a client do?",
    "Rewrite politely: send me the invoice now.",
    "Give me a regular expression for a date such as 2026-11-21.",
    "How many spokes does a usual front wheel have?",
];

fn system(random: &mut Rng) -> &'static str {
    SYSTEMS[random.usize(0..SYSTEMS.len())]
}

fn question(random: &mut Rng) -> &'static str {
    QUESTIONS[random.usize(0..QUESTIONS.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_by_their_shares() {
        let mut random = Rng::with_seed(7);
        let drawn: Vec<_> = (0..10_000).map(|_| Kind::drawn(&mut random)).collect();

        for (kind, share) in Kind::ALL {
            let seen = drawn.iter().filter(|drawn| **drawn == kind).count();
            assert!(seen.abs_diff(share as usize * 100) < 200, "{kind:?} came {seen} times");
        }
    }
}

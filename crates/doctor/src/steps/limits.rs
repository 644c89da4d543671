//! What is left of the rate limits, and how long the parts took.

use std::time::Duration;

use super::completion::Completion;
use crate::call::Heard;
use crate::check::Check;
use crate::connect::short;
use crate::examine::{Api, Examination, Sight};
use crate::report::Latency;

/// Less than this share left is worth a word.
const LITTLE: f64 = 0.1;

/// Headers with a limit and what is left of it: what it is about, limit, rest.
const HEADERS: [(&str, &str, &str); 6] = [
    ("requests", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"),
    ("tokens", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens"),
    ("requests", "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining"),
    ("input tokens", "anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining"),
    ("output tokens", "anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining"),
    ("requests", "x-ratelimit-limit", "x-ratelimit-remaining"),
];

/// Tells both.
pub(crate) fn look(ex: &mut Examination<'_>, api: &Api, completion: &Completion, first_token: Option<Duration>) {
    ex.begin(Check::RateLimits);
    let heard = completion.heard.as_ref().unwrap_or(&api.unasked);
    ex.put(headroom(heard));
    let times = heard.times;
    let latency = Latency {
        dns: api.way.dns,
        connect: times.connect,
        tls: times.tls,
        first_byte: times.first_byte,
        first_token,
        whole: api.way.dns + times.connect + times.tls + times.answer,
    };
    ex.report.latency = Some(latency);
    let token = first_token.map_or_else(String::new, |time| format!(", first token {}", short(time)));
    ex.put(Sight::fine(
        Check::Latency,
        format!(
            "DNS {}, connect {}, TLS {}, first byte {}{token}",
            short(latency.dns),
            short(latency.connect),
            if api.base().is_tls() { short(latency.tls) } else { "none".to_owned() },
            short(latency.first_byte),
        ),
    ));
}

fn headroom(heard: &Heard) -> Sight {
    let number = |name: &str| heard.header(name)?.trim().parse::<f64>().ok();
    let found: Vec<(&str, f64, f64)> = HEADERS
        .iter()
        .filter_map(|(what, limit, rest)| Some((*what, number(limit)?, number(rest)?)))
        .filter(|(_, limit, _)| *limit > 0.0)
        .collect();
    let words: Vec<String> = found.iter().map(|(what, limit, rest)| format!("{rest} of {limit} {what}")).collect();
    match found.iter().find(|(_, limit, rest)| rest / limit < LITTLE) {
        _ if found.is_empty() => Sight::passed_over(Check::RateLimits, "the server tells none"),
        Some((what, ..)) => {
            Sight::note(Check::RateLimits, format!("little is left of the limit of {what}")).evidences(words)
        }
        None => Sight::fine(Check::RateLimits, format!("left: {}", words.join(", "))),
    }
}

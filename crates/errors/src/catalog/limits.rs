//! Causes in rate limits, quota and budgets, ours and the provider's.

use super::sentences::QUOTA_WITH_LINK;
use crate::cause::{Party, Retry, Wire};

causes! {
    Limits:

    RATE_LIMIT_REQUESTS {
        slug: "rate_limit_requests",
        title: "Too many requests per minute",
        party: Party::Caller,
        retry: Retry::Yes,
        wire: Wire::new(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model} in organization {organization} on requests per min (RPM): Limit {limit}, \
                Used {used}, Requested {requested}. Please try again in {delay}. Visit {docs} to learn more.",
        ),
        explanation: "The requests-per-minute limit[[ of {subject}]] is used up.",
        remedy: "Wait [[{delay}||as long as the retry-after header says]], then send fewer calls at a time, with \
            exponential back-off and jitter.",
        reasons: &[
            "Many workers share the limit",
            "Failed calls are repeated at once and add to the load",
            "The limit is low for this use",
        ],
        checks: &[
            "Read x-ratelimit-limit-requests, x-ratelimit-remaining-requests and retry-after",
            "Count the calls of the last minute by key on the usage page",
        ],
        remedies: &[
            "Queue the calls and limit how many run at once",
            "Batch several inputs into one call",
            "Ask for a higher limit",
        ],
        related: &["rate_limit_tokens", "concurrency_limit", "upstream_rate_limited"],
    }

    RATE_LIMIT_TOKENS {
        slug: "rate_limit_tokens",
        title: "Too many tokens per minute",
        party: Party::Caller,
        retry: Retry::Yes,
        wire: Wire::new(
            429,
            "tokens",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model} in organization {organization} on tokens per min (TPM): Limit {limit}, \
                Used {used}, Requested {requested}. Please try again in {delay}. Visit {docs} to learn more.",
        ),
        explanation: "The tokens-per-minute limit[[ of {subject}]] has no room for this request at the moment.",
        remedy: "Wait [[{delay}||as long as the retry-after header says]], and lower the prompt or the output ceiling \
            if it happens often.",
        reasons: &[
            "Long prompts, or an output ceiling far above what is used: both count",
            "Many workers share the limit",
        ],
        checks: &[
            "Read x-ratelimit-remaining-tokens and x-ratelimit-reset-tokens",
            "Compare the output ceiling with the usual length of an answer",
        ],
        remedies: &[
            "Lower max_tokens or max_completion_tokens",
            "Shorten the prompt",
            "Spread the load",
            "Ask for a higher limit",
        ],
        related: &["rate_limit_requests", "request_exceeds_tpm", "upstream_rate_limited"],
    }

    RATE_LIMIT_DAILY {
        slug: "rate_limit_daily",
        title: "The daily limit is reached",
        party: Party::Caller,
        retry: Retry::No,
        wire: Wire::new(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model} in organization {organization} on requests per day (RPD): Limit {limit}, \
                Used {used}, Requested {requested}. Please try again in {delay}. Visit {docs} to learn more.",
        ),
        explanation: "The limit per day[[ of {subject}]] is used up[[ until {date}]].",
        remedy: "Wait for the daily reset or ask for a higher limit; short retries do not help.",
        reasons: &["The day's calls or tokens are used up", "A loop repeated failing calls"],
        checks: &["Look at the day's usage by key on the usage page"],
        remedies: &["Wait for the reset", "Ask for a higher limit", "Use another model"],
        related: &["rate_limit_requests", "insufficient_quota"],
    }

    REQUEST_EXCEEDS_TPM {
        slug: "request_exceeds_tpm",
        title: "One request alone is larger than the limit per minute",
        party: Party::Caller,
        retry: Retry::No,
        wire: Wire::new(
            429,
            "tokens",
            Some("rate_limit_exceeded"),
            "Request too large for {model} in organization {organization} on tokens per min (TPM): Limit {limit}, \
                Requested {requested}. The input or output tokens must be reduced in order to run successfully. Visit \
                {docs} to learn more.",
        ),
        explanation: "This single request needs more tokens than the limit[[ of {subject}]] allows in a whole minute, \
            so it can never pass.",
        remedy: "Shorten or split the prompt, lower the output ceiling, or ask for a higher limit; repeating does not \
            help.",
        reasons: &["Prompt and output ceiling together exceed the tokens per minute"],
        checks: &["Compare Requested with Limit in the message", "Count the prompt's tokens"],
        remedies: &["Split the input", "Lower max_tokens or max_completion_tokens", "Ask for a higher limit"],
        related: &["rate_limit_tokens", "context_length_exceeded"],
    }

    CONCURRENCY_LIMIT {
        slug: "concurrency_limit",
        title: "Too many requests at the same time",
        party: Party::Caller,
        retry: Retry::Yes,
        wire: Wire::new(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model} in organization {organization} on concurrent requests: Limit {limit}, Used \
                {used}, Requested {requested}. Please try again in {delay}. Visit {docs} to learn more.",
        ),
        explanation: "As many requests[[ of {subject}]] are running as may run at once.",
        remedy: "Limit how many calls your program runs in parallel, and queue the rest.",
        reasons: &[
            "More workers than the limit",
            "Long streams hold their places",
            "Aborted clients did not close their connections",
        ],
        checks: &["Count the calls in flight", "Look at the parallel limit on the keys page"],
        remedies: &["Use a semaphore or a queue", "Ask for a higher limit"],
        related: &["rate_limit_requests", "gateway_overloaded"],
    }

    UPSTREAM_RATE_LIMITED {
        slug: "upstream_rate_limited",
        title: "The provider limits this gateway's rate",
        party: Party::Provider,
        retry: Retry::Yes,
        wire: Wire::new(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model}. Please try again in {delay}. Visit {docs} to learn more.",
        ),
        explanation: "[[{provider}||The provider]] refused the call because of its own rate limit, which all users of \
            this gateway share.",
        remedy: "Wait [[{delay}||a moment]] and try again with exponential back-off, or use another model.",
        reasons: &[
            "Several keys of this gateway use the same provider account",
            "The provider is short of capacity for this model",
        ],
        checks: &[
            "Look at the model's provider errors on the status page",
            "Look at the limits in the provider's own dashboard",
        ],
        remedies: &["Repeat later", "Let the operator add a deployment or raise the limit at the provider"],
        related: &["rate_limit_requests", "rate_limit_tokens", "provider_overloaded"],
    }

    INSUFFICIENT_QUOTA {
        slug: "insufficient_quota",
        title: "There is no quota left",
        party: Party::Caller,
        retry: Retry::No,
        wire: Wire::new(429, "insufficient_quota", Some("insufficient_quota"), QUOTA_WITH_LINK),
        explanation: "The spend limit or balance[[ of {subject}]] is used up[[: {used} of {limit}]].",
        remedy: "Raise the budget or add credit, or wait for the next period[[ on {date}]]; repeating does not help.",
        reasons: &[
            "The month's budget is spent",
            "The prepaid balance is empty",
            "The provider's account behind this gateway has no credit left",
        ],
        checks: &[
            "Look at budget and spend on the usage page",
            "Look which organization and project the key belongs to",
        ],
        remedies: &["Raise the budget", "Add credit", "Use a cheaper model or a lower output ceiling"],
        related: &["rate_limit_daily", "rate_limit_requests"],
    }
}

//! Causes in rate limits, quota and budgets, ours and the provider's.

use super::sentences::QUOTA_WITH_LINK;
use super::wires;
use crate::cause::{Party, Retry, Wire};

causes! {
    Limits:

    RATE_LIMIT_REQUESTS {
        slug: "rate_limit_requests",
        title: "Too many requests per minute",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[429, 403],
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
            "Count the calls of the last minutes by key with `tollgate usage --by minute,key`",
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
        statuses: &[429],
        wire: Wire::new(
            429,
            "tokens",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model} in organization {organization} on tokens per min (TPM): Limit {limit}, \
                Used {used}, Requested {requested}. Please try again in {delay}. Visit {docs} to learn more.",
        ),
        explanation: "The tokens-per-minute limit[[ of {subject}]] has no room for this request at the moment.",
        remedy: "Wait [[{delay}||as long as the retry-after header says]], and shorten the prompt or the output limit \
            (`max_tokens`) if it happens often.",
        reasons: &[
            "Long prompts, or an output limit far above what is used: both count",
            "Many workers share the limit",
        ],
        checks: &[
            "Read x-ratelimit-remaining-tokens and x-ratelimit-reset-tokens",
            "Compare the output limit with the usual length of an answer",
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
        statuses: &[429],
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
        checks: &["Add up the day's calls and tokens of the key with `tollgate usage --by day,key`"],
        remedies: &["Wait for the reset", "Ask for a higher limit", "Use another model"],
        related: &["rate_limit_requests", "insufficient_quota"],
    }

    REQUEST_EXCEEDS_TPM {
        slug: "request_exceeds_tpm",
        title: "One request alone is larger than the limit per minute",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[429, 413],
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
        remedy: "Shorten or split the prompt, lower the output limit (`max_tokens`), or ask for a higher rate limit; \
            repeating does not help.",
        reasons: &["Prompt and output limit together exceed the tokens per minute"],
        checks: &["Compare Requested with Limit in the message", "Count the prompt's tokens"],
        remedies: &["Split the input", "Lower max_tokens or max_completion_tokens", "Ask for a higher limit"],
        related: &["rate_limit_tokens", "context_length_exceeded"],
    }

    CONCURRENCY_LIMIT {
        slug: "concurrency_limit",
        title: "Too many requests at the same time",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[429],
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
        checks: &["Count the calls that your program has open at the same time"],
        remedies: &["Let at most so many calls run and queue the rest", "Ask for a higher limit"],
        related: &["rate_limit_requests", "gateway_overloaded"],
    }

    UPSTREAM_RATE_LIMITED {
        slug: "upstream_rate_limited",
        title: "The provider limits this gateway's rate",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[429],
        wire: Wire::new(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model}. Please try again in {delay}. Visit {docs} to learn more.",
        ),
        explanation: "[[{provider}||The provider]] limits how much the account of this gateway may send per minute; \
            all users of this gateway share that limit, and it is used up.",
        remedy: "Wait [[{delay}||a moment]] and try again with exponential back-off, or use another model; the \
            operator of this gateway can ask the provider for a higher limit.",
        reasons: &[
            "Several keys of this gateway use the same provider account",
            "The provider is short of capacity for this model",
        ],
        checks: &[
            "Read in the provider's message which limit it is: requests (RPM) or tokens (TPM) per minute",
            "Look at the account's limits in the provider's dashboard",
        ],
        remedies: &["Repeat later", "Let the operator add a deployment or raise the limit at the provider"],
        related: &["upstream_daily_limit", "upstream_request_exceeds_tpm", "provider_overloaded", "rate_limit_requests"],
    }

    UPSTREAM_DAILY_LIMIT {
        slug: "upstream_daily_limit",
        title: "The gateway's daily limit at the provider is reached",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[429],
        wire: Wire::new(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model}. Visit {docs} to learn more.",
        ),
        explanation: "[[{provider}||The provider]] limits how much the account of this gateway may send per day; all \
            users of this gateway share that limit, and it is used up.",
        remedy: "Use another model, or wait for the daily reset; the operator of this gateway can ask the provider for \
            a higher limit, and short retries do not help.",
        reasons: &["The day's requests or tokens of the provider account are used up", "A loop repeated failing calls"],
        checks: &["Look at the account's limits and usage in the provider's dashboard"],
        remedies: &[
            "Use a model of another provider",
            "Raise the limit at the provider",
            "Add a deployment with another account",
        ],
        related: &["upstream_rate_limited", "upstream_quota_exhausted", "rate_limit_daily"],
    }

    UPSTREAM_REQUEST_EXCEEDS_TPM {
        slug: "upstream_request_exceeds_tpm",
        title: "The request alone is larger than the gateway's limit per minute at the provider",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[429],
        wire: Wire::new(
            429,
            "tokens",
            Some("rate_limit_exceeded"),
            "Request too large for {model}. The input or output tokens must be reduced in order to run successfully. \
                Visit {docs} to learn more.",
        ),
        explanation: "This single request needs more tokens than [[{provider}||the provider]] lets the account of this \
            gateway use in a whole minute, so it can never pass.",
        remedy: "Shorten or split the prompt, lower the output limit (`max_tokens`), or ask the operator of this \
            gateway to have the limit raised at the provider; repeating does not help.",
        reasons: &["Prompt and output limit together exceed the tokens per minute of the provider account"],
        checks: &["Compare Requested with Limit in the provider's message"],
        remedies: &[
            "Split the input",
            "Lower max_tokens or max_completion_tokens",
            "Raise the account's limit at the provider",
        ],
        related: &["upstream_rate_limited", "context_length_exceeded", "request_exceeds_tpm"],
    }

    UPSTREAM_QUOTA_EXHAUSTED {
        slug: "upstream_quota_exhausted",
        title: "The gateway's account at the provider has no quota left",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[429],
        wire: Wire::new(429, "insufficient_quota", Some("insufficient_quota"), QUOTA_WITH_LINK),
        explanation: "The account that this gateway has at [[{provider}||the provider]] has used up its credit or its \
            spend limit; your own key is not the reason.",
        remedy: "Use a model of another provider, and ask the operator of this gateway to add credit or raise the \
            spend limit at the provider; repeating does not help.",
        reasons: &[
            "The prepaid balance of the provider account is empty",
            "The account, or its project at the provider, has reached its spend limit",
            "Billing of the account is not active",
        ],
        checks: &["Look at credit, spend limit and billing in the provider's dashboard"],
        remedies: &[
            "Add credit or raise the spend limit at the provider",
            "Use a model of another provider",
            "Add a deployment with another account",
        ],
        related: &["upstream_daily_limit", "upstream_rate_limited", "insufficient_quota"],
    }

    INSUFFICIENT_QUOTA {
        slug: "insufficient_quota",
        title: "Your quota is used up",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[429, 402, 403],
        wire: Wire::new(429, "insufficient_quota", Some("insufficient_quota"), QUOTA_WITH_LINK),
        explanation: "The spend limit or balance[[ of {subject}]] is used up[[: {used} of {limit}]].",
        remedy: "Raise the budget or add credit, or wait for the next period[[ on {date}]]; repeating does not help.",
        reasons: &[
            "The month's budget is spent",
            "The prepaid balance is empty",
        ],
        checks: &["Look with `tollgate keys show` which organization and project the key belongs to"],
        remedies: &["Raise the budget", "Add credit", "Use a cheaper model or a lower output limit"],
        related: &["rate_limit_daily", "upstream_quota_exhausted"],
    }

    CREDITS_EXHAUSTED {
        slug: "credits_exhausted",
        title: "The prepaid balance is empty",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[429, 402, 400],
        wire: wires::CREDIT_BALANCE_EXHAUSTED,
        explanation: "The prepaid credit[[ of {subject}]] is used up.",
        remedy: "Add credit to the account that the key belongs to; repeating does not help.",
        reasons: &["The prepaid credit is used up", "The key belongs to another account than the one with credit"],
        checks: &["Look at the balance of the account that owns the key"],
        remedies: &["Add credit", "Use a key of the account that has credit", "Use a cheaper model"],
        related: &["insufficient_quota", "billing_not_active"],
    }

    BILLING_NOT_ACTIVE {
        slug: "billing_not_active",
        title: "Billing of the account is not active",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[429, 400, 402],
        wire: Wire::new(
            429,
            "billing_not_active",
            Some("billing_not_active"),
            "Your account is not active, please check your billing details on our website.",
        ),
        explanation: "The account[[ of {subject}]] cannot be billed at the moment, or has reached a hard limit of its \
            billing.",
        remedy: "Look at the account's billing page, pay what is open or raise the limit; repeating does not help.",
        reasons: &["An invoice is unpaid", "The card has expired", "The billing hard limit is reached"],
        checks: &["Open the billing page of the account that owns the key"],
        remedies: &["Pay the invoice or change the card", "Raise the hard limit"],
        related: &["insufficient_quota", "credits_exhausted"],
    }
}

//! Causes in rate limits, quota and budgets, ours and the provider's.

use super::sentences::QUOTA_WITH_LINK;
use super::snippets;
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
            "Many workers or users share the limit of requests per minute (RPM)",
            "Failed calls are repeated at once and add to the load",
            "The limit of the tier is low for this use; some providers count per second",
            "An agent makes many small calls for one task",
        ],
        checks: &[
            "Read x-ratelimit-limit-requests, x-ratelimit-remaining-requests and retry-after",
            "Count the calls of the last minutes; here by key with `tollgate usage --by minute,key`",
        ],
        remedies: &[
            "Wait as retry-after says, then retry with exponential back-off and jitter: `max_retries` of the \
                SDK does that",
            "Slow down: queue the requests and limit how many run at once",
            "Batch several inputs into one call, or use the Batch API",
            "Raise the tier, or ask for a higher limit",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE, snippets::LIMIT_PYTHON],
        retry_advice: "Repeating it helps after the time in retry-after, with exponential back-off and jitter.",
        recognised: "The message names requests per minute (RPM) or per second, or the type is requests.",
        example: "Rate limit reached for gpt-4o-mini in organization org-demo on requests per min (RPM): Limit 500, \
            Used 500, Requested 1. Please try again in 120ms.",
        related: &[
            "rate_limit_tokens",
            "concurrency_limit",
            "upstream_rate_limited",
            "rate_limit_daily",
            "rate_limit_images",
            "quota_exhausted_ambiguous",
        ],
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
            "Long prompts, or an output limit far above what is used: both count as tokens per minute (TPM)",
            "Many workers share the limit, or calls come in a burst",
            "The limit of the tier is low for prompts of this size",
        ],
        checks: &[
            "Read x-ratelimit-remaining-tokens and x-ratelimit-reset-tokens (Anthropic: \
                anthropic-ratelimit-…-tokens-remaining)",
            "Compare Limit, Used and Requested in the message",
            "Compare the output limit with the usual length of an answer",
        ],
        remedies: &[
            "Wait as the message or retry-after says, then retry with exponential back-off and jitter",
            "Lower max_tokens or max_completion_tokens to what is really needed",
            "Shorten or trim the prompt, cache its fixed part, spread the load over time",
            "Raise the tier, or ask for a higher token limit",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE, snippets::TRIM_PYTHON],
        retry_advice: "Repeating it helps after the time in retry-after, with exponential back-off and jitter.",
        recognised: "The message names tokens per minute (TPM), and one request fits into the limit (Requested is \
            below Limit).",
        example: "Rate limit reached for gpt-4o in organization org-demo on tokens per min (TPM): Limit 30000, Used \
            28928, Requested 2159. Please try again in 174ms.",
        related: &[
            "rate_limit_requests",
            "request_exceeds_tpm",
            "upstream_rate_limited",
            "batch_input_invalid",
            "rate_limit_images",
        ],
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
        reasons: &[
            "The day's requests (RPD) or tokens (TPD) are used up",
            "A loop repeated failing calls",
            "A free or first tier has a small daily limit",
        ],
        checks: &[
            "Read the limit in the message: per day, RPD, TPD; and how long it says to wait",
            "Add up the day's calls and tokens; here of the key with `tollgate usage --by day,key`",
        ],
        remedies: &[
            "Wait for the daily reset, or for the time that the message names",
            "Raise the tier (billing) or ask for a higher limit",
            "Use another model, whose limit is its own",
        ],
        retry_advice: "Repeating it does not help before the daily reset: wait hours, not seconds.",
        recognised: "The message names a limit per day (RPD, TPD), or a wait of minutes to hours.",
        example: "Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_demo` on tokens per day \
            (TPD): Limit 100000, Used 99780, Requested 812. Please try again in 8m31.4s.",
        related: &["rate_limit_requests", "insufficient_quota", "upstream_daily_limit", "rate_limit_free_tier"],
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
        reasons: &[
            "Prompt and output limit together exceed the tokens per minute (TPM) of the account",
            "A framework or agent puts whole files, histories or tool lists into one request",
            "The tier's limit for this model is lower than its context window",
        ],
        checks: &[
            "Compare Requested with Limit in the message: Requested is the larger one",
            "Count the prompt's tokens, tools and images among them",
        ],
        remedies: &[
            "Reduce the request: shorten, trim or split the input, drop tools that are not needed",
            "Lower max_tokens or max_completion_tokens, which count as well",
            "Raise the tier or ask for a higher limit, or use a model or provider with a larger one",
        ],
        snippets: &[snippets::TRIM_PYTHON],
        retry_advice: "Repeating it never helps: the request is larger than a whole minute's limit, so reduce it.",
        recognised: "Requested is larger than Limit in a message about tokens per minute (429, or 413 at Groq).",
        example: "Request too large for gpt-4o in organization org-demo on tokens per min (TPM): Limit 30000, \
            Requested 35012. The input or output tokens must be reduced in order to run successfully.",
        related: &["rate_limit_tokens", "context_length_exceeded", "upstream_request_exceeds_tpm"],
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
        checks: &[
            "Count the parallel calls that your program has open at the same time",
            "Look for streams that are neither read to their end nor closed",
        ],
        remedies: &[
            "Limit the concurrency and queue the rest (a semaphore, p-limit)",
            "Retry with exponential back-off and jitter",
            "Close streams that are no longer read",
            "Ask for a higher limit",
        ],
        snippets: &[snippets::LIMIT_PYTHON, snippets::LIMIT_NODE],
        retry_advice: "Repeating it helps once a running call has ended.",
        recognised: "The message speaks of concurrent or simultaneous requests, parallel sessions or too many open \
            streams.",
        example: "{\"error\":{\"message\":\"Rate limit reached: maximum concurrent requests: \
            8\",\"type\":\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}",
        related: &["rate_limit_requests", "gateway_overloaded", "run_in_progress"],
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
        explanation: "[[{provider}||The provider]] limits how much the account of [[{account}||this gateway]] may send \
            per minute; all users of [[{account}||this gateway]] share that limit, and it is used up.",
        remedy: "Wait [[{delay}||a moment]] and try again with exponential back-off, or use another model; \
            [[an owner of {account}||the operator of this gateway]] can ask the provider for a higher limit.",
        reasons: &[
            "Several users or keys share one provider account, and its rate limit is used up",
            "The provider is short of capacity for this model; free and shared pools are limited first (OpenRouter: \
                `rate-limited upstream`)",
            "A burst of calls, or retries without a pause",
        ],
        checks: &[
            "Read in the provider's message which limit it is: requests (RPM) or tokens (TPM) per minute",
            "Look at the account's limits in the provider's dashboard",
            "Read retry-after, and which provider the wrapper names (OpenRouter: metadata.provider_name)",
        ],
        remedies: &[
            "Wait and retry with exponential back-off and jitter",
            "Use another model or provider; with OpenRouter add your own key of the provider (BYOK) for a limit of \
                your own",
            "Let the operator of a gateway add a deployment, or raise the limit at the provider",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps after the time in retry-after, with exponential back-off and jitter.",
        recognised: "A router or gateway passes on that the provider behind it limits the rate.",
        example: "{\"error\":{\"message\":\"Provider returned \
            error\",\"code\":429,\"metadata\":{\"raw\":\"deepseek/deepseek-chat:free is temporarily rate-limited \
            upstream. Please retry shortly.\",\"provider_name\":\"Chutes\"}}}",
        related: &[
            "upstream_daily_limit",
            "upstream_request_exceeds_tpm",
            "provider_overloaded",
            "rate_limit_requests",
            "rate_limit_tokens",
            "upstream_quota_exhausted",
        ],
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
        explanation: "[[{provider}||The provider]] limits how much the account of [[{account}||this gateway]] may send \
            per day; all users of [[{account}||this gateway]] share that limit, and it is used up.",
        remedy: "Use another model, or wait for the daily reset; [[an owner of {account}||the operator of this gateway]] \
            can ask the provider for a higher limit, and short retries do not help.",
        reasons: &["The day's requests or tokens of the provider account are used up", "A loop repeated failing calls"],
        checks: &["Look at the account's limits and usage in the provider's dashboard"],
        remedies: &[
            "Use a model of another provider",
            "Raise the limit at the provider",
            "Add a deployment with another account",
        ],
        retry_advice: "Repeating it does not help before the daily reset.",
        recognised: "The provider behind this gateway names a limit per day.",
        example: "Rate limit reached for gpt-4o on requests per day (RPD): Limit 200, Used 200, Requested 1.",
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
        snippets: &[snippets::TRIM_PYTHON],
        retry_advice: "Repeating it never helps: reduce the request.",
        recognised: "The provider behind this gateway says that one request exceeds its tokens per minute.",
        example: "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 35012.",
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
        retry_advice: "Repeating it does not help: the operator has to add credit or raise the limit.",
        recognised: "The provider behind this gateway says that its account has no quota, credit or budget left.",
        example: "You exceeded your current quota, please check your plan and billing details.",
        related: &["upstream_daily_limit", "upstream_rate_limited", "insufficient_quota"],
    }

    OWN_QUOTA_EXHAUSTED {
        slug: "own_quota_exhausted",
        title: "The organization's own account at the provider has no quota left",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[429],
        wire: Wire::new(429, "insufficient_quota", Some("insufficient_quota"), QUOTA_WITH_LINK),
        explanation: "Calls of your organization to [[{provider}||the provider]] are made on its own account there, which \
            has used up its credit or its spend limit.",
        remedy: "Add credit or raise the spend limit at the provider, or let an owner of your organization delete its \
            credential, so that calls are made on this gateway's account; repeating does not help.",
        reasons: &[
            "The prepaid balance of the organization's account at the provider is empty",
            "That account, or its project at the provider, has reached its spend limit",
            "Billing of that account is not active",
        ],
        checks: &[
            "Look at credit, spend limit and billing in the provider's dashboard, with the organization's own account",
            "Look which providers are asked so: GET /v1/tollgate/provider_credentials",
        ],
        remedies: &[
            "Add credit or raise the spend limit at the provider",
            "Set a credential of an account with credit",
            "Delete the organization's credential, or use a model of another provider",
        ],
        retry_advice: "Repeating it does not help: the account needs credit first.",
        recognised: "The provider behind this gateway says that the account whose credential the caller's organization \
            has set has no quota, credit or budget left.",
        example: "You exceeded your current quota, please check your plan and billing details.",
        related: &["upstream_quota_exhausted", "own_credential_rejected", "insufficient_quota"],
    }

    INSUFFICIENT_QUOTA {
        slug: "insufficient_quota",
        title: "The quota is used up",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[429, 402, 403],
        wire: Wire::new(429, "insufficient_quota", Some("insufficient_quota"), QUOTA_WITH_LINK),
        explanation: "The spend limit or balance[[ of {subject}]] is used up[[: {used} of {limit}]].",
        remedy: "Raise the budget or add credit, or wait for the next period[[ on {date}]]; repeating does not help.",
        reasons: &[
            "The prepaid credit is used up, has expired, or was never bought: an API account needs billing of its own, \
                a ChatGPT subscription does not include it",
            "The monthly budget or spend limit of the organization, project or key is reached",
            "The key belongs to another organization or project than the one with credit",
            "Credit was added minutes ago and has not taken effect",
        ],
        checks: &[
            "Look at billing and usage of the organization and project that own the key (platform.openai.com, \
                Settings, Billing and Limits)",
            "Look which organization and project the key belongs to; here with `tollgate keys show`",
        ],
        remedies: &[
            "Add credit or a payment method in billing, then wait some minutes",
            "Raise the monthly budget or spend limit of organization, project or key",
            "Use a key of the account that has credit, or a cheaper model; retrying does not help",
        ],
        retry_advice: "Repeating it does not help: add credit or raise the budget first.",
        recognised: "The code or type is insufficient_quota, or the message says `exceeded your current quota`.",
        example: "{\"error\":{\"message\":\"You exceeded your current quota, please check your plan and billing \
            details.\",\"type\":\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}",
        related: &[
            "rate_limit_daily",
            "upstream_quota_exhausted",
            "credits_exhausted",
            "billing_not_active",
            "credits_below_max_tokens",
            "rate_limit_free_tier",
        ],
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
        reasons: &[
            "The prepaid credit is used up or has expired",
            "The key belongs to another account or workspace than the one with credit",
            "A trial's credit ended",
        ],
        checks: &[
            "Look at the balance of the account that owns the key (console.anthropic.com, platform.deepseek.com, \
                openrouter.ai/credits)",
            "Look at auto-reload and its limit",
        ],
        remedies: &[
            "Add credit (top up the balance), and switch auto-reload on",
            "Use a key of the account that has credit",
            "Use a cheaper or free model",
        ],
        retry_advice: "Repeating it does not help: add credit first.",
        recognised: "The message says that the credit balance is too low, or Insufficient Balance.",
        example: "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Your credit balance \
            is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.\"}}",
        related: &["insufficient_quota", "billing_not_active", "credits_below_max_tokens", "rate_limit_free_tier"],
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
        reasons: &[
            "An invoice is unpaid: the account is overdue, or its balance is below zero (Alibaba: `Arrearage`)",
            "The card has expired or was refused",
            "The billing hard limit is reached",
            "Billing was never set up, or the cloud project has no billing account",
        ],
        checks: &[
            "Open the billing page of the account that owns the key",
            "Google: `gcloud billing projects describe PROJECT`",
        ],
        remedies: &[
            "Pay the invoice or change the card, then wait some minutes",
            "Raise the hard limit",
            "Link a billing account to the project",
        ],
        retry_advice: "Repeating it does not help: put billing in order first.",
        recognised: "The code is billing_not_active or billing_hard_limit_reached, or the message says that the \
            account is not active.",
        example: "{\"error\":{\"message\":\"Your account is not active, please check your billing details on our \
            website.\",\"type\":\"billing_not_active\",\"param\":null,\"code\":\"billing_not_active\"}}",
        related: &["insufficient_quota", "credits_exhausted", "account_deactivated"],
    }
}

//! Causes in money and allowances that have rules of their own: reserves, free tiers, budgets of a gateway in between.

use super::snippets;
use crate::cause::{Party, Retry, Wire};

causes! {
    Limits:

    CREDITS_BELOW_MAX_TOKENS {
        slug: "credits_below_max_tokens",
        title: "The balance does not cover max_tokens",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[402, 400, 403],
        wire: Wire::new(
            402,
            "insufficient_quota",
            Some("402"),
            "This request requires more credits, or fewer max_tokens. You requested up to {requested} tokens, but can only \
                afford {limit}.",
        ),
        explanation: "The provider sets the price of the whole output limit aside before it starts, and the balance is \
            smaller[[: it covers {limit} tokens and {requested} were asked for]].",
        remedy: "Lower `max_tokens` below what the balance covers, add credit, or raise the key's own spending limit.",
        reasons: &[
            "The provider (OpenRouter) reserves the price of max_tokens before the call",
            "The client leaves max_tokens out, and the model's maximum (64,000 tokens, say) is reserved",
            "The key has a spending limit of its own, below the account's balance",
            "A free account allows small outputs only",
        ],
        checks: &[
            "Compare max_tokens with the affordable amount in the message",
            "Look at credit and key limit: GET https://openrouter.ai/api/v1/key, and /api/v1/credits",
        ],
        remedies: &[
            "Send a lower max_tokens, such as 1000",
            "Add credit, or raise the key's limit",
            "Shorten the prompt, or use a cheaper model",
        ],
        retry_advice: "Repeating it unchanged does not help: lower max_tokens, or add credit.",
        recognised: "The message says that the request requires more credits, or fewer max_tokens.",
        example: "{\"error\":{\"message\":\"This request requires more credits, or fewer max_tokens. You requested up \
            to 64000 tokens, but can only afford 1210.\",\"code\":402}}",
        related: &["credits_exhausted", "insufficient_quota", "max_tokens_too_large", "gateway_budget_exceeded"],
    }

    RATE_LIMIT_IMAGES {
        slug: "rate_limit_images",
        title: "Too many images per minute",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[429],
        wire: Wire::new(
            429,
            "input_images",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model} in organization {organization} on input-images per min: Limit {limit}, Used \
                {used}, Requested {requested}. Please try again in {delay}. Visit {docs} to learn more.",
        ),
        explanation: "Images have a limit per minute of their own, and it is used up.",
        remedy: "Wait [[{delay}||as long as the retry-after header says]], and send images one after the other.",
        reasons: &[
            "Image models allow few images per minute, a handful in the lowest tiers",
            "`n` asks for several images at once, and each counts",
            "Several workers share the limit",
        ],
        checks: &[
            "Read the limit in the message: images per min, input-images per min",
            "Look at the tier's limits page",
        ],
        remedies: &[
            "Queue image calls and wait with exponential back-off before a retry",
            "Lower `n`, send fewer images per request",
            "Raise the tier, or ask for a higher limit (images per minute)",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps after the time in the message, with back-off.",
        recognised: "The message names images per minute.",
        example: "Rate limit reached for gpt-image-1 in organization org-demo on input-images per min: Limit 5, Used \
            5, Requested 1. Please try again in 12s.",
        related: &["rate_limit_requests", "rate_limit_tokens", "upstream_rate_limited"],
    }

    RATE_LIMIT_FREE_TIER {
        slug: "rate_limit_free_tier",
        title: "The free tier's allowance is used up or does not exist for this model",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[429, 402, 403],
        wire: Wire::new(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit exceeded: free tier requests per day. Limit {limit}.",
        ),
        explanation: "The account uses free calls, and the day's allowance is used up or is zero for this model.",
        remedy: "Enable billing or buy credits, wait for the daily reset, or use a model that has a free tier.",
        reasons: &[
            "Free models have small allowances per minute and day (OpenRouter: 50 a day for `:free` models, 1000 once \
                credits were bought)",
            "The limit is zero for this model without billing (`limit: 0`, `free_tier` in Gemini's quota metric)",
            "The key's project has no billing account, although another project has one",
            "Hugging Face's monthly included credits are used up",
        ],
        checks: &[
            "Read quotaId or the metric in the message: FreeTier, PerDay, PerMinute",
            "Look at the usage page and at the plan of the key's own project",
        ],
        remedies: &[
            "Enable billing for the project of the key (Gemini: Google AI Studio, Set up billing), or buy credits",
            "Wait for the daily reset (midnight Pacific time at Google, 00:00 UTC at OpenRouter)",
            "Use another model that has a free tier, or the paid variant without `:free`",
            "Send fewer requests: cache answers, lower the number of agents' steps",
        ],
        retry_advice: "Repeating it does not help before the daily reset; where the limit is zero, never.",
        recognised: "The quota's name says FreeTier, free-models-per-day, or the limit is 0.",
        example: "{\"error\":{\"code\":429,\"message\":\"You exceeded your current quota. Quota exceeded for metric: \
            generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: \
            50\",\"status\":\"RESOURCE_EXHAUSTED\"}}",
        related: &["rate_limit_daily", "insufficient_quota", "credits_exhausted", "quota_exhausted_ambiguous"],
    }

    QUOTA_EXHAUSTED_AMBIGUOUS {
        slug: "quota_exhausted_ambiguous",
        title: "A resource is exhausted, without detail",
        party: Party::Provider,
        retry: Retry::Depends,
        statuses: &[429],
        wire: Wire::new(
            429,
            "rate_limit_error",
            Some("resource_exhausted"),
            "Resource has been exhausted (e.g. check quota).",
        ),
        explanation: "The provider says that something is exhausted but not what: shared capacity, a quota per minute, \
            or one of the project.",
        remedy: "Retry with exponential back-off for some minutes; if it does not pass, look at the quota page and ask \
            for more.",
        reasons: &[
            "Shared capacity for this model is short at the moment (Vertex AI: dynamic shared quota)",
            "A quota per minute of the project is used up",
            "The quota of the project or region is zero or used up for this model",
        ],
        checks: &[
            "Look at the quota page for a metric at its limit (Google Cloud console, IAM & Admin, Quotas)",
            "Does it pass a minute later? Then it was capacity or a quota per minute",
            "Try another region, or a small request",
        ],
        remedies: &[
            "Retry with exponential back-off and jitter: wait 1, 2, 4 … 60 seconds",
            "Ask for a higher quota, or buy provisioned throughput",
            "Use another region or the `global` location, or another model",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps where capacity was short: back off for up to some minutes, then look at the \
            quota.",
        recognised: "RESOURCE_EXHAUSTED without the name of a quota.",
        example: "{\"error\":{\"code\":429,\"message\":\"Resource has been exhausted (e.g. check \
            quota).\",\"status\":\"RESOURCE_EXHAUSTED\"}}",
        related: &["rate_limit_requests", "rate_limit_free_tier", "provider_overloaded", "insufficient_quota"],
    }

    GATEWAY_BUDGET_EXCEEDED {
        slug: "gateway_budget_exceeded",
        title: "A budget in the gateway is reached",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[429, 400, 401, 403],
        wire: Wire::new(
            429,
            "insufficient_quota",
            Some("budget_exceeded"),
            "Budget has been exceeded. Current cost: {used}, max budget: {limit}.",
        ),
        explanation: "A gateway between program and provider counts costs, and the budget of this key, team or user is \
            used up[[: {used} of {limit}]].",
        remedy: "Have the budget raised or reset by the gateway's operator, or wait for its next period; the provider \
            is not involved.",
        reasons: &[
            "The virtual key, team, user or project has reached its max_budget",
            "A wrong price of a model made the counted cost too high",
            "The cost estimated for this request is more than what remains",
            "The budget has no reset period, so it is used up for good",
        ],
        checks: &[
            "Look at spend, max_budget and budget_reset_at of the key (LiteLLM: `GET /key/info`; also team and user)",
            "Compare the counted spend with the provider's bill",
        ],
        remedies: &[
            "Raise or reset the budget (LiteLLM: `POST /key/update` with max_budget and budget_duration)",
            "Correct the prices of the model (input_cost_per_token, output_cost_per_token)",
            "Use a cheaper model or a lower max_tokens",
        ],
        retry_advice: "Repeating it does not help before the budget is raised or reset.",
        recognised: "The message names a budget (max_budget, ExceededBudget) of a key, team or user.",
        example: "{\"error\":{\"message\":\"Budget has been exceeded! Current cost: 10.0021, Max budget: \
            10.0\",\"type\":\"budget_exceeded\",\"param\":null,\"code\":\"400\"}}",
        related: &["insufficient_quota", "gateway_key_invalid", "credits_below_max_tokens"],
    }
}

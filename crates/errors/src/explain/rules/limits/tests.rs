//! Texts about limits, money and overload.

use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn money_is_told_by_who_asks_for_it_and_what_is_missing() {
    assert_told(&[
        (
            "insufficient_quota",
            &[
                r#"{"error":{"message":"Your quota for this billing period is exhausted.","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                "openai.RateLimitError: Error code: 429 - you have used up your current quota; see plan and billing",
                "anthropic.BadRequestError: 400 You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
                "Copilot chat: you have exceeded your premium request allowance for this month",
            ],
        ),
        (
            "credits_exhausted",
            &[
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}"#,
                "HTTP 402 from api.deepseek.com: no balance left on this account",
                "403 Your newly created team doesn't have any credits or licenses yet. You can purchase those on https://console.x.ai.",
                "https://open.bigmodel.cn/api/paas/v4/chat/completions 429: 账户余额不足，请充值后再调用",
                "litellm.APIError: VercelException - A positive credit balance is required for all requests",
            ],
        ),
        (
            "credits_below_max_tokens",
            &[
                "OpenRouter 402: you asked for up to 32000 tokens, but can only afford 812 of them",
                "Prompt tokens limit exceeded: 41000 > 9300. To increase, visit openrouter.ai/settings/credits",
            ],
        ),
        (
            "billing_not_active",
            &[
                r#"{"error":{"message":"Your account is not active, please check your billing details on our website.","type":"billing_not_active","code":"billing_not_active"}}"#,
                "DashScope error Arrearage: Access denied, please make sure your account is in good standing.",
                "https://api.fireworks.ai/inference/v1/chat/completions 412: the account is suspended after a failed payment of its last invoice",
            ],
        ),
        (
            "gateway_budget_exceeded",
            &[
                "litellm.proxy: ExceededBudget: team=search over budget. Spend=12.31, Budget=10.0",
                r#"{"error":{"message":"Virtual key spend limit reached: 5.00 of 5.00 USD","type":"budget_exceeded","code":"400"}}"#,
                r#"{"error":{"message":"该令牌额度已用尽","type":"new_api_error"}}"#,
            ],
        ),
    ]);
}

#[test]
fn limits_are_told_by_what_they_count_and_over_what_time() {
    assert_told(&[
        (
            "rate_limit_requests",
            &[
                "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You sent requests too quickly.', 'code': 'rate_limit_exceeded'}}",
                "Cohere API: 429 you are limited to 100 API calls / minute on this key",
                "botocore.errorfactory.ThrottlingException: An error occurred (ThrottlingException) when calling the Converse operation: Too many requests, please wait before trying again.",
                "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-06-01 have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 9 seconds.",
                "https://open.bigmodel.cn/api/paas/v4/chat/completions: 您的账户达到速率限制，请您控制请求频率",
            ],
        ),
        (
            "rate_limit_tokens",
            &[
                "Anthropic 429: This request would exceed your organization's rate limit of 80,000 input tokens per minute.",
                "Requests to the Embeddings_Create Operation under Azure OpenAI API have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 44 seconds.",
                r#"{"object":"error","message":"TPM limit reached on this model, slow down","type":"invalid_request_error"}"#,
            ],
        ),
        (
            "rate_limit_daily",
            &[
                "groq.RateLimitError: Rate limit reached for model x on requests per day (RPD): Limit 1000, Used 1000, Requested 1. Please try again in 1m26.4s.",
                "GitHub Models: Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 40211 seconds before retrying.",
                "Kimi: Your account org-x request reached organization TPD rate limit, current: 1500012, limit: 1500000",
                "Codex: you've hit your usage limit. Upgrade to Pro or try again in 3 days 4 hours",
            ],
        ),
        (
            "rate_limit_images",
            &[
                "OpenAI 429: Rate limit reached for gpt-image-1 on images per minute (IPM): Limit 5, Used 5, Requested 1",
                "dall-e-3: at most 7 images per minute are allowed, slow down",
            ],
        ),
        (
            "rate_limit_free_tier",
            &[
                "* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20, model: gemini-2.5-flash",
                "cohere.TooManyRequestsError: You are using a Trial key, which is limited to 1000 API calls / month.",
                "qwen: AllocationQuota.FreeTierOnly: the free tier of the model has been exhausted",
            ],
        ),
        (
            "quota_exhausted_ambiguous",
            &[
                "vertex ai: google.api_core.exceptions.ResourceExhausted: 429 Resource exhausted. Please try again later. (gemini-2.5-pro)",
                "Vertex AI: Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: text-bison",
            ],
        ),
        (
            "request_exceeds_tpm",
            &[
                "OpenAI: Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 48211. The input or output tokens must be reduced in order to run successfully.",
                "groq 413: tokens per minute (TPM): Limit 8000, Requested 21340",
            ],
        ),
        (
            "concurrency_limit",
            &[
                "Anthropic 429: Number of concurrent connections has exceeded your rate limit",
                "z.ai: 您当前使用该API的并发数过高，请降低并发",
                "litellm: Max parallel request limit reached. Hit limit for key. Current limit: 2",
            ],
        ),
        (
            "upstream_rate_limited",
            &[
                r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"deepseek/deepseek-r1:free is temporarily rate-limited upstream. Add your own key","provider_name":"Chutes"}}}"#,
                "new-api: 当前分组上游负载已饱和，请稍后再试",
                "litellm.RateLimitError: No deployments available for selected model, Try again in 5 seconds. cooldown_list=['a']",
            ],
        ),
        (
            "provider_overloaded",
            &[
                "mistral: 429 Service tier capacity exceeded for this model.",
                "api.cerebras.ai: We're experiencing high traffic right now! Please try again soon. (queue_exceeded)",
                "deepseek 服务器繁忙，请稍后再试",
                "openai: That model is currently overloaded with other requests.",
            ],
        ),
    ]);
}

#[test]
fn limits_of_other_software_are_left_alone() {
    assert_unknown(&[
        "toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
        "fatal: API rate limit exceeded for 203.0.113.9. (But here's the good news: Authenticated requests get a higher rate limit.)",
        "SlowDown: Please reduce your request rate. status code: 503, host id: s3-w.example",
        "FATAL: sorry, too many clients already (PostgreSQL)",
        "Disk quota exceeded: cannot create /home/a/.cache",
    ]);
}

#[test]
fn codes_that_nobody_listed_and_bounds_that_the_holder_set_are_told() {
    assert_told(&[
        (
            "credits_exhausted",
            &[
                r#"gemini: {"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Resource has been exhausted (e.g. check quota).","details":[{"reason":"NOT_ENOUGH_AI_CREDITS"}]}}"#,
                r#"openai-compatible: {"error":{"message":"Request refused","type":"api_error","param":null,"code":"wallet_balance_exhausted"}}"#,
                r#"{"error":{"message":"Denied","type":"forbidden","param":null,"code":"INSUFFICIENT_TEAM_FUNDS"}}"#,
            ],
        ),
        (
            "insufficient_quota",
            &[
                "volcengine: your account has reached the inference limit set for doubao-pro and the service is paused",
                "ark console 429: the free trial quota of this model has been used up and the endpoint was closed",
                "qwen-max: the usage limit set by the owner has been reached; calls are suspended until it is adjusted",
            ],
        ),
        (
            "quota_exhausted_ambiguous",
            &[
                "gemini-cli: 429 You have exhausted your capacity on this model.",
                "antigravity 429: you ran out of your capacity for gemini-3-pro",
            ],
        ),
    ]);
}

#[test]
fn who_waits_for_a_place_among_the_running_meets_a_limit_on_them() {
    assert_told(&[(
        "concurrency_limit",
        &[
            "ollama.com: gave up, no free slot after 60 s of waiting",
            "llm gateway: timeout waiting for a free slot, 8 requests running",
            "bedrock-proxy: request timed out while acquiring the semaphore (max 4 generations)",
        ],
    )]);
    assert_unknown(&["timed out waiting for a free slot in the washing queue"]);
}

#[test]
fn billing_that_is_enabled_is_not_the_cause() {
    assert_told(&[
        (
            "quota_exhausted_ambiguous",
            &[
                "429 RESOURCE_EXHAUSTED Resource has been exhausted (e.g. check quota). gemini-2.0-flash\nbilling is enabled for this account",
            ],
        ),
        (
            "billing_not_active",
            &[
                "gemini: your project must have billing enabled before imagen-3 can be used",
                "google: 403 Billing must be enabled on the project to call aiplatform.googleapis.com",
            ],
        ),
    ]);
}

#[test]
fn the_name_of_a_quota_tells_what_is_counted() {
    assert_told(&[(
        "rate_limit_tokens",
        &[
            "429 RESOURCE_EXHAUSTED Quota exceeded for aiplatform.googleapis.com/generate_content_input_tokens_per_minute_per_base_model with base model: gemini-2.0-pro",
        ],
    )]);
}

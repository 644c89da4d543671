//! Plausible values for the sentences of causes that nobody has given any.

use std::time::Duration;

/// A value for the fact in the sentence of the trigger `name`.
pub(super) fn of(name: &str, fact: &str) -> Option<&'static str> {
    Some(match (name, fact) {
        ("rate_limit_daily" | "upstream_daily_limit", "limit" | "used") => "200",
        ("rate_limit_daily", "requested") => "1",
        ("rate_limit_tokens", "limit") | ("request_exceeds_tpm", "limit") => "30000",
        ("rate_limit_tokens", "used") => "18928",
        ("rate_limit_tokens", "requested") => "11159",
        ("request_exceeds_tpm", "requested") => "35012",
        ("concurrency_limit", "limit" | "used") => "8",
        ("context_length_exceeded", "limit") => "128000",
        ("context_length_exceeded", "used") => "130105",
        ("base_url_double_v1", "path") => "/v1/v1/chat/completions",
        ("base_url_includes_path", "path") => "/v1/chat/completions/chat/completions",
        ("endpoint_not_found", "path") => "/v1/nothing",
        ("method_not_allowed", "method") => "GET",
        ("method_not_allowed", "path") => "/v1/embeddings",
        ("method_unsupported", "method") => "CONNECT",
        ("method_unsupported", "path") => "any path",
        ("temperature_unsupported", "got") => "0.2",
        ("messages_format_invalid", "expected") => "one of a string or array of objects",
        ("messages_format_invalid", "got") => "an object",
        ("role_unsupported", "got") => "human",
        ("tool_schema_invalid", "name") => "get_weather",
        ("response_format_schema_invalid", "name") => "answer",
        ("responses_item_missing", "name") => "rs_0123456789abcdef",
        ("tool_schema_invalid" | "response_format_schema_invalid", "what") => "array schema missing items.",
        ("too_many_tools", "got") => "129",
        ("max_tokens_too_large", "got") => "200000",
        ("max_tokens_too_large", "maximum") => "16384",
        (_, "content_type") => "text/plain",
        (_, "encoding") => "gzip",
        (_, "endpoint") => "v1/embeddings",
        (_, "expected") => "an integer",
        (_, "got") => "a string",
        (_, "key") => "sk-tg-0000000000000000000000000000000000000000",
        (_, "limit" | "used") => "500",
        (_, "method") => "POST",
        (_, "model") => "sandbox",
        (_, "name") => "top_k",
        (_, "organization") => "org-acme",
        (_, "path") => "/v1/chat/completions",
        (_, "project") => "proj_acme",
        (_, "request") => "req_01a1fba57fd23a2376004b8125cc10ff",
        (_, "requested") => "1",
        (_, "response") => "resp_0123456789abcdef",
        (_, "scopes") => "api.model.request",
        (_, "url") => "https://images.example/cat.png",
        _ => return None,
    })
}

/// The parameter at fault, where the cause names none by itself.
pub(super) fn param(name: &str) -> Option<&'static str> {
    Some(match name {
        "messages_format_invalid" => "messages[0].content",
        "role_unsupported" => "messages[0].role",
        "tool_name_invalid" => "tools[0].function.name",
        "param_missing" => "messages",
        "param_invalid_type" => "max_completion_tokens",
        "param_out_of_range" => "top_p",
        "param_unsupported" => "reasoning_effort",
        "param_unknown" => "top_k",
        "tool_result_orphan" => "messages.[3].role",
        _ => return None,
    })
}

/// `Retry-After`, where it is told with the cause.
pub(super) fn wait(slug: &str) -> Option<Duration> {
    Some(match slug {
        "rate_limit_requests" => Duration::from_millis(120),
        "rate_limit_tokens" => Duration::from_millis(174),
        "rate_limit_daily" => Duration::from_secs(432),
        "concurrency_limit" | "upstream_rate_limited" => Duration::from_secs(1),
        "journal_full" | "journal_failed" => Duration::from_secs(30),
        _ => return None,
    })
}

/// What a provider says that leads this gateway to a cause of its own: the name of that trigger.
pub(super) fn said_by_provider(slug: &str) -> Option<&'static str> {
    Some(match slug {
        "upstream_credential_rejected" => "invalid_api_key",
        "upstream_model_not_found" => "model_not_found",
        "upstream_model_retired" => "model_deprecated",
        "upstream_endpoint_not_found" => "invalid_url",
        "upstream_rate_limited" => "rate_limit_requests",
        "upstream_daily_limit" => "rate_limit_daily",
        "upstream_request_exceeds_tpm" => "request_too_large_tpm",
        "upstream_quota_exhausted" => "insufficient_quota",
        _ => return None,
    })
}

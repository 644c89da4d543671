//! Plausible values for the sentences of causes that nobody has given any.

use std::time::Duration;

use crate::catalog::{self, wires};
use crate::cause::{Cause, Wire};

const KEY: &str = "sk-tg-0000000000000000000000000000000000000000";

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
        ("messages_format_invalid", "expected") => "an array of objects",
        ("messages_format_invalid", "got") => "a string",
        ("param_out_of_range", "maximum") => "128",
        ("param_out_of_range", "got") => "130",
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
        (_, "key") => KEY,
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

/// What such a mistake typically looks like, for causes whose explanation names it.
pub(super) fn told(slug: &str, fact: &str) -> Option<&'static str> {
    Some(match (slug, fact) {
        ("key_undefined", "key" | "literal") => "undefined",
        ("key_placeholder", "key" | "placeholder") => "YOUR_API_KEY",
        ("key_double_bearer", "key") => "Bearer sk-tg-0000000000000000000000000000000000000000",
        ("key_quoted", "key") => "\"sk-tg-0000000000000000000000000000000000000000\"",
        ("key_quoted", "what") => "`\"`",
        ("key_whitespace", "key") => "sk-tg-0000000000000000 000000000000000000000000",
        ("key_whitespace", "where") => "a space inside it, at character 23",
        ("key_non_ascii", "key") => "sk-tg-0000000000000000000000000000000000000000…",
        ("key_non_ascii", "position") => "47",
        ("key_non_ascii", "what") => "U+2026, an ellipsis",
        ("key_not_a_key", "key") => "https://gateway.example/keys/1",
        ("key_not_a_key", "kind") => "a web address",
        ("key_wrong_provider", "key") => "sk-ant-api03-0000000000000000000000000000000000000000",
        ("key_wrong_provider", "vendor") => "Anthropic",
        ("key_invalid", "key") => "sk-0000000000000000000000000000000000000000",
        ("key_invalid", "what") => "it does not begin with `sk-tg-`, as keys that are issued here do",
        ("key_rotated" | "key_expired", "date") => "2026-01-31T23:59:59Z",
        ("auth_header_wrong_name", "header") => "api-key",
        ("auth_header_malformed", "what") => "has the scheme `Token` and not `Bearer`",
        ("auth_header_duplicate", "what") => "the Authorization header came more than once",
        ("auth_scheme_basic", "what") => "it holds a user name and a password",
        ("key_in_url" | "key_in_body", "name") => "api_key",
        ("org_mismatch", "organization") => "org-of-somebody-else",
        ("org_mismatch", "own") => "org-acme",
        ("project_mismatch", "project") => "proj_of_somebody_else",
        ("project_mismatch", "own") => "proj_acme",
        ("key_insufficient_scopes", "granted") => "api.model.read",
        ("serving_key_on_admin" | "admin_permission_missing", "scopes") => "api.projects.read",
        ("admin_object_not_found", "kind") => "project",
        ("admin_object_not_found", "id") => "proj_abc",
        ("admin_conflict", "what") => "The name 'web' is taken",
        ("admin_conflict", "why") => "another project of the organization is called so",
        ("admin_conflict", "fix") => "Choose another name",
        ("configuration_locked", "kind") => "provider",
        ("configuration_locked", "id") => "openai",
        ("configuration_locked", "place") => "/etc/tollgate/tollgate.toml:12",
        ("configuration_refused", "what") => {
            "models.web.deployments[0].provider: wrong value; found: \"opnai\", which is no provider; did you mean \"openai\"?"
        }
        ("key_owner_without_access", "key") => "sk-tg-0000000000000000000000000000000000000000",
        ("project_archived", "key") => "sk-tg-0000000000000000000000000000000000000000",
        ("hosted_tool_denied", "tool") => "web_search",
        ("hosted_tool_denied", "project") => "proj_acme",
        ("project_archived", "date") => "2026-01-31T23:59:59Z",
        ("base_url_double_v1" | "base_url_includes_path", "likely") => "/v1/chat/completions",
        ("method_not_allowed", "allowed") => "POST",
        ("model_wrong_endpoint", "likely") => "v1/chat/completions",
        ("json_key_duplicate", "name") => "model",
        ("param_missing", "name") => "messages",
        _ => return None,
    })
}

/// OpenAI's form of a cause that has several, for the one of its slug.
pub(super) fn wire(cause: &'static Cause) -> Wire {
    match cause {
        c if c == &catalog::PARAM_OUT_OF_RANGE => wires::INTEGER_ABOVE_MAX.with_param("n"),
        c => c.wire,
    }
}

/// The parameter at fault, where the cause names none by itself.
pub(super) fn param(name: &str) -> Option<&'static str> {
    Some(match name {
        "image_url_malformed" | "image_url_scheme" => "messages[0].content[1].image_url.url",
        "messages_format_invalid" => "messages[0].content",
        "role_unsupported" => "messages[0].role",
        "tool_name_invalid" => "tools[0].function.name",
        "param_missing" => "messages",
        "param_invalid_type" => "max_completion_tokens",
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
        "administration_unavailable" | "keys_unavailable" => Duration::from_secs(2),
        "sign_in_attempts" => Duration::from_secs(295),
        "idempotency_key_in_use" => Duration::from_secs(1),
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

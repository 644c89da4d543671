//! Whose side a cause is on, seen from this gateway.
//!
//! In: a cause as the holder of a provider's account meets it. Out: the cause of whoever called this gateway, as data. The
//! account, the credential, the deployment and the address are the gateway's; what stands in the request is the caller's.
//! A test holds the tables against the catalogue, so that a new cause is decided about.

use crate::catalog;
use crate::cause::Cause;

/// What is wrong with the request itself, or with the server that answers: the same from both sides.
const SAME: &[&str] = &[
    "audio_format_invalid",
    "bad_gateway",
    "batch_input_invalid",
    "body_too_large",
    "chat_model_on_completions",
    "cloudflare_5xx",
    "completion_model_on_chat",
    "content_policy",
    "context_length_exceeded",
    "dimensions_unsupported",
    "embedding_input_invalid",
    "file_not_found",
    "file_too_large",
    "gateway_timeout",
    "gcp_api_disabled",
    "html_instead_of_json",
    "image_animated",
    "image_base64_invalid",
    "image_damaged",
    "image_dimensions",
    "image_download_timeout",
    "image_host_answered",
    "image_host_not_found",
    "image_host_tls",
    "image_host_unreachable",
    "image_invalid",
    "image_is_page",
    "image_needs_login",
    "image_redirects",
    "image_too_large",
    "image_type_mismatch",
    "image_url_malformed",
    "image_url_not_public",
    "image_url_not_supported",
    "image_url_scheme",
    "image_url_unreachable",
    "json_body_invalid",
    "json_word_missing",
    "local_backend_crashed",
    "max_completion_tokens_required",
    "max_tokens_too_large",
    "message_empty_content",
    "messages_format_invalid",
    "model_loading",
    "model_no_tools",
    "model_no_vision",
    "model_responses_only",
    "model_wrong_endpoint",
    "org_verification_required",
    "param_invalid_type",
    "param_missing",
    "param_out_of_range",
    "param_unknown",
    "param_unsupported",
    "previous_response_not_found",
    "provider_overloaded",
    "region_unsupported",
    "response_format_schema_invalid",
    "response_format_unsupported",
    "response_not_found",
    "response_not_in_background",
    "responses_item_missing",
    "role_order_invalid",
    "role_unsupported",
    "run_in_progress",
    "server_error",
    "service_unavailable",
    "streaming_required",
    "temperature_unsupported",
    "thinking_block_missing",
    "thought_signature_missing",
    "too_many_tools",
    "tool_name_invalid",
    "tool_result_orphan",
    "tool_results_missing",
    "tool_schema_invalid",
    "vllm_tool_flags_missing",
    "waf_blocked",
];

/// What the gateway's account, credential, deployment or address is behind.
const OURS: &[(&Cause, &[&str])] = &[
    (
        &catalog::UPSTREAM_MODEL_NOT_FOUND,
        &[
            "azure_deployment_not_found",
            "bedrock_inference_profile_required",
            "bedrock_model_access",
            "finetuned_model_not_found",
            "key_lacks_model",
            "litellm_provider_missing",
            "model_access_tier",
            "model_name_mismatch_local",
            "model_not_found",
            "model_not_pulled",
            "model_not_serverless",
            "model_wrong_provider",
            "openrouter_no_endpoints",
            "project_lacks_model",
        ],
    ),
    (&catalog::UPSTREAM_MODEL_RETIRED, &["model_deprecated"]),
    (
        &catalog::UPSTREAM_QUOTA_EXHAUSTED,
        &[
            "billing_not_active",
            "credits_below_max_tokens",
            "credits_exhausted",
            "gateway_budget_exceeded",
            "insufficient_quota",
            "own_quota_exhausted",
        ],
    ),
    (
        &catalog::UPSTREAM_RATE_LIMITED,
        &[
            "concurrency_limit",
            "quota_exhausted_ambiguous",
            "rate_limit_free_tier",
            "rate_limit_images",
            "rate_limit_requests",
            "rate_limit_tokens",
        ],
    ),
    (&catalog::UPSTREAM_DAILY_LIMIT, &["rate_limit_daily"]),
    (&catalog::UPSTREAM_REQUEST_EXCEEDS_TPM, &["request_exceeds_tpm"]),
    (
        &catalog::UPSTREAM_ENDPOINT_NOT_FOUND,
        &[
            "anthropic_version_missing",
            "azure_api_version",
            "azure_endpoint_misconfigured",
            "base_url_double_v1",
            "base_url_includes_path",
            "base_url_missing_v1",
            "base_url_wrong",
            "endpoint_not_found",
            "http_https_mismatch",
            "method_not_allowed",
        ],
    ),
    (
        &catalog::UPSTREAM_CREDENTIAL_REJECTED,
        &[
            "account_deactivated",
            "admin_key_on_serving",
            "admin_permission_missing",
            "auth_header_duplicate",
            "auth_header_malformed",
            "auth_header_wrong_name",
            "auth_scheme_basic",
            "aws_credentials_invalid",
            "aws_signature_mismatch",
            "aws_token_expired",
            "azure_key_or_endpoint",
            "clock_skew",
            "gateway_key_invalid",
            "headers_not_sent",
            "ip_not_allowed",
            "key_disabled",
            "key_double_bearer",
            "key_empty",
            "key_expired",
            "key_in_body",
            "key_in_url",
            "key_insufficient_scopes",
            "key_invalid",
            "key_missing",
            "key_non_ascii",
            "key_not_a_key",
            "key_placeholder",
            "key_quoted",
            "key_revoked",
            "key_rotated",
            "key_typo",
            "key_undefined",
            "key_whitespace",
            "key_wrong_provider",
            "oauth_token_expired",
            "org_mismatch",
            "org_not_member",
            "own_credential_rejected",
            "permission_denied",
            "key_owner_without_access",
            "project_archived",
            "project_mismatch",
            "serving_key_on_admin",
        ],
    ),
    (&catalog::WAF_BLOCKED, &["proxy_misconfigured", "proxy_intercepts_local"]),
    // Fallbacks by condition know one name for it.
    (&catalog::CONTENT_POLICY, &["content_filter_azure"]),
    (&catalog::GATEWAY_TIMEOUT, &["timeout"]),
];

/// The cause of a caller of this gateway; `None` where what a provider says of it means nothing here, such as a mistake
/// in a client's own program.
pub(super) fn from_here(cause: &'static Cause) -> Option<&'static Cause> {
    if SAME.contains(&cause.slug) {
        return Some(cause);
    }
    OURS.iter().find(|(_, slugs)| slugs.contains(&cause.slug)).map(|(ours, _)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What only a client, another gateway's own machinery or a connection can be behind.
    const NEVER_SAID: &[&str] = &[
        "admin_conflict",
        "admin_object_not_found",
        "administration_unavailable",
        "base_url_malformed",
        "body_empty",
        "body_incomplete",
        "body_timeout",
        "browser_key_exposure",
        "circuit_open",
        "client_aborted",
        "configuration_locked",
        "configuration_not_in_force",
        "configuration_refused",
        "connect_timeout",
        "connection_error_generic",
        "connection_refused",
        "connection_refused_local",
        "connection_reset",
        "content_encoding_unsupported",
        "content_type_wrong",
        "cors_blocked",
        "dns_failure",
        "embedding_dimension_mismatch",
        "expectation_unsupported",
        "framing_ambiguous",
        "gateway_bodies_full",
        "gateway_draining",
        "gateway_overloaded",
        "gateway_stopped",
        "head_timeout",
        "head_too_large",
        "headers_too_many",
        "host_invalid",
        "hosted_tool_denied",
        "http_malformed",
        "http_version_unsupported",
        "idempotency_key_in_use",
        "idempotency_key_reused",
        "journal_failed",
        "journal_full",
        "json_body_encoding",
        "json_key_duplicate",
        "key_not_configured",
        "keys_unavailable",
        "localhost_in_container",
        "method_unsupported",
        "model_maintenance",
        "provider_refused",
        "records_unavailable",
        "redirect_breaks_request",
        "request_id_invalid",
        "request_not_found",
        "request_timeout",
        "response_shape_unexpected",
        "response_state_unroutable",
        "sandbox_error_unknown",
        "sdk_version_mismatch",
        "session_ended",
        "sign_in_attempts",
        "sign_in_failed",
        "stream_buffered",
        "stream_diverged",
        "stream_interrupted",
        "tls_certificate_invalid",
        "tls_failure",
        "tls_hostname_mismatch",
        "tls_untrusted_ca",
        "unknown",
        "uri_too_long",
    ];

    #[test]
    fn every_cause_is_decided_about_once() {
        let known = |cause: &&&Cause| !cause.slug.starts_with("upstream_") && !NEVER_SAID.contains(&cause.slug);
        let undecided: Vec<_> =
            catalog::all().iter().filter(known).filter(|c| from_here(c).is_none()).map(|c| c.slug).collect();
        let mut named: Vec<&str> = SAME.iter().chain(OURS.iter().flat_map(|(_, slugs)| *slugs)).copied().collect();
        let all = named.len();
        named.sort_unstable();
        named.dedup();

        assert_eq!(undecided, [""; 0]);
        assert_eq!(named.len(), all, "a cause stands in two tables");
        let unknown: Vec<_> = named.into_iter().filter(|slug| catalog::by_slug(slug).is_none()).collect();
        assert_eq!(unknown, [""; 0]);
    }

    #[test]
    fn nothing_about_an_account_stays_the_caller_s() {
        for (theirs, ours) in [
            ("key_expired", "upstream_credential_rejected"),
            ("credits_exhausted", "upstream_quota_exhausted"),
            ("rate_limit_tokens", "upstream_rate_limited"),
            ("azure_deployment_not_found", "upstream_model_not_found"),
            ("base_url_missing_v1", "upstream_endpoint_not_found"),
            ("context_length_exceeded", "context_length_exceeded"),
        ] {
            assert_eq!(catalog::by_slug(theirs).and_then(from_here).map(|c| c.slug), Some(ours), "{theirs}");
        }
    }
}

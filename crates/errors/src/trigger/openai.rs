//! OpenAI's errors by name, with the exact status, type, code, param and message of each; where a message has values,
//! plausible ones. Bodies were seen in public threads, the rest follows OpenAI's own error guide; its misspellings are
//! kept, since clients match on them. Its links have become ours.

use std::time::Duration;

use super::{Kind, Trigger};
use crate::catalog::{self, wires};
use crate::cause::{Cause, Wire};

type Facts = &'static [(&'static str, &'static str)];

/// Limits of a small account, a request per 120 ms: `Used` and `Requested` exceed them by what the wait makes good.
const REQUESTS: Facts = &[("organization", "org-acme"), ("limit", "500"), ("used", "500"), ("requested", "1")];
const REQUESTS_WAIT: Duration = Duration::from_millis(120);
const TOKENS: Facts = &[("organization", "org-acme"), ("limit", "30000"), ("used", "18928"), ("requested", "11159")];
const TOKENS_WAIT: Duration = Duration::from_millis(174);

const REQUESTS_LEFT: Facts = &[
    ("x-ratelimit-limit-requests", "500"),
    ("x-ratelimit-remaining-requests", "0"),
    ("x-ratelimit-reset-requests", "120ms"),
    ("x-ratelimit-limit-tokens", "30000"),
    ("x-ratelimit-remaining-tokens", "29000"),
    ("x-ratelimit-reset-tokens", "2s"),
];
const TOKENS_LEFT: Facts = &[
    ("x-ratelimit-limit-requests", "500"),
    ("x-ratelimit-remaining-requests", "488"),
    ("x-ratelimit-reset-requests", "1.44s"),
    ("x-ratelimit-limit-tokens", "30000"),
    ("x-ratelimit-remaining-tokens", "11072"),
    ("x-ratelimit-reset-tokens", "37.856s"),
];

/// The rate-limit headers that come with a cause.
pub(super) fn limit_headers(slug: &str) -> Facts {
    match slug {
        "rate_limit_requests" | "concurrency_limit" => REQUESTS_LEFT,
        "rate_limit_tokens" | "request_exceeds_tpm" => TOKENS_LEFT,
        _ => &[],
    }
}

/// Of a row: its name, its cause, OpenAI's form, the values in it.
struct Row(&'static str, &'static Cause, Wire, Facts);

impl Row {
    fn trigger(self) -> Trigger {
        let Self(name, cause, wire, facts) = self;
        let (wait, headers) = match name {
            "rate_limit_rpm" => (Some(REQUESTS_WAIT), REQUESTS_LEFT),
            "rate_limit_tpm" => (Some(TOKENS_WAIT), TOKENS_LEFT),
            "request_too_large_tpm" => (None, TOKENS_LEFT),
            "slow_down" => (Some(Duration::from_secs(1)), &[] as Facts),
            _ => (None, &[] as Facts),
        };
        Trigger { name, cause, is_openais: true, wire, kind: Kind::Wire, facts, wait, headers }
    }
}

pub(super) fn triggers() -> Vec<Trigger> {
    [credentials_and_access(), limits(), body(), address(), images(), server()]
        .into_iter()
        .flatten()
        .map(Row::trigger)
        .collect()
}

fn credentials_and_access() -> Vec<Row> {
    use catalog as c;
    vec![
        Row("no_api_key", &c::KEY_MISSING, c::KEY_MISSING.wire, &[]),
        Row("invalid_api_key", &c::KEY_INVALID, c::KEY_INVALID.wire, &[]),
        Row("mismatched_organization", &c::ORG_MISMATCH, c::ORG_MISMATCH.wire, &[]),
        Row("mismatched_project", &c::PROJECT_MISMATCH, c::PROJECT_MISMATCH.wire, &[]),
        Row("missing_scopes", &c::KEY_INSUFFICIENT_SCOPES, c::KEY_INSUFFICIENT_SCOPES.wire, &[]),
        Row("unsupported_country", &c::REGION_UNSUPPORTED, c::REGION_UNSUPPORTED.wire, &[]),
        Row("model_not_found", &c::MODEL_NOT_FOUND, c::MODEL_NOT_FOUND.wire, &[]),
        Row("model_not_found_o_series", &c::MODEL_NOT_FOUND, wires::MODEL_NOT_FOUND_O_SERIES, &[]),
        Row("model_no_access_project", &c::PROJECT_LACKS_MODEL, c::PROJECT_LACKS_MODEL.wire, &[]),
        Row("model_deprecated", &c::MODEL_DEPRECATED, c::MODEL_DEPRECATED.wire, &[]),
        Row("not_a_chat_model", &c::COMPLETION_MODEL_ON_CHAT, c::COMPLETION_MODEL_ON_CHAT.wire, &[]),
    ]
}

fn limits() -> Vec<Row> {
    use catalog as c;
    vec![
        Row("rate_limit_rpm", &c::RATE_LIMIT_REQUESTS, c::RATE_LIMIT_REQUESTS.wire, REQUESTS),
        Row("rate_limit_tpm", &c::RATE_LIMIT_TOKENS, c::RATE_LIMIT_TOKENS.wire, TOKENS),
        Row(
            "request_too_large_tpm",
            &c::REQUEST_EXCEEDS_TPM,
            c::REQUEST_EXCEEDS_TPM.wire,
            &[("organization", "org-acme"), ("limit", "30000"), ("requested", "35012")],
        ),
        Row("insufficient_quota", &c::INSUFFICIENT_QUOTA, c::INSUFFICIENT_QUOTA.wire, &[]),
        Row("credit_balance_exhausted", &c::CREDITS_EXHAUSTED, c::CREDITS_EXHAUSTED.wire, &[]),
        Row("organization_spend_limit_exceeded", &c::INSUFFICIENT_QUOTA, wires::ORGANIZATION_SPEND_LIMIT, &[]),
        Row("project_spend_limit_exceeded", &c::INSUFFICIENT_QUOTA, wires::PROJECT_SPEND_LIMIT, &[]),
        Row("organization_usage_limit_exceeded", &c::INSUFFICIENT_QUOTA, wires::ORGANIZATION_USAGE_LIMIT, &[]),
        Row("billing_hard_limit", &c::BILLING_NOT_ACTIVE, wires::BILLING_HARD_LIMIT, &[]),
        Row("slow_down", &c::RATE_LIMIT_REQUESTS, wires::SLOW_DOWN, &[]),
    ]
}

fn body() -> Vec<Row> {
    use catalog as c;
    vec![
        Row(
            "context_length",
            &c::CONTEXT_LENGTH_EXCEEDED,
            c::CONTEXT_LENGTH_EXCEEDED.wire,
            &[("limit", "128000"), ("used", "130105")],
        ),
        Row(
            "context_length_with_completion",
            &c::CONTEXT_LENGTH_EXCEEDED,
            wires::CONTEXT_WITH_COMPLETION,
            &[("limit", "128000"), ("used", "130105"), ("prompt", "126009"), ("completion", "4096")],
        ),
        Row("max_tokens_unsupported", &c::MAX_COMPLETION_TOKENS_REQUIRED, c::MAX_COMPLETION_TOKENS_REQUIRED.wire, &[]),
        Row(
            "unsupported_value_temperature",
            &c::TEMPERATURE_UNSUPPORTED,
            c::TEMPERATURE_UNSUPPORTED.wire,
            &[("got", "0.2")],
        ),
        Row("dimensions_unsupported", &c::DIMENSIONS_UNSUPPORTED, c::DIMENSIONS_UNSUPPORTED.wire, &[]),
        Row("missing_model", &c::PARAM_MISSING, wires::MODEL_MISSING, &[]),
        Row("missing_parameter", &c::PARAM_MISSING, c::PARAM_MISSING.wire.with_param("messages"), &[]),
        Row(
            "invalid_type",
            &c::PARAM_INVALID_TYPE,
            c::PARAM_INVALID_TYPE.wire.with_param("messages[1].content"),
            &[("expected", "one of a string or array of objects"), ("got", "an object")],
        ),
        Row(
            "tool_without_call",
            &c::TOOL_RESULT_ORPHAN,
            c::TOOL_RESULT_ORPHAN.wire.with_param("messages.[3].role"),
            &[],
        ),
        Row(
            "int_above_max",
            &c::PARAM_OUT_OF_RANGE,
            wires::INTEGER_ABOVE_MAX.with_param("n"),
            &[("maximum", "128"), ("got", "130")],
        ),
        Row(
            "int_below_min",
            &c::PARAM_OUT_OF_RANGE,
            wires::INTEGER_BELOW_MIN.with_param("max_output_tokens"),
            &[("minimum", "16"), ("got", "5")],
        ),
        Row("unknown_argument", &c::PARAM_UNKNOWN, wires::UNKNOWN_ARGUMENT, &[("name", "top_k")]),
        Row("unknown_parameter", &c::PARAM_UNKNOWN, c::PARAM_UNKNOWN.wire.with_param("reasoning"), &[]),
        Row("invalid_json", &c::JSON_BODY_INVALID, c::JSON_BODY_INVALID.wire, &[]),
        Row(
            "unsupported_content_type",
            &c::CONTENT_TYPE_WRONG,
            c::CONTENT_TYPE_WRONG.wire,
            &[("content_type", "text/plain")],
        ),
    ]
}

fn address() -> Vec<Row> {
    use catalog as c;
    vec![
        Row(
            "invalid_url",
            &c::BASE_URL_INCLUDES_PATH,
            c::BASE_URL_INCLUDES_PATH.wire,
            &[("method", "POST"), ("path", "/v1/chat/completions/chat/completions")],
        ),
        Row(
            "unknown_url",
            &c::ENDPOINT_NOT_FOUND,
            wires::UNKNOWN_URL,
            &[("method", "POST"), ("path", "/chat/completions")],
        ),
    ]
}

const IMAGE: Facts = &[("url", "https://images.example/cat.png")];

fn images() -> Vec<Row> {
    use catalog as c;
    vec![
        Row("image_timeout", &c::IMAGE_URL_UNREACHABLE, wires::IMAGE_TIMEOUT, IMAGE),
        Row("image_timeout_responses", &c::IMAGE_URL_UNREACHABLE, wires::IMAGE_TIMEOUT_RESPONSES, IMAGE),
        Row("image_download_error", &c::IMAGE_URL_UNREACHABLE, c::IMAGE_URL_UNREACHABLE.wire, IMAGE),
        Row("image_too_large", &c::IMAGE_TOO_LARGE, c::IMAGE_TOO_LARGE.wire, IMAGE),
        Row("image_format", &c::IMAGE_INVALID, c::IMAGE_INVALID.wire, &[]),
        Row("image_file_mimetype", &c::IMAGE_INVALID, wires::IMAGE_FILE_MIMETYPE, &[]),
        Row("image_content_policy", &c::CONTENT_POLICY, wires::IMAGE_CONTENT_POLICY, &[]),
        Row("dalle_content_policy", &c::CONTENT_POLICY, c::CONTENT_POLICY.wire, &[]),
    ]
}

fn server() -> Vec<Row> {
    use catalog as c;
    vec![
        Row("server_error", &c::SERVER_ERROR, c::SERVER_ERROR.wire, &[]),
        Row(
            "overloaded",
            &c::PROVIDER_OVERLOADED,
            wires::MODEL_OVERLOADED,
            &[("request", "req_01a1fba57fd23a2376004b8125cc10ff")],
        ),
        Row("server_is_overloaded", &c::PROVIDER_OVERLOADED, c::PROVIDER_OVERLOADED.wire, &[]),
    ]
}

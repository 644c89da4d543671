//! What the codes and types of an error object say by themselves.
//!
//! In: what a provider said. Out: the cause that its code names, seen from this gateway. Words are read only to tell apart
//! what one code is said of.

use crate::catalog;
use crate::cause::Cause;
use crate::said::Said;

pub(crate) const QUOTA: &[&str] = &[
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
];

pub(crate) const OVERLOADED: &[&str] =
    &["server_is_overloaded", "engine_overloaded", "overloaded_error", "service_unavailable_error"];

/// Which limit the codes of a 429 name; `None` where they leave it open.
pub(super) fn too_many(said: &Said) -> Option<&'static Cause> {
    let tokens = said.kind == "tokens" || said.mentions("(tpm)");
    match () {
        () if said.code_is(QUOTA) => Some(&catalog::UPSTREAM_QUOTA_EXHAUSTED),
        () if said.code_is(OVERLOADED) => Some(&catalog::PROVIDER_OVERLOADED),
        () if said.mentions("(rpd)") || said.mentions("(tpd)") => Some(&catalog::UPSTREAM_DAILY_LIMIT),
        () if tokens && said.mentions("request too large") => Some(&catalog::UPSTREAM_REQUEST_EXCEEDS_TPM),
        () => None,
    }
}

/// What a code or type says by itself.
pub(crate) fn by_code(said: &Said) -> Option<&'static Cause> {
    // OpenAI says it under codes of other things: `unsupported_value` of `stream`, `model_not_found`.
    if said.mentions("organization must be verified") {
        return Some(&catalog::ORG_VERIFICATION_REQUIRED);
    }
    // xAI's 403, whose code is a sentence about permission.
    if said.mentions("failed check: safety_check_type") {
        return Some(&catalog::CONTENT_POLICY);
    }
    if said.code_is(&["model_decommissioned"]) || (said.code == "model_not_found" && said.mentions("deprecated")) {
        return Some(&catalog::UPSTREAM_MODEL_RETIRED);
    }
    if said.code_is(&["unsupported_parameter"]) && said.mentions("this parameter has moved to") {
        return Some(&catalog::PARAM_UNKNOWN);
    }
    if said.code_is(&["unsupported_parameter"]) {
        let replaced = said.param == "max_tokens" || said.mentions("'max_completion_tokens'");
        return Some(if replaced { &catalog::MAX_COMPLETION_TOKENS_REQUIRED } else { &catalog::PARAM_UNSUPPORTED });
    }
    if let Some(cause) = conversation(said) {
        return Some(cause);
    }
    if said.code_is(&["unsupported_value"]) {
        let temperature = said.param == "temperature";
        return Some(if temperature { &catalog::TEMPERATURE_UNSUPPORTED } else { &catalog::PARAM_UNSUPPORTED });
    }
    // Groq refuses with 413 what OpenAI refuses with 429.
    if said.code == "rate_limit_exceeded" {
        return Some(too_many(said).unwrap_or(&catalog::UPSTREAM_RATE_LIMITED));
    }
    if said.code == "invalid_image" && said.mentions("size exceeds") {
        return Some(&catalog::IMAGE_TOO_LARGE);
    }
    // The Responses API says `invalid_value` of an image it could not fetch.
    if said.code == "invalid_value" && said.mentions("downloading") {
        return Some(&catalog::IMAGE_URL_UNREACHABLE);
    }
    let known: &[(&[&str], &'static Cause)] = &[
        (&["model_not_found", "deploymentnotfound", "model_not_available"], &catalog::UPSTREAM_MODEL_NOT_FOUND),
        (&["context_length_exceeded"], &catalog::CONTEXT_LENGTH_EXCEEDED),
        (&["unknown_parameter"], &catalog::PARAM_UNKNOWN),
        (&["missing_required_parameter", "missing"], &catalog::PARAM_MISSING),
        // Groq: the model wrote a call that is not one. Nothing in the request has to be wrong.
        (&["tool_use_failed"], &catalog::PROVIDER_REFUSED),
        (&["invalid_type"], &catalog::PARAM_INVALID_TYPE),
        (&["invalid_json_schema"], &catalog::RESPONSE_FORMAT_SCHEMA_INVALID),
        (&["invalid_function_parameters"], &catalog::TOOL_SCHEMA_INVALID),
        (&["invalid_base64"], &catalog::IMAGE_BASE64_INVALID),
        (&["image_too_large"], &catalog::IMAGE_TOO_LARGE),
        (
            &[
                "invalid_value",
                "integer_above_max_value",
                "integer_below_min_value",
                "decimal_above_max_value",
                "decimal_below_min_value",
                "string_above_max_length",
                "string_below_min_length",
                "array_above_max_length",
                "array_below_min_length",
                "empty_array",
            ],
            &catalog::PARAM_OUT_OF_RANGE,
        ),
        (&["invalid_image_url"], &catalog::IMAGE_URL_UNREACHABLE),
        (
            &["invalid_image", "invalid_image_format", "image_parse_error", "unsupported_file_mimetype"],
            &catalog::IMAGE_INVALID,
        ),
        (
            &["content_policy_violation", "content_filter", "moderation_blocked", "image_generation_user_error"],
            &catalog::CONTENT_POLICY,
        ),
        (&["previous_response_not_found"], &catalog::PREVIOUS_RESPONSE_NOT_FOUND),
        (&["unsupported_country_region_territory"], &catalog::REGION_UNSUPPORTED),
        (&["request_too_large"], &catalog::BODY_TOO_LARGE),
        // The gateway wrote that header.
        (&["unsupported_content_type"], &catalog::PROVIDER_REFUSED),
        (QUOTA, &catalog::UPSTREAM_QUOTA_EXHAUSTED),
        (
            // LiteLLM without a database: it knows its master key alone, and says 400 "No connected db." to any other.
            &["invalid_api_key", "authentication_error", "permission_error", "account_deactivated", "no_db_connection"],
            &catalog::UPSTREAM_CREDENTIAL_REJECTED,
        ),
    ];
    if said.reason == "api_key_invalid" {
        return Some(&catalog::UPSTREAM_CREDENTIAL_REJECTED);
    }
    known.iter().find(|(words, _)| said.code_is(words)).map(|(_, cause)| *cause)
}

/// Which part of a conversation a code is about: `invalid_type` and `invalid_value` are said of every parameter alike,
/// and where it stands decides what has to be changed.
fn conversation(said: &Said) -> Option<&'static Cause> {
    let of_value = said.code_is(&["invalid_value", "invalid_type", "missing_required_parameter", "empty_array"])
        || said.code.starts_with("string_")
        || said.code.starts_with("array_");
    if said.code == "invalid_value" && said.mentions("max_tokens is too large") {
        return Some(&catalog::MAX_TOKENS_TOO_LARGE);
    }
    if said.code == "invalid_image" && said.mentions("exceeds the limit") {
        return Some(&catalog::IMAGE_TOO_LARGE);
    }
    // OpenAI says `unsupported_value` of a role that the model does not take.
    let of_message = said.param.starts_with("messages") || said.param.starts_with("input[");
    if of_message && said.param.ends_with(".role") && (of_value || said.code == "unsupported_value") {
        return Some(if said.code == "missing_required_parameter" || said.code == "invalid_type" {
            &catalog::MESSAGES_FORMAT_INVALID
        } else {
            &catalog::ROLE_UNSUPPORTED
        });
    }
    if !of_value {
        return None;
    }
    match said.param.as_str() {
        "tools" | "functions" if said.code == "array_above_max_length" => Some(&catalog::TOO_MANY_TOOLS),
        param if (param.starts_with("tools[") || param.starts_with("functions[")) && param.ends_with("name") => {
            // A name that is missing or a number is a mistake of the shape, which the code says already.
            (!said.code_is(&["missing_required_parameter", "invalid_type"])).then_some(&catalog::TOOL_NAME_INVALID)
        }
        "messages" if said.code == "empty_array" => Some(&catalog::MESSAGE_EMPTY_CONTENT),
        param if param.starts_with("messages[") && param.ends_with("content") && said.code == "empty_array" => {
            Some(&catalog::MESSAGE_EMPTY_CONTENT)
        }
        param if param.starts_with("messages[") && said.mentions("base64") => Some(&catalog::IMAGE_BASE64_INVALID),
        param if param.starts_with("messages[") => Some(&catalog::MESSAGES_FORMAT_INVALID),
        _ => None,
    }
}

/// What OpenAI says with 403, as if it were a matter of rights, of a model that never does what it was asked for.
pub(super) fn of_another_kind(said: &Said) -> Option<&'static Cause> {
    let never =
        ["you are not allowed to generate embeddings from this model", "you are not allowed to sample from this model"];
    never.iter().any(|start| said.message.starts_with(start)).then_some(&catalog::MODEL_WRONG_ENDPOINT)
}

/// What sentences of OpenAI's say that come with the code null, where each word of them is said of other things too.
pub(super) fn by_sentence(said: &Said) -> Option<&'static Cause> {
    let beginnings: &[(&str, &'static Cause)] = &[
        // What follows is the caller's.
        ("unrecognized request argument", &catalog::PARAM_UNKNOWN),
        ("this is not a chat model", &catalog::COMPLETION_MODEL_ON_CHAT),
        ("no tool output found for", &catalog::TOOL_RESULTS_MISSING),
        ("response with id", &catalog::RESPONSE_NOT_FOUND),
        ("item with id", &catalog::PROVIDER_REFUSED),
    ];
    let parts: &[(&str, &'static Cause)] = &[
        ("is only allowed when", &catalog::PARAM_UNSUPPORTED),
        ("must be less than or equal to", &catalog::PARAM_OUT_OF_RANGE),
        ("must be greater than or equal to", &catalog::PARAM_OUT_OF_RANGE),
    ];
    let begins = beginnings.iter().find(|(start, _)| said.message.starts_with(start));
    begins.or_else(|| parts.iter().find(|(part, _)| said.mentions(part))).map(|(_, cause)| *cause)
}

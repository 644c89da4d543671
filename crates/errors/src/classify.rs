//! Names the cause of a provider's failed answer.
//!
//! In: status, content type and body as they came. Out: a cause of the catalogue. Status and codes decide; a provider's
//! prose is read only to tell apart what they leave together (OpenAI sends code null for a dozen mistakes) and never
//! against them. Nothing of the body is kept.
//!
//! Whose side a cause is on is seen from the caller of this gateway. The account and the deployment that the provider
//! speaks of are the gateway's: the caller named a model that exists here and spends a budget of ours. So a provider's
//! "no such model", its rate limits and its quota have causes of their own (`upstream_…`), and only what is wrong with
//! the request itself is the caller's.

use crate::catalog;
use crate::cause::Cause;
use crate::said::Said;

/// The cause of a provider's failed answer, or of one with status 200 that is no answer.
///
/// A 401, and a 403 that is neither a region's nor a firewall's, is [`catalog::UPSTREAM_CREDENTIAL_REJECTED`]: the
/// credential is the gateway's, and the provider's text must not reach the caller. So is a 400 that says so (Google
/// and xAI refuse a wrong key with 400).
#[must_use]
pub fn classify_provider(status: u16, content_type: &str, body: &[u8]) -> &'static Cause {
    let said = Said::read(body);
    let page = said.is_none() && is_page(content_type, body);
    let said = said.unwrap_or_default();
    match status {
        401 => &catalog::UPSTREAM_CREDENTIAL_REJECTED,
        403 if page => &catalog::WAF_BLOCKED,
        403 => forbidden(&said),
        402 => &catalog::UPSTREAM_QUOTA_EXHAUSTED,
        429 if page && is_challenge(body) => &catalog::WAF_BLOCKED,
        429 => too_many(&said),
        408 => &catalog::GATEWAY_TIMEOUT,
        520..=527 | 530 => &catalog::CLOUDFLARE_5XX,
        529 => &catalog::PROVIDER_OVERLOADED,
        500..=599 => failed(status, &said),
        300..=399 => &catalog::REDIRECT_BREAKS_REQUEST,
        _ if page => &catalog::HTML_INSTEAD_OF_JSON,
        404 | 405 | 410 => not_there(status, &said),
        // A tool's server that the provider called for the request: its words are about another key than ours.
        424 => by_code(&said).unwrap_or(&catalog::PROVIDER_REFUSED),
        400..=499 => refused(&said),
        200..=299 => &catalog::RESPONSE_SHAPE_UNEXPECTED,
        _ => &catalog::UNKNOWN,
    }
}

fn forbidden(said: &Said) -> &'static Cause {
    match by_code(said) {
        Some(cause) if is_about_the_call(cause) => cause,
        _ => &catalog::UPSTREAM_CREDENTIAL_REJECTED,
    }
}

/// Of the causes a code can name, those that a 403 may be about without being about our credential.
fn is_about_the_call(cause: &'static Cause) -> bool {
    [&catalog::REGION_UNSUPPORTED, &catalog::CONTENT_POLICY, &catalog::UPSTREAM_QUOTA_EXHAUSTED].contains(&cause)
}

/// Whose limit it is, is certain (that of our account); which one decides whether waiting helps.
fn too_many(said: &Said) -> &'static Cause {
    if said.code_is(QUOTA) {
        return &catalog::UPSTREAM_QUOTA_EXHAUSTED;
    }
    if said.code_is(OVERLOADED) {
        return &catalog::PROVIDER_OVERLOADED;
    }
    let tokens = said.kind == "tokens" || said.mentions("(tpm)");
    if said.mentions("(rpd)") || said.mentions("(tpd)") {
        &catalog::UPSTREAM_DAILY_LIMIT
    } else if tokens && said.mentions("request too large") {
        &catalog::UPSTREAM_REQUEST_EXCEEDS_TPM
    } else {
        &catalog::UPSTREAM_RATE_LIMITED
    }
}

fn failed(status: u16, said: &Said) -> &'static Cause {
    let overloaded = said.code_is(OVERLOADED) || (status == 503 && said.mentions("overloaded"));
    match status {
        _ if overloaded => &catalog::PROVIDER_OVERLOADED,
        502 => &catalog::BAD_GATEWAY,
        503 => &catalog::SERVICE_UNAVAILABLE,
        504 => &catalog::GATEWAY_TIMEOUT,
        _ => &catalog::SERVER_ERROR,
    }
}

fn refused(said: &Said) -> &'static Cause {
    by_code(said).or_else(|| by_prose(said)).unwrap_or(&catalog::PROVIDER_REFUSED)
}

/// A 404, 405 or 410: of something the request names, or of the very endpoint that this gateway called.
fn not_there(status: u16, said: &Said) -> &'static Cause {
    let named = by_code(said).or_else(|| by_prose(said));
    named.unwrap_or(if status == 405 || names_nothing(said) {
        &catalog::UPSTREAM_ENDPOINT_NOT_FOUND
    } else {
        &catalog::PROVIDER_REFUSED
    })
}

/// Whether "not found" is said of no thing, or of the path: FastAPI, Go's net/http, Azure, OpenAI, LM Studio.
fn names_nothing(said: &Said) -> bool {
    const WHOLE: &[&str] = &["", "not found", "404 not found", "404 page not found", "resource not found", "gone"];
    const BEGINNINGS: &[&str] =
        &["invalid url", "unknown request url", "unexpected endpoint", "no route", "cannot post"];
    let message = said.message.trim().trim_end_matches('.');
    said.code == "unknown_url" || WHOLE.contains(&message) || BEGINNINGS.iter().any(|words| message.starts_with(words))
}

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

/// What a code or type says by itself.
pub(crate) fn by_code(said: &Said) -> Option<&'static Cause> {
    // OpenAI says it under codes of other things: `unsupported_value` of `stream`, `model_not_found`.
    if said.mentions("organization must be verified") {
        return Some(&catalog::ORG_VERIFICATION_REQUIRED);
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
        return Some(too_many(said));
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

/// What the words of a message say where the code is null or says no more than the status.
fn by_prose(said: &Said) -> Option<&'static Cause> {
    let known: &[(&str, &'static Cause)] = &[
        ("api key not valid", &catalog::UPSTREAM_CREDENTIAL_REJECTED),
        ("incorrect api key", &catalog::UPSTREAM_CREDENTIAL_REJECTED),
        ("credit balance is too low", &catalog::UPSTREAM_QUOTA_EXHAUSTED),
        ("does not support specifying dimensions", &catalog::DIMENSIONS_UNSUPPORTED),
        // Before "not supported in the v1/": it names both endpoints.
        ("only supported in v1/responses", &catalog::MODEL_RESPONSES_ONLY),
        ("not a chat model", &catalog::COMPLETION_MODEL_ON_CHAT),
        ("not supported in the v1/completions endpoint", &catalog::CHAT_MODEL_ON_COMPLETIONS),
        ("not supported in the v1/", &catalog::MODEL_WRONG_ENDPOINT),
        ("role 'tool' must be a response", &catalog::TOOL_RESULT_ORPHAN),
        ("not found in 'tool_calls' of previous message", &catalog::TOOL_RESULT_ORPHAN),
        ("no tool call found for", &catalog::TOOL_RESULT_ORPHAN),
        ("no tool output found for", &catalog::TOOL_RESULTS_MISSING),
        ("unexpected `tool_use_id`", &catalog::TOOL_RESULT_ORPHAN),
        ("must be followed by tool messages", &catalog::TOOL_RESULTS_MISSING),
        ("without `tool_result` blocks", &catalog::TOOL_RESULTS_MISSING),
        ("use 'max_completion_tokens' instead", &catalog::MAX_COMPLETION_TOKENS_REQUIRED),
        ("max_tokens is too large", &catalog::MAX_TOKENS_TOO_LARGE),
        ("maximum context length", &catalog::CONTEXT_LENGTH_EXCEEDED),
        ("contextwindowexceedederror", &catalog::CONTEXT_LENGTH_EXCEEDED),
        ("prompt is too long", &catalog::CONTEXT_LENGTH_EXCEEDED),
        ("input token count", &catalog::CONTEXT_LENGTH_EXCEEDED),
        ("unrecognized request argument", &catalog::PARAM_UNKNOWN),
        ("must contain the word 'json'", &catalog::JSON_WORD_MISSING),
        ("contain the word 'json' in some form", &catalog::JSON_WORD_MISSING),
        ("invalid schema for function", &catalog::TOOL_SCHEMA_INVALID),
        ("invalid schema for response_format", &catalog::RESPONSE_FORMAT_SCHEMA_INVALID),
        ("invalid schema for text.format", &catalog::RESPONSE_FORMAT_SCHEMA_INVALID),
        ("'response_format' of type", &catalog::RESPONSE_FORMAT_UNSUPPORTED),
        ("does not support tools", &catalog::MODEL_NO_TOOLS),
        ("support tool use", &catalog::MODEL_NO_TOOLS),
        ("image_url is only supported by", &catalog::MODEL_NO_VISION),
        ("does not support image", &catalog::MODEL_NO_VISION),
        ("support image input", &catalog::MODEL_NO_VISION),
        ("roles must alternate", &catalog::ROLE_ORDER_INVALID),
        ("must alternate", &catalog::ROLE_ORDER_INVALID),
        ("system role not supported", &catalog::ROLE_UNSUPPORTED),
        ("must have non-empty content", &catalog::MESSAGE_EMPTY_CONTENT),
        ("must be non-empty", &catalog::MESSAGE_EMPTY_CONTENT),
        ("invalid value for 'content'", &catalog::MESSAGES_FORMAT_INVALID),
        ("'$.input' is invalid", &catalog::EMBEDDING_INPUT_INVALID),
        ("input cannot be an empty", &catalog::EMBEDDING_INPUT_INVALID),
        ("invalid base64", &catalog::IMAGE_BASE64_INVALID),
        ("external image url", &catalog::IMAGE_URL_NOT_SUPPORTED),
        ("without its required", &catalog::RESPONSES_ITEM_MISSING),
        ("streaming is required", &catalog::STREAMING_REQUIRED),
        ("streaming is strongly recommended", &catalog::STREAMING_REQUIRED),
        ("is only allowed when", &catalog::PARAM_UNSUPPORTED),
        ("must be less than or equal to", &catalog::PARAM_OUT_OF_RANGE),
        ("must be greater than or equal to", &catalog::PARAM_OUT_OF_RANGE),
        ("extra inputs are not permitted", &catalog::PARAM_UNKNOWN),
        ("you must provide a model", &catalog::PARAM_MISSING),
        ("field required", &catalog::PARAM_MISSING),
        ("response with id", &catalog::RESPONSE_NOT_FOUND),
        ("while downloading", &catalog::IMAGE_URL_UNREACHABLE),
        ("failed to download image", &catalog::IMAGE_URL_UNREACHABLE),
        ("unsupported image", &catalog::IMAGE_INVALID),
        ("could not process image", &catalog::IMAGE_INVALID),
        ("safety system", &catalog::CONTENT_POLICY),
        ("could not parse the json body", &catalog::JSON_BODY_INVALID),
    ];
    if let Some((_, cause)) = known.iter().find(|(words, _)| said.mentions(words)) {
        return Some(cause);
    }
    if !said.mentions("model") {
        return None;
    }
    let any = |words: &[&str]| words.iter().any(|words| said.mentions(words));
    if any(&["has been deprecated", "has been decommissioned", "has been retired"]) {
        return Some(&catalog::UPSTREAM_MODEL_RETIRED);
    }
    // Anthropic: "model: x"; Google: "models/x is not found"; Ollama: "model 'x' not found"; vLLM: "does not exist";
    // DeepSeek: "Model Not Exist"; OpenRouter: "x is not a valid model ID"; LiteLLM: "Invalid model name".
    let missing = said.kind == "not_found_error"
        || any(&["not found", "not exist", "not a valid model", "invalid model name", "unknown model"]);
    missing.then_some(&catalog::UPSTREAM_MODEL_NOT_FOUND)
}

/// Whether a web page came instead of JSON.
fn is_page(content_type: &str, body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    content_type.trim_ascii_start().get(..9).is_some_and(|t| t.eq_ignore_ascii_case("text/html"))
        || [&b"<!doctype html"[..], b"<html"].iter().any(|tag| starts_with_ignoring_case(start, tag))
}

/// Whether the page is a bot protection's and not the provider's own rate limit.
fn is_challenge(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]).to_ascii_lowercase();
    ["cloudflare", "captcha", "cf-ray", "ray id"].iter().any(|word| start.contains(word))
}

fn starts_with_ignoring_case(text: &[u8], tag: &[u8]) -> bool {
    text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn cause(status: u16, body: &str) -> &'static str {
        classify_provider(status, "application/json", body.as_bytes()).slug
    }

    fn error(kind: &str, code: &str, param: &str, message: &str) -> String {
        let or_null = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        serde_json::json!({"error": {"message": message, "type": kind, "param": or_null(param), "code": or_null(code)}})
            .to_string()
    }

    /// Bodies as OpenAI, Anthropic, Google, Azure, Groq, vLLM and Ollama document or send them.
    #[test]
    fn known_answers_have_their_cause() {
        let invalid = "invalid_request_error";
        for (status, body, expected) in [
            (429, error("requests", "rate_limit_exceeded", "", "… on requests per min (RPM): …"), "upstream_rate_limited"),
            (429, error("tokens", "rate_limit_exceeded", "", "Rate limit reached …"), "upstream_rate_limited"),
            (429, error("tokens", "rate_limit_exceeded", "", "Request too large for gpt-4o …"), "upstream_request_exceeds_tpm"),
            (413, error("tokens", "rate_limit_exceeded", "", "Request too large for model"), "upstream_request_exceeds_tpm"),
            (429, error("requests", "rate_limit_exceeded", "", "… per day (RPD): Limit 200"), "upstream_daily_limit"),
            (429, error("insufficient_quota", "insufficient_quota", "", ""), "upstream_quota_exhausted"),
            (429, error("insufficient_quota", "project_spend_limit_exceeded", "", ""), "upstream_quota_exhausted"),
            (429, error("rate_limit_error", "slow_down", "", "Slow down"), "upstream_rate_limited"),
            (429, r#"{"type":"error","error":{"type":"rate_limit_error","message":"…"}}"#.into(), "upstream_rate_limited"),
            (429, r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"…"}}]"#.into(), "upstream_rate_limited"),
            (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#.into(), "provider_overloaded"),
            (503, error("service_unavailable_error", "server_is_overloaded", "", ""), "provider_overloaded"),
            (503, error("server_error", "", "", "That model is currently overloaded with …"), "provider_overloaded"),
            (503, String::new(), "service_unavailable"),
            (500, error("server_error", "", "", "The server had an error"), "server_error"),
            (502, String::new(), "bad_gateway"),
            (504, String::new(), "gateway_timeout"),
            (524, "<html>".into(), "cloudflare_5xx"),
            (400, error(invalid, "context_length_exceeded", "messages", ""), "context_length_exceeded"),
            (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}"#.into(), "context_length_exceeded"),
            (400, r#"{"object":"error","message":"This model's maximum context length is 4096","type":"BadRequestError","param":null,"code":400}"#.into(), "context_length_exceeded"),
            (400, error(invalid, "400", "", "litellm.ContextWindowExceededError: litellm.BadRequestError: …"), "context_length_exceeded"),
            (400, error("no_db_connection", "400", "", "No connected db."), "upstream_credential_rejected"),
            (400, error(invalid, "400", "", "/chat/completions: Invalid model name passed in model=x."), "upstream_model_not_found"),
            (400, error(invalid, "unsupported_parameter", "max_tokens", ""), "max_completion_tokens_required"),
            (400, error(invalid, "unsupported_parameter", "top_p", ""), "param_unsupported"),
            (400, error(invalid, "unsupported_parameter", "", "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'."), "param_unknown"),
            (400, error(invalid, "unsupported_value", "temperature", ""), "temperature_unsupported"),
            (400, error(invalid, "unknown_parameter", "reasoning", ""), "param_unknown"),
            (400, error(invalid, "", "", "Unrecognized request argument supplied: top_k"), "param_unknown"),
            (400, error(invalid, "", "", "This model does not support specifying dimensions."), "dimensions_unsupported"),
            (400, error(invalid, "", "", "you must provide a model parameter"), "param_missing"),
            (422, r#"{"detail":[{"loc":["body","messages"],"msg":"Field required","type":"missing"}]}"#.into(), "param_missing"),
            (400, error(invalid, "integer_above_max_value", "n", ""), "param_out_of_range"),
            (400, error(invalid, "invalid_image_url", "", "Timeout while downloading https://…"), "image_url_unreachable"),
            (400, error(invalid, "invalid_value", "url", "Timeout while downloading https://…"), "image_url_unreachable"),
            (400, error(invalid, "invalid_image_format", "", ""), "image_invalid"),
            (400, error(invalid, "content_policy_violation", "", ""), "content_policy"),
            (400, error("image_generation_user_error", "moderation_blocked", "", ""), "content_policy"),
            (400, error(invalid, "", "messages.[3].role", "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."), "tool_result_orphan"),
            (404, error(invalid, "model_not_found", "", "The model `x` does not exist or …"), "upstream_model_not_found"),
            (404, error(invalid, "model_not_found", "", "The model `x` has been deprecated, learn more …"), "upstream_model_retired"),
            (404, r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}"#.into(), "upstream_model_not_found"),
            (404, r#"{"error":"model 'llama9' not found"}"#.into(), "upstream_model_not_found"),
            (404, error(invalid, "model_not_found", "", "Your organization must be verified to use the model `o3`."), "org_verification_required"),
            (400, error(invalid, "unsupported_value", "stream", "Your organization must be verified to stream this model."), "org_verification_required"),
            (400, error(invalid, "model_decommissioned", "", "The model `x` has been decommissioned"), "upstream_model_retired"),
            (400, error(invalid, "", "", "Model Not Exist"), "upstream_model_not_found"),
            (400, r#"{"error":{"message":"x/y is not a valid model ID","code":400}}"#.into(), "upstream_model_not_found"),
            (404, r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#.into(), "upstream_model_not_found"),
            (404, r#"{"detail":"Not Found"}"#.into(), "upstream_endpoint_not_found"),
            (404, r#"{"error":{"code":"404","message":"Resource not found"}}"#.into(), "upstream_endpoint_not_found"),
            (404, error(invalid, "", "", "Invalid URL (POST /v1/responses)"), "upstream_endpoint_not_found"),
            (404, "404 page not found".into(), "upstream_endpoint_not_found"),
            (404, error(invalid, "", "model", "This is not a chat model and thus not supported in the v1/chat/completions endpoint."), "completion_model_on_chat"),
            (404, error(invalid, "", "model", "This model is only supported in v1/responses and not in v1/chat/completions."), "model_responses_only"),
            (400, error(invalid, "invalid_value", "messages[0].role", "Invalid value: 'human'. Supported values are: …"), "role_unsupported"),
            (400, error(invalid, "unsupported_value", "messages[0].role", "Unsupported value: 'messages[0].role' does not support 'system' with this model."), "role_unsupported"),
            (400, error(invalid, "missing_required_parameter", "messages[0].role", "Missing required parameter: 'messages[0].role'."), "messages_format_invalid"),
            (400, error(invalid, "invalid_type", "messages[1].content", "Invalid type for 'messages[1].content': expected one of a string or array of objects, but got an object instead."), "messages_format_invalid"),
            (400, error(invalid, "", "messages.[0].content", "Invalid value for 'content': expected a string, got null."), "messages_format_invalid"),
            (400, error(invalid, "empty_array", "messages", "Invalid 'messages': empty array."), "message_empty_content"),
            (400, error(invalid, "invalid_value", "tools[0].function.name", "Invalid 'tools[0].function.name': string does not match pattern."), "tool_name_invalid"),
            (400, error(invalid, "string_above_max_length", "tools[0].function.name", "Invalid 'tools[0].function.name': string too long."), "tool_name_invalid"),
            (400, error(invalid, "array_above_max_length", "tools", "Invalid 'tools': array too long."), "too_many_tools"),
            (400, error(invalid, "array_above_max_length", "stop", "Invalid 'stop': array too long."), "param_out_of_range"),
            (400, error(invalid, "invalid_function_parameters", "tools[0].function.parameters", "Invalid schema for function 'f'"), "tool_schema_invalid"),
            (400, error(invalid, "", "response_format", "Invalid schema for response_format 'x': …"), "response_format_schema_invalid"),
            (400, error(invalid, "", "response_format", "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."), "response_format_unsupported"),
            (400, error(invalid, "", "messages", "'messages' must contain the word 'json' in some form, to use …"), "json_word_missing"),
            (400, error(invalid, "", "input", "Response input messages must contain the word 'json' in some form to use …"), "json_word_missing"),
            (400, error(invalid, "invalid_value", "max_tokens", "max_tokens is too large: 99999. This model supports at most 16384 completion tokens"), "max_tokens_too_large"),
            (400, error(invalid, "", "", "Invalid base64 image_url."), "image_base64_invalid"),
            (400, error(invalid, "invalid_image", "", "Failed to download image from https://x. Image size exceeds the limit."), "image_too_large"),
            (400, error(invalid, "", "", "Invalid 'input': input cannot be an empty string."), "embedding_input_invalid"),
            (400, error(invalid, "", "", "'$.input' is invalid. Please check the API reference"), "embedding_input_invalid"),
            (400, r#"{"error":"registry.ollama.ai/library/x does not support tools"}"#.into(), "model_no_tools"),
            (400, error(invalid, "", "messages.[2].role", "Invalid parameter: 'tool_call_id' of 'x' not found in 'tool_calls' of previous message."), "tool_result_orphan"),
            (400, error(invalid, "", "input", "No tool output found for function call call_1."), "tool_results_missing"),
            (400, error(invalid, "", "input", "Item 'rs_1' of type 'reasoning' was provided without its required following item."), "responses_item_missing"),
            (400, error("BadRequestError", "", "", "Conversation roles must alternate user/assistant/user/assistant/..."), "role_order_invalid"),
            (424, error("external_connector_error", "", "tools", "Error retrieving tool list from MCP server: incorrect api key"), "provider_refused"),
            (405, r#"{"detail":"Method Not Allowed"}"#.into(), "upstream_endpoint_not_found"),
            (404, error(invalid, "", "", "Item with id 'rs_1' not found."), "provider_refused"),
            (404, error(invalid, "", "", "Response with id 'resp_1' not found."), "response_not_found"),
            (400, error(invalid, "previous_response_not_found", "", "Previous response with id 'resp_1' not found."), "previous_response_not_found"),
            (400, error(invalid, "", "", "'functions' has been deprecated"), "provider_refused"),
            (401, error(invalid, "invalid_api_key", "", "Incorrect API key provided: sk-…"), "upstream_credential_rejected"),
            (400, r#"{"error":{"code":400,"message":"…","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#.into(), "upstream_credential_rejected"),
            (403, error(invalid, "model_not_found", "", "Project `proj_x` does not have access"), "upstream_credential_rejected"),
            (403, error("request_forbidden", "unsupported_country_region_territory", "", ""), "region_unsupported"),
            (402, String::new(), "upstream_quota_exhausted"),
            (307, String::new(), "redirect_breaks_request"),
            (418, "null".into(), "provider_refused"),
            (200, "null".into(), "response_shape_unexpected"),
            (99, String::new(), "unknown"),
        ] {
            assert_eq!(cause(status, &body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_web_page_is_told_by_what_it_means() {
        let page = b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>";

        assert_eq!(classify_provider(403, "text/html; charset=UTF-8", page).slug, "waf_blocked");
        assert_eq!(classify_provider(429, "text/html", page).slug, "waf_blocked");
        assert_eq!(classify_provider(404, "", b"\n<HTML>").slug, "html_instead_of_json");
        assert_eq!(classify_provider(200, "Text/HTML", b"hello").slug, "html_instead_of_json");
        assert_eq!(classify_provider(502, "text/html", page).slug, "bad_gateway");
    }

    #[test]
    fn prose_never_overrules_a_status_or_a_code() {
        let shouting = "maximum context length, safety system, overloaded, incorrect api key";

        assert_eq!(cause(500, &error("server_error", "", "", shouting)), "server_error");
        assert_eq!(cause(429, &error("requests", "", "", shouting)), "upstream_rate_limited");
        assert_eq!(cause(400, &error("x", "unknown_parameter", "", shouting)), "param_unknown");
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(status in any::<u16>(), kind in ".{0,12}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = classify_provider(status, &kind, &body);
        }

        #[test]
        fn no_json_makes_it_panic(status in 400u16..600, body in r#"[\[{]{0,3}("(error|code|type|message|detail|details)":?|[\[\]{},:]|null|1|"x"){0,12}"#) {
            let _ = classify_provider(status, "application/json", body.as_bytes());
        }
    }
}

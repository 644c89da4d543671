//! Names the cause of a provider's failed answer.
//!
//! In: status, content type and body as they came. Out: a cause of the catalogue. Status and codes decide; a provider's
//! prose is read only to tell apart what they leave together (OpenAI sends code null for a dozen mistakes) and never
//! against them. Nothing of the body is kept.

use serde_json::Value;

use crate::catalog;
use crate::cause::Cause;

/// A longer body is not read as JSON: errors are short, and this runs on the serving threads.
const BODY_MAX_BYTES: usize = 256 * 1024;
/// Of a message, what is looked at.
const MESSAGE_MAX_BYTES: usize = 2048;

/// The cause of a provider's failed answer, or of one with status 200 that is no answer.
///
/// A 401, and a 403 that is neither a region's nor a firewall's, is [`catalog::UPSTREAM_CREDENTIAL_REJECTED`]: the
/// credential is the gateway's, and the provider's text must not reach the caller.
#[must_use]
pub fn classify_provider(status: u16, content_type: &str, body: &[u8]) -> &'static Cause {
    let said = Said::read(body);
    let page = said.is_none() && is_page(content_type, body);
    let said = said.unwrap_or_default();
    match status {
        401 => &catalog::UPSTREAM_CREDENTIAL_REJECTED,
        403 if page => &catalog::WAF_BLOCKED,
        403 => forbidden(&said),
        402 => &catalog::INSUFFICIENT_QUOTA,
        429 if page && is_challenge(body) => &catalog::WAF_BLOCKED,
        429 => too_many(&said),
        408 => &catalog::GATEWAY_TIMEOUT,
        520..=527 | 530 => &catalog::CLOUDFLARE_5XX,
        529 => &catalog::PROVIDER_OVERLOADED,
        500..=599 => failed(status, &said),
        300..=399 => &catalog::REDIRECT_BREAKS_REQUEST,
        _ if page => &catalog::HTML_INSTEAD_OF_JSON,
        400..=499 => refused(&said),
        200..=299 => &catalog::RESPONSE_SHAPE_UNEXPECTED,
        _ => &catalog::UNKNOWN,
    }
}

/// What a provider said, in lower case.
#[derive(Default)]
struct Said {
    kind: String,
    code: String,
    param: String,
    message: String,
    /// Google's `details[].reason`.
    reason: String,
}

impl Said {
    /// Reads the error objects of OpenAI, Azure, Anthropic, Google, vLLM, Ollama and FastAPI; `None` where the body is
    /// no JSON object.
    fn read(body: &[u8]) -> Option<Self> {
        if body.len() > BODY_MAX_BYTES {
            return None;
        }
        let value: Value = serde_json::from_slice(body).ok()?;
        // Google's streams answer with a list of one.
        let object = value.get(0).unwrap_or(&value).as_object()?;
        let error = match object.get("error") {
            Some(error @ Value::Object(_)) => error,
            Some(Value::String(message)) => return Some(Self { message: lower(message), ..Self::default() }),
            _ => value.get(0).unwrap_or(&value),
        };
        let member = |name: &str| error.get(name).and_then(Value::as_str).map(lower).unwrap_or_default();
        // Google has a number as code and the word in `status`; vLLM has the status as code.
        let code = Some(member("code")).filter(|code| !code.is_empty()).unwrap_or_else(|| member("status"));
        let message = Some(member("message")).filter(|m| !m.is_empty()).unwrap_or_else(|| detail(error));
        let reason = error.pointer("/details/0/reason").and_then(Value::as_str).map(lower).unwrap_or_default();
        Some(Self { kind: member("type"), code, param: member("param"), message, reason })
    }

    fn code_is(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.code == *word || self.kind == *word)
    }

    fn mentions(&self, words: &str) -> bool {
        self.message.contains(words)
    }
}

/// FastAPI's `detail`: a text, or a list of objects with `msg`.
fn detail(error: &Value) -> String {
    let detail = error.get("detail").and_then(|d| d.as_str().or_else(|| d.pointer("/0/msg")?.as_str()));
    detail.map(lower).unwrap_or_default()
}

fn lower(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    text[..text.floor_char_boundary(MESSAGE_MAX_BYTES)].to_ascii_lowercase()
}

fn forbidden(said: &Said) -> &'static Cause {
    match by_code(said) {
        Some(cause) if is_about_the_call(cause) => cause,
        _ => &catalog::UPSTREAM_CREDENTIAL_REJECTED,
    }
}

/// Of the causes a code can name, those that a 403 may be about without being about our credential.
fn is_about_the_call(cause: &'static Cause) -> bool {
    [&catalog::REGION_UNSUPPORTED, &catalog::CONTENT_POLICY, &catalog::INSUFFICIENT_QUOTA].contains(&cause)
}

fn too_many(said: &Said) -> &'static Cause {
    if said.code_is(QUOTA) {
        return &catalog::INSUFFICIENT_QUOTA;
    }
    if said.code_is(OVERLOADED) {
        return &catalog::PROVIDER_OVERLOADED;
    }
    let daily = said.mentions("(rpd)") || said.mentions("(tpd)");
    let tokens = said.kind == "tokens" || said.mentions("(tpm)");
    let requests = said.kind == "requests" || said.mentions("(rpm)");
    if daily {
        &catalog::RATE_LIMIT_DAILY
    } else if tokens && said.mentions("request too large") {
        &catalog::REQUEST_EXCEEDS_TPM
    } else if tokens {
        &catalog::RATE_LIMIT_TOKENS
    } else if requests {
        &catalog::RATE_LIMIT_REQUESTS
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

const QUOTA: &[&str] = &[
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
];

const OVERLOADED: &[&str] =
    &["server_is_overloaded", "engine_overloaded", "overloaded_error", "service_unavailable_error"];

/// What a code or type says by itself.
fn by_code(said: &Said) -> Option<&'static Cause> {
    if said.code == "model_not_found" && said.mentions("has been deprecated") {
        return Some(&catalog::MODEL_DEPRECATED);
    }
    if said.code_is(&["unsupported_parameter"]) {
        let replaced = said.param == "max_tokens" || said.mentions("'max_completion_tokens'");
        return Some(if replaced { &catalog::MAX_COMPLETION_TOKENS_REQUIRED } else { &catalog::PARAM_UNSUPPORTED });
    }
    if said.code_is(&["unsupported_value"]) {
        let temperature = said.param == "temperature";
        return Some(if temperature { &catalog::TEMPERATURE_UNSUPPORTED } else { &catalog::PARAM_UNSUPPORTED });
    }
    // Groq refuses with 413 what OpenAI refuses with 429.
    if said.code == "rate_limit_exceeded" {
        return Some(too_many(said));
    }
    // The Responses API says `invalid_value` of an image it could not fetch.
    if said.code == "invalid_value" && said.mentions("downloading") {
        return Some(&catalog::IMAGE_URL_UNREACHABLE);
    }
    let known: &[(&[&str], &'static Cause)] = &[
        (&["model_not_found", "deploymentnotfound", "model_not_available"], &catalog::MODEL_NOT_FOUND),
        (&["context_length_exceeded"], &catalog::CONTEXT_LENGTH_EXCEEDED),
        (&["unknown_parameter"], &catalog::PARAM_UNKNOWN),
        (&["missing_required_parameter", "missing"], &catalog::PARAM_MISSING),
        (&["invalid_type"], &catalog::PARAM_INVALID_TYPE),
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
        (&["unsupported_content_type"], &catalog::CONTENT_TYPE_WRONG),
        (&["request_too_large"], &catalog::BODY_TOO_LARGE),
        (QUOTA, &catalog::INSUFFICIENT_QUOTA),
        (&["invalid_api_key", "authentication_error", "permission_error"], &catalog::UPSTREAM_CREDENTIAL_REJECTED),
    ];
    if said.reason == "api_key_invalid" {
        return Some(&catalog::UPSTREAM_CREDENTIAL_REJECTED);
    }
    known.iter().find(|(words, _)| said.code_is(words)).map(|(_, cause)| *cause)
}

/// What the words of a message say where the code is null or says no more than the status.
fn by_prose(said: &Said) -> Option<&'static Cause> {
    let known: &[(&str, &'static Cause)] = &[
        ("api key not valid", &catalog::UPSTREAM_CREDENTIAL_REJECTED),
        ("incorrect api key", &catalog::UPSTREAM_CREDENTIAL_REJECTED),
        ("credit balance is too low", &catalog::INSUFFICIENT_QUOTA),
        ("does not support specifying dimensions", &catalog::DIMENSIONS_UNSUPPORTED),
        ("not a chat model", &catalog::COMPLETION_MODEL_ON_CHAT),
        ("not supported in the v1/completions endpoint", &catalog::CHAT_MODEL_ON_COMPLETIONS),
        ("role 'tool' must be a response", &catalog::TOOL_RESULT_ORPHAN),
        ("unexpected `tool_use_id`", &catalog::TOOL_RESULT_ORPHAN),
        ("must be followed by tool messages", &catalog::TOOL_RESULTS_MISSING),
        ("without `tool_result` blocks", &catalog::TOOL_RESULTS_MISSING),
        ("use 'max_completion_tokens' instead", &catalog::MAX_COMPLETION_TOKENS_REQUIRED),
        ("maximum context length", &catalog::CONTEXT_LENGTH_EXCEEDED),
        ("prompt is too long", &catalog::CONTEXT_LENGTH_EXCEEDED),
        ("input token count", &catalog::CONTEXT_LENGTH_EXCEEDED),
        ("unrecognized request argument", &catalog::PARAM_UNKNOWN),
        ("extra inputs are not permitted", &catalog::PARAM_UNKNOWN),
        ("you must provide a model", &catalog::PARAM_MISSING),
        ("field required", &catalog::PARAM_MISSING),
        ("while downloading", &catalog::IMAGE_URL_UNREACHABLE),
        ("failed to download image", &catalog::IMAGE_URL_UNREACHABLE),
        ("unsupported image", &catalog::IMAGE_INVALID),
        ("could not process image", &catalog::IMAGE_INVALID),
        ("safety system", &catalog::CONTENT_POLICY),
        ("could not parse the json body", &catalog::JSON_BODY_INVALID),
        ("has been deprecated", &catalog::MODEL_DEPRECATED),
    ];
    if let Some((_, cause)) = known.iter().find(|(words, _)| said.mentions(words)) {
        return Some(cause);
    }
    // Anthropic: "model: x"; Google: "models/x is not found"; Ollama: "model 'x' not found"; vLLM: "does not exist".
    let missing = said.mentions("not found") || said.mentions("does not exist") || said.kind == "not_found_error";
    (said.mentions("model") && missing).then_some(&catalog::MODEL_NOT_FOUND)
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
            (429, error("requests", "rate_limit_exceeded", "", "… on requests per min (RPM): …"), "rate_limit_requests"),
            (429, error("tokens", "rate_limit_exceeded", "", "Rate limit reached …"), "rate_limit_tokens"),
            (429, error("tokens", "rate_limit_exceeded", "", "Request too large for gpt-4o …"), "request_exceeds_tpm"),
            (413, error("tokens", "rate_limit_exceeded", "", "Request too large for model"), "request_exceeds_tpm"),
            (429, error("requests", "rate_limit_exceeded", "", "… per day (RPD): Limit 200"), "rate_limit_daily"),
            (429, error("insufficient_quota", "insufficient_quota", "", ""), "insufficient_quota"),
            (429, error("insufficient_quota", "project_spend_limit_exceeded", "", ""), "insufficient_quota"),
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
            (400, error(invalid, "unsupported_parameter", "max_tokens", ""), "max_completion_tokens_required"),
            (400, error(invalid, "unsupported_parameter", "top_p", ""), "param_unsupported"),
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
            (404, error(invalid, "model_not_found", "", "The model `x` does not exist or …"), "model_not_found"),
            (404, error(invalid, "model_not_found", "", "The model `x` has been deprecated, learn more …"), "model_deprecated"),
            (404, r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}"#.into(), "model_not_found"),
            (404, r#"{"error":"model 'llama9' not found"}"#.into(), "model_not_found"),
            (404, r#"{"detail":"Not Found"}"#.into(), "provider_refused"),
            (401, error(invalid, "invalid_api_key", "", "Incorrect API key provided: sk-…"), "upstream_credential_rejected"),
            (400, r#"{"error":{"code":400,"message":"…","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#.into(), "upstream_credential_rejected"),
            (403, error(invalid, "model_not_found", "", "Project `proj_x` does not have access"), "upstream_credential_rejected"),
            (403, error("request_forbidden", "unsupported_country_region_territory", "", ""), "region_unsupported"),
            (402, String::new(), "insufficient_quota"),
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
        assert_eq!(cause(429, &error("requests", "", "", shouting)), "rate_limit_requests");
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

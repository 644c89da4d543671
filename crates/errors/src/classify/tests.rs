//! What known answers come to.

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
    let mut wrong = Vec::new();
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
        (403, error(invalid, "model_not_found", "", "Project `proj_x` does not have access to model `gpt-4o`"), "upstream_model_not_found"),
        (403, error("request_forbidden", "unsupported_country_region_territory", "", ""), "region_unsupported"),
        (402, String::new(), "upstream_quota_exhausted"),
        (307, String::new(), "redirect_breaks_request"),
        (418, "null".into(), "provider_refused"),
        (200, "null".into(), "response_shape_unexpected"),
        (99, String::new(), "unknown"),
    ] {
        let found = cause(status, &body);
        if found != expected {
            wrong.push(format!("{found} instead of {expected}: {status} {body}"));
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Not every 403 is about the credential: what is about the account, the model or the content keeps its own cause.
#[test]
fn a_403_is_about_the_credential_only_where_it_says_so() {
    let invalid = "invalid_request_error";
    for (body, expected) in [
        (error(invalid, "", "", "Your organization must be verified to use the model `gpt-image-1`. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization."), "org_verification_required"),
        (error(invalid, "model_not_found", "", "Project `proj_abc` does not have access to model `gpt-4o`"), "upstream_model_not_found"),
        (r#"{"code":"The caller does not have permission to execute the specified operation","error":"Content violates usage guidelines. Team: abc, API key ID: def, Model: grok-4, Failed check: SAFETY_CHECK_TYPE_CSAM"}"#.into(), "content_policy"),
        (r#"{"error":{"message":"openai/gpt-4o requires moderation on OpenInference. Your input was flagged for \"violence\". No credits were charged.","code":403,"metadata":{"reasons":["violence"],"flagged_input":"how to...","provider_name":"OpenAI","model_slug":"openai/gpt-4o"}}}"#.into(), "content_policy"),
        (r#"{"error":{"code":403,"message":"Generative Language API has not been used in project 1234 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=1234 then retry.","status":"PERMISSION_DENIED"}}"#.into(), "gcp_api_disabled"),
        (r#"{"error":{"code":403,"message":"Generative Language API has not been used in project 1234 before or it is disabled.","status":"PERMISSION_DENIED"}}"#.into(), "gcp_api_disabled"),
        (error("request_forbidden", "unsupported_country_region_territory", "", "Country, region, or territory not supported"), "region_unsupported"),
        (r#"{"message":"You don't have access to the model with the specified model ID."}"#.into(), "upstream_model_not_found"),
        (error(invalid, "invalid_api_key", "", "Incorrect API key provided: ****"), "upstream_credential_rejected"),
        (error("permission_error", "", "", "Your API key does not have permission to use the specified resource."), "upstream_credential_rejected"),
        (error(invalid, "", "", "You have insufficient permissions for this operation. Missing scopes: model.request."), "upstream_credential_rejected"),
        (r#"{"error":{"code":403,"message":"Permission denied: Consumer 'api_key:****' has been suspended.","status":"PERMISSION_DENIED"}}"#.into(), "upstream_credential_rejected"),
        (r#"{"error":{"code":403,"message":"Your API key was reported as leaked. Please use another API key.","status":"PERMISSION_DENIED"}}"#.into(), "upstream_credential_rejected"),
        (r#"{"message":"Forbidden"}"#.into(), "upstream_credential_rejected"),
        (String::new(), "upstream_credential_rejected"),
    ] {
        assert_eq!(cause(403, &body), expected, "{body}");
    }
}

/// A credential of ours that a provider repeats has been put in stars before an answer is read.
#[test]
fn a_hidden_credential_is_recognised_as_one() {
    let hidden = "*************************";
    for (status, message) in [
        (400, format!("Incorrect API key provided: {hidden}")),
        (400, format!("Incorrect API key provided: {hidden}. You can find your API key at https://example.com.")),
        (500, format!("litellm.AuthenticationError: Incorrect API key provided: {hidden}.")),
    ] {
        assert_eq!(cause(status, &error("", "", "", &message)), "upstream_credential_rejected", "{message}");
    }
    let event = error("", "", "", &format!("Incorrect API key provided: {hidden}"));
    let found = classify_event(&Answer { body: event.as_bytes(), ..Answer::default() });
    assert_eq!(found.cause.slug, "upstream_credential_rejected");
}

#[test]
fn a_long_answer_is_read_like_a_short_one() {
    let echo = "A".repeat(300_000);
    let four = error(
        "invalid_request_error",
        "context_length_exceeded",
        "messages",
        &format!("This model's maximum context length is 4096 tokens. {echo}"),
    );
    let fastapi = serde_json::json!({"detail": [{"type": "missing", "loc": ["body", "messages"], "msg": "Field required", "input": {"x": echo}}]});

    assert_eq!(cause(400, &four), "context_length_exceeded");
    assert_eq!(cause(400, &four[..256 << 10]), "context_length_exceeded");
    assert_eq!(cause(422, &fastapi.to_string()), "param_missing");
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

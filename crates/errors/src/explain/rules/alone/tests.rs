//! Sentences of such APIs without anything around them, and the hosts of such APIs with a letter wrong.

use crate::explain::{Context, explain};

/// Fails with all texts that are not told with more than a guess.
fn assert_sure(table: &[(&str, Option<u16>, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(cause, status, text)| {
            let found = explain(text, &Context { status: *status, ..Context::default() });
            (found.cause.slug != *cause || found.confidence <= 0.5)
                .then(|| format!("{text}\n    wanted {cause}, found {} {:.2}", found.cause.slug, found.confidence))
        })
        .collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_only_such_apis_say_needs_no_other_sign() {
    assert_sure(&[
        ("server_error", None, "The server had an error while processing your request. Sorry about that!"),
        ("billing_not_active", None, "Billing hard limit has been reached"),
        (
            "role_unsupported",
            None,
            "Invalid value: 'developer'. Supported values are: 'system', 'assistant', 'user', 'function', and 'tool'.",
        ),
        (
            "model_not_pulled",
            None,
            r#"{"error":"No models loaded. Please load a model in the developer page or use the 'lms load' command."}"#,
        ),
        (
            "key_missing",
            None,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth \
             (i.e. Authorization: Bearer YOUR_KEY)",
        ),
        ("model_not_found", None, "The model `gpt4o` does not exist or you do not have access to it."),
        ("model_loading", None, r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#),
        ("provider_overloaded", None, "The engine is currently overloaded, please try again later"),
        (
            "provider_overloaded",
            Some(503),
            r#"{"error":{"message":"The engine is currently overloaded, please try again later","type":"server_error"}}"#,
        ),
        ("provider_overloaded", None, "The server is overloaded or not ready yet."),
        ("org_verification_required", None, "Your organization must be verified to stream this model."),
    ]);
}

#[test]
fn the_host_of_a_provider_with_a_letter_wrong_is_known() {
    assert_sure(&[
        ("dns_failure", None, "TypeError: fetch failed\n [cause]: Error: getaddrinfo ENOTFOUND api.opena1.com"),
        ("dns_failure", None, "APIConnectionError: Connection error. Caused by: getaddrinfo ENOTFOUND api.opena1.com"),
        ("dns_failure", None, "Error: getaddrinfo ENOTFOUND api.antropic.com"),
    ]);

    let other = explain("Error: getaddrinfo ENOTFOUND db.internal.example", &Context::default());
    assert!(other.cause.slug == "unknown" || other.confidence < 0.5, "{} {}", other.cause.slug, other.confidence);
}

#[test]
fn the_page_of_a_company_s_network_is_told_as_a_block() {
    assert_sure(&[
        (
            "waf_blocked",
            Some(403),
            "<html><head><title>Web Filter Violation</title></head><body><h1>Access Blocked</h1><p>The page you have \
             requested has been blocked because it is in violation of your Internet usage policy.</p></body></html>",
        ),
        (
            "waf_blocked",
            Some(403),
            "openai.PermissionDeniedError: <html><head><title>Zscaler</title></head><body>Your organization's policy does \
             not allow access to this site</body></html>",
        ),
        (
            "param_out_of_range",
            None,
            "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        ),
    ]);
}

#[test]
fn what_any_program_says_is_not_claimed() {
    for text in [
        "openai.LengthFinishReasonError: Could not parse response content as the length limit was reached",
        "AttributeError: 'coroutine' object has no attribute 'content'",
        r#"{"error":{"code":"api_key_expired","message":"Expired API Key provided: sk_live_****abcd","doc_url":"https://stripe.com/docs/error-codes/api-key-expired","type":"invalid_request_error"}}"#,
        "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match</Message></Error>",
    ] {
        let found = explain(text, &Context::default());
        assert!(found.cause.slug == "unknown" || found.confidence < 0.5, "{text}: {}", found.cause.slug);
    }
}

//! Texts of which what was sent decides: the key that is echoed, the address, the program that is shown.

use crate::explain::rules::tests::{assert_told, assert_unknown};
use crate::explain::{Context, explain};

/// OpenAI's refusal of this text.
fn refused(echoed: &str) -> String {
    format!(
        "openai.AuthenticationError: Error code: 401 - {{'error': {{'message': 'Incorrect API key provided: {echoed}. You can \
         find your API key at https://platform.openai.com/account/api-keys.', 'code': 'invalid_api_key'}}}}"
    )
}

#[test]
fn what_the_ends_of_an_echoed_text_tell_is_used() {
    for (echoed, cause) in [
        ("eyJ0eXAi**************************************xQ9g", "key_not_a_key"),
        ("ANTHROPI*****************************************AbCd", "key_not_a_key"),
        ("MISTRAL_**_KEY", "key_placeholder"),
        ("API_KEY=**************************Zz19", "key_not_a_key"),
        ("XXXXXXXX", "key_placeholder"),
        ("xxx", "key_placeholder"),
        ("my secret", "key_not_a_key"),
        ("4fe0c91a************************77b0", "key_wrong_provider"),
        ("sk-tg-Ab****************************Q7xY", "key_wrong_provider"),
        ("sk-proj-****************************************MxYA", "key_invalid"),
    ] {
        let found = explain(&refused(echoed), &Context::default());

        assert_eq!(found.answer(), cause, "{echoed}");
    }
}

#[test]
fn a_key_that_ends_too_early_is_a_damaged_one() {
    let found = explain(&refused("sk-4f9"), &Context::default());

    assert_eq!((found.answer(), found.cause.slug), ("key_invalid", "key_typo"));
}

#[test]
fn a_gateway_of_this_kind_refuses_its_own_keys_as_such() {
    let body = r#"{"error":{"message":"Incorrect API key provided: sk-tg-****AbCd. You can find your API key at http://localhost:8080/errors/key_invalid.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#;

    assert_eq!(explain(body, &Context::default()).answer(), "key_invalid");
}

#[test]
fn the_program_that_is_shown_is_read() {
    assert_told(&[
        (
            "headers_not_sent",
            &[
                "Error: Request failed with status code 401 (api.mistral.ai)\n  const r = await axios.post(`${base}/chat/completions`, { model, messages }, authHeaders);",
            ],
        ),
        (
            "key_invalid",
            &[
                "Error: 401 Unauthorized: wrong API key (api.mistral.ai)\n  const r = await axios.post(url, body, { headers: authHeaders });",
            ],
        ),
        (
            "auth_header_wrong_name",
            &[
                "vertexai: 401 UNAUTHENTICATED: Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
            ],
        ),
        (
            "account_deactivated",
            &["Your GROQ_API_KEY belongs to a suspended organization. Unset the variable to log in."],
        ),
    ]);
}

#[test]
fn addresses_that_only_explain_were_not_called() {
    assert_told(&[
        (
            "stream_interrupted",
            &["stream disconnected before completion: https://chatgpt.com/backend-api/codex/responses"],
        ),
        ("endpoint_not_found", &[r#"dev.langchain4j.exception.HttpException: {"detail":"Not Found"} (openai)"#]),
    ]);
    assert_unknown(&[r#"{"detail":"Not Found"}"#]);
}

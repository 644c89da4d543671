//! Which address was called and what came back.

use crate::assert_told;

#[test]
fn a_base_url_is_wrong_in_many_ways() {
    assert_told(&[
        (
            "base_url_missing_v1",
            r#"{"error":{"message":"Invalid URL (POST /responses)","type":"invalid_request_error","param":null,"code":null}}"#,
        ),
        (
            "base_url_missing_v1",
            "Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway (LM Studio)",
        ),
        ("base_url_missing_v1", "openai client: AttributeError: 'str' object has no attribute 'model_dump'"),
        (
            "base_url_double_v1",
            r#"openai.NotFoundError: Error code: 404 - {'error': {'message': 'Invalid URL (POST /v1/v1/chat/completions)'}}"#,
        ),
        ("base_url_double_v1", "POST http://localhost:11434/v1/v1/embeddings 404 page not found (ollama)"),
        (
            "base_url_includes_path",
            r#"openai 404 {"error":{"message":"Invalid URL (POST /v1/embeddings/embeddings)"}}"#,
        ),
        (
            "base_url_includes_path",
            "POST https://api.groq.com/openai/v1/chat/completions/chat/completions -> 404 Unknown request URL",
        ),
        (
            "base_url_malformed",
            "httpx.UnsupportedProtocol: Request URL is missing an 'http://' or 'https://' protocol. (openai base_url)",
        ),
        ("base_url_malformed", "openai: getaddrinfo ENOTFOUND https (https://https//api.openai.com/v1)"),
        ("base_url_wrong", "POST https://platform.openai.com/v1/chat/completions 405"),
        ("base_url_wrong", "POST https://openrouter.ai/v1/chat/completions 404"),
        (
            "endpoint_not_found",
            r#"{"error":{"message":"Unknown request URL: POST /openai/v1/chat/complete. Please check the URL for typos, or see the docs at https://console.groq.com/docs/","type":"invalid_request_error","code":"unknown_url"}}"#,
        ),
        ("endpoint_not_found", r#"openai compatible server 404 {"message":"no Route matched with those values"}"#),
        (
            "method_not_allowed",
            r#"{"error":{"message":"Not allowed to GET on /v1/chat/completions. (HINT: Perhaps you meant to use a different HTTP method?)","code":"method_not_supported"}}"#,
        ),
        (
            "method_not_allowed",
            r#"HTTP/1.1 405 Method Not Allowed {"detail":"Method Not Allowed"} /v1/chat/completions"#,
        ),
        (
            "redirect_breaks_request",
            "> POST http://api.example.com/v1/chat/completions\n< HTTP/1.1 301 Moved Permanently\n< Location: https://api.example.com/v1/chat/completions\n> GET /v1/chat/completions\n< HTTP/2 405",
        ),
        (
            "redirect_breaks_request",
            "openai: httpx.TooManyRedirects: Exceeded maximum allowed redirects for https://gw.example.com/v1",
        ),
        (
            "http_https_mismatch",
            "openai.APIConnectionError: ssl.SSLError: [SSL: RECORD_LAYER_FAILURE] record layer failure (_ssl.c:1006)",
        ),
        (
            "http_https_mismatch",
            "Post \"https://localhost:11434/api/chat\": http: server gave HTTP response to HTTPS client",
        ),
    ]);
}

#[test]
fn an_answer_that_is_no_json_or_lacks_its_fields() {
    assert_told(&[
        ("html_instead_of_json", "openai: SyntaxError: Unexpected token '<', \"<html> <h\"... is not valid JSON"),
        (
            "html_instead_of_json",
            "chat completion failed: invalid character '<' looking for beginning of value (api base http://gw.local/v1)",
        ),
        (
            "response_shape_unexpected",
            "TypeError: Cannot read properties of undefined (reading 'message')\n  const text = response.data.choices[0].message.content (openai)",
        ),
        ("response_shape_unexpected", "openai: TypeError: 'NoneType' object is not subscriptable: response.choices[0]"),
    ]);
}

//! What was sent as a key, or was not.

use crate::assert_told;

#[test]
fn the_form_of_the_echoed_key_decides() {
    assert_told(&[
        (
            "key_undefined",
            r#"{"error":{"message":"Incorrect API key provided: null. You can find your API key at https://platform.openai.com/account/api-keys.","code":"invalid_api_key"}}"#,
        ),
        (
            "key_undefined",
            "groq.AuthenticationError: Error code: 401 - {'error': {'message': 'Invalid API Key', 'type': 'invalid_request_error', 'code': 'invalid_api_key'}}\n> authorization: Bearer undefined",
        ),
        (
            "key_placeholder",
            "openai.AuthenticationError: Error code: 401 - Incorrect API key provided: YOUR_OPE***_KEY.",
        ),
        ("key_placeholder", "HTTP 401 from api.openai.com: Incorrect API key provided: <your-key-here>"),
        (
            "key_double_bearer",
            "401 Incorrect API key provided: Bearer s***********9f2K. You can find your API key at https://platform.openai.com/account/api-keys.",
        ),
        (
            "key_double_bearer",
            // tollgate:allow: made up for this test
            "> POST /v1/chat/completions HTTP/1.1\n> Host: api.openai.com\n> authorization: Bearer Bearer sk-FAKEfakeFAKEfakeFAKE\n< HTTP/1.1 401 Unauthorized",
        ),
        (
            "key_quoted",
            r#"Error: 401 Incorrect API key provided: "sk-FAKE************************abcd". You can find your API key at https://platform.openai.com"#,
        ),
        ("key_quoted", "openai says 401: Incorrect API key provided: 'sk-proj-************FAKE'."),
        // tollgate:allow: made up for this test
        ("key_whitespace", "openai: ValueError: Invalid header value b'Bearer sk-FAKEfakeFAKEfakeFAKEfake\\n'"),
        (
            "key_whitespace",
            "TypeError [ERR_INVALID_CHAR]: Invalid character in header content [\"authorization\"]\n    at /app/node_modules/openai/core.js:301:22",
        ),
        (
            "key_non_ascii",
            "openai client failed: UnicodeEncodeError: 'latin-1' codec can't encode character '\\u2014' in position 11: ordinal not in range(256) while building header Authorization",
        ),
        (
            "key_non_ascii",
            "TypeError: Cannot convert argument to a ByteString because the character at index 7 has a value of 8211 which is greater than 255.",
        ),
        ("key_not_a_key", "AuthenticationError: 401 Incorrect API key provided: https://a*******************/keys."),
        (
            "key_not_a_key",
            "Error code: 401 - {'error': {'message': 'Incorrect API key provided: You are a helpful assistant. You can find your API key at https://platform.openai.com/account/api-keys.', 'code': 'invalid_api_key'}}",
        ),
        (
            "key_wrong_provider",
            "Incorrect API key provided: sk-ant-a***************************************QAAA. You can find your API key at https://platform.openai.com/account/api-keys.",
        ),
        (
            "key_wrong_provider",
            "401 from https://api.openai.com/v1/models: Incorrect API key provided: gsk_FAKE****************************8kLm",
        ),
        (
            "key_invalid",
            "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-proj-****************************************Q7dA. You can find your API key at https://platform.openai.com/account/api-keys.', 'code': 'invalid_api_key'}}",
        ),
        ("key_empty", "httpx.LocalProtocolError: Illegal header value b'Bearer '"),
        ("key_empty", "The OpenAI API key is an empty string, cannot authenticate (401)"),
    ]);
}

#[test]
fn a_refused_key_is_told_in_the_words_of_each_provider() {
    assert_told(&[
        ("key_invalid", r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#),
        (
            "key_invalid",
            r#"{"error":{"message":"Authentication Fails, Your api key: ****b2c4 is invalid","type":"authentication_error","param":null,"code":"invalid_request_error"}}"#,
        ),
        ("key_invalid", r#"{"message":"invalid api token","request_id":"cohere-1"} HTTP 401 api.cohere.com"#),
        (
            "key_invalid",
            "huggingface_hub.errors.HfHubHTTPError: 401 Client Error: Unauthorized for url: https://router.huggingface.co/v1/chat/completions. Invalid credentials in Authorization header",
        ),
        (
            "key_invalid",
            r#"{"error":{"code":"unauthorized","message":"Bad credentials"}} https://models.github.ai/inference/chat/completions 401"#,
        ),
        (
            "key_invalid",
            r#"{"error":{"code":"1002","message":"Authentication Token非法，请确认Authentication Token正确传递。"}} open.bigmodel.cn"#,
        ),
        ("key_invalid", "Der API-Schlüssel für OpenAI ist ungültig (401)"),
        ("key_invalid", "La clé API OpenAI est invalide. Statut 401"),
        ("key_invalid", "OpenAI: неверный API ключ, код 401"),
        ("key_invalid", "La clave API de Anthropic no es válida (HTTP 401)"),
        (
            "gateway_key_invalid",
            "{\"error\":{\"message\":\"LiteLLM Virtual Key expected. Received=hi, expected to start with 'sk-'.\",\"type\":\"auth_error\",\"code\":\"401\"}}",
        ),
        ("gateway_key_invalid", r#"{"error":{"message":"无效的令牌 (request id: 20260101)","type":"new_api_error"}}"#),
    ]);
}

#[test]
fn a_key_that_did_not_arrive_is_not_a_wrong_key() {
    assert_told(&[
        ("key_missing", r#"{"error":{"message":"No auth credentials found","code":401}} openrouter"#),
        (
            "key_missing",
            r#"{"statusCode":401,"message":"Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."} https://x.openai.azure.com"#,
        ),
        (
            "key_missing",
            r#"{"error":{"message":"No API-key provided.","type":"invalid_request_error","code":"InvalidApiKey"}} dashscope"#,
        ),
        (
            "key_missing",
            r#"{"error":{"code":"1001","message":"Header中未收到Authentication参数，无法进行身份验证"}} open.bigmodel.cn"#,
        ),
        ("key_missing", "litellm proxy: Authentication Error, No api key passed in. 401"),
        (
            "key_not_configured",
            "groq.GroqError: The api_key client option must be set either by passing api_key to the client or by setting the GROQ_API_KEY environment variable",
        ),
        ("key_not_configured", "thread 'main' panicked: ANTHROPIC_API_KEY not set: NotPresent"),
        (
            "key_not_configured",
            "level=warning msg=\"The \\\"OPENAI_API_KEY\\\" variable is not set. Defaulting to a blank string.\"",
        ),
        (
            "key_not_configured",
            "google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found. To set up Application Default Credentials for Vertex AI, see https://cloud.google.com/docs/authentication",
        ),
        (
            "key_not_configured",
            "botocore.exceptions.NoCredentialsError: Unable to locate credentials (bedrock-runtime)",
        ),
        (
            "headers_not_sent",
            "axios.post('https://api.openai.com/v1/chat/completions', body, { Authorization: headers })\n401 You didn't provide an API key. You need to provide your API key in an Authorization header. My headers = { Authorization: `Bearer ${key}` }",
        ),
    ]);
}

#[test]
fn a_header_of_the_wrong_name_or_form_is_told_from_a_wrong_key() {
    assert_told(&[
        (
            "auth_header_wrong_name",
            r#"{"error":{"code":401,"message":"API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.","status":"UNAUTHENTICATED","details":[{"reason":"CREDENTIALS_MISSING"}]}} aiplatform"#,
        ),
        (
            "auth_header_wrong_name",
            "> authorization: Bearer sk-ant-FAKEfakeFAKEfake\n< 401\n{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"x-api-key header is required\"}} POST /v1/messages",
        ),
        (
            "auth_header_malformed",
            r#"{"error":{"message":"Authentication Fails (auth header format should be Bearer sk-...)","type":"authentication_error"}}"#,
        ),
        (
            "auth_header_malformed",
            "litellm 401: Authentication Error, Malformed API Key passed in. Ensure Key has `Bearer ` prefix.",
        ),
        (
            "auth_scheme_basic",
            "> POST /v1/chat/completions\n> Host: api.openai.com\n> Authorization: Basic c2stRkFLRQ==\n< HTTP/2 401",
        ),
        (
            "auth_scheme_basic",
            "openai compatible server: Basic authentication is not supported, send a Bearer token (401)",
        ),
        (
            "key_in_url",
            "GET https://api.openai.com/v1/models?api_key=sk-FAKEfakeFAKE 401 You didn't provide an API key.",
        ),
        ("key_in_url", "POST https://api.mistral.ai/v1/chat/completions?apikey=FAKEfakeFAKE returned 401 Unauthorized"),
    ]);
}

use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn runtimes_word_the_same_failure_in_their_own_way() {
    assert_told(&[
        (
            "dns_failure",
            &[
                "ClientException with SocketException: Failed host lookup: 'api.anthropic.com' (OS Error: No address associated with hostname, errno = 7)",
                "Failed host lookup: `api.openai.com`",
                "System.Net.WebException: The remote name could not be resolved: 'api.openai.com'",
                "Der Remotename konnte nicht aufgelöst werden: \"api.mistral.ai\"",
                "PHP Warning: php_network_getaddresses: getaddrinfo for api.groq.com failed",
                "未能解析此远程名称: 'api.deepseek.com'",
            ],
        ),
        (
            "response_shape_unexpected",
            &[
                "Error: failed to deserialize api response: error:missing field `status` at https://openrouter.ai/api/v1/responses",
                "async_openai: failed to deserialize the response: unknown variant `developer`, chat completion",
                "anthropic client: could not decode the response body: missing field `usage` at line 1 column 88",
            ],
        ),
        (
            "endpoint_not_found",
            &[
                "async_openai::error: failed deserialization of: File Not Found",
                "https://api-inference.huggingface.co is no longer supported. Please use https://router.huggingface.co instead.",
                "410: https://api.together.xyz/inference has been retired, use https://api.together.ai/v1 for chat completions",
            ],
        ),
        (
            "connection_refused_local",
            &["java.net.ConnectException\n\tat com.shop.llm.client.ollama.OllamaClient.chat(OllamaClient.java:79)"],
        ),
        (
            "oauth_token_expired",
            &[
                "qwen: Invalid refresh token or client_id",
                "codex login: your refresh token has already been used to generate a new access token",
                "claude: 刷新令牌已失效",
                r#"copilot {"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
            ],
        ),
        (
            "key_not_configured",
            &[
                r#"GET /v1/models {"error":{"message":"GitHub token not set in state","type":"error"}}"#,
                "copilot proxy: oauth token not initialized, llm call skipped",
            ],
        ),
    ]);
}

#[test]
fn a_refusal_that_leaves_open_whether_the_key_was_ever_valid_names_the_key() {
    assert_told(&[(
        "key_invalid",
        &[
            "[API Error: 401 invalid access token or token expired]",
            "401 openrouter: The API key is invalid or has expired",
            "siliconflow 401 令牌无效或已过期",
        ],
    )]);
}

#[test]
fn what_a_model_or_an_endpoint_does_not_take_is_told_by_its_name() {
    assert_told(&[
        (
            "model_no_tools",
            &[
                r#"{"error":{"code":400,"message":"Code execution is not enabled for models/gemma-3-27b-it","status":"INVALID_ARGUMENT"}}"#,
                r#"{"error":{"code":400,"message":"Search Grounding is not supported for models/gemini-1.0-pro","status":"INVALID_ARGUMENT"}}"#,
            ],
        ),
        ("model_not_found", &["YandexGPT: grpc_message:\"invalid model_uri\""]),
        (
            "param_unsupported",
            &[
                r#"vllm {"message":"chat_template is not supported for Mistral tokenizers.","type":"BadRequestError","param":null,"code":400}"#,
                r#"sglang {"message":"guided_regex is not supported with this backend","type":"BadRequestError","code":400}"#,
            ],
        ),
        (
            "param_invalid_type",
            &[
                "databricks 400: Unable to parse json body for request, field 'temperature' expects input with json type 'number' but got 'string'",
            ],
        ),
        (
            "messages_format_invalid",
            &[
                "17 validation errors for ChatCompletionRequest\nmessages.0.role\n  Value error, 'role' must be one of 'system' [type=value_error, input_value='user']\n\
                 messages.0.content.0.type\n  Input should be 'text' [type=literal_error, input_value='input_text', input_type=str]",
            ],
        ),
        ("azure_endpoint_misconfigured", &["用 azure 的 openai 插件，密钥填了，出现 resource not found"]),
        (
            "content_policy",
            &[
                r#"POST flow:batchGenerateImages 400 {"error":{"code":400,"message":"Request contains an invalid argument.","details":[{"reason":"PUBLIC_ERROR_UNSAFE_GENERATION"}]}}"#,
                r#"gemini {"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"reason":"PUBLIC_ERROR_PROMINENT_PEOPLE_PROHIBITED_CONTENT"}]}}"#,
            ],
        ),
    ]);
}

#[test]
fn the_same_words_of_other_services_are_left_alone() {
    assert_unknown(&[
        "Spotify: invalid refresh token",
        "HTTPException('413 Payload Too Large (error code: 40005): Request entity too large').",
        "https://old.example is no longer supported. Please use https://new.example instead.",
        "java.net.ConnectException\n\tat com.shop.cart.CartClient.load(CartClient.java:7)",
        "Failed to deserialize response: missing field `iban`",
    ]);
}

#[test]
fn what_stands_around_an_error_does_not_hide_it() {
    assert_told(&[
        (
            "key_not_configured",
            &[
                "pydantic_core.ValidationError: 1 validation error for Settings\nOPENAI_API_KEY\n  Field required [type=missing, input_value={}, input_type=dict]",
            ],
        ),
        (
            "azure_deployment_not_found",
            &[
                "requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://acme.openai.azure.com/openai/deployments/gpt4/chat/completions?api-version=2023-05-15",
            ],
        ),
        (
            "waf_blocked",
            &[
                "openai.PermissionDeniedError: Your request was blocked.",
                "openai.PermissionDeniedError: 403 Internet Security by Zscaler. Sorry, you don't have permission to visit this site",
            ],
        ),
        (
            "local_backend_crashed",
            &[
                "Error: 500 Internal Server Error: model requires more system memory (22.1 GiB) than is available (14.6 GiB)",
            ],
        ),
        (
            "key_quoted",
            &[
                "Incorrect API key provided: %22sk-proj-********************abcd%22. You can find your API key at https://platform.openai.com",
            ],
        ),
        (
            "key_whitespace",
            &[
                "openai.APIConnectionError: Connection error. Illegal header value b'Bearer gsk_q1w2e3r4t5y6u7abcdefgh\\n'",
            ],
        ),
    ]);
    assert_unknown(&[
        "OSError: acme/foo is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
        "[Error: invalid_grant] { error_description: 'Token has been expired or revoked.' } at Gmail.users.messages.list",
        "127.0.0.1 - \"POST /chat HTTP/1.1\" 500 - my notes about gpt-4o",
    ]);
}

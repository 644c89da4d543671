use crate::explain::rules::tests::{assert_told, assert_unknown};
use crate::explain::{Context, explain};

#[test]
fn one_mechanism_in_words_that_no_vendor_is_known_for() {
    assert_told(&[
        (
            "key_missing",
            &[
                r#"HTTP 401 from https://api.deepinfra.com/v1/openai/chat/completions: {"detail":{"error":"Not authenticated: send your token in the Authorization header"}}"#,
                r#"{"error":{"message":"Request carries no credentials. Add an `Authorization: Bearer` header with your Fireworks key.","type":"unauthenticated"}}"#,
                r#"{"detail":"Brak nagłówka autoryzacji"} 401 POST /v1/chat/completions"#,
                r#"status 403: {"error":{"code":403,"message":"Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.","status":"PERMISSION_DENIED"}}"#,
                r#"{"error":"Kein API-Schlüssel im Header übermittelt","model":"mistral-large-latest"}"#,
                r#"{"type":"error","error":{"type":"authentication_error","message":"Neither x-api-key nor Authorization was given"}}"#,
            ],
        ),
        (
            "key_empty",
            &[
                "ValueError: OPENAI_API_KEY is set but empty",
                r#"net/http: request to api.groq.com with header "Authorization: Bearer " -> 401 Invalid API Key"#,
            ],
        ),
        (
            "key_quoted",
            &[
                "401 from api.groq.com; docker run --env-file .env ; inside: echo $GROQ_API_KEY prints 'gsk_****' with the quotes",
            ],
        ),
        (
            "key_invalid",
            &[
                r#"{"detail":"Invalid token."} POST https://api.replicate.com/v1/predictions 401"#,
                "La clé API fournie n'est pas valide (401) — api.mistral.ai/v1/chat/completions",
            ],
        ),
        (
            "auth_header_wrong_name",
            &[
                r#"POST https://api.anthropic.com/v1/messages
Authorization: Bearer sk-ant-api03-****
401 {"type":"error","error":{"type":"authentication_error","message":"x-api-key header is required"}}"#,
                r#"{"error":{"message":"You sent your key as X-API-Key; this endpoint only reads Authorization: Bearer","type":"authentication_error"}} together.ai"#,
            ],
        ),
        (
            "auth_header_malformed",
            &[r#"{"message":"Invalid token format: expected `Bearer <token>`"} api.cohere.com/v2/chat"#],
        ),
        (
            "auth_scheme_basic",
            &[r#"> Authorization: Basic c2stcHJvai0qKioq
< 401
{"error":{"message":"You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth"}}"#],
        ),
        ("org_mismatch", &["The organization you passed (org-abc) is not the one that owns this API key (openai)"]),
        (
            "project_mismatch",
            &[
                r#"401 {"error":{"message":"The project proj_x1 in your OpenAI-Project header isn't the one this key was created in"}}"#,
            ],
        ),
        (
            "ip_not_allowed",
            &["Diese IP-Adresse (10.2.3.4) steht nicht auf der Freigabeliste für diesen OpenAI-Schlüssel. 401"],
        ),
        (
            "region_unsupported",
            &[
                r#"403 {"error":{"type":"forbidden","message":"Request not allowed"}} api.anthropic.com from Hong Kong"#,
                "El acceso desde tu país no está permitido (OpenAI 403)",
                r#"xAI: "We do not serve customers in your territory yet" HTTP 403"#,
            ],
        ),
        (
            "gcp_api_disabled",
            &[
                "generativelanguage.googleapis.com 403: Please activate the Gemini API for project my-proj in the console first",
            ],
        ),
        (
            "oauth_token_expired",
            &["Copilot: your GitHub token is too old, log in again (401 from api.githubcopilot.com)"],
        ),
        (
            "model_not_found",
            &[
                r#"{"detail":"Model 'llama-99b' is not hosted here"} api.deepinfra.com 404"#,
                "Das Modell „gpt-6-mini“ gibt es nicht. (HTTP 404, /v1/chat/completions)",
                "openai.NotFoundError: Error code: 404 - {'error': {'message': 'Modelo inexistente: gpt-4-trubo', 'type': 'invalid_request_error'}}",
                "cohere 404: could not match 'command-z' with any of our models",
            ],
        ),
        (
            "model_access_tier",
            &[
                r#"403 {"error":{"message":"o3-pro is only open to tier 4 and above","type":"permission_error"}}"#,
                "Your current plan (Free) doesn't include claude-opus-4; upgrade to Pro to call it. HTTP 403",
            ],
        ),
        (
            "model_deprecated",
            &[
                "claude-2.1 was switched off on 21 July; use claude-sonnet-4 (404 not_found_error)",
                r#"{"error":{"message":"mistral-tiny reached its sunset date 2026-01-31","type":"invalid_model"}} 410"#,
            ],
        ),
        (
            "org_verification_required",
            &["403: To use gpt-image-1, confirm the identity of your organization first (OpenAI)"],
        ),
        (
            "model_wrong_provider",
            &[
                "anthropic.NotFoundError: 404 {'type':'error','error':{'type':'not_found_error','message':'model: gpt-4o'}}",
                r#"{"error":{"message":"Invalid model: 'openai/gpt-4o'. We serve mistral-* only","type":"invalid_model"}} api.mistral.ai"#,
            ],
        ),
        (
            "completion_model_on_chat",
            &[
                r#"{"error":{"message":"gpt-3.5-turbo-instruct cannot be used for chat, only for text completion"}} 404 /v1/chat/completions"#,
            ],
        ),
        ("model_responses_only", &["400 gpt-5-codex isn't offered over Chat Completions. Call the Responses API. "]),
        (
            "model_no_vision",
            &[
                r#"{"error":{"message":"deepseek-chat accepts text only; image parts were found in messages[0]"}} 400"#,
                "Modell unterstützt keine Bilder (gpt-3.5-turbo) 400",
            ],
        ),
        (
            "model_no_tools",
            &["400 `tools` can't be used with deepseek-reasoner: function calling isn't implemented for this model"],
        ),
        ("model_not_pulled", &["ollama: you have not downloaded llama3.2 yet (404 /api/chat)"]),
        (
            "model_name_mismatch_local",
            &["vllm 404: served model is Qwen/Qwen2.5-7B-Instruct, request asked for qwen2.5"],
        ),
        ("model_loading", &["TGI: the shard is still warming up, come back in a minute (503, /v1/chat/completions)"]),
        (
            "azure_key_or_endpoint",
            &["Azure OpenAI 401 PermissionDenied: the key you use is for another resource than contoso-eastus"],
        ),
        ("base_url_malformed", &["TypeError: Invalid URL: 'api.openai.com/v1' (ERR_INVALID_URL)"]),
        (
            "base_url_wrong",
            &["OPENAI_BASE_URL points to https://platform.openai.com/v1, got 404 there on chat/completions"],
        ),
        (
            "endpoint_not_found",
            &[
                r#"{"detail":"Not Found"} POST http://gpu:8000/v1/responses 404 vllm"#,
                "Diese Route existiert nicht: /v1/rerank (404, api.deepseek.com)",
                "deepseek 404 — nothing here under /v1/embeddings",
            ],
        ),
        (
            "redirect_breaks_request",
            &[
                "301 Moved Permanently from http://api.openai.com/v1/chat/completions → https; then 405 because POST became GET",
                "net::ERR_TOO_MANY_REDIRECTS https://llm.example.com/v1/chat/completions",
            ],
        ),
        (
            "response_shape_unexpected",
            &[
                "json: cannot unmarshal object into Go struct field ChatCompletionResponse.choices of type []openai.ChatCompletionChoice",
            ],
        ),
    ]);
}

#[test]
fn the_same_words_of_other_things_are_left_alone() {
    assert_unknown(&[
        "404 The requested URL /blog/old-post was not found on this server. Apache/2.4.52",
        "3D model not found: model 'chair_v2' missing in scene (Unity)",
        "HTTP 403 accessing https://intranet.example/wiki — your IP is not allowed",
        "ValueError: DATABASE_URL environment variable is not set",
        "car model not available in your region, choose another dealer",
    ]);
}

#[test]
fn the_same_facts_in_the_words_of_other_clients_are_told() {
    assert_told(&[
        (
            "key_whitespace",
            &[
                "openai-php: InvalidArgumentException: Header value must not contain newline characters",
                "ruby-openai: ArgumentError: header field value cannot include CR/LF",
                "OpenAI .NET: System.FormatException: New-line characters are not allowed in header values.",
                "openai4j: java.lang.IllegalArgumentException: header value contains a line feed",
            ],
        ),
        (
            "key_missing",
            &[
                "curl -s http://localhost:8000/v1/chat/completions -H 'Content-Type: application/json' -d '{}'\nHTTP/1.1 401 Unauthorized",
                "$ curl -i https://api.mistral.ai/v1/models\nHTTP/2 401\ncontent-length: 0",
            ],
        ),
        (
            "base_url_missing_v1",
            &[
                "POST https://llm.example.com/messages with anthropic-version 2023-06-01\n{\"detail\":\"Not Found\"}",
                "- url: https://gw.example.com/chat/completions\n- body: {\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}\nModelNotFoundException: {\"detail\":\"Not Found\"}",
            ],
        ),
        (
            "azure_api_version",
            &[
                "POST https://x.openai.azure.com/openai/deployments/gpt/embeddings (api-version left out) -> 404",
                "azure openai: the api version is absent from the URL, 404",
            ],
        ),
        (
            "model_access_tier",
            &[
                "403 Forbidden: please upgrade to a paid plan in order to access this model (claude-opus)",
                "language model completion failed with status 402: a subscription is required to use these models",
                "copilot 403: you need to subscribe to use models of this tier",
            ],
        ),
        (
            "response_format_unsupported",
            &[
                "gemini INVALID_ARGUMENT: JSON mode is not supported together with function calling",
                "vertex 400: controlled generation is not supported with Search tool",
                "gemini: response_mime_type application/json is not allowed when tools are given",
            ],
        ),
        (
            "max_tokens_too_large",
            &[
                r#"OpenAI API error 400: {"error":{"message":"Bad parameter","type":"upstream_error","param":"max_tokens is too large: 64000. This model supports at most 8192 completion tokens.","code":"400"}}"#,
            ],
        ),
        (
            "dns_failure",
            &[
                "I chose Azure and my app says \"AI request failed after 3 attempts. Last error: getaddrinfo ENOTFOUND x.openai.azure.com\", what now?",
                "error sending request for url (https://api2.cursor.sh/aiserver.v1/StreamChat): dns error: No such host is known. (os error 11001)",
            ],
        ),
        (
            "endpoint_not_found",
            &[r#"workers ai 400: {"success":false,"errors":[{"code":7000,"message":"No route for that URI"}]}"#],
        ),
        (
            "key_non_ascii",
            &[
                "from anthropic import Anthropic\nUnicodeEncodeError: 'ascii' codec can't encode character '\\u2026' in position 96: ordinal not in range(128)",
            ],
        ),
        ("key_placeholder", &["openai 401 Incorrect API key provided: dummy_token. You can find your API key at"]),
    ]);
}

#[test]
fn files_devices_and_other_clients_are_left_alone() {
    assert_unknown(&[
        "curl.exe -k -H \"X-API-Key: FAKEabcdefgh\" https://10.0.0.7/proxy/access/api/v1/doors\n{\"error\":{\"code\":401,\"message\":\"Unauthorized\"}}",
        "  File \"/lib/site-packages/birdkit/client.py\", line 83, in __init__\nTypeError: AsyncClient.__init__() got an unexpected keyword argument 'proxy'",
    ]);
}

#[test]
fn tokens_and_keys_are_told_by_where_they_went_and_how_long_they_lasted() {
    assert_told(&[
        (
            "auth_header_wrong_name",
            &["anthropic 401 invalid x-api-key; key in use: sk-ant-oat01-FAKEabcdef"], // tollgate:allow
        ),
        (
            "oauth_token_expired",
            &[
                "aiplatform.googleapis.com 401 ACCESS_TOKEN_TYPE_UNSUPPORTED after about 60 minutes of uptime; a restart fixes it",
                "google.api_core.exceptions.Unauthenticated: 401 aiplatform.googleapis.com Request had invalid authentication credentials (job has been running for 65 minutes)",
            ],
        ),
        ("key_invalid", &["openai 401 Incorrect API key provided: sk-abc***xyz. Restarted 60 minutes ago."]),
        (
            "aws_token_expired",
            &["claude via AWS_BEDROCK: 401 UnauthorizedException session token malformed or not found"],
        ),
        (
            "gateway_key_invalid",
            &[
                "litellm proxy: {\"error\":{\"message\":\"Authentication Error, No connected db.\",\"type\":\"no_db_connection\",\"code\":\"400\"}}",
            ],
        ),
        ("key_missing", &["Llama 3.1 405B endpoint says: Error 401 - auth header missing"]),
    ]);
}

#[test]
fn routers_and_clouds_say_what_they_left_out_or_want_to_have() {
    assert_told(&[
        (
            "openrouter_no_endpoints",
            &[
                "openrouter 404: 3 endpoints were removed by your account's data policy, https://openrouter.ai/settings/privacy",
                "Error 502 from openrouter: 2 endpoints filtered out by the zero-data-retention setting of this account",
            ],
        ),
        (
            "azure_api_version",
            &[
                "POST https://my.openai.azure.com/openai/v1/responses 400: this path is a preview feature; add api-version=preview to the query",
                "azure openai 404: use api-version=2024-10-21 or newer to call this operation",
            ],
        ),
        ("model_wrong_provider", &["400 Unsupported provider: together for model grok-4"]),
        (
            "gcp_api_disabled",
            &["##[error] Gemini for Google Cloud API has not been used in project 4711 before or it is disabled."],
        ),
        (
            "model_not_serverless",
            &["together.ai 400: Unable to access non-serverless model meta-llama/Llama-3-8b-chat."],
        ),
        (
            "redirect_breaks_request",
            &[
                "POST http://llm.corp.example/v1/chat/completions -> 302\nGET https://llm.corp.example/v1/chat/completions -> 405",
            ],
        ),
        (
            "method_not_allowed",
            &[
                "POST https://chat.example/api/v1/chat/completions -> 405 {\"detail\":\"Method Not Allowed\"}\nPOST https://chat.example/api/chat/completions -> 200",
            ],
        ),
        ("base_url_includes_path", &["POST http://host:3000/api/chat/completions/chat/completions -> 404"]),
        (
            "html_instead_of_json",
            &[
                "com.google.gson.stream.MalformedJsonException: Use JsonReader.setLenient(true) to accept malformed JSON at line 1 column 1 path $\n at com.theokanning.openai.OpenAiService.execute",
            ],
        ),
    ]);
}

#[test]
fn what_was_called_and_whose_setting_is_missing_tell_another_service() {
    for text in [
        "[build] `SANITY_CONTENT_API_TOKEN` is required in your .env file",
        "SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON in \"https://weather.example/forecast\"",
        "$ curl http://localhost:8000/api/users/me -H \"Authorization: Bearer abc\"\n{\"error\": \"Invalid API credentials\"}",
        "Error: No model was found for 'invoice-line'\n   at Store.modelFor (ember-data/store.js:110)",
        "Error: connect ETIMEDOUT\n    at /app/node_modules/nodegit-lfs/lib/http.js:10:3",
        "Error: tunneling socket could not be established, statusCode=407\nRequest: GET https://registry.shop.example/catalog/items",
        "RequestDisallowedByPolicy: Resource 'disk-1' was disallowed by policy.",
        "ConnectTimeoutError: 'Connection to images.museum.example timed out.' while fetching scans of photos",
    ] {
        let found = explain(text, &Context::default());

        assert_eq!(found.answer(), "unknown", "{text}: {:?}", found.evidence);
    }
}

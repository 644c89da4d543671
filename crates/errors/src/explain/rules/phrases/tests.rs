use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn a_state_told_of_an_object_names_the_cause() {
    assert_told(&[
        (
            "key_missing",
            &[
                r#"{"error":{"code":"unauthorized","message":"This endpoint is protected. Supply a bearer token."}} https://api.novita.ai/v3/openai/chat/completions 401"#,
                r#"401 {"msg":"no auth header, gtfo"} http://llm-gw.corp/v1/chat/completions"#,
                r#"{"error":"请在请求头中携带 Authorization"} api.moonshot.cn"#,
            ],
        ),
        ("key_not_configured", &["[aichat] Failed to load config: clients[0]: need 'api_key' for openai"]),
        (
            "key_invalid",
            &[
                "perplexity: 401 Authorization Required <html><center><h1>401 Authorization Required</h1></center><hr><center>openresty</center> key ends in 3x9Q",
            ],
        ),
        (
            "key_revoked",
            &[
                r#"{"error":{"message":"Key was turned off by an administrator on 3 May","type":"authentication_error"}} groq"#,
            ],
        ),
        ("key_expired", &["mistral 401: the lifetime of this API key ended 12 days ago"]),
        ("key_wrong_provider", &["401 invalid x-api-key; key in use: sk-or-v1-**** (api.anthropic.com)"]),
        (
            "org_mismatch",
            &[
                r#"{"error":{"message":"Org org-1 and the key's org org-2 differ","type":"invalid_request_error"}} openai 401"#,
            ],
        ),
        (
            "key_insufficient_scopes",
            &[
                r#"403 {"error":{"message":"This API key was created read-only and cannot run inference"}} openai"#,
                r#"{"error":"token lacks the 'inference:write' grant"} HuggingFace 403"#,
            ],
        ),
        ("ip_not_allowed", &["openai 401: request came from 85.1.2.3, only 10.0.0.0/8 may use this project"]),
        (
            "account_deactivated",
            &[
                r#"{"type":"error","error":{"type":"permission_error","message":"Your account is on hold pending a review by our trust and safety team"}}"#,
            ],
        ),
        (
            "aws_token_expired",
            &["bedrock-runtime ConverseStream failed: session credentials ran out, run aws sso login"],
        ),
        (
            "model_not_found",
            &[
                r#"{"error":"Kein Modell mit diesem Namen: gtp-4o"} 404 /v1/chat/completions"#,
                r#"{"error":{"message":"모델을 찾을 수 없습니다: gpt-4o-minii","code":"404"}}"#,
            ],
        ),
        (
            "model_access_tier",
            &[
                r#"{"error":{"message":"gpt-5-pro is in limited beta and your org has not been let in","type":"invalid_request_error"}} 403"#,
            ],
        ),
        (
            "project_lacks_model",
            &[
                r#"403 {"error":{"message":"Team 'search' may only use: gpt-4o-mini, o4-mini. You asked for gpt-4o."}} litellm"#,
            ],
        ),
        ("model_deprecated", &["410 Gone: gpt-4-32k-0314 left the API on June 6, 2025"]),
        ("org_verification_required", &["o3 streaming needs a verified org: openai 400 param stream"]),
        (
            "chat_model_on_completions",
            &[r#"openai 404 on /v1/completions with gpt-4o-mini: "use the chat endpoint for this model""#],
        ),
        (
            "model_responses_only",
            &[
                r#"{"error":{"message":"o1-pro can be reached through /v1/responses only","type":"invalid_request_error"}}"#,
            ],
        ),
        (
            "model_no_vision",
            &[r#"{"error":{"message":"mistral-small-2402 is not multimodal: content type image_url refused"}} 422"#],
        ),
        ("model_loading", &[r#"{"error":{"code":503,"message":"モデルを読み込み中です"}} llama-server"#]),
        (
            "azure_api_version",
            &["azure: reasoning_effort was introduced in api-version 2024-12-01-preview; you call with 2023-05-15"],
        ),
        (
            "bedrock_inference_profile_required",
            &["bedrock says anthropic.claude-sonnet-4 can't be invoked on demand; use the us. profile id"],
        ),
    ]);
}

#[test]
fn the_same_states_of_other_things_are_left_alone() {
    assert_unknown(&[
        "Your session token expired, please log in to the shop again",
        "Permission denied (publickey).",
        "Your account at the library is on hold until the book is returned",
        "printer model HP-2000 not supported by this driver",
        "The invitation to the private beta of the game was sent",
    ]);
}

#[test]
fn the_thing_at_fault_and_the_status_name_the_cause_together() {
    assert_told(&[
        (
            "key_missing",
            &[
                r#"HTTP/1.1 401 api.sambanova.ai {"error":"authorization is absent"}"#,
                r#"{"status":401,"title":"Unauthorized","detail":"Header x-api-key wasn't found on the request"} https://api.anthropic.com/v1/messages"#,
                r#"{"error":"не передан ключ API"} 401 gpt-4o"#,
            ],
        ),
        (
            "key_revoked",
            &[r#"{"error":{"message":"This key was found in a public repository and has been shut off"}} openai 401"#],
        ),
        ("key_not_configured", &["RuntimeError: no OPENAI_API_KEY in os.environ"]),
        ("ip_not_allowed", &[r#"{"error":"caller address 203.0.113.9 not in allowlist"} 403 /v1/chat/completions"#]),
        (
            "model_not_found",
            &[
                r#"404 {"error":"we couldn't find llama-3.9-9b in our registry"} api.together.xyz"#,
                "Error: gemini-3.7-pro non esiste o non è accessibile (404)",
            ],
        ),
        ("model_access_tier", &["o1 isn't available on usage tier 1, reach tier 3 first (openai 403)"]),
        (
            "project_lacks_model",
            &[r#"{"error":{"message":"key sk-...12 has no rights for model claude-opus-4","code":403}} litellm proxy"#],
        ),
        ("model_deprecated", &["模型 qwen-72b-chat 已于 2025 年下线 dashscope"]),
        (
            "completion_model_on_chat",
            &[
                "text-embedding-3-small can't do chat: 403 You are not allowed to sample from this model (/v1/chat/completions)",
            ],
        ),
        ("model_responses_only", &["openai 404 computer-use-preview works with the Responses API exclusively"]),
        ("model_no_vision", &["400 glm-4: pictures aren't accepted by this model"]),
        ("model_name_mismatch_local", &["lmstudio: requested model 'gpt-4' is not the one loaded (qwen2.5-7b)"]),
        ("base_url_malformed", &["ValueError: base_url 'localhost:8000' has no scheme (openai)"]),
    ]);
    assert_unknown(&[
        "The team may only use meeting room 4",
        "ERROR: database key not found: users/42",
        "Your plan does not include support calls. Upgrade to Pro.",
        "HTTP 410 Gone https://example.org/old",
    ]);
}

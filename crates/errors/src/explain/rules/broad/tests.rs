//! Texts whose wording no rule was written for: an object and what is said of it.

use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn what_is_counted_and_the_period_tell_the_limit() {
    assert_told(&[
        (
            "rate_limit_requests",
            &[
                "anthropic 429: Du hast die Anzahl der Anfragen pro Minute überschritten. Bitte warte 12 Sekunden. claude-3-5-sonnet",
                "gemini 429: troppe richieste al minuto, riprova tra 20 secondi",
                "mistral 429 слишком много запросов в минуту, подождите",
                "perplexity: リクエスト数が1分あたりの上限を超えました。しばらくしてから再試行してください (429)",
            ],
        ),
        (
            "rate_limit_tokens",
            &[
                "Límite de tokens por minuto alcanzado para gpt-4o-mini: 200000 usados de 200000. Reintente en 3 s.",
                "mistral-large 429: maximale Zahl an Token pro Minute erreicht",
            ],
        ),
        (
            "rate_limit_daily",
            &[
                "gemini 429 limite di richieste giornaliere raggiunto, riprova domani",
                "groq: дневной лимит запросов исчерпан, попробуйте завтра (429)",
            ],
        ),
        (
            "concurrency_limit",
            &[
                "429 You exceeded your current number of parallel generations: 3 running, 3 permitted. api.together.xyz",
                "Too many active streams for this API key (limit 5). claude-sonnet 429",
            ],
        ),
        (
            "provider_overloaded",
            &[
                "DeepSeek: we're swamped right now; the cluster cannot take more work. Retry in a few minutes. 503",
                "qwen: 当前系统负载较高,请您稍后重试 (503)",
            ],
        ),
    ]);
}

#[test]
fn money_is_told_in_other_words_too() {
    assert_told(&[
        ("insufficient_quota", &["Copilot: You've used up your premium requests for this month. Upgrade your plan."]),
        (
            "credits_exhausted",
            &["402 {\"detail\":\"Your wallet is empty. Deposit funds to keep using deepinfra inference.\"}"],
        ),
        (
            "billing_not_active",
            &["mistral 402: invoice of June could not be collected; API access paused until the payment succeeds"],
        ),
    ]);
}

#[test]
fn a_parameter_and_what_is_said_of_it_tell_what_is_wrong_with_it() {
    assert_told(&[
        ("temperature_unsupported", &["o3-mini rejects the request: temperature cannot be changed (400)"]),
        ("param_out_of_range", &["'top_p' must lie in (0,1], got 1.7 — deepseek 400"]),
        ("param_invalid_type", &["stop must be an array of strings or a string, number given (api.mistral.ai 422)"]),
        (
            "param_unknown",
            &[
                "Der Parameter 'max_token' wird nicht erkannt (api.openai.com, 400)",
                "El parámetro 'max_toks' no se reconoce (api.deepseek.com, 400)",
            ],
        ),
        ("param_unsupported", &["Der Parameter 'logprobs' wird von deepseek-reasoner nicht unterstützt (400)"]),
        (
            "context_length_exceeded",
            &["400 {\"error\":\"the conversation needs 140233 tokens but grok-3 can hold only 131072\"}"],
        ),
        ("json_body_invalid", &["anthropic 400: request body is malformed: trailing comma at line 4 column 9"]),
    ]);
}

#[test]
fn contents_of_messages_are_told_in_other_words_too() {
    assert_told(&[
        ("role_unsupported", &["El rol 'developer' no está soportado por este modelo (deepseek-chat)"]),
        ("tool_result_orphan", &["tool_call_id call_8 refers to nothing the assistant asked for (deepseek 400)"]),
        (
            "messages_format_invalid",
            &["Unrecognized content part kind \"text_input\" in message 0 (chat completions, 400)"],
        ),
        ("image_url_not_supported", &["ollama: invalid image input, http links aren't accepted, pass base64"]),
        (
            "response_format_unsupported",
            &["Structured outputs can't be used with deepseek-reasoner; drop response_format (400)"],
        ),
        ("json_word_missing", &["To get a json_object you have to mention JSON in the prompt; groq 400"]),
        (
            "thought_signature_missing",
            &["gemini-3-pro 400: signature of the thought was stripped from the functionCall part"],
        ),
        ("content_policy", &["moonshot: The request was rejected because it was considered high risk"]),
    ]);
}

#[test]
fn an_object_and_a_refusal_suffice_where_nothing_more_is_said() {
    assert_told(&[
        (
            "temperature_unsupported",
            &["gpt-5: la température ne peut pas être modifiée, seule la valeur 1 est acceptée"],
        ),
        ("context_length_exceeded", &["llama-server: slot context is 8192, the prompt came to 9934 tokens"]),
        ("image_too_large", &["claude: picture weighs 7.4 MB, 5 MB allowed"]),
        ("image_invalid", &["gpt-4o 400: das Bild ist beschädigt"]),
        ("too_many_tools", &["gpt-4.1: 140 tools were passed, 128 is the ceiling (400)"]),
        ("json_body_invalid", &["ollama 400 Request-Body ist kein gültiges JSON"]),
        ("previous_response_not_found", &["openai responses 404: nothing stored under resp_0ab"]),
        ("run_in_progress", &["openai assistants: thread_1 is busy with run_2, wait for it"]),
        ("provider_overloaded", &["gpt-4.1: our GPUs are fully occupied at the moment, please retry 503"]),
        ("dns_failure", &["Hostname api.openai.com konnte nicht aufgelöst werden"]),
        ("gateway_timeout", &["alb 504 after 60 s, gpt-4o was still writing"]),
    ]);
}

#[test]
fn the_same_words_about_other_things_are_left_alone() {
    assert_unknown(&[
        "AWS SQS: OverLimit too many messages in flight",
        "Der Parameter 'seite' wird nicht erkannt (shop.example, 400)",
        "The request body is malformed: trailing comma at line 4 column 9",
        "Your wallet is empty. Deposit funds to place a bet.",
        "limite di richieste giornaliere raggiunto, riprova domani",
        "Too many parallel connections to the printer (limit 5)",
        "400 Error Being Returned For Messages Over 256 Characters",
        "The uploaded picture is damaged. Please choose another one. (photo shop)",
        "Hostname shop.example konnte nicht gefunden werden: Drucker offline",
    ]);
}

#[test]
fn a_failure_before_the_request_is_told_by_its_object_alone() {
    assert_told(&[
        ("tls_failure", &["SSL negotiation with api.cohere.com failed: alert 40"]),
        ("tls_untrusted_ca", &["api.groq.com: the truststore is empty, so its certificate counts for nothing"]),
        ("timeout", &["calls to api.deepseek.com: {error, timedout}"]),
        ("connection_reset", &["the socket to api.together.xyz was severed"]),
        ("key_not_configured", &["NoCredentialProviders: no valid providers in chain (bedrock-runtime)"]),
        ("image_url_unreachable", &["pixtral: unable to retrieve https://cdn.example/a/b.webp"]),
        (
            "cors_blocked",
            &[
                "Refused to connect to 'https://api.mistral.ai' because it violates the document's Content Security Policy",
            ],
        ),
        ("http_https_mismatch", &["Cleartext HTTP traffic to 10.0.2.2 not permitted (ollama)"]),
        ("clock_skew", &["hunyuan: the signature is expired, the server time differs from X-TC-Timestamp"]),
    ]);
    assert_unknown(&[
        r#"{"provider":"mistral","requestOptions":{"timeout":7200}}"#,
        "The socket of the lamp was severed by the electrician.",
    ]);
}

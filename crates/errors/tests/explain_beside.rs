//! Texts with the words of errors that are none of an API of models, and short errors of vendors known by little.

use tollgate_errors::{Context, explain};

/// Claims made with confidence in texts that have nothing to explain.
fn claimed(texts: &[&str]) -> Vec<String> {
    texts
        .iter()
        .map(|text| (text, explain(text, &Context::default())))
        .filter(|(_, found)| found.answer() != "unknown" && found.confidence >= 0.5)
        .map(|(text, found)| format!("{} {:.2}: {text}", found.answer(), found.confidence))
        .collect()
}

#[test]
fn errors_of_other_systems_are_not_claimed_where_models_are_mentioned_beside_them() {
    let texts = [
        "paypal.RESTError 401: Invalid API key for client (order: Claude Pro voucher)",
        "google.api_core.exceptions.ResourceExhausted: 429 Quota exceeded for bigquery.googleapis.com (table llm_usage)",
        "ERR_PNPM_FETCH_404 GET https://registry.npmjs.org/@anthropic-ai%2fsdk-extras: Not Found - 404",
        "redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:6379. Connection refused.",
        "kubelet  Liveness probe failed: Get \"http://10.1.4.9:8000/ready\": dial tcp 10.1.4.9:8000: connection refused (pod vllm-metrics)",
        "TwilioRestException: HTTP 401 error: Unable to create record: Authenticate. The reply came from gpt-4o.",
        "GET https://api.spotify.com/v1/me 429 Too Many Requests, retry-after: 12 (playlist written by gemini)",
        "[Render thread/WARN] Unable to load model: minecraft:item/sword: model not found",
        "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied, bucket prompts-archive",
        "fatal: unable to access 'https://github.com/acme/llm-tools.git/': The requested URL returned error: 403",
        "selenium.common.exceptions.TimeoutException: Message: timeout while waiting for the assistant's panel",
    ];

    assert_eq!(claimed(&texts), Vec::<String>::new());
}

#[test]
fn texts_that_only_speak_of_failures_are_not_claimed() {
    let texts = [
        "What is the best way to spread 300 requests per minute over two Anthropic keys without hitting the rate limit?",
        "feat(client): surface insufficient_quota\n\nShows the billing page when OpenAI answers 429.",
        "## 1.8.2\n- fix: `model_not_found` falls back to the default model\n- docs: explain 529",
        "def is_final(e):\n    return e.code in {'insufficient_quota', 'context_length_exceeded'}",
        "ANTHROPIC_API_KEY=sk-ant-xxxx\nANTHROPIC_MODEL=claude-sonnet-4-5\nRATE_LIMIT_REQUESTS=30",
        "{\"id\":\"chatcmpl-1\",\"choices\":[{\"message\":{\"content\":\"429 means: rate limit reached\"},\"finish_reason\":\"stop\"}]}",
        "# TYPE llm_errors_total counter\nllm_errors_total{provider=\"openai\",status=\"429\"} 12",
        "Codes: 400 bad request, 401 invalid API key, 404 model not found, 429 rate limit reached, 500 server error",
        "Write a friendly notice for customers who see \"insufficient_quota\".",
    ];

    assert_eq!(claimed(&texts), Vec::<String>::new());
}

#[test]
fn short_errors_of_vendors_are_recognised_by_what_they_alone_print() {
    let told = [
        ("credits_exhausted", "{\"code\":30001,\"message\":\"account balance is insufficient\",\"data\":null}"),
        ("model_not_found", "{'error': {'code': '1211', 'message': '模型不存在，请检查'}}"),
        ("concurrency_limit", "{\"error\":{\"code\":\"1302\",\"message\":\"当前API并发数过高\"}}"),
        (
            "model_access_tier",
            "{\"error\":{\"code\":\"ModelNotOpen\",\"message\":\"Please activate the model doubao-pro-32k\"}}",
        ),
        (
            "model_deprecated",
            "{\"errors\":[{\"code\":\"model_withdrawn\",\"message\":\"Model 'ibm/granite-8b' was withdrawn\"}]}",
        ),
        ("provider_overloaded", "{\"error_code\":336100,\"error_msg\":\"model server is overloaded, try again\"}"),
        (
            "key_missing",
            "{\"errors\":[{\"code\":\"authentication_no_token\",\"message\":\"no Bearer token in the header\"}]}",
        ),
        (
            "model_not_found",
            "{\"status\":404,\"detail\":\"Function 'a1': Not found for account 'b2'\"} integrate.api.nvidia.com",
        ),
    ];

    for (cause, text) in told {
        let found = explain(text, &Context::default());
        assert_eq!(found.answer(), cause, "{text}: {:.2}", found.confidence);
    }
}

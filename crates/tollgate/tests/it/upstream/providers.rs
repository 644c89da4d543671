//! Ten forms in which providers, and what stands before them, report a failure: bytes in, bytes out, the diagnosis.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::Value as Json;
use tollgate_testing::{Answer, Upstream};

use crate::server;

/// Name, status, headers and body as they are sent; composed in the grammar of the providers' published references.
type Form = (&'static str, u16, &'static [(&'static str, &'static str)], &'static str);

const FORMS: [Form; 10] = [
    (
        "OpenAI, tokens per minute",
        429,
        &[
            ("content-type", "application/json"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-limit-tokens", "30000"),
        ],
        r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-example on tokens per min (TPM): Limit 30000, Used 28928, Requested 11159. Please try again in 20.174s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    ),
    (
        "Azure OpenAI, content filter",
        400,
        &[("content-type", "application/json"), ("apim-request-id", "6f0e1c1e-0000-4000-8000-000000000001")],
        r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"}}}}}"#,
    ),
    (
        "Anthropic, no credit",
        400,
        &[("content-type", "application/json"), ("request-id", "req_011CSHoEeqs5C35K2UUqR7Fy")],
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}"#,
    ),
    (
        "Gemini, a list of one with RetryInfo",
        429,
        &[("content-type", "application/json; charset=UTF-8")],
        r#"[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaValue":"15"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}]"#,
    ),
    (
        "Bedrock, an inference profile",
        400,
        &[
            ("content-type", "application/json"),
            ("x-amzn-errortype", "ValidationException:http://internal.amazon.com/"),
        ],
        r#"{"message":"Invocation of model ID anthropic.claude-3-7-sonnet-20250219-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model."}"#,
    ),
    (
        "Mistral, a list of details",
        422,
        &[("content-type", "application/json")],
        r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","logit_bias"],"msg":"Extra inputs are not permitted","input":{}}]},"type":"invalid_request_error","param":null,"code":null}"#,
    ),
    (
        "OpenRouter, 200 around another provider's error",
        200,
        &[("content-type", "application/json")],
        r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\"error\":{\"code\":429,\"message\":\"Resource has been exhausted (e.g. check quota).\",\"status\":\"RESOURCE_EXHAUSTED\"}}","provider_name":"Google AI Studio"}}}"#,
    ),
    (
        "Ollama, out of memory",
        500,
        &[("content-type", "application/json")],
        r#"{"error":"model requires more system memory (5.6 GiB) than is available (3.1 GiB)"}"#,
    ),
    (
        "Cloudflare, error 1020 as text",
        403,
        &[("content-type", "text/plain; charset=UTF-8"), ("server", "cloudflare"), ("cf-ray", "8e1f00aa00aa00ac-FRA")],
        "error code: 1020",
    ),
    (
        "nginx, a page with a secret in it",
        502,
        &[("content-type", "text/html"), ("server", "nginx/1.25.3")],
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.25.3</center>\r\nAuthorization: Bearer sk-proj-abcdefghijklmnopqrstuvwxyz0123456789</body>\r\n</html>\r\n",
    ),
];

/// Run with `--no-capture`, it prints the ten as a table.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "a table for people")]
async fn ten_forms_of_failures_pass_a_running_server() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[retry]\nattempts = 1\n[breaker]\nfailures = 0").start().await;
    let key = server.first_key();
    let mut page = String::new();
    for (name, status, headers, body) in FORMS {
        let content_type = headers[0].1;
        let answer = Answer::text(status, content_type, body);
        upstream.answer(headers[1..].iter().fold(answer, |answer, (name, value)| answer.header(name, value)));

        let reply = key.chat("gpt-4o-mini", "hi").await;

        let diagnosis = &reply.error()["diagnosis"];
        let _ = writeln!(page, "# {name}\n< {status} {}", body.replace("\r\n", "⏎"));
        let again = Answer::text(status, content_type, body);
        upstream.answer(headers[1..].iter().fold(again, |answer, (name, value)| answer.header(name, value)));
        let bare = key.ask(key.chat_ask("gpt-4o-mini", "hi").header("x-tollgate-diagnosis", "off")).await;
        let sent = if bare.text() == body { "the same bytes".to_owned() } else { bare.text() };
        let _ = writeln!(page, "> {} {sent}", reply.status);
        let _ = writeln!(
            page,
            "  retry-after {}, x-should-retry {}",
            reply.header("retry-after").unwrap_or("–"),
            reply.header("x-should-retry").unwrap_or("–"),
        );
        let word = |name: &str| diagnosis[name].as_str().unwrap_or("").to_owned();
        let _ = writeln!(page, "= {} ({}), retry {}", word("cause"), word("party"), diagnosis["retry"]);
        for line in diagnosis["evidence"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            let _ = writeln!(page, "  : {line}");
        }
        let _ = writeln!(page, "  {}\n", word("remedy"));
        assert_eq!(reply.cause(), word("cause"), "{name}");
        assert!(!reply.text().contains("ghijklmnop"), "{}", reply.text());
    }

    println!("{page}");
    assert_snapshot!("ten_forms", page);
}

/// A member is added, and no other byte changes.
#[tokio::test]
async fn an_error_object_of_a_provider_keeps_its_bytes_but_for_the_diagnosis() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[retry]\nattempts = 1\n[breaker]\nfailures = 0").start().await;
    let body = "{\n  \"error\" : { \"message\":\"caf\\u00e9\", \"type\":\"t\", \"param\":null,\"code\" : \"unknown_parameter\",\"extra\":[1, 2]} ,\"id\":1}\n";
    upstream.answer(Answer::json(400, body));

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

    let text = reply.text();
    let start = text.find(",\"diagnosis\":").expect("it is added");
    let (before, after) = body.split_at(body.find("} ,\"id\"").unwrap());
    assert_eq!(&text[..start], before);
    assert!(text.ends_with(after), "{text}");
}

/// What an error inside a stream means, its last event and the record say alike.
#[tokio::test]
async fn an_error_inside_a_stream_has_its_own_cause_and_is_told_as_outside_of_it() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[retry]\nattempts = 1\n[breaker]\nfailures = 0").start().await;
    let key = server.first_key();
    let chunk = r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"One"}}]}"#;
    for (event, cause) in [
        (r#"{"error":{"message":"Overloaded","type":"overloaded_error"}}"#, "provider_overloaded"),
        (
            r#"{"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":429,"message":"Rate limit exceeded"}}"#,
            "upstream_rate_limited",
        ),
        (r#"{"error":{"message":"no","code":"context_length_exceeded"}}"#, "context_length_exceeded"),
        (r#"{"error":{"message":"The server had an error"}}"#, "server_error"),
    ] {
        upstream.answer(Answer::stream().event(chunk).event(event));

        let reply = key.post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#).await;

        let text = reply.text();
        let last = text.trim_end().rsplit_once("data: ").expect("an event").1;
        let told = serde_json::from_str::<Json>(last).expect("JSON")["error"].clone();
        assert_eq!(told["diagnosis"]["cause"], cause, "{text}");
        let message = serde_json::from_str::<Json>(event).expect("JSON")["error"]["message"].clone();
        assert_eq!(told["message"], message, "{text}");
        for member in ["type", "param", "code"] {
            assert!(told.get(member).is_some(), "{text}");
        }
        let records = server.records(reply.request_id()).await;
        let record = records.last().expect("it is settled");
        assert_eq!(record["cause"], cause, "{record}");
        assert_eq!(record["outcome"], "failed", "{record}");
    }
}

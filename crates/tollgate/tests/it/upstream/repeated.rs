//! A provider that repeats the gateway's own credential: nobody reads it, and all else that it says stays as it is.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, TestServer, Upstream};

use crate::server;

/// Of no form that is known as a key's, with bytes that JSON, URLs and pages escape; and one of a form that is known.
// tollgate:allow: made up for this test
const CREDENTIALS: [&str; 2] = ["Zebra/Quilt+Umbrella&7781", "sk-proj-Zk3Qv8Lm2Tx9Rw4Yp7Nc1Hb6Jd5Gf0Se"];
const CHUNK: &str = r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"One"},"finish_reason":null}]}"#;

async fn start(upstream: &Upstream, credential: &str) -> TestServer {
    let server = server().upstream(upstream).variable("PROVIDER_KEY", credential);
    server.config("[retry]\nattempts = 1\n[breaker]\nfailures = 0\n[log]\nlevel = \"trace\"").start().await
}

fn four(message: &str, code: Option<&str>) -> Json {
    json!({ "error": { "message": message, "type": "invalid_request_error", "param": null, "code": code } })
}

/// Answers that repeat it, in forms of errors and in ways to write it.
fn answers(credential: &str) -> Vec<Answer> {
    let percent: String = credential.bytes().map(|b| format!("%{b:02X}")).collect();
    let unicode: String = credential.bytes().map(|b| format!("\\u{b:04x}")).collect();
    let html = credential.replace('&', "&amp;").replace('+', "&#43;");
    let php = credential.replace('/', "\\/");
    let mut answers: Vec<Answer> = [
        (400, format!("Your token {credential} cannot do this"), None),
        (400, format!("Incorrect API key provided: {credential}"), Some("invalid_api_key")),
        (429, format!("Rate limit reached for key {credential}"), Some("rate_limit_exceeded")),
        (500, format!("worker for {credential} died, Authorization: Bearer {credential}"), None),
        (404, format!("The model m does not exist for {credential}"), Some("model_not_found")),
        (403, format!("Project of {credential} does not have access to model m"), Some("model_not_found")),
        (401, format!("Nobody knows {credential}"), None),
        (400, format!("at https://x.example/?key={percent}"), None),
        (200, format!("key {credential}"), None),
    ]
    .into_iter()
    .map(|(status, message, code)| Answer::json(status, four(&message, code).to_string()))
    .collect();
    let own_code = json!({ "error": { "message": "m", "type": "t", "param": credential, "code": credential } });
    let echo = json!({ "error": four("no", None)["error"], "request": { "headers": { "authorization": format!("Bearer {credential}") } } });
    let inner = four(&format!("inner {credential}"), None).to_string();
    answers.extend([
        Answer::json(400, own_code.to_string()),
        Answer::json(400, echo.to_string()),
        Answer::json(
            400,
            json!({ "error": { "message": "m", "code": 429, "metadata": { "raw": inner } } }).to_string(),
        ),
        Answer::json(400, json!({ "detail": format!("client {credential} sent nonsense") }).to_string()),
        Answer::json(
            422,
            format!(r#"{{"error":{{"message":"{unicode} and {php}","type":"t","param":null,"code":null}}}}"#),
        ),
        Answer::text(500, "text/html", format!("<html><title>{html}</title>Authorization: {credential}</html>")),
        Answer::text(503, "text/plain", format!("no {credential}")),
        Answer::json(400, four("no", None).to_string()).header("x-request-id", credential),
        Answer::json(503, "").header("server", credential).header("via", &format!("1.1 {credential}")),
        Answer::json(400, four(&format!("{} {credential}", "A".repeat(300_000)), None).to_string()),
        // Cut in its middle by the largest body that is read.
        Answer::json(400, format!("{}{credential}", "A".repeat((256 << 10) - 20))),
    ]);
    answers
}

/// What a provider says in the middle of a stream.
fn events(credential: &str) -> Vec<String> {
    vec![
        four(&format!("Incorrect API key provided: {credential}"), Some("invalid_api_key")).to_string(),
        four(&format!("Overloaded, {credential}"), Some("server_is_overloaded")).to_string(),
        json!({ "error": format!("worker of {credential}") }).to_string(),
        json!({ "id": "c", "choices": [{ "delta": {}, "finish_reason": "error" }], "error": { "code": 502, "message": credential } }).to_string(),
        json!({ "code": "x", "error": credential }).to_string(),
        four(&format!("{}{credential}", "A".repeat(70_000)), None).to_string(),
    ]
}

fn files(directory: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => {
                let mut bytes = fs::read(&path).unwrap();
                // Segments of the journal are made at their full length.
                bytes.truncate(bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1));
                found.push((path.display().to_string(), bytes));
            }
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

#[tokio::test]
async fn a_credential_that_its_provider_repeats_reaches_nobody() {
    for credential in CREDENTIALS {
        let upstream = Upstream::start().await;
        let server = start(&upstream, credential).await;
        let key = server.first_key();
        // Half of it is too much, and pages and programs would put it together again.
        let parts = [&credential[4..16], &credential[12..]];
        let mut told = Vec::new();

        for answer in answers(credential) {
            upstream.answer(answer);
            told.push(key.chat("gpt-4o-mini", "hi").await);
        }
        for event in events(credential) {
            for first in [true, false] {
                let stream = Answer::stream();
                let stream = if first { stream } else { stream.event(CHUNK) };
                upstream.answer(stream.event(&event).event("[DONE]"));
                told.push(key.post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#).await);
            }
        }
        let mut explained = Vec::new();
        for reply in &told {
            explained.push(server.cli(&["explain", reply.request_id()]).await);
            explained.push(server.cli(&["requests", "show", reply.request_id()]).await);
        }
        let directory = server.directory().to_owned();
        let _stopped = server.stop().await;

        let mut kept = Vec::new();
        files(&directory, &mut kept);
        kept.extend(told.iter().map(|reply| {
            (format!("{} {}", reply.status, reply.cause()), format!("{:?}{}", reply.headers, reply.text()).into_bytes())
        }));
        kept.extend(explained.iter().map(|output| ("the command line".to_owned(), output.stdout.clone())));
        for (name, bytes) in &kept {
            for part in parts {
                assert!(
                    !holds(bytes, part),
                    "{part} in {name}: {}",
                    String::from_utf8_lossy(&bytes[..bytes.len().min(2000)])
                );
            }
        }
        assert!(
            told.iter().all(|reply| reply.status >= 400 || reply.text().contains("\"diagnosis\"")),
            "all have failed"
        );
    }
}

#[tokio::test]
async fn every_other_byte_of_such_an_error_is_kept() {
    let upstream = Upstream::start().await;
    let server = start(&upstream, CREDENTIALS[0]).await;
    let body = |shown: &str| {
        format!(
            "{{ \"error\" : {{\"message\":\"caf\\u00e9 for {shown}.\", \"type\":\"t\",\"param\":null , \"code\":\"unknown_parameter\"}} }}\n"
        )
    };
    upstream.answer(Answer::json(400, body(CREDENTIALS[0])));

    let key = server.first_key();
    let reply = key.ask(key.chat_ask("gpt-4o-mini", "hi").header("x-tollgate-diagnosis", "off")).await;

    assert_eq!((reply.status, reply.text()), (400, body(&"*".repeat(CREDENTIALS[0].len()))));
}

/// The caller's key is fine: a 200 that has begun must not make him look for the mistake there.
#[tokio::test]
async fn an_error_of_our_credential_in_a_stream_blames_the_gateway() {
    let upstream = Upstream::start().await;
    let server = start(&upstream, CREDENTIALS[0]).await;
    let event = four(&format!("Incorrect API key provided: {}", CREDENTIALS[0]), Some("invalid_api_key")).to_string();
    upstream.answer(Answer::stream().event(CHUNK).event(&event).event(CHUNK).event("[DONE]"));

    let reply = server.first_key().post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#).await;

    let text = reply.text();
    let told = text.strip_prefix(&format!("data: {CHUNK}\n\ndata: ")).and_then(|t| t.strip_suffix("\n\n")).unwrap();
    let error = &serde_json::from_str::<Json>(told).unwrap()["error"];
    assert_eq!((&error["type"], &error["code"]), (&json!("server_error"), &Json::Null));
    assert_eq!(error["diagnosis"]["cause"], "upstream_credential_rejected");
    assert_eq!(error["diagnosis"]["party"], "gateway");
    assert!(!text.contains("Incorrect") && !text.contains("[DONE]"), "{text}");
    let record = server.records(reply.request_id()).await[1].clone();
    assert_eq!((&record["cause"], &record["outcome"]), (&json!("upstream_credential_rejected"), &json!("failed")));
}

//! Failures on demand: every one of them, asked of the sandbox, is what the caller sees.

mod cli;
mod repeating;
mod upstream;

use serde_json::{Value as Json, json};
use tollgate_errors::trigger::{self, Kind, Trigger};
use tollgate_testing::{Ask, Reply, TestServer};

use crate::server;

const CHAT: &str = "/v1/chat/completions";

fn asks() -> impl Iterator<Item = &'static Trigger> {
    trigger::all().iter().filter(|t| t.can_be_asked())
}

fn chat(stream: bool, name: &str) -> Ask {
    let body =
        json!({ "model": "sandbox", "stream": stream, "messages": [{ "role": "user", "content": "Say hello." }] });
    Ask::post(CHAT, body.to_string()).header("x-sandbox-error", name)
}

/// What must hold of every error.
fn check_error(error: &Json, trigger: &Trigger) {
    for key in ["message", "type", "param", "code"] {
        assert!(error.get(key).is_some(), "{}: {error}", trigger.name);
    }
    assert_eq!(error["diagnosis"]["cause"], trigger.cause.slug, "{}: {error}", trigger.name);
    assert_eq!(error["diagnosis"]["retry"], json!(trigger.cause.retry.answer()), "{}", trigger.name);
}

fn check(reply: &Reply, trigger: &Trigger) {
    let of_status = match trigger.kind {
        Kind::Socket(_) => matches!(reply.status, 403 | 502 | 504 | 524),
        _ => reply.status == trigger.wire.status,
    };
    assert!(of_status, "{}: {} {}", trigger.name, reply.status, reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"), "{}", trigger.name);
    assert_eq!(reply.cause(), trigger.cause.slug, "{}: {}", trigger.name, reply.text());
    assert!(reply.header("link").is_some(), "{}", trigger.name);
    let header = |name: &str| reply.header(name).map(str::to_owned);
    repeating::check(trigger.name, trigger.cause, reply.status, &reply.error()["diagnosis"]["retry"], header);
    assert_eq!(reply.header("x-tollgate-attempts"), None, "{} is not repeated", trigger.name);
    check_error(&reply.error(), trigger);
    if trigger.kind == Kind::Wire {
        assert_eq!(reply.error()["type"], trigger.wire.error_type, "{}", trigger.name);
        assert_eq!(reply.error()["code"], json!(trigger.wire.code), "{}", trigger.name);
    }
}

async fn each_of(
    server: &TestServer,
    triggers: impl Iterator<Item = &'static Trigger>,
    ask: impl Fn(&Trigger) -> Ask,
) -> Vec<(&'static Trigger, Reply)> {
    let mut replies = Vec::new();
    for trigger in triggers {
        replies.push((trigger, server.first_key().ask(ask(trigger)).await));
    }
    replies
}

#[tokio::test]
async fn each_by_its_header_is_what_the_caller_sees_and_no_breaker_hears_of_it() {
    let server = server().start().await;

    for (trigger, reply) in each_of(&server, asks(), |t| chat(false, t.name)).await {
        // What is made by streams only is answered as the server would answer it before the stream.
        check(&reply, trigger);
    }

    assert_eq!(server.first_key().chat("sandbox", "hi").await.status, 200);
}

#[tokio::test]
async fn each_comes_before_the_first_byte_of_a_stream_as_plain_json() {
    let server = server().start().await;
    let begins = |t: &&'static Trigger| !matches!(t.kind, Kind::Socket(fault) if fault.can_be_in_the_middle());

    for (trigger, reply) in each_of(&server, asks().filter(begins), |t| chat(true, t.name)).await {
        check(&reply, trigger);
    }
}

#[tokio::test]
async fn each_can_come_in_the_middle_of_a_stream() {
    let server = server().start().await;
    let comes = |t: &&'static Trigger| match t.kind {
        Kind::Socket(fault) => fault.can_be_in_the_middle(),
        _ => true,
    };
    let ask = |t: &Trigger| chat(true, t.name).header("x-sandbox-error-at", "middle");

    for (trigger, reply) in each_of(&server, asks().filter(comes), ask).await {
        let text = reply.text();
        let events: Vec<&str> = text.split("\n\n").filter(|e| e.starts_with("data: ")).collect();
        let last: Json = serde_json::from_str(&events.last().unwrap()["data: ".len()..]).unwrap();

        assert_eq!(reply.status, 200, "{}", trigger.name);
        assert!(events.len() > 1 && !text.contains("[DONE]"), "{}: {text}", trigger.name);
        let error = &last["error"];
        assert!(error["message"].is_string(), "{}: {text}", trigger.name);
        match trigger.kind {
            // Whatever cut it, that it was cut is what a stream shows.
            Kind::Socket(_) if !trigger.name.ends_with("_timeout") => {
                assert_eq!(error["diagnosis"]["cause"], "stream_interrupted", "{text}");
            }
            _ => check_error(error, trigger),
        }
    }
    assert_eq!(server.first_key().chat("sandbox", "hi").await.status, 200);
}

#[tokio::test]
async fn a_model_fails_by_its_name_on_every_endpoint() {
    let server = server().start().await;
    let key = server.first_key();

    for path in ["chat/completions", "completions", "embeddings", "responses", "responses/input_tokens", "moderations"]
    {
        let reply = key.post(&format!("/v1/{path}"), r#"{"model":"sandbox-error-rate_limit_rpm"}"#).await;

        assert_eq!((reply.status, reply.cause()), (429, "rate_limit_requests"), "{path}: {}", reply.text());
        assert_eq!(reply.header("retry-after-ms"), Some("120"));
        assert_eq!(reply.header("x-ratelimit-remaining-requests"), Some("0"));
        assert_eq!(reply.header("x-tollgate-model"), None, "no other model has answered");
    }
    let model = key.get("/v1/models/sandbox-error-server_error").await;
    assert_eq!((model.status, model.json()["id"].as_str()), (200, Some("sandbox-error-server_error")));
    assert!(!key.get("/v1/models").await.text().contains("sandbox-error"));
}

#[tokio::test]
async fn a_stream_of_the_responses_api_ends_in_a_numbered_error_event() {
    let server = server().start().await;
    let body = r#"{"model":"sandbox","input":"Say hello.","stream":true}"#;
    for name in ["server_error", "stream_interrupted"] {
        let ask =
            Ask::post("/v1/responses", body).header("x-sandbox-error", name).header("x-sandbox-error-at", "middle");

        let text = server.first_key().ask(ask).await.text();

        let events: Vec<&str> = text.split("\n\n").filter(|e| !e.is_empty()).collect();
        let (kind, data) = events.last().unwrap().split_once('\n').unwrap();
        let last: Json = serde_json::from_str(&data["data: ".len()..]).unwrap();
        assert_eq!(kind, "event: error", "{text}");
        assert_eq!(last["sequence_number"], events.len() - 1, "{text}");
        assert_eq!(last["diagnosis"]["cause"], name);
    }
}

#[tokio::test]
async fn what_there_is_not_is_refused_with_names_that_are_near() {
    let server = server().start().await;
    let key = server.first_key();

    let by_header = key.ask(chat(false, "rate_limit_rmp")).await;
    let by_model = key.chat("sandbox-error-sever_error", "hi").await;
    let untellable = key.ask(chat(false, "client_aborted")).await;
    let moment = key.ask(chat(false, "server_error").header("x-sandbox-error-at", "the end")).await;

    for (reply, said) in [
        (&by_header, "`rate_limit_rpm`"),
        (&by_model, "`sandbox-error-server_error`"),
        (&untellable, "no answer tells of it"),
        (&moment, "Send `start` or `middle`."),
    ] {
        assert_eq!((reply.status, reply.cause()), (400, "sandbox_error_unknown"), "{}", reply.text());
        assert!(reply.text().contains(said), "{}", reply.text());
        let message = reply.error()["message"].to_string();
        let lists = usize::from(!std::ptr::eq(reply, &moment));
        assert_eq!(message.matches("tollgate trigger --list").count(), lists, "{message}");
    }
    let place = |reply: &Reply| reply.error()["param"].as_str().unwrap().to_owned();
    assert_eq!(
        [place(&by_header), place(&by_model), place(&moment)],
        ["x-sandbox-error", "model", "x-sandbox-error-at"]
    );
}

#[tokio::test]
async fn an_asked_mistake_reads_like_the_real_one() {
    let server = server().start().await;
    let header = |value: &str| Ask::post(CHAT, r#"{"model":"sandbox","messages":[]}"#).header("authorization", value);
    for (name, real) in [
        ("key_undefined", header("Bearer undefined")),
        ("key_empty", header("Bearer ")),
        ("key_placeholder", header("Bearer YOUR_API_KEY")),
        ("key_not_a_key", header("Bearer https://gateway.example/keys/1")),
        ("key_wrong_provider", header("Bearer sk-ant-api03-0000000000000000000000000000000000000000")),
        ("key_invalid", header("Bearer sk-0000000000000000000000000000000000000000")),
        ("auth_header_malformed", header("Token abc")),
        ("auth_scheme_basic", header("Basic dXNlcjpwYXNzd29yZA==")),
    ] {
        let asked = server.first_key().ask(chat(false, name)).await;
        let real = server.ask(&real).await;

        assert_eq!(asked.error()["message"], real.error()["message"], "{name}");
        assert_eq!((asked.status, asked.cause()), (real.status, real.cause()), "{name}");
    }
}

#[tokio::test]
async fn an_overloaded_providers_sentence_names_the_request_itself() {
    let server = server().start().await;

    let reply = server.first_key().ask(chat(false, "overloaded")).await;

    assert!(reply.text().contains(&format!("the request ID {} in", reply.request_id())), "{}", reply.text());
}

#[tokio::test]
async fn a_header_that_the_sandbox_does_not_know_is_refused() {
    let server = server().start().await;
    let key = server.first_key();
    let ask = || key.chat_ask("sandbox", "hi").header("x-sandbox-delay", "500");

    for reply in [key.ask(ask()).await, key.ask(ask().header("x-sandbox-error", "slow_down")).await] {
        assert_eq!((reply.status, reply.cause()), (400, "param_unknown"), "{}", reply.text());
        assert!(reply.text().contains("`x-sandbox-latency-ms`"), "{}", reply.text());
    }
}

#[tokio::test]
async fn the_guide_leads_from_openais_names_to_their_causes() {
    let server = server().start().await;

    for (name, slug) in [("rate_limit_rpm", "rate_limit_requests"), ("key-undefined", "key_undefined")] {
        let reply = server.get(&format!("/errors/{name}")).await;

        assert_eq!((reply.status, reply.header("location")), (302, Some(slug)), "{name}");
    }
}

#[tokio::test]
async fn the_record_says_what_it_was() {
    let server = server().start().await;
    let key = server.first_key();

    let said = key.ask(chat(false, "invalid_api_key")).await;
    let met = key.ask(chat(false, "connection_reset")).await;

    for (reply, cause) in [(said, "key_invalid"), (met, "connection_reset")] {
        let records = server.records(reply.request_id()).await;
        let settlement = &records[1];
        assert_eq!((settlement["cause"].as_str(), settlement["attempts"].as_u64()), (Some(cause), Some(1)));
        let evidence = settlement["evidence"].as_str().unwrap();
        assert!(evidence.contains("was asked to fail as"), "{evidence}");
    }
}

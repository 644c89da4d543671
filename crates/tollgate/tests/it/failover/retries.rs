use std::time::{Duration, Instant};

use serde_json::json;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Ask, Deaf, Gate, TestServer, Upstream};

use crate::server;

const FIRST: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}"#;
const LAST: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

/// A model `m` with a deployment at each of them.
async fn with(upstreams: &[&Upstream], config: &str) -> TestServer {
    let (mut builder, mut deployments) = (server().config(config), Vec::new());
    for (upstream, name) in upstreams.iter().zip(["a", "b", "c", "d", "e", "f"]) {
        builder = builder.provider(name, &upstream.base_url(), "");
        deployments.push(format!("{{ provider = \"{name}\", model = \"m\" }}"));
    }
    builder.config(&format!("[models.m]\ndeployments = [{}]", deployments.join(", "))).start().await
}

fn limited(header: &str, value: &str) -> Answer {
    let error =
        json!({ "error": { "message": "m", "type": "requests", "param": null, "code": "rate_limit_exceeded" } });
    Answer::json(429, error.to_string()).header(header, value)
}

#[tokio::test]
async fn the_wait_that_a_provider_asks_for_is_kept() {
    let upstream = Upstream::start().await;
    let server = with(&[&upstream], "[retry]\npause = \"1ms\"\npause_max = \"1ms\"").await;
    for (answer, wait) in [
        (limited("retry-after-ms", "350"), 350),
        (limited("retry-after", "1"), 1000),
        (limited("retry-after", "0.3"), 300),
        (Answer::json(503, "").header("retry-after-ms", "250"), 250),
    ] {
        let before = upstream.received().len();
        upstream.answer(answer);

        let reply = server.first_key().chat("m", "hi").await;

        assert_eq!((reply.status, reply.header("x-tollgate-attempts")), (200, Some("2")), "{}", reply.text());
        let received = upstream.received();
        let waited = received[before + 1].at - received[before].at;
        assert!(waited >= Duration::from_millis(wait), "{waited:?} of {wait} ms");
    }
}

#[tokio::test]
async fn a_pause_is_neither_the_providers_time_nor_ours() {
    let upstream = Upstream::start().await;
    let server = with(&[&upstream], "").await;
    upstream.answer(limited("retry-after-ms", "400"));

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    let overhead: u64 = reply.header("x-tollgate-overhead-us").unwrap().parse().unwrap();
    assert!(overhead < 300_000, "{overhead}");
    let shown = server.cli_json(&["requests", "show", reply.request_id(), "--json"]).await;
    let us = |name: &str| shown[name].as_u64().unwrap();
    assert!(us("paused_us") >= 400_000 && us("duration_us") >= us("paused_us") + us("upstream_us"), "{shown}");
    assert!(us("upstream_us") < 300_000, "{shown}");
    assert_eq!(shown["failed_attempts"][0]["pause_us"], shown["paused_us"], "{shown}");
    let text = server.cli(&["requests", "show", reply.request_id()]).await;
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("between attempts"), "{text}");
    let metrics = server.get("/metrics").await.text();
    let overhead =
        metrics.lines().find_map(|l| l.strip_prefix("tollgate_overhead_seconds_sum{model=\"m\",provider=\"a\"} "));
    assert!(overhead.unwrap().parse::<f64>().unwrap() < 0.3, "{metrics}");
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_the_callers() {
    let upstream = Upstream::start().await;
    let server = with(&[&upstream], "[retry]\nwait_max = \"2s\"").await;
    upstream.always(limited("retry-after", "3"));
    let began = Instant::now();

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("3")), "{}", reply.text());
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn a_wait_that_the_request_has_no_time_for_is_the_callers() {
    let upstream = Upstream::start().await;
    let server = with(&[&upstream], "[timeouts]\ntotal = \"2s\"").await;
    upstream.always(limited("retry-after", "5"));

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!((reply.status, reply.cause()), (429, "upstream_rate_limited"), "{}", reply.text());
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn another_deployment_is_asked_instead_of_waiting() {
    let (a, b) = (Upstream::start().await, Upstream::start().await);
    a.always(limited("retry-after", "5"));
    let server = with(&[&a, &b], "").await;
    let began = Instant::now();

    for _ in 0..5 {
        assert_eq!(server.first_key().chat("m", "hi").await.status, 200);
    }

    assert!(began.elapsed() < Duration::from_secs(4));
    assert_eq!((a.received().len(), b.received().len()), (1, 5), "until its time is over the other is preferred");
}

#[tokio::test]
async fn a_429_that_asks_for_nothing_makes_others_preferred_for_a_moment() {
    let (a, b) = (Upstream::start().await, Upstream::start().await);
    a.answer(limited("x", "y"));
    let server = with(&[&a, &b], "").await;
    let key = server.first_key();

    for _ in 0..3 {
        assert_eq!(key.chat("m", "hi").await.header("x-tollgate-provider"), Some("b"));
    }
    let back = until("the first one being asked again", || async {
        (key.chat("m", "hi").await.header("x-tollgate-provider") == Some("a")).then_some(())
    });

    back.await;
}

#[tokio::test]
async fn pauses_are_kept_within_their_bounds_and_attempts_are_counted() {
    let upstream = Upstream::start().await;
    upstream.always(Answer::json(500, ""));
    let config = "[retry]\nattempts = 5\npause = \"40ms\"\npause_max = \"80ms\"\n[breaker]\nfailures = 0";
    let server = with(&[&upstream], config).await;

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!((reply.status, reply.header("x-tollgate-attempts")), (500, Some("5")), "{}", reply.text());
    assert_eq!(upstream.received().len(), 5);
    let settled = &server.records(reply.request_id()).await[1];
    assert_eq!(settled["failed_attempts"].as_array().unwrap().len(), 4, "the fifth is the request's own failure");
}

#[tokio::test]
async fn attempts_at_different_deployments_count_together() {
    let mut upstreams = Vec::new();
    for _ in 0..6 {
        upstreams.push(Upstream::start().await);
    }
    upstreams.iter().for_each(|upstream| upstream.always(Answer::json(500, "")));
    let server = with(&upstreams.iter().collect::<Vec<_>>(), "[retry]\nattempts = 3").await;

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!((reply.status, reply.header("x-tollgate-attempts")), (500, Some("3")));
    assert_eq!(upstreams.iter().map(|u| u.received().len()).collect::<Vec<_>>(), [1, 1, 1, 0, 0, 0]);
}

#[tokio::test]
async fn a_stream_without_a_first_token_fails_over_although_its_head_has_come() {
    let (silent, other) = (Upstream::start().await, Upstream::start().await);
    let never = Gate::new();
    silent.always(Answer::stream().piece(": keep-alive\n\n").wait(&never));
    other.always(Answer::stream().event(FIRST).event(LAST).event("[DONE]"));
    let server = server()
        .provider("silent", &silent.base_url(), "timeouts = { first_token = \"100ms\" }")
        .provider("other", &other.base_url(), "")
        .config("[models.m]\ndeployments = [{ provider = \"silent\", model = \"m\" }, { provider = \"other\", model = \"m\" }]")
        .start()
        .await;
    let body = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#;

    let reply = server.first_key().post("/v1/chat/completions", body).await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.text(), format!("data: {FIRST}\n\ndata: {LAST}\n\ndata: [DONE]\n\n"));
    assert_eq!(reply.header("x-tollgate-attempts"), Some("2"));
    silent.hung_up().await;
    assert_eq!(silent.received().len(), 1);
}

#[tokio::test]
async fn nothing_is_repeated_once_the_caller_has_a_byte() {
    let (a, b) = (Upstream::start().await, Upstream::start().await);
    let server = with(&[&a, &b], "").await;
    for answer in [
        Answer::stream().event(FIRST).cut(),
        Answer::stream().event(FIRST).reset(),
        Answer::stream().event(FIRST).event("no JSON"),
        Answer::stream().event(FIRST).piece("data: {\"half\":").cut(),
    ] {
        let before = a.received().len();
        a.answer(answer);
        let body = r#"{"model":"m","stream":true}"#;

        let reply = server.first_key().post("/v1/chat/completions", body).await;

        let text = reply.text();
        assert!(text.contains("Hel") && text.contains("\"error\"") && !text.contains("[DONE]"), "{text}");
        assert_eq!((a.received().len() - before, b.received().len()), (1, 0), "{text}");
    }
}

#[tokio::test]
async fn a_caller_who_leaves_during_a_pause_leaves_a_record_of_what_failed() {
    let upstream = Upstream::start().await;
    upstream.always(limited("retry-after", "9"));
    let server = with(&[&upstream], "").await;
    let key = server.first_key();
    let mut connection = server.connect().await;

    connection.write(&key.chat_ask("m", "hi").bearer(&key.secret).bytes("x")).await;
    until("the first attempt having failed", || async {
        server.get("/metrics").await.text().contains("tollgate_upstream_errors_total{").then_some(())
    })
    .await;
    drop(connection);

    let settled = server.settlement_of_model("m").await;
    assert_eq!((&settled["outcome"], &settled["attempts"]), (&json!("abandoned"), &json!(1)), "{settled}");
    assert_eq!(settled["failed_attempts"][0]["cause"], "upstream_rate_limited", "{settled}");
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn a_kept_connection_that_is_closed_is_replaced_once() {
    let upstream = Upstream::start().await;
    let server = with(&[&upstream], "workers = 1\n[retry]\nattempts = 1").await;
    let key = server.first_key();
    let ask: Ask = key.chat_ask("m", "hi").bearer(&key.secret);
    // Five connections, kept.
    let gate = Gate::new();
    upstream.always(Answer::usual().held(&gate));
    let mut callers = Vec::new();
    for number in 0..5 {
        let mut connection = server.connect().await;
        connection.write(&ask.bytes("x")).await;
        upstream.request(number).await;
        callers.push(connection);
    }
    gate.open();
    for connection in &mut callers {
        connection.reply(false).await;
    }
    upstream.always(Answer::nothing());

    let reply = key.chat("m", "hi").await;

    assert_eq!((reply.status, reply.cause()), (502, "connection_reset"), "{}", reply.text());
    assert_eq!(upstream.received().len(), 7, "on a kept connection and on a fresh one, not on all five");
}

#[tokio::test]
async fn evidence_says_what_was_seen_once_and_with_the_limit() {
    let (silent, cut) = (Upstream::start().await, Upstream::start().await);
    let never = Gate::new();
    silent.always(Answer::usual().held(&never));
    cut.always(Answer::chunked().piece("{\"id\":").cut());
    let dead = Deaf::refusing();
    let server = server()
        .config("[retry]\nattempts = 1")
        .provider("silent", &silent.base_url(), "timeouts = { first_byte = \"100ms\" }")
        .provider("cut", &cut.base_url(), "")
        .provider("dead", &dead.base_url(), "")
        .config("[models.silent]\ndeployments = [{ provider = \"silent\", model = \"x\" }]")
        .config("[models.cut]\ndeployments = [{ provider = \"cut\", model = \"x\" }]")
        .config("[models.dead]\ndeployments = [{ provider = \"dead\", model = \"x\" }]")
        .start()
        .await;
    for (model, public, private) in [
        ("silent", "silent/x: no first byte within 100 ms", ""),
        ("cut", "cut/x: closed by the provider before the last chunk", ""),
        ("dead", "dead/x: the connection was refused", "; the address is 127.0.0.1:"),
    ] {
        let reply = server.first_key().chat(model, "hi").await;

        assert_eq!(reply.error()["diagnosis"]["evidence"], json!([public]), "{}", reply.text());
        let record = &server.records(reply.request_id()).await[1];
        let evidence = record["evidence"].as_str().unwrap();
        assert!(evidence.starts_with(&format!("{public}{private}")), "{evidence}");
        assert!(!private.is_empty() || evidence == public, "{evidence}");
    }
}

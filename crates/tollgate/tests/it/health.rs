//! Pages about the process: no key, no provider.

use tollgate_testing::{Answer, Ask, Gate, Upstream};

use crate::server;

#[tokio::test]
async fn the_process_tells_that_it_lives_and_is_ready() {
    let server = server().start().await;

    for path in ["/livez", "/readyz", "/healthz", "/health", "/health/readiness", "/health/liveliness"] {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, "ok\n"), "{path}");
    }
    let version = server.get("/version").await.json();
    assert_eq!((&version["name"], &version["version"]), (&"tollgate".into(), &env!("CARGO_PKG_VERSION").into()));
    let wrong = server.ask(&Ask::new("POST", "/livez")).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET")));
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("workers = 1").start().await;
    let key = server.first_key();

    key.chat("gpt-4o-mini", "hi").await;
    key.chat("gpt-4o-mini", "hi").await;
    key.chat("no-such-model-of-a-caller", "hi").await;
    server.get("/v1/models").await;
    let reply = server.get("/metrics").await;

    let metrics = reply.text();
    assert!(reply.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    assert!(metrics.ends_with("# EOF\n"));
    for line in [
        r#"tollgate_requests_total{route="chat_completions",model="gpt-4o-mini",provider="openai",status="200",error=""} 2"#,
        r#"tollgate_tokens_total{model="gpt-4o-mini",provider="openai",type="output"} 6"#,
        "tollgate_keys 1",
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line}\n{metrics}");
    }
    assert!(metrics.contains("model_not_found") && metrics.contains("key_missing"), "{metrics}");
    assert!(!metrics.contains("no-such-model-of-a-caller"), "labels are never what a caller sends");
}

#[tokio::test]
async fn a_server_that_stops_finishes_what_it_began() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream.answer(Answer::json(200, "{}").held(&gate));
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let (mut busy, mut idle) = (server.connect().await, server.connect().await);
    idle.ask(&Ask::get("/livez")).await;

    busy.write(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret).bytes("x")).await;
    upstream.request(0).await;
    server.terminate();
    assert!(idle.is_closed().await, "an idle connection is closed at once");
    gate.open();
    let reply = busy.reply(false).await;
    let stopped = server.ended().await;

    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    assert_eq!(stopped.status.code(), Some(0), "{}", stopped.log);
    assert_eq!(stopped.journal().await.iter().filter(|e| e["entry"] == "settlement").count(), 1);
}

#[tokio::test]
async fn a_server_that_stops_lets_a_slow_reader_have_its_answer() {
    let upstream = Upstream::start().await;
    let body = format!("{{\"text\":\"{}\"}}", "x".repeat(250 << 10));
    upstream.answer(Answer::json(200, body.clone()));
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let mut slow = server.connect().await;

    slow.write(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret).bytes("x")).await;
    server.settlement_of_model("gpt-4o-mini").await;
    let stopped = server.stop().await;
    let reply = slow.reply(false).await;

    assert_eq!(stopped.status.code(), Some(0));
    assert_eq!((reply.status, reply.text() == body), (200, true));
}

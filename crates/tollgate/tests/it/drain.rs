//! The end of a server: unready first, then nothing new, and what lasts too long is told so.

use tollgate_testing::server::Signal;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Ask, Gate, TestServer, Upstream};

use crate::server;

const PAUSE: &str = "TOLLGATE_TIMEOUTS_DRAIN_PAUSE";

async fn unready(server: &TestServer) {
    until("503 of /readyz", || async { (server.get("/readyz").await.status == 503).then_some(()) }).await;
}

#[tokio::test]
async fn it_says_that_it_is_not_ready_and_serves_on_for_a_while() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).variable(PAUSE, "1h").start().await;
    let key = server.first_key();

    server.terminate();
    unready(&server).await;
    let ready = server.get("/readyz").await;
    let (live, answer) = (server.get("/livez").await, key.chat("gpt-4o-mini", "hi").await);
    server.terminate();
    let stopped = server.ended().await;

    assert_eq!(ready.text(), "stopping\n");
    assert_eq!((live.status, answer.status, answer.header("connection")), (200, 200, Some("close")));
    assert_eq!(stopped.status.code(), Some(143), "the second signal ends it at once: {}", stopped.log);
}

#[tokio::test]
async fn the_while_passes_by_itself() {
    let server = server().variable(PAUSE, "300ms").start().await;
    let mut kept = server.connect().await;
    kept.ask(&Ask::get("/livez")).await;

    server.terminate();
    unready(&server).await;
    let stopped = server.ended().await;

    assert_eq!(stopped.status.code(), Some(0), "{}", stopped.log);
    assert!(kept.is_closed().await);
}

#[tokio::test]
async fn who_presses_ctrl_c_does_not_wait() {
    let server = server().variable(PAUSE, "1h").start().await;

    server.signal(Signal::INT);

    assert_eq!(server.ended().await.status.code(), Some(0));
}

#[tokio::test]
async fn a_stream_that_outlasts_the_time_to_drain_ends_with_an_error() {
    let (upstream, gate) = (Upstream::start().await, Gate::new());
    let first = r#"{"id":"c","choices":[{"index":0,"delta":{"content":"one"},"finish_reason":null}]}"#;
    upstream.answer(Answer::stream().event(first).wait(&gate));
    let server = server().upstream(&upstream).config("[timeouts]\ndrain = \"100ms\"").start().await;
    let key = server.first_key();
    let body = r#"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    let ask = Ask::post("/v1/chat/completions", body).bearer(&key.secret);
    let mut caller = server.connect().await;
    let head = caller.begin(&ask).await;
    let begun = caller.piece().await.unwrap();

    server.terminate();
    let mut rest = String::new();
    while let Ok(Some(piece)) = caller.piece_or_cut().await {
        rest.push_str(&String::from_utf8(piece).unwrap());
    }
    let stopped = server.ended().await;

    assert!(head.status == 200 && String::from_utf8(begun).unwrap().contains("one"));
    assert!(rest.contains(r#""cause":"gateway_stopped""#) && !rest.contains("[DONE]"), "{rest}");
    assert_eq!(stopped.status.code(), Some(0), "{}", stopped.log);
    let journal = stopped.journal().await;
    let settled = journal.iter().find(|entry| entry["entry"] == "settlement").unwrap();
    assert_eq!((&settled["outcome"], &settled["cause"]), (&"interrupted".into(), &"gateway_stopped".into()));
    gate.open();
}

#[tokio::test]
async fn a_request_that_outlasts_it_is_told_to_come_again() {
    let (upstream, gate) = (Upstream::start().await, Gate::new());
    upstream.answer(Answer::json(200, "{}").held(&gate));
    let server = server().upstream(&upstream).config("[timeouts]\ndrain = \"100ms\"").start().await;
    let key = server.first_key();
    let mut caller = server.connect().await;
    caller.write(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret).bytes("x")).await;
    upstream.request(0).await;

    server.terminate();
    let reply = caller.reply(false).await;
    let stopped = server.ended().await;

    assert_eq!((reply.status, reply.cause()), (503, "gateway_stopped"), "{}", reply.text());
    assert_eq!((reply.header("retry-after"), reply.header("connection")), (Some("1"), Some("close")));
    assert_eq!(stopped.status.code(), Some(0), "{}", stopped.log);
    gate.open();
}

#[tokio::test]
async fn an_answer_of_the_sandbox_that_is_paced_ends_with_an_error_too() {
    let server = server().config("[timeouts]\ndrain = \"100ms\"").start().await;
    let key = server.first_key();
    let body = r#"{"model":"sandbox-slow","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    let mut caller = server.connect().await;
    let head = caller.begin(&Ask::post("/v1/chat/completions", body).bearer(&key.secret)).await;

    server.terminate();
    let mut text = String::new();
    while let Ok(Some(piece)) = caller.piece_or_cut().await {
        text.push_str(&String::from_utf8(piece).unwrap());
    }

    assert_eq!(head.status, 200);
    assert!(text.contains("gateway_stopped") && !text.contains("[DONE]"), "{text}");
    assert_eq!(server.ended().await.status.code(), Some(0));
}

//! Callers in h2, with prior knowledge: the same answers as in HTTP/1.1.

use http_body_util::BodyExt;
use tollgate_testing::{Answer, Ask, Gate, Upstream};

use crate::server;

#[tokio::test]
async fn requests_at_once_on_one_connection_are_answered() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let connection = server.connect_http2().await;

    let asks = (0..20).map(|_| {
        let (mut connection, ask) = (connection.clone(), key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret));
        tokio::spawn(async move { connection.ask(&ask).await })
    });
    let asks: Vec<_> = asks.collect();
    for ask in asks {
        let reply = ask.await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(reply.request_id().starts_with("req_"));
    }
    assert_eq!(upstream.received().len(), 20);
}

#[tokio::test]
async fn refusals_are_the_same_as_in_http1() {
    let server = server().config("[limits]\nbody = \"1KiB\"").start().await;
    let key = server.first_key();
    let mut connection = server.connect_http2().await;
    for (ask, status, cause) in [
        (Ask::get("/v1/models"), 401, "key_missing"),
        (Ask::post("/v1/chat/completions", "{").bearer(&key.secret), 400, "json_body_invalid"),
        (Ask::post("/v1/v1/models", "{}"), 404, "base_url_double_v1"),
        (Ask::post("/v1/chat/completions", "x".repeat(2000)).bearer(&key.secret), 413, "body_too_large"),
    ] {
        let reply = connection.ask(&ask).await;

        assert_eq!((reply.status, reply.cause()), (status, cause), "{}", reply.text());
        assert!(reply.header("connection").is_none());
    }
}

#[tokio::test]
async fn a_stream_flows_event_by_event() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    let event = r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}"#;
    let last = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    upstream.answer(Answer::stream().event(event).wait(&gate).event(last).event("[DONE]"));
    let server = server().upstream(&upstream).start().await;
    let ask = Ask::post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#)
        .bearer(&server.first_key().secret);

    let mut answer = server.connect_http2().await.begin(&ask).await.into_body();
    let first = answer.frame().await.unwrap().unwrap().into_data().unwrap();
    gate.open();
    let rest = answer.collect().await.unwrap().to_bytes();

    assert_eq!(first, format!("data: {event}\n\n"));
    assert_eq!(rest, format!("data: {last}\n\ndata: [DONE]\n\n"));
}

#[tokio::test]
async fn a_stream_that_is_left_ends_the_providers_work() {
    let upstream = Upstream::start().await;
    let never = Gate::new();
    upstream.answer(Answer::stream().event(r#"{"model":"m-1","choices":[]}"#).wait(&never));
    let server = server().upstream(&upstream).start().await;
    let ask = Ask::post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#)
        .bearer(&server.first_key().secret);
    let mut connection = server.connect_http2().await;

    let mut answer = connection.begin(&ask).await.into_body();
    answer.frame().await.unwrap().unwrap();
    drop(answer);

    upstream.hung_up().await;
    assert_eq!(server.settlement_of_model("gpt-4o-mini").await["outcome"], "abandoned");
    assert_eq!(connection.ask(&Ask::get("/livez")).await.status, 200, "the connection goes on");
}

//! Connections to a provider: kept, used again, and not trusted too long.

use std::time::{Duration, Instant};

use tollgate_testing::{Answer, Ask, Connection, Leave, Leaving, TestServer, Upstream};

use crate::server;

/// On one connection of a caller, so that one worker serves them all.
async fn chat(connection: &mut Connection, server: &TestServer) -> tollgate_testing::Reply {
    let key = server.first_key();
    connection.ask(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret)).await
}

#[tokio::test]
async fn a_kept_connection_that_the_provider_closed_is_replaced_unseen() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("workers = 1").start().await;
    let mut connection = server.connect().await;

    let first = chat(&mut connection, &server).await;
    // The provider reads the next request on the kept connection and closes without a byte.
    upstream.answer(Answer::nothing());
    let second = chat(&mut connection, &server).await;

    assert_eq!((first.status, second.status), (200, 200), "{}", second.text());
    assert_eq!(upstream.connections(), 2);
    assert_eq!(upstream.received().len(), 3);
    assert_eq!(server.records(second.request_id()).await.len(), 2);
}

#[tokio::test]
async fn a_fresh_connection_that_closes_is_not_tried_again() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[retry]\nattempts = 1").start().await;
    upstream.answer(Answer::nothing());

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

    assert_eq!((reply.status, reply.cause()), (502, "connection_reset"));
    assert_eq!(upstream.received().len(), 1);
}

/// Two requests by one kept h2 connection, neither of which may be repeated: their statuses, and the connections made.
async fn twice_in_http2(leave: Leave) -> (u16, u16, usize) {
    let provider = Leaving::start(leave).await;
    let server = server()
        .provider("c", &provider.base_url(), "http = \"2\"")
        .model("gpt-4o-mini", "c", "gpt-4o-mini")
        .config("workers = 1\n[retry]\nattempts = 1")
        .start()
        .await;
    let mut connection = server.connect().await;
    let first = chat(&mut connection, &server).await;
    let second = chat(&mut connection, &server).await;
    (first.status, second.status, provider.connections())
}

#[tokio::test]
async fn a_kept_http2_connection_that_takes_no_more_requests_is_replaced_unseen() {
    const REFUSED_STREAM: u8 = 7;
    for leave in [Leave::GoAway, Leave::Reset(REFUSED_STREAM), Leave::Idle] {
        assert_eq!(twice_in_http2(leave).await, (200, 200, 2), "{leave:?}");
    }
}

#[tokio::test]
async fn a_request_that_an_http2_provider_may_have_begun_is_not_sent_again_unseen() {
    const INTERNAL_ERROR: u8 = 2;
    for leave in [Leave::GoAwayBehind, Leave::Reset(INTERNAL_ERROR)] {
        assert_eq!(twice_in_http2(leave).await, (200, 502, 1), "{leave:?}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_after_every_proper_end() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("workers = 1\n[retry]\nattempts = 1").start().await;
    let mut connection = server.connect().await;
    for answer in [Answer::usual(), Answer::chunked().piece("{}"), Answer::json(500, "{}"), Answer::json(204, "")] {
        upstream.answer(answer);
        chat(&mut connection, &server).await;
    }
    upstream.answer(Answer::stream().event("[DONE]"));
    let streamed = Ask::post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#);
    connection.ask(&streamed.bearer(&server.first_key().secret)).await;
    chat(&mut connection, &server).await;

    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn a_connection_is_not_used_again_where_its_end_is_in_doubt() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("workers = 1").start().await;
    let mut connection = server.connect().await;
    for (number, answer) in [
        Answer::usual().header("connection", "close"),
        Answer::raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsmuggled!"),
        Answer::raw("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"),
        Answer::usual(),
    ]
    .into_iter()
    .enumerate()
    {
        upstream.answer(answer);

        let reply = chat(&mut connection, &server).await;

        assert_eq!(reply.status, 200, "{number}: {}", reply.text());
        assert!(!reply.text().contains("smuggled"), "another answer's bytes: {}", reply.text());
        assert_eq!(upstream.connections(), number + 1);
    }
}

#[tokio::test]
async fn small_writes_are_not_held_back() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("workers = 1").start().await;
    let key = server.first_key();
    let mut connection = server.connect().await;
    let stream = || (0..50).fold(Answer::stream(), |answer, _| answer.event(r#"{"choices":[]}"#)).event("[DONE]");

    let mut best = Duration::MAX;
    for _ in 0..3 {
        upstream.answer(stream());
        let began = Instant::now();
        let ask = Ask::post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#).bearer(&key.secret);
        connection.ask(&ask).await;
        best = best.min(began.elapsed());
    }

    // Nagle's algorithm against delayed acknowledgements costs 40 ms at a time.
    assert!(best < Duration::from_millis(35), "{best:?}");
}

#[tokio::test]
async fn informational_answers_are_passed_over() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(Answer::raw(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    ));

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

    assert_eq!((reply.status, reply.text().as_str()), (200, "{}"));
}

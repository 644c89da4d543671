use std::time::Duration;

use tollgate_testing::{Answer, Deaf, Gate, Upstream};

use super::{FIRST, Fault, chat, meet, streamed};
use crate::server;

#[tokio::test]
async fn silence_is_told_as_the_page_says_and_the_silent_one_is_not_asked_twice() {
    let never = Gate::new();
    let faults = vec![
        Fault::deaf("connection without an answer", Deaf::silent()).with("timeouts = { first_byte = \"100ms\" }"),
        Fault::says("slow first byte", Answer::usual().held(&never))
            .await
            .with("timeouts = { first_byte = \"100ms\" }"),
        Fault::says("silence inside a JSON answer", Answer::chunked().piece("{").wait(&never))
            .await
            .with("timeouts = { idle = \"100ms\" }"),
        Fault::says("answer longer than timeouts.total", Answer::chunked().piece("{").wait(&never))
            .await
            .with("timeouts = { total = \"100ms\" }"),
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn a_stream_without_a_first_token_is_told_as_the_page_says() {
    let never = Gate::new();
    let faults = vec![
        Fault::says("stream without a first token", Answer::stream().piece(": ping\n\n").wait(&never))
            .await
            .with("timeouts = { first_token = \"100ms\" }"),
    ];

    meet(faults, streamed()).await;
}

#[tokio::test]
async fn an_answer_that_comes_late_reaches_nobody() {
    let upstream = Upstream::start().await;
    let server = server()
        .provider("slow", &upstream.base_url(), "timeouts = { first_byte = \"100ms\" }")
        .model("m", "slow", "m")
        .config("workers = 1")
        .start()
        .await;
    let late = Gate::new();
    upstream.answer(Answer::json(200, r#"{"late":true}"#).held(&late));
    let mut connection = server.connect().await;
    let ask = server.first_key().chat_ask("m", "hi").bearer(&server.first_key().secret);

    let first = connection.ask(&ask).await;
    late.open();
    let second = connection.ask(&ask).await;

    assert_eq!((first.status, first.cause()), (504, "upstream_first_byte_timeout"));
    assert_eq!(second.status, 200, "{}", second.text());
    assert!(!second.text().contains("late"), "{}", second.text());
    assert_eq!(upstream.connections(), 2, "the connection was dropped");
}

#[tokio::test]
async fn a_provider_that_keeps_sending_is_not_idle() {
    let upstream = Upstream::start().await;
    let server = server()
        .provider("slow", &upstream.base_url(), "timeouts = { idle = \"300ms\" }")
        .model("m", "slow", "m")
        .start()
        .await;
    // Each piece comes after half of what is allowed between two of them: all together take longer.
    let pieces = ["{", r#""choices""#, ":", "[", "]", "}"];
    let slow = |answer: Answer, piece: &str| answer.think(Duration::from_millis(150)).piece(piece);
    upstream.answer(pieces.into_iter().fold(Answer::chunked(), slow));

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"choices":[]}"#));
}

#[tokio::test]
async fn a_stream_that_falls_silent_later_is_not_asked_for_again() {
    let (upstream, other) = (Upstream::start().await, Upstream::start().await);
    let server = server()
        .provider("slow", &upstream.base_url(), "timeouts = { idle = \"100ms\" }")
        .provider("other", &other.base_url(), "")
        .config("[models.m]\ndeployments = [{ provider = \"slow\", model = \"m\" }, { provider = \"other\", model = \"m\" }]")
        .start()
        .await;
    let never = Gate::new();
    upstream.always(Answer::stream().event(FIRST).wait(&never));

    let reply = super::ask(&server, "m", &streamed()).await;

    assert_eq!(reply.status, 200);
    let text = reply.text();
    assert!(text.contains("Hel") && text.contains("upstream_idle_timeout") && !text.contains("[DONE]"), "{text}");
    assert_eq!((upstream.received().len(), other.received().len()), (1, 0));
}

#[tokio::test]
async fn a_stream_longer_than_its_deployment_may_take_is_told_so() {
    let upstream = Upstream::start().await;
    let server = server()
        .provider("slow", &upstream.base_url(), "timeouts = { total = \"200ms\" }")
        .model("m", "slow", "m")
        .start()
        .await;
    let never = Gate::new();
    upstream.always(Answer::stream().event(FIRST).wait(&never));

    let reply = super::ask(&server, "m", &streamed()).await;

    let text = reply.text();
    assert!(text.contains("Hel") && text.contains("upstream_total_timeout") && text.contains("200 ms"), "{text}");
    assert!(!text.contains("[DONE]"), "{text}");
}

#[tokio::test]
async fn the_nearest_limit_holds() {
    let never = Gate::new();
    let upstream = Upstream::start().await;
    upstream.always(Answer::usual().held(&never));
    let server = server()
        .config("[retry]\nattempts = 1\n[breaker]\nfailures = 0")
        .provider("p", &upstream.base_url(), "timeouts = { first_byte = \"110ms\" }")
        .model("provider", "p", "m")
        .config("[models.model]\ntimeouts = { first_byte = \"120ms\" }\ndeployments = [{ provider = \"p\", model = \"m\" }]")
        .config("[models.deployment]\ntimeouts = { first_byte = \"1h\" }\ndeployments = [{ provider = \"p\", model = \"m\", timeouts = { first_byte = \"130ms\" } }]")
        .start()
        .await;
    for (model, limit) in [("provider", "110 ms"), ("model", "120 ms"), ("deployment", "130 ms")] {
        let reply = server.first_key().chat(model, "hi").await;

        assert_eq!((reply.status, reply.cause()), (504, "upstream_first_byte_timeout"), "{model}");
        assert!(reply.text().contains(limit), "{model}: {}", reply.text());
    }
}

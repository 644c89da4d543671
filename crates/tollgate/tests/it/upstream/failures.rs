//! Providers that do not answer, or not in HTTP.

use std::net::{Ipv4Addr, TcpListener};

use tollgate_testing::{Answer, Gate, Upstream};

use crate::server;

/// A port on which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    format!("http://{}/v1", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_provider_that_says_no_http_is_named() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[retry]\nattempts = 1\n[breaker]\nfailures = 0").start().await;
    for (answer, cause) in [
        (Answer::nothing(), "connection_reset"),
        (Answer::stream().reset(), "connection_reset"),
        (Answer::raw("HTTP/1.1 200 OK\r\ncontent-le"), "connection_reset"),
        (Answer::announced(100).piece("{").cut(), "connection_reset"),
        (Answer::chunked().piece("{").cut(), "connection_reset"),
        (Answer::raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "upstream_protocol_error"),
        (Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"), "upstream_protocol_error"),
        (
            Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}"),
            "upstream_protocol_error",
        ),
        (Answer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), "upstream_protocol_error"),
        (Answer::raw("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "upstream_protocol_error"),
    ] {
        upstream.answer(answer.clone());

        let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

        assert_eq!((reply.status, reply.cause()), (502, cause), "{answer:?}: {}", reply.text());
        assert!(!reply.text().contains("127.0.0.1:") || reply.text().contains("/errors/"), "{}", reply.text());
        let record = &server.records(reply.request_id()).await[1];
        assert_eq!(record["cause"], cause);
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_named() {
    let server = server()
        .provider("away", &nobody(), "")
        .model("away", "away", "m")
        .provider("nowhere", "http://tollgate.invalid/v1", "")
        .model("nowhere", "nowhere", "m")
        .start()
        .await;

    let refused = server.first_key().chat("away", "hi").await;
    let unresolved = server.first_key().chat("nowhere", "hi").await;

    assert_eq!((refused.status, refused.cause()), (502, "connection_refused"), "{}", refused.text());
    assert_eq!((unresolved.status, unresolved.cause()), (502, "dns_failure"), "{}", unresolved.text());
    assert!(
        !unresolved.text().contains("tollgate.invalid"),
        "a host inside is not the caller's: {}",
        unresolved.text()
    );
}

#[tokio::test]
async fn a_provider_that_is_too_slow_is_named() {
    let upstream = Upstream::start().await;
    let server = server()
        .provider("slow", &upstream.base_url(), "timeouts = { first_byte = \"50ms\" }")
        .model("gpt-4o-mini", "slow", "gpt-4o-mini")
        .start()
        .await;
    let never = Gate::new();
    upstream.answer(Answer::usual().held(&never));

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

    assert_eq!((reply.status, reply.cause()), (504, "upstream_first_byte_timeout"), "{}", reply.text());
    upstream.hung_up().await;
}

#[tokio::test]
async fn the_whole_request_has_a_limit() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[timeouts]\ntotal = \"100ms\"").start().await;
    let never = Gate::new();
    upstream.answer(Answer::usual().held(&never));

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

    assert_eq!((reply.status, reply.cause()), (504, "request_timeout"), "{}", reply.text());
}

#[tokio::test]
async fn the_next_deployment_is_asked_where_the_first_fails_and_attempts_are_counted() {
    let upstream = Upstream::start().await;
    let server = server()
        .upstream(&upstream)
        .config("workers = 1\n[retry]\nattempts = 2")
        .provider("away", &nobody(), "")
        .config("[models.both]\ndeployments = [{ provider = \"away\", model = \"a\" }, { provider = \"openai\", model = \"b\" }]")
        .start()
        .await;
    let key = server.first_key();

    let reply = key.chat("both", "hi").await;
    // The kept connection first, then a fresh one.
    upstream.answer(Answer::nothing());
    upstream.answer(Answer::nothing());
    let lost = key.chat("both", "hi").await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("x-tollgate-attempts"), Some("2"));
    assert_eq!(reply.header("x-tollgate-provider"), Some("openai"));
    let records = server.records(reply.request_id()).await;
    assert_eq!((records.len(), &records[1]["attempts"]), (2, &2.into()));
    assert_eq!((&records[0]["deployment"], &records[1]["deployment"]), (&"away/a".into(), &"openai/b".into()));
    assert_eq!(lost.status, 502, "two attempts are all that was allowed: {}", lost.text());
    assert_eq!(upstream.received().len(), 3);
}

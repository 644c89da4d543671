//! Providers behind TLS, and in h2.

use tollgate_testing::{Answer, Ask, Authority, Gate, Upstream};

use crate::server;

#[tokio::test]
async fn a_provider_is_reached_by_tls_and_by_h2() {
    let authority = Authority::new();
    let leaf = authority.leaf("localhost");
    let http1 = Upstream::start_tls(leaf.server(&["http/1.1"])).await;
    let http2 = Upstream::start_tls(leaf.server(&["h2"])).await;
    let clear = Upstream::start_http2().await;
    let server = server()
        .file("ca.pem", &authority.pem())
        .provider("a", &http1.base_url(), "roots = { file = \"ca.pem\" }")
        .provider("b", &http2.base_url(), "roots = { file = \"ca.pem\" }\nhttp = \"2\"")
        .provider("c", &clear.base_url(), "http = \"2\"")
        .model("a", "a", "x")
        .model("b", "b", "x")
        .model("c", "c", "x")
        .start()
        .await;
    for (model, upstream) in [("a", &http1), ("b", &http2), ("c", &clear)] {
        for _ in 0..2 {
            let reply = server.first_key().chat(model, "hi").await;

            assert_eq!(reply.status, 200, "{model}: {}", reply.text());
        }
        let received = upstream.request(0).await;
        assert!(received.text().starts_with(r#"{"messages":"#) || received.text().contains(r#""model":"x""#));
        assert_eq!(received.header("accept-encoding").as_deref(), Some("identity"));
        assert!(received.header("authorization").is_some());
    }
}

#[tokio::test]
async fn a_stream_in_h2_flows_and_its_cut_is_told() {
    let upstream = Upstream::start_http2().await;
    let server = server()
        .provider("c", &upstream.base_url(), "http = \"2\"")
        .model("gpt-4o-mini", "c", "gpt-4o-mini")
        .start()
        .await;
    let (gate, key) = (Gate::new(), server.first_key());
    let event = r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}"#;
    upstream.answer(Answer::stream().event(event).wait(&gate).cut());
    let mut connection = server.connect().await;

    connection
        .begin(&Ask::post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#).bearer(&key.secret))
        .await;
    let first = connection.piece().await.unwrap();
    gate.open();
    let second = connection.piece().await.unwrap();

    assert_eq!(first, format!("data: {event}\n\n").into_bytes());
    assert!(String::from_utf8(second).unwrap().contains("stream_interrupted"));
    assert!(connection.piece().await.is_none());
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_is_named() {
    let (ours, other) = (Authority::new(), Authority::new());
    // What of the TLS library's text and of names inside is not the caller's.
    let hidden =
        ["UnknownIssuer", "BadSignature", "NotValidForName", "InvalidContentType", "api.example.com", "localhost"];
    let stranger = Upstream::start_tls(other.leaf("localhost").server(&["http/1.1"])).await;
    let misnamed = Upstream::start_tls(ours.leaf("api.example.com").server(&["http/1.1"])).await;
    let clear = Upstream::start().await;
    let roots = "roots = { file = \"ca.pem\" }";
    let server = server()
        .file("ca.pem", &ours.pem())
        .provider("stranger", &stranger.base_url(), roots)
        .provider("misnamed", &misnamed.base_url(), roots)
        .provider("clear", &format!("https://localhost:{}/v1", clear.address().port()), roots)
        .provider("bundled", &stranger.base_url(), "")
        .model("stranger", "stranger", "x")
        .model("misnamed", "misnamed", "x")
        .model("clear", "clear", "x")
        .model("bundled", "bundled", "x")
        .start()
        .await;
    for (model, cause, words, private) in [
        ("stranger", "tls_untrusted_ca", "not signed by the authority of that name", "BadSignature"),
        ("bundled", "tls_untrusted_ca", "an authority that is not among the roots", "UnknownIssuer"),
        ("misnamed", "tls_hostname_mismatch", "was issued for a different name", "api.example.com"),
        ("clear", "tls_failure", "may speak plain http", "InvalidContentType"),
    ] {
        let reply = server.first_key().chat(model, "hi").await;

        assert_eq!((reply.status, reply.cause()), (502, cause), "{model}: {}", reply.text());
        assert!(reply.error()["message"].as_str().unwrap().contains(words), "{model}: {}", reply.text());
        assert!(!hidden.iter().any(|word| reply.text().contains(word)), "{model}: {}", reply.text());
        let record = server.records(reply.request_id()).await[1]["evidence"].as_str().unwrap().to_owned();
        assert!(record.contains(private) && record.contains("localhost"), "the operator is told: {record}");
    }
    assert!(stranger.received().is_empty() && misnamed.received().is_empty());
}

//! TLS towards callers: both versions of HTTP, and certificates that change without a restart.

use std::fs;

use tollgate_testing::http2::Http2;
use tollgate_testing::wait::until;
use tollgate_testing::{Ask, Authority, Connection};

use crate::server;

const TLS: &str = "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"";

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let authority = Authority::new();
    let leaf = authority.leaf("localhost");
    let server = server().file("cert.pem", &leaf.certificate).file("key.pem", &leaf.key).config(TLS).start().await;
    let key = server.first_key();
    let ask = key.chat_ask("sandbox", "hi").bearer(&key.secret);

    let mut http1 = Connection::open_tls(server.address(), authority.client(&["http/1.1"])).await;
    let mut none = Connection::open_tls(server.address(), authority.client(&[])).await;
    let mut http2 = Http2::open_tls(server.address(), authority.client(&["h2", "http/1.1"])).await;

    assert!(server.ready()["api_base"].as_str().unwrap().starts_with("https://"));
    assert_eq!(http1.ask(&ask).await.status, 200);
    assert_eq!(http1.ask(&ask).await.status, 200);
    assert_eq!(none.ask(&ask).await.status, 200);
    assert_eq!(http2.ask(&ask).await.status, 200);
}

#[tokio::test]
async fn a_streamed_answer_comes_through_tls() {
    let authority = Authority::new();
    let leaf = authority.leaf("localhost");
    let server = server().file("cert.pem", &leaf.certificate).file("key.pem", &leaf.key).config(TLS).start().await;
    let body = r#"{"model":"sandbox","messages":[{"role":"user","content":"hi"}],"stream":true}"#;
    let mut connection = Connection::open_tls(server.address(), authority.client(&["http/1.1"])).await;

    let reply = connection.ask(&Ask::post("/v1/chat/completions", body).bearer(&server.first_key().secret)).await;

    assert!(reply.text().ends_with("data: [DONE]\n\n"), "{}", reply.text());
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_and_a_broken_one_is_not() {
    let (old, new) = (Authority::new(), Authority::new());
    let (first, second) = (old.leaf("localhost"), new.leaf("localhost"));
    let server = server().file("cert.pem", &first.certificate).file("key.pem", &first.key).config(TLS).start().await;
    let mut kept = Connection::open_tls(server.address(), old.client(&[])).await;
    let write = |name: &str, text: &str| fs::write(server.directory().join(name), text).unwrap();

    write("cert.pem", "no certificate");
    until("a word about the broken file", || async { server.log().contains("certificate").then_some(()) }).await;
    let mut still = Connection::open_tls(server.address(), old.client(&[])).await;
    write("cert.pem", &second.certificate);
    write("key.pem", &second.key);
    let mut renewed = until("the new certificate", || async {
        let (address, config) = (server.address(), new.client(&[]));
        tokio::spawn(async move { Connection::open_tls(address, config).await }).await.ok()
    })
    .await;

    for connection in [&mut kept, &mut still, &mut renewed] {
        assert_eq!(connection.ask(&Ask::get("/livez")).await.status, 200);
    }
}

#[tokio::test]
async fn clear_text_on_a_tls_port_is_not_served() {
    let leaf = Authority::new().leaf("localhost");
    let server = server().file("cert.pem", &leaf.certificate).file("key.pem", &leaf.key).config(TLS).start().await;

    let answer = server.raw(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;

    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
}

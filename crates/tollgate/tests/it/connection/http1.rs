//! Requests that are no HTTP, or could be read in two ways: each answered in OpenAI's form, then closed.

use insta::assert_snapshot;
use tollgate_testing::Ask;

use crate::server;

#[tokio::test]
async fn what_is_no_request_is_told_why() {
    let server = server().config("[limits]\nhead = \"4KiB\"\nheaders = 20").start().await;
    let with = |headers: &str| format!("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n");
    let long = "x".repeat(5000);
    for (request, status, cause) in [
        ("nonsense\r\n\r\n".to_owned(), 400, "http_malformed"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned(), 400, "http_malformed"),
        ("GET / HTTP/3.0\r\nhost: x\r\n\r\n".to_owned(), 505, "http_version_unsupported"),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400, "host_invalid"),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(), 400, "host_invalid"),
        ("GET / HTTP/1.1\nhost: a\n\n".to_owned(), 400, "http_malformed"),
        ("CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), 501, "method_unsupported"),
        (with("content-length: 1\r\ncontent-length: 1"), 400, "framing_ambiguous"),
        (with("content-length: 1\r\ntransfer-encoding: chunked"), 400, "framing_ambiguous"),
        (with("transfer-encoding: gzip, chunked"), 400, "framing_ambiguous"),
        (with("content-length: -1"), 400, "framing_ambiguous"),
        (with("a: b\r\n c: d"), 400, "http_malformed"),
        (with("bad name: x"), 400, "http_malformed"),
        (with("expect: a miracle"), 417, "expectation_unsupported"),
        (with(&"a: b\r\n".repeat(21)), 431, "headers_too_many"),
        (with(&format!("a: {long}")), 431, "head_too_large"),
        (format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"), 414, "uri_too_long"),
    ] {
        let mut connection = server.connect().await;
        connection.write(request.as_bytes()).await;
        let reply = connection.reply(false).await;

        let start = &request[..request.len().min(60)];
        assert_eq!((reply.status, reply.cause()), (status, cause), "{start:?}: {}", reply.text());
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("connection"), Some("close"));
        assert!(reply.request_id().starts_with("req_"));
        for member in ["message", "type", "param", "code"] {
            assert!(reply.error().get(member).is_some(), "{}", reply.text());
        }
        connection.finish().await;
        assert!(connection.is_closed().await, "{start:?}");
    }
}

#[tokio::test]
async fn smuggled_bytes_never_become_a_request() {
    let server = server().start().await;
    let key = server.first_key();
    let inner = format!("GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", key.secret);

    for framing in
        ["content-length: 4\r\ntransfer-encoding: chunked", "transfer-encoding : chunked", "content-length: 0, 4"]
    {
        let outer = format!("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n0\r\n\r\n{inner}");
        let answer = String::from_utf8(server.raw(outer.as_bytes()).await).unwrap();

        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{framing}: {answer}");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{framing}: {answer}");
    }
}

#[tokio::test]
async fn an_unread_body_is_passed_over_and_the_connection_goes_on() {
    let server = server().start().await;
    let mut connection = server.connect().await;

    let refused = connection.ask(&Ask::post("/v1/chat/completions", "x".repeat(5000))).await;
    let next = connection.ask(&Ask::get("/livez")).await;

    assert_eq!((refused.status, next.status), (401, 200));
}

#[tokio::test]
async fn old_and_odd_but_right_requests_are_served() {
    let server = server().start().await;
    let address = server.address();
    for request in [
        "GET /livez HTTP/1.0\r\n\r\n".to_owned(),
        format!("GET http://{address}/livez HTTP/1.1\r\nhost: {address}\r\n\r\n"),
        "\r\n\r\nGET /livez HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /livez?a=b HTTP/1.1\r\nHOST: x\r\n\r\n".to_owned(),
    ] {
        assert_eq!(server.raw_reply(request.as_bytes()).await.text(), "ok\n", "{request}");
    }
}

#[tokio::test]
async fn a_head_byte_by_byte_is_read() {
    let server = server().start().await;
    let mut connection = server.connect().await;

    for byte in b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n" {
        connection.write(&[*byte]).await;
    }

    assert_eq!(connection.reply(false).await.status, 200);
}

#[tokio::test]
async fn a_malformed_request_reads_like_any_refusal() {
    let server = server().start().await;

    assert_snapshot!(server.raw_reply(b"GET / HTTP/1.1\r\n\r\n").await.shown(), @r#"
    400 Bad Request
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: host_invalid
    link: <http://127.0.0.1:[port]/errors/host_invalid>; rel="help"
    connection: close

    {
      "error": {
        "code": null,
        "diagnosis": {
          "cause": "host_invalid",
          "docs": "http://127.0.0.1:[port]/errors/host_invalid",
          "evidence": [
            "the Host header is missing"
          ],
          "party": "caller",
          "remedy": "Send exactly one Host header with the name and port of this server.",
          "retry": false
        },
        "message": "The Host header of the request is missing or invalid. The Host header is missing. Send exactly one Host header with the name and port of this server.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
}

#[tokio::test]
async fn a_refused_body_that_was_waiting_is_not_awaited() {
    let server = server().start().await;
    let mut connection = server.connect().await;

    connection
        .write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n")
        .await;
    let reply = connection.reply(false).await;

    assert_eq!((reply.status, reply.cause()), (401, "key_missing"));
    assert_eq!(reply.header("connection"), Some("close"), "nobody can tell whether the body follows");
}

#[tokio::test]
async fn what_follows_a_body_in_chunks_is_the_next_request() {
    let server = server().start().await;
    let key = server.first_key();
    let body = r#"{"model":"sandbox","messages":[{"role":"user","content":"hi"}]}"#;
    let first = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        key.secret,
        body.len()
    );
    let mut connection = server.connect().await;

    connection.write(format!("{first}GET /livez HTTP/1.1\r\nhost: x\r\n\r\n{first}").as_bytes()).await;

    assert_eq!(connection.reply(false).await.status, 200);
    assert_eq!(connection.reply(false).await.text(), "ok\n");
    assert_eq!(connection.reply(false).await.status, 200);
}

//! Bodies that cannot be used, and what their senders are told.

use insta::assert_snapshot;
use tollgate_testing::{Answer, Ask, Gate, Upstream};

use crate::server;

const PATH: &str = "/v1/chat/completions";

#[tokio::test]
async fn every_mistake_in_a_body_is_named() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[limits]\nbody = \"4KiB\"").start().await;
    let key = server.first_key();
    let long = format!(r#"{{"model":"gpt-4o-mini","messages":"{}"}}"#, "x".repeat(4096));
    let deep = format!(r#"{{"model":"gpt-4o-mini","messages":{}1{}}}"#, "[".repeat(2000), "]".repeat(2000));

    for (body, status, cause, said) in [
        ("", 400, "body_empty", ""),
        (" \r\n", 400, "body_empty", ""),
        ("{\"model\":\"gpt-4o-mini\",\n  \"messages\": [}", 400, "json_body_invalid", "line 2, column 16"),
        ("{\"model\":\"gpt-4o-mini\"", 400, "json_body_invalid", "byte"),
        ("model=gpt-4o-mini", 400, "json_body_invalid", "byte 0"),
        ("[]", 400, "json_body_invalid", "The body is not a JSON object: "),
        ("\"text\"", 400, "json_body_invalid", ""),
        ("{'model':'gpt-4o-mini'}", 400, "json_body_invalid", ""),
        ("{\"model\":\"gpt-4o-mini\",}", 400, "json_body_invalid", ""),
        ("{\"model\":\"gpt-4o-mini\"} {}", 400, "json_body_invalid", ""),
        ("{\"model\":\"a\nb\"}", 400, "json_body_encoding", ""),
        ("{\"model\":\"gpt-4o-mini\",\"model\":\"gpt-4o\"}", 400, "json_key_duplicate", "model"),
        ("{\"model\":\"gpt-4o-mini\",\"stream\":true,\"stream\":false}", 400, "json_key_duplicate", "stream"),
        ("{\"messages\":[]}", 400, "param_missing", "you must provide a model parameter"),
        ("{\"model\":\"\"}", 400, "param_missing", ""),
        ("{\"Model\":\"gpt-4o-mini\"}", 400, "param_unknown", "Unknown parameter: 'Model'."),
        ("{\"model\":\"gpt-4o-mini\",\"STREAM\":true}", 400, "param_unknown", "Write `stream`, if that is meant."),
        ("{\"model\":7}", 400, "param_invalid_type", "model"),
        ("{\"model\":null}", 400, "param_invalid_type", "model"),
        ("{\"model\":\"gpt-4o-mini\",\"stream\":\"yes\"}", 400, "param_invalid_type", "stream"),
        (long.as_str(), 413, "body_too_large", "4 KiB"),
        (deep.as_str(), 400, "json_body_invalid", ""),
    ] {
        let reply = key.post(PATH, body).await;

        let start = &body[..body.len().min(80)];
        assert_eq!((reply.status, reply.cause()), (status, cause), "{start:?}: {}", reply.text());
        assert!(reply.text().contains(said), "{start:?}: {}", reply.text());
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn a_body_has_to_be_plain_json_in_utf8() {
    let server = server().start().await;
    let key = server.first_key();
    let ask =
        |content_type: &str| key.chat_ask("sandbox", "hi").without("content-type").header("content-type", content_type);

    for good in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"]
    {
        assert_eq!(key.ask(ask(good)).await.status, 200, "{good}");
    }
    for bad in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"] {
        let reply = key.ask(ask(bad)).await;
        assert_eq!((reply.status, reply.cause()), (400, "content_type_wrong"), "{bad}: {}", reply.text());
    }
    let none = key.ask(key.chat_ask("sandbox", "hi").without("content-type")).await;
    assert_eq!(none.cause(), "content_type_wrong");
    for coding in ["gzip", "br", "deflate"] {
        let reply = key.ask(key.chat_ask("sandbox", "hi").header("content-encoding", coding)).await;
        assert_eq!((reply.status, reply.cause()), (415, "content_encoding_unsupported"), "{}", reply.text());
    }
    assert_eq!(key.ask(key.chat_ask("sandbox", "hi").header("content-encoding", "identity")).await.status, 200);
    let latin1 =
        key.post(PATH, b"{\"model\":\"sandbox\",\"messages\":[{\"role\":\"user\",\"content\":\"\xe9\"}]}").await;
    assert_eq!((latin1.status, latin1.cause()), (400, "json_body_encoding"), "{}", latin1.text());
}

#[tokio::test]
async fn a_byte_order_mark_is_named() {
    let server = server().start().await;

    let reply = server.first_key().post(PATH, b"\xef\xbb\xbf{\"model\":\"sandbox\",\"messages\":[]}").await;

    assert_eq!(reply.status, 400, "{}", reply.text());
    assert!(reply.cause().starts_with("json_body_"), "{}", reply.text());
}

#[tokio::test]
async fn a_body_in_chunks_is_read_like_any_other() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[limits]\nbody = \"1KiB\"").start().await;
    let secret = server.first_key().secret;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let body = r#"{"model":"gpt-4o-mini","messages":[]}"#;
    let chunked: String = body.bytes().map(|b| format!("1;ext=1\r\n{}\r\n", b as char)).collect();

    let small = server.raw_reply(format!("{head}{chunked}0\r\ntrailer: x\r\n\r\n").as_bytes()).await;
    let large = server.raw_reply(format!("{head}800\r\n{}\r\n0\r\n\r\n", "x".repeat(2048)).as_bytes()).await;
    let broken = server.raw_reply(format!("{head}zz\r\n{body}\r\n0\r\n\r\n").as_bytes()).await;

    assert_eq!((small.status, upstream.only().text().as_str()), (200, body), "{}", small.text());
    assert_eq!((large.status, large.cause()), (413, "body_too_large"));
    assert_eq!((broken.status, broken.cause()), (400, "framing_ambiguous"));
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_named() {
    let server = server().config("[timeouts]\nbody_idle = \"50ms\"").start().await;
    let secret = server.first_key().secret;
    let half = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"model\""
    );
    let mut closed = server.connect().await;
    let mut paused = server.connect().await;

    closed.write(half.as_bytes()).await;
    closed.finish().await;
    paused.write(half.as_bytes()).await;
    let (closed, paused) = (closed.reply(false).await, paused.reply(false).await);

    assert_eq!((closed.status, closed.cause()), (400, "body_incomplete"), "{}", closed.text());
    assert!(closed.text().contains("8 bytes") && closed.text().contains("100 bytes"), "{}", closed.text());
    assert_eq!((paused.status, paused.cause()), (408, "body_timeout"), "{}", paused.text());
}

#[tokio::test]
async fn a_large_body_is_refused_before_it_is_sent() {
    let server = server().start().await;
    let secret = server.first_key().secret;
    let mut connection = server.connect().await;

    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\nexpect: 100-continue\r\n\r\n"
    );
    connection.write(head.as_bytes()).await;
    let reply = connection.reply(false).await;

    assert_eq!((reply.status, reply.cause()), (413, "body_too_large"));
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn a_caller_who_waits_is_told_to_continue() {
    let server = server().start().await;
    let key = server.first_key();
    let body = r#"{"model":"sandbox","messages":[{"role":"user","content":"hi"}]}"#;
    let mut connection = server.connect().await;

    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        key.secret,
        body.len()
    );
    connection.write(head.as_bytes()).await;
    let first = connection.head().await;
    connection.write(body.as_bytes()).await;
    let second = connection.reply(false).await;

    assert_eq!((first.status, second.status), (100, 200));
}

#[tokio::test]
async fn bodies_share_a_ceiling_by_what_they_really_take() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream.answer(Answer::json(200, "{}").held(&gate));
    let limits = "[limits]\nbody = \"1MiB\"\nall_bodies = \"1MiB\"";
    let server = server().upstream(&upstream).config(limits).start().await;
    let key = server.first_key();
    let body = r#"{"model":"gpt-4o-mini","messages":[]}"#;
    let mut first = server.connect().await;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        key.secret
    );

    // A short body of unknown length is being served; there is room for the next.
    first.write(format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).as_bytes()).await;
    upstream.request(0).await;
    let second = key.post(PATH, body).await;
    let large = key.post(PATH, format!(r#"{{"model":"gpt-4o-mini","x":"{}"}}"#, "x".repeat((1 << 20) - 60))).await;
    gate.open();

    assert_eq!(second.status, 200, "{}", second.text());
    assert_eq!((large.status, large.cause()), (503, "gateway_bodies_full"), "{}", large.text());
    assert!(large.header("retry-after").is_some());
}

#[tokio::test]
async fn a_body_that_is_no_json_reads_as_openai_words_it() {
    let server = server().start().await;
    let key = server.first_key();

    assert_snapshot!(key.post(PATH, "{\"model\": \"sandbox\", oops}").await.shown(), @r#"
    400 Bad Request
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: json_body_invalid
    link: <http://127.0.0.1:[port]/errors/json_body_invalid>; rel="help"

    {
      "error": {
        "code": null,
        "diagnosis": {
          "cause": "json_body_invalid",
          "docs": "http://127.0.0.1:[port]/errors/json_body_invalid",
          "evidence": [
            "byte 21: expected a property name in double quotes",
            "there is a text without quotation marks"
          ],
          "party": "caller",
          "remedy": "Build the body with a JSON serialiser (json.dumps, JSON.stringify) and never by joining text.",
          "retry": false
        },
        "message": "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at http://127.0.0.1:[port]/errors/json_body_invalid.) The body is not valid JSON: at byte 21 (line 1, column 22), expected a property name in double quotes; there is a text without quotation marks. Build the body with a JSON serialiser (json.dumps, JSON.stringify) and never by joining text.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_snapshot!(key.ask(Ask::post(PATH, "a=b").without("content-type").header("content-type", "text/plain")).await.shown(), @r#"
    400 Bad Request
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: content_type_wrong
    link: <http://127.0.0.1:[port]/errors/content_type_wrong>; rel="help"

    {
      "error": {
        "code": "unsupported_content_type",
        "diagnosis": {
          "cause": "content_type_wrong",
          "docs": "http://127.0.0.1:[port]/errors/content_type_wrong",
          "evidence": [
            "content-type: text/plain"
          ],
          "party": "caller",
          "remedy": "Send the header `Content-Type: application/json` with a JSON body.",
          "retry": false
        },
        "message": "Unsupported content type: 'text/plain'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: text/plain'. Please try again with a supported content type. The Content-Type header says `text/plain` (as fetch and some libraries label any text), and this endpoint reads JSON. Send the header `Content-Type: application/json` with a JSON body.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
}

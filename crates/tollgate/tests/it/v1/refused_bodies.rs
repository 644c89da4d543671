//! Every mistake in a body, as it comes over the wire: what was sent, and what its sender is told. The table is the
//! test; its snapshots are written to be read.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::json;
use tollgate_testing::shown::redact;
use tollgate_testing::{Ask, Reply, TestKey};

use crate::server;

const CHAT: &str = "/v1/chat/completions";

/// The refusal: status, cause, OpenAI's fields, the evidence and the remedy.
fn told(reply: &Reply) -> String {
    let error = reply.error();
    for member in ["message", "type", "param", "code"] {
        assert!(error.get(member).is_some(), "{member}: {error}");
    }
    let diagnosis = &error["diagnosis"];
    assert_eq!(diagnosis["cause"], reply.cause());
    let evidence = diagnosis["evidence"].as_array().unwrap();
    let evidence: Vec<_> = evidence.iter().map(|e| format!("  : {}\n", e.as_str().unwrap())).collect();
    let text = format!(
        "  < {} {}, param {}, code {}\n  | {}\n{}  = {}\n",
        reply.status,
        reply.cause(),
        error["param"],
        error["code"],
        error["message"].as_str().unwrap(),
        evidence.concat(),
        diagnosis["remedy"].as_str().unwrap(),
    );
    redact(&text)
}

/// A body as it may be printed: one line, its bytes escaped, cut.
fn shown(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body)
        .chars()
        .map(|c| match c {
            '\u{fffd}' => "\\x..".to_owned(),
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{200b}') => c.escape_default().to_string(),
            c => c.to_string(),
        })
        .collect();
    text.chars().take(160).collect()
}

/// Sends each body to `path` and writes down what happens.
async fn all(key: &TestKey<'_>, path: &str, cases: &[(&str, Vec<u8>)]) -> String {
    let mut out = String::new();
    for (about, body) in cases {
        let reply = key.post(path, body.clone()).await;
        assert!((400..500).contains(&reply.status), "{about}: {}", reply.text());
        assert_eq!(reply.header("x-should-retry"), Some("false"), "{about}");
        let _ = writeln!(out, "# {about}\n  > {}\n{}", shown(body), told(&reply));
    }
    out
}

fn text(about: &'static str, body: &str) -> (&'static str, Vec<u8>) {
    (about, body.as_bytes().to_vec())
}

#[tokio::test]
async fn what_is_not_json_is_told_by_what_it_is() {
    let server = server().start().await;
    let utf_16: Vec<u8> = "{\"model\":\"sandbox\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();

    let told = all(
        &server.first_key(),
        CHAT,
        &[
            text("nothing", ""),
            text("white space", " \r\n"),
            text("single quotes, as Python prints them", "{'model': 'sandbox'}"),
            text("Python's words", "{\"model\": \"sandbox\", \"stream\": True}"),
            text("JavaScript's undefined", "{\"model\": undefined}"),
            text("NaN", "{\"model\": \"sandbox\", \"temperature\": NaN}"),
            text("a comma too many", "{\n  \"model\": \"sandbox\",\n}"),
            text("a comma too few", "{\"model\": \"sandbox\" \"messages\": []}"),
            text("a comment", "{\"model\": \"sandbox\", // the model\n \"messages\": []}"),
            text("names without quotes", "{model: \"sandbox\"}"),
            text("values without quotes", "{\"model\": sandbox}"),
            text("typographic quotes", "{“model”: “sandbox”}"),
            text("an unescaped quote", "{\"model\": \"sandbox\", \"messages\": \"she said \"hi\" to me\"}"),
            text("an unescaped line break", "{\"model\": \"sand\nbox\"}"),
            text("cut off", "{\"model\": \"sandbox\", \"messages\": [{\"role\": \"us"),
            text("two objects", "{\"model\": \"sandbox\"}\n{\"model\": \"sandbox\"}"),
            text("a form", "model=sandbox&messages=hi"),
            text("a multipart form", "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nsandbox\r\n--x--"),
            text("a web page", "<!DOCTYPE html><html><body>hi</body></html>"),
            text("YAML", "model: sandbox\nmessages: []"),
            text("an object put into text", "[object Object]"),
            text("the name of a file", "@body.json"),
            text("serialised twice", "\"{\\\"model\\\":\\\"sandbox\\\"}\""),
            text("a list", "[{\"role\":\"user\",\"content\":\"hi\"}]"),
            text("null", "null"),
            ("a byte order mark", b"\xef\xbb\xbf{\"model\":\"sandbox\"}".to_vec()),
            ("UTF-16", utf_16),
            ("Latin-1", b"{\"model\":\"caf\xe9\"}".to_vec()),
            ("Windows-1252", b"{\"model\":\"\x93x\x94\"}".to_vec()),
            ("half a character", b"{\"model\":\"caf\xc3".to_vec()),
            ("gzip without its header", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".to_vec()),
            ("a PNG image", b"\x89PNG\r\n\x1a\n".to_vec()),
            text("a field twice", "{\"model\":\"sandbox\",\"model\":\"gpt-4o\"}"),
            text("a field in capitals", "{\"Model\":\"sandbox\"}"),
            text("no model", "{\"messages\":[]}"),
            text("an empty model", "{\"model\":\"\",\"messages\":[]}"),
            text("a number too large", "{\"model\":\"sandbox\",\"temperature\":1e999}"),
            text("half an emoji", "{\"model\":\"sandbox\",\"user\":\"\\ud83d\"}"),
            text("half an emoji before a text", "{\"model\":\"sandbox\",\"user\":\"\\ud83dx\"}"),
            (
                "too many levels",
                format!("{{\"model\":\"sandbox\",\"x\":{}{}}}", "[".repeat(200), "]".repeat(200)).into_bytes(),
            ),
            (
                "one level too many",
                format!("{{\"model\":\"sandbox\",\"x\":{}{}}}", "[".repeat(127), "]".repeat(127)).into_bytes(),
            ),
            text("a misspelt model", "{\"modle\":\"sandbox\",\"messages\":[]}"),
            text("a number as the model", "{\"model\":7}"),
            text("a text as stream", "{\"model\":\"sandbox\",\"stream\":\"true\"}"),
        ],
    )
    .await;

    assert_snapshot!("not_json", told);
}

#[tokio::test]
async fn how_a_body_comes_is_told_where_it_is_at_fault() {
    let server = server().config("[limits]\nbody = \"4KiB\"").start().await;
    let key = server.first_key();
    let chat = || key.chat_ask("sandbox", "hi");
    let typed = |media: &str| chat().without("content-type").header("content-type", media);

    let mut out = String::new();
    for (about, ask) in [
        ("no content type", chat().without("content-type")),
        ("text", typed("text/plain;charset=UTF-8")),
        ("a form", typed("application/x-www-form-urlencoded")),
        ("an upload", typed("multipart/form-data; boundary=x")),
        ("gzip", chat().header("content-encoding", "gzip")),
        ("Brotli", chat().header("content-encoding", "br")),
        ("too large", Ask::post(CHAT, "x".repeat(5000))),
    ] {
        let _ = writeln!(out, "# {about}\n{}", told(&key.ask(ask).await));
    }

    assert_snapshot!("content_type", out);
}

#[tokio::test]
async fn a_chat_that_openai_would_refuse_is_told_exactly() {
    let server = server().start().await;
    let with = |about: &'static str, more: serde_json::Value| {
        let mut body = json!({ "model": "sandbox", "messages": [{ "role": "user", "content": "hi" }] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (about, body.to_string().into_bytes())
    };
    let messages = |about, messages: serde_json::Value| with(about, json!({ "messages": messages }));
    let call = json!([{ "id": "call_1", "type": "function", "function": { "name": "f", "arguments": "{}" } }]);
    let tool = |name: &str| json!({ "type": "function", "function": { "name": name, "parameters": {} } });
    let many: Vec<_> = (0..129).map(|i| tool(&format!("f{i}"))).collect();

    let told = all(
        &server.first_key(),
        CHAT,
        &[
            text("no messages", "{\"model\":\"sandbox\"}"),
            text("a body of the Responses API", "{\"model\":\"sandbox\",\"input\":\"hi\"}"),
            messages("an empty list", json!([])),
            messages("a text instead of a list", json!("hi")),
            messages("a text instead of a message", json!(["hi"])),
            messages("no role", json!([{ "content": "hi" }])),
            messages("a misspelt role", json!([{ "role": "sytem", "content": "hi" }])),
            messages("another framework's role", json!([{ "role": "human", "content": "hi" }])),
            messages("no content", json!([{ "role": "user" }])),
            messages("null as content", json!([{ "role": "user", "content": null }])),
            messages("an object as content", json!([{ "role": "user", "content": { "text": "hi" } }])),
            messages("no parts", json!([{ "role": "user", "content": [] }])),
            messages("a part of another API", json!([{ "role": "user", "content": [{ "type": "input_text", "text": "hi" }] }])),
            messages("a tool's result without a call", json!([{ "role": "tool", "tool_call_id": "call_1", "content": "1" }])),
            messages(
                "a tool's result for another call",
                json!([{ "role": "assistant", "tool_calls": call }, { "role": "tool", "tool_call_id": "call_2", "content": "1" }]),
            ),
            messages(
                "a call without its result",
                json!([{ "role": "user", "content": "hi" }, { "role": "assistant", "tool_calls": call }, { "role": "user", "content": "?" }]),
            ),
            with("a misspelt parameter", json!({ "temprature": 1 })),
            with("another API's parameter", json!({ "max_output_tokens": 10 })),
            with("another server's parameter", json!({ "num_ctx": 4096 })),
            with("an argument of the SDK", json!({ "extra_body": {} })),
            with("n too large", json!({ "n": 130 })),
            with("temperature too high", json!({ "temperature": 3 })),
            with("a text for a number", json!({ "temperature": "hot" })),
            with("too many stops", json!({ "stop": ["a", "b", "c", "d", "e"] })),
            with("stream options without a stream", json!({ "stream_options": { "include_usage": true } })),
            with("a tool's name with a space", json!({ "tools": [tool("get weather")] })),
            with("too many tools", json!({ "tools": many })),
            with("a choice of no tool", json!({ "tool_choice": "required" })),
            with("json_object without the word", json!({ "response_format": { "type": "json_object" } })),
            with("an unknown format", json!({ "response_format": { "type": "yaml" } })),
            with("a schema without a name", json!({ "response_format": { "type": "json_schema", "json_schema": { "schema": {} } } })),
        ],
    )
    .await;

    assert_snapshot!("chat", told);
}

#[tokio::test]
async fn other_endpoints_refuse_as_exactly() {
    let server = server().start().await;
    let key = server.first_key();
    let body = |about: &'static str, body: serde_json::Value| (about, body.to_string().into_bytes());

    let responses = all(
        &key,
        "/v1/responses",
        &[
            body("nothing to answer", json!({ "model": "sandbox" })),
            body("chat's messages", json!({ "model": "sandbox", "messages": [] })),
            body("chat's response_format", json!({ "model": "sandbox", "input": "hi", "response_format": { "type": "json_object" } })),
            body("too few tokens", json!({ "model": "sandbox", "input": "hi", "max_output_tokens": 5 })),
            body("a stored response that is not there", json!({ "model": "sandbox", "input": "hi", "previous_response_id": "resp_0123" })),
            body(
                "a call's output without the call",
                json!({ "model": "sandbox", "input": [{ "type": "function_call_output", "call_id": "call_1", "output": "1" }] }),
            ),
            body(
                "a call without its output",
                json!({ "model": "sandbox", "input": [{ "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}" }] }),
            ),
        ],
    )
    .await;
    let embeddings = all(
        &key,
        "/v1/embeddings",
        &[
            body("no input", json!({ "model": "sandbox-embedding" })),
            body("an empty text", json!({ "model": "sandbox-embedding", "input": "" })),
            body("an empty list", json!({ "model": "sandbox-embedding", "input": [] })),
            body("null in the list", json!({ "model": "sandbox-embedding", "input": ["a", null] })),
            body("another name for it", json!({ "model": "sandbox-embedding", "input": "a", "texts": ["a"] })),
            body("too many dimensions", json!({ "model": "sandbox-embedding", "input": "a", "dimensions": 1_000_000 })),
        ],
    )
    .await;
    let completions = all(
        &key,
        "/v1/completions",
        &[
            body("a chat model", json!({ "model": "sandbox-embedding", "prompt": "hi" })),
            body("messages", json!({ "model": "sandbox", "messages": [] })),
        ],
    )
    .await;

    assert_snapshot!("responses", responses);
    assert_snapshot!("embeddings", embeddings);
    assert_snapshot!("completions", completions);
}

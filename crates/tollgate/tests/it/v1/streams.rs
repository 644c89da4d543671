//! Answers in pieces: each passed on as it comes, usage read in passing, and a failure told in the last event.

use serde_json::json;
use tollgate_testing::{Answer, Ask, Connection, Gate, TestServer, Upstream};

use crate::server;

const PATH: &str = "/v1/chat/completions";
const FIRST: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}"#;
const SECOND: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}"#;
const LAST: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}}"#;

fn body(more: &str) -> String {
    format!(r#"{{"model":"gpt-4o-mini","messages":[],"stream":true{more}}}"#)
}

fn whole() -> Answer {
    Answer::stream().event(FIRST).event(SECOND).event(LAST).event(USAGE).event("[DONE]")
}

fn events(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("data: {text}\n\n")).collect()
}

/// Sends a streamed request; the head of its answer has come.
async fn begin(server: &TestServer, body: String) -> (Connection, tollgate_testing::Reply) {
    let mut connection = server.connect().await;
    let head = connection.begin(&Ask::post(PATH, body).bearer(&server.first_key().secret)).await;
    (connection, head)
}

async fn read_all(connection: &mut Connection) -> String {
    let mut text = Vec::new();
    while let Some(piece) = connection.piece().await {
        text.extend_from_slice(&piece);
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn each_event_reaches_the_caller_before_the_next_is_sent() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let gates: Vec<Gate> = (0..4).map(|_| Gate::new()).collect();
    let answer = Answer::stream().event(FIRST).wait(&gates[0]).event(SECOND).wait(&gates[1]).event(LAST);
    upstream.answer(answer.wait(&gates[2]).event(USAGE).event("[DONE]").wait(&gates[3]));

    let (mut connection, head) = begin(&server, body(r#","stream_options":{"include_usage":true}"#)).await;

    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream; charset=utf-8"));
    for (text, gate) in [FIRST, SECOND, LAST].iter().zip(&gates) {
        assert_eq!(connection.piece().await.unwrap(), events(&[text]).into_bytes());
        gate.open();
    }
    // The end of the provider's body is still closed in: nobody waits for it.
    assert_eq!(read_all(&mut connection).await, events(&[USAGE, "[DONE]"]));
}

#[tokio::test]
async fn an_event_split_at_any_byte_arrives_whole() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let all = events(&[FIRST, LAST, USAGE, "[DONE]"]);
    for size in [1, 7, 100] {
        let pieces = all.as_bytes().chunks(size);
        upstream.answer(pieces.fold(Answer::stream(), Answer::piece));

        let (mut connection, _) = begin(&server, body("")).await;

        assert_eq!(read_all(&mut connection).await, events(&[FIRST, LAST, "[DONE]"]), "pieces of {size}");
    }
}

#[tokio::test]
async fn usage_is_asked_for_and_kept_from_a_caller_who_did_not() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(whole());

    let (mut connection, head) = begin(&server, body("")).await;
    let text = read_all(&mut connection).await;

    assert_eq!(text, events(&[FIRST, SECOND, LAST, "[DONE]"]));
    let sent: serde_json::Value = serde_json::from_str(&upstream.only().text()).unwrap();
    assert_eq!(sent["stream_options"], json!({ "include_usage": true }));
    let records = server.records(head.request_id()).await;
    let usage = &records[1]["usage"];
    let counted = [&usage["input"], &usage["cached_input"], &usage["output"], &usage["reasoning"]];
    assert_eq!(counted, [11, 3, 7, 2], "{usage}");
}

#[tokio::test]
async fn usage_passes_to_a_caller_who_asked() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(whole());
    let asked = body(r#", "stream_options" : {"include_usage" : true}"#);

    let (mut connection, _) = begin(&server, asked.clone()).await;

    assert_eq!(read_all(&mut connection).await, events(&[FIRST, SECOND, LAST, USAGE, "[DONE]"]));
    assert_eq!(upstream.only().text(), asked);
}

#[tokio::test]
async fn usage_is_spliced_into_options_that_are_there() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).model("alias", "openai", "real").start().await;
    for (before, after) in [
        (
            r#"{"model":"alias","stream":true,"stream_options":{}}"#,
            r#"{"model":"real","stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (
            r#"{"stream_options":{"include_usage" : false ,"include_obfuscation":false},"stream":true,"model":"alias"}"#,
            r#"{"stream_options":{"include_usage" : true ,"include_obfuscation":false},"stream":true,"model":"real"}"#,
        ),
        (
            r#"{"stream_options":null,"stream":true,"model":"alias"}"#,
            r#"{"stream_options":{"include_usage":true},"stream":true,"model":"real"}"#,
        ),
        (r#"{"stream":false,"model":"alias"}"#, r#"{"stream":false,"model":"real"}"#),
    ] {
        upstream.answer(whole());
        let count = upstream.received().len();

        let (mut connection, _) = begin(&server, before.to_owned()).await;
        read_all(&mut connection).await;

        let sent: serde_json::Value = serde_json::from_str(&upstream.request(count).await.text()).unwrap();
        assert_eq!(sent, serde_json::from_str::<serde_json::Value>(after).unwrap(), "{before}");
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_ends_in_an_error_and_never_in_done() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let half = &events(&[SECOND])[..40];
    for answer in [
        Answer::stream().event(FIRST).cut(),
        Answer::stream().event(FIRST).reset(),
        Answer::stream().event(FIRST).piece(half).cut(),
        Answer::stream().event(FIRST),
    ] {
        upstream.answer(answer);

        let (mut connection, head) = begin(&server, body("")).await;
        let text = read_all(&mut connection).await;

        assert!(text.starts_with(&events(&[FIRST])), "{text}");
        assert!(!text.contains("[DONE]"), "{text}");
        let last = text.trim_end().rsplit("\n\n").next().unwrap().strip_prefix("data: ").unwrap();
        let error: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!(error["error"]["diagnosis"]["cause"], "stream_interrupted", "{error}");
        assert!(text.ends_with("\n\n"));
        let records = server.records(head.request_id()).await;
        assert_eq!(records[1]["outcome"], "interrupted");
        assert_eq!(records[1]["cause"], "stream_interrupted");
    }
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_ended_in_time() {
    let upstream = Upstream::start().await;
    let server = server()
        .provider("slow", &upstream.base_url(), "timeouts = { idle = \"50ms\" }")
        .model("gpt-4o-mini", "slow", "gpt-4o-mini")
        .start()
        .await;
    let never = Gate::new();
    upstream.answer(Answer::stream().event(FIRST).wait(&never));

    let (mut connection, _) = begin(&server, body("")).await;
    let text = read_all(&mut connection).await;

    assert!(text.contains("upstream_idle_timeout") && !text.contains("[DONE]"), "{text}");
    upstream.hung_up().await;
}

#[tokio::test]
async fn a_stream_without_its_mark_at_the_end_gets_one() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(Answer::stream().event(FIRST).event(LAST).event(USAGE));

    let (mut connection, _) = begin(&server, body("")).await;

    assert_eq!(read_all(&mut connection).await, events(&[FIRST, LAST, "[DONE]"]));
}

#[tokio::test]
async fn a_caller_who_leaves_ends_the_providers_work() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let never = Gate::new();
    upstream.answer(Answer::stream().event(FIRST).wait(&never));

    let (mut connection, _) = begin(&server, body("")).await;
    connection.piece().await;
    drop(connection);

    upstream.hung_up().await;
    let settled = server.settlement_of_model("gpt-4o-mini").await;
    assert_eq!((&settled["outcome"], &settled["cause"]), (&json!("abandoned"), &json!("client_aborted")), "{settled}");
    assert_eq!(settled["model_answered"], "m-1");
}

#[tokio::test]
async fn a_caller_who_leaves_before_the_answer_ends_the_providers_work() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let never = Gate::new();
    upstream.answer(Answer::json(200, "{}").held(&never));
    let key = server.first_key();
    let mut connection = server.connect().await;

    connection.write(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret).bytes("x")).await;
    upstream.request(0).await;
    drop(connection);

    upstream.hung_up().await;
    assert_eq!(server.settlement_of_model("gpt-4o-mini").await["outcome"], "abandoned");
}

#[tokio::test]
async fn an_error_before_the_stream_is_plain_json() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(Answer::json(
        400,
        r#"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":null}}"#,
    ));

    let (_, head) = begin(&server, body("")).await;

    assert_eq!((head.status, head.header("content-type")), (400, Some("application/json")));
}

/// A provider's error inside its stream is its last event, with our diagnosis in it, whatever comes behind it.
#[tokio::test]
async fn an_error_event_of_the_provider_is_explained_recorded_and_the_last() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let error = r#"{"error":{"message":"Overloaded. Please try again in 20s","type":"server_error","param":null,"code":"server_is_overloaded"}}"#;
    for answer in [
        Answer::stream().event(FIRST).event(error),
        Answer::stream().event(FIRST).event(error).event("[DONE]"),
        Answer::stream().event(FIRST).event(error).event(FIRST).event("[DONE]"),
        Answer::stream().piece(format!("data: {FIRST}\n\ndata: {error}\n\ndata: [DONE]\n\n")),
    ] {
        upstream.answer(answer);

        let (mut connection, head) = begin(&server, body("")).await;
        let text = read_all(&mut connection).await;

        // The bytes are the provider's but for the added member.
        let start = events(&[FIRST])
            + "data: "
            + error.strip_suffix("}}").unwrap()
            + ",\"diagnosis\":{\"cause\":\"provider_overloaded\"";
        assert!(text.starts_with(&start) && text.ends_with("}}}\n\n"), "{text}");
        assert!(!text.contains("[DONE]") && text.matches("data: ").count() == 2, "{text}");
        let settlement = server.records(head.request_id()).await[1].clone();
        assert_eq!((&settlement["outcome"], &settlement["cause"]), (&"failed".into(), &"provider_overloaded".into()));
        assert!(settlement["evidence"].as_str().unwrap().contains("it said: Overloaded."), "{settlement}");
    }
}

#[tokio::test]
async fn the_sandbox_streams_with_and_without_usage() {
    let server = server().start().await;
    for (more, usage) in [("", false), (r#","stream_options":{"include_usage":true}"#, true)] {
        let asked =
            format!(r#"{{"model":"sandbox","messages":[{{"role":"user","content":"hi"}}],"stream":true{more}}}"#);

        let (mut connection, head) = begin(&server, asked).await;
        let text = read_all(&mut connection).await;

        assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
        assert_eq!(text.contains("\"usage\":{"), usage, "{text}");
        assert!(server.records(head.request_id()).await[1]["usage"]["output"].as_u64().unwrap() > 0);
    }
}

#[tokio::test]
async fn odd_but_legal_streams_pass_as_they_are() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let last = LAST;
    for text in [
        format!(": a comment\n\ndata: {FIRST}\n\n: another\n\ndata: {last}\n\ndata: [DONE]\n\n"),
        format!("data:{FIRST}\n\ndata:{last}\n\ndata:[DONE]\n\n"),
        format!("data: {FIRST}\r\n\r\ndata: {last}\r\n\r\ndata: [DONE]\r\n\r\n"),
        format!("event: message\nid: 7\nretry: 10\ndata: {FIRST}\n\ndata: {last}\n\ndata: [DONE]\n\n"),
    ] {
        upstream.answer(Answer::stream().piece(text.clone()));

        let (mut connection, _) = begin(&server, body(r#","stream_options":{"include_usage":true}"#)).await;

        assert_eq!(read_all(&mut connection).await, text);
    }
}

#[tokio::test]
async fn a_stream_in_http_1_0_ends_with_the_connection() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(whole());
    let asked = body("");
    let head = format!(
        "POST {PATH} HTTP/1.0\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        server.first_key().secret,
        asked.len()
    );

    let reply = server.raw_reply(format!("{head}{asked}").as_bytes()).await;

    assert_eq!(reply.header("transfer-encoding"), None);
    assert_eq!(reply.text(), events(&[FIRST, SECOND, LAST, "[DONE]"]));
}

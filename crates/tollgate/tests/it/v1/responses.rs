//! `POST /v1/responses`: numbered events, and what is stored at a provider.

use serde_json::json;
use tollgate_testing::{Answer, Upstream};

use crate::server;

const DEPLOYMENTS: &str = r#"
[models.one]
deployments = [{ provider = "openai", model = "one", one_project = true }]
[models.unsure]
deployments = [{ provider = "openai", model = "unsure" }]
[models.two]
deployments = [
{ provider = "openai", model = "two", one_project = true },
{ provider = "openai", model = "three", one_project = true },
]
"#;

fn event(kind: &str, number: u64, more: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":{number}{more}}}\n\n")
}

#[tokio::test]
async fn what_is_stored_at_a_provider_is_asked_for_only_where_it_surely_is() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config(DEPLOYMENTS).start().await;
    let key = server.first_key();
    for (model, reference, status) in [
        ("one", r#""previous_response_id":"resp_1""#, 200),
        ("one", r#""conversation":"conv_1""#, 200),
        ("one", r#""conversation":{"id":"conv_1"}"#, 200),
        ("unsure", r#""previous_response_id":"resp_1""#, 400),
        ("unsure", r#""previous_response_id":null"#, 200),
        ("unsure", r#""store":true"#, 200),
        ("two", r#""conversation":"conv_1""#, 400),
        ("two", r#""store":false"#, 200),
    ] {
        let body = format!(r#"{{"model":"{model}","input":"x",{reference}}}"#);
        let before = upstream.received().len();

        let reply = key.post("/v1/responses", body.clone()).await;

        assert_eq!(reply.status, status, "{body}: {}", reply.text());
        if status == 200 {
            assert_eq!(upstream.request(before).await.text(), body);
        } else {
            assert_eq!(reply.cause(), "response_state_unroutable");
            let param = if body.contains("conversation") { "conversation" } else { "previous_response_id" };
            assert_eq!(reply.error()["param"], param);
            assert_eq!(upstream.received().len(), before);
        }
    }
}

#[tokio::test]
async fn a_stream_passes_and_its_usage_is_read_from_its_end() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let end = r#","response":{"id":"resp_1","model":"gpt-4o-mini-1","usage":{"input_tokens":4,"output_tokens":6,"total_tokens":10}}"#;
    let text = event("response.created", 0, "") + &event("response.completed", 1, end);
    upstream.answer(Answer::stream().piece(text.clone()));
    let body = r#"{"model":"gpt-4o-mini","input":"x","stream":true}"#;

    let reply = server.first_key().post("/v1/responses", body).await;

    assert_eq!(reply.text(), text, "no [DONE], which this API does not know");
    assert_eq!(upstream.only().text(), body);
    let usage = &server.records(reply.request_id()).await[1]["usage"];
    assert_eq!((&usage["input"], &usage["output"]), (&json!(4), &json!(6)));
}

#[tokio::test]
async fn a_stream_that_is_cut_ends_in_a_numbered_error() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(Answer::stream().piece(event("response.created", 0, "")).piece(event("x", 1, "")).cut());

    let reply = server.first_key().post("/v1/responses", r#"{"model":"gpt-4o-mini","input":"x","stream":true}"#).await;

    let text = reply.text();
    let last = text.rsplit("event: error\ndata: ").next().unwrap();
    let error: serde_json::Value = serde_json::from_str(last.trim_end()).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!((&error["type"], &error["sequence_number"]), (&json!("error"), &json!(2)), "{text}");
    assert_eq!(error["diagnosis"]["cause"], "stream_interrupted");
}

#[tokio::test]
async fn the_sandbox_numbers_its_events() {
    let server = server().start().await;

    let reply = server.first_key().post("/v1/responses", r#"{"model":"sandbox","input":"hi","stream":true}"#).await;

    let text = reply.text();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    for (number, data) in data.enumerate() {
        let event: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(event["sequence_number"], number, "{text}");
    }
    assert!(text.contains("event: response.completed\n"), "{text}");
}

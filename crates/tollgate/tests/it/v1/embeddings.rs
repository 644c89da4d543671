//! `POST /v1/embeddings`, `/v1/completions` and `/v1/moderations`: the other endpoints whose bytes pass untouched.

use serde_json::json;
use tollgate_testing::{Answer, Upstream};

use crate::server;

#[tokio::test]
async fn each_endpoint_reaches_its_own_path_with_the_callers_bytes() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    for (number, path) in
        ["/v1/embeddings", "/v1/completions", "/v1/moderations", "/v1/responses", "/v1/chat/completions"]
            .iter()
            .enumerate()
    {
        let body = format!("{{\"model\":\"gpt-4o-mini\",\"input\" : [1,2],\"n\":{number} }}");

        assert_eq!(server.first_key().post(path, body.clone()).await.status, 200);

        let received = upstream.request(number).await;
        assert_eq!((received.line(), received.text()), (format!("POST {path} HTTP/1.1").as_str(), body));
    }
}

#[tokio::test]
async fn the_usage_of_an_embedding_is_recorded() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(Answer::json(200, r#"{"object":"list","data":[],"usage":{"prompt_tokens":8,"total_tokens":8}}"#));

    let reply = server.first_key().post("/v1/embeddings", r#"{"model":"gpt-4o-mini","input":"x"}"#).await;

    let records = server.records(reply.request_id()).await;
    assert_eq!((&records[0]["operation"], &records[1]["usage"]["input"]), (&json!("embeddings"), &json!(8)));
}

#[tokio::test]
async fn a_streamed_completion_is_metered_like_a_chat() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let text = r#"{"id":"c","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"hi","finish_reason":"stop"}]}"#;
    let usage = r#"{"id":"c","object":"text_completion","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":4,"total_tokens":5}}"#;
    upstream.answer(Answer::stream().event(text).event(usage).event("[DONE]"));

    let reply =
        server.first_key().post("/v1/completions", r#"{"model":"gpt-4o-mini","prompt":"x","stream":true}"#).await;

    assert_eq!(reply.text(), format!("data: {text}\n\ndata: [DONE]\n\n"));
    assert_eq!(server.records(reply.request_id()).await[1]["usage"]["output"], 4);
}

#[tokio::test]
async fn a_moderation_may_leave_out_the_model() {
    let server = server().start().await;

    let reply = server.first_key().post("/v1/moderations", r#"{"input":"hello"}"#).await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["results"][0]["flagged"], false);
}

#[tokio::test]
async fn an_option_of_streams_is_not_added_where_there_are_none() {
    let server = server().start().await;

    let reply =
        server.first_key().post("/v1/embeddings", r#"{"model":"sandbox-embedding","input":"x","stream":true}"#).await;

    assert_eq!(reply.status, 400);
    let message = reply.json()["error"]["message"].to_string();
    assert!(message.starts_with("\"Unrecognized request argument supplied: stream"), "{message}");
    assert!(!message.contains("stream_options"), "{message}");
}

//! Paths and methods: with `/v1`, without, and mistaken.

use insta::assert_snapshot;
use serde_json::json;
use tollgate_testing::Ask;

use crate::server;

#[tokio::test]
async fn every_endpoint_answers_with_and_without_v1() {
    let server = server().start().await;
    let key = server.first_key();
    let embedding_model = "sandbox-embedding";
    for (path, body) in [
        ("/chat/completions", json!({ "model": "sandbox", "messages": [{ "role": "user", "content": "hi" }] })),
        ("/completions", json!({ "model": "sandbox", "prompt": "hi" })),
        ("/embeddings", json!({ "model": embedding_model, "input": "hi" })),
        ("/responses", json!({ "model": "sandbox", "input": "hi" })),
        ("/moderations", json!({ "input": "hi" })),
    ] {
        for prefix in ["/v1", ""] {
            let reply = key.post(&format!("{prefix}{path}"), body.to_string()).await;

            assert_eq!(reply.status, 200, "{prefix}{path}: {}", reply.text());
        }
    }
    for path in ["/v1/models", "/models", "/v1/models/sandbox", "/models/sandbox", "/v1/models/"] {
        assert_eq!(key.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn mistaken_paths_are_told_what_was_meant() {
    let server = server().start().await;
    let key = server.first_key();
    let post = |path: &str| Ask::post(path, "{}");

    for (ask, status, cause, likely) in [
        (post("/v1/v1/chat/completions"), 404, "base_url_double_v1", "/v1/chat/completions"),
        (post("/v1/chat/completions/chat/completions"), 404, "base_url_includes_path", "/v1/chat/completions"),
        (post("/v1/embeddings/embeddings"), 404, "base_url_includes_path", "/v1/embeddings"),
        (Ask::get("/v1/chat/completions/models"), 404, "base_url_includes_path", "/v1/models"),
        (post("/v1/chat_completions"), 404, "endpoint_not_found", "/v1/chat/completions"),
        (post("/api/v1/chat/completions"), 404, "endpoint_not_found", "/v1/chat/completions"),
        (post("/v1/engines"), 404, "endpoint_not_found", "/v1/models"),
        (post("/nothing"), 404, "endpoint_not_found", ""),
        (Ask::get("/"), 404, "endpoint_not_found", "the API begins at /v1, and /docs is the manual"),
        (post("/v1/"), 404, "endpoint_not_found", "/v1 is only the beginning of every path"),
        (post("/openai/deployments/sandbox/chat/completions"), 404, "endpoint_not_found", "instead of `AzureOpenAI`"),
        (Ask::get("/errors/key_mising"), 404, "endpoint_not_found", "/errors/key_missing"),
        (Ask::get("/v1/tollgate/requests"), 404, "endpoint_not_found", "/v1/tollgate/requests/ID"),
        (Ask::get("/v1/chat/completions"), 405, "method_not_allowed", "POST"),
        (Ask::new("DELETE", "/v1/models"), 405, "method_not_allowed", "GET"),
        (post("/v1/responses/resp_1"), 405, "method_not_allowed", "GET, DELETE"),
        (Ask::get("/v1/responses/resp_1/cancel"), 405, "method_not_allowed", "POST"),
        (post("/v1/responses/responses"), 404, "base_url_includes_path", "/v1/responses"),
        (post("/v1/responses/compact"), 404, "endpoint_not_found", ""),
        (Ask::new("PUT", "/v1/embeddings"), 405, "method_not_allowed", "POST"),
        (Ask::new("OPTIONS", "/v1/chat/completions"), 405, "method_not_allowed", "POST"),
    ] {
        let reply = key.ask(ask.clone()).await;

        assert_eq!((reply.status, reply.cause()), (status, cause), "{ask:?}: {}", reply.text());
        let likely_told = likely.replace(", ", " or ");
        assert!(reply.text().contains(if status == 405 { &likely_told } else { likely }), "{ask:?}: {}", reply.text());
        assert!(status != 405 || reply.header("allow") == Some(likely), "{ask:?}");
    }
}

#[tokio::test]
async fn wrong_paths_and_methods_read_as_openai_words_them() {
    let server = server().start().await;
    let key = server.first_key();

    assert_snapshot!(key.post("/v1/v1/chat/completions", "{}").await.shown(), @r#"
    404 Not Found
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: base_url_double_v1
    link: <http://127.0.0.1:[port]/errors/base_url_double_v1>; rel="help"

    {
      "error": {
        "code": null,
        "diagnosis": {
          "cause": "base_url_double_v1",
          "docs": "http://127.0.0.1:[port]/errors/base_url_double_v1",
          "evidence": [
            "POST /v1/v1/chat/completions"
          ],
          "party": "caller",
          "remedy": "Remove /v1 from one of the two: for OpenAI's SDKs the base URL ends in exactly one /v1.",
          "retry": false
        },
        "message": "Invalid URL (POST /v1/v1/chat/completions). The path has /v1 twice, since both the base URL and the client add it; you probably meant /v1/chat/completions. Remove /v1 from one of the two: for OpenAI's SDKs the base URL ends in exactly one /v1.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_snapshot!(key.post("/chat_completions", "{}").await.shown(), @r#"
    404 Not Found
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: endpoint_not_found
    link: <http://127.0.0.1:[port]/errors/endpoint_not_found>; rel="help"

    {
      "error": {
        "code": "unknown_url",
        "diagnosis": {
          "cause": "endpoint_not_found",
          "docs": "http://127.0.0.1:[port]/errors/endpoint_not_found",
          "evidence": [
            "POST /chat_completions"
          ],
          "party": "caller",
          "remedy": "Correct the path; below /v1 there are chat/completions, completions, embeddings, moderations, models, models/ID, responses, responses/input_tokens, responses/ID (also /cancel and /input_items), tollgate/requests/ID (what became of a request), tollgate/explain and tollgate/models/check.",
          "retry": false
        },
        "message": "Unknown request URL: POST /chat_completions. Please check the URL for typos, or see the docs at http://127.0.0.1:[port]/errors/endpoint_not_found. This server has no /chat_completions; the nearest is /v1/chat/completions. Correct the path; below /v1 there are chat/completions, completions, embeddings, moderations, models, models/ID, responses, responses/input_tokens, responses/ID (also /cancel and /input_items), tollgate/requests/ID (what became of a request), tollgate/explain and tollgate/models/check.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_snapshot!(key.get("/v1/embeddings").await.shown(), @r#"
    405 Method Not Allowed
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: method_not_allowed
    link: <http://127.0.0.1:[port]/errors/method_not_allowed>; rel="help"
    allow: POST

    {
      "error": {
        "code": null,
        "diagnosis": {
          "cause": "method_not_allowed",
          "docs": "http://127.0.0.1:[port]/errors/method_not_allowed",
          "evidence": [
            "GET /v1/embeddings"
          ],
          "party": "caller",
          "remedy": "Use POST for this path.",
          "retry": false
        },
        "message": "Not allowed to GET on /v1/embeddings. (HINT: Perhaps you meant to use a different HTTP method?) The path /v1/embeddings exists but does not answer GET, only POST. Use POST for this path.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
}

#[tokio::test]
async fn a_path_is_told_without_a_key() {
    let server = server().start().await;

    assert_eq!(server.ask(&Ask::post("/v1/v1/chat/completions", "{}")).await.cause(), "base_url_double_v1");
}

#[tokio::test]
async fn a_head_request_gets_no_body() {
    let server = server().start().await;
    let mut connection = server.connect().await;

    let first = connection.ask(&Ask::new("HEAD", "/nothing")).await;
    let second = connection.ask(&Ask::get("/livez")).await;

    assert_eq!((first.status, first.body.len()), (404, 0));
    assert_eq!((second.status, second.text().as_str()), (200, "ok\n"));
}

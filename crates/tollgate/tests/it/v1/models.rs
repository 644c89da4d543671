//! `GET /v1/models` and `GET /v1/models/{id}`.

use insta::assert_snapshot;
use serde_json::json;
use tollgate_testing::server::ServerBuilder;
use tollgate_testing::{Ask, Upstream};

use crate::server;

const MODELS: &str = r#"
[models."meta-llama/llama-3.1-8b"]
deployments = [{ provider = "openai", model = "llama" }]
owned_by = "meta"
created = 1721692800
[models.old]
deployments = [{ provider = "openai", model = "old" }]
shutdown_date = "2020-01-31"
successor = "gpt-4o-mini"
"#;

async fn with_models() -> (Upstream, ServerBuilder) {
    let upstream = Upstream::start().await;
    let builder = server().upstream(&upstream).config(MODELS);
    (upstream, builder)
}

#[tokio::test]
async fn a_key_sees_the_models_it_may_use() {
    let (_upstream, server) = with_models().await;
    let server = server.start().await;
    let narrow = server.key().models("gpt-4o-mini,meta-*").create().await;

    let all = server.first_key().get("/v1/models").await.json();
    let some = narrow.get("/v1/models").await.json();

    let ids = |list: &serde_json::Value| {
        let mut ids: Vec<_> =
            list["data"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(all["object"], "list");
    assert_eq!(ids(&some), ["gpt-4o-mini", "meta-llama/llama-3.1-8b"]);
    assert!(ids(&all).contains(&"sandbox".to_owned()) && ids(&all).contains(&"old".to_owned()), "{all}");
}

#[tokio::test]
async fn a_model_is_found_by_an_id_with_slashes() {
    let (_upstream, server) = with_models().await;
    let server = server.start().await;
    let key = server.first_key();
    let expected =
        json!({ "id": "meta-llama/llama-3.1-8b", "object": "model", "created": 1_721_692_800, "owned_by": "meta" });

    for path in [
        "/v1/models/meta-llama/llama-3.1-8b",
        "/v1/models/meta-llama%2Fllama-3.1-8b",
        "/models/meta-llama/llama-3.1-8b",
    ] {
        let reply = key.get(path).await;

        assert_eq!((reply.status, reply.json()), (200, expected.clone()), "{path}");
    }
}

#[tokio::test]
async fn a_retired_model_is_listed_with_its_day() {
    let (_upstream, server) = with_models().await;
    let server = server.start().await;

    let model = server.first_key().get("/v1/models/old").await.json();

    assert_eq!(model["shutdown_date"], "2020-01-31");
}

#[tokio::test]
async fn a_model_that_may_not_be_seen_is_refused() {
    let (_upstream, server) = with_models().await;
    let server = server.start().await;
    let narrow = server.key().models("gpt-*").create().await;

    assert_snapshot!(server.first_key().get("/v1/models/gpt-4o-mim").await.shown(), @r#"
    404 Not Found
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: model_not_found
    link: <http://127.0.0.1:[port]/errors/model_not_found>; rel="help"

    {
      "error": {
        "code": "model_not_found",
        "diagnosis": {
          "cause": "model_not_found",
          "docs": "http://127.0.0.1:[port]/errors/model_not_found",
          "evidence": [
            "model: \"gpt-4o-mim\"",
            "the nearest here: `gpt-4o-mini`, `gpt-4.1-mini` or `gpt-4o`"
          ],
          "party": "caller",
          "remedy": "Use `gpt-4o-mini`, if that is meant, or another name from the list that GET /v1/models gives with the same key.",
          "retry": false
        },
        "message": "The model `gpt-4o-mim` does not exist or you do not have access to it. There is no model called `gpt-4o-mim` here; perhaps you mean `gpt-4o-mini`, `gpt-4.1-mini` or `gpt-4o`. Use `gpt-4o-mini`, if that is meant, or another name from the list that GET /v1/models gives with the same key.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_eq!(narrow.get("/v1/models/sandbox").await.cause(), "key_lacks_model");
}

#[tokio::test]
async fn a_list_needs_a_key_and_no_body_and_has_the_usual_headers() {
    let server = server().start().await;
    let key = server.first_key();

    let listed = key.get("/v1/models").await;
    let head = key.ask(Ask::new("HEAD", "/v1/models")).await;

    assert_eq!(server.get("/v1/models").await.status, 401);
    for reply in [&listed, &head] {
        assert_eq!(reply.status, 200);
        assert!(reply.request_id().starts_with("req_"));
        assert_eq!(reply.header("openai-version"), Some("2020-10-01"));
        assert!(reply.header("openai-processing-ms").is_some());
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    assert_eq!(head.header("content-length"), listed.header("content-length"));
    assert!(head.body.is_empty());
}

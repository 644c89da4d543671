//! What a key may do: its permissions and its models.

use insta::assert_snapshot;
use serde_json::json;
use tollgate_testing::{Ask, Upstream};

use crate::server;

const STORED: &str = "/v1/responses/resp_1";

#[tokio::test]
async fn a_key_may_call_what_its_permissions_name_and_nothing_else() {
    let server = server().start().await;
    let everything = [
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/responses",
        "/v1/moderations",
        STORED,
        "/v1/models",
    ];
    for (scopes, allowed) in [
        ("api.all.read", vec!["/v1/models", STORED]),
        ("api.model.read", vec!["/v1/models"]),
        ("api.model.request", everything[..6].to_vec()),
        ("api.chat.completions.write", vec!["/v1/chat/completions"]),
        ("api.embeddings.write,api.moderations.write", vec!["/v1/embeddings", "/v1/moderations"]),
        ("api.completions.write,api.responses.write", vec!["/v1/completions", "/v1/responses"]),
        ("api.responses.read", vec![STORED]),
    ] {
        let key = server.key().scopes(scopes).create().await;
        for path in everything {
            let ask = if ["/v1/models", STORED].contains(&path) { Ask::get(path) } else { Ask::post(path, "{}") };

            let reply = key.ask(ask).await;

            let refused = reply.cause() == "key_insufficient_scopes";
            assert_eq!(refused, !allowed.contains(&path), "{scopes} {path}: {}", reply.text());
            assert_eq!(refused, matches!(reply.status, 401 | 403), "{}", reply.text());
        }
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let server = server().start().await;
    let key = server.key().scopes("api.model.read").create().await;

    assert_snapshot!(key.chat("sandbox", "hi").await.shown(), @r#"
    401 Unauthorized
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: key_insufficient_scopes
    link: <http://127.0.0.1:[port]/errors/key_insufficient_scopes>; rel="help"

    {
      "error": {
        "code": null,
        "diagnosis": {
          "cause": "key_insufficient_scopes",
          "docs": "http://127.0.0.1:[port]/errors/key_insufficient_scopes",
          "evidence": [
            "the key has api.model.read"
          ],
          "party": "caller",
          "remedy": "Use a key that has the permission, or ask the operator of this gateway for one.",
          "retry": false
        },
        "message": "You have insufficient permissions for this operation. Missing scopes: api.chat.completions.write. Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted API key, that it has the necessary scopes. The key is valid, but its permissions (api.model.read) do not include `api.chat.completions.write`. Use a key that has the permission, or ask the operator of this gateway for one.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
}

#[tokio::test]
async fn a_key_reaches_only_the_models_it_may_use() {
    let upstream = Upstream::start().await;
    let server = server()
        .upstream(&upstream)
        .model("gpt-4o", "openai", "gpt-4o")
        .model("gpt-4o-preview", "openai", "gpt-4o-preview")
        .start()
        .await;
    let allowed = server.key().models("gpt-4o*").deny_models("*-preview").create().await;

    for (model, status, cause) in [
        ("gpt-4o", 200, ""),
        ("gpt-4o-mini", 200, ""),
        ("gpt-4o-preview", 403, "key_lacks_model"),
        ("sandbox", 403, "key_lacks_model"),
        ("gpt-4o-maxi", 404, "model_not_found"),
    ] {
        let reply = allowed.chat(model, "hi").await;

        assert_eq!((reply.status, reply.cause()), (status, cause), "{model}: {}", reply.text());
    }
    assert_eq!(upstream.received().len(), 2);
}

#[tokio::test]
async fn an_unknown_model_is_told_with_those_that_the_key_may_use() {
    let server = server().start().await;
    let all = server.first_key();
    let few = server.key().models("gpt-4o*").create().await;

    for (key, model, told) in [
        (&all, "openai/gpt-4o", "the prefix `openai/` does not belong to the name; perhaps you mean `gpt-4o`"),
        (&all, "nonsense-of-a-name", "this key may use `"),
        (&few, "sandbo", "this key may use `gpt-4o` or `gpt-4o-mini`"),
    ] {
        let reply = key.chat(model, "hi").await;

        assert_eq!((reply.status, reply.cause()), (404, "model_not_found"), "{model}");
        assert!(reply.text().contains(told), "{model}: {}", reply.text());
    }
    let body = json!({ "model": "gpt-4o", "input": "hi" }).to_string();
    let elsewhere = all.post("/v1/embeddings", body).await;
    assert_eq!(elsewhere.cause(), "model_wrong_endpoint");
    assert!(elsewhere.text().contains("Call v1/chat/completions or v1/responses"), "{}", elsewhere.text());
}

#[tokio::test]
async fn refused_models_are_told_apart() {
    let upstream = Upstream::start().await;
    let server = server()
        .upstream(&upstream)
        .config("[models.old]\ndeployments = [{ provider = \"openai\", model = \"old\" }]\nshutdown_date = \"2020-01-31\"\nsuccessor = \"gpt-4o-mini\"")
        .config("[models.vectors]\ndeployments = [{ provider = \"openai\", model = \"vectors\" }]\nendpoints = [\"embeddings\"]")
        .start()
        .await;
    let narrow = server.key().models("gpt-*").create().await;

    assert_snapshot!(server.first_key().chat("gpt-4o-mni", "hi").await.shown(), @r#"
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
            "model: \"gpt-4o-mni\"",
            "the nearest here: `gpt-4o-mini`, `gpt-4.1-mini` or `gpt-4o`"
          ],
          "party": "caller",
          "remedy": "Use `gpt-4o-mini`, if that is meant, or another name from the list that GET /v1/models gives with the same key.",
          "retry": false
        },
        "message": "The model `gpt-4o-mni` does not exist or you do not have access to it. There is no model called `gpt-4o-mni` here; perhaps you mean `gpt-4o-mini`, `gpt-4.1-mini` or `gpt-4o`. Use `gpt-4o-mini`, if that is meant, or another name from the list that GET /v1/models gives with the same key.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_snapshot!(narrow.chat("sandbox", "hi").await.shown(), @r#"
    403 Forbidden
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: key_lacks_model
    link: <http://127.0.0.1:[port]/errors/key_lacks_model>; rel="help"

    {
      "error": {
        "code": "model_not_found",
        "diagnosis": {
          "cause": "key_lacks_model",
          "docs": "http://127.0.0.1:[port]/errors/key_lacks_model",
          "evidence": [
            "the key's allow list (`gpt-*`) leaves it out",
            "the key is key_[id]"
          ],
          "party": "caller",
          "remedy": "Use a model that GET /v1/models lists with this key, or ask the operator of this gateway for a key that may use it (`tollgate keys create --models sandbox`).",
          "retry": false
        },
        "message": "Project `proj_[id]` does not have access to model `sandbox`. The model exists, but the key's allow list (`gpt-*`) leaves it out. Use a model that GET /v1/models lists with this key, or ask the operator of this gateway for a key that may use it (`tollgate keys create --models sandbox`).",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_snapshot!(server.first_key().chat("old", "hi").await.shown(), @r#"
    404 Not Found
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: model_deprecated
    link: <http://127.0.0.1:[port]/errors/model_deprecated>; rel="help"

    {
      "error": {
        "code": "model_not_found",
        "diagnosis": {
          "cause": "model_deprecated",
          "docs": "http://127.0.0.1:[port]/errors/model_deprecated",
          "evidence": [
            "model: \"old\", retired on 2020-01-31"
          ],
          "party": "caller",
          "remedy": "Use its successor `gpt-4o-mini` instead.",
          "retry": false
        },
        "message": "The model `old` has been deprecated, learn more here: http://127.0.0.1:[port]/errors/model_deprecated. The model was retired on 2020-01-31 and answers no more requests. Use its successor `gpt-4o-mini` instead.",
        "param": null,
        "type": "invalid_request_error"
      }
    }
    "#);
    assert_snapshot!(server.first_key().chat("vectors", "hi").await.shown(), @r#"
    404 Not Found
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-should-retry: false
    x-tollgate-cause: model_wrong_endpoint
    link: <http://127.0.0.1:[port]/errors/model_wrong_endpoint>; rel="help"

    {
      "error": {
        "code": null,
        "diagnosis": {
          "cause": "model_wrong_endpoint",
          "docs": "http://127.0.0.1:[port]/errors/model_wrong_endpoint",
          "evidence": [
            "vectors was asked at v1/chat/completions",
            "it serves v1/embeddings: the setting models.\"vectors\".endpoints says so"
          ],
          "party": "caller",
          "remedy": "Call v1/embeddings, or choose a model that serves v1/chat/completions.",
          "retry": false
        },
        "message": "This model is not supported in the v1/chat/completions endpoint. `vectors` exists but does not answer v1/chat/completions; it serves v1/embeddings. Call v1/embeddings, or choose a model that serves v1/chat/completions.",
        "param": "model",
        "type": "invalid_request_error"
      }
    }
    "#);
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn the_rule_that_refuses_a_model_is_said_once() {
    let server = server().start().await;
    let denied = server.key().deny_models("gpt-4o*,sand*").create().await;
    let long = server.key().models("a1,b2,c3,d4,e5,f6,g7").create().await;

    let by_deny = denied.chat("sandbox", "hi").await.error();
    let by_allow = long.chat("sandbox", "hi").await.error();

    let said = by_deny["message"].as_str().unwrap();
    assert!(said.contains("The model exists, but the key's deny rule `sand*` covers it. "), "{said}");
    assert_eq!(said.matches("rule").count(), 1, "{said}");
    let said = by_allow["message"].as_str().unwrap();
    assert!(said.contains("the key's allow list (`a1`, `b2`, `c3`, `d4`, `e5`, …) leaves it out. "), "{said}");
}

#[tokio::test]
async fn a_vendor_s_name_too_much_or_too_little_is_seen_through() {
    let upstream = Upstream::start().await;
    let server = server()
        .upstream(&upstream)
        .model("gpt-4o", "openai", "gpt-4o")
        .model("meta-llama/llama-3.1-8b", "openai", "llama")
        .start()
        .await;
    for (asked, meant) in [
        ("openai/gpt-4o", "perhaps you mean `gpt-4o`"),
        ("azure/gpt-4o-mini", "perhaps you mean `gpt-4o-mini`"),
        ("llama-3.1-8b", "perhaps you mean `meta-llama/llama-3.1-8b`"),
        ("Meta/Llama-3.1-8B", "perhaps you mean `meta-llama/llama-3.1-8b`"),
    ] {
        let reply = server.first_key().chat(asked, "hi").await;

        assert_eq!((reply.status, reply.cause()), (404, "model_not_found"));
        assert!(reply.error()["message"].as_str().unwrap().contains(meant), "{asked}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_model_of_the_world_that_is_not_configured_is_told_with_who_serves_it() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).model("smart", "openai", "claude-3-5-haiku-20241022").start().await;
    let key = server.first_key();

    let elsewhere = key.chat("anthropic/claude-haiku-4.5", "hi").await;
    let spelt = key.chat("us.anthropic.claude-3-5-haiku-20241022-v1:0", "hi").await;
    let nowhere = key.chat("my-own-model", "hi").await;

    let said = elsewhere.error()["message"].as_str().unwrap().to_owned();
    let have = "Anthropic, Azure AI Foundry and Amazon Bedrock have a model of that name, which is not configured here";
    assert!(said.contains(have), "{said}");
    assert!(elsewhere.text().contains("the table of known models has it at Anthropic"), "{}", elsewhere.text());
    assert!(
        spelt.text().contains("perhaps you mean `smart`") && !spelt.text().contains("configured here"),
        "{}",
        spelt.text()
    );
    assert!(!nowhere.text().contains("have a model"), "{}", nowhere.text());
    for reply in [elsewhere, spelt, nowhere] {
        assert_eq!((reply.status, reply.cause()), (404, "model_not_found"));
    }
}

#[tokio::test]
async fn of_an_unknown_model_that_its_maker_has_switched_off_the_day_is_told() {
    let server = server().start().await;
    let key = server.first_key();
    for (asked, told) in [
        ("gpt-4-0314", "OpenAI has switched off its model of that name, on 2026-03-26"),
        ("openai/text-davinci-003", "OpenAI has switched off its model of that name, on 2024-01-04"),
        (
            "anthropic/claude-3-opus-20240229",
            "Anthropic has switched off its model of that name, on 2026-01-05; Amazon",
        ),
    ] {
        let reply = key.chat(asked, "hi").await;

        assert_eq!((reply.status, reply.cause()), (404, "model_not_found"));
        assert!(reply.error()["message"].as_str().unwrap().contains(told), "{asked}: {}", reply.text());
    }
}

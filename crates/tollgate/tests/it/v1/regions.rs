//! Keys that are bound to regions, and models that need a tier: a call goes where it may, or is refused with what would be
//! allowed.

use serde_json::json;
use tollgate_testing::{Answer, Ask, TestServer, Upstream};

use crate::server;

/// `american` and `anywhere` are asked overseas first; `nowhere` is at a provider of which nobody has said where it is.
const MODELS: &str = r#"
[models."gpt-4o"]
deployments = [{ provider = "overseas", model = "gpt-4o" }]
[models."gpt-4o-eu"]
deployments = [{ provider = "overseas", model = "a" }, { provider = "near", model = "a" }]
[models.moved]
deployments = [{ provider = "overseas", model = "m", region = "eu-north-1" }]
[models.nowhere]
deployments = [{ provider = "unsaid", model = "n" }]
[models.failing]
deployments = [{ provider = "near", model = "f" }, { provider = "overseas", model = "f" }]
fallbacks = [{ model = "gpt-4o" }]
[models.dear]
tier = 3
deployments = [{ provider = "near", model = "d" }]
"#;

async fn started(overseas: &Upstream, near: &Upstream) -> TestServer {
    server()
        .config("[retry]\nattempts = 2")
        .provider("overseas", &overseas.base_url(), "region = \"us-east-1\"")
        .provider("near", &near.base_url(), "region = \"eu-west-1\"")
        .provider("unsaid", &overseas.base_url(), "")
        .config(MODELS)
        .start()
        .await
}

#[tokio::test]
async fn a_key_bound_to_regions_is_served_there_alone() {
    let [overseas, near] = [Upstream::start().await, Upstream::start().await];
    let server = started(&overseas, &near).await;
    let bound = server.key().regions("eu-*").create().await;
    let free = server.first_key();

    let served = bound.chat("gpt-4o-eu", "hi").await;
    assert_eq!((served.status, served.header("x-tollgate-provider")), (200, Some("near")), "{}", served.text());
    assert!(overseas.received().is_empty());
    assert_eq!(free.chat("gpt-4o-eu", "hi").await.header("x-tollgate-provider"), Some("overseas"));
    assert_eq!(bound.chat("moved", "hi").await.header("x-tollgate-provider"), Some("overseas"));
    assert_eq!(overseas.received().len(), 2);

    for model in ["gpt-4o", "nowhere", "sandbox"] {
        let refused = bound.chat(model, "hi").await;
        let error = &refused.json()["error"];

        assert_eq!((refused.status, refused.cause()), (403, "region_unsupported"), "{model}");
        assert_eq!(error["code"], "unsupported_country_region_territory");
        assert_eq!(free.chat(model, "hi").await.status, 200);
    }
    let told = bound.chat("gpt-4o", "hi").await.json()["error"]["message"].as_str().unwrap().to_owned();
    let expected = "Country, region, or territory not supported. `gpt-4o` is served in `us-east-1`, and calls with this key \
                    may be served in `eu-*` only. Use `gpt-4o-eu` instead, which this key may use there, or ask the \
                    operator of this gateway for a deployment in `eu-*`.";
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_fails_within_the_regions_of_a_key_does_not_leave_them() {
    let [overseas, near] = [Upstream::start().await, Upstream::start().await];
    near.always(Answer::json(503, ""));
    let server = started(&overseas, &near).await;
    let bound = server.key().regions("eu-west-1").create().await;

    let failed = bound.chat("failing", "hi").await;

    assert_eq!(failed.status, 503, "{}", failed.text());
    assert!(overseas.received().is_empty(), "neither the other deployment nor the fallback is in the region");
    assert_eq!(server.first_key().chat("failing", "hi").await.status, 200);
}

#[tokio::test]
async fn a_response_that_is_stored_elsewhere_is_not_asked_for() {
    let [overseas, near] = [Upstream::start().await, Upstream::start().await];
    let server = started(&overseas, &near).await;
    let bound = server.key().regions("eu-*").create().await;
    overseas.always(Answer::json(200, r#"{"id":"resp_over","object":"response","output":[],"model":"m"}"#));
    let made = server.first_key().post("/v1/responses", json!({ "model": "gpt-4o", "input": "x" }).to_string()).await;
    assert_eq!(made.status, 200, "{}", made.text());

    let refused = bound.get("/v1/responses/resp_over").await;
    let deleted = bound.ask(Ask::new("DELETE", "/v1/responses/resp_over")).await;

    assert_eq!((refused.status, refused.cause()), (403, "region_unsupported"), "{}", refused.text());
    assert_eq!(deleted.cause(), "region_unsupported");
    assert_eq!(overseas.received().len(), 1);
    assert_eq!(server.first_key().get("/v1/responses/resp_over").await.status, 200);
}

#[tokio::test]
async fn a_model_that_needs_a_tier_is_for_keys_of_that_tier_and_above() {
    let [overseas, near] = [Upstream::start().await, Upstream::start().await];
    let server = started(&overseas, &near).await;
    let [low, exact, high] = [
        server.key().tier(2).create().await,
        server.key().tier(3).create().await,
        server.key().tier(100).create().await,
    ];

    for key in [&exact, &high] {
        assert_eq!(key.chat("dear", "hi").await.status, 200);
    }
    for (key, has) in [(&low, "tier 2"), (&server.first_key(), "none")] {
        let refused = key.chat("dear", "hi").await;
        let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();

        assert_eq!((refused.status, refused.cause()), (404, "model_access_tier"), "{}", refused.text());
        assert_eq!(refused.json()["error"]["code"], "model_not_found");
        assert!(message.contains(&format!("`dear` needs tier 3, and this key has {has}.")), "{message}");
    }
    assert!(overseas.received().is_empty());
}

#[tokio::test]
async fn lists_and_advice_hold_only_what_region_and_tier_allow() {
    let [overseas, near] = [Upstream::start().await, Upstream::start().await];
    let server = started(&overseas, &near).await;
    let bound = server.key().regions("eu-*").tier(3).create().await;

    let listed = bound.get("/v1/models").await.json();
    let names: Vec<_> = listed["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    let shown = bound.get("/v1/models/gpt-4o").await;
    let unknown = bound.chat("gpt-4o-e", "hi").await;

    assert_eq!(names, ["dear", "failing", "gpt-4o-eu", "moved"]);
    assert_eq!((shown.status, shown.cause()), (403, "region_unsupported"));
    assert_eq!(bound.get("/v1/models/dear").await.status, 200);
    assert_eq!(server.first_key().get("/v1/models/dear").await.cause(), "model_access_tier");
    assert!(unknown.text().contains("`gpt-4o-eu`") && !unknown.text().contains("`gpt-4o`"), "{}", unknown.text());
}

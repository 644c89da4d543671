//! `/v1/organization/projects/{project_id}/service_accounts`, and what a project's permissions and residency refuse.

use serde_json::{Value as Json, json};
use tollgate_testing::{TestServer, Upstream};

use super::Admin;
use crate::server;

async fn project(admin: &Admin<'_>, body: Json) -> String {
    let made = admin.done("/organization/projects", body).await;
    format!("/organization/projects/{}", made["id"].as_str().unwrap())
}

/// A new service account of a project, and whoever has its first key.
async fn account<'s>(admin: &Admin<'s>, project: &str) -> (String, Admin<'s>) {
    let accounts = format!("{project}/service_accounts");
    let made = admin.done(&accounts, json!({ "name": "bot" })).await;
    (format!("{accounts}/{}", made["id"].as_str().unwrap()), Admin::with(admin.server, &made["api_key"]["value"]))
}

#[tokio::test]
async fn a_service_account_has_keys_that_end_with_it() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let project = project(&admin, json!({ "name": "web" })).await;

    let (path, first) = account(&admin, &project).await;
    let more = admin.done(&format!("{path}/api_keys"), json!({ "name": "2", "scopes": ["api.model.read"] })).await;
    let second = Admin::with(&server, &more["value"]);
    assert_eq!((first.chat("sandbox").await.status, second.get("/models").await.status), (200, 200));
    assert_eq!(second.chat("sandbox").await.cause(), "key_insufficient_scopes");
    let owners = admin.get(&format!("{project}/api_keys")).await.json();
    let renamed = admin.done(&path, json!({ "name": "robot", "role": "owner" })).await;
    let listed = admin.get(&format!("{project}/service_accounts")).await.json();
    let deleted = admin.delete(&path).await;

    assert_eq!(owners["data"][1]["owner"]["service_account"]["name"], "bot", "{owners}");
    assert_eq!((&renamed["name"], &renamed["role"], &listed["data"][0]), (&json!("robot"), &json!("owner"), &renamed));
    assert_eq!(deleted.json()["object"], "organization.project.service_account.deleted");
    for key in [&first, &second] {
        assert_eq!(key.get("/models").await.cause(), "key_revoked");
    }
    assert_eq!(admin.get(&path).await.status, 404);
    assert_eq!(admin.get(&format!("{project}/api_keys")).await.json()["data"], json!([]));
}

#[tokio::test]
async fn an_account_alone_has_no_key_and_its_later_ones_work_once_it_has_a_role() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let accounts = format!("{}/service_accounts", project(&admin, json!({ "name": "web" })).await);

    let made = admin.done(&accounts, json!({ "name": "bot", "create_service_account_only": true })).await;
    let path = format!("{accounts}/{}", made["id"].as_str().unwrap());
    let early = admin.done(&format!("{path}/api_keys"), json!({})).await;
    let key = Admin::with(&server, &early["value"]);
    let refused = key.chat("sandbox").await;
    admin.done(&path, json!({ "role": "member" })).await;
    let served = key.chat("sandbox").await;
    let late = admin.done(&format!("{path}/api_keys"), json!({})).await;
    let both = json!({ "name": "bot", "create_service_account_only": true, "expires_in_seconds": 60 });
    let both = admin.post(&accounts, both).await;

    assert_eq!((&made["role"], &made["api_key"]), (&json!("none"), &Json::Null));
    assert_eq!((refused.status, refused.cause(), served.status), (401, "key_owner_without_access", 200));
    let access = |key: &Json| key["owner_project_access"].clone();
    assert_eq!((access(&early), access(&late)), (json!("inactive"), json!("active")), "who makes it is told");
    assert_eq!((both.status, both.error()["param"].as_str()), (400, Some("expires_in_seconds")));
}

#[tokio::test]
async fn a_project_s_list_of_models_holds_for_each_of_its_keys() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let project = project(&admin, json!({ "name": "web" })).await;
    let (_, caller) = account(&admin, &project).await;
    let path = format!("{project}/model_permissions");
    let before = admin.get(&path).await.json();

    admin.done(&path, json!({ "mode": "deny_list", "model_ids": ["sandbox"] })).await;
    let denied = caller.chat("sandbox").await;
    let listed = caller.get("/models").await.text();
    let check = caller.post("/tollgate/models/check", json!({ "model": "sandbox" })).await.json();
    admin.done(&path, json!({ "mode": "allow_list", "model_ids": ["gpt-*"] })).await;
    let left_out = caller.chat("sandbox").await;
    let allowed = caller.chat("gpt-4o-mini").await;
    let deleted = admin.delete(&path).await;

    assert_eq!((&before["mode"], &before["model_ids"]), (&json!("deny_list"), &json!([])));
    for refused in [&denied, &left_out] {
        assert_eq!((refused.status, refused.cause()), (403, "project_lacks_model"), "{}", refused.text());
        assert_eq!(refused.error()["code"], "model_not_found");
    }
    assert!(denied.text().contains("deny list has `sandbox`") && !listed.contains("\"id\":\"sandbox\""), "{listed}");
    assert!(check.to_string().contains("project_models"), "{check}");
    assert_ne!(allowed.cause(), "project_lacks_model");
    assert_eq!((deleted.json()["deleted"].clone(), caller.chat("sandbox").await.status), (json!(true), 200));
}

#[tokio::test]
async fn a_hosted_tool_that_is_switched_off_is_refused_by_name() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let project = project(&admin, json!({ "name": "web" })).await;
    let (_, caller) = account(&admin, &project).await;
    let path = format!("{project}/hosted_tool_permissions");
    let ask = json!({ "model": "sandbox", "input": "hi", "tools": [{ "type": "web_search" }] });

    let before = caller.post("/responses", ask.clone()).await;
    let set = admin.done(&path, json!({ "web_search": { "enabled": false }, "mcp": null })).await;
    let refused = caller.post("/responses", ask.clone()).await;
    let without = caller.post("/responses", json!({ "model": "sandbox", "input": "hi" })).await;
    admin.done(&path, json!({ "web_search": { "enabled": true } })).await;
    let after = caller.post("/responses", ask).await;

    assert_eq!((&set["web_search"]["enabled"], &set["mcp"]["enabled"]), (&json!(false), &json!(true)));
    assert_eq!((refused.status, refused.cause()), (403, "hosted_tool_denied"), "{}", refused.text());
    assert_eq!(refused.error()["param"], "tools[0]");
    assert!(refused.text().contains("web_search"), "{}", refused.text());
    assert_eq!((before.status, without.status, after.status), (200, 200, 200));
}

#[tokio::test]
async fn a_project_s_residency_binds_its_calls_to_regions() {
    let [overseas, near] = [Upstream::start().await, Upstream::start().await];
    let server: TestServer = server()
        .provider("overseas", &overseas.base_url(), "region = \"us-east-1\"")
        .provider("near", &near.base_url(), "region = \"eu-west-1\"")
        .config("[models.both]\ndeployments = [{ provider = \"overseas\", model = \"a\" }, { provider = \"near\", model = \"a\" }]")
        .config("[models.american]\ndeployments = [{ provider = \"overseas\", model = \"b\" }]")
        .start()
        .await;
    let admin = Admin::first(&server);
    let project = project(&admin, json!({ "name": "eu", "residency": "EU_STORAGE_PROCESSING" })).await;
    let (_, caller) = account(&admin, &project).await;

    let served = caller.chat("both").await;
    let refused = caller.chat("american").await;

    assert_eq!((served.status, served.header("x-tollgate-provider")), (200, Some("near")), "{}", served.text());
    assert_eq!((refused.status, refused.cause()), (403, "region_unsupported"));
    assert!(refused.text().contains("residency") && refused.text().contains("`both`"), "{}", refused.text());
    assert!(overseas.received().is_empty());
    assert_eq!(admin.get(&project).await.json()["residency"], "EU_STORAGE_PROCESSING");
}

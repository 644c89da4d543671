//! `/v1/organization/admin_api_keys`.

use serde_json::json;

use super::Admin;
use crate::server;

const KEYS: &str = "/organization/admin_api_keys";

#[tokio::test]
async fn a_key_is_made_shown_once_used_and_deleted() {
    let server = server().start().await;
    let admin = Admin::first(&server);

    let made = admin.done(KEYS, json!({ "name": "ci", "expires_in_seconds": 3600 })).await;
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    let other = Admin::with(&server, &made["value"]);
    assert_eq!(other.get(KEYS).await.json()["data"].as_array().unwrap().len(), 2);
    let shown = admin.get(&path).await;
    let deleted = admin.delete(&path).await;
    let after = other.get(KEYS).await;

    let value = made["value"].as_str().unwrap();
    assert!(value.starts_with("sk-tg-admin-") && !shown.text().contains(&value[12..50]), "{}", shown.text());
    assert!(shown.json()["last_used_at"].is_i64() && shown.json()["expires_at"].is_i64());
    assert_eq!(shown.json()["owner"]["role"], "owner");
    assert_eq!(
        deleted.json(),
        json!({
            "id": made["id"], "object": "organization.admin_api_key.deleted", "deleted": true,
        })
    );
    assert_eq!((after.status, after.cause()), (401, "key_invalid"));
    assert_eq!(admin.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_restricted_key_does_no_more_than_its_scopes_and_makes_none_that_may() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let scopes = json!(["api.admin_api_keys.write", "api.admin_api_keys.read"]);
    let made = admin.done(KEYS, json!({ "name": "keys only", "scopes": scopes })).await;
    let narrow = Admin::with(&server, &made["value"]);

    let projects = narrow.get("/organization/projects").await;
    let wider = narrow.post(KEYS, json!({ "name": "x", "scopes": ["api.projects.read"] })).await;
    let operator = narrow.post(KEYS, json!({ "name": "x", "scopes": ["operator"] })).await;
    let same = narrow.done(KEYS, json!({ "name": "like me" })).await;
    let same = Admin::with(&server, &same["value"]);

    for refused in [projects, wider, operator, same.get("/organization/projects").await] {
        assert_eq!((refused.status, refused.cause()), (403, "admin_permission_missing"), "{}", refused.text());
    }
    assert_eq!(same.get(KEYS).await.status, 200);
    let unknown = admin.post(KEYS, json!({ "name": "x", "scopes": ["api.project.read"] })).await;
    assert!(unknown.text().contains("api.projects.read"), "{}", unknown.text());
}

//! `/v1/organization/admin_api_keys`.

use serde_json::{Value as Json, json};

use super::{Admin, Person};
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

#[tokio::test]
async fn a_key_tells_whether_it_operates_the_server_and_so_does_the_audit_log() {
    let server = server().start().await;
    let admin = Admin::first(&server);

    let first = admin.get(KEYS).await.json()["data"][0].clone();
    let both = admin.done(KEYS, json!({ "name": "all", "is_operator": true })).await;
    let alone = admin.done(KEYS, json!({ "name": "server", "scopes": ["operator"] })).await;
    let plain = admin.done(KEYS, json!({ "name": "plain" })).await;
    let log = admin.get("/organization/audit_logs?event_types=api_key.created").await.json();

    let shown = |key: &Json| (key["scopes"].clone(), key["is_operator"].clone());
    assert_eq!(shown(&first), (json!(null), json!(true)), "it may everything");
    assert_eq!(shown(&both), (json!(null), json!(true)));
    assert_eq!(shown(&alone), (json!(["operator"]), json!(true)));
    assert_eq!(shown(&plain), (json!(null), json!(false)));
    let told = |key: &Json| {
        let events = log["data"].as_array().unwrap().iter();
        let mut of_key = events.map(|event| &event["api_key.created"]).filter(|made| made["id"] == key["id"]);
        shown(&of_key.next().unwrap()["data"])
    };
    assert_eq!([told(&both), told(&alone), told(&plain)], [shown(&both), shown(&alone), shown(&plain)]);
    for (key, projects, organizations) in [(&both, 200, 200), (&alone, 403, 200), (&plain, 200, 403)] {
        let holder = Admin::with(&server, &key["value"]);
        let found =
            (holder.get("/organization/projects").await.status, holder.get("/tollgate/organizations").await.status);
        assert_eq!(found, (projects, organizations), "{}", key["name"]);
    }
}

#[tokio::test]
async fn a_key_that_ends_makes_none_that_ends_later() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ends = admin.done(KEYS, json!({ "name": "ends", "expires_in_seconds": 600 })).await;
    let holder = Admin::with(&server, &ends["value"]);

    let without = holder.done(KEYS, json!({ "name": "x" })).await;
    let sooner = holder.done(KEYS, json!({ "name": "x", "expires_in_seconds": 60 })).await;
    let later = holder.post(KEYS, json!({ "name": "x", "expires_in_seconds": 6000 })).await;

    assert_eq!(without["expires_at"], ends["expires_at"]);
    assert!(sooner["expires_at"].as_i64() < ends["expires_at"].as_i64(), "{sooner}");
    assert_eq!((later.status, later.cause()), (400, "param_out_of_range"), "{}", later.text());
    assert_eq!(later.error()["param"], "expires_in_seconds");
}

#[tokio::test]
async fn a_delegate_touches_nothing_of_whoever_may_more() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let owner = Person::of(&server, "olga@example.com", "owner");
    let carl = Person::of(&server, "carl@example.com", "reader");
    let names = ["admin_api_keys", "invites", "groups", "users"].map(|one| format!("api.{one}.write"));
    let role = admin.done("/organization/roles", json!({ "role_name": "delegate", "permissions": names })).await;
    let given = json!({ "role_id": role["id"] });
    admin.done(&format!("/organization/users/{}/roles", carl.id), given).await;
    let group = admin.done("/organization/groups", json!({ "name": "owners" })).await;
    let group = format!("/organization/groups/{}", group["id"].as_str().unwrap());
    admin.done(&format!("{group}/roles"), json!({ "role_id": "role_organization_owner" })).await;
    let key = owner.done(KEYS, json!({ "name": "hers" })).await;
    let invite = admin.done("/organization/invites", json!({ "email": "x@example.com", "role": "owner" })).await;
    let own = carl.done(KEYS, json!({ "name": "his" })).await;

    let refused = [
        carl.delete(&format!("{KEYS}/{}", key["id"].as_str().unwrap())).await,
        carl.delete(&format!("/organization/invites/{}", invite["id"].as_str().unwrap())).await,
        carl.post(&group, json!({ "name": "others" })).await,
        carl.post(&format!("/organization/users/{}", owner.id), json!({ "developer_persona": "x" })).await,
    ];
    let of_himself = carl.post(&format!("/organization/users/{}", carl.id), json!({ "developer_persona": "x" })).await;
    let of_his_own = carl.delete(&format!("{KEYS}/{}", own["id"].as_str().unwrap())).await;
    let of_an_owner = owner.delete(&format!("/organization/invites/{}", invite["id"].as_str().unwrap())).await;

    for reply in refused {
        assert_eq!((reply.status, reply.cause()), (403, "admin_permission_missing"), "{}", reply.text());
    }
    assert_eq!((of_himself.status, of_his_own.status, of_an_owner.status), (200, 200, 200), "{}", of_himself.text());
}

#[tokio::test]
async fn an_owner_who_is_demoted_operates_the_server_no_more() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let first = admin.get("/organization/users").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let second = Person::of(&server, "olga@example.com", "owner");
    let promoted = admin.done(KEYS, json!({ "name": "x", "is_operator": true })).await;
    let other = Admin::with(&server, &promoted["value"]);
    assert_eq!(other.get("/tollgate/organizations").await.status, 200);

    let demoted = admin.post(&format!("/organization/users/{first}"), json!({ "role": "reader" })).await;
    let after = other.get("/tollgate/organizations").await;

    assert_eq!((demoted.status, after.status), (200, 403), "{} {}", demoted.text(), after.text());
    assert_eq!(second.get("/organization/users").await.status, 200);
}

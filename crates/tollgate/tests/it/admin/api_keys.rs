//! `/v1/organization/projects/{project_id}/api_keys`: each act is looked at by what the key can do on its next request.

use serde_json::{Value as Json, json};

use super::{Admin, Person};
use crate::server;

/// The path of the keys of a new project.
async fn project(admin: &Admin<'_>) -> String {
    let made = admin.done("/organization/projects", json!({ "name": "web" })).await;
    format!("/organization/projects/{}/api_keys", made["id"].as_str().unwrap())
}

/// The path of a key, and whoever has its secret.
fn holder<'s>(admin: &Admin<'s>, keys: &str, made: &Json) -> (String, Admin<'s>) {
    (format!("{keys}/{}", made["id"].as_str().unwrap()), Admin::with(admin.server, &made["value"]))
}

#[tokio::test]
async fn a_key_is_made_used_switched_off_and_on_and_deleted() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let keys = project(&admin).await;

    let made = admin.done(&keys, json!({ "name": "web", "metadata": { "team": "a" } })).await;
    let (path, caller) = holder(&admin, &keys, &made);
    let served = caller.chat("sandbox").await;
    let shown = admin.get(&path).await;
    let off = admin.done(&path, json!({ "disabled": true })).await;
    let refused = caller.chat("sandbox").await;
    admin.done(&path, json!({ "disabled": false, "name": "shop" })).await;
    let again = caller.chat("sandbox").await;
    let listed = admin.get(&keys).await.json();
    let deleted = admin.delete(&path).await;
    let after = caller.chat("sandbox").await;

    assert_eq!((served.status, again.status), (200, 200));
    assert!(!shown.text().contains(&made["value"].as_str().unwrap()[20..]), "{}", shown.text());
    assert_eq!((&shown.json()["owner"], &shown.json()["metadata"]), (&json!({}), &json!({ "team": "a" })));
    assert_eq!((&off["status"], refused.status, refused.cause()), (&json!("disabled"), 401, "key_disabled"));
    assert_eq!((&listed["data"][0]["name"], &listed["has_more"]), (&json!("shop"), &json!(false)));
    assert_eq!(
        deleted.json(),
        json!({ "object": "organization.project.api_key.deleted", "id": made["id"], "deleted": true })
    );
    assert_eq!((after.status, after.cause()), (401, "key_revoked"));
    assert_eq!((admin.get(&path).await.status, admin.get(&keys).await.json()["data"][0].is_null()), (404, true));
}

#[tokio::test]
async fn what_a_key_may_do_changes_with_the_answer() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let keys = project(&admin).await;
    let made = admin.done(&keys, json!({ "name": "web", "scopes": [] })).await;
    let (path, caller) = holder(&admin, &keys, &made);

    for (change, status, cause) in [
        (json!({ "scopes": ["api.all.read"] }), 401, "key_insufficient_scopes"),
        (json!({ "scopes": ["api.chat.completions.write"] }), 200, ""),
        (json!({ "scopes": ["api.embeddings.write"] }), 401, "key_insufficient_scopes"),
        (json!({ "scopes": [], "models_deny": ["sand*"] }), 403, "key_lacks_model"),
        (json!({ "models_deny": [], "models_allow": ["gpt-*"] }), 403, "key_lacks_model"),
        (json!({ "models_allow": [], "addresses": ["192.0.2.0/24", "2001:db8::/32"] }), 401, "ip_not_allowed"),
        (json!({ "addresses": ["127.0.0.0/8"] }), 200, ""),
        (json!({ "regions": ["eu-*"] }), 403, "region_unsupported"),
        (json!({ "regions": [] }), 200, ""),
    ] {
        admin.done(&path, change.clone()).await;
        let reply = caller.chat("sandbox").await;
        let cause_found = if reply.status == 200 { "" } else { reply.cause() };
        assert_eq!((reply.status, cause_found), (status, cause), "{change}: {}", reply.text());
    }
    admin.done(&path, json!({ "addresses": ["192.0.2.0/24"] })).await;
    let told = caller.chat("sandbox").await.text();
    assert!(told.contains("127.0.0.1") && told.contains("192.0.2.0/24"), "{told}");
}

#[tokio::test]
async fn a_rotated_key_has_two_secrets_for_a_while_and_a_revoked_one_none() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let keys = project(&admin).await;
    let made = admin.done(&keys, json!({ "name": "web" })).await;
    let (path, before) = holder(&admin, &keys, &made);

    let rotated = admin.done(&format!("{path}/rotate"), json!({ "overlap_seconds": 600 })).await;
    let now = Admin::with(&server, &rotated["value"]);
    assert_eq!((before.chat("sandbox").await.status, now.chat("sandbox").await.status), (200, 200));
    let refused = admin.post(&format!("{path}/rotate"), json!({})).await;
    let last = admin.done(&format!("{path}/rotate"), json!({ "overlap_seconds": 0, "end_overlap": true })).await;
    let last = Admin::with(&server, &last["value"]);
    let (oldest, replaced) = (before.chat("sandbox").await, now.chat("sandbox").await);
    let revoked = admin.done(&format!("{path}/revoke"), json!({})).await;
    let again = admin.post(&format!("{path}/revoke"), json!({})).await;

    assert_eq!((refused.status, refused.cause()), (409, "admin_conflict"));
    assert_eq!((oldest.cause(), replaced.cause()), ("key_invalid", "key_rotated"));
    assert_eq!((&revoked["status"], last.chat("sandbox").await.cause()), (&json!("revoked"), "key_revoked"));
    assert_eq!((again.status, admin.get(&path).await.json()["status"].clone()), (409, json!("revoked")));
}

#[tokio::test]
async fn a_user_s_key_works_as_long_as_he_may_use_the_project() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let keys = project(&admin).await;
    let users = keys.replace("/api_keys", "/users");
    let ada = Person::of(&server, "ada@example.com", "reader");

    let stranger = admin.post(&keys, json!({ "name": "hers", "user_id": ada.id })).await;
    admin.done(&users, json!({ "user_id": ada.id, "role": "member" })).await;
    let made = admin.done(&keys, json!({ "name": "hers", "user_id": ada.id })).await;
    let (path, caller) = holder(&admin, &keys, &made);
    let served = caller.chat("sandbox").await;
    let removed = admin.delete(&format!("{users}/{}", ada.id)).await;
    let refused = caller.chat("sandbox").await;
    let inactive = admin.get(&format!("{keys}?owner_project_access=inactive")).await.json();
    let active = admin.get(&format!("{keys}?owner_project_access=active")).await.json();
    admin.done(&users, json!({ "user_id": ada.id, "role": "member" })).await;

    assert_eq!((stranger.status, stranger.cause()), (409, "admin_conflict"));
    assert_eq!((&made["owner"]["user"]["id"], &made["owner"]["user"]["role"]), (&json!(ada.id), &json!("member")));
    assert_eq!((served.status, removed.status), (200, 200));
    assert_eq!((refused.status, refused.cause()), (401, "key_owner_without_access"), "{}", refused.text());
    assert_eq!((&inactive["data"][0]["id"], &active["data"][0]), (&made["id"], &Json::Null));
    assert_eq!(
        (admin.get(&path).await.json()["owner_project_access"].clone(), caller.chat("sandbox").await.status),
        (json!("active"), 200)
    );
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_other_projects_do_not_show() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let keys = project(&admin).await;
    let made = admin.done(&keys, json!({ "name": "web", "expires_in_seconds": 3600 })).await;
    let (path, _) = holder(&admin, &keys, &made);
    let other = admin.done("/organization/projects", json!({ "name": "other" })).await;
    let elsewhere =
        format!("/organization/projects/{}/api_keys/{}", other["id"].as_str().unwrap(), made["id"].as_str().unwrap());

    for (body, cause, param) in [
        (json!({ "scopes": null }), "param_invalid_type", "scopes"),
        (json!({ "scopes": ["api.chat.completion.write"] }), "param_out_of_range", "scopes"),
        (json!({ "expires_in_seconds": 0 }), "param_out_of_range", "expires_in_seconds"),
        (json!({ "expires_at": 5 }), "param_out_of_range", "expires_at"),
        (json!({ "expires_at": null, "expires_in_seconds": 5 }), "param_out_of_range", "expires_at"),
        (json!({ "addresses": ["10.0.0.1/8"] }), "param_out_of_range", "addresses"),
        (json!({ "scope": [] }), "param_unknown", "scope"),
    ] {
        let reply = admin.post(&path, body.clone()).await;
        assert_eq!((reply.cause(), &reply.error()["param"]), (cause, &json!(param)), "{body}: {}", reply.text());
    }
    for refused in
        [admin.get(&elsewhere).await, admin.delete(&elsewhere).await, admin.get(&format!("{keys}/key_x")).await]
    {
        assert_eq!((refused.status, refused.cause()), (404, "admin_object_not_found"));
    }
    assert_eq!(admin.done(&path, json!({ "expires_at": null })).await["expires_at"], Json::Null);
    assert_eq!(admin.done(&path, json!({})).await["name"], "web", "nothing asked for changes nothing");
}

#[tokio::test]
async fn a_key_is_found_by_a_beginning_of_its_id_within_the_organization_alone() {
    let server = server().start().await;
    let (admin, eve) = (Admin::first(&server), Person::stranger(&server, "eve@example.com"));
    let made = admin.done(&project(&admin).await, json!({ "name": "web" })).await;
    let id = made["id"].as_str().unwrap();

    let whole = admin.get(&format!("/tollgate/keys/{id}")).await;
    let begun = admin.get(&format!("/tollgate/keys/{}", &id[..12])).await;
    let foreign = eve.get(&format!("/tollgate/keys/{id}")).await;
    let nothing = admin.get("/tollgate/keys/key_").await;
    let mut several = Vec::new();
    for number in 0..70 {
        let path = format!("/organization/projects/{}/api_keys", made["project"].as_str().unwrap());
        several
            .push(admin.done(&path, json!({ "name": format!("k{number}") })).await["id"].as_str().unwrap().to_owned());
    }
    // Of 70 ids two begin alike: there are 62 characters.
    let alike = several.iter().find(|one| several.iter().any(|two| one != &two && one[..5] == two[..5])).unwrap();
    let ambiguous = admin.get(&format!("/tollgate/keys/{}", &alike[..5])).await;

    assert_eq!((&whole.json()["name"], &whole.json()["project"]), (&json!("web"), &made["project"]));
    assert_eq!(begun.json()["id"], id);
    assert_eq!((foreign.status, nothing.status), (404, 404), "{}", nothing.text());
    assert_eq!((ambiguous.status, ambiguous.text().contains(alike.as_str())), (409, true), "{}", ambiguous.text());
}

#[tokio::test]
async fn a_key_tells_its_holder_what_it_is_and_its_last_error() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let keys = project(&admin).await;
    let made = admin.done(&keys, json!({ "name": "web", "models_deny": ["gpt-*"], "expires_in_seconds": 60 })).await;
    let (_, caller) = holder(&admin, &keys, &made);

    let fresh = caller.get("/tollgate/key").await;
    let failed = caller.chat("gpt-4o").await;
    let mut told = caller.get("/tollgate/key").await.json();
    while told["last_error"].is_null() {
        told = caller.get("/tollgate/key").await.json();
    }
    let of_admin = admin.get("/tollgate/key").await;

    let fresh = fresh.json();
    assert_eq!(
        (&fresh["object"], &fresh["id"], &fresh["last_error"]),
        (&json!("tollgate.key"), &made["id"], &Json::Null)
    );
    assert_eq!((&fresh["models_deny"], &fresh["expires_at"]), (&json!(["gpt-*"]), &made["expires_at"]));
    assert_eq!(fresh["project"]["residency"], "GLOBAL");
    assert!(fresh.get("value").is_none());
    assert_eq!((&told["last_error"]["cause"], &told["last_error"]["status"]), (&json!("key_lacks_model"), &json!(403)));
    assert_eq!(told["last_error"]["request_id"], failed.request_id());
    assert_eq!(of_admin.json()["object"], "tollgate.admin_key", "an admin key learns what it is, and nothing of a key");
}

//! Tiers of keys: the server's operator says up to which one an organization gives them by itself.

use serde_json::json;

use super::{Admin, Person};
use crate::server;

#[tokio::test]
async fn an_owner_gives_keys_no_tier_above_the_one_that_the_operator_has_set() {
    let server = server().start().await;
    let operator = Admin::first(&server);
    let owner = Person::stranger(&server, "bob@example.com");
    let organizations = operator.get("/tollgate/organizations").await.json();
    let organization = &organizations["data"].as_array().unwrap().last().unwrap().clone();
    let project = owner.done("/organization/projects", json!({ "name": "web" })).await;
    let keys = format!("/organization/projects/{}/api_keys", project["id"].as_str().unwrap());
    let refused = owner.post(&keys, json!({ "name": "t", "tier": 1 })).await;
    let plain = owner.done(&keys, json!({ "name": "t" })).await;
    let key = format!("{keys}/{}", plain["id"].as_str().unwrap());
    let widened = owner.post(&key, json!({ "tier": 1 })).await;

    let path = format!("/tollgate/organizations/{}", organization["id"].as_str().unwrap());
    let set = operator.done(&path, json!({ "tier_max": 50 })).await;
    let within = owner.post(&key, json!({ "tier": 50 })).await;
    let above = owner.post(&key, json!({ "tier": 51 })).await;
    operator.done(&path, json!({ "tier_max": 0 })).await;
    let kept = owner.post(&key, json!({ "tier": 50, "name": "still" })).await;
    let own = owner.post(&path, json!({ "tier_max": 100 })).await;
    let told = owner.get("/organization/audit_logs?event_types=organization.updated").await.json();

    assert_eq!((&organization["tier_max"], &set["tier_max"]), (&json!(0), &json!(50)));
    for reply in [&refused, &widened, &above, &own] {
        assert_eq!((reply.status, reply.cause()), (403, "admin_permission_missing"), "{}", reply.text());
    }
    assert!(refused.text().contains("a tier above 0") && above.text().contains("a tier above 50"), "{}", above.text());
    assert_eq!((within.status, kept.status), (200, 200), "{} {}", within.text(), kept.text());
    assert_eq!(told["data"][0]["organization.updated"]["after"]["tier_max"], 0, "{told}");
}

#[tokio::test]
async fn the_operator_gives_any_tier_and_an_owner_beside_him_none() {
    let server = server().start().await;
    let operator = Admin::first(&server);
    let owner = Person::of(&server, "ada@example.com", "owner");
    let project = operator.done("/organization/projects", json!({ "name": "web" })).await;
    let keys = format!("/organization/projects/{}/api_keys", project["id"].as_str().unwrap());

    let any = operator.post(&keys, json!({ "name": "t", "tier": 100 })).await;
    let none = owner.post(&keys, json!({ "name": "t", "tier": 100 })).await;

    assert_eq!((any.status, none.status), (200, 403), "{} {}", any.text(), none.text());
}

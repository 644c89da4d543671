//! Keys whose date has passed, over the management API: only the time tells them from others.

use serde_json::{Value as Json, json};
use tollgate_control::refusal::Refusal;

use crate::administration::{Administration, NOW, request};

#[test]
fn a_later_date_lets_an_expired_key_work_again_and_nothing_else_changes_it() {
    let world = Administration::new();
    let organization = world.organization("Acme");
    let project = world.project(organization, "web");
    let owner = world.person(organization, "ada", "owner");
    let keys = format!("/organization/projects/{}/api_keys", project.id);
    let post = |path: &str, body: Json, now| world.ask_at(&request(&owner.token, "POST", path, &body), now);
    let made = post(&keys, json!({ "name": "web", "expires_in_seconds": 60 }), NOW).unwrap().json;
    let path = format!("{keys}/{}", made["id"].as_str().unwrap());
    let later = NOW + 3600;

    let other = post(&path, json!({ "name": "shop" }), later).unwrap_err();
    let past = post(&path, json!({ "expires_at": NOW }), later).unwrap_err();
    let revived = post(&path, json!({ "expires_at": later + 60, "name": "shop" }), later).unwrap().json;
    let endless = post(&path, json!({ "expires_at": null }), later + 120).unwrap().json;

    assert!(matches!(&other, Refusal::Conflict { fix, .. } if fix.contains("expires_at")), "{other}");
    assert!(matches!(past, Refusal::Shape(_)), "{past}");
    assert_eq!((&revived["status"], &revived["name"]), (&json!("active"), &json!("shop")));
    assert_eq!((&endless["status"], &endless["expires_at"]), (&json!("active"), &Json::Null));
}

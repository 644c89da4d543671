//! `Idempotency-Key` over the wire; what it means is tested with the control plane.

use serde_json::json;
use tollgate_testing::{Ask, Reply};

use super::Admin;
use crate::server;

const PATH: &str = "/v1/organization/admin_api_keys";

#[tokio::test]
async fn a_repeated_post_is_answered_again_and_says_so() {
    let server = server().start().await;
    let admin = Admin::first(&server);

    let first = post(&admin, "k", "ci").await;
    let again = post(&admin, "k", "ci").await;
    let other = post(&admin, "k", "cd").await;
    let long = post(&admin, &"k".repeat(256), "ci").await;

    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None));
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(first.text(), again.text());
    assert_eq!((other.status, other.cause()), (422, "idempotency_key_reused"));
    assert_eq!((long.status, long.error()["param"].as_str()), (400, Some("Idempotency-Key")));
    assert_eq!(admin.get("/organization/admin_api_keys").await.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_description_of_the_api_needs_no_key_and_names_what_answers() {
    let server = server().start().await;

    let reply = server.ask(&Ask::get("/openapi.json")).await;

    let document = reply.json();
    assert_eq!((reply.status, &document["openapi"]), (200, &json!("3.1.0")));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let asked = server.ask(&Ask::new(&method.to_uppercase(), &format!("/v1{path}"))).await;
            assert!(![404, 405].contains(&asked.status), "{method} {path}: {}", asked.text());
        }
    }
}

async fn post(admin: &Admin<'_>, key: &str, name: &str) -> Reply {
    let body = json!({ "name": name }).to_string();
    let ask = Ask::post(PATH, body).bearer(&admin.token).header("idempotency-key", key);
    admin.server.ask(&ask).await
}

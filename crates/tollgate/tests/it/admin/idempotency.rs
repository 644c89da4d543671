//! `Idempotency-Key` over the wire; what it means is tested with the control plane.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use tollgate_testing::{Ask, Reply, TestServer};

use super::{Admin, Person};
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

const SESSIONS: &str = "/v1/tollgate/sessions";
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";
const NEW: &str = "another battery, quite correct";

/// Asks without any token, with an idempotency key.
async fn visit(server: &TestServer, path: &str, key: &str, body: &Json) -> Reply {
    server.ask(&Ask::post(path, body.to_string()).header("idempotency-key", key)).await
}

async fn invite(admin: &Admin<'_>, email: &str) -> String {
    let made = admin.done("/organization/invites", json!({ "email": email, "role": "reader" })).await;
    made["accept_path"].as_str().unwrap().to_owned()
}

fn accepting() -> Json {
    json!({ "name": "Ada", "password": PASSWORD })
}

/// Somebody who was invited, by the session of the acceptance.
async fn joined<'s>(server: &'s TestServer, admin: &Admin<'_>) -> Admin<'s> {
    let path = invite(admin, EMAIL).await;
    Admin::with(server, &server.ask(&Ask::post(&path, accepting().to_string())).await.json()["token"])
}

async fn count(admin: &Admin<'_>, kind: &str) -> usize {
    let log = admin.get(&format!("/organization/audit_logs?event_types[]={kind}")).await;
    log.json()["data"].as_array().unwrap().len()
}

fn replayed(reply: &Reply) -> Option<&str> {
    reply.header("idempotent-replayed")
}

#[tokio::test]
async fn signing_in_again_with_the_same_key_gets_the_same_session_and_whoever_has_no_password_none() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = joined(&server, &admin).await;
    let body = json!({ "email": EMAIL, "password": PASSWORD });

    let first = visit(&server, SESSIONS, "k", &body).await;
    let again = visit(&server, SESSIONS, "k", &json!({ "email": "Ada@Example.com", "password": PASSWORD })).await;
    let longer = json!({ "email": EMAIL, "password": PASSWORD, "expires_in_seconds": 60 });
    let other = visit(&server, SESSIONS, "k", &longer).await;
    let wrong = visit(&server, SESSIONS, "k", &json!({ "email": EMAIL, "password": NEW })).await;
    let nobody = visit(&server, SESSIONS, "k", &json!({ "email": "bob@example.com", "password": PASSWORD })).await;
    let long = visit(&server, SESSIONS, &"k".repeat(256), &body).await;
    let second = visit(&server, SESSIONS, "another", &body).await;
    let sessions = ada.get("/tollgate/sessions").await.json();

    assert_eq!((first.status, replayed(&first)), (200, None), "{}", first.text());
    assert_eq!((again.status, replayed(&again)), (200, Some("true")), "{}", again.text());
    assert_eq!(first.text(), again.text());
    assert_eq!((other.status, other.cause()), (422, "idempotency_key_reused"));
    assert_eq!((wrong.status, wrong.cause()), (422, "idempotency_key_reused"), "{}", wrong.text());
    assert_eq!((nobody.status, nobody.cause()), (401, "sign_in_failed"), "a key is one of one address");
    assert_eq!((long.status, long.error()["param"].as_str()), (400, Some("Idempotency-Key")));
    assert_ne!(second.json()["token"], first.json()["token"]);
    assert_eq!(sessions["data"].as_array().unwrap().len(), 3, "that of the acceptance, and two: {sessions}");
    assert_eq!((count(&admin, "login.succeeded").await, count(&admin, "login.failed").await), (3, 1));
}

#[tokio::test]
async fn a_wrong_password_is_not_remembered_and_guesses_with_a_key_are_counted() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    joined(&server, &admin).await;
    let with = |password: &str| json!({ "email": EMAIL, "password": password });

    let wrong = visit(&server, SESSIONS, "k", &with(NEW)).await;
    let right = visit(&server, SESSIONS, "k", &with(PASSWORD)).await;
    let mut causes = Vec::new();
    for _ in 0..5 {
        causes.push(visit(&server, SESSIONS, "k", &with(NEW)).await.cause().to_owned());
    }
    let late = visit(&server, SESSIONS, "k", &with(PASSWORD)).await;

    assert_eq!((wrong.status, right.status, replayed(&right)), (401, 200, None));
    assert_eq!(causes[..4], ["idempotency_key_reused"; 4], "the first guess was one of five");
    assert_eq!((causes[4].as_str(), late.cause()), ("sign_in_attempts", "sign_in_attempts"));
}

#[tokio::test]
async fn a_key_of_one_organization_s_password_gives_no_session_of_another_s() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    joined(&server, &admin).await;
    let stranger = Person::stranger(&server, "eve@example.com");
    let path = invite(&stranger, EMAIL).await;
    let hers = json!({ "name": "Eve", "password": NEW });
    assert_eq!(server.ask(&Ask::post(&path, hers.to_string())).await.status, 200);

    let first = visit(&server, SESSIONS, "k", &json!({ "email": EMAIL, "password": PASSWORD })).await;
    let other = visit(&server, SESSIONS, "k", &json!({ "email": EMAIL, "password": NEW })).await;

    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!((other.status, other.cause()), (422, "idempotency_key_reused"));
    assert!(!other.text().contains("tg-session-"));
}

#[tokio::test]
async fn requests_at_once_with_one_key_make_one_session() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = joined(&server, &admin).await;
    let body = json!({ "email": EMAIL, "password": PASSWORD });

    let asked = || visit(&server, SESSIONS, "k", &body);
    let (a, b, c, d) = tokio::join!(asked(), asked(), asked(), asked());

    let replies = [a, b, c, d];
    let tokens: BTreeSet<String> =
        replies.iter().filter(|reply| reply.status == 200).map(|reply| reply.json()["token"].to_string()).collect();
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!((reply.status, reply.cause()), (409, "idempotency_key_in_use"), "{}", reply.text());
        assert!(reply.header("retry-after").is_some());
    }
    assert_eq!(tokens.len(), 1);
    assert_eq!(ada.get("/tollgate/sessions").await.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_invite_accepted_again_with_the_same_key_is_answered_to_whoever_set_the_password() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let path = invite(&admin, EMAIL).await;

    let first = visit(&server, &path, "k", &accepting()).await;
    let again = visit(&server, &path, "k", &accepting()).await;
    let other = visit(&server, &path, "k", &json!({ "name": "Ada", "password": NEW })).await;
    let named = visit(&server, &path, "k", &json!({ "name": "Eve", "password": PASSWORD })).await;
    let keyless = server.ask(&Ask::post(&path, accepting().to_string())).await;
    let another = visit(&server, &path, "other", &accepting()).await;

    assert_eq!((first.status, replayed(&first)), (200, None), "{}", first.text());
    assert_eq!((again.status, replayed(&again)), (200, Some("true")), "{}", again.text());
    assert_eq!(first.text(), again.text());
    for reply in [&other, &named] {
        assert_eq!((reply.status, reply.cause()), (422, "idempotency_key_reused"), "{}", reply.text());
        assert!(!reply.text().contains("tg-session-"));
    }
    assert_eq!((keyless.status, another.status), (409, 409));
    assert_eq!((count(&admin, "invite.accepted").await, count(&admin, "login.failed").await), (1, 1));
    let users = admin.get("/organization/users").await.json();
    assert_eq!(users["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_change_of_the_password_is_answered_again_to_whoever_shows_the_new_one() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = joined(&server, &admin).await;
    let change = async |new: &str| {
        let body = json!({ "current_password": PASSWORD, "new_password": new }).to_string();
        let ask = Ask::post("/v1/tollgate/password", body).bearer(&ada.token).header("idempotency-key", "k");
        server.ask(&ask).await
    };

    let first = change(NEW).await;
    let again = change(NEW).await;
    let other = change("a third one, and long enough").await;

    assert_eq!((first.status, replayed(&first)), (200, None), "{}", first.text());
    assert_eq!((again.status, replayed(&again)), (200, Some("true")), "{}", again.text());
    assert_eq!(first.text(), again.text());
    assert_eq!((other.status, other.cause()), (422, "idempotency_key_reused"), "{}", other.text());
    let signed_in = visit(&server, SESSIONS, "s", &json!({ "email": EMAIL, "password": NEW })).await;
    assert_eq!((signed_in.status, count(&admin, "user.updated").await), (200, 1));
}

#[tokio::test]
async fn what_cannot_be_answered_again_refuses_the_key() {
    let server = server().start().await;
    let admin = Admin::first(&server);

    let ask = Ask::post("/v1/tollgate/providers/sandbox/test", "{}").bearer(&admin.token);
    let refused = server.ask(&ask.header("idempotency-key", "k")).await;

    assert_eq!((refused.status, refused.cause()), (400, "param_unsupported"), "{}", refused.text());
    assert_eq!(refused.error()["param"], "Idempotency-Key");
}

//! `/v1/tollgate/password`: another password for oneself.

use serde_json::{Value as Json, json};
use tollgate_testing::{Ask, Reply, TestServer};

use super::Admin;
use crate::server;

const OLD: &str = "correct horse battery staple";
const NEW: &str = "another battery, quite correct";

/// Somebody who was invited, by the session of the acceptance.
async fn invited<'s>(server: &'s TestServer, email: &str) -> Admin<'s> {
    let admin = Admin::first(server);
    let invite = admin.done("/organization/invites", json!({ "email": email, "role": "reader" })).await;
    let path = invite["accept_path"].as_str().unwrap();
    let accepted = server.ask(&Ask::post(path, json!({ "name": "Ada", "password": OLD }).to_string())).await;
    Admin::with(server, &accepted.json()["token"])
}

async fn sign_in(server: &TestServer, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password });
    server.ask(&Ask::post("/v1/tollgate/sessions", body.to_string())).await
}

async fn change(who: &Admin<'_>, current: &str, new: &str) -> Reply {
    who.post("/tollgate/password", json!({ "current_password": current, "new_password": new })).await
}

#[tokio::test]
async fn another_password_lets_in_from_now_on_and_ends_every_other_session() {
    let server = server().start().await;
    let ada = invited(&server, "ada@example.com").await;
    let elsewhere = Admin::with(&server, &sign_in(&server, "ada@example.com", OLD).await.json()["token"]);

    let changed = change(&ada, OLD, NEW).await;
    let (here, there) = (ada.get("/tollgate/sessions").await, elsewhere.get("/tollgate/sessions").await);
    let (before, after) =
        (sign_in(&server, "ada@example.com", OLD).await, sign_in(&server, "ada@example.com", NEW).await);
    let log = Admin::first(&server).get("/organization/audit_logs?event_types[]=user.updated").await;

    assert_eq!((changed.status, &changed.json()["ended_sessions"]), (200, &json!(1)), "{}", changed.text());
    assert_eq!((here.status, there.status, there.cause()), (200, 401, "session_ended"));
    assert_eq!((before.status, after.status), (401, 200));
    let event = &log.json()["data"][0];
    assert_eq!(event["actor"]["session"]["user"]["email"], "ada@example.com", "{event}");
    assert!(!log.text().contains(OLD) && !log.text().contains(NEW));
}

#[tokio::test]
async fn guesses_at_the_password_are_counted_as_attempts_to_sign_in_and_written_down() {
    let server = server().start().await;
    let ada = invited(&server, "ada@example.com").await;

    let mut causes = Vec::new();
    for _ in 0..6 {
        causes.push(change(&ada, "not the right password", NEW).await.cause().to_owned());
    }
    let waits = change(&ada, OLD, NEW).await;
    let log = Admin::first(&server).get("/organization/audit_logs?event_types[]=login.failed").await.json();

    assert_eq!(causes[..5], ["sign_in_failed"; 5]);
    assert_eq!((causes[5].as_str(), waits.status), ("sign_in_attempts", 429));
    assert!(waits.header("retry-after").is_some());
    assert_eq!(log["data"].as_array().map(Vec::len), Some(5), "{log}");
}

#[tokio::test]
async fn what_cannot_be_a_password_or_may_not_change_one_is_refused() {
    let server = server().start().await;
    let ada = invited(&server, "ada@example.com").await;
    let first = Admin::first(&server);
    let lesser = first.done("/organization/admin_api_keys", json!({ "name": "x", "scopes": ["api.users.read"] })).await;

    let short = change(&ada, OLD, "short").await;
    let same = change(&ada, OLD, OLD).await;
    let without = ada.post("/tollgate/password", json!({ "new_password": NEW })).await;
    let scoped = change(&Admin::with(&server, &lesser["value"]), OLD, NEW).await;
    // The first owner has an admin key, and no password to show.
    let none = change(&first, OLD, NEW).await;

    for (reply, status, cause) in [
        (&short, 400, "param_out_of_range"),
        (&same, 400, "param_out_of_range"),
        (&without, 400, "param_missing"),
        (&scoped, 403, "admin_permission_missing"),
        (&none, 401, "sign_in_failed"),
    ] {
        assert_eq!((reply.status, reply.cause()), (status, cause), "{}", reply.text());
        assert!(!reply.text().contains(OLD) && !reply.text().contains(NEW), "{}", reply.text());
    }
    assert_eq!(sign_in(&server, "ada@example.com", OLD).await.json()["object"], Json::from("tollgate.session"));
}

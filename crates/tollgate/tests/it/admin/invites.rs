//! `/v1/organization/invites`, `/v1/tollgate/invites/{token}/accept` and `/v1/tollgate/sessions`.

use serde_json::{Value as Json, json};
use tollgate_testing::{Ask, Reply, TestServer};

use super::{Admin, Person};
use crate::server;

const INVITES: &str = "/organization/invites";
const SESSIONS: &str = "/tollgate/sessions";
const PASSWORD: &str = "correct horse battery staple";

/// Asks without any token.
async fn visit(server: &TestServer, path: &str, body: Json) -> Reply {
    server.ask(&Ask::post(&format!("/v1{path}"), body.to_string())).await
}

async fn sign_in(server: &TestServer, email: &str, password: &str) -> Reply {
    visit(server, SESSIONS, json!({ "email": email, "password": password })).await
}

async fn accept(server: &TestServer, invite: &Json, name: &str, password: &str) -> Reply {
    let path = format!("/tollgate/invites/{}/accept", invite["token"].as_str().unwrap());
    visit(server, &path, json!({ "name": name, "password": password })).await
}

#[tokio::test]
async fn somebody_is_invited_joins_signs_in_and_out() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let project = admin.done("/organization/projects", json!({ "name": "web" })).await["id"].clone();
    let projects = json!([{ "id": project, "role": "owner" }]);
    let asked = json!({ "email": "Ada@Example.com", "role": "reader", "projects": projects });

    let invite = admin.done(INVITES, asked).await;
    let path = format!("{INVITES}/{}", invite["id"].as_str().unwrap());
    let shown = admin.get(&path).await;
    let joined = accept(&server, &invite, "Ada", PASSWORD).await;
    let ada = Admin::with(&server, &joined.json()["token"]);
    let web = ada.post(&format!("/organization/projects/{}", project.as_str().unwrap()), json!({ "name": "w" })).await;
    let beyond = ada.post("/organization/projects", json!({ "name": "x" })).await;
    let again = accept(&server, &invite, "Eve", PASSWORD).await;
    let second = sign_in(&server, "ada@example.com", PASSWORD).await;
    let listed = ada.get(SESSIONS).await.json();
    let out = ada.delete(&format!("{SESSIONS}/current")).await;
    let after = ada.get("/organization/projects").await;

    assert_eq!((&invite["status"], &invite["email"]), (&json!("pending"), &json!("ada@example.com")));
    assert!(shown.json()["token"].is_null() && !shown.text().contains(invite["token"].as_str().unwrap()));
    assert_eq!(joined.status, 200, "{}", joined.text());
    assert_eq!((web.status, beyond.status), (200, 403), "{} {}", web.text(), beyond.text());
    assert_eq!((again.status, again.cause()), (409, "admin_conflict"));
    assert_eq!((second.status, &second.json()["user"]["name"]), (200, &json!("Ada")));
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    assert_eq!((&listed["data"][0]["is_current"], &listed["data"][1]["is_current"]), (&json!(true), &json!(false)));
    assert!(listed["data"][0]["token"].is_null());
    assert_eq!((out.status, after.status, after.cause()), (200, 401, "session_ended"), "{}", out.text());
    assert_eq!(Admin::with(&server, &second.json()["token"]).get(SESSIONS).await.status, 200, "the other one stays");
    assert_eq!(admin.get(&path).await.json()["status"], "accepted");
    assert_eq!(admin.delete(&path).await.status, 409, "an accepted invite stays");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike_and_guessing_is_slow() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let invite = admin.done(INVITES, json!({ "email": "ada@example.com", "role": "reader" })).await;
    assert_eq!(accept(&server, &invite, "Ada", PASSWORD).await.status, 200);

    let wrong = sign_in(&server, "ada@example.com", "wrong").await;
    let nobody = sign_in(&server, "nobody@example.com", "wrong").await;
    let without = sign_in(&server, "owner@localhost", "").await;
    let hers = sign_in(&server, "owner@localhost", PASSWORD).await;
    for _ in 0..4 {
        sign_in(&server, "ada@example.com", "wrong").await;
    }
    let late = sign_in(&server, "ada@example.com", PASSWORD).await;

    assert_eq!((wrong.status, wrong.cause()), (401, "sign_in_failed"));
    assert_eq!(wrong.error(), nobody.error());
    assert_eq!((without.status, hers.status), (400, 401), "the first owner has no password");
    assert_eq!((late.status, late.cause()), (429, "sign_in_attempts"), "{}", late.text());
    let wait: u64 = late.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
}

#[tokio::test]
async fn an_invite_gives_no_more_than_its_maker_has_and_no_account_of_another() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let bob = Person::of(&server, "bob@example.com", "owner");
    let by_bob = bob.admin.done(INVITES, json!({ "email": "eve@example.com", "role": "owner" })).await;
    admin.done(&format!("/organization/users/{}", bob.id), json!({ "role": "reader" })).await;

    let no_more = accept(&server, &by_bob, "Eve", PASSWORD).await;
    let as_reader = bob.admin.post(INVITES, json!({ "email": "x@example.com", "role": "reader" })).await;
    let member = admin.post(INVITES, json!({ "email": "bob@example.com", "role": "reader" })).await;
    let first = admin.done(INVITES, json!({ "email": "carl@example.com", "role": "owner" })).await;
    let twice = admin.post(INVITES, json!({ "email": "carl@example.com", "role": "owner" })).await;
    let short = accept(&server, &first, "Carl", "short").await;
    let withdrawn = admin.delete(&format!("{INVITES}/{}", first["id"].as_str().unwrap())).await;
    let gone = accept(&server, &first, "Carl", PASSWORD).await;
    let unknown = accept(&server, &json!({ "token": "tg-invite-x" }), "X", PASSWORD).await;

    assert_eq!((no_more.status, no_more.cause()), (409, "admin_conflict"), "{}", no_more.text());
    assert_eq!((as_reader.status, member.status, twice.status), (403, 409, 409));
    assert_eq!((short.status, short.cause()), (400, "param_out_of_range"), "{}", short.text());
    assert!(!short.text().contains("\"short\"") && withdrawn.status == 200);
    assert_eq!((gone.status, gone.cause(), unknown.status), (404, "admin_object_not_found", 404));
    assert!(!gone.text().contains(first["token"].as_str().unwrap()));
}

#[tokio::test]
async fn the_sessions_of_whoever_leaves_end() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let invite = admin.done(INVITES, json!({ "email": "ada@example.com", "role": "owner", "projects": [] })).await;
    let joined = accept(&server, &invite, "Ada", PASSWORD).await.json();
    let ada = Admin::with(&server, &joined["token"]);
    assert_eq!(ada.get("/organization/users").await.status, 200);
    let operator = ada.get("/tollgate/organizations").await;

    let removed = admin.delete(&format!("/organization/users/{}", joined["user"]["id"].as_str().unwrap())).await;
    let after = ada.get("/organization/users").await;
    let again = sign_in(&server, "ada@example.com", PASSWORD).await;

    assert_eq!(
        (operator.status, operator.cause()),
        (403, "admin_permission_missing"),
        "no session operates the server"
    );
    assert_eq!((removed.status, after.status, after.cause()), (200, 401, "session_ended"));
    assert_eq!((again.status, again.cause()), (401, "sign_in_failed"), "a member of nothing signs in nowhere");
}

#[tokio::test]
async fn a_running_server_follows_a_rotation_of_the_pepper() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let invite = admin.done(INVITES, json!({ "email": "ada@example.com", "role": "owner" })).await;
    let second = admin.done(INVITES, json!({ "email": "bob@example.com", "role": "reader" })).await;
    let ada = accept(&server, &invite, "Ada", PASSWORD).await.json();

    let rotated = server.cli(&["secrets", "rotate-pepper"]).await;
    let key = admin.get(INVITES).await;
    let session = Admin::with(&server, &ada["token"]).get(INVITES).await;
    let joined = accept(&server, &second, "Bob", PASSWORD).await;

    assert!(rotated.status.success(), "{rotated:?}");
    assert_eq!((key.status, session.status, joined.status), (200, 200, 200), "{} {}", key.text(), joined.text());
    assert_eq!(Admin::with(&server, &joined.json()["token"]).get(INVITES).await.status, 200, "a token made after it");
}

#[tokio::test]
async fn an_address_that_another_organization_has_taken_joins_as_any_other_and_both_go_their_ways() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let squatter = Person::stranger(&server, "eve@example.com");
    let invited = json!({ "email": "vera@example.com", "role": "owner", "projects": [] });
    let hers = squatter.done(INVITES, invited.clone()).await;
    let taken = accept(&server, &hers, "Not Vera", "the squatter's own password").await;
    let first = admin.done(INVITES, invited).await;
    let new = admin.done(INVITES, json!({ "email": "new@example.com", "role": "reader", "projects": [] })).await;

    let nameless = |invite: &Json| format!("/tollgate/invites/{}/accept", invite["token"].as_str().unwrap());
    let of_known = visit(&server, &nameless(&first), json!({ "password": PASSWORD })).await;
    let of_new = visit(&server, &nameless(&new), json!({ "password": PASSWORD })).await;
    let joined = accept(&server, &first, "Vera", PASSWORD).await;
    let own = sign_in(&server, "vera@example.com", PASSWORD).await;
    let squatters = sign_in(&server, "vera@example.com", "the squatter's own password").await;
    let organization = joined.json()["organization"]["id"].clone();
    let there =
        json!({ "email": "vera@example.com", "password": "the squatter's own password", "organization": organization });
    let there = visit(&server, SESSIONS, there).await;

    assert_eq!(taken.status, 200, "{}", taken.text());
    assert_eq!(
        (of_known.status, of_known.error()),
        (of_new.status, of_new.error()),
        "nobody learns who is known elsewhere"
    );
    assert_eq!((joined.status, &joined.json()["user"]["name"]), (200, &json!("Vera")), "{}", joined.text());
    assert_eq!((own.status, &own.json()["organization"]["id"]), (200, &organization), "{}", own.text());
    assert_ne!(squatters.json()["organization"]["id"], organization, "it lets in where it was set");
    assert_eq!((there.status, there.cause()), (401, "sign_in_failed"), "and nowhere else");
    let user = admin.get("/organization/users?emails=vera@example.com").await.json()["data"][0].clone();
    assert_eq!((&user["name"], &user["created"]), (&json!("Vera"), &user["added_at"]));
    let squatted = squatter.get("/organization/users?emails=vera@example.com").await.json();
    assert_eq!(squatted["data"][0]["name"], "Not Vera", "a name is one in an organization");
}

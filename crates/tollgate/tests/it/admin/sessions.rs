//! `/v1/tollgate/sessions`: how they are listed, and when they end.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value as Json, json};
use tollgate_control::use_cases::sessions::{NewSession, begin};
use tollgate_store::admin::{accounts, organizations, sessions};
use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;
use tollgate_testing::{Ask, TestServer};

use super::{Admin, LONG_AGO, Person};
use crate::server;

const SESSIONS: &str = "/tollgate/sessions";
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

/// Somebody who was invited, by the session of the acceptance.
async fn joined(server: &TestServer) -> Admin<'_> {
    let invite = Admin::first(server).done("/organization/invites", json!({ "email": EMAIL, "role": "reader" })).await;
    let body = json!({ "name": "Ada", "password": PASSWORD });
    let reply = server.ask(&Ask::post(invite["accept_path"].as_str().unwrap(), body.to_string())).await;
    Admin::with(server, &reply.json()["token"])
}

/// Puts a session of hers into the database, which lasts so many seconds from `at` on; its token and id.
fn put(server: &TestServer, at: i64, lasts: i64) -> (Json, String) {
    let database = Database::open(&server.data_dir()).unwrap();
    let organization = organizations::oldest(&database).unwrap().unwrap().row;
    let account = accounts::of_email(&database, EMAIL).unwrap().remove(0);
    let new = NewSession {
        organization,
        user: account.row,
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        client: "test",
        expires_at: at + lasts,
    };
    let (session, token) = begin(&database, &Secrets::open(&database).unwrap().pepper, &new, at).unwrap();
    (token.reveal().into(), session.id)
}

fn in_database(server: &TestServer, id: &str) -> bool {
    let database = Database::open(&server.data_dir()).unwrap();
    sessions::presented(&database, id).unwrap().is_some()
}

fn ids(page: &Json) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn sessions_are_listed_in_pages_that_go_on_behind_one_that_has_ended() {
    let server = server().start().await;
    let ada = joined(&server).await;
    for _ in 0..24 {
        put(&server, LONG_AGO, i64::from(u32::MAX));
    }
    let all = ada.get(&format!("{SESSIONS}?limit=100")).await.json();

    let first = ada.get(SESSIONS).await.json();
    let last = first["last_id"].as_str().unwrap().to_owned();
    ada.delete(&format!("{SESSIONS}/{last}")).await;
    let second = ada.get(&format!("{SESSIONS}?after={last}&limit=3")).await.json();
    let wrong = ada.get(&format!("{SESSIONS}?after=sess_none")).await;
    let foreign = Admin::first(&server).get(&format!("{SESSIONS}?after={last}")).await;
    let many = ada.get(&format!("{SESSIONS}?limit=101")).await;

    assert_eq!((ids(&all).len(), &all["has_more"]), (25, &json!(false)));
    assert_eq!((ids(&first), &first["has_more"]), (ids(&all)[..20].to_vec(), &json!(true)));
    assert_eq!((ids(&second), &second["has_more"]), (ids(&all)[20..23].to_vec(), &json!(true)));
    assert_eq!([wrong.status, foreign.status, many.status], [400; 3], "{}", foreign.text());
}

#[tokio::test]
async fn a_session_ends_at_its_date_is_listed_no_more_and_forgotten_when_somebody_signs_in() {
    let server = server().start().await;
    let ada = joined(&server).await;
    let now = ada.get(SESSIONS).await.json()["data"][0]["created_at"].as_i64().unwrap();
    let (past, past_id) = put(&server, now - 100, 100);
    let (present, present_id) = put(&server, now - 100, 10_000);

    let refused = Admin::with(&server, &past).get(SESSIONS).await;
    let lasting = Admin::with(&server, &present).get(SESSIONS).await;
    let listed = ids(&ada.get(SESSIONS).await.json());
    let before = in_database(&server, &past_id);
    let body = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    let signed_in = server.ask(&Ask::post(&format!("/v1{SESSIONS}"), body)).await;

    assert_eq!((refused.status, refused.cause(), lasting.status), (401, "session_ended", 200), "{}", refused.text());
    assert!(!listed.contains(&past_id) && listed.contains(&present_id), "{listed:?}");
    assert_eq!(signed_in.status, 200);
    assert!(before && !in_database(&server, &past_id) && in_database(&server, &present_id));
    let forgotten = Admin::with(&server, &past).get(SESSIONS).await;
    assert_eq!((forgotten.status, forgotten.cause()), (401, "session_ended"));
    let json = signed_in.json();
    let lasts = json["expires_at"].as_i64().unwrap() - json["created_at"].as_i64().unwrap();
    assert_eq!(lasts, 7 * 24 * 3600, "a week, unless asked otherwise");
    let long = json!({ "email": EMAIL, "password": PASSWORD, "expires_in_seconds": 30 * 24 * 3600 + 1 });
    let long = server.ask(&Ask::post(&format!("/v1{SESSIONS}"), long.to_string())).await;
    assert_eq!((long.status, long.cause()), (400, "param_out_of_range"), "thirty days at most");
}

#[tokio::test]
async fn an_owner_ends_a_session_of_somebody_else_and_a_reader_and_a_stranger_do_not() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = joined(&server).await;
    let (other, other_id) = put(&server, LONG_AGO, i64::from(u32::MAX));
    let users = admin.get(&format!("/organization/users?emails={EMAIL}")).await.json();
    let theirs = format!("/tollgate/users/{}/sessions", users["data"][0]["id"].as_str().unwrap());
    let stranger = Person::stranger(&server, "eve@example.com");
    let bob = Person::of(&server, "bob@example.com", "reader");

    let listed = admin.get(&theirs).await.json();
    let first = admin.get(&format!("{theirs}?limit=1")).await.json();
    let by_reader = bob.delete(&format!("{theirs}/{other_id}")).await;
    let by_stranger = (stranger.get(&theirs).await, stranger.delete(&format!("{theirs}/{other_id}")).await);
    let of_bob = admin.delete(&format!("/tollgate/users/{}/sessions/{other_id}", bob.id)).await;
    let before = Admin::with(&server, &other).get(SESSIONS).await;
    let ended = admin.delete(&format!("{theirs}/{other_id}")).await;
    let after = Admin::with(&server, &other).get(SESSIONS).await;
    let again = admin.delete(&format!("{theirs}/{other_id}")).await;
    let log = admin.get("/organization/audit_logs?event_types[]=tollgate.session.deleted").await.json();

    assert_eq!((ids(&listed).len(), ids(&listed).contains(&other_id)), (2, true), "{listed}");
    assert_eq!((ids(&first), &first["has_more"]), (ids(&listed)[..1].to_vec(), &json!(true)));
    assert_eq!((by_reader.status, by_reader.cause()), (403, "admin_permission_missing"));
    assert_eq!([by_stranger.0.status, by_stranger.1.status, of_bob.status], [404; 3]);
    assert_eq!((before.status, ended.status, after.status, after.cause()), (200, 200, 401, "session_ended"));
    assert_eq!((again.status, ada.get(SESSIONS).await.status), (404, 200), "her other one goes on");
    let told = &log["data"][0]["tollgate.session.deleted"];
    assert_eq!((&told["id"], &told["before"]["user_id"]), (&json!(other_id), &users["data"][0]["id"]), "{log}");
    let manager = admin.done("/organization/roles", json!({ "role_name": "m", "permissions": ["api.users.write"] }));
    let role = json!({ "role_id": manager.await["id"] });
    admin.done(&format!("/organization/users/{}/roles", bob.id), role).await;
    let owner = admin.get("/organization/users?emails=owner@localhost").await.json()["data"][0]["id"].clone();
    let above = bob.delete(&format!("/tollgate/users/{}/sessions/x", owner.as_str().unwrap())).await;
    assert_eq!((above.status, above.cause()), (403, "admin_permission_missing"), "who may more than himself");
}

#[tokio::test]
async fn whoever_is_signed_in_learns_what_the_session_is_and_one_that_has_ended_says_so() {
    let server = server().start().await;
    let ada = joined(&server).await;

    let told = ada.get("/tollgate/key").await.json();
    let (past, _) = put(&server, LONG_AGO, 100);
    let ended = Admin::with(&server, &past).get("/tollgate/key").await;

    assert_eq!((&told["object"], &told["owner"]["email"]), (&json!("tollgate.session"), &json!(EMAIL)), "{told}");
    assert_eq!((&told["is_operator"], told["expires_at"].is_i64()), (&json!(false), true), "{told}");
    assert_eq!((ended.status, ended.cause()), (401, "session_ended"), "{}", ended.text());
}

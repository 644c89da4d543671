//! `/v1/tollgate/organizations`, and that organizations see nothing of each other.

use serde_json::{Value as Json, json};
use tollgate_testing::Ask;

use super::{Admin, Person};
use crate::server;

const ALL: &str = "/tollgate/organizations";

#[tokio::test]
async fn two_organizations_with_the_same_names_see_nothing_of_each_other() {
    let server = server().start().await;
    let first = Admin::first(&server);
    let made = first.done(ALL, json!({ "name": "My organization", "owner_email": "ada@example.com" })).await;
    let accept = format!("/v1{}", made["invite"]["accept_path"].as_str().unwrap().trim_start_matches("/v1"));
    let body = json!({ "name": "Owner", "password": "correct horse battery staple" });
    let joined = server.ask(&Ask::post(&accept, body.to_string())).await.json();
    let second = Admin::with(&server, &joined["token"]);

    // The same names of everything, on both sides.
    let sides = [fill(&first).await, fill(&second).await];

    for (own, other, ids) in [(&first, &second, &sides[0]), (&second, &first, &sides[1])] {
        for (kind, list) in [("users", "users"), ("projects", "projects"), ("invites", "invites")] {
            let own = own.get(&format!("/organization/{list}?limit=100")).await.text();
            let other = other.get(&format!("/organization/{list}?limit=100")).await.text();
            assert!(own.contains(&ids[kind]) && !other.contains(&ids[kind]), "{kind}: {own} {other}");
        }
        for path in [
            format!("/organization/users/{}", ids["users"]),
            format!("/organization/projects/{}", ids["projects"]),
            format!("/organization/projects/{}/users", ids["projects"]),
            format!("/organization/invites/{}", ids["invites"]),
            format!("/organization/admin_api_keys/{}", ids["keys"]),
        ] {
            let hidden = other.get(&path).await;
            assert_eq!((own.get(&path).await.status, hidden.status), (200, 404), "{path}: {}", hidden.text());
            let unknown = other.get(&path.replace(char::is_numeric, "x")).await;
            assert_eq!(hidden.cause(), unknown.cause(), "it is told like an unknown one: {path}");
        }
        for (path, body) in [
            (format!("/organization/users/{}", ids["users"]), json!({ "role": "reader" })),
            (format!("/organization/projects/{}", ids["projects"]), json!({ "name": "taken over" })),
            (format!("/organization/projects/{}/archive", ids["projects"]), json!({})),
        ] {
            assert_eq!(other.post(&path, body).await.status, 404, "{path}");
        }
        for path in ["users", "invites", "admin_api_keys"] {
            let id = &ids[if path == "admin_api_keys" { "keys" } else { path }];
            assert_eq!(other.delete(&format!("/organization/{path}/{id}")).await.status, 404, "{path}");
        }
        let cursor = other.get(&format!("/organization/projects?after={}", ids["projects"])).await;
        assert_eq!((cursor.status, cursor.error()["param"].as_str()), (400, Some("after")));
    }
    let stranger = json!({ "email": "owner@localhost", "role": "member" });
    let users = format!("/organization/projects/{}/users", sides[1]["projects"]);
    assert_eq!(second.post(&users, stranger).await.status, 404, "who is a member elsewhere is nobody here");
}

#[tokio::test]
async fn the_operator_makes_lists_and_renames_organizations_and_no_owner_does() {
    let server = server().start().await;
    let operator = Admin::first(&server);
    let owner = Person::of(&server, "bob@example.com", "owner");

    let made = operator.done(ALL, json!({ "name": "Acme", "owner_email": "ada@example.com" })).await;
    let path = format!("{ALL}/{}", made["id"].as_str().unwrap());
    let renamed = operator.done(&path, json!({ "name": "Acme 2" })).await;
    let page = operator.get(&format!("{ALL}?limit=1")).await.json();
    let next = operator.get(&format!("{ALL}?limit=1&after={}", page["last_id"].as_str().unwrap())).await.json();
    let refused = [
        owner.admin.get(ALL).await,
        owner.admin.get(&path).await,
        owner.admin.post(ALL, json!({ "name": "x", "owner_email": "x@example.com" })).await,
        owner.admin.post(&path, json!({ "name": "x" })).await,
    ];

    assert_eq!((&renamed["name"], &renamed["id"]), (&json!("Acme 2"), &made["id"]));
    assert_eq!((&page["has_more"], &next["has_more"], &next["data"][0]), (&json!(true), &json!(false), &renamed));
    for reply in refused {
        assert_eq!((reply.status, reply.cause()), (403, "admin_permission_missing"), "{}", reply.text());
    }
}

/// Makes the same things for whoever asks, and gives their ids.
async fn fill(admin: &Admin<'_>) -> std::collections::BTreeMap<&'static str, String> {
    let id = |made: &Json| made["id"].as_str().unwrap().to_owned();
    let project = admin.done("/organization/projects", json!({ "name": "web" })).await;
    let invited = json!({ "email": "carl@example.com", "role": "reader", "projects": [] });
    let invite = admin.done("/organization/invites", invited).await;
    let key = admin.done("/organization/admin_api_keys", json!({ "name": "ci" })).await;
    let users = admin.get("/organization/users").await.json();
    [("users", id(&users["data"][0])), ("projects", id(&project)), ("invites", id(&invite)), ("keys", id(&key))].into()
}

//! `/v1/organization/users` and `/v1/organization/projects/{project_id}/users`.

use serde_json::{Value as Json, json};
use tollgate_testing::Ask;

use super::{Admin, Person};
use crate::server;

const USERS: &str = "/organization/users";

#[tokio::test]
async fn a_member_is_listed_changed_and_removed_with_all_that_let_him_in() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = Person::of(&server, "ada@example.com", "owner");
    let path = format!("{USERS}/{}", ada.id);

    let found = admin.get(&format!("{USERS}?emails[]=ADA@example.com&emails[]=nobody@example.com")).await.json();
    assert_eq!((&found["data"][0]["id"], found["data"].as_array().unwrap().len()), (&json!(ada.id), 1));
    assert_eq!(admin.get(USERS).await.json()["data"].as_array().unwrap().len(), 2);
    let demoted = admin.done(&path, json!({ "role": "reader", "developer_persona": "builder" })).await;
    let refused = ada.admin.post("/organization/projects", json!({ "name": "x" })).await;
    let read = ada.admin.get("/organization/projects").await;
    let again = admin.done(&path, json!({ "role_id": "role_organization_owner" })).await;
    let deleted = admin.delete(&path).await;

    assert_eq!((&demoted["role"], &demoted["developer_persona"]), (&json!("reader"), &json!("builder")));
    assert_eq!((refused.status, refused.cause(), read.status), (403, "admin_permission_missing", 200));
    assert_eq!((&again["role"], &again["developer_persona"]), (&json!("owner"), &json!("builder")));
    assert_eq!(deleted.json(), json!({ "object": "organization.user.deleted", "id": ada.id, "deleted": true }));
    assert_eq!(ada.admin.get(USERS).await.status, 401, "his admin key is gone");
    assert_eq!(admin.get(&path).await.status, 404);
    let keys = admin.get("/organization/admin_api_keys").await.json();
    assert_eq!(keys["data"].as_array().unwrap().len(), 1, "{keys}");
}

#[tokio::test]
async fn the_last_owner_stays_and_nobody_changes_whoever_may_more() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = Person::of(&server, "ada@example.com", "reader");
    let own = admin.get(&format!("{USERS}?emails=owner@localhost")).await.json()["data"][0]["id"].clone();
    let own = format!("{USERS}/{}", own.as_str().unwrap());

    for refused in [admin.delete(&own).await, admin.post(&own, json!({ "role": "reader" })).await] {
        assert_eq!((refused.status, refused.cause()), (409, "admin_conflict"), "{}", refused.text());
    }
    let by_reader = ada.admin.delete(&own).await;
    let bob = Person::of(&server, "bob@example.com", "owner");
    let above = bob.admin.delete(&own).await;

    assert_eq!((by_reader.status, by_reader.cause()), (403, "admin_permission_missing"));
    assert_eq!((above.status, above.cause()), (403, "admin_permission_missing"), "{}", above.text());
    assert!(above.text().contains("operator"), "{}", above.text());
    assert_eq!(admin.post(&own, json!({ "role": "reader" })).await.status, 200, "there is another owner now");
}

#[tokio::test]
async fn a_project_s_users_administer_it_alone() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = Person::of(&server, "ada@example.com", "reader");
    let [web, shop] = [made(&admin, "web").await, made(&admin, "shop").await];

    let added = admin.done(&format!("{web}/users"), json!({ "email": "Ada@example.com", "role": "owner" })).await;
    let renamed = ada.admin.post(&web, json!({ "name": "web 2" })).await;
    let elsewhere = ada.admin.post(&shop, json!({ "name": "shop 2" })).await;
    let twice = admin.post(&format!("{web}/users"), json!({ "user_id": ada.id, "role": "member" })).await;
    let path = format!("{web}/users/{}", ada.id);
    let listed = admin.get(&format!("{web}/users")).await.json();
    let member = admin.done(&path, json!({ "role": "member" })).await;
    let no_more = ada.admin.post(&web, json!({ "name": "web 3" })).await;
    let removed = admin.delete(&path).await;
    let hidden = admin.get(&path).await;

    assert_eq!((&added["object"], &added["role"]), (&json!("organization.project.user"), &json!("owner")));
    assert_eq!((renamed.status, elsewhere.status, twice.status), (200, 403, 409), "{}", elsewhere.text());
    assert_eq!((&listed["data"][0], &listed["last_id"]), (&added, &json!(ada.id)));
    assert_eq!((&member["role"], no_more.status), (&json!("member"), 403));
    assert_eq!((removed.status, hidden.status), (200, 404));
}

#[tokio::test]
async fn a_project_owner_gives_no_more_than_he_has_and_touches_nobody_above() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = Person::of(&server, "ada@example.com", "reader");
    let bob = Person::of(&server, "bob@example.com", "reader");
    let web = made(&admin, "web").await;
    let users = format!("{web}/users");
    admin.done(&users, json!({ "user_id": ada.id, "role": "member" })).await;

    let as_member = ada.admin.post(&users, json!({ "user_id": bob.id, "role": "member" })).await;
    admin.done(&format!("{users}/{}", ada.id), json!({ "role": "owner" })).await;
    let as_owner = ada.admin.post(&users, json!({ "user_id": bob.id, "role": "owner" })).await;
    let stranger = ada.admin.post(&users, json!({ "email": "nobody@example.com", "role": "member" })).await;
    let neither = ada.admin.post(&users, json!({ "role": "member" })).await;

    assert_eq!((as_member.status, as_owner.status), (403, 200), "{}", as_owner.text());
    assert_eq!((stranger.status, stranger.cause()), (404, "admin_object_not_found"));
    assert_eq!((neither.status, neither.cause()), (400, "param_missing"));
}

/// The path of a new project.
async fn made(admin: &Admin<'_>, name: &str) -> String {
    let made: Json = admin.done("/organization/projects", json!({ "name": name })).await;
    format!("/organization/projects/{}", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_projects_owner_is_told_nothing_of_the_other_projects_of_a_user() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let (ada, bob) =
        (Person::of(&server, "ada@example.com", "reader"), Person::of(&server, "bob@example.com", "reader"));
    let mut ids = Vec::new();
    for name in ["web", "secret"] {
        let made = admin.done("/organization/projects", json!({ "name": name })).await;
        ids.push(made["id"].as_str().unwrap().to_owned());
        let users = format!("/organization/projects/{}/users", ids.last().unwrap());
        admin.done(&users, json!({ "user_id": bob.id, "role": "member" })).await;
    }
    let users = format!("/organization/projects/{}/users", ids[0]);
    admin.done(&users, json!({ "user_id": ada.id, "role": "owner" })).await;

    let roles = format!("/projects/{}/users/{}/roles", ids[0], bob.id);
    let given = ada.done(&roles, json!({ "role_id": "role_project_owner" })).await;

    let projects = given["user"]["projects"]["data"].as_array().unwrap();
    assert_eq!(projects.len(), 1, "{given}");
    assert_eq!(projects[0]["id"].as_str(), Some(ids[0].as_str()));
}

#[tokio::test]
async fn who_is_invited_for_projects_only_sees_these_and_nothing_else() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let web = admin.done("/organization/projects", json!({ "name": "web" })).await["id"].clone();
    let other = admin.done("/organization/projects", json!({ "name": "other" })).await["id"].clone();
    let asked = json!({ "email": "ada@example.com", "role": "reader", "projects_only": true,
        "projects": [{ "id": web, "role": "owner" }] });
    let invite = admin.done("/organization/invites", asked).await;
    let body = json!({ "name": "Ada", "password": "correct horse battery staple" });
    let joined = server.ask(&Ask::post(invite["accept_path"].as_str().unwrap(), body.to_string())).await.json();
    let ada = Admin::with(&server, &joined["token"]);
    let path = |id: &Json| format!("/organization/projects/{}", id.as_str().unwrap());

    let listed = ada.get("/organization/projects").await.json();
    let key = ada.post(&format!("{}/api_keys", path(&web)), json!({ "name": "k" })).await;
    let unseen = ada.get(&path(&other)).await;
    for list in
        ["users", "invites", "audit_logs", "admin_api_keys", "groups", "roles", "usage/completions?start_time=1"]
    {
        let reply = ada.get(&format!("/organization/{list}")).await;
        assert_eq!((reply.status, reply.cause()), (403, "admin_permission_missing"), "{list}: {}", reply.text());
    }
    let user = format!("{USERS}/{}", joined["user"]["id"].as_str().unwrap());
    let shown = admin.get(&user).await.json();
    let owner = admin.post(&user, json!({ "role": "owner", "projects_only": true })).await;
    let wider = admin.done(&user, json!({ "projects_only": false })).await;
    let all = ada.get("/organization/projects").await.json();

    let ids = |list: &Json| list["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    assert_eq!((ids(&listed), &listed["has_more"]), (vec![web], &json!(false)));
    assert_eq!((key.status, unseen.status, unseen.cause()), (200, 404, "admin_object_not_found"), "{}", key.text());
    assert_eq!((&shown["role"], &shown["projects_only"]), (&json!("reader"), &json!(true)));
    assert_eq!((owner.status, owner.error()["param"].as_str()), (400, Some("projects_only")), "{}", owner.text());
    assert_eq!((&wider["projects_only"], ids(&all).len()), (&json!(false), 3));
}

//! `/v1/organization/roles`, `/v1/projects/{id}/roles`, and what assigning them does.

use serde_json::{Value as Json, json};

use super::{Admin, Person};
use crate::server;

const ROLES: &str = "/organization/roles";

#[tokio::test]
async fn a_role_holds_from_the_next_request_on_and_so_does_every_change_of_it() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ann = Person::of(&server, "ann@example.com", "reader");
    let role = role(&admin, ROLES, "makers", &["api.projects.write"]).await;

    let before = ann.post("/organization/projects", json!({ "name": "early" })).await;
    admin.done(&format!("/organization/users/{}/roles", ann.id), json!({ "role_id": role })).await;
    let with = ann.post("/organization/projects", json!({ "name": "made" })).await;
    admin.done(&format!("{ROLES}/{role}"), json!({ "permissions": ["api.groups.write"] })).await;
    let narrowed = ann.post("/organization/projects", json!({ "name": "late" })).await;
    let widened = ann.post("/organization/groups", json!({ "name": "late" })).await;
    assert_eq!(admin.delete(&format!("{ROLES}/{role}")).await.status, 200);
    let after = ann.post("/organization/groups", json!({ "name": "later" })).await;

    assert_eq!([before.status, with.status, narrowed.status], [403, 200, 403]);
    assert_eq!([widened.status, after.status], [200, 403]);
    let assigned = admin.get(&format!("/organization/users/{}/roles", ann.id)).await.json();
    assert_eq!(assigned["data"], json!([]), "it went with its assignments");
}

#[tokio::test]
async fn a_group_gives_its_roles_to_whoever_is_in_it_and_takes_them_again() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ann = Person::of(&server, "ann@example.com", "reader");
    let role = role(&admin, ROLES, "makers", &["api.projects.write"]).await;
    let group = admin.done("/organization/groups", json!({ "name": "team" })).await;
    let group = format!("/organization/groups/{}", group["id"].as_str().unwrap());
    admin.done(&format!("{group}/roles"), json!({ "role_id": role })).await;
    let tries = async |name: &str| ann.post("/organization/projects", json!({ "name": name })).await.status;

    let outside = tries("a").await;
    admin.done(&format!("{group}/users"), json!({ "user_id": ann.id })).await;
    let inside = tries("b").await;
    assert_eq!(admin.delete(&format!("{group}/users/{}", ann.id)).await.status, 200);
    let out_again = tries("c").await;
    admin.done(&format!("{group}/users"), json!({ "user_id": ann.id })).await;
    let in_again = tries("d").await;
    assert_eq!(admin.delete(&format!("{group}/roles/{role}")).await.status, 200);
    let without_role = tries("e").await;
    admin.done(&format!("{group}/roles"), json!({ "role_id": role })).await;
    let with_role = tries("f").await;
    assert_eq!(admin.delete(&group).await.status, 200);
    let without_group = tries("g").await;

    assert_eq!([outside, inside, out_again, in_again], [403, 200, 403, 200]);
    assert_eq!([without_role, with_role, without_group], [403, 200, 403]);
}

#[tokio::test]
async fn a_role_in_a_project_counts_there_alone() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ann = Person::of(&server, "ann@example.com", "reader");
    let (here, there) = (project(&admin, "here").await, project(&admin, "there").await);
    let of_project = role(&admin, &format!("/projects/{here}/roles"), "renamers", &["api.projects.write"]).await;
    let rename = async |id: &str, name: &str| {
        ann.post(&format!("/organization/projects/{id}"), json!({ "name": name })).await.status
    };

    admin.done(&format!("/projects/{here}/users/{}/roles", ann.id), json!({ "role_id": of_project })).await;
    assert_eq!([rename(&here, "a").await, rename(&there, "b").await], [200, 403]);
    let elsewhere = format!("/projects/{there}/users/{}/roles", ann.id);
    let of_another = admin.post(&elsewhere, json!({ "role_id": of_project })).await;
    assert_eq!((of_another.status, of_another.cause()), (404, "admin_object_not_found"));
    let taken = admin.delete(&format!("/projects/{here}/users/{}/roles/{of_project}", ann.id)).await;
    assert_eq!(taken.json(), json!({ "object": "user.role.deleted", "deleted": true }));
    assert_eq!(rename(&here, "c").await, 403);

    let group = admin.done("/organization/groups", json!({ "name": "team" })).await;
    let group = group["id"].as_str().unwrap();
    admin.done(&format!("/organization/groups/{group}/users"), json!({ "user_id": ann.id })).await;
    let groups = format!("/organization/projects/{there}/groups");
    admin.done(&groups, json!({ "group_id": group, "role": "role_project_owner" })).await;
    assert_eq!([rename(&here, "d").await, rename(&there, "e").await], [403, 200]);
    let listed = admin.get(&format!("/projects/{there}/groups/{group}/roles")).await.json();
    assert_eq!(listed["data"][0]["id"], "role_project_owner");
    assert_eq!(admin.delete(&format!("{groups}/{group}")).await.status, 200);
    assert_eq!(rename(&there, "f").await, 403, "its roles there went with it");
}

#[tokio::test]
async fn nobody_grants_more_than_he_holds_nor_takes_from_somebody_who_holds_more() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let bob = Person::of(&server, "bob@example.com", "reader");
    let powers = ["api.roles.write", "api.groups.write", "api.users.write"];
    let bobs = role(&admin, ROLES, "helpers", &powers).await;
    let wide = role(&admin, ROLES, "wide", &["api.projects.write"]).await;
    let empty = role(&admin, ROLES, "empty", &[]).await;
    admin.done(&format!("/organization/users/{}/roles", bob.id), json!({ "role_id": bobs })).await;
    let owner = admin.get("/organization/admin_api_keys").await.json()["data"][0]["owner"]["id"].clone();
    let owner = owner.as_str().unwrap();
    let group = admin.done("/organization/groups", json!({ "name": "strong" })).await;
    let group = format!("/organization/groups/{}", group["id"].as_str().unwrap());
    admin.done(&format!("{group}/roles"), json!({ "role_id": wide })).await;
    admin.done(&format!("{group}/users"), json!({ "user_id": owner })).await;
    admin.done(&format!("/organization/users/{owner}/roles"), json!({ "role_id": empty })).await;
    let himself = format!("/organization/users/{}/roles", bob.id);

    let refused = [
        bob.post(ROLES, json!({ "role_name": "mine", "permissions": ["api.projects.write"] })).await,
        bob.post(&format!("{ROLES}/{empty}"), json!({ "permissions": ["api.projects.write"] })).await,
        bob.post(&format!("{ROLES}/{wide}"), json!({ "permissions": [] })).await,
        bob.delete(&format!("{ROLES}/{empty}")).await,
        bob.post(&himself, json!({ "role_id": wide })).await,
        bob.post(&himself, json!({ "role_id": "role_organization_owner" })).await,
        bob.post(&format!("{group}/users"), json!({ "user_id": bob.id })).await,
        bob.delete(&format!("{group}/users/{owner}")).await,
        bob.delete(&format!("{group}/roles/{wide}")).await,
        bob.delete(&group).await,
        bob.delete(&format!("/organization/users/{owner}/roles/{empty}")).await,
    ];
    for reply in refused {
        assert_eq!((reply.status, reply.cause()), (403, "admin_permission_missing"), "{}", reply.text());
    }
    let fair = bob.post(ROLES, json!({ "role_name": "mine", "permissions": ["api.users.write"] })).await;
    assert_eq!(fair.status, 200, "{}", fair.text());
    let kept = admin.get(&format!("{ROLES}/{wide}")).await.json();
    assert_eq!(kept["permissions"], json!(["api.projects.write"]), "nothing was changed");
}

#[tokio::test]
async fn predefined_roles_are_shown_first_and_cannot_be_changed() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let made = role(&admin, ROLES, "own", &[]).await;
    let own = "role_organization_owner";

    let (all, backwards) = (walk(&admin, ROLES, "").await, walk(&admin, ROLES, "&order=desc").await);
    let changed = admin.post(&format!("{ROLES}/{own}"), json!({ "role_name": "king" })).await;
    let deleted = admin.delete(&format!("{ROLES}/{own}")).await;
    let namesake = admin.post(ROLES, json!({ "role_name": "owner", "permissions": [] })).await;
    let of_projects = project(&admin, "web").await;
    let of_projects = walk(&admin, &format!("/projects/{of_projects}/roles"), "").await;

    assert_eq!(all, [own, "role_organization_reader", &made]);
    assert_eq!(backwards, [&made, "role_organization_reader", own]);
    assert_eq!(of_projects, ["role_project_owner", "role_project_member"]);
    for reply in [changed, deleted, namesake] {
        assert_eq!((reply.status, reply.cause()), (409, "admin_conflict"), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_permission_that_is_not_known_is_refused_with_the_one_that_was_likely_meant() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let web = project(&admin, "web").await;

    let unknown = admin.post(ROLES, json!({ "role_name": "x", "permissions": ["api.group.read"] })).await;
    let not_there = json!({ "role_name": "x", "permissions": ["api.invites.read"] });
    let not_there = admin.post(&format!("/projects/{web}/roles"), not_there).await;

    for reply in [&unknown, &not_there] {
        assert_eq!((reply.status, reply.cause()), (400, "param_out_of_range"), "{}", reply.text());
        assert_eq!(reply.error()["param"], "permissions");
    }
    assert!(unknown.text().contains("`api.groups.read`"), "{}", unknown.text());
}

#[tokio::test]
async fn nothing_of_another_organization_shows_or_can_be_named() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let (ann, eve) = (Person::of(&server, "ann@example.com", "reader"), Person::stranger(&server, "eve@example.com"));
    let made = role(&admin, ROLES, "makers", &["api.projects.write"]).await;
    let web = project(&admin, "web").await;
    let group = id(&admin.done("/organization/groups", json!({ "name": "team" })).await);
    let (hers, her_role) =
        (eve.done("/organization/groups", json!({ "name": "team" })).await, json!({ "role_id": made }));
    let hers = id(&hers);

    for path in [
        format!("{ROLES}/{made}"),
        format!("/projects/{web}/roles"),
        format!("/organization/groups/{group}"),
        format!("/organization/groups/{group}/users"),
        format!("/organization/groups/{group}/roles"),
        format!("/organization/users/{}/roles", ann.id),
        format!("/organization/projects/{web}/groups"),
    ] {
        let reply = eve.get(&path).await;
        assert_eq!((reply.status, reply.cause()), (404, "admin_object_not_found"), "{path}");
    }
    let assigned = eve.post(&format!("/organization/groups/{hers}/roles"), her_role).await;
    let added = eve.post(&format!("/organization/groups/{hers}/users"), json!({ "user_id": ann.id })).await;
    assert_eq!([assigned.status, added.status], [404, 404]);
    assert_eq!(walk(&eve, "/organization/groups", "").await, [hers]);
    assert_eq!(walk(&eve, ROLES, "").await, ["role_organization_owner", "role_organization_reader"]);
}

/// The ids of a list, one a page.
async fn walk(admin: &Admin<'_>, path: &str, order: &str) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("{path}?limit=1{order}{after}")).await.json();
        ids.extend(page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return ids,
        }
    }
}

async fn role(admin: &Admin<'_>, path: &str, name: &str, permissions: &[&str]) -> String {
    id(&admin.done(path, json!({ "role_name": name, "permissions": permissions })).await)
}

async fn project(admin: &Admin<'_>, name: &str) -> String {
    id(&admin.done("/organization/projects", json!({ "name": name })).await)
}

fn id(made: &Json) -> String {
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_page_of_nothing_says_that_it_leads_nowhere() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    admin.done("/organization/groups", json!({ "name": "ours" })).await;

    for list in ["groups", "roles"] {
        let page = admin.get(&format!("/organization/{list}?limit=0")).await.json();

        assert_eq!(
            (&page["data"], &page["has_more"], &page["next"]),
            (&json!([]), &json!(false), &Json::Null),
            "{list}"
        );
    }
}

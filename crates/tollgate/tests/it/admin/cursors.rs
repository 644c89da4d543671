//! Pages of lists whose objects are deleted meanwhile, by whoever reads them or by others.

use serde_json::{Value as Json, json};

use super::{Admin, Person};
use crate::server;

/// The ids on a page.
async fn ids(admin: &Admin<'_>, list: &str, after: &str) -> Vec<String> {
    let joint = if list.contains('?') { '&' } else { '?' };
    let reply = admin.get(&format!("{list}{joint}limit=100&after={after}")).await;
    assert_eq!(reply.status, 200, "{list}: {}", reply.text());
    let page = reply.json();
    let id = |one: &Json| one["id"].as_str().or(one["group_id"].as_str()).unwrap().to_owned();
    page["data"].as_array().unwrap().iter().map(id).collect()
}

/// Deletes the second of three, and looks at the page behind it.
async fn goes_on(admin: &Admin<'_>, list: &str, delete: &str, three: &[String]) {
    let gone = admin.delete(&format!("{delete}/{}", three[1])).await;
    assert_eq!(gone.status, 200, "{delete}: {}", gone.text());

    let behind = ids(admin, list, &three[1]).await;

    assert!(behind.contains(&three[2]), "{list} goes on: {behind:?}");
    assert!(!behind.contains(&three[0]) && !behind.contains(&three[1]), "{list} does not begin anew: {behind:?}");
}

/// Makes three, and gives their ids.
async fn three(admin: &Admin<'_>, path: &str, body: impl Fn(usize) -> Json) -> Vec<String> {
    let mut made = Vec::new();
    for number in 0..3 {
        made.push(admin.done(path, body(number)).await["id"].as_str().unwrap().to_owned());
    }
    made
}

#[tokio::test]
async fn a_page_begins_behind_an_object_that_has_been_deleted_meanwhile() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let project = admin.done("/organization/projects", json!({ "name": "web" })).await["id"].clone();
    let project = format!("/organization/projects/{}", project.as_str().unwrap());
    let people: Vec<String> =
        (0..3).map(|number| Person::of(&server, &format!("p{number}@example.com"), "reader").id).collect();
    let groups = three(&admin, "/organization/groups", |n| json!({ "name": format!("g{n}") })).await;
    let roles =
        three(&admin, "/organization/roles", |n| json!({ "role_name": format!("r{n}"), "permissions": [] })).await;
    let keys = three(&admin, "/organization/admin_api_keys", |n| json!({ "name": format!("k{n}") })).await;
    let accounts = three(&admin, &format!("{project}/service_accounts"), |n| json!({ "name": format!("s{n}") })).await;
    let invited = |n| json!({ "email": format!("i{n}@example.com"), "role": "reader", "projects": [] });
    let invites = three(&admin, "/organization/invites", invited).await;
    let (group, user) = (format!("/organization/groups/{}", groups[0]), format!("/organization/users/{}", people[0]));
    for number in 0..3 {
        admin.done(&format!("{group}/users"), json!({ "user_id": people[number] })).await;
        admin.done(&format!("{user}/roles"), json!({ "role_id": roles[number] })).await;
        admin.done(&format!("{project}/users"), json!({ "user_id": people[number], "role": "member" })).await;
        admin.done(&format!("{project}/groups"), json!({ "group_id": groups[number], "role": "member" })).await;
    }

    for (list, three) in [
        (format!("{group}/users?order=asc"), &people),
        (format!("{user}/roles"), &roles),
        (format!("{project}/users"), &people),
        (format!("{project}/groups"), &groups),
        (format!("{project}/service_accounts"), &accounts),
        ("/organization/admin_api_keys".to_owned(), &keys),
        ("/organization/invites".to_owned(), &invites),
        ("/organization/groups".to_owned(), &groups),
        ("/organization/roles".to_owned(), &roles),
        ("/organization/users".to_owned(), &people),
    ] {
        let delete = list.trim_end_matches("?order=asc").to_owned();
        goes_on(&admin, &list, &delete, three).await;
    }
    let named = "/organization/users?emails=p0@example.com,p2@example.com";
    assert_eq!(ids(&admin, named, &people[1]).await, people[2..], "of some alone too");
    let stranger = Person::stranger(&server, "eve@example.com");
    let unseen = stranger.get(&format!("/organization/groups?after={}", groups[1])).await;
    assert_eq!(unseen.status, 400, "what is gone elsewhere is unknown: {}", unseen.text());
}

#[tokio::test]
async fn what_is_made_after_the_newest_was_deleted_comes_behind_it() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let made = three(&admin, "/organization/groups", |n| json!({ "name": format!("g{n}") })).await;
    assert_eq!(admin.delete(&format!("/organization/groups/{}", made[2])).await.status, 200);

    let next = admin.done("/organization/groups", json!({ "name": "next" })).await;

    assert_eq!(ids(&admin, "/organization/groups", &made[2]).await, [next["id"].as_str().unwrap()]);
}

#[tokio::test]
async fn a_role_that_is_deleted_or_a_user_who_leaves_breaks_no_other_list() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let people: Vec<Person<'_>> =
        (0..3).map(|number| Person::of(&server, &format!("p{number}@example.com"), "reader")).collect();
    let roles =
        three(&admin, "/organization/roles", |n| json!({ "role_name": format!("r{n}"), "permissions": [] })).await;
    let group = admin.done("/organization/groups", json!({ "name": "all" })).await;
    let group = format!("/organization/groups/{}/users", group["id"].as_str().unwrap());
    let user = format!("/organization/users/{}/roles", people[0].id);
    for number in 0..3 {
        admin.done(&group, json!({ "user_id": people[number].id })).await;
        admin.done(&user, json!({ "role_id": roles[number] })).await;
    }
    assert_eq!(admin.delete(&format!("/organization/roles/{}", roles[1])).await.status, 200);
    assert_eq!(admin.delete(&format!("/organization/users/{}", people[1].id)).await.status, 200);

    assert_eq!(ids(&admin, &user, &roles[1]).await, roles[2..]);
    assert_eq!(ids(&admin, &format!("{group}?order=asc"), &people[1].id).await, [people[2].id.as_str()]);
    assert_eq!(ids(&admin, &group, &people[1].id).await, [people[0].id.as_str()], "the other way round");
}

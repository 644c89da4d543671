//! `/v1/organization/projects`.

use serde_json::json;

use super::Admin;
use crate::server;

#[tokio::test]
async fn a_project_is_made_found_renamed_and_archived_and_its_keys_with_it() {
    let server = server().start().await;
    let admin = Admin::first(&server);

    let made = admin.done("/organization/projects", json!({ "name": "web", "residency": "GLOBAL" })).await;
    let id = made["id"].as_str().unwrap();
    let path = format!("/organization/projects/{id}");
    assert_eq!(admin.get(&path).await.json(), made);
    assert_eq!((&made["status"], &made["residency"]), (&json!("active"), &json!("GLOBAL")));
    let renamed = admin.done(&path, json!({ "name": "shop" })).await;
    assert_eq!(renamed["name"], "shop");
    let key = server.key().project(id).create().await;
    assert_eq!(key.chat("sandbox", "hi").await.status, 200);

    let archived = admin.done(&format!("{path}/archive"), json!({})).await;
    let refused = key.chat("sandbox", "hi").await;

    assert_eq!((&archived["status"], archived["archived_at"].is_i64()), (&json!("archived"), true));
    assert_eq!((refused.status, refused.cause()), (401, "project_archived"), "on the next request");
    let listed = admin.get("/organization/projects").await.json();
    let all = admin.get("/organization/projects?include_archived=true").await.json();
    let names = |list: &serde_json::Value| -> Vec<String> {
        list["data"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((names(&listed), names(&all)), (vec!["default".into()], vec!["default".into(), "shop".into()]));
    for change in [path.clone(), format!("{path}/archive")] {
        let again = admin.post(&change, json!({})).await;
        assert_eq!((again.status, again.cause()), (409, "admin_conflict"), "{change}");
    }
}

#[tokio::test]
async fn a_list_is_paged_without_gap_or_repetition_while_it_grows() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    for number in 0..5 {
        admin.done("/organization/projects", json!({ "name": format!("p{number}") })).await;
    }

    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let page = admin.get(&format!("/organization/projects?limit=2{after}")).await.json();
        seen.extend(page["data"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()));
        assert_eq!(page["last_id"], page["data"].as_array().unwrap().last().unwrap()["id"]);
        if page["has_more"] == false {
            break;
        }
        if seen.len() == 2 {
            admin.done("/organization/projects", json!({ "name": "late" })).await;
        }
        after = format!("&after={}", page["last_id"].as_str().unwrap());
    }

    assert_eq!(seen, ["default", "p0", "p1", "p2", "p3", "p4", "late"]);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_its_cause() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let create = "/organization/projects";

    for (body, status, cause, param) in [
        (json!({}), 400, "param_missing", "name"),
        (json!({ "name": "   " }), 400, "param_out_of_range", "name"),
        (json!({ "name": "tab\tnew\n" }), 400, "param_out_of_range", "name"),
        (json!({ "name": "a\u{202e}b" }), 400, "param_out_of_range", "name"),
        (json!({ "name": 5 }), 400, "param_invalid_type", "name"),
        (json!({ "name": "" }), 400, "param_out_of_range", "name"),
        (json!({ "name": "x", "residency": "MOON" }), 400, "param_out_of_range", "residency"),
        (json!({ "name": "x", "residence": "GLOBAL" }), 400, "param_unknown", "residence"),
        (json!({ "name": "x", "external_key_id": "key_1" }), 400, "param_unsupported", "external_key_id"),
    ] {
        let reply = admin.post(create, body.clone()).await;
        assert_eq!((reply.status, reply.cause()), (status, cause), "{body}: {}", reply.text());
        assert_eq!(reply.error()["param"], param, "{body}");
    }
    let taken = admin.post(create, json!({ "name": "default" })).await;
    assert_eq!((taken.status, taken.cause()), (409, "admin_conflict"));
    let unknown = admin.get("/organization/projects/proj_abc").await;
    assert_eq!((unknown.status, unknown.cause()), (404, "admin_object_not_found"));
    let cursor = admin.get("/organization/projects?after=proj_abc").await;
    assert_eq!((cursor.status, cursor.error()["param"].as_str()), (400, Some("after")));
    assert_eq!(
        admin.get("/organization/projects").await.json()["data"].as_array().unwrap().len(),
        1,
        "nothing was made"
    );
}

#[tokio::test]
async fn an_archived_project_gives_its_name_free() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let first = admin.done("/organization/projects", json!({ "name": "web" })).await;
    let archive = format!("/organization/projects/{}/archive", first["id"].as_str().unwrap());
    admin.done(&archive, json!({})).await;

    let second = admin.done("/organization/projects", json!({ "name": "web" })).await;
    let third = admin.post("/organization/projects", json!({ "name": "web" })).await;
    let key = server.key().project("web").create().await;
    let shown = admin.get(&format!("/organization/projects/{}", first["id"].as_str().unwrap())).await.json();

    assert_ne!(first["id"], second["id"]);
    assert_eq!((third.status, third.cause()), (409, "admin_conflict"), "of those in use each has its own");
    assert_eq!(key.chat("sandbox", "hi").await.status, 200, "the name is that of the project in use");
    assert_eq!((&shown["name"], &shown["status"]), (&json!("web"), &json!("archived")));
}

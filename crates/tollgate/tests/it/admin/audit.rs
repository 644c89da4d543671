//! `/v1/organization/audit_logs`.

use serde_json::{Value as Json, json};

use super::{Admin, Person};
use crate::server;

const LOGS: &str = "/organization/audit_logs";

#[tokio::test]
async fn every_act_is_there_with_who_did_it_and_each_filter_finds_its_own() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ann = Person::of(&server, "ann@example.com", "owner");
    let web = admin.done("/organization/projects", json!({ "name": "web" })).await;
    let web = web["id"].as_str().unwrap();
    let role = json!({ "role_name": "makers", "permissions": ["api.groups.write"] });
    let role = ann.done(&format!("/projects/{web}/roles"), role).await;
    let role = role["id"].as_str().unwrap();
    let given = format!("/projects/{web}/users/{}/roles", ann.id);
    ann.done(&given, json!({ "role_id": role })).await;

    let all = events(&admin, "").await;
    assert_eq!(kinds(&all), ["role.assignment.created", "role.created", "project.created"]);
    assert_eq!(all[0]["actor"]["api_key"]["user"]["id"], ann.id.as_str());
    assert!(all[0]["actor"]["api_key"]["ip_address"].is_string());
    assert_eq!(all[0]["role.assignment.created"]["principal_id"], ann.id.as_str());
    assert_eq!(all[1]["role.created"]["permissions"], json!(["api.groups.write"]));
    assert_eq!(all[1]["project"], json!({ "id": web, "name": "web" }));
    let (by, at) = (&all[2]["actor"]["api_key"]["id"], all[0]["effective_at"].as_i64().unwrap());
    for (filter, expected) in [
        (format!("actor_ids[]={}", ann.id), 2),
        (format!("actor_ids[]={}&actor_ids[]={}", ann.id, by.as_str().unwrap()), 3),
        (format!("actor_ids={}", by.as_str().unwrap()), 1),
        ("actor_emails[]=Ann@example.com".to_owned(), 2),
        ("event_types[]=role.created&event_types[]=project.created".to_owned(), 2),
        (format!("event_types=role.created&actor_ids={}", ann.id), 1),
        (format!("event_types=project.created&actor_ids={}", ann.id), 0),
        (format!("project_ids[]={web}"), 3),
        (format!("resource_ids[]={role}"), 1),
        (format!("effective_at[gte]={}", at + 1), 0),
        (format!("effective_at[gt]={}", at - 60), 3),
        (format!("effective_at[gt]={at}"), 0),
        (format!("effective_at[lte]={at}"), 3),
        (format!("effective_at[lt]={}", at - 60), 0),
        ("tenant_only=true".to_owned(), 0),
    ] {
        assert_eq!(events(&admin, &filter).await.len(), expected, "{filter}");
    }
}

#[tokio::test]
async fn pages_go_both_ways_and_stay_while_events_are_added() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    for number in 0..5 {
        admin.done("/organization/groups", json!({ "name": format!("g{number}") })).await;
    }
    let all = events(&admin, "").await;

    let first = admin.get(&format!("{LOGS}?limit=2")).await.json();
    admin.done("/organization/groups", json!({ "name": "late" })).await;
    let second = admin.get(&format!("{LOGS}?limit=2&after={}", first["last_id"].as_str().unwrap())).await.json();
    let back = admin.get(&format!("{LOGS}?limit=1&before={}", second["first_id"].as_str().unwrap())).await.json();

    assert_eq!(first["data"], json!(all[..2]));
    assert_eq!((&second["data"], &second["has_more"]), (&json!(all[2..4]), &json!(true)));
    assert_eq!((&back["data"], &back["has_more"]), (&json!(all[1..2]), &json!(true)));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_another_organization_s_events_do_not_show() {
    let server = server().start().await;
    let (admin, eve) = (Admin::first(&server), Person::stranger(&server, "eve@example.com"));
    let made = admin.done("/organization/groups", json!({ "name": "ours" })).await;
    let ours = events(&admin, "").await;

    let unknown = admin.get(&format!("{LOGS}?event_types[]=group.create")).await;
    let both = admin.get(&format!("{LOGS}?after=a&before=b")).await;
    let id = ours[0]["id"].as_str().unwrap();
    let foreign = eve.get(&format!("{LOGS}?after={id}")).await;

    assert_eq!((unknown.status, unknown.cause()), (400, "param_out_of_range"));
    assert!(unknown.text().contains("group.created"), "{}", unknown.text());
    assert_eq!([both.status, foreign.status], [400, 400]);
    assert_eq!(events(&eve, &format!("resource_ids[]={}", made["id"].as_str().unwrap())).await.len(), 0);
}

async fn events(admin: &Admin<'_>, filter: &str) -> Vec<Json> {
    let page = admin.get(&format!("{LOGS}?{filter}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()["data"].as_array().unwrap().clone()
}

fn kinds(events: &[Json]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

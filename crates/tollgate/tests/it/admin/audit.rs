//! `/v1/organization/audit_logs`.

use serde_json::{Value as Json, json};
use tollgate_testing::Ask;

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

#[tokio::test]
async fn what_was_granted_is_told_in_full_and_what_was_not_changed_not_at_all() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let ada = Person::of(&server, "ada@example.com", "reader");
    let web = admin.done("/organization/projects", json!({ "name": "web" })).await;
    let web = web["id"].as_str().unwrap();
    let project = format!("/organization/projects/{web}");
    admin.done(&format!("{project}/users"), json!({ "user_id": ada.id, "role": "member" })).await;
    let rules = json!({ "name": "k", "user_id": ada.id, "expires_in_seconds": 60, "tier": 3, "models_allow": ["gpt-*"],
        "addresses": ["10.0.0.0/8"] });
    let key = admin.done(&format!("{project}/api_keys"), rules).await;
    let bot = admin.done(&format!("{project}/service_accounts"), json!({ "name": "bot" })).await;
    admin.delete(&format!("{project}/service_accounts/{}", bot["id"].as_str().unwrap())).await;
    let group = admin.done("/organization/groups", json!({ "name": "all" })).await;
    let path = format!("/organization/groups/{}", group["id"].as_str().unwrap());
    admin.done(&format!("{path}/roles"), json!({ "role_id": "role_organization_reader" })).await;
    admin
        .done(
            &format!("/projects/{web}/groups/{}/roles", group["id"].as_str().unwrap()),
            json!({ "role_id": "role_project_owner" }),
        )
        .await;
    admin.delete(&path).await;
    let user = format!("/organization/users/{}", ada.id);
    admin.done(&user, json!({ "developer_persona": "builder" })).await;
    admin.done(&user, json!({})).await;
    admin.done(&project, json!({ "name": "web" })).await;

    let of = |id: &Json| format!("resource_ids[]={}", id.as_str().unwrap());
    let made = events(&admin, &of(&key["id"])).await;
    let data = &made[0]["api_key.created"]["data"];
    assert_eq!((&data["owner"]["user"]["id"], &data["tier"]), (&json!(ada.id), &json!(3)), "{made:?}");
    assert_eq!((&data["expires_at"], &data["models_allow"]), (&key["expires_at"], &json!(["gpt-*"])));
    assert_eq!(data["addresses"], json!(["10.0.0.0/8"]));
    assert!(!made[0].to_string().contains(key["value"].as_str().unwrap()));
    assert_eq!(kinds(&events(&admin, &of(&bot["api_key"]["id"])).await), ["api_key.deleted", "api_key.created"]);
    let ended = events(&admin, &format!("{}&event_types=role.assignment.deleted", of(&group["id"]))).await;
    assert_eq!(ended.len(), 2, "each role that went with the group: {ended:?}");
    assert_eq!(
        events(&admin, &format!("{}&event_types=role.assignment.deleted&project_ids={web}", of(&group["id"])))
            .await
            .len(),
        1
    );
    let changed = events(&admin, "event_types=user.updated").await;
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!(changed[0]["user.updated"]["changes_requested"], json!({ "developer_persona": "builder" }));
    assert_eq!(events(&admin, "event_types=project.updated").await.len(), 0);
}

#[tokio::test]
async fn whoever_accepts_an_invite_is_told_of_in_each_project_that_he_joins() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let web = admin.done("/organization/projects", json!({ "name": "web" })).await;
    let asked =
        json!({ "email": "bob@example.com", "role": "reader", "projects": [{ "id": web["id"], "role": "owner" }] });
    let invite = admin.done("/organization/invites", asked.clone()).await;
    let body = json!({ "name": "Bob", "password": "correct horse battery staple" });

    let joined = server.ask(&Ask::post(invite["accept_path"].as_str().unwrap(), body.to_string())).await.json();

    let sent = events(&admin, "event_types=invite.sent").await;
    let there = events(&admin, &format!("event_types=user.added&project_ids={}", web["id"].as_str().unwrap())).await;
    assert_eq!(sent[0]["invite.sent"]["data"]["projects"], asked["projects"]);
    assert_eq!(there[0]["user.added"], json!({ "id": joined["user"]["id"], "data": { "role": "owner" } }), "{there:?}");
}

#[tokio::test]
async fn an_organization_is_not_told_who_operates_the_server() {
    let server = server().start().await;
    let operator = Admin::first(&server);
    let eve = Person::stranger(&server, "eve@example.com");
    let all = operator.get("/tollgate/organizations").await.json();
    let hers = all["data"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();

    operator.done(&format!("/tollgate/organizations/{hers}"), json!({ "name": "Evening" })).await;

    let told = eve.get(&format!("{LOGS}?event_types=organization.updated")).await.json()["data"].clone();
    let told = told.as_array().unwrap();
    let own = events(&operator, "event_types=organization.updated").await;
    assert_eq!((&told[0]["actor"], told.len()), (&Json::Null, 1), "{told:?}");
    assert_eq!(own[0]["actor"]["api_key"]["user"]["email"], "owner@localhost", "the operator's own log has it");
}

#[tokio::test]
async fn a_header_that_names_another_organization_is_refused() {
    let server = server().start().await;
    let (admin, eve) = (Admin::first(&server), Person::stranger(&server, "eve@example.com"));
    let all = admin.get("/tollgate/organizations").await.json();
    let id = |number: usize| all["data"][number]["id"].as_str().unwrap().to_owned();
    let ask = |organization: String| {
        Ask::post("/v1/organization/groups", json!({ "name": "x" }).to_string())
            .bearer(&eve.token)
            .header("openai-organization", &organization)
    };

    let other = server.ask(&ask(id(0))).await;
    let own = server.ask(&ask(id(1))).await;

    assert_eq!((other.status, other.cause()), (401, "org_mismatch"), "{}", other.text());
    assert_eq!(own.status, 200, "{}", own.text());
}

/// What somebody has done: without what the first start has.
async fn events(admin: &Admin<'_>, filter: &str) -> Vec<Json> {
    let page = admin.get(&format!("{LOGS}?{filter}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let all = page.json()["data"].as_array().unwrap().clone();
    all.into_iter().filter(|event| !event["actor"].is_null()).collect()
}

fn kinds(events: &[Json]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

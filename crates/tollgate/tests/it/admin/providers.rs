//! `/v1/tollgate/providers`, `/models` and `/deployments`: what the server serves with, and what it serves.

use serde_json::{Value as Json, json};

use super::Admin;
use crate::server;

async fn all(admin: &Admin<'_>, path: &str) -> Vec<Json> {
    let (mut found, mut after) = (Vec::<Json>::new(), String::new());
    loop {
        let page = admin.get(&format!("{path}?limit=2{after}")).await.json();
        found.extend(page["data"].as_array().unwrap().iter().cloned());
        if page["has_more"] == false {
            return found;
        }
        after = format!("&after={}", page["last_id"].as_str().unwrap());
    }
}

#[tokio::test]
async fn what_the_server_serves_is_listed_as_it_is_set_and_changes_with_the_settings() {
    let server = server()
        .provider("near", "http://127.0.0.1:9/v1", "region = \"eu\"")
        .config(
            "[models.old]\ntier = 2\ndeprecated_on = 2026-01-01\nshutdown_date = 2026-02-01\nsuccessor = \"sandbox\"\n\
             deployments = [{ provider = \"near\", model = \"a\" }, { provider = \"near\", model = \"b\", weight = 3, region = \"us\" }]",
        )
        .start()
        .await;
    let admin = Admin::first(&server);

    let models = all(&admin, "/tollgate/models").await;
    let deployments = all(&admin, "/tollgate/deployments").await;
    let providers = all(&admin, "/tollgate/providers").await;
    let nowhere = admin.get("/tollgate/deployments?after=nothing").await;

    let old = models.iter().find(|model| model["id"] == "old").unwrap();
    assert_eq!((&old["retired"], &old["successor"], &old["tier"]), (&json!(true), &json!("sandbox"), &json!(2)));
    assert_eq!((&old["shutdown_date"], &old["regions"]), (&json!("2026-02-01"), &json!(["eu", "us"])));
    let of_old: Vec<&Json> = deployments.iter().filter(|deployment| deployment["serves"] == "old").collect();
    assert_eq!(of_old.len(), 2, "{deployments:?}");
    assert_eq!(
        (&of_old[1]["id"], &of_old[1]["region"], &of_old[1]["weight"]),
        (&json!("old:1"), &json!("us"), &json!(3))
    );
    let near = providers.iter().find(|provider| provider["id"] == "near").unwrap();
    assert_eq!((&near["models"], &near["region"]), (&json!(["a", "b"]), &json!("eu")));
    assert_eq!((nowhere.status, nowhere.cause()), (400, "param_out_of_range"));
    let lesser =
        admin.done("/organization/admin_api_keys", json!({ "name": "reads", "scopes": ["api.projects.read"] })).await;
    let refused = Admin::with(&server, &lesser["value"]).get("/tollgate/models").await;
    assert_eq!((refused.status, refused.cause()), (403, "admin_permission_missing"));
}

#[tokio::test]
async fn a_look_at_a_provider_is_in_the_audit_log_for_it_may_spend() {
    let server = server().provider("near", "http://127.0.0.1:9/v1", "").start().await;
    let admin = Admin::first(&server);

    let looked = admin.post("/tollgate/providers/near/test", json!({ "spend": false })).await;
    let unknown = admin.post("/tollgate/providers/none/test", json!({})).await;
    let told = admin.get("/organization/audit_logs?event_types[]=tollgate.provider.tested").await.json();

    assert_eq!((looked.status, unknown.status), (200, 404), "{}", looked.text());
    let events = told["data"].as_array().unwrap();
    let expected = json!({ "id": "near", "data": { "name": "near", "spend": false } });
    assert_eq!((events.len(), &events[0]["tollgate.provider.tested"]), (1, &expected));
    assert_eq!(events[0]["actor"]["type"], "api_key");
}

//! `/v1/tollgate/incidents`: what has gone wrong with deployments.

use serde_json::{Value as Json, json};
use tollgate_testing::server::CREDENTIAL;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Upstream};

use super::Admin;
use crate::reload::{metric, rewrite};
use crate::server;

const PATH: &str = "/tollgate/incidents";

async fn list(admin: &Admin<'_>, query: &str) -> Vec<Json> {
    let reply = admin.get(&format!("{PATH}?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["data"].as_array().unwrap().clone()
}

async fn only(admin: &Admin<'_>) -> Json {
    let mut all = list(admin, "").await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn refused(code: &str, message: &str) -> String {
    json!({ "error": { "message": message, "type": "invalid_request_error", "param": null, "code": code } }).to_string()
}

#[tokio::test]
async fn an_incident_begins_when_a_breaker_opens_and_ends_when_the_provider_has_healed() {
    let first = Upstream::start().await;
    first.always(Answer::json(503, ""));
    let server = server()
        .config("[retry]\nattempts = 1")
        .config("[breaker]\nfailures = 2\nopen = \"1h\"\nopen_max = \"1h\"")
        .provider("first", &first.base_url(), "check = { interval = \"100ms\" }")
        .model("m", "first", "upstream-model")
        .start()
        .await;
    let (admin, key) = (Admin::first(&server), server.first_key());

    key.chat("m", "hi").await;
    let after_one = list(&admin, "").await;
    key.chat("m", "hi").await;
    key.chat("m", "hi").await;
    let begun = until("a failed check", || async {
        let incident = only(&admin).await;
        (incident["failed_checks"].as_u64() > Some(0)).then_some(incident)
    })
    .await;
    first.otherwise(|_| Answer::usual());
    until("an answer", || async { (key.chat("m", "hi").await.status == 200).then_some(()) }).await;
    let ended = only(&admin).await;

    assert_eq!(after_one, Vec::<Json>::new(), "one failure is none yet");
    assert_eq!(
        (&begun["deployment"], &begun["cause"]),
        (&json!("first/upstream-model"), &json!("service_unavailable"))
    );
    assert_eq!((&begun["failed_attempts"], &begun["turned_away"]), (&json!(2), &json!(1)), "{begun}");
    assert_eq!((&begun["ended_at"], &begun["ended_by"]), (&Json::Null, &Json::Null));
    assert_eq!(begun["evidence"], json!(["first/upstream-model answered 503"]));
    assert!(begun["docs"].as_str().unwrap().ends_with("/errors/service_unavailable"), "{begun}");
    assert!(!begun["remedy"].as_str().unwrap().is_empty());
    assert_eq!((&ended["id"], &ended["ended_by"]), (&begun["id"], &json!("answered")));
    assert!(ended["ended_at"].as_i64() >= ended["last_failure_at"].as_i64(), "{ended}");
    assert!(list(&admin, "open=true").await.is_empty());
    assert_eq!(list(&admin, "open=false").await.len(), 1);
    let path = format!("{PATH}/{}", ended["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.json(), ended);
}

#[tokio::test]
async fn one_refusal_of_our_credential_or_one_spent_account_is_enough_and_no_secret_is_shown() {
    let (refuses, spent) = (Upstream::start().await, Upstream::start().await);
    let said = format!("Incorrect API key provided: {CREDENTIAL}");
    refuses.always(Answer::json(401, refused("invalid_api_key", &said)));
    spent.always(Answer::json(429, refused("insufficient_quota", "You exceeded your current quota.")));
    let server = server()
        .provider("refuses", &refuses.base_url(), "")
        .provider("spent", &spent.base_url(), "")
        .model("a", "refuses", "a")
        .model("b", "spent", "b")
        .start()
        .await;
    let (admin, key) = (Admin::first(&server), server.first_key());

    key.chat("a", "hi").await;
    key.chat("b", "hi").await;
    let all = list(&admin, "open=true").await;
    let of_one = list(&admin, "provider=refuses").await;
    let page = admin.get(&format!("{PATH}?limit=1")).await.json();
    let next = list(&admin, &format!("limit=1&after={}", page["last_id"].as_str().unwrap())).await;

    let causes: Vec<&Json> = all.iter().map(|incident| &incident["cause"]).collect();
    assert_eq!(causes, ["upstream_quota_exhausted", "upstream_credential_rejected"], "the newest first");
    assert_eq!(of_one, all[1..]);
    assert_eq!((&page["has_more"], &page["data"][0], &next[0]), (&json!(true), &all[0], &all[1]));
    assert!(all[1]["words"].as_str().unwrap().contains("Incorrect API key"), "{}", all[1]);
    assert!(!format!("{all:?}").contains(CREDENTIAL), "{all:?}");
}

#[tokio::test]
async fn a_name_that_is_not_known_and_a_server_without_tls_are_incidents_at_once() {
    let plain = Upstream::start().await;
    let server = server()
        .config("[retry]\nattempts = 1")
        .provider("nowhere", "http://nowhere.invalid/v1", "")
        .provider("plain", &plain.base_url().replace("http:", "https:"), "")
        .model("a", "nowhere", "a")
        .model("b", "plain", "b")
        .start()
        .await;
    let (admin, key) = (Admin::first(&server), server.first_key());

    let reply = key.chat("a", "hi").await;
    key.chat("b", "hi").await;

    let [tls, dns] = &list(&admin, "").await[..] else { panic!("two incidents") };
    assert_eq!(
        (&dns["cause"], &dns["party"], &dns["failed_attempts"]),
        (&json!("dns_failure"), &json!("network"), &json!(1))
    );
    assert!(dns["words"].as_str().unwrap().contains("nowhere.invalid"), "{dns}");
    assert!(!reply.text().contains("nowhere.invalid"), "callers are not told: {}", reply.text());
    assert_eq!(tls["cause"], "tls_failure");
}

#[tokio::test]
async fn an_incident_outlasts_changed_settings_until_they_are_about_its_deployment() {
    let first = Upstream::start().await;
    first.always(Answer::json(401, refused("invalid_api_key", "Incorrect API key provided.")));
    let server = server()
        .variable("NEW_KEY", "another-credential-of-the-provider")
        .provider("first", &first.base_url(), "")
        .model("m", "first", "m")
        .start()
        .await;
    let (admin, key) = (Admin::first(&server), server.first_key());
    key.chat("m", "hi").await;
    let begun = only(&admin).await;

    rewrite(&server, |text| text + "[models.other]\ndeployments = [{ provider = \"first\", model = \"other\" }]\n");
    metric(&server, r#"tollgate_config_reload_total{result="applied"} 1"#).await;
    key.chat("m", "hi").await;
    let goes_on = only(&admin).await;
    rewrite(&server, |text| text.replace("PROVIDER_KEY", "NEW_KEY"));
    metric(&server, r#"tollgate_config_reload_total{result="applied"} 2"#).await;
    let ended = only(&admin).await;
    first.otherwise(|_| Answer::usual());
    let healed = key.chat("m", "hi").await;

    assert_eq!((&goes_on["id"], &goes_on["failed_attempts"]), (&begun["id"], &json!(2)));
    assert_eq!((&ended["id"], &ended["ended_by"]), (&begun["id"], &json!("settings")));
    assert_eq!((healed.status, only(&admin).await), (200, ended));
}

#[tokio::test]
async fn refused_requests_and_failures_that_callers_ask_the_sandbox_for_are_no_incidents() {
    let first = Upstream::start().await;
    let server = server()
        .config("[breaker]\nfailures = 1")
        .config("[retry]\nattempts = 1")
        .provider("first", &first.base_url(), "")
        .model("m", "first", "m")
        .start()
        .await;
    let (admin, key) = (Admin::first(&server), server.first_key());

    for status in [400, 422, 429] {
        first.answer(Answer::json(status, "{}"));
        key.chat("m", "hi").await;
    }
    for model in ["sandbox-error-service_unavailable", "sandbox-error-connection_reset", "sandbox-error-dns_failure"] {
        key.chat(model, "hi").await;
        let as_providers = key.chat_ask(model, "hi").bearer(&key.secret).header("x-sandbox-fault", "upstream");
        server.ask(&as_providers).await;
    }

    assert_eq!(list(&admin, "").await, Vec::<Json>::new());
}

#[tokio::test]
async fn incidents_are_for_the_operator() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let lesser =
        admin.done("/organization/admin_api_keys", json!({ "name": "x", "scopes": ["api.projects.read"] })).await;

    let refused = Admin::with(&server, &lesser["value"]).get(PATH).await;
    let unknown = admin.get(&format!("{PATH}/inc_none")).await;

    assert_eq!((refused.status, refused.cause()), (403, "admin_permission_missing"));
    assert_eq!((unknown.status, unknown.cause()), (404, "admin_object_not_found"));
}

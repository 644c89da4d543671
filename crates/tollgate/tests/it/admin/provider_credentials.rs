//! `/v1/tollgate/provider_credentials`: calls of an organization's keys are made on its own account, and nobody else's are.

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, TestServer, Upstream};

use super::{Admin, Person};
use crate::server;

const ALL: &str = "/tollgate/provider_credentials";
const OPENAI: &str = "/tollgate/provider_credentials/openai";
const OWN: &str = "sk-own-of-the-first-organization";

/// A server with a provider, and its first organization beside another, each with a key that serves.
struct Tenants<'s> {
    admin: Admin<'s>,
    key: Admin<'s>,
    other: Person<'s>,
    others_key: Admin<'s>,
}

impl<'s> Tenants<'s> {
    async fn of(server: &'s TestServer) -> Self {
        let admin = Admin::first(server);
        let key = a_key(server, &admin).await;
        let other = Person::stranger(server, "ada@example.com");
        let others_key = a_key(server, &other).await;
        Self { admin, key, other, others_key }
    }
}

async fn a_key<'s>(server: &'s TestServer, admin: &Admin<'s>) -> Admin<'s> {
    let project = admin.done("/organization/projects", json!({ "name": "web" })).await;
    let path = format!("/organization/projects/{}/service_accounts", project["id"].as_str().unwrap());
    let made = admin.done(&path, json!({ "name": "web" })).await;
    Admin::with(server, &made["api_key"]["value"])
}

fn sent(upstream: &Upstream) -> Vec<String> {
    upstream.received().iter().map(|one| one.header("authorization").unwrap_or_default()).collect()
}

fn on_the_servers(upstream: &Upstream) -> usize {
    sent(upstream).iter().filter(|one| !one.contains("own")).count()
}

#[tokio::test]
async fn the_next_call_of_the_organization_is_made_with_it_and_nobody_else_s_and_it_is_shown_to_nobody() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let Tenants { admin, key, other, others_key } = Tenants::of(&server).await;

    let made = admin.done(OPENAI, json!({ "value": format!(" {OWN}\n") })).await;
    let served = key.chat("gpt-4o-mini").await;
    others_key.chat("gpt-4o-mini").await;
    let changed = admin.done(OPENAI, json!({ "value": "sk-own-second" })).await;
    key.chat("gpt-4o-mini").await;
    upstream.answer(Answer::stream().event("[DONE]"));
    let stream = json!({ "model": "gpt-4o-mini", "stream": true, "messages": [{ "role": "user", "content": "hi" }] });
    key.post("/chat/completions", stream).await;
    let list = admin.get(ALL).await;
    let record = key.get(&format!("/tollgate/requests/{}", served.request_id())).await.json();
    assert_eq!((&record["deployment"], &record["own_account"]), (&json!("openai/gpt-4o-mini"), &json!(true)));
    let told = (key.get("/tollgate/key").await.json(), others_key.get("/tollgate/key").await.json());
    let (theirs, hidden) = (other.get(ALL).await.json(), other.delete(OPENAI).await);
    let gone = admin.delete(OPENAI).await;
    key.chat("gpt-4o-mini").await;

    let servers = sent(&upstream)[1].clone();
    let expected = [
        format!("Bearer {OWN}"),
        servers.clone(),
        "Bearer sk-own-second".into(),
        "Bearer sk-own-second".into(),
        servers,
    ];
    assert_eq!(sent(&upstream), expected);
    assert!(!expected[1].contains("own"), "{}", expected[1]);
    assert_eq!((&made["id"], &made["in_use"]), (&json!("openai"), &json!(true)), "{made}");
    assert_eq!((&changed["created_at"], list.json()["data"].as_array().map(Vec::len)), (&made["created_at"], Some(1)));
    assert_eq!((theirs["data"].clone(), hidden.status, gone.status), (json!([]), 404, 200));
    assert_eq!((&told.0["own_accounts"], &told.1["own_accounts"]), (&json!(["openai"]), &json!([])));
    let log = admin.get("/organization/audit_logs?limit=100").await.text();
    for kind in ["created", "updated", "deleted"] {
        assert!(log.contains(&format!("tollgate.provider_credential.{kind}")), "{log}");
    }
    assert!(!other.get("/organization/audit_logs?limit=100").await.text().contains("provider_credential"));
    for text in [&list.text(), &log, &server.log(), &made.to_string()] {
        assert!(!text.contains("sk-own"), "{text}");
    }
}

#[tokio::test]
async fn what_befalls_one_account_is_told_as_its_own_and_touches_nobody_else() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|asked| match asked.header("authorization").as_deref() {
        Some("Bearer sk-own-refused") => {
            let error = json!({ "error": { "message": "Incorrect API key provided: sk-own-refused.",
                "type": "invalid_request_error", "param": null, "code": "invalid_api_key" } });
            Answer::json(401, error.to_string())
        }
        Some("Bearer sk-own-spent") => {
            let error = json!({ "error": { "message": "You exceeded your current quota.",
                "type": "insufficient_quota", "param": null, "code": "insufficient_quota" } });
            Answer::json(429, error.to_string())
        }
        Some("Bearer sk-own-limited") => {
            let error = json!({ "error": { "message": "Rate limit reached for requests",
                "type": "requests", "param": null, "code": "rate_limit_exceeded" } });
            Answer::json(429, error.to_string()).header("retry-after", "20")
        }
        _ => Answer::usual(),
    });
    let server = server().upstream(&upstream).start().await;
    let Tenants { admin, key, others_key, .. } = Tenants::of(&server).await;
    let mut seen = Vec::new();
    for value in ["sk-own-refused", "sk-own-spent", "sk-own-limited"] {
        admin.done(OPENAI, json!({ "value": value })).await;
        let reply = key.chat("gpt-4o-mini").await;
        assert!(!reply.text().contains("sk-own"), "{}", reply.text());
        // However often one account fails, the other's calls go on.
        for _ in 0..6 {
            assert_eq!(key.chat("gpt-4o-mini").await.cause(), reply.cause(), "no breaker hides it");
            assert_eq!(others_key.chat("gpt-4o-mini").await.status, 200);
        }
        let diagnosis = &reply.error()["diagnosis"];
        seen.push((reply.status, reply.cause().to_owned(), diagnosis["party"].clone(), reply.text()));
    }

    let causes: Vec<(u16, &str, &Json)> =
        seen.iter().map(|(status, cause, party, _)| (*status, cause.as_str(), party)).collect();
    let (caller, provider) = (json!("caller"), json!("provider"));
    assert_eq!(
        causes,
        [
            (502, "own_credential_rejected", &caller),
            (429, "own_quota_exhausted", &caller),
            (429, "upstream_rate_limited", &provider)
        ]
    );
    for (.., message) in &seen {
        assert!(message.contains("our organization"), "{message}");
    }
    assert_eq!(admin.get("/tollgate/incidents").await.json()["data"], json!([]), "the deployment is in order");
    assert_eq!(on_the_servers(&upstream), 18, "no call of the first organization was made on the server's account");

    // A new credential is tried at once, whatever has befallen the one before.
    admin.done(OPENAI, json!({ "value": "sk-own-in-order" })).await;
    assert_eq!(key.chat("gpt-4o-mini").await.status, 200);
}

#[tokio::test]
async fn a_stored_response_is_asked_for_and_a_check_tells_of_the_organization_s_own_account() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let Tenants { admin, key, .. } = Tenants::of(&server).await;
    admin.done(OPENAI, json!({ "value": OWN })).await;
    let id = "resp_0123456789abcdef0123456789abcdef0123456789abcdef";
    let response = json!({ "id": id, "object": "response", "status": "completed", "model": "m", "output": [] });
    upstream.answer(Answer::json(200, response.to_string()));
    upstream.answer(Answer::json(200, response.to_string()));

    let made = key.post("/responses", json!({ "model": "gpt-4o-mini", "input": "hi" })).await;
    let again = key.get(&format!("/responses/{id}")).await;
    upstream.otherwise(|_| Answer::json(503, "{}"));
    for _ in 0..10 {
        key.chat("gpt-4o-mini").await;
    }
    let check = key.post("/tollgate/models/check", json!({ "model": "gpt-4o-mini" })).await;

    assert_eq!((made.status, again.status), (200, 200), "{}", again.text());
    assert_eq!(on_the_servers(&upstream), 0);
    assert!(check.text().contains("is left alone"), "the verdict is that of its own breaker: {}", check.text());
}

#[tokio::test]
async fn who_may_not_set_one_and_what_cannot_be_one_is_refused_by_name() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[providers.inside]\ndialect = \"sandbox\"\n").start().await;
    let admin = Admin::first(&server);
    let reader = Person::of(&server, "reader@example.com", "reader");

    let value = |value: &str| json!({ "value": value });
    let unknown = admin.post(&format!("{ALL}/opneai"), value(OWN)).await;
    let inside = admin.post(&format!("{ALL}/inside"), value(OWN)).await;
    let words = admin.post(OPENAI, value("two words")).await;
    let empty = admin.post(OPENAI, value(" ")).await;
    let reading = reader.post(OPENAI, value(OWN)).await;
    let serving = a_key(&server, &admin).await.post(OPENAI, value(OWN)).await;
    let absent = admin.get(OPENAI).await;
    admin.done(OPENAI, value(OWN)).await;

    assert_eq!([unknown.status, inside.status, words.status, empty.status, absent.status], [409, 409, 400, 400, 404]);
    assert!(unknown.text().contains("openai") && inside.text().contains("inside this server"), "{}", inside.text());
    assert_eq!((reading.status, serving.cause()), (403, "serving_key_on_admin"), "{}", serving.text());
    assert_eq!(reader.get(OPENAI).await.json()["id"], "openai");
    assert!(upstream.received().is_empty());
}

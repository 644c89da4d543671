//! `GET /v1/tollgate/requests/{id}`.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value as Json, json};
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Ask, TestServer, Upstream};

use crate::server;

fn path(id: &str) -> String {
    format!("/v1/tollgate/requests/{id}")
}

#[tokio::test]
async fn any_key_of_the_project_sees_what_became_of_a_request_at_once() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).model("fast", "openai", "gpt-4o-mini").start().await;
    let [key, narrow] = [server.key().create().await, server.key().scopes("api.embeddings.write").create().await];

    let reply = key.chat("fast", "hi").await;
    let own = key.get(&path(reply.request_id())).await;
    let other = narrow.get(&format!("/tollgate/requests/{}/", reply.request_id())).await;
    let told = server.cli_json(&["requests", "show", reply.request_id(), "--json"]).await;

    assert_eq!((own.status, own.header("content-type")), (200, Some("application/json")));
    let mut shown = told;
    assert_eq!(shown.as_object_mut().unwrap().remove("evidence"), Some(Json::Null));
    assert_eq!((own.json(), other.json()), (shown.clone(), shown.clone()));
    assert_eq!((&shown["key"], &shown["model"], &shown["status"]), (&json!(key.id), &json!("fast"), &json!(200)));
    assert_eq!(shown["answer_bytes"], reply.body.len());
    let head = server.ask(&Ask::new("HEAD", &path(reply.request_id())).bearer(&key.secret)).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test]
async fn evidence_that_is_for_operators_is_not_told_to_callers() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[retry]\nattempts = 1").start().await;
    let key = server.first_key();
    upstream.answer(Answer::json(401, r#"{"error":{"message":"the account of acme is closed"}}"#));

    let failed = key.chat("gpt-4o-mini", "hi").await;
    let shown = key.get(&path(failed.request_id())).await;
    let told = server.cli_json(&["requests", "show", failed.request_id(), "--json"]).await;

    assert!(told["evidence"].as_str().unwrap().contains("the account of acme is closed"), "{told}");
    assert_eq!((&shown.json()["cause"], shown.json().get("evidence")), (&json!("upstream_credential_rejected"), None));
    assert!(!shown.text().contains("acme"), "{}", shown.text());
}

#[tokio::test]
async fn an_id_that_is_none_or_not_there_is_told_apart() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let unknown = "req_01a1fba57fd23a2376004b8125cc10ff";

    let missing = key.get(&path(unknown)).await;
    let again = key.get(&path(missing.request_id())).await;
    let malformed = key.get(&path("chatcmpl-1")).await;
    let method = key.post(&path(unknown), "{}").await;
    let stranger = server.get(&path(unknown)).await;
    let bare = key.get("/v1/tollgate/requests").await;

    assert_eq!((missing.status, missing.cause()), (404, "request_not_found"));
    assert_snapshot!(
        missing.error()["message"].as_str().unwrap(),
        @"Request with id 'req_01a1fba57fd23a2376004b8125cc10ff' not found. It is another project's, has not ended yet, left no record, or is older than records are kept. Ask with a key of the project whose request it was, once its answer has ended."
    );
    assert_eq!((again.status, again.cause()), (404, "request_not_found"), "a look-up leaves no record");
    assert_eq!((malformed.status, malformed.cause()), (400, "request_id_invalid"));
    assert_snapshot!(
        malformed.error()["message"].as_str().unwrap(),
        @"Invalid request id. Expected an ID that begins with 'req_'. The id of a request, `req_` and 32 hexadecimal digits, belongs behind /v1/tollgate/requests/, and what came is not one. Use the header `x-request-id` of an answer of this gateway."
    );
    assert_eq!((method.status, method.header("allow")), (405, Some("GET")));
    assert_eq!((stranger.status, stranger.cause()), (401, "key_missing"));
    assert_eq!((bare.status, bare.cause()), (404, "endpoint_not_found"));
}

async fn until_found(server: &TestServer, id: &str) -> u16 {
    let key = server.first_key();
    let path = path(id);
    until("the record is found", || async { Some(key.get(&path).await.status).filter(|status| *status != 503) }).await
}

#[tokio::test]
async fn while_the_database_is_away_the_answer_is_to_ask_later_and_calls_go_on() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let before = key.chat("gpt-4o-mini", "hi").await;
    assert_eq!(until_found(&server, before.request_id()).await, 200);
    for name in ["records.db-wal", "records.db-shm"] {
        fs::remove_file(server.data_dir().join(name)).unwrap();
    }
    let file = server.data_dir().join("records.db");
    fs::rename(&file, server.data_dir().join("moved.db")).unwrap();
    fs::create_dir(&file).unwrap();

    let meanwhile = key.chat("gpt-4o-mini", "hi").await;
    let away = key.get(&path(meanwhile.request_id())).await;
    fs::remove_dir(&file).unwrap();

    assert_eq!((meanwhile.status, away.status, away.cause()), (200, 503, "records_unavailable"));
    let told = "The record of this request cannot be read at the moment. It is not known whether there is one: the \
        database of records is locked, or does not answer.";
    assert!(away.text().contains(told), "{}", away.text());
    assert_eq!((away.header("retry-after"), away.header("x-should-retry")), (Some("1"), Some("true")));
    assert_eq!(until_found(&server, meanwhile.request_id()).await, 200);
}

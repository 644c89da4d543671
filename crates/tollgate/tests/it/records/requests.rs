//! Records in the database: found by id as soon as the caller has its answer, with the server and without it.

use std::fs;

use serde_json::{Value as Json, json};
use tollgate_testing::server::Stopped;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Ask, Gate, TestServer, Upstream};

use crate::server;

async fn kill(server: TestServer) -> Stopped {
    let pid = rustix::process::Pid::from_raw(i32::try_from(server.process()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    server.ended().await
}

async fn logged(server: &TestServer, message: &str) -> String {
    until(message, || async { Some(server.log()).filter(|log| log.contains(message)) }).await
}

async fn show(server: &TestServer, id: &str) -> Json {
    server.cli_json(&["requests", "show", id, "--json"]).await
}

#[tokio::test]
async fn a_request_is_shown_once_its_caller_has_the_answer() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).model("fast", "openai", "gpt-4o-mini").start().await;
    let key = server.key().create().await;
    upstream.answer(Answer::usual().header("x-request-id", "req_providers"));

    let reply = key.chat("fast", "hi").await;
    let shown = show(&server, reply.request_id()).await;
    let text = server.cli(&["requests", "show", reply.request_id()]).await;

    assert_eq!((&shown["object"], &shown["id"]), (&json!("tollgate.request"), &json!(reply.request_id())));
    assert_eq!((&shown["key"], &shown["status"], &shown["outcome"]), (&json!(key.id), &json!(200), &json!("complete")));
    assert_eq!((&shown["model"], &shown["model_sent"]), (&json!("fast"), &json!("gpt-4o-mini")));
    assert_eq!(
        shown["usage"],
        json!({
            "source": "provider", "input": 9, "cached_input": 0, "cache_write": 0, "audio_input": 0, "output": 3,
            "reasoning": 0, "audio_output": 0,
        })
    );
    assert_eq!((&shown["upstream_request_id"], &shown["cause"]), (&json!("req_providers"), &Json::Null));
    assert_eq!(shown["answer_bytes"], reply.body.len());
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("Model             fast, sent as gpt-4o-mini, answered by gpt-4o-mini-2024-07-18"), "{text}");
}

#[tokio::test]
async fn records_outlive_the_server_and_its_death() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let first = key.chat("gpt-4o-mini", "hi").await;
    upstream.answer(Answer::json(500, "{}"));
    let failed = key.chat("no-such-model", "hi").await;
    let server = kill(server).await.start().await;

    let shown = show(&server, first.request_id()).await;
    let refused = show(&server, failed.request_id()).await;

    assert_eq!(shown["outcome"], "complete");
    assert_eq!((&refused["cause"], &refused["model"]), (&json!("model_not_found"), &json!("no-such-model")));
    assert!(refused["evidence"].is_string());
}

#[tokio::test]
async fn what_was_in_flight_when_the_server_died_is_shown_as_interrupted() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let gate = Gate::new();
    upstream.answer(Answer::stream().event(r#"{"model":"m-1","choices":[]}"#).wait(&gate));
    let ask = Ask::post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#);
    let mut connection = server.connect().await;
    let head = connection.begin(&ask.bearer(&key.secret)).await;
    let id = head.request_id().to_owned();
    let server = kill(server).await.start().await;

    let shown = show(&server, &id).await;
    let text = String::from_utf8(server.cli(&["requests", "show", &id]).await.stdout).unwrap();

    assert_eq!((&shown["outcome"], &shown["status"]), (&json!("interrupted"), &Json::Null));
    for name in ["attempts", "answer_bytes", "duration_us", "upstream_us"] {
        assert_eq!(shown[name], Json::Null, "{name} is not known");
    }
    assert!(text.contains("Attempts          not known\n") && text.contains("answered: not known\n"), "{text}");
    logged(&server, "they are booked as interrupted").await;
    assert_eq!((&shown["usage"]["source"], &shown["stream"]), (&json!("unknown"), &json!(true)));
    let cause = shown["cause"].as_str().unwrap();
    assert!(tollgate_errors::catalog::by_slug(cause).is_some(), "{cause}");
}

#[test]
fn causes_before_a_provider_is_reached_are_in_the_catalogue() {
    for slug in tollgate_store::records::NEVER_REACHED {
        assert!(tollgate_errors::catalog::by_slug(slug).is_some(), "{slug}");
    }
}

#[tokio::test]
async fn a_request_that_may_be_in_the_journal_alone_is_not_said_to_be_missing() {
    let upstream = Upstream::start().await;
    let first = server().upstream(&upstream).start().await;
    let secret = first.first_key().secret;
    let stopped = first.stop().await;
    let held = fs::File::open(stopped.data_dir().join("journal/ingest.lock")).unwrap();
    held.lock().unwrap();
    let server = stopped.start().await;

    let ask = Ask::post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","messages":[]}"#).bearer(&secret);
    let reply = server.ask(&ask).await;
    let shown = server.cli(&["requests", "show", reply.request_id()]).await;

    let said = String::from_utf8(shown.stderr).unwrap();
    assert_eq!(shown.status.code(), Some(1), "{said}");
    assert!(said.contains("are not in it yet: it may be there") && said.contains("try again"), "{said}");
}

#[tokio::test]
async fn a_database_that_disappears_is_missed_in_the_log() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    show(&server, key.chat("gpt-4o-mini", "hi").await.request_id()).await;

    for name in ["records.db", "records.db-wal", "records.db-shm"] {
        fs::remove_file(server.data_dir().join(name)).unwrap();
    }

    logged(&server, "records.db is gone; a new one was begun").await;
    assert_eq!(show(&server, key.chat("gpt-4o-mini", "hi").await.request_id()).await["outcome"], "complete");
}

#[tokio::test]
async fn a_request_that_is_not_there_is_told_with_code_1() {
    let server = server().start().await;

    let missing = server.cli(&["requests", "show", "req_01a1fba57fd23a2376004b8125cc10ff"]).await;
    let wrong = server.cli(&["requests", "show", "01a1fba57fd23a"]).await;

    assert_eq!((missing.status.code(), wrong.status.code()), (Some(1), Some(2)));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("there is no record of req_01a1fba57"));
}

#[tokio::test]
async fn a_database_that_is_away_changes_nothing_for_callers_and_gets_everything_later() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let before = key.chat("gpt-4o-mini", "hi").await;
    show(&server, before.request_id()).await;
    let file = server.data_dir().join("records.db");
    for name in ["records.db-wal", "records.db-shm"] {
        fs::remove_file(server.data_dir().join(name)).unwrap();
    }
    fs::rename(&file, server.data_dir().join("moved.db")).unwrap();
    fs::create_dir(&file).unwrap();

    let meanwhile = key.chat("gpt-4o-mini", "hi").await;
    let said = logged(&server, "records cannot be read into the database").await;
    let metrics = server.get("/metrics").await.text();
    let page = server.get("/readyz?verbose").await;
    fs::remove_dir(&file).unwrap();

    assert_eq!((meanwhile.status, said.matches("records cannot be read").count()), (200, 1));
    assert!(metrics.contains("tollgate_ingest_state{state=\"failing\"} 1"), "{metrics}");
    assert!(!metrics.contains("tollgate_ingest_lag_bytes 0\n"), "{metrics}");
    assert!(page.status == 200 && page.text().contains("[!] ingestion: failing"), "{}", page.text());
    logged(&server, "records are read into the database again").await;
    assert_eq!(show(&server, meanwhile.request_id()).await["outcome"], "complete");
}

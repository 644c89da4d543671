//! The journal of a running server: an admission and a settlement for every request of a known caller that reached a
//! provider, one entry for a refusal, none for a stranger.

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, Ask, Upstream};

use crate::server;

/// An entry without what differs from run to run, and without what every document begins with.
fn steady(entry: &Json) -> Json {
    const APART: [&str; 12] = [
        "object",
        "version",
        "request",
        "accepted_ms",
        "at_ms",
        "key",
        "project",
        "segment",
        "offset",
        "duration_us",
        "upstream_us",
        "first_byte_us",
    ];
    let mut entry = entry.clone();
    entry.as_object_mut().unwrap().retain(|name, _| !APART.contains(&name.as_str()));
    entry
}

#[tokio::test]
async fn an_answered_request_is_settled_before_its_caller_has_the_answer() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).model("fast", "openai", "gpt-4o-mini").start().await;
    let key = server.key().create().await;
    upstream.answer(Answer::usual().header("x-request-id", "req_providers"));

    let reply = key.chat("fast", "hi").await;
    let records = server.records(reply.request_id()).await;

    assert_eq!(records.len(), 2, "{records:?}");
    assert_eq!(records[0]["key"], key.id);
    let (admission, settlement) = (&records[0], &records[1]);
    assert_eq!(
        steady(admission),
        json!({
            "entry": "admission", "operation": "chat_completions", "stream": false, "request_bytes": 60,
            "model_asked": "fast", "model_sent": "gpt-4o-mini", "deployment": "openai/gpt-4o-mini",
        })
    );
    assert_eq!(
        steady(settlement),
        json!({
            "entry": "settlement", "status": 200, "outcome": "complete", "attempts": 1,
            "usage": { "input": 9, "cached_input": 0, "cache_write": 0, "audio_input": 0, "output": 3, "reasoning": 0, "audio_output": 0 },
            "answer_bytes": reply.body.len(), "cause": null, "model_answered": "gpt-4o-mini-2024-07-18", "deployment": null, "fallback": null,
            "upstream_request_id": "req_providers", "evidence": null, "failed_attempts": [], "estimated": false,
            "own_account": false,
            "identity": null,
        })
    );
    let time = |name: &str| settlement[name].as_u64().unwrap();
    assert!(time("duration_us") >= time("upstream_us") && time("upstream_us") > 0, "{settlement}");
}

#[tokio::test]
async fn a_stream_is_settled_before_its_last_event() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let chunk = r#"{"model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    upstream.answer(
        Answer::stream()
            .event(chunk)
            .event(r#"{"model":"m-1","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":5}}"#)
            .event("[DONE]"),
    );
    let ask = Ask::post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#).bearer(&key.secret);
    let mut connection = server.connect().await;

    let head = connection.begin(&ask).await;
    let mut text = Vec::new();
    while !text.ends_with(b"data: [DONE]\n\n") {
        text.extend_from_slice(&connection.piece().await.unwrap());
    }
    let records = server.records(head.request_id()).await;

    let settlement = &records[1];
    assert_eq!((&settlement["usage"]["output"], &settlement["model_answered"]), (&json!(5), &json!("m-1")));
    assert!(settlement["first_byte_us"].as_u64().unwrap() > 0);
    assert_eq!(settlement["answer_bytes"], text.len());
    assert_eq!(records[0]["stream"], true);
}

#[tokio::test]
async fn a_refusal_of_a_known_caller_is_one_entry() {
    let server = server().start().await;
    let key = server.key().create().await;
    let disabled = server.key().create().await;
    disabled.disable().await;
    disabled.until("key_disabled").await;

    let unknown_model = key.chat("no-such-model", "hi").await;
    let bad_body = key.post("/v1/chat/completions", "{").await;
    let switched_off = disabled.chat("sandbox", "hi").await;

    for (reply, id, status, cause, asked) in [
        (&unknown_model, &key.id, 404, "model_not_found", "no-such-model"),
        (&bad_body, &key.id, 400, "json_body_invalid", ""),
    ] {
        let records = server.records(reply.request_id()).await;
        assert_eq!(records.len(), 1, "{records:?}");
        let record = &records[0];
        assert_eq!(
            (&record["entry"], &record["status"], &record["cause"]),
            (&json!("settlement"), &json!(status), &json!(cause))
        );
        let identity = &record["identity"];
        let asked = if asked.is_empty() { Json::Null } else { json!(asked) };
        assert_eq!((&identity["key"], &identity["model_asked"]), (&json!(id), &asked));
        assert_eq!(record["attempts"], 0);
    }
    let records = server.records(switched_off.request_id()).await;
    assert_eq!(records.len(), 1, "a known key that may not be used is a known caller: {records:?}");
    assert_eq!((&records[0]["cause"], &records[0]["identity"]["key"]), (&json!("key_disabled"), &json!(disabled.id)));
}

#[tokio::test]
async fn strangers_are_counted_and_leave_no_entry_each() {
    let server = server().start().await;

    for _ in 0..50 {
        server.get("/v1/models").await;
    }
    server.ask(&Ask::get("/v1/models").bearer("sk-tg-wrong")).await;
    let while_running = server.journal().await;
    let journal = server.stop().await.journal().await;

    assert!(while_running.iter().all(|e| e["entry"] == "refusal_count"), "{while_running:?}");
    assert!(journal.iter().all(|e| e["entry"] == "refusal_count"), "{journal:?}");
    let count = |cause: &str| -> u64 {
        journal.iter().filter(|e| e["cause"] == cause).map(|e| e["count"].as_u64().unwrap()).sum()
    };
    assert_eq!((count("key_missing"), count("key_typo")), (50, 1), "{journal:?}");
    assert_eq!(journal[0]["prefix"], "127.0.0.0/24");
    assert!(journal.len() <= 4, "minutes and causes, not requests: {journal:?}");
}

#[tokio::test]
async fn a_killed_server_loses_no_answered_request() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(key.chat("gpt-4o-mini", "hi").await.request_id().to_owned());
    }

    let pid = rustix::process::Pid::from_raw(i32::try_from(server.process()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let stopped = server.ended().await;
    let journal = stopped.journal().await;
    let server = stopped.start().await;

    for id in &ids {
        let of = |kind: &str| journal.iter().filter(|e| e["request"] == *id && e["entry"] == kind).count();
        assert_eq!((of("admission"), of("settlement")), (1, 1), "{id}");
    }
    assert_eq!(server.get("/readyz").await.status, 200);
    for id in [&ids[0], &ids[19]] {
        assert_eq!(server.cli_json(&["requests", "show", id, "--json"]).await["outcome"], "complete");
    }
}

#[tokio::test]
async fn what_needs_no_provider_leaves_no_entry() {
    let server = server().start().await;
    let key = server.first_key();

    key.get("/v1/models").await;
    key.get("/v1/models/sandbox").await;
    server.get("/metrics").await;

    assert_eq!(server.journal().await, Vec::<Json>::new());
}

#[tokio::test]
async fn a_journal_that_waits_for_the_disk_keeps_the_same_entries() {
    let server = server().config("[journal]\nsync = \"strict\"").start().await;

    let reply = server.first_key().chat("sandbox", "hi").await;

    let records = server.records(reply.request_id()).await;
    assert_eq!(records.iter().map(|r| r["entry"].as_str().unwrap()).collect::<Vec<_>>(), ["admission", "settlement"]);
}

//! The log: what happened, in words and in fields.

use serde_json::Value as Json;

use crate::server;

#[tokio::test]
async fn a_line_of_json_has_the_facts_of_a_failure() {
    let server = server().config("[log]\nformat = \"json\"\nrequests = \"failures\"").start().await;
    let key = server.key().create().await;

    let answered = key.chat("sandbox", "hi").await;
    let refused = key.chat("sandbax", "hi").await;
    server.get("/v1/models").await;

    let log = server.log();
    let lines: Vec<Json> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |id: &str| lines.iter().find(|line| line["request.id"] == id);
    let line = of(refused.request_id()).unwrap_or_else(|| panic!("{log}"));
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["message"], "request failed");
    assert_eq!((&line["status"], &line["cause"]), (&404.into(), &"model_not_found".into()));
    assert_eq!((&line["key.id"], &line["model.name"]), (&key.id.as_str().into(), &"sandbax".into()));
    assert!(of(answered.request_id()).is_none(), "successes are not asked for: {log}");
    assert!(!log.contains("key_missing"), "a stranger is counted by the minute, not logged at once: {log}");
}

#[tokio::test]
async fn what_is_no_line_cannot_be_put_into_the_log() {
    let server = server().start().await;
    let key = server.first_key();

    key.post("/v1/chat/completions", "{\"model\":\"a\\n2026-01-01T00:00:00Z ERROR forged\"}").await;
    key.get("/v1/models/a%0A2026-01-01T00:00:00Z%20ERROR%20forged").await;

    let log = server.log();
    assert!(log.contains("forged"), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("2026-01-01T00:00:00Z")), "{log}");
}

//! Usage added up and requests listed, as they were a moment ago.

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, Upstream};

use crate::server;

fn row<'j>(usage: &'j Json, model: &Json) -> &'j Json {
    usage["rows"].as_array().unwrap().iter().find(|row| row["model"] == *model).unwrap_or_else(|| panic!("{usage}"))
}

#[tokio::test]
async fn usage_adds_up_what_was_just_asked() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).model("fast", "openai", "gpt-4o-mini").start().await;
    let [key, other] = [server.key().create().await, server.key().create().await];
    for _ in 0..3 {
        key.chat("fast", "hi").await;
    }
    other.chat("gpt-4o-mini", "hi").await;
    other.chat("no-such-model", "hi").await;

    let by_model = server.cli_json(&["usage", "--json"]).await;
    let by_key = server.cli_json(&["usage", "--by", "key,status", "--since", "1h", "--json"]).await;
    let of_key = server.cli_json(&["usage", "--by", "day", "--key", &key.id, "--json"]).await;
    let long_ago = server.cli_json(&["usage", "--to", "2026-01-01", "--json"]).await;
    let text = String::from_utf8(server.cli(&["usage"]).await.stdout).unwrap();

    let fast = row(&by_model, &json!("fast"));
    assert_eq!((&fast["requests"], &fast["input"], &fast["output"]), (&json!(3), &json!(27), &json!(9)));
    assert_eq!(row(&by_model, &Json::Null)["failed"], 1, "a model that does not exist has no row of its own");
    assert_eq!((&by_model["total"]["requests"], &by_model["unread_bytes"]), (&json!(5), &json!(0)));
    let rows = by_key["rows"].as_array().unwrap();
    let of_other: Vec<_> = rows.iter().filter(|row| row["key"] == other.id).collect();
    assert_eq!(of_other.iter().map(|row| row["status"].as_u64().unwrap()).collect::<Vec<_>>(), [200, 404]);
    assert_eq!(of_key["total"]["requests"], 3);
    assert_eq!(long_ago["rows"], json!([]));
    assert!(text.contains("fast") && text.lines().last().unwrap().starts_with("all"), "{text}");
}

#[tokio::test]
async fn requests_are_listed_newest_first_and_narrowed() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.key().create().await;
    // Commands in between, for the order within a millisecond is nobody's.
    let first = key.chat("gpt-4o-mini", "hi").await;
    let other = server.key().create().await;
    let second = other.chat("gpt-4o-mini", "hi").await;
    other.show().await;
    let third = key.chat("no-such-model", "hi").await;
    let list = async |arguments: &[&str]| -> Vec<String> {
        let listed = server.cli_json(&[&["requests", "list", "--json"], arguments].concat()).await;
        listed["data"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
    };
    let [first, second, third] = [&first, &second, &third].map(|reply| reply.request_id().to_owned());

    assert_eq!(list(&[]).await, [third.as_str(), &second, &first]);
    assert_eq!(list(&["--limit", "1"]).await, [third.as_str()]);
    assert_eq!(list(&["--key", &key.id]).await, [third.as_str(), &first]);
    assert_eq!(list(&["--status", "200"]).await, [second.as_str(), &first]);
    assert_eq!(list(&["--cause", "model_not_found"]).await, [third.as_str()]);
    assert_eq!(list(&["--outcome", "complete", "--key", &other.id]).await, [second.as_str()]);
    assert_eq!(list(&["--model", "no-such-model"]).await, [third.as_str()]);
    assert_eq!(list(&["--to", "2026-01-01"]).await, Vec::<String>::new());
    assert_eq!(list(&["--project", "default", "--key", &other.id[..8]]).await, [second.as_str()]);
    let text = String::from_utf8(server.cli(&["requests", "list", "--since", "1h"]).await.stdout).unwrap();
    assert!(text.lines().count() == 4 && text.contains(&other.id), "{text}");
}

#[tokio::test]
async fn a_stream_that_broke_off_is_a_failure_and_tokens_that_nobody_told_are_said_to_be_unknown() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    upstream.answer(Answer::stream().event(r#"{"model":"m-1","choices":[{"index":0,"delta":{"content":"a"}}]}"#).cut());
    key.post("/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#).await;
    upstream.answer(Answer::json(400, "{}"));
    let refused = key.chat("gpt-4o-mini", "hi").await;

    let usage = server.cli_json(&["usage", "--by", "outcome,cause", "--json"]).await;
    let table = server.cli(&["usage", "--by", "outcome"]).await;
    let refused = server.cli_json(&["requests", "show", refused.request_id(), "--json"]).await;

    let rows = usage["rows"].as_array().unwrap();
    let outcomes: Vec<_> = rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["failed", "interrupted"], "{usage}");
    assert_eq!(rows[1]["cause"], "stream_interrupted");
    let total = &usage["total"];
    assert_eq!((&total["requests"], &total["failed"], &total["abandoned"]), (&json!(2), &json!(2), &json!(0)));
    assert_eq!((&total["estimated"], &total["unknown"]), (&json!(1), &json!(1)));
    assert_eq!(refused["usage"]["source"], "unknown");
    let (text, notes) = (String::from_utf8(table.stdout).unwrap(), String::from_utf8(table.stderr).unwrap());
    assert!(text.contains('~') && text.contains("AVG TIME"), "{text}");
    assert!(notes.contains("~ tokens of 1 request are estimated") && notes.contains("not known"), "{notes}");
}

#[tokio::test]
async fn what_nobody_knows_is_refused_with_what_was_perhaps_meant() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    server.first_key().chat("gpt-4o-mini", "hi").await;
    let refused = async |arguments: &[&str]| {
        let ran = server.cli(arguments).await;
        let said = String::from_utf8(ran.stderr).unwrap();
        (ran.status.code(), said)
    };

    let project = refused(&["usage", "--project", "defualt"]).await;
    let key = refused(&["requests", "list", "--key", "key_000000000000"]).await;
    let cause = refused(&["requests", "list", "--cause", "model_not_fond"]).await;
    let span = refused(&["usage", "--from", "2026-02-01", "--to", "2026-01-01"]).await;
    let model = server.cli(&["usage", "--model", "gpt-5o"]).await;

    assert_eq!([project.0, key.0, cause.0, span.0], [Some(1), Some(1), Some(2), Some(2)]);
    let [project, key, cause, span] = [project.1, key.1, cause.1, span.1];
    assert!(project.contains("there is no project \"defualt\"") && project.contains("did you mean \"default\"?"));
    assert!(key.contains("there is no key \"key_000000000000\""), "{key}");
    assert!(cause.contains("did you mean \"model_not_found\"?"), "{cause}");
    assert!(span.contains("the time from 2026-02-01T00:00:00Z to 2026-01-01T00:00:00Z is none"), "{span}");
    let note = String::from_utf8(model.stderr).unwrap();
    assert!(model.status.success() && note.contains("there are no sums of a model \"gpt-5o\""), "{note}");
}

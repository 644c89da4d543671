//! Usage added up and requests listed, as they were a moment ago.

use serde_json::{Value as Json, json};
use tollgate_testing::Upstream;

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
        listed.as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
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
    assert_eq!(list(&["--project", "proj_none"]).await, Vec::<String>::new());
    let text = String::from_utf8(server.cli(&["requests", "list", "--since", "1h"]).await.stdout).unwrap();
    assert!(text.lines().count() == 4 && text.contains(&other.id), "{text}");
}

//! `/v1/organization/usage/*`.

use serde_json::{Value as Json, json};
use tollgate_testing::wait::until;
use tollgate_testing::{Ask, TestServer};

use super::{Admin, Person};
use crate::server;

const USAGE: &str = "/organization/usage";

/// Makes calls, and waits until the last of them is in the sums: then all are, for each thread's calls are read in order,
/// and the sums are read from where the records are.
async fn used(server: &TestServer, admin: &Admin<'_>) -> String {
    let key = server.key().create().await;
    // What is refused has used nothing, and is in no sum.
    assert_eq!(key.chat("no-such-model", "one").await.status, 404);
    let mut last = key.chat("sandbox", "one").await;
    for _ in 0..2 {
        last = key.chat("sandbox", "two").await;
    }
    assert_eq!(last.status, 200);
    let body = json!({ "model": "sandbox-embedding", "input": "three words here" });
    let embedded = key.post("/v1/embeddings", body.to_string()).await;
    assert_eq!(embedded.status, 200, "{}", embedded.text());
    for (kind, calls) in [("completions", 3), ("embeddings", 1)] {
        until("the sums of the calls", async || {
            let sums = results(admin, &format!("{kind}?start_time={}", since())).await;
            (sums.first()?["num_model_requests"] == json!(calls)).then_some(())
        })
        .await;
    }
    server.cli_json(&["keys", "list", "--json"]).await["data"][0]["id"].as_str().unwrap().to_owned()
}

fn since() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() - 60
}

/// The results of all buckets.
async fn results(admin: &Admin<'_>, path: &str) -> Vec<Json> {
    let reply = admin.get(&format!("{USAGE}/{path}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let buckets = reply.json()["data"].as_array().unwrap().clone();
    buckets.iter().flat_map(|bucket| bucket["results"].as_array().unwrap().clone()).collect()
}

#[tokio::test]
async fn usage_is_told_by_kind_and_group() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let key = used(&server, &admin).await;
    let since = since();

    let [chats] = &results(&admin, &format!("completions?start_time={since}&bucket_width=1d")).await[..] else {
        panic!("one result of one day")
    };
    let by_model =
        results(&admin, &format!("completions?start_time={since}&group_by=model,api_key_id&batch=false")).await;
    let embeddings = results(&admin, &format!("embeddings?start_time={since}&group_by[]=model")).await;
    let moderations = results(&admin, &format!("moderations?start_time={since}")).await;
    let batches = results(&admin, &format!("completions?start_time={since}&batch=true")).await;
    let others = results(&admin, &format!("completions?start_time={since}&models=sandbox-embedding")).await;

    assert_eq!((&chats["num_model_requests"], &chats["model"]), (&json!(3), &Json::Null));
    assert!(chats["input_tokens"].as_i64() > Some(0) && chats["output_tokens"].as_i64() > Some(0), "{chats}");
    assert_eq!(by_model.len(), 1, "{by_model:?}");
    assert_eq!((&by_model[0]["model"], &by_model[0]["api_key_id"]), (&json!("sandbox"), &json!(key)));
    assert_eq!(
        (&embeddings[0]["model"], &embeddings[0]["num_model_requests"]),
        (&json!("sandbox-embedding"), &json!(1))
    );
    assert!(moderations.is_empty() && batches.is_empty() && others.is_empty());
}

#[tokio::test]
async fn usage_comes_in_pages_of_buckets_and_says_what_it_cannot_do() {
    let server = server().start().await;
    let admin = Admin::first(&server);
    let start = since() / 3600 * 3600 - 50 * 3600;
    let hours = format!("{USAGE}/completions?bucket_width=1h&start_time={start}&end_time={}", start + 30 * 3600);

    let first = admin.get(&hours).await.json();
    let next = first["next_page"].as_str().unwrap();
    let second = admin.get(&format!("{hours}&page={next}")).await.json();

    assert_eq!((first["data"].as_array().unwrap().len(), &first["has_more"]), (24, &json!(true)));
    assert_eq!((second["data"].as_array().unwrap().len(), &second["has_more"]), (6, &json!(false)));
    assert_eq!(second["data"][0]["start_time"], json!(start + 24 * 3600));
    for (query, cause) in [
        ("completions", "param_missing"),
        ("completions?start_time=5&end_time=5", "param_out_of_range"),
        ("completions?start_time=5&limit=32", "param_out_of_range"),
        ("completions?start_time=5&group_by=color", "param_out_of_range"),
        ("completions?start_time=5&group_by=service_tier", "param_unsupported"),
        ("completions?start_time=5&page=page_x", "param_out_of_range"),
        ("images?start_time=5", "endpoint_not_found"),
    ] {
        let refused = admin.get(&format!("{USAGE}/{query}")).await;

        assert_eq!(refused.cause(), cause, "{query}: {}", refused.text());
    }
}

#[tokio::test]
async fn usage_wants_its_permission() {
    let server = server().start().await;
    let reader = Person::of(&server, "ada@example.com", "reader");
    let serving = server.key().create().await;
    let path = format!("{USAGE}/completions?start_time={}", since());

    let read = reader.admin.get(&path).await;
    let refused = serving.ask(Ask::get(&format!("/v1{path}"))).await;

    assert_eq!(read.status, 200, "{}", read.text());
    assert_eq!(refused.cause(), "serving_key_on_admin");
}

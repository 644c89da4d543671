//! More than the processor can do: what would wait too long is refused at once, and told when to come again.

use std::collections::BTreeMap;

use tollgate_testing::wait::until;
use tollgate_testing::{Ask, TestServer};

use crate::server;

/// How often which status, cause and `Retry-After` came.
type Answers = BTreeMap<(u16, String, Option<String>), usize>;

/// A request that takes the server's own processor a while: the sandbox makes many vectors.
fn vectors(key: &str, count: usize) -> Ask {
    let inputs = vec!["\"x\""; count].join(",");
    let body = format!(r#"{{"model":"text-embedding-3-large","input":[{inputs}]}}"#);
    Ask::post("/v1/embeddings", body).bearer(key)
}

/// Answers to many callers that each ask so many times.
async fn crowd(server: &TestServer, ask: Ask, callers: usize, times: usize) -> Answers {
    let address = server.address();
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let ask = ask.clone();
        crowd.spawn(async move {
            let mut connection = tollgate_testing::Connection::open(address).await;
            let mut seen = Vec::new();
            for _ in 0..times {
                let reply = connection.ask(&ask).await;
                seen.push((reply.status, reply.cause().to_owned(), reply.header("retry-after").map(str::to_owned)));
            }
            seen
        });
    }
    let mut answers = BTreeMap::new();
    for seen in crowd.join_all().await.into_iter().flatten() {
        *answers.entry(seen).or_default() += 1;
    }
    answers
}

#[tokio::test]
async fn what_would_wait_too_long_is_refused_and_the_rest_served() {
    let server = server().config("workers = 1").start().await;

    let answers = crowd(&server, vectors(&server.first_key().secret, 10), 60, 12).await;
    let live = server.get("/livez").await;
    let later = || async { (server.first_key().chat("sandbox", "hi").await.status == 200).then_some(()) };
    until("room again", later).await;

    let refused = (503, "gateway_overloaded".to_owned(), Some("1".to_owned()));
    let kinds: Vec<_> = answers.keys().cloned().collect();
    assert_eq!(kinds, [(200, String::new(), None), refused.clone()], "{answers:?}");
    assert!(answers[&refused] > 10, "{answers:?}");
    assert_eq!(live.status, 200);
    assert!(server.log().contains("a serving thread is overloaded"), "{}", server.log());
}

#[tokio::test]
async fn a_few_callers_are_never_refused() {
    let server = server().config("workers = 1").start().await;

    let answers = crowd(&server, vectors(&server.first_key().secret, 1), 4, 50).await;

    assert_eq!(answers.keys().map(|(status, ..)| *status).collect::<Vec<_>>(), [200], "{answers:?}");
}

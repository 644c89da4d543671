//! A journal that is full: nothing is served unmetered, and the answer says so.

use tollgate_testing::{Ask, Upstream};

use crate::server;

#[tokio::test]
async fn a_full_journal_turns_callers_away_until_there_is_room() {
    let upstream = Upstream::start().await;
    let server = server()
        .upstream(&upstream)
        .config("workers = 1")
        .config("[journal]\nsegment = \"64KiB\"\nbound = \"1MiB\"")
        .start()
        .await;
    let key = server.first_key();
    // A refusal is an entry too, and needs no provider.
    let long = Ask::get(&format!("/v1/models/{}", "x".repeat(190))).bearer(&key.secret);
    let mut connection = server.connect().await;

    let mut ready = 200;
    let mut full = None;
    for number in 0..10_000 {
        connection.ask(&long).await;
        if number % 100 == 0 {
            ready = connection.ask(&Ask::get("/readyz")).await.status;
            let reply = connection.ask(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret)).await;
            if reply.status != 200 {
                full = Some(reply);
                break;
            }
        }
    }
    let full = full.expect("a bound of 1 MiB is never reached");
    let seen = upstream.received().len();
    let again = connection.ask(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret)).await;

    assert_eq!((full.status, full.cause()), (503, "journal_full"), "{}", full.text());
    assert_eq!((full.header("x-should-retry"), full.header("retry-after")), (Some("true"), Some("30")));
    assert_eq!((again.status, upstream.received().len()), (503, seen), "nothing is served unmetered");
    assert_eq!((ready, server.get("/readyz").await.status), (503, 503));
    assert_eq!(server.get("/livez").await.status, 200);
    assert_eq!(connection.ask(&Ask::get("/v1/models").bearer(&key.secret)).await.status, 200);
    let verified = server.cli_json(&["journal", "verify", "--json"]).await;
    assert_eq!(verified["settled_twice"], 0, "{verified}");
    assert_eq!(verified["unsettled"], 0, "what was admitted could be settled: {verified}");
}

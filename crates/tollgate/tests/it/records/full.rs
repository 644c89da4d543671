//! A journal that is full: nothing is served unmetered, the answer says so, and room comes back by itself.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use tollgate_testing::wait::until;
use tollgate_testing::{Ask, Upstream};

use crate::server;

/// Keeps servers from reading the journal into their database, as another process on the directory does.
fn held_back(data_dir: &Path) -> File {
    let directory = data_dir.join("journal");
    DirBuilder::new().recursive(true).mode(0o700).create(&directory).unwrap();
    let lock = File::create(directory.join("ingest.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

#[tokio::test]
async fn a_full_journal_turns_callers_away_until_it_is_read() {
    let upstream = Upstream::start().await;
    let builder =
        server().upstream(&upstream).config("workers = 1").config("[journal]\nsegment = \"64KiB\"\nbound = \"1MiB\"");
    let lock = held_back(&builder.data_dir());
    let server = builder.start().await;
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

    drop(lock);
    until("room in the journal", || async { (server.get("/readyz").await.status == 200).then_some(()) }).await;
    assert_eq!(key.chat("gpt-4o-mini", "hi").await.status, 200);
}

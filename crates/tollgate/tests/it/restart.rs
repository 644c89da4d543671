//! Overlapping restarts: a new server takes the listening sockets of the old one, and nobody notices.

use tollgate_testing::server::Signal;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Ask, Gate, Upstream};

use crate::server;

#[tokio::test]
async fn a_new_server_takes_the_place_of_the_old_one() {
    let old = server().start().await;
    let key = old.first_key().secret;

    let new = old.again().start().await;
    let address = old.address();
    let old = old.ended().await;

    assert_eq!(new.address(), address, "the same port, though a free one was asked for");
    assert_eq!(old.status.code(), Some(0), "{}", old.log);
    assert!(old.log.contains(&format!("process {} serves from now on", new.process())), "{}", old.log);
    let models = new.ask(&Ask::get("/v1/models").bearer(&key)).await;
    assert_eq!(models.status, 200);
}

#[tokio::test]
async fn what_the_old_server_has_begun_it_ends() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream.answer(Answer::json(200, "{\"id\":\"begun\"}").held(&gate));
    let old = server().upstream(&upstream).start().await;
    let key = old.first_key();
    let secret = key.secret.clone();
    let ask = key.chat_ask("gpt-4o-mini", "hi").bearer(&secret);
    let mut busy = old.connect().await;
    busy.write(&ask.bytes("x")).await;
    upstream.request(0).await;

    let new = old.again().start().await;
    let meanwhile = new.ask(&ask).await;
    gate.open();
    let begun = busy.reply(false).await;
    let old = old.ended().await;

    assert_eq!((begun.status, begun.header("connection")), (200, Some("close")));
    assert!(begun.text().contains("begun"), "{}", begun.text());
    assert_eq!(meanwhile.status, 200);
    assert_eq!(old.status.code(), Some(0), "{}", old.log);
    for request in [begun.request_id(), meanwhile.request_id()] {
        let record = new.cli_json(&["requests", "show", request, "--json"]).await;
        assert_eq!(record["outcome"], "complete", "whichever process wrote it");
    }
}

#[tokio::test]
async fn a_kept_connection_is_served_and_told_to_close() {
    let old = server().start().await;
    let mut kept = old.connect().await;
    let before = kept.ask(&Ask::get("/version")).await;

    let _new = old.again().start().await;
    let after = kept.ask(&Ask::get("/readyz")).await;

    assert_eq!((before.status, before.header("connection")), (200, None));
    assert_eq!((after.status, after.header("connection")), (200, Some("close")), "a successor is ready");
    drop(kept);
    assert_eq!(old.ended().await.status.code(), Some(0));
}

#[tokio::test]
async fn an_http2_connection_is_told_to_go_away() {
    let old = server().start().await;
    let key = old.first_key().secret;
    let mut kept = old.connect_http2().await;
    kept.ask(&Ask::get("/v1/models").bearer(&key)).await;

    let _new = old.again().start().await;

    assert_eq!(old.ended().await.status.code(), Some(0), "the connection was ended, and the process with it");
}

#[tokio::test]
async fn a_start_that_fails_changes_nothing() {
    let old = server().start().await;

    let failed = old
        .again()
        .config("[providers.a]\nbase_url = \"http://127.0.0.1:9/v1\"\ncredential = { stored = \"a\" }\n")
        .refused()
        .await;
    let reply = old.get("/readyz").await;
    let new = old.again().start().await;
    let old = old.ended().await;

    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(!failed.status.success() && said.contains("no credential is stored as \"a\""), "{said}");
    assert_eq!((reply.status, reply.header("connection")), (200, None));
    assert_eq!(old.status.code(), Some(0), "a later start can take over all the same");
    assert_eq!(new.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_server_of_the_same_data_that_listens_elsewhere_runs_beside() {
    let first = server().start().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();

    let second = first.again().config(&format!("listen = \"{free}\"")).start().await;

    assert_ne!(first.address(), second.address());
    for server in [&first, &second] {
        assert_eq!(server.get("/readyz").await.status, 200);
    }
}

#[tokio::test]
async fn a_start_that_may_not_take_over_says_who_is_there() {
    let old = server().start().await;

    let failed = old.again().argument("--no-take-over").refused().await;

    let said = String::from_utf8(failed.stderr).unwrap();
    let wanted = format!("process {} serves this data directory", old.process());
    assert!(failed.status.code() == Some(1) && said.contains(&wanted), "{said}");
    assert_eq!(old.get("/readyz").await.status, 200);
    until("word of it", || async { old.log().contains("ended without taking over").then_some(()) }).await;
}

#[tokio::test]
async fn the_number_of_workers_may_change_each_time() {
    let builder = server();
    let mut server = builder.clone().config("workers = 3").start().await;

    for workers in [1, 4, 2] {
        let next = builder.clone().config(&format!("workers = {workers}")).start().await;
        assert_eq!(server.ended().await.status.code(), Some(0));
        server = next;
        for _ in 0..20 {
            assert_eq!(server.get("/readyz").await.status, 200, "with {workers} workers");
        }
    }
}

#[tokio::test]
async fn what_a_dead_server_left_does_not_keep_another_from_starting() {
    let server = server().start().await;
    server.signal(Signal::KILL);
    let stopped = server.ended().await;

    let again = stopped.start().await;

    assert_eq!(again.get("/readyz").await.status, 200);
    let sockets = std::fs::read_dir(again.data_dir()).unwrap();
    let sockets = sockets.filter(|f| f.as_ref().unwrap().file_name().to_string_lossy().ends_with(".sock")).count();
    assert_eq!(sockets, 1, "the one that was left over is gone");
}

#[tokio::test]
async fn the_socket_for_successors_is_for_nobody_else() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let server = server().start().await;

    let files = std::fs::read_dir(server.data_dir()).unwrap();
    let sockets: Vec<_> = files.map(|f| f.unwrap().metadata().unwrap()).filter(|m| m.file_type().is_socket()).collect();

    assert_eq!(sockets.len(), 1);
    assert_eq!(sockets[0].permissions().mode() & 0o777, 0o600);
}

//! Ceilings and timers of callers' connections.

use tollgate_testing::{Answer, Ask, Gate, Upstream};

use crate::{owned, server};

#[tokio::test]
async fn beyond_the_ceiling_a_request_is_turned_away_and_told_when_to_return() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream.answer(Answer::json(200, "{}").held(&gate));
    let server = server().upstream(&upstream).config("[limits]\nin_flight = 1").start().await;
    let key = server.first_key();
    let mut first = server.connect().await;

    first.write(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret).bytes("x")).await;
    upstream.request(0).await;
    let refused = key.chat("gpt-4o-mini", "hi").await;
    let alive = server.get("/livez").await;
    gate.open();
    let served = first.reply(false).await;
    let later = key.chat("gpt-4o-mini", "hi").await;

    assert_eq!((refused.status, refused.cause()), (503, "gateway_overloaded"), "{}", refused.text());
    assert_eq!((refused.header("retry-after"), refused.header("x-should-retry")), (Some("1"), Some("true")));
    assert_eq!((alive.status, served.status, later.status), (200, 200, 200));
}

#[tokio::test]
async fn connections_beyond_the_ceiling_are_turned_away_with_their_cause() {
    let server = server().config("[limits]\nconnections = 2").start().await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    assert_eq!(first.ask(&Ask::get("/livez")).await.status, 200);
    assert_eq!(second.ask(&Ask::get("/livez")).await.status, 200);

    let mut third = server.connect().await;
    let refused = third.reply(false).await;

    assert_eq!((refused.status, refused.cause()), (503, "gateway_overloaded"), "{}", refused.text());
    assert_eq!(refused.header("connection"), Some("close"));
    assert_eq!(first.ask(&Ask::get("/livez")).await.status, 200);
    drop(second);
    tollgate_testing::wait::until("room for another connection", || async {
        let answer = server.raw(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
        answer.ends_with(b"ok\n").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_slow_head_is_cut_and_told() {
    let server = server().config("[timeouts]\nhead = \"60ms\"").start().await;
    let mut connection = server.connect().await;

    connection.write(b"GET /livez HTTP/1.1\r\nhost:").await;
    let reply = connection.reply(false).await;

    assert_eq!((reply.status, reply.cause()), (408, "head_timeout"), "{}", reply.text());
    connection.finish().await;
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let server = server().config("[timeouts]\nhead = \"60ms\"\nkeep_alive = \"60ms\"").start().await;
    let (mut never_asked, mut asked) = (server.connect().await, server.connect().await);
    asked.ask(&Ask::get("/livez")).await;

    assert!(asked.is_closed().await);
    assert!(never_asked.is_closed().await);
}

#[tokio::test]
async fn a_caller_who_does_not_read_does_not_hold_a_request_for_ever() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[timeouts]\nbody_idle = \"100ms\"").start().await;
    let key = server.first_key();
    upstream.answer(Answer::chunked().piece(format!(r#"{{"choices":["{}"]}}"#, "x".repeat(64 << 20))));
    let mut connection = server.connect().await;

    connection.write(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret).bytes("x")).await;
    let settled = server.settlement_of_model("gpt-4o-mini").await;

    assert_eq!(settled["outcome"], "abandoned", "{settled}");
    upstream.hung_up().await;
}

#[tokio::test]
async fn another_machine_may_connect_only_where_the_file_says_so() {
    let refused = server().config("listen = \"0.0.0.0:0\"").refused().await;
    let by_variable =
        server().config("").variable("TOLLGATE_ALLOW_REMOTE", "true").config("listen = \"0.0.0.0:0\"").refused().await;
    let allowed = owned(server().config("listen = \"0.0.0.0:0\"\nallow_remote = true")).start().await;

    for output in [&refused, &by_variable] {
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
    assert_eq!(allowed.get("/livez").await.status, 200);
}

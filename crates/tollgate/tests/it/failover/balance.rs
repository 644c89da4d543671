use std::time::Duration;

use tollgate_testing::{Answer, Ask, Gate, TestServer, Upstream};

use crate::server;

/// Providers `a`, `b`, … and a model `m` with a deployment at each; `more` is added to each of them.
async fn with(upstreams: &[&Upstream], balance: &str, more: &[&str]) -> TestServer {
    let (mut builder, mut deployments) = (server(), Vec::new());
    for ((upstream, more), name) in upstreams.iter().zip(more).zip(["a", "b", "c", "d"]) {
        builder = builder.provider(name, &upstream.base_url(), "");
        deployments.push(format!("{{ provider = \"{name}\", model = \"m\"{more} }}"));
    }
    let deployments = deployments.join(", ");
    builder.config(&format!("[models.m]\nbalance = \"{balance}\"\ndeployments = [{deployments}]")).start().await
}

/// So many requests, one after another.
async fn requests(server: &TestServer, count: usize) {
    let key = server.first_key();
    let ask = key.chat_ask("m", "hi").bearer(&key.secret);
    let mut connection = server.connect().await;
    for _ in 0..count {
        let reply = connection.ask(&ask).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
}

#[tokio::test]
async fn weights_divide_the_requests() {
    let [a, b, c, d] =
        [Upstream::start().await, Upstream::start().await, Upstream::start().await, Upstream::start().await];
    let server =
        with(&[&a, &b, &c, &d], "weighted", &[", weight = 60", ", weight = 30", ", weight = 10", ", weight = 0"]).await;

    requests(&server, 1000).await;

    let seen = [&a, &b, &c].map(|upstream| upstream.received().len());
    // Five standard deviations of a lot drawn a thousand times: missed once in a million runs.
    for (seen, weight) in seen.into_iter().zip([0.6, 0.3, 0.1]) {
        let (mean, deviation) = (1000.0 * weight, (1000.0_f64 * weight * (1.0 - weight)).sqrt());
        assert!((seen as f64 - mean).abs() <= 5.0 * deviation, "{seen} of weight {weight}");
    }
    assert_eq!(d.received().len(), 0, "one of weight 0 stands in, and no other was missing");
}

#[tokio::test]
async fn a_deployment_of_weight_0_stands_in() {
    let (a, spare) = (Upstream::start().await, Upstream::start().await);
    a.always(Answer::json(503, ""));
    let server = with(&[&a, &spare], "weighted", &["", ", weight = 0"]).await;

    requests(&server, 3).await;

    assert_eq!(spare.received().len(), 3);
}

#[tokio::test]
async fn the_order_of_the_file_is_kept_unless_told_otherwise() {
    let (a, b) = (Upstream::start().await, Upstream::start().await);
    let server = with(&[&a, &b], "ordered", &["", ""]).await;

    requests(&server, 20).await;

    assert_eq!((a.received().len(), b.received().len()), (20, 0));
}

#[tokio::test]
async fn the_least_busy_deployment_per_weight_is_asked() {
    let (a, b) = (Upstream::start().await, Upstream::start().await);
    let (end, server) = (Gate::new(), with(&[&a, &b], "least_busy", &[", weight = 2", ""]).await);
    for upstream in [&a, &b] {
        upstream.always(Answer::usual().held(&end));
    }
    let key = server.first_key();
    let ask = key.chat_ask("m", "hi").bearer(&key.secret);
    let mut waiting = Vec::new();

    // Each is under way before the next is sent.
    for number in 0..9 {
        let mut connection = server.connect().await;
        connection.write(&ask.bytes("x")).await;
        waiting.push(connection);
        tollgate_testing::wait::until("a request at one of them", || async {
            (a.received().len() + b.received().len() > number).then_some(())
        })
        .await;
    }
    end.open();

    assert_eq!((a.received().len(), b.received().len()), (6, 3));
    for mut connection in waiting {
        assert_eq!(connection.reply(false).await.status, 200);
    }
}

#[tokio::test]
async fn equally_idle_deployments_share_what_comes_one_by_one() {
    let (a, b) = (Upstream::start().await, Upstream::start().await);
    let server = with(&[&a, &b], "least_busy", &["", ""]).await;

    requests(&server, 60).await;

    let seen = a.received().len();
    assert!((10..=50).contains(&seen), "{seen} of 60 at the first");
}

#[tokio::test]
async fn the_one_that_answers_soonest_gets_the_most() {
    let (slow, fast) = (Upstream::start().await, Upstream::start().await);
    slow.always(Answer::usual().late(Duration::from_millis(200)));
    let server = with(&[&slow, &fast], "latency", &["", ""]).await;

    requests(&server, 40).await;

    assert_eq!((slow.received().len(), fast.received().len()), (1, 39), "one request to learn the time of each");
}

#[tokio::test]
async fn what_waits_at_the_fastest_makes_another_the_soonest() {
    let (slow, fast) = (Upstream::start().await, Upstream::start().await);
    slow.always(Answer::usual().late(Duration::from_millis(60)));
    fast.always(Answer::usual().late(Duration::from_millis(20)));
    let server = with(&[&slow, &fast], "latency", &["", ""]).await;
    requests(&server, 4).await;
    let end = Gate::new();
    for upstream in [&slow, &fast] {
        upstream.always(Answer::usual().held(&end));
    }
    let key = server.first_key();
    let ask: Ask = key.chat_ask("m", "hi").bearer(&key.secret);
    let before = slow.received().len();
    let mut waiting = Vec::new();

    for number in 4..20 {
        let mut connection = server.connect().await;
        connection.write(&ask.bytes("x")).await;
        waiting.push(connection);
        tollgate_testing::wait::until("a request at one of them", || async {
            (slow.received().len() + fast.received().len() > number).then_some(())
        })
        .await;
    }
    end.open();

    let share = slow.received().len() - before;
    assert!((2..=8).contains(&share), "{share} of 16 at the slower one");
}

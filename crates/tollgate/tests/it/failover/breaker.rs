use std::time::{Duration, Instant};

use serde_json::json;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Gate, TestServer, Upstream};

use crate::server;

/// Model `m` at `first` and `second`; nothing is repeated at the same deployment.
async fn with(first: &Upstream, second: &Upstream, breaker: &str) -> TestServer {
    server()
        .config(&format!("[breaker]\n{breaker}"))
        .provider("first", &first.base_url(), "")
        .provider("second", &second.base_url(), "")
        .config("[models.m]\ndeployments = [{ provider = \"first\", model = \"m\" }, { provider = \"second\", model = \"m\" }]")
        .config("[models.alone]\ndeployments = [{ provider = \"first\", model = \"m\" }]")
        .start()
        .await
}

async fn state(server: &TestServer) -> String {
    let text = server.get("/metrics").await.text();
    let line = text.lines().find_map(|l| l.strip_prefix("tollgate_breaker_state{deployment=\"first/m\"} "));
    line.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[tokio::test]
async fn a_deployment_that_fails_again_and_again_is_left_alone() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    first.always(Answer::json(503, ""));
    let server = with(&first, &second, "failures = 3\nopen = \"1h\"\nopen_max = \"1h\"").await;
    let key = server.first_key();
    assert_eq!(state(&server).await, "0");

    for _ in 0..10 {
        assert_eq!(key.chat("m", "hi").await.header("x-tollgate-provider"), Some("second"));
    }

    assert_eq!((first.received().len(), second.received().len()), (3, 10));
    assert_eq!(state(&server).await, "2");
    assert!(server.log().contains("first/m"), "the operator is told: {}", server.log());
}

#[tokio::test]
async fn what_two_models_share_is_left_alone_by_both() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    first.always(Answer::json(503, ""));
    let server = with(&first, &second, "failures = 3\nopen = \"1h\"\nopen_max = \"1h\"").await;
    let key = server.first_key();
    for _ in 0..3 {
        key.chat("m", "hi").await;
    }

    let reply = key.chat("alone", "hi").await;

    assert_eq!((reply.status, reply.cause()), (503, "circuit_open"), "{}", reply.text());
    assert_eq!(reply.header("x-should-retry"), Some("false"), "an hour is no wait for an SDK");
    assert_eq!(first.received().len(), 3);
    let record = &server.records(reply.request_id()).await[0];
    assert_eq!((&record["cause"], &record["attempts"]), (&"circuit_open".into(), &0.into()), "{record}");
    let asked = key.chat_ask("alone", "hi").bytes("x").len();
    let sent = record["identity"]["request_bytes"].as_u64().unwrap();
    assert!(sent > 20 && sent < asked as u64, "{record}");
    let metrics = server.get("/metrics").await.text();
    assert!(metrics.contains("model=\"alone\",provider=\"\",status=\"503\",error=\"circuit_open\"} 1"), "{metrics}");
}

#[tokio::test]
async fn nobody_waits_for_a_breaker_to_be_half_open() {
    let first = Upstream::start().await;
    first.always(Answer::json(503, ""));
    let server = server()
        .config("[retry]\nattempts = 9\npause = \"1ms\"\npause_max = \"1ms\"")
        .config("[breaker]\nfailures = 3\nopen = \"5s\"\nopen_max = \"5s\"")
        .provider("first", &first.base_url(), "")
        .model("m", "first", "m")
        .start()
        .await;
    let began = Instant::now();

    let opening = server.first_key().chat("m", "hi").await;
    let after = server.first_key().chat("m", "hi").await;

    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!((opening.status, opening.cause()), (503, "service_unavailable"), "{}", opening.text());
    assert_eq!(opening.header("x-tollgate-attempts"), Some("3"));
    assert_eq!((after.status, after.cause()), (503, "circuit_open"), "{}", after.text());
    for reply in [opening, after] {
        assert_eq!(reply.header("retry-after"), Some("5"), "as long as it is left alone: {}", reply.text());
    }
    assert_eq!(first.received().len(), 3);
}

#[tokio::test]
async fn a_probe_that_fails_ends_its_request_where_there_is_no_other() {
    let first = Upstream::start().await;
    first.always(Answer::json(500, ""));
    let server = server()
        .config("[retry]\npause = \"1ms\"\npause_max = \"1ms\"")
        .config("[breaker]\nfailures = 1\nopen = \"30ms\"\nopen_max = \"1h\"")
        .provider("first", &first.base_url(), "")
        .model("m", "first", "m")
        .start()
        .await;
    let key = server.first_key();
    key.chat("m", "hi").await;

    let probe = until("a probe", || async {
        let reply = key.chat("m", "hi").await;
        (reply.cause() != "circuit_open").then_some(reply)
    })
    .await;

    assert_eq!((probe.status, probe.cause()), (500, "server_error"), "{}", probe.text());
    let record = &server.records(probe.request_id()).await[1];
    assert_eq!((&record["attempts"], &record["failed_attempts"]), (&json!(1), &json!([])), "{record}");
}

#[tokio::test]
async fn refusals_of_requests_and_rate_limits_do_not_open_it() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = with(&first, &second, "failures = 2\nopen = \"1h\"\nopen_max = \"1h\"").await;
    for answer in [Answer::json(400, "{}"), Answer::json(422, "{}"), Answer::json(413, "{}"), Answer::json(429, "{}")] {
        first.always(answer);
        for _ in 0..4 {
            server.first_key().chat("m", "hi").await;
        }
    }

    assert_eq!(state(&server).await, "0");
}

#[tokio::test]
async fn a_wrong_model_name_or_credential_opens_it() {
    for answer in [Answer::json(401, "{}"), Answer::json(404, r#"{"error":{"code":"model_not_found","message":"m"}}"#)]
    {
        let (first, second) = (Upstream::start().await, Upstream::start().await);
        first.always(answer);
        let server = with(&first, &second, "failures = 2\nopen = \"1h\"\nopen_max = \"1h\"").await;

        for _ in 0..6 {
            assert_eq!(server.first_key().chat("m", "hi").await.status, 200);
        }

        assert_eq!(first.received().len(), 2);
    }
}

#[tokio::test]
async fn one_request_at_a_time_finds_out_whether_it_works_again() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    first.always(Answer::json(503, ""));
    let server = with(&first, &second, "failures = 2\nopen = \"50ms\"\nopen_max = \"50ms\"").await;
    let key = server.first_key();
    for _ in 0..2 {
        key.chat("m", "hi").await;
    }
    let gate = Gate::new();
    first.always(Answer::usual().held(&gate));

    // Of all that come while the probe is under way, none follows it.
    let ask = key.chat_ask("m", "hi").bearer(&key.secret);
    let mut probe = until("a probe", || async {
        let mut connection = server.connect().await;
        connection.write(&ask.bytes("x")).await;
        let elsewhere = tokio::time::timeout(Duration::from_millis(100), connection.head()).await;
        elsewhere.is_err().then_some(connection)
    })
    .await;
    for _ in 0..10 {
        assert_eq!(key.chat("m", "hi").await.header("x-tollgate-provider"), Some("second"));
    }
    assert_eq!(first.received().len(), 3);
    gate.open();
    let probed = probe.reply(false).await;

    assert_eq!((probed.status, probed.header("x-tollgate-provider")), (200, Some("first")));
    assert_eq!(key.chat("m", "hi").await.header("x-tollgate-provider"), Some("first"));
    assert_eq!(state(&server).await, "0");
}

#[tokio::test]
async fn a_probe_that_fails_costs_its_caller_nothing() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    first.always(Answer::json(503, ""));
    let server = with(&first, &second, "failures = 2\nopen = \"20ms\"\nopen_max = \"20ms\"").await;

    until("some probes", || async {
        let reply = server.first_key().chat("m", "hi").await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        (first.received().len() >= 6).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_provider_is_checked_while_it_is_left_alone_where_that_is_set() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    first.always(Answer::json(503, ""));
    let server = server()
        .config("[breaker]\nfailures = 2\nopen = \"1h\"\nopen_max = \"1h\"")
        .provider("first", &first.base_url(), "check = { interval = \"100ms\" }")
        .provider("second", &second.base_url(), "")
        .config("[models.m]\ndeployments = [{ provider = \"first\", model = \"m\" }, { provider = \"second\", model = \"m\" }]")
        .start()
        .await;
    let key = server.first_key();
    for _ in 0..2 {
        key.chat("m", "hi").await;
    }
    let checks = || first.received().into_iter().filter(|r| r.line() == "GET /v1/models HTTP/1.1").collect::<Vec<_>>();

    until("checks of a provider that is down", || async { (checks().len() >= 2).then_some(()) }).await;
    assert_eq!(state(&server).await, "2");
    first.otherwise(|r| if r.line().starts_with("GET") { Answer::json(200, "{}") } else { Answer::usual() });
    until("the breaker being half open", || async { (state(&server).await == "1").then_some(()) }).await;
    let back = key.chat("m", "hi").await;
    let checked = checks();

    assert_eq!(back.header("x-tollgate-provider"), Some("first"), "{}", back.text());
    let bearer = format!("Bearer {}", tollgate_testing::server::CREDENTIAL);
    assert!(checked.iter().all(|r| r.body.is_empty() && r.header("authorization").as_deref() == Some(&bearer)));
    assert!(!second.received().iter().any(|r| r.line().starts_with("GET")));
}

#[tokio::test]
async fn nothing_is_checked_unless_it_is_set_and_needed() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = server()
        .provider("first", &first.base_url(), "check = { interval = \"100ms\" }")
        .provider("second", &second.base_url(), "")
        .config("[models.m]\ndeployments = [{ provider = \"first\", model = \"m\" }, { provider = \"second\", model = \"m\" }]")
        .start()
        .await;
    first.always(Answer::usual().late(Duration::from_millis(500)));

    server.first_key().chat("m", "hi").await;

    assert_eq!((first.received().len(), second.received().len()), (1, 0), "no breaker is open");
}

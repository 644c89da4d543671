use std::time::Instant;

use tollgate_testing::{Answer, TestServer, Upstream};

use crate::server;

/// What a server may repeat in ten seconds beside the share of what comes.
const ALWAYS: usize = 100;

/// So many requests by forty callers at once; none succeeds. Returns how many were taken on: a server that is too busy turns
/// some away before anything is asked of a provider.
async fn fail(server: &TestServer, count: usize) -> usize {
    let key = server.first_key();
    let ask = key.chat_ask("m", "hi").bearer(&key.secret);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (mut connection, ask) = (server.connect().await, ask.clone());
        callers.spawn(async move {
            let mut taken_on = 0;
            for _ in 0..count / 40 {
                let reply = connection.ask(&ask).await;
                assert!(reply.status >= 500);
                taken_on += usize::from(reply.cause() != "gateway_overloaded");
            }
            taken_on
        });
    }
    let mut taken_on = 0;
    while let Some(done) = callers.join_next().await {
        taken_on += done.unwrap();
    }
    taken_on
}

#[tokio::test]
async fn where_everything_fails_providers_see_a_bounded_share_more() {
    let (a, b) = (Upstream::start().await, Upstream::start().await);
    a.always(Answer::json(500, ""));
    b.always(Answer::nothing());
    let server = server()
        .config("[retry]\npause = \"1ms\"\npause_max = \"1ms\"\n[breaker]\nfailures = 0")
        .provider("a", &a.base_url(), "")
        .provider("b", &b.base_url(), "")
        .config("[models.m]\ndeployments = [{ provider = \"a\", model = \"m\" }, { provider = \"b\", model = \"m\" }]")
        .start()
        .await;
    let began = Instant::now();

    let requests = fail(&server, 2000).await;

    let seen = a.received().len() + b.received().len();
    // A slow machine takes more than once ten seconds.
    let most = requests + requests / 5 + ALWAYS * (1 + began.elapsed().as_secs() as usize / 10);
    assert!(seen <= most, "{seen} attempts of {requests} requests, {most} allowed");
    // Some attempts go into a connection that B is just closing, and B never sees them.
    assert!(seen >= requests + requests / 10, "{seen} attempts of {requests} requests: what is allowed is used");
}

#[tokio::test]
async fn a_breaker_keeps_a_provider_that_is_down_from_what_it_could_not_serve() {
    let a = Upstream::start().await;
    a.always(Answer::json(503, ""));
    let server = server()
        .config("[retry]\npause = \"1ms\"\npause_max = \"1ms\"\n[breaker]\nopen = \"1h\"\nopen_max = \"1h\"")
        .provider("a", &a.base_url(), "")
        .model("m", "a", "m")
        .start()
        .await;

    fail(&server, 2000).await;

    // Five in a row, and what was under way by then.
    let seen = a.received().len();
    assert!((5..=5 + 40).contains(&seen), "{seen} attempts of 2000 requests");
}

#[tokio::test]
async fn a_budget_of_nothing_repeats_nothing() {
    let a = Upstream::start().await;
    a.always(Answer::json(500, ""));
    let server = server()
        .config("[retry]\nbudget_percent = 0\n[breaker]\nfailures = 0")
        .provider("a", &a.base_url(), "")
        .model("m", "a", "m")
        .start()
        .await;

    let requests = fail(&server, 80).await;

    assert_eq!(a.received().len(), requests);
}

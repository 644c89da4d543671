//! Failures on demand that are to be treated as a provider's, and providers that are not to hear of any.

use tollgate_testing::Upstream;

use super::chat;
use crate::server;

#[tokio::test]
async fn a_providers_failure_is_repeated_translated_and_counted() {
    let server = server().start().await;
    let key = server.first_key();

    let busy = key.ask(chat(false, "rate_limit_rpm").header("x-sandbox-fault", "upstream")).await;
    let refused = key.ask(chat(false, "invalid_api_key").header("x-sandbox-fault", "upstream")).await;

    assert_eq!((busy.status, busy.cause()), (429, "upstream_rate_limited"), "{}", busy.text());
    assert_eq!(busy.header("x-tollgate-attempts"), Some("4"));
    assert_eq!((refused.status, refused.cause()), (502, "upstream_credential_rejected"), "{}", refused.text());
    assert!(!refused.text().contains("Incorrect API key"), "{}", refused.text());
}

#[tokio::test]
async fn failures_of_a_provider_open_a_breaker_of_their_own_and_those_asked_for_none() {
    let server = server().config("[retry]\nattempts = 1\n[breaker]\nopen = \"30s\"\nopen_max = \"30s\"").start().await;
    let key = server.first_key();
    for _ in 0..10 {
        assert_eq!(key.ask(chat(false, "server_error")).await.cause(), "server_error");
        assert_eq!(key.ask(chat(false, "connection_reset")).await.cause(), "connection_reset");
    }
    assert_eq!(key.chat("sandbox", "hi").await.status, 200);

    for _ in 0..5 {
        let failed = key.ask(chat(false, "server_error").header("x-sandbox-fault", "upstream")).await;
        assert_eq!(failed.cause(), "server_error");
    }

    let upstream = || key.chat_ask("sandbox", "hi").header("x-sandbox-fault", "upstream");
    for left_alone in [key.ask(upstream()).await, key.ask(upstream().header("x-sandbox-error", "slow_down")).await] {
        assert_eq!((left_alone.status, left_alone.cause()), (503, "circuit_open"), "{}", left_alone.text());
    }
    assert_eq!(key.chat("sandbox", "hi").await.status, 200, "who asked for no failure is not cut off");
    for name in ["server_error", "overloaded", "connection_reset"] {
        assert_ne!(key.ask(chat(false, name)).await.cause(), "circuit_open", "{name} is what was asked for");
    }
}

#[tokio::test]
async fn a_failure_asked_for_does_not_take_the_probe_of_a_breaker() {
    let config = "[retry]\nattempts = 1\n[breaker]\nfailures = 1\nopen = \"10ms\"\nopen_max = \"10ms\"";
    let server = server().config(config).start().await;
    let key = server.first_key();
    let upstream = || key.chat_ask("sandbox", "hi").header("x-sandbox-fault", "upstream");
    key.ask(upstream().header("x-sandbox-error", "server_error")).await;

    let mut asked = 0;
    loop {
        assert_eq!(key.ask(chat(false, "slow_down")).await.status, 429);
        assert_eq!(key.chat("sandbox", "hi").await.status, 200);
        asked += 1;
        match key.ask(upstream()).await.status {
            200 => break,
            status => assert!(status == 503 && asked < 1000, "the probe is there for those who see the breaker"),
        }
    }
}

#[tokio::test]
async fn a_providers_failure_is_failed_over_and_one_asked_for_is_not() {
    let upstream = Upstream::start().await;
    let server = server()
        .upstream(&upstream)
        .config(
            "[models.both]\ndeployments = [{ provider = \"sandbox\", model = \"sandbox\" }, \
             { provider = \"openai\", model = \"gpt-4o-mini\" }]",
        )
        .start()
        .await;
    let key = server.first_key();
    let ask = || key.chat_ask("both", "hi").header("x-sandbox-error", "server_error");

    let asked = key.ask(ask()).await;
    let failed_over = key.ask(ask().header("x-sandbox-fault", "upstream")).await;

    assert_eq!((asked.status, asked.header("x-tollgate-provider")), (500, Some("sandbox")));
    assert_eq!((failed_over.status, failed_over.header("x-tollgate-provider")), (200, Some("openai")));
    assert_eq!(failed_over.header("x-tollgate-attempts"), Some("2"));
}

#[tokio::test]
async fn a_real_provider_is_neither_made_to_fail_nor_told() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();

    let ask = key.chat_ask("gpt-4o-mini", "hi").header("x-sandbox-error", "server_error");
    let reply = key.ask(ask.header("x-sandbox-error-at", "middle").header("x-sandbox-fault", "upstream")).await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(!upstream.only().head.to_ascii_lowercase().contains("x-sandbox"), "{}", upstream.only().head);
}

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, Upstream};

use super::{DOCS, Fault, chat, meet};
use crate::server;

fn error(status: u16, message: &str, kind: &str, code: impl Into<Json>) -> Answer {
    Answer::json(
        status,
        json!({ "error": { "message": message, "type": kind, "param": null, "code": code.into() } }).to_string(),
    )
}

#[tokio::test]
async fn faults_of_a_provider_s_server_are_told_as_the_page_says() {
    let server_error = |status| error(status, "The server had an error", "server_error", Json::Null);
    let faults = vec![
        Fault::says("500", server_error(500)).await,
        Fault::says("502 with a web page", Answer::text(502, "text/html", "<html>Bad Gateway</html>")).await,
        Fault::says("503", server_error(503)).await,
        Fault::says("503 that says overloaded", error(503, "overloaded", "overloaded_error", Json::Null)).await,
        Fault::says("504", Answer::text(504, "text/plain", "upstream timed out")).await,
        Fault::says("529", error(529, "Overloaded", "overloaded_error", Json::Null)).await,
        Fault::says("Cloudflare's 522", Answer::text(522, "text/html", "<html>522</html>")).await,
        Fault::says("501", server_error(501)).await,
        Fault::says("408", Answer::json(408, "")).await,
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn limits_of_our_account_are_told_as_the_page_says() {
    let limited = || error(429, "Rate limit reached (RPM)", "requests", "rate_limit_exceeded");
    let quota = error(429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota");
    let large = "Request too large for m on tokens per min (TPM): Limit 1, Requested 2";
    let daily = "Rate limit reached for m on requests per day (RPD): Limit 1";
    let faults = vec![
        Fault::says("429", limited()).await,
        Fault::says("429 with a long Retry-After", limited().header("retry-after", "3600")).await,
        Fault::says("429 for the day", error(429, daily, "requests", "rate_limit_exceeded")).await,
        Fault::says("429 for one request's size", error(429, large, "tokens", "rate_limit_exceeded")).await,
        Fault::says("quota used up", quota).await,
        Fault::says("402", error(402, "Payment required", "billing_error", Json::Null)).await,
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn refusals_are_told_as_the_page_says() {
    let bad = "invalid_request_error";
    let secret = error(401, "Incorrect API key provided: sk-inside-only", bad, "invalid_api_key");
    let redirect = Answer::json(307, "{}").header("location", "http://inside-only.example/");
    let faults = vec![
        Fault::says("401 for our credential", secret).await,
        Fault::says("403 for our credential", error(403, "inside-only", bad, Json::Null)).await,
        Fault::says("403 page of a firewall", Answer::text(403, "text/html", "<html>Attention Required!</html>")).await,
        Fault::says("redirect", redirect).await,
        Fault::says("model unknown there", error(404, "The model `m` does not exist", bad, "model_not_found")).await,
        Fault::says("endpoint unknown there", Answer::json(404, r#"{"detail":"Not Found"}"#)).await,
        Fault::says(
            "context too long",
            error(400, "This model's maximum context length is 8192 tokens.", bad, "context_length_exceeded"),
        )
        .await,
        Fault::says("content refused", error(400, "no", "image_generation_user_error", "moderation_blocked")).await,
        Fault::says("request refused", error(400, "Invalid 'x'", bad, Json::Null)).await,
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn a_burst_of_failures_leaves_no_trace_when_it_is_over() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[breaker]\nfailures = 0").start().await;
    for _ in 0..3 {
        upstream.answer(error(500, "The server had an error", "server_error", Json::Null));
    }

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

    assert_eq!((reply.status, reply.header("x-tollgate-attempts")), (200, Some("4")), "{}", reply.text());
    assert_eq!(upstream.received().len(), 4);
}

/// A row that no test meets would be a claim.
#[test]
fn every_row_of_the_page_is_met() {
    let tests = [
        include_str!("connections.rs"),
        include_str!("framing.rs"),
        include_str!("pages.rs"),
        include_str!("silence.rs"),
        include_str!("statuses.rs"),
    ]
    .concat();
    let rows = DOCS.lines().filter(|line| line.starts_with("| ") && line.split(" | ").count() == 7);

    let unmet: Vec<&str> = rows
        .map(|row| row[2..].split(" | ").next().unwrap_or("").trim())
        .filter(|name| *name != "fault" && !tests.contains(&format!("\"{name}\"")))
        .collect();

    assert_eq!(unmet, Vec::<&str>::new());
}

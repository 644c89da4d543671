//! A provider's own errors: passed on with a diagnosis, unless they are about our credential.

use insta::assert_snapshot;
use serde_json::{Value as Json, json};
use tollgate_testing::server::ServerBuilder;
use tollgate_testing::{Answer, Upstream};

use crate::server;

/// A server that asks once, and again however often it failed: what a provider says is what its caller gets.
fn once(upstream: &Upstream) -> ServerBuilder {
    server().upstream(upstream).config("[retry]\nattempts = 1\n[breaker]\nfailures = 0")
}

fn error(message: &str, kind: &str, code: Option<&str>) -> String {
    json!({ "error": { "message": message, "type": kind, "param": null, "code": code } }).to_string()
}

#[tokio::test]
async fn an_error_keeps_its_bytes_and_gains_a_diagnosis() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).start().await;
    let key = server.first_key();
    for (status, body, cause) in [
        (
            400,
            error(
                "This model's maximum context length is 8192 tokens.",
                "invalid_request_error",
                Some("context_length_exceeded"),
            ),
            "context_length_exceeded",
        ),
        (
            404,
            error("The model `x` does not exist", "invalid_request_error", Some("model_not_found")),
            "upstream_model_not_found",
        ),
        (
            429,
            error("Rate limit reached for x on requests per min (RPM)", "requests", Some("rate_limit_exceeded")),
            "upstream_rate_limited",
        ),
        (
            429,
            error("You exceeded your current quota", "insufficient_quota", Some("insufficient_quota")),
            "upstream_quota_exhausted",
        ),
        (500, error("The server had an error", "server_error", None), "server_error"),
        (503, error("overloaded", "server_error", None), "provider_overloaded"),
    ] {
        upstream.answer(Answer::json(status, body.clone()));

        let reply = key.chat("gpt-4o-mini", "hi").await;

        assert_eq!((reply.status, reply.cause()), (status, cause), "{}", reply.text());
        let sent: Json = serde_json::from_str(&body).unwrap();
        let mut got = reply.error();
        let diagnosis = got.as_object_mut().unwrap().remove("diagnosis").unwrap();
        assert_eq!(got, sent["error"]);
        assert_eq!(diagnosis["cause"], cause);
        // Every byte of the provider's stands as it came.
        assert!(reply.text().starts_with(body.trim_end_matches("}}")), "{}", reply.text());
    }
}

/// The account and the deployment that a provider speaks of are the gateway's: its caller can mend neither.
#[tokio::test]
async fn a_refusal_of_our_account_or_our_deployment_is_not_the_caller_s() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).start().await;
    let key = server.first_key();
    let invalid = "invalid_request_error";
    for (status, body, cause, party, retry) in [
        (404, error("no", invalid, Some("model_not_found")), "upstream_model_not_found", "gateway", false),
        (404, error("The model `x` has been deprecated", invalid, None), "upstream_model_retired", "gateway", false),
        (
            404,
            error("Invalid URL (POST /chat/completions)", invalid, None),
            "upstream_endpoint_not_found",
            "gateway",
            false,
        ),
        (
            400,
            error("Your organization must be verified to stream this model.", invalid, Some("unsupported_value")),
            "org_verification_required",
            "gateway",
            false,
        ),
        (429, error("slow down", "requests", Some("rate_limit_exceeded")), "upstream_rate_limited", "provider", true),
        (
            429,
            error("Limit on requests per day (RPD)", "requests", Some("rate_limit_exceeded")),
            "upstream_daily_limit",
            "gateway",
            false,
        ),
        (
            429,
            error("Request too large for x", "tokens", Some("rate_limit_exceeded")),
            "upstream_request_exceeds_tpm",
            "gateway",
            false,
        ),
        (
            429,
            error("no quota", "insufficient_quota", Some("insufficient_quota")),
            "upstream_quota_exhausted",
            "gateway",
            false,
        ),
        (402, error("Insufficient Balance", "unknown_error", None), "upstream_quota_exhausted", "gateway", false),
        (404, error("Item with id 'rs_1' not found.", invalid, None), "provider_refused", "caller", false),
        (400, error("bad", invalid, Some("unknown_parameter")), "param_unknown", "caller", false),
    ] {
        upstream.answer(Answer::json(status, body.clone()));

        let reply = key.chat("gpt-4o-mini", "hi").await;

        let diagnosis = &reply.error()["diagnosis"];
        assert_eq!((reply.status, reply.cause()), (status, cause), "{}", reply.text());
        assert_eq!((&diagnosis["cause"], &diagnosis["party"]), (&json!(cause), &json!(party)), "{}", reply.text());
        assert_eq!(diagnosis["retry"], retry, "{}", reply.text());
        assert_eq!(reply.header("x-should-retry"), Some(if retry { "true" } else { "false" }), "{}", reply.text());
        assert!(reply.text().starts_with(body.trim_end_matches("}}")), "{}", reply.text());
    }
}

#[tokio::test]
async fn an_error_without_words_names_the_model_that_was_asked_for() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).model("mine", "openai", "theirs").start().await;
    upstream.answer(Answer::json(429, ""));

    let reply = server.first_key().chat("mine", "hi").await;

    let message = reply.error()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Rate limit reached for mine. Please try again in 1s."), "{message}");
}

/// Another Tollgate's diagnosis sees the parties from its own side, and its links lead to where it stands.
#[tokio::test]
async fn the_diagnosis_of_a_tollgate_behind_this_one_gives_way_to_ours() {
    let behind = server().start().await;
    let secret = behind.first_key().secret.clone();
    let server = server()
        .variable("BEHIND_KEY", &secret)
        .config(&format!(
            "[providers.behind]\nbase_url = \"http://{}/v1\"\ncredential = {{ env = \"BEHIND_KEY\" }}",
            behind.address()
        ))
        .model("gone", "behind", "no-such-model")
        .model("odd", "behind", "text-embedding-3-small")
        .start()
        .await;
    for (model, status, cause, party, theirs) in [
        ("gone", 404, "upstream_model_not_found", "gateway", "model_not_found"),
        ("odd", 404, "model_wrong_endpoint", "caller", "model_wrong_endpoint"),
    ] {
        let ask = || server.first_key().chat_ask(model, "hi");

        let reply = server.first_key().ask(ask()).await;
        let bare = server.first_key().ask(ask().header("x-tollgate-diagnosis", "off")).await;

        let error = reply.error();
        assert_eq!((reply.status, reply.cause()), (status, cause), "{}", reply.text());
        assert_eq!((&error["diagnosis"]["cause"], &error["diagnosis"]["party"]), (&json!(cause), &json!(party)));
        let evidence = error["diagnosis"]["evidence"].to_string();
        assert!(evidence.contains(&format!("its own diagnosis was {theirs}, party caller")), "{evidence}");
        assert_eq!(reply.text().matches("\"diagnosis\"").count(), 1, "{}", reply.text());
        assert!(error["diagnosis"]["docs"].as_str().unwrap().contains(&server.address().to_string()));
        assert_eq!(bare.error().as_object().unwrap().len(), 4, "{}", bare.text());
        assert_eq!(bare.error()["message"], error["message"]);
    }
}

#[tokio::test]
async fn an_error_can_be_had_without_a_diagnosis() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).start().await;
    let key = server.first_key();
    let body = error("no", "invalid_request_error", None);
    for show in ["off", "header"] {
        upstream.answer(Answer::json(400, body.clone()));

        let reply = key.ask(key.chat_ask("gpt-4o-mini", "hi").header("x-tollgate-diagnosis", show)).await;

        assert_eq!((reply.status, reply.text()), (400, body.clone()));
        assert_eq!(reply.cause().is_empty(), show == "off");
    }
}

#[tokio::test]
async fn the_wait_that_a_provider_asks_for_is_passed_on() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).start().await;
    for (header, value, seconds, milliseconds) in [
        ("retry-after", "7", "7", "7000"),
        ("retry-after-ms", "1500", "2", "1500"),
        ("retry-after", "0.25", "1", "250"),
    ] {
        upstream.answer(Answer::json(429, error("slow down", "requests", None)).header(header, value));

        let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

        assert_eq!(reply.status, 429);
        assert_eq!(reply.header("retry-after"), Some(seconds), "{header}: {value}");
        assert_eq!(reply.header("retry-after-ms"), Some(milliseconds), "{header}: {value}");
        assert_eq!(reply.header("x-should-retry"), Some("true"));
    }
}

#[tokio::test]
async fn a_refusal_of_our_credential_tells_the_caller_nothing_of_it() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).start().await;
    // Google and xAI refuse a wrong key with 400.
    for status in [400, 401, 403] {
        let text = error(
            "Incorrect API key provided: sk-provi*********mnop, org-internal",
            "invalid_request_error",
            Some("invalid_api_key"),
        );
        upstream.answer(Answer::json(status, text));

        let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

        assert_eq!((reply.status, reply.cause()), (502, "upstream_credential_rejected"));
        let told = format!("{:?}{}", reply.headers, reply.text());
        for part in ["Incorrect", "sk-provi", "mnop", "org-internal", "invalid_api_key"] {
            assert!(!told.contains(part), "{part}: {told}");
        }
        let record = &server.records(reply.request_id()).await[1];
        assert_eq!((&record["status"], &record["cause"]), (&json!(502), &json!("upstream_credential_rejected")));
        assert!(server.log().contains("org-internal"), "the operator is told");
        if status == 401 {
            assert_snapshot!(reply.shown(), @r#"
            502 Bad Gateway
            content-type: application/json
            x-request-id: req_[id]
            openai-version: 2020-10-01
            openai-organization: org-[id]
            openai-processing-ms: [n]
            x-tollgate-provider: openai
            x-tollgate-overhead-us: [n]
            x-should-retry: false
            x-tollgate-cause: upstream_credential_rejected
            link: <http://127.0.0.1:[port]/errors/upstream_credential_rejected>; rel="help"

            {
              "error": {
                "code": null,
                "diagnosis": {
                  "cause": "upstream_credential_rejected",
                  "docs": "http://127.0.0.1:[port]/errors/upstream_credential_rejected",
                  "evidence": [
                    "openai/gpt-4o-mini answered 401"
                  ],
                  "party": "gateway",
                  "remedy": "The operator of this gateway has to replace the provider's credential, or have it given the permission it lacks.",
                  "retry": false
                },
                "message": "The server had an error while processing your request. Sorry about that! openai refused the credential that this gateway uses; your own key is fine. The operator of this gateway has to replace the provider's credential, or have it given the permission it lacks.",
                "param": null,
                "type": "server_error"
              }
            }
            "#);
        }
    }
}

#[tokio::test]
async fn an_error_of_another_form_becomes_one_that_clients_understand() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).start().await;
    for (answer, status) in [
        (
            Answer::json(
                400,
                r#"{"object":"error","message":"max_tokens is too large","type":"BadRequestError","code":400}"#,
            ),
            400,
        ),
        (Answer::json(404, r#"{"detail":"Not Found"}"#), 404),
        (Answer::json(500, r#"{"error":"something"}"#), 500),
        (Answer::text(502, "text/html", "<html><body>Bad Gateway</body></html>"), 502),
        (Answer::text(503, "text/plain", "no"), 503),
        (Answer::json(400, ""), 400),
    ] {
        upstream.answer(answer);

        let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

        assert_eq!(reply.status, status, "{}", reply.text());
        assert_eq!(reply.header("content-type"), Some("application/json"));
        for member in ["message", "type", "param", "code"] {
            assert!(reply.error().get(member).is_some(), "{}", reply.text());
        }
        assert!(!reply.cause().is_empty());
    }
}

/// Servers that repeat what they refuse put what is wrong beside hundreds of kilobytes, or behind them.
#[tokio::test]
async fn an_error_beside_a_long_echo_keeps_cause_type_code_and_message() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).start().await;
    let told = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.";
    let four = |echo: usize| {
        let echo = "A".repeat(echo);
        format!(
            r#"{{"error":{{"message":"{told} {echo}","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}}}"#
        )
    };
    let image = "A".repeat(400_000);
    let fastapi = format!(
        r#"{{"detail":[{{"type":"missing","loc":["body","messages"],"input":{{"image":"{image}"}},"msg":"Field required"}}]}}"#
    );

    upstream.answer(Answer::json(400, four(300_000)));
    let long = server.first_key().chat("gpt-4o-mini", "hi").await;
    upstream.answer(Answer::json(400, four(2_000_000)));
    let longest = server.first_key().chat("gpt-4o-mini", "hi").await;
    upstream.answer(Answer::json(422, fastapi));
    let other = server.first_key().chat("gpt-4o-mini", "hi").await;

    assert_eq!((long.status, long.cause()), (400, "context_length_exceeded"));
    assert!(long.text().starts_with(four(300_000).trim_end_matches("}}")), "every byte is kept");
    assert!(long.error()["diagnosis"]["evidence"].to_string().contains("type: invalid_request_error"));
    assert_eq!((longest.status, longest.cause()), (400, "context_length_exceeded"));
    assert!(longest.error()["message"].as_str().unwrap().starts_with(told) && longest.body.len() < 8 << 10);
    assert_eq!((other.status, other.cause()), (422, "param_missing"), "{}", other.text());
    assert_eq!(other.error()["message"], "Field required");
}

#[tokio::test]
async fn what_is_no_answer_is_not_passed_off_as_one() {
    let upstream = Upstream::start().await;
    let server = once(&upstream).start().await;
    for (answer, cause) in [
        (Answer::text(200, "text/html", "<!DOCTYPE html><p>Sign in</p>"), "html_instead_of_json"),
        (Answer::json(200, "<html></html>"), "html_instead_of_json"),
        (Answer::json(200, ""), "response_shape_unexpected"),
        (Answer::json(200, "null"), "response_shape_unexpected"),
        (Answer::json(200, "[]"), "response_shape_unexpected"),
        (Answer::json(302, "").header("location", "http://127.0.0.1:1/evil"), "redirect_breaks_request"),
        (Answer::json(307, "{}").header("location", "/v2"), "redirect_breaks_request"),
    ] {
        upstream.answer(answer);

        let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

        assert_eq!((reply.status, reply.cause()), (502, cause), "{}", reply.text());
        assert!(reply.header("location").is_none() && !reply.text().contains("evil"), "{}", reply.text());
    }
    assert_eq!(upstream.received().len(), 7, "nothing was followed or tried again");

    upstream.answer(Answer::raw("HTTP/1.1 204 No Content\r\n\r\n"));
    let empty = server.first_key().chat("gpt-4o-mini", "hi").await;
    assert!(
        empty.error()["diagnosis"]["evidence"].to_string().contains("answered 204 with an empty body"),
        "{}",
        empty.text()
    );
}

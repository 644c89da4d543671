use serde_json::json;
use tollgate_testing::server::ServerBuilder;
use tollgate_testing::{Answer, Gate, Upstream};

use crate::server;

const CONDITIONS: [&str; 5] = ["error", "timeout", "rate_limit", "context_length", "content"];

fn error(status: u16, kind: &str, code: &str) -> Answer {
    let error = json!({ "error": { "message": "m", "type": kind, "param": null, "code": code } });
    Answer::json(status, error.to_string())
}

/// Model `m` at `first`, and models `x` and `y` at `second` and `third`.
fn three(first: &Upstream, second: &Upstream, third: &Upstream, of_m: &str) -> ServerBuilder {
    let builder = server()
        .config("[retry]\nattempts = 3\npause = \"1ms\"\npause_max = \"1ms\"\n[breaker]\nfailures = 0")
        .provider("first", &first.base_url(), "timeouts = { first_byte = \"100ms\" }")
        .provider("second", &second.base_url(), "")
        .provider("third", &third.base_url(), "")
        .model("x", "second", "x-there")
        .model("y", "third", "y-there");
    builder.config(&format!("[models.m]\ndeployments = [{{ provider = \"first\", model = \"m-there\" }}]\n{of_m}"))
}

#[tokio::test]
async fn a_fallback_is_asked_after_the_failures_it_is_for_and_no_others() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let never = Gate::new();
    let mut builder = server()
        .config("[retry]\nattempts = 2\npause = \"1ms\"\npause_max = \"1ms\"\n[breaker]\nfailures = 0")
        .provider("first", &first.base_url(), "timeouts = { first_byte = \"100ms\" }")
        .provider("second", &second.base_url(), "")
        .model("x", "second", "x");
    for on in CONDITIONS {
        builder = builder.config(&format!(
            "[models.{on}]\ndeployments = [{{ provider = \"first\", model = \"m\" }}]\n\
             fallbacks = [{{ model = \"x\", on = [\"{on}\"] }}]"
        ));
    }
    let server = builder.start().await;
    for (happened, answer) in [
        ("error", Answer::json(503, "")),
        ("timeout", Answer::usual().held(&never)),
        ("rate_limit", error(429, "requests", "rate_limit_exceeded").header("retry-after", "0")),
        ("context_length", error(400, "invalid_request_error", "context_length_exceeded")),
        ("content", error(400, "image_generation_user_error", "moderation_blocked")),
        ("nothing of these", error(400, "invalid_request_error", "unknown_parameter")),
    ] {
        first.always(answer);
        for on in CONDITIONS {
            let before = second.received().len();

            let reply = server.first_key().chat(on, "hi").await;

            let asked = second.received().len() > before;
            assert_eq!(asked, on == happened, "{happened}: fallback on {on}: {}", reply.text());
            assert_eq!(reply.status == 200, on == happened, "{happened}: fallback on {on}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn a_refusal_of_the_request_itself_is_never_repeated_on_the_same_model() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = server()
        .provider("first", &first.base_url(), "")
        .provider("second", &second.base_url(), "")
        .config("[models.m]\ndeployments = [{ provider = \"first\", model = \"m\" }, { provider = \"second\", model = \"m\" }]")
        .start()
        .await;
    for refusal in [
        error(400, "invalid_request_error", "context_length_exceeded"),
        error(400, "image_generation_user_error", "moderation_blocked"),
        error(400, "invalid_request_error", "unknown_parameter"),
    ] {
        first.always(refusal);
        let before = first.received().len();

        let reply = server.first_key().chat("m", "hi").await;

        assert_eq!(reply.status, 400);
        assert_eq!((first.received().len() - before, second.received().len()), (1, 0));
    }
}

#[tokio::test]
async fn the_answer_names_who_gave_it_and_the_record_all_who_did_not() {
    let [first, second, third] = [Upstream::start().await, Upstream::start().await, Upstream::start().await];
    first.always(Answer::json(500, ""));
    second.always(Answer::json(503, ""));
    let server = three(&first, &second, &third, "fallbacks = [{ model = \"x\" }, { model = \"y\" }]").start().await;

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("x-tollgate-model"), Some("y"), "as callers know it");
    assert_eq!(reply.header("x-tollgate-provider"), Some("third"));
    assert_eq!(reply.header("x-tollgate-attempts"), Some("3"));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&third.only().body).unwrap()["model"], "y-there");
    let records = server.records(reply.request_id()).await;
    assert_eq!((&records[0]["deployment"], &records[0]["model_asked"]), (&json!("first/m-there"), &json!("m")));
    assert_eq!(records[1]["deployment"], "third/y-there");
    let shown = server.cli_json(&["requests", "show", reply.request_id(), "--json"]).await;
    let models = ["model", "fallback", "model_sent", "deployment"].map(|name| shown[name].clone());
    assert_eq!(json!(models), json!(["m", "y", "y-there", "third/y-there"]), "{shown}");
    for record in [&records[1], &shown] {
        let failed = record["failed_attempts"].as_array().unwrap_or_else(|| panic!("{record}"));
        let told: Vec<_> = failed.iter().map(|a| json!([a["deployment"], a["status"], a["cause"]])).collect();
        assert_eq!(
            told,
            [json!(["first/m-there", 500, "server_error"]), json!(["second/x-there", 503, "service_unavailable"])]
        );
    }
}

#[tokio::test]
async fn a_model_that_the_key_may_not_use_does_not_stand_in() {
    let [first, second, third] = [Upstream::start().await, Upstream::start().await, Upstream::start().await];
    first.always(Answer::json(500, ""));
    let server = three(&first, &second, &third, "fallbacks = [{ model = \"x\" }, { model = \"y\" }]").start().await;
    let key = server.key().deny_models("x").create().await;
    let only = server.key().models("m").create().await;

    let other = key.chat("m", "hi").await;
    let none = only.chat("m", "hi").await;

    assert_eq!((other.status, other.header("x-tollgate-provider")), (200, Some("third")));
    assert_eq!((none.status, none.cause()), (500, "server_error"));
    assert!(second.received().is_empty());
    assert_eq!(third.received().len(), 1);
}

#[tokio::test]
async fn a_model_that_is_retired_or_of_another_kind_does_not_stand_in() {
    let [first, second, third] = [Upstream::start().await, Upstream::start().await, Upstream::start().await];
    first.always(Answer::json(500, ""));
    let fallbacks = "fallbacks = [{ model = \"old\" }, { model = \"vectors\" }, { model = \"y\" }]";
    let server = three(&first, &second, &third, fallbacks)
        .config(
            "[models.old]\nshutdown_date = \"2020-01-01\"\ndeployments = [{ provider = \"second\", model = \"o\" }]",
        )
        .config(
            "[models.vectors]\nendpoints = [\"embeddings\"]\ndeployments = [{ provider = \"second\", model = \"v\" }]",
        )
        .start()
        .await;

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!((reply.status, reply.header("x-tollgate-model")), (200, Some("y")), "{}", reply.text());
    assert!(second.received().is_empty());
}

#[tokio::test]
async fn what_is_stored_at_one_provider_is_asked_of_no_other() {
    let [first, second, third] = [Upstream::start().await, Upstream::start().await, Upstream::start().await];
    first.always(Answer::json(500, ""));
    let server = three(&first, &second, &third, "")
        .config("[models.state]\ndeployments = [{ provider = \"first\", model = \"s\", one_project = true }]\nfallbacks = [{ model = \"x\" }]")
        .start()
        .await;
    let body = r#"{"model":"state","input":"hi","previous_response_id":"resp_1"}"#;

    let reply = server.first_key().post("/v1/responses", body).await;

    assert_eq!(reply.status, 500, "{}", reply.text());
    assert!(second.received().is_empty());
}

#[tokio::test]
async fn a_further_round_begins_with_the_model_that_was_asked_for() {
    let [first, second, third] = [Upstream::start().await, Upstream::start().await, Upstream::start().await];
    first.answer(Answer::json(503, ""));
    second.answer(Answer::json(503, ""));
    let server = three(&first, &second, &third, "fallbacks = [{ model = \"x\" }]").start().await;

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!((reply.status, reply.header("x-tollgate-provider")), (200, Some("first")), "{}", reply.text());
    assert_eq!((first.received().len(), second.received().len()), (2, 1));
}

#[tokio::test]
async fn a_silent_deployment_that_two_models_share_is_asked_once() {
    let (silent, other) = (Upstream::start().await, Upstream::start().await);
    let never = Gate::new();
    silent.always(Answer::usual().held(&never));
    let server = server()
        .provider("silent", &silent.base_url(), "timeouts = { first_byte = \"100ms\" }")
        .provider("other", &other.base_url(), "")
        .config("[models.m]\ndeployments = [{ provider = \"silent\", model = \"n\" }]\nfallbacks = [{ model = \"n\" }]")
        .config("[models.n]\ndeployments = [{ provider = \"silent\", model = \"n\" }, { provider = \"other\", model = \"n\" }]")
        .start()
        .await;

    let reply = server.first_key().chat("m", "hi").await;

    assert_eq!((reply.status, reply.header("x-tollgate-provider")), (200, Some("other")), "{}", reply.text());
    assert_eq!(silent.received().len(), 1);
}

#[tokio::test]
async fn while_a_provider_asks_for_patience_the_model_that_stands_in_is_asked_first() {
    let [first, second, third] = [Upstream::start().await, Upstream::start().await, Upstream::start().await];
    first.always(error(429, "requests", "rate_limit_exceeded").header("retry-after", "30"));
    let server = three(&first, &second, &third, "fallbacks = [{ model = \"x\" }]").start().await;
    let key = server.first_key();

    for _ in 0..5 {
        assert_eq!(key.chat("m", "hi").await.header("x-tollgate-provider"), Some("second"));
    }
    assert_eq!(first.received().len(), 1, "it said when to come again");
    // What the other model refuses, the model that was asked for may still take.
    second.always(Answer::json(400, ""));
    let refused = key.chat("m", "hi").await;

    assert_eq!((refused.status, refused.cause()), (429, "upstream_rate_limited"), "{}", refused.text());
    assert_eq!((first.received().len(), second.received().len()), (2, 6));
}

//! `tollgate trigger`: every failure that there is, on a temporary server and on one that runs.

use std::process::Output;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tollgate_errors::catalog;
use tollgate_errors::trigger::{self, Kind};

use super::repeating;
use crate::server;

/// Runs it without any server that it could find.
async fn alone(arguments: Vec<String>) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.env_clear().env("HOME", home.path()).env("TMPDIR", home.path()).arg("trigger").args(arguments);
    let output = command.output().await.unwrap();
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "a temporary server leaves nothing behind");
    output
}

#[tokio::test]
async fn each_failure_comes_about_as_it_is_asked_for() {
    let at_once = Arc::new(Semaphore::new(8));
    let mut running = JoinSet::new();
    // Programs are run where their interpreters and SDKs are: tests/clients.
    for trigger in trigger::all().iter().filter(|t| !matches!(t.kind, Kind::None | Kind::Program(_))) {
        let at_once = at_once.clone();
        running.spawn(async move {
            let _turn = at_once.acquire().await.unwrap();
            (trigger.name, alone(vec![trigger.name.to_owned(), "--json".to_owned()]).await)
        });
    }

    while let Some(ended) = running.join_next().await {
        let (name, output) = ended.unwrap();
        let out = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{name}: {out} {}", String::from_utf8_lossy(&output.stderr));
        let seen: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&seen["name"], &seen["as_expected"]), (&name.into(), &true.into()), "{name}: {out}");
        told_of_repeating(name, &seen);
    }
}

/// The same of failures that the server itself has made, where a status of one was seen.
fn told_of_repeating(name: &str, seen: &Json) {
    let status = seen["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap();
    let header = |wanted: &str| {
        let headers = seen["headers"].as_array().unwrap().iter();
        let found = headers.into_iter().find(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(wanted))?;
        Some(found[1].as_str().unwrap().to_owned())
    };
    if status >= 400 {
        let cause = catalog::by_slug(seen["cause"].as_str().unwrap()).unwrap();
        repeating::check(name, cause, status, &seen["diagnosis"]["retry"], header);
    }
}

#[tokio::test]
async fn a_program_that_cannot_be_run_is_printed_and_the_command_fails() {
    let output = alone(vec!["key_not_configured".to_owned()]).await;

    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out} {err}");
    assert!(out.contains("client = openai.OpenAI()"), "{out}");
    assert!(err.contains("key_not_configured was not made to happen: python3 "), "{err}");
}

#[tokio::test]
async fn one_that_cannot_be_made_keeps_nobody_from_seeing_the_others() {
    let names = ["unknown", "key_not_configured", "key_missing", "--json"].map(str::to_owned);

    let output = alone(names.to_vec()).await;

    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out} {err}");
    assert!(err.contains("nothing brings unknown about by itself"), "{err}");
    assert!(err.contains("key_not_configured was not made to happen"), "{err}");
    let last: Json = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["name"], &last["as_expected"]), (&"key_missing".into(), &true.into()), "{out}");
}

#[tokio::test]
async fn a_failure_is_shown_with_its_request_its_answer_and_its_diagnosis() {
    let server = server().start().await;

    let shown = server.cli(&["trigger", "rate_limit_rpm"]).await;
    let in_a_stream = server.cli(&["trigger", "connection_reset", "--mid-stream"]).await;
    let of_a_provider = server.cli(&["trigger", "invalid_api_key", "--fault", "upstream"]).await;

    let text = String::from_utf8(shown.stdout).unwrap();
    for part in [
        "request\n  POST http://127.0.0.1:",
        "  authorization: Bearer sk-tg-",
        "****",
        "  x-sandbox-error: rate_limit_rpm\n",
        "answer\n  429 Too Many Requests\n",
        "  x-should-retry: true\n",
        "  x-ratelimit-remaining-requests: 0\n",
        "diagnosis\n  cause     rate_limit_requests\n  party     caller\n",
        "  retry     yes, after 120 ms\n",
        "  {\n    \"model\": \"sandbox\",\n    \"messages\": [\n",
        "  {\n    \"error\": {\n      \"message\": \"Rate limit",
    ] {
        assert!(text.contains(part), "{part:?}: {text}");
    }
    assert!(String::from_utf8_lossy(&in_a_stream.stdout).contains("cause     stream_interrupted"));
    assert!(String::from_utf8_lossy(&of_a_provider.stdout).contains("cause     upstream_credential_rejected"));
    for output in [in_a_stream, of_a_provider] {
        assert_eq!(output.status.code(), Some(0));
    }
}

#[tokio::test]
async fn a_server_without_a_sandbox_does_not_show_it_which_the_exit_code_says() {
    let upstream = tollgate_testing::Upstream::start().await;
    let server = server().upstream(&upstream).model("sandbox", "openai", "gpt-4o-mini").start().await;

    let seen = server.cli(&["trigger", "rate_limit_rpm"]).await;

    assert_eq!(seen.status.code(), Some(1));
    let told = String::from_utf8_lossy(&seen.stderr).into_owned();
    assert!(told.contains("expected rate_limit_requests, and saw no cause"), "{told}");
    assert!(told.contains("help: only a sandbox fails when it is asked to"), "{told}");
}

#[tokio::test]
async fn a_mistyped_failure_is_wrong_usage_with_the_name_that_was_meant() {
    let output = alone(vec!["rate_limit_rmp".to_owned()]).await;

    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("rate_limit_rpm"), "{told}");
}

#[tokio::test]
async fn several_failures_are_made_one_after_the_other() {
    let output = alone(["key_missing", "rate-limit-rpm", "--json"].map(str::to_owned).to_vec()).await;

    let out = String::from_utf8(output.stdout).unwrap();
    let names: Vec<Json> =
        out.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()["name"].clone()).collect();
    assert_eq!((output.status.code(), names), (Some(0), vec!["key_missing".into(), "rate_limit_rpm".into()]), "{out}");
}

#[tokio::test]
async fn a_server_whose_sandbox_has_another_model_is_asked_for_that_one() {
    let config = "[providers.sandbox]\ndialect = \"sandbox\"\n[models.mine]\ndeployments = [{ provider = \"sandbox\", model = \"sandbox\" }]";
    let server = server().config(config).start().await;

    let with = server.cli(&["trigger", "rate_limit_rpm", "--model", "mine"]).await;
    let absent = server.cli(&["trigger", "rate_limit_rpm", "--model", "yours"]).await;

    assert_eq!(with.status.code(), Some(0), "{}", String::from_utf8_lossy(&with.stderr));
    let told = String::from_utf8_lossy(&absent.stderr).into_owned();
    assert!(absent.status.code() == Some(1) && told.contains("--model names one that its sandbox serves"), "{told}");
}

#[tokio::test]
async fn what_the_list_says_of_a_failure_is_what_its_request_gets() {
    let server = server().start().await;
    let listed = server.cli_json(&["trigger", "--list", "--json"]).await;
    let key = server.first_key();

    for entry in listed["data"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let can_be_asked = !entry["sandbox"].is_null();
        assert_eq!(entry["moments"].as_array().unwrap().is_empty(), !can_be_asked, "{name}");
        if can_be_asked {
            let ask = tollgate_testing::Ask::post("/v1/chat/completions", entry["sandbox"]["body"].to_string());
            let reply = key.ask(ask.header("x-sandbox-error", name)).await;
            assert_eq!(entry["status"], reply.status, "{name}: {}", reply.text());
        }
    }
}

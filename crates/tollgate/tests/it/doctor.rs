//! `tollgate doctor` and `tollgate providers test`, as the binary does them.

use std::process::Output;

use serde_json::Value as Json;
use tokio::process::Command;
use tollgate_testing::wait::soon;
use tollgate_testing::{Answer, TestServer, Upstream};

const BINARY: &str = env!("CARGO_BIN_EXE_tollgate");

async fn doctor(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.env_clear().env("HOME", home.path()).current_dir(home.path()).arg("doctor").args(arguments);
    command.envs(variables.iter().copied());
    soon("the doctor", command.output()).await.unwrap()
}

fn json(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[tokio::test]
async fn our_own_server_is_well() {
    let server = TestServer::builder(BINARY).start().await;
    let key = server.ready()["api_key"].as_str().unwrap();
    let base = server.ready()["api_base"].as_str().unwrap();

    let output = doctor(&["--json"], &[("OPENAI_BASE_URL", base), ("OPENAI_API_KEY", key)]).await;

    let report = json(&output);
    assert!(output.status.success(), "{report:#}");
    assert_eq!((&report["object"], &report["well"]), (&"tollgate.doctor".into(), &true.into()), "{report:#}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains(key));
    let notes = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(notes.contains("this spends tokens"), "{notes}");
}

#[tokio::test]
async fn a_fault_is_told_with_its_cause_and_ends_with_1() {
    let server = TestServer::builder(BINARY).start().await;
    let key = server.ready()["api_key"].as_str().unwrap();
    let root = format!("http://{}", server.address());

    let doubled = doctor(&["--base-url", &format!("{root}/v1/v1")], &[("OPENAI_API_KEY", key)]).await;
    let typo =
        doctor(&["--base-url", &format!("{root}/v1"), "--model", "sandbx", "--json"], &[("OPENAI_API_KEY", key)]).await;
    let usage = doctor(&["--provider", "nobody"], &[]).await;

    let text = String::from_utf8_lossy(&doubled.stdout).into_owned();
    assert_eq!(doubled.status.code(), Some(1), "{text}");
    assert!(text.contains("base_url_double_v1") && text.contains(&format!("write {root}/v1")), "{text}");
    let report = json(&typo);
    assert_eq!((typo.status.code(), &report["findings"]), (Some(1), &1.into()), "{report:#}");
    let found: Vec<_> = report["checks"].as_array().unwrap().iter().filter(|c| c["verdict"] == "finding").collect();
    assert_eq!(found[0]["cause"], "model_not_found", "{report:#}");
    assert_eq!(usage.status.code(), Some(2));
}

#[tokio::test]
async fn a_bundle_has_all_that_was_seen_and_no_key() {
    let server = TestServer::builder(BINARY).start().await;
    let key = server.ready()["api_key"].as_str().unwrap();
    let base = server.ready()["api_base"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");

    let output = doctor(&["--base-url", base, "--bundle", file.to_str().unwrap()], &[("OPENAI_API_KEY", key)]).await;

    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    let bundle: Json = serde_json::from_str(&text).unwrap();
    assert!(!text.contains(key), "{text}");
    assert_eq!(bundle["variables"]["OPENAI_API_KEY"], format!("(set, {} characters)", key.len()));
    assert!(bundle["exchanges"].as_array().unwrap().len() >= 4);
}

#[tokio::test]
async fn a_bundle_says_nothing_of_who_looks_and_one_that_cannot_be_written_costs_nothing() {
    let upstream = Upstream::start().await;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();
    let file = format!("{home}/report.json");
    let variables = [
        ("HOME", home),
        ("HTTPS_PROXY", "http://office-user:secret-word@127.0.0.1:3128"),
        ("OPENAI_BASE_URL", "https://web-user:other-word@api.gateway.test/v1"),
        ("SSL_CERT_FILE", &format!("{home}/missing.pem")),
    ];

    let written = doctor(&["--base-url", &upstream.base_url(), "--bundle", &file], &variables).await;
    let unwritten = doctor(&["--base-url", &upstream.base_url(), "--bundle", "/nowhere/report.json"], &[]).await;

    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.status.code(), Some(1), "{written:?}");
    for word in [home, "office-user", "secret-word", "web-user", "other-word"] {
        assert!(!text.contains(word), "{word} is in {text}");
    }
    assert!(text.contains("~/missing.pem"), "{text}");
    assert_eq!(unwritten.status.code(), Some(2), "{unwritten:?}");
    assert_eq!(upstream.connections(), 0, "nothing was asked");
}

#[tokio::test]
async fn watching_looks_again_and_spends_once() {
    let server = TestServer::builder(BINARY).start().await;
    let key = server.ready()["api_key"].as_str().unwrap();
    let base = server.ready()["api_base"].as_str().unwrap();

    let arguments = ["--base-url", base, "--watch", "1ms", "--rounds", "3"];
    let output = doctor(&arguments, &[("OPENAI_API_KEY", key)]).await;

    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text.lines().filter(|line| line.contains("  well")).count(), 3, "{text}");
    assert_eq!(String::from_utf8_lossy(&output.stderr).matches("this spends tokens").count(), 2);
}

#[tokio::test]
async fn the_providers_of_a_configuration_are_looked_at_with_their_own_credentials() {
    let well = Upstream::start().await;
    well.otherwise(|received| match received.line().split(' ').nth(1) {
        Some("/v1/models") => Answer::json(200, r#"{"object":"list","data":[{"id":"gpt-4o-mini"}]}"#),
        _ => Answer::usual(),
    });
    let refusing = Upstream::start().await;
    refusing.always(Answer::json(
        401,
        r#"{"error":{"message":"Incorrect API key provided: sk-prov****mnop.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
    ));
    let server = TestServer::builder(BINARY)
        .upstream(&well)
        .provider("broken", &refusing.base_url(), "")
        .model("other", "broken", "gpt-4o")
        .config("[providers.toy]\ndialect = \"sandbox\"")
        .start()
        .await;
    let config = server.directory().join("tollgate.toml");

    let output = server.cli(&["providers", "test", "--no-spend", "--json", "--config", config.to_str().unwrap()]).await;

    let list = json(&output);
    assert_eq!(output.status.code(), Some(1), "{list:#}");
    let of = |name: &str| list["data"].as_array().unwrap().iter().find(|row| row["provider"] == name).unwrap().clone();
    assert_eq!(of("openai")["report"]["well"], true, "{list:#}");
    assert_eq!(of("broken")["report"]["findings"], 1);
    assert_eq!(of("toy")["embedded"], true);
    let cause = |row: &Json| {
        row["report"]["checks"].as_array().unwrap().iter().find_map(|c| c["cause"].as_str().map(str::to_owned))
    };
    assert_eq!(cause(&of("broken")).as_deref(), Some("key_invalid"));
    let sent = well.received().iter().filter_map(|received| received.header("authorization")).count();
    assert!(sent > 0, "with the server's own credential");
}

//! `tollgate doctor` and `tollgate providers test`, as the binary does them.

use std::process::Output;

use serde_json::Value as Json;
use tokio::process::Command;
use tollgate_testing::wait::soon;
use tollgate_testing::{Answer, Ask, TestServer, Upstream};

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

/// An upstream whose list of models is well, and whose completions and streams are these.
async fn upstream(completion: Answer, stream: Answer) -> Upstream {
    let upstream = Upstream::start().await;
    upstream.otherwise(move |received| match received.line().starts_with("GET") {
        true => Answer::json(200, r#"{"object":"list","data":[{"id":"gpt-4o-mini"}]}"#),
        false if received.text().contains("\"stream\":true") => stream.clone(),
        false => completion.clone(),
    });
    upstream
}

#[tokio::test]
async fn watching_forgets_no_finding_that_only_a_completion_shows() {
    let quota = r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#;
    let spent = upstream(Answer::json(429, quota), Answer::json(429, quota)).await;
    let whole = "data: {\"choices\":[{\"delta\":{\"content\":\"1\"}}]}\n\n".repeat(6) + "data: [DONE]\n\n";
    let late = Answer::text(200, "text/event-stream", whole).late(std::time::Duration::from_millis(600));
    let buffered = upstream(Answer::usual(), late).await;
    let watch = |base: String| async move {
        doctor(&["--base-url", &base, "--watch", "1ms", "--rounds", "3"], &[("OPENAI_API_KEY", "sk-0")]).await
    };

    let of_quota = watch(spent.base_url()).await;
    let of_buffer = watch(buffered.base_url()).await;

    for (output, word) in [(&of_quota, "quota:"), (&of_buffer, "streaming:")] {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert_eq!(text.matches(word).count(), 3, "{text}");
        assert!(!text.contains("(changed)") && !text.contains("  well"), "{text}");
    }
    let text = String::from_utf8_lossy(&of_buffer.stdout).into_owned();
    assert_eq!(text.matches("(not asked again)").count(), 2, "{text}");
    let posts = |upstream: &Upstream| upstream.received().iter().filter(|r| r.line().starts_with("POST")).count();
    assert_eq!(posts(&buffered), 2, "what costs is asked once");
    assert_eq!(posts(&spent), 3, "what is refused costs nothing, and may be well again");
}

#[tokio::test]
async fn what_a_server_says_steers_no_terminal() {
    let odd = "{\"error\":{\"message\":\"\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}31m\u{202e}x\"}}";
    let refusing = Upstream::start().await;
    refusing.always(Answer::json(401, odd));
    let listing = Upstream::start().await;
    listing.always(Answer::json(200, r#"{"object":"list","data":[{"id":"gpt-4o-mini\u001b[31m\u202e"}]}"#));

    let refused = doctor(&["--base-url", &refusing.base_url()], &[("OPENAI_API_KEY", "sk-0")]).await;
    let listed = doctor(&["--base-url", &listing.base_url(), "--no-spend"], &[]).await;
    let as_json = doctor(&["--base-url", &listing.base_url(), "--no-spend", "--json"], &[]).await;

    for output in [&refused, &listed, &as_json] {
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{text:?}");
    }
    assert_eq!(json(&as_json)["model"], "gpt-4o-mini\u{1b}[31m\u{202e}");
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

#[tokio::test]
async fn a_running_server_looks_at_its_own_providers_for_its_operator_alone() {
    let refusing = Upstream::start().await;
    refusing.always(Answer::json(
        401,
        r#"{"error":{"message":"Incorrect API key provided: sk-prov****mnop.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
    ));
    let server =
        TestServer::builder(BINARY).upstream(&refusing).config("[providers.toy]\ndialect = \"sandbox\"").start().await;
    let folder = tempfile::tempdir().unwrap();
    let command = |key: &str, arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        let base = server.ready()["api_base"].as_str().unwrap();
        command.args(["providers", "test", "--no-spend", "--url", base]).args(arguments);
        // Nothing of the server's own surroundings: it is asked over the network.
        command.env_clear().env("HOME", folder.path()).env("OPENAI_ADMIN_KEY", key);
        async move { soon("the looks", command.output()).await.unwrap() }
    };
    let admin = server.admin_key().to_owned();

    let all = command(&admin, &["--json"]).await;
    let one = command(&admin, &["openai"]).await;
    let typo = command(&admin, &["opena"]).await;
    let keys = Ask::post("/v1/organization/admin_api_keys", r#"{"name":"reads","scopes":["api.projects.read"]}"#);
    let made = server.ask(&keys.bearer(&admin)).await.json();
    let lesser = command(made["value"].as_str().unwrap(), &["openai"]).await;

    let list = json(&all);
    assert_eq!((all.status.code(), one.status.code()), (Some(1), Some(1)), "{list:#}");
    let of = |name: &str| list["data"].as_array().unwrap().iter().find(|row| row["provider"] == name).unwrap().clone();
    assert_eq!((&of("toy")["embedded"], &of("openai")["report"]["findings"]), (&Json::Bool(true), &1.into()));
    let text = String::from_utf8_lossy(&one.stdout);
    assert!(text.contains("cause     key_invalid") && text.contains(&refusing.base_url()), "{text}");
    let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told(&typo).contains("admin_object_not_found"), "{}", told(&typo));
    assert_eq!(lesser.status.code(), Some(4), "{}", told(&lesser));
    assert!(told(&lesser).contains("operator"), "{}", told(&lesser));
}

#[tokio::test]
async fn a_deployment_of_embeddings_is_asked_for_one() {
    let provider = Upstream::start().await;
    provider.otherwise(|received| match received.line().split(' ').nth(1) {
        Some("/v1/models") => Answer::json(200, r#"{"object":"list","data":[{"id":"vectors"}]}"#),
        Some("/v1/embeddings") => Answer::json(
            200,
            r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}],"usage":{"prompt_tokens":1,"total_tokens":1}}"#,
        ),
        _ => Answer::json(404, r#"{"error":{"message":"This is not a chat model.","type":"invalid_request_error","param":"model","code":null}}"#),
    });
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tollgate.toml");
    let text = format!(
        "[providers.other]\ndialect = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\ncredential = {{ env = \"A_KEY_THAT_IS_NOT_SET\" }}\n\n[providers.local]\ndialect = \"openai\"\nbase_url = \"{}\"\n\n[models.vectors]\nendpoints = [\"embeddings\"]\ndeployments = [{{ provider = \"local\", model = \"vectors\" }}]\n\n[models.toy]\ndeployments = [{{ provider = \"sandbox\", model = \"sandbox\" }}]\n",
        provider.base_url()
    );
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(BINARY);
    command.env_clear().env("HOME", folder.path()).current_dir(folder.path());
    command.args(["providers", "test", "local", "--json", "--config", config.to_str().unwrap()]);

    let output = soon("the look", command.output()).await.unwrap();

    let list = json(&output);
    assert!(output.status.success(), "{list:#}");
    assert_eq!(list["data"][0]["report"]["spent"]["input_tokens"], 1, "{list:#}");
    let posts: Vec<_> =
        provider.received().iter().map(|r| r.line().to_owned()).filter(|l| l.starts_with("POST")).collect();
    assert_eq!(posts, ["POST /v1/embeddings HTTP/1.1"]);
    assert!(list.to_string().contains("from the configuration"), "{list:#}");
}

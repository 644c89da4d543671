//! The JSON documents that commands print, held against the table from which docs/cli.md is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::Value as Json;
use tollgate::cli::documents::{self, Document};
use tollgate_testing::{Answer, TestServer, Upstream};

use super::{Home, digest};
use crate::server;

/// Runs a command that prints JSON, whatever it thinks of what it found.
async fn printed(server: &TestServer, line: &str) -> Vec<Json> {
    let arguments: Vec<&str> = line.split(' ').chain(["--json"]).collect();
    let output = server.cli(&arguments).await;
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!text.is_empty(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A credential is read from standard input, which other commands have none of.
async fn keep_credential(server: &TestServer) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.env_clear().args(["credentials", "set", "openai", "--data-dir"]).arg(server.data_dir());
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"sk-secret").unwrap();
    assert!(child.wait().unwrap().success());
}

/// Every kind of document, from a server that something has happened to.
async fn all_documents(server: TestServer) -> Vec<Json> {
    let request = server.first_key().chat("gpt-4o-mini", "hi").await.request_id().to_owned();
    let config = server.directory().join("tollgate.toml").display().to_string();
    keep_credential(&server).await;
    let mut all = vec![server.ready().clone()];
    for line in [
        &format!("config check --config {config}"),
        &format!("config show --config {config}"),
        "keys create --name web --metadata team=a",
        "keys list",
        "keys import keys.txt",
        "credentials list",
        "secrets check",
        "secrets rotate-pepper",
        "secrets rotate-master-key",
        &format!("models show gpt-4o-mini --config {config}"),
        &format!("models list --config {config}"),
        "models check gpt-4o-mini",
        &format!("image check data:image/png;base64,aGk= --model gpt-4o-mini --config {config}"),
        "chat hi",
        "demo traffic --duration 500ms --rate 40 --seed 7",
        "trigger rate_limit_rpm",
        "trigger --list",
        "usage",
        &format!("requests show {request}"),
        "requests list",
        "journal verify",
        &format!("providers test --no-spend --config {config}"),
    ] {
        all.extend(printed(&server, line).await);
    }
    all.extend(printed(&server, "migrate status").await);
    let (copy, other) = (server.directory().join("copy"), server.directory().join("other"));
    all.extend(printed(&server, &format!("backup {}", copy.display())).await);
    fs::create_dir(&other).unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o700)).unwrap();
    for secret in ["pepper", "master.key"] {
        fs::copy(server.data_dir().join(secret), other.join(secret)).unwrap();
    }
    let mut restore = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"));
    restore.env_clear().args(["restore", "--json", "--data-dir"]).args([&other, &copy]);
    all.push(serde_json::from_slice(&restore.output().unwrap().stdout).unwrap());
    // The error guide and the doctor need neither a server nor its data directory.
    let nobody = ["doctor", "--json", "--base-url", "http://127.0.0.1:9/v1"];
    for arguments in [&["errors", "show", "key_missing", "--json"][..], &["errors", "list", "--json"], &nobody] {
        all.push(serde_json::from_str(&Home::new().run(arguments).out).unwrap());
    }
    let signed_in = Home::new();
    let contexts = signed_in.path().join(".config/tollgate/contexts.toml");
    fs::create_dir_all(contexts.parent().unwrap()).unwrap();
    fs::write(&contexts, "[contexts.prod]\nurl = \"http://127.0.0.1:9/v1\"\ntoken = \"tg-session-x\"\n").unwrap();
    fs::set_permissions(&contexts, fs::Permissions::from_mode(0o600)).unwrap();
    all.push(serde_json::from_str(&signed_in.run(&["contexts", "list", "--json"]).out).unwrap());
    // Refused strangers are counted, and the counts written when the server ends.
    server.get("/v1/models").await;
    all.extend(server.stop().await.journal().await);
    all
}

fn of<'d>(documents: &'d [Json], kind: &Document) -> Vec<&'d Json> {
    documents.iter().filter(|document| document["object"] == kind.object).collect()
}

#[tokio::test]
async fn every_document_has_its_name_its_version_and_the_members_that_the_reference_tells() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::json(503, r#"{"error":{"message":"busy"}}"#));
    let lines = format!("{} a key\n", digest("a"));
    let server = server().upstream(&upstream).config("[retry]\npause = \"1ms\"").file("keys.txt", &lines).start().await;

    let printed = all_documents(server).await;

    let known: BTreeSet<&str> = documents::ALL.iter().map(|kind| kind.object).collect();
    for document in &printed {
        assert_eq!(document["version"], 1, "{document}");
        assert!(document["object"].as_str().is_some_and(|object| known.contains(object)), "{document}");
    }
    let mut missing = BTreeMap::new();
    for kind in documents::ALL {
        let seen: BTreeSet<String> = of(&printed, kind).into_iter().flat_map(documents::paths).collect();
        let seen: Vec<_> = seen.iter().map(|path| path.strip_prefix("data[].").unwrap_or(path)).collect();
        let unseen: Vec<_> = kind.members().iter().map(|(path, _)| *path).collect();
        let unseen: Vec<_> =
            unseen.into_iter().filter(|path| !seen.iter().any(|seen| documents::covers(path, seen))).collect();
        if !unseen.is_empty() {
            missing.insert(kind.object, unseen);
        }
    }
    // A secret is told where it is made only, and not of the keys in a list.
    assert_eq!(missing, BTreeMap::from([("tollgate.key_list", vec!["value"])]));
}

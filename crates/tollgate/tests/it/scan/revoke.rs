//! `tollgate scan --revoke`: what is revoked, and what is asked before.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;
use tollgate_testing::TestServer;

use super::{directory_with, text};
use crate::server;
use crate::terminal::terminal;

/// A tree with these keys of the server.
fn tree_with(files: &[(&str, &Json)]) -> TempDir {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, made)| (*path, made["value"].as_str().unwrap())).collect();
    directory_with(&files)
}

async fn status(server: &TestServer, made: &Json) -> Json {
    server.cli_json(&["keys", "show", made["id"].as_str().unwrap(), "--json"]).await["status"].clone()
}

/// Revokes at a terminal into which this is typed.
fn answered(server: &TestServer, tree: &TempDir, typed: &str) -> Output {
    let (mut ours, theirs) = terminal();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.env_clear().env("HOME", server.directory()).arg("scan").arg(tree.path()).arg("--revoke");
    command.arg("--data-dir").arg(server.data_dir()).stdin(theirs).stdout(Stdio::piped()).stderr(Stdio::piped());
    // The terminal keeps what is typed ahead until it is read.
    ours.write_all(typed.as_bytes()).unwrap();
    command.output().unwrap()
}

#[tokio::test]
async fn our_own_key_is_revoked_where_its_present_secret_was_found() {
    let server = server().start().await;
    let made = server.cli_json(&["keys", "create", "--name", "leaked", "--json"]).await;
    let other = server.cli_json(&["keys", "create", "--name", "safe", "--json"]).await;
    let rotated = server.cli_json(&["keys", "rotate", other["id"].as_str().unwrap(), "--json"]).await;
    let tree = tree_with(&[("a.py", &made), ("old.py", &other)]);
    let path = tree.path().to_str().unwrap();

    let unasked = server.cli(&["scan", path, "--revoke"]).await;
    let revoked = server.cli(&["scan", path, "--revoke", "--yes"]).await;

    assert_eq!((unasked.status.code(), unasked.stdout.len()), (Some(2), 0), "{}", text(&unasked));
    assert!(text(&unasked).contains("standard input is not a terminal"), "{}", text(&unasked));
    assert!(text(&unasked).contains("help: add --yes"), "{}", text(&unasked));
    assert_eq!(revoked.status.code(), Some(1), "{}", text(&revoked));
    assert!(text(&revoked).contains("(leaked): revoked"), "{}", text(&revoked));
    assert!(text(&revoked).contains("(safe) from before its rotation"), "{}", text(&revoked));
    assert_eq!((status(&server, &made).await, status(&server, &rotated).await), ("revoked".into(), "active".into()));
}

#[tokio::test]
async fn every_key_of_a_line_is_revoked() {
    let server = server().start().await;
    let one = server.cli_json(&["keys", "create", "--name", "one", "--json"]).await;
    let two = server.cli_json(&["keys", "create", "--name", "two", "--json"]).await;
    let line = format!("{{\"a\":{},\"b\":{}}}", one["value"], two["value"]);
    let tree = directory_with(&[("keys.json", &line)]);

    let told = server.cli(&["scan", tree.path().to_str().unwrap(), "--revoke", "--yes"]).await;

    assert_eq!(told.status.code(), Some(1), "{}", text(&told));
    assert_eq!((status(&server, &one).await, status(&server, &two).await), ("revoked".into(), "revoked".into()));
}

#[tokio::test]
async fn at_a_terminal_a_key_is_revoked_after_yes_and_after_nothing_else() {
    let server = server().start().await;
    let made = server.cli_json(&["keys", "create", "--name", "leaked", "--json"]).await;
    let tree = tree_with(&[("a.py", &made)]);

    // A line end, words, and the end of all input.
    for no in ["\n", "n\n", "no\n", "yesterday\n", "\u{4}"] {
        let told = answered(&server, &tree, no);

        let question = format!("Revoke {} (leaked)? This cannot be undone. [y/N] ", made["id"].as_str().unwrap());
        assert!(text(&told).contains(&question), "{no:?}: {}", text(&told));
        assert!(text(&told).contains("(leaked) was not revoked"), "{no:?}: {}", text(&told));
        assert_eq!(status(&server, &made).await, "active", "{no:?}");
    }
    assert!(text(&answered(&server, &tree, "\u{4}")).contains("[y/N] \nnote: "), "the next line is one of its own");
    let told = answered(&server, &tree, "yes\n");

    assert_eq!(told.status.code(), Some(1), "{}", text(&told));
    assert!(text(&told).contains("(leaked): revoked"), "{}", text(&told));
    assert_eq!(status(&server, &made).await, "revoked");
    let again = answered(&server, &tree, "");
    assert!(text(&again).contains("(leaked) is revoked already"), "{}", text(&again));
}

#[tokio::test]
async fn what_was_to_be_revoked_is_revoked_although_nobody_reads_the_findings() {
    let server = server().start().await;
    let made = server.cli_json(&["keys", "create", "--name", "leaked", "--json"]).await;
    let tree = tree_with(&[("a.py", &made)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.env_clear().env("HOME", server.directory()).arg("scan").arg(tree.path()).args(["--revoke", "--yes"]);
    command.arg("--data-dir").arg(server.data_dir()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());

    let told = child.wait_with_output().unwrap();

    assert_eq!(told.status.code(), Some(1), "{}", text(&told));
    assert_eq!(status(&server, &made).await, "revoked");
}

//! `tollgate credentials` on a data directory, beside the server that runs there, and over a server's API.

use std::fs;

use serde_json::{Value as Json, json};
use tollgate_testing::{Ask, TestServer};

use super::{Home, Ran};
use crate::server;

const SECRET: &[u8] = b"sk-very-secret\n";

/// What the audit log tells of credentials, oldest first: type, who, payload.
fn told(events: &Json) -> Vec<(String, Json, Json)> {
    let of = |event: &Json| {
        let kind = event["type"].as_str().unwrap().to_owned();
        kind.starts_with("tollgate.credential.").then(|| (kind.clone(), event["actor"].clone(), event[&kind].clone()))
    };
    let mut all: Vec<_> = events["data"].as_array().unwrap().iter().filter_map(of).collect();
    all.reverse();
    all
}

fn kinds(told: &[(String, Json, Json)]) -> Vec<&str> {
    told.iter().map(|(kind, ..)| kind.trim_start_matches("tollgate.credential.")).collect()
}

async fn log(server: &TestServer) -> Json {
    server.ask(&Ask::get("/v1/organization/audit_logs?limit=100").bearer(server.admin_key())).await.json()
}

fn names(ran: &Ran) -> Vec<String> {
    ran.json()["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn on_a_data_directory_each_act_is_in_the_audit_log_without_an_actor_and_without_the_secret() {
    let home = Home::new();
    home.run_with(&["owner", "create", "--email", "ada@example.com"], b"correct horse battery staple\n");

    let set = home.run_with(&["credentials", "set", "openai"], SECRET);
    let again = home.run_with(&["credentials", "set", "openai"], b"sk-another-secret\n");
    let refused = home.run_with(&["credentials", "set", "a b"], SECRET);
    let removed = home.run(&["credentials", "remove", "openai"]);
    let missing = home.run(&["credentials", "remove", "openai"]);
    let events = home.run(&["audit", "list", "--json"]).json();

    assert_eq!([set.code, again.code, removed.code], [Some(0); 3], "{set:?} {again:?} {removed:?}");
    assert_eq!([refused.code, missing.code], [Some(1); 2], "{refused:?} {missing:?}");
    let all = told(&events);
    assert_eq!(kinds(&all), ["created", "updated", "deleted"]);
    for (_, actor, payload) in &all {
        assert_eq!((actor, &payload["id"]), (&Json::Null, &json!("openai")));
    }
    assert!(!format!("{events}{set:?}{again:?}{removed:?}").contains("-secret"));
    let mine = home.run(&["audit", "list", "--actor-ids", "operator", "--json"]).json();
    assert_eq!(told(&mine).len(), 3);
}

#[test]
fn one_that_a_provider_of_the_file_or_of_the_api_uses_is_not_removed_and_its_users_are_named() {
    let home = Home::new();
    home.run_with(&["owner", "create", "--email", "ada@example.com"], b"correct horse battery staple\n");
    let file = home.path().join("tollgate.toml");
    let provider = "[providers.near]\nbase_url = \"https://near.example/v1\"\ncredential = { stored = \"kept\" }\n";
    fs::write(&file, provider).unwrap();
    let config = ["--config", file.to_str().unwrap()];
    home.run_with(&["credentials", "set", "kept"], SECRET);
    home.run_with(&["credentials", "set", "other"], SECRET);
    let settings = r#"--settings={"base_url":"https://far.example/v1","credential":{"stored":"other"}}"#;
    let made = home.run(&[&["providers", "create", "--name", "far", settings], &config[..]].concat());

    let by_file = home.run(&[&["credentials", "remove", "kept"], &config[..]].concat());
    let by_api = home.run(&["credentials", "remove", "other"]);
    fs::write(&file, provider.replace("kept", "other")).unwrap();
    let free = home.run(&[&["credentials", "remove", "kept"], &config[..]].concat());

    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(by_file.code == Some(1) && by_file.err.contains("it is sent to near"), "{by_file:?}");
    assert!(by_api.code == Some(1) && by_api.err.contains("it is sent to far"), "{by_api:?}");
    assert_eq!(free.code, Some(0), "{free:?}");
    assert_eq!(names(&home.run(&["credentials", "list", "--json"])), ["other"]);
}

#[tokio::test]
async fn the_server_that_runs_on_the_data_directory_does_it_and_says_who_uses_one() {
    let server = server().start().await;
    let home = Home::new();
    let data_dir = server.data_dir();
    let run = |arguments: &[&str], input: &[u8]| {
        home.run_with(&[arguments, &["--data-dir", data_dir.to_str().unwrap()]].concat(), input)
    };

    let set = run(&["credentials", "set", "near"], SECRET);
    let settings = r#"--settings={"base_url":"https://near.example/v1","credential":{"stored":"near"}}"#;
    let made = run(&["providers", "create", "--name", "near", settings], b"");
    let again = run(&["credentials", "set", "near"], b"sk-another-secret\n");
    let used = run(&["credentials", "remove", "near"], b"");
    let listed = run(&["credentials", "list", "--json"], b"");
    run(&["providers", "delete", "near", "--yes"], b"");
    let removed = run(&["credentials", "remove", "near"], b"");

    assert_eq!([set.code, made.code, again.code, removed.code], [Some(0); 4], "{made:?} {again:?} {removed:?}");
    assert!(used.code == Some(1) && used.err.contains("it is sent to near"), "{used:?}");
    assert_eq!(names(&listed), ["near"]);
    let events = log(&server).await;
    let all = told(&events);
    assert_eq!(kinds(&all), ["created", "updated", "deleted"]);
    assert!(all.iter().all(|(_, actor, _)| actor.is_null()), "{events}");
    assert!(!format!("{events}{}{set:?}{again:?}", server.log()).contains("-secret"));
}

#[tokio::test]
async fn over_a_server_s_api_it_is_an_act_of_the_admin_key() {
    let server = server().start().await;
    let home = Home::new();
    let key = home.path().join("key");
    fs::write(&key, server.admin_key()).unwrap();
    let (url, by) = (format!("http://{}/v1", server.address()), format!("@{}", key.display()));
    let run = |arguments: &[&str], input: &[u8]| {
        home.run_with(&[arguments, &["--url", &url, "--admin-key", &by]].concat(), input)
    };

    let set = run(&["credentials", "set", "openai"], SECRET);
    let again = run(&["credentials", "set", "openai"], b"sk-another-secret\n");
    let empty = run(&["credentials", "set", "openai"], b"\n");
    let listed = run(&["credentials", "list"], b"");
    let removed = run(&["credentials", "remove", "openai"], b"");
    let missing = run(&["credentials", "remove", "openai"], b"");
    let keyless = home.run_with(&["credentials", "list", "--url", &url], b"");

    assert_eq!([set.code, again.code, removed.code], [Some(0); 3], "{set:?} {again:?} {removed:?}");
    assert!(listed.out.contains("openai"), "{listed:?}");
    assert!(empty.code == Some(1) && empty.err.contains("param_out_of_range"), "{empty:?}");
    assert!(missing.code == Some(1) && missing.err.contains("admin_object_not_found"), "{missing:?}");
    assert_eq!(keyless.code, Some(2), "{keyless:?}");
    let events = log(&server).await;
    let all = told(&events);
    assert_eq!(kinds(&all), ["created", "updated", "deleted"]);
    for (_, actor, _) in &all {
        assert_eq!(actor["api_key"]["user"]["email"], "owner@localhost", "{actor}");
    }
    assert!(!format!("{events}{set:?}{again:?}{listed:?}").contains("-secret"));
}

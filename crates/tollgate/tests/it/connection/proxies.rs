//! `trusted_proxies`: whose word about a caller's address counts.

use serde_json::{Value as Json, json};
use tollgate_testing::{Ask, Reply, TestServer};

use crate::reload::{metric, rewrite};
use crate::server;

const HERE: &str = "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]";

fn admin(server: &TestServer, ask: Ask) -> Ask {
    ask.bearer(server.admin_key())
}

/// A key that may be used from one network alone.
async fn bound_key(server: &TestServer) -> String {
    let projects = server.ask(&admin(server, Ask::get("/v1/organization/projects"))).await.json();
    let path = format!("/v1/organization/projects/{}/api_keys", projects["data"][0]["id"].as_str().unwrap());
    let body = json!({ "name": "bound", "addresses": ["203.0.113.0/24"] }).to_string();
    let made = server.ask(&admin(server, Ask::post(&path, body))).await.json();
    made["value"].as_str().unwrap().to_owned()
}

fn from(ask: Ask, lines: &[&str]) -> Ask {
    lines.iter().fold(ask, |ask, line| ask.header("X-Forwarded-For", line))
}

#[tokio::test]
async fn a_key_s_addresses_are_held_against_whom_a_trusted_proxy_names() {
    let server = server().config(HERE).start().await;
    let key = bound_key(&server).await;
    let mut h2 = server.connect_http2().await;

    for (lines, status) in [
        (&["203.0.113.9"][..], 200),
        (&["198.51.100.1, 203.0.113.9, 10.1.2.3"], 200),
        (&["198.51.100.1", "203.0.113.9"], 200),
        (&["203.0.113.9", "198.51.100.1"], 401),
        (&["203.0.113.9, 198.51.100.1"], 401),
        (&["203.0.113.9, nonsense"], 401),
        (&[], 401),
    ] {
        let ask = from(Ask::get("/v1/models").bearer(&key), lines);
        let (plain, multiplexed) = (server.ask(&ask).await, h2.ask(&ask).await);
        assert_eq!((plain.status, multiplexed.status), (status, status), "{lines:?}: {}", plain.text());
    }
    let refused = server.ask(&from(Ask::get("/v1/models").bearer(&key), &["198.51.100.1"])).await;
    assert_eq!(refused.cause(), "ip_not_allowed");
    assert!(refused.text().contains("198.51.100.1"), "{}", refused.text());
}

#[tokio::test]
async fn nobody_else_is_believed_and_settings_change_while_the_server_runs() {
    let server = server().config("trusted_proxies = [\"10.0.0.0/8\"]").start().await;
    let key = bound_key(&server).await;
    let ask = from(Ask::get("/v1/models").bearer(&key), &["203.0.113.9"]);

    let before = server.ask(&ask).await;
    rewrite(&server, |text| text.replace("10.0.0.0/8", "127.0.0.0/8"));
    metric(&server, r#"tollgate_config_reload_total{result="applied"} 1"#).await;
    let after = server.ask(&ask).await;

    assert_eq!((before.status, before.cause(), after.status), (401, "ip_not_allowed", 200));
}

#[tokio::test]
async fn the_audit_log_and_the_bounds_on_signing_in_go_by_the_caller_s_address() {
    let server = server().config(HERE).start().await;
    let sign_in = |address: &'static str| {
        let body = json!({ "email": "owner@localhost", "password": "not the right password" }).to_string();
        from(Ask::post("/v1/tollgate/sessions", body), &[address])
    };

    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(server.ask(&sign_in("203.0.113.9")).await.status);
    }
    let elsewhere = server.ask(&sign_in("203.0.113.10")).await;
    let log = server.ask(&admin(&server, Ask::get("/v1/organization/audit_logs?event_types[]=login.failed"))).await;

    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    assert_eq!(elsewhere.status, 401, "another caller of the same proxy is not held up");
    let addresses: Vec<Json> = addresses(&log);
    assert_eq!((addresses.len(), &addresses[0], &addresses[5]), (6, &json!("203.0.113.10"), &json!("203.0.113.9")));
}

fn addresses(log: &Reply) -> Vec<Json> {
    let of = |event: &Json| event["actor"]["session"]["ip_address"].clone();
    log.json()["data"].as_array().unwrap().iter().map(of).collect()
}

//! The way out of the whole server, seen from the network: in a namespace of its own every address leads to one listener,
//! and the kernel counts the connections that are opened; in another a host swallows packets.
//!
//! Each test that looks is started by another, which makes the namespace.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tollgate_testing::disguises::DISGUISES;
use tollgate_testing::names::Names;
use tollgate_testing::namespace::{EVERY_ADDRESS, SILENT, SILENT_WIRE, opened, run_in};
use tollgate_testing::{Page, TestServer, Upstream, Web};

use super::addresses::PNG;
use super::{ask, refusal};
use crate::server;

/// A server that lets nothing through, with two models: one looks before the call, the other behind a refusal.
async fn guarded(upstream: &Upstream) -> TestServer {
    let deployments = "deployments = [{ provider = \"openai\", model = \"gpt-4o\" }]";
    let models = format!("[models.vision]\nimages = \"check\"\n{deployments}\n[models.late]\n{deployments}");
    let rest = "[images]\ntimeout = \"1s\"\n[retry]\nattempts = 1\n[breaker]\nfailures = 0";
    server().upstream(upstream).config(&models).config(rest).start().await
}

/// What every address leads to, names that lead inward, and a server between them and its caller.
struct Net {
    canary: Web,
    _names: Names,
    upstream: Upstream,
    server: TestServer,
}

impl Net {
    async fn start() -> Self {
        let canary = Web::listen("[::]:80", None).await;
        canary.put("/a.png", Page::file("image/png", PNG));
        let names = Names::start("127.0.0.1:53".parse().unwrap(), |name, number| {
            let addresses: &[&str] = match (name, number) {
                ("public.test", _) => &["203.1.113.5"],
                ("mixed.test", _) => &["203.1.113.5", "10.0.0.1"],
                ("private.test", _) => &["10.0.0.1"],
                ("metadata.google.internal", _) => &["169.254.169.254"],
                // Public when it is looked at, private when it is connected to.
                ("rebinding.test", 0) => &["203.1.113.5"],
                ("rebinding.test", _) => &["127.0.0.1"],
                _ => return None,
            };
            Some(addresses.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect())
        })
        .await;
        let upstream = Upstream::start().await;
        let server = guarded(&upstream).await;
        Self { canary, _names: names, upstream, server }
    }
}

#[test]
fn no_disguise_of_a_forbidden_address_makes_the_gateway_open_a_connection() {
    run_in(EVERY_ADDRESS, "v1::images::network::disguises");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn disguises() {
    let (net, before) = (Net::start().await, opened());
    let names = ["mixed.test", "private.test", "metadata.google.internal"].map(|name| format!("http://{name}/a.png"));
    let all: Vec<&str> = DISGUISES.into_iter().chain(names.iter().map(String::as_str)).collect();

    for url in &all {
        let reply = ask(&net.server, url).await;

        let refused = ["image_url_not_public", "image_url_malformed", "image_host_not_found"];
        assert!(reply.status == 400 && refused.contains(&reply.cause()), "{url}: {}", reply.text());
    }

    // Each question to the gateway is a connection, and there is no other.
    assert_eq!((opened() - before, net.canary.connections()), (all.len(), 0));
    assert_eq!(net.upstream.received().len(), 0);
    // What opens one is counted: the question's, the image's, the provider's.
    let fine = ask(&net.server, "http://203.1.113.5/a.png").await;
    assert_eq!((fine.status, opened() - before, net.canary.connections()), (200, all.len() + 3, 1));
}

#[test]
fn redirects_and_names_that_change_lead_the_gateway_nowhere_either() {
    run_in(EVERY_ADDRESS, "v1::images::network::redirects");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn redirects() {
    let (net, before) = (Net::start().await, opened());

    for (number, url) in DISGUISES.into_iter().enumerate() {
        let path = format!("/{number}");
        net.canary.put(&path, Page::redirect(&url.replace('\t', "%09")));
        let reply = ask(&net.server, &format!("http://public.test{path}")).await;

        let refused = ["image_url_not_public", "image_redirects", "image_host_not_found"];
        assert!(reply.status == 400 && refused.contains(&reply.cause()), "{url}: {}", reply.text());
    }

    // A question and the place that redirects: two for each.
    assert_eq!((opened() - before, net.canary.connections()), (2 * DISGUISES.len(), DISGUISES.len()));
    assert_eq!(net.upstream.received().len(), 0);
    let first = ask(&net.server, "http://rebinding.test/a.png").await;
    let second = ask(&net.server, "http://rebinding.test/b.png").await;
    assert_eq!((first.status, second.cause()), (200, "image_url_not_public"), "{}", second.text());
    assert_eq!(net.canary.connections(), DISGUISES.len() + 1);
}

#[test]
fn a_host_that_swallows_packets_is_told_within_the_limit() {
    run_in(SILENT_WIRE, "v1::images::network::silence");
}

#[tokio::test]
#[ignore = "started by another test"]
async fn silence() {
    let upstream = Upstream::start().await;
    let server = guarded(&upstream).await;
    let url = format!("http://{SILENT}/a.png");
    let limit = Duration::from_secs(1);

    let begin = Instant::now();
    let refused = ask(&server, &url).await;
    let took = begin.elapsed();
    upstream.answer(refusal(&url));
    let explained = server.first_key().post(super::CHAT, super::asking("late", &[&url])).await;
    let config = server.directory().join("tollgate.toml");
    let told = server.cli(&["image", "check", &url, "--config", config.to_str().unwrap()]).await;

    assert_eq!((refused.status, refused.cause()), (400, "image_download_timeout"), "{}", refused.text());
    assert!(refused.text().contains(&format!("Timeout while downloading {url}. The host")), "{}", refused.text());
    assert_eq!(refused.error()["code"], json!("invalid_image_url"));
    assert!(refused.text().contains(&format!("{SILENT} did not accept a connection within")), "{}", refused.text());
    assert!(took >= limit && took < 2 * limit, "{took:?}");
    assert_eq!((explained.status, explained.cause()), (400, "image_download_timeout"), "{}", explained.text());
    assert_eq!(upstream.received().len(), 1, "only the model that asks first");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("cause   image_download_timeout"), "{told}");
}

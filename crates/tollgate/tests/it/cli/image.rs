//! `tollgate image check`: what lies at an address, and why it cannot be had.

use std::sync::Arc;

use serde_json::Value as Json;
use tollgate_testing::{Page, Web};

use super::{Home, Ran};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0\0\0\0\0";

/// Runs it beside the host that it asks.
async fn checked(home: &Arc<Home>, arguments: &[&str]) -> Ran {
    let arguments: Vec<String> = ["image", "check"].iter().chain(arguments).map(|&word| word.to_owned()).collect();
    let home = home.clone();
    let run = move || home.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn home() -> Arc<Home> {
    let home = Home::new();
    let config = "[providers.openai]\nbase_url = \"https://api.openai.com/v1\"\n[models.vision]\nimages = \"check\"\n\
                  deployments = [{ provider = \"openai\", model = \"gpt-4o\" }]\n[images]\nallowed_hosts = [\"127.0.0.1\"]\n";
    std::fs::write(home.path().join("tollgate.toml"), config).unwrap();
    Arc::new(home)
}

#[tokio::test]
async fn what_is_in_order_is_told_with_its_size_and_its_times() {
    let (home, web) = (home(), Web::start().await);
    web.put("/a.png", Page::file("image/png", PNG)).put("/moved", Page::redirect("/a.png"));
    let url = web.url("/moved");

    let told = checked(&home, &[&url, "--config", "tollgate.toml", "--model", "vision"]).await;
    let json = checked(&home, &[&url, "--config", "tollgate.toml", "--json"]).await.json();

    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.starts_with("In order: a PNG of 640 × 480 pixels, 33 bytes, fetched in "), "{}", told.out);
    assert!(told.out.contains(&format!("then    {}", web.url("/a.png"))), "{}", told.out);
    assert!(told.out.contains("images = \"check\": the gateway looks before the call"), "{}", told.out);
    assert_eq!((&json["ok"], &json["cause"], &json["width"]), (&Json::Bool(true), &Json::Null, &640.into()));
    assert!(json["total_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{json}");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_cause_and_ends_with_code_1() {
    let (home, web) = (home(), Web::start().await);
    web.put("/a.png", Page::answer(401, &[], b""));

    let login = checked(&home, &[&web.url("/a.png"), "--config", "tollgate.toml"]).await;
    let inside = checked(&home, &[&web.url("/a.png"), "--json"]).await;
    let along = checked(&home, &["data:image/png;base64,aGk"]).await;

    assert_eq!(login.code, Some(1), "{login:?}");
    assert!(login.out.contains("cause   image_needs_login") && login.out.contains("401"), "{}", login.out);
    let json: Json = serde_json::from_str(&inside.out).unwrap();
    assert_eq!((inside.code, &json["cause"]), (Some(1), &"image_url_not_public".into()));
    assert_eq!(web.connections(), 1, "without the list nothing is asked");
    assert!(along.out.contains("cause   image_invalid"), "{}", along.out);
}

#[tokio::test]
async fn a_model_that_is_not_there_is_wrong_usage() {
    let told = checked(&home(), &["data:,x", "--config", "tollgate.toml", "--model", "visio"]).await;

    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.err.contains("did you mean \"vision\"?"), "{}", told.err);
}

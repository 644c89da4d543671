//! `tollgate image check`: what lies at an address, and why it cannot be had.

use std::sync::Arc;

use serde_json::Value as Json;
use tollgate_testing::{Page, Web};

use super::{Home, Ran};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0\0\0\0\0\
    \0\0\0\0IEND\xae\x42\x60\x82";

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
    assert!(told.out.starts_with("In order: a PNG of 640 × 480 pixels, 45 bytes, fetched in "), "{}", told.out);
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
    let half = checked(&home, &["data:image/gif;base64,R0lGODlhAQABAAAAACw="]).await;
    let unmarked = checked(&home, &["data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBAA=="]).await;

    assert_eq!(login.code, Some(1), "{login:?}");
    assert!(login.out.contains("cause   image_needs_login") && login.out.contains("401"), "{}", login.out);
    let json: Json = serde_json::from_str(&inside.out).unwrap();
    assert_eq!((inside.code, &json["cause"]), (Some(1), &"image_url_not_public".into()));
    assert_eq!(web.connections(), 1, "without the list nothing is asked");
    assert!(along.out.contains("cause   image_invalid"), "{}", along.out);
    assert!(half.out.contains("it is a GIF that is cut off: a frame is not whole"), "{}", half.out);
    assert!(half.out.contains("cause   image_damaged"), "{}", half.out);
    assert!(unmarked.out.contains("may refuse it: it is a GIF without its trailer") && unmarked.code == Some(0));
}

#[tokio::test]
async fn a_model_that_is_not_there_is_wrong_usage() {
    let told = checked(&home(), &["data:,x", "--config", "tollgate.toml", "--model", "visio"]).await;

    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.err.contains("did you mean \"vision\"?"), "{}", told.err);
}

#[tokio::test]
async fn an_address_that_is_too_long_for_a_shell_comes_by_standard_input() {
    let home = home();
    let long = format!("data:image/png;base64,{}\n", "aGVs".repeat(100_000));
    let run = move || home.run_with(&["image", "check", "-", "--json"], long.as_bytes());

    let told = tokio::task::spawn_blocking(run).await.unwrap();

    let json: Json = serde_json::from_str(&told.out).unwrap();
    assert_eq!((told.code, &json["cause"], &json["bytes"]), (Some(1), &"image_invalid".into(), &300_000.into()));
}

#[tokio::test]
async fn a_path_of_this_machine_is_told_how_to_be_looked_at() {
    let home = home();
    std::fs::write(home.path().join("a.png"), PNG).unwrap();

    let path = checked(&home, &["a.png"]).await;
    let how = path.err.split_once("would see in it: ").map_or("", |(_, how)| how.trim()).to_owned();
    let mut command = std::process::Command::new("sh");
    let binaries = std::path::Path::new(env!("CARGO_BIN_EXE_tollgate")).parent().unwrap();
    command.env("PATH", format!("{}:/usr/bin:/bin", binaries.display())).current_dir(home.path());
    let looked = Ran::of(&command.args(["-c", &how]).output().unwrap());

    assert_eq!((path.code, path.err.lines().count()), (Some(1), 1), "{path:?}");
    assert_eq!(looked.out.trim_end(), "In order: a PNG of 640 × 480 pixels, 45 bytes", "{looked:?}");
    assert_eq!(looked.err, "", "nothing is looked up");
}

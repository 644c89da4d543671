//! Images that requests name by their addresses: what each setting does, and what addresses, good and bad, come to.

mod addresses;
mod network;

use serde_json::{Value as Json, json};
use tollgate_testing::server::ServerBuilder;
use tollgate_testing::{Answer, Authority, Page, Reply, TestServer, Upstream, Web};

use self::addresses::{PNG, data_url, without_end};
use crate::server;

const CHAT: &str = "/v1/chat/completions";

/// A server whose model `vision` has this setting, and lets the loopback interface through.
fn with(upstream: &Upstream, images: &str, more: &str) -> ServerBuilder {
    let section = format!(
        "[models.vision]\nimages = \"{images}\"\ndeployments = [{{ provider = \"openai\", model = \"gpt-4o\" }}]\n\
         [images]\nallowed_hosts = [\"127.0.0.1\", \"localhost\"]\n{more}\n[retry]\nattempts = 1\n[breaker]\nfailures = 0"
    );
    server().upstream(upstream).config(&section)
}

fn asking(model: &str, urls: &[&str]) -> String {
    let mut content = vec![json!({ "type": "text", "text": "What is this?" })];
    content.extend(urls.iter().map(|url| json!({ "type": "image_url", "image_url": { "url": url } })));
    json!({ "model": model, "messages": [{ "role": "user", "content": content }] }).to_string()
}

async fn ask(server: &TestServer, url: &str) -> Reply {
    server.first_key().post(CHAT, asking("vision", &[url])).await
}

/// As OpenAI says it of an image that it could not have.
fn refusal(url: &str) -> Answer {
    let error = json!({ "error": { "message": format!("Error while downloading {url}."),
        "type": "invalid_request_error", "param": null, "code": "invalid_image_url" } });
    Answer::json(400, error.to_string())
}

fn evidence(reply: &Reply) -> String {
    reply.error()["diagnosis"]["evidence"].to_string()
}

#[tokio::test]
async fn by_default_nothing_is_fetched_of_a_request_that_succeeds() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    let server = with(&upstream, "diagnose", "").start().await;
    let sent = asking("vision", &[&web.url("/a.png")]);

    let reply = server.first_key().post(CHAT, sent.clone()).await;

    assert_eq!((reply.status, web.connections()), (200, 0), "{}", reply.text());
    assert_eq!(upstream.only().text(), sent.replace("\"vision\"", "\"gpt-4o\""));
}

#[tokio::test]
async fn behind_a_refusal_the_exact_reason_is_told_and_the_providers_words_stay() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    web.put("/a.png", Page::answer(403, &[], b"")).put("/b.png", Page::file("image/png", PNG));
    let server = with(&upstream, "diagnose", "").start().await;
    let (bad, good) = (web.url("/a.png"), web.url("/b.png"));
    upstream.answer(refusal(&bad));

    let reply = server.first_key().post(CHAT, asking("vision", &[&good, &bad])).await;

    assert_eq!((reply.status, reply.cause()), (400, "image_needs_login"), "{}", reply.text());
    assert_eq!(reply.error()["message"], format!("Error while downloading {bad}."));
    assert_eq!(reply.error()["code"], "invalid_image_url");
    let evidence = evidence(&reply);
    assert!(evidence.contains("messages[0].content[2].image_url.url: the host answered 403"), "{evidence}");
}

#[tokio::test]
async fn where_nothing_is_wrong_from_here_it_is_said_so() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    web.put("/a.png", Page::file("image/png", PNG));
    let server = with(&upstream, "diagnose", "").start().await;
    let url = web.url("/a.png");
    upstream.answer(refusal(&url));

    let reply = ask(&server, &url).await;

    assert_eq!((reply.status, reply.cause()), (400, "image_url_unreachable"), "{}", reply.text());
    assert!(evidence(&reply).contains("from here it is a PNG of 640 × 480 pixels"), "{}", reply.text());
}

#[tokio::test]
async fn other_refusals_fetch_nothing_and_neither_does_a_model_that_is_off() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    let off = "[models.off]\nimages = \"off\"\ndeployments = [{ provider = \"openai\", model = \"gpt-4o\" }]";
    let server = with(&upstream, "diagnose", "").config(off).start().await;
    let url = web.url("/a.png");
    let other = json!({ "error": { "message": "Rate limit reached", "type": "requests", "param": null,
        "code": "rate_limit_exceeded" } });
    upstream.answer(Answer::json(429, other.to_string()));
    upstream.answer(refusal(&url));

    let busy = ask(&server, &url).await;
    let refused = server.first_key().post(CHAT, asking("off", &[&url])).await;

    assert_eq!((busy.status, refused.cause(), web.connections()), (429, "image_url_unreachable", 0));
}

#[tokio::test]
async fn a_refusal_waits_five_seconds_at_most_for_its_reason() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    web.put("/late.png", Page::Silence);
    let server = with(&upstream, "diagnose", "timeout = \"1m\"").start().await;
    let url = web.url("/late.png");
    upstream.answer(refusal(&url));
    let begin = std::time::Instant::now();

    let reply = ask(&server, &url).await;

    let took = begin.elapsed().as_secs_f64();
    assert_eq!(reply.cause(), "image_download_timeout", "{}", reply.text());
    assert!((4.5..8.0).contains(&took), "{took} s");
}

#[tokio::test]
async fn what_was_seen_counts_within_the_project_alone() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    web.put("/a.png", Page::file("image/png", PNG));
    let server = with(&upstream, "check", "").start().await;
    let url = web.url("/a.png");

    for _ in 0..3 {
        assert_eq!(ask(&server, &url).await.status, 200);
    }

    assert_eq!(web.connections(), 1);
}

#[tokio::test]
async fn a_host_that_only_this_network_reaches_is_refused_where_a_vendor_is_to_fetch_it() {
    let web = Web::start().await;
    web.put("/a.png", Page::file("image/png", PNG));
    // No request gets as far as the vendor.
    let section = "[providers.vendor]\ndialect = \"openai\"\nbase_url = \"https://api.openai.com/v1\"\n\
                   [models.vision]\nimages = \"check\"\ndeployments = [{ provider = \"vendor\", model = \"gpt-4o\" }]\n\
                   [images]\nallowed_hosts = [\"127.0.0.1\"]";
    let server = server().config(section).start().await;

    let reply = ask(&server, &web.url("/a.png")).await;

    assert_eq!((reply.status, reply.cause()), (400, "image_url_not_public"), "{}", reply.text());
    assert!(
        evidence(&reply).contains("the provider cannot; images = \\\"inline\\\" sends its contents"),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn contents_take_the_place_of_addresses_and_the_answer_says_so() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    web.put("/a", Page::file("application/octet-stream", PNG))
        .put("/b.pdf", Page::file("application/pdf", b"%PDF-1.7"));
    let server = with(&upstream, "inline", "").start().await;
    let key = server.first_key();
    let url = web.url("/a");

    let chat = key.post(CHAT, asking("vision", &[&url, &url])).await;
    let parts =
        json!([{ "type": "input_image", "image_url": url }, { "type": "input_file", "file_url": web.url("/b.pdf") }]);
    let asked = json!({ "model": "vision", "input": [{ "role": "user", "content": parts }] });
    key.post("/v1/responses", asked.to_string()).await;

    assert_eq!(chat.header("x-tollgate-adapted"), Some("2 downloads inlined"), "{}", chat.text());
    let sent: Json = serde_json::from_str(&upstream.request(0).await.text()).unwrap();
    for part in [1, 2] {
        assert_eq!(sent["messages"][0]["content"][part]["image_url"]["url"], data_url("image/png", PNG));
    }
    assert_eq!(sent["model"], "gpt-4o");
    let sent: Json = serde_json::from_str(&upstream.request(1).await.text()).unwrap();
    let content = &sent["input"][0]["content"];
    assert_eq!(content[0]["image_url"], data_url("image/png", PNG));
    let file =
        json!({ "type": "input_file", "filename": "b.pdf", "file_data": data_url("application/pdf", b"%PDF-1.7") });
    assert_eq!(content[1], file);
    assert_eq!(web.connections(), 2, "each address once");
}

#[tokio::test]
async fn what_would_make_a_request_too_large_is_refused() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    let large = [PNG, &vec![0; 60_000]].concat();
    web.put("/a.png", Page::file("image/png", &large));
    let server = with(&upstream, "inline", "").config("[limits]\nbody = \"64KiB\"").start().await;

    let reply = ask(&server, &web.url("/a.png")).await;

    assert_eq!((reply.status, reply.cause()), (400, "image_too_large"), "{}", reply.text());
    assert!(reply.text().contains("65536 are taken"), "{}", reply.text());
    assert_eq!(upstream.received().len(), 0);
}

#[tokio::test]
async fn the_sandbox_downloads_as_a_provider_does() {
    let web = Web::start().await;
    web.put("/a.png", Page::file("image/png", PNG)).put("/page", Page::file("text/html", b"<!doctype html><html>"));
    let server = server().config("[images]\nallowed_hosts = [\"127.0.0.1\"]").start().await;
    let key = server.first_key();
    let say = async |path: &str| key.post(CHAT, asking("sandbox", &[&web.url(path)])).await;

    let (seen, page, missing) = (say("/a.png").await, say("/page").await, say("/missing.png").await);

    assert!(seen.text().contains("a PNG of 640 × 480 pixels"), "{}", seen.text());
    assert_eq!(seen.header("x-tollgate-adapted"), None);
    assert_eq!((page.cause(), &page.error()["code"]), ("image_is_page", &json!("invalid_image_format")));
    assert_eq!((missing.cause(), &missing.error()["code"]), ("image_host_answered", &json!("invalid_image_url")));
}

#[tokio::test]
async fn a_picture_without_its_end_is_refused_by_inline_and_by_the_sandbox_too() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    web.put("/half.png", Page::file("image/png", without_end(PNG)));
    let server = with(&upstream, "inline", "").start().await;
    let (half, along) = (web.url("/half.png"), data_url("image/png", without_end(PNG)));

    for (model, url) in [("vision", &half), ("vision", &along), ("sandbox", &half), ("sandbox", &along)] {
        let reply = server.first_key().post(CHAT, asking(model, &[url])).await;

        assert_eq!((reply.status, reply.cause()), (400, "image_damaged"), "{model} {url}: {}", reply.text());
        assert_eq!(reply.error()["code"], "invalid_image_format");
        assert!(evidence(&reply).contains("the chunk IEND is missing"), "{}", reply.text());
    }
    assert_eq!(upstream.received().len(), 0);
}

#[tokio::test]
async fn responses_have_their_own_code_of_a_failed_download() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    let server = with(&upstream, "check", "").start().await;
    let part = json!({ "type": "input_image", "image_url": web.url("/missing.png") });
    let asked = json!({ "model": "vision", "input": [{ "role": "user", "content": [part] }] });

    let reply = server.first_key().post("/v1/responses", asked.to_string()).await;

    let error = reply.error();
    assert_eq!((reply.status, reply.cause()), (400, "image_host_answered"), "{}", reply.text());
    assert_eq!((&error["code"], &error["param"]), (&json!("invalid_value"), &json!("url")));
    assert!(error["message"].as_str().unwrap().starts_with("Error while downloading http://127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn no_address_that_the_caller_did_not_write_is_told() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    web.put("/in", Page::redirect("http://10.77.3.9/secret.png")).put("/name", Page::redirect("http://db.corp.test/x"));
    let server = with(&upstream, "check", "timeout = \"3s\"").start().await;

    let inside = ask(&server, &web.url("/in")).await;
    let name = ask(&server, &web.url("/name")).await;

    assert_eq!((inside.status, inside.cause()), (400, "image_url_not_public"), "{}", inside.text());
    assert!(!inside.text().contains("10.77"), "{}", inside.text());
    assert_eq!(name.status, 400);
    assert!(!name.text().contains("corp.test"), "{}", name.text());
    assert_eq!(upstream.received().len(), 0);
}

#[tokio::test]
async fn addresses_good_and_bad_have_each_their_cause() {
    let (upstream, web) = (Upstream::start().await, Web::start().await);
    let authority = Authority::new();
    let tls = addresses::Hosts::start(&authority).await;
    addresses::furnish(&web);
    let more = "roots = { file = \"roots.pem\" }\ntimeout = \"1s\"\nmax_bytes = \"1MiB\"\nmax_side = 8000";
    let server = with(&upstream, "check", more).file("roots.pem", &authority.pem()).start().await;
    let all = addresses::all(&web, &tls);
    assert!(all.len() >= 60, "{}", all.len());
    let (count, mut wrong) = (all.len(), Vec::new());

    for (url, cause, code) in all {
        let begin = std::time::Instant::now();
        let reply = ask(&server, &url).await;
        let took = begin.elapsed();

        let shown: String = url.chars().take(90).collect();
        let told = if reply.status == 200 { "fine" } else { reply.cause() };
        let named = if reply.status == 200 { Json::Null } else { reply.error()["code"].clone() };
        println!("{told:<24} {:>5} ms  {named:<24} {shown}", took.as_millis());
        if told != cause || named != json!(code) || took.as_secs() >= 2 {
            wrong
                .push(format!("{shown}: wanted {cause} {code:?}, got {told} {named} after {took:?}: {}", reply.text()));
        }
    }

    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

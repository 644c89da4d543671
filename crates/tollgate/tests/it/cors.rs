//! Browsers of other origins: refused unless configured.

use tollgate_testing::Ask;

use crate::server;

fn preflight(origin: &str) -> Ask {
    Ask::new("OPTIONS", "/v1/chat/completions")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
}

fn allowed(reply: &tollgate_testing::Reply) -> Option<&str> {
    reply.header("access-control-allow-origin")
}

#[tokio::test]
async fn without_configuration_no_origin_is_named() {
    let server = server().start().await;
    let key = server.first_key();

    let before = server.ask(&preflight("https://app.example.com")).await;
    let reply = key.ask(key.chat_ask("sandbox", "hi").header("origin", "https://app.example.com")).await;

    assert_eq!((before.status, allowed(&before)), (405, None));
    assert_eq!((reply.status, allowed(&reply)), (200, None));
}

#[tokio::test]
async fn a_configured_origin_may_call_and_others_may_not() {
    let server = server().config("[cors]\norigins = [\"https://app.example.com\"]").start().await;
    let key = server.first_key();
    let ask = |origin: &str| key.chat_ask("sandbox", "hi").header("origin", origin);

    let before = server.ask(&preflight("https://app.example.com")).await;
    let other_before = server.ask(&preflight("https://evil.example.com")).await;
    let reply = key.ask(ask("https://app.example.com")).await;
    let refused = server.ask(&Ask::get("/v1/models").header("origin", "https://app.example.com")).await;
    let other = key.ask(ask("https://evil.example.com")).await;

    assert_eq!((before.status, allowed(&before)), (204, Some("https://app.example.com")));
    assert!(before.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert_eq!(before.header("vary"), Some("origin"));
    assert_eq!((reply.status, allowed(&reply)), (200, Some("https://app.example.com")));
    assert!(reply.header("access-control-expose-headers").unwrap().contains("x-request-id"));
    assert_eq!(
        (refused.status, allowed(&refused)),
        (401, Some("https://app.example.com")),
        "refusals are readable too"
    );
    assert_eq!((allowed(&other_before), allowed(&other)), (None, None));
    assert!(before.header("access-control-allow-credentials").is_none());
}

#[tokio::test]
async fn all_origins_can_be_allowed() {
    let server = server().config("[cors]\norigins = [\"*\"]").start().await;

    assert_eq!(allowed(&server.ask(&preflight("null")).await), Some("*"));
}

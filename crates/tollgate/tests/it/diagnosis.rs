//! Where an explanation is shown.

use tollgate_testing::{Ask, Reply};

use crate::server;

fn shown(reply: &Reply) -> (bool, bool) {
    (reply.error().get("diagnosis").is_some(), reply.header("x-tollgate-cause").is_some())
}

#[tokio::test]
async fn a_request_says_where_it_wants_its_explanation() {
    let server = server().start().await;
    let ask = |show: &str| Ask::get("/v1/models").header("x-tollgate-diagnosis", show);

    for (show, expected) in [
        ("body", (true, true)),
        ("header", (false, true)),
        ("off", (false, false)),
        (" OFF ", (false, false)),
        ("nonsense", (true, true)),
    ] {
        let reply = server.ask(&ask(show)).await;

        assert_eq!(shown(&reply), expected, "{show}: {}", reply.text());
        assert_eq!(reply.header("link").is_some(), expected.1, "{show}");
        assert!(reply.error()["message"].as_str().unwrap().starts_with("You didn't provide an API key."));
        assert!(reply.header("x-should-retry").is_some());
    }
}

#[tokio::test]
async fn a_server_says_where_explanations_go_and_a_request_may_differ() {
    let server = server().config("[diagnosis]\nshow = \"off\"").start().await;

    let usual = server.get("/v1/models").await;
    let asked = server.ask(&Ask::get("/v1/models").header("x-tollgate-diagnosis", "body")).await;
    let malformed = server.raw_reply(b"GET / HTTP/1.1\r\n\r\n").await;

    assert_eq!((shown(&usual), shown(&asked), shown(&malformed)), ((false, false), (true, true), (false, false)));
}

#[tokio::test]
async fn the_guide_is_linked_where_it_is_said_to_be() {
    let server = server().config("docs_url = \"https://docs.example.com\"").start().await;

    let reply = server.get("/v1/models").await;

    assert_eq!(reply.header("link"), Some("<https://docs.example.com/errors/key_missing>; rel=\"help\""));
    assert_eq!(reply.error()["diagnosis"]["docs"], "https://docs.example.com/errors/key_missing");
}

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, Upstream};

use super::{Fault, chat, meet};
use crate::server;

fn page(body: impl Into<Vec<u8>>) -> Answer {
    Answer::json(200, body)
}

fn error(code: impl Into<Json>) -> String {
    json!({ "error": { "message": "m", "type": "x", "param": null, "code": code.into() } }).to_string()
}

#[tokio::test]
async fn a_200_that_is_no_answer_is_told_as_the_page_says() {
    let faults = vec![
        Fault::says("truncated JSON", page(r#"{"id":"chatcmpl-1","choices":["#)).await,
        Fault::says("more bytes than Content-Length", Answer::announced(10).piece(r#"{"id":"chatcmpl-1"}"#)).await,
        Fault::says("JSON with something behind it", page(r#"{"choices":[]} trailing"#)).await,
        Fault::says("200 with null", page("null")).await,
        Fault::says("200 with a list", page("[]")).await,
        Fault::says("200 with nothing", page("")).await,
        Fault::says("invalid UTF-8", page(b"{\"choices\":[\"\xff\xfe\"]}".as_slice())).await,
        Fault::says("unknown content type", Answer::text(200, "application/octet-stream", b"\x00\x01\x02".as_slice()))
            .await,
        Fault::says("HTML instead of JSON", Answer::text(200, "text/html", "<!DOCTYPE html><p>Sign in</p>")).await,
        Fault::says("HTML labelled as JSON", page("<html>Sign in</html>")).await,
        Fault::says("long HTML", Answer::text(200, "text/html", format!("<html>{}", "x".repeat(1 << 20)))).await,
        Fault::says("stream that nobody asked for", Answer::stream().event(super::FIRST)).await,
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn a_200_with_an_error_in_it_is_told_as_the_page_says() {
    let faults = vec![
        Fault::says("200 with an error that names 502", page(error(502))).await,
        Fault::says("200 with an error that names 429", page(error(429))).await,
        Fault::says("200 with an error that names no status", page(error(Json::Null))).await,
        Fault::says("200 with an error about our credential", page(error("invalid_api_key"))).await,
    ];

    meet(faults, chat()).await;
}

#[tokio::test]
async fn an_error_in_a_200_is_not_told_as_a_status_that_came() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).config("[retry]\nattempts = 2\npause = \"1ms\"").start().await;
    upstream.always(page(error(502)));

    let reply = server.first_key().chat("gpt-4o-mini", "hi").await;
    let record = server.records(reply.request_id()).await.pop().unwrap();

    let evidence = &reply.json()["error"]["diagnosis"]["evidence"];
    assert_eq!((reply.status, reply.cause()), (502, "bad_gateway"));
    assert_eq!(evidence[0], "openai/gpt-4o-mini answered 200 with an error in it, taken for 502");
    assert_eq!((&record["status"], &record["failed_attempts"][0]["status"]), (&502.into(), &200.into()), "{record}");
}

#[tokio::test]
async fn json_under_another_label_is_an_answer() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    for label in ["application/octet-stream", "text/plain", "application/vnd.api+json", ""] {
        upstream.answer(Answer::text(200, label, r#"{"choices":[]}"#));

        let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

        assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"choices":[]}"#), "{label}");
        assert!(reply.header("content-type").unwrap().ends_with("json"), "{label}: {:?}", reply.headers);
    }
}

//! The sandbox over the wire: what its headers set, and that long work of one caller delays nobody.

use std::time::{Duration, Instant};

use serde_json::json;
use tollgate_testing::{Ask, Reply};

use crate::server;

const CHAT: &str = "/v1/chat/completions";

fn asking(text: &str, stream: bool) -> Ask {
    let body = json!({ "model": "sandbox", "stream": stream, "messages": [{ "role": "user", "content": text }] });
    Ask::post(CHAT, body.to_string())
}

fn chunks(reply: &Reply) -> usize {
    reply.text().matches("data: {").count()
}

#[tokio::test]
async fn headers_set_size_and_pace() {
    let server = server().start().await;
    let key = server.first_key();
    let began = Instant::now();

    let whole =
        key.ask(asking("hi", false).header("x-sandbox-tokens", "300").header("x-sandbox-latency-ms", "200")).await;
    let took = began.elapsed();
    let streamed = asking("hi", true).header("X-Sandbox-Tokens", "300").header("x-sandbox-chunk-tokens", "100");
    let streamed = key.ask(streamed.header("x-sandbox-chunk-ms", "1")).await;

    let response = Ask::post("/v1/responses", r#"{"model":"sandbox","input":"hi"}"#).header("x-sandbox-tokens", "300");
    let response = key.ask(response).await;

    assert_eq!(whole.json()["usage"]["completion_tokens"], 300);
    assert_eq!(response.json()["usage"]["output_tokens"], 300, "{}", response.text());
    assert!(took >= Duration::from_millis(200), "{took:?}");
    // The role, three parts, and the end.
    assert_eq!(chunks(&streamed), 5, "{}", streamed.text());
}

#[tokio::test]
async fn the_configuration_sets_size_and_pace_and_headers_come_before_it() {
    let text = "[providers.paced]\ndialect = \"sandbox\"\nsandbox = { tokens = 300, chunk_tokens = 100 }\n\
                [models.paced]\ndeployments = [{ provider = \"paced\", model = \"sandbox\" }]\n\
                sandbox = { latency = \"200ms\", chunk = \"1ms\" }";
    let server = server().config(text).start().await;
    let key = server.first_key();
    let paced = |stream| {
        let body = json!({ "model": "paced", "stream": stream, "messages": [{ "role": "user", "content": "hi" }] });
        Ask::post(CHAT, body.to_string())
    };
    let began = Instant::now();

    let whole = key.ask(paced(false)).await;
    let took = began.elapsed();
    let streamed = key.ask(paced(true)).await;
    let other = key.ask(paced(true).header("x-sandbox-tokens", "20").header("x-sandbox-chunk-tokens", "5")).await;

    assert_eq!(whole.json()["usage"]["completion_tokens"], 300);
    assert!(took >= Duration::from_millis(200), "{took:?}");
    assert_eq!((chunks(&streamed), chunks(&other)), (5, 6), "{}", other.text());
}

#[tokio::test]
async fn a_header_that_cannot_be_used_is_told() {
    let server = server().start().await;

    let reply = server.first_key().ask(asking("hi", false).header("x-sandbox-chunk-ms", "fast")).await;

    assert_eq!(reply.status, 400);
    let message = "Invalid header 'x-sandbox-chunk-ms': expected an integer from 0 to 10000, but got 'fast' instead.";
    assert!(reply.json()["error"]["message"].as_str().unwrap().starts_with(message), "{}", reply.text());
}

#[tokio::test]
async fn long_work_for_one_caller_delays_nobody_else() {
    let server = server().config("workers = 1").start().await;
    let key = server.first_key();
    key.chat("sandbox", "hi").await;
    // Without a space it is the longest to count.
    let long = key.ask(asking(&"ab".repeat(400_000), false));
    let mut quick = Vec::new();

    tokio::pin!(long);
    let long = loop {
        let began = Instant::now();
        tokio::select! {
            reply = &mut long => break reply,
            reply = key.chat("sandbox", "hi") => quick.push((reply.status, began.elapsed())),
        }
    };

    assert_eq!(long.status, 200, "{}", long.text());
    assert!(quick.len() > 5, "{quick:?}");
    assert!(quick.iter().all(|(status, _)| *status == 200), "{quick:?}");
    quick.sort_by_key(|(_, took)| *took);
    let (_, middle) = quick[quick.len() / 2];
    assert!(middle < Duration::from_millis(50), "{quick:?}");
}

#[tokio::test]
async fn the_size_of_an_answer_is_not_the_callers_to_choose_without_bound() {
    let server = server().start().await;
    let body = json!({ "model": "sandbox", "n": 128, "logprobs": true, "top_logprobs": 20,
        "messages": [{ "role": "user", "content": "hi" }] });

    let listed = server.first_key().ask(Ask::post(CHAT, body.to_string())).await;
    let wished = server.first_key().ask(Ask::post(CHAT, body.to_string()).header("x-sandbox-tokens", "16384")).await;

    assert_eq!(listed.json()["choices"].as_array().map(Vec::len), Some(128));
    assert_eq!(wished.status, 400);
}

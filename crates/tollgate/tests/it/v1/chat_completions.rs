//! `POST /v1/chat/completions`: bytes in, the same bytes out.

use insta::assert_snapshot;
use serde_json::json;
use tollgate_testing::shown::redact;
use tollgate_testing::{Answer, Ask, Connection, Upstream};

use crate::server;

const PATH: &str = "/v1/chat/completions";

#[tokio::test]
async fn the_provider_receives_the_callers_very_bytes() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let body = "\n {\t\"unknown\" :[1e400,-0.0, 123456789012345678901234567890],\r\n\"model\"\u{20}: \"gpt-4o-mini\" ,\
                \"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9 \\ud83d\\ude00 é 😀 \\/\",\"x\":{\"model\":\"inner\"}}],\
                \"temperature\":1.0000000000000000001 ,\"stream\" : false,\"metadata\":{} } \n\n";

    let reply = server.first_key().post(PATH, body).await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(upstream.only().text(), body);
}

#[tokio::test]
async fn the_caller_receives_the_providers_very_bytes() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let body = " {\"id\" : \"x\",\"new\":[1.10, 123456789012345678901234567890],\"choices\":[ ],\n\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n ";
    for answer in [
        Answer::json(200, body),
        Answer::chunked().piece(&body[..10]).piece(&body[10..]),
        Answer::until_close().piece(body),
    ] {
        upstream.answer(answer);

        let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

        assert_eq!((reply.status, reply.text().as_str()), (200, body));
        assert_eq!(reply.header("content-length"), Some(body.len().to_string().as_str()));
    }
}

#[tokio::test]
async fn an_alias_is_changed_in_its_place_and_nothing_else() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).model("fast", "openai", "meta/llama-3").start().await;
    let body = "{ \"a\":{\"model\":\"fast\"}, \"model\" : \"fa\\u0073t\" ,\"messages\":[ ],\"b\":1e2}";

    let reply = server.first_key().post(PATH, body).await;

    assert_eq!(
        upstream.only().text(),
        "{ \"a\":{\"model\":\"fast\"}, \"model\" : \"meta/llama-3\" ,\"messages\":[ ],\"b\":1e2}"
    );
    assert_eq!(reply.header("x-tollgate-model"), None, "no other model has answered");
}

#[tokio::test]
async fn a_long_answer_is_passed_on_as_it_comes() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let text = "x".repeat(1 << 20);
    let body = format!(r#"{{"choices":["{text}"],"usage":{{"prompt_tokens":5,"completion_tokens":7}}}}"#);
    for answer in [Answer::json(200, body.clone()), Answer::chunked().piece(body.clone())] {
        upstream.answer(answer);

        let reply = server.first_key().chat("gpt-4o-mini", "hi").await;

        assert_eq!(reply.status, 200);
        assert!(reply.text() == body);
        let records = server.records(reply.request_id()).await;
        assert_eq!(records[1]["usage"]["output"], 7, "{records:?}");
    }
}

#[tokio::test]
async fn a_long_answer_that_breaks_off_ends_without_its_end() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    upstream.answer(Answer::announced(1 << 20).piece(r#"{"choices":[""#).piece("x".repeat(500_000)).cut());
    let key = server.first_key();
    let mut connection = server.connect().await;

    let head = connection.begin(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret)).await;
    let mut cut = connection.piece_or_cut().await;
    while let Ok(Some(_)) = cut {
        cut = connection.piece_or_cut().await;
    }

    assert_eq!((head.status, cut), (200, Err(())));
    let records = server.records(head.request_id()).await;
    assert_eq!((&records[1]["outcome"], &records[1]["cause"]), (&json!("interrupted"), &json!("stream_interrupted")));
}

#[tokio::test]
async fn requests_in_a_row_and_at_once_on_one_connection_are_answered_in_order() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    for n in 0..5 {
        upstream.answer(Answer::json(200, format!(r#"{{"n":{n}}}"#)));
    }
    let mut connection = server.connect().await;

    for n in 0..2 {
        let reply = connection.ask(&key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret)).await;
        assert_eq!(reply.json()["n"], n);
    }
    let bytes = key.chat_ask("gpt-4o-mini", "hi").bearer(&key.secret).bytes("x");
    connection.write(&[bytes.as_slice(), &bytes, &bytes].concat()).await;
    for n in 2..5 {
        assert_eq!(connection.reply(false).await.json()["n"], n);
    }

    assert_eq!(upstream.connections(), 1, "one connection to the provider serves them all");
}

#[tokio::test]
async fn the_sandbox_answers_alike_each_time() {
    let server = server().start().await;
    let key = server.first_key();

    let first = key.chat("sandbox", "What is the capital of France?").await;
    let second = key.chat("sandbox", "What is the capital of France?").await;

    let content = |reply: &tollgate_testing::Reply| reply.json()["choices"][0]["message"]["content"].clone();
    assert_eq!(first.status, 200);
    assert!(content(&first).as_str().is_some_and(|text| !text.is_empty()));
    assert_eq!(content(&first), content(&second));
    assert_eq!(first.header("x-tollgate-provider"), Some("sandbox"));
}

#[tokio::test]
async fn an_answer_carries_what_the_gateway_knows() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;

    assert_snapshot!(server.first_key().chat("gpt-4o-mini", "hi").await.shown(), @r#"
    200 OK
    content-type: application/json
    x-request-id: req_[id]
    openai-version: 2020-10-01
    openai-organization: org-[id]
    openai-processing-ms: [n]
    x-tollgate-provider: openai
    x-tollgate-overhead-us: [n]

    {
      "choices": [
        {
          "finish_reason": "stop",
          "index": 0,
          "logprobs": null,
          "message": {
            "content": "Hello",
            "refusal": null,
            "role": "assistant"
          }
        }
      ],
      "created": 1,
      "id": "chatcmpl-1",
      "model": "gpt-4o-mini-2024-07-18",
      "object": "chat.completion",
      "usage": {
        "completion_tokens": 3,
        "prompt_tokens": 9,
        "total_tokens": 12
      }
    }
    "#);
    let head = upstream.only().head.replace(&upstream.address().to_string(), "[provider]").replace('\r', "");
    assert_snapshot!(redact(&head), @r"
    POST /v1/chat/completions HTTP/1.1
    host: [provider]
    user-agent: tollgate/0.1.0
    accept-encoding: identity
    content-type: application/json
    authorization: Bearer sk-provider-0123456789abcdefghijklmnop
    x-request-id: req_[id]
    content-length: 67
    ");
}

#[tokio::test]
async fn the_query_is_not_passed_on() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let key = server.first_key();
    let ask = Ask { path: format!("{PATH}?api-version=2024-02-01"), ..key.chat_ask("gpt-4o-mini", "hi") };

    assert_eq!(key.ask(ask).await.status, 200);
    assert_eq!(upstream.only().line(), "POST /v1/chat/completions HTTP/1.1");
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let body = format!(r#"{{"messages":["{}"],"model":"gpt-4o-mini"}}"#, "é".repeat(10 << 20));

    let reply = server.first_key().post(PATH, body.clone()).await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(upstream.only().body == body.into_bytes());
}

#[tokio::test]
async fn every_caller_of_many_gets_the_answer_to_its_own_question() {
    let upstream = Upstream::start().await;
    let server = server().upstream(&upstream).start().await;
    let (address, secret) = (server.address(), server.first_key().secret);
    for _ in 0..40 * 10 {
        upstream.answer(Answer::echo());
    }

    let callers = (0..40).map(|caller| {
        let secret = secret.clone();
        tokio::spawn(async move {
            let mut connection = Connection::open(address).await;
            for number in 0..10 {
                let body = format!(
                    r#"{{"model":"gpt-4o-mini","caller":{caller},"number":{number},"pad":"{}"}}"#,
                    "x".repeat(caller * 300)
                );
                let reply = connection.ask(&Ask::post(PATH, body.clone()).bearer(&secret)).await;
                assert_eq!((reply.status, reply.text()), (200, body));
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }

    let journal = server.journal().await;
    assert_eq!(journal.iter().filter(|entry| entry["entry"] == "settlement").count(), 400);
}

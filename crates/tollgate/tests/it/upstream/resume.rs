//! A stream that breaks off, with `resume` off and on.

use serde_json::{Value as Json, json};
use tollgate_testing::{Answer, Ask, Reply, TestServer, Upstream};

use crate::server;

fn chunk(id: &str, text: &str) -> String {
    json!({ "id": id, "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] })
    .to_string()
}

fn end(id: &str) -> String {
    json!({ "id": id, "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] })
    .to_string()
}

fn usage(id: &str) -> String {
    json!({ "id": id, "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [],
        "usage": { "prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14 } })
    .to_string()
}

/// Says `One, two, ` and is cut.
fn broken() -> Answer {
    Answer::stream().event(&chunk("a", "One, ")).event(&chunk("a", "two, ")).cut()
}

async fn two_deployments(first: &Upstream, second: &Upstream, resume: bool) -> TestServer {
    server()
        .config("workers = 1")
        .provider("first", &first.base_url(), "")
        .provider("second", &second.base_url(), "")
        .config(&format!(
            "[models.counted]\nresume = {resume}\ndeployments = [\
            {{ provider = \"first\", model = \"m\" }}, {{ provider = \"second\", model = \"m\" }}]"
        ))
        .start()
        .await
}

async fn count(server: &TestServer) -> Reply {
    let body = json!({ "model": "counted", "stream": true, "messages": [{ "role": "user", "content": "Count" }] });
    server.ask(&Ask::post("/v1/chat/completions", body.to_string()).bearer(&server.first_key().secret)).await
}

/// The texts of a stream's chunks and the ids they bear.
fn told(reply: &Reply) -> (String, Vec<String>) {
    let mut ids = Vec::new();
    let mut text = String::new();
    for data in reply.text().lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]") {
        let chunk: Json = serde_json::from_str(data).unwrap();
        text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or(""));
        ids.extend(chunk["id"].as_str().map(str::to_owned));
    }
    ids.dedup();
    (text, ids)
}

#[tokio::test]
async fn without_resume_a_cut_stream_ends_in_an_error_and_is_metered_for_what_came() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = two_deployments(&first, &second, false).await;
    first.answer(broken());

    let reply = count(&server).await;

    assert_eq!(told(&reply).0, "One, two, ");
    assert!(reply.text().contains("\"stream_interrupted\"") && !reply.text().contains("[DONE]"), "{}", reply.text());
    assert_eq!(second.received().len(), 0);
    let record = &server.records(reply.request_id()).await[1];
    assert_eq!((&record["outcome"], &record["cause"]), (&"interrupted".into(), &"stream_interrupted".into()));
    assert_eq!((&record["usage"]["output"], &record["estimated"]), (&2.into(), &true.into()), "{record}");
}

#[tokio::test]
async fn with_resume_the_next_deployment_goes_on_without_a_seam() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = two_deployments(&first, &second, true).await;
    first.answer(broken());
    let again = Answer::stream().event(&chunk("b", "One")).event(&chunk("b", ", two, th")).event(&chunk("b", "ree."));
    second.answer(again.event(&end("b")).event(&usage("b")).event("[DONE]"));

    let reply = count(&server).await;

    assert_eq!(told(&reply), ("One, two, three.".to_owned(), vec!["a".to_owned()]), "{}", reply.text());
    assert!(reply.text().ends_with("data: [DONE]\n\n"), "{}", reply.text());
    assert!(!reply.text().contains("error") && !reply.text().contains("usage"), "{}", reply.text());
    let record = &server.records(reply.request_id()).await[1];
    assert_eq!((&record["outcome"], &record["attempts"]), (&"complete".into(), &2.into()), "{record}");
    // Two chunks of the first, four tokens as the second counted them.
    assert_eq!((&record["usage"]["output"], &record["estimated"]), (&6.into(), &true.into()), "{record}");
    assert_eq!(record["failed_attempts"][0]["deployment"], "first/m", "{record}");
}

#[tokio::test]
async fn a_provider_that_never_tells_usage_is_metered_for_what_came() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = two_deployments(&first, &second, true).await;
    first.answer(broken());
    let again = Answer::stream().event(&chunk("b", "One, two, ")).event(&chunk("b", "three."));
    second.answer(again.event(&end("b")).event("[DONE]"));

    let reply = count(&server).await;

    assert_eq!(told(&reply).0, "One, two, three.");
    let record = &server.records(reply.request_id()).await[1];
    // Two chunks of the first, three of the second.
    assert_eq!((&record["usage"]["output"], &record["estimated"]), (&5.into(), &true.into()), "{record}");
    assert_eq!(record["outcome"], "complete", "{record}");
}

#[tokio::test]
async fn where_the_next_deployment_says_something_else_the_stream_ends_in_the_error() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let server = two_deployments(&first, &second, true).await;
    first.answer(broken());
    second.answer(Answer::stream().event(&chunk("b", "Uno, ")).event(&end("b")).event("[DONE]"));

    let reply = count(&server).await;

    assert_eq!(told(&reply).0, "One, two, ");
    assert!(reply.text().contains("\"stream_interrupted\"") && !reply.text().contains("[DONE]"), "{}", reply.text());
    let record = &server.records(reply.request_id()).await[1];
    assert_eq!((&record["outcome"], &record["estimated"]), (&"interrupted".into(), &true.into()), "{record}");
    assert_eq!(attempts(record), [("first/m", 200, "stream_interrupted"), ("second/m", 200, "stream_diverged")]);
}

/// Deployment, status and cause of each failed attempt.
fn attempts(record: &Json) -> Vec<(&str, u64, &str)> {
    let attempts = record["failed_attempts"].as_array().unwrap();
    attempts
        .iter()
        .map(|a| (a["deployment"].as_str().unwrap(), a["status"].as_u64().unwrap(), a["cause"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn what_came_of_the_attempt_to_continue_is_in_the_record_and_the_log() {
    let unknown = json!({ "error": { "message": "m", "type": "invalid_request_error", "param": null, "code": "model_not_found" } });
    for (second_says, second_tried, told) in [
        (
            Answer::json(404, unknown.to_string()),
            (404, "upstream_model_not_found"),
            "second/m answered 404; code: model_not_found, type: invalid_request_error",
        ),
        (
            Answer::stream().event(&chunk("b", "One, ")).cut(),
            (200, "stream_interrupted"),
            "second/m: closed by the provider before the last chunk",
        ),
    ] {
        let (first, second) = (Upstream::start().await, Upstream::start().await);
        let server = two_deployments(&first, &second, true).await;
        first.answer(broken());
        second.always(second_says);

        let reply = count(&server).await;

        assert!(
            reply.text().contains("\"stream_interrupted\"") && !reply.text().contains("[DONE]"),
            "{}",
            reply.text()
        );
        let record = &server.records(reply.request_id()).await[1];
        assert_eq!((&record["cause"], &record["attempts"]), (&"stream_interrupted".into(), &2.into()), "{record}");
        let tried = [("first/m", 200, "stream_interrupted"), ("second/m", second_tried.0, second_tried.1)];
        assert_eq!(attempts(record), tried);
        let said = if second_tried.0 == 404 { "; it said: m" } else { "" };
        let evidence = format!("first/m: closed by the provider before the last chunk; {told}{said}");
        assert_eq!(record["evidence"], evidence, "each once, in its order");
        let log = server.log();
        assert!(log.contains("could not be continued") && log.contains(told), "{log}");
    }
}

#[tokio::test]
async fn a_garbled_event_does_not_go_on() {
    let first = Upstream::start().await;
    let second = Upstream::start().await;
    let server = two_deployments(&first, &second, false).await;
    first.answer(Answer::stream().event(&chunk("a", "One, ")).event("{\"id\":\"a\",\"choi").event("[DONE]"));

    let reply = count(&server).await;

    assert_eq!(told(&reply).0, "One, ");
    assert!(!reply.text().contains("\"choi\n") && !reply.text().contains("[DONE]"), "{}", reply.text());
}

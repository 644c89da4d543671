//! `parameters = "pass" | "check" | "adapt"`: what is done about parameters that a model would refuse.

use serde_json::{Value as Json, json};
use tollgate_testing::server::ServerBuilder;
use tollgate_testing::{Answer, TestServer, Upstream};

use crate::server;

/// A server with `model` from `upstream`, and `more` in the model's section.
fn with(upstream: &Upstream, model: &str, more: &str) -> ServerBuilder {
    let section = format!(
        "[models.\"{model}\"]\ndeployments = [{{ provider = \"openai\", model = \"{model}\" }}]\n{more}\n\
         [retry]\nattempts = 1\n[breaker]\nfailures = 0"
    );
    server().upstream(upstream).config(&section)
}

fn body(model: &str, more: &Json) -> String {
    let mut body = json!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body.to_string()
}

async fn evidence(server: &TestServer, request: &str) -> Json {
    server.records(request).await.last().unwrap()["evidence"].clone()
}

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn by_default_everything_passes_and_a_refusal_is_explained() {
    let upstream = Upstream::start().await;
    let server = with(&upstream, "gpt-5", "").start().await;
    let key = server.first_key();
    let sent = body("gpt-5", &json!({ "max_tokens": 500, "top_k": 4 }));

    assert_eq!(key.post(CHAT, sent.clone()).await.status, 200);
    assert_eq!(upstream.only().text(), sent);

    let theirs =
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    let error = json!({ "error": { "message": theirs, "type": "invalid_request_error", "param": "max_tokens",
        "code": "unsupported_parameter" } });
    upstream.answer(Answer::json(400, error.to_string()));

    let reply = key.post(CHAT, sent).await;

    assert_eq!((reply.status, reply.cause()), (400, "max_completion_tokens_required"), "{}", reply.text());
    let diagnosis = &reply.error()["diagnosis"];
    assert!(
        diagnosis["evidence"].as_array().unwrap().contains(&json!(
            "gpt-5 is a reasoning model and takes max_completion_tokens; the request had max_tokens 500"
        )),
        "{diagnosis}"
    );
    assert_eq!(diagnosis["remedy"], "Send `max_completion_tokens` instead (`max_output_tokens` in the Responses API).");
}

#[tokio::test]
async fn types_and_ranges_are_checked_before_the_call() {
    let upstream = Upstream::start().await;
    let server = with(&upstream, "gpt-4o", "parameters = \"check\"").start().await;
    for (more, cause, code) in [
        (json!({ "temperature": 3 }), "param_out_of_range", "decimal_above_max_value"),
        (json!({ "max_tokens": -1 }), "param_out_of_range", "integer_below_min_value"),
        (json!({ "n": 1000 }), "param_out_of_range", "integer_above_max_value"),
        (json!({ "max_tokens": "5" }), "param_invalid_type", "invalid_type"),
        (json!({ "top_p": "0.1" }), "param_invalid_type", "invalid_type"),
    ] {
        let reply = server.first_key().post(CHAT, body("gpt-4o", &more)).await;

        let name = more.as_object().unwrap().keys().next().unwrap();
        assert_eq!((reply.status, reply.cause()), (400, cause), "{}", reply.text());
        assert_eq!((&reply.error()["code"], &reply.error()["param"]), (&json!(code), &json!(name)));
        assert!(!reply.error()["message"].as_str().unwrap().contains('{'), "{}", reply.text());
    }
    assert!(upstream.received().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_refusal_that_says_little_is_explained_from_the_table() {
    let upstream = Upstream::start().await;
    let server = with(&upstream, "text-embedding-ada-002", "").start().await;
    let error =
        json!({ "error": { "message": "Bad request.", "type": "invalid_request_error", "param": null, "code": null } });
    upstream.answer(Answer::json(400, error.to_string()));

    let sent = json!({ "model": "text-embedding-ada-002", "input": "a", "dimensions": 256 });
    let reply = server.first_key().post("/v1/embeddings", sent.to_string()).await;

    let evidence = reply.error()["diagnosis"]["evidence"].to_string();
    assert!(evidence.contains("gives vectors of one length; the request had dimensions 256"), "{evidence}");
}

#[tokio::test]
async fn a_checked_model_refuses_in_openai_s_form_before_the_call() {
    let upstream = Upstream::start().await;
    let server = with(&upstream, "gpt-5", "parameters = \"check\"").start().await;

    let reply = server.first_key().post(CHAT, body("gpt-5", &json!({ "temperature": 0.2 }))).await;

    let error = reply.error();
    assert_eq!((reply.status, reply.cause()), (400, "temperature_unsupported"), "{}", reply.text());
    assert_eq!((&error["type"], &error["param"]), (&json!("invalid_request_error"), &json!("temperature")));
    assert_eq!(error["code"], "unsupported_value");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with(
            "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is \
             supported. "
        ),
        "{message}"
    );
    assert_eq!(upstream.received().len(), 0);
    assert_eq!((reply.header("x-should-retry"), reply.header("x-tollgate-provider")), (Some("false"), None));
    let settled = server.records(reply.request_id()).await.pop().unwrap();
    assert_eq!((&settled["cause"], &settled["attempts"]), (&json!("temperature_unsupported"), &json!(0)));
}

#[tokio::test]
async fn every_endpoint_is_checked() {
    let upstream = Upstream::start().await;
    let models = ["gpt-4o", "gpt-3.5-turbo-instruct", "text-embedding-ada-002"];
    let sections: Vec<String> = models
        .iter()
        .map(|m| {
            format!(
                "[models.\"{m}\"]\nparameters = \"check\"\ndeployments = [{{ provider = \"openai\", model = \"{m}\" }}]"
            )
        })
        .collect();
    let server = server().upstream(&upstream).config(&sections.join("\n")).start().await;
    let key = server.first_key();
    for (path, sent, cause, code) in [
        (
            "/v1/responses",
            json!({ "model": "gpt-4o", "input": "a", "reasoning": { "effort": "low" } }),
            "param_unsupported",
            json!("unsupported_parameter"),
        ),
        (
            "/v1/completions",
            json!({ "model": "gpt-3.5-turbo-instruct", "prompt": " a".repeat(4000), "max_tokens": 200 }),
            "context_length_exceeded",
            json!("context_length_exceeded"),
        ),
        (
            "/v1/embeddings",
            json!({ "model": "text-embedding-ada-002", "input": "a", "dimensions": 1536 }),
            "dimensions_unsupported",
            Json::Null,
        ),
        (CHAT, json!({ "model": "gpt-4o", "messages": [], "num_ctx": 9 }), "param_unknown", Json::Null),
    ] {
        let reply = key.post(path, sent.to_string()).await;

        assert_eq!((reply.status, reply.cause()), (400, cause), "{path}: {}", reply.text());
        assert_eq!(reply.error()["code"], code, "{path}");
    }
    assert_eq!(upstream.received().len(), 0);
}

#[tokio::test]
async fn a_model_of_another_kind_is_refused_at_the_endpoint_before_anybody_is_paid() {
    let upstream = Upstream::start().await;
    let model = "text-embedding-3-small";
    let server = with(&upstream, model, "parameters = \"check\"").start().await;

    let reply = server.first_key().post(CHAT, body(model, &json!({}))).await;

    assert_eq!((reply.status, reply.cause()), (404, "model_wrong_endpoint"), "{}", reply.text());
    let error = reply.error();
    assert_eq!(
        (&error["type"], &error["param"], &error["code"]),
        (&json!("invalid_request_error"), &json!("model"), &Json::Null)
    );
    let message = error["message"].as_str().unwrap();
    let sentence = "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean \
                    to use v1/completions? `text-embedding-3-small` exists but does not answer v1/chat/completions; it \
                    serves v1/embeddings. Call v1/embeddings, or choose";
    assert!(message.starts_with(sentence), "{message}");
    assert_eq!((reply.header("x-should-retry"), upstream.received().len()), (Some("false"), 0));
}

#[tokio::test]
async fn a_provider_that_means_another_endpoint_than_it_says_is_explained_from_the_table() {
    let upstream = Upstream::start().await;
    let model = "[models.thinker]\ndeployments = [{ provider = \"openai\", model = \"thinker\" }]\n\
                 capabilities = { base_model = \"openai/gpt-5-codex\" }";
    let server = with(&upstream, "gpt-4o", "").config(model).start().await;
    let (key, refused) = (server.first_key(), |status, message: &str, param: Json| {
        let error = json!({ "message": message, "type": "invalid_request_error", "param": param, "code": null });
        upstream.answer(Answer::json(status, json!({ "error": error }).to_string()));
    });

    let sentence = "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?";
    refused(404, sentence, json!("model"));
    let responds = key.post(CHAT, body("thinker", &json!({}))).await;
    refused(403, "You are not allowed to generate embeddings from this model", Json::Null);
    let vectors = key.post("/v1/embeddings", json!({ "model": "gpt-4o", "input": "a" }).to_string()).await;

    assert_eq!((responds.status, responds.cause()), (404, "model_responses_only"), "{}", responds.text());
    let evidence = responds.error()["diagnosis"]["evidence"].to_string();
    assert!(evidence.contains("gpt-5-codex is a Responses API model: it is served at v1/responses"), "{evidence}");
    assert_eq!((vectors.status, vectors.cause()), (403, "model_wrong_endpoint"), "{}", vectors.text());
}

#[tokio::test]
async fn an_image_is_refused_with_the_models_that_see() {
    let upstream = Upstream::start().await;
    let server = with(&upstream, "gpt-3.5-turbo", "parameters = \"check\"").start().await;
    let key = server.key().models("gpt-3.5*,gpt-4o-mini").create().await;
    let image = json!([{ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "https://a.example/b.png" } }] }]);

    let reply = key.post(CHAT, body("gpt-3.5-turbo", &json!({ "messages": image }))).await;

    assert_eq!(reply.cause(), "model_no_vision");
    let remedy = reply.error()["diagnosis"]["remedy"].clone();
    assert_eq!(remedy, "Use a model that sees images, such as `gpt-4o-mini`, or leave the image out.");
}

#[tokio::test]
async fn a_prompt_too_long_is_refused_with_its_exact_count_and_another_model_may_stand_in() {
    let upstream = Upstream::start().await;
    let long = json!({ "messages": [{ "role": "user", "content": " a".repeat(9000) }] });
    let checked = with(&upstream, "gpt-4", "parameters = \"check\"").start().await;

    let refused = checked.first_key().post(CHAT, body("gpt-4", &long)).await;

    assert_eq!(refused.cause(), "context_length_exceeded");
    let message = refused.error()["message"].as_str().unwrap().to_owned();
    let sentence =
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9007 tokens.";
    assert!(message.starts_with(sentence), "{message}");
    assert_eq!(upstream.received().len(), 0);

    let fallback = "parameters = \"check\"\nfallbacks = [{ model = \"gpt-4o-mini\", on = [\"context_length\"] }]";
    let falling_back = with(&upstream, "gpt-4", fallback).start().await;

    let answered = falling_back.first_key().post(CHAT, body("gpt-4", &long)).await;

    assert_eq!(
        (answered.status, answered.header("x-tollgate-model")),
        (200, Some("gpt-4o-mini")),
        "{}",
        answered.text()
    );
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn an_adapted_request_changes_what_it_says_and_no_other_byte() {
    let upstream = Upstream::start().await;
    let server = with(&upstream, "gpt-5", "parameters = \"adapt\"").start().await;
    let sent = "{ \"stream\":false, \"model\" : \"gpt-5\",\n \"max_tokens\": 1.0e2, \"temperature\":0.2,\"messages\":[ {\"role\":\"user\",\"content\":\"\\u0041\"} ] }";

    let reply = server.first_key().post(CHAT, sent).await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    let expected = "max_tokens->max_completion_tokens, temperature dropped";
    assert_eq!(reply.header("x-tollgate-adapted"), Some(expected));
    let passed = sent.replace("\"max_tokens\"", "\"max_completion_tokens\"").replace("\"temperature\":0.2,", "");
    assert_eq!(upstream.only().text(), passed);
    assert_eq!(evidence(&server, reply.request_id()).await, format!("the request was adapted: {expected}"));
}

#[tokio::test]
async fn a_stream_is_adapted_renamed_and_metered_at_once() {
    let upstream = Upstream::start().await;
    let section = "[models.fast]\nparameters = \"adapt\"\ndeployments = [{ provider = \"openai\", model = \"gpt-5\" }]";
    let server = server().upstream(&upstream).config(section).start().await;
    upstream.answer(Answer::stream().event(r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#).event("[DONE]"));
    let sent = r#"{"model":"fast","messages":[],"stream":true,"top_p":0.5}"#;

    let reply = server.first_key().post(CHAT, sent).await;

    assert_eq!((reply.status, reply.header("x-tollgate-adapted")), (200, Some("top_p dropped")), "{}", reply.text());
    let passed = r#"{"model":"gpt-5","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#;
    assert_eq!(upstream.only().text(), passed);
}

#[tokio::test]
async fn the_sandbox_is_asked_for_what_was_adapted_too() {
    let section = "[models.mine]\nparameters = \"adapt\"\ncapabilities = { base_model = \"gpt-5\" }\n\
                   deployments = [{ provider = \"sandbox\", model = \"sandbox\" }]";
    let server = server().config(section).start().await;
    let sent = r#"{"messages":[{"role":"user","content":"hi"}],"model":"mine","stream":true,"max_tokens":7}"#;

    let reply = server.first_key().post(CHAT, sent).await;

    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("x-tollgate-adapted"), Some("max_tokens->max_completion_tokens"));
    assert!(reply.text().contains("data: [DONE]"));
}

#[tokio::test]
async fn what_cannot_be_adapted_is_refused() {
    let upstream = Upstream::start().await;
    let server = with(&upstream, "gpt-5", "parameters = \"adapt\"").start().await;

    let reply = server.first_key().post(CHAT, body("gpt-5", &json!({ "logit_bias": { "5": -100 } }))).await;

    assert_eq!((reply.status, reply.cause(), reply.header("x-tollgate-adapted")), (400, "param_unsupported", None));
    assert_eq!(upstream.received().len(), 0);
}

#[tokio::test]
async fn a_deployment_that_takes_the_request_is_asked_instead() {
    let upstream = Upstream::start().await;
    let section = "[models.any]\nparameters = \"check\"\ndeployments = [{ provider = \"openai\", model = \"gpt-5\" }, \
                   { provider = \"openai\", model = \"gpt-4o\" }]";
    let server = server().upstream(&upstream).config(section).start().await;

    let reply = server.first_key().post(CHAT, body("any", &json!({ "max_tokens": 5 }))).await;

    assert_eq!((reply.status, reply.header("x-tollgate-attempts")), (200, None), "{}", reply.text());
    assert!(upstream.only().text().contains("\"gpt-4o\""));
}

#[tokio::test]
async fn the_configuration_comes_before_the_table() {
    let upstream = Upstream::start().await;
    let more =
        "parameters = \"check\"\ncapabilities = { base_model = \"gpt-5\", vision = false, max_output_tokens = 64 }";
    let server = with(&upstream, "my-deployment", more).start().await;
    let key = server.first_key();

    let as_base = key.post(CHAT, body("my-deployment", &json!({ "max_tokens": 5 }))).await;
    let too_long = key.post(CHAT, body("my-deployment", &json!({ "max_completion_tokens": 65 }))).await;

    assert_eq!(as_base.cause(), "max_completion_tokens_required");
    assert_eq!(too_long.cause(), "max_tokens_too_large");
    assert_eq!(too_long.error()["param"], "max_completion_tokens");
}

#[tokio::test]
async fn a_base_model_that_nobody_knows_stops_the_start() {
    let upstream = Upstream::start().await;
    let more = "capabilities = { base_model = \"gpt-4oo\" }";

    let output = with(&upstream, "a", more).refused().await;

    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("not in the table of models"), "{said}");
    assert!(said.contains("gpt-4o"), "{said}");
}

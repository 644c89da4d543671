use serde_json::{Value, json};
use tollgate_core::operation::{Operation, Operations};
use tollgate_errors::{Cause, Diagnosis, catalog as causes};
use tollgate_providers::openai::request::{Splice, splice};

use super::known::{Fit, Known};
use super::{endpoint, judge, window};
use crate::settings::{CapabilityOverrides, Parameters};

const OPENAI: Option<&str> = Some("api.openai.com");

fn every_endpoint() -> Operations {
    Operation::ALL.into_iter().collect()
}

fn known(model: &str) -> std::sync::Arc<Known> {
    known_as(model, &CapabilityOverrides::default())
}

fn known_as(model: &str, overrides: &CapabilityOverrides) -> std::sync::Arc<Known> {
    Fit::new(Parameters::Check, overrides, every_endpoint(), OPENAI, model)
        .known
        .unwrap_or_else(|| panic!("{model} is not known"))
}

fn check(model: &str, operation: Operation, body: &Value) -> Option<Diagnosis> {
    let body = body.to_string();
    judge::judge(&known(model), operation, body.as_bytes(), Parameters::Check).err().map(|d| *d)
}

fn refused(model: &str, operation: Operation, body: &Value) -> Diagnosis {
    check(model, operation, body).unwrap_or_else(|| panic!("{body} was not refused"))
}

/// The changed body, and what is said of the change.
fn adapted(model: &str, operation: Operation, body: &str) -> Result<(String, String), &'static Cause> {
    let made = judge::judge(&known(model), operation, body.as_bytes(), Parameters::Adapt).map_err(|d| d.cause)?;
    let Some(made) = made else { return Ok((body.to_owned(), String::new())) };
    let mut out = Vec::new();
    let mut splices: Vec<_> = made.edits.iter().map(|e| Splice { at: e.at.clone(), text: &e.text }).collect();
    splice(body.as_bytes(), &mut splices, &mut out);
    Ok((String::from_utf8(out).expect("it was a text"), made.note))
}

const CHAT: Operation = Operation::ChatCompletions;

#[test]
fn each_refusal_names_its_cause_and_parameter() {
    let image = json!([{ "role": "user", "content": [{ "type": "text", "text": "a" },
        { "type": "image_url", "image_url": { "url": "https://example.com/a.png" } }] }]);
    let schema = json!({ "type": "json_schema", "json_schema": { "name": "a", "schema": {} } });
    for (model, operation, body, cause, param) in [
        ("gpt-5", CHAT, json!({ "max_tokens": 500 }), &causes::MAX_COMPLETION_TOKENS_REQUIRED, Some("max_tokens")),
        ("o3-mini", CHAT, json!({ "temperature": 0.2 }), &causes::TEMPERATURE_UNSUPPORTED, Some("temperature")),
        ("gpt-5", CHAT, json!({ "top_p": 0.9 }), &causes::PARAM_UNSUPPORTED, Some("top_p")),
        ("gpt-5", CHAT, json!({ "logit_bias": { "50256": -100 } }), &causes::PARAM_UNSUPPORTED, Some("logit_bias")),
        (
            "gpt-5.4",
            CHAT,
            json!({ "reasoning_effort": "low", "temperature": 0.2 }),
            &causes::TEMPERATURE_UNSUPPORTED,
            Some("temperature"),
        ),
        (
            "o3-mini",
            CHAT,
            json!({ "parallel_tool_calls": false }),
            &causes::PARAM_UNSUPPORTED,
            Some("parallel_tool_calls"),
        ),
        ("gpt-4o", CHAT, json!({ "reasoning_effort": "low" }), &causes::PARAM_UNSUPPORTED, None),
        ("gpt-4o", CHAT, json!({ "top_k": 5 }), &causes::PARAM_UNKNOWN, None),
        ("gpt-4o", Operation::Responses, json!({ "top_k": 5 }), &causes::PARAM_UNKNOWN, Some("top_k")),
        (
            "gpt-4",
            CHAT,
            json!({ "response_format": schema }),
            &causes::RESPONSE_FORMAT_UNSUPPORTED,
            Some("response_format"),
        ),
        (
            "gpt-4",
            Operation::Responses,
            json!({ "text": { "format": schema } }),
            &causes::RESPONSE_FORMAT_UNSUPPORTED,
            Some("text.format"),
        ),
        ("gpt-3.5-turbo", CHAT, json!({ "messages": image }), &causes::MODEL_NO_VISION, Some("messages")),
        (
            "o3-deep-research",
            Operation::Responses,
            json!({ "tools": [{ "type": "function", "name": "f" }] }),
            &causes::MODEL_NO_TOOLS,
            Some("tools"),
        ),
        ("gpt-4o", CHAT, json!({ "max_tokens": 20_000 }), &causes::MAX_TOKENS_TOO_LARGE, Some("max_tokens")),
        (
            "gpt-4o",
            Operation::Responses,
            json!({ "max_output_tokens": 20_000 }),
            &causes::MAX_TOKENS_TOO_LARGE,
            Some("max_output_tokens"),
        ),
        (
            "text-embedding-ada-002",
            Operation::Embeddings,
            json!({ "dimensions": 256 }),
            &causes::DIMENSIONS_UNSUPPORTED,
            None,
        ),
        (
            "text-embedding-3-small",
            Operation::Embeddings,
            json!({ "dimensions": 2000 }),
            &causes::PARAM_OUT_OF_RANGE,
            None,
        ),
        (
            "o1-mini",
            CHAT,
            json!({ "messages": [{ "role": "system", "content": "a" }] }),
            &causes::ROLE_UNSUPPORTED,
            Some("messages[0].role"),
        ),
    ] {
        let d = refused(model, operation, &body);

        assert_eq!((d.cause.slug, d.param_name()), (cause.slug, param), "{body}");
        assert_eq!(d.wire().status, 400);
        assert!(!d.evidence_lines().is_empty(), "{body} without evidence");
    }
}

#[test]
fn sentences_are_those_of_openai() {
    let sentence = |model: &str, operation, body: Value| refused(model, operation, &body).sentence("");

    insta::assert_snapshot!(sentence("gpt-5", CHAT, json!({ "max_tokens": 5 })), @"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.");
    insta::assert_snapshot!(sentence("gpt-5", CHAT, json!({ "temperature": 0.2 })), @"Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.");
    insta::assert_snapshot!(sentence("gpt-5", Operation::Responses, json!({ "temperature": 0.2 })), @"Unsupported parameter: 'temperature' is not supported with this model.");
    insta::assert_snapshot!(sentence("gpt-5", CHAT, json!({ "top_p": 0.9 })), @"Unsupported parameter: 'top_p' is not supported with this model.");
    insta::assert_snapshot!(sentence("gpt-4o", CHAT, json!({ "reasoning_effort": "low" })), @"Unrecognized request argument supplied: reasoning_effort");
    insta::assert_snapshot!(sentence("gpt-4o", Operation::Responses, json!({ "reasoning": { "effort": "low" } })), @"Unsupported parameter: 'reasoning.effort' is not supported with this model.");
    insta::assert_snapshot!(sentence("gpt-4o", CHAT, json!({ "max_completion_tokens": 20_000 })), @"max_completion_tokens is too large: 20000. This model supports at most 16384 completion tokens, whereas you provided 20000.");
    insta::assert_snapshot!(sentence("gpt-4o", Operation::Responses, json!({ "max_output_tokens": 20_000 })), @"Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 16384, but got 20000 instead.");
    insta::assert_snapshot!(sentence("text-embedding-3-large", Operation::Embeddings, json!({ "dimensions": 4000 })), @"Invalid value for 'dimensions' = 4000. Must be less than or equal to 3072.");
    insta::assert_snapshot!(sentence("gpt-4o", CHAT, json!({ "num_ctx": 1 })), @"Unrecognized request argument supplied: num_ctx");
}

#[test]
fn evidence_says_what_the_model_takes_and_what_was_sent() {
    let evidence = |model: &str, body: Value| refused(model, CHAT, &body).evidence_text(1000);

    insta::assert_snapshot!(evidence("gpt-5", json!({ "max_tokens": 500 })), @"gpt-5 is a reasoning model and takes max_completion_tokens; the request had max_tokens 500");
    insta::assert_snapshot!(evidence("gpt-5.4", json!({ "temperature": 0.2, "reasoning_effort": "high" })), @"gpt-5.4 takes it only while reasoning_effort is none; the request had temperature 0.2");
    insta::assert_snapshot!(evidence("gpt-4o", json!({ "num_ctx": 1 })), @"unknown parameter: num_ctx; it is a parameter of Ollama");
    insta::assert_snapshot!(evidence("gpt-4o", json!({ "max_tokens": 100_000 })), @"gpt-4o writes at most 16384 tokens; the request had max_tokens 100000");
}

#[test]
fn what_the_model_takes_is_not_refused() {
    for (model, body) in [
        ("gpt-5", json!({ "max_completion_tokens": 500, "temperature": 1, "top_p": 1.0, "max_tokens": null })),
        ("gpt-5.4", json!({ "temperature": 0.2 })),
        ("gpt-5.4", json!({ "temperature": 0.2, "top_p": 0.5, "reasoning_effort": "none" })),
        ("gpt-4o", json!({ "max_tokens": 500, "temperature": 0, "tools": [{ "type": "function" }] })),
        ("gpt-4o-mini", json!({ "messages": [{ "role": "user", "content": [{ "type": "image_url" }] }] })),
        ("gpt-3.5-turbo", json!({ "messages": [{ "role": "user", "content": "what is an image_url?" }] })),
        ("gpt-4", json!({ "response_format": { "type": "json_object" } })),
    ] {
        assert_eq!(check(model, CHAT, &body).map(|d| d.cause.slug), None, "{model}: {body}");
    }
}

#[test]
fn what_means_the_same_is_changed_and_said() {
    for (model, body, expected, note) in [
        (
            "gpt-5",
            r#"{"model":"x", "max_tokens" : 5, "temperature": 0.2, "messages":[]}"#,
            r#"{"model":"x", "max_completion_tokens" : 5, "messages":[]}"#,
            "max_tokens->max_completion_tokens, temperature dropped",
        ),
        (
            "gpt-5",
            r#"{"max_tokens":5,"max_completion_tokens":6}"#,
            r#"{"max_completion_tokens":6}"#,
            "max_tokens dropped",
        ),
        (
            "gpt-5",
            r#"{"max_tokens":5,"max_completion_tokens":null}"#,
            r#"{"max_completion_tokens":5}"#,
            "max_tokens->max_completion_tokens",
        ),
        ("o3-mini", r#"{"a":1,"parallel_tool_calls":true,"top_p":0.1}"#, r#"{"a":1}"#, ""),
        (
            "gpt-4o",
            r#"{"max_tokens":99999,"user":"a"}"#,
            r#"{"max_tokens":16384,"user":"a"}"#,
            "max_tokens 99999->16384",
        ),
        ("gpt-4o", r#"{"reasoning_effort":"low"}"#, "{}", "reasoning_effort dropped"),
        ("gpt-4o", r#"{"temperature":0.3}"#, r#"{"temperature":0.3}"#, ""),
    ] {
        if body.contains("\"a\":1") {
            // A name that OpenAI does not know is refused first.
            assert_eq!(adapted(model, CHAT, body), Err(&causes::PARAM_UNKNOWN));
            continue;
        }
        assert_eq!(adapted(model, CHAT, body), Ok((expected.to_owned(), note.to_owned())));
    }
}

#[test]
fn what_means_something_else_is_refused_all_the_same() {
    let refusal = |model: &str, operation, body: &str| adapted(model, operation, body).err().map(|cause| cause.slug);

    assert_eq!(refusal("gpt-5", CHAT, r#"{"logit_bias":{"1":5}}"#), Some("param_unsupported"));
    for (model, expected) in
        [("o3-mini", Some("param_unsupported")), ("gpt-5-mini", Some("param_unsupported")), ("gpt-5.1", None)]
    {
        assert_eq!(refusal(model, CHAT, r#"{"stop":["a"]}"#), expected, "{model}");
    }
    assert_eq!(
        refusal("text-embedding-ada-002", Operation::Embeddings, r#"{"dimensions":5}"#),
        Some("dimensions_unsupported")
    );
}

#[test]
fn the_operator_s_word_comes_before_the_table_s() {
    let overrides = CapabilityOverrides {
        base_model: Some("azure/gpt-5".to_owned()),
        max_tokens: Some(true),
        vision: Some(false),
        max_output_tokens: Some(10),
        refused: vec!["seed".to_owned()],
        ..CapabilityOverrides::default()
    };
    let own = known_as("my-deployment", &overrides);
    let slug = |body: Value| {
        let body = body.to_string();
        judge::judge(&own, CHAT, body.as_bytes(), Parameters::Check).err().map(|d| d.cause.slug)
    };

    assert_eq!(own.name, "gpt-5");
    assert_eq!(slug(json!({ "max_tokens": 5 })), None);
    assert_eq!(slug(json!({ "max_tokens": 11 })), Some("max_tokens_too_large"));
    assert_eq!(slug(json!({ "seed": 1 })), Some("param_unsupported"));
    assert_eq!(slug(json!({ "messages": [{ "content": [{ "type": "image_url" }] }] })), Some("model_no_vision"));
    let nobody_s = CapabilityOverrides::default();
    assert!(Fit::new(Parameters::Check, &nobody_s, every_endpoint(), OPENAI, "a-model-of-nobody").known.is_none());
}

#[test]
fn a_model_is_refused_where_it_is_not_served_in_the_words_of_the_endpoint() {
    use Operation as O;
    for (model, operation, cause, status, sentence) in [
        (
            "gpt-3.5-turbo-instruct",
            O::ChatCompletions,
            &causes::COMPLETION_MODEL_ON_CHAT,
            404,
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use \
             v1/completions?",
        ),
        (
            "text-embedding-3-small",
            O::ChatCompletions,
            &causes::MODEL_WRONG_ENDPOINT,
            404,
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use \
             v1/completions?",
        ),
        (
            "gpt-4o",
            O::Completions,
            &causes::CHAT_MODEL_ON_COMPLETIONS,
            404,
            "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use \
             v1/chat/completions?",
        ),
        (
            "o3-deep-research",
            O::ChatCompletions,
            &causes::MODEL_RESPONSES_ONLY,
            404,
            "This model is only supported in v1/responses and not in v1/chat/completions.",
        ),
        (
            "gpt-4o",
            O::Embeddings,
            &causes::MODEL_WRONG_ENDPOINT,
            403,
            "You are not allowed to generate embeddings from this model",
        ),
        (
            "text-embedding-3-small",
            O::Responses,
            &causes::MODEL_WRONG_ENDPOINT,
            404,
            "This model is not supported in the v1/responses endpoint.",
        ),
    ] {
        let refusal = endpoint::refusal(&known(model), operation).unwrap_or_else(|| panic!("{model}, {operation:?}"));

        assert_eq!((refusal.cause.slug, refusal.wire().status), (cause.slug, status), "{model}");
        assert_eq!(refusal.sentence(""), sentence, "{model}");
        let fits = refusal.fact_value("either").expect("it is served somewhere").to_owned();
        assert!(refusal.remedy("").contains(&fits) || cause != &causes::MODEL_WRONG_ENDPOINT, "{}", refusal.remedy(""));
    }
    assert!(endpoint::refusal(&known("gpt-4o"), O::InputTokens).is_none());
}

#[test]
fn endpoints_that_were_chosen_come_before_the_table() {
    let chosen = Operations::NONE.with(CHAT).with(Operation::Completions);
    let fit = Fit::new(Parameters::Check, &CapabilityOverrides::default(), chosen, OPENAI, "gpt-3.5-turbo-instruct");

    assert!(endpoint::refusal(&fit.known.expect("it is in the table"), CHAT).is_none());
}

#[test]
fn only_what_could_be_too_long_is_counted() {
    let gpt_4o = known("gpt-4o");
    let may = |operation, body: Value| window::may_be_exceeded(&gpt_4o, operation, body.to_string().as_bytes());

    assert!(!may(CHAT, json!({ "messages": [{ "content": "a".repeat(100_000) }] })));
    assert!(may(CHAT, json!({ "messages": [{ "content": "a".repeat(128_001) }] })));
    assert!(may(CHAT, json!({ "messages": [{ "content": "a".repeat(120_000) }], "max_tokens": 16_000 })));
    assert!(!may(CHAT, json!({ "messages": [{ "content": "a".repeat(120_000) }], "max_tokens": 100 })));
    assert!(!may(Operation::Responses, json!({ "input": "a".repeat(120_000), "max_output_tokens": 16_000 })));
}

#[tokio::test]
async fn a_prompt_is_counted_exactly() {
    let said = |model: &'static str, operation, body: Value| async move {
        window::check(&known(model), operation, body.to_string().as_bytes()).await.err().map(|d| d.sentence(""))
    };
    // A letter and a blank are one token.
    let words = |n: usize| " a".repeat(n);
    let chat =
        |n: usize, most: u32| json!({ "messages": [{ "role": "user", "content": words(n) }], "max_tokens": most });

    assert_eq!(said("gpt-4", CHAT, chat(8000, 100)).await, None);
    insta::assert_snapshot!(said("gpt-4", CHAT, chat(8000, 1000)).await.unwrap_or_default(), @"This model's maximum context length is 8192 tokens. However, you requested 9007 tokens (8007 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.");
    insta::assert_snapshot!(said("gpt-4", CHAT, chat(9000, 1000)).await.unwrap_or_default(), @"This model's maximum context length is 8192 tokens. However, your messages resulted in 9007 tokens. Please reduce the length of the messages.");
    insta::assert_snapshot!(said("text-embedding-3-small", Operation::Embeddings, json!({ "input": ["a", words(9000)] })).await.unwrap_or_default(), @"This model's maximum context length is 8192 tokens, however you requested 9000 tokens (9000 in your prompt; 0 for the completion). Please reduce your prompt; or completion length.");
    insta::assert_snapshot!(said("gpt-4o", Operation::Responses, json!({ "input": words(130_000) })).await.unwrap_or_default(), @"Your input exceeds the context window of this model. Please adjust your input and try again.");
    assert_eq!(
        said("gpt-4o", Operation::Responses, json!({ "input": words(130_000), "truncation": "auto" })).await,
        None
    );
    assert_eq!(said("text-embedding-3-small", Operation::Embeddings, json!({ "input": vec![1; 8192] })).await, None);
}

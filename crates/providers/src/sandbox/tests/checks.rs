//! What chat, embeddings and moderations refuse of parameters that change nothing here.

use super::*;

fn refused(more: Value) -> String {
    refusal(Operation::ChatCompletions, &with_messages(more))
}

fn messages(messages: &Value) -> String {
    refused(json!({ "messages": messages }))
}

#[test]
fn values_outside_of_openais_enumerations_are_refused() {
    for (name, value, param) in [
        ("service_tier", json!("gold"), "service_tier"),
        ("reasoning_effort", json!("zzz"), "reasoning_effort"),
        ("verbosity", json!("x"), "verbosity"),
        ("modalities", json!(["x"]), "modalities[0]"),
        ("prediction", json!({ "type": "x" }), "prediction.type"),
    ] {
        let refusal = refused(json!({ name: value }));

        assert!(refusal.starts_with("400 Invalid value: '"), "{refusal}");
        assert!(refusal.ends_with(&format!("[{param} invalid_value]")), "{refusal}");
    }
    assert_snapshot!(refused(json!({ "reasoning_effort": "zzz" })), @"400 Invalid value: 'zzz'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'. [reasoning_effort invalid_value]");
}

#[test]
fn nothing_here_speaks() {
    assert_snapshot!(refused(json!({ "modalities": ["text", "audio"] })), @"400 Unsupported value: 'modalities[1]' does not support 'audio' with this model. Supported values are: 'text'. [modalities unsupported_value]");
    assert_snapshot!(refused(json!({ "audio": { "voice": "alloy", "format": "wav" } })), @"400 The 'audio' parameter is only allowed when 'modalities' includes 'audio'. [audio null]");
}

#[test]
fn metadata_and_identifiers_are_bounded_in_chat_too() {
    assert!(refused(json!({ "metadata": { "a": 5 } })).ends_with("[metadata.a invalid_type]"));
    assert!(refused(json!({ "metadata": { "a": "x".repeat(513) } })).ends_with("[metadata.a string_above_max_length]"));
    assert!(
        refused(json!({ "safety_identifier": "x".repeat(65) }))
            .ends_with("[safety_identifier string_above_max_length]")
    );
}

#[test]
fn biases_are_of_tokens_and_within_bounds() {
    assert_snapshot!(refused(json!({ "logit_bias": { "a": 1 } })), @"400 Invalid key in 'logit_bias': a. You should only be submitting non-negative integers. [logit_bias null]");
    assert!(refused(json!({ "logit_bias": { "1": 101 } })).ends_with("[logit_bias.1 decimal_above_max_value]"));
}

#[test]
fn empty_stops_are_refused() {
    assert_snapshot!(refused(json!({ "stop": "" })), @"400 Invalid 'stop': empty string. Expected a string with minimum length 1, but got an empty string instead. [stop empty_string]");
    assert!(refused(json!({ "stop": ["a", ""] })).ends_with("[stop[1] empty_string]"));
    assert!(refused(json!({ "stop": [] })).ends_with("[stop empty_array]"));
}

#[test]
fn ceilings_of_tokens_are_the_models() {
    let gpt = |more: Value| refusal_of(Operation::ChatCompletions, "gpt-4o", &with_messages(more));
    let long = json!([{ "role": "user", "content": "word ".repeat(120_000) }]);

    assert_snapshot!(refused(json!({ "max_tokens": 5, "max_completion_tokens": 5 })), @"400 Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported. [max_tokens invalid_parameter_combination]");
    assert_snapshot!(gpt(json!({ "max_tokens": 100_000 })), @"400 max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000. [max_tokens invalid_value]");
    assert_snapshot!(gpt(json!({ "messages": long, "max_tokens": 16_000 })), @"400 This model's maximum context length is 128000 tokens. However, you requested 136008 tokens (120008 in the messages, 16000 in the completion). Please reduce the length of the messages or completion. [messages context_length_exceeded]");
}

#[test]
fn a_large_integer_is_an_integer() {
    let body: Value = serde_json::from_str(r#"{"n": 1000000000000000000000000000000}"#).expect("JSON");

    assert!(refused(body).ends_with("[n integer_above_max_value]"));
}

#[test]
fn messages_have_the_members_of_messages() {
    let user = |name: &str, value: Value| {
        let mut message = json!({ "role": "user", "content": "x" });
        message[name] = value;
        messages(&json!([message]))
    };

    assert_snapshot!(user("foo", json!(1)), @"400 Unknown parameter: 'messages[0].foo'. [messages[0].foo unknown_parameter]");
    assert_snapshot!(user("name", json!("a b")), @r"400 Invalid 'messages[0].name': string does not match pattern. Expected a string that matches the pattern '^[^\s<|\\/>]+$'. [messages[0].name invalid_value]");
    assert_snapshot!(messages(&json!([{ "role": "function", "content": "x" }])), @"400 Missing required parameter: 'messages[0].name'. [messages[0].name missing_required_parameter]");
    let echoed = json!({ "role": "assistant", "content": "x", "provider_specific_fields": { "refusal": null } });
    let strange = json!({ "role": "user", "content": "x", "foo": 1 });
    assert_snapshot!(messages(&json!([echoed, strange])), @"400 Unknown parameter: 'messages[1].foo'. [messages[1].foo unknown_parameter]");
    assert!(
        refused(json!({ "stream": true, "stream_options": { "foo": 1 } }))
            .ends_with("[stream_options.foo unknown_parameter]")
    );
}

#[test]
fn attachments_are_looked_at() {
    let of = |role: &str, part: Value| messages(&json!([{ "role": role, "content": [part] }]));
    let image = json!({ "type": "image_url", "image_url": { "url": "https://example.com/a.png" } });

    assert_snapshot!(of("system", image), @"400 Invalid 'messages[0]'. Image URLs are only allowed for messages with role 'user', but this message with role 'system' contains an image URL. [messages[0] invalid_value]");
    assert!(
        of("user", json!({ "type": "file", "file": { "file_id": "file-abc" } }))
            .starts_with("404 File with id 'file-abc' not found.")
    );
    assert!(
        of("user", json!({ "type": "file", "file": { "file_data": "AAAA" } }))
            .contains("Expected a base64-encoded data URL")
    );
    assert!(
        of("user", json!({ "type": "input_audio" }))
            .ends_with("[messages[0].content[0].input_audio missing_required_parameter]")
    );
    assert!(
        of("user", json!({ "type": "input_audio", "input_audio": { "data": "AAAA", "format": "flac" } }))
            .contains("'wav' and 'mp3'")
    );
}

#[test]
fn an_invalid_input_is_named() {
    let embeddings = |input: Value| refusal(Operation::Embeddings, &json!({ "input": input }));

    assert_snapshot!(embeddings(json!(["a", 5])), @"400 '$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference. input[1] is an integer, which is neither a text nor an array of token ids. [null null]");
    assert!(embeddings(json!([[]])).contains(" input[0] is an empty array, "));
    assert!(embeddings(json!(null)).contains(" input is null, "));
}

#[test]
fn a_body_that_is_too_deep_is_told_so() {
    let body = format!("{{\"messages\": {}{}}}", "[".repeat(200), "]".repeat(200));

    let reply = answer(&Ask {
        operation: Operation::ChatCompletions,
        model: "sandbox",
        body: body.as_bytes(),
        created: 0,
        memory: None,
        wishes: Wishes::default(),
    });

    let message = whole(reply).1["error"]["message"].to_string();
    assert!(message.contains("line 1 column") && message.contains("deeper than 127 levels"), "{message}");
}

#[test]
fn usage_that_the_gateway_asks_for_is_in_no_chunk_but_the_last() {
    for (operation, body) in
        [(Operation::ChatCompletions, with_messages(json!({}))), (Operation::Completions, json!({ "prompt": "x" }))]
    {
        let mut body = body;
        body["stream"] = json!(true);
        body["stream_options"] = json!({ "include_usage": true });
        let body = body.to_string();
        let wishes = Wishes { usage_is_ours: true, ..Wishes::default() };

        let ask = Ask { operation, model: "sandbox", body: body.as_bytes(), created: 0, memory: None, wishes };
        let parts = events(&answer(&ask));

        let (last, before) = parts.split_last().expect("events");
        assert!(before.iter().all(|part| part.get("usage").is_none()) && last["usage"].is_object());
    }
}

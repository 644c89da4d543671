//! The sandbox from outside: bytes in, bytes out.

use std::time::Duration;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};
use tollgate_core::operation::Operation;

use super::*;

mod chat;
mod checks;
mod prompts;
mod staged;

const SERVING: [(Operation, &str); 5] = [
    (Operation::ChatCompletions, "sandbox"),
    (Operation::Completions, "sandbox"),
    (Operation::Responses, "sandbox"),
    (Operation::Embeddings, "sandbox-embedding"),
    (Operation::Moderations, "sandbox-moderation"),
];

fn ask(operation: Operation, model: &str, body: &Value) -> Reply {
    let body = body.to_string();
    answer(&Ask {
        operation,
        model,
        body: body.as_bytes(),
        created: 1_795_132_800,
        memory: None,
        wishes: Wishes::default(),
    })
}

fn whole(reply: Reply) -> (u16, Value) {
    match reply {
        Reply::Whole { status, body, .. } => (status, serde_json::from_slice(&body).expect("the body is JSON")),
        Reply::Stream { .. } => panic!("a stream where a whole answer was expected"),
    }
}

fn good(operation: Operation, model: &str, body: &Value) -> Value {
    let (status, body) = whole(ask(operation, model, body));
    assert_eq!(status, 200, "{body}");
    body
}

fn chat(body: Value) -> Value {
    good(Operation::ChatCompletions, "sandbox", &with_messages(body))
}

fn with_messages(mut body: Value) -> Value {
    if body.get("messages").is_none() {
        body["messages"] = json!([{ "role": "user", "content": "Hello, answer in JSON" }]);
    }
    body
}

/// The refusal of a body, as `status message [param code]`.
fn refusal(operation: Operation, body: &Value) -> String {
    let model = SERVING.iter().find(|(served, _)| *served == operation).map_or("sandbox", |(_, model)| model);
    refusal_of(operation, model, body)
}

fn refusal_of(operation: Operation, model: &str, body: &Value) -> String {
    let (status, body) = whole(ask(operation, model, body));
    let error = &body["error"];
    assert_eq!(error.as_object().map(serde_json::Map::len), Some(4), "{body}");
    let word = |name: &str| error[name].as_str().unwrap_or("null");
    format!("{status} {} [{} {}]", word("message"), word("param"), word("code"))
}

fn text_of(reply: Reply) -> String {
    match reply {
        Reply::Whole { body, .. } => String::from_utf8(body).expect("JSON is UTF-8"),
        Reply::Stream { events, .. } => String::from_utf8(events.concat()).expect("events are UTF-8"),
    }
}

/// The JSON of every event, `[DONE]` left out; the shape of each event is checked on the way.
fn events(reply: &Reply) -> Vec<Value> {
    let Reply::Stream { events, .. } = reply else { panic!("a whole answer where a stream was expected") };
    let mut payloads = Vec::new();
    for event in events {
        let event = std::str::from_utf8(event).expect("events are UTF-8");
        let event = event.strip_suffix("\n\n").expect("an event ends in an empty line");
        let (name, data) = match event.strip_prefix("event: ").and_then(|rest| rest.split_once('\n')) {
            Some((name, data)) => (Some(name), data),
            None => (None, event),
        };
        let data = data.strip_prefix("data: ").expect("an event has data");
        assert!(!data.contains('\n'), "data is one line");
        if data == "[DONE]" {
            continue;
        }
        let payload: Value = serde_json::from_str(data).expect("data is JSON");
        assert_eq!(name, payload["type"].as_str(), "the event line is the type");
        payloads.push(payload);
    }
    payloads
}

fn chat_text(events: &[Value], index: u64) -> String {
    let choices = events.iter().filter_map(|event| event["choices"].get(0)).filter(|c| c["index"] == index);
    choices.filter_map(|choice| choice["delta"]["content"].as_str()).collect()
}

#[test]
fn chat_completion_has_every_key_of_openais() {
    let body = json!({
        "model": "sandbox",
        "messages": [{ "role": "system", "content": "Be brief." }, { "role": "user", "content": "Hi!" }],
    });

    assert_snapshot!(text_of(ask(Operation::ChatCompletions, "sandbox", &body)), @r#"{"id":"chatcmpl-569e247659a05eb2d1b75ee410a0f258","object":"chat.completion","created":1795132800,"model":"sandbox","choices":[{"index":0,"message":{"role":"assistant","content":"You said: “Hi!”. This is the sandbox: it asked no model, and received 2 messages (1 system, 1 user), under the system prompt “Be brief.”. A model would answer here.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":16,"completion_tokens":44,"total_tokens":60,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_sandbox01"}"#);
}

#[test]
fn chat_stream_has_a_role_first_and_usage_last() {
    let body = json!({
        "messages": [{ "role": "user", "content": "Hi!" }],
        "max_tokens": 3,
        "stream": true,
        "stream_options": { "include_usage": true },
    });

    assert_snapshot!(text_of(ask(Operation::ChatCompletions, "gpt-4o-mini", &body)), @r#"
    data: {"id":"chatcmpl-24b4b18010d0890c7464f9861406bea8","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

    data: {"id":"chatcmpl-24b4b18010d0890c7464f9861406bea8","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"content":"You"},"logprobs":null,"finish_reason":null}],"usage":null}

    data: {"id":"chatcmpl-24b4b18010d0890c7464f9861406bea8","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"content":" said"},"logprobs":null,"finish_reason":null}],"usage":null}

    data: {"id":"chatcmpl-24b4b18010d0890c7464f9861406bea8","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"content":":"},"logprobs":null,"finish_reason":null}],"usage":null}

    data: {"id":"chatcmpl-24b4b18010d0890c7464f9861406bea8","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"usage":null}

    data: {"id":"chatcmpl-24b4b18010d0890c7464f9861406bea8","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}

    data: [DONE]
    "#);
}

#[test]
fn chat_stream_has_no_usage_unasked() {
    let reply = ask(Operation::ChatCompletions, "sandbox", &with_messages(json!({ "stream": true })));

    for event in events(&reply) {
        assert_eq!(event["choices"].as_array().map(Vec::len), Some(1));
        assert_eq!(event.get("usage"), None);
    }
    assert!(matches!(reply, Reply::Stream { events, .. } if events.last().is_some_and(|e| e == b"data: [DONE]\n\n")));
}

#[test]
fn chat_stream_says_what_the_whole_says() {
    for extra in [
        json!({}),
        json!({ "n": 3 }),
        json!({ "max_completion_tokens": 5 }),
        json!({ "stop": ["sandbox"] }),
        json!({ "response_format": { "type": "json_object" } }),
    ] {
        let mut streamed = with_messages(extra.clone());
        streamed["stream"] = json!(true);

        let whole = chat(extra);
        let events = events(&ask(Operation::ChatCompletions, "sandbox", &streamed));

        for choice in whole["choices"].as_array().expect("choices") {
            let index = choice["index"].as_u64().expect("an index");
            assert_eq!(choice["message"]["content"], chat_text(&events, index));
            let last = events.iter().rev().find(|event| event["choices"][0]["index"] == index).expect("a last chunk");
            assert_eq!(choice["finish_reason"], last["choices"][0]["finish_reason"]);
        }
    }
}

#[test]
fn chat_takes_every_role_and_kind_of_content() {
    let reply = chat(json!({ "messages": [
        { "role": "developer", "content": [{ "type": "text", "text": "Be kind." }] },
        { "role": "user", "content": [
            { "type": "text", "text": "What is on it?" },
            { "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAoAAAAHgCAYAAAAAAAAAAAAAAElFTkSuQmCC" } },
        ] },
        { "role": "assistant", "content": null, "tool_calls": [
            { "id": "call_1", "type": "function", "function": { "name": "look", "arguments": "{}" } },
        ] },
        { "role": "tool", "tool_call_id": "call_1", "content": "A cat." },
    ] }));

    assert_snapshot!(reply["choices"][0]["message"]["content"].as_str().unwrap_or_default(), @"The tool answered: “A cat.”. With it came a PNG of 640 × 480 pixels. This is the sandbox: it asked no model, and received 4 messages (1 system, 1 user, 1 assistant, 1 tool), under the system prompt “Be kind.”. A model would put the result into words here.");
}

#[test]
fn chat_calls_the_function_and_streams_the_call_with_its_index() {
    let body = json!({
        "messages": [{ "role": "user", "content": "How warm is it in Bern?" }],
        "tools": [{ "type": "function", "function": { "name": "get_weather", "parameters": {
            "type": "object",
            "properties": { "city": { "type": "string" }, "unit": { "type": "string", "enum": ["c", "f"] } },
            "required": ["city", "unit"],
        } } }],
    });
    let mut streamed = body.clone();
    streamed["stream"] = json!(true);

    assert_snapshot!(text_of(ask(Operation::ChatCompletions, "gpt-4o", &body)), @r#"{"id":"chatcmpl-1aef6fa0e8f152887033e4a03466fdcf","object":"chat.completion","created":1795132800,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_19778149116967cac6b90908","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"sample city\",\"unit\":\"c\"}"}}],"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":56,"completion_tokens":12,"total_tokens":68,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_sandbox01"}"#);
    assert_snapshot!(text_of(ask(Operation::ChatCompletions, "gpt-4o", &streamed)), @r#"
    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_887502e40f761ef6668e6541","type":"function","function":{"name":"get_weather","arguments":""}}],"refusal":null},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\""}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"city"}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\":\""}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"sample"}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":" city"}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\",\""}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"unit"}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\":\""}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"c"}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"}"}}]},"logprobs":null,"finish_reason":null}]}

    data: {"id":"chatcmpl-3d104b12a262804bf958de38dace46da","object":"chat.completion.chunk","created":1795132800,"model":"gpt-4o","service_tier":"default","system_fingerprint":"fp_sandbox01","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}

    data: [DONE]
    "#);
}

#[test]
fn chat_fills_the_schema_asked_for() {
    let reply = chat(json!({ "response_format": { "type": "json_schema", "json_schema": {
        "name": "event",
        "strict": true,
        "schema": {
            "type": "object",
            "properties": {
                "title": { "type": "string" },
                "guests": { "type": "array", "items": { "$ref": "#/$defs/guest" } },
            },
            "required": ["title", "guests"],
            "additionalProperties": false,
            "$defs": { "guest": {
                "type": "object",
                "properties": { "name": { "type": "string" }, "age": { "type": ["integer", "null"] } },
                "required": ["name", "age"],
                "additionalProperties": false,
            } },
        },
    } } }));

    assert_snapshot!(reply["choices"][0]["message"]["content"].as_str().unwrap_or_default(),
        @r#"{"title":"sample title","guests":[{"name":"sample name","age":1}]}"#);
}

#[test]
fn chat_refuses_as_openai_does() {
    let chat = |body: Value| refusal(Operation::ChatCompletions, &body);
    let user = json!([{ "role": "user", "content": "a" }]);
    let tool_message =
        json!([{ "role": "user", "content": "a" }, { "role": "tool", "tool_call_id": "x", "content": "a" }]);

    assert_snapshot!(chat(json!({})), @"400 Missing required parameter: 'messages'. [messages missing_required_parameter]");
    assert_snapshot!(chat(json!({ "messages": [] })), @"400 Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead. [messages empty_array]");
    assert_snapshot!(chat(json!({ "messages": "ping" })), @"400 Invalid type for 'messages': expected an array of objects, but got a string instead. [messages invalid_type]");
    assert_snapshot!(chat(json!({ "messages": ["ping"] })), @"400 Invalid type for 'messages[0]': expected an object, but got a string instead. [messages[0] invalid_type]");
    assert_snapshot!(chat(json!({ "messages": [{ "content": "ping" }] })), @"400 Missing required parameter: 'messages[0].role'. [messages[0].role missing_required_parameter]");
    assert_snapshot!(chat(json!({ "messages": [{ "role": "ai", "content": "ping" }] })), @"400 Invalid value: 'ai'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'. [messages[0].role invalid_value]");
    assert_snapshot!(chat(json!({ "messages": [{ "role": "user", "content": { "a": 1 } }] })), @"400 Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an object instead. [messages[0].content invalid_type]");
    assert_snapshot!(chat(json!({ "messages": [{ "role": "user" }] })), @"400 Invalid value for 'content': expected a string, got null. [messages.[0].content null]");
    assert_snapshot!(chat(json!({ "messages": tool_message })), @"400 Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'. [messages.[1].role null]");
    assert_snapshot!(chat(json!({ "messages": user, "n": 130 })), @"400 Invalid 'n': integer above maximum value. Expected a value <= 128, but got 130 instead. [n integer_above_max_value]");
    assert_snapshot!(chat(json!({ "messages": user, "stream": "yes" })), @"400 Invalid type for 'stream': expected a boolean, but got a string instead. [stream invalid_type]");
    assert_snapshot!(chat(json!({ "messages": user, "tools": [] })), @"400 Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead. [tools empty_array]");
    assert_snapshot!(chat(json!({ "messages": user, "tool_choice": "auto" })), @"400 Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified. [tool_choice null]");
    assert_snapshot!(chat(json!({ "messages": user, "response_format": { "type": "json_object" } })), @"400 'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'. [messages null]");
    assert_snapshot!(chat(json!({ "messages": user, "stream_options": { "include_usage": true } })), @"400 The 'stream_options' parameter is only allowed when 'stream' is enabled. [stream_options null]");
    assert_snapshot!(refusal_of(Operation::ChatCompletions, "gpt-3.5-turbo-instruct", &json!({ "messages": user })), @"404 This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions? [model null]");
}

#[test]
fn body_that_is_no_json_object_is_refused() {
    for body in ["", "[]", "{", "null", "\u{feff}{}"] {
        let reply = answer(&Ask {
            operation: Operation::Responses,
            model: "sandbox",
            body: body.as_bytes(),
            created: 0,
            memory: None,
            wishes: Wishes::default(),
        });
        let (status, body) = whole(reply);

        assert_eq!(status, 400);
        assert!(body["error"]["message"].as_str().is_some_and(|m| m.starts_with("We could not parse the JSON body")));
    }
}

#[test]
fn context_has_an_end() {
    let text = "word ".repeat(130_000);

    let refusal =
        refusal_of(Operation::ChatCompletions, "gpt-4o", &json!({ "messages": [{ "role": "user", "content": text }] }));

    assert_snapshot!(refusal, @"400 This model's maximum context length is 128000 tokens. However, your messages resulted in 130008 tokens. Please reduce the length of the messages. [messages context_length_exceeded]");
}

#[test]
fn completion_has_every_key_of_openais() {
    let body = json!({ "prompt": "Say this is a test", "n": 2, "echo": true, "stop": "am" });

    assert_snapshot!(text_of(ask(Operation::Completions, "gpt-3.5-turbo-instruct", &body)), @r#"{"id":"cmpl-59650aa7657b44a9ed7a11ad4ca68a7a","object":"text_completion","created":1795132800,"model":"gpt-3.5-turbo-instruct","system_fingerprint":"fp_sandbox01","choices":[{"text":"Say this is a test\n\nYou wrote: “Say this is a test”. This is the sandbox,","index":0,"logprobs":null,"finish_reason":"length"},{"text":"Say this is a test\n\nThe prompt reads: “Say this is a test”. This is the sandbox","index":1,"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":32,"total_tokens":37,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}"#);
}

#[test]
fn completion_takes_prompts_of_all_four_kinds() {
    let choices = |prompt: Value| {
        let reply = good(Operation::Completions, "sandbox", &json!({ "prompt": prompt }));
        (reply["choices"].as_array().map_or(0, Vec::len), reply["usage"]["prompt_tokens"].as_u64().unwrap_or(0))
    };

    assert_eq!(choices(json!("one two")), (1, 2));
    assert_eq!(choices(json!(["one", "two"])), (2, 2));
    assert_eq!(choices(json!([1212, 318, 257])), (1, 3));
    assert_eq!(choices(json!([[1212, 318], [257]])), (2, 3));
}

#[test]
fn completion_stream_says_what_the_whole_says() {
    let body = json!({ "prompt": ["one", "two"], "n": 2, "echo": true, "max_tokens": 7 });
    let mut streamed = body.clone();
    streamed["stream"] = json!(true);

    let whole = good(Operation::Completions, "sandbox", &body);
    let events = events(&ask(Operation::Completions, "sandbox", &streamed));

    for choice in whole["choices"].as_array().expect("choices") {
        let parts = events.iter().map(|event| &event["choices"][0]).filter(|part| part["index"] == choice["index"]);
        let text: String = parts.filter_map(|part| part["text"].as_str()).collect();
        assert_eq!(choice["text"], text);
        assert_eq!(choice["finish_reason"], "length");
    }
}

#[test]
fn completion_refuses_as_openai_does() {
    let completions = |body: Value| refusal(Operation::Completions, &body);

    assert_snapshot!(completions(json!({ "prompt": 7 })), @"400 Invalid type for 'prompt': expected one of a string, array of strings, array of integers, or array of integer arrays, but got an integer instead. [prompt invalid_type]");
    assert_snapshot!(completions(json!({ "prompt": "a", "max_tokens": -1 })), @"400 Invalid 'max_tokens': integer below minimum value. Expected a value >= 0, but got -1 instead. [max_tokens integer_below_min_value]");
    assert_snapshot!(refusal_of(Operation::Completions, "gpt-4o", &json!({ "prompt": "a" })), @"404 This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions? [model null]");
    assert_snapshot!(refusal_of(Operation::Completions, "gpt-3.5-turbo-instruct", &json!({ "prompt": "a", "max_tokens": 5000 })), @"400 This model's maximum context length is 4097 tokens, however you requested 5001 tokens (1 in your prompt; 5000 for the completion). Please reduce your prompt; or completion length. [null context_length_exceeded]");
}

#[test]
fn response_has_every_key_of_openais() {
    let body = json!({ "instructions": "Be brief.", "input": "Hi!" });

    assert_snapshot!(text_of(ask(Operation::Responses, "gpt-4.1-mini", &body)), @r#"{"id":"resp_8430a70b83f005bd1299eeca1d4824a9e78976fc6e26c626","object":"response","created_at":1795132800,"status":"completed","background":false,"completed_at":1795132800,"error":null,"incomplete_details":null,"instructions":"Be brief.","max_output_tokens":null,"max_tool_calls":null,"model":"gpt-4.1-mini","output":[{"id":"msg_4426a9b0f371bcedd8cbcb7ec30ad1bf70d4b18a60f4a5dc","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"You said: “Hi!”. This is the sandbox: it asked no model, and received 1 user message, under the system prompt “Be brief.”. A model would answer here."}]}],"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"default","store":true,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":{"input_tokens":16,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":38,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":54},"metadata":{}}"#);
}

#[test]
fn response_stream_has_its_events_in_order() {
    let body =
        json!({ "input": [{ "role": "user", "content": [{ "type": "input_text", "text": "Hi!" }] }], "stream": true });

    let events = events(&ask(Operation::Responses, "sandbox", &body));
    let mut names: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    names.dedup();

    assert_snapshot!(names.join("\n"), @"
    response.created
    response.in_progress
    response.output_item.added
    response.content_part.added
    response.output_text.delta
    response.output_text.done
    response.content_part.done
    response.output_item.done
    response.completed
    ");
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], index);
    }
}

#[test]
fn response_stream_says_what_the_whole_says() {
    for extra in
        [json!({}), json!({ "max_output_tokens": 16 }), json!({ "text": { "format": { "type": "json_object" } } })]
    {
        let mut body = extra;
        body["input"] = json!("Tell me, as JSON, something that does not fit into sixteen tokens of text.");
        let whole = good(Operation::Responses, "sandbox", &body);
        // The flag is part of the input that ids are made of.
        body["stream"] = json!(true);
        let events = events(&ask(Operation::Responses, "sandbox", &body));

        let text: String = events
            .iter()
            .filter(|event| event["type"] == "response.output_text.delta")
            .filter_map(|event| event["delta"].as_str())
            .collect();
        let last = events.last().expect("an end");
        assert_eq!(whole["output"][0]["content"][0]["text"], text);
        assert_eq!(whole["status"], last["response"]["status"]);
        assert_eq!(whole["usage"], last["response"]["usage"]);
        assert_eq!(last["type"], format!("response.{}", whole["status"].as_str().unwrap_or_default()));
    }
}

#[test]
fn response_calls_the_function_and_then_answers() {
    let tool = json!({ "type": "function", "name": "now", "parameters": { "type": "object", "properties": {} } });
    let asked = json!({ "input": "What time is it?", "tools": [tool], "stream": true });
    let answered = json!({ "tools": [tool], "input": [
        { "role": "user", "content": "What time is it?" },
        { "type": "function_call", "call_id": "call_1", "name": "now", "arguments": "{}" },
        { "type": "function_call_output", "call_id": "call_1", "output": "Noon." },
    ] });

    assert_snapshot!(text_of(ask(Operation::Responses, "sandbox", &asked)), @r#"
    event: response.created
    data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_778ec103a7d86c249abdd9ccc298c95376e5686943b09afd","object":"response","created_at":1795132800,"status":"in_progress","background":false,"completed_at":null,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"sandbox","output":[],"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"default","store":true,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[{"name":"now","parameters":{"properties":{},"type":"object"},"strict":true,"type":"function"}],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","metadata":{}}}

    event: response.in_progress
    data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_778ec103a7d86c249abdd9ccc298c95376e5686943b09afd","object":"response","created_at":1795132800,"status":"in_progress","background":false,"completed_at":null,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"sandbox","output":[],"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"default","store":true,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[{"name":"now","parameters":{"properties":{},"type":"object"},"strict":true,"type":"function"}],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","metadata":{}}}

    event: response.output_item.added
    data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"fc_b87d572377ad66940adce657937d9e6afdefc3d8035599b1","type":"function_call","status":"in_progress","arguments":"","call_id":"call_8fc201be996ca94c1cc2ec80","name":"now"}}

    event: response.function_call_arguments.delta
    data: {"type":"response.function_call_arguments.delta","sequence_number":3,"item_id":"fc_b87d572377ad66940adce657937d9e6afdefc3d8035599b1","output_index":0,"delta":"{}"}

    event: response.function_call_arguments.done
    data: {"type":"response.function_call_arguments.done","sequence_number":4,"item_id":"fc_b87d572377ad66940adce657937d9e6afdefc3d8035599b1","name":"now","output_index":0,"arguments":"{}"}

    event: response.output_item.done
    data: {"type":"response.output_item.done","sequence_number":5,"output_index":0,"item":{"id":"fc_b87d572377ad66940adce657937d9e6afdefc3d8035599b1","type":"function_call","status":"completed","arguments":"{}","call_id":"call_8fc201be996ca94c1cc2ec80","name":"now"}}

    event: response.completed
    data: {"type":"response.completed","sequence_number":6,"response":{"id":"resp_778ec103a7d86c249abdd9ccc298c95376e5686943b09afd","object":"response","created_at":1795132800,"status":"completed","background":false,"completed_at":1795132800,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"sandbox","output":[{"id":"fc_b87d572377ad66940adce657937d9e6afdefc3d8035599b1","type":"function_call","status":"completed","arguments":"{}","call_id":"call_8fc201be996ca94c1cc2ec80","name":"now"}],"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"default","store":true,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[{"name":"now","parameters":{"properties":{},"type":"object"},"strict":true,"type":"function"}],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":{"input_tokens":33,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":35},"metadata":{}}}
    "#);
    let answer = good(Operation::Responses, "sandbox", &answered);
    assert_snapshot!(answer["output"][0]["content"][0]["text"].as_str().unwrap_or_default(), @"The tool answered: “Noon.”. This is the sandbox: it asked no model, and received 3 messages (1 user, 1 assistant, 1 tool). A model would put the result into words here.");
}

#[test]
fn response_refuses_as_openai_does() {
    let responses = |body: Value| refusal(Operation::Responses, &body);
    let orphan = json!([{ "type": "function_call_output", "call_id": "call_1", "output": "a" }]);

    assert_snapshot!(responses(json!({})), @"400 Missing required parameter: 'input'. [input missing_required_parameter]");
    assert_snapshot!(responses(json!({ "input": [] })), @r#"400 One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided. [null missing_required_parameter]"#);
    assert_snapshot!(responses(json!({ "input": 7 })), @"400 Invalid type for 'input': expected one of a string or array of input items, but got an integer instead. [input invalid_type]");
    assert_snapshot!(responses(json!({ "input": [7] })), @"400 Invalid type for 'input[0]': expected an input item, but got an integer instead. [input[0] invalid_type]");
    assert_snapshot!(responses(json!({ "input": [{ "role": "ai", "content": "a" }] })), @"400 Invalid value: 'ai'. Supported values are: 'assistant', 'system', 'developer', and 'user'. [input[0] invalid_value]");
    assert_snapshot!(responses(json!({ "input": orphan })), @"400 No tool call found for function call output with call_id call_1. [input null]");
    assert_snapshot!(responses(json!({ "input": "a", "max_output_tokens": 5 })), @"400 Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 5 instead. [max_output_tokens integer_below_min_value]");
    assert_snapshot!(responses(json!({ "input": "a", "previous_response_id": "resp_1" })), @"400 Previous response with id 'resp_1' not found. [previous_response_id previous_response_not_found]");
    assert_snapshot!(responses(json!({ "input": "a", "conversation": "conv_1" })), @"404 Conversation with id 'conv_1' not found. [null null]");
    assert_snapshot!(responses(json!({ "input": "a", "tools": [{ "type": "function", "function": { "name": "f" } }] })), @"400 Missing required parameter: 'tools[0].name'. [tools[0].name missing_required_parameter]");
    assert_snapshot!(responses(json!({ "input": "a", "metadata": "x" })), @"400 Invalid type for 'metadata': expected a metadata object, but got a string instead. [metadata invalid_type]");
}

#[test]
fn embedding_has_every_key_of_openais() {
    let body = json!({ "input": ["red", "green"], "dimensions": 2 });

    assert_snapshot!(text_of(ask(Operation::Embeddings, "text-embedding-3-small", &body)), @r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[-0.23822153,0.97121084]},{"object":"embedding","index":1,"embedding":[0.03701166,0.99931484]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":2,"total_tokens":2}}"#);
}

#[test]
fn embedding_in_base64_is_the_same_vector() {
    let floats = good(Operation::Embeddings, "text-embedding-3-large", &json!({ "input": "red" }));
    let base64 = json!({ "input": "red", "encoding_format": "base64" });
    let base64 = good(Operation::Embeddings, "text-embedding-3-large", &base64);

    let floats: Vec<f32> = serde_json::from_value(floats["data"][0]["embedding"].clone()).expect("numbers");
    let decoded = decode_base64(base64["data"][0]["embedding"].as_str().expect("text"));
    let decoded: Vec<f32> = decoded.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    assert_eq!(floats.len(), 3072);
    assert_eq!(floats, decoded);
}

fn decode_base64(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let letters = text.trim_end_matches('=').as_bytes();
    let bits: Vec<u8> = letters.iter().flat_map(|l| (0..6).rev().map(move |bit| value(*l) >> bit & 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect()
}

#[test]
fn embedding_refuses_as_openai_does() {
    let embeddings = |body: Value| refusal(Operation::Embeddings, &body);
    let ada = json!({ "input": "a", "dimensions": 8 });

    assert_snapshot!(embeddings(json!({})), @"400 Missing required parameter: 'input'. [input missing_required_parameter]");
    assert_snapshot!(embeddings(json!({ "input": "" })), @"400 Invalid 'input': input cannot be an empty string. [null null]");
    assert_snapshot!(embeddings(json!({ "input": [] })), @"400 Invalid 'input': input cannot be an empty array. [null null]");
    assert_snapshot!(embeddings(json!({ "input": ["a", 1] })), @"400 '$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference. input[1] is an integer, which is neither a text nor an array of token ids. [null null]");
    assert_snapshot!(embeddings(json!({ "input": "a", "dimensions": 2048 })), @"400 Invalid value for 'dimensions' = 2048. Must be less than or equal to 1536. [null null]");
    assert_snapshot!(embeddings(json!({ "input": "word ".repeat(9000) })), @"400 This model's maximum context length is 8192 tokens, however you requested 9001 tokens (9001 in your prompt; 0 for the completion). Please reduce your prompt; or completion length. [null null]");
    assert_snapshot!(refusal_of(Operation::Embeddings, "text-embedding-ada-002", &ada), @"400 This model does not support specifying dimensions. [null null]");
    assert_snapshot!(refusal_of(Operation::Embeddings, "gpt-4o", &json!({ "input": "a" })), @"403 You are not allowed to generate embeddings from this model [null null]");
}

#[test]
fn moderation_has_every_key_of_openais() {
    let body = json!({ "input": "I want to kill them." });

    let reply = good(Operation::Moderations, "omni-moderation-latest", &body);

    assert_snapshot!(serde_json::to_string_pretty(&reply).expect("JSON"), @r#"
    {
      "id": "modr-a873b92f702fd9c7b9241330f8d58358",
      "model": "omni-moderation-latest",
      "results": [
        {
          "categories": {
            "harassment": false,
            "harassment/threatening": true,
            "hate": false,
            "hate/threatening": false,
            "illicit": false,
            "illicit/violent": false,
            "self-harm": false,
            "self-harm/instructions": false,
            "self-harm/intent": false,
            "sexual": false,
            "sexual/minors": false,
            "violence": true,
            "violence/graphic": false
          },
          "category_applied_input_types": {
            "harassment": [
              "text"
            ],
            "harassment/threatening": [
              "text"
            ],
            "hate": [
              "text"
            ],
            "hate/threatening": [
              "text"
            ],
            "illicit": [
              "text"
            ],
            "illicit/violent": [
              "text"
            ],
            "self-harm": [
              "text"
            ],
            "self-harm/instructions": [
              "text"
            ],
            "self-harm/intent": [
              "text"
            ],
            "sexual": [
              "text"
            ],
            "sexual/minors": [
              "text"
            ],
            "violence": [
              "text"
            ],
            "violence/graphic": [
              "text"
            ]
          },
          "category_scores": {
            "harassment": 0.0000773533582687378,
            "harassment/threatening": 0.85,
            "hate": 0.00017654350399971008,
            "hate/threatening": 0.0001667290329933167,
            "illicit": 0.0003046011328697205,
            "illicit/violent": 0.000496202677488327,
            "self-harm": 0.0004177063405513763,
            "self-harm/instructions": 0.0002741989493370056,
            "self-harm/intent": 0.0001121261715888977,
            "sexual": 0.000025721639394760133,
            "sexual/minors": 0.0004801921546459198,
            "violence": 0.85,
            "violence/graphic": 0.00037712141871452335
          },
          "flagged": true
        }
      ]
    }
    "#);
}

#[test]
fn moderation_of_parts_is_one_and_of_texts_is_several() {
    let parts = json!([
        { "type": "text", "text": "hello" },
        { "type": "image_url", "image_url": { "url": "https://example.com/a.png" } },
    ]);
    let results = |input: Value| {
        let reply = good(Operation::Moderations, "sandbox-moderation", &json!({ "input": input }));
        reply["results"].as_array().map_or(0, Vec::len)
    };

    assert_eq!(results(parts), 1);
    assert_eq!(results(json!(["a", "b", "c"])), 3);
}

#[test]
fn models_are_listed_and_found() {
    let one = |model: &str| {
        whole(answer(&Ask {
            operation: Operation::RetrieveModel,
            model,
            body: b"",
            created: 0,
            memory: None,
            wishes: Wishes::default(),
        }))
    };
    let list = answer(&Ask {
        operation: Operation::ListModels,
        model: "",
        body: b"",
        created: 0,
        memory: None,
        wishes: Wishes::default(),
    });

    assert_eq!(whole(list).1["data"].as_array().map(Vec::len), Some(models().len()));
    assert_snapshot!(one("sandbox").1.to_string(), @r#"{"created":1795132800,"id":"sandbox","object":"model","owned_by":"sandbox"}"#);
    assert_eq!(one("nothing").0, 404);
}

#[test]
fn slow_model_is_slow_and_its_refusals_are_not() {
    let body = with_messages(json!({ "stream": true }));

    let Reply::Stream { before, pause, .. } = ask(Operation::ChatCompletions, "sandbox-slow", &body) else {
        panic!("a stream was asked for");
    };
    assert_eq!((before, pause), (Duration::from_millis(300), Duration::from_millis(20)));
    let refused = ask(Operation::ChatCompletions, "sandbox-slow", &json!({}));
    assert!(matches!(refused, Reply::Whole { before: Duration::ZERO, .. }));
}

/// Bodies near to good ones: the members that the sandbox reads, with values of any type.
fn nearly_good() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..200).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(vec![
            "",
            "user",
            "tool",
            "assistant",
            "function",
            "auto",
            "required",
            "json_object",
            "json_schema",
            "text",
            "input_text",
            "message",
            "function_call",
            "function_call_output",
            "base64",
            "hello there",
            "#",
            "string",
        ])
        .prop_map(Value::from),
    ];
    let names = proptest::sample::select(vec![
        "messages",
        "role",
        "content",
        "type",
        "text",
        "n",
        "stop",
        "stream",
        "stream_options",
        "include_usage",
        "tools",
        "function",
        "name",
        "parameters",
        "tool_choice",
        "response_format",
        "json_schema",
        "schema",
        "properties",
        "required",
        "items",
        "anyOf",
        "$ref",
        "input",
        "prompt",
        "echo",
        "max_tokens",
        "dimensions",
        "encoding_format",
        "format",
        "call_id",
        "output",
        "arguments",
        "metadata",
        "tool_calls",
        "tool_call_id",
        "id",
        "image_url",
        "url",
    ]);
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Checks that a reply is well formed, and gives its bytes.
fn checked(reply: Reply) -> String {
    match &reply {
        Reply::Whole { status, body, .. } => {
            let body: Value = serde_json::from_slice(body).expect("the body is JSON");
            assert_eq!(*status == 200, body.get("error").is_none_or(Value::is_null), "{body}");
        }
        Reply::Stream { events, .. } => assert!(self::events(&reply).len() >= events.len() - 1),
    }
    text_of(reply)
}

proptest! {
    #[test]
    fn any_bytes_get_a_well_formed_answer(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for operation in Operation::ALL {
            checked(answer(&Ask { operation, model: "sandbox", body: &body, created: 0, memory: None, wishes: Wishes::default() }));
        }
    }

    #[test]
    fn nearly_good_bodies_get_the_same_well_formed_answer_twice(
        mut body in nearly_good(),
        messages in proptest::bool::weighted(0.7),
    ) {
        if let (true, Value::Object(members)) = (messages, &mut body) {
            members.insert(String::from("messages"), json!([{ "role": "user", "content": "json" }]));
            members.insert(String::from("input"), json!("json"));
        }
        for (operation, model) in SERVING {
            let first = checked(ask(operation, model, &body));
            prop_assert_eq!(first, checked(ask(operation, model, &body)));
        }
    }
}

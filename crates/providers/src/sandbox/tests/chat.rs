//! What chat answers to the parameters that change the answer.

use super::*;

const O200K: Vocabulary = Vocabulary::O200k;

fn content(choice: &Value) -> &str {
    choice["message"]["content"].as_str().unwrap_or_default()
}

fn choices(reply: &Value) -> &[Value] {
    reply["choices"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn functions(names: &[&str]) -> Value {
    let of = |name: &&str| {
        json!({ "type": "function", "function": { "name": name, "parameters": {
            "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"],
        } } })
    };
    names.iter().map(of).collect()
}

fn asking(text: &str) -> Value {
    json!([{ "role": "user", "content": text }])
}

#[test]
fn tokens_are_counted_as_openai_counts_them() {
    let reply = chat(json!({ "messages": asking("hi") }));

    let usage = &reply["usage"];
    assert_eq!(usage["prompt_tokens"], 8);
    assert_eq!(usage["completion_tokens"], O200K.count(content(&reply["choices"][0])));
}

#[test]
fn length_is_cut_at_a_token() {
    for most in 1..12 {
        let reply = chat(json!({ "messages": asking("héllo 👍🏽 日本"), "max_completion_tokens": most }));

        let choice = &reply["choices"][0];
        assert_eq!(choice["finish_reason"], "length");
        assert_eq!(reply["usage"]["completion_tokens"], most);
    }
}

#[test]
fn every_token_has_its_log_probability_whole_and_streamed() {
    let body = json!({ "messages": asking("naïve 🏽"), "logprobs": true, "top_logprobs": 3, "max_tokens": 30 });
    let mut streamed = body.clone();
    streamed["stream"] = json!(true);

    let whole = chat(body);
    let entries = whole["choices"][0]["logprobs"]["content"].as_array().expect("entries");
    let parts: Vec<Value> = events(&ask(Operation::ChatCompletions, "sandbox", &streamed))
        .iter()
        .filter_map(|event| event["choices"][0]["logprobs"]["content"].as_array().cloned())
        .flatten()
        .collect();

    assert_eq!(entries.len(), 30);
    assert_eq!(whole["choices"][0]["logprobs"]["refusal"], Value::Null);
    assert_eq!(*entries, parts);
    let bytes = entries.iter().flat_map(|entry| entry["bytes"].as_array().expect("bytes"));
    let bytes: Vec<u8> = bytes.filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
    assert!(String::from_utf8_lossy(&bytes).starts_with(content(&whole["choices"][0])));
    for entry in entries {
        let top = entry["top_logprobs"].as_array().expect("alternatives");
        assert_eq!((top.len(), &top[0]["token"], &top[0]["logprob"]), (3, &entry["token"], &entry["logprob"]));
    }
}

#[test]
fn choices_differ_and_so_do_seeds() {
    let reply = chat(json!({ "messages": asking("hi"), "n": 20 }));
    let texts: std::collections::HashSet<&str> = choices(&reply).iter().map(content).collect();
    assert_eq!(texts.len(), 20);

    let seeded = |seed: i64| content(&chat(json!({ "messages": asking("hi"), "seed": seed }))["choices"][0]).to_owned();
    assert_eq!(seeded(7), seeded(7));
    let wordings: std::collections::HashSet<String> =
        (0..20).map(|seed| seeded(seed).replace(&format!("seed {seed}"), "")).collect();
    assert!(wordings.len() > 5, "{wordings:?}");
}

#[test]
fn stop_is_never_part_of_the_answer() {
    for stop in ["sandbox", "model", "“", "u"] {
        let reply = chat(json!({ "messages": asking("hi"), "stop": stop }));

        assert!(!content(&reply["choices"][0]).contains(stop));
        assert_eq!(reply["choices"][0]["finish_reason"], "stop");
    }
}

#[test]
fn several_functions_are_called_at_once_where_they_are_named() {
    let tools = functions(&["get_weather", "get_time", "send_mail"]);
    let body = json!({ "messages": asking("get_time and get_weather, please"), "tools": tools });
    let mut streamed = body.clone();
    streamed["stream"] = json!(true);

    let whole = chat(body);
    let calls = whole["choices"][0]["message"]["tool_calls"].as_array().expect("calls");
    let mut joined = vec![(String::new(), String::new()); 2];
    for event in events(&ask(Operation::ChatCompletions, "sandbox", &streamed)) {
        for part in event["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten() {
            let (name, arguments) = &mut joined[part["index"].as_u64().expect("an index") as usize];
            name.push_str(part["function"]["name"].as_str().unwrap_or_default());
            arguments.push_str(part["function"]["arguments"].as_str().unwrap_or_default());
        }
    }

    assert_eq!(whole["choices"][0]["finish_reason"], "tool_calls");
    assert_ne!(calls[0]["id"], calls[1]["id"]);
    let called = calls.iter().map(|call| (call["function"]["name"].clone(), call["function"]["arguments"].clone()));
    assert_eq!(called.collect::<Vec<_>>(), joined.into_iter().map(|(n, a)| (json!(n), json!(a))).collect::<Vec<_>>());
}

#[test]
fn an_agents_loop_ends() {
    for (text, parallel) in [("use all tools", true), ("use all tools", false), ("hello", true)] {
        let mut messages = vec![json!({ "role": "user", "content": text })];
        let tools = functions(&["a", "b", "c"]);
        let mut rounds = 0;
        loop {
            let body = json!({ "messages": messages, "tools": tools, "parallel_tool_calls": parallel });
            let message = chat(body)["choices"][0]["message"].clone();
            let Some(calls) = message["tool_calls"].as_array().cloned() else { break };
            messages.push(message);
            for call in calls {
                messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": "done" }));
            }
            rounds += 1;
            assert!(rounds < 4, "{text} goes on for ever");
        }
    }
}

#[test]
fn calls_are_cut_where_the_tokens_end() {
    let reply = chat(json!({ "messages": asking("hi"), "tools": functions(&["get_weather"]), "max_tokens": 4 }));

    assert_eq!(reply["choices"][0]["finish_reason"], "length");
    assert_eq!(reply["usage"]["completion_tokens"], 4);
}

#[test]
fn older_clients_get_their_function_call() {
    let list = json!([{ "name": "now", "parameters": { "type": "object", "properties": {} } }]);
    let asked = json!({ "messages": asking("What time is it?"), "functions": list });
    let answered = json!({ "functions": list, "messages": [
        { "role": "user", "content": "What time is it?" },
        { "role": "assistant", "content": null, "function_call": { "name": "now", "arguments": "{}" } },
        { "role": "function", "name": "now", "content": "Noon." },
    ] });
    let mut streamed = asked.clone();
    streamed["stream"] = json!(true);

    let call = chat(asked);
    assert_eq!(call["choices"][0]["message"]["function_call"], json!({ "name": "now", "arguments": "{}" }));
    assert_eq!(call["choices"][0]["finish_reason"], "function_call");
    assert!(content(&chat(answered)["choices"][0]).starts_with("The tool answered: “Noon.”"));
    let parts = events(&ask(Operation::ChatCompletions, "sandbox", &streamed));
    assert_eq!(parts[0]["choices"][0]["delta"]["function_call"]["name"], "now");
    assert_eq!(parts.last().expect("an end")["choices"][0]["finish_reason"], "function_call");
}

#[test]
fn answer_says_what_was_set_offered_and_shown() {
    let reply = chat(json!({
        "temperature": 0.2,
        "stop": ["never said"],
        "reasoning_effort": "low",
        "tools": functions(&["get_weather"]),
        "tool_choice": "none",
        "messages": [{ "role": "user", "content": [
            { "type": "text", "text": "What is on them?" },
            { "type": "image_url", "image_url": { "url": "data:image/gif;base64,R0lGODlhAQABAAAAADs=", "detail": "low" } },
            { "type": "image_url", "image_url": { "url": "https://example.com/cat.png" } },
        ] }],
    }));

    assert_snapshot!(content(&reply["choices"][0]), @"You said: “What is on them?”. With it came a GIF of 1 × 1 pixels and the image at https://example.com/cat.png, which the sandbox does not download. This is the sandbox: it asked no model, and received 1 user message. Set: temperature 0.2, stop, reasoning_effort low and tool_choice none. Offered: get_weather. A model would answer here.");
}

#[test]
fn images_cost_what_their_size_costs() {
    let png = |detail: &str| {
        let url = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAYAAAAAAAAAAAAAAElFTkSuQmCC";
        let part = json!({ "type": "image_url", "image_url": { "url": url, "detail": detail } });
        chat(json!({ "messages": [{ "role": "user", "content": [part] }] }))["usage"]["prompt_tokens"].as_u64()
    };

    assert_eq!((png("high"), png("low")), (Some(7 + 765), Some(7 + 85)));
}

#[test]
fn strict_schemas_outside_of_the_subset_are_refused() {
    let strict = |schema: Value| {
        let format = json!({ "type": "json_schema", "json_schema": { "name": "x", "strict": true, "schema": schema } });
        refusal(Operation::ChatCompletions, &json!({ "messages": asking("hi"), "response_format": format }))
    };

    assert_snapshot!(strict(json!({ "type": "object", "properties": {} })), @"400 Invalid schema for response_format 'x': In context=(), 'additionalProperties' is required to be supplied and to be false. [response_format null]");
}

#[test]
fn size_and_pace_are_as_wished() {
    let wished = |wishes: Wishes, extra: Value| {
        let mut body = json!({ "messages": asking("hi") });
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        let body = body.to_string();
        answer(&Ask {
            operation: Operation::ChatCompletions,
            model: "sandbox",
            body: body.as_bytes(),
            created: 0,
            memory: None,
            wishes,
        })
    };
    let long = Wishes { tokens: Some(500), ..Wishes::default() };

    let (_, reply) = whole(wished(long, json!({})));
    assert_eq!(reply["usage"]["completion_tokens"], 500);
    assert_eq!(reply["choices"][0]["finish_reason"], "stop");
    let (_, cut) = whole(wished(long, json!({ "max_tokens": 100 })));
    assert_eq!(
        (&cut["usage"]["completion_tokens"], &cut["choices"][0]["finish_reason"]),
        (&json!(100), &json!("length"))
    );
    let paced = Wishes { between: Some(Duration::from_millis(5)), chunk_tokens: Some(100), ..long };
    let stream = wished(paced, json!({ "stream": true }));
    assert!(matches!(stream, Reply::Stream { pause, .. } if pause == Duration::from_millis(5)));
    assert_eq!(events(&stream).len(), 1 + 5 + 1);
    let (status, _) = whole(wished(Wishes { tokens: Some(16_384), ..long }, json!({ "n": 128 })));
    assert_eq!(status, 400);
}

#[test]
fn long_and_multiplied_requests_are_not_quick() {
    let quick = |operation, body: &Value| {
        let body = body.to_string();
        is_quick(&Ask {
            operation,
            model: "sandbox",
            body: body.as_bytes(),
            created: 0,
            memory: None,
            wishes: Wishes::default(),
        })
    };
    chat(json!({ "messages": asking("hi") }));

    assert!(quick(Operation::ChatCompletions, &json!({ "messages": asking("hi") })));
    assert!(!quick(Operation::ChatCompletions, &json!({ "messages": asking("hi"), "n": 128 })));
    assert!(!quick(Operation::ChatCompletions, &json!({ "messages": asking(&"hi ".repeat(10_000)) })));
    assert!(!quick(Operation::Embeddings, &json!({ "input": vec!["a"; 100] })));
}

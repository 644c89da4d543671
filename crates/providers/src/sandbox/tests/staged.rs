//! Custom tools, tools that OpenAI runs, and endings that a model would choose.

use super::*;

const CUSTOM: &str = "sh";

fn in_chat(choice: &Value) -> Value {
    json!({ "messages": [{ "role": "user", "content": "hi" }], "tool_choice": choice, "tools": [
        { "type": "custom", "custom": { "name": CUSTOM, "description": "Runs a command." } },
    ] })
}

fn in_responses(choice: &Value) -> Value {
    json!({ "input": "hi", "tool_choice": choice, "tools": [{ "type": "custom", "name": CUSTOM }] })
}

fn streamed(mut body: Value) -> Value {
    body["stream"] = json!(true);
    body
}

#[test]
fn custom_tools_are_called_in_chat_whole_and_streamed() {
    for choice in [json!("auto"), json!("required"), json!({ "type": "custom", "custom": { "name": CUSTOM } })] {
        let whole = chat(in_chat(&choice));
        let parts = events(&ask(Operation::ChatCompletions, "sandbox", &streamed(in_chat(&choice))));

        let call = &whole["choices"][0]["message"]["tool_calls"][0];
        let deltas: Vec<&Value> = parts.iter().map(|part| &part["choices"][0]["delta"]["tool_calls"][0]).collect();
        let input: String = deltas.iter().filter_map(|delta| delta["custom"]["input"].as_str()).collect();
        assert_eq!((&call["type"], &call["custom"]["name"]), (&json!("custom"), &json!(CUSTOM)));
        assert_eq!(call["custom"]["input"], json!(input));
        assert_eq!((&deltas[0]["type"], &deltas[0]["custom"]["name"]), (&json!("custom"), &json!(CUSTOM)));
        assert_eq!(whole["choices"][0]["finish_reason"], "tool_calls");
        assert!(whole["usage"]["prompt_tokens"].as_u64() > Some(8), "the definition counts");
    }
}

#[test]
fn a_custom_tools_input_is_of_its_regular_grammar() {
    let grammar = json!({ "type": "grammar", "grammar": { "syntax": "regex", "definition": "ls( -[al])+ /[a-z]{3}" } });
    let mut body = in_chat(&json!("required"));
    body["tools"][0]["custom"]["format"] = grammar;

    let reply = chat(body);

    let input = reply["choices"][0]["message"]["tool_calls"][0]["custom"]["input"].as_str().expect("an input");
    assert!(input.starts_with("ls -") && input.contains(" /"), "{input}");
}

#[test]
fn custom_tools_are_called_in_responses_and_their_results_are_answered() {
    let whole = good(Operation::Responses, "sandbox", &in_responses(&json!({ "type": "custom", "name": CUSTOM })));
    let parts = events(&ask(Operation::Responses, "sandbox", &streamed(in_responses(&json!("required")))));

    let call = &whole["output"][0];
    assert_eq!((&call["type"], &call["name"]), (&json!("custom_tool_call"), &json!(CUSTOM)));
    let named = |name: &str| parts.iter().filter(|part| part["type"] == name).collect::<Vec<_>>();
    let said: String =
        named("response.custom_tool_call_input.delta").iter().filter_map(|p| p["delta"].as_str()).collect();
    assert_eq!(json!(said), call["input"]);
    assert_eq!(named("response.custom_tool_call_input.done")[0]["input"], call["input"]);
    let result = json!({ "type": "custom_tool_call_output", "call_id": call["call_id"], "output": "done" });
    let mut next = in_responses(&json!("auto"));
    next["input"] = json!([{ "role": "user", "content": "hi" }, call, result]);
    assert_eq!(good(Operation::Responses, "sandbox", &next)["output"][0]["type"], "message");
}

#[test]
fn tools_that_nobody_calls_here_are_refused_where_a_call_is_required() {
    let responses = |tools: Value, choice: Value| {
        refusal(Operation::Responses, &json!({ "input": "x", "tools": tools, "tool_choice": choice }))
    };
    let chat = |tools: Value| refusal(Operation::ChatCompletions, &with_messages(json!({ "tools": tools })));

    assert_snapshot!(chat(json!([{ "type": "web_search" }])), @"400 Invalid value: 'web_search'. Supported values are: 'function' and 'custom'. [tools[0].type invalid_value]");
    assert!(
        responses(json!([{ "type": "zz" }]), json!("auto"))
            .starts_with("400 Invalid value: 'zz'. Supported values are: 'function', 'custom', ")
    );
    assert_snapshot!(responses(json!([{ "type": "web_search" }]), json!("required")), @"400 Invalid value for 'tool_choice': the sandbox does not run 'web_search', so a call of it cannot be required. Send 'auto', or offer a function or a custom tool. [tool_choice unsupported_value]");
    assert_snapshot!(responses(json!([]), json!({ "type": "file_search" })), @"400 Tool choice 'file_search' not found in 'tools' parameter. [tool_choice null]");
    assert_snapshot!(responses(json!([]), json!({ "type": "custom", "name": "x" })), @"400 Tool choice 'custom' not found in 'tools' parameter. [tool_choice null]");
}

#[test]
fn functions_and_tools_are_not_mixed() {
    let body =
        json!({ "functions": [{ "name": "f" }], "tools": [{ "type": "function", "function": { "name": "g" } }] });

    assert_snapshot!(refusal(Operation::ChatCompletions, &with_messages(body)), @"400 'functions' and 'tools' cannot be set at the same time. [functions invalid_parameter_combination]");
}

#[test]
fn names_of_schemas_are_names() {
    let schema = |name: &str| json!({ "type": "json_schema", "name": name, "schema": { "type": "object" } });
    let responses =
        |name: &str| refusal(Operation::Responses, &json!({ "input": "x", "text": { "format": schema(name) } }));
    let chat = |name: &str| {
        let format = json!({ "type": "json_schema", "json_schema": { "name": name, "schema": { "type": "object" } } });
        refusal(Operation::ChatCompletions, &with_messages(json!({ "response_format": format })))
    };

    assert_snapshot!(responses("a b"), @"400 Invalid 'text.format.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'. [text.format.name invalid_value]");
    assert_snapshot!(chat("a b"), @"400 Invalid 'response_format.json_schema.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'. [response_format.json_schema.name invalid_value]");
    assert_snapshot!(chat(&"a".repeat(65)), @"400 Invalid 'response_format.json_schema.name': string too long. Expected a string with maximum length 64, but got a string with length 65 instead. [response_format.json_schema.name string_above_max_length]");
}

#[test]
fn files_that_are_not_here_are_not_taken() {
    let responses =
        |part: Value| refusal(Operation::Responses, &json!({ "input": [{ "role": "user", "content": [part] }] }));

    assert_snapshot!(responses(json!({ "type": "input_image" })), @"400 Missing required parameter: 'input[0].content[0].image_url'. [input[0].content[0].image_url missing_required_parameter]");
    assert_snapshot!(responses(json!({ "type": "input_image", "file_id": "file-1" })), @"404 File with id 'file-1' not found. [input[0].content[0].file_id null]");
    assert_snapshot!(responses(json!({ "type": "input_file", "filename": "a.pdf" })), @"400 Missing required parameter: 'input[0].content[0].file_data'. [input[0].content[0].file_data missing_required_parameter]");
}

#[test]
fn chat_refuses_when_it_is_asked_to() {
    let body = json!({ "metadata": { "sandbox": "refusal" }, "logprobs": true });

    let whole = chat(body.clone());
    let parts = events(&ask(Operation::ChatCompletions, "sandbox", &streamed(with_messages(body))));

    let choice = &whole["choices"][0];
    let refusal: String = parts.iter().filter_map(|part| part["choices"][0]["delta"]["refusal"].as_str()).collect();
    assert_eq!((&choice["message"]["content"], &choice["finish_reason"]), (&Value::Null, &json!("stop")));
    assert_eq!(choice["message"]["refusal"], json!(refusal));
    assert_eq!(choice["logprobs"]["content"], Value::Null);
    assert!(choice["logprobs"]["refusal"].as_array().is_some_and(|entries| entries.len() > 5));
    assert_eq!(chat_text(&parts, 0), "");
}

#[test]
fn a_filter_cuts_off_when_it_is_asked_to() {
    let metadata = json!({ "sandbox": "content_filter" });

    let reply = chat(json!({ "metadata": metadata }));
    let response = good(Operation::Responses, "sandbox", &json!({ "input": "hi", "metadata": metadata }));

    assert_eq!(reply["choices"][0]["finish_reason"], "content_filter");
    assert_eq!(response["status"], "incomplete");
    assert_eq!(response["incomplete_details"]["reason"], "content_filter");
}

#[test]
fn a_response_fails_when_it_is_asked_to() {
    let body = json!({ "input": "hi", "metadata": { "sandbox": "failed" } });

    let whole = good(Operation::Responses, "sandbox", &body);
    let parts = events(&ask(Operation::Responses, "sandbox", &streamed(body)));

    assert_eq!((&whole["status"], &whole["error"]["code"]), (&json!("failed"), &json!("server_error")));
    let last = parts.last().expect("events");
    assert_eq!((&last["type"], &last["response"]["status"]), (&json!("response.failed"), &json!("failed")));
    assert!(parts.iter().all(|part| part["type"] != "response.output_item.done"));
}

#[test]
fn one_message_is_not_several() {
    let response = good(Operation::Responses, "sandbox", &json!({ "input": "hi", "reasoning": { "summary": "auto" } }));

    let thought = response["output"][0]["summary"][0]["text"].as_str().unwrap_or_default();
    assert!(thought.contains("I received 1 message."), "{thought}");
}

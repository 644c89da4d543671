//! Which functions are called, and with what.

use serde_json::json;

use super::*;
use crate::sandbox::conversation::Role;

fn called_after(body: &Value, conversation: &Conversation) -> Vec<String> {
    let fields = Fields::of_value(body, String::new(), "an object").expect("an object");
    let toolbox = Toolbox::of_chat(&fields).expect("good tools");
    toolbox.calls(conversation, 0).into_iter().map(|call| format!("{} {}", call.name, call.arguments)).collect()
}

fn asked(text: &str) -> Conversation {
    let mut conversation = Conversation::default();
    conversation.begin(Role::User);
    conversation.say(text);
    conversation
}

fn answered(text: &str, calls: &[&str]) -> Conversation {
    let mut conversation = asked(text);
    conversation.begin(Role::Assistant);
    calls.iter().for_each(|name| conversation.call(name, "{}"));
    calls.iter().for_each(|_| conversation.begin(Role::Tool));
    conversation
}

fn function(name: &str) -> Value {
    json!({ "type": "function", "function": { "name": name, "parameters": {
        "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"],
    } } })
}

fn names(calls: &[String]) -> Vec<&str> {
    calls.iter().filter_map(|call| call.split(' ').next()).collect()
}

#[test]
fn first_function_is_called_until_its_result_is_there() {
    let body = json!({ "tools": [function("a"), function("b")] });

    assert_eq!(called_after(&body, &asked("hello")), [r#"a {"city":"sample city"}"#]);
    assert_eq!(called_after(&body, &answered("hello", &["a"])), [""; 0]);
}

#[test]
fn functions_that_the_user_names_are_called_at_once_and_only_once() {
    let body = json!({ "tools": [function("find_city"), function("get_weather"), function("get_time")] });
    let text = "Use get_weather, and then tell me by get-time how late it is.";

    assert_eq!(names(&called_after(&body, &asked(text))), ["get_weather", "get_time"]);
    assert_eq!(names(&called_after(&body, &answered(text, &["get_weather"]))), ["get_time"]);
    assert_eq!(called_after(&body, &answered(text, &["get_weather", "get_time"])), [""; 0]);
    assert_eq!(called_after(&body, &asked("Use all tools!")).len(), 3);
}

#[test]
fn one_after_the_other_where_parallel_calls_are_not_wanted() {
    let body = json!({ "tools": [function("a"), function("b")], "parallel_tool_calls": false });

    assert_eq!(names(&called_after(&body, &asked("all tools"))), ["a"]);
    assert_eq!(names(&called_after(&body, &answered("all tools", &["a"]))), ["b"]);
    assert_eq!(called_after(&body, &answered("all tools", &["a", "b"])), [""; 0]);
}

#[test]
fn callers_choice_is_followed() {
    let with = |choice: Value| json!({ "tools": [function("a"), function("b")], "tool_choice": choice });
    let named = json!({ "type": "function", "function": { "name": "b" } });
    let allowed = json!({ "type": "allowed_tools", "allowed_tools": { "mode": "required", "tools": [function("b")] } });

    assert_eq!(called_after(&with(json!("none")), &asked("hello")), [""; 0]);
    assert_eq!(names(&called_after(&with(json!("required")), &answered("hello", &["a", "b"]))), ["a"]);
    assert_eq!(names(&called_after(&with(named), &asked("hello"))), ["b"]);
    assert_eq!(names(&called_after(&with(allowed), &asked("hello"))), ["b"]);
}

#[test]
fn older_functions_are_called_one_at_a_time() {
    let list = json!([{ "name": "a", "parameters": { "type": "object", "properties": {} } }, { "name": "b" }]);

    assert_eq!(called_after(&json!({ "functions": list }), &asked("hello")), ["a {}"]);
    assert_eq!(called_after(&json!({ "functions": list, "function_call": { "name": "b" } }), &asked("x")), ["b {}"]);
    assert_eq!(called_after(&json!({ "functions": list, "function_call": "none" }), &asked("hello")), [""; 0]);
}

#[test]
fn function_without_parameters_is_called_with_an_empty_object() {
    let body = json!({ "tools": [{ "type": "function", "function": { "name": "now" } }] });

    assert_eq!(called_after(&body, &asked("hello")), ["now {}"]);
}

#[test]
fn parameters_that_are_no_object_are_refused() {
    let refusal = |parameters: Value, strict: bool| {
        let function = json!({ "name": "f", "parameters": parameters, "strict": strict });
        let body = json!({ "tools": [{ "type": "function", "function": function }] });
        let fields = Fields::of_value(&body, String::new(), "an object").expect("an object");
        Toolbox::of_chat(&fields).expect_err("bad parameters").message
    };

    insta::assert_snapshot!(refusal(json!({ "type": "string" }), false), @r#"Invalid schema for function 'f': schema must be a JSON Schema of 'type: "object"', got 'type: "string"'."#);
    insta::assert_snapshot!(refusal(json!({ "type": "object", "properties": {} }), true), @"Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be supplied and to be false.");
}

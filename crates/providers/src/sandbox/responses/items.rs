//! Items as they are kept and listed: each with its id, otherwise as it came.
//!
//! In: an item of the input. Out: its JSON with an id and with the members that OpenAI's lists have and requests may
//! leave out: the type of a message, its content as parts, the status. Whatever else it has stays as it is, for clients
//! send items back and expect them untouched.

use serde_json::{Map, Value, json};

use crate::sandbox::write;

/// An item that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Its id.
    pub(super) id: String,
    /// Its JSON.
    pub(super) json: String,
}

impl Item {
    /// Of its JSON and the id in it.
    pub(super) fn new(id: &str, value: &Value) -> Self {
        Self { id: id.to_owned(), json: write::json_text(value) }
    }

    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.id.len() + self.json.len() + size_of::<Self>()
    }

    /// Its JSON as a value.
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(&self.json).expect("it was written from a value")
    }
}

/// The items of an `input`, which has been read without fault. `digits` makes those of the id of each.
pub(super) fn of_input(input: Option<&Value>, digits: impl Fn(usize) -> String) -> Vec<Value> {
    let told = |value: &Value, index: usize| match value {
        Value::Object(members) => listed(members.clone(), &digits(index)),
        other => other.clone(),
    };
    match input {
        Some(Value::String(text)) => vec![told(&json!({ "role": "user", "content": text }), 0)],
        Some(Value::Array(items)) => items.iter().enumerate().map(|(index, item)| told(item, index)).collect(),
        _ => Vec::new(),
    }
}

/// An item as lists have it.
fn listed(mut item: Map<String, Value>, digits: &str) -> Value {
    let kind = item.get("type").and_then(Value::as_str).unwrap_or("message").to_owned();
    if item.get("id").is_none_or(Value::is_null) {
        item.insert("id".to_owned(), format!("{}_{digits}", prefix(&kind)).into());
    }
    match kind.as_str() {
        "message" => message(&mut item),
        "function_call" | "function_call_output" | "custom_tool_call" | "custom_tool_call_output" => {
            absent(&mut item, "status", || "completed".into());
        }
        _ => {}
    }
    Value::Object(item)
}

fn message(item: &mut Map<String, Value>) {
    item.insert("type".to_owned(), "message".into());
    absent(item, "status", || "completed".into());
    let answers = item.get("role").and_then(Value::as_str) == Some("assistant");
    let Some(content) = item.get_mut("content") else { return };
    if let Value::String(text) = content {
        let kind = if answers { "output_text" } else { "input_text" };
        *content = json!([{ "type": kind, "text": text }]);
    }
    for part in content.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        match part.get("type").and_then(Value::as_str) {
            Some("output_text") => {
                absent(part, "annotations", || json!([]));
                absent(part, "logprobs", || json!([]));
            }
            Some("input_image") => absent(part, "detail", || "auto".into()),
            _ => {}
        }
    }
}

fn absent(members: &mut Map<String, Value>, name: &str, value: impl Fn() -> Value) {
    if members.get(name).is_none_or(Value::is_null) {
        members.insert(name.to_owned(), value());
    }
}

/// What the id of an item begins with.
fn prefix(kind: &str) -> &'static str {
    match kind {
        "message" => "msg",
        "function_call" => "fc",
        "function_call_output" => "fco",
        "reasoning" => "rs",
        "custom_tool_call" => "ctc",
        "custom_tool_call_output" => "ctco",
        "computer_call" => "cu",
        "file_search_call" => "fs",
        "web_search_call" => "ws",
        "image_generation_call" => "ig",
        "code_interpreter_call" => "ci",
        "mcp_list_tools" => "mcpl",
        "mcp_approval_request" => "mcpr",
        "mcp_approval_response" => "mcpa",
        "mcp_call" => "mcp",
        _ => "item",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(input: &Value) -> Value {
        of_input(Some(input), |index| format!("{index}")).into()
    }

    #[test]
    fn a_text_is_a_message_of_the_user() {
        assert_eq!(
            told(&json!("hi")),
            json!([{ "id": "msg_0", "type": "message", "status": "completed", "role": "user",
                "content": [{ "type": "input_text", "text": "hi" }] }])
        );
    }

    #[test]
    fn what_an_item_has_stays() {
        let items = json!([
            { "id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "x", "unheard": { "of": 1.0 } },
            { "id": "fc_1", "type": "function_call", "status": "incomplete", "call_id": "c", "name": "f", "arguments": "{ }" },
            { "type": "local_shell_call_output", "id": "l", "output": "o" },
        ]);

        assert_eq!(told(&items), items);
    }

    #[test]
    fn what_an_answer_lacked_for_a_list_is_added() {
        let items = json!([{ "role": "assistant", "content": "a" }, { "type": "function_call_output", "call_id": "c", "output": "o" }]);

        assert_eq!(
            told(&items),
            json!([
                { "id": "msg_0", "type": "message", "status": "completed", "role": "assistant",
                    "content": [{ "type": "output_text", "text": "a", "annotations": [], "logprobs": [] }] },
                { "id": "fco_1", "type": "function_call_output", "status": "completed", "call_id": "c", "output": "o" },
            ])
        );
    }
}

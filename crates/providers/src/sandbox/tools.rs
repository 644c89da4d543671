//! The functions that a caller offers, and which of them the sandbox calls.
//!
//! In: `tools` and `tool_choice`, which chat and responses spell differently. Out: at most one call, with arguments
//! that are an instance of the function's schema. Left to itself the sandbox calls the first function, unless the
//! conversation ends with a function's result, so that an agent's loop comes to an end. Custom and hosted tools are
//! never called.

use serde_json::{Map, Value};

use super::{conversation::Conversation, fields::Fields, refusal::Refusal, schema, text::tokens, write};

/// OpenAI's longest list of tools.
const MOST_TOOLS: usize = 128;

/// A call of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The function.
    pub(super) name: String,
    /// A JSON object, as text.
    pub(super) arguments: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Function<'a> {
    name: &'a str,
    parameters: Option<&'a Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice<'a> {
    Nothing,
    Auto,
    Required,
    Named(&'a str),
}

/// The functions of a request and the caller's wish.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Toolbox<'a> {
    functions: Vec<Function<'a>>,
    choice: Choice<'a>,
    tokens: u32,
}

/// Where the parts of a function stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Below `function`, as in chat.
    Nested,
    /// In the tool itself, as in responses.
    Flat,
}

impl<'a> Toolbox<'a> {
    /// The functions of a chat request.
    pub(super) fn of_chat(body: &Fields<'a>) -> Result<Self, Refusal> {
        let tools = body.array("tools", "an array of objects")?;
        if tools.is_some_and(<[Value]>::is_empty) {
            return Err(Refusal::empty_array("tools"));
        }
        let mut toolbox = Self::read(tools.unwrap_or_default(), Shape::Nested)?;
        let Some(choice) = body.get("tool_choice") else { return Ok(toolbox) };
        toolbox.choose(choice, Shape::Nested)?;
        if tools.is_none() {
            return Err(Refusal::new(
                "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
            )
            .about("tool_choice"));
        }
        Ok(toolbox)
    }

    /// The functions of a responses request.
    pub(super) fn of_responses(body: &Fields<'a>) -> Result<Self, Refusal> {
        let tools = body.array("tools", "an array of tools")?;
        let mut toolbox = Self::read(tools.unwrap_or_default(), Shape::Flat)?;
        if let Some(choice) = body.get("tool_choice") {
            toolbox.choose(choice, Shape::Flat)?;
        }
        Ok(toolbox)
    }

    /// Tokens that the definitions take of the input.
    pub(super) fn tokens(&self) -> u32 {
        self.tokens
    }

    /// The call to answer `conversation` with, if it is to be one.
    pub(super) fn call(&self, conversation: &Conversation) -> Option<Call> {
        self.calls(conversation, false).into_iter().next()
    }

    /// The calls to answer `conversation` with: of the functions that the user names, all or, where they are not to be
    /// called in parallel, the first; of the first function where none is named.
    pub(super) fn calls(&self, conversation: &Conversation, parallel: bool) -> Vec<Call> {
        let functions: Vec<&Function<'_>> = match self.choice {
            Choice::Nothing => Vec::new(),
            Choice::Auto if conversation.ends_with_tool_result() => Vec::new(),
            Choice::Auto | Choice::Required => {
                let named = self.functions.iter().filter(|function| conversation.names(function.name));
                let named: Vec<_> = named.take(if parallel { usize::MAX } else { 1 }).collect();
                if named.is_empty() { self.functions.first().into_iter().collect() } else { named }
            }
            Choice::Named(name) => self.functions.iter().find(|function| function.name == name).into_iter().collect(),
        };
        functions.into_iter().map(Self::call_of).collect()
    }

    fn call_of(function: &Function<'_>) -> Call {
        let no_parameters = Value::Object(Map::new());
        let parameters = match function.parameters {
            Some(parameters @ Value::Object(members)) if !members.is_empty() => schema::instance(parameters),
            _ => schema::Instance::Leaf(no_parameters),
        };
        Call { name: function.name.to_owned(), arguments: write::json_text(&parameters) }
    }

    fn read(tools: &'a [Value], shape: Shape) -> Result<Self, Refusal> {
        if tools.len() > MOST_TOOLS {
            return Err(Refusal::array_too_long("tools", MOST_TOOLS, tools.len()));
        }
        let mut functions = Vec::new();
        let mut spent = 0_u32;
        for (index, tool) in tools.iter().enumerate() {
            let tool = Fields::of_value(tool, format!("tools[{index}]"), "an object")?;
            if tool.required_string("type")? != "function" {
                continue;
            }
            let function = within(&tool, shape)?;
            let name = function.required_string("name")?;
            check_name(name, &function.path("name"))?;
            function.object("parameters")?;
            let parameters = function.get("parameters");
            spent = spent
                .saturating_add(tokens(name))
                .saturating_add(tokens(function.string("description")?.unwrap_or_default()));
            spent = spent.saturating_add(parameters.map_or(0, |schema| tokens(&schema.to_string())));
            functions.push(Function { name, parameters });
        }
        Ok(Self { functions, choice: Choice::Auto, tokens: spent })
    }

    fn choose(&mut self, choice: &'a Value, shape: Shape) -> Result<(), Refusal> {
        const WORDS: [&str; 3] = ["none", "auto", "required"];
        self.choice = match choice {
            Value::String(word) => match word.as_str() {
                "none" => Choice::Nothing,
                "auto" => Choice::Auto,
                "required" => Choice::Required,
                other => return Err(Refusal::unknown_value("tool_choice", other, &WORDS)),
            },
            Value::Object(_) => return self.choose_from(choice, shape),
            other => {
                let expected = match shape {
                    Shape::Nested => "one of one of 'none', 'auto', or 'required' or object",
                    Shape::Flat => "one of an object or 'none', 'auto', or 'required'",
                };
                return Err(Refusal::wrong_type("tool_choice", expected, other));
            }
        };
        Ok(())
    }

    fn choose_from(&mut self, choice: &'a Value, shape: Shape) -> Result<(), Refusal> {
        let choice = Fields::of_value(choice, String::from("tool_choice"), "an object")?;
        match (choice.string("type")?, shape) {
            (Some("allowed_tools"), _) => return self.allow(&choice, shape),
            (Some("custom"), _) => self.choice = Choice::Nothing,
            (Some("function"), _) | (_, Shape::Nested) => {
                let name = within(&choice, shape)?.required_string("name")?;
                if !self.functions.iter().any(|function| function.name == name) {
                    return Err(not_offered(name, shape));
                }
                self.choice = Choice::Named(name);
            }
            (None, Shape::Flat) => return Err(Refusal::missing("tool_choice.type")),
            (Some(_), Shape::Flat) => self.choice = Choice::Nothing,
        }
        Ok(())
    }

    /// Keeps only the functions of `allowed_tools`.
    fn allow(&mut self, choice: &Fields<'a>, shape: Shape) -> Result<(), Refusal> {
        let allowed = match shape {
            Shape::Nested => {
                choice.required("allowed_tools")?;
                choice.object("allowed_tools")?.ok_or_else(|| Refusal::missing("tool_choice.allowed_tools"))?
            }
            Shape::Flat => choice.clone(),
        };
        self.choice = match allowed.required_word("mode", &["auto", "required"])? {
            "required" => Choice::Required,
            _ => Choice::Auto,
        };
        let tools = allowed.array("tools", "an array of objects")?;
        let tools = tools.ok_or_else(|| Refusal::missing(&allowed.path("tools")))?;
        let names: Vec<&str> = tools
            .iter()
            .filter_map(|tool| if shape == Shape::Nested { tool.get("function") } else { Some(tool) })
            .filter_map(|tool| tool.get("name")?.as_str())
            .collect();
        self.functions.retain(|function| names.contains(&function.name));
        Ok(())
    }
}

fn within<'a>(tool: &Fields<'a>, shape: Shape) -> Result<Fields<'a>, Refusal> {
    match shape {
        Shape::Flat => Ok(tool.clone()),
        Shape::Nested => {
            tool.required("function")?;
            tool.object("function")?.ok_or_else(|| Refusal::missing(&tool.path("function")))
        }
    }
}

fn check_name(name: &str, path: &str) -> Result<(), Refusal> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(fits) {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "Invalid '{path}': string does not match pattern. Expected a string that matches the pattern \
         '^[a-zA-Z0-9_-]+$'."
    ))
    .about(path)
    .code("invalid_value"))
}

fn not_offered(name: &str, shape: Shape) -> Refusal {
    match shape {
        Shape::Nested => Refusal::new(format!(
            "Invalid value for 'tool_choice': no function named '{name}' was specified in the 'tools' parameter."
        )),
        Shape::Flat => Refusal::new("Tool choice 'function' not found in 'tools' parameter."),
    }
    .about("tool_choice")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::conversation::Role;

    fn called(body: &Value, last: Role) -> Option<String> {
        let fields = Fields::of_value(body, String::new(), "an object").expect("an object");
        let toolbox = Toolbox::of_chat(&fields).expect("good tools");
        let mut conversation = Conversation::default();
        conversation.begin(last);
        toolbox.call(&conversation).map(|call| format!("{} {}", call.name, call.arguments))
    }

    fn function(name: &str) -> Value {
        json!({ "type": "function", "function": { "name": name, "parameters": {
            "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"],
        } } })
    }

    #[test]
    fn first_function_is_called_until_its_result_is_there() {
        let body = json!({ "tools": [function("a"), function("b")] });

        assert_eq!(called(&body, Role::User).as_deref(), Some(r#"a {"city":"sample city"}"#));
        assert_eq!(called(&body, Role::Tool), None);
    }

    #[test]
    fn callers_choice_is_followed() {
        let with = |choice: Value| json!({ "tools": [function("a"), function("b")], "tool_choice": choice });
        let named = json!({ "type": "function", "function": { "name": "b" } });
        let allowed =
            json!({ "type": "allowed_tools", "allowed_tools": { "mode": "required", "tools": [function("b")] } });

        assert_eq!(called(&with(json!("none")), Role::User), None);
        assert!(called(&with(json!("required")), Role::Tool).is_some_and(|call| call.starts_with("a ")));
        assert!(called(&with(named), Role::User).is_some_and(|call| call.starts_with("b ")));
        assert!(called(&with(allowed), Role::User).is_some_and(|call| call.starts_with("b ")));
    }

    #[test]
    fn function_without_parameters_is_called_with_an_empty_object() {
        let body = json!({ "tools": [{ "type": "function", "function": { "name": "now" } }] });

        assert_eq!(called(&body, Role::User).as_deref(), Some("now {}"));
    }
}

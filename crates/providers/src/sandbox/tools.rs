//! The functions that a caller offers, and which of them the sandbox calls.
//!
//! In: `tools` and `tool_choice`, which chat and responses spell differently, or the older `functions`. Out: calls, with
//! arguments that are instances of the functions' schemas.
//!
//! Left to itself the sandbox calls the functions that the user's last message names, and all of them where it says
//! "all tools" or the like; where it names none, the first. Each at most once after that message, so that an agent's
//! loop comes to an end. Custom and hosted tools are never called.

mod offered;

use serde_json::{Map, Value};
use tollgate_tokens::Vocabulary;

use super::{
    conversation::{Conversation, words},
    fields::Fields,
    refusal::Refusal,
    schema,
    text::written,
    write,
};

use self::offered::Function;

/// OpenAI's longest list of tools.
const MOST_TOOLS: usize = 128;

/// What asks for all functions at once.
const ALL: [&str; 6] =
    [" all tools ", " all functions ", " every tool ", " every function ", " both tools ", " both functions "];

/// A call of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The function.
    pub(super) name: String,
    /// A JSON object, as text.
    pub(super) arguments: String,
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
    parallel: bool,
    tokens: u32,
    /// Whether the request has `functions`, and gets its call in `function_call`.
    pub(super) legacy: bool,
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
        if body.get("tools").is_none() && body.get("functions").is_some() {
            return Self::of_functions(body);
        }
        let tools = body.array("tools", "an array of objects")?;
        if tools.is_some_and(<[Value]>::is_empty) {
            return Err(Refusal::empty_array("tools"));
        }
        let mut toolbox = Self::read(tools.unwrap_or_default(), Shape::Nested)?;
        toolbox.parallel = body.boolean("parallel_tool_calls")?.unwrap_or(true);
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
        toolbox.parallel = body.boolean("parallel_tool_calls")?.unwrap_or(true);
        if let Some(choice) = body.get("tool_choice") {
            toolbox.choose(choice, Shape::Flat)?;
        }
        Ok(toolbox)
    }

    /// The functions of a chat request from before there were tools.
    fn of_functions(body: &Fields<'a>) -> Result<Self, Refusal> {
        let list = body.array("functions", "an array of objects")?.unwrap_or_default();
        if list.is_empty() {
            return Err(Refusal::empty_array("functions"));
        }
        if list.len() > MOST_TOOLS {
            return Err(Refusal::array_too_long("functions", MOST_TOOLS, list.len()));
        }
        let mut functions = Vec::with_capacity(list.len());
        for (index, function) in list.iter().enumerate() {
            functions.push(Function::read(&Fields::of_value(function, format!("functions[{index}]"), "an object")?)?);
        }
        let choice = match body.get("function_call") {
            None => Choice::Auto,
            Some(Value::String(word)) if word == "none" => Choice::Nothing,
            Some(Value::String(word)) if word == "auto" => Choice::Auto,
            Some(Value::String(word)) => {
                return Err(Refusal::unknown_value("function_call", word, &["none", "auto"]));
            }
            Some(named) => {
                let named = Fields::of_value(named, String::from("function_call"), "one of a string or an object")?;
                let name = named.required_string("name")?;
                if !functions.iter().any(|function| function.name == name) {
                    return Err(Refusal::new(format!(
                        "Invalid value for 'function_call': no function named '{name}' was specified in the \
                         'functions' parameter."
                    ))
                    .about("function_call"));
                }
                Choice::Named(name)
            }
        };
        let tokens = offered::tokens(&functions);
        Ok(Self { functions, choice, parallel: false, tokens, legacy: true })
    }

    /// Tokens that the definitions take of the input.
    pub(super) fn tokens(&self) -> u32 {
        self.tokens
    }

    /// The names of the functions.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.functions.iter().map(|function| function.name)
    }

    /// The calls to answer `conversation` with; none if it is to be answered in words. Another `variant` has other
    /// arguments, where the schemas leave a choice.
    pub(super) fn calls(&self, conversation: &Conversation, variant: usize) -> Vec<Call> {
        let mut wanted = match self.choice {
            Choice::Nothing => Vec::new(),
            Choice::Auto | Choice::Required => self.wanted(conversation),
            Choice::Named(name) => self.functions.iter().filter(|function| function.name == name).take(1).collect(),
        };
        if self.choice == Choice::Required && wanted.is_empty() {
            wanted.extend(self.functions.first());
        }
        wanted.into_iter().map(|function| call(function, variant)).collect()
    }

    /// What the user asks for and has not been called since.
    fn wanted(&self, conversation: &Conversation) -> Vec<&Function<'a>> {
        let said = conversation.words_of_user();
        let all = ALL.iter().any(|words| said.contains(words));
        let is_named = |function: &&Function<'_>| all || said.contains(&words(function.name));
        let mut wanted: Vec<&Function<'_>> = self.functions.iter().filter(is_named).collect();
        if wanted.is_empty() && !conversation.ends_with_tool_result() {
            wanted.extend(self.functions.first());
        }
        wanted.retain(|function| !conversation.has_called(function.name));
        if !self.parallel {
            wanted.truncate(1);
        }
        wanted
    }

    fn read(tools: &'a [Value], shape: Shape) -> Result<Self, Refusal> {
        if tools.len() > MOST_TOOLS {
            return Err(Refusal::array_too_long("tools", MOST_TOOLS, tools.len()));
        }
        let mut functions = Vec::new();
        for (index, tool) in tools.iter().enumerate() {
            let tool = Fields::of_value(tool, format!("tools[{index}]"), "an object")?;
            if tool.required_string("type")? == "function" {
                functions.push(Function::read(&within(&tool, shape)?)?);
            }
        }
        let tokens = offered::tokens(&functions);
        Ok(Self { functions, choice: Choice::Auto, parallel: true, tokens, legacy: false })
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

impl Call {
    /// How many tokens it is.
    pub(super) fn tokens(&self) -> u32 {
        super::text::tokens(&self.name).saturating_add(super::text::tokens(&self.arguments))
    }

    /// What of it fits into `left` tokens, and whether that is all.
    pub(super) fn limited(mut self, left: u32) -> (Self, bool) {
        let left = left.saturating_sub(super::text::tokens(&self.name));
        let arguments = written(Vocabulary::O200k, &self.arguments, &[], Some(left));
        let whole = arguments.text.len() == self.arguments.len();
        self.arguments = arguments.text;
        (self, whole)
    }
}

fn call(function: &Function<'_>, variant: usize) -> Call {
    let parameters = match function.parameters {
        Some(parameters @ Value::Object(members)) if !members.is_empty() => schema::instance(parameters, variant),
        _ => schema::Instance::Leaf(Value::Object(Map::new())),
    };
    Call { name: function.name.to_owned(), arguments: write::json_text(&parameters) }
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
mod tests;

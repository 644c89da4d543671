//! The tools that a caller offers, and which of them the sandbox calls.
//!
//! In: `tools` and `tool_choice`, which chat and responses spell differently, or the older `functions`. Out: calls of
//! functions, with arguments that are instances of their schemas, and of custom tools, with text.
//!
//! Left to itself the sandbox calls the tools that the user's last message names, and all of them where it says
//! "all tools" or the like; where it names none, the first. Each at most once after that message, so that an agent's
//! loop comes to an end. Tools that OpenAI itself runs, such as a search of the web, are not run, and cannot be required.

mod offered;

use serde_json::Value;
use tollgate_tokens::Vocabulary;

use super::{
    conversation::{Conversation, words},
    fields::Fields,
    refusal::Refusal,
    text::written,
};

use self::offered::Tool;

/// OpenAI's longest list of tools.
const MOST_TOOLS: usize = 128;

/// What asks for all functions at once.
const ALL: [&str; 6] =
    [" all tools ", " all functions ", " every tool ", " every function ", " both tools ", " both functions "];

/// Tools of the responses that OpenAI runs, or whose calls have forms of their own.
const HOSTED: [&str; 17] = [
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "namespace",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_2025_08_26",
    "web_search_preview",
    "web_search_preview_2025_03_11",
    "computer_use",
];

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// Of what kind of tool.
    pub(super) kind: Kind,
    /// The tool.
    pub(super) name: String,
    /// A JSON object as text for a function, any text for a custom tool.
    pub(super) arguments: String,
}

/// A kind of tool that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It takes a JSON object.
    Function,
    /// It takes text.
    Custom,
}

impl Kind {
    /// The word for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Custom => "custom",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice<'a> {
    Nothing,
    Auto,
    Required,
    Named(Kind, &'a str),
}

/// The tools of a request and the caller's wish.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Toolbox<'a> {
    tools: Vec<Tool<'a>>,
    /// What is offered besides and is not called.
    hosted: Vec<&'a str>,
    choice: Choice<'a>,
    parallel: bool,
    tokens: u32,
    /// Whether the request has `functions`, and gets its call in `function_call`.
    pub(super) legacy: bool,
}

/// Where the parts of a tool stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Below `function` or `custom`, as in chat.
    Nested,
    /// In the tool itself, as in responses.
    Flat,
}

impl<'a> Toolbox<'a> {
    /// The tools of a chat request.
    pub(super) fn of_chat(body: &Fields<'a>) -> Result<Self, Refusal> {
        for (older, newer) in [("functions", "tools"), ("function_call", "tool_choice")] {
            if body.get(older).is_some() && body.get(newer).is_some() {
                return Err(Refusal::new(format!("'{older}' and '{newer}' cannot be set at the same time."))
                    .about(older)
                    .code("invalid_parameter_combination"));
            }
        }
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

    /// The tools of a responses request.
    pub(super) fn of_responses(body: &Fields<'a>) -> Result<Self, Refusal> {
        let tools = body.array("tools", "an array of tools")?;
        let mut toolbox = Self::read(tools.unwrap_or_default(), Shape::Flat)?;
        toolbox.parallel = body.boolean("parallel_tool_calls")?.unwrap_or(true);
        if let Some(choice) = body.get("tool_choice") {
            toolbox.choose(choice, Shape::Flat)?;
        }
        toolbox.check_required()?;
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
            functions.push(Tool::function(&Fields::of_value(function, format!("functions[{index}]"), "an object")?)?);
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
                Choice::Named(Kind::Function, name)
            }
        };
        let tokens = offered::tokens(&functions);
        Ok(Self { tools: functions, hosted: Vec::new(), choice, parallel: false, tokens, legacy: true })
    }

    /// Tokens that the definitions take of the input.
    pub(super) fn tokens(&self) -> u32 {
        self.tokens
    }

    /// The names of the tools.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.tools.iter().map(|tool| tool.name).chain(self.hosted.iter().copied())
    }

    /// The calls to answer `conversation` with; none if it is to be answered in words. Another `variant` has other
    /// arguments, where the schemas leave a choice.
    pub(super) fn calls(&self, conversation: &Conversation, variant: usize) -> Vec<Call> {
        let mut wanted = match self.choice {
            Choice::Nothing => Vec::new(),
            Choice::Auto | Choice::Required => self.wanted(conversation),
            Choice::Named(kind, name) => self.tools.iter().filter(|tool| tool.is(kind, name)).take(1).collect(),
        };
        if self.choice == Choice::Required && wanted.is_empty() {
            wanted.extend(self.tools.first());
        }
        wanted.into_iter().map(|tool| tool.call(variant)).collect()
    }

    /// What the user asks for and has not been called since.
    fn wanted(&self, conversation: &Conversation) -> Vec<&Tool<'a>> {
        let said = conversation.words_of_user();
        let all = ALL.iter().any(|words| said.contains(words));
        let is_named = |tool: &&Tool<'_>| all || said.contains(&words(tool.name));
        let mut wanted: Vec<&Tool<'_>> = self.tools.iter().filter(is_named).collect();
        if wanted.is_empty() && !conversation.ends_with_tool_result() {
            wanted.extend(self.tools.first());
        }
        wanted.retain(|tool| !conversation.has_called(tool.name));
        if !self.parallel {
            wanted.truncate(1);
        }
        wanted
    }

    fn read(list: &'a [Value], shape: Shape) -> Result<Self, Refusal> {
        if list.len() > MOST_TOOLS {
            return Err(Refusal::array_too_long("tools", MOST_TOOLS, list.len()));
        }
        let (mut tools, mut hosted) = (Vec::new(), Vec::new());
        for (index, tool) in list.iter().enumerate() {
            let tool = Fields::of_value(tool, format!("tools[{index}]"), "an object")?;
            match tool.required_string("type")? {
                "function" => tools.push(Tool::function(&within(&tool, Kind::Function, shape)?)?),
                "custom" => tools.push(Tool::custom(&within(&tool, Kind::Custom, shape)?, shape)?),
                known if shape == Shape::Flat && HOSTED.contains(&known) => hosted.push(known),
                other => return Err(unknown_type(&tool.path("type"), other, shape)),
            }
        }
        let tokens = offered::tokens(&tools);
        Ok(Self { tools, hosted, choice: Choice::Auto, parallel: true, tokens, legacy: false })
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
            (Some("custom"), _) => self.choose_named(&choice, Kind::Custom, shape)?,
            (Some("function"), _) | (_, Shape::Nested) => self.choose_named(&choice, Kind::Function, shape)?,
            (None, Shape::Flat) => return Err(Refusal::missing("tool_choice.type")),
            (Some(kind), Shape::Flat) if self.hosted.contains(&kind) => return Err(not_run(kind)),
            (Some(kind), Shape::Flat) => {
                let what = format!("Tool choice '{kind}' not found in 'tools' parameter.");
                return Err(Refusal::new(what).about("tool_choice"));
            }
        }
        Ok(())
    }

    fn choose_named(&mut self, choice: &Fields<'a>, kind: Kind, shape: Shape) -> Result<(), Refusal> {
        let name = within(choice, kind, shape)?.required_string("name")?;
        if !self.tools.iter().any(|tool| tool.is(kind, name)) {
            return Err(not_offered(kind, name, shape));
        }
        self.choice = Choice::Named(kind, name);
        Ok(())
    }

    /// A call can be required only of what is called here.
    fn check_required(&self) -> Result<(), Refusal> {
        match self.hosted.first() {
            Some(kind) if self.choice == Choice::Required && self.tools.is_empty() => Err(not_run(kind)),
            _ => Ok(()),
        }
    }

    /// Keeps only the tools of `allowed_tools`.
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
            .filter_map(|tool| match shape {
                Shape::Nested => tool.get("function").or_else(|| tool.get("custom")),
                Shape::Flat => Some(tool),
            })
            .filter_map(|tool| tool.get("name")?.as_str())
            .collect();
        self.tools.retain(|tool| names.contains(&tool.name));
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

fn within<'a>(tool: &Fields<'a>, kind: Kind, shape: Shape) -> Result<Fields<'a>, Refusal> {
    match shape {
        Shape::Flat => Ok(tool.clone()),
        Shape::Nested => {
            tool.required(kind.name())?;
            tool.object(kind.name())?.ok_or_else(|| Refusal::missing(&tool.path(kind.name())))
        }
    }
}

fn unknown_type(path: &str, got: &str, shape: Shape) -> Refusal {
    let called = [Kind::Function.name(), Kind::Custom.name()];
    match shape {
        Shape::Nested => Refusal::unknown_value(path, got, &called),
        Shape::Flat => Refusal::unknown_value(path, got, &[&called[..], &HOSTED[..]].concat()),
    }
}

fn not_offered(kind: Kind, name: &str, shape: Shape) -> Refusal {
    match (shape, kind) {
        (Shape::Nested, Kind::Function) => Refusal::new(format!(
            "Invalid value for 'tool_choice': no function named '{name}' was specified in the 'tools' parameter."
        )),
        (Shape::Nested, Kind::Custom) => Refusal::new(format!(
            "Invalid value for 'tool_choice': no custom tool named '{name}' was specified in the 'tools' parameter."
        )),
        (Shape::Flat, kind) => Refusal::new(format!("Tool choice '{}' not found in 'tools' parameter.", kind.name())),
    }
    .about("tool_choice")
}

/// Tools that OpenAI runs are not run here, and who requires one would wait for it for ever.
fn not_run(kind: &str) -> Refusal {
    Refusal::new(format!(
        "Invalid value for 'tool_choice': the sandbox does not run '{kind}', so a call of it cannot be required. Send \
         'auto', or offer a function or a custom tool."
    ))
    .about("tool_choice")
    .code("unsupported_value")
}

#[cfg(test)]
mod tests;

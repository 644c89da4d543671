//! One tool that is offered: read, checked, and counted.
//!
//! In: the object that has its name. Out: a [`Tool`], or OpenAI's refusal: a function's parameters are an object's schema,
//! and that of a strict one is of the subset that structured outputs take; a custom tool takes text, perhaps of a
//! grammar.

use serde_json::{Value, json};
use tollgate_tokens::{Vocabulary, recipe};

use crate::sandbox::{
    fields::Fields,
    refusal::Refusal,
    schema::{
        self,
        subset::{self, Purpose},
    },
    write,
};

use super::{Call, Kind, Shape};

/// The families here that take tools all have this vocabulary.
const VOCABULARY: Vocabulary = Vocabulary::O200k;

/// A tool that is offered, and that the sandbox calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tool<'a> {
    pub(super) name: &'a str,
    description: &'a str,
    takes: Takes<'a>,
}

/// What a tool is called with.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Takes<'a> {
    /// An instance of a schema.
    Arguments(Option<&'a Value>),
    /// Any text.
    Text,
    /// A text of a grammar; of one in Lark's notation the sandbox knows no more than that.
    Grammar { definition: &'a str, regular: bool },
}

impl<'a> Tool<'a> {
    /// Reads and checks a function.
    pub(super) fn function(function: &Fields<'a>) -> Result<Self, Refusal> {
        let name = function.required_string("name")?;
        function.check_identifier("name", name)?;
        let description = function.string("description")?.unwrap_or_default();
        let strict = function.boolean("strict")?.unwrap_or(false);
        function.object("parameters")?;
        let parameters = function.get("parameters");
        let path = function.path("parameters");
        let purpose = Purpose { kind: "function", name, param: &path, code: Some("invalid_function_parameters") };
        match parameters {
            Some(schema) if strict => subset::check(schema, purpose)?,
            // An empty object stands for no parameters.
            Some(schema @ Value::Object(members)) if !members.is_empty() => subset::check_object(schema, purpose)?,
            _ => {}
        }
        Ok(Self { name, description, takes: Takes::Arguments(parameters) })
    }

    /// Reads and checks a custom tool.
    pub(super) fn custom(tool: &Fields<'a>, shape: Shape) -> Result<Self, Refusal> {
        let name = tool.required_string("name")?;
        tool.check_identifier("name", name)?;
        let description = tool.string("description")?.unwrap_or_default();
        let Some(format) = tool.object("format")? else { return Ok(Self { name, description, takes: Takes::Text }) };
        let takes = match format.required_word("type", &["text", "grammar"])? {
            "grammar" => {
                let grammar = match shape {
                    Shape::Flat => format.clone(),
                    Shape::Nested => {
                        format.required("grammar")?;
                        format.object("grammar")?.ok_or_else(|| Refusal::missing(&format.path("grammar")))?
                    }
                };
                let regular = grammar.required_word("syntax", &["lark", "regex"])? == "regex";
                Takes::Grammar { definition: grammar.required_string("definition")?, regular }
            }
            _ => Takes::Text,
        };
        Ok(Self { name, description, takes })
    }

    /// Whether it is of this kind and name.
    pub(super) fn is(&self, kind: Kind, name: &str) -> bool {
        self.kind() == kind && self.name == name
    }

    /// What it is.
    pub(super) fn kind(&self) -> Kind {
        match self.takes {
            Takes::Arguments(_) => Kind::Function,
            Takes::Text | Takes::Grammar { .. } => Kind::Custom,
        }
    }

    /// A call of it; another `variant` says something else where there is a choice.
    pub(super) fn call(&self, variant: usize) -> Call {
        let arguments = match self.takes {
            Takes::Arguments(Some(parameters @ Value::Object(members))) if !members.is_empty() => {
                write::json_text(&schema::instance(parameters, variant))
            }
            Takes::Arguments(_) => String::from("{}"),
            Takes::Grammar { definition, regular: true } => {
                schema::text_of(&json!({ "type": "string", "pattern": format!("^(?:{definition})$") }), variant)
            }
            Takes::Text | Takes::Grammar { .. } => format!("Sample input of {}", self.name),
        };
        Call { kind: self.kind(), name: self.name.to_owned(), arguments }
    }

    fn tokens(&self) -> u32 {
        let line = recipe::definition(VOCABULARY, &[self.name, self.description]);
        let taken = match self.takes {
            Takes::Arguments(parameters) => parameters.map_or(0, properties),
            Takes::Text => 0,
            Takes::Grammar { definition, .. } => recipe::tokens(VOCABULARY, definition),
        };
        recipe::PER_FUNCTION.saturating_add(line).saturating_add(taken)
    }
}

/// What the definitions cost together.
pub(super) fn tokens(tools: &[Tool<'_>]) -> u32 {
    if tools.is_empty() {
        return 0;
    }
    tools.iter().map(Tool::tokens).fold(recipe::TOOLS, u32::saturating_add)
}

/// The properties of a schema, and those within them.
fn properties(schema: &Value) -> u32 {
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty()) else {
        return schema.get("items").map_or(0, self::properties);
    };
    properties.iter().map(|(name, part)| property(name, part)).fold(recipe::PER_PROPERTIES, u32::saturating_add)
}

fn property(name: &str, part: &Value) -> u32 {
    let word = |keyword: &str| part.get(keyword).and_then(Value::as_str).unwrap_or_default();
    let line = recipe::definition(VOCABULARY, &[name, word("type"), word("description")]);
    let values = part.get("enum").and_then(Value::as_array).map_or(0, |values| {
        let each = values.iter().map(|value| match value {
            Value::String(text) => recipe::tokens(VOCABULARY, text),
            other => recipe::tokens(VOCABULARY, &other.to_string()),
        });
        let each = each.map(|tokens| tokens.saturating_add(recipe::PER_VALUE)).fold(0, u32::saturating_add);
        each.saturating_sub(recipe::PER_VALUE)
    });
    recipe::PER_PROPERTY.saturating_add(line).saturating_add(values).saturating_add(properties(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_cookbooks_example_costs_what_the_cookbook_says() {
        let function = json!({
            "name": "get_current_weather",
            "description": "Get the current weather in a given location",
            "parameters": {
                "type": "object",
                "properties": {
                    "location": { "type": "string", "description": "The city and state, e.g. San Francisco, CA" },
                    "unit": { "type": "string", "description": "The unit of temperature to return", "enum": ["celsius", "fahrenheit"] },
                },
                "required": ["location"],
            },
        });
        let fields = Fields::of_value(&function, String::new(), "an object").expect("an object");
        let function = Tool::function(&fields).expect("a good function");
        let messages = [
            ("system", "You are a helpful assistant that can answer to questions about the weather."),
            ("user", "What's the weather like in San Francisco?"),
        ];

        let texts = messages.map(|(role, text)| {
            recipe::PER_MESSAGE + recipe::tokens(VOCABULARY, role) + recipe::tokens(VOCABULARY, text)
        });

        assert_eq!(tokens(&[function]) + texts.iter().sum::<u32>() + recipe::PRIMING, 101);
    }
}

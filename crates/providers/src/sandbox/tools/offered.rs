//! One function that is offered: read, checked, and counted.
//!
//! In: the object that has its name. Out: a [`Function`], or OpenAI's refusal: parameters are an object's schema, and
//! that of a strict function is of the subset that structured outputs take.

use serde_json::Value;
use tollgate_tokens::{Vocabulary, recipe};

use crate::sandbox::{
    fields::Fields,
    refusal::Refusal,
    schema::subset::{self, Purpose},
};

/// The families here that take tools all have this vocabulary.
const VOCABULARY: Vocabulary = Vocabulary::O200k;

/// Longest name, in bytes.
const MOST_LETTERS: usize = 64;

/// A function that is offered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    description: &'a str,
    pub(super) parameters: Option<&'a Value>,
}

impl<'a> Function<'a> {
    /// Reads and checks one.
    pub(super) fn read(function: &Fields<'a>) -> Result<Self, Refusal> {
        let name = function.required_string("name")?;
        check_name(name, &function.path("name"))?;
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
        Ok(Self { name, description, parameters })
    }

    fn tokens(&self) -> u32 {
        let line = recipe::definition(VOCABULARY, &[self.name, self.description]);
        recipe::PER_FUNCTION.saturating_add(line).saturating_add(self.parameters.map_or(0, properties))
    }
}

/// What the definitions cost together.
pub(super) fn tokens(functions: &[Function<'_>]) -> u32 {
    if functions.is_empty() {
        return 0;
    }
    functions.iter().map(Function::tokens).fold(recipe::TOOLS, u32::saturating_add)
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

fn check_name(name: &str, path: &str) -> Result<(), Refusal> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.len() > MOST_LETTERS {
        return Err(Refusal::new(format!(
            "Invalid '{path}': string too long. Expected a string with maximum length {MOST_LETTERS}, but got a string \
             with length {} instead.",
            name.len()
        ))
        .about(path)
        .code("string_above_max_length"));
    }
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
        let function = Function::read(&fields).expect("a good function");
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

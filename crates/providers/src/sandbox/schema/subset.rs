//! Which schemas OpenAI's structured outputs accept as strict, and its sentences about those that they do not.
//!
//! In: a schema and what it is for. Out: nothing, or the refusal of the first fault. Rules and limits are those of
//! OpenAI's guide "Structured model outputs", section "Supported schemas" (read 2025); the sentences are quoted in many
//! public issues, those of the limits and of patterns are of ours in their manner.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    heights::{ENDLESS, Heights, resolve},
    numbers, pattern,
};
use crate::sandbox::refusal::Refusal;

/// Properties of all objects together.
const MOST_PROPERTIES: usize = 5000;
/// Levels of objects and arrays.
const MOST_LEVELS: usize = 10;
/// Values of all enumerations together.
const MOST_VALUES: usize = 1000;
/// Characters of all names of properties and definitions, and of all values of `enum` and `const`.
const MOST_CHARACTERS: usize = 120_000;
/// Of an enumeration with more values than this …
const MANY_VALUES: usize = 250;
/// … the characters of all of them together.
const MOST_CHARACTERS_OF_MANY: usize = 15_000;

const FORMATS: [&str; 9] = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
const REFUSED: [&str; 22] = [
    "allOf",
    "contains",
    "default",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "else",
    "if",
    "maxContains",
    "maxProperties",
    "minContains",
    "minProperties",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "additionalItems",
];

/// What a schema is for.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct Purpose<'a> {
    /// `response_format` or `function`.
    pub(in crate::sandbox) kind: &'static str,
    /// Its name.
    pub(in crate::sandbox) name: &'a str,
    /// The parameter that a refusal names.
    pub(in crate::sandbox) param: &'a str,
    /// The code of a refusal.
    pub(in crate::sandbox) code: Option<&'static str>,
}

impl Purpose<'_> {
    fn refusal(self, fault: &str) -> Refusal {
        let refusal = Refusal::new(format!("Invalid schema for {} '{}': {fault}", self.kind, self.name));
        let refusal = refusal.about(self.param);
        match self.code {
            Some(code) => refusal.code(code),
            None => refusal,
        }
    }
}

/// Checks what OpenAI asks of every function's parameters, strict or not: that they are an object.
pub(in crate::sandbox) fn check_object(schema: &Value, purpose: Purpose<'_>) -> Result<(), Refusal> {
    let root = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => resolve(schema, reference).unwrap_or(schema),
        None => schema,
    };
    let stated = match root.get("type") {
        Some(Value::String(kind)) if kind == "object" => return Ok(()),
        Some(Value::String(kind)) => kind.clone(),
        Some(other) => other.to_string(),
        None => String::from("None"),
    };
    Err(purpose.refusal(&format!("schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{stated}\"'.")))
}

/// Checks that a strict schema is of the accepted subset.
pub(in crate::sandbox) fn check(schema: &Value, purpose: Purpose<'_>) -> Result<(), Refusal> {
    check_object(schema, purpose)?;
    let mut check = Check { root: schema, path: Vec::new(), properties: 0, values: 0, characters: 0 };
    check.part(schema, 0).map_err(|fault| purpose.refusal(&fault))?;
    check.limits().map_err(|fault| purpose.refusal(&fault))?;
    if Heights::of(schema).height(schema).is_some_and(|height| height >= ENDLESS) {
        return Err(purpose.refusal("it requires itself, so only an endless value satisfies it."));
    }
    Ok(())
}

struct Check<'a> {
    root: &'a Value,
    path: Vec<String>,
    properties: usize,
    values: usize,
    characters: usize,
}

impl Check<'_> {
    /// The fault, told where it stands.
    fn fault(&self, what: &str) -> String {
        let steps: Vec<String> = self.path.iter().map(|step| format!("'{step}'")).collect();
        let comma = if steps.len() == 1 { "," } else { "" };
        format!("In context=({}{comma}), {what}", steps.join(", "))
    }

    fn within(&mut self, steps: &[&str], part: &Value, level: usize) -> Result<(), String> {
        self.path.extend(steps.iter().map(|step| (*step).to_owned()));
        self.part(part, level)?;
        self.path.truncate(self.path.len() - steps.len());
        Ok(())
    }

    fn part(&mut self, part: &Value, level: usize) -> Result<(), String> {
        let Value::Object(schema) = part else {
            return Err(self.fault(&format!("{part} is not of type 'object'.")));
        };
        if level > MOST_LEVELS {
            return Err(format!("{level} levels of nesting exceeds limit of {MOST_LEVELS}."));
        }
        self.definitions(schema)?;
        if let Some(reference) = schema.get("$ref") {
            return self.reference(schema, reference);
        }
        if let Some(keyword) = REFUSED.iter().find(|keyword| schema.contains_key(**keyword)) {
            return Err(self.fault(&format!("'{keyword}' is not permitted.")));
        }
        if let Some(parts) = schema.get("anyOf").and_then(Value::as_array) {
            for (at, part) in parts.iter().enumerate() {
                self.within(&["anyOf", &at.to_string()], part, level)?;
            }
        }
        self.listed(schema)?;
        self.typed(schema, level)
    }

    fn definitions(&mut self, schema: &Map<String, Value>) -> Result<(), String> {
        for keyword in ["$defs", "definitions"] {
            for (name, part) in schema.get(keyword).and_then(Value::as_object).into_iter().flatten() {
                self.characters += name.chars().count();
                self.within(&[keyword, name], part, 0)?;
            }
        }
        Ok(())
    }

    fn reference(&self, schema: &Map<String, Value>, reference: &Value) -> Result<(), String> {
        let name = reference.as_str().unwrap_or_default();
        if resolve(self.root, name).is_none() {
            return Err(self.fault(&format!("reference to component '{name}' which was not found in the schema.")));
        }
        let beside = schema.keys().find(|keyword| !matches!(keyword.as_str(), "$ref" | "$defs" | "definitions"));
        match beside {
            Some(keyword) => Err(self.fault(&format!("$ref cannot have keywords {{'{keyword}'}}."))),
            None => Ok(()),
        }
    }

    fn listed(&mut self, schema: &Map<String, Value>) -> Result<(), String> {
        let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
        self.characters += schema.get("const").map_or(0, length);
        let Some(values) = schema.get("enum") else { return Ok(()) };
        let Some(values) = values.as_array().filter(|values| !values.is_empty()) else {
            return Err(self.fault("'enum' must be an array with at least one value."));
        };
        let characters: usize = values.iter().map(length).sum();
        if values.len() > MANY_VALUES && characters > MOST_CHARACTERS_OF_MANY {
            return Err(self.fault(&format!(
                "enum with more than {MANY_VALUES} values has a total string length of {characters}, which exceeds \
                 limit of {MOST_CHARACTERS_OF_MANY}."
            )));
        }
        self.values += values.len();
        self.characters += characters;
        Ok(())
    }

    fn typed(&mut self, schema: &Map<String, Value>, level: usize) -> Result<(), String> {
        let names: Vec<&str> = match schema.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ if ["anyOf", "enum", "const"].iter().any(|keyword| schema.contains_key(*keyword)) => return Ok(()),
            _ => return Err(self.fault("schema must have a 'type' key.")),
        };
        for name in names {
            match name {
                "object" => self.object(schema, level)?,
                "array" => self.array(schema, level)?,
                "string" => self.string(schema)?,
                "number" | "integer" => self.number(schema, name == "integer")?,
                "boolean" | "null" => {}
                other => return Err(self.fault(&format!("'{other}' is not a valid type."))),
            }
        }
        Ok(())
    }

    fn object(&mut self, schema: &Map<String, Value>, level: usize) -> Result<(), String> {
        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            return Err(self.fault("'additionalProperties' is required to be supplied and to be false."));
        }
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let names: BTreeSet<&str> = required.filter_map(Value::as_str).collect();
        if let Some(name) = properties.keys().find(|name| !names.contains(name.as_str())) {
            return Err(self.fault(&format!(
                "'required' is required to be supplied and to be an array including every key in properties. Missing \
                 '{name}'."
            )));
        }
        if let Some(name) = names.iter().find(|name| !properties.contains_key(**name)) {
            return Err(self.fault(&format!(
                "'required' is required to be supplied and to be an array including every key in properties. Extra \
                 required key '{name}' supplied."
            )));
        }
        self.properties += properties.len();
        for (name, part) in properties {
            self.characters += name.chars().count();
            self.within(&["properties", name], part, level + 1)?;
        }
        Ok(())
    }

    fn array(&mut self, schema: &Map<String, Value>, level: usize) -> Result<(), String> {
        self.lengths(schema, "minItems", "maxItems")?;
        match schema.get("items") {
            Some(items) => self.within(&["items"], items, level + 1),
            None => Err(self.fault("array schema missing items.")),
        }
    }

    fn number(&self, schema: &Map<String, Value>, whole: bool) -> Result<(), String> {
        if schema.contains_key("enum") || schema.contains_key("const") || numbers::is_possible(schema, whole) {
            return Ok(());
        }
        Err(self.fault("no number satisfies its bounds and 'multipleOf'."))
    }

    /// The least of a length is not above the most.
    fn lengths(&self, schema: &Map<String, Value>, least: &str, most: &str) -> Result<(), String> {
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        match (bound(least), bound(most)) {
            (Some(low), Some(high)) if low > high => Err(self.fault(&format!("'{least}' is greater than '{most}'."))),
            _ => Ok(()),
        }
    }

    fn string(&self, schema: &Map<String, Value>) -> Result<(), String> {
        self.lengths(schema, "minLength", "maxLength")?;
        let word = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
        if let Some(format) = word("format").filter(|format| !FORMATS.contains(format)) {
            return Err(self.fault(&format!("'{format}' is not a valid format.")));
        }
        match word("pattern").filter(|text| !pattern::is_regular(text)) {
            Some(text) => Err(self.fault(&format!("'{text}' is not a supported regex pattern."))),
            None => Ok(()),
        }
    }

    fn limits(&self) -> Result<(), String> {
        let counted = [
            (self.properties, MOST_PROPERTIES, "object properties"),
            (self.values, MOST_VALUES, "enum values"),
            (self.characters, MOST_CHARACTERS, "characters in names and values"),
        ];
        match counted.into_iter().find(|(count, most, _)| count > most) {
            Some((count, most, what)) => Err(format!("{count} {what} exceeds limit of {most}.")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn fault(schema: &Value) -> String {
        let purpose = Purpose { kind: "response_format", name: "x", param: "response_format", code: None };
        check(schema, purpose).map_or_else(|refusal| refusal.message, |()| String::from("accepted"))
    }

    fn object(properties: &Value) -> Value {
        let required: Vec<&String> = properties.as_object().into_iter().flat_map(Map::keys).collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    }

    #[test]
    fn openais_sentences_say_where_a_schema_is_wrong() {
        let a = |schema: Value| object(&json!({ "a": schema }));

        assert_snapshot!(fault(&json!({ "type": "array", "items": { "type": "string" } })), @r#"Invalid schema for response_format 'x': schema must be a JSON Schema of 'type: "object"', got 'type: "array"'."#);
        assert_snapshot!(fault(&json!({ "type": "object", "properties": {} })), @"Invalid schema for response_format 'x': In context=(), 'additionalProperties' is required to be supplied and to be false.");
        assert_snapshot!(fault(&json!({ "type": "object", "properties": { "b": { "type": "null" } }, "additionalProperties": false })), @"Invalid schema for response_format 'x': In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'b'.");
        assert_snapshot!(fault(&a(json!({ "type": "array" }))), @"Invalid schema for response_format 'x': In context=('properties', 'a'), array schema missing items.");
        assert_snapshot!(fault(&a(json!({}))), @"Invalid schema for response_format 'x': In context=('properties', 'a'), schema must have a 'type' key.");
        assert_snapshot!(fault(&a(json!({ "oneOf": [] }))), @"Invalid schema for response_format 'x': In context=('properties', 'a'), 'oneOf' is not permitted.");
        assert_snapshot!(fault(&a(json!({ "type": "array", "items": { "type": "string", "format": "uri" } }))), @"Invalid schema for response_format 'x': In context=('properties', 'a', 'items'), 'uri' is not a valid format.");
        assert_snapshot!(fault(&a(json!({ "$ref": "#/$defs/b" }))), @"Invalid schema for response_format 'x': In context=('properties', 'a'), reference to component '#/$defs/b' which was not found in the schema.");
    }

    #[test]
    fn what_nothing_satisfies_is_refused() {
        let a = |schema: Value| fault(&object(&json!({ "a": schema })));
        let twice = json!({ "type": "object", "properties": { "a": { "$ref": "#/$defs/a" } }, "required": ["a"],
            "additionalProperties": false, "$defs": { "a": { "$ref": "#/$defs/a" } } });

        assert_snapshot!(a(json!({ "$ref": "#" })), @"Invalid schema for response_format 'x': it requires itself, so only an endless value satisfies it.");
        assert_eq!(fault(&twice), a(json!({ "$ref": "#" })));
        assert_snapshot!(a(json!({ "type": "integer", "minimum": 5, "maximum": 3 })), @"Invalid schema for response_format 'x': In context=('properties', 'a'), no number satisfies its bounds and 'multipleOf'.");
        assert_snapshot!(a(json!({ "type": "string", "minLength": 5, "maxLength": 3 })), @"Invalid schema for response_format 'x': In context=('properties', 'a'), 'minLength' is greater than 'maxLength'.");
        assert_eq!(a(json!({ "anyOf": [{ "$ref": "#" }, { "type": "null" }] })), "accepted");
    }

    #[test]
    fn limits_are_those_of_the_guide() {
        let nested =
            |levels: usize| (0..levels).fold(json!({ "type": "string" }), |inner, _| object(&json!({ "a": inner })));
        let wide = |count: usize| object(&(0..count).map(|n| (format!("p{n}"), json!({ "type": "null" }))).collect());
        let listed = |count: usize| object(&json!({ "a": { "enum": (0..count).collect::<Vec<_>>() } }));

        assert_eq!(fault(&nested(10)), "accepted");
        assert_snapshot!(fault(&nested(11)), @"Invalid schema for response_format 'x': 11 levels of nesting exceeds limit of 10.");
        assert_eq!(fault(&wide(5000)), "accepted");
        assert_snapshot!(fault(&wide(5001)), @"Invalid schema for response_format 'x': 5001 object properties exceeds limit of 5000.");
        assert_eq!(fault(&listed(1000)), "accepted");
        assert_snapshot!(fault(&listed(1001)), @"Invalid schema for response_format 'x': 1001 enum values exceeds limit of 1000.");
    }
}

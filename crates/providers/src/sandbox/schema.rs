//! An instance of a JSON Schema, for structured output and for the arguments of function calls.
//!
//! In: a schema. Out: the plainest value that satisfies it: `const`, else the first of `enum` that fits, else `default`,
//! else by type; objects with what they require, in the order required, and then whatever else they offer; the first of
//! `anyOf` and `oneOf` that a finite value satisfies; all of `allOf`; `$ref` within the document. Where a definition
//! comes to itself again, and in the depth, the shortest way out is taken. `subset` says which schemas OpenAI accepts
//! as strict; of those every one that has an instance gets one. `not`, `if`, `patternProperties` and the `dependent…`
//! keywords, which are not among them, are passed over. A schema that only an endless value satisfies gets one with
//! nulls where it was cut.

mod heights;
mod numbers;
mod optional;
mod pattern;
mod strings;
pub(super) mod subset;

use std::collections::HashSet;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use self::heights::Heights;

/// Levels of nesting from which on the shortest way out is taken: empty arrays, `null` where allowed.
const DEEP: usize = 8;
/// Levels of nesting at which a value is cut.
const DEEPEST: usize = 96;
/// Bytes of schema and output that one instance may cost, so that a schema which doubles itself cannot fill the memory.
const BUDGET_BYTES: usize = 1 << 20;
/// What a value costs besides its text.
const NODE_BYTES: usize = 64;

/// A value whose objects keep their order, because OpenAI answers in the order of the schema.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Instance {
    /// A value without parts of its own making.
    Leaf(Value),
    /// An array.
    Array(Vec<Instance>),
    /// An object.
    Object(Vec<(String, Instance)>),
}

impl Serialize for Instance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Leaf(value) => value.serialize(serializer),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

/// An instance of `schema`; another `variant` makes other choices where there are some.
pub(super) fn instance(schema: &Value, variant: usize) -> Instance {
    let (heights, open) = (Heights::of(schema), Vec::new());
    let (budget, spare) = (BUDGET_BYTES, optional::SPARE_BYTES);
    let mut maker = Maker { root: schema, heights, open, budget, spare, is_optional: false };
    maker.make(schema, Spot { name: "", nth: variant, depth: 0 })
}

/// The text that an instance of a string's schema is.
pub(super) fn text_of(schema: &Value, variant: usize) -> String {
    match instance(schema, variant) {
        Instance::Leaf(Value::String(text)) => text,
        other => crate::sandbox::write::json_text(&other),
    }
}

/// Where in the instance a value goes.
#[derive(Debug, Clone, Copy)]
struct Spot<'a> {
    /// The nearest property's name.
    name: &'a str,
    /// Which item of an array, so that items differ.
    nth: usize,
    depth: usize,
}

impl Spot<'_> {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

struct Maker<'a> {
    root: &'a Value,
    heights: Heights<'a>,
    /// Targets of the references that lead here.
    open: Vec<&'a Value>,
    budget: usize,
    /// What is left for optional properties.
    spare: usize,
    /// Whether the value that is being made may be left out, and `budget` is lent to it.
    is_optional: bool,
}

impl<'a> Maker<'a> {
    fn make(&mut self, schema: &Value, at: Spot<'_>) -> Instance {
        if at.depth >= DEEPEST || self.budget == 0 {
            return Instance::Leaf(Value::Null);
        }
        self.pay(NODE_BYTES);
        match schema {
            Value::Object(schema) => self.make_from(schema, at),
            Value::Bool(false) => Instance::Leaf(Value::Null),
            _ => Instance::Leaf(Value::String(strings::sample(at.name, at.nth))),
        }
    }

    fn make_from(&mut self, schema: &Map<String, Value>, at: Spot<'_>) -> Instance {
        if let Some(value) = given(schema, at) {
            self.pay(weight(value));
            return Instance::Leaf(value.clone());
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.make_referenced(reference, at);
        }
        if let Some(branch) = self.only_branch(schema, at) {
            return self.make(branch, at);
        }
        if let Some(simpler) = self.without_combinations(schema, at) {
            return self.make_from(&simpler, at.deeper());
        }
        let text = |text: String| Instance::Leaf(Value::String(text));
        match self.kind(schema, at) {
            Kind::Null => Instance::Leaf(Value::Null),
            Kind::Boolean => Instance::Leaf(Value::Bool(at.nth.is_multiple_of(2))),
            Kind::Integer => Instance::Leaf(numbers::integer(schema, at.nth)),
            Kind::Number => Instance::Leaf(numbers::decimal(schema, at.nth)),
            Kind::String => {
                let made = strings::string(schema, at.name, at.nth, self.budget);
                self.pay(made.len());
                text(made)
            }
            Kind::Array => self.array(schema, at),
            Kind::Object => self.object(schema, at),
        }
    }

    fn make_referenced(&mut self, reference: &str, at: Spot<'_>) -> Instance {
        let Some(target) = heights::resolve(self.root, reference) else { return Instance::Leaf(Value::Null) };
        self.open.push(target);
        let made = self.make(target, at.deeper());
        self.open.pop();
        made
    }

    fn pay(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub(bytes);
    }

    /// Whether only the end is looked for: in the depth, and within a definition that has come to itself.
    fn hurries(&self, at: Spot<'_>) -> bool {
        let again = |target: &&Value| {
            let openings = self.open.iter().filter(|open| std::ptr::eq(**open, *target)).count();
            openings > 1 || std::ptr::eq(*target, self.root)
        };
        at.depth >= DEEP || self.open.last().is_some_and(again)
    }

    /// Whether `schema` is nothing but a reference to what is being made already.
    fn returns(&self, schema: &Value) -> bool {
        let target = schema.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|reference| heights::resolve(self.root, reference));
        target.is_some_and(|target| {
            std::ptr::eq(target, self.root) || self.open.iter().any(|open| std::ptr::eq(*open, target))
        })
    }

    /// The branch to take of an `anyOf` or `oneOf` beside which nothing else is asked.
    fn only_branch<'s>(&self, schema: &'s Map<String, Value>, at: Spot<'_>) -> Option<&'s Value> {
        let mut asking = schema.iter().filter(|(keyword, _)| !SAYS_NOTHING.contains(&keyword.as_str()));
        let (keyword, parts) = asking.next()?;
        if asking.next().is_some() || !matches!(keyword.as_str(), "anyOf" | "oneOf") {
            return None;
        }
        let parts = parts.as_array().filter(|parts| !parts.is_empty())?;
        let branch = self.branch(parts, at);
        // Where a branch has to be told from the others, it is worked on below.
        (keyword == "anyOf" || self.telling_others(parts, branch).is_empty()).then_some(branch)
    }

    /// The schema with one `allOf`, `anyOf` or `oneOf` worked into it, unless it has none.
    fn without_combinations(&mut self, schema: &Map<String, Value>, at: Spot<'_>) -> Option<Map<String, Value>> {
        if at.depth >= DEEPEST || self.budget == 0 {
            return None;
        }
        let (keyword, parts) = ["allOf", "anyOf", "oneOf"].into_iter().find_map(|keyword| {
            let parts = schema.get(keyword)?.as_array().filter(|parts| !parts.is_empty())?;
            Some((keyword, parts))
        })?;
        let mut merged = schema.clone();
        merged.remove(keyword);
        self.pay(schema.values().map(weight).sum());
        let chosen = if keyword == "allOf" { parts.as_slice() } else { std::slice::from_ref(self.branch(parts, at)) };
        let others = if keyword == "oneOf" { self.telling_others(parts, &chosen[0]) } else { Vec::new() };
        for part in chosen {
            // A reference is taken apart here only if there is something to merge it with.
            let target = match part.get("$ref").and_then(Value::as_str) {
                Some(reference) if chosen.len() > 1 || !merged.is_empty() || !others.is_empty() => {
                    heights::resolve(self.root, reference).unwrap_or(part)
                }
                _ => part,
            };
            if let Value::Object(target) = target {
                self.pay(target.values().map(weight).sum());
                merge(&mut merged, target);
            }
        }
        optional::withhold(&mut merged, &others);
        Some(merged)
    }

    /// The first branch that comes to an end; in a hurry, the one that does so first. Another variant begins further on.
    fn branch<'s>(&self, parts: &'s [Value], at: Spot<'_>) -> &'s Value {
        let height = |part: &&Value| self.heights.height(part);
        let shortest = || parts.iter().min_by_key(height).unwrap_or(&parts[0]);
        if self.hurries(at) {
            return shortest();
        }
        let ends = |part: &&Value| self.heights.height(part).is_some_and(|height| height < heights::ENDLESS);
        let from = at.nth % parts.len();
        let wanted = parts[from..].iter().chain(&parts[..from]).find(|part| ends(part) && !self.returns(part));
        wanted.unwrap_or_else(shortest)
    }

    /// The type to make: the first that is not `null`, or what the other keywords are about. In a hurry `null`.
    fn kind(&self, schema: &Map<String, Value>, at: Spot<'_>) -> Kind {
        let kinds = Kind::stated(schema);
        if self.hurries(at) && kinds.contains(&Kind::Null) {
            return Kind::Null;
        }
        let first = kinds.iter().copied().find(|kind| *kind != Kind::Null).or(kinds.first().copied());
        first.unwrap_or_else(|| Kind::implied(schema))
    }

    fn array(&mut self, schema: &Map<String, Value>, at: Spot<'_>) -> Instance {
        let mut items = Vec::new();
        for part in schema.get("prefixItems").and_then(Value::as_array).into_iter().flatten() {
            items.push(self.make(part, at.deeper()));
        }
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        let least = bound("minItems").map_or(0, |least| least.ceil() as u64);
        let most = bound("maxItems").map_or(u64::MAX, |most| most as u64);
        let every = schema.get("items").unwrap_or(&Value::Bool(true));
        let ends = self.heights.height(every).is_none_or(|height| height < heights::ENDLESS);
        let short = self.hurries(at) || self.returns(every) || !ends;
        let wanted = if short { least } else { least.max(1).min(most) };
        if *every == Value::Bool(false) || !items.is_empty() && least == 0 {
            return Instance::Array(items);
        }
        while (items.len() as u64) < wanted && self.budget > 0 {
            items.push(self.make(every, Spot { nth: at.nth + items.len(), ..at.deeper() }));
        }
        Instance::Array(items)
    }

    fn object(&mut self, schema: &Map<String, Value>, at: Spot<'_>) -> Instance {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let mut members = Vec::new();
        let mut seen = HashSet::new();
        for name in required.filter_map(Value::as_str) {
            if !seen.insert(name) {
                continue;
            }
            let property = properties.get(name).unwrap_or(&Value::Bool(true));
            self.pay(name.len());
            members.push((name.to_owned(), self.make(property, Spot { name, nth: at.nth, depth: at.depth + 1 })));
        }
        for (name, property) in self.offered(schema, &members, at) {
            let spot = Spot { name, nth: at.nth, depth: at.depth + 1 };
            members.extend(self.make_optional(property, spot).map(|made| (name.to_owned(), made)));
        }
        Instance::Object(members)
    }
}

/// Keywords that ask nothing of a value.
const SAYS_NOTHING: [&str; 9] =
    ["description", "title", "default", "examples", "$defs", "definitions", "$schema", "$id", "$comment"];

/// The value that the schema names outright.
fn given<'s>(schema: &'s Map<String, Value>, at: Spot<'_>) -> Option<&'s Value> {
    if let Some(value) = schema.get("const") {
        return Some(value);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty()) {
        let fitting: Vec<&Value> = values.iter().filter(|value| is_of_type(schema, value)).collect();
        return fitting.get(at.nth % fitting.len().max(1)).copied().or(values.first());
    }
    let plain =
        ["pattern", "format", "minLength", "minimum", "exclusiveMinimum", "multipleOf", "minItems", "properties"];
    let default = schema.get("default").filter(|default| is_of_type(schema, default))?;
    // A default may break the other rules, and then it is not an answer.
    let bound = plain.iter().chain(&["maxLength", "maximum", "exclusiveMaximum", "maxItems", "anyOf", "$ref"]);
    bound.copied().all(|keyword| !schema.contains_key(keyword)).then_some(default)
}

/// Whether a value is of the schema's type. Generators write `"default": null` beside `"type": "string"`.
fn is_of_type(schema: &Map<String, Value>, value: &Value) -> bool {
    let kinds = Kind::stated(schema);
    kinds.is_empty() || kinds.iter().any(|kind| kind.has(value))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// The types that the schema states.
    fn stated(schema: &Map<String, Value>) -> Vec<Self> {
        match schema.get("type") {
            Some(Value::String(name)) => Self::named(name).into_iter().collect(),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).filter_map(Self::named).collect(),
            _ => Vec::new(),
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "null" => Some(Self::Null),
            "boolean" => Some(Self::Boolean),
            "integer" => Some(Self::Integer),
            "number" => Some(Self::Number),
            "string" => Some(Self::String),
            "array" => Some(Self::Array),
            "object" => Some(Self::Object),
            _ => None,
        }
    }

    /// The type that the other keywords are about.
    fn implied(schema: &Map<String, Value>) -> Self {
        let about = |keywords: &[&str]| keywords.iter().any(|keyword| schema.contains_key(*keyword));
        if about(&["properties", "required", "additionalProperties"]) {
            Self::Object
        } else if about(&["items", "prefixItems", "minItems"]) {
            Self::Array
        } else if about(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
            Self::Number
        } else {
            Self::String
        }
    }

    fn has(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            // 1.0 is an integer too.
            Self::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            Self::Number => value.is_number(),
            Self::String => value.is_string(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
        }
    }
}

/// Works `part` into `whole`: properties and requirements add up, of anything else the later one counts.
fn merge(whole: &mut Map<String, Value>, part: &Map<String, Value>) {
    for (keyword, value) in part {
        match (whole.get_mut(keyword), value) {
            (Some(Value::Object(there)), Value::Object(here)) if keyword == "properties" => {
                there.extend(here.iter().map(|(name, schema)| (name.clone(), schema.clone())));
            }
            (Some(Value::Array(there)), Value::Array(here)) if keyword == "required" || keyword == "allOf" => {
                there.extend(here.iter().cloned());
            }
            _ => {
                whole.insert(keyword.clone(), value.clone());
            }
        }
    }
}

/// About how many bytes a value takes.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => 2 + members.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>(),
        _ => 8,
    }
}

#[cfg(test)]
mod tests;

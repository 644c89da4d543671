//! An instance of a JSON Schema, for structured output and for the arguments of function calls.
//!
//! In: a schema. Out: the plainest value that satisfies it: `const`, else the first of `enum`, else `default`, else by
//! type; objects with what they require, in the order required (or all properties, if none is); the first of `anyOf`
//! and `oneOf`; all of `allOf`; `$ref` within the document. Strings keep `format` and their lengths, numbers their
//! range and `multipleOf`. It does not solve what takes search: `pattern`, `not`, `if`, `patternProperties` and
//! `dependent…` are passed over, and a schema that only an endless value satisfies gets one with nulls where it was
//! cut.

use std::collections::HashSet;

use serde::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

/// Levels of nesting from which on the shortest way out is taken: empty arrays, `null` where allowed.
const DEEP: usize = 8;
/// Levels of nesting at which a value is cut.
const DEEPEST: usize = 48;
/// Bytes of schema and output that one instance may cost, so that a schema which doubles itself cannot fill the memory.
const BUDGET_BYTES: usize = 4 << 20;
/// What a value costs besides its text.
const NODE_BYTES: usize = 64;
/// Longest array that `minItems` is followed to.
const MOST_ITEMS: u64 = 1000;
/// Longest string that `minLength` is followed to, in characters.
const MOST_CHARACTERS: u64 = 10_000;
/// Longest part of a property's name that its sample text repeats, in characters.
const SAMPLE_CHARACTERS: usize = 40;

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

/// An instance of `schema`.
pub(super) fn instance(schema: &Value) -> Instance {
    let mut maker = Maker { root: schema, budget: BUDGET_BYTES };
    maker.make(schema, Spot { name: "", nth: 0, depth: 0 })
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
    budget: usize,
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
            _ => Instance::Leaf(Value::String(sample(at))),
        }
    }

    fn make_from(&mut self, schema: &Map<String, Value>, at: Spot<'_>) -> Instance {
        if let Some(value) = given(schema, at) {
            self.pay(weight(value));
            return Instance::Leaf(value.clone());
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return match self.resolve(reference) {
                Some(target) => self.make(target, at.deeper()),
                None => Instance::Leaf(Value::Null),
            };
        }
        if let Some(simpler) = self.without_combinations(schema, at) {
            return self.make_from(&simpler, at.deeper());
        }
        match kind(schema) {
            Kind::Null => Instance::Leaf(Value::Null),
            Kind::Boolean => Instance::Leaf(Value::Bool(true)),
            Kind::Integer => Instance::Leaf(integer(schema, at)),
            Kind::Number => Instance::Leaf(decimal(schema, at)),
            Kind::String => {
                let text = string(schema, at);
                self.pay(text.len());
                Instance::Leaf(Value::String(text))
            }
            Kind::Array => self.array(schema, at),
            Kind::Object => self.object(schema, at),
        }
    }

    fn pay(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub(bytes);
    }

    fn resolve(&self, reference: &str) -> Option<&'a Value> {
        self.root.pointer(reference.strip_prefix('#')?)
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
        for part in chosen {
            // A reference is taken apart here only if there is something to merge it with.
            let target = match part.get("$ref").and_then(Value::as_str) {
                Some(reference) if chosen.len() > 1 || !merged.is_empty() => self.resolve(reference).unwrap_or(part),
                _ => part,
            };
            if let Value::Object(target) = target {
                self.pay(target.values().map(weight).sum());
                merge(&mut merged, target);
            }
        }
        Some(merged)
    }

    /// The first branch; in the depth, the first that leads no deeper, if there is one.
    fn branch<'s>(&self, parts: &'s [Value], at: Spot<'_>) -> &'s Value {
        let shallow = |part: &&Value| {
            part.as_object().is_some_and(|schema| {
                !schema.contains_key("$ref") && !matches!(kind(schema), Kind::Object | Kind::Array)
            })
        };
        let way_out = if at.depth >= DEEP { parts.iter().find(shallow) } else { None };
        way_out.unwrap_or(&parts[0])
    }

    fn array(&mut self, schema: &Map<String, Value>, at: Spot<'_>) -> Instance {
        let mut items = Vec::new();
        for part in schema.get("prefixItems").and_then(Value::as_array).into_iter().flatten() {
            items.push(self.make(part, at.deeper()));
        }
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0).min(MOST_ITEMS);
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let wanted = if at.depth >= DEEP { least } else { least.max(1).min(most) };
        let every = schema.get("items").unwrap_or(&Value::Bool(true));
        if *every == Value::Bool(false) || !items.is_empty() && least == 0 {
            return Instance::Array(items);
        }
        while (items.len() as u64) < wanted {
            items.push(self.make(every, Spot { nth: items.len(), ..at.deeper() }));
        }
        Instance::Array(items)
    }

    fn object(&mut self, schema: &Map<String, Value>, at: Spot<'_>) -> Instance {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let names: Vec<&str> = match schema.get("required").and_then(Value::as_array) {
            Some(required) => required.iter().filter_map(Value::as_str).collect(),
            None if at.depth < DEEP => properties.keys().map(String::as_str).collect(),
            None => Vec::new(),
        };
        let mut members = Vec::with_capacity(names.len());
        let mut seen = HashSet::new();
        for name in names {
            if !seen.insert(name) {
                continue;
            }
            let property = properties.get(name).unwrap_or(&Value::Bool(true));
            self.pay(name.len());
            members.push((name.to_owned(), self.make(property, Spot { name, nth: at.nth, depth: at.depth + 1 })));
        }
        Instance::Object(members)
    }
}

/// The value that the schema names outright.
fn given<'s>(schema: &'s Map<String, Value>, at: Spot<'_>) -> Option<&'s Value> {
    let listed = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty());
    schema
        .get("const")
        .or_else(|| listed.map(|values| &values[at.nth % values.len()]))
        .or_else(|| schema.get("default").filter(|default| default_fits(schema, default)))
}

/// Whether a default is of the schema's type. Generators write `"default": null` beside `"type": "string"`.
fn default_fits(schema: &Map<String, Value>, default: &Value) -> bool {
    let fits = |name: &str| match name {
        "null" => default.is_null(),
        "boolean" => default.is_boolean(),
        "integer" => default.is_i64() || default.is_u64(),
        "number" => default.is_number(),
        "string" => default.is_string(),
        "array" => default.is_array(),
        "object" => default.is_object(),
        _ => false,
    };
    match schema.get("type") {
        Some(Value::String(name)) => fits(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(fits),
        _ => true,
    }
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

/// The type to make: the first that is not `null`, or what the other keywords are about.
fn kind(schema: &Map<String, Value>) -> Kind {
    let named = |name: &str| match name {
        "null" => Some(Kind::Null),
        "boolean" => Some(Kind::Boolean),
        "integer" => Some(Kind::Integer),
        "number" => Some(Kind::Number),
        "string" => Some(Kind::String),
        "array" => Some(Kind::Array),
        "object" => Some(Kind::Object),
        _ => None,
    };
    let stated = match schema.get("type") {
        Some(Value::String(name)) => named(name),
        Some(Value::Array(names)) => {
            let mut kinds = names.iter().filter_map(Value::as_str).filter_map(named);
            let first = kinds.next();
            if first == Some(Kind::Null) { kinds.next().or(first) } else { first }
        }
        _ => None,
    };
    let about = |keywords: &[&str]| keywords.iter().any(|keyword| schema.contains_key(*keyword));
    stated.unwrap_or_else(|| {
        if about(&["properties", "required", "additionalProperties"]) {
            Kind::Object
        } else if about(&["items", "prefixItems", "minItems"]) {
            Kind::Array
        } else if about(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
            Kind::Number
        } else {
            Kind::String
        }
    })
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

fn sample(at: Spot<'_>) -> String {
    let mut sample = String::from("sample");
    if !at.name.is_empty() {
        sample.push(' ');
        sample.extend(at.name.chars().take(SAMPLE_CHARACTERS).map(|c| if c == '_' { ' ' } else { c }));
    }
    if at.nth > 0 {
        sample.push_str(&format!(" {}", at.nth + 1));
    }
    sample
}

fn string(schema: &Map<String, Value>, at: Spot<'_>) -> String {
    let formatted = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => Some("2026-01-01T00:00:00Z"),
        Some("date") => Some("2026-01-01"),
        Some("time") => Some("00:00:00Z"),
        Some("duration") => Some("P1D"),
        Some("email" | "idn-email") => Some("sample@example.com"),
        Some("hostname" | "idn-hostname") => Some("example.com"),
        Some("ipv4") => Some("192.0.2.1"),
        Some("ipv6") => Some("2001:db8::1"),
        Some("uri" | "iri" | "url") => Some("https://example.com/"),
        Some("uuid") => Some("00000000-0000-4000-8000-000000000000"),
        _ => None,
    };
    if let Some(formatted) = formatted {
        return formatted.to_owned();
    }
    let least = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(MOST_CHARACTERS);
    let most = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
    let mut text = sample(at);
    let mut length = text.chars().count() as u64;
    while length < least {
        text.push('.');
        length += 1;
    }
    if length > most {
        // `most` is less than a length that is in memory.
        text = text.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
    }
    text
}

/// The range of a number, its ends moved inwards by `step` where they are excluded.
fn range(schema: &Map<String, Value>, step: f64) -> (f64, f64) {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let low = bound("minimum").unwrap_or(f64::NEG_INFINITY);
    let low = bound("exclusiveMinimum").map_or(low, |excluded| low.max(excluded + step));
    let high = bound("maximum").unwrap_or(f64::INFINITY);
    let high = bound("exclusiveMaximum").map_or(high, |excluded| high.min(excluded - step));
    (low, high)
}

fn integer(schema: &Map<String, Value>, at: Spot<'_>) -> Value {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    // Excluded ends may be fractions: the next integer inwards counts.
    let low = bound("minimum").map(f64::ceil).into_iter();
    let low = low.chain(bound("exclusiveMinimum").map(|excluded| excluded.floor() + 1.0)).reduce(f64::max);
    let high = bound("maximum").map(f64::floor).into_iter();
    let high = high.chain(bound("exclusiveMaximum").map(|excluded| excluded.ceil() - 1.0)).reduce(f64::min);
    let value = fitting(1.0, low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY), schema, at);
    // The cast saturates; JSON integers beyond 64 bits are not made.
    Value::from(value as i64)
}

fn decimal(schema: &Map<String, Value>, at: Spot<'_>) -> Value {
    let (low, high) = range(schema, 0.0);
    let room = if low.is_finite() && high.is_finite() { (high - low) / 4.0 } else { 0.5 };
    let (low, high) = range(schema, room);
    Number::from_f64(fitting(1.0, low, high, schema, at)).map_or(Value::Null, Value::Number)
}

/// `wish`, moved into the range and up to a multiple; later items of an array further up while the range allows.
fn fitting(wish: f64, low: f64, high: f64, schema: &Map<String, Value>, at: Spot<'_>) -> f64 {
    let step = schema.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0);
    let clamped = wish.min(high).max(low);
    let first = step.map_or(clamped, |step| {
        let up = (clamped / step).ceil() * step;
        if up > high { (high / step).floor() * step } else { up }
    });
    let nth = first + at.nth as f64 * step.unwrap_or(1.0);
    if nth <= high { nth } else { first }
}

#[cfg(test)]
mod tests;

//! How deep the shallowest instance of each part of a schema is.
//!
//! In: a schema that may refer to itself. Out: for every part of it the fewest levels of a value that satisfies it, so
//! that of two branches the one that comes to an end can be told from the one that never does.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// What only an endless value satisfies, and whatever is as deep as that.
pub(super) const ENDLESS: u32 = 64;

/// Parts of one schema that are looked at; a longer one is told from its first so many.
const MOST_PARTS: usize = 100_000;

/// Heights by part.
pub(super) struct Heights<'a> {
    root: &'a Value,
    known: HashMap<*const Value, u32>,
}

impl<'a> Heights<'a> {
    /// Of all parts of `root`.
    pub(super) fn of(root: &'a Value) -> Self {
        let mut parts = Vec::new();
        collect(root, &mut parts);
        // From the leaves up, so that most are right in the first round.
        parts.reverse();
        let known = parts.iter().map(|part| (std::ptr::from_ref(*part), ENDLESS)).collect();
        let mut heights = Self { root, known };
        for _ in 0..ENDLESS {
            let mut changed = false;
            for part in &parts {
                let height = heights.calculated(part);
                let known = heights.known.insert(std::ptr::from_ref(*part), height);
                changed |= known != Some(height);
            }
            if !changed {
                break;
            }
        }
        heights
    }

    /// The height of a part; nothing of one that was made later.
    pub(super) fn height(&self, part: &Value) -> Option<u32> {
        match part {
            Value::Object(_) => self.known.get(&std::ptr::from_ref(part)).copied(),
            _ => Some(0),
        }
    }

    fn calculated(&self, part: &Value) -> u32 {
        let Value::Object(schema) = part else { return 0 };
        if schema.contains_key("const") || schema.contains_key("enum") {
            return 0;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = resolve(self.root, reference).and_then(|target| self.height(target));
            return target.map_or(0, |height| (height + 1).min(ENDLESS));
        }
        let of_all = |keyword: &str| schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
        let every = of_all("allOf").filter_map(|part| self.height(part)).max().unwrap_or(0);
        let one = |keyword: &str| of_all(keyword).filter_map(|part| self.height(part)).min().unwrap_or(0);
        every.max(one("anyOf")).max(one("oneOf")).max(self.of_types(schema))
    }

    fn of_types(&self, schema: &Map<String, Value>) -> u32 {
        let names: Vec<&str> = match schema.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ if schema.contains_key("properties") => vec!["object"],
            _ => return 0,
        };
        names.into_iter().map(|name| self.of_type(schema, name)).min().unwrap_or(0)
    }

    fn of_type(&self, schema: &Map<String, Value>, name: &str) -> u32 {
        let deepest = match name {
            "array" if schema.get("minItems").and_then(Value::as_f64).is_some_and(|least| least > 0.0) => {
                schema.get("items").and_then(|items| self.height(items))
            }
            "object" => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
                let required = required.filter_map(|name| properties?.get(name.as_str()?));
                required.filter_map(|property| self.height(property)).max()
            }
            _ => None,
        };
        deepest.map_or(0, |height| (height + 1).min(ENDLESS))
    }
}

/// What a reference within the document means.
pub(super) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(&reference.strip_prefix('#')?.replace("%24", "$").replace("%25", "%"))
}

fn collect<'a>(part: &'a Value, parts: &mut Vec<&'a Value>) {
    if parts.len() >= MOST_PARTS {
        return;
    }
    match part {
        Value::Object(members) => {
            parts.push(part);
            members.values().for_each(|member| collect(member, parts));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, parts)),
        _ => {}
    }
}

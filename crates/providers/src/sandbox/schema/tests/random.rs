//! Random schemas of the subset that structured outputs accept.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const PATTERNS: [&str; 12] = [
    "^[A-Z]{3}-\\d{4}$",
    "^@[a-zA-Z0-9_]+$",
    "^(red|green|blue)$",
    "^\\+?[1-9]\\d{1,14}$",
    "^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$",
    "^(?:[a-f0-9]{2}:){5}[a-f0-9]{2}$",
    "colou?r",
    "^.{3,8}$",
    "^\\w+( \\w+)*$",
    "^#([0-9a-f]{3}|[0-9a-f]{6})$",
    "^v\\d+\\.\\d+\\.\\d+(-[a-z]+)?$",
    "^[\\u00e0-\\u00ff]+$",
];
const FORMATS: [&str; 9] = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
const NAMES: [&str; 10] = ["a", "b", "name", "next", "the city", "$ref", "type", "items~/", "ü", ""];

fn string() -> impl Strategy<Value = Value> {
    let lengths = (0_u64..30, 0_u64..30)
        .prop_map(|(least, more)| json!({ "type": "string", "minLength": least, "maxLength": least + more }));
    prop_oneof![
        Just(json!({ "type": "string" })),
        select(&PATTERNS).prop_map(|pattern| json!({ "type": "string", "pattern": pattern })),
        select(&FORMATS).prop_map(|format| json!({ "type": "string", "format": format })),
        lengths,
        (1_u64..40).prop_map(|least| json!({ "type": "string", "pattern": "^[a-z]+$", "minLength": least })),
        vec("[a-z ]{0,9}", 1..6).prop_map(|values| json!({ "type": "string", "enum": values })),
        "\\PC{0,9}".prop_map(|value| json!({ "type": "string", "const": value })),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    let steps = select(vec![json!(1), json!(3), json!(0.5), json!(0.1), json!(0.01), json!(2.5), json!(7), json!(100)]);
    let kinds = select(vec!["number", "integer"]);
    // Wide enough for a multiple of every step to be inside.
    let ranges = (-1000_i64..1000, 201_i64..900, any::<[bool; 4]>());
    (kinds, ranges, proptest::option::of(steps)).prop_map(
        |(kind, (low, size, [from, to, without_low, without_high]), step)| {
            let mut schema = json!({ "type": kind });
            if from {
                schema[if without_low { "exclusiveMinimum" } else { "minimum" }] = json!(low);
            }
            if to {
                schema[if without_high { "exclusiveMaximum" } else { "maximum" }] = json!(low + size);
            }
            if let Some(step) = step {
                schema["multipleOf"] = step;
            }
            schema
        },
    )
}

fn leaf() -> impl Strategy<Value = Value> {
    let tight = (any::<i32>(), 1_u32..1000).prop_map(|(low, parts)| {
        let low = f64::from(low) / 8.0;
        json!({ "type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + 1.0 / f64::from(parts) })
    });
    prop_oneof![
        4 => string(),
        3 => number(),
        1 => tight,
        1 => Just(json!({ "type": "boolean" })),
        1 => Just(json!({ "type": "null" })),
        1 => Just(json!({ "enum": [1, "two", null, true, { "a": [] }] })),
        1 => Just(json!({ "const": { "k": [1, 2.5] } })),
        2 => select(vec!["#/$defs/leaf", "#/$defs/list", "#/$defs/tree", "#"]).prop_map(|to| json!({ "$ref": to })),
    ]
}

fn object(properties: Vec<(&str, Value)>) -> Value {
    let properties: Map<String, Value> = properties.into_iter().map(|(name, part)| (name.to_owned(), part)).collect();
    let required: Vec<String> = properties.keys().cloned().collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn part() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let bounds = (0_u64..4, 0_u64..4, any::<[bool; 2]>());
        let array = (inner.clone(), bounds).prop_map(|(items, (least, more, [from, to]))| {
            let mut schema = json!({ "type": "array", "items": items });
            if from && items.get("$ref").is_none() {
                schema["minItems"] = json!(least);
            }
            if to {
                schema["maxItems"] = json!(least + more);
            }
            schema
        });
        let nullable = inner.clone().prop_map(|mut schema| {
            if let Some(kind) = schema.get("type").and_then(Value::as_str).map(str::to_owned) {
                schema["type"] = json!([kind, "null"]);
            }
            schema
        });
        prop_oneof![
            3 => vec((select(&NAMES), inner.clone()), 0..5).prop_map(object),
            2 => array,
            // A way out for what refers to itself.
            2 => vec(inner, 1..4).prop_map(|mut parts| {
                parts.push(json!({ "type": "null" }));
                json!({ "anyOf": parts, "description": "one of them" })
            }),
            1 => nullable,
        ]
    })
}

/// Whether a reference stands where a value must have it, so that only an endless value would do.
fn must_refer(schema: &Value) -> bool {
    let of = |keyword: &str| schema.get(keyword).and_then(Value::as_object).into_iter().flat_map(Map::values);
    match schema.get("$ref").and_then(Value::as_str) {
        Some(to) => to == "#",
        None if schema.get("minItems").is_some() => schema.get("items").is_some_and(must_refer),
        None => of("properties").any(must_refer),
    }
}

/// An object's schema, with definitions of which two refer to themselves.
pub(super) fn schema() -> impl Strategy<Value = Value> {
    let root = vec((select(&NAMES), part()), 0..6).prop_map(object);
    let root = root.prop_filter("only an endless value satisfies it", |root| !must_refer(root));
    (root, leaf().prop_filter("a leaf ends", |leaf| leaf.get("$ref").is_none())).prop_map(|(mut root, leaf)| {
        let tree = object(vec![
            ("value", json!({ "$ref": "#/$defs/leaf" })),
            ("children", json!({ "type": "array", "items": { "$ref": "#/$defs/tree" } })),
        ]);
        let list = object(vec![
            ("value", json!({ "type": "integer" })),
            ("next", json!({ "anyOf": [{ "$ref": "#/$defs/list" }, { "type": "null" }] })),
        ]);
        root["$defs"] = json!({ "leaf": leaf, "tree": tree, "list": list });
        root
    })
}

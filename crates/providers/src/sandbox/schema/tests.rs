//! Instances of schemas, checked against a small validator of the same keywords.

use insta::assert_snapshot;
use proptest::prelude::*;
use regex_automata::meta::Regex;
use serde_json::json;

use super::*;

fn made(schema: &Value) -> String {
    serde_json::to_string(&instance(schema, 0)).expect("instances serialise")
}

/// Whether `value` satisfies `schema`, for the keywords that the sandbox follows.
fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let Some(keywords) = schema.as_object() else { return *schema != Value::Bool(false) };
    keywords.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$ref" => {
            let pointer = rule.as_str().and_then(|reference| reference.strip_prefix('#'));
            pointer.and_then(|pointer| root.pointer(pointer)).is_some_and(|target| valid(root, target, value))
        }
        "const" => value == rule,
        "enum" => rule.as_array().is_some_and(|values| values.contains(value)),
        "type" => match rule {
            Value::Array(names) => names.iter().filter_map(Value::as_str).any(|name| is_a(value, name)),
            name => name.as_str().is_some_and(|name| is_a(value, name)),
        },
        "anyOf" | "oneOf" => rule.as_array().is_some_and(|parts| parts.iter().any(|part| valid(root, part, value))),
        "allOf" => rule.as_array().is_some_and(|parts| parts.iter().all(|part| valid(root, part, value))),
        "required" => rule.as_array().is_some_and(|names| {
            !value.is_object() || names.iter().filter_map(Value::as_str).all(|name| value.get(name).is_some())
        }),
        "properties" => rule.as_object().is_some_and(|properties| {
            properties.iter().all(|(name, part)| value.get(name).is_none_or(|value| valid(root, part, value)))
        }),
        "additionalProperties" if *rule == json!(false) => value.as_object().is_none_or(|members| {
            members.keys().all(|name| schema.get("properties").is_some_and(|known| known.get(name).is_some()))
        }),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| valid(root, rule, item))),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap_or(0)),
        "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap_or(0)),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap_or(0)),
        "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap_or(0)),
        "minimum" => value.as_f64().is_none_or(|number| Some(number) >= rule.as_f64()),
        "maximum" => value.as_f64().is_none_or(|number| Some(number) <= rule.as_f64()),
        "exclusiveMinimum" => value.as_f64().is_none_or(|number| Some(number) > rule.as_f64()),
        "exclusiveMaximum" => value.as_f64().is_none_or(|number| Some(number) < rule.as_f64()),
        "multipleOf" => match (value.as_f64(), rule.as_f64()) {
            // As Python's jsonschema has it, which of all validators is the least forgiving.
            (Some(value), Some(step)) if step.fract() == 0.0 => value % step == 0.0,
            (Some(value), Some(step)) => (value / step).fract() == 0.0,
            _ => true,
        },
        "pattern" => match (value.as_str(), rule.as_str()) {
            (Some(text), Some(pattern)) => Regex::new(pattern).is_ok_and(|regex| regex.is_match(text)),
            _ => true,
        },
        _ => true,
    })
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[test]
fn plain_object_has_what_it_requires_in_that_order_and_then_the_rest() {
    let schema = json!({
        "type": "object",
        "properties": {
            "age": { "type": "integer", "minimum": 18 },
            "name": { "type": "string" },
            "nickname": { "type": "string" },
            "admin": { "type": "boolean" },
        },
        "required": ["name", "age", "admin"],
    });

    assert_snapshot!(made(&schema), @r#"{"name":"sample name","age":18,"admin":true,"nickname":"sample nickname"}"#);
}

#[test]
fn schemas_of_many_kinds_are_satisfied() {
    let schemas = [
        json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"], "additionalProperties": false }),
        json!({ "type": "object", "properties": { "unit": { "enum": ["c", "f"] }, "kind": { "const": "weather" } }, "required": ["unit", "kind"] }),
        json!({ "type": "array", "items": { "type": "integer", "minimum": 3, "maximum": 9, "multipleOf": 4 }, "minItems": 2 }),
        json!({ "type": "object", "properties": { "x": { "anyOf": [{ "type": "number" }, { "type": "null" }] } }, "required": ["x"] }),
        json!({
            "type": "object",
            "properties": { "steps": { "type": "array", "items": { "$ref": "#/$defs/step" } } },
            "required": ["steps"],
            "$defs": { "step": { "type": "object", "properties": { "say": { "type": "string", "maxLength": 3 } }, "required": ["say"] } },
        }),
        json!({
            "$ref": "#/$defs/node",
            "$defs": { "node": {
                "type": "object",
                "properties": { "value": { "type": "number" }, "next": { "anyOf": [{ "$ref": "#/$defs/node" }, { "type": "null" }] } },
                "required": ["value", "next"],
            } },
        }),
        json!({ "type": "object", "properties": { "children": { "type": "array", "items": { "$ref": "#" } } }, "required": ["children"] }),
        json!({ "allOf": [
            { "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"] },
            { "type": "object", "properties": { "b": { "type": "string" } }, "required": ["b"] },
        ] }),
        json!({
            "type": "object",
            "properties": { "a": { "type": "string" }, "b": { "type": "string" } },
            "anyOf": [{ "required": ["a"] }, { "required": ["b"] }],
        }),
        json!({ "type": ["null", "string"], "minLength": 30 }),
        json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }),
        json!({ "type": "integer", "exclusiveMinimum": 1.5, "maximum": 2 }),
        json!({ "type": "string", "default": null }),
        json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 }),
        json!({}),
        json!(true),
    ];

    for schema in schemas {
        let value: Value = serde_json::from_str(&made(&schema)).expect("valid JSON");
        assert!(valid(&schema, &schema, &value), "{value} is no instance of {schema}");
    }
}

#[test]
fn what_is_optional_is_filled() {
    let tasks = json!({
        "type": "object",
        "properties": { "tasks": { "type": "array", "items": { "$ref": "#/$defs/task" } } },
        "required": [],
        "$defs": { "task": {
            "type": "object",
            "properties": { "done": { "type": "boolean" }, "part_of": { "$ref": "#/$defs/task" }, "never": false },
        } },
    });
    let either = json!({
        "properties": { "id": { "type": "integer" }, "name": { "type": "string" }, "note": { "type": "string" } },
        "oneOf": [{ "required": ["id"] }, { "required": ["name"] }],
    });
    let few = json!({ "type": "object", "properties": { "a": {}, "b": {}, "c": {} }, "maxProperties": 2 });

    assert_snapshot!(made(&tasks), @r#"{"tasks":[{"done":true}]}"#);
    assert_snapshot!(made(&either), @r#"{"id":1,"note":"sample note"}"#);
    assert_snapshot!(made(&few), @r#"{"a":"sample a","b":"sample b"}"#);
}

#[test]
fn what_is_optional_takes_nothing_from_what_is_required() {
    let level = |next: Value| {
        let wide: Map<String, Value> = (0..40).map(|n| (format!("p{n}"), next.clone())).collect();
        json!({ "type": "object", "properties": wide })
    };
    let definitions = json!({
        "a": level(json!({ "$ref": "#/$defs/b" })),
        "b": level(json!({ "$ref": "#/$defs/c" })),
        "c": level(json!({ "$ref": "#/$defs/d" })),
        "d": level(json!({ "type": "string", "minLength": 100 })),
    });
    let schema = json!({
        "type": "object",
        "properties": { "first": { "$ref": "#/$defs/a" }, "last": { "type": "string" } },
        "required": ["first", "last"],
        "$defs": definitions,
    });

    let text = made(&schema);
    let value: Value = serde_json::from_str(&text).expect("valid JSON");

    assert!(valid(&schema, &schema, &value));
    assert_eq!(value["last"], "sample last");
    assert!(value["first"].get("p0").is_some());
    assert!(text.len() < 2 * optional::SPARE_BYTES, "{} bytes", text.len());
}

/// Makes every second name of each `required` optional.
fn loosen(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Array(required)) = members.get_mut("required") {
                let mut keep = false;
                required.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
            members.values_mut().for_each(loosen);
        }
        Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}

#[test]
fn schemas_with_optional_properties_are_satisfied() {
    let config = ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() };
    let seed = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let checked = proptest::test_runner::TestRunner::new_with_rng(config, seed).run(&random::schema(), |mut schema| {
        loosen(&mut schema);
        for variant in 0..2 {
            let value = serde_json::to_value(instance(&schema, variant)).expect("instances serialise");
            prop_assert!(valid(&schema, &schema, &value), "{} is no instance of {}", value, schema);
        }
        Ok(())
    });
    checked.unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn endless_schemas_end() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "type": "object", "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" } }, "required": ["a", "b"] }),
        json!({ "type": "array", "items": { "$ref": "#" }, "minItems": 1000 }),
        json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#" }], "description": "x".repeat(10_000) }),
    ] {
        assert!(made(&schema).len() < 4 * BUDGET_BYTES);
    }
}

proptest! {
    #[test]
    fn integers_stay_in_their_range(low in -1000_i64..1000, size in 0_i64..50) {
        let schema = json!({ "type": "integer", "minimum": low, "maximum": low + size });
        let value = serde_json::to_value(instance(&schema, 0)).expect("instances serialise");

        prop_assert!(valid(&schema, &schema, &value));
    }
}

mod random;

/// Checks an instance of each of `cases` random schemas of the subset.
fn check_random(runner: &mut proptest::test_runner::TestRunner, variants: usize) {
    let checked = runner.run(&random::schema(), |schema| {
        let purpose = subset::Purpose { kind: "response_format", name: "x", param: "response_format", code: None };
        prop_assert_eq!(subset::check(&schema, purpose), Ok(()), "{}", schema);
        for variant in 0..variants {
            let value = serde_json::to_value(instance(&schema, variant)).expect("instances serialise");
            prop_assert!(valid(&schema, &schema, &value), "{} is no instance of {}", value, schema);
        }
        Ok(())
    });
    checked.unwrap_or_else(|e| panic!("{e}"));
}

/// The promise of structured outputs: whatever schema OpenAI accepts, the answer is an instance of it.
#[test]
fn two_thousand_schemas_of_the_subset_are_satisfied() {
    let config = ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() };
    let seed = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);

    check_random(&mut proptest::test_runner::TestRunner::new_with_rng(config, seed), 2);
}

#[test]
fn other_schemas_of_the_subset_are_satisfied_each_time() {
    check_random(&mut proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(100)), 4);
}

#[test]
fn schemas_that_refer_to_themselves_come_to_an_end_soon() {
    let node = json!({
        "type": "object",
        "properties": {
            "left": { "anyOf": [{ "$ref": "#/$defs/node" }, { "type": "null" }] },
            "many": { "type": "array", "items": { "$ref": "#/$defs/node" } },
        },
        "required": ["left", "many"],
        "additionalProperties": false,
    });
    let expression = json!({ "anyOf": [
        { "type": "object", "properties": { "a": { "$ref": "#/$defs/e" }, "b": { "$ref": "#/$defs/e" } }, "required": ["a", "b"], "additionalProperties": false },
        { "type": "number" },
    ] });

    assert_snapshot!(made(&json!({ "$ref": "#/$defs/node", "$defs": { "node": node } })), @r#"{"left":null,"many":[]}"#);
    assert_snapshot!(made(&json!({ "$ref": "#/$defs/e", "$defs": { "e": expression } })), @r#"{"a":1.5,"b":1.5}"#);
    assert_snapshot!(made(&json!({ "type": ["object", "null"], "properties": { "next": { "$ref": "#" } }, "required": ["next"] })), @r#"{"next":null}"#);
}

//! Types and ranges of parameters, as OpenAI's API holds every model to them.
//!
//! In: the members of a body. Out: the first that has another type or lies outside of its range, with OpenAI's own code and
//! sentence. It changes nothing: which value was meant cannot be known. The ranges are those that OpenAI's reference names,
//! measured in August 2026 where it does not.

use tollgate_core::operation::Operation;
use tollgate_errors::catalog::{self as causes, wires};
use tollgate_errors::{Diagnosis, Wire};
use tollgate_providers::json::Kind;
use tollgate_providers::openai::members::Members;

/// What a parameter may be.
#[derive(Debug, Clone, Copy)]
enum Takes {
    Decimal(f64, f64),
    Integer(i64, i64),
    Boolean,
}

use Takes::{Boolean, Decimal, Integer};

/// No ceiling but the model's own.
const ANY: i64 = i64::MAX;

const CHAT: [(&str, Takes); 13] = [
    ("temperature", Decimal(0.0, 2.0)),
    ("top_p", Decimal(0.0, 1.0)),
    ("frequency_penalty", Decimal(-2.0, 2.0)),
    ("presence_penalty", Decimal(-2.0, 2.0)),
    ("n", Integer(1, 128)),
    ("max_tokens", Integer(1, ANY)),
    ("max_completion_tokens", Integer(1, ANY)),
    ("seed", Integer(i64::MIN, ANY)),
    ("logprobs", Boolean),
    ("top_logprobs", Integer(0, 20)),
    ("stream", Boolean),
    ("store", Boolean),
    ("parallel_tool_calls", Boolean),
];

const COMPLETIONS: [(&str, Takes); 11] = [
    ("temperature", Decimal(0.0, 2.0)),
    ("top_p", Decimal(0.0, 1.0)),
    ("frequency_penalty", Decimal(-2.0, 2.0)),
    ("presence_penalty", Decimal(-2.0, 2.0)),
    ("n", Integer(1, 128)),
    ("best_of", Integer(0, 20)),
    ("max_tokens", Integer(0, ANY)),
    ("seed", Integer(i64::MIN, ANY)),
    ("logprobs", Integer(0, 5)),
    ("stream", Boolean),
    ("echo", Boolean),
];

const RESPONSES: [(&str, Takes); 9] = [
    ("temperature", Decimal(0.0, 2.0)),
    ("top_p", Decimal(0.0, 1.0)),
    ("max_output_tokens", Integer(16, ANY)),
    ("max_tool_calls", Integer(1, ANY)),
    ("top_logprobs", Integer(0, 20)),
    ("stream", Boolean),
    ("store", Boolean),
    ("background", Boolean),
    ("parallel_tool_calls", Boolean),
];

const EMBEDDINGS: [(&str, Takes); 1] = [("dimensions", Integer(1, ANY))];

/// The first parameter whose value no model takes.
pub(super) fn refused(members: &Members<'_>, operation: Operation) -> Option<Diagnosis> {
    let parameters: &[(&'static str, Takes)] = match operation {
        Operation::ChatCompletions => &CHAT,
        Operation::Completions => &COMPLETIONS,
        Operation::Responses => &RESPONSES,
        Operation::Embeddings => &EMBEDDINGS,
        _ => &[],
    };
    parameters.iter().find_map(|(name, takes)| {
        let (kind, text) = (members.get(name)?.kind, members.text(name)?);
        match takes {
            Boolean => (kind != Kind::Bool).then(|| of_type(name, "a boolean", kind, text)),
            Decimal(least, most) => of_decimal(name, kind, text, *least, *most),
            Integer(least, most) => of_integer(name, kind, text, *least, *most),
        }
    })
}

fn of_decimal(name: &str, kind: Kind, text: &str, least: f64, most: f64) -> Option<Diagnosis> {
    let number: Option<f64> = if kind == Kind::Number { text.parse().ok() } else { None };
    match number {
        None => Some(of_type(name, "a decimal", kind, text)),
        Some(number) if number < least => Some(of_range(name, text, wires::DECIMAL_BELOW_MIN, ("minimum", least))),
        Some(number) if number > most => Some(of_range(name, text, wires::DECIMAL_ABOVE_MAX, ("maximum", most))),
        Some(_) => None,
    }
}

fn of_integer(name: &str, kind: Kind, text: &str, least: i64, most: i64) -> Option<Diagnosis> {
    let number: Option<f64> = if kind == Kind::Number { text.parse().ok() } else { None };
    let Some(whole) = number.filter(|number| number.fract() == 0.0) else {
        return Some(of_type(name, "an integer", kind, text));
    };
    // Beyond 53 bits a float is not exact; what is written in another way is compared as one.
    let number = text.parse().unwrap_or(whole as i128);
    if number < i128::from(least) {
        return Some(of_range(name, text, wires::INTEGER_BELOW_MIN, ("minimum", least)));
    }
    (number > i128::from(most)).then(|| of_range(name, text, wires::INTEGER_ABOVE_MAX, ("maximum", most)))
}

fn of_type(name: &str, expected: &'static str, kind: Kind, text: &str) -> Diagnosis {
    let got = match kind {
        Kind::Object => "an object",
        Kind::Array => "an array",
        Kind::String => "a string",
        Kind::Number if text.contains(['.', 'e', 'E']) => "a decimal number",
        Kind::Number => "an integer",
        Kind::Bool => "a boolean",
        Kind::Null => "null",
    };
    Diagnosis::new(&causes::PARAM_INVALID_TYPE)
        .param(name)
        .fact("expected", expected)
        .fact("got", got)
        .evidence(format!("{name} is {got}, where {expected} is expected"))
}

fn of_range(name: &str, text: &str, wire: Wire, (bound, value): (&'static str, impl ToString)) -> Diagnosis {
    let value = value.to_string();
    Diagnosis::new(&causes::PARAM_OUT_OF_RANGE)
        .with_wire(wire)
        .param(name)
        .evidence(format!("the {bound} of {name} is {value}; the request had {text}"))
        .fact(bound, value)
        .fact("got", text)
}

#[cfg(test)]
mod tests {
    use tollgate_core::operation::Operation as O;

    use super::*;

    fn told(operation: Operation, body: &str) -> String {
        let members = Members::read(body.as_bytes()).unwrap();
        refused(&members, operation).map_or_else(String::new, |d| {
            format!("{} {} [{}]", d.cause.slug, d.sentence(""), d.wire().code.unwrap_or(""))
        })
    }

    #[test]
    fn what_is_outside_of_a_range_is_told_in_openai_s_words() {
        for (operation, body, expected) in [
            (
                O::ChatCompletions,
                r#"{"temperature": 3}"#,
                "param_out_of_range Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead. [decimal_above_max_value]",
            ),
            (
                O::ChatCompletions,
                r#"{"top_p": -0.1}"#,
                "param_out_of_range Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -0.1 instead. [decimal_below_min_value]",
            ),
            (
                O::ChatCompletions,
                r#"{"max_tokens":-1}"#,
                "param_out_of_range Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got -1 instead. [integer_below_min_value]",
            ),
            (
                O::ChatCompletions,
                r#"{"n":129}"#,
                "param_out_of_range Invalid 'n': integer above maximum value. Expected a value <= 128, but got 129 instead. [integer_above_max_value]",
            ),
            (
                O::Responses,
                r#"{"max_output_tokens":1}"#,
                "param_out_of_range Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead. [integer_below_min_value]",
            ),
            (
                O::ChatCompletions,
                r#"{"max_tokens":"5"}"#,
                "param_invalid_type Invalid type for 'max_tokens': expected an integer, but got a string instead. [invalid_type]",
            ),
            (
                O::ChatCompletions,
                r#"{"temperature":"0.5"}"#,
                "param_invalid_type Invalid type for 'temperature': expected a decimal, but got a string instead. [invalid_type]",
            ),
            (
                O::ChatCompletions,
                r#"{"seed":1.5}"#,
                "param_invalid_type Invalid type for 'seed': expected an integer, but got a decimal number instead. [invalid_type]",
            ),
            (
                O::ChatCompletions,
                r#"{"stream":"true"}"#,
                "param_invalid_type Invalid type for 'stream': expected a boolean, but got a string instead. [invalid_type]",
            ),
            (
                O::Embeddings,
                r#"{"dimensions":0}"#,
                "param_out_of_range Invalid 'dimensions': integer below minimum value. Expected a value >= 1, but got 0 instead. [integer_below_min_value]",
            ),
        ] {
            assert_eq!(told(operation, body), expected, "{body}");
        }
    }

    #[test]
    fn what_is_within_its_range_passes() {
        for body in [
            r#"{"temperature": 2, "top_p": 1.0, "presence_penalty": -2, "n": 1, "max_tokens": 1, "seed": -5, "stream": false}"#,
            r#"{"temperature": null, "max_tokens": null, "logprobs": true, "top_logprobs": 0}"#,
            r#"{"seed": 9223372036854775807, "max_completion_tokens": 1000000}"#,
            r#"{"temperature": 1e-1, "max_tokens": 1.0e2}"#,
            "{}",
        ] {
            assert_eq!(told(O::ChatCompletions, body), "", "{body}");
        }
        assert_eq!(told(O::Completions, r#"{"logprobs": 5, "max_tokens": 0}"#), "");
    }
}

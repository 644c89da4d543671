//! What a provider's refusal says about the request, as facts: its own words stay as they are, and the diagnosis
//! beside them says more.
//!
//! In: a diagnosis and the provider's error object. Out: the diagnosis with the parameter, the values and the name that
//! was likely meant. Only refusals come here.

use serde_json::Value;
use tollgate_core::operation::Operation;
use tollgate_errors::catalog as causes;
use tollgate_errors::{Diagnosis, nearest};
use tollgate_providers::openai::parameters;

/// `d` with what the provider's error says of the request.
pub(super) fn details(d: Diagnosis, body: &[u8], operation: Option<Operation>) -> Diagnosis {
    let Some(error) = tollgate_errors::tree(body) else { return d };
    let member = |name: &str| error["error"].get(name).and_then(Value::as_str).unwrap_or("");
    let (message, param) = (member("message"), member("param"));
    let unknown = (d.cause == &causes::PARAM_UNKNOWN).then(|| unknown_name(message, param)).flatten();
    let d = match (unknown, param) {
        (Some(name), _) => d.param(name).evidence(format!("unknown parameter: {name}")),
        (None, "") => d,
        (None, param) => d.param(param).evidence(format!("param: {param}")),
    };
    match (unknown, operation) {
        (Some(name), Some(operation)) => of_unknown(d, name, operation),
        _ => of_value(d, message),
    }
}

/// The name that is not known: OpenAI names it in `param`, or in the sentence alone.
fn unknown_name<'t>(message: &'t str, param: &'t str) -> Option<&'t str> {
    let supplied = message.split_once("argument supplied: ").or_else(|| message.split_once("arguments supplied: "));
    // Of several, the first.
    let named = supplied.and_then(|(_, names)| names.trim_end_matches('.').split(", ").next());
    let moved = || Some(message.split_once("Unsupported parameter: '")?.1.split_once('\'')?.0);
    named.or_else(moved).or((!param.is_empty()).then_some(param)).filter(|name| name.len() <= 100)
}

fn of_unknown(d: Diagnosis, name: &str, operation: Operation) -> Diagnosis {
    let origin = parameters::origin(name);
    let d = match origin {
        Some(origin) => d.fact("origin", origin).evidence(origin),
        None => d,
    };
    // A name that is known to be another server's is not a misspelling of ours.
    match parameters::likely(operation, name) {
        Some(likely) if origin.is_none() || nearest(name, [likely]).is_none() => {
            d.fact("likely", likely).evidence(format!("perhaps {likely} is meant"))
        }
        _ => d,
    }
}

/// Values and bounds out of OpenAI's sentences.
fn of_value(d: Diagnosis, message: &str) -> Diagnosis {
    let between = |before: &str, after: &str| {
        let rest = message.split_once(before)?.1;
        Some(rest.split_once(after)?.0).filter(|value| !value.is_empty() && value.len() <= 100)
    };
    let fact = |d: Diagnosis, name: &'static str, value: Option<&str>| match value {
        Some(value) => d.fact(name, value),
        None => d,
    };
    let maximum = between("Expected a value <= ", ",").or_else(|| between("maximum length ", ","));
    let d = fact(d, "maximum", maximum.or_else(|| between("less than or equal to ", ".")));
    let d = fact(d, "minimum", between("Expected a value >= ", ",").or_else(|| between("minimum length ", ",")));
    let d = fact(d, "expected", between("expected ", ", but got").or_else(|| between("expected ", ", got")));
    let d = fact(d, "needs", between("is only allowed when ", "."));
    let call = between("output with call_id ", ".").or_else(|| between("found for function call ", "."));
    let d = fact(d, "call", call.filter(|call| !call.contains(' ')));
    let got = between("but got an array with length ", " instead").or_else(|| between("but got ", " instead"));
    let got = got.or_else(|| between("Invalid value: '", "'")).or_else(|| between(", got ", "."));
    let got = got.or_else(|| between("' = ", ". Must be"));
    let d = match between("Invalid value for '", "' = ") {
        Some(param) => d.param(param),
        None => d,
    };
    let supported = message.split_once("Supported values are: ").map(|(_, words)| words.trim_end_matches('.'));
    let d = counted(fact(fact(d, "got", got), "supported", supported), message);
    let d = match value_and_range(&d) {
        Some(evidence) => d.evidence(evidence),
        None => d,
    };
    match (between("Invalid value: '", "'"), message.split_once("Supported values are: ")) {
        (Some(given), Some((_, supported))) => of_word(d, given, supported),
        _ => d,
    }
}

/// Lengths, with what they count.
fn counted(mut d: Diagnosis, message: &str) -> Diagnosis {
    let unit = match () {
        () if d.cause != &causes::PARAM_OUT_OF_RANGE => return d,
        () if message.contains("an array with m") => "elements",
        () if message.contains("a string with m") => "characters",
        () => return d,
    };
    for name in ["got", "minimum", "maximum"] {
        let number = d.fact_value(name).map(|value| value.trim_start_matches("a string with length "));
        if let Some(number) = number.filter(|number| number.bytes().all(|b| b.is_ascii_digit())) {
            let value = if name == "got" { format!("{number} {unit} long") } else { format!("{number} {unit}") };
            d = d.fact(name, value);
        }
    }
    d
}

/// What was sent and what is allowed, where both are known.
fn value_and_range(d: &Diagnosis) -> Option<String> {
    let fact = |name| d.fact_value(name);
    let allowed = match (fact("minimum"), fact("maximum"), fact("expected"), fact("supported")) {
        (Some(minimum), ..) => format!("at least {minimum}"),
        (_, Some(maximum), ..) => format!("at most {maximum}"),
        (.., Some(supported)) => supported.to_owned(),
        (.., Some(expected), None) => expected.to_owned(),
        _ => return None,
    };
    Some(format!("sent: {}; allowed: {allowed}", fact("got")?))
}

/// A word that is not among those supported: the one likely meant.
fn of_word(d: Diagnosis, given: &str, supported: &str) -> Diagnosis {
    let words: Vec<&str> = supported.split('\'').skip(1).step_by(2).collect();
    let other = match given.to_ascii_lowercase().as_str() {
        "human" | "customer" => "user",
        "ai" | "bot" | "model" | "gpt" | "chatgpt" => "assistant",
        "function_call_output" | "tool_result" => "tool",
        "input_text" | "output_text" => "text",
        "input_image" | "image" => "image_url",
        "input_file" => "file",
        _ => "",
    };
    let meant = words.iter().find(|word| **word == other).copied().or_else(|| nearest(given, words.iter().copied()));
    match meant {
        Some(word) => d.fact("likely", word).evidence(format!("perhaps {word} is meant")),
        None => d,
    }
}

#[cfg(test)]
mod tests {
    use tollgate_errors::Cause;

    use super::*;

    fn told(cause: &'static Cause, param: &str, message: &str) -> Diagnosis {
        let body = serde_json::json!({"error": {"message": message, "param": param}}).to_string();
        details(Diagnosis::new(cause), body.as_bytes(), Some(Operation::ChatCompletions))
    }

    #[test]
    fn an_unknown_parameter_is_told_with_its_likely_name_or_its_origin() {
        let misspelt = told(&causes::PARAM_UNKNOWN, "", "Unrecognized request argument supplied: temprature");
        let moved = "Unsupported parameter: 'input'. …, this parameter has moved to 'messages'.";
        assert_eq!(told(&causes::PARAM_UNKNOWN, "", moved).fact_value("likely"), Some("messages"));
        let foreign = told(&causes::PARAM_UNKNOWN, "top_k", "Unknown parameter: 'top_k'.");

        assert_eq!(misspelt.fact_value("likely"), Some("temperature"));
        assert_eq!(misspelt.param_name(), Some("temprature"));
        assert_eq!(foreign.fact_value("likely"), None);
        assert!(foreign.fact_value("origin").is_some_and(|o| o.contains("Ollama")));
    }

    #[test]
    fn values_are_taken_from_openai_s_sentences() {
        let range = "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 130 instead.";
        let kind = "Invalid type for 'seed': expected an integer, but got a string instead.";
        let role = "Invalid value: 'ai'. Supported values are: 'system', 'assistant', and 'user'.";

        let range = told(&causes::PARAM_OUT_OF_RANGE, "n", range);
        let kind = told(&causes::PARAM_INVALID_TYPE, "seed", kind);
        let role = told(&causes::ROLE_UNSUPPORTED, "messages[0].role", role);

        assert_eq!((range.fact_value("maximum"), range.fact_value("got")), (Some("128"), Some("130")));
        assert_eq!((kind.fact_value("expected"), kind.fact_value("got")), (Some("an integer"), Some("a string")));
        assert_eq!((role.fact_value("got"), role.fact_value("likely")), (Some("ai"), Some("assistant")));
    }
}

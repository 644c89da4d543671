//! A refusal: the status and the error object that OpenAI answers a body with that it cannot use.
//!
//! In: what was wrong with which parameter. Out: the JSON of the error, always with its four keys. The texts are
//! OpenAI's own, word for word, because clients match on them: those of parameters were measured on its API in August
//! 2026, the others are quoted in public issues. It knows nothing of causes and remedies, which the gateway adds.

use serde::Serialize;
use serde_json::Value;

use super::write;

/// Why a body was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// OpenAI's sentence.
    pub(super) message: String,
    /// The parameter that is to blame, as a path such as `messages[0].content`.
    pub(super) param: Option<String>,
    /// OpenAI's code.
    pub(super) code: Option<&'static str>,
    kind: &'static str,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: ErrorObject<'a>,
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'a str>,
    code: Option<&'static str>,
}

impl Refusal {
    /// A 400 without parameter and code.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into(), param: None, code: None, kind: "invalid_request_error" }
    }

    /// The same, blaming `param`.
    pub(super) fn about(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The same, with a code.
    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The same, of another type than `invalid_request_error`.
    pub(super) fn of_type(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// The same, with another status than 400.
    pub(super) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The body is no JSON object.
    pub(super) fn not_json() -> Self {
        Self::new(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP \
             library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you \
             have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)",
        )
    }

    /// `param` is required and absent.
    pub(super) fn missing(param: &str) -> Self {
        Self::new(format!("Missing required parameter: '{param}'.")).about(param).code("missing_required_parameter")
    }

    /// `param` is of another type than `expected`, which reads like "an integer".
    pub(super) fn wrong_type(param: &str, expected: &str, got: &Value) -> Self {
        let got = kind(got);
        Self::new(format!("Invalid type for '{param}': expected {expected}, but got {got} instead."))
            .about(param)
            .code("invalid_type")
    }

    /// `param` is none of the words in `supported`, of which there are at least two.
    pub(super) fn unknown_value(param: &str, got: &str, supported: &[&str]) -> Self {
        let supported = listed(supported, "and");
        Self::new(format!("Invalid value: '{got}'. Supported values are: {supported}."))
            .about(param)
            .code("invalid_value")
    }

    /// `param` is an array that must not be empty.
    pub(super) fn empty_array(param: &str) -> Self {
        Self::new(format!(
            "Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead."
        ))
        .about(param)
        .code("empty_array")
    }

    /// `param` is a string that must not be empty.
    pub(super) fn empty_string(param: &str) -> Self {
        Self::new(format!(
            "Invalid '{param}': empty string. Expected a string with minimum length 1, but got an empty string instead."
        ))
        .about(param)
        .code("empty_string")
    }

    /// `param` is an array of `length`, more than `maximum`.
    pub(super) fn array_too_long(param: &str, maximum: usize, length: usize) -> Self {
        Self::new(format!(
            "Invalid '{param}': array too long. Expected an array with maximum length {maximum}, but got an array with \
             length {length} instead."
        ))
        .about(param)
        .code("array_above_max_length")
    }

    /// `param` is an integer below `minimum`.
    pub(super) fn integer_below(param: &str, minimum: i64, got: &Value) -> Self {
        Self::new(format!(
            "Invalid '{param}': integer below minimum value. Expected a value >= {minimum}, but got {got} instead."
        ))
        .about(param)
        .code("integer_below_min_value")
    }

    /// `param` is an integer above `maximum`.
    pub(super) fn integer_above(param: &str, maximum: i64, got: &Value) -> Self {
        Self::new(format!(
            "Invalid '{param}': integer above maximum value. Expected a value <= {maximum}, but got {got} instead."
        ))
        .about(param)
        .code("integer_above_max_value")
    }

    /// `param` is a number below `minimum`.
    pub(super) fn decimal_below(param: &str, minimum: f64, got: &Value) -> Self {
        Self::new(format!(
            "Invalid '{param}': decimal below minimum value. Expected a value >= {minimum}, but got {got} instead."
        ))
        .about(param)
        .code("decimal_below_min_value")
    }

    /// `param` is a number above `maximum`.
    pub(super) fn decimal_above(param: &str, maximum: f64, got: &Value) -> Self {
        Self::new(format!(
            "Invalid '{param}': decimal above maximum value. Expected a value <= {maximum}, but got {got} instead."
        ))
        .about(param)
        .code("decimal_above_max_value")
    }

    /// The JSON of the error.
    pub(super) fn body(&self) -> Vec<u8> {
        write::json(&Envelope {
            error: ErrorObject {
                message: &self.message,
                r#type: self.kind,
                param: self.param.as_deref(),
                code: self.code,
            },
        })
    }
}

/// Words in OpenAI's way of listing them: `'a' and 'b'`, `'a', 'b', and 'c'`.
pub(super) fn listed(words: &[&str], conjunction: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} {conjunction} {two}"),
        [init @ .., last] => format!("{}, {conjunction} {last}", init.join(", ")),
    }
}

/// The kind of a value, as OpenAI names it.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    #[test]
    fn error_has_its_four_keys_even_when_two_are_null() {
        let body = String::from_utf8(Refusal::new("No.").body()).expect("JSON is UTF-8");

        assert_snapshot!(body, @r#"{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":null}}"#);
    }

    #[test]
    fn type_is_named_as_openai_names_it() {
        let refusal = Refusal::wrong_type("seed", "an integer", &json!(1.5));

        assert_snapshot!(refusal.message, @"Invalid type for 'seed': expected an integer, but got a decimal number instead.");
    }

    #[test]
    fn lists_have_a_comma_before_the_last_of_three() {
        assert_eq!(listed(&["a", "b"], "and"), "'a' and 'b'");
        assert_eq!(listed(&["a", "b", "c"], "or"), "'a', 'b', or 'c'");
    }
}

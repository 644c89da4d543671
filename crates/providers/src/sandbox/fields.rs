//! Reading parameters out of a body, each with the check and the refusal that OpenAI has for it.
//!
//! In: a JSON object and where it stands in the body. Out: typed values, or the [`Refusal`] of the first that is wrong.
//! `null` counts as absent, as it does there. Unknown names are refused at the top level; inside objects they pass.

use serde_json::{Map, Value};
use tollgate_core::operation::Operation;

use crate::openai::parameters::parameters;

use super::refusal::{Refusal, listed};

/// The members of one object of the body.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    members: &'a Map<String, Value>,
    path: String,
}

/// Levels of nesting that a body may have, which are those of the parser.
const MOST_LEVELS: usize = 127;

/// The body as an object.
pub(super) fn parse(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Err(error) if error.to_string().starts_with("recursion limit") => Err(Refusal::new(format!(
            "We could not parse the JSON body of your request: at line {} column {} it is nested deeper than {MOST_LEVELS} \
             levels.",
            error.line(),
            error.column()
        ))),
        _ => Err(Refusal::not_json()),
    }
}

/// Refuses names at the top level that OpenAI does not know there, in the words of each API: those of the first are
/// older and have neither code nor parameter.
pub(super) fn check_names(body: &Map<String, Value>, operation: Operation) -> Result<(), Refusal> {
    let known = parameters(operation);
    let unknown: Vec<&str> = body.keys().map(String::as_str).filter(|name| !known.contains(name)).collect();
    match (unknown.as_slice(), operation) {
        ([], _) => Ok(()),
        _ if known.is_empty() => Ok(()),
        (names, Operation::Responses) if names.contains(&"messages") => Err(Refusal::new(
            "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again with \
             the new parameter. See the API documentation for more information: \
             https://platform.openai.com/docs/api-reference/responses/create.",
        )
        .code("unsupported_parameter")),
        ([name, ..], Operation::Responses | Operation::InputTokens) => {
            Err(Refusal::new(format!("Unknown parameter: '{name}'.")).about(*name).code("unknown_parameter"))
        }
        ([name], _) => Err(Refusal::new(format!("Unrecognized request argument supplied: {name}"))),
        (names, _) => Err(Refusal::new(format!("Unrecognized request arguments supplied: {}", names.join(", ")))),
    }
}

impl<'a> Fields<'a> {
    /// The body itself.
    pub(super) fn of_body(members: &'a Map<String, Value>) -> Self {
        Self { members, path: String::new() }
    }

    /// The value at `path`, which must be an object (said as `expected`, for example "an object").
    pub(super) fn of_value(value: &'a Value, path: String, expected: &str) -> Result<Self, Refusal> {
        match value {
            Value::Object(members) => Ok(Self { members, path }),
            other => Err(Refusal::wrong_type(&path, expected, other)),
        }
    }

    /// The path of a member, as errors name it.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The path of the object itself.
    pub(super) fn whole(&self) -> &str {
        &self.path
    }

    /// The names of the members.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.keys().map(String::as_str)
    }

    /// The member, unless absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// The member even if it is null.
    pub(super) fn get_or_null(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }

    /// The member, which must be there.
    pub(super) fn required(&self, name: &str) -> Result<&'a Value, Refusal> {
        self.members.get(name).ok_or_else(|| Refusal::missing(&self.path(name)))
    }

    /// A string that must be there.
    pub(super) fn required_string(&self, name: &str) -> Result<&'a str, Refusal> {
        let value = self.required(name)?;
        value.as_str().ok_or_else(|| Refusal::wrong_type(&self.path(name), "a string", value))
    }

    /// A string.
    pub(super) fn string(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.typed(name, "a string", Value::as_str)
    }

    /// A boolean.
    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.typed(name, "a boolean", Value::as_bool)
    }

    /// An integer from `minimum` to `maximum`.
    pub(super) fn integer(&self, name: &str, minimum: i64, maximum: i64) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let path = self.path(name);
        if value.is_u64() && value.as_i64().is_none() {
            return Err(Refusal::integer_above(&path, maximum, value));
        }
        // Beyond 64 bits an integer is read as a decimal number.
        let huge = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() >= i64::MAX as f64);
        match value.as_i64() {
            None if huge.is_some_and(|number| number > 0.0) => Err(Refusal::integer_above(&path, maximum, value)),
            None if huge.is_some() => Err(Refusal::integer_below(&path, minimum, value)),
            None => Err(Refusal::wrong_type(&path, "an integer", value)),
            Some(integer) if integer < minimum => Err(Refusal::integer_below(&path, minimum, value)),
            Some(integer) if integer > maximum => Err(Refusal::integer_above(&path, maximum, value)),
            Some(integer) => Ok(Some(integer)),
        }
    }

    /// A count of tokens: an integer of at least `minimum`. What is beyond 32 bits is as good as no ceiling.
    pub(super) fn tokens(&self, name: &str, minimum: i64) -> Result<Option<u32>, Refusal> {
        let integer = self.integer(name, minimum, i64::MAX)?;
        Ok(integer.map(|integer| u32::try_from(integer).unwrap_or(u32::MAX)))
    }

    /// A number from `minimum` to `maximum`, as the body has it.
    pub(super) fn decimal(&self, name: &str, minimum: f64, maximum: f64) -> Result<Option<&'a Value>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let path = self.path(name);
        match value.as_f64() {
            None => Err(Refusal::wrong_type(&path, "a decimal", value)),
            Some(decimal) if decimal < minimum => Err(Refusal::decimal_below(&path, minimum, value)),
            Some(decimal) if decimal > maximum => Err(Refusal::decimal_above(&path, maximum, value)),
            Some(_) => Ok(Some(value)),
        }
    }

    /// An object.
    pub(super) fn object(&self, name: &str) -> Result<Option<Fields<'a>>, Refusal> {
        self.get(name).map(|value| Fields::of_value(value, self.path(name), "an object")).transpose()
    }

    /// An array, of which the refusal says that it is `expected`, for example "an array of objects".
    pub(super) fn array(&self, name: &str, expected: &str) -> Result<Option<&'a [Value]>, Refusal> {
        self.typed(name, expected, |value| value.as_array().map(Vec::as_slice))
    }

    /// Refuses `name`, the value of `member`, unless it is made of the letters and as short as OpenAI wants names.
    pub(super) fn check_identifier(&self, member: &str, name: &str) -> Result<(), Refusal> {
        const LONGEST: usize = 64;
        let path = self.path(member);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(Refusal::new(format!(
                "Invalid '{path}': string does not match pattern. Expected a string that matches the pattern \
                 '^[a-zA-Z0-9_-]+$'."
            ))
            .about(path)
            .code("invalid_value"));
        }
        check_length(&path, name, LONGEST)
    }

    /// A string of at most so many characters.
    pub(super) fn short_string(&self, name: &str, longest: usize) -> Result<Option<&'a str>, Refusal> {
        let text = self.string(name)?;
        text.map_or(Ok(()), |text| check_length(&self.path(name), text, longest))?;
        Ok(text)
    }

    /// One of a set of at least two words.
    pub(super) fn word(&self, name: &str, supported: &[&str]) -> Result<Option<&'a str>, Refusal> {
        let expected = format!("one of {}", listed(supported, "or"));
        match self.typed(name, &expected, Value::as_str)? {
            Some(word) if !supported.contains(&word) => Err(Refusal::unknown_value(&self.path(name), word, supported)),
            word => Ok(word),
        }
    }

    /// A word of a set, which must be there.
    pub(super) fn required_word(&self, name: &str, supported: &[&str]) -> Result<&'a str, Refusal> {
        self.word(name, supported)?.ok_or_else(|| Refusal::missing(&self.path(name)))
    }

    /// Up to four texts that end the output: a string or an array of strings, none of them empty.
    pub(super) fn stops(&self, name: &str) -> Result<Vec<&'a str>, Refusal> {
        const MAXIMUM: usize = 4;
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let path = self.path(name);
        let stops = match value {
            Value::String(stop) => vec![stop.as_str()],
            Value::Array(items) if items.is_empty() => return Err(Refusal::empty_array(&path)),
            Value::Array(items) if items.len() > MAXIMUM => {
                return Err(Refusal::array_too_long(&path, MAXIMUM, items.len()));
            }
            Value::Array(items) => {
                let mut stops = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let stop = item.as_str();
                    stops.push(stop.ok_or_else(|| Refusal::wrong_type(&format!("{path}[{index}]"), "a string", item))?);
                }
                stops
            }
            other => return Err(Refusal::wrong_type(&path, "one of a string or array of strings", other)),
        };
        match stops.iter().position(|stop| stop.is_empty()) {
            None => Ok(stops),
            Some(_) if value.is_string() => Err(Refusal::empty_string(&path)),
            Some(index) => Err(Refusal::empty_string(&format!("{path}[{index}]"))),
        }
    }

    fn typed<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(Refusal::wrong_type(&self.path(name), expected, value)),
        }
    }
}

/// Refuses a text of more than so many characters.
pub(super) fn check_length(path: &str, text: &str, longest: usize) -> Result<(), Refusal> {
    match text.chars().count() {
        length if length > longest => Err(Refusal::new(format!(
            "Invalid '{path}': string too long. Expected a string with maximum length {longest}, but got a string with \
             length {length} instead."
        ))
        .about(path)
        .code("string_above_max_length")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn refused<T: std::fmt::Debug>(body: &Value, read: impl Fn(&Fields<'_>) -> Result<T, Refusal>) -> String {
        let fields = Fields::of_value(body, String::new(), "an object").expect("the test gives an object");
        let refusal = read(&fields).expect_err("the test expects a refusal");
        format!("{} [{} {}]", refusal.message, refusal.param.unwrap_or_default(), refusal.code.unwrap_or_default())
    }

    #[test]
    fn null_counts_as_absent() {
        let body = json!({ "n": null, "stop": null });
        let fields = Fields::of_value(&body, String::new(), "an object").expect("an object");

        assert_eq!(fields.integer("n", 1, 128), Ok(None));
        assert_eq!(fields.stops("stop"), Ok(Vec::new()));
    }

    #[test]
    fn integers_are_held_to_their_range() {
        assert_snapshot!(refused(&json!({ "n": 0 }), |f| f.integer("n", 1, 128)),
            @"Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead. [n integer_below_min_value]");
        assert_snapshot!(refused(&json!({ "n": 130 }), |f| f.integer("n", 1, 128)),
            @"Invalid 'n': integer above maximum value. Expected a value <= 128, but got 130 instead. [n integer_above_max_value]");
        assert_snapshot!(refused(&json!({ "n": "2" }), |f| f.integer("n", 1, 128)),
            @"Invalid type for 'n': expected an integer, but got a string instead. [n invalid_type]");
    }

    #[test]
    fn decimals_are_held_to_their_range() {
        assert_snapshot!(refused(&json!({ "temperature": 3 }), |f| f.decimal("temperature", 0.0, 2.0).map(drop)),
            @"Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead. [temperature decimal_above_max_value]");
        assert_snapshot!(refused(&json!({ "temperature": "hot" }), |f| f.decimal("temperature", 0.0, 2.0).map(drop)),
            @"Invalid type for 'temperature': expected a decimal, but got a string instead. [temperature invalid_type]");
    }

    #[test]
    fn words_are_listed_in_the_refusal() {
        assert_snapshot!(refused(&json!({ "verbosity": "huge" }), |f| f.word("verbosity", &["low", "medium", "high"]).map(drop)),
            @"Invalid value: 'huge'. Supported values are: 'low', 'medium', and 'high'. [verbosity invalid_value]");
    }

    #[test]
    fn more_than_four_stops_are_refused() {
        assert_snapshot!(refused(&json!({ "stop": ["a", "b", "c", "d", "e"] }), |f| f.stops("stop").map(|s| s.len())),
            @"Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead. [stop array_above_max_length]");
    }
}

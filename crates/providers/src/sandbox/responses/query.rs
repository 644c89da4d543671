//! The query of a request about a stored response.
//!
//! In: what stands behind the `?`. Out: parameters by their names, each with the check and the refusal of a body's.

use serde_json::Value;

use crate::sandbox::refusal::Refusal;

/// The parameters of a query.
pub(super) struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// Of its text.
    pub(super) fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// The value of a name; the first counts.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(given, _)| decoded(given) == name).map(|(_, value)| decoded(value))
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name).as_deref() {
            None | Some("" | "false" | "False" | "0") => Ok(false),
            Some("true" | "True" | "1") => Ok(true),
            Some(other) => Err(Refusal::wrong_type(name, "a boolean", &other.into())),
        }
    }

    /// An integer from `minimum` to `maximum`.
    pub(super) fn integer(&self, name: &str, minimum: i64, maximum: i64) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        match text.parse::<i64>() {
            Err(_) => Err(Refusal::wrong_type(name, "an integer", &text.into())),
            Ok(number) if number < minimum => Err(Refusal::integer_below(name, minimum, &Value::from(number))),
            Ok(number) if number > maximum => Err(Refusal::integer_above(name, maximum, &Value::from(number))),
            Ok(number) => Ok(Some(number)),
        }
    }

    /// One of two words or more.
    pub(super) fn word(&self, name: &str, supported: &[&str]) -> Result<Option<String>, Refusal> {
        match self.text(name).filter(|text| !text.is_empty()) {
            Some(word) if !supported.contains(&word.as_str()) => Err(Refusal::unknown_value(name, &word, supported)),
            word => Ok(word),
        }
    }
}

/// `%XX` and `+`, as forms write them.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes().iter();
    while let Some(&byte) = bytes.next() {
        let rest = bytes.as_slice();
        let hex = (byte == b'%').then(|| rest.get(..2)).flatten().and_then(|two| std::str::from_utf8(two).ok());
        match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (_, Some(escaped)) => {
                out.push(escaped);
                bytes.nth(1);
            }
            (b'+', None) => out.push(b' '),
            (byte, None) => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_by_name_and_decoded() {
        let query = Query::of("limit=2&after=msg_%31+x&include%5B%5D=a&flag");

        assert_eq!(query.text("after").as_deref(), Some("msg_1 x"));
        assert_eq!(query.text("include[]").as_deref(), Some("a"));
        assert_eq!((query.text("flag").as_deref(), query.text("none")), (Some(""), None));
        assert_eq!(query.integer("limit", 1, 100), Ok(Some(2)));
    }

    #[test]
    fn parameters_are_checked() {
        let query = Query::of("limit=0&order=up&stream=perhaps&after=x");

        for (refused, message) in [
            (query.integer("limit", 1, 100).err(), "Invalid 'limit': integer below minimum value."),
            (query.integer("after", 1, 100).err(), "Invalid type for 'after': expected an integer, but got a string"),
            (
                query.word("order", &["asc", "desc"]).err(),
                "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.",
            ),
            (query.boolean("stream").err(), "Invalid type for 'stream': expected a boolean"),
        ] {
            let refusal = refused.expect("it is refused");
            assert!(refusal.message.starts_with(message), "{}", refusal.message);
        }
    }
}

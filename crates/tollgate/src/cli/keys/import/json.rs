//! Objects: in an array, or one after the other (JSON Lines).

use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

use super::entry::{Members, Wrong};

/// Every entry with the line it begins in. A text that is no JSON ends the list there.
pub(super) fn read(text: &str) -> Vec<Result<(usize, Members), Wrong>> {
    let mut places = Places { text, at: 0, line: 1 };
    if !text.trim_start().starts_with('[') {
        let objects = Deserializer::from_str(text).into_iter::<&RawValue>();
        return objects.map(|object| object.map_err(|error| no_json(&error)).and_then(|o| places.one(o))).collect();
    }
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(objects) => objects.into_iter().map(|object| places.one(object)).collect(),
        Err(error) => vec![Err(no_json(&error))],
    }
}

/// The words of the reader without the place, which has its own, and without the text, which may be secret.
fn no_json(error: &serde_json::Error) -> Wrong {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    Wrong::at(error.line().max(1), format!("this is not JSON: {what}"))
}

/// Counts lines on the way through the text.
struct Places<'a> {
    text: &'a str,
    /// Bytes that are counted.
    at: usize,
    /// The line that the next byte is in.
    line: usize,
}

impl Places<'_> {
    fn one(&mut self, object: &RawValue) -> Result<(usize, Members), Wrong> {
        let line = self.line_of(object.get());
        match serde_json::from_str(object.get()) {
            Ok(Value::Object(members)) => Ok((line, members)),
            Ok(_) => Err(Wrong::at(line, "expected an object with digest and name")),
            Err(error) => Err(Wrong { line: line - 1 + error.line(), ..no_json(&error) }),
        }
    }

    /// The line in which a part of the text begins that lies behind the one before.
    fn line_of(&mut self, part: &str) -> usize {
        let begin = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let passed = self.text.as_bytes().get(self.at..begin).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.at = begin;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Result<usize, usize>> {
        read(text).into_iter().map(|one| one.map(|(line, _)| line).map_err(|wrong| wrong.line)).collect()
    }

    #[test]
    fn objects_of_an_array_and_of_lines_know_where_they_begin() {
        assert_eq!(lines("[\n {\"a\":\n1},\n\n {}, 7\n]"), [Ok(2), Ok(5), Err(5)]);
        assert_eq!(lines("{}\n{\n\"a\": 1}\n\n[]\n"), [Ok(1), Ok(2), Err(5)]);
        assert_eq!(lines("[]"), []);
    }

    #[test]
    fn a_text_that_is_no_json_is_told_with_its_line() {
        assert_eq!(lines("[{},\n{]"), [Err(2)]);
        assert_eq!(lines("{}\n{\"a\" 1}\n{}"), [Ok(1), Err(2)]);
        let read = read("[{\"digest\": sk-secret}]");
        assert!(!format!("{read:?}").contains("secret"));
    }
}

//! Reads a TOML text into a tree.
//!
//! In: the text and the file's name. Out: the tree, every value with its line and column; or all syntax errors. It
//! does not open the file and does not know which settings exist.

use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::tree::{Node, Origin, Value};

/// At most so many syntax errors are reported: one missing quote can make every line after it wrong.
const MOST_ERRORS: usize = 20;

/// The tree of a TOML text.
///
/// # Errors
/// Its syntax errors, in the order of the text.
pub(crate) fn read(path: &str, text: &str) -> Result<Node, Vec<Problem>> {
    let places = Places::new(path, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let at = places.at(&(0..0));
        return Ok(Node::new(at, places.table(table.into_inner())));
    }
    Err(errors
        .iter()
        .take(MOST_ERRORS)
        .map(|error| {
            // The text itself is not quoted: the line may hold a secret.
            let at = places.at(&error.span().unwrap_or(0..0));
            Problem::syntax(at, error.message().lines().collect::<Vec<_>>().join(", "))
        })
        .collect())
}

/// What can be made out of a TOML text, also of one that is wrong.
pub(crate) fn read_leniently(text: &str) -> Node {
    let (table, _) = DeTable::parse_recoverable(text);
    Node::new(Origin::Default, Places::new("", text).table(table.into_inner()))
}

/// Turns byte ranges into lines and columns.
struct Places<'a> {
    path: Arc<str>,
    text: &'a str,
    /// Byte at which each line begins.
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(path: &str, text: &'a str) -> Self {
        let lines = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text, lines }
    }

    fn at(&self, span: &Range<usize>) -> Origin {
        let byte = span.start.min(self.text.len());
        let line = self.lines.partition_point(|begin| *begin <= byte);
        let begin = self.lines[line - 1];
        let column = 1 + self.text.get(begin..byte).map_or(byte - begin, |before| before.chars().count());
        Origin::File { path: self.path.clone(), line, column }
    }

    fn table(&self, table: DeTable<'_>) -> Value {
        let nodes = table.into_iter().map(|(key, value)| {
            let key_at = self.at(&key.span());
            let at = self.at(&value.span());
            (key.into_inner().into_owned(), Node { key_at, at, value: self.value(value.into_inner()) })
        });
        Value::Table(nodes.collect())
    }

    fn value(&self, value: DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(|_| Value::Number(number.to_string()), Value::Integer),
            DeValue::Float(number) => Value::Number(number.to_string()),
            DeValue::Boolean(yes) => Value::Boolean(yes),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Array(list) => Value::List(
                list.into_iter()
                    .map(|element| Node::new(self.at(&element.span()), self.value(element.into_inner())))
                    .collect(),
            ),
            DeValue::Table(table) => self.table(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tree::Path;

    #[test]
    fn a_value_knows_its_line_and_column_in_characters() {
        let tree = read("f.toml", "# é\n[limits]\n\"ü\" = 1 \nbody =  \"1MiB\"\n").unwrap();

        let node = tree.get(&Path::to("limits").key("body")).unwrap();

        assert_eq!(node.key_at.to_string(), "f.toml:4:1");
        assert_eq!(node.at.to_string(), "f.toml:4:9");
    }

    #[test]
    fn all_syntax_errors_are_told() {
        let problems = read("f.toml", "a = \nb = [\nlisten = \"x\n").unwrap_err();

        assert!(problems.len() > 1, "{problems:?}");
    }
}

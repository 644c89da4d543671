//! The part of an address behind the question mark.
//!
//! In: its text, and the parameters that an endpoint knows. Out: [`Query`]: texts, numbers in their range, lists. Lists come
//! as `name[]=a&name[]=b`, as `name=a&name=b` or as `name=a,b`; objects as `name[gt]=1`. An unknown name is refused, as an
//! unknown field of a body is.

use super::shape::{ShapeError, TIME_MAX};

/// A parameter that an endpoint knows.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name, without brackets.
    pub name: &'static str,
    /// What it may hold.
    pub kind: ParameterKind,
    /// What it means, in a sentence.
    pub doc: &'static str,
}

/// What a parameter may hold.
#[derive(Debug, Clone, Copy)]
pub enum ParameterKind {
    /// A text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number in this range; the last one holds where none is given.
    Integer(i64, i64, Option<i64>),
    /// A moment, in Unix seconds.
    Time,
    /// True or false.
    Bool,
    /// Any number of texts, up to 100.
    Texts,
    /// Members `gt`, `gte`, `lt` and `lte`, each a time in Unix seconds.
    Times,
}

/// How many rows a page has.
pub const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: ParameterKind::Integer(1, 100, Some(20)),
    doc: "How many objects to return at most.",
};
/// Where a page begins.
pub const AFTER: Parameter = Parameter {
    name: "after",
    kind: ParameterKind::Text,
    doc: "Where to go on: the id of the last object of the page before, or its `next`.",
};
/// Which comes first.
pub const ORDER: Parameter =
    Parameter { name: "order", kind: ParameterKind::Word(&["asc", "desc"]), doc: "Oldest or newest first." };

/// Texts of one list at most.
const TEXTS_MAX: usize = 100;

/// The parameters of a request, checked.
#[derive(Debug, Clone, Default)]
pub struct Query {
    given: Vec<(String, String)>,
    known: &'static [Parameter],
}

impl Query {
    /// Reads and checks the text behind the question mark.
    ///
    /// # Errors
    /// A parameter is not known, or holds what it may not.
    pub fn read(text: &str, known: &'static [Parameter]) -> Result<Self, ShapeError> {
        let mut given = Vec::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let (bare, inner) = match name.split_once('[') {
                Some((bare, inner)) => (bare, inner.strip_suffix(']')),
                None => (name.as_ref(), None),
            };
            let Some(parameter) = known.iter().find(|parameter| parameter.name == bare) else {
                let nearest = tollgate_errors::nearest(bare, known.iter().map(|parameter| parameter.name));
                return Err(ShapeError::Unknown { name: cut(&name), nearest });
            };
            let name = match (parameter.kind, inner) {
                (ParameterKind::Times, Some(member @ ("gt" | "gte" | "lt" | "lte"))) => format!("{bare}[{member}]"),
                (ParameterKind::Times, _) => {
                    return Err(outside(
                        bare,
                        format!("written as '{}'", cut(&name)),
                        "effective_at[gt], [gte], [lt], [lte]",
                    ));
                }
                (ParameterKind::Texts, None | Some("")) | (_, None) => bare.to_owned(),
                // Some clients number the entries of a list.
                (ParameterKind::Texts, Some(number)) if number.bytes().all(|b| b.is_ascii_digit()) => bare.to_owned(),
                _ => return Err(ShapeError::Unknown { name: cut(&name), nearest: Some(parameter.name) }),
            };
            check(parameter, &name, &value)?;
            given.push((name, value.into_owned()));
        }
        let query = Self { given, known };
        query.refuse_repeated()?;
        Ok(query)
    }

    /// A text, where one was given.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.given.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A number, or the one that holds where none is given.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        let usual = || match self.known.iter().find(|parameter| parameter.name == name)?.kind {
            ParameterKind::Integer(_, _, usual) => usual,
            _ => None,
        };
        self.text(name).and_then(|text| text.parse().ok()).or_else(usual)
    }

    /// A yes or no.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|text| text.eq_ignore_ascii_case("true") || text == "1")
    }

    /// A list.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<String> {
        let of_name = self.given.iter().filter(|(given, _)| given == name);
        of_name.flat_map(|(_, value)| value.split(',')).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    fn refuse_repeated(&self) -> Result<(), ShapeError> {
        for parameter in self.known {
            let count = self.given.iter().filter(|(given, _)| given == parameter.name).count();
            match parameter.kind {
                ParameterKind::Texts if self.texts(parameter.name).len() > TEXTS_MAX => {
                    let found = format!("{} entries long", self.texts(parameter.name).len());
                    return Err(outside(parameter.name, found, "at most 100 entries"));
                }
                ParameterKind::Texts => {}
                _ if count > 1 => {
                    return Err(outside(parameter.name, format!("given {count} times"), "one value"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn check(parameter: &Parameter, name: &str, value: &str) -> Result<(), ShapeError> {
    let shown = cut(value);
    match parameter.kind {
        // What a variable of a script becomes that is not set: it must not widen what is asked for.
        _ if value.is_empty() => Err(outside(name, "empty".to_owned(), "a value; or leave it out")),
        _ if value.contains('\0') => Err(outside(name, "a text with a zero byte in it".to_owned(), "text")),
        ParameterKind::Text | ParameterKind::Texts => Ok(()),
        ParameterKind::Word(words) if words.contains(&value) => Ok(()),
        ParameterKind::Word(words) => Err(outside(name, format!("'{shown}'"), &words.join(" or "))),
        ParameterKind::Bool if ["true", "false", "0", "1", "True", "False"].contains(&value) => Ok(()),
        ParameterKind::Bool => Err(outside(name, format!("'{shown}'"), "true or false")),
        ParameterKind::Integer(least, most, _) => match value.parse::<i64>() {
            Ok(found) if (least..=most).contains(&found) => Ok(()),
            _ => Err(outside(name, format!("'{shown}'"), &format!("a whole number from {least} to {most}"))),
        },
        ParameterKind::Times | ParameterKind::Time => match value.parse::<i64>() {
            Ok(found) if (0..=TIME_MAX).contains(&found) => Ok(()),
            _ => Err(outside(name, format!("'{shown}'"), &format!("a time in Unix seconds from 0 to {TIME_MAX}"))),
        },
    }
}

fn outside(name: &str, what: String, allowed: &str) -> ShapeError {
    ShapeError::Value { name: name.to_owned(), what, allowed: allowed.to_owned() }
}

fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Parameter] = &[
        LIMIT,
        AFTER,
        Parameter { name: "emails", kind: ParameterKind::Texts, doc: "" },
        Parameter { name: "effective_at", kind: ParameterKind::Times, doc: "" },
        Parameter { name: "include_archived", kind: ParameterKind::Bool, doc: "" },
    ];

    #[test]
    fn lists_come_in_four_spellings() {
        for text in ["emails[]=a&emails[]=b", "emails=a&emails=b", "emails=a,b", "emails%5B0%5D=a&emails%5B1%5D=b"] {
            assert_eq!(Query::read(text, KNOWN).unwrap().texts("emails"), ["a", "b"], "{text}");
        }
    }

    #[test]
    fn what_is_not_given_has_its_usual_value() {
        let query = Query::read("effective_at[gte]=5", KNOWN).unwrap();

        assert_eq!(query.integer("limit"), Some(20));
        assert_eq!(query.text("after"), None);
        assert_eq!(query.text("effective_at[gte]"), Some("5"));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (text, expected) in [
            ("limit=0", r#""limit" is '0'"#),
            ("limit=101", r#""limit" is '101'"#),
            ("limit=1&limit=2", r#""limit" is given 2 times"#),
            ("limit=", r#""limit" is empty"#),
            ("after=", r#""after" is empty"#),
            ("emails[]=", r#""emails" is empty"#),
            ("limt=5", r#"unknown field "limt""#),
            ("effective_at=5", r#""effective_at" is written as 'effective_at'"#),
            ("effective_at[gt]=soon", r#""effective_at[gt]" is 'soon'"#),
            ("include_archived=maybe", r#""include_archived" is 'maybe'"#),
            ("after[]=x", r#"unknown field "after[]""#),
        ] {
            assert_eq!(Query::read(text, KNOWN).unwrap_err().to_string(), expected, "{text}");
        }
    }
}

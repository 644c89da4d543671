//! What a request body or an answer looks like, as data: read by the check of every body, and a JSON Schema by [`schema`].
//!
//! In: [`Field`]s, and a body's bytes. Out: a [`Body`] whose fields have the types that the shape says, or exactly what is
//! wrong with it. An unknown field is refused, with the name that was likely meant: what is ignored in silence looks done.

mod once;

use serde_json::{Map, Value as Json, json};

/// One member of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// Whether it has to be there.
    pub required: bool,
    /// Whether it may be `null`; of a request that counts as left out.
    pub nullable: bool,
    /// What it means, in a sentence.
    pub doc: &'static str,
}

/// What a member may hold.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text of at most so many characters, and at least one.
    Text(usize),
    /// A name: the same in one line of printable text, and not of blanks alone.
    Name(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number in this range.
    Integer(i64, i64),
    /// A moment, in Unix seconds.
    Time,
    /// True or false.
    Bool,
    /// At most so many texts, each of at most so many characters.
    Texts(usize, usize),
    /// At most so many objects.
    Objects(&'static [Field], usize),
    /// An object.
    Object(&'static [Field]),
    /// An object of texts: so many entries, names and values of so many characters.
    Metadata,
    /// An object whose members the answer alone decides; of a request, one whose members are checked elsewhere.
    Free,
    /// A text of at most so many characters that nobody is to see: no command takes it among its arguments.
    Secret(usize),
}

/// A moment, in Unix seconds.
pub const TIME: Kind = Kind::Time;

/// The last moment that a request may name: the end of the year 9998. What lies behind is milliseconds, as a rule, and the last
/// days of 9999 cannot be written as a date everywhere on earth.
pub const TIME_MAX: i64 = 253_370_764_799;

impl Field {
    /// A member that has to be there.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, required: true, nullable: false, doc }
    }

    /// A member that may be left out, or be `null`.
    #[must_use]
    pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { required: false, nullable: true, ..Self::new(name, kind, doc) }
    }

    /// A member that may be left out, and is not `null` where it is there.
    #[must_use]
    pub const fn given(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { required: false, ..Self::new(name, kind, doc) }
    }

    /// A member that is always there, and may be `null`.
    #[must_use]
    pub const fn nullable(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { nullable: true, ..Self::new(name, kind, doc) }
    }
}

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// It is not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It is JSON, but not an object.
    #[error("not an object")]
    NotAnObject,
    /// It has a member that is not known here.
    #[error("unknown field {name:?}")]
    Unknown {
        /// Where it stands.
        name: String,
        /// The name that was likely meant.
        nearest: Option<&'static str>,
    },
    /// A member is missing.
    #[error("missing {0:?}")]
    Missing(String),
    /// A member is of another type.
    #[error("{name:?}: expected {expected}, found {found}")]
    Type {
        /// Which.
        name: String,
        /// What is expected.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// A member's value is outside what is allowed.
    #[error("{name:?} is {what}")]
    Value {
        /// Which.
        name: String,
        /// What it is, to stand behind "is".
        what: String,
        /// What is allowed.
        allowed: String,
    },
}

/// A body that is as its shape says.
#[derive(Debug, Clone, Default)]
pub struct Body(Map<String, Json>);

impl Body {
    /// Checks a body. No byte at all is an empty object where nothing has to be there.
    ///
    /// # Errors
    /// See [`ShapeError`].
    pub fn read(bytes: &[u8], fields: &[Field]) -> Result<Self, ShapeError> {
        let trimmed = bytes.trim_ascii();
        let value = match trimmed.is_empty() {
            true => json!({}),
            false => once::value(trimmed).map_err(|error| ShapeError::NotJson(error.to_string()))?,
        };
        let Json::Object(members) = value else { return Err(ShapeError::NotAnObject) };
        check_object(&members, fields, "")?;
        Ok(Self(members))
    }

    /// Whether a member is there and not `null`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// A text that may be left out.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Json::as_str)
    }

    /// A number that may be left out.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Json::as_i64)
    }

    /// A yes or no that may be left out.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Json::as_bool)
    }

    /// A list of texts that may be left out.
    #[must_use]
    pub fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let list = self.0.get(name)?.as_array()?;
        Some(list.iter().filter_map(Json::as_str).collect())
    }

    /// Any member as it is.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The members, for the audit log: what was asked for.
    #[must_use]
    pub fn members(&self) -> &Map<String, Json> {
        &self.0
    }
}

fn check_object(members: &Map<String, Json>, fields: &[Field], path: &str) -> Result<(), ShapeError> {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for name in members.keys() {
        if !fields.iter().any(|field| field.name == name) {
            let nearest = tollgate_errors::nearest(name, fields.iter().map(|field| field.name));
            return Err(ShapeError::Unknown { name: at(name), nearest });
        }
    }
    for field in fields {
        match members.get(field.name) {
            None if field.required => return Err(ShapeError::Missing(at(field.name))),
            None => {}
            Some(Json::Null) if field.nullable => {}
            Some(value) => check(value, field.kind, &at(field.name))?,
        }
    }
    Ok(())
}

fn check(value: &Json, kind: Kind, name: &str) -> Result<(), ShapeError> {
    let wrong = |expected| Err(ShapeError::Type { name: name.to_owned(), expected, found: type_of(value) });
    let outside = |what: String, allowed: String| Err(ShapeError::Value { name: name.to_owned(), what, allowed });
    match (kind, value) {
        (Kind::Text(most), Json::String(text)) => match text.chars().count() {
            0 => outside("empty".to_owned(), format!("a text of 1 to {most} characters")),
            found if found > most => {
                outside(format!("{found} characters long"), format!("a text of 1 to {most} characters"))
            }
            _ => Ok(()),
        },
        (Kind::Secret(most), _) => check(value, Kind::Text(most), name),
        (Kind::Name(most), Json::String(text)) => match why_no_name(text) {
            Some(what) => outside(what, format!("a name of 1 to {most} printable characters, in one line")),
            None => check(value, Kind::Text(most), name),
        },
        (Kind::Text(_) | Kind::Name(_), _) => wrong("a string"),
        (Kind::Word(words), Json::String(text)) if words.contains(&text.as_str()) => Ok(()),
        (Kind::Word(words), Json::String(text)) => {
            let shown: String = text.chars().take(64).collect();
            outside(format!("'{shown}'"), quoted(words))
        }
        (Kind::Word(_), _) => wrong("a string"),
        (Kind::Integer(least, most), Json::Number(number)) => match number.as_i64() {
            Some(found) if (least..=most).contains(&found) => Ok(()),
            Some(found) => outside(format!("{found}"), format!("a whole number from {least} to {most}")),
            None if number.is_f64() => wrong("an integer"),
            None => outside(format!("{number}"), format!("a whole number from {least} to {most}")),
        },
        (Kind::Time, Json::Number(_)) => check(value, Kind::Integer(0, TIME_MAX), name),
        (Kind::Integer(..) | Kind::Time, _) => wrong("an integer"),
        (Kind::Bool, Json::Bool(_)) => Ok(()),
        (Kind::Bool, _) => wrong("a boolean"),
        (Kind::Texts(most, length), Json::Array(list)) => {
            if list.len() > most {
                return outside(format!("{} entries long", list.len()), format!("at most {most} entries"));
            }
            list.iter().enumerate().try_for_each(|(at, one)| check(one, Kind::Text(length), &format!("{name}[{at}]")))
        }
        (Kind::Objects(fields, most), Json::Array(list)) => {
            if list.len() > most {
                return outside(format!("{} entries long", list.len()), format!("at most {most} entries"));
            }
            list.iter().enumerate().try_for_each(|(at, one)| check(one, Kind::Object(fields), &format!("{name}[{at}]")))
        }
        (Kind::Texts(..) | Kind::Objects(..), _) => wrong("an array"),
        (Kind::Object(fields), Json::Object(members)) => check_object(members, fields, name),
        (Kind::Metadata, Json::Object(members)) => check_metadata(members, name),
        (Kind::Free, Json::Object(_)) => Ok(()),
        (Kind::Object(_) | Kind::Metadata | Kind::Free, _) => wrong("an object"),
    }
}

/// As OpenAI's objects have it: 16 entries, names of 64 and values of 512 characters.
fn check_metadata(members: &Map<String, Json>, name: &str) -> Result<(), ShapeError> {
    const ALLOWED: &str = "at most 16 entries with names of at most 64 characters";
    let outside = |what: String| Err(ShapeError::Value { name: name.to_owned(), what, allowed: ALLOWED.to_owned() });
    if members.len() > 16 {
        return outside(format!("{} entries long", members.len()));
    }
    for (key, value) in members {
        if key.is_empty() || key.chars().count() > 64 {
            return outside(format!("an object with a name of {} characters", key.chars().count()));
        }
        if value.as_str() != Some("") {
            check(value, Kind::Text(512), &format!("{name}.{key}"))?;
        }
    }
    Ok(())
}

/// What keeps a text from being a name. An order of writing that is turned round shows one name as another.
fn why_no_name(text: &str) -> Option<String> {
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let breaks = |c: &char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.is_empty() && text.trim().is_empty() {
        return Some("blank".to_owned());
    }
    let found = text.chars().find(|c| turns(c) || breaks(c))?;
    Some(format!("a text with the character U+{:04X} in it", u32::from(found)))
}

fn quoted(words: &[&str]) -> String {
    let all: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    }
}

fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(number) if number.is_f64() => "a decimal",
        Json::Number(_) => "an integer",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

/// The shape as a JSON Schema, for a description of the API.
#[must_use]
pub fn schema(fields: &[Field], is_request: bool) -> Json {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = schema_of(field.kind, is_request);
        if field.nullable {
            schema = json!({ "anyOf": [schema, { "type": "null" }] });
        }
        schema["description"] = field.doc.into();
        properties.insert(field.name.to_owned(), schema);
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "required": required });
    if is_request {
        schema["additionalProperties"] = false.into();
    }
    schema
}

fn schema_of(kind: Kind, is_request: bool) -> Json {
    match kind {
        Kind::Text(most) | Kind::Name(most) if is_request => {
            json!({ "type": "string", "minLength": 1, "maxLength": most })
        }
        Kind::Text(_) | Kind::Name(_) => json!({ "type": "string" }),
        Kind::Secret(most) => json!({ "type": "string", "minLength": 1, "maxLength": most, "writeOnly": true }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Integer(least, i64::MAX) => json!({ "type": "integer", "minimum": least }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Time if is_request => schema_of(Kind::Integer(0, TIME_MAX), is_request),
        Kind::Time => schema_of(Kind::Integer(0, i64::MAX), is_request),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Texts(most, length) => {
            json!({ "type": "array", "maxItems": most, "items": schema_of(Kind::Text(length), is_request) })
        }
        Kind::Objects(fields, most) => {
            json!({ "type": "array", "maxItems": most, "items": schema(fields, is_request) })
        }
        Kind::Object(fields) => schema(fields, is_request),
        Kind::Metadata => json!({
            "type": "object",
            "maxProperties": 16,
            "propertyNames": { "minLength": 1, "maxLength": 64 },
            "additionalProperties": { "type": "string", "maxLength": 512 },
        }),
        Kind::Free => json!({ "type": "object" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: [Field; 2] = [
        Field::new("id", Kind::Text(64), "Which."),
        Field::new("role", Kind::Word(&["member", "owner"]), "What it may do."),
    ];
    const SHAPE: [Field; 5] = [
        Field::new("name", Kind::Text(5), "What it is called."),
        Field::optional("expires_in_seconds", Kind::Integer(1, 10), "When it ends."),
        Field::optional("scopes", Kind::Texts(2, 3), "What it may do."),
        Field::optional("projects", Kind::Objects(&ROLE, 2), "Where."),
        Field::optional("metadata", Kind::Metadata, "Texts kept beside it."),
    ];

    fn wrong(body: &str) -> String {
        Body::read(body.as_bytes(), &SHAPE).unwrap_err().to_string()
    }

    #[test]
    fn a_body_of_the_shape_is_read_and_null_counts_as_left_out() {
        let body = r#"{"name":"web","scopes":["a"],"expires_in_seconds":null,"metadata":{"team":""}}"#;
        let body = Body::read(body.as_bytes(), &SHAPE).unwrap();

        assert_eq!(body.text("name"), Some("web"));
        assert_eq!(body.texts("scopes"), Some(vec!["a"]));
        assert!(!body.has("expires_in_seconds"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (body, expected) in [
            ("{}", r#"missing "name""#),
            ("[]", "not an object"),
            (r#"{"name":5}"#, r#""name": expected a string, found an integer"#),
            (r#"{"name":null}"#, r#""name": expected a string, found null"#),
            (r#"{"name":"123456"}"#, r#""name" is 6 characters long"#),
            (r#"{"name":"a","expires_in_seconds":11}"#, r#""expires_in_seconds" is 11"#),
            (
                r#"{"name":"a","expires_in_seconds":1.5}"#,
                r#""expires_in_seconds": expected an integer, found a decimal"#,
            ),
            (r#"{"name":"a","scopes":["abcd"]}"#, r#""scopes[0]" is 4 characters long"#),
            (r#"{"name":"a","projects":[{"id":"p","role":"king"}]}"#, r#""projects[0].role" is 'king'"#),
            (r#"{"name":"a","projects":[{"id":"p"}]}"#, r#"missing "projects[0].role""#),
            (r#"{"name":"a","metadata":{"x":1}}"#, r#""metadata.x": expected a string, found an integer"#),
        ] {
            assert_eq!(wrong(body), expected, "{body}");
        }
    }

    #[test]
    fn a_name_is_one_printable_line() {
        const NAMED: [Field; 1] = [Field::new("name", Kind::Name(9), "What it is called.")];
        let read = |name: &str| Body::read(json!({ "name": name }).to_string().as_bytes(), &NAMED);

        for good in ["web", "Ünïcode", "a b", "שלום"] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in ["", "   ", "a\0b", "tab\tnew", "line\n", "a\u{202e}b", "ten letters"] {
            assert!(matches!(read(bad), Err(ShapeError::Value { .. })), "{bad:?}");
        }
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused_wherever_it_stands() {
        for body in [r#"{"name":"a","name":"b"}"#, r#"{"name":"a","metadata":{"x":"1","x":"2"}}"#] {
            assert!(wrong(body).contains("twice"), "{body}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused_with_the_one_that_was_likely_meant() {
        let unknown = |name: &str, nearest| {
            let body = format!(r#"{{"name":"a","{name}":1}}"#);
            let expected = ShapeError::Unknown { name: name.to_owned(), nearest };
            assert_eq!(Body::read(body.as_bytes(), &SHAPE).unwrap_err(), expected);
        };
        unknown("expire_in_seconds", Some("expires_in_seconds"));
        unknown("colour", None);
    }
}

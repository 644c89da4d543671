//! Settings as a tree in which every value knows where it came from, before any of them has a type.
//!
//! In: what the file, the environment and the flags say. Out: one tree, later sources over earlier ones. Which settings
//! exist is the business of [`super::shape`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// `tollgate up` brings it along.
    BuiltIn,
    /// It was set over the API, and is in the database.
    Database {
        /// What kind of object.
        kind: &'static str,
        /// Its name.
        name: Arc<str>,
    },
    /// The configuration file. Lines and columns (in characters) begin at 1.
    File {
        /// The file's path as it was given.
        path: Arc<str>,
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::BuiltIn => f.write_str("tollgate up"),
            Self::Database { kind, name } => write!(f, "{kind} {name}, set over the API"),
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A value and where it is written.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where its key is written (for an element of a list, the element).
    pub(crate) key_at: Origin,
    /// Where it is written itself.
    pub(crate) at: Origin,
    /// What it is.
    pub(crate) value: Value,
}

/// A value without a type of ours.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
    /// A date of TOML, which is taken as its text.
    Date(String),
    /// What no setting can be: a fraction, or a number beyond 64 bits.
    Number(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Value {
    /// What it is, in the words of a message. The content of a text is shown only as far as it cannot be a secret.
    pub(crate) fn found(&self) -> String {
        match self {
            Self::Text(text) => format!("{:?}", without_secret(text)),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(yes) => yes.to_string(),
            Self::Date(date) => format!("the date {date}"),
            Self::Number(number) => number.clone(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

/// `text`, cut at 80 characters, and redacted where it looks like a key.
pub(crate) fn without_secret(text: &str) -> String {
    let looks_secret = text.starts_with("sk-") || text.starts_with("gsk_") || text.starts_with("Bearer ");
    if looks_secret {
        return tollgate_core::key::redact(text);
    }
    let mut shown: String = text.chars().take(80).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The way to a setting from the top.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Key(String),
    Element(usize),
}

impl Path {
    /// The setting `name` at the top.
    pub(crate) fn to(name: &str) -> Self {
        Self::default().key(name)
    }

    /// The setting `name` below this one.
    pub(crate) fn key(&self, name: &str) -> Self {
        self.with(Step::Key(name.to_owned()))
    }

    /// An element of this list.
    pub(crate) fn element(&self, index: usize) -> Self {
        self.with(Step::Element(index))
    }

    fn with(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// Whether `self` is `other` or lies below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Path {
    /// As TOML would have it: `models."gpt-4.1".deployments[0].provider`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Element(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    let dot = if at == 0 { "" } else { "." };
                    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
                    if bare { write!(f, "{dot}{key}")? } else { write!(f, "{dot}{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

impl Node {
    /// An empty table that nobody wrote.
    pub(crate) fn root() -> Self {
        Self::new(Origin::Default, Value::Table(BTreeMap::new()))
    }

    /// A value whose key stands at the same place.
    pub(crate) fn new(at: Origin, value: Value) -> Self {
        Self { key_at: at.clone(), at, value }
    }

    /// The node at `path`.
    pub(crate) fn get(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |node, step| node.step(step))
    }

    /// The deepest node on the way to `path`.
    pub(crate) fn nearest(&self, path: &Path) -> &Self {
        let mut node = self;
        for step in &path.0 {
            match node.step(step) {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// Where the setting at `path`, or what is nearest to it, is written.
    pub(crate) fn origin(&self, path: &Path) -> Origin {
        match self.get(path) {
            Some(node) => node.at.clone(),
            None => self.nearest(path).key_at.clone(),
        }
    }

    fn step(&self, step: &Step) -> Option<&Self> {
        match (step, &self.value) {
            (Step::Key(key), Value::Table(table)) => table.get(key),
            (Step::Element(index), Value::List(list)) => list.get(*index),
            _ => None,
        }
    }

    /// Puts `later` over this one: tables are merged, everything else is replaced.
    pub(crate) fn overlay(&mut self, later: Self) {
        match (&mut self.value, later.value) {
            (Value::Table(table), Value::Table(over)) => {
                for (key, node) in over {
                    match table.get_mut(&key) {
                        Some(old) => old.overlay(node),
                        None => {
                            table.insert(key, node);
                        }
                    }
                }
                self.key_at = later.key_at;
                self.at = later.at;
            }
            (_, value) => *self = Self { key_at: later.key_at, at: later.at, value },
        }
    }

    /// Sets the value at `path`, making tables on the way. Whatever is no table on the way is left as it is, for the
    /// shape to complain about.
    pub(crate) fn set(&mut self, path: &Path, node: Self) {
        let mut here = self;
        for step in &path.0 {
            let (Step::Key(key), Value::Table(table)) = (step, &mut here.value) else {
                return;
            };
            let at = node.at.clone();
            here = table.entry(key.clone()).or_insert_with(|| Self::new(at, Value::Table(BTreeMap::new())));
        }
        *here = node;
    }

    /// The tree of a JSON value, all of it from one place; `None` of `null`, which sets nothing.
    pub(crate) fn of_json(json: &serde_json::Value, at: &Origin) -> Option<Self> {
        use serde_json::Value as Json;
        let value = match json {
            Json::Null => return None,
            Json::Bool(yes) => Value::Boolean(*yes),
            Json::Number(number) => number.as_i64().map_or_else(|| Value::Number(number.to_string()), Value::Integer),
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(list) => Value::List(list.iter().filter_map(|one| Self::of_json(one, at)).collect()),
            Json::Object(members) => {
                let node = |(key, one): (&String, &Json)| Some((key.clone(), Self::of_json(one, at)?));
                Value::Table(members.iter().filter_map(node).collect())
            }
        };
        Some(Self::new(at.clone(), value))
    }

    /// Sets the value at `path` to what a JSON value says.
    pub(crate) fn set_json(&mut self, path: &Path, json: &serde_json::Value, at: &Origin) {
        if let Some(node) = Self::of_json(json, at) {
            self.set(path, node);
        }
    }

    /// The tree for serde, which then gives it its types.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Text(text) | Value::Date(text) | Value::Number(text) => Json::String(text.clone()),
            Value::Integer(number) => Json::from(*number),
            Value::Boolean(yes) => Json::Bool(*yes),
            Value::List(list) => list.iter().map(Self::to_json).collect(),
            Value::Table(table) => table.iter().map(|(key, node)| (key.clone(), node.to_json())).collect(),
        }
    }
}

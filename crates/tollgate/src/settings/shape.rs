//! Which settings exist, what each may hold, and whether a tree holds that.
//!
//! In: the JSON Schema of [`RawSettings`], which is made from the types, and a tree. Out: every key that is unknown and
//! every value that does not fit, and the tree without them, so that the rest can still be read and checked. serde
//! alone would stop at the first.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::problem::{Problem, listed, nearest};
use super::raw::RawSettings;
use super::scalar::{self, Form};
use super::tree::{Node, Path, Value};

/// What a value may be.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Text,
    Formed {
        form: &'static str,
        least: Option<String>,
        most: Option<String>,
    },
    Integer {
        least: i64,
        most: i64,
    },
    Boolean,
    Choice(Vec<String>),
    List(Box<Shape>),
    Table(BTreeMap<String, Setting>),
    /// A table whose keys are names that the operator chooses.
    Named(Box<Shape>),
    OneOf(Vec<Shape>),
}

/// One setting.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Its doc comment.
    pub(crate) doc: String,
    /// What holds without it; `None` where its doc comment says that.
    pub(crate) default: Option<Json>,
    /// Whether its table cannot do without it.
    pub(crate) required: bool,
    /// Whether only the file may set it.
    pub(crate) file_only: bool,
    /// Whether a wrong value might be a secret that somebody put into the wrong place.
    secret: bool,
    /// What it may hold.
    pub(crate) shape: Shape,
}

/// The JSON Schema of the configuration file.
pub fn json_schema() -> Json {
    schemars::schema_for!(RawSettings).to_value()
}

/// The JSON Schema of one of the objects that a section names, with all that it needs.
pub(crate) fn section_schema(section: &str) -> Option<Json> {
    let object = &inline_schema()["properties"][section]["additionalProperties"];
    object.is_object().then(|| object.clone())
}

fn inline_schema() -> Json {
    let inline = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    inline.into_generator().into_root_schema_for::<RawSettings>().to_value()
}

/// All settings, from the top.
pub(crate) fn top() -> &'static BTreeMap<String, Setting> {
    static TOP: OnceLock<BTreeMap<String, Setting>> = OnceLock::new();
    TOP.get_or_init(|| settings_of(&inline_schema()))
}

fn settings_of(schema: &Json) -> BTreeMap<String, Setting> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| {
            let setting = Setting {
                doc: schema["description"].as_str().unwrap_or_default().to_owned(),
                default: schema.get("default").filter(|d| !d.is_null() && !d.is_object()).cloned(),
                required: required.iter().any(|r| r == name.as_str()),
                file_only: schema["x-file-only"] == true,
                secret: schema["x-secret"] == true,
                shape: shape_of(schema),
            };
            (name.clone(), setting)
        })
        .collect()
}

fn shape_of(schema: &Json) -> Shape {
    if let Some(all) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array) {
        return one_of(all.iter().filter(|s| s["type"] != "null").map(shape_of).collect());
    }
    if let Some(word) = schema["const"].as_str() {
        return Shape::Choice(vec![word.to_owned()]);
    }
    if let Some(words) = schema["enum"].as_array() {
        return Shape::Choice(words.iter().filter_map(Json::as_str).map(str::to_owned).collect());
    }
    let limit = |key: &str| schema[key].as_str().map(str::to_owned);
    let kind = match &schema["type"] {
        Json::Array(kinds) => kinds.iter().find(|k| *k != "null").and_then(Json::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("boolean") => Shape::Boolean,
        Some("integer") => Shape::Integer {
            least: schema["minimum"].as_i64().unwrap_or(i64::MIN),
            most: schema["maximum"].as_i64().unwrap_or(i64::MAX),
        },
        Some("array") => Shape::List(Box::new(shape_of(&schema["items"]))),
        Some("object") => match schema.get("additionalProperties") {
            Some(values) if values.is_object() => Shape::Named(Box::new(shape_of(values))),
            _ => Shape::Table(settings_of(schema)),
        },
        _ => match schema["format"].as_str().and_then(scalar::form) {
            Some(form) => Shape::Formed { form: form.name, least: limit("x-min"), most: limit("x-max") },
            None => Shape::Text,
        },
    }
}

/// Joins single words to one choice; a single shape is that shape.
fn one_of(shapes: Vec<Shape>) -> Shape {
    let mut words = Vec::new();
    let mut others = Vec::new();
    for shape in shapes {
        match shape {
            Shape::Choice(more) => words.extend(more),
            other => others.push(other),
        }
    }
    if !words.is_empty() {
        others.insert(0, Shape::Choice(words));
    }
    if others.len() == 1 { others.remove(0) } else { Shape::OneOf(others) }
}

impl Shape {
    /// What is allowed, as a message says it.
    pub(crate) fn allowed(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Formed { form, least, most } => {
                let allowed = formed(form).allowed;
                match (least, most) {
                    (Some(least), Some(most)) => format!("{allowed}; from {least} to {most}"),
                    _ => allowed.to_owned(),
                }
            }
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Self::Boolean => "true or false".to_owned(),
            Self::Choice(words) => words.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>().join(" or "),
            Self::List(of) => format!("a list, each element {}", of.allowed()),
            Self::Table(settings) => {
                let keys: Vec<_> = settings
                    .iter()
                    .filter(|(_, s)| s.required)
                    .map(|(key, s)| format!("{key} = {}", example(&s.shape)))
                    .collect();
                if keys.is_empty() {
                    return format!("a table with any of {}", listed(settings.keys().map(String::as_str)));
                }
                format!("{{ {} }}", keys.join(", "))
            }
            Self::Named(_) => "a table of named tables".to_owned(),
            Self::OneOf(shapes) => shapes.iter().map(Self::allowed).collect::<Vec<_>>().join(" or "),
        }
    }
}

fn example(shape: &Shape) -> &'static str {
    match shape {
        Shape::Integer { .. } => "0",
        Shape::Boolean => "true",
        Shape::List(_) => "[…]",
        Shape::Table(_) | Shape::Named(_) => "{…}",
        Shape::Text | Shape::Formed { .. } | Shape::Choice(_) | Shape::OneOf(_) => "\"…\"",
    }
}

fn formed(name: &str) -> &'static Form {
    scalar::form(name).expect("shape_of takes only names of forms")
}

/// For each list that lost elements: which ones of the written list the others were.
pub(crate) type Kept = BTreeMap<Path, Vec<usize>>;

/// What was found in a tree.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<Problem>,
    pub(crate) kept: Kept,
}

/// Takes out of `tree` what does not fit, and says why. Of a list only the elements that do not fit: the others are
/// still to be checked for what their types cannot say.
pub(crate) fn check(tree: &mut Node) -> Findings {
    let mut check = Check { found: Findings::default() };
    check.table(top(), tree, &Path::default());
    check.found
}

struct Check {
    found: Findings,
}

impl Check {
    /// Whether `node` can stay.
    fn fits(&mut self, shape: &Shape, node: &mut Node, path: &Path, secret: bool) -> bool {
        match (shape, &mut node.value) {
            (Shape::Text, Value::Text(_)) | (Shape::Boolean, Value::Boolean(_)) => true,
            (Shape::Choice(words), Value::Text(text)) if words.contains(text) => true,
            (Shape::Integer { least, most }, Value::Integer(number)) if (*least..=*most).contains(number) => true,
            (Shape::Formed { form, least, most }, Value::Text(text) | Value::Date(text))
                if fits_form(formed(form), text, least.as_deref(), most.as_deref()) =>
            {
                true
            }
            (Shape::List(of), Value::List(list)) => {
                self.list(of, list, path, secret);
                true
            }
            (Shape::Table(settings), Value::Table(_)) => self.table(settings, node, path),
            (Shape::Named(of), Value::Table(table)) => {
                table.retain(|name, node| self.fits(of, node, &path.key(name), secret));
                true
            }
            (Shape::OneOf(shapes), Value::Table(table)) => {
                // The alternative that has the first key is the one that was meant.
                let meant = shapes.iter().find(|shape| match shape {
                    Shape::Table(settings) => table.keys().any(|key| settings.contains_key(key)),
                    _ => false,
                });
                match meant {
                    Some(meant) => self.fits(meant, node, path, secret),
                    None => self.refuse(shape, node, path, secret),
                }
            }
            (Shape::OneOf(shapes), Value::Text(text))
                if shapes.iter().any(|s| matches!(s, Shape::Choice(words) if words.contains(text))) =>
            {
                true
            }
            _ => self.refuse(shape, node, path, secret),
        }
    }

    fn list(&mut self, of: &Shape, list: &mut Vec<Node>, path: &Path, secret: bool) {
        let written = list.len();
        let mut kept = Vec::with_capacity(written);
        let mut places = 0..;
        list.retain_mut(|element| {
            let at = places.next().unwrap_or_default();
            let fits = self.fits(of, element, &path.element(at), secret);
            kept.extend(fits.then_some(at));
            fits
        });
        if kept.len() < written {
            self.found.kept.insert(path.clone(), kept);
        }
    }

    fn refuse(&mut self, shape: &Shape, node: &Node, path: &Path, secret: bool) -> bool {
        let found = match &node.value {
            Value::Text(_) if secret => "a text, not shown here because it may be a secret".to_owned(),
            value => value.found(),
        };
        let mut problem =
            Problem::new(node.at.clone(), path.clone(), "wrong value").found(found).allowed(shape.allowed());
        problem.help = match (shape, &node.value) {
            (Shape::Choice(words), Value::Text(text)) => {
                nearest(text, words.iter().map(String::as_str)).map(|word| format!("did you mean {word:?}?"))
            }
            (Shape::OneOf(_), Value::Text(_)) if secret => {
                Some("write where the secret is kept, for example { env = \"OPENAI_API_KEY\" }".to_owned())
            }
            _ => None,
        };
        self.found.problems.push(problem);
        false
    }

    /// Whether all required keys are there. Unknown keys and values that do not fit are taken out.
    fn table(&mut self, settings: &BTreeMap<String, Setting>, node: &mut Node, path: &Path) -> bool {
        let Value::Table(table) = &mut node.value else {
            return false;
        };
        let mut complete = true;
        for (key, setting) in settings.iter().filter(|(key, s)| s.required && !table.contains_key(*key)) {
            complete = false;
            self.found.problems.push(
                Problem::new(node.key_at.clone(), path.key(key), "missing")
                    .found("nothing")
                    .allowed(setting.shape.allowed()),
            );
        }
        table.retain(|key, node| {
            let path = path.key(key);
            let Some(setting) = settings.get(key) else {
                self.found.problems.push(unknown(key, settings, node, path));
                return false;
            };
            let fits = self.fits(&setting.shape, node, &path, setting.secret);
            complete &= fits || !setting.required;
            fits
        });
        complete
    }
}

fn fits_form(form: &Form, text: &str, least: Option<&str>, most: Option<&str>) -> bool {
    let measure = |text: &str| (form.measure)(text);
    measure(text).is_some_and(|value| {
        least.and_then(measure).is_none_or(|least| value >= least)
            && most.and_then(measure).is_none_or(|most| value <= most)
    })
}

/// Where a setting that does not exist under this name is found instead.
const MOVED: [(&str, &str); 8] = [
    ("api_key", "credential = { env = \"NAME\" }; the secret itself does not belong into this file"),
    ("key", "credential = { env = \"NAME\" }; the secret itself does not belong into this file"),
    ("bind", "listen = \"127.0.0.1:4000\""),
    ("host", "listen = \"127.0.0.1:4000\""),
    ("port", "listen = \"127.0.0.1:4000\""),
    ("url", "base_url = \"https://…/v1\""),
    ("api_base", "base_url = \"https://…/v1\""),
    ("type", "dialect = \"openai\""),
];

fn unknown(key: &str, settings: &BTreeMap<String, Setting>, node: &Node, path: Path) -> Problem {
    let names = || settings.keys().map(String::as_str);
    let problem =
        Problem::new(node.key_at.clone(), path, "unknown setting").found(format!("{key:?}")).allowed(listed(names()));
    let elsewhere =
        || leaves().into_iter().map(|leaf| leaf.path.to_string()).find(|p| p.rsplit('.').next() == Some(key));
    let moved =
        || MOVED.iter().find(|(old, new)| *old == key && names().any(|n| new.starts_with(n))).map(|(_, new)| *new);
    if let Some(name) = nearest(key, names()) {
        problem.help(format!("did you mean {name:?}?"))
    } else if let Some(new) = moved() {
        problem.help(format!("write {new}"))
    } else if let Some(other) = elsewhere() {
        problem.help(format!("did you mean {other}?"))
    } else {
        problem
    }
}

/// A setting that holds one value and has a fixed place.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    /// Its place.
    pub(crate) path: Path,
    /// The environment variable that sets it.
    pub(crate) variable: String,
    /// What it is.
    pub(crate) setting: &'static Setting,
}

/// All settings that hold one value and have a fixed place: those that an environment variable can set.
pub(crate) fn leaves() -> Vec<Leaf> {
    fn collect(settings: &'static BTreeMap<String, Setting>, path: &Path, prefix: &str, out: &mut Vec<Leaf>) {
        for (key, setting) in settings {
            let path = path.key(key);
            let variable = format!("{prefix}_{}", key.to_uppercase());
            match &setting.shape {
                Shape::Table(below) => collect(below, &path, &variable, out),
                Shape::Named(_) | Shape::OneOf(_) => {}
                _ => out.push(Leaf { path, variable, setting }),
            }
        }
    }
    let mut out = Vec::new();
    collect(top(), &Path::default(), "TOLLGATE", &mut out);
    out
}

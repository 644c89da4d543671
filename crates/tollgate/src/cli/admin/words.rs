//! The words of each act: nouns by the path of its endpoint, and a verb.
//!
//! In: the table of endpoints. Out: [`Act`]s and the [`Noun`]s before them. `POST /organization/projects/{project_id}/users`
//! is `tollgate projects users create PROJECT_ID`. A word is said as the rest of the command line says it: a key of a
//! project is a key.

use std::sync::LazyLock;

use tollgate_control::api::endpoint::{Endpoint, Method, Needs, Shape};
use tollgate_control::api::endpoints;
use tollgate_control::api::shape::{Field, Kind};

use super::super::declared;
use super::arguments::flag;

/// What a path calls otherwise than the command line.
const CALLED: [(&str, &str); 3] = [("api_keys", "keys"), ("admin_api_keys", "admin-keys"), ("audit_logs", "audit")];
/// Below a project, but without a place elsewhere that its name could be taken for: it stands by itself.
const ALONE: [&str; 1] = ["service_accounts"];
/// Nouns whose only act is to look.
const LOOKED_AT: [&str; 2] = ["export", "usage"];
/// Examples of a noun: enough for a list, a making and what follows.
const EXAMPLES_MAX: usize = 3;
/// Columns of a terminal that an example may take.
const EXAMPLE_MAX: usize = 79;

/// An endpoint as a command.
#[derive(Debug)]
pub(in crate::cli) struct Act {
    pub(super) words: Vec<String>,
    pub(super) about: String,
    pub(super) examples: String,
    pub(super) endpoint: &'static Endpoint,
    /// The names in braces of its path.
    pub(super) places: Vec<Place>,
}

/// `--name TEXT`, as an example writes what has to be given.
fn flag_with_value(field: &Field) -> String {
    let value = match field.kind {
        Kind::Word(words) => words.first().copied().unwrap_or_default(),
        Kind::Integer(..) => "NUMBER",
        Kind::Time => "30d",
        Kind::Bool => return format!("--{}", flag(field.name)),
        Kind::Objects(..) | Kind::Object(_) | Kind::Free => "JSON",
        _ => "TEXT",
    };
    format!("--{} {value}", flag(field.name))
}

/// What stands in a path for a name in braces.
#[derive(Debug)]
pub(super) struct Place {
    /// `project_id`
    pub(super) name: &'static str,
    /// `PROJECT_ID`
    pub(super) value: String,
    pub(super) help: String,
}

/// What acts are below.
#[derive(Debug)]
pub(super) struct Noun {
    pub(super) words: Vec<String>,
    pub(super) about: String,
    pub(super) examples: String,
}

impl Act {
    pub(super) fn verb(&'static self) -> &'static str {
        self.words.last().map_or("", String::as_str)
    }

    /// Whether something is gone afterwards.
    pub(super) fn ends_something(&self) -> bool {
        self.endpoint.method == Method::Delete || self.words.last().is_some_and(|verb| verb == "archive")
    }

    /// The first line of its examples.
    fn example(&self) -> Option<&str> {
        self.examples.split_once("Examples:\n")?.1.lines().next()
    }

    fn of(endpoint: &'static Endpoint) -> Self {
        let words = words(endpoint);
        let places: Vec<Place> = endpoint.path.split('/').filter_map(in_braces).map(Place::of).collect();
        let values: String = places.iter().map(|place| format!(" {}", place.value)).collect();
        let bare = format!("tollgate {}{values}", words.join(" "));
        let flags = endpoint.body.iter().filter(|field| field.required).map(flag_with_value);
        let whole = std::iter::once(bare.clone()).chain(flags).collect::<Vec<_>>().join(" ");
        let example = if whole.len() + 2 <= EXAMPLE_MAX { whole } else { bare };
        let json = if example.len() + 9 <= EXAMPLE_MAX { format!("\n  {example} --json") } else { String::new() };
        let method = endpoint.method.name();
        let examples = format!("As {method} /v1{} does.\n\nExamples:\n  {example}{json}", endpoint.path);
        Self { words, about: said(endpoint.doc), examples, endpoint, places }
    }
}

impl Place {
    fn of(name: &'static str) -> Self {
        let what = name.strip_suffix("_id").unwrap_or(name).replace('_', " ");
        Self { name, value: name.to_uppercase(), help: format!("Which {what}") }
    }
}

/// Every endpoint that is a command, but for those whose words are declared by hand.
pub(super) fn acts() -> &'static [Act] {
    static ACTS: LazyLock<Vec<Act>> = LazyLock::new(|| {
        let root = declared();
        let is_free = |act: &Act| {
            let found = act.words.iter().try_fold(&root, |command, word| command.find_subcommand(word));
            found.is_none()
        };
        // A password or a secret does not belong among arguments, which every process of the machine can read.
        let has_token = |endpoint: &&Endpoint| endpoint.needs != Needs::Nothing;
        let has_secret = |endpoint: &&Endpoint| endpoint.body.iter().any(|field| matches!(field.kind, Kind::Secret(_)));
        endpoints().filter(has_token).filter(|endpoint| !has_secret(endpoint)).map(Act::of).filter(is_free).collect()
    });
    &ACTS
}

/// All beginnings of their words.
pub(super) fn nouns() -> &'static [Noun] {
    static NOUNS: LazyLock<Vec<Noun>> = LazyLock::new(|| {
        let mut nouns: Vec<Noun> = Vec::new();
        for act in acts() {
            for depth in 1..act.words.len() {
                let words = &act.words[..depth];
                if !nouns.iter().any(|noun| noun.words == words) {
                    let below = acts().iter().filter(|act| act.words.starts_with(words));
                    let examples: Vec<&str> = below.filter_map(Act::example).take(EXAMPLES_MAX).collect();
                    let examples = format!("Examples:\n{}", examples.join("\n"));
                    nouns.push(Noun { words: words.to_vec(), about: about(words), examples });
                }
            }
        }
        nouns
    });
    &NOUNS
}

/// `Administer roles of users of projects`
fn about(nouns: &[String]) -> String {
    let reads = |act: &&Act| act.endpoint.method == Method::Get || !act.words.starts_with(nouns);
    let all: Vec<String> =
        nouns.iter().rev().map(|noun| noun.replace("audit", "the audit log").replace('-', " ")).collect();
    let verb = if acts().iter().all(|act| reads(&act)) { "Look at" } else { "Administer" };
    format!("{verb} {}", all.join(" of "))
}

fn words(endpoint: &Endpoint) -> Vec<String> {
    let parts: Vec<&str> = endpoint.path.split('/').filter(|part| !part.is_empty()).collect();
    let literals = parts.iter().filter(|part| in_braces(part).is_none()).skip_while(|part| is_root(part));
    let mut nouns: Vec<&str> = literals.copied().collect();
    if let [_, alone, ..] = nouns[..]
        && ALONE.contains(&alone)
    {
        nouns.remove(0);
    }
    let mut words: Vec<String> = nouns.iter().map(|noun| called(noun)).collect();
    words.extend(verb(endpoint, parts.last().copied().unwrap_or_default()).map(str::to_owned));
    words
}

/// `None` where the path ends with it, as in `…/archive`.
fn verb(endpoint: &Endpoint, last: &str) -> Option<&'static str> {
    let is_thing = in_braces(last).is_some();
    match (endpoint.method, endpoint.answer) {
        (Method::Get, _) if LOOKED_AT.iter().any(|noun| endpoint.path.split('/').any(|part| part == *noun)) => None,
        (Method::Get, Shape::Page(..)) => Some("list"),
        (Method::Get, Shape::One(_)) => Some("show"),
        (Method::Delete, _) => Some("delete"),
        (Method::Post, _) if is_thing || is_setting(endpoint) => Some("update"),
        (Method::Post, _) if is_collection(endpoint) => Some("create"),
        (Method::Post, _) => None,
    }
}

/// Whether the same path lists what is there.
fn is_collection(endpoint: &Endpoint) -> bool {
    let lists = |other: &Endpoint| other.method == Method::Get && matches!(other.answer, Shape::Page(..));
    endpoints().any(|other| other.path == endpoint.path && lists(other))
}

/// Whether the same path shows the one thing that is there.
fn is_setting(endpoint: &Endpoint) -> bool {
    let shows = |other: &Endpoint| other.method == Method::Get && matches!(other.answer, Shape::One(_));
    endpoints().any(|other| other.path == endpoint.path && shows(other))
}

fn is_root(part: &str) -> bool {
    matches!(part, "organization" | "tollgate")
}

fn in_braces(part: &str) -> Option<&str> {
    Some(part.strip_prefix('{')?.strip_suffix('}')?.trim_start_matches('+'))
}

fn called(noun: &str) -> String {
    let said = CALLED.iter().find(|(path, _)| *path == noun).map_or(noun, |(_, said)| said);
    said.replace('_', "-")
}

/// A sentence of the API's description, as helps are written here.
pub(super) fn said(doc: &str) -> String {
    doc.trim_end_matches('.').replace('`', "")
}

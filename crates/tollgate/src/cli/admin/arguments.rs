//! The arguments of an act: names in its path, parameters of its query and fields of its body.
//!
//! In: an act. Out: the arguments that it takes, and, of those that were given, a request. Values are checked where the API
//! checks them; here only what JSON needs to know is told apart.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::{Map, Value as Json};
use tollgate_control::api::endpoint::Shape;
use tollgate_control::api::query::{Parameter, ParameterKind};
use tollgate_control::api::shape::{Field, Kind};

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::words::{Act, said};
use crate::cli::number::count;
use crate::cli::output::Refused;
use crate::settings::midnight;
use crate::settings::scalar::DurationText;
use crate::wiring::now;

/// The flag that answers the question before something ends.
pub(super) const YES: &str = "yes";
/// The flag that bounds a list.
pub(super) const LIMIT: &str = "limit";
/// Flags that every command has, or every one of administration: a field of the same name takes another.
const TAKEN: [&str; 14] = [
    "url",
    "context",
    "admin-key",
    "data-dir",
    "config",
    "organization",
    "json",
    "yes",
    "help",
    "color",
    "quiet",
    "verbose",
    "version",
    "silent",
];
/// The members of a time in a query.
const TIMES: [(&str, &str); 4] =
    [("gt", "after"), ("gte", "from"), ("lt", "before"), ("lte", "until, with that moment")];

/// A request, without its method.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Below `/v1`, encoded.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Of a list, how many objects are wanted at most.
    pub(super) limit: usize,
}

/// A text that lives as long as the program: the parser keeps no others. Each is kept once.
fn kept(text: String) -> &'static str {
    static KEPT: LazyLock<Mutex<BTreeSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(text.as_str()) {
        return known;
    }
    let text: &'static str = Box::leak(text.into_boxed_str());
    all.insert(text);
    text
}

/// The command with what its act takes.
pub(super) fn declared(mut command: Command, act: &'static Act) -> Command {
    for place in &act.places {
        let arg = Arg::new(place.name).value_name(place.value.as_str()).help(place.help.as_str()).required(true);
        command = command.arg(arg);
    }
    let is_page = matches!(act.endpoint.answer, Shape::Page(..));
    for parameter in act.endpoint.query.iter().filter(|parameter| !(is_page && parameter.name == LIMIT)) {
        command = parameters(parameter).into_iter().fold(command, Command::arg);
    }
    for field in act.endpoint.body {
        let mut doc = said(field.doc);
        doc.push_str(&shape_of(field.kind));
        command = command.arg(option(field.name, &doc).required(field.required).with(field.kind));
    }
    if is_page {
        let limit = Arg::new(LIMIT).long(LIMIT).value_name("NUMBER").default_value("100");
        command = command.arg(limit.help("At most so many").value_parser(count::<1_000_000>));
    }
    if act.ends_something() {
        let yes = Arg::new(YES).long(YES).short('y').action(ArgAction::SetTrue);
        command = command.arg(yes.help("Do not ask before something is gone for good"));
    }
    command
}

/// `--include-archived` for `include_archived`.
pub(super) fn flag(name: &str) -> String {
    let flag = name.replace(['_', '['], "-").replace(']', "").to_lowercase();
    if TAKEN.contains(&flag.as_str()) { format!("set-{flag}") } else { flag }
}

fn option(name: &str, doc: &str) -> Arg {
    let flag = kept(flag(name));
    Arg::new(flag).long(flag).help(kept(said(doc))).value_name("TEXT")
}

fn parameters(parameter: &Parameter) -> Vec<Arg> {
    let one = option(parameter.name, parameter.doc);
    match parameter.kind {
        ParameterKind::Text => vec![one],
        ParameterKind::Word(words) => vec![one.with(Kind::Word(words))],
        ParameterKind::Time => vec![moment_of(one).value_parser(back)],
        ParameterKind::Integer(least, most, _) => vec![one.with(Kind::Integer(least, most))],
        ParameterKind::Bool => vec![one.with(Kind::Bool)],
        ParameterKind::Texts => vec![one.with(Kind::Texts(100, usize::MAX))],
        ParameterKind::Times => TIMES
            .iter()
            .map(|(member, meaning)| {
                let doc = format!("{} ({meaning})", said(parameter.doc));
                moment_of(option(&format!("{}[{member}]", parameter.name), &doc)).value_parser(back)
            })
            .collect(),
    }
}

/// An argument that takes a moment, and its help says how it can be written.
fn moment_of(arg: Arg) -> Arg {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.value_name("WHEN").help(kept(format!("{help}; or as 24h, a date or a moment")))
}

/// How an argument takes what a kind holds.
trait With {
    fn with(self, kind: Kind) -> Self;
}

impl With for Arg {
    fn with(self, kind: Kind) -> Self {
        match kind {
            Kind::Text(_) | Kind::Name(_) | Kind::Secret(_) => self,
            Kind::Time => moment_of(self).value_parser(ahead),
            Kind::Word(words) => self.value_name("WORD").value_parser(PossibleValuesParser::new(words)),
            Kind::Integer(..) => self
                .value_name("NUMBER")
                .allow_negative_numbers(true)
                .value_parser(value_parser!(i64).map(|n| n.to_string())),
            Kind::Bool => self
                .value_name("BOOL")
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .value_parser(PossibleValuesParser::new(["true", "false"])),
            Kind::Texts(..) => self.value_name("TEXTS").value_delimiter(',').action(ArgAction::Append),
            Kind::Metadata => self.value_name("NAME=VALUE").action(ArgAction::Append),
            Kind::Objects(..) | Kind::Object(_) | Kind::Free => self.value_name("JSON"),
        }
    }
}

/// A moment that is empty where there is none.
const NEVER: &str = "never";

/// A moment that lies behind: `24h` is a day ago.
fn back(text: &str) -> Result<String, String> {
    moment(text, |now, seconds| now.saturating_sub(seconds).max(0))
}

/// A moment that lies ahead: `24h` is a day from now.
fn ahead(text: &str) -> Result<String, String> {
    if text == NEVER { Ok(NEVER.to_owned()) } else { moment(text, i64::saturating_add) }
}

fn moment(text: &str, of_span: impl Fn(i64, i64) -> i64) -> Result<String, String> {
    let unix = || text.parse::<i64>().ok();
    let named = || text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let span = || text.parse::<DurationText>().ok().and_then(|span| i64::try_from(span.0.as_secs()).ok());
    let found = unix().or_else(|| midnight(text)).or_else(named).or_else(|| span().map(|span| of_span(now(), span)));
    found.map(|at| at.to_string()).ok_or_else(|| {
        "expected a time such as 24h, a date such as 2026-11-01, a moment such as 2026-11-01T12:00:00Z, or Unix seconds"
            .to_owned()
    })
}

/// What a field of JSON looks like, for its help.
fn shape_of(kind: Kind) -> String {
    match kind {
        Kind::Objects(..) | Kind::Object(_) => format!(", for example '{}'", example(kind)),
        _ => String::new(),
    }
}

fn example(kind: Kind) -> Json {
    match kind {
        Kind::Word(words) => words.first().copied().unwrap_or_default().into(),
        Kind::Integer(least, _) => least.into(),
        Kind::Time => 0.into(),
        Kind::Bool => true.into(),
        Kind::Texts(..) => Json::from(vec!["…"]),
        Kind::Objects(fields, _) => Json::Array(vec![example(Kind::Object(fields))]),
        Kind::Object(fields) => {
            Json::Object(fields.iter().map(|field| (field.name.to_owned(), example(field.kind))).collect())
        }
        Kind::Text(_) | Kind::Name(_) | Kind::Secret(_) => "…".into(),
        Kind::Metadata | Kind::Free => Json::Object(Map::new()),
    }
}

/// The request that the arguments make.
pub(super) fn asked(act: &Act, matches: &ArgMatches) -> anyhow::Result<Asked> {
    let mut asked = Asked { path: path(act, matches)?, ..Asked::default() };
    for parameter in act.endpoint.query {
        let names = match parameter.kind {
            ParameterKind::Times => TIMES.iter().map(|(member, _)| format!("{}[{member}]", parameter.name)).collect(),
            _ => vec![parameter.name.to_owned()],
        };
        for name in names.into_iter().filter(|name| name != LIMIT || !matches!(act.endpoint.answer, Shape::Page(..))) {
            asked.query.extend(given(matches, &name).into_iter().map(|value| (name.clone(), value)));
        }
    }
    let mut body = Map::new();
    for field in act.endpoint.body {
        let given = given(matches, field.name);
        if !given.is_empty() {
            body.insert(field.name.to_owned(), member(field, &given)?);
        }
    }
    if !body.is_empty() {
        asked.body = Json::Object(body).to_string().into_bytes();
    }
    asked.limit = matches.try_get_one::<u32>(LIMIT).ok().flatten().map_or(1, |limit| *limit as usize);
    Ok(asked)
}

fn given(matches: &ArgMatches, name: &str) -> Vec<String> {
    matches.get_many::<String>(&flag(name)).map(|all| all.cloned().collect()).unwrap_or_default()
}

fn path(act: &Act, matches: &ArgMatches) -> anyhow::Result<String> {
    let mut path = act.endpoint.path.to_owned();
    for place in &act.places {
        let id = matches.get_one::<String>(place.name).map_or("", String::as_str);
        let rest = format!("{{+{}}}", place.name);
        if id.is_empty() || id.contains('/') && !path.contains(&rest) {
            let refused = Refused::usage(format!("{id:?} cannot be the id of anything"));
            return Err(refused.help(format!("{} is an id as lists show it", place.value)).into());
        }
        path = path.replace(&rest, &encoded(id)).replace(&format!("{{{}}}", place.name), &encoded(id));
    }
    Ok(path)
}

/// A field's value, of what was given for it.
fn member(field: &Field, given: &[String]) -> anyhow::Result<Json> {
    let first = given.first().map_or("", String::as_str);
    let wrong = |what: &str| Refused::usage(format!("--{}: {first:?} is not {what}", flag(field.name)));
    Ok(match field.kind {
        Kind::Text(_) | Kind::Name(_) | Kind::Secret(_) | Kind::Word(_) => first.into(),
        Kind::Time if first == NEVER => Json::Null,
        Kind::Integer(..) | Kind::Time => first.parse::<i64>().map_err(|_| wrong("a whole number"))?.into(),
        Kind::Bool => (first == "true").into(),
        // An empty text empties the list.
        Kind::Texts(..) => given.iter().filter(|text| !text.is_empty()).map(|text| Json::from(text.as_str())).collect(),
        Kind::Metadata => {
            let entry = |text: &String| {
                let (name, value) = text.split_once('=').ok_or_else(|| wrong("NAME=VALUE"))?;
                Ok::<_, Refused>((name.to_owned(), Json::from(value)))
            };
            Json::Object(given.iter().map(entry).collect::<Result<_, _>>()?)
        }
        Kind::Objects(..) | Kind::Object(_) | Kind::Free => {
            serde_json::from_str(first).map_err(|error| wrong("JSON").cause(error.to_string()))?
        }
    })
}

/// What [`encoded`] was made of.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let two = behind.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let escaped = two.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| first == b'%');
        bytes.push(escaped.unwrap_or(first));
        rest = &behind[if escaped.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text as it stands in an address, between slashes and behind the question mark alike.
pub(in crate::cli) fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

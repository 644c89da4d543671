//! Commands of administration: each endpoint of the management API is one, made from its row in the table.
//!
//! In: the table of endpoints, and what the parser found. Out: on standard output a table or JSON. With `--url`, or with an
//! admin key for the server that runs on the data directory, the command asks that server; otherwise it does the act itself,
//! for whoever holds the data directory: he operates the server. What is declared by hand elsewhere keeps
//! its place: an endpoint whose words are taken makes no command.

mod arguments;
mod desk;
mod event;
mod invite;
mod pages;
mod shown;
pub(super) mod whole;
mod words;

use std::io::{self, IsTerminal};

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::Value as Json;
use tollgate_control::api::endpoint::{Method, Shape};

pub(super) use self::arguments::encoded;
pub(super) use self::desk::{About, Desk, refuse_organization, refused, there};
use self::words::Act;
use super::confirm::is_wanted;
use super::data_dir::DataDirArgs;
use super::output::{self, Label};
use super::target::admin::AdminArgs;

/// Where an act is done.
#[derive(Debug, Args)]
pub(super) struct Common {
    #[command(flatten)]
    admin: AdminArgs,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// On the data directory: the organization to administer, by id [default: the oldest]
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    organization: Option<String>,
}

/// The same, of a command made from the table.
#[derive(Debug, Args)]
struct Told {
    #[command(flatten)]
    common: Common,
    /// Print JSON on standard output, as the API answers
    #[arg(long)]
    json: bool,
}

/// The declared commands and those of administration.
pub(super) fn added_to(root: Command) -> Command {
    words::acts().iter().fold(root, |root, act| placed(root, act, 0))
}

/// The act that was asked for, and its arguments.
pub(super) fn chosen(matches: &ArgMatches) -> Option<(&'static Act, &ArgMatches)> {
    let (mut words, mut innermost) = (Vec::new(), matches);
    while let Some((word, inner)) = innermost.subcommand() {
        words.push(word);
        innermost = inner;
    }
    words::acts().iter().find(|act| act.words == words).map(|act| (act, innermost))
}

/// The command with an act somewhere below it, of whose words so many lead to it.
fn placed(parent: Command, act: &'static Act, depth: usize) -> Command {
    let word = act.words[depth].as_str();
    let is_there = parent.find_subcommand(word).is_some();
    if depth + 1 == act.words.len() {
        return parent.subcommand(command(act));
    }
    if is_there {
        return parent.mut_subcommand(word, |below| placed(below, act, depth + 1));
    }
    let noun = words::nouns().iter().find(|noun| noun.words == act.words[..=depth]);
    let noun = noun.expect("every beginning of an act's words is a noun");
    let below = Command::new(word)
        .about(noun.about.as_str())
        .after_help(noun.examples.as_str())
        .subcommand_required(true)
        .arg_required_else_help(true);
    parent.subcommand(placed(below, act, depth + 1))
}

fn command(act: &'static Act) -> Command {
    let command = Told::augment_args(arguments::declared(Command::new(act.verb()), act));
    command.about(act.about.as_str()).after_help(act.examples.as_str())
}

/// Does it.
pub(super) fn run(act: &'static Act, matches: &ArgMatches) -> anyhow::Result<()> {
    let Told { common, json } = Told::from_arg_matches(matches)?;
    let asked = arguments::asked(act, matches)?;
    // Where nobody sits before a terminal, whoever wrote the command has decided.
    let asks = act.ends_something() && !matches.get_flag(arguments::YES) && io::stdin().is_terminal();
    if asks && !is_wanted(&question(act, &asked.path))? {
        output::say(Label::Note, "nothing was done");
        return Ok(());
    }
    let about = About::of(act.endpoint.method, act.endpoint.path);
    let desk = Desk::of(&common.admin, &common.data_dir, about, common.organization.as_deref())?;
    match act.endpoint.answer {
        Shape::Page(_, fields) => {
            let listed = pages::all(&desk, act, &asked)?;
            if listed.has_more {
                output::say(Label::Note, &format!("there are more than {}; raise --limit", listed.data.len()));
            }
            shown::list(&listed, fields, json)
        }
        Shape::One(fields) => {
            shown::one(&desk.ask(act.endpoint.method, &asked, &asked.query)?, fields, json, || desk.base())
        }
    }
}

/// Does an act that a command declared by hand asks for.
pub(super) fn act(common: &Common, method: Method, path: &str, body: &Json) -> anyhow::Result<Json> {
    let asked = arguments::Asked { path: path.to_owned(), body: body.to_string().into_bytes(), ..Default::default() };
    let about = About::of(method, path);
    Desk::of(&common.admin, &common.data_dir, about, common.organization.as_deref())?.ask(method, &asked, &[])
}

/// `Delete projects users user_1 (of proj_1)? This cannot be undone.`
fn question(act: &Act, path: &str) -> String {
    let verb = if act.endpoint.method == Method::Delete { "Delete" } else { "Archive" };
    format!("{verb} {}? This cannot be undone.", path.trim_start_matches("/organization/").trim_start_matches('/'))
}

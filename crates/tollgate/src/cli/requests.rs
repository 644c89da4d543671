//! `tollgate requests`: what became of requests.
//!
//! In: the data directory, also of a running server. Out: records, as text or as JSON in the form of the API, with the
//! evidence that only operators may read.

mod show;

use anyhow::Context;
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::Value as Json;
use tollgate_core::id::RequestId;
use tollgate_core::record::Outcome;
use tollgate_core::requests::RequestRecord;
use tollgate_gateway::request_record::{self, Audience};
use tollgate_store::records::{self as store, Filter};

use super::data_dir::DataDirArgs;
use super::documents::{REQUEST, REQUESTS};
use super::narrow::{self, NarrowArgs};
use super::number::{count, status};
use super::output::{self, Label, Refused};
use super::records;
use super::span::SpanArgs;
use crate::wiring::now;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate requests list --since 1h --status 429
  tollgate requests list --key key_0aB3 --json | jq '.data[].usage'
  tollgate requests show req_01a1fba57fd23a2376004b8125cc10ff
  tollgate requests show req_01a1fba57fd23a2376004b8125cc10ff --json")]
pub(super) enum Command {
    /// List requests, newest first
    #[command(after_help = "\
Examples:
  tollgate requests list --since 1h --status 429
  tollgate requests list --outcome failed --json | jq -r '.data[].cause'")]
    List(List),
    /// Show one request
    #[command(after_help = "\
Examples:
  tollgate requests show req_01a1fba57fd23a2376004b8125cc10ff")]
    Show(Show),
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    narrow: NarrowArgs,
    /// Only with this status; 0 for those of which none is known
    #[arg(long, value_parser = status)]
    status: Option<u16>,
    /// Only with this cause
    #[arg(long, value_name = "SLUG", value_parser = narrow::cause)]
    cause: Option<String>,
    /// Only with this outcome
    #[arg(long, value_parser = outcome())]
    outcome: Option<Outcome>,
    #[command(flatten)]
    span: SpanArgs,
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = count::<1_000_000>)]
    limit: u32,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// `req_…`: the header x-request-id of its answer
    id: RequestId,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::List(args) => list(args),
        Command::Show(args) => show(args),
    }
}

fn outcome() -> impl TypedValueParser<Value = Outcome> {
    let named = |name: String| Outcome::ALL.into_iter().find(|o| o.name() == name).ok_or("not one of the outcomes");
    PossibleValuesParser::new(Outcome::ALL.map(Outcome::name)).try_map(named)
}

fn list(args: &List) -> anyhow::Result<()> {
    let span = args.span.resolve(now(), None)?;
    let opened = records::open(&args.data_dir)?;
    opened.warn_of_unread();
    let whose = args.narrow.resolve(&opened.data_dir, &opened.records)?;
    let filter = Filter {
        span,
        project: whose.project.as_deref(),
        key: whose.key,
        model: args.narrow.model.as_deref(),
        status: args.status,
        cause: args.cause.as_deref(),
        outcome: args.outcome,
        limit: args.limit,
    };
    let found = store::list(&opened.records, &filter).context("the records cannot be read")?;
    if found.is_empty() {
        args.narrow.note_nothing(&opened.records)?;
    }
    if args.json {
        return output::document(&REQUESTS, &found.iter().map(members).collect::<Vec<_>>());
    }
    let rows: Vec<_> = found.iter().map(show::row).collect();
    output::table(show::HEAD, &rows)?;
    show::legend(&found).into_iter().for_each(|note| output::say(Label::Note, note));
    Ok(())
}

fn show(args: &Show) -> anyhow::Result<()> {
    let opened = records::open(&args.data_dir)?;
    let found = store::find(&opened.records, args.id).context("the records cannot be read")?;
    let Some(record) = found else { return Err(missing(args.id, opened.unread_bytes).into()) };
    if args.json {
        return output::document(&REQUEST, &members(&record));
    }
    show::lines(&record).into_iter().try_for_each(output::line)
}

/// As the API tells it, and for an operator; what it is called is told of every document alike.
fn members(record: &RequestRecord) -> Json {
    let mut json = request_record::json(record, Audience::Operator);
    if let Some(members) = json.as_object_mut() {
        members.remove("object");
        members.remove("version");
    }
    json
}

pub(super) fn missing(id: RequestId, unread_bytes: u64) -> Refused {
    if unread_bytes > 0 {
        let message = format!(
            "the database has no record of {id}, and {unread_bytes} bytes of the journal are not in it yet: it may be there"
        );
        return Refused::failed(message).help("try again in a moment");
    }
    Refused::failed(format!("there is no record of {id}")).help(
        "requests leave one if they reached a provider, or were refused to a known caller; the record is there once the request has ended",
    )
}

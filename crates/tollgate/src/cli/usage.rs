//! `tollgate usage`: requests, tokens and times over a span, added up.
//!
//! In: the data directory, also of a running server. Out: a table or JSON, read from sums by minute, hour and day; so it
//! takes no longer for more requests.

mod show;

use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use tollgate_store::records::{self as store, Dimension, Query};

use super::data_dir::DataDirArgs;
use super::documents::USAGE;
use super::narrow::NarrowArgs;
use super::output::{self, Label};
use super::records;
use super::span::SpanArgs;
use crate::wiring::now;

/// Without a beginning.
const USUAL: Duration = Duration::from_secs(30 * 86_400);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Times are UTC. A request counts where it was accepted.

Examples:
  tollgate usage                           the last 30 days, by model
  tollgate usage --by day,model --since 7d
  tollgate usage --by outcome,cause --since 1h
  tollgate usage --by key --project default --from 2026-11-01 --json")]
pub(super) struct Args {
    /// What to add up by, separated by commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "model")]
    by: Vec<By>,
    #[command(flatten)]
    span: SpanArgs,
    #[command(flatten)]
    narrow: NarrowArgs,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// `proj_…`
    Project,
    /// `key_…`
    Key,
    /// As callers ask for it
    Model,
    /// The one asked last
    Deployment,
    /// HTTP status of the answer
    Status,
    /// complete, failed, interrupted, abandoned
    Outcome,
    /// Why it failed
    Cause,
    /// UTC
    Minute,
    /// UTC
    Hour,
    /// UTC
    Day,
}

impl By {
    fn dimension(self) -> Dimension {
        match self {
            Self::Project => Dimension::Project,
            Self::Key => Dimension::Key,
            Self::Model => Dimension::Model,
            Self::Deployment => Dimension::Deployment,
            Self::Status => Dimension::Status,
            Self::Outcome => Dimension::Outcome,
            Self::Cause => Dimension::Cause,
            Self::Minute => Dimension::Minute,
            Self::Hour => Dimension::Hour,
            Self::Day => Dimension::Day,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Key => "key",
            Self::Model => "model",
            Self::Deployment => "deployment",
            Self::Status => "status",
            Self::Outcome => "outcome",
            Self::Cause => "cause",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let span = args.span.resolve(now(), Some(USUAL))?;
    let opened = records::open(&args.data_dir)?;
    opened.warn_of_unread();
    let whose = args.narrow.resolve(&opened.data_dir, &opened.records)?;
    // Twice the same would be two columns of it.
    let first = |(at, by): (usize, &By)| (!args.by[..at].contains(by)).then_some(*by);
    let wanted: Vec<By> = args.by.iter().enumerate().filter_map(first).collect();
    let by: Vec<_> = wanted.iter().map(|by| by.dimension()).collect();
    let query = Query {
        span,
        by: &by,
        project: whose.project.as_deref(),
        key: whose.key,
        model: args.narrow.model.as_deref(),
        ..Query::default()
    };
    let usage = store::usage(&opened.records, &query).context("the sums cannot be read")?;
    if usage.groups.is_empty() {
        args.narrow.note_model_without_sums();
    }
    let names: Vec<_> = wanted.iter().map(|by| by.name()).collect();
    if args.json {
        return output::document(&USAGE, &show::json(&usage, &names, opened.unread_bytes));
    }
    if usage.span.start > query.span.start {
        let message = format!("finer sums are kept from {} on only", output::time(usage.span.start));
        output::say(Label::Note, &message);
    }
    show::table(&usage, &names).into_iter().try_for_each(output::line)?;
    show::legend(&usage).iter().for_each(|note| output::say(Label::Note, note));
    Ok(())
}

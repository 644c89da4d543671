//! `tollgate requests`: what became of requests.
//!
//! In: the data directory, also of a running server. Out: records, as text or as JSON in the form of the API, with the
//! evidence that only operators may read.

mod show;

use anyhow::Context;
use clap::Subcommand;
use tollgate_core::id::RequestId;
use tollgate_gateway::request_record::{self, Audience};

use super::data_dir::DataDirArgs;
use super::output::{self, Refused};
use super::records;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate requests show req_01a1fba57fd23a2376004b8125cc10ff
  tollgate requests show req_01a1fba57fd23a2376004b8125cc10ff --json | jq .usage")]
pub(super) enum Command {
    /// Show one request
    Show(Show),
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
        Command::Show(args) => show(args),
    }
}

fn show(args: &Show) -> anyhow::Result<()> {
    let records = records::open(&args.data_dir)?;
    let found = tollgate_store::records::find(&records, args.id).context("the records cannot be read")?;
    let Some(record) = found else {
        return Err(Refused::failed(format!("there is no record of {}", args.id))
            .help("requests leave one if they reached a provider, or were refused to a known caller; it is there once they have ended")
            .into());
    };
    if args.json {
        return output::json(&request_record::json(&record, Audience::Operator));
    }
    show::lines(&record).into_iter().try_for_each(output::line)
}

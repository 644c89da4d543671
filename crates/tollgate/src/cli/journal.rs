//! `tollgate journal`: what the journal of usage holds, and whether it is whole.
//!
//! In: the journal's directory, also of a running server. Out: its entries, one per line; or counts and what is wrong.

mod show;

use std::collections::HashSet;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use tollgate_core::record::Entry;
use tollgate_store::journal::{End, Entries, read_dir};

use super::data_dir::DataDirArgs;
use super::output::{self, Label, Refused};
use crate::wiring::JOURNAL_DIRECTORY;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate journal dump
  tollgate journal dump --json | jq 'select(.entry == \"settlement\") | .usage'
  tollgate journal verify")]
pub(super) enum Command {
    /// Print every entry, one per line
    Dump(Common),
    /// Read every entry and say what is wrong; exit code 0 or 1
    Verify(Common),
}

#[derive(Debug, Args)]
pub(super) struct Common {
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Dump(args) => dump(args),
        Command::Verify(args) => verify(args),
    }
}

fn entries(args: &Common) -> anyhow::Result<Entries> {
    let directory = args.data_dir.directory()?.join(JOURNAL_DIRECTORY);
    if !directory.is_dir() {
        let message = format!("there is no journal in {}", directory.display());
        return Err(Refused::usage(message).help("name the server's data directory with --data-dir").into());
    }
    read_dir(&directory).context("the journal cannot be read")
}

fn dump(args: &Common) -> anyhow::Result<()> {
    for read in entries(args)? {
        let (place, bytes) = read.context("the journal cannot be read to its end")?;
        match (Entry::decode(&bytes), args.json) {
            (Some(entry), true) => output::json(&show::json(place, &entry))?,
            (Some(entry), false) => output::line(show::line(&entry))?,
            (None, true) => output::json(&json!({ "entry": "unknown", "segment": place.segment.to_string() }))?,
            (None, false) => output::line(format!("unknown entry in {} at {}", place.segment, place.offset))?,
        }
    }
    Ok(())
}

/// What was found.
#[derive(Debug, Default, serde::Serialize)]
struct Findings {
    segments: usize,
    admissions: u64,
    settlements: u64,
    refusal_counts: u64,
    /// Admitted, and not settled: in flight, or cut off by a crash.
    unsettled: u64,
    /// Settlements of a request that was settled before.
    settled_twice: u64,
    /// Entries with a right checksum that this version cannot read.
    unknown: u64,
    /// Segments that cannot be opened.
    unreadable: u64,
    /// Segments with something behind their last good entry.
    torn: Vec<String>,
}

fn verify(args: &Common) -> anyhow::Result<()> {
    let mut findings = Findings::default();
    let (mut open, mut settled) = (HashSet::new(), HashSet::new());
    let mut entries = entries(args)?;
    for read in entries.by_ref() {
        let bytes = match read {
            Ok((_, bytes)) => bytes,
            Err(error) => {
                output::say(Label::Error, &format!("{:#}", anyhow::Error::from(error)));
                findings.unreadable += 1;
                continue;
            }
        };
        match Entry::decode(&bytes) {
            None => findings.unknown += 1,
            Some(Entry::RefusalCount(_)) => findings.refusal_counts += 1,
            Some(Entry::Admission(admission)) => {
                findings.admissions += 1;
                open.insert(admission.request);
            }
            Some(Entry::Settlement(settlement)) => {
                findings.settlements += 1;
                open.remove(&settlement.request);
                findings.settled_twice += u64::from(!settled.insert(settlement.request));
            }
        }
    }
    findings.unsettled = open.len() as u64;
    findings.segments = entries.ends().len();
    let torn = entries.ends().iter().filter(|(_, end)| matches!(end, End::Torn { .. }));
    findings.torn = torn.map(|(segment, _)| segment.to_string()).collect();
    report(&findings, args.json)
}

fn report(findings: &Findings, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        output::json(findings)?;
    } else {
        let Findings { segments, admissions, settlements, refusal_counts, unsettled, .. } = findings;
        output::line(format!(
            "{segments} segment(s): {admissions} admission(s), {settlements} settlement(s), {refusal_counts} count(s) of \
             refusals; {unsettled} admitted and not settled"
        ))?;
    }
    let wrong = [
        (findings.settled_twice, "settled twice"),
        (findings.unknown, "not readable by this version"),
        (findings.unreadable, "segment(s) that cannot be opened"),
        (findings.torn.len() as u64, "segment(s) with a torn end"),
    ];
    let wrong: Vec<_> = wrong.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let help = "a torn end after a crash or a loss of power is the write that was cut off; entries before it are good";
    Err(Refused::failed(format!("the journal is not whole: {}", wrong.join(", "))).help(help).into())
}

//! `tollgate journal`: what the journal of usage holds, and whether it is whole.
//!
//! In: the journal's directory, also of a running server. Out: its entries by time, one per line; or counts and what is
//! wrong.

mod show;

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use tollgate_core::record::Entry;
use tollgate_store::journal::{Condition, Damage, End, Place, SegmentId, read_dir, timeline};

use super::data_dir::DataDirArgs;
use super::documents::{JOURNAL_CHECK, JOURNAL_ENTRY};
use super::output::{self, Label, Refused};
use super::progress::Progress;
use crate::wiring::JOURNAL_DIRECTORY;
use crate::words::counted;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate journal dump
  tollgate journal dump --json | jq 'select(.entry == \"settlement\") | .usage'
  tollgate journal verify")]
pub(super) enum Command {
    /// Print every entry by time, one per line; exit code 1 where something is damaged
    #[command(after_help = "\
Examples:
  tollgate journal dump
  tollgate journal dump --json | jq 'select(.entry == \"settlement\") | .usage'")]
    Dump(Common),
    /// Read every entry and say what is wrong; exit code 0 or 1
    #[command(after_help = "\
Examples:
  tollgate journal verify
  tollgate journal verify --json | jq .damaged")]
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

fn directory(args: &Common) -> anyhow::Result<PathBuf> {
    let directory = args.data_dir.directory()?.join(JOURNAL_DIRECTORY);
    if !directory.is_dir() {
        let message = format!("there is no journal in {}", directory.display());
        return Err(Refused::usage(message)
            .help("name the server's data directory with --data-dir; tollgate up makes one")
            .into());
    }
    Ok(directory)
}

fn dump(args: &Common) -> anyhow::Result<()> {
    let mut entries = timeline(&directory(args)?).context("the journal cannot be read")?;
    let mut unreadable = 0;
    for read in entries.by_ref() {
        let (place, bytes) = match read {
            Ok(entry) => entry,
            Err(error) => {
                output::say(Label::Error, &format!("{:#}", anyhow::Error::from(error)));
                unreadable += 1;
                continue;
            }
        };
        match (Entry::decode(&bytes), args.json) {
            (Some(entry), true) => output::document(&JOURNAL_ENTRY, &show::json(place, &entry))?,
            (Some(entry), false) => output::line(show::line(&entry))?,
            (None, true) => output::document(&JOURNAL_ENTRY, &unknown(place))?,
            (None, false) => output::line(format!("unknown entry in {} at {}", place.segment, place.offset))?,
        }
    }
    let condition = entries.condition();
    for segment in torn(&condition) {
        output::say(Label::Note, &format!("{segment} has a torn end: {TORN}"));
    }
    note_gone(condition.gone);
    tell(&condition.damage);
    refuse(&[(unreadable, UNREADABLE), (condition.damage.len() as u64, DAMAGED)])
}

/// An entry of another version.
fn unknown(place: Place) -> Json {
    json!({ "entry": "unknown", "segment": place.segment.to_string(), "offset": place.offset })
}

/// Says how many segments a running server has deleted since they were listed.
fn note_gone(segments: usize) {
    if segments > 0 {
        let segments = counted(segments as u64, "segment", "segments");
        let message = format!("{segments} went meanwhile: the server has read what they held into its records");
        output::say(Label::Note, &message);
    }
}

const UNREADABLE: [&str; 2] = ["segment that cannot be read", "segments that cannot be read"];
const DAMAGED: [&str; 2] = ["damaged place, where entries are missing", "damaged places, where entries are missing"];

/// What a torn end is.
const TORN: &str = "the last write was cut off by a crash or a loss of power; entries before it are good";

fn torn(condition: &Condition) -> impl Iterator<Item = SegmentId> {
    let damaged = |segment| condition.damage.iter().any(|d| d.segment == segment);
    let torn = condition.ends.iter().filter(|(_, end)| matches!(end, End::Torn { .. }));
    torn.map(|(segment, _)| *segment).filter(move |segment| !damaged(*segment))
}

fn tell(damage: &[Damage]) {
    for Damage { segment, bytes } in damage {
        let message = format!("{segment} is damaged from byte {} to {}", bytes.start, bytes.end);
        output::say(Label::Error, &message);
    }
}

/// An error where something is wrong.
fn refuse(wrong: &[(u64, [&str; 2])]) -> anyhow::Result<()> {
    let wrong = wrong.iter().filter(|(n, _)| *n > 0);
    let wrong: Vec<_> = wrong.map(|(n, [one, many])| counted(*n, one, many)).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let help = "entries before and behind damage are good and were read; a torn end is no damage, but the write that a \
                crash or a loss of power cut off";
    Err(Refused::failed(format!("the journal is not whole: {}", wrong.join(", "))).help(help).into())
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
    /// Segments whose last write was cut off.
    torn: Vec<String>,
    /// Segments that a running server has read into its records, and deleted, before they could be read here.
    gone: usize,
    /// Places in the middle of what was written that hold something else now.
    damaged: Vec<Damaged>,
}

#[derive(Debug, serde::Serialize)]
struct Damaged {
    segment: String,
    from: u64,
    to: u64,
}

fn verify(args: &Common) -> anyhow::Result<()> {
    let mut findings = Findings::default();
    let (mut open, mut settled) = (HashSet::new(), HashSet::new());
    let mut entries = read_dir(&directory(args)?).context("the journal cannot be read")?;
    let mut progress = Progress::of("reading the journal", 0);
    for (done, read) in entries.by_ref().enumerate() {
        progress.at(done as u64, || counted(done as u64, "entry", "entries"));
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
    drop(progress);
    findings.unsettled = open.len() as u64;
    let condition = entries.condition();
    findings.segments = condition.ends.len();
    findings.gone = condition.gone;
    findings.torn = torn(condition).map(|segment| segment.to_string()).collect();
    findings.damaged = condition.damage.iter().map(Damaged::of).collect();
    note_gone(condition.gone);
    tell(&condition.damage);
    report(&findings, args.json)
}

impl Damaged {
    fn of(damage: &Damage) -> Self {
        Self { segment: damage.segment.to_string(), from: damage.bytes.start, to: damage.bytes.end }
    }
}

fn report(findings: &Findings, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        output::document(&JOURNAL_CHECK, findings)?;
    } else {
        output::line(format!(
            "{}: {}, {}, {} of refusals; {} admitted and not settled",
            counted(findings.segments as u64, "segment", "segments"),
            counted(findings.admissions, "admission", "admissions"),
            counted(findings.settlements, "settlement", "settlements"),
            counted(findings.refusal_counts, "count", "counts"),
            findings.unsettled
        ))?;
    }
    refuse(&[
        (findings.settled_twice, ["request settled twice", "requests settled twice"]),
        (findings.unknown, ["entry not readable by this version", "entries not readable by this version"]),
        (findings.unreadable, UNREADABLE),
        (findings.damaged.len() as u64, DAMAGED),
        (findings.torn.len() as u64, ["segment with a torn end", "segments with a torn end"]),
    ])
}

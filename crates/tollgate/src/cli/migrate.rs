//! `tollgate migrate`: which versions the databases of a data directory have.
//!
//! In: a data directory. Out: for each database its version and this program's. Nothing is changed: a server brings its databases
//! to its version when it starts.

use anyhow::Context;
use serde_json::json;
use tollgate_store::backup::{self, Version};

use super::data_dir::DataDirArgs;
use super::documents::MIGRATIONS;
use super::output::{self, Ended};

#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Migrations go forward only. A server makes them when it starts; one of the version \
before goes on running beside them.

Examples:
  tollgate migrate status")]
pub(super) enum Command {
    /// Say which versions the databases have, and what a start would do
    #[command(after_help = "\
Exit code 0 where this program can use them, 1 where one is of a newer version.

Examples:
  tollgate migrate status
  tollgate migrate status --json | jq -r '.data[].state'")]
    Status {
        #[command(flatten)]
        data_dir: DataDirArgs,
        /// Print JSON on standard output
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Status { data_dir, json } = command;
    let directory = data_dir.directory()?;
    let versions = backup::versions(&directory)
        .with_context(|| format!("the databases in {} cannot be looked at", directory.display()))?;
    match json {
        true => output::document(&MIGRATIONS, &versions.iter().map(to_json).collect::<Vec<_>>())?,
        false => {
            let rows: Vec<_> = versions.iter().map(row).collect();
            output::table(["DATABASE", "VERSION", "THIS PROGRAM", "STATE"], &rows)?;
        }
    }
    if versions.iter().any(|version| state(version) == "newer") { Err(Ended(1).into()) } else { Ok(()) }
}

fn to_json(version: &Version) -> serde_json::Value {
    json!({ "file": version.file, "found": version.found, "known": version.known, "state": state(version) })
}

fn row(version: &Version) -> [String; 4] {
    let found = version.found.map_or_else(|| "–".to_owned(), |found| found.to_string());
    let told = match state(version) {
        "absent" => "not there; a start makes it",
        "behind" => "a start brings it to this version",
        "newer" => "of a newer version: this one refuses it",
        _ => "up to date",
    };
    [version.file.to_owned(), found, version.known.to_string(), told.to_owned()]
}

fn state(version: &Version) -> &'static str {
    match version.found {
        None => "absent",
        Some(found) if found < version.known => "behind",
        Some(found) if found > version.known => "newer",
        Some(_) => "current",
    }
}

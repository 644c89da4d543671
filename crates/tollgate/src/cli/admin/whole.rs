//! `tollgate export` and `tollgate import`: the whole configuration of providers and models, as one document.
//!
//! In: a server, or a data directory; for an import, the document. Out: the document, or what became of each of its objects.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde_json::{Value as Json, json};
use tollgate_control::api::endpoint::Method;

use super::arguments::Asked;
use super::desk::{About, Desk};
use crate::cli::data_dir::DataDirArgs;
use crate::cli::output::printable::escaped;
use crate::cli::output::{self, Label, Refused};
use crate::cli::target::admin::AdminArgs;

/// Of a document at most.
const BYTES_MAX: u64 = 64 << 20;

#[derive(Debug, Args)]
#[command(after_help = "\
As GET /v1/tollgate/export does: what the file says and what was set over the \
API. Credentials go by name.

Examples:
  tollgate export > configuration.json
  tollgate export --url https://llm.example.com/v1 > configuration.json")]
pub(in crate::cli) struct Export {
    #[command(flatten)]
    admin: AdminArgs,
    #[command(flatten)]
    data_dir: DataDirArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
As POST /v1/tollgate/import does: all of it, or nothing. What the configuration \
file defines has to say the same.

Examples:
  tollgate import configuration.json --dry-run
  tollgate import configuration.json --prune
  tollgate export --url https://a.example/v1 | tollgate import -")]
pub(in crate::cli) struct Import {
    /// The document; - for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Delete what was set over the API and is not in the document
    #[arg(long)]
    prune: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    admin: AdminArgs,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output, as the API answers
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn export(args: &Export) -> anyhow::Result<()> {
    let desk = Desk::of(&args.admin, &args.data_dir, About::ConfigurationRead, None)?;
    let document = desk.ask(Method::Get, &to("export", Vec::new()), &[])?;
    serde_json::to_string_pretty(&document)?.lines().try_for_each(|line| output::line(escaped(line)))
}

pub(in crate::cli) fn import(args: &Import) -> anyhow::Result<()> {
    let mut document = read(args)?;
    for (member, is_wanted) in [("prune", args.prune), ("dry_run", args.dry_run)] {
        if is_wanted {
            document[member] = json!(true);
        }
    }
    let desk = Desk::of(&args.admin, &args.data_dir, About::ConfigurationChanged, None)?;
    let outcome = desk.ask(Method::Post, &to("import", document.to_string().into_bytes()), &[])?;
    if args.json {
        return output::line(escaped(&outcome.to_string()));
    }
    let all = outcome["changes"].as_array().map_or(&[][..], Vec::as_slice);
    let row = |one: &Json| ["kind", "name", "change"].map(|member| one[member].as_str().unwrap_or("-").to_owned());
    let rows: Vec<_> = all.iter().filter(|one| one["change"] != "unchanged").map(row).collect();
    let unchanged = all.len() - rows.len();
    if !rows.is_empty() {
        output::table(["KIND", "NAME", "CHANGE"], &rows)?;
    }
    let end = if args.dry_run { "; nothing was done" } else { "" };
    output::say(Label::Note, &format!("{} of {} are as they were{end}", unchanged, all.len()));
    Ok(())
}

fn to(what: &str, body: Vec<u8>) -> Asked {
    Asked { path: format!("/tollgate/{what}"), body, ..Asked::default() }
}

/// The document, if it can be one.
fn read(args: &Import) -> anyhow::Result<Json> {
    let name = args.file.display();
    let mut text = String::new();
    let took = match args.file.as_os_str() == "-" {
        true => io::stdin().take(BYTES_MAX).read_to_string(&mut text),
        false => File::open(&args.file).and_then(|file| file.take(BYTES_MAX).read_to_string(&mut text)),
    };
    took.map_err(|error| Refused::usage(format!("{name} cannot be read: {error}")))?;
    let document: Json = serde_json::from_str(&text)
        .map_err(|error| Refused::usage(format!("{name} is not JSON: {error}")).help("tollgate export prints one"))?;
    match document.is_object() {
        true => Ok(document),
        false => Err(Refused::usage(format!("{name} is not an object")).help("tollgate export prints one").into()),
    }
}

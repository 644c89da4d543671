//! `tollgate keys import`: keys of another system, which go on working here.
//!
//! In: a file or standard input with the SHA-256 of each key's text, its name, and what else a new key has. Out: a
//! table or JSON with what became of each, or every line that is wrong; then nothing was imported.

mod csv;
mod entry;
mod json;
mod lines;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use clap::builder::NonEmptyStringValueParser;
use serde_json::json;
use tollgate_control::use_cases::holder::import_keys;
use tollgate_control::use_cases::keys::{ImportError, Imported, ImportedKey, Run, WrongEntry, WrongReason};
use tollgate_store::database::Database;

use self::entry::{Entry, Wrong};
use crate::cli::data_dir::DataDirArgs;
use crate::cli::documents::IMPORT;
use crate::cli::output::{self, Label, Refused};
use crate::handover::keys_changed;
use crate::wiring::now;
use crate::words::counted;

/// Wrong lines that are told at most.
const MOST_TOLD: usize = 50;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each entry has a digest (the SHA-256 of the key's text, 64 hexadecimal digits) \
and a name. It may have last_four, project, models, deny_models, scopes, expires \
and metadata. All entries are imported or, if any is wrong, none. A digest that \
is there already is left as it is, so the same file can be imported again.

  lines   DIGEST NAME
  csv     a head names the columns: digest,name,models,expires,metadata.team
          a cell with several texts is quoted: \"gpt-4o*,sandbox\"
  json    an array of objects, or objects one after the other:
          {\"digest\": \"…\", \"name\": \"web\", \"models\": [\"gpt-4o*\"]}

Examples:
  tollgate keys import old-keys.csv --dry-run
  printf '%s web\\n' \"$(printf %s \"$OLD_KEY\" | sha256sum | cut -c1-64)\" |
    tollgate keys import -")]
pub(in crate::cli) struct Args {
    /// File to read, or - for standard input
    file: PathBuf,
    /// How it is written [default: told from its beginning]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Project of the keys that name none, by id or name [default: the project called default, else the oldest]
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Organization in which to look for projects, by id [default: the oldest]
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    organization: Option<String>,
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

/// How entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A digest and a name per line
    Lines,
    /// Comma-separated values under a head
    Csv,
    /// An array of objects, or objects one after the other
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let (database, _) = args.data_dir.open()?;
    let name = if is_standard_input(&args.file) { "standard input".into() } else { args.file.display().to_string() };
    let text = read(&args.file, &name)?;
    let format = args.format.unwrap_or_else(|| told_from(&text));
    let (entries, wrong) = entries(format, &text);
    if entries.is_empty() && wrong.is_empty() {
        return Err(Refused::failed(format!("{name} holds no key")).into());
    }
    let run = if args.dry_run { Run::Dry } else { Run::Real };
    let outcomes = import(&database, args, &entries, wrong, run)?;
    let outcomes = outcomes.map_err(|wrong| refused(&name, &wrong))?;
    report(args, &entries, &outcomes)
}

fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn read(file: &Path, name: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let read = if is_standard_input(file) {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(file).map(|content| bytes = content)
    };
    read.map_err(|error| {
        Refused::usage(format!("{name} cannot be read: {error}")).help("name a file, or - for standard input")
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Refused::failed(format!("{name}:{line}: this is not UTF-8"))
    })?;
    // Spreadsheets begin what they export with one.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// How a text is written, from its beginning: each format has its own.
fn told_from(text: &str) -> Format {
    let begin = text.trim_start();
    if begin.starts_with(['[', '{']) {
        return Format::Json;
    }
    let head = begin.lines().next().unwrap_or_default();
    let names_digest = head.split(',').any(|cell| cell.trim().trim_matches('"') == entry::DIGEST);
    // A line has a blank behind its digest, before any comma of the name.
    let first_cell = head.split_once(',').map(|(first, _)| first);
    let is_head = first_cell.is_some_and(|first| !first.starts_with('#') && !first.contains(char::is_whitespace));
    if names_digest || is_head { Format::Csv } else { Format::Lines }
}

fn entries(format: Format, text: &str) -> (Vec<Entry>, Vec<Wrong>) {
    let read = match format {
        Format::Lines => lines::read(text),
        Format::Csv => csv::read(text),
        Format::Json => json::read(text),
    };
    let (mut entries, mut wrong) = (Vec::new(), Vec::new());
    for one in read {
        match one.and_then(|(line, members)| entry::of(line, &members)) {
            Ok(entry) => entries.push(entry),
            Err(what) => wrong.push(what),
        }
    }
    (entries, wrong)
}

/// Imports the entries unless any is wrong. What cannot be read is no reason to keep silent about the others: they are
/// tried, and all that is wrong is told in the order of the file.
fn import(
    database: &Database,
    args: &Args,
    entries: &[Entry],
    mut wrong: Vec<Wrong>,
    run: Run,
) -> anyhow::Result<Result<Vec<Imported>, Vec<Wrong>>> {
    let keys: Vec<ImportedKey> =
        entries.iter().map(|entry| entry.key(args.organization.as_deref(), args.project.as_deref())).collect();
    let run = if wrong.is_empty() { run } else { Run::Dry };
    match import_keys(database, &keys, run, now()) {
        Ok(outcomes) if wrong.is_empty() => {
            keys_changed(database.data_dir());
            return Ok(Ok(outcomes));
        }
        Ok(_) => {}
        Err(ImportError::Entries(more)) => wrong.extend(more.iter().map(|more| told(more, entries))),
        Err(ImportError::Store(error)) => return Err(error).context("the keys were not imported"),
    }
    wrong.sort_by_key(|wrong| wrong.line);
    Ok(Err(wrong))
}

fn told(wrong: &WrongEntry, entries: &[Entry]) -> Wrong {
    let line = entries[wrong.at].line;
    match &wrong.reason {
        WrongReason::Key(error) => Wrong::at(line, error.to_string()),
        WrongReason::Repeats(first) => Wrong::at(line, format!("the same digest as in line {}", entries[*first].line)),
    }
}

/// Says what is wrong with each line; the failure sums it up.
fn refused(name: &str, wrong: &[Wrong]) -> anyhow::Error {
    for Wrong { line, what } in wrong.iter().take(MOST_TOLD) {
        output::say(Label::Error, &format!("{name}:{line}: {what}"));
    }
    let more = match wrong.len().saturating_sub(MOST_TOLD) {
        0 => String::new(),
        more => format!(" ({more} more are not shown)"),
    };
    let wrong_lines: std::collections::BTreeSet<_> = wrong.iter().map(|wrong| wrong.line).collect();
    let lines = wrong_lines.len() as u64;
    let are = if lines == 1 { "is" } else { "are" };
    let message = format!("nothing was imported: {} of {name} {are} wrong{more}", counted(lines, "line", "lines"));
    Refused::failed(message).help("correct them and import again; --dry-run only checks").into()
}

fn report(args: &Args, entries: &[Entry], outcomes: &[Imported]) -> anyhow::Result<()> {
    let id = |outcome: &Imported| match outcome {
        Imported::Added(_) if args.dry_run => None,
        Imported::Added(key) | Imported::Present { key, .. } => Some(key.to_string()),
    };
    let added = outcomes.iter().filter(|outcome| matches!(outcome, Imported::Added(_))).count();
    let present = outcomes.len() - added;
    if args.json {
        let keys: Vec<_> = entries
            .iter()
            .zip(outcomes)
            .map(|(entry, outcome)| {
                let (word, differs) = in_words(outcome);
                json!({ "line": entry.line, "name": entry.name(), "id": id(outcome), "outcome": word, "differs": differs })
            })
            .collect();
        return output::document(
            &IMPORT,
            &json!({ "dry_run": args.dry_run, "added": added, "present": present, "keys": keys }),
        );
    }
    let rows: Vec<_> = entries
        .iter()
        .zip(outcomes)
        .map(|(entry, outcome)| {
            let id = id(outcome).unwrap_or_else(|| "-".to_owned());
            let (word, differs) = in_words(outcome);
            let word = if args.dry_run && word == "added" { "would be added" } else { word };
            let differs = if differs.is_empty() { String::new() } else { format!(", other {}", differs.join(", ")) };
            [entry.line.to_string(), id, entry.name().to_owned(), format!("{word}{differs}")]
        })
        .collect();
    output::table(["LINE", "ID", "NAME", "OUTCOME"], &rows)?;
    let done = if args.dry_run { "would be added; nothing was written" } else { "added" };
    output::say(Label::Note, &format!("{added} {done}; {present} there already and left as they are"));
    Ok(())
}

fn in_words(outcome: &Imported) -> (&'static str, &[&'static str]) {
    match outcome {
        Imported::Added(_) => ("added", &[]),
        Imported::Present { differs, .. } => ("present", differs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_from_its_beginning() {
        let digest = "ab".repeat(32);

        assert_eq!(told_from(" \n[{}]"), Format::Json);
        assert_eq!(told_from("{\"digest\": 1}"), Format::Json);
        assert_eq!(told_from("name,\"digest\"\n"), Format::Csv);
        assert_eq!(told_from(&format!("{digest} Smith, John")), Format::Lines);
        assert_eq!(told_from("# old, and new\n"), Format::Lines);
        assert_eq!(told_from("name,models\nweb,gpt-4o\n"), Format::Csv);
        assert_eq!(told_from(""), Format::Lines);
    }

    #[test]
    fn what_cannot_be_read_and_what_is_not_acceptable_are_told_together() {
        let digest = "ab".repeat(32);
        let text = format!("digest,name,expires\n{digest},web,soon\n{digest}\n{digest},ci,\n");

        let (entries, wrong) = entries(Format::Csv, &text);

        assert_eq!(entries.iter().map(|e| (e.line, e.name())).collect::<Vec<_>>(), [(4, "ci")]);
        assert_eq!(wrong.iter().map(|w| w.line).collect::<Vec<_>>(), [2, 3]);
    }
}

//! `tollgate man`: manual pages, made from the declarations of the commands.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap_mangen::Man;

use super::help;
use super::output::{self, Label};
use super::{command, tree};
use crate::words::counted;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tollgate man | man -l -
  tollgate man keys create | man -l -
  tollgate man --all ~/.local/share/man/man1")]
pub(super) struct Args {
    /// The command it is about [default: tollgate itself]
    command: Vec<String>,
    /// Write the pages of all commands into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    all: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let Some(directory) = &args.all else {
        let command = tree::find(&args.command).ok_or_else(|| help::unknown("command", &args.command.join(" ")))?;
        return Ok(io::stdout().lock().write_all(&page(command)?)?);
    };
    let what = || format!("the pages cannot be written to {}", directory.display());
    fs::create_dir_all(directory).with_context(what)?;
    let mut written = 0;
    for command in tree::visible(&tree::built(command())) {
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        fs::write(directory.join(format!("{name}.1")), page(command)?).with_context(what)?;
        written += 1;
    }
    output::say(Label::Note, &format!("{} in {}", counted(written, "page", "pages"), directory.display()));
    Ok(())
}

/// The page of a command. Synopsis, examples, exit codes and variables are written here: the generator turns required
/// flags into arguments, and knows of the others nothing or a section without a name.
pub(super) fn page(mut command: clap::Command) -> io::Result<Vec<u8>> {
    let usage = command.render_usage().to_string();
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (notes, examples) = after.split_once("Examples:\n").unwrap_or((&after, ""));
    let (examples, more) = examples.split_once("\n\n").unwrap_or((examples, ""));
    let variables = variables(&command);
    let has_commands = tree::below(&command).next().is_some();
    let mut page = Vec::new();
    let version = concat!("tollgate ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command).manual("Tollgate").source(version);
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    section(&mut page, "SYNOPSIS", usage.trim_start_matches("Usage: "))?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    section(&mut page, "NOTES", &[notes.trim(), more.trim()].join("\n\n"))?;
    section(&mut page, "EXAMPLES", examples)?;
    let codes = help::EXIT_CODES.map(|(code, meaning)| format!("{code:>3}  {meaning}"));
    section(&mut page, "EXIT STATUS", &codes.join("\n"))?;
    section(&mut page, "ENVIRONMENT", &variables)?;
    Ok(page)
}

/// Variables that stand for flags of the command, and where the others are told.
fn variables(command: &clap::Command) -> String {
    let flag = |arg: &clap::Arg| Some(format!("{}  for --{}", arg.get_env()?.to_str()?, arg.get_long()?));
    let more = "tollgate help environment lists all others.".to_owned();
    command.get_arguments().filter_map(flag).chain([more]).collect::<Vec<_>>().join("\n")
}

/// A section of lines that stay as they are; none without text.
fn section(page: &mut Vec<u8>, name: &str, text: &str) -> io::Result<()> {
    let text = text.trim_matches('\n');
    if text.trim().is_empty() {
        return Ok(());
    }
    writeln!(page, ".SH \"{name}\"\n.nf")?;
    for line in text.lines() {
        // A dot or an apostrophe at the beginning of a line would be a command.
        writeln!(page, "\\&{}", line.replace('\\', "\\e").replace('-', "\\-"))?;
    }
    writeln!(page, ".fi")
}

//! `tollgate man`: manual pages, made from the declarations of the commands.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man;

use super::help;
use super::output::{self, Label};
use super::{Cli, tree};
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
    for command in tree::visible(&tree::built(Cli::command())) {
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        fs::write(directory.join(format!("{name}.1")), page(command)?).with_context(what)?;
        written += 1;
    }
    output::say(Label::Note, &format!("{} in {}", counted(written, "page", "pages"), directory.display()));
    Ok(())
}

fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let version = concat!("tollgate ", env!("CARGO_PKG_VERSION"));
    Man::new(command).manual("Tollgate").source(version).render(&mut page)?;
    Ok(page)
}

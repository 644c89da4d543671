//! `tollgate demo`: something to look at.

mod kinds;
mod summary;
mod traffic;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate demo traffic
  tollgate demo traffic --rate 50 --duration 5m")]
pub(super) enum Command {
    /// Send a mix of calls, some of which fail, to a server with the sandbox
    Traffic(traffic::Args),
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Traffic(args) => traffic::run(args),
    }
}

//! `tollgate contexts`: which servers somebody has signed in to, and which of them commands administer.
//!
//! In: the kept contexts. Out: a table or JSON without any token; `use` makes another one current.

use clap::Subcommand;
use serde_json::{Value as Json, json};

use super::Contexts;
use crate::cli::documents::CONTEXTS;
use crate::cli::output::{self, Label, Refused};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
The current context is the server that commands administer where neither a server nor a \
data directory is named.

Examples:
  tollgate login --context prod --email ada@example.com
  tollgate contexts list
  tollgate contexts use prod")]
pub(in crate::cli) enum Command {
    /// List the servers that you have signed in to
    #[command(after_help = "\
Examples:
  tollgate contexts list
  tollgate contexts list --json | jq -r '.data[] | select(.is_current) | .url'")]
    List {
        /// Print JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Make another one the current one
    #[command(after_help = "\
Examples:
  tollgate contexts use prod")]
    Use {
        /// Its name
        name: String,
    },
}

pub(in crate::cli) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::List { json } => list(*json),
        Command::Use { name } => switch(name),
    }
}

fn list(as_json: bool) -> anyhow::Result<()> {
    let contexts = Contexts::load()?;
    let current = contexts.find(None).map(|(name, _)| name);
    if as_json {
        let show = |(name, url): (&str, &str)| json!({ "name": name, "url": url, "is_current": Some(name) == current });
        let all: Vec<Json> = contexts.all().map(show).collect();
        return output::document(&CONTEXTS, &all);
    }
    let mark = |name: &str| if Some(name) == current { "*" } else { "" };
    let rows: Vec<_> = contexts.all().map(|(name, url)| [mark(name), name, url].map(str::to_owned)).collect();
    output::table(["CURRENT", "NAME", "URL"], &rows)
}

fn switch(name: &str) -> anyhow::Result<()> {
    let mut contexts = Contexts::load()?;
    let url = contexts.named(name)?.url.clone();
    contexts.make_current(name)?;
    output::say(Label::Note, &format!("commands administer {url} from now on"));
    Ok(())
}

/// Nobody has signed in under this name.
pub(super) fn unknown(name: &str, known: &[&str]) -> Refused {
    let refused = Refused::usage(format!("there is no context {name:?}"));
    match known {
        [] => refused.help(format!("tollgate login --context {name} signs in under that name")),
        known => refused.help(format!("there are {}", known.join(", "))),
    }
}

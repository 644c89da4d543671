//! `tollgate credentials`: secrets towards providers, kept encrypted in the data directory.
//!
//! In: a name; the secret from standard input or a hidden prompt, never from the arguments, which every process of the
//! machine can read. Out: names. No command shows a secret.

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use tollgate_control::use_cases::credentials as use_cases;

use super::data_dir::DataDirArgs;
use super::documents::CREDENTIALS;
use super::hidden;
use super::output::{self, Label, Refused};
use crate::wiring::now;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate credentials set openai              asks, and hides what is typed
  tollgate credentials set openai < key.txt
  printf %s \"$OPENAI_API_KEY\" | tollgate credentials set openai

A provider uses it with credential = { stored = \"openai\" }; a running server \
takes another value up within a second.")]
pub(super) enum Command {
    /// Keep a secret under a name; it is read from standard input or a hidden prompt
    #[command(after_help = "\
Examples:
  tollgate credentials set openai              asks, and hides what is typed
  tollgate credentials set openai < key.txt")]
    Set(Named),
    /// List the names
    #[command(after_help = "\
Examples:
  tollgate credentials list
  tollgate credentials list --json | jq -r '.data[].name'")]
    List {
        #[command(flatten)]
        data_dir: DataDirArgs,
        /// Print JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Remove one
    #[command(after_help = "\
Examples:
  tollgate credentials remove openai")]
    Remove(Named),
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// Its name
    name: String,
    #[command(flatten)]
    data_dir: DataDirArgs,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Set(args) => set(args),
        Command::List { data_dir, json } => list(data_dir, *json),
        Command::Remove(args) => remove(args),
    }
}

fn set(args: &Named) -> anyhow::Result<()> {
    // Whether that can be done at all is said before anybody types; what is needed for it is read after.
    drop(args.data_dir.open()?);
    let text = hidden::read(&format!("Secret for {}", args.name))?;
    let (database, secrets) = args.data_dir.open()?;
    use_cases::set_credential(&database, &secrets.master, &args.name, &text, now())
        .context("the credential was not stored")?;
    output::say(
        Label::Note,
        &format!("{} is stored, encrypted; use it with credential = {{ stored = {:?} }}", args.name, args.name),
    );
    Ok(())
}

fn list(data_dir: &DataDirArgs, as_json: bool) -> anyhow::Result<()> {
    let (database, _) = data_dir.open()?;
    let credentials = use_cases::list_credentials(&database).context("the credentials cannot be listed")?;
    if as_json {
        let list: Vec<_> = credentials
            .iter()
            .map(|c| json!({ "name": c.name, "created_at": c.created_at, "updated_at": c.updated_at }))
            .collect();
        return output::document(&CREDENTIALS, &list);
    }
    let rows: Vec<_> = credentials.iter().map(|c| [c.name.clone(), output::time(c.updated_at)]).collect();
    output::table(["NAME", "SET"], &rows)
}

fn remove(args: &Named) -> anyhow::Result<()> {
    let (database, _) = args.data_dir.open()?;
    use_cases::remove_credential(&database, &args.name).map_err(|error| {
        let refused = Refused::failed("the credential was not removed");
        anyhow::Error::new(error).context(refused.help("tollgate credentials list names those that are stored"))
    })?;
    output::say(Label::Note, &format!("{} is removed", args.name));
    Ok(())
}

//! `tollgate secrets`: the server's own two, looked at and rotated.
//!
//! In: a data directory. Out: where they are and what depends on them; after a rotation, new files and a database that
//! stands by them. No command shows a secret.

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use tollgate_control::use_cases::holder;
use tollgate_store::secrets::{self, MASTER_KEY_FILE, PEPPER_FILE};

use super::data_dir::DataDirArgs;
use super::documents::{ROTATION, SECRETS};
use super::output::{self, Label};
use crate::handover::keys_changed;
use crate::wiring::now;
use crate::words::counted;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
The pepper is what keys are digested under, the master key what stored \
credentials are sealed under. Both are files in the data directory, and a backup \
of the database is worth nothing without them. A running server follows a \
rotation by itself.

Examples:
  tollgate secrets check
  tollgate secrets rotate-master-key   after somebody may have read it
  tollgate secrets rotate-pepper       the same; every key goes on working")]
pub(super) enum Command {
    /// Say whether both are there, private, whole and the right ones
    #[command(after_help = "\
Examples:
  tollgate secrets check
  tollgate secrets check --json | jq .pepper.keys")]
    Check(Common),
    /// Put a new pepper in place: the digests of all keys are digested under it once more
    #[command(after_help = "\
Examples:
  tollgate secrets rotate-pepper")]
    RotatePepper(Common),
    /// Put a new master key in place: all stored credentials are sealed anew
    #[command(after_help = "\
Examples:
  tollgate secrets rotate-master-key")]
    RotateMasterKey(Common),
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
        Command::Check(args) => check(args),
        Command::RotatePepper(args) => rotate_pepper(args),
        Command::RotateMasterKey(args) => rotate_master_key(args),
    }
}

fn check(args: &Common) -> anyhow::Result<()> {
    let (database, _) = args.data_dir.open()?;
    let needs = secrets::needs(&database).context("the database does not answer")?;
    let path = |name| database.data_dir().join(name).display().to_string();
    if args.json {
        return output::document(
            &SECRETS,
            &json!({
                "pepper": { "file": path(PEPPER_FILE), "keys": needs.keys, "rotations": needs.rotations },
                "master_key": { "file": path(MASTER_KEY_FILE), "credentials": needs.credentials },
            }),
        );
    }
    let rows = [
        [path(PEPPER_FILE), format!("{}, {}", counted(needs.keys, "key", "keys"), rotated(needs.rotations))],
        [path(MASTER_KEY_FILE), counted(needs.credentials, "stored credential", "stored credentials")],
    ];
    output::table(["FILE", "NEEDED BY"], &rows)
}

fn rotate_pepper(args: &Common) -> anyhow::Result<()> {
    let (database, _) = args.data_dir.open()?;
    let keys = holder::rotate_pepper(&database, now()).context("the pepper was not rotated; nothing has changed")?;
    keys_changed(database.data_dir());
    if args.json {
        return output::document(&ROTATION, &json!({ "rotated": PEPPER_FILE, "keys": keys }));
    }
    let keys = counted(keys as u64, "key goes", "keys go");
    let message = format!("the pepper is rotated; {keys} on working. Back up {PEPPER_FILE} and the database anew");
    output::say(Label::Note, &message);
    Ok(())
}

fn rotate_master_key(args: &Common) -> anyhow::Result<()> {
    let (database, _) = args.data_dir.open()?;
    let sealed =
        holder::rotate_master_key(&database, now()).context("the master key was not rotated; nothing has changed")?;
    if args.json {
        return output::document(&ROTATION, &json!({ "rotated": MASTER_KEY_FILE, "credentials": sealed }));
    }
    let sealed = counted(sealed as u64, "stored credential is", "stored credentials are");
    let message = format!(
        "the master key is rotated, and {sealed} sealed under it. Back up {MASTER_KEY_FILE} and the \
         database anew"
    );
    output::say(Label::Note, &message);
    Ok(())
}

fn rotated(times: u64) -> String {
    match times {
        0 => "never rotated".to_owned(),
        1 => "rotated once".to_owned(),
        more => format!("rotated {more} times"),
    }
}

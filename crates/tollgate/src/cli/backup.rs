//! `tollgate backup` and `tollgate restore`: copies of the databases, made beside a running server and put in place again.
//!
//! In: a folder and a data directory. Out: files, and a list of them. Neither copies the pepper and the master key; both say that
//! these are needed.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueHint;
use serde_json::json;
use tollgate_store::backup::{self, BackupError, Copied};
use tollgate_store::secrets::{MASTER_KEY_FILE, PEPPER_FILE};

use super::data_dir::{DataDirArgs, flag};
use super::documents::{BACKUP, RESTORE};
use super::output::{self, Label, Refused};
use crate::handover;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The copies are whole and of one moment each, whatever the server writes meanwhile. \
They hold neither the pepper nor the master key: without these, no key and no \
stored credential of a copy can be used. Keep both elsewhere.

Examples:
  tollgate backup /backup/today
  tollgate backup /backup/today --data-dir /var/lib/tollgate --json")]
pub(super) struct Backup {
    /// A folder that is empty or not there yet
    #[arg(value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The data directory must have no database, and the pepper and the master key with \
which the copies were made: put these two there first. All is looked at before the \
first file is put in place.

Examples:
  install -D -m 600 -t /var/lib/tollgate /secrets/pepper /secrets/master.key
  tollgate restore /backup/today --data-dir /var/lib/tollgate")]
pub(super) struct Restore {
    /// A folder that tollgate backup has made
    #[arg(value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn back_up(args: &Backup) -> anyhow::Result<()> {
    let data_dir = args.data_dir.directory()?;
    let copied = backup::copy(&data_dir, &args.folder).map_err(|error| refused("there is no backup", error))?;
    if args.json {
        let directory = args.folder.display().to_string();
        let secrets =
            [data_dir.join(PEPPER_FILE), data_dir.join(MASTER_KEY_FILE)].map(|path| path.display().to_string());
        return output::document(&BACKUP, &json!({ "folder": directory, "files": files(&copied), "needs": secrets }));
    }
    table(&copied)?;
    let message = format!(
        "to be restored, it needs {PEPPER_FILE} and {MASTER_KEY_FILE} of {}, which are not in it: keep them elsewhere",
        data_dir.display()
    );
    output::say(Label::Note, &message);
    Ok(())
}

pub(super) fn restore(args: &Restore) -> anyhow::Result<()> {
    let data_dir = args.data_dir.directory()?;
    let running =
        handover::running(&data_dir).with_context(|| format!("{} cannot be looked into", data_dir.display()))?;
    if !running.is_empty() {
        let message = format!("a server runs on {}", data_dir.display());
        return Err(Refused::usage(message).help("stop it first, or restore into another directory").into());
    }
    let copied = backup::restore(&args.folder, &data_dir).map_err(|error| refused("nothing was restored", error))?;
    if args.json {
        let directory = data_dir.display().to_string();
        return output::document(&RESTORE, &json!({ "data_dir": directory, "files": files(&copied) }));
    }
    table(&copied)?;
    let message = format!("start the server with tollgate up{} or tollgate serve", flag(&data_dir));
    output::say(Label::Note, &message);
    Ok(())
}

fn files(copied: &[Copied]) -> Vec<serde_json::Value> {
    copied.iter().map(|one| json!({ "file": one.file, "bytes": one.bytes })).collect()
}

fn table(copied: &[Copied]) -> anyhow::Result<()> {
    let rows: Vec<_> = copied.iter().map(|one| [one.file.to_owned(), one.bytes.to_string()]).collect();
    output::table(["FILE", "BYTES"], &rows)
}

fn refused(what: &str, error: BackupError) -> anyhow::Error {
    let refused = Refused::failed(what);
    let refused = match &error {
        BackupError::Absent { .. } => refused.help("name the server's data directory with --data-dir"),
        BackupError::Taken(path) => refused.help(taken(path)),
        BackupError::Secrets(unfit) => {
            let another =
                if unfit.iter().any(|unfit| unfit.is_another) { "those that are there are others; " } else { "" };
            refused
                .help(format!("{another}put the files into the data directory (mode 600) that belong to this backup"))
        }
        BackupError::Damaged { .. } => refused.help("take an older backup"),
        BackupError::Unreadable(_) | BackupError::Store(_) => refused,
    };
    anyhow::Error::new(error).context(refused)
}

fn taken(path: &Path) -> &'static str {
    match path.is_dir() {
        true => "name an empty folder, or one that is not there yet",
        false => "move it away, or restore into another data directory",
    }
}

//! The key with which the command line calls the server of its data directory.
//!
//! In: a data directory. Out: an active key named `command line`, made at the first need and kept beside the server's
//! secrets in a file that only its owner can read. Once it has been revoked, rotated or has ended, another one is made.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::Context;
use tollgate_control::use_cases::holder;
use tollgate_control::use_cases::keys::{self as use_cases, NewKey};
use tollgate_core::key::Presented;
use tollgate_store::database::Database;
use tollgate_store::keys::State;

use super::ApiKey;
use crate::cli::data_dir::DataDirArgs;
use crate::cli::output::{self, Label};
use crate::handover::keys_changed;
use crate::wiring::now;

/// In the data directory.
const FILE: &str = "cli-key";
const NAME: &str = "command line";

/// The key for the server that runs on this data directory.
pub(super) fn of(data_dir: &DataDirArgs) -> anyhow::Result<ApiKey> {
    let (database, secrets) = data_dir.open()?;
    let file = database.data_dir().join(FILE);
    if let Some(key) = kept(&database, &file) {
        close(&file);
        return Ok(key);
    }
    if file.is_file() {
        let message = format!("the key in {} does not work any more; another one is made", file.display());
        output::say(Label::Note, &message);
    }
    let issued = holder::create_key(&database, &secrets.pepper, &NewKey::usual(NAME), now())
        .context("no key was given, and the command line's own cannot be made")?;
    let key = ApiKey::new(issued.secret.reveal());
    keep(&file, &key).with_context(|| format!("the command line's own key cannot be written to {}", file.display()))?;
    let message = format!("made the key {} ({NAME}) for this; it is in {}", issued.key.id, file.display());
    output::say(Label::Note, &message);
    keys_changed(database.data_dir());
    Ok(key)
}

/// The one in the file, if it still is what it was.
fn kept(database: &Database, file: &Path) -> Option<ApiKey> {
    let text = fs::read_to_string(file).ok()?;
    let text = text.trim();
    let Presented::Ours(id) = Presented::read(text.as_bytes()) else { return None };
    let key = use_cases::show_key(database, &id.to_string()).ok()?;
    // A rotated key has other characters there.
    let is_it = key.state(now()) == State::Active && text.ends_with(&key.last_four);
    is_it.then(|| ApiKey::new(text))
}

/// For its owner alone again, where somebody has opened it to others.
fn close(file: &Path) {
    let Ok(mode) = fs::metadata(file).map(|found| found.permissions().mode() & 0o777) else { return };
    if mode & 0o077 == 0 {
        return;
    }
    let message = format!("{} was open to other users (mode {mode:03o})", file.display());
    match fs::set_permissions(file, Permissions::from_mode(0o600)) {
        Ok(()) => output::say(
            Label::Warning,
            &format!("{message}, and has been closed to them; rotate the key if they may have read it"),
        ),
        Err(error) => output::say(Label::Warning, &format!("{message}, which cannot be changed: {error}")),
    }
}

/// Whole or not at all, and for its owner alone.
fn keep(file: &Path, key: &ApiKey) -> io::Result<()> {
    let draft = file.with_extension(format!("{}.draft", std::process::id()));
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(written, "{}", key.reveal())?;
    written.sync_all()?;
    fs::rename(draft, file)
}

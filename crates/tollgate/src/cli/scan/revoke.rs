//! `tollgate scan --revoke`: withdraws keys of this gateway that were found, each after asking.
//!
//! In: findings and a data directory. Out: revoked keys. A key is revoked only where what was found is its present secret:
//! whoever can write a file into a tree must not be able to withdraw a key that he only knows the id of.

use std::io::{self, IsTerminal};

use tollgate_control::use_cases::holder;
use tollgate_control::use_cases::keys::{self as use_cases, Opened};
use tollgate_core::key::Status;
use tollgate_scan::{Finding, OurKey};
use tollgate_store::database::Database;
use tollgate_store::keys::StoredKey;

use crate::cli::confirm::is_wanted;
use crate::cli::data_dir::DataDirArgs;
use crate::cli::keys::refused::refused;
use crate::cli::output::{self, Label, Refused};
use crate::handover::keys_changed;
use crate::wiring::now;

/// Fails before anything is scanned, where nobody could answer.
pub(super) fn check_that_it_can_ask() -> anyhow::Result<()> {
    match io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(Refused::usage("--revoke asks before it revokes, and standard input is not a terminal")
            .help("add --yes to revoke without being asked")
            .into()),
    }
}

/// Revokes keys of ours among the findings.
pub(super) fn ours(findings: &[Finding], data_dir: &DataDirArgs, yes: bool) -> anyhow::Result<()> {
    let mut found: Vec<&OurKey> = findings.iter().filter_map(|finding| finding.ours.as_ref()).collect();
    found.sort_by(|one, other| one.reveal().cmp(other.reveal()));
    found.dedup();
    if found.is_empty() {
        output::say(Label::Note, "none of them is a key of this gateway; nothing was revoked");
        return Ok(());
    }
    let (database, secrets) = data_dir.open()?;
    for key in found {
        let opened = use_cases::opened_by(&database, &secrets.pepper, key.id, key.reveal());
        match opened.map_err(|error| refused(&database, None, error))? {
            Opened::Nothing => {
                let text = format!("{} is not a key of this data directory; it was not revoked", key.id);
                output::say(Label::Warning, &text);
            }
            Opened::Before(stored) => replaced(&stored),
            Opened::Key(stored) => revoke(&database, &stored, yes)?,
        }
    }
    Ok(())
}

/// Revoking would withdraw the new secret too, which nobody has leaked.
fn replaced(stored: &StoredKey) {
    let until = stored.replaced_works_until.map_or_else(String::new, output::time);
    let text = format!(
        "what was found is the secret of {} ({}) from before its rotation, refused from {until} on; it was not revoked",
        stored.id, stored.name
    );
    output::say(Label::Warning, &text);
}

fn revoke(database: &Database, stored: &StoredKey, yes: bool) -> anyhow::Result<()> {
    let name = format!("{} ({})", stored.id, stored.name);
    if stored.status == Status::Revoked {
        output::say(Label::Note, &format!("{name} is revoked already"));
        return Ok(());
    }
    if !yes && !is_wanted(&format!("Revoke {name}? This cannot be undone."))? {
        output::say(Label::Note, &format!("{name} was not revoked"));
        return Ok(());
    }
    holder::revoke_key(database, &stored.id.to_string(), now())
        .map_err(|error| refused(database, Some("the key was not revoked"), error))?;
    keys_changed(database.data_dir());
    output::say(Label::Note, &format!("{name}: revoked"));
    Ok(())
}

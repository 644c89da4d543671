//! A key as commands show it: a row, a sheet, or JSON with the member names of OpenAI's admin API where it has them.
//!
//! In: a row of the database, or what a server answers. Out: text.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use tollgate_core::key::{DigestKind, PREFIX, Secret, Status};
use tollgate_store::keys::{Metadata, State, StoredKey};

use crate::cli::output::time;

/// A key in JSON. Times are Unix seconds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeyView {
    pub(super) id: String,
    pub(super) name: String,
    /// The secret; only where it was just made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    redacted_value: String,
    pub(super) project: String,
    organization: String,
    pub(super) status: String,
    imported: bool,
    scopes: Vec<String>,
    pub(super) models_allow: Vec<String>,
    pub(super) models_deny: Vec<String>,
    regions: Vec<String>,
    tier: u8,
    addresses: Vec<String>,
    pub(super) expires_at: Option<i64>,
    pub(super) replaced_works_until: Option<i64>,
    pub(super) created_at: i64,
    updated_at: i64,
    last_used_at: Option<i64>,
    last_used_address: Option<String>,
    last_used_client: Option<String>,
    metadata: Metadata,
    /// As the row has it, for the sheet; a server does not tell it of a revoked key.
    #[serde(skip)]
    replaced_until: Option<i64>,
}

impl KeyView {
    pub(super) fn of(key: &StoredKey, now: i64) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            value: None,
            redacted_value: redacted(key),
            project: key.project.clone(),
            organization: key.organization.clone(),
            status: key.state(now).as_str().to_owned(),
            imported: key.digest_kind == DigestKind::Sha256,
            scopes: key.policy.permissions.names().into_iter().map(str::to_owned).collect(),
            models_allow: key.policy.models.allow.clone(),
            models_deny: key.policy.models.deny.clone(),
            regions: key.policy.regions.clone(),
            tier: key.policy.tier,
            addresses: key.policy.addresses.iter().map(ToString::to_string).collect(),
            expires_at: key.expires_at,
            replaced_works_until: key.replaced_works_until.filter(|_| key.status != Status::Revoked),
            created_at: key.created_at,
            updated_at: key.updated_at,
            last_used_at: key.last_use.as_ref().map(|last| last.at),
            last_used_address: key.last_use.as_ref().map(|last| last.address.to_string()),
            last_used_client: key.last_use.as_ref().map(|last| last.client.clone()),
            metadata: key.metadata.clone(),
            replaced_until: key.replaced_works_until,
        }
    }

    /// The same, with the secret that was just made.
    pub(super) fn with_secret(self, secret: &Secret) -> Self {
        Self { value: Some(secret.reveal().to_owned()), ..self }
    }

    /// The last four characters of its secret.
    fn last_four(&self) -> &str {
        let begin = self.redacted_value.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        &self.redacted_value[begin..]
    }
}

/// The only parts of a key that are ever shown: the public id it begins with, and its last four characters.
fn redacted(key: &StoredKey) -> String {
    match key.digest_kind {
        DigestKind::HmacSha256 => format!("{PREFIX}{}…{}", key.id.digits(), key.last_four),
        DigestKind::Sha256 => format!("…{}", key.last_four),
    }
}

/// The columns of a list.
pub(super) const HEAD: [&str; 7] = ["ID", "NAME", "STATUS", "LAST FOUR", "EXPIRES", "LAST USED", "PROJECT"];

pub(super) fn row(key: &KeyView) -> [String; 7] {
    let or_never = |at: Option<i64>| at.map_or_else(|| "never".to_owned(), time);
    [
        key.id.clone(),
        key.name.clone(),
        key.status.clone(),
        key.last_four().to_owned(),
        or_never(key.expires_at),
        or_never(key.last_used_at),
        key.project.clone(),
    ]
}

pub(super) fn sheet(key: &KeyView, now: i64) -> String {
    let mut sheet = String::new();
    let mut row = |label: &str, value: &str| {
        if !value.is_empty() {
            writeln!(sheet, "{label:<13} {value}").expect("a String takes all");
        }
    };
    row("Id", &key.id);
    row("Name", &key.name);
    row("Key", &key.redacted_value);
    row("Status", &key.status);
    row("Project", &key.project);
    row("Organization", &key.organization);
    row("Scopes", &or(key.scopes.join(", "), "everything"));
    row("Models", &or(key.models_allow.join(", "), "all"));
    row("Denied", &key.models_deny.join(", "));
    row("Regions", &key.regions.join(", "));
    row("Tier", &if key.tier == 0 { String::new() } else { key.tier.to_string() });
    row("Addresses", &key.addresses.join(", "));
    row("Expires", &key.expires_at.map_or_else(|| "never".to_owned(), time));
    row("Old secret", &old_secret(key, now));
    row("Created", &time(key.created_at));
    row("Changed", &time(key.updated_at));
    match key.last_used_at {
        Some(at) => {
            let (from, by) = (key.last_used_address.as_deref(), key.last_used_client.as_deref());
            row("Last used", &format!("{} from {} {}", time(at), from.unwrap_or("-"), by.unwrap_or_default()));
        }
        None => row("Last used", "never"),
    }
    for (name, value) in &key.metadata {
        row("Metadata", &format!("{name} = {value}"));
    }
    sheet.truncate(sheet.trim_end().len());
    sheet
}

fn or(text: String, instead: &str) -> String {
    if text.is_empty() { instead.to_owned() } else { text }
}

/// What becomes of the secret before the last rotation: it works no longer than the key does.
fn old_secret(key: &KeyView, now: i64) -> String {
    match key.replaced_until.or(key.replaced_works_until) {
        None => String::new(),
        Some(until) if now >= until => format!("refused since {}", time(until)),
        Some(until) if key.status == State::Active.as_str() => format!("works until {}", time(until)),
        Some(_) => format!("refused: the key is {}", key.status),
    }
}

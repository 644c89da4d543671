//! A key as commands show it: a row, a sheet, or JSON with the member names of OpenAI's admin API where it has them.

use std::fmt::Write;

use serde::Serialize;
use tollgate_core::key::{DigestKind, PREFIX, Secret, Status};
use tollgate_store::keys::{Metadata, State, StoredKey};

use crate::cli::output::time;

/// A key in JSON. Times are Unix seconds.
#[derive(Debug, Serialize)]
pub(super) struct KeyView<'a> {
    id: String,
    name: &'a str,
    /// The secret; only where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    redacted_value: String,
    project: &'a str,
    organization: &'a str,
    status: &'static str,
    imported: bool,
    scopes: Vec<&'static str>,
    models_allow: &'a [String],
    models_deny: &'a [String],
    regions: &'a [String],
    tier: u8,
    addresses: Vec<String>,
    expires_at: Option<i64>,
    replaced_works_until: Option<i64>,
    created_at: i64,
    updated_at: i64,
    last_used_at: Option<i64>,
    last_used_address: Option<String>,
    last_used_client: Option<&'a str>,
    metadata: &'a Metadata,
}

impl<'a> KeyView<'a> {
    pub(super) fn of(key: &'a StoredKey, now: i64) -> Self {
        Self {
            id: key.id.to_string(),
            name: &key.name,
            value: None,
            redacted_value: redacted(key),
            project: &key.project,
            organization: &key.organization,
            status: key.state(now).as_str(),
            imported: key.digest_kind == DigestKind::Sha256,
            scopes: key.policy.permissions.names(),
            models_allow: &key.policy.models.allow,
            models_deny: &key.policy.models.deny,
            regions: &key.policy.regions,
            tier: key.policy.tier,
            addresses: key.policy.addresses.iter().map(ToString::to_string).collect(),
            expires_at: key.expires_at,
            replaced_works_until: key.replaced_works_until.filter(|_| key.status != Status::Revoked),
            created_at: key.created_at,
            updated_at: key.updated_at,
            last_used_at: key.last_use.as_ref().map(|last| last.at),
            last_used_address: key.last_use.as_ref().map(|last| last.address.to_string()),
            last_used_client: key.last_use.as_ref().map(|last| last.client.as_str()),
            metadata: &key.metadata,
        }
    }

    /// The same, with the secret that was just made.
    pub(super) fn with_secret(self, secret: &'a Secret) -> Self {
        Self { value: Some(secret.reveal()), ..self }
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

pub(super) fn row(key: &StoredKey, now: i64) -> [String; 7] {
    [
        key.id.to_string(),
        key.name.clone(),
        key.state(now).as_str().to_owned(),
        key.last_four.clone(),
        key.expires_at.map_or_else(|| "never".to_owned(), time),
        key.last_use.as_ref().map_or_else(|| "never".to_owned(), |last| time(last.at)),
        key.project.clone(),
    ]
}

pub(super) fn sheet(key: &StoredKey, now: i64) -> String {
    let mut sheet = String::new();
    let mut row = |label: &str, value: &str| {
        if !value.is_empty() {
            writeln!(sheet, "{label:<13} {value}").expect("a String takes all");
        }
    };
    let policy = &key.policy;
    row("Id", &key.id.to_string());
    row("Name", &key.name);
    row("Key", &redacted(key));
    row("Status", key.state(now).as_str());
    row("Project", &key.project);
    row("Organization", &key.organization);
    row("Scopes", &or(policy.permissions.names().join(", "), "everything"));
    row("Models", &or(policy.models.allow.join(", "), "all"));
    row("Denied", &policy.models.deny.join(", "));
    row("Regions", &policy.regions.join(", "));
    row("Tier", &if policy.tier == 0 { String::new() } else { policy.tier.to_string() });
    let addresses: Vec<_> = policy.addresses.iter().map(ToString::to_string).collect();
    row("Addresses", &addresses.join(", "));
    row("Expires", &key.expires_at.map_or_else(|| "never".to_owned(), time));
    row("Old secret", &key.replaced_works_until.map_or_else(String::new, |at| old_secret(key, at, now)));
    row("Created", &time(key.created_at));
    row("Changed", &time(key.updated_at));
    match &key.last_use {
        Some(last) => row("Last used", &format!("{} from {} {}", time(last.at), last.address, last.client)),
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
fn old_secret(key: &StoredKey, works_until: i64, now: i64) -> String {
    match key.state(now) {
        _ if now >= works_until => format!("refused since {}", time(works_until)),
        State::Active => format!("works until {}", time(works_until)),
        state => format!("refused: the key is {}", state.as_str()),
    }
}

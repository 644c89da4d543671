//! The rows of policies: equal rules are one row, and a row never changes.
//!
//! In: a policy. Out: its row number, and back. It does not know which keys use it.

use rusqlite::{Row, params};
use tollgate_core::network::Network;
use tollgate_core::policy::{ModelRules, Permissions, Policy, ScopeSet};

use crate::database::{Database, StoreError};

const INSERT: &str = "INSERT INTO policies (permissions, models_allow, models_deny, regions, tier, addresses)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
const ROW: &str = "SELECT row_id FROM policies
    WHERE permissions = $1 AND models_allow = $2 AND models_deny = $3 AND regions = $4 AND tier = $5 AND addresses = $6";
const READ: &str =
    "SELECT permissions, models_allow, models_deny, regions, tier, addresses FROM policies WHERE row_id = $1";

pub(crate) const STATEMENTS: [&str; 3] = [INSERT, ROW, READ];

/// The number of the row with these rules, written if it is not there.
pub(crate) fn row_of(database: &Database, policy: &Policy) -> Result<i64, StoreError> {
    let values = params![
        permissions_text(policy.permissions),
        list_text(&policy.models.allow),
        list_text(&policy.models.deny),
        list_text(&policy.regions),
        policy.tier,
        addresses_text(&policy.addresses),
    ];
    let connection = &database.connection;
    connection.prepare_cached(INSERT)?.execute(values)?;
    let number = connection.prepare_cached(ROW)?.query_row(values, |row| row.get(0))?;
    Ok(number)
}

/// The rules of a row.
pub(crate) fn read(database: &Database, number: i64) -> Result<Policy, StoreError> {
    let written = database.connection.prepare_cached(READ)?.query_row([number], |row| Written::at(row, 0))?;
    written.policy().map_err(|what| StoreError::Unreadable { table: "policies", row: number.to_string(), what })
}

/// The rules of a row as they are written.
pub(crate) struct Written {
    permissions: String,
    models_allow: String,
    models_deny: String,
    regions: String,
    tier: i64,
    addresses: String,
}

impl Written {
    /// Reads the columns of [`READ`] from this one on.
    pub(crate) fn at(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            permissions: row.get(first)?,
            models_allow: row.get(first + 1)?,
            models_deny: row.get(first + 2)?,
            regions: row.get(first + 3)?,
            tier: row.get(first + 4)?,
            addresses: row.get(first + 5)?,
        })
    }

    /// What they say, or which column is not readable.
    pub(crate) fn policy(&self) -> Result<Policy, &'static str> {
        let list = |text: &str, name| serde_json::from_str(text).map_err(|_| name);
        Ok(Policy {
            permissions: permissions_of(&self.permissions).ok_or("permissions")?,
            models: ModelRules {
                allow: list(&self.models_allow, "models_allow")?,
                deny: list(&self.models_deny, "models_deny")?,
            },
            regions: list(&self.regions, "regions")?,
            tier: u8::try_from(self.tier).map_err(|_| "tier")?,
            addresses: addresses_of(&self.addresses).ok_or("addresses")?,
        })
    }
}

/// Names alone would not do: to [`Permissions::from_names`] no name means everything, so a key restricted to nothing
/// would come back as one that may do all.
fn permissions_text(permissions: Permissions) -> String {
    match permissions {
        Permissions::All => "null".to_owned(),
        listed => serde_json::json!(listed.names()).to_string(),
    }
}

fn permissions_of(text: &str) -> Option<Permissions> {
    match serde_json::from_str::<Option<Vec<String>>>(text).ok()? {
        None => Some(Permissions::All),
        Some(names) if names.is_empty() => Some(Permissions::Restricted(ScopeSet::default())),
        Some(names) => Permissions::from_names(names.iter().map(String::as_str)).ok(),
    }
}

fn addresses_text(networks: &[Network]) -> String {
    list_text(&networks.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn addresses_of(text: &str) -> Option<Vec<Network>> {
    let texts: Vec<String> = serde_json::from_str(text).ok()?;
    texts.iter().map(|text| text.parse().ok()).collect()
}

fn list_text(patterns: &[String]) -> String {
    serde_json::json!(patterns).to_string()
}

#[cfg(test)]
mod tests {
    use tollgate_core::operation::Scope;

    use super::*;

    #[test]
    fn every_kind_of_permission_comes_back_as_itself() {
        let one = ScopeSet::default().with(Scope::ModelRead);
        let all = Scope::ALL.into_iter().fold(ScopeSet::default(), ScopeSet::with);
        for permissions in [
            Permissions::All,
            Permissions::ReadOnly,
            Permissions::Restricted(ScopeSet::default()),
            Permissions::Restricted(one),
            Permissions::Restricted(all),
        ] {
            assert_eq!(permissions_of(&permissions_text(permissions)), Some(permissions));
        }
    }
}

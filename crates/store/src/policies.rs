//! The rows of policies: equal rules are one row, and a row never changes.
//!
//! In: a policy. Out: its row number, and back. It does not know which keys use it.

use rusqlite::params;
use tollgate_core::policy::{ModelRules, Permissions, Policy, ScopeSet};

use crate::database::{Database, StoreError};

/// The number of the row with these rules, written if it is not there.
pub(crate) fn row_of(database: &Database, policy: &Policy) -> Result<i64, StoreError> {
    let values =
        params![permissions_text(policy.permissions), list_text(&policy.models.allow), list_text(&policy.models.deny)];
    let connection = &database.connection;
    connection
        .prepare_cached(
            "INSERT INTO policies (permissions, models_allow, models_deny) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(values)?;
    let number = connection
        .prepare_cached(
            "SELECT row_id FROM policies WHERE permissions = ?1 AND models_allow = ?2 AND models_deny = ?3",
        )?
        .query_row(values, |row| row.get(0))?;
    Ok(number)
}

/// The rules of a row.
pub(crate) fn read(database: &Database, number: i64) -> Result<Policy, StoreError> {
    let texts: [String; 3] = database
        .connection
        .prepare_cached("SELECT permissions, models_allow, models_deny FROM policies WHERE row_id = ?1")?
        .query_row([number], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    parse(&texts).map_err(|what| StoreError::Unreadable { table: "policies", row: number.to_string(), what })
}

/// The rules written as permissions, allowed and denied models.
pub(crate) fn parse([permissions, allow, deny]: &[String; 3]) -> Result<Policy, &'static str> {
    Ok(Policy {
        permissions: permissions_of(permissions).ok_or("permissions")?,
        models: ModelRules {
            allow: serde_json::from_str(allow).map_err(|_| "models_allow")?,
            deny: serde_json::from_str(deny).map_err(|_| "models_deny")?,
        },
    })
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

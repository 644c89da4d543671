//! Changes of a key that leave its secret as it is.
//!
//! In: what is to be different. Out: the key as it is then, or why not; either all of it holds or nothing.

use tollgate_core::key::Status;
use tollgate_store::admin::keys::{self as rows, Edit};
use tollgate_store::database::Database;
use tollgate_store::keys::{Metadata, StoredKey};

use super::{Expiry, KeyError, NewKey, again, check, checked, not_revoked};

/// What is to be different; `None` stays as it is. See [`NewKey`] for what each means.
#[derive(Debug, Clone, Default)]
pub struct KeyChanges {
    /// What its owner calls it.
    pub name: Option<String>,
    /// Scope names; an empty list means everything.
    pub permissions: Option<Vec<String>>,
    /// Patterns of models it may use.
    pub models_allow: Option<Vec<String>>,
    /// Patterns of models it may not use.
    pub models_deny: Option<Vec<String>>,
    /// Patterns of regions.
    pub regions: Option<Vec<String>>,
    /// Its tier.
    pub tier: Option<u8>,
    /// Networks from which it may be used.
    pub addresses: Option<Vec<String>>,
    /// When it ends.
    pub expiry: Option<Expiry>,
    /// Whether it is switched off.
    pub is_disabled: Option<bool>,
    /// All of its metadata.
    pub metadata: Option<Metadata>,
}

/// Changes a key.
///
/// # Errors
/// What is asked for is not acceptable, the key is revoked, there is none, or the database refuses.
pub fn update_key(database: &Database, given: &str, changes: &KeyChanges, now: i64) -> Result<StoredKey, KeyError> {
    database.atomically(|| {
        let key = not_revoked(database, given)?;
        let wanted = checked(&changed(&key, changes))?;
        let expires_at = match changes.expiry {
            Some(expiry) => check::expiry(expiry, now)?,
            None => key.expires_at,
        };
        let status = match changes.is_disabled {
            Some(true) => Status::Disabled,
            Some(false) => Status::Active,
            None => key.status,
        };
        // A list of no scopes at all, which only the database can hold, is not everything.
        let mut policy = wanted.policy;
        if changes.permissions.is_none() {
            policy.permissions = key.policy.permissions;
        }
        let metadata = changes.metadata.clone().unwrap_or_else(|| key.metadata.clone());
        rows::edit(database, key.id, &Edit { name: wanted.name, policy, expires_at, status, metadata }, now)?;
        again(database, key.id)
    })
}

/// The key as if it were asked for anew.
fn changed(key: &StoredKey, changes: &KeyChanges) -> NewKey {
    let policy = &key.policy;
    let or = |wanted: &Option<Vec<String>>, present: &Vec<String>| wanted.clone().unwrap_or_else(|| present.clone());
    let names = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let addresses = || policy.addresses.iter().map(ToString::to_string).collect();
    NewKey {
        name: changes.name.clone().unwrap_or_else(|| key.name.clone()),
        permissions: changes.permissions.clone().unwrap_or_else(|| names(policy.permissions.names())),
        models_allow: or(&changes.models_allow, &policy.models.allow),
        models_deny: or(&changes.models_deny, &policy.models.deny),
        regions: or(&changes.regions, &policy.regions),
        tier: changes.tier.unwrap_or(policy.tier),
        addresses: changes.addresses.clone().unwrap_or_else(addresses),
        metadata: changes.metadata.clone().unwrap_or_else(|| key.metadata.clone()),
        ..NewKey::default()
    }
}

//! Admin keys: create and delete, and the first of a server.
//!
//! In: a name, scopes, an expiry. Out: the row, and the key's text once. A key never may more than who makes it, nor later
//! more than its owner.

use tollgate_core::key::Pepper;
use tollgate_core::rights::{PermissionSet, Place};
use tollgate_core::token::{Kind, Token};
use tollgate_store::admin::admin_keys::{self as rows, AdminKey};
use tollgate_store::admin::people;
use tollgate_store::database::{Database, StoreError};
use tollgate_store::random::Random;

use super::people::refuse_more_rights;
use super::roles;
use crate::api::act::Act;
use crate::api::shape::ShapeError;
use crate::refusal::Refusal;

/// The scope of whoever operates the server; no owner of an organization can grant it.
pub const OPERATOR: &str = "operator";

/// An admin key that is asked for.
#[derive(Debug, Clone)]
pub struct NewAdminKey<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Names of permissions; `None` is all that its owner has.
    pub scopes: Option<Vec<&'a str>>,
    /// Whether it may operate the server besides; [`OPERATOR`] among the scopes says the same.
    pub is_operator: bool,
    /// Unix seconds from which it is refused; `None` is never, or with the key that asks for it.
    pub expires_at: Option<i64>,
}

/// Creates a key of whoever asks.
///
/// # Errors
/// A scope is not known or goes beyond what he may, or the database refuses.
pub fn create(act: &Act<'_>, new: &NewAdminKey<'_>) -> Result<(AdminKey, Token), Refusal> {
    let mut is_operator = new.is_operator;
    let scopes = match &new.scopes {
        None => None,
        Some(names) => {
            let (operator, names): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| **name == OPERATOR);
            is_operator |= !operator.is_empty();
            let wanted =
                PermissionSet::from_names(names).map_err(|unknown| roles::unknown("scopes", &unknown.0, |_| true))?;
            act.may_grant(wanted, Place::Organization)?;
            Some(wanted.names())
        }
    };
    if is_operator && !act.principal.is_operator {
        return Err(Refusal::LacksOperator { who: act.principal.id().to_owned() });
    }
    // Of whoever holds the data directory and looks into another organization.
    if !act.principal.is_at_home {
        return Err(Refusal::Conflict {
            what: "No admin key can be made here".to_owned(),
            why: "it would be a key of whoever operates the server, who is no member of this organization".to_owned(),
            fix: "Invite an owner; he makes his own".to_owned(),
        });
    }
    // A restricted key makes none that may more than itself.
    let inherited = || act.principal.is_restricted.then(|| act.principal.rights.at(Place::Organization).names());
    let scopes = scopes.or_else(inherited).map(|names| names.into_iter().map(str::to_owned).collect());
    let owner = Owner { organization: act.organization(), user: act.principal.user.row };
    let limits = Limits { scopes, is_operator, expires_at: ending(act, new.expires_at)? };
    Ok(issue(act.database(), &act.office.secrets.pepper, owner, new.name, limits, act.now)?)
}

/// When a key ends that is made now: no later than the key that makes it, for else nothing would ever end.
fn ending(act: &Act<'_>, wanted: Option<i64>) -> Result<Option<i64>, Refusal> {
    match (wanted, act.principal.ends_at) {
        (Some(wanted), Some(latest)) if wanted > latest => Err(ShapeError::Value {
            name: "expires_in_seconds".to_owned(),
            what: "later than the end of the admin key that asks".to_owned(),
            allowed: format!("at most {} seconds, which that key has left", latest.saturating_sub(act.now)),
        }
        .into()),
        (wanted, latest) => Ok(wanted.or(latest)),
    }
}

/// Whose key it is.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The number of the organization.
    pub organization: i64,
    /// The number of the user.
    pub user: i64,
}

/// What a key is limited to.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Names of permissions; `None` is all that its owner has.
    pub scopes: Option<Vec<String>>,
    /// Whether it has the scope `operator`.
    pub is_operator: bool,
    /// Unix seconds from which it is refused.
    pub expires_at: Option<i64>,
}

/// Writes a key without asking who wants it: for the first start, and for whoever holds the data directory.
///
/// # Errors
/// The database refuses.
pub fn issue(
    database: &Database,
    pepper: &Pepper,
    owner: Owner,
    name: &str,
    limits: Limits,
    now: i64,
) -> Result<(AdminKey, Token), StoreError> {
    let mut random = Random::new();
    let token = Token::generate(Kind::AdminKey, || random.byte());
    let key = AdminKey {
        id: token.id().to_string(),
        organization: owner.organization,
        owner: owner.user,
        name: name.to_owned(),
        digest: pepper.digest(token.reveal().as_bytes()).bytes,
        last_four: token.last_four().to_owned(),
        scopes: limits.scopes,
        is_operator: limits.is_operator,
        created_at: now,
        expires_at: limits.expires_at,
        last_used_at: None,
    };
    rows::insert(database, &key)?;
    Ok((key, token))
}

/// Deletes a key.
///
/// # Errors
/// Its owner may more than whoever asks, or it operates the server and whoever asks does not; or the database refuses.
pub fn delete(act: &Act<'_>, key: &AdminKey) -> Result<(), Refusal> {
    if key.is_operator && !act.principal.is_operator {
        return Err(Refusal::LacksOperator { who: act.principal.id().to_owned() });
    }
    if let Some(owner) = people::member_of_row(act.database(), act.organization(), key.owner)? {
        refuse_more_rights(act, &owner)?;
    }
    rows::delete(act.database(), act.organization(), &key.id)?;
    Ok(())
}

//! The first start: something to own keys, a first key, so that a call works at once, and an owner with an admin key.
//!
//! In: a database. Out: the secrets of both keys, once, or nothing where there have ever been any.

use tollgate_core::key::{Pepper, Secret};
use tollgate_core::token::Token;
use tollgate_store::admin::{admin_keys as admin_key_rows, organizations, people};
use tollgate_store::database::Database;
use tollgate_store::{keys as key_rows, projects};

use super::admin_keys::{self, Limits, Owner};
use super::keys::{self, Expiry, KeyError, NewKey};

/// The project that keys belong to unless another is named.
pub const DEFAULT_PROJECT: &str = "default";
/// What the first key is called.
pub const FIRST_KEY: &str = "first";
/// What the organization is called until its owner renames it.
const ORGANIZATION: &str = "My organization";

/// Creates an organization and the project `default`, unless there is such a project: keys can then be created.
///
/// # Errors
/// The database refuses.
pub fn default_project(database: &Database, now: i64) -> Result<(), KeyError> {
    database.atomically(|| {
        if projects::find(database, DEFAULT_PROJECT)?.is_empty() {
            let organization = projects::create_organization(database, ORGANIZATION, now)?;
            projects::create(database, &organization, DEFAULT_PROJECT, now)?;
        }
        Ok(())
    })
}

/// The address of the owner whom the first start makes; nobody can sign in as him before he has a password.
pub const FIRST_OWNER: &str = "owner@localhost";

/// Makes an owner of the first organization and an admin key of his, which may also operate the server, if no organization
/// has an owner; returns the key, which is not kept. Of two processes that start at once, one gets it.
///
/// # Errors
/// The database refuses.
pub fn first_owner(database: &Database, pepper: &Pepper, now: i64) -> Result<Option<Token>, KeyError> {
    database.atomically(|| {
        if people::any_owner(database)? || admin_key_rows::any(database)? {
            return Ok(None);
        }
        default_project(database, now)?;
        let Some(organization) = organizations::oldest(database)? else { return Ok(None) };
        let owner = people::add(database, organization.row, FIRST_OWNER, "Owner", "owner", now)?;
        let owner = Owner { organization: organization.row, user: owner.row };
        let limits = Limits { is_operator: true, ..Limits::default() };
        let (_, token) = admin_keys::issue(database, pepper, owner, FIRST_KEY, limits, now)?;
        Ok(Some(token))
    })
}

/// Creates an organization, the project `default` and one key named `first`, if there is no key at all; returns the
/// key's secret, which is not kept. Of two processes that start at once, one gets it.
///
/// # Errors
/// The database refuses.
pub fn bootstrap(database: &Database, pepper: &Pepper, now: i64) -> Result<Option<Secret>, KeyError> {
    database.atomically(|| {
        if key_rows::any(database)? {
            return Ok(None);
        }
        default_project(database, now)?;
        let new = NewKey { expiry: Expiry::Never, ..NewKey::named(DEFAULT_PROJECT, FIRST_KEY) };
        Ok(Some(keys::create_key(database, pepper, &new, now)?.secret))
    })
}

//! The first start: something to own keys, and a first key, so that a call works at once.
//!
//! In: a database. Out: the first key's secret, once, or nothing where there has ever been a key.

use tollgate_core::key::{Pepper, Secret};
use tollgate_store::database::Database;
use tollgate_store::{keys as key_rows, projects};

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

//! What usage needs to know of projects and keys, beside the sums that are kept with the records.

use rusqlite::OptionalExtension;

use crate::database::{Database, StoreError};

const PROJECTS: &str = "SELECT id FROM projects WHERE organization = $1";
const OWNER: &str =
    "SELECT u.id FROM projects p JOIN keys k ON k.project = p.row_id JOIN users u ON u.row_id = k.owner_user
    WHERE p.organization = $1 AND k.id = $2";

pub(super) fn statements() -> Vec<String> {
    [PROJECTS, OWNER].map(str::to_owned).into()
}

/// The ids of all projects of an organization, archived ones too.
///
/// # Errors
/// The database does not answer.
pub fn projects(database: &Database, organization: i64) -> Result<Vec<String>, StoreError> {
    let mut statement = database.connection.prepare_cached(PROJECTS)?;
    Ok(statement.query_map([organization], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The user who owns a key (`key_…`); `None` where nobody does, or there is no such key.
///
/// # Errors
/// The database does not answer.
pub fn owner_of_key(database: &Database, organization: i64, key: &str) -> Result<Option<String>, StoreError> {
    let digits = key.strip_prefix("key_").unwrap_or(key);
    Ok(database.connection.prepare_cached(OWNER)?.query_row((organization, digits), |row| row.get(0)).optional()?)
}

//! Organizations: everything else belongs to one of them.
//!
//! In: names and new ids. Out: [`Organization`]s, each with the number by which other rows name it.

use rusqlite::{OptionalExtension, Row};

use super::page::{Page, PageError};
use crate::database::{Database, StoreError};
use crate::random::Random;

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// By which other rows name it.
    pub row: i64,
    /// `org-…`
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Unix seconds.
    pub created_at: i64,
    /// The highest tier that keys are given in it by whoever does not operate the server.
    pub tier_max: u8,
}

const BY_ID: &str = "SELECT row_id, id, name, created_at, tier_max FROM organizations WHERE id = $1";
const BY_ROW: &str = "SELECT row_id, id, name, created_at, tier_max FROM organizations WHERE row_id = $1";
const OLDEST: &str = "SELECT row_id, id, name, created_at, tier_max FROM organizations ORDER BY row_id LIMIT 1";
const INSERT: &str = "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)";

const CHANGE: &str = "UPDATE organizations SET name = $1, tier_max = $2 WHERE row_id = $3";
const COUNT: &str = "SELECT count(*) FROM (SELECT 1 FROM organizations LIMIT $1) some_organizations";
const LIST: &str =
    "SELECT row_id, id, name, created_at, tier_max FROM organizations WHERE row_id > $1 ORDER BY row_id LIMIT $2";

pub(super) fn statements() -> Vec<String> {
    [BY_ID, BY_ROW, OLDEST, INSERT, CHANGE, COUNT, LIST].map(str::to_owned).to_vec()
}

/// The organization of an id.
///
/// # Errors
/// The database does not answer.
pub fn by_id(database: &Database, id: &str) -> Result<Option<Organization>, StoreError> {
    Ok(database.connection.prepare_cached(BY_ID)?.query_row([id], read).optional()?)
}

/// The organization of a number.
///
/// # Errors
/// There is none, or the database does not answer.
pub fn by_row(database: &Database, row: i64) -> Result<Organization, StoreError> {
    Ok(database.connection.prepare_cached(BY_ROW)?.query_row([row], read)?)
}

/// The first that was made: the one of whoever has started the server.
///
/// # Errors
/// The database does not answer.
pub fn oldest(database: &Database) -> Result<Option<Organization>, StoreError> {
    Ok(database.connection.prepare_cached(OLDEST)?.query_row([], read).optional()?)
}

/// How many there are, counted up to a bound.
///
/// # Errors
/// The database does not answer.
pub fn count(database: &Database, most: usize) -> Result<usize, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found: i64 = database.connection.prepare_cached(COUNT)?.query_row([most], |row| row.get(0))?;
    Ok(usize::try_from(found).unwrap_or(0))
}

/// Writes a new organization.
///
/// # Errors
/// The database refuses.
pub fn insert(database: &Database, name: &str, now: i64) -> Result<Organization, StoreError> {
    let id = Random::id("org-");
    database.connection.prepare_cached(INSERT)?.execute((&id, name, now))?;
    let row = database.connection.last_insert_rowid();
    Ok(Organization { row, id, name: name.to_owned(), created_at: now, tier_max: 0 })
}

/// Writes what an organization is called, and the highest tier of its keys.
///
/// # Errors
/// The database refuses.
pub fn change(database: &Database, organization: &Organization) -> Result<(), StoreError> {
    let Organization { row, name, tier_max, .. } = organization;
    database.connection.prepare_cached(CHANGE)?.execute((name, tier_max, row))?;
    Ok(())
}

/// A page of all organizations of the server, oldest first: for its operator alone.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, after: Option<&str>, limit: usize) -> Result<Page<Organization>, PageError> {
    let behind = match after {
        None => i64::MIN,
        Some(id) => by_id(database, id)?.ok_or_else(|| PageError::UnknownCursor(id.to_owned()))?.row,
    };
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut statement = database.connection.prepare_cached(LIST)?;
    let mut rows = statement.query_map((behind, one_more), read)?.collect::<Result<Vec<_>, _>>()?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    Ok(Page { rows, has_more })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Organization> {
    Ok(Organization {
        row: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        created_at: row.get(3)?,
        tier_max: row.get(4)?,
    })
}

//! Admin keys: digests, whose they are, and what they may do of what their owner may.
//!
//! In: digests and names. Out: [`AdminKey`]s. A deleted one is gone: its text is unknown afterwards.

use rusqlite::{OptionalExtension, Row, params};
use tollgate_core::key::Digest;

use super::gone;
use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};

/// An admin key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminKey {
    /// `key_…`
    pub id: String,
    /// The number of its organization.
    pub organization: i64,
    /// The number of the user who owns it.
    pub owner: i64,
    /// What its owner calls it.
    pub name: String,
    /// HMAC-SHA-256 under the pepper.
    pub digest: [u8; 32],
    /// The last four characters of its text.
    pub last_four: String,
    /// Names of permissions; `None`: all that its owner may do.
    pub scopes: Option<Vec<String>>,
    /// Whether it has the scope `operator`.
    pub is_operator: bool,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds from which it is refused.
    pub expires_at: Option<i64>,
    /// Unix seconds of its last use; up to a minute late.
    pub last_used_at: Option<i64>,
}

macro_rules! columns {
    () => {
        "id, organization, owner, name, digest, last_four, scopes, is_operator, created_at, expires_at, last_used_at"
    };
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM admin_keys WHERE id = $1");
const OF_ORGANIZATION: &str = concat!("SELECT ", columns!(), " FROM admin_keys WHERE organization = $1 AND id = $2");
const INSERT: &str = "INSERT INTO admin_keys
    (id, organization, owner, name, digest, last_four, scopes, is_operator, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const DELETE: &str = "DELETE FROM admin_keys WHERE organization = $1 AND id = $2";
const NOTE: &str =
    gone::standing!("'admin_keys', organization, 0, 0, id, row_id FROM admin_keys WHERE organization = $1 AND id = $2");
const NOTE_USE: &str = "UPDATE admin_keys SET last_used_at = $1 WHERE id = $2";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM admin_keys)";

const LIST: List = List {
    name: "admin_keys",
    select: concat!("SELECT ", columns!(), " FROM admin_keys WHERE organization = $1"),
    cursor: "SELECT row_id FROM admin_keys WHERE organization = $1 AND id = $2",
    row_id: "row_id",
};

pub(super) fn statements() -> Vec<String> {
    let mut all = LIST.statements();
    all.extend([BY_ID, OF_ORGANIZATION, INSERT, DELETE, NOTE, NOTE_USE, ANY].map(str::to_owned));
    all
}

/// The key of an id, whatever its organization: only for whoever presents its secret.
///
/// # Errors
/// The database does not answer.
pub fn presented(database: &Database, id: &str) -> Result<Option<AdminKey>, StoreError> {
    Ok(database.connection.prepare_cached(BY_ID)?.query_row([id], read).optional()?)
}

/// The key of an id in an organization.
///
/// # Errors
/// The database does not answer.
pub fn get(database: &Database, organization: i64, id: &str) -> Result<Option<AdminKey>, StoreError> {
    Ok(database.connection.prepare_cached(OF_ORGANIZATION)?.query_row((organization, id), read).optional()?)
}

/// A page of an organization's keys.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, organization: i64, part: &Part) -> Result<Page<AdminKey>, PageError> {
    LIST.page(database, organization, part, read)
}

/// Whether there is any.
///
/// # Errors
/// The database does not answer.
pub fn any(database: &Database) -> Result<bool, StoreError> {
    Ok(database.connection.prepare_cached(ANY)?.query_row([], |row| row.get(0))?)
}

/// Writes a key.
///
/// # Errors
/// The database refuses.
pub fn insert(database: &Database, key: &AdminKey) -> Result<(), StoreError> {
    let scopes = serde_json::json!(key.scopes).to_string();
    database.connection.prepare_cached(INSERT)?.execute(params![
        key.id,
        key.organization,
        key.owner,
        key.name,
        key.digest,
        key.last_four,
        scopes,
        key.is_operator,
        key.created_at,
        key.expires_at,
    ])?;
    Ok(())
}

/// Deletes a key; whether there was one.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, organization: i64, id: &str) -> Result<bool, StoreError> {
    database.atomically(|| {
        gone::note(database, NOTE, (organization, id))?;
        Ok(database.connection.prepare_cached(DELETE)?.execute((organization, id))? > 0)
    })
}

/// Notes that a key was used.
///
/// # Errors
/// The database refuses.
pub fn note_use(database: &Database, id: &str, at: i64) -> Result<(), StoreError> {
    database.connection.prepare_cached(NOTE_USE)?.execute((at, id))?;
    Ok(())
}

impl AdminKey {
    /// Whether `presented` is the digest of its text, in constant time.
    #[must_use]
    pub fn matches(&self, presented: &Digest) -> bool {
        Digest { kind: presented.kind, bytes: self.digest }.matches(presented)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AdminKey> {
    let scopes: String = row.get(6)?;
    let scopes = serde_json::from_str(&scopes)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(6, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(AdminKey {
        id: row.get(0)?,
        organization: row.get(1)?,
        owner: row.get(2)?,
        name: row.get(3)?,
        digest: row.get(4)?,
        last_four: row.get(5)?,
        scopes,
        is_operator: row.get(7)?,
        created_at: row.get(8)?,
        expires_at: row.get(9)?,
        last_used_at: row.get(10)?,
    })
}

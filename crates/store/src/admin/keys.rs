//! The keys of a project as administrators see and change them.
//!
//! In: the number of a project whose organization has been checked, ids, rules. Out: [`StoredKey`]s. Each change raises the
//! revision, so that running servers follow. A deleted key is revoked and no longer listed.

use rusqlite::{Row, ToSql};
use tollgate_core::id::KeyId;
use tollgate_core::key::Status;
use tollgate_core::policy::Policy;

use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};
use crate::keys::{Metadata, StoredKey, select_keys, stored_key};
use crate::policies;

/// Which keys are listed, by whether their owners may use the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// All.
    Any,
    /// Those whose owner may, and those that nobody owns.
    Active,
    /// Those whose owner may not.
    Inactive,
}

/// What can be changed of a key without giving it another secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub policy: Policy,
    /// Unix seconds from which it is refused.
    pub expires_at: Option<i64>,
    /// Active or disabled.
    pub status: Status,
    /// Texts kept beside it.
    pub metadata: Metadata,
}

/// By whom a key is owned, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ownership {
    /// Nobody: it is the project's.
    #[default]
    Nobody,
    /// A user.
    User(i64),
    /// A service account.
    ServiceAccount {
        /// Its number.
        row: i64,
        /// Whether it may use the project: it has a role there.
        has_access: bool,
    },
}

macro_rules! select {
    ($condition:literal) => {
        concat!(select_keys!(), " WHERE k.project = $1 AND k.deleted_at IS NULL", $condition)
    };
}

const ANY: List = List {
    name: "keys",
    select: select!(""),
    cursor: "SELECT row_id FROM keys WHERE project = $1 AND id = $2",
    row_id: "k.row_id",
};
const ACTIVE: List = List { select: select!(" AND k.owner_has_access = 1"), ..ANY };
const INACTIVE: List = List { select: select!(" AND k.owner_has_access = 0"), ..ANY };

const GET: &str = select!(" AND k.id = $2");
/// The plus keeps SQLite from reading all keys of the organization's projects, and sorting them.
const WITH_PREFIX: &str = concat!(
    select_keys!(),
    " WHERE +p.organization = $1 AND k.deleted_at IS NULL AND k.id >= $2 AND k.id < $3 ORDER BY k.id LIMIT $4"
);
const EDIT: &str =
    "UPDATE keys SET revision = $1, updated_at = $2, name = $3, policy = $4, expires_at = $5, status = $6,
    metadata = $7 WHERE id = $8";
const DELETE: &str =
    "UPDATE keys SET revision = $1, updated_at = $2, status = 'revoked', deleted_at = $2 WHERE id = $3";
const OWN: &str = "UPDATE keys SET owner_user = $1, owner_service_account = $2, owner_has_access = $3 WHERE id = $4";
const LET_ACCOUNT: &str = "UPDATE keys SET revision = $1, owner_has_access = $2 WHERE owner_service_account = $3";
const OF_ACCOUNT: &str =
    "SELECT id FROM keys WHERE project = $1 AND owner_service_account = $2 AND deleted_at IS NULL ORDER BY row_id";
const DELETE_OF_ACCOUNT: &str = "UPDATE keys SET revision = $1, updated_at = $2, status = 'revoked',
    deleted_at = coalesce(deleted_at, $2), owner_service_account = NULL WHERE owner_service_account = $3";
pub(super) fn statements() -> Vec<String> {
    let mut all: Vec<String> = [ANY, ACTIVE, INACTIVE].into_iter().flat_map(List::statements).collect();
    let others = [GET, WITH_PREFIX, EDIT, DELETE, OWN, OF_ACCOUNT, LET_ACCOUNT, DELETE_OF_ACCOUNT];
    all.extend(others.map(str::to_owned));
    all
}

/// The key of an id in a project, unless it is deleted.
///
/// # Errors
/// The database does not answer, or the row is unreadable.
pub fn get(database: &Database, project: i64, id: &str) -> Result<Option<StoredKey>, StoreError> {
    let mut statement = database.connection.prepare_cached(GET)?;
    let mut rows = statement.query((project, digits(id)))?;
    rows.next()?.map(stored_key).transpose()
}

/// The keys of an organization whose ids begin with these digits, at most `limit` of them; none that is deleted.
///
/// # Errors
/// The database does not answer, or a row is unreadable.
pub fn with_prefix(
    database: &Database,
    organization: i64,
    digits: &str,
    limit: usize,
) -> Result<Vec<StoredKey>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = database.connection.prepare_cached(WITH_PREFIX)?;
    // `{` follows `z`, the last that an id may hold.
    let mut rows = statement.query((organization, digits, format!("{digits}{{"), limit))?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(stored_key(row)?);
    }
    Ok(keys)
}

/// A page of the keys of a project.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, project: i64, access: Access, part: &Part) -> Result<Page<StoredKey>, PageError> {
    let list = match access {
        Access::Any => ANY,
        Access::Active => ACTIVE,
        Access::Inactive => INACTIVE,
    };
    let part = Part { after: part.after.as_deref().map(|id| digits(id).to_owned()), ..part.clone() };
    let page = list.page(database, project, &part, |row: &Row<'_>| Ok(stored_key(row)))?;
    let rows = page.rows.into_iter().collect::<Result<_, _>>()?;
    Ok(Page { rows, has_more: page.has_more })
}

/// Writes what a key is from now on.
///
/// # Errors
/// The database refuses.
pub fn edit(database: &Database, id: KeyId, edit: &Edit, now: i64) -> Result<(), StoreError> {
    database.atomically(|| {
        let (revision, policy) = (database.next_revision()?, policies::row_of(database, &edit.policy)?);
        let metadata = serde_json::json!(edit.metadata).to_string();
        let (status, digits) = (edit.status.as_str(), id.digits());
        let values: [&dyn ToSql; 8] =
            [&revision, &now, &edit.name, &policy, &edit.expires_at, &status, &metadata, &digits];
        database.connection.prepare_cached(EDIT)?.execute(values)?;
        Ok(())
    })
}

/// Revokes a key and takes it out of lists.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, id: KeyId, now: i64) -> Result<(), StoreError> {
    database.atomically(|| {
        let revision = database.next_revision()?;
        database.connection.prepare_cached(DELETE)?.execute((revision, now, id.digits()))?;
        Ok(())
    })
}

/// Writes down whose a new key is.
///
/// # Errors
/// The database refuses.
pub fn own(database: &Database, id: KeyId, owner: Ownership) -> Result<(), StoreError> {
    let (user, account, has_access) = match owner {
        Ownership::Nobody => return Ok(()),
        Ownership::User(user) => (Some(user), None, true),
        Ownership::ServiceAccount { row, has_access } => (None, Some(row), has_access),
    };
    database.connection.prepare_cached(OWN)?.execute((user, account, i64::from(has_access), id.digits()))?;
    Ok(())
}

/// The ids of the keys of a service account that are not deleted.
///
/// # Errors
/// The database does not answer.
pub fn of_account(database: &Database, project: i64, account: i64) -> Result<Vec<String>, StoreError> {
    let mut statement = database.connection.prepare_cached(OF_ACCOUNT)?;
    let ids = statement.query_map((project, account), |row| Ok(format!("key_{}", row.get::<_, String>(0)?)))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Lets the keys of a service account work, or not: as it has a role in the project.
///
/// # Errors
/// The database refuses.
pub(super) fn let_account(database: &Database, account: i64, has_access: bool) -> Result<(), StoreError> {
    let revision = database.next_revision()?;
    database.connection.prepare_cached(LET_ACCOUNT)?.execute((revision, i64::from(has_access), account))?;
    Ok(())
}

/// Deletes the keys of a service account, and forgets that they were its.
///
/// # Errors
/// The database refuses.
pub(super) fn delete_of_account(database: &Database, account: i64, now: i64) -> Result<(), StoreError> {
    let revision = database.next_revision()?;
    database.connection.prepare_cached(DELETE_OF_ACCOUNT)?.execute((revision, now, account))?;
    Ok(())
}

/// In the database an id is its digits alone.
fn digits(id: &str) -> &str {
    id.strip_prefix("key_").unwrap_or("")
}

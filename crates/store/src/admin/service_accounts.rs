//! Service accounts: identities of programs, which own keys of one project.
//!
//! In: the number of a project whose organization has been checked, ids, names, roles. Out: [`ServiceAccount`]s. One that is
//! deleted takes its keys with it.

use rusqlite::{OptionalExtension, Row};

use super::gone;
use super::keys;
use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};
use crate::random::Random;

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// By which other rows name it.
    pub row: i64,
    /// `svc_acct_…`
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `owner`, `member` or `none`.
    pub role: String,
    /// Unix seconds.
    pub created_at: i64,
}

impl ServiceAccount {
    /// Whether it is anything in its project; else its keys are refused.
    #[must_use]
    pub fn has_role(&self) -> bool {
        self.role != "none"
    }
}

macro_rules! select {
    ($condition:literal) => {
        concat!("SELECT row_id, id, name, role, created_at FROM service_accounts WHERE project = $1", $condition)
    };
}

const LIST: List = List {
    name: "service_accounts",
    select: select!(""),
    cursor: "SELECT row_id FROM service_accounts WHERE project = $1 AND id = $2",
    row_id: "row_id",
};
const GET: &str = select!(" AND id = $2");
const INSERT: &str = "INSERT INTO service_accounts (id, project, name, role, created_at) VALUES ($1, $2, $3, $4, $5)";
const UPDATE: &str = "UPDATE service_accounts SET name = $1, role = $2 WHERE project = $3 AND row_id = $4";
const NOTE: &str = gone::standing!(
    "'service_accounts', project, 0, 0, id, row_id FROM service_accounts WHERE project = $1 AND row_id = $2"
);
const DELETE: &str = "DELETE FROM service_accounts WHERE project = $1 AND row_id = $2";

pub(super) fn statements() -> Vec<String> {
    let mut all = LIST.statements();
    all.extend([GET, INSERT, UPDATE, NOTE, DELETE].map(str::to_owned));
    all
}

/// The service account of an id in a project.
///
/// # Errors
/// The database does not answer.
pub fn get(database: &Database, project: i64, id: &str) -> Result<Option<ServiceAccount>, StoreError> {
    Ok(database.connection.prepare_cached(GET)?.query_row((project, id), read).optional()?)
}

/// A page of the service accounts of a project.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, project: i64, part: &Part) -> Result<Page<ServiceAccount>, PageError> {
    LIST.page(database, project, part, read)
}

/// Writes a new one.
///
/// # Errors
/// The database refuses.
pub fn insert(
    database: &Database,
    project: i64,
    name: &str,
    role: &str,
    now: i64,
) -> Result<ServiceAccount, StoreError> {
    let id = Random::id("svc_acct_");
    database.connection.prepare_cached(INSERT)?.execute((&id, project, name, role, now))?;
    let row = database.connection.last_insert_rowid();
    Ok(ServiceAccount { row, id, name: name.to_owned(), role: role.to_owned(), created_at: now })
}

/// Writes its name and role; with a role its keys work, and without one they do not.
///
/// # Errors
/// The database refuses.
pub fn update(database: &Database, project: i64, account: &ServiceAccount) -> Result<(), StoreError> {
    database.atomically(|| {
        let values = (&account.name, &account.role, project, account.row);
        database.connection.prepare_cached(UPDATE)?.execute(values)?;
        keys::let_account(database, account.row, account.has_role())
    })
}

/// Deletes it and its keys.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, project: i64, account: &ServiceAccount, now: i64) -> Result<(), StoreError> {
    database.atomically(|| {
        keys::delete_of_account(database, account.row, now)?;
        gone::note(database, NOTE, (project, account.row))?;
        database.connection.prepare_cached(DELETE)?.execute((project, account.row))?;
        Ok(())
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<ServiceAccount> {
    Ok(ServiceAccount {
        row: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        created_at: row.get(4)?,
    })
}

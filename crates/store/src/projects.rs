//! Organizations and the projects in them.
//!
//! In: names and new ids. Out: rows, and the project of an id or name. It does not know what a project owns.

use rusqlite::{OptionalExtension, params};
use tollgate_core::id;

use crate::database::{Database, StoreError};
use crate::random::Random;

/// Digits after `org-` and `proj_`: 142 bits.
const ID_DIGITS: usize = 24;

/// A project as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProject {
    /// `proj_…`
    pub id: String,
    /// `org-…`
    pub organization: String,
    /// Its name, unique within the organization.
    pub name: String,
    /// Unix seconds.
    pub created_at: i64,
}

/// Creates an organization and returns its id.
///
/// # Errors
/// The database refuses.
pub fn create_organization(database: &Database, name: &str, now: i64) -> Result<String, StoreError> {
    let id = new_id("org-");
    database
        .connection
        .prepare_cached("INSERT INTO organizations (id, name, created_at) VALUES (?1, ?2, ?3)")?
        .execute(params![id, name, now])?;
    Ok(id)
}

/// Creates a project in an organization and returns it.
///
/// # Errors
/// The organization does not exist, it has a project of that name, or the database refuses.
pub fn create(database: &Database, organization: &str, name: &str, now: i64) -> Result<StoredProject, StoreError> {
    let id = new_id("proj_");
    database
        .connection
        .prepare_cached(
            "INSERT INTO projects (id, organization, name, created_at)
             VALUES (?1, (SELECT row_id FROM organizations WHERE id = ?2), ?3, ?4)",
        )?
        .execute(params![id, organization, name, now])?;
    Ok(StoredProject { id, organization: organization.to_owned(), name: name.to_owned(), created_at: now })
}

/// The projects with this id or this name: none, one, or several organizations' projects of one name.
///
/// # Errors
/// The database does not answer.
pub fn find(database: &Database, id_or_name: &str) -> Result<Vec<StoredProject>, StoreError> {
    select(database, "WHERE p.id = ?1 OR p.name = ?1", params![id_or_name])
}

/// All projects, oldest first.
///
/// # Errors
/// The database does not answer.
pub fn list(database: &Database) -> Result<Vec<StoredProject>, StoreError> {
    select(database, "", params![])
}

/// The row number of a project's id.
pub(crate) fn row_of(database: &Database, id: &str) -> Result<i64, StoreError> {
    let mut statement = database.connection.prepare_cached("SELECT row_id FROM projects WHERE id = ?1")?;
    statement.query_row([id], |row| row.get(0)).optional()?.ok_or_else(|| StoreError::NoSuchProject(id.to_owned()))
}

/// The ids of a row: project and organization.
pub(crate) fn read(database: &Database, number: i64) -> Result<tollgate_core::key::Project, StoreError> {
    let mut statement = database.connection.prepare_cached(
        "SELECT p.id, o.id FROM projects p JOIN organizations o ON o.row_id = p.organization WHERE p.row_id = ?1",
    )?;
    Ok(statement
        .query_row([number], |row| Ok(tollgate_core::key::Project { id: row.get(0)?, organization: row.get(1)? }))?)
}

fn select(
    database: &Database,
    condition: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<StoredProject>, StoreError> {
    let mut statement = database.connection.prepare_cached(&format!(
        "SELECT p.id, o.id, p.name, p.created_at FROM projects p JOIN organizations o ON o.row_id = p.organization
         {condition} ORDER BY p.row_id"
    ))?;
    let rows = statement.query_map(values, |row| {
        Ok(StoredProject { id: row.get(0)?, organization: row.get(1)?, name: row.get(2)?, created_at: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn new_id(prefix: &str) -> String {
    let mut random = Random::new();
    format!("{prefix}{}", id::digits(ID_DIGITS, || random.byte()))
}

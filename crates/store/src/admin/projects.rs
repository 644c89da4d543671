//! Projects as administrators see them: what is set there holds for every key of the project.
//!
//! In: the number of an organization, ids, names. Out: [`Project`]s. A change raises the revision, so that running servers
//! follow. Projects are archived and never deleted, for records name them.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, ToSql};
use tollgate_core::id::KeyId;
use tollgate_core::project::ListedModels;
use tollgate_core::tools::{HostedTool, HostedTools};

use super::page::List;
use super::page::{Page, PageError, Part};
use crate::database::{Database, StoreError};
use crate::projects::listed;
use crate::random::Random;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// By which other rows name it.
    pub row: i64,
    /// `proj_…`
    pub id: String,
    /// What it is called; one name is one project in use within the organization.
    pub name: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds since when it is archived.
    pub archived_at: Option<i64>,
    /// Where its calls may be served; `None`: anywhere.
    pub residency: Option<String>,
    /// Which models its keys may use.
    pub models: ListedModels,
    /// Hosted tools that its keys may not use.
    pub tools_denied: HostedTools,
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT row_id, id, name, created_at, archived_at, residency, models_mode, models_list, tools_denied
             FROM projects WHERE organization = $1",
            $condition
        )
    };
}

const GET: &str = select!(" AND id = $2");
const NAMED: &str = select!(" AND name = $2 AND archived_at IS NULL");
const USUAL: &str = select!(" AND archived_at IS NULL ORDER BY CASE WHEN name = $2 THEN 0 ELSE 1 END, row_id LIMIT 1");
const ORGANIZATION_OF: &str = "SELECT organization FROM projects WHERE id = $1";
const OF_KEY: &str =
    "SELECT row_id, id, name, created_at, archived_at, residency, models_mode, models_list, tools_denied
    FROM projects WHERE row_id = (SELECT project FROM keys WHERE id = $1)";
const INSERT: &str = "INSERT INTO projects (id, organization, name, created_at, residency, revision)
    VALUES ($1, $2, $3, $4, $5, $6)";
const RENAME: &str = "UPDATE projects SET revision = $1, name = $2 WHERE organization = $3 AND id = $4";
const SET_MODELS: &str = "UPDATE projects SET revision = $1, models_mode = $2, models_list = $3
    WHERE organization = $4 AND id = $5";
const SET_TOOLS: &str = "UPDATE projects SET revision = $1, tools_denied = $2 WHERE organization = $3 AND id = $4";
const ARCHIVE: &str = "UPDATE projects SET revision = $1, archived_at = $2 WHERE organization = $3 AND id = $4";

const ALL: List = List {
    name: "projects",
    select: select!(""),
    cursor: "SELECT row_id FROM projects WHERE organization = $1 AND id = $2",
    row_id: "row_id",
};
const ACTIVE: List = List { select: select!(" AND archived_at IS NULL"), ..ALL };

pub(super) fn statements() -> Vec<String> {
    let mut all = ALL.statements();
    all.extend(ACTIVE.statements());
    all.extend(
        [GET, NAMED, USUAL, ORGANIZATION_OF, OF_KEY, INSERT, RENAME, SET_MODELS, SET_TOOLS, ARCHIVE].map(str::to_owned),
    );
    all
}

/// The project of an id.
///
/// # Errors
/// The database does not answer.
pub fn get(database: &Database, organization: i64, id: &str) -> Result<Option<Project>, StoreError> {
    Ok(database.connection.prepare_cached(GET)?.query_row((organization, id), read).optional()?)
}

/// The project in use of a name; an archived one may have been called so before.
///
/// # Errors
/// The database does not answer.
pub fn named(database: &Database, organization: i64, name: &str) -> Result<Option<Project>, StoreError> {
    Ok(database.connection.prepare_cached(NAMED)?.query_row((organization, name), read).optional()?)
}

/// The project of a name, or else the oldest; never an archived one.
///
/// # Errors
/// The database does not answer.
pub fn usual(database: &Database, organization: i64, name: &str) -> Result<Option<Project>, StoreError> {
    Ok(database.connection.prepare_cached(USUAL)?.query_row((organization, name), read).optional()?)
}

/// The number of the organization that a project is of: for whoever holds the data directory, and sees all of them.
///
/// # Errors
/// The database does not answer.
pub fn organization_of(database: &Database, id: &str) -> Result<Option<i64>, StoreError> {
    Ok(database.connection.prepare_cached(ORGANIZATION_OF)?.query_row([id], |row| row.get(0)).optional()?)
}

/// The project of a key that has proved itself.
///
/// # Errors
/// The database does not answer.
pub fn of_key(database: &Database, key: KeyId) -> Result<Option<Project>, StoreError> {
    Ok(database.connection.prepare_cached(OF_KEY)?.query_row([key.digits()], read).optional()?)
}

/// A page of the projects.
///
/// # Errors
/// See [`PageError`].
pub fn list(
    database: &Database,
    organization: i64,
    with_archived: bool,
    part: &Part,
) -> Result<Page<Project>, PageError> {
    let list = if with_archived { ALL } else { ACTIVE };
    list.page(database, organization, part, read)
}

/// Writes a new project.
///
/// # Errors
/// The name is taken, or the database refuses.
pub fn insert(
    database: &Database,
    organization: i64,
    name: &str,
    residency: Option<&str>,
    now: i64,
) -> Result<Project, StoreError> {
    database.atomically(|| {
        let (id, revision) = (Random::id("proj_"), database.next_revision()?);
        let values: [&dyn ToSql; 6] = [&id, &organization, &name, &now, &residency, &revision];
        database.connection.prepare_cached(INSERT)?.execute(values)?;
        let row = database.connection.last_insert_rowid();
        let residency = residency.map(str::to_owned);
        Ok(Project {
            row,
            id,
            name: name.to_owned(),
            created_at: now,
            archived_at: None,
            residency,
            models: ListedModels::All,
            tools_denied: HostedTools::default(),
        })
    })
}

/// Gives a project another name; whether there is one.
///
/// # Errors
/// The name is taken, or the database refuses.
pub fn rename(database: &Database, organization: i64, id: &str, name: &str) -> Result<bool, StoreError> {
    change(database, RENAME, &[&name, &organization, &id])
}

/// Sets which models the keys of a project may use; whether there is one.
///
/// # Errors
/// The database refuses.
pub fn set_models(database: &Database, organization: i64, id: &str, models: &ListedModels) -> Result<bool, StoreError> {
    let (mode, list) = match models {
        ListedModels::All => (None, &[][..]),
        ListedModels::Only(list) => (Some("allow_list"), list.as_slice()),
        ListedModels::AllBut(list) => (Some("deny_list"), list.as_slice()),
    };
    let list = serde_json::json!(list).to_string();
    change(database, SET_MODELS, &[&mode, &list, &organization, &id])
}

/// Sets which hosted tools the keys of a project may not use; whether there is one.
///
/// # Errors
/// The database refuses.
pub fn set_tools_denied(
    database: &Database,
    organization: i64,
    id: &str,
    denied: HostedTools,
) -> Result<bool, StoreError> {
    let names: Vec<&str> = denied.iter().map(HostedTool::name).collect();
    let names = serde_json::json!(names).to_string();
    change(database, SET_TOOLS, &[&names, &organization, &id])
}

/// Archives a project: its keys are refused from now on. Whether there is one.
///
/// # Errors
/// The database refuses.
pub fn archive(database: &Database, organization: i64, id: &str, now: i64) -> Result<bool, StoreError> {
    change(database, ARCHIVE, &[&now, &organization, &id])
}

fn change(database: &Database, sql: &str, values: &[&dyn ToSql]) -> Result<bool, StoreError> {
    database.atomically(|| {
        let revision = database.next_revision()?;
        let mut all: Vec<&dyn ToSql> = vec![&revision];
        all.extend(values);
        Ok(database.connection.prepare_cached(sql)?.execute(all.as_slice())? > 0)
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        row: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        created_at: row.get(3)?,
        archived_at: row.get(4)?,
        residency: row.get(5)?,
        models: listed(row.get::<_, Option<String>>(6)?.as_deref(), list_at(row, 7)?).ok_or_else(|| unreadable(6))?,
        tools_denied: list_at(row, 8)?
            .iter()
            .map(|name| HostedTool::from_name(name))
            .collect::<Option<_>>()
            .ok_or_else(|| unreadable(8))?,
    })
}

fn list_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(|_| unreadable(column))
}

fn unreadable(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "of projects".to_owned(), Type::Text)
}

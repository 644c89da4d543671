//! Organizations and the projects in them.
//!
//! In: names and new ids. Out: rows. It does not know what a project owns.

use rusqlite::{OptionalExtension, Row, params};
use tollgate_core::project::{ListedModels, Project, ProjectRules};
use tollgate_core::residency::Residency;
use tollgate_core::tools::HostedTool;

use crate::database::{Database, StoreError};
use crate::random::Random;

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

macro_rules! listed {
    ($condition:literal) => {
        concat!(
            "SELECT p.id, o.id, p.name, p.created_at FROM projects p JOIN organizations o ON o.row_id = p.organization",
            $condition,
            " ORDER BY p.row_id"
        )
    };
}

/// What [`rules_at`] reads.
macro_rules! rules {
    () => {
        "p.archived_at, p.residency, p.models_mode, p.models_list, p.tools_denied FROM projects p"
    };
}

const INSERT_ORGANIZATION: &str = "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)";
const INSERT: &str = "INSERT INTO projects (id, organization, name, created_at)
    VALUES ($1, (SELECT row_id FROM organizations WHERE id = $2), $3, $4)";
const LIST: &str = listed!("");
const ROW: &str = "SELECT row_id FROM projects WHERE id = $1";
const READ: &str = concat!(
    "SELECT p.id, o.id, o.row_id, ",
    rules!(),
    " JOIN organizations o ON o.row_id = p.organization WHERE p.row_id = $1"
);
const CHANGED: &str = concat!("SELECT p.row_id, ", rules!(), " WHERE p.revision > $1");

pub(crate) const STATEMENTS: [&str; 6] = [INSERT_ORGANIZATION, INSERT, LIST, ROW, READ, CHANGED];

/// Creates an organization and returns its id.
///
/// # Errors
/// The database refuses.
pub fn create_organization(database: &Database, name: &str, now: i64) -> Result<String, StoreError> {
    let id = Random::id("org-");
    database.connection.prepare_cached(INSERT_ORGANIZATION)?.execute(params![id, name, now])?;
    Ok(id)
}

/// Creates a project in an organization and returns it.
///
/// # Errors
/// The organization does not exist, it has a project of that name, or the database refuses.
pub fn create(database: &Database, organization: &str, name: &str, now: i64) -> Result<StoredProject, StoreError> {
    let id = Random::id("proj_");
    database.connection.prepare_cached(INSERT)?.execute(params![id, organization, name, now])?;
    Ok(StoredProject { id, organization: organization.to_owned(), name: name.to_owned(), created_at: now })
}

/// All projects, oldest first.
///
/// # Errors
/// The database does not answer.
pub fn list(database: &Database) -> Result<Vec<StoredProject>, StoreError> {
    select(database, LIST, params![])
}

/// The row number of a project's id.
pub(crate) fn row_of(database: &Database, id: &str) -> Result<i64, StoreError> {
    let mut statement = database.connection.prepare_cached(ROW)?;
    statement.query_row([id], |row| row.get(0)).optional()?.ok_or_else(|| StoreError::NoSuchProject(id.to_owned()))
}

/// A project as the request path needs it, and the number of its organization.
pub(crate) fn read(database: &Database, number: i64) -> Result<(Project, i64), StoreError> {
    let mut statement = database.connection.prepare_cached(READ)?;
    let mut rows = statement.query([number])?;
    let row = rows.next()?.ok_or_else(|| StoreError::NoSuchProject(number.to_string()))?;
    Ok((Project::new(row.get(0)?, row.get(1)?, rules_at(row, 3, number)?), row.get(2)?))
}

/// Hands every project that has changed since a revision to `each`: its row number and its rules.
pub(crate) fn changed_since(
    database: &Database,
    revision: i64,
    mut each: impl FnMut(i64, ProjectRules),
) -> Result<(), StoreError> {
    let mut statement = database.connection.prepare_cached(CHANGED)?;
    let mut rows = statement.query([revision])?;
    while let Some(row) = rows.next()? {
        let number = row.get(0)?;
        each(number, rules_at(row, 1, number)?);
    }
    Ok(())
}

fn rules_at(row: &Row<'_>, first: usize, number: i64) -> Result<ProjectRules, StoreError> {
    let unreadable = |what| StoreError::Unreadable { table: "projects", row: number.to_string(), what };
    let list = |column| -> Result<Vec<String>, StoreError> {
        serde_json::from_str(&row.get::<_, String>(column)?).map_err(|_| unreadable("list"))
    };
    let (mode, models) = (row.get::<_, Option<String>>(first + 2)?, list(first + 3)?);
    let denied: Option<_> = list(first + 4)?.iter().map(|name| HostedTool::from_name(name)).collect();
    Ok(ProjectRules {
        archived_at: row.get(first)?,
        residency: row.get::<_, Option<String>>(first + 1)?.as_deref().and_then(Residency::of_word),
        models: listed(mode.as_deref(), models).ok_or_else(|| unreadable("models_mode"))?,
        tools_denied: denied.ok_or_else(|| unreadable("tools_denied"))?,
    })
}

/// A list of models from its mode and its entries.
pub(crate) fn listed(mode: Option<&str>, models: Vec<String>) -> Option<ListedModels> {
    match mode {
        None => Some(ListedModels::All),
        Some("allow_list") => Some(ListedModels::Only(models)),
        Some("deny_list") => Some(ListedModels::AllBut(models)),
        Some(_) => None,
    }
}

fn select(database: &Database, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<StoredProject>, StoreError> {
    let mut statement = database.connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| {
        Ok(StoredProject { id: row.get(0)?, organization: row.get(1)?, name: row.get(2)?, created_at: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

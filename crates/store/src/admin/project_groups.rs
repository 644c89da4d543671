//! Which groups are in a project. What they may do there are assignments of roles, which go with them.
//!
//! In: the numbers of organizations, projects and groups. Out: [`ProjectGroup`]s.

use rusqlite::{OptionalExtension, Row};

use super::gone;
use super::groups::{self, Group};
use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};

/// A group in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectGroup {
    /// Which.
    pub group: Group,
    /// Unix seconds since when it is in the project.
    pub added_at: i64,
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT g.row_id, g.id, g.name, g.created_at, pg.added_at
            FROM project_groups pg JOIN groups g ON g.row_id = pg.group_row
            WHERE g.organization = $1 AND pg.project = $2",
            $condition
        )
    };
}

const GET: &str = select!(" AND g.id = $3");
const INSERT: &str = "INSERT INTO project_groups (project, group_row, added_at) VALUES ($1, $2, $3)";
const NOTE: &str = gone::standing!(
    "'project_groups', g.organization, pg.project, 0, g.id, pg.row_id
    FROM project_groups pg JOIN groups g ON g.row_id = pg.group_row WHERE pg.project = $1 AND pg.group_row = $2"
);
const DELETE: &str = "DELETE FROM project_groups WHERE project = $1 AND group_row = $2";

const LIST: List = List {
    name: "project_groups",
    select: select!(""),
    cursor: "SELECT pg.row_id FROM project_groups pg JOIN groups g ON g.row_id = pg.group_row
        WHERE g.organization = $1 AND pg.project = $2 AND g.id = $3",
    row_id: "pg.row_id",
};

pub(super) fn statements() -> Vec<String> {
    let mut all = LIST.statements();
    all.extend([GET, INSERT, NOTE, DELETE].map(str::to_owned));
    all
}

/// The group of an id in a project.
///
/// # Errors
/// The database does not answer.
pub fn get(database: &Database, organization: i64, project: i64, id: &str) -> Result<Option<ProjectGroup>, StoreError> {
    Ok(database.connection.prepare_cached(GET)?.query_row((organization, project, id), read).optional()?)
}

/// A page of the groups in a project, in the order in which they were added.
///
/// # Errors
/// See [`PageError`].
pub fn list(
    database: &Database,
    organization: i64,
    project: i64,
    part: &Part,
) -> Result<Page<ProjectGroup>, PageError> {
    LIST.page_within(database, &[organization, project], part, read)
}

/// Adds a group to a project.
///
/// # Errors
/// It is in it, or the database refuses.
pub fn insert(database: &Database, project: i64, group: i64, now: i64) -> Result<(), StoreError> {
    database.connection.prepare_cached(INSERT)?.execute((project, group, now))?;
    Ok(())
}

/// Takes a group out of a project.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, project: i64, group: i64) -> Result<(), StoreError> {
    database.atomically(|| {
        gone::note(database, NOTE, (project, group))?;
        database.connection.prepare_cached(DELETE)?.execute((project, group))?;
        Ok(())
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<ProjectGroup> {
    Ok(ProjectGroup { group: groups::read(row)?, added_at: row.get(4)? })
}

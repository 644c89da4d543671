//! Users of a project, and what each is in it.
//!
//! In: the numbers of a project and a user. Out: [`ProjectUser`]s. The project is one that was found in the organization of
//! whoever asks. What a user's keys may follows [`super::access::refresh`].

use rusqlite::{OptionalExtension, Row, ToSql};

use super::gone;
use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};

/// A user of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectUser {
    /// By which other rows name the user.
    pub row: i64,
    /// `user-…`
    pub id: String,
    /// In lower case.
    pub email: String,
    /// What he is called.
    pub name: String,
    /// `owner` or `member`.
    pub role: String,
    /// Unix seconds since when he is in the project.
    pub added_at: i64,
}

/// A project that somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// `proj_…`
    pub project: String,
    /// What the project is called.
    pub name: String,
    /// `owner` or `member`.
    pub role: String,
}

macro_rules! users {
    ($condition:literal) => {
        concat!(
            "SELECT u.row_id, u.id, u.email, coalesce(m.name, u.name), pm.role, pm.added_at
             FROM project_members pm JOIN users u ON u.row_id = pm.user_row JOIN projects p ON p.row_id = pm.project
             LEFT JOIN members m ON m.organization = p.organization AND m.user_row = pm.user_row WHERE pm.project = $1",
            $condition
        )
    };
}

const GET: &str = users!(" AND u.id = $2");
const INSERT: &str = "INSERT INTO project_members (project, user_row, role, added_at) VALUES ($1, $2, $3, $4)";
const CHANGE: &str = "UPDATE project_members SET role = $1 WHERE project = $2 AND user_row = $3";
const NOTE: &str = gone::standing!(
    "'project_users', pm.project, 0, 0, u.id, pm.row_id FROM project_members pm JOIN users u ON u.row_id = pm.user_row
    WHERE pm.project = $1 AND pm.user_row = $2"
);
const DELETE: &str = "DELETE FROM project_members WHERE project = $1 AND user_row = $2";
const OF_USER: &str = "SELECT p.id, p.name, pm.role FROM project_members pm JOIN projects p ON p.row_id = pm.project
    WHERE p.organization = $1 AND pm.user_row = $2 ORDER BY pm.row_id";

const LIST: List = List {
    name: "project_users",
    select: users!(""),
    cursor: "SELECT pm.row_id FROM project_members pm JOIN users u ON u.row_id = pm.user_row
        WHERE pm.project = $1 AND u.id = $2",
    row_id: "pm.row_id",
};

pub(super) fn statements() -> Vec<String> {
    let mut all = LIST.statements();
    all.extend([GET, INSERT, CHANGE, NOTE, DELETE, OF_USER].map(str::to_owned));
    all
}

/// The user of an id, where he is in the project.
///
/// # Errors
/// The database does not answer.
pub fn get(database: &Database, project: i64, id: &str) -> Result<Option<ProjectUser>, StoreError> {
    Ok(database.connection.prepare_cached(GET)?.query_row((project, id), read).optional()?)
}

/// A page of a project's users.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, project: i64, part: &Part) -> Result<Page<ProjectUser>, PageError> {
    LIST.page(database, project, part, read)
}

/// Puts a user into a project.
///
/// # Errors
/// He is in it already, or the database refuses.
pub fn add(database: &Database, project: i64, user: i64, role: &str, now: i64) -> Result<(), StoreError> {
    let values: [&dyn ToSql; 4] = [&project, &user, &role, &now];
    database.connection.prepare_cached(INSERT)?.execute(values)?;
    Ok(())
}

/// Gives a user of a project another role.
///
/// # Errors
/// The database refuses.
pub fn change(database: &Database, project: i64, user: i64, role: &str) -> Result<(), StoreError> {
    database.connection.prepare_cached(CHANGE)?.execute((role, project, user))?;
    Ok(())
}

/// Takes a user out of a project.
///
/// # Errors
/// The database refuses.
pub fn remove(database: &Database, project: i64, user: i64) -> Result<(), StoreError> {
    database.atomically(|| {
        gone::note(database, NOTE, (project, user))?;
        database.connection.prepare_cached(DELETE)?.execute((project, user))?;
        Ok(())
    })
}

/// The projects of an organization that a user is in.
///
/// # Errors
/// The database does not answer.
pub fn of_user(database: &Database, organization: i64, user: i64) -> Result<Vec<Membership>, StoreError> {
    let mut statement = database.connection.prepare_cached(OF_USER)?;
    let rows = statement.query_map((organization, user), |row| {
        Ok(Membership { project: row.get(0)?, name: row.get(1)?, role: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<ProjectUser> {
    Ok(ProjectUser {
        row: row.get(0)?,
        id: row.get(1)?,
        email: row.get(2)?,
        name: row.get(3)?,
        role: row.get(4)?,
        added_at: row.get(5)?,
    })
}

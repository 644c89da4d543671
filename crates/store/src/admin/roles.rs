//! Custom roles, of an organization or of one of its projects. Predefined ones are in the program.
//!
//! In: names and permissions that the control plane has checked. Out: [`Role`]s. A role that is deleted goes with its
//! assignments: whoever had it may nothing by it from then on.

use rusqlite::{OptionalExtension, Row, params};

use super::gone;
use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};
use crate::random::Random;

/// A custom role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `role_…`
    pub id: String,
    /// The number of the project, for a role of one.
    pub project: Option<i64>,
    /// What it is called; one name is one role in its place.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Names of permissions.
    pub permissions: Vec<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub updated_at: i64,
    /// `user-…`, who made it.
    pub created_by: String,
}

/// A role to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewRole<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// Names of permissions.
    pub permissions: &'a [&'a str],
    /// `user-…`, who makes it.
    pub created_by: &'a str,
}

/// Where a role is one: the numbers of an organization and, of a role of a project, of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The number of the organization.
    pub organization: i64,
    /// The number of the project.
    pub project: Option<i64>,
}

macro_rules! columns {
    () => {
        "id, name, description, permissions, created_at, updated_at, created_by, project"
    };
}

const GET: &str =
    concat!("SELECT ", columns!(), " FROM roles WHERE organization = $1 AND coalesce(project, 0) = $2 AND id = $3");
const NAMED: &str =
    concat!("SELECT ", columns!(), " FROM roles WHERE organization = $1 AND coalesce(project, 0) = $2 AND name = $3");
const INSERT: &str = "INSERT INTO roles
    (id, organization, project, name, description, permissions, created_at, updated_at, created_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
const UPDATE: &str = "UPDATE roles SET name = $1, description = $2, permissions = $3, updated_at = $4
    WHERE organization = $5 AND id = $6";
const NOTE: &str = gone::standing!(
    "'roles', organization, coalesce(project, 0), 0, id, row_id FROM roles WHERE organization = $1 AND id = $2"
);
const NOTE_ASSIGNMENTS: &str = gone::standing!(
    "CASE WHEN user_row IS NULL THEN 'group_roles' ELSE 'user_roles' END, organization, coalesce(project, 0),
        coalesce(user_row, group_row), role, row_id
    FROM role_assignments WHERE organization = $1 AND role = $2"
);
const DELETE: &str = "DELETE FROM roles WHERE organization = $1 AND id = $2";
const HOLDERS: &str =
    "SELECT user_row FROM role_assignments WHERE organization = $1 AND role = $2 AND user_row IS NOT NULL
    UNION SELECT gm.user_row FROM role_assignments a JOIN group_members gm ON gm.group_row = a.group_row
    WHERE a.organization = $1 AND a.role = $2";
const UNASSIGN: &str = "DELETE FROM role_assignments WHERE organization = $1 AND role = $2";

const OF_ORGANIZATION: List = List {
    name: "roles",
    select: concat!("SELECT ", columns!(), " FROM roles WHERE organization = $1 AND project IS NULL"),
    cursor: "SELECT row_id FROM roles WHERE organization = $1 AND project IS NULL AND id = $2",
    row_id: "row_id",
};
const OF_PROJECT: List = List {
    name: "roles",
    select: concat!("SELECT ", columns!(), " FROM roles WHERE organization = $1 AND project = $2"),
    cursor: "SELECT row_id FROM roles WHERE organization = $1 AND project = $2 AND id = $3",
    row_id: "row_id",
};

pub(super) fn statements() -> Vec<String> {
    let mut all = OF_ORGANIZATION.statements();
    all.extend(OF_PROJECT.statements());
    all.extend([GET, NAMED, INSERT, UPDATE, NOTE, NOTE_ASSIGNMENTS, DELETE, HOLDERS, UNASSIGN].map(str::to_owned));
    all
}

/// The role of an id.
///
/// # Errors
/// The database does not answer, or the row is unreadable.
pub fn get(database: &Database, scope: Scope, id: &str) -> Result<Option<Role>, StoreError> {
    one(database, GET, scope, id)
}

/// The role of a name.
///
/// # Errors
/// As of [`get`].
pub fn named(database: &Database, scope: Scope, name: &str) -> Result<Option<Role>, StoreError> {
    one(database, NAMED, scope, name)
}

/// A page of the roles.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, scope: Scope, part: &Part) -> Result<Page<Role>, PageError> {
    match scope.project {
        None => OF_ORGANIZATION.page(database, scope.organization, part, read),
        Some(project) => OF_PROJECT.page_within(database, &[scope.organization, project], part, read),
    }
}

/// Writes a new role.
///
/// # Errors
/// The name is taken, or the database refuses.
pub fn insert(database: &Database, scope: Scope, new: &NewRole<'_>, now: i64) -> Result<Role, StoreError> {
    let id = Random::id("role_");
    let permissions = serde_json::json!(new.permissions).to_string();
    let Scope { organization, project } = scope;
    database.connection.prepare_cached(INSERT)?.execute(params![
        id,
        organization,
        project,
        new.name,
        new.description,
        permissions,
        now,
        new.created_by,
    ])?;
    Ok(Role {
        id,
        project,
        name: new.name.to_owned(),
        description: new.description.map(str::to_owned),
        permissions: new.permissions.iter().map(|&name| name.to_owned()).collect(),
        created_at: now,
        updated_at: now,
        created_by: new.created_by.to_owned(),
    })
}

/// Writes what a role is called, is for and allows.
///
/// # Errors
/// The name is taken, or the database refuses.
pub fn update(database: &Database, organization: i64, role: &Role) -> Result<(), StoreError> {
    let permissions = serde_json::json!(role.permissions).to_string();
    let values = params![role.name, role.description, permissions, role.updated_at, organization, role.id];
    database.connection.prepare_cached(UPDATE)?.execute(values)?;
    Ok(())
}

/// The numbers of all users who have a role, themselves or by a group.
///
/// # Errors
/// The database does not answer.
pub fn holders(database: &Database, organization: i64, id: &str) -> Result<Vec<i64>, StoreError> {
    let mut statement = database.connection.prepare_cached(HOLDERS)?;
    let rows = statement.query_map((organization, id), |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Deletes a role with its assignments.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, organization: i64, id: &str) -> Result<(), StoreError> {
    database.atomically(|| {
        gone::note(database, NOTE_ASSIGNMENTS, (organization, id))?;
        gone::note(database, NOTE, (organization, id))?;
        database.connection.prepare_cached(UNASSIGN)?.execute((organization, id))?;
        database.connection.prepare_cached(DELETE)?.execute((organization, id))?;
        Ok(())
    })
}

fn one(database: &Database, sql: &str, scope: Scope, text: &str) -> Result<Option<Role>, StoreError> {
    let values = (scope.organization, scope.project.unwrap_or(0), text);
    Ok(database.connection.prepare_cached(sql)?.query_row(values, read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Role> {
    let permissions: String = row.get(3)?;
    let permissions = serde_json::from_str(&permissions)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(Role {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        permissions,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        created_by: row.get(6)?,
        project: row.get(7)?,
    })
}

//! Who has which role: a user or a group, in the organization or in one of its projects.
//!
//! In: a [`Place`] and the ids of roles that the control plane has checked. Out: [`Assigned`] roles. An assignment holds from
//! the next request on, for rights are put together anew for each.

use rusqlite::{OptionalExtension, Row, params};

use super::gone;
use super::page::{List, Page, PageError, Part};
use super::roles::Role;
use crate::database::{Database, StoreError};

/// Whose roles, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The number of the organization.
    pub organization: i64,
    /// The number of the project; `None`: in the organization.
    pub project: Option<i64>,
    /// Who has them.
    pub whose: Whose,
}

/// Who has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The number of a user.
    User(i64),
    /// The number of a group.
    Group(i64),
}

/// A role that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// Its id.
    pub role: String,
    /// The role, if it is a custom one.
    pub custom: Option<Role>,
}

macro_rules! from {
    ($whose:literal) => {
        concat!(
            " FROM role_assignments a LEFT JOIN roles r ON r.id = a.role AND r.organization = a.organization
            WHERE a.organization = $1 AND coalesce(a.project, 0) = $2 AND a.",
            $whose,
            " = $3"
        )
    };
}

macro_rules! list {
    ($name:literal, $whose:literal) => {
        List {
            name: $name,
            select: concat!(
                "SELECT a.role, r.id, r.name, r.description, r.permissions, r.created_at, r.updated_at, r.created_by,
                    r.project",
                from!($whose)
            ),
            cursor: concat!("SELECT a.row_id", from!($whose), " AND a.role = $4"),
            row_id: "a.row_id",
        }
    };
}

const IDS_OF_USER: &str = concat!("SELECT a.role", from!("user_row"), " ORDER BY a.row_id");
const IDS_OF_GROUP: &str = concat!("SELECT a.role", from!("group_row"), " ORDER BY a.row_id");
const OF_USER: List = list!("user_roles", "user_row");
const OF_GROUP: List = list!("group_roles", "group_row");
const HAS_USER: &str = concat!("SELECT 1", from!("user_row"), " AND a.role = $4");
const HAS_GROUP: &str = concat!("SELECT 1", from!("group_row"), " AND a.role = $4");
const INSERT: &str = "INSERT INTO role_assignments
    (organization, project, user_row, group_row, role, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7)";

macro_rules! delete {
    ($whose:literal, $further:literal) => {
        concat!(
            "DELETE FROM role_assignments WHERE organization = $1 AND coalesce(project, 0) = $2 AND ",
            $whose,
            " = $3",
            $further
        )
    };
}

/// Of all that somebody had in a place nothing is noted: whoever takes it all from him takes him out of it.
macro_rules! note_one {
    ($name:literal, $whose:literal) => {
        concat!(
            gone::standing!("'"),
            $name,
            "', organization, coalesce(project, 0), ",
            $whose,
            ", role, row_id FROM role_assignments WHERE organization = $1 AND coalesce(project, 0) = $2 AND ",
            $whose,
            " = $3 AND role = $4"
        )
    };
}

const NOTE_OF_USER: &str = note_one!("user_roles", "user_row");
const NOTE_OF_GROUP: &str = note_one!("group_roles", "group_row");

const DELETE_OF_USER: &str = delete!("user_row", " AND role = $4");
const DELETE_OF_GROUP: &str = delete!("group_row", " AND role = $4");
const CLEAR_OF_USER: &str = delete!("user_row", "");
const CLEAR_OF_GROUP: &str = delete!("group_row", "");

pub(super) fn statements() -> Vec<String> {
    let mut all = OF_USER.statements();
    all.extend(OF_GROUP.statements());
    let others = [HAS_USER, HAS_GROUP, INSERT, DELETE_OF_USER, DELETE_OF_GROUP, CLEAR_OF_USER, CLEAR_OF_GROUP];
    all.extend(others.map(str::to_owned));
    all.extend([IDS_OF_USER, IDS_OF_GROUP, NOTE_OF_USER, NOTE_OF_GROUP].map(str::to_owned));
    all
}

/// A page of the roles, in the order in which they were assigned.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, place: Place, part: &Part) -> Result<Page<Assigned>, PageError> {
    let (list, whose) = match place.whose {
        Whose::User(row) => (OF_USER, row),
        Whose::Group(row) => (OF_GROUP, row),
    };
    list.page_within(database, &[place.organization, place.project.unwrap_or(0), whose], part, read)
}

/// The ids of all roles that somebody has there.
///
/// # Errors
/// The database does not answer.
pub fn ids(database: &Database, place: Place) -> Result<Vec<String>, StoreError> {
    let (sql, whose) = match place.whose {
        Whose::User(row) => (IDS_OF_USER, row),
        Whose::Group(row) => (IDS_OF_GROUP, row),
    };
    let mut statement = database.connection.prepare_cached(sql)?;
    let values = (place.organization, place.project.unwrap_or(0), whose);
    let ids = statement.query_map(values, |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Whether somebody has a role there.
///
/// # Errors
/// The database does not answer.
pub fn has(database: &Database, place: Place, role: &str) -> Result<bool, StoreError> {
    let (sql, whose) = match place.whose {
        Whose::User(row) => (HAS_USER, row),
        Whose::Group(row) => (HAS_GROUP, row),
    };
    let values = (place.organization, place.project.unwrap_or(0), whose, role);
    let found = database.connection.prepare_cached(sql)?.query_row(values, |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// Gives somebody a role.
///
/// # Errors
/// He has it there, or the database refuses.
pub fn insert(database: &Database, place: Place, role: &str, by: &str, now: i64) -> Result<(), StoreError> {
    let (user, group) = match place.whose {
        Whose::User(row) => (Some(row), None),
        Whose::Group(row) => (None, Some(row)),
    };
    let values = params![place.organization, place.project, user, group, role, now, by];
    database.connection.prepare_cached(INSERT)?.execute(values)?;
    Ok(())
}

/// Takes a role from somebody; whether he had it there.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, place: Place, role: &str) -> Result<bool, StoreError> {
    let (note, sql, whose) = match place.whose {
        Whose::User(row) => (NOTE_OF_USER, DELETE_OF_USER, row),
        Whose::Group(row) => (NOTE_OF_GROUP, DELETE_OF_GROUP, row),
    };
    let values = (place.organization, place.project.unwrap_or(0), whose, role);
    database.atomically(|| {
        gone::note(database, note, values)?;
        Ok(database.connection.prepare_cached(sql)?.execute(values)? > 0)
    })
}

/// Takes from somebody all roles that he has there.
///
/// # Errors
/// The database refuses.
pub fn clear(database: &Database, place: Place) -> Result<(), StoreError> {
    let (sql, whose) = match place.whose {
        Whose::User(row) => (CLEAR_OF_USER, row),
        Whose::Group(row) => (CLEAR_OF_GROUP, row),
    };
    database.connection.prepare_cached(sql)?.execute((place.organization, place.project.unwrap_or(0), whose))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Assigned> {
    let id: Option<String> = row.get(1)?;
    let custom = match id {
        None => None,
        Some(id) => Some(custom(row, id)?),
    };
    Ok(Assigned { role: row.get(0)?, custom })
}

fn custom(row: &Row<'_>, id: String) -> rusqlite::Result<Role> {
    let permissions: String = row.get(4)?;
    let permissions = serde_json::from_str(&permissions)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(Role {
        id,
        name: row.get(2)?,
        description: row.get(3)?,
        permissions,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
        created_by: row.get(7)?,
        project: row.get(8)?,
    })
}

//! Groups: who is in them, and in which projects they are.
//!
//! In: the numbers of organizations, names, ids. Out: [`Group`]s. What a group may do are its assignments of roles, which
//! hold for all who are in it.

use rusqlite::{OptionalExtension, Row};

use super::gone;
use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};
use crate::random::Random;

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// By which other rows name it.
    pub row: i64,
    /// `group_…`
    pub id: String,
    /// What it is called; one name is one group of the organization.
    pub name: String,
    /// Unix seconds.
    pub created_at: i64,
}

/// Somebody who is in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupUser {
    /// By which other rows name the user.
    pub row: i64,
    /// `user-…`
    pub id: String,
    /// What he is called.
    pub name: String,
    /// In lower case.
    pub email: String,
}

macro_rules! users {
    ($columns:literal, $condition:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM members m JOIN group_members gm ON gm.user_row = m.user_row JOIN users u ON u.row_id = m.user_row
            WHERE m.organization = $1 AND gm.group_row = $2",
            $condition
        )
    };
}

const GET: &str = "SELECT row_id, id, name, created_at FROM groups WHERE organization = $1 AND id = $2";
const NAMED: &str = "SELECT row_id, id, name, created_at FROM groups WHERE organization = $1 AND name = $2";
const INSERT: &str = "INSERT INTO groups (id, organization, name, created_at) VALUES ($1, $2, $3, $4)";
const RENAME: &str = "UPDATE groups SET name = $1 WHERE organization = $2 AND id = $3";
const DELETE: &str = "DELETE FROM groups WHERE organization = $1 AND row_id = $2";
const NOTE: &str =
    gone::standing!("'groups', organization, 0, 0, id, row_id FROM groups WHERE organization = $1 AND row_id = $2");
const NOTE_PROJECTS: &str = gone::standing!(
    "'project_groups', g.organization, pg.project, 0, g.id, pg.row_id
    FROM project_groups pg JOIN groups g ON g.row_id = pg.group_row WHERE pg.group_row = $1"
);
const NOTE_MEMBER: &str = gone::standing!(
    "'group_users', g.organization, g.row_id, 0, u.id, gm.row_id
    FROM group_members gm JOIN groups g ON g.row_id = gm.group_row JOIN users u ON u.row_id = gm.user_row
    WHERE gm.group_row = $1 AND gm.user_row = $2"
);
const DELETE_MEMBERS: &str = "DELETE FROM group_members WHERE group_row = $1";
const DELETE_PROJECTS: &str = "DELETE FROM project_groups WHERE group_row = $1";
const DELETE_ASSIGNMENTS: &str = "DELETE FROM role_assignments WHERE organization = $1 AND group_row = $2";
const ADD_MEMBER: &str = "INSERT INTO group_members (group_row, user_row, added_at) VALUES ($1, $2, $3)";
const REMOVE_MEMBER: &str = "DELETE FROM group_members WHERE group_row = $1 AND user_row = $2";
const USER_ROWS: &str = "SELECT user_row FROM group_members WHERE group_row = $1";
const USER: &str = users!("u.row_id, u.id, coalesce(m.name, u.name), u.email", " AND u.id = $3");

const LIST: List = List {
    name: "groups",
    select: "SELECT row_id, id, name, created_at FROM groups WHERE organization = $1",
    cursor: "SELECT row_id FROM groups WHERE organization = $1 AND id = $2",
    row_id: "row_id",
};
const USERS: List = List {
    name: "group_users",
    select: users!("u.row_id, u.id, coalesce(m.name, u.name), u.email", ""),
    cursor: users!("gm.row_id", " AND u.id = $3"),
    row_id: "gm.row_id",
};

pub(super) fn statements() -> Vec<String> {
    let mut all = LIST.statements();
    all.extend(USERS.statements());
    let others = [GET, NAMED, INSERT, RENAME, DELETE, DELETE_MEMBERS, DELETE_PROJECTS, DELETE_ASSIGNMENTS];
    all.extend(others.map(str::to_owned));
    all.extend([ADD_MEMBER, REMOVE_MEMBER, USER, USER_ROWS, NOTE, NOTE_PROJECTS, NOTE_MEMBER].map(str::to_owned));
    all
}

/// The group of an id.
///
/// # Errors
/// The database does not answer.
pub fn get(database: &Database, organization: i64, id: &str) -> Result<Option<Group>, StoreError> {
    Ok(database.connection.prepare_cached(GET)?.query_row((organization, id), read).optional()?)
}

/// The group of a name.
///
/// # Errors
/// The database does not answer.
pub fn named(database: &Database, organization: i64, name: &str) -> Result<Option<Group>, StoreError> {
    Ok(database.connection.prepare_cached(NAMED)?.query_row((organization, name), read).optional()?)
}

/// A page of the groups.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, organization: i64, part: &Part) -> Result<Page<Group>, PageError> {
    LIST.page(database, organization, part, read)
}

/// Writes a new group.
///
/// # Errors
/// The name is taken, or the database refuses.
pub fn insert(database: &Database, organization: i64, name: &str, now: i64) -> Result<Group, StoreError> {
    let id = Random::id("group_");
    database.connection.prepare_cached(INSERT)?.execute((&id, organization, name, now))?;
    Ok(Group { row: database.connection.last_insert_rowid(), id, name: name.to_owned(), created_at: now })
}

/// Gives a group another name.
///
/// # Errors
/// The name is taken, or the database refuses.
pub fn rename(database: &Database, organization: i64, id: &str, name: &str) -> Result<(), StoreError> {
    database.connection.prepare_cached(RENAME)?.execute((name, organization, id))?;
    Ok(())
}

/// Deletes a group: its roles, who is in it, and that it is in projects.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, organization: i64, group: i64) -> Result<(), StoreError> {
    database.atomically(|| {
        gone::note(database, NOTE, (organization, group))?;
        gone::note(database, NOTE_PROJECTS, [group])?;
        database.connection.prepare_cached(DELETE_ASSIGNMENTS)?.execute((organization, group))?;
        database.connection.prepare_cached(DELETE_MEMBERS)?.execute([group])?;
        database.connection.prepare_cached(DELETE_PROJECTS)?.execute([group])?;
        database.connection.prepare_cached(DELETE)?.execute((organization, group))?;
        Ok(())
    })
}

/// A page of those who are in a group.
///
/// # Errors
/// See [`PageError`].
pub fn users(database: &Database, organization: i64, group: i64, part: &Part) -> Result<Page<GroupUser>, PageError> {
    USERS.page_within(database, &[organization, group], part, read_user)
}

/// The user of an id, if he is in a group.
///
/// # Errors
/// The database does not answer.
pub fn user(database: &Database, organization: i64, group: i64, id: &str) -> Result<Option<GroupUser>, StoreError> {
    Ok(database.connection.prepare_cached(USER)?.query_row((organization, group, id), read_user).optional()?)
}

/// The numbers of all users who are in a group.
///
/// # Errors
/// The database does not answer.
pub fn user_rows(database: &Database, group: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = database.connection.prepare_cached(USER_ROWS)?;
    let rows = statement.query_map([group], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Puts a user into a group.
///
/// # Errors
/// He is in it, or the database refuses.
pub fn add_member(database: &Database, group: i64, user: i64, now: i64) -> Result<(), StoreError> {
    database.connection.prepare_cached(ADD_MEMBER)?.execute((group, user, now))?;
    Ok(())
}

/// Takes a user out of a group; whether he was in it.
///
/// # Errors
/// The database refuses.
pub fn remove_member(database: &Database, group: i64, user: i64) -> Result<bool, StoreError> {
    database.atomically(|| {
        gone::note(database, NOTE_MEMBER, (group, user))?;
        Ok(database.connection.prepare_cached(REMOVE_MEMBER)?.execute((group, user))? > 0)
    })
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Group> {
    Ok(Group { row: row.get(0)?, id: row.get(1)?, name: row.get(2)?, created_at: row.get(3)? })
}

fn read_user(row: &Row<'_>) -> rusqlite::Result<GroupUser> {
    Ok(GroupUser { row: row.get(0)?, id: row.get(1)?, name: row.get(2)?, email: row.get(3)? })
}

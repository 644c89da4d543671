//! Users and the organizations they are members of.
//!
//! In: addresses, names, roles. Out: [`Member`]s. One address is one user, in however many organizations; what he may do is
//! of one organization.

use rusqlite::{OptionalExtension, Row};

use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};
use crate::random::Random;

/// A user as a member of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// By which other rows name the user.
    pub row: i64,
    /// `user-…`
    pub id: String,
    /// In lower case.
    pub email: String,
    /// What he is called.
    pub name: String,
    /// `owner` or `reader`.
    pub role: String,
    /// Unix seconds since when he is a member.
    pub added_at: i64,
}

const MEMBER: &str = "SELECT u.row_id, u.id, u.email, u.name, m.role, m.added_at
    FROM members m JOIN users u ON u.row_id = m.user_row WHERE m.organization = $1 AND u.id = $2";
const MEMBER_ROW: &str = "SELECT u.row_id, u.id, u.email, u.name, m.role, m.added_at
    FROM members m JOIN users u ON u.row_id = m.user_row WHERE m.organization = $1 AND u.row_id = $2";
const USER_BY_EMAIL: &str = "SELECT row_id FROM users WHERE email = $1";
const INSERT_USER: &str = "INSERT INTO users (id, email, name, created_at) VALUES ($1, $2, $3, $4)";
const INSERT_MEMBER: &str = "INSERT INTO members (organization, user_row, role, added_at) VALUES ($1, $2, $3, $4)";
const OWNERS: &str = "SELECT count(*) FROM members WHERE organization = $1 AND role = 'owner'";
const ANY_OWNER: &str = "SELECT EXISTS (SELECT 1 FROM members WHERE role = 'owner')";

const LIST: List = List {
    select: "SELECT u.row_id, u.id, u.email, u.name, m.role, m.added_at
        FROM members m JOIN users u ON u.row_id = m.user_row WHERE m.organization = $1",
    cursor: "SELECT m.row_id FROM members m JOIN users u ON u.row_id = m.user_row WHERE m.organization = $1 AND u.id = $2",
    row_id: "m.row_id",
};

pub(super) fn statements() -> Vec<String> {
    let mut all = LIST.statements();
    all.extend([MEMBER, MEMBER_ROW, USER_BY_EMAIL, INSERT_USER, INSERT_MEMBER, OWNERS, ANY_OWNER].map(str::to_owned));
    all
}

/// The member of an id.
///
/// # Errors
/// The database does not answer.
pub fn member(database: &Database, organization: i64, id: &str) -> Result<Option<Member>, StoreError> {
    Ok(database.connection.prepare_cached(MEMBER)?.query_row((organization, id), read).optional()?)
}

/// The member of a user's number.
///
/// # Errors
/// The database does not answer.
pub fn member_of_row(database: &Database, organization: i64, user: i64) -> Result<Option<Member>, StoreError> {
    Ok(database.connection.prepare_cached(MEMBER_ROW)?.query_row((organization, user), read).optional()?)
}

/// A page of the members.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, organization: i64, part: &Part) -> Result<Page<Member>, PageError> {
    LIST.page(database, organization, part, read)
}

/// Makes somebody a member; a user with this address is the same user. The address is to be in lower case.
///
/// # Errors
/// He is one already, or the database refuses.
pub fn add(
    database: &Database,
    organization: i64,
    email: &str,
    name: &str,
    role: &str,
    now: i64,
) -> Result<Member, StoreError> {
    let user: Option<i64> =
        database.connection.prepare_cached(USER_BY_EMAIL)?.query_row([email], |row| row.get(0)).optional()?;
    let user = match user {
        Some(user) => user,
        None => {
            let id = Random::id("user-");
            database.connection.prepare_cached(INSERT_USER)?.execute((id, email, name, now))?;
            database.connection.last_insert_rowid()
        }
    };
    database.connection.prepare_cached(INSERT_MEMBER)?.execute((organization, user, role, now))?;
    Ok(database.connection.prepare_cached(MEMBER_ROW)?.query_row((organization, user), read)?)
}

/// How many owners an organization has.
///
/// # Errors
/// The database does not answer.
pub fn owners(database: &Database, organization: i64) -> Result<i64, StoreError> {
    Ok(database.connection.prepare_cached(OWNERS)?.query_row([organization], |row| row.get(0))?)
}

/// Whether any organization has an owner: then somebody can administer.
///
/// # Errors
/// The database does not answer.
pub fn any_owner(database: &Database) -> Result<bool, StoreError> {
    Ok(database.connection.prepare_cached(ANY_OWNER)?.query_row([], |row| row.get(0))?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        row: row.get(0)?,
        id: row.get(1)?,
        email: row.get(2)?,
        name: row.get(3)?,
        role: row.get(4)?,
        added_at: row.get(5)?,
    })
}

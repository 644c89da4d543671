//! What somebody signs in with: an address, and the hash of a password for each organization that he is a member of.
//!
//! In: addresses in lower case, hashes that the control plane has made. Out: [`Account`]s. An address is proved to the organization
//! that has invited it and to no other: so whoever was let in by one cannot be kept out, nor let in elsewhere, by what was set there.

use rusqlite::{OptionalExtension, Row};

use super::gone;
use crate::database::{Database, StoreError};

/// A user as somebody who signs in to one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// By which other rows name the user.
    pub row: i64,
    /// `user-…`
    pub id: String,
    /// In lower case.
    pub email: String,
    /// The number of the organization.
    pub organization: i64,
    /// `org-…`
    pub organization_id: String,
    /// Argon2id in PHC form; `None`: nobody can sign in there as him.
    pub password: Option<String>,
}

macro_rules! accounts {
    ($condition:literal) => {
        concat!(
            "SELECT u.row_id, u.id, u.email, m.organization, o.id, m.password
            FROM users u JOIN members m ON m.user_row = u.row_id JOIN organizations o ON o.row_id = m.organization WHERE ",
            $condition
        )
    };
}

const BY_EMAIL: &str = accounts!("u.email = $1 ORDER BY m.row_id");
const OF_MEMBER: &str = accounts!("m.organization = $1 AND m.user_row = $2");
const SET_PASSWORD: &str = "UPDATE members SET password = $1 WHERE organization = $2 AND user_row = $3";
const SET_NAME: &str = "UPDATE members SET name = $1 WHERE organization = $2 AND user_row = $3";
const NOTE_SESSIONS: &str = gone::standing!(
    "'sessions', organization, user_row, 0, id, row_id FROM sessions WHERE organization = $1 AND user_row = $2 AND id <> $3"
);
const END_SESSIONS: &str = "DELETE FROM sessions WHERE organization = $1 AND user_row = $2 AND id <> $3";

pub(super) fn statements() -> Vec<String> {
    [BY_EMAIL, OF_MEMBER, SET_PASSWORD, SET_NAME, NOTE_SESSIONS, END_SESSIONS].map(str::to_owned).to_vec()
}

/// The accounts of an address, the one of the organization that was joined first before the others.
///
/// # Errors
/// The database does not answer.
pub fn of_email(database: &Database, email: &str) -> Result<Vec<Account>, StoreError> {
    let mut statement = database.connection.prepare_cached(BY_EMAIL)?;
    let accounts = statement.query_map([email], read)?.collect::<Result<_, _>>()?;
    Ok(accounts)
}

/// The account of a member.
///
/// # Errors
/// The database does not answer.
pub fn of_member(database: &Database, organization: i64, user: i64) -> Result<Option<Account>, StoreError> {
    Ok(database.connection.prepare_cached(OF_MEMBER)?.query_row((organization, user), read).optional()?)
}

/// Gives a member another password, and ends whatever was signed in there with the one before.
///
/// # Errors
/// The database refuses.
pub fn set_password(database: &Database, organization: i64, user: i64, hash: &str) -> Result<(), StoreError> {
    change_password(database, organization, user, hash, None).map(|_| ())
}

/// Gives a member another password, and ends whatever was signed in there with the one before but for one session; how many
/// there were.
///
/// # Errors
/// The database refuses.
pub fn change_password(
    database: &Database,
    organization: i64,
    user: i64,
    hash: &str,
    but: Option<&str>,
) -> Result<usize, StoreError> {
    database.connection.prepare_cached(SET_PASSWORD)?.execute((hash, organization, user))?;
    let values = (organization, user, but.unwrap_or_default());
    gone::note(database, NOTE_SESSIONS, values)?;
    Ok(database.connection.prepare_cached(END_SESSIONS)?.execute(values)?)
}

/// Gives a member another name.
///
/// # Errors
/// The database refuses.
pub fn set_name(database: &Database, organization: i64, user: i64, name: &str) -> Result<(), StoreError> {
    database.connection.prepare_cached(SET_NAME)?.execute((name, organization, user))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        row: row.get(0)?,
        id: row.get(1)?,
        email: row.get(2)?,
        organization: row.get(3)?,
        organization_id: row.get(4)?,
        password: row.get(5)?,
    })
}

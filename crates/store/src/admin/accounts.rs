//! What somebody signs in with: an address and the hash of a password, one for all organizations.
//!
//! In: addresses in lower case, hashes that the control plane has made. Out: [`Account`]s, and the organizations that each may
//! sign in to.

use rusqlite::OptionalExtension;

use crate::database::{Database, StoreError};

/// A user, apart from any organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// By which other rows name the user.
    pub row: i64,
    /// `user-…`
    pub id: String,
    /// In lower case.
    pub email: String,
    /// Argon2id in PHC form; `None`: nobody can sign in as him.
    pub password: Option<String>,
}

const BY_EMAIL: &str = "SELECT row_id, id, email, password FROM users WHERE email = $1";
const ORGANIZATIONS: &str = "SELECT organization FROM members WHERE user_row = $1 ORDER BY row_id";
const SET_PASSWORD: &str = "UPDATE users SET password = $1 WHERE row_id = $2";
const SET_NAME: &str = "UPDATE users SET name = $1 WHERE row_id = $2";
const END_SESSIONS: &str = "DELETE FROM sessions WHERE user_row = $1";
const END_OTHER_SESSIONS: &str = "DELETE FROM sessions WHERE user_row = $1 AND id <> $2";

pub(super) fn statements() -> Vec<String> {
    [BY_EMAIL, ORGANIZATIONS, SET_PASSWORD, SET_NAME, END_SESSIONS, END_OTHER_SESSIONS].map(str::to_owned).to_vec()
}

/// The user of an address.
///
/// # Errors
/// The database does not answer.
pub fn of_email(database: &Database, email: &str) -> Result<Option<Account>, StoreError> {
    let account = database.connection.prepare_cached(BY_EMAIL)?.query_row([email], |row| {
        Ok(Account { row: row.get(0)?, id: row.get(1)?, email: row.get(2)?, password: row.get(3)? })
    });
    Ok(account.optional()?)
}

/// The numbers of the organizations that a user is a member of, the one that he joined first before the others.
///
/// # Errors
/// The database does not answer.
pub fn organizations(database: &Database, user: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = database.connection.prepare_cached(ORGANIZATIONS)?;
    let rows = statement.query_map([user], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Gives a user another password, and ends whatever was signed in with the one before.
///
/// # Errors
/// The database refuses.
pub fn set_password(database: &Database, user: i64, hash: &str) -> Result<(), StoreError> {
    database.connection.prepare_cached(SET_PASSWORD)?.execute((hash, user))?;
    database.connection.prepare_cached(END_SESSIONS)?.execute([user])?;
    Ok(())
}

/// Gives a user another password, and ends whatever was signed in with the one before but for one session; how many there
/// were.
///
/// # Errors
/// The database refuses.
pub fn change_password(database: &Database, user: i64, hash: &str, but: Option<&str>) -> Result<usize, StoreError> {
    database.connection.prepare_cached(SET_PASSWORD)?.execute((hash, user))?;
    let mut end = database.connection.prepare_cached(END_OTHER_SESSIONS)?;
    Ok(end.execute((user, but.unwrap_or_default()))?)
}

/// Gives a user another name.
///
/// # Errors
/// The database refuses.
pub fn set_name(database: &Database, user: i64, name: &str) -> Result<(), StoreError> {
    database.connection.prepare_cached(SET_NAME)?.execute((name, user))?;
    Ok(())
}

//! Who has signed in: digests of session tokens, each for one organization until a date.
//!
//! In: digests. Out: [`Session`]s. An ended one is gone: its text is unknown afterwards.

use rusqlite::{OptionalExtension, Row, ToSql};
use tollgate_core::key::Digest;

use super::gone;
use super::page::{List, Order, Page, PageError, Part};
use crate::database::{Database, StoreError};

/// Of one user in one organization at most; the oldest go first.
const KEPT: i64 = 100;
/// Of those that have ended, so many are forgotten at once: the database is not held longer than for a page.
const SWEPT: i64 = 1000;

/// Somebody who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// `sess_…`
    pub id: String,
    /// HMAC-SHA-256 under the pepper.
    pub digest: [u8; 32],
    /// The number of the organization.
    pub organization: i64,
    /// The number of the user.
    pub user: i64,
    /// From which address.
    pub address: String,
    /// By which client, as it names itself; may be empty.
    pub client: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds from which it is refused.
    pub expires_at: i64,
}

macro_rules! sessions {
    ($condition:literal) => {
        concat!(
            "SELECT id, digest, organization, user_row, address, client, created_at, expires_at FROM sessions WHERE ",
            $condition
        )
    };
}

const BY_ID: &str = sessions!("id = $1");
const OF_USER: &str =
    sessions!("organization = $1 AND user_row = $2 AND expires_at > $3 AND row_id > $4 ORDER BY row_id LIMIT $5");
const INSERT: &str =
    "INSERT INTO sessions (id, digest, organization, user_row, address, client, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const DELETE: &str = "DELETE FROM sessions WHERE organization = $1 AND user_row = $2 AND id = $3";
const NOTE: &str = gone::standing!(
    "'sessions', organization, user_row, 0, id, row_id FROM sessions WHERE organization = $1 AND user_row = $2 AND id = $3"
);
const DELETE_PAST: &str = "DELETE FROM sessions WHERE row_id IN
    (SELECT row_id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
const DELETE_OLDEST: &str = "DELETE FROM sessions WHERE organization = $1 AND user_row = $2 AND row_id NOT IN
    (SELECT row_id FROM sessions WHERE organization = $3 AND user_row = $4 ORDER BY row_id DESC LIMIT $5)";

/// For the places of its rows alone: which of them have ended is a condition with a parameter.
const LIST: List = List {
    name: "sessions",
    select: sessions!("organization = $1 AND user_row = $2"),
    cursor: "SELECT row_id FROM sessions WHERE organization = $1 AND user_row = $2 AND id = $3",
    row_id: "row_id",
};

pub(super) fn statements() -> Vec<String> {
    [BY_ID, OF_USER, INSERT, NOTE, DELETE, DELETE_PAST, DELETE_OLDEST, LIST.cursor].map(str::to_owned).to_vec()
}

/// The session of an id, whatever its organization: only for whoever presents its token.
///
/// # Errors
/// The database does not answer.
pub fn presented(database: &Database, id: &str) -> Result<Option<Session>, StoreError> {
    Ok(database.connection.prepare_cached(BY_ID)?.query_row([id], read).optional()?)
}

/// A page of the sessions of a user that have not ended by `now`, oldest first.
///
/// # Errors
/// See [`PageError`].
pub fn of_user(
    database: &Database,
    organization: i64,
    user: i64,
    part: &Part,
    now: i64,
) -> Result<Page<Session>, PageError> {
    let behind = match &part.after {
        Some(id) => LIST.position(database, &[organization, user], id, Order::OldestFirst)?,
        None => i64::MIN,
    };
    let one_more = i64::try_from(part.limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut statement = database.connection.prepare_cached(OF_USER)?;
    let values = (organization, user, now, behind, one_more);
    let mut rows = statement.query_map(values, read)?.collect::<Result<Vec<_>, _>>()?;
    let has_more = rows.len() > part.limit;
    rows.truncate(part.limit);
    Ok(Page { rows, has_more })
}

/// Forgets sessions that have ended by `now`, a thousand at most; whether there may be more.
///
/// # Errors
/// The database refuses.
pub fn sweep(database: &Database, now: i64) -> Result<bool, StoreError> {
    let swept = database.connection.prepare_cached(DELETE_PAST)?.execute([now, SWEPT])?;
    Ok(i64::try_from(swept).is_ok_and(|swept| swept >= SWEPT))
}

/// Writes a session, and forgets some that have ended, and a user's oldest beyond a hundred.
///
/// # Errors
/// The database refuses.
pub fn insert(database: &Database, session: &Session) -> Result<(), StoreError> {
    let Session { id, digest, organization, user, address, client, created_at, expires_at } = session;
    let values: [&dyn ToSql; 8] = [id, digest, organization, user, address, client, created_at, expires_at];
    database.connection.prepare_cached(INSERT)?.execute(values)?;
    sweep(database, *created_at)?;
    let values: [&dyn ToSql; 5] = [organization, user, organization, user, &KEPT];
    database.connection.prepare_cached(DELETE_OLDEST)?.execute(values)?;
    Ok(())
}

/// Ends a session of a user; whether there was one.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, organization: i64, user: i64, id: &str) -> Result<bool, StoreError> {
    gone::note(database, NOTE, (organization, user, id))?;
    Ok(database.connection.prepare_cached(DELETE)?.execute((organization, user, id))? > 0)
}

impl Session {
    /// Whether `presented` is the digest of its token, in constant time.
    #[must_use]
    pub fn matches(&self, presented: &Digest) -> bool {
        Digest { kind: presented.kind, bytes: self.digest }.matches(presented)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        digest: row.get(1)?,
        organization: row.get(2)?,
        user: row.get(3)?,
        address: row.get(4)?,
        client: row.get(5)?,
        created_at: row.get(6)?,
        expires_at: row.get(7)?,
    })
}

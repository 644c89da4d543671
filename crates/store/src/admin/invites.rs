//! Invites: who may join an organization, as what, and the digest of what stands in the link.
//!
//! In: addresses in lower case, digests. Out: [`Invite`]s. An accepted one stays, so that it is known who came by which.

use rusqlite::{OptionalExtension, Row, ToSql};
use serde::{Deserialize, Serialize};

use super::gone;
use super::page::{List, Page, PageError, Part};
use crate::database::{Database, StoreError};

/// An invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// `invite-…`
    pub id: String,
    /// The number of the organization.
    pub organization: i64,
    /// Whom it is for, in lower case.
    pub email: String,
    /// `owner` or `reader`.
    pub role: String,
    /// Whether he sees nothing of the organization but these projects then.
    pub projects_only: bool,
    /// In which projects he is then.
    pub projects: Vec<InvitedTo>,
    /// HMAC-SHA-256 under the pepper of what stands in the link.
    pub digest: [u8; 32],
    /// The id of the user who invites, or [`OPERATOR`].
    pub invited_by: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds from which it is refused.
    pub expires_at: i64,
    /// Unix seconds.
    pub accepted_at: Option<i64>,
}

/// A project that an invite leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedTo {
    /// `proj_…`
    pub id: String,
    /// `owner` or `member`.
    pub role: String,
}

/// Stands for whoever operates the server, where he is not a member himself.
pub const OPERATOR: &str = "operator";

macro_rules! invites {
    ($condition:literal) => {
        concat!(
            "SELECT id, organization, email, role, projects, token_digest, invited_by, created_at, expires_at, accepted_at,
                projects_only
             FROM invites WHERE ",
            $condition
        )
    };
}

const BY_DIGEST: &str = invites!("token_digest = $1");
const GET: &str = invites!("organization = $1 AND id = $2");
const PENDING: &str = invites!("organization = $1 AND email = $2 AND expires_at > $3 AND accepted_at IS NULL");
const INSERT: &str = "INSERT INTO invites
    (id, organization, email, role, projects, token_digest, invited_by, created_at, expires_at, projects_only)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const ACCEPT: &str = "UPDATE invites SET accepted_at = $1 WHERE organization = $2 AND id = $3 AND accepted_at IS NULL";
const NOTE: &str = gone::standing!(
    "'invites', organization, 0, 0, id, row_id FROM invites WHERE organization = $1 AND id = $2 AND accepted_at IS NULL"
);
const DELETE: &str = "DELETE FROM invites WHERE organization = $1 AND id = $2 AND accepted_at IS NULL";

const LIST: List = List {
    name: "invites",
    select: invites!("organization = $1"),
    cursor: "SELECT row_id FROM invites WHERE organization = $1 AND id = $2",
    row_id: "row_id",
};

pub(super) fn statements() -> Vec<String> {
    let mut all = LIST.statements();
    all.extend([BY_DIGEST, GET, PENDING, INSERT, ACCEPT, NOTE, DELETE].map(str::to_owned));
    all
}

/// The invite of a link, whatever its organization: only for whoever presents the token. Tokens are 142 random bits and
/// compared as digests under the pepper, so that the time of the look-up tells nothing.
///
/// # Errors
/// The database does not answer.
pub fn presented(database: &Database, digest: &[u8; 32]) -> Result<Option<Invite>, StoreError> {
    Ok(database.connection.prepare_cached(BY_DIGEST)?.query_row([digest], read).optional()?)
}

/// The invite of an id.
///
/// # Errors
/// The database does not answer.
pub fn get(database: &Database, organization: i64, id: &str) -> Result<Option<Invite>, StoreError> {
    Ok(database.connection.prepare_cached(GET)?.query_row((organization, id), read).optional()?)
}

/// An invite for an address that can still be accepted at `now`.
///
/// # Errors
/// The database does not answer.
pub fn pending(database: &Database, organization: i64, email: &str, now: i64) -> Result<Option<Invite>, StoreError> {
    Ok(database.connection.prepare_cached(PENDING)?.query_row((organization, email, now), read).optional()?)
}

/// A page of an organization's invites.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, organization: i64, part: &Part) -> Result<Page<Invite>, PageError> {
    LIST.page(database, organization, part, read)
}

/// Writes an invite.
///
/// # Errors
/// The database refuses.
pub fn insert(database: &Database, invite: &Invite) -> Result<(), StoreError> {
    let Invite {
        id,
        organization,
        email,
        role,
        projects,
        digest,
        invited_by,
        created_at,
        expires_at,
        projects_only,
        ..
    } = invite;
    let projects = serde_json::json!(projects).to_string();
    let limited = i64::from(*projects_only);
    let values: [&dyn ToSql; 10] =
        [id, organization, email, role, &projects, digest, invited_by, created_at, expires_at, &limited];
    database.connection.prepare_cached(INSERT)?.execute(values)?;
    Ok(())
}

/// Marks an invite as accepted; whether it could still be.
///
/// # Errors
/// The database refuses.
pub fn accept(database: &Database, organization: i64, id: &str, now: i64) -> Result<bool, StoreError> {
    Ok(database.connection.prepare_cached(ACCEPT)?.execute((now, organization, id))? > 0)
}

/// Withdraws an invite that nobody has accepted; whether there was one.
///
/// # Errors
/// The database refuses.
pub fn delete(database: &Database, organization: i64, id: &str) -> Result<bool, StoreError> {
    database.atomically(|| {
        gone::note(database, NOTE, (organization, id))?;
        Ok(database.connection.prepare_cached(DELETE)?.execute((organization, id))? > 0)
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Invite> {
    let projects: String = row.get(4)?;
    let projects = serde_json::from_str(&projects)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(Invite {
        id: row.get(0)?,
        organization: row.get(1)?,
        email: row.get(2)?,
        role: row.get(3)?,
        projects,
        digest: row.get(5)?,
        invited_by: row.get(6)?,
        created_at: row.get(7)?,
        expires_at: row.get(8)?,
        accepted_at: row.get(9)?,
        projects_only: row.get(10)?,
    })
}

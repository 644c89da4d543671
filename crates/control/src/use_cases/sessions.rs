//! Sessions: somebody has signed in, and has a token until a date.
//!
//! In: a member who has shown who he is. Out: the row, and the token once. A session may whatever its user may in one organization,
//! and never operates the server.

use std::net::IpAddr;

use tollgate_core::id::KeyId;
use tollgate_core::key::Pepper;
use tollgate_core::token::{Kind, Token};
use tollgate_store::admin::sessions::{self, Session};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::random::Random;

/// How long a session lasts unless asked otherwise: a week.
pub const LASTS: i64 = 7 * 24 * 60 * 60;
/// And at most: thirty days.
pub const LASTS_AT_MOST: i64 = 30 * 24 * 60 * 60;

/// Who signs in, from where, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// The number of the organization.
    pub organization: i64,
    /// The number of the user.
    pub user: i64,
    /// From which address.
    pub peer: IpAddr,
    /// By which client; may be empty.
    pub client: &'a str,
    /// Unix seconds from which it is refused.
    pub expires_at: i64,
}

/// Writes a session.
///
/// # Errors
/// The database refuses.
pub fn begin(
    database: &Database,
    pepper: &Pepper,
    new: &NewSession<'_>,
    now: i64,
) -> Result<(Session, Token), StoreError> {
    let mut random = Random::new();
    let token = Token::generate(Kind::Session, || random.byte());
    let session = Session {
        id: id_of(token.id()),
        digest: pepper.digest(token.reveal().as_bytes()).bytes,
        organization: new.organization,
        user: new.user,
        address: new.peer.to_string(),
        client: new.client.to_owned(),
        created_at: now,
        expires_at: new.expires_at,
    };
    sessions::insert(database, &session)?;
    Ok((session, token))
}

/// The id of the session whose token has these digits inside.
#[must_use]
pub fn id_of(digits: KeyId) -> String {
    format!("sess_{}", digits.digits())
}

//! Who asks: the key in the `Authorization` header, found and checked.
//!
//! In: headers. Out: the caller's [`Key`], or exactly what is wrong with what was presented. One extractor for every
//! path, so that no header is a way round another's checks. The plain path hashes once and compares in constant
//! time; only a refusal looks closer.

mod forensics;
mod misplaced;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tollgate_core::key::{Key, KeyUse, Refusal};
use tollgate_core::snapshot::{Found, KeySnapshot};
use tollgate_errors::Shape;

use crate::body::Body;
use crate::request::{Name, Request};
use crate::worker::Worker;

pub(crate) use misplaced::Misplaced;

/// Why a caller is not let in.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum AuthenticateError {
    /// No `Authorization` header came.
    #[error("no Authorization header")]
    Missing {
        /// Where a key was seen instead.
        misplaced: Option<Misplaced>,
        /// The client, as it names itself.
        client: String,
    },
    /// More than one came.
    #[error("several Authorization headers")]
    Repeated {
        /// In one header, joined by a comma.
        joined: bool,
    },
    /// It has no key.
    #[error("an empty Authorization header")]
    Empty {
        /// How, after "the Authorization header".
        what: &'static str,
    },
    /// It is not `Bearer` and a key.
    #[error("malformed: {what}")]
    Malformed {
        /// How, after "the Authorization header".
        what: String,
    },
    /// Its scheme is Basic.
    #[error("scheme Basic")]
    Basic {
        /// What its credentials are.
        what: &'static str,
    },
    /// What was presented cannot be a key, or was spoiled on the way.
    #[error("shape: {shape:?}")]
    Shape {
        /// What it is.
        shape: Shape,
        /// The text, redacted.
        redacted: String,
        /// It is the whole value, without `Bearer`.
        bare: bool,
    },
    /// A key for administration, which calls no model.
    #[error("an administration key")]
    AdminKey {
        /// What it is: an admin key, a session, an invite.
        what: &'static str,
        /// The text, redacted.
        redacted: String,
    },
    /// A project's key, which administers nothing.
    #[error("a serving key on administration")]
    ServingKey {
        /// The key.
        key: Arc<Key>,
        /// The permission that the path needs.
        scopes: String,
    },
    /// Our form, but a part of it is wrong.
    #[error("damaged key: {what}")]
    Damaged {
        /// The text, redacted.
        redacted: String,
        /// What is wrong.
        what: String,
    },
    /// Nothing is wrong with it, but we do not know it.
    #[error("unknown key")]
    Unknown {
        /// Whether it has the form of keys issued here.
        ours: bool,
        /// The text, redacted.
        redacted: String,
    },
    /// A key of ours, with its whole secret, that may not be used.
    #[error("refused: {why:?}")]
    Refused {
        /// The key.
        key: Arc<Key>,
        /// Why.
        why: Refusal,
        /// The text, redacted.
        redacted: String,
    },
    /// We do not know it, and cannot see at the moment whether it is new.
    #[error("unknown key, and the database does not answer")]
    Unsure,
    /// A key that may not be used from where the request came.
    #[error("from {address}, which the key does not allow")]
    Address {
        /// The key.
        key: Arc<Key>,
        /// The caller's address.
        address: IpAddr,
    },
    /// `OpenAI-Organization` names another organization than the key's.
    #[error("another organization")]
    Organization {
        /// The key.
        key: Arc<Key>,
        /// What the header says.
        given: String,
    },
    /// `OpenAI-Project` names another project than the key's.
    #[error("another project")]
    Project {
        /// The key.
        key: Arc<Key>,
        /// What the header says.
        given: String,
    },
}

impl AuthenticateError {
    /// The key, where the whole secret was presented: such a refusal has a record of its own.
    pub(crate) fn key(&self) -> Option<&Arc<Key>> {
        match self {
            Self::Refused { key, .. }
            | Self::Organization { key, .. }
            | Self::Project { key, .. }
            | Self::Address { key, .. }
            | Self::ServingKey { key, .. } => Some(key),
            _ => None,
        }
    }
}

/// What stands behind `Bearer` in the one `Authorization` header, or exactly what is wrong with it.
pub(crate) fn bearer(request: &Request) -> Result<&[u8], AuthenticateError> {
    let Some(value) = request.header(Name::Authorization) else {
        return Err(forensics::missing(request));
    };
    if request.headers.is_repeated(Name::Authorization) {
        return Err(AuthenticateError::Repeated { joined: false });
    }
    match value.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => Ok(token),
        _ => Err(forensics::scheme(value)),
    }
}

/// Finds and checks the caller's key.
pub(crate) fn caller(worker: &Worker, request: &Request) -> Result<Arc<Key>, AuthenticateError> {
    let token = bearer(request)?;
    let key = find(&worker.shared.keys, token, request.now)?;
    if !key.policy.may_come_from(request.peer) {
        return Err(AuthenticateError::Address { address: request.peer.to_canonical(), key });
    }
    check_scope_headers(&key, request)?;
    note_use(worker, &key, request);
    Ok(key)
}

/// The key of a presented text at `now` (Unix seconds).
pub(crate) fn find(keys: &KeySnapshot, token: &[u8], now: i64) -> Result<Arc<Key>, AuthenticateError> {
    match keys.find(token, now) {
        Found::Key(key) => Ok(key),
        Found::Refused(key, why) => Err(AuthenticateError::Refused { key, why, redacted: forensics::redacted(token) }),
        _ if forensics::is_joined(token) => Err(AuthenticateError::Repeated { joined: true }),
        Found::Damaged => Err(forensics::damaged(token)),
        Found::Unknown { ours } => match forensics::unknown(token, ours) {
            AuthenticateError::Unknown { .. } if keys.is_behind() => Err(AuthenticateError::Unsure),
            error => Err(error),
        },
    }
}

/// The same refusal, after a look into a short body that was still on its way: a client that puts the key there sends
/// it in a packet of its own, and must not be told something else because of that.
pub(crate) async fn look_into_body(
    failed: AuthenticateError,
    request: &mut Request,
    body: &mut Body<'_>,
) -> AuthenticateError {
    const PATIENCE: Duration = Duration::from_millis(20);
    let AuthenticateError::Missing { misplaced: None, .. } = &failed else {
        return failed;
    };
    if !body.announced().is_some_and(|n| 0 < n && n <= misplaced::SEARCHED as u64) || body.awaits_leave() {
        return failed;
    }
    let arriving = body.read(request, misplaced::SEARCHED, PATIENCE);
    match tokio::time::timeout(PATIENCE, arriving).await {
        Ok(Ok(())) => forensics::missing(request),
        _ => failed,
    }
}

/// The headers of an organization and a project are checked against the key's own and never passed on: clients fill
/// them from their environment, and what they name means nothing to a provider's account of ours.
fn check_scope_headers(key: &Arc<Key>, request: &Request) -> Result<(), AuthenticateError> {
    let named = |name| request.header(name).filter(|v| !v.is_empty());
    if let Some(given) = named(Name::Organization)
        && given != key.project.organization.as_bytes()
    {
        return Err(AuthenticateError::Organization { key: key.clone(), given: forensics::printable(given) });
    }
    if let Some(given) = named(Name::Project)
        && given != key.project.id.as_bytes()
    {
        return Err(AuthenticateError::Project { key: key.clone(), given: forensics::printable(given) });
    }
    Ok(())
}

fn note_use(worker: &Worker, key: &Arc<Key>, request: &Request) {
    let at = u32::try_from(request.now).unwrap_or(u32::MAX);
    if key.note_use(at) {
        worker.shared.uses.note(KeyUse { key: key.id, at, address: request.peer, client: request.client() });
    }
}

//! Who administers: the owner of an admin key, and what he may do at this moment.
//!
//! In: a presented token. Out: a [`Principal`] with its [`Rights`], or why not. Rights are put together anew for every
//! request: a role that was withdrawn is withdrawn, and a key never may more than its owner does at that moment.

use tollgate_core::key::{Pepper, redact};
use tollgate_core::rights::{Permission, PermissionSet, Predefined, Rights};
use tollgate_core::token::{self, Kind, Read};
use tollgate_store::admin::admin_keys::{self, AdminKey};
use tollgate_store::admin::grants::{self, Grant};
use tollgate_store::admin::organizations::{self, Organization};
use tollgate_store::admin::people::{self, Member};
use tollgate_store::admin::sessions::{self, Session};
use tollgate_store::database::{Database, StoreError};

use crate::use_cases::admin_keys::OPERATOR;
use crate::use_cases::sessions::id_of;

/// Last uses are written down once in so many seconds: a program that asks all day costs little.
const NOTE_EVERY: i64 = 60;

/// Who administers.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Where.
    pub organization: Organization,
    /// The person behind it; of whoever holds the data directory the oldest owner, who has done nothing himself.
    pub user: Member,
    /// By what.
    pub by: By,
    /// What he may do.
    pub rights: Rights,
    /// Whether they are less than he has himself, because his key has scopes.
    pub is_restricted: bool,
    /// Whether he operates the server itself.
    pub is_operator: bool,
    /// Whether he is a member of the organization; only whoever holds the data directory looks into others.
    pub is_at_home: bool,
    /// Unix seconds from which his admin key is refused; a session only shows for a while who he is.
    pub ends_at: Option<i64>,
}

/// By what somebody has shown who he is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// An admin key: its id.
    AdminKey(String),
    /// The data directory, which he holds.
    DataDirectory,
    /// A session: its id.
    Session(String),
}

/// Why a token lets nobody in.
#[derive(Debug, thiserror::Error)]
pub enum PrincipalError {
    /// Its checksum is wrong.
    #[error("a damaged token")]
    Damaged {
        /// The text, redacted.
        redacted: String,
    },
    /// Nothing is wrong with it, but it is not known, or no longer.
    #[error("an unknown token")]
    Unknown {
        /// The text, redacted.
        redacted: String,
    },
    /// Its date has passed.
    #[error("{id} has expired")]
    Expired {
        /// Its id.
        id: String,
        /// The text, redacted.
        redacted: String,
        /// Unix seconds.
        at: i64,
    },
    /// Its owner is no longer a member of the organization.
    #[error("the owner of {id} has left")]
    OwnerLeft {
        /// Its id.
        id: String,
        /// The text, redacted.
        redacted: String,
    },
    /// A session that is not known, or no longer: it has been ended, or its user has left or changed the password.
    #[error("a session that has ended")]
    SessionEnded {
        /// The text, redacted.
        redacted: String,
        /// Unix seconds, where it was its date.
        at: Option<i64>,
    },
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Principal {
    /// The principal of a presented token at `now` (Unix seconds).
    ///
    /// # Errors
    /// See [`PrincipalError`].
    pub fn of_token(database: &Database, pepper: &Pepper, text: &str, now: i64) -> Result<Self, PrincipalError> {
        let redacted = || redact(text);
        match token::read(text.as_bytes()) {
            Read::Token(Kind::AdminKey, id) => {
                let digest = pepper.digest(text.as_bytes());
                let key = admin_keys::presented(database, &id.to_string())?.filter(|key| key.matches(&digest));
                let key = key.ok_or_else(|| PrincipalError::Unknown { redacted: redacted() })?;
                if let Some(at) = key.expires_at.filter(|at| *at <= now) {
                    return Err(PrincipalError::Expired { id: key.id, redacted: redacted(), at });
                }
                let user = people::member_of_row(database, key.organization, key.owner)?;
                let user =
                    user.ok_or_else(|| PrincipalError::OwnerLeft { id: key.id.clone(), redacted: redacted() })?;
                Self::of_key(database, &key, user, now)
            }
            Read::Token(Kind::Session, id) => {
                let digest = pepper.digest(text.as_bytes());
                let session = sessions::presented(database, &id_of(id))?.filter(|session| session.matches(&digest));
                let ended = |at| PrincipalError::SessionEnded { redacted: redacted(), at };
                let session = session.ok_or_else(|| ended(None))?;
                if session.expires_at <= now {
                    return Err(ended(Some(session.expires_at)));
                }
                let user = people::member_of_row(database, session.organization, session.user)?;
                Self::of_session(database, session, user.ok_or_else(|| ended(None))?)
            }
            Read::Damaged(Kind::AdminKey | Kind::Session) => Err(PrincipalError::Damaged { redacted: redacted() }),
            _ => Err(PrincipalError::Unknown { redacted: redacted() }),
        }
    }

    /// Whoever holds the data directory, whichever organization he looks into; `None` where nobody owns the oldest one. He may
    /// everything. He is nobody who has signed in: the oldest owner stands behind him where a row has to belong to a user, such as
    /// an admin key, and nowhere else.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn operator(database: &Database, looks_into: Option<Organization>) -> Result<Option<Self>, StoreError> {
        let Some(oldest) = organizations::oldest(database)? else { return Ok(None) };
        let Some(user) = people::oldest_owner(database, oldest.row)? else { return Ok(None) };
        let is_at_home = looks_into.as_ref().is_none_or(|named| named.row == oldest.row);
        let organization = looks_into.unwrap_or(oldest);
        let rights = Rights { everywhere: PermissionSet::all(), ..Rights::default() };
        let by = By::DataDirectory;
        Ok(Some(Self {
            organization,
            user,
            by,
            rights,
            is_restricted: false,
            is_operator: true,
            is_at_home,
            ends_at: None,
        }))
    }

    fn of_key(database: &Database, key: &AdminKey, user: Member, now: i64) -> Result<Self, PrincipalError> {
        let organization = organizations::by_row(database, key.organization)?;
        let of_owner = rights_of(&grants::of_user(database, key.organization, key.owner)?);
        // Whoever is an owner no more does not go on operating the server by a key from before.
        let is_operator = key.is_operator && of_owner.everywhere == PermissionSet::all();
        let rights = match &key.scopes {
            None => of_owner,
            // A name that this version does not know grants nothing.
            Some(names) => of_owner.within(known(names)),
        };
        if key.last_used_at.is_none_or(|at| at + NOTE_EVERY <= now) {
            // That it cannot be written down is no reason to refuse: whatever is done will say so itself.
            let _ = admin_keys::note_use(database, &key.id, now);
        }
        let (by, is_restricted) = (By::AdminKey(key.id.clone()), key.scopes.is_some());
        let ends_at = key.expires_at;
        Ok(Self { organization, user, by, rights, is_restricted, is_operator, is_at_home: true, ends_at })
    }

    fn of_session(database: &Database, session: Session, user: Member) -> Result<Self, PrincipalError> {
        let organization = organizations::by_row(database, session.organization)?;
        let rights = rights_of(&grants::of_user(database, session.organization, session.user)?);
        let by = By::Session(session.id);
        let (is_restricted, is_operator) = (false, false);
        Ok(Self { organization, user, by, rights, is_restricted, is_operator, is_at_home: true, ends_at: None })
    }

    /// The id by which refusals name whoever acts.
    #[must_use]
    pub fn id(&self) -> &str {
        match &self.by {
            By::AdminKey(id) | By::Session(id) => id,
            By::DataDirectory => OPERATOR,
        }
    }

    /// Who is behind it, as rows name whoever made them: the id of a user, or `operator` for whoever holds the data directory.
    #[must_use]
    pub fn maker(&self) -> &str {
        match &self.by {
            By::AdminKey(_) | By::Session(_) => &self.user.id,
            By::DataDirectory => OPERATOR,
        }
    }
}

/// What these roles allow together.
#[must_use]
pub fn rights_of(grants: &[Grant]) -> Rights {
    let mut rights = Rights::default();
    for grant in grants {
        let allowed = match (&grant.permissions, Predefined::from_id(&grant.role)) {
            (Some(names), _) => known(names),
            (None, Some(role)) => role.permissions(),
            (None, None) => PermissionSet::NONE,
        };
        match &grant.project {
            None => rights.everywhere = rights.everywhere.or(allowed),
            Some(project) => rights.in_projects.push((project.clone(), allowed)),
        }
    }
    rights
}

fn known(names: &[String]) -> PermissionSet {
    names.iter().filter_map(|name| Permission::from_name(name)).collect()
}

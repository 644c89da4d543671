//! API keys: create, list, show, disable, enable, set expiry, rotate, revoke, and import by digest.
//!
//! In: what an administrator asked for, and the time. Out: the key as it is now, a new secret once, or a
//! [`KeyError`]. A key is named by its id or by a prefix of it that only it has.

mod check;

use std::time::Duration;

use tollgate_core::id::KeyId;
use tollgate_core::key::{Digest, DigestKind, Pepper, Secret, Status};
use tollgate_core::policy::{ModelRules, Permissions, Policy, UnknownScope};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::keys::{self as rows, Filter, Metadata, Page, StoredKey};
use tollgate_store::random::Random;

/// How long the old secret keeps working after a rotation unless told otherwise: a day, so that every deployment of
/// the caller's has had its turn.
pub const DEFAULT_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// Keys on a page of a list at most.
pub const PAGE_MAX: usize = 1000;
/// Characters of a key's name at most.
pub const NAME_MAX: usize = 100;
/// Entries of a key's metadata at most (as OpenAI's objects have it: 16, names of 64 and values of 512 characters).
pub const METADATA_ENTRIES_MAX: usize = 16;
/// Characters of a name in the metadata at most.
pub const METADATA_NAME_MAX: usize = 64;
/// Characters of a value in the metadata at most.
pub const METADATA_VALUE_MAX: usize = 512;
/// Model patterns in a key's allow or deny list at most.
pub const PATTERNS_MAX: usize = 256;
/// Characters of a model pattern at most.
pub const PATTERN_MAX: usize = 256;

/// A key that is asked for.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// Id or name of its project.
    pub project: String,
    /// What its owner calls it.
    pub name: String,
    /// Scope names; none means everything.
    pub permissions: Vec<String>,
    /// Patterns of models it may use; none means all. `*` stands for any run of characters.
    pub models_allow: Vec<String>,
    /// Patterns of models it may not use, even if allowed.
    pub models_deny: Vec<String>,
    /// When it ends.
    pub expiry: Expiry,
    /// Texts kept beside it.
    pub metadata: Metadata,
}

/// When a key ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expiry {
    /// Never.
    #[default]
    Never,
    /// After this time.
    In(Duration),
    /// From this moment on, in Unix seconds.
    At(i64),
}

/// A key of another system, of which only the plain SHA-256 of its text is known.
#[derive(Debug, Clone, Default)]
pub struct ImportedKey {
    /// SHA-256 of the key's text: 64 hexadecimal digits.
    pub digest: String,
    /// The last four characters of its text where they are known; printable ASCII.
    pub last_four: Option<String>,
    /// Everything else, as for a new key.
    pub key: NewKey,
}

/// A key with a new secret, which is shown once and not kept.
#[derive(Debug)]
pub struct Issued {
    /// The key as it is now.
    pub key: StoredKey,
    /// Its secret.
    pub secret: Secret,
}

/// Why a use case on keys was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No key has this id or prefix.
    #[error("there is no key {0:?}")]
    UnknownKey(String),
    /// Several keys have this prefix.
    #[error("{given:?} begins the id of several keys: {}", list_ids(candidates))]
    AmbiguousPrefix {
        /// What was given.
        given: String,
        /// Some of the keys, at most five.
        candidates: Vec<KeyId>,
    },
    /// A revoked key stays revoked.
    #[error("{0} is revoked, for good; create a new key")]
    AlreadyRevoked(KeyId),
    /// A new secret would not work either.
    #[error("{key} expired at {at} (Unix seconds); set a later expiry first")]
    Expired {
        /// Which key.
        key: KeyId,
        /// Unix seconds.
        at: i64,
    },
    /// An imported key cannot get a secret of ours while its old one goes on working.
    #[error("{0} was imported and cannot be rotated; create a new key and revoke this one when it is no longer used")]
    Imported(KeyId),
    /// The expiry is not in the future.
    #[error("expiry {at} is not after now, {now} (Unix seconds)")]
    ExpiryInPast {
        /// What was asked for, in Unix seconds.
        at: i64,
        /// The time, in Unix seconds.
        now: i64,
    },
    /// A name of nothing but white space.
    #[error("the name is empty")]
    NameEmpty,
    /// Longer than [`NAME_MAX`].
    #[error("the name has {0} characters; at most {NAME_MAX} are allowed")]
    NameTooLong(usize),
    /// A name must be one line of printable text.
    #[error("the name holds the control character {0:?}")]
    NameControl(char),
    /// No project has this id or name.
    #[error("there is no project {0:?}")]
    UnknownProject(String),
    /// Projects of several organizations have this name.
    #[error("several projects are called {0:?}; give the id")]
    AmbiguousProject(String),
    /// A permission is no scope.
    #[error(transparent)]
    UnknownScope(#[from] UnknownScope),
    /// A model pattern that can match nothing.
    #[error("{0:?} is no model pattern: take 1 to {PATTERN_MAX} characters without white space, '*' for any run")]
    ModelPattern(String),
    /// More than [`PATTERNS_MAX`] patterns.
    #[error("{0} model patterns in one list; at most {PATTERNS_MAX} are allowed")]
    TooManyPatterns(usize),
    /// More than [`METADATA_ENTRIES_MAX`] entries.
    #[error("the metadata has {0} entries; at most {METADATA_ENTRIES_MAX} are allowed")]
    MetadataEntries(usize),
    /// An entry whose name is empty or too long.
    #[error("{0:?} cannot name an entry of the metadata: take 1 to {METADATA_NAME_MAX} characters")]
    MetadataName(String),
    /// An entry whose value is too long.
    #[error("{name:?} in the metadata has {length} characters; at most {METADATA_VALUE_MAX} are allowed")]
    MetadataValue {
        /// Name of the entry.
        name: String,
        /// Characters of its value.
        length: usize,
    },
    /// Not 64 hexadecimal digits.
    #[error("a digest is 64 hexadecimal digits: the SHA-256 of the key's text")]
    Digest,
    /// Not four printable ASCII characters.
    #[error("the last four characters of a key are four printable ASCII characters")]
    LastFour,
    /// The digest was imported before.
    #[error("this digest was imported before, as {0}")]
    DigestTaken(KeyId),
    /// The database refuses.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DigestTaken(id) => Self::DigestTaken(id),
            other => Self::Store(other),
        }
    }
}

impl NewKey {
    /// A key that may do everything and never ends.
    #[must_use]
    pub fn named(project: &str, name: &str) -> Self {
        Self { project: project.to_owned(), name: name.to_owned(), ..Self::default() }
    }
}

/// Creates a key.
///
/// # Errors
/// What was asked for is not acceptable, the project does not exist, or the database refuses.
pub fn create_key(database: &Database, pepper: &Pepper, new: &NewKey, now: i64) -> Result<Issued, KeyError> {
    let mut random = Random::new();
    let secret = Secret::generate(|| random.byte());
    let digest = pepper.digest(secret.reveal().as_bytes());
    let key = insert(database, secret.id(), digest, secret.last_four(), new, now)?;
    Ok(Issued { key, secret })
}

/// Lets a key of another system be used here, by the SHA-256 of its text.
///
/// # Errors
/// As [`create_key`]; or the digest is malformed, or was imported before.
pub fn import_digest(database: &Database, imported: &ImportedKey, now: i64) -> Result<StoredKey, KeyError> {
    let bytes = check::digest(&imported.digest)?;
    let last_four = check::last_four(imported.last_four.as_deref())?;
    let mut random = Random::new();
    let id = KeyId::generate(|| random.byte());
    insert(database, id, Digest { kind: DigestKind::Sha256, bytes }, last_four, &imported.key, now)
}

/// A part of the list of keys, newest first; a `limit` above [`PAGE_MAX`] means that.
///
/// # Errors
/// The database does not answer.
pub fn list_keys(database: &Database, filter: &Filter, limit: usize) -> Result<Page, KeyError> {
    let project = filter.project.as_deref().map(|given| check::project(database, given)).transpose()?;
    Ok(rows::list(database, &Filter { project, ..filter.clone() }, limit.clamp(1, PAGE_MAX))?)
}

/// The key of an id (`key_…`, or its digits alone) or of a prefix that only it has.
///
/// # Errors
/// There is none, there are several, or the database does not answer.
pub fn show_key(database: &Database, given: &str) -> Result<StoredKey, KeyError> {
    let digits = check::id_digits(given)?;
    let mut found = rows::with_prefix(database, digits, 5)?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(KeyError::UnknownKey(given.to_owned())),
        (Some(only), true) => Ok(only),
        (Some(last), false) => Err(KeyError::AmbiguousPrefix {
            given: given.to_owned(),
            candidates: found.iter().chain([&last]).map(|key| key.id).collect(),
        }),
    }
}

/// Switches a key off until it is enabled again. A key that is off already stays as it is.
///
/// # Errors
/// As [`show_key`], or it is revoked.
pub fn disable_key(database: &Database, given: &str, now: i64) -> Result<StoredKey, KeyError> {
    set_status(database, given, Status::Disabled, now)
}

/// Switches a disabled key on. A key that is on already stays as it is.
///
/// # Errors
/// As [`show_key`], or it is revoked.
pub fn enable_key(database: &Database, given: &str, now: i64) -> Result<StoredKey, KeyError> {
    set_status(database, given, Status::Active, now)
}

/// Withdraws a key for good: both of its secrets, where a rotation left two.
///
/// # Errors
/// As [`show_key`], or it is revoked already.
pub fn revoke_key(database: &Database, given: &str, now: i64) -> Result<StoredKey, KeyError> {
    set_status(database, given, Status::Revoked, now)
}

/// Sets when a key ends.
///
/// # Errors
/// As [`show_key`], it is revoked, or the expiry is not in the future.
pub fn set_key_expiry(database: &Database, given: &str, expiry: Expiry, now: i64) -> Result<StoredKey, KeyError> {
    let expires_at = check::expiry(expiry, now)?;
    database.atomically(|| {
        let key = not_revoked(database, given)?;
        rows::set_expiry(database, key.id, expires_at, now)?;
        again(database, key.id)
    })
}

/// Gives a key a new secret. The old one works for `overlap` longer, rounded up to whole seconds; zero ends it now.
/// A still older one, of a rotation whose overlap has not ended, ends now.
///
/// # Errors
/// As [`show_key`]; or the key is revoked, expired or imported.
pub fn rotate_key(
    database: &Database,
    pepper: &Pepper,
    given: &str,
    overlap: Duration,
    now: i64,
) -> Result<Issued, KeyError> {
    database.atomically(|| {
        let key = not_revoked(database, given)?;
        if key.digest_kind == DigestKind::Sha256 {
            // The request path looks imported keys up by digest and ours by id, so one row cannot be both.
            return Err(KeyError::Imported(key.id));
        }
        if let Some(at) = key.expires_at.filter(|at| *at <= now) {
            return Err(KeyError::Expired { key: key.id, at });
        }
        let mut random = Random::new();
        let secret = Secret::generate_for(key.id, || random.byte());
        let digest = pepper.digest(secret.reveal().as_bytes());
        rows::rotate(database, key.id, &digest, secret.last_four(), check::after(now, overlap), now)?;
        Ok(Issued { key: again(database, key.id)?, secret })
    })
}

fn insert(
    database: &Database,
    id: KeyId,
    digest: Digest,
    last_four: [u8; 4],
    new: &NewKey,
    now: i64,
) -> Result<StoredKey, KeyError> {
    let name = check::name(&new.name)?;
    check::patterns(&new.models_allow)?;
    check::patterns(&new.models_deny)?;
    check::metadata(&new.metadata)?;
    let policy = Policy {
        permissions: Permissions::from_names(new.permissions.iter().map(String::as_str))?,
        models: ModelRules { allow: new.models_allow.clone(), deny: new.models_deny.clone() },
    };
    let expires_at = check::expiry(new.expiry, now)?;
    database.atomically(|| {
        let project = check::project(database, &new.project)?;
        let metadata = new.metadata.clone();
        let row = rows::NewKey { id, digest, last_four, name, project, policy, expires_at, metadata };
        rows::insert(database, &row, now)?;
        again(database, id)
    })
}

fn set_status(database: &Database, given: &str, status: Status, now: i64) -> Result<StoredKey, KeyError> {
    database.atomically(|| {
        let key = not_revoked(database, given)?;
        if key.status == status {
            return Ok(key);
        }
        rows::set_status(database, key.id, status, now)?;
        again(database, key.id)
    })
}

fn not_revoked(database: &Database, given: &str) -> Result<StoredKey, KeyError> {
    let key = show_key(database, given)?;
    if key.status == Status::Revoked { Err(KeyError::AlreadyRevoked(key.id)) } else { Ok(key) }
}

fn again(database: &Database, id: KeyId) -> Result<StoredKey, KeyError> {
    Ok(rows::get(database, id)?.ok_or(StoreError::NoSuchKey(id))?)
}

fn list_ids(ids: &[KeyId]) -> String {
    let ids: Vec<_> = ids.iter().map(KeyId::to_string).collect();
    ids.join(", ")
}

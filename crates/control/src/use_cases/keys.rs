//! API keys: create, list, show, disable, enable, set expiry, rotate, revoke, and (in `import`) take over by digest.
//!
//! In: what an administrator asked for, and the time. Out: the key as it is now, a new secret once, or a
//! [`KeyError`]. A key is named by its id or by a prefix of it that only it has.

mod check;
mod error;
mod import;
mod update;

use std::time::Duration;

use tollgate_core::id::{KEY_ID_LEN, KeyId};
use tollgate_core::key::{Digest, DigestKind, Pepper, Secret, Status};
use tollgate_core::policy::{ModelRules, Permissions, Policy};
use tollgate_store::admin::keys::{self as admin_rows, Ownership};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::keys::{self as rows, Filter, Metadata, Page, StoredKey};
use tollgate_store::random::Random;

pub use self::check::id_digits;
pub use self::error::{CANDIDATES_MAX, KeyError};
pub use self::import::{ImportError, Imported, ImportedKey, Run, WrongEntry, WrongReason, import_keys};
pub use self::update::{KeyChanges, update_key};

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
    /// The organization (`org-…`) whose projects are looked among; `None`: by name in the oldest, by id in all.
    pub organization: Option<String>,
    /// Id or name of its project; empty: the project `default`, or else the oldest.
    pub project: String,
    /// What its owner calls it.
    pub name: String,
    /// Scope names; none means everything.
    pub permissions: Vec<String>,
    /// Patterns of models it may use; none means all. `*` stands for any run of characters.
    pub models_allow: Vec<String>,
    /// Patterns of models it may not use, even if allowed.
    pub models_deny: Vec<String>,
    /// Patterns of the regions in which its calls may be served; none means everywhere.
    pub regions: Vec<String>,
    /// The models it may use that need a tier: those up to this one.
    pub tier: u8,
    /// When it ends.
    pub expiry: Expiry,
    /// Networks from which it may be used, such as `10.0.0.0/8`; none means from anywhere.
    pub addresses: Vec<String>,
    /// Texts kept beside it.
    pub metadata: Metadata,
    /// Whose it is.
    pub owner: Ownership,
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

/// How a key gets its next secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// How long the present secret keeps working, rounded up to whole seconds; zero ends it now.
    pub overlap: Duration,
    /// What is done where the overlap of an earlier rotation has not ended.
    pub running: RunningOverlap,
}

impl Default for Rotation {
    fn default() -> Self {
        Self { overlap: DEFAULT_OVERLAP, running: RunningOverlap::Keep }
    }
}

/// What is done with an overlap that has not ended: a key has two secrets at most, so another rotation ends the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunningOverlap {
    /// The rotation is refused.
    Keep,
    /// Its old secret stops working at once.
    End,
}

/// A time in whole seconds, rounded up.
#[must_use]
pub fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// A key with a new secret, which is shown once and not kept.
#[derive(Debug)]
pub struct Issued {
    /// The key as it is now.
    pub key: StoredKey,
    /// Its secret.
    pub secret: Secret,
}

impl NewKey {
    /// A key that may do everything and never ends.
    #[must_use]
    pub fn named(project: &str, name: &str) -> Self {
        Self { project: project.to_owned(), ..Self::usual(name) }
    }

    /// The same in the project that keys belong to unless another is named.
    #[must_use]
    pub fn usual(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
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

/// A part of the list of keys, newest first; a `limit` above [`PAGE_MAX`] means that.
///
/// # Errors
/// The database does not answer.
pub fn list_keys(database: &Database, filter: &Filter, limit: usize) -> Result<Page, KeyError> {
    let organization = filter.organization.as_deref();
    let project = match &filter.project {
        Some(given) => Some(check::project(database, organization, given)?.id),
        None => check::organization(database, organization)?.and(None),
    };
    Ok(rows::list(database, &Filter { project, ..filter.clone() }, limit.clamp(1, PAGE_MAX))?)
}

/// The id of the project of an id, or of a name in the oldest organization: that of whoever holds the data directory.
///
/// # Errors
/// There is none, or the database does not answer.
pub fn find_project(database: &Database, given: &str) -> Result<String, KeyError> {
    Ok(check::project(database, None, given)?.id)
}

/// The key of an id (`key_…`, or its digits alone) or of a prefix that only it has. A prefix without a single digit
/// names no key, even where there is but one: it is what an empty variable of a script becomes.
///
/// # Errors
/// There is none, there are several, or the database does not answer.
pub fn show_key(database: &Database, given: &str) -> Result<StoredKey, KeyError> {
    let digits = check::id_digits(given)?;
    let mut found = rows::with_prefix(database, digits, CANDIDATES_MAX + 1)?;
    let given = given.to_owned();
    match found.len() {
        0 if digits.len() == KEY_ID_LEN => Err(KeyError::UnknownKey(given)),
        0 => Err(KeyError::UnknownPrefix(given)),
        1 if digits.is_empty() => Err(KeyError::EmptyPrefix { given, only: found[0].id }),
        1 => Ok(found.remove(0)),
        more => {
            let candidates = found.into_iter().take(CANDIDATES_MAX).map(|key| (key.id, key.name)).collect();
            Err(KeyError::AmbiguousPrefix { given, candidates, more: more > CANDIDATES_MAX })
        }
    }
}

/// What a secret opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// No key of this database.
    Nothing,
    /// A key, whatever its status: it is its present secret.
    Key(StoredKey),
    /// It was this key's secret before a rotation.
    Before(StoredKey),
}

/// The key of ours, with this id, that `secret` opens. An id alone proves nothing: it stands in logs and lists.
///
/// # Errors
/// The database does not answer.
pub fn opened_by(database: &Database, pepper: &Pepper, id: KeyId, secret: &str) -> Result<Opened, KeyError> {
    let (Some((present, replaced)), Some(key)) = (rows::digests(database, id)?, rows::get(database, id)?) else {
        return Ok(Opened::Nothing);
    };
    let presented = pepper.digest(secret.as_bytes());
    let was_before = replaced.is_some_and(|replaced| replaced.digest.matches(&presented));
    Ok(match (present.matches(&presented), was_before) {
        (true, _) => Opened::Key(key),
        (false, true) => Opened::Before(key),
        (false, false) => Opened::Nothing,
    })
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

/// Withdraws a key for good and takes it out of lists. A revoked key can be deleted too.
///
/// # Errors
/// As [`show_key`].
pub fn delete_key(database: &Database, given: &str, now: i64) -> Result<StoredKey, KeyError> {
    database.atomically(|| {
        let key = show_key(database, given)?;
        admin_rows::delete(database, key.id, now)?;
        Ok(key)
    })
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

/// Gives a key a new secret; the present one works for the overlap longer.
///
/// # Errors
/// As [`show_key`]; or the key is revoked, expired or imported, or the overlap of an earlier rotation runs and is not
/// to be ended.
pub fn rotate_key(
    database: &Database,
    pepper: &Pepper,
    given: &str,
    rotation: Rotation,
    now: i64,
) -> Result<Issued, KeyError> {
    database.atomically(|| {
        let key = not_revoked(database, given)?;
        refuse_rotation(&key, rotation.running, now)?;
        let mut random = Random::new();
        let secret = Secret::generate_for(key.id, || random.byte());
        let digest = pepper.digest(secret.reveal().as_bytes());
        let works_until = check::after(now, rotation.overlap);
        rows::rotate(database, key.id, &digest, secret.last_four(), works_until, now)?;
        Ok(Issued { key: again(database, key.id)?, secret })
    })
}

fn refuse_rotation(key: &StoredKey, running: RunningOverlap, now: i64) -> Result<(), KeyError> {
    if key.digest_kind == DigestKind::Sha256 {
        // The request path looks imported keys up by digest and ours by id, so one row cannot be both.
        return Err(KeyError::Imported(key.id));
    }
    if let Some(at) = key.expires_at.filter(|at| *at <= now) {
        return Err(KeyError::Expired { key: key.id, at });
    }
    match key.replaced_works_until.filter(|until| *until > now) {
        Some(until) if running == RunningOverlap::Keep => Err(KeyError::OverlapRuns { key: key.id, until }),
        _ => Ok(()),
    }
}

fn insert(
    database: &Database,
    id: KeyId,
    digest: Digest,
    last_four: [u8; 4],
    new: &NewKey,
    now: i64,
) -> Result<StoredKey, KeyError> {
    let checked = checked(new)?;
    let expires_at = check::expiry(new.expiry, now)?;
    database.atomically(|| {
        let project = check::project_for_key(database, new)?;
        let Checked { name, policy } = checked;
        let metadata = new.metadata.clone();
        let row = rows::NewKey { id, digest, last_four, name, project, policy, expires_at, metadata };
        rows::insert(database, &row, now)?;
        admin_rows::own(database, id, new.owner)?;
        again(database, id)
    })
}

/// What is acceptable of a key whatever the time and the database.
struct Checked {
    name: String,
    policy: Policy,
}

fn checked(new: &NewKey) -> Result<Checked, KeyError> {
    let name = check::name(&new.name)?;
    check::patterns(&new.models_allow)?;
    check::patterns(&new.models_deny)?;
    check::regions(&new.regions)?;
    check::tier(new.tier)?;
    check::metadata(&new.metadata)?;
    let policy = Policy {
        permissions: Permissions::from_names(new.permissions.iter().map(String::as_str))?,
        models: ModelRules { allow: new.models_allow.clone(), deny: new.models_deny.clone() },
        regions: new.regions.clone(),
        tier: new.tier,
        addresses: check::addresses(&new.addresses)?,
    };
    Ok(Checked { name, policy })
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

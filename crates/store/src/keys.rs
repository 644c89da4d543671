//! The rows of API keys: written, listed and changed; [`load`] reads them for the request path.
//!
//! In: digests, names and rules. Out: [`StoredKey`]s, which lists show. A key's text never comes here, only its
//! digest and its last four characters. Whether a change makes sense (a revoked key cannot be enabled) is decided in
//! the control plane. Rows are never deleted: a revoked key is still recognised.

pub mod load;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use rusqlite::{OptionalExtension, Row, ToSql, params};
use tollgate_core::id::KeyId;
use tollgate_core::key::{Digest, DigestKind, KeyUse, Replaced, Status};
use tollgate_core::policy::Policy;

use crate::database::{Database, StoreError};
use crate::{policies, projects};

/// Texts an owner keeps beside a key.
pub type Metadata = BTreeMap<String, String>;

/// A key to be written.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its public id.
    pub id: KeyId,
    /// Digest of its text.
    pub digest: Digest,
    /// The last four characters of its text; ASCII.
    pub last_four: [u8; 4],
    /// What its owner calls it.
    pub name: String,
    /// `proj_…`
    pub project: String,
    /// What it may do.
    pub policy: Policy,
    /// Unix seconds from which it is refused.
    pub expires_at: Option<i64>,
    /// Texts kept beside it.
    pub metadata: Metadata,
}

/// A key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its public id.
    pub id: KeyId,
    /// How its text is digested: our own keys, or imported ones.
    pub digest_kind: DigestKind,
    /// The last four characters of its text; stars where an import did not know them.
    pub last_four: String,
    /// What its owner calls it.
    pub name: String,
    /// `proj_…`
    pub project: String,
    /// `org-…`
    pub organization: String,
    /// Active, disabled or revoked.
    pub status: Status,
    /// Unix seconds from which it is refused.
    pub expires_at: Option<i64>,
    /// Unix seconds from which the secret before the last rotation is refused; `None` if it was never rotated.
    pub replaced_works_until: Option<i64>,
    /// What it may do.
    pub policy: Policy,
    /// Texts kept beside it.
    pub metadata: Metadata,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds of the last change; uses are none.
    pub updated_at: i64,
    /// When, from where and by what it was last used; up to some ten seconds late.
    pub last_use: Option<LastUse>,
    /// Whose it is; `None`: the project's.
    pub owner: Option<Owner>,
    /// Whether its owner may use the project; true of a key without an owner.
    pub owner_has_access: bool,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// What he is.
    pub kind: OwnerKind,
    /// `user-…` or `svc_acct_…`
    pub id: String,
    /// What he is called.
    pub name: String,
    /// What he is in the project: `owner`, `member` or `none`.
    pub role: String,
    /// Unix seconds since when he is a user or a service account.
    pub created_at: i64,
}

/// What owns a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerKind {
    /// A person, with an address.
    User {
        /// In lower case.
        email: String,
    },
    /// A service account.
    ServiceAccount,
}

/// What a key's status and expiry come to at a moment: the word that lists show and can be narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It works.
    Active,
    /// Switched off; whether its date has passed too does not matter then.
    Disabled,
    /// Switched on, but its date has passed.
    Expired,
    /// Withdrawn for good.
    Revoked,
}

impl State {
    /// Every state, in the order of help texts.
    pub const ALL: [Self; 4] = [Self::Active, Self::Disabled, Self::Expired, Self::Revoked];

    /// The word used in lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl StoredKey {
    /// What its status and expiry come to at `now` (Unix seconds).
    #[must_use]
    pub fn state(&self, now: i64) -> State {
        match self.status {
            Status::Active if self.expires_at.is_some_and(|at| at <= now) => State::Expired,
            Status::Active => State::Active,
            Status::Disabled => State::Disabled,
            Status::Revoked => State::Revoked,
        }
    }
}

/// The last use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// Unix seconds.
    pub at: i64,
    /// The caller's address.
    pub address: IpAddr,
    /// Name and version of the client's SDK; empty where none came.
    pub client: String,
}

/// Which keys to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this organization (`org-…`).
    pub organization: Option<String>,
    /// Only of this project (`proj_…`).
    pub project: Option<String>,
    /// Only those that are in this state at this moment (Unix seconds).
    pub state: Option<(State, i64)>,
    /// Only those after this one, the last of the page before.
    pub after: Option<KeyId>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The keys, newest first.
    pub keys: Vec<StoredKey>,
    /// Whether there are more after the last one.
    pub has_more: bool,
}

/// A key, its rules, and whose it is. A user who is an owner of the organization is one of each of its projects.
macro_rules! select_keys {
    ($rest:literal) => {
        concat!(select_keys!(), " ", $rest)
    };
    () => {
        "SELECT k.id, k.digest_kind, k.last_four, k.name, p.id, o.id, k.status, k.expires_at, k.replaced_works_until,
            k.metadata, k.created_at, k.updated_at, k.last_used_at, k.last_used_address, k.last_used_client,
            r.permissions, r.models_allow, r.models_deny, r.regions, r.tier, r.addresses, k.owner_has_access,
            coalesce(u.id, s.id), coalesce(m.name, u.name, s.name), coalesce(m.added_at, u.created_at, s.created_at), u.email,
            CASE WHEN u.id IS NULL THEN s.role WHEN m.role = 'owner' THEN 'owner'
                 ELSE coalesce(pm.role, CASE WHEN k.owner_has_access = 1 THEN 'member' ELSE 'none' END) END
        FROM keys k JOIN projects p ON p.row_id = k.project JOIN organizations o ON o.row_id = p.organization
            JOIN policies r ON r.row_id = k.policy
            LEFT JOIN users u ON u.row_id = k.owner_user
            LEFT JOIN members m ON m.organization = p.organization AND m.user_row = k.owner_user
            LEFT JOIN project_members pm ON pm.project = k.project AND pm.user_row = k.owner_user
            LEFT JOIN service_accounts s ON s.row_id = k.owner_service_account"
    };
}
pub(crate) use select_keys;

const INSERT: &str =
    "INSERT INTO keys (id, digest_kind, digest, last_four, status, expires_at, policy, project, revision, name, metadata,
        created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM keys)";
const BY_ID: &str = select_keys!("WHERE k.id = $1");
const BY_PLAIN_DIGEST: &str = select_keys!("WHERE k.digest_kind = 2 AND k.digest = $1");
/// A range, not LIKE: it uses the index, tells upper from lower case, and has no wildcards. `{` follows `z`.
const BY_PREFIX: &str = select_keys!("WHERE k.id >= $1 AND k.id < $1 || '{' ORDER BY k.id LIMIT $2");
const DIGESTS: &str =
    "SELECT digest_kind, digest, replaced_kind, replaced_digest, replaced_works_until FROM keys WHERE id = $1";
const TAKEN: &str = "SELECT id FROM keys WHERE digest_kind = 2 AND digest = $1";
const SET_STATUS: &str = "UPDATE keys SET status = $1, updated_at = $2, revision = $3 WHERE id = $4";
const SET_EXPIRY: &str = "UPDATE keys SET expires_at = $1, updated_at = $2, revision = $3 WHERE id = $4";
const ROTATE: &str = "UPDATE keys SET replaced_kind = digest_kind, replaced_digest = digest, replaced_works_until = $1,
        digest_kind = $2, digest = $3, last_four = $4, updated_at = $5, revision = $6
    WHERE id = $7";
const NOTE_USE: &str = "UPDATE keys SET last_used_at = $1, last_used_address = $2, last_used_client = $3
    WHERE id = $4 AND coalesce(last_used_at, 0) <= $1";

/// What a list is narrowed by: the shape of its statement.
#[derive(Debug, Clone, Copy)]
struct Narrowed {
    by_organization: bool,
    by_project: bool,
    by_state: Option<State>,
    /// It begins behind another page.
    goes_on: bool,
}

impl Narrowed {
    /// Every shape there is.
    fn all() -> impl Iterator<Item = Self> {
        let states = || State::ALL.into_iter().map(Some).chain([None]);
        let places = [(false, false), (false, true), (true, false), (true, true)];
        places.into_iter().flat_map(move |(by_organization, by_project)| {
            let narrowed =
                move |by_state| [false, true].map(|goes_on| Self { by_organization, by_project, by_state, goes_on });
            states().flat_map(narrowed)
        })
    }

    /// The statement: its values are the organization, the project, the status, the present, the last key of the page before and how many
    /// rows, as far as they are there.
    fn list(self) -> String {
        let mut sql = concat!(select_keys!(), " WHERE k.deleted_at IS NULL").to_owned();
        let mut number = 0;
        let mut narrow = |condition: &str| {
            number += 1;
            sql.push_str(&condition.replace("$n", &format!("${number}")));
        };
        if self.by_organization {
            narrow(" AND p.organization = (SELECT row_id FROM organizations WHERE id = $n)");
        }
        if self.by_project {
            narrow(" AND k.project = (SELECT row_id FROM projects WHERE id = $n)");
        }
        if self.by_state.is_some() {
            // With both, the project's index is the narrower one: what is no bare column keeps SQLite from choosing the other.
            narrow(if self.by_project { " AND k.status || '' = $n" } else { " AND k.status = $n" });
        }
        match self.by_state {
            Some(State::Expired) => narrow(" AND k.expires_at <= $n"),
            Some(State::Active) => narrow(" AND (k.expires_at IS NULL OR k.expires_at > $n)"),
            Some(State::Disabled | State::Revoked) | None => {}
        }
        if self.goes_on {
            narrow(" AND k.row_id < (SELECT row_id FROM keys WHERE id = $n)");
        }
        narrow(" ORDER BY k.row_id DESC LIMIT $n");
        sql
    }
}

pub(crate) fn statements() -> Vec<String> {
    let fixed =
        [INSERT, ANY, BY_ID, BY_PLAIN_DIGEST, BY_PREFIX, DIGESTS, TAKEN, SET_STATUS, SET_EXPIRY, ROTATE, NOTE_USE];
    fixed.into_iter().chain(load::STATEMENTS).map(str::to_owned).chain(Narrowed::all().map(Narrowed::list)).collect()
}

/// Writes one key.
///
/// # Errors
/// As [`insert_many`].
pub fn insert(database: &Database, key: &NewKey, now: i64) -> Result<(), StoreError> {
    insert_many(database, std::iter::once(key.clone()), now).map(|_| ())
}

/// Writes many keys in one transaction and under one revision, all or none; returns how many.
///
/// # Errors
/// A project does not exist, an imported digest is there already ([`StoreError::DigestTaken`]), or the database
/// refuses.
pub fn insert_many(database: &Database, keys: impl IntoIterator<Item = NewKey>, now: i64) -> Result<usize, StoreError> {
    database.atomically(|| {
        let revision = database.next_revision()?;
        let mut insert = database.connection.prepare_cached(INSERT)?;
        let mut policy_rows = HashMap::new();
        let mut project_rows = HashMap::new();
        let mut count = 0;
        for key in keys {
            refuse_taken(database, &key.digest)?;
            let policy = match policy_rows.get(&key.policy) {
                Some(row) => *row,
                None => *policy_rows.entry(key.policy.clone()).or_insert(policies::row_of(database, &key.policy)?),
            };
            let project = match project_rows.get(&key.project) {
                Some(row) => *row,
                None => *project_rows.entry(key.project.clone()).or_insert(projects::row_of(database, &key.project)?),
            };
            insert.execute(params![
                key.id.digits(),
                key.digest.kind as u8,
                key.digest.bytes,
                String::from_utf8_lossy(&key.last_four),
                Status::Active.as_str(),
                key.expires_at,
                policy,
                project,
                revision,
                key.name,
                serde_json::json!(key.metadata).to_string(),
                now,
            ])?;
            count += 1;
        }
        Ok(count)
    })
}

/// Whether there is any key.
///
/// # Errors
/// The database does not answer.
pub fn any(database: &Database) -> Result<bool, StoreError> {
    Ok(database.connection.query_row(ANY, [], |row| row.get(0))?)
}

/// A part of the list of keys, newest first, at most `limit` of them.
///
/// # Errors
/// The database does not answer, or a row is unreadable.
pub fn list(database: &Database, filter: &Filter, limit: usize) -> Result<Page, StoreError> {
    let Filter { organization, project, state, after } = filter;
    let status = state.map(|(state, _)| status_of(state).as_str());
    let now = state.filter(|(state, _)| has_date(*state)).map(|(_, now)| now);
    let after = after.map(|id| id.digits().to_owned());
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut values: Vec<&dyn ToSql> = Vec::new();
    values.extend(organization.iter().map(|value| value as &dyn ToSql));
    values.extend(project.iter().map(|value| value as &dyn ToSql));
    values.extend(status.iter().map(|value| value as &dyn ToSql));
    values.extend(now.iter().map(|value| value as &dyn ToSql));
    values.extend(after.iter().map(|value| value as &dyn ToSql));
    values.push(&one_more);
    let narrowed = Narrowed {
        by_organization: organization.is_some(),
        by_project: project.is_some(),
        by_state: state.map(|(state, _)| state),
        goes_on: after.is_some(),
    };
    let mut keys = select(database, &narrowed.list(), values.as_slice())?;
    let has_more = keys.len() > limit;
    keys.truncate(limit);
    Ok(Page { keys, has_more })
}

/// The key with this id.
///
/// # Errors
/// The database does not answer, or the row is unreadable.
pub fn get(database: &Database, id: KeyId) -> Result<Option<StoredKey>, StoreError> {
    Ok(select(database, BY_ID, params![id.digits()])?.pop())
}

/// The digests of a key's secrets: the present one, and the one that a rotation replaced.
///
/// # Errors
/// The database does not answer, or the row is unreadable.
pub fn digests(database: &Database, id: KeyId) -> Result<Option<(Digest, Option<Replaced>)>, StoreError> {
    let unreadable = |what| StoreError::Unreadable { table: "keys", row: id.to_string(), what };
    let mut statement = database.connection.prepare_cached(DIGESTS)?;
    let mut rows = statement.query(params![id.digits()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let kind = digest_kind_of(row.get(0)?).ok_or_else(|| unreadable("digest_kind"))?;
    let replaced = match row.get::<_, Option<u8>>(2)? {
        None => None,
        Some(kind) => Some(replaced_of(kind, row.get(3)?, row.get(4)?).ok_or_else(|| unreadable("replaced_kind"))?),
    };
    Ok(Some((Digest { kind, bytes: row.get(1)? }, replaced)))
}

/// The imported key with this digest.
///
/// # Errors
/// The database does not answer, or the row is unreadable.
pub fn with_plain_digest(database: &Database, digest: &[u8; 32]) -> Result<Option<StoredKey>, StoreError> {
    Ok(select(database, BY_PLAIN_DIGEST, params![digest])?.pop())
}

/// The keys whose ids begin with these digits, at most `limit` of them: to name a key, one must be the only one.
///
/// # Errors
/// The database does not answer, or a row is unreadable.
pub fn with_prefix(database: &Database, digits: &str, limit: usize) -> Result<Vec<StoredKey>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    select(database, BY_PREFIX, params![digits, limit])
}

/// Sets a key's status.
///
/// # Errors
/// There is no such key, or the database refuses.
pub fn set_status(database: &Database, id: KeyId, status: Status, now: i64) -> Result<(), StoreError> {
    change(database, id, SET_STATUS, now, &[&status.as_str()])
}

/// Sets from when a key is refused; `None` for never.
///
/// # Errors
/// There is no such key, or the database refuses.
pub fn set_expiry(database: &Database, id: KeyId, expires_at: Option<i64>, now: i64) -> Result<(), StoreError> {
    change(database, id, SET_EXPIRY, now, &[&expires_at])
}

/// Gives a key a new secret; the present one is kept as the replaced one until `works_until`. A secret that an
/// earlier rotation had replaced is forgotten.
///
/// # Errors
/// There is no such key, or the database refuses.
pub fn rotate(
    database: &Database,
    id: KeyId,
    digest: &Digest,
    last_four: [u8; 4],
    works_until: i64,
    now: i64,
) -> Result<(), StoreError> {
    let last_four = String::from_utf8_lossy(&last_four);
    change(database, id, ROTATE, now, &[&works_until, &(digest.kind as u8), &digest.bytes, &last_four])
}

/// Writes down last uses in one transaction. An older use than the one known changes nothing, nor does one of a key
/// that is not there. It is no change of the key: the revision stays.
///
/// # Errors
/// The database refuses.
pub fn note_uses<'a>(database: &Database, uses: impl IntoIterator<Item = &'a KeyUse>) -> Result<(), StoreError> {
    database.atomically(|| {
        let mut update = database.connection.prepare_cached(NOTE_USE)?;
        for key_use in uses {
            let address = key_use.address.to_string();
            update.execute(params![key_use.at, address, key_use.client, key_use.key.digits()])?;
        }
        Ok(())
    })
}

/// `sql` takes the values, the time, the revision and the id, in this order.
fn change(database: &Database, id: KeyId, sql: &str, now: i64, values: &[&dyn ToSql]) -> Result<(), StoreError> {
    database.atomically(|| {
        let revision = database.next_revision()?;
        let digits = id.digits();
        let all: Vec<&dyn ToSql> = values.iter().copied().chain([&now as &dyn ToSql, &revision, &digits]).collect();
        match database.connection.prepare_cached(sql)?.execute(all.as_slice())? {
            0 => Err(StoreError::NoSuchKey(id)),
            _ => Ok(()),
        }
    })
}

fn refuse_taken(database: &Database, digest: &Digest) -> Result<(), StoreError> {
    if digest.kind != DigestKind::Sha256 {
        return Ok(());
    }
    let taken: Option<String> =
        database.connection.prepare_cached(TAKEN)?.query_row([digest.bytes], |row| row.get(0)).optional()?;
    match taken {
        None => Ok(()),
        Some(digits) => Err(StoreError::DigestTaken(id_of(&digits)?)),
    }
}

fn select(database: &Database, sql: &str, values: impl rusqlite::Params) -> Result<Vec<StoredKey>, StoreError> {
    let mut statement = database.connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(stored_key(row)?);
    }
    Ok(keys)
}

/// Reads what `select_keys` selects.
pub(crate) fn stored_key(row: &Row<'_>) -> Result<StoredKey, StoreError> {
    let id = id_of(&row.get::<_, String>(0)?)?;
    let unreadable = |what| StoreError::Unreadable { table: "keys", row: id.to_string(), what };
    let last_use = match (row.get::<_, Option<i64>>(12)?, row.get::<_, Option<String>>(13)?) {
        (Some(at), Some(address)) => Some(LastUse {
            at,
            address: address.parse().map_err(|_| unreadable("last_used_address"))?,
            client: row.get::<_, Option<String>>(14)?.unwrap_or_default(),
        }),
        _ => None,
    };
    let policy = policies::Written::at(row, 15)?.policy().map_err(unreadable)?;
    Ok(StoredKey {
        id,
        digest_kind: digest_kind_of(row.get(1)?).ok_or_else(|| unreadable("digest_kind"))?,
        last_four: row.get(2)?,
        name: row.get(3)?,
        project: row.get(4)?,
        organization: row.get(5)?,
        status: Status::from_word(&row.get::<_, String>(6)?).ok_or_else(|| unreadable("status"))?,
        expires_at: row.get(7)?,
        replaced_works_until: row.get(8)?,
        policy,
        metadata: serde_json::from_str(&row.get::<_, String>(9)?).map_err(|_| unreadable("metadata"))?,
        created_at: row.get(10)?,
        updated_at: row.get(11)?,
        last_use,
        owner: owner_at(row, 22)?,
        owner_has_access: row.get::<_, i64>(21)? != 0,
    })
}

fn owner_at(row: &Row<'_>, first: usize) -> Result<Option<Owner>, StoreError> {
    let Some(id) = row.get(first)? else { return Ok(None) };
    let kind = match row.get(first + 3)? {
        Some(email) => OwnerKind::User { email },
        None => OwnerKind::ServiceAccount,
    };
    let (name, created_at, role) = (row.get(first + 1)?, row.get(first + 2)?, row.get(first + 4)?);
    Ok(Some(Owner { kind, id, name, role, created_at }))
}

fn id_of(digits: &str) -> Result<KeyId, StoreError> {
    KeyId::from_digits(digits.as_bytes()).ok_or_else(|| StoreError::Unreadable {
        table: "keys",
        row: digits.to_owned(),
        what: "id",
    })
}

/// Whether a key's date decides about its state too.
fn has_date(state: State) -> bool {
    matches!(state, State::Active | State::Expired)
}

/// The word in the row of a key in this state; its date is beside it.
fn status_of(state: State) -> Status {
    match state {
        State::Active | State::Expired => Status::Active,
        State::Disabled => Status::Disabled,
        State::Revoked => Status::Revoked,
    }
}

fn digest_kind_of(number: u8) -> Option<DigestKind> {
    [DigestKind::HmacSha256, DigestKind::Sha256].into_iter().find(|kind| *kind as u8 == number)
}

/// The replaced secret from its three columns.
fn replaced_of(kind: u8, bytes: [u8; 32], works_until: i64) -> Option<Replaced> {
    Some(Replaced { digest: Digest { kind: digest_kind_of(kind)?, bytes }, works_until })
}

//! Keys as the request path needs them, read row by row: all at the start, changed ones afterwards.
//!
//! In: a connection and the revision already seen. Out: [`Key`]s that share equal policies and projects, and the
//! revision that they stand for. It holds one key at a time and does not know where they go.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Row, Transaction, TransactionBehavior};
use tollgate_core::accounts::OwnAccounts;
use tollgate_core::key::{Digest, Key, Status};
use tollgate_core::policy::Policy;
use tollgate_core::project::Project;

use super::{digest_kind_of, id_of, replaced_of};
use crate::admin::provider_credentials;
use crate::database::{Database, StoreError};
use crate::{policies, projects};

macro_rules! keys {
    ($rest:literal) => {
        concat!(
            "SELECT id, digest_kind, digest, last_four, status, expires_at, replaced_kind, replaced_digest,
                replaced_works_until, policy, project, last_used_at, owner_has_access
            FROM keys",
            $rest
        )
    };
}

const ALL: &str = keys!("");
const CHANGED: &str = keys!(" WHERE revision > $1");

pub(super) const STATEMENTS: [&str; 2] = [ALL, CHANGED];

/// Policies, projects and accounts of organizations read so far, by row number. Rows of policies never change, and what changes
/// of the others is put into the one that all keys share, so keep it as long as the database is the same.
#[derive(Debug, Default)]
pub struct Shared {
    policies: HashMap<i64, Arc<Policy>>,
    projects: HashMap<i64, Arc<Project>>,
    accounts: HashMap<i64, Arc<OwnAccounts>>,
}

/// Hands every key to `each`, oldest first, and returns the revision they stand for.
///
/// # Errors
/// The database does not answer, or a row is unreadable; keys handed over before stay valid.
pub fn load_all(database: &Database, shared: &mut Shared, each: impl FnMut(Key)) -> Result<i64, StoreError> {
    stream(database, None, shared, |keys| keys.for_each(each))
}

/// Hands every key that has changed since `revision` to `each`, and returns the revision they bring it to.
///
/// # Errors
/// As [`load_all`].
pub fn changes_since(
    database: &Database,
    revision: i64,
    shared: &mut Shared,
    each: impl FnMut(Key),
) -> Result<i64, StoreError> {
    stream(database, Some(revision), shared, |keys| keys.for_each(each))
}

/// The keys changed since a revision, or all, as one iterator: the snapshot takes them without a list in between.
pub(crate) fn stream(
    database: &Database,
    since: Option<i64>,
    shared: &mut Shared,
    take: impl FnOnce(&mut dyn Iterator<Item = Key>),
) -> Result<i64, StoreError> {
    // Revision and rows must be of one moment.
    let _moment = Transaction::new_unchecked(&database.connection, TransactionBehavior::Deferred)?;
    let revision = database.revision()?;
    if let Some(since) = since {
        shared.follow_projects(database, since)?;
        shared.follow_accounts(database, since)?;
    }
    let mut statement = database.connection.prepare_cached(if since.is_some() { CHANGED } else { ALL })?;
    let mut rows = statement.query(rusqlite::params_from_iter(since))?;
    let mut failed = None;
    let mut keys = std::iter::from_fn(|| {
        let next = rows.next().map_err(StoreError::from);
        let key = next.and_then(|row| row.map(|row| key_of(row, database, shared)).transpose());
        key.unwrap_or_else(|error| {
            failed = Some(error);
            None
        })
    });
    take(&mut keys);
    failed.map_or(Ok(revision), Err)
}

fn key_of(row: &Row<'_>, database: &Database, shared: &mut Shared) -> Result<Key, StoreError> {
    let id = id_of(text(row, 0)?)?;
    let unreadable = |what| StoreError::Unreadable { table: "keys", row: id.to_string(), what };
    let kind = digest_kind_of(row.get(1)?).ok_or_else(|| unreadable("digest_kind"))?;
    let replaced = match row.get::<_, Option<u8>>(6)? {
        None => None,
        Some(kind) => {
            Some(Box::new(replaced_of(kind, row.get(7)?, row.get(8)?).ok_or_else(|| unreadable("replaced_kind"))?))
        }
    };
    let last_used_at = row.get::<_, Option<i64>>(11)?.unwrap_or(0);
    Ok(Key {
        id,
        digest: Digest { kind, bytes: row.get(2)? },
        last_four: text(row, 3)?.as_bytes().try_into().map_err(|_| unreadable("last_four"))?,
        status: Status::from_word(text(row, 4)?).ok_or_else(|| unreadable("status"))?,
        owner_has_access: row.get::<_, i64>(12)? != 0,
        expires_at: row.get::<_, Option<i64>>(5)?.unwrap_or(0),
        replaced,
        policy: shared.policy(row.get(9)?, database)?,
        project: shared.project(row.get(10)?, database)?,
        last_use_noted: u32::try_from(last_used_at).unwrap_or(0).into(),
    })
}

/// A text column without a copy.
fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, StoreError> {
    row.get_ref(column)?.as_str().map_err(|error| StoreError::Sqlite(error.into()))
}

impl Shared {
    /// Puts the rules of projects that have changed in force for the keys that are known already.
    fn follow_projects(&self, database: &Database, since: i64) -> Result<(), StoreError> {
        projects::changed_since(database, since, |number, rules| {
            if let Some(project) = self.projects.get(&number) {
                project.rules.store(Arc::new(rules));
            }
        })
    }

    /// Puts the accounts of organizations that have changed in force for the keys that are known already.
    fn follow_accounts(&self, database: &Database, since: i64) -> Result<(), StoreError> {
        for organization in provider_credentials::changed_since(database, since)? {
            if let Some(accounts) = self.accounts.get(&organization) {
                accounts.set(provider_credentials::accounts(database, organization)?);
            }
        }
        Ok(())
    }

    fn accounts(&mut self, organization: i64, database: &Database) -> Result<Arc<OwnAccounts>, StoreError> {
        if let Some(accounts) = self.accounts.get(&organization) {
            return Ok(accounts.clone());
        }
        let accounts = Arc::new(OwnAccounts::default());
        accounts.set(provider_credentials::accounts(database, organization)?);
        self.accounts.insert(organization, accounts.clone());
        Ok(accounts)
    }

    fn policy(&mut self, number: i64, database: &Database) -> Result<Arc<Policy>, StoreError> {
        if let Some(policy) = self.policies.get(&number) {
            return Ok(policy.clone());
        }
        let policy = Arc::new(policies::read(database, number)?);
        self.policies.insert(number, policy.clone());
        Ok(policy)
    }

    fn project(&mut self, number: i64, database: &Database) -> Result<Arc<Project>, StoreError> {
        if let Some(project) = self.projects.get(&number) {
            return Ok(project.clone());
        }
        let (project, organization) = projects::read(database, number)?;
        let project = Arc::new(project.with_accounts(self.accounts(organization, database)?));
        self.projects.insert(number, project.clone());
        Ok(project)
    }
}

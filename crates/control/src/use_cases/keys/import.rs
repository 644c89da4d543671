//! Keys of other systems, of which only the plain SHA-256 of their texts is known: taken over so that they work here.
//!
//! In: digests, and for each what a new key has. Out: which were added and which were there already, or every entry
//! that is wrong; then nothing was added. Importing the same entries again changes nothing, also where a key has been
//! changed or revoked meanwhile.

use std::collections::HashMap;

use tollgate_core::id::KeyId;
use tollgate_core::key::{Digest, DigestKind};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::keys::{self as rows, StoredKey};
use tollgate_store::random::Random;

use super::{Checked, Expiry, KeyError, NewKey, check, checked};

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

/// Whether an import is done or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Nothing is written.
    Dry,
    /// It is done.
    Real,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// It is a key now, under this id; in a dry run it would become one, under another.
    Added(KeyId),
    /// Its digest is there already. The key is left as it is.
    Present {
        /// Which key.
        key: KeyId,
        /// In what the entry asks for something else.
        differs: Vec<&'static str>,
    },
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Entries that are wrong, in their order; at least one.
    #[error("{} wrong entries", .0.len())]
    Entries(Vec<WrongEntry>),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An entry that is wrong.
#[derive(Debug)]
pub struct WrongEntry {
    /// Which one, from 0.
    pub at: usize,
    /// Why.
    pub reason: WrongReason,
}

/// What is wrong with an entry.
#[derive(Debug)]
pub enum WrongReason {
    /// As for a single key.
    Key(KeyError),
    /// Another entry, this one, has the same digest.
    Repeats(usize),
}

/// Lets keys of other systems be used here: all of these, or none.
///
/// # Errors
/// Entries are not acceptable, or the database refuses.
pub fn import_keys(
    database: &Database,
    entries: &[ImportedKey],
    run: Run,
    now: i64,
) -> Result<Vec<Imported>, ImportError> {
    database.atomically(|| {
        let mut import = Import { database, now, seen: HashMap::new(), rows: Vec::new() };
        let (mut outcomes, mut wrong) = (Vec::with_capacity(entries.len()), Vec::new());
        for (at, entry) in entries.iter().enumerate() {
            match import.entry(at, entry) {
                Ok(outcome) => outcomes.push(outcome),
                Err(WrongReason::Key(KeyError::Store(error))) => return Err(error.into()),
                Err(reason) => wrong.push(WrongEntry { at, reason }),
            }
        }
        if !wrong.is_empty() {
            return Err(ImportError::Entries(wrong));
        }
        if run == Run::Real && !import.rows.is_empty() {
            rows::insert_many(database, import.rows, now)?;
        }
        Ok(outcomes)
    })
}

struct Import<'a> {
    database: &'a Database,
    now: i64,
    /// Entries by digest.
    seen: HashMap<[u8; 32], usize>,
    rows: Vec<rows::NewKey>,
}

impl From<KeyError> for WrongReason {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl Import<'_> {
    fn entry(&mut self, at: usize, entry: &ImportedKey) -> Result<Imported, WrongReason> {
        let bytes = check::digest(&entry.digest)?;
        if let Some(first) = self.seen.insert(bytes, at) {
            return Err(WrongReason::Repeats(first));
        }
        let last_four = check::last_four(entry.last_four.as_deref())?;
        let Checked { name, policy } = checked(&entry.key)?;
        let present = rows::with_plain_digest(self.database, &bytes).map_err(KeyError::from)?;
        let project = match &present {
            // It was imported before its project was archived: that is no reason to refuse it the second time.
            Some(_) => check::project(self.database, entry.key.organization.as_deref(), &entry.key.project)?.id,
            None => check::project_for_key(self.database, &entry.key)?,
        };
        let wanted = |id, expires_at| rows::NewKey {
            id,
            digest: Digest { kind: DigestKind::Sha256, bytes },
            last_four,
            name,
            project,
            policy,
            expires_at,
            metadata: entry.key.metadata.clone(),
        };
        if let Some(present) = present {
            // Its date may have passed since it was imported: that is no reason to refuse it the second time.
            let row = wanted(present.id, absolute(entry.key.expiry, present.expires_at));
            return Ok(Imported::Present { key: present.id, differs: differences(&row, &present) });
        }
        let expires_at = check::expiry(entry.key.expiry, self.now)?;
        let mut random = Random::new();
        let id = KeyId::generate(|| random.byte());
        self.rows.push(wanted(id, expires_at));
        Ok(Imported::Added(id))
    }
}

/// When a key ends that is there already: a time from now cannot be compared with what it was counted from.
fn absolute(asked: Expiry, present: Option<i64>) -> Option<i64> {
    match asked {
        Expiry::Never => None,
        Expiry::At(at) => Some(at),
        Expiry::In(_) => present,
    }
}

fn differences(asked: &rows::NewKey, present: &StoredKey) -> Vec<&'static str> {
    let pairs = [
        ("name", asked.name == present.name),
        ("project", asked.project == present.project),
        ("models", asked.policy.models == present.policy.models),
        ("regions", asked.policy.regions == present.policy.regions),
        ("tier", asked.policy.tier == present.policy.tier),
        ("scopes", asked.policy.permissions == present.policy.permissions),
        ("expires", asked.expires_at == present.expires_at),
        ("metadata", asked.metadata == present.metadata),
        ("last_four", asked.last_four == present.last_four.as_bytes()),
    ];
    pairs.into_iter().filter(|(_, same)| !same).map(|(what, _)| what).collect()
}

//! Credentials towards providers, sealed at rest.
//!
//! In: a name and a text. Out: the text again, for whoever holds the master key. Each is sealed with AES-256-GCM
//! under a nonce of its own, drawn at random (below 2^32 writes under one key, NIST SP 800-38D §8.3), with its name
//! as associated data, so that swapping two rows is seen. Without the master key the table tells names and lengths.

use aws_lc_rs::aead::{Aad, Nonce};
use rusqlite::{OptionalExtension, params};

use crate::admin::configuration;
use crate::database::{Database, StoreError};
use crate::random;
use crate::secrets::MasterKey;

const SET: &str =
    "INSERT INTO credentials (name, nonce, sealed, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
    ON CONFLICT (name) DO UPDATE SET nonce = excluded.nonce, sealed = excluded.sealed, updated_at = excluded.updated_at";
const GET: &str = "SELECT nonce, sealed FROM credentials WHERE name = $1";
const SEAL: &str = "UPDATE credentials SET nonce = $1, sealed = $2 WHERE name = $3";
const LIST: &str = "SELECT name, created_at, updated_at FROM credentials ORDER BY name";
const DELETE: &str = "DELETE FROM credentials WHERE name = $1";

pub(crate) const STATEMENTS: [&str; 5] = [SET, GET, SEAL, LIST, DELETE];

/// A credential in clear. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(String);

impl Credential {
    /// A credential from its text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. Call it only to send it to its provider.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// A credential as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCredential {
    /// What it is called.
    pub name: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds of the last time it was set.
    pub updated_at: i64,
}

/// Why a credential cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The seal does not open: another master key, or the row was changed.
    #[error("credential {0} was sealed under another master key, or its row is damaged")]
    Sealed(String),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for CredentialsError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Seals a credential and writes it, replacing the one of that name. Running servers see it within a second.
///
/// # Errors
/// The database refuses.
pub fn set(
    database: &Database,
    master: &MasterKey,
    name: &str,
    credential: &Credential,
    now: i64,
) -> Result<(), StoreError> {
    let (nonce, sealed) = seal(master, &place(name), credential);
    database.atomically(|| {
        configuration::raise(database)?;
        database.connection.execute(SET, params![name, nonce, sealed, now])?;
        Ok(())
    })
}

/// The credential of a name, or `None`.
///
/// # Errors
/// The master key is another one, the row is damaged, or the database does not answer.
pub fn get(database: &Database, master: &MasterKey, name: &str) -> Result<Option<Credential>, CredentialsError> {
    let row: Option<([u8; 12], Vec<u8>)> =
        database.connection.prepare_cached(GET)?.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((nonce, sealed)) = row else {
        return Ok(None);
    };
    let opened = open(master, &place(name), nonce, sealed);
    opened.map(Some).ok_or_else(|| CredentialsError::Sealed(name.to_owned()))
}

/// What the seal of a credential of this name holds for.
fn place(name: &str) -> String {
    format!("tollgate credential {name}")
}

/// Seals a credential under another master key.
pub(crate) fn seal_anew(
    database: &Database,
    old: &MasterKey,
    new: &MasterKey,
    name: &str,
) -> Result<(), CredentialsError> {
    if let Some(credential) = get(database, old, name)? {
        let (nonce, sealed) = seal(new, &place(name), &credential);
        database.connection.execute(SEAL, params![nonce, sealed, name])?;
    }
    Ok(())
}

/// Seals a credential for a place: it opens there alone.
pub(crate) fn seal(master: &MasterKey, place: &str, credential: &Credential) -> ([u8; 12], Vec<u8>) {
    let nonce = random::array();
    let mut sealed = credential.0.clone().into_bytes();
    master
        .0
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()), &mut sealed)
        .expect("AES-GCM seals anything below 64 GiB");
    (nonce, sealed)
}

/// What was sealed for this place; `None` where it was under another master key, for another place, or was changed.
pub(crate) fn open(master: &MasterKey, place: &str, nonce: [u8; 12], mut sealed: Vec<u8>) -> Option<Credential> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let open = master.0.open_in_place(nonce, Aad::from(place.as_bytes()), &mut sealed).ok()?;
    Some(Credential(std::str::from_utf8(open).ok()?.to_owned()))
}

/// All credentials by name, without their texts.
///
/// # Errors
/// The database does not answer.
pub fn list(database: &Database) -> Result<Vec<StoredCredential>, StoreError> {
    let mut statement = database.connection.prepare_cached(LIST)?;
    let rows = statement.query_map([], |row| {
        Ok(StoredCredential { name: row.get(0)?, created_at: row.get(1)?, updated_at: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Removes a credential; whether there was one.
///
/// # Errors
/// The database refuses.
pub fn remove(database: &Database, name: &str) -> Result<bool, StoreError> {
    database.atomically(|| {
        configuration::raise(database)?;
        Ok(database.connection.execute(DELETE, [name])? > 0)
    })
}

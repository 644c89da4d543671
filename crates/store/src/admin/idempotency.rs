//! Answers to requests with an `Idempotency-Key`, so that a repeated request is answered and not done again.
//!
//! In: whose key it is, its text, a fingerprint of the request, the answer. Out: the answer again. It may show a secret, so it
//! is sealed with AES-256-GCM under the master key and a nonce of its own, bound to its key, and erased after a day.

use aws_lc_rs::aead::{Aad, Nonce};
use aws_lc_rs::digest;
use rusqlite::{OptionalExtension, params};

use crate::database::{Database, StoreError};
use crate::random;
use crate::secrets::MasterKey;

/// How long an answer is kept.
pub const KEPT_SECONDS: i64 = 24 * 60 * 60;

const FIND: &str = "SELECT fingerprint, nonce, answer FROM idempotent_answers
    WHERE actor_id = $1 AND idempotency_key = $2 AND created_at > $3";
const INSERT: &str = "INSERT INTO idempotent_answers
    (actor_id, idempotency_key, fingerprint, status, nonce, answer, created_at) VALUES ($1, $2, $3, 200, $4, $5, $6)";
const ANY_OLD: &str = "SELECT EXISTS (SELECT 1 FROM idempotent_answers WHERE created_at <= $1)";
const ERASE: &str = "DELETE FROM idempotent_answers WHERE created_at <= $1";
const ALL: &str = "SELECT actor_id, idempotency_key, nonce, answer FROM idempotent_answers";
const SEAL_ANEW: &str =
    "UPDATE idempotent_answers SET nonce = $1, answer = $2 WHERE actor_id = $3 AND idempotency_key = $4";

pub(super) fn statements() -> Vec<String> {
    [FIND, INSERT, ANY_OLD, ERASE, ALL, SEAL_ANEW].map(str::to_owned).to_vec()
}

/// An idempotency key: one text of two actors is two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    /// Whose: the id of an admin key or a session.
    pub actor: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// What was answered before.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// Of the request that was answered.
    pub fingerprint: [u8; 32],
    /// The answer's bytes; they may show a secret.
    pub answer: Vec<u8>,
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stored(…)")
    }
}

/// What tells one request from another: SHA-256 over its parts, each with its length.
#[must_use]
pub fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// What was answered to a key within the last day.
///
/// # Errors
/// The seal does not open, or the database does not answer.
pub fn find(database: &Database, master: &MasterKey, key: Key<'_>, now: i64) -> Result<Option<Stored>, StoreError> {
    let values = (key.actor, key.text, now - KEPT_SECONDS);
    let row: Option<([u8; 32], [u8; 12], Vec<u8>)> = database
        .connection
        .prepare_cached(FIND)?
        .query_row(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((fingerprint, nonce, sealed)) = row else { return Ok(None) };
    Ok(Some(Stored { fingerprint, answer: open(master, key, nonce, sealed)? }))
}

/// Keeps an answer, and erases what has become too old.
///
/// # Errors
/// There is one of this key, or the database refuses.
pub fn write(
    database: &Database,
    master: &MasterKey,
    key: Key<'_>,
    stored: &Stored,
    now: i64,
) -> Result<(), StoreError> {
    erase(database, now)?;
    let (nonce, sealed) = seal(master, key, stored.answer.clone());
    let values = params![key.actor, key.text, stored.fingerprint, nonce, sealed, now];
    database.connection.prepare_cached(INSERT)?.execute(values)?;
    Ok(())
}

/// Erases answers that are older than a day; how many.
///
/// # Errors
/// The database refuses.
pub fn erase(database: &Database, now: i64) -> Result<usize, StoreError> {
    let before = now - KEPT_SECONDS;
    // Looking takes no lock, and mostly there is nothing.
    let any: bool = database.connection.prepare_cached(ANY_OLD)?.query_row([before], |row| row.get(0))?;
    if !any {
        return Ok(0);
    }
    Ok(database.connection.prepare_cached(ERASE)?.execute([before])?)
}

/// Seals all answers under another master key.
pub(crate) fn seal_all_anew(database: &Database, old: &MasterKey, new: &MasterKey) -> Result<(), StoreError> {
    type Row = (String, String, [u8; 12], Vec<u8>);
    let mut statement = database.connection.prepare(ALL)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
    for (actor, text, nonce, sealed) in rows {
        let key = Key { actor: &actor, text: &text };
        let (nonce, sealed) = seal(new, key, open(old, key, nonce, sealed)?);
        database.connection.prepare_cached(SEAL_ANEW)?.execute(params![nonce, sealed, actor, text])?;
    }
    Ok(())
}

fn seal(master: &MasterKey, key: Key<'_>, mut answer: Vec<u8>) -> ([u8; 12], Vec<u8>) {
    let nonce = random::array();
    master
        .0
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(key), &mut answer)
        .expect("AES-GCM seals anything below 64 GiB");
    (nonce, answer)
}

fn open(master: &MasterKey, key: Key<'_>, nonce: [u8; 12], mut sealed: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let unreadable =
        |_| StoreError::Unreadable { table: "idempotent_answers", row: key.actor.to_owned(), what: "answer" };
    Ok(master.0.open_in_place(nonce, bound_to(key), &mut sealed).map_err(unreadable)?.to_vec())
}

fn bound_to(key: Key<'_>) -> Aad<Vec<u8>> {
    Aad::from(format!("tollgate idempotent answer\0{}\0{}", key.actor, key.text).into_bytes())
}

//! New secrets in place of the old ones, while keys and credentials go on working.
//!
//! In: a database and the secrets beside it. Out: the database changed in one transaction, and the file with it. The new
//! file is there, complete, before the transaction commits, and takes its place after it: whoever opens the secrets in
//! between, or after a crash in between, finds by its fingerprint which of the two the database stands by.

use std::fs;
use std::io;

use rusqlite::params;
use tollgate_core::key::{Digest, DigestKind};

use super::{
    Bytes, MASTER_KEY_FILE, MasterKey, PEPPER_FILE, SecretsError, fingerprint, finish_rotation, next_of, open_master,
    open_one, pepper_of, remember_fingerprint, sync_directory, write,
};
use crate::admin::{idempotency, provider_credentials};
use crate::credentials::{self, CredentialsError};
use crate::database::{Database, StoreError};
use crate::file::on_file;
use crate::random;

/// Keys read at once.
const PAGE: u32 = 1000;

/// Why a secret was not rotated; everything is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The secrets are not in order.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// A credential cannot be opened under the present master key.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The database or the file system refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A new pepper: every digest is digested once more under it, so that no key has to be changed. The old ones stay in the
/// file, for a presented key is digested under one after the other; alone they are worth nothing any more. Returns how
/// many keys there are. What `also` writes is of the same transaction.
///
/// # Errors
/// See [`RotateError`].
pub fn rotate_pepper(database: &Database, also: impl FnOnce() -> Result<(), StoreError>) -> Result<usize, RotateError> {
    let keys = database.atomically(|| {
        let mut lines = open_one(database, PEPPER_FILE)?;
        lines.push(random::array());
        draft(database, PEPPER_FILE, &lines)?;
        bring_up_tokens(database, &lines)?;
        also()?;
        Ok::<_, RotateError>(bring_up_keys(database, &lines)?)
    })?;
    finish_rotation(database, PEPPER_FILE, &database.data_dir().join(PEPPER_FILE))?;
    Ok(keys)
}

/// A new master key: every credential is sealed anew. Returns how many there are. What `also` writes is of the same transaction.
///
/// # Errors
/// See [`RotateError`].
pub fn rotate_master_key(
    database: &Database,
    also: impl FnOnce() -> Result<(), StoreError>,
) -> Result<usize, RotateError> {
    let credentials = database.atomically(|| {
        let old = open_master(database)?;
        let secret: Bytes = random::array();
        draft(database, MASTER_KEY_FILE, &[secret])?;
        let new = MasterKey::new(&secret);
        let all = credentials::list(database)?;
        for credential in &all {
            credentials::seal_anew(database, &old, &new, &credential.name)?;
        }
        let own = provider_credentials::seal_all_anew(database, &old, &new)?;
        idempotency::seal_all_anew(database, &old, &new)?;
        also()?;
        Ok::<_, RotateError>(all.len() + own)
    })?;
    finish_rotation(database, MASTER_KEY_FILE, &database.data_dir().join(MASTER_KEY_FILE))?;
    Ok(credentials)
}

/// Writes the successor of a file, and lets the database stand by it once the transaction commits. What an earlier
/// rotation has left that did not get so far is replaced.
fn draft(database: &Database, name: &str, secret: &[Bytes]) -> Result<(), StoreError> {
    let path = next_of(&database.data_dir().join(name));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(on_file("remove", &path)(error)),
        _ => {}
    }
    write(&path, secret)?;
    sync_directory(&path)?;
    remember_fingerprint(database, name, &fingerprint(name, secret))
}

const KEYS: &str = "SELECT row_id, digest_kind, digest, replaced_kind, replaced_digest FROM keys WHERE row_id > $1
    ORDER BY row_id LIMIT $2";
const BRING_UP: &str = "UPDATE keys SET digest = $1, replaced_digest = $2, revision = $3 WHERE row_id = $4";

pub(super) fn statements() -> impl Iterator<Item = &'static str> {
    [KEYS, BRING_UP].into_iter().chain(TOKENS.into_iter().flat_map(|(select, update)| [select, update]))
}

fn bring_up_keys(database: &Database, lines: &[Bytes]) -> Result<usize, StoreError> {
    let (pepper, revision) = (pepper_of(lines), database.next_revision()?);
    let brought_up = |bytes| pepper.bring_up(&Digest { kind: DigestKind::HmacSha256, bytes }).bytes;
    let mut page = database.connection.prepare(KEYS)?;
    let mut update = database.connection.prepare(BRING_UP)?;
    let ours = DigestKind::HmacSha256 as u8;
    let (mut last, mut count) = (i64::MIN, 0);
    loop {
        let rows: Vec<Row> = page.query_map(params![last, PAGE], read_row)?.collect::<Result<_, _>>()?;
        let Some((newest, ..)) = rows.last() else { return Ok(count) };
        last = *newest;
        for (row, kind, digest, replaced_kind, replaced) in &rows {
            count += usize::from(*kind == ours);
            let digest = if *kind == ours { brought_up(*digest) } else { *digest };
            let replaced = replaced.map(|bytes| if *replaced_kind == Some(ours) { brought_up(bytes) } else { bytes });
            update.execute(params![digest, replaced, revision, row])?;
        }
    }
}

/// Of administration: there are few of them, so that all are read at once.
const TOKENS: [(&str, &str); 3] = [
    ("SELECT row_id, digest FROM admin_keys", "UPDATE admin_keys SET digest = $1 WHERE row_id = $2"),
    ("SELECT row_id, token_digest FROM invites", "UPDATE invites SET token_digest = $1 WHERE row_id = $2"),
    ("SELECT row_id, digest FROM sessions", "UPDATE sessions SET digest = $1 WHERE row_id = $2"),
];

fn bring_up_tokens(database: &Database, lines: &[Bytes]) -> Result<(), StoreError> {
    let pepper = pepper_of(lines);
    for (select, update) in TOKENS {
        let mut statement = database.connection.prepare(select)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(i64, [u8; 32])> = rows.collect::<Result<_, _>>()?;
        for (row, bytes) in rows {
            let digest = pepper.bring_up(&Digest { kind: DigestKind::HmacSha256, bytes }).bytes;
            database.connection.prepare_cached(update)?.execute(params![digest, row])?;
        }
    }
    Ok(())
}

/// A key's row number, and its digest and the replaced one with their kinds.
type Row = (i64, u8, [u8; 32], Option<u8>, Option<[u8; 32]>);

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

//! The server's own secrets: the pepper that keys are digested under, and the master key that seals credentials.
//!
//! In: the data directory. Out: [`Secrets`]. Each lives in a file of its own beside the database (64 hexadecimal
//! digits, 0600), so that the database, or a backup of it, alone is worth nothing to a thief. Both are made at the
//! first start; later a missing or different file is refused, for no key would work with another.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::{aead, hmac};
use rusqlite::{OptionalExtension, params};
use tollgate_core::key::Pepper;

use crate::database::{Database, StoreError};
use crate::file::{check_private, on_file};
use crate::random;

/// Name of the pepper's file in the data directory.
pub const PEPPER_FILE: &str = "pepper";
/// Name of the master key's file in the data directory.
pub const MASTER_KEY_FILE: &str = "master.key";

/// Bytes of either secret.
const SECRET_BYTES: usize = 32;

/// Both secrets of a server.
#[derive(Debug)]
pub struct Secrets {
    /// What keys are digested under.
    pub pepper: Pepper,
    /// What credentials are sealed under.
    pub master: MasterKey,
}

/// The key that provider credentials are sealed under.
pub struct MasterKey(pub(crate) aead::LessSafeKey);

/// Why the server's secrets are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file is gone, but keys or credentials were made with it.
    #[error("{path} is missing, and the keys or credentials in the database need it; restore it from a backup", path = .0.display())]
    Missing(PathBuf),
    /// The file does not hold 64 hexadecimal digits.
    #[error("{path} is damaged: it must hold 64 hexadecimal digits", path = .0.display())]
    Damaged(PathBuf),
    /// The file holds another secret than the one that this database was used with.
    #[error("{path} is not the one that the keys or credentials in the database were made with", path = .0.display())]
    Other(PathBuf),
    /// A file or the database is not to be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Secrets {
    /// Reads both secrets of a database, making them if nothing needs them yet.
    ///
    /// # Errors
    /// A file is open to other users, missing or different while the database holds keys or credentials, or damaged;
    /// or the system refuses.
    pub fn open(database: &Database) -> Result<Self, SecretsError> {
        let pepper = open_one(database, PEPPER_FILE)?;
        let master = open_one(database, MASTER_KEY_FILE)?;
        Ok(Self {
            pepper: Pepper::new(&pepper).expect("32 bytes are enough for a pepper"),
            master: MasterKey::new(&master),
        })
    }
}

impl MasterKey {
    /// A master key from its bytes.
    #[must_use]
    pub fn new(bytes: &[u8; SECRET_BYTES]) -> Self {
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, bytes).expect("AES-256 takes 32 bytes");
        Self(aead::LessSafeKey::new(key))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

fn open_one(database: &Database, name: &str) -> Result<[u8; SECRET_BYTES], SecretsError> {
    let path = database.data_dir().join(name);
    let in_use = in_use(database)?;
    let secret = match read(&path)? {
        Some(secret) => secret,
        None if in_use => return Err(SecretsError::Missing(path)),
        None => {
            create(&path)?;
            read(&path)?.ok_or_else(|| SecretsError::Missing(path.clone()))?
        }
    };
    check_fingerprint(database, name, &secret, in_use)?.then_some(secret).ok_or(SecretsError::Other(path))
}

fn in_use(database: &Database) -> Result<bool, StoreError> {
    Ok(database.connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM keys) OR EXISTS (SELECT 1 FROM credentials)",
        [],
        |row| row.get(0),
    )?)
}

/// Whether this is the secret the database was used with. While nothing needs the secret any one will do, and is
/// remembered.
fn check_fingerprint(
    database: &Database,
    name: &str,
    secret: &[u8; SECRET_BYTES],
    in_use: bool,
) -> Result<bool, StoreError> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let label = format!("tollgate fingerprint of {name}");
    let fingerprint = hmac::sign(&key, label.as_bytes()).as_ref()[..8].to_vec();
    let known: Option<Vec<u8>> = database
        .connection
        .query_row("SELECT fingerprint FROM secret_fingerprints WHERE name = ?1", [name], |row| row.get(0))
        .optional()?;
    match known {
        Some(known) if known == fingerprint => Ok(true),
        Some(_) if in_use => Ok(false),
        _ => {
            database
                .connection
                .execute("INSERT OR REPLACE INTO secret_fingerprints VALUES (?1, ?2)", params![name, fingerprint])?;
            Ok(true)
        }
    }
}

fn read(path: &Path) -> Result<Option<[u8; SECRET_BYTES]>, SecretsError> {
    let mut file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(on_file("open", path))?,
    };
    // Of the open file, not of the name: nobody can swap it in between.
    check_private(path, &file.metadata().map_err(on_file("look at", path))?)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(on_file("read", path))?;
    from_hex(text.trim_end()).map(Some).ok_or_else(|| SecretsError::Damaged(path.to_owned()))
}

/// Writes a new secret. It is written under another name and linked to its own when it is complete, so that neither
/// a crash nor a second process starting at once leaves or sees half a file; the first one wins.
fn create(path: &Path) -> Result<(), StoreError> {
    let unique: [u8; 8] = random::array();
    let draft = path.with_file_name(format!(".new-secret-{:016x}", u64::from_le_bytes(unique)));
    let written = write(&draft).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked.map_err(on_file("create", path)),
    });
    fs::remove_file(&draft).map_err(on_file("remove", &draft))?;
    written?;
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::File::open(directory).and_then(|file| file.sync_all()).map_err(on_file("sync", directory))
}

fn write(path: &Path) -> Result<(), StoreError> {
    let secret: [u8; SECRET_BYTES] = random::array();
    let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(on_file("create", path))?;
    writeln!(file, "{text}").and_then(|()| file.sync_all()).map_err(on_file("write", path))
}

fn from_hex(text: &str) -> Option<[u8; SECRET_BYTES]> {
    if text.len() != 2 * SECRET_BYTES || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; SECRET_BYTES];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

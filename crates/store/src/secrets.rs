//! The server's own secrets: the pepper that keys are digested under, and the master key that seals credentials.
//!
//! In: the data directory. Out: [`Secrets`]. Each lives in a file of its own beside the database (64 hexadecimal
//! digits, 0600), so that the database, or a backup of it, alone is worth nothing to a thief. Both are made at the
//! first start; later a missing or different file is refused, for no key would work with another. The pepper's file has a
//! line more for each rotation ([`rotate_pepper`]).

mod rotate;

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

pub use rotate::{RotateError, rotate_master_key, rotate_pepper};

/// Name of the pepper's file in the data directory.
pub const PEPPER_FILE: &str = "pepper";
/// Name of the master key's file in the data directory.
pub const MASTER_KEY_FILE: &str = "master.key";

/// Bytes of either secret.
const SECRET_BYTES: usize = 32;
/// What a file's successor is called until the database stands by it.
const NEXT: &str = ".next";

type Bytes = [u8; SECRET_BYTES];

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
    /// The file does not hold 64 hexadecimal digits, or that many in each of the pepper's lines.
    #[error("{path} is damaged: it must hold 64 hexadecimal digits, the pepper's as many in each line", path = .0.display())]
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
        let pepper = pepper_of(&open_one(database, PEPPER_FILE)?);
        Ok(Self { pepper, master: open_master(database)? })
    }
}

fn open_master(database: &Database) -> Result<MasterKey, SecretsError> {
    match open_one(database, MASTER_KEY_FILE)?.as_slice() {
        [one] => Ok(MasterKey::new(one)),
        _ => Err(SecretsError::Damaged(database.data_dir().join(MASTER_KEY_FILE))),
    }
}

fn pepper_of(lines: &[Bytes]) -> Pepper {
    let (first, rotated) = lines.split_first().expect("a file without a line is refused as damaged");
    let pepper = Pepper::new(first).expect("32 bytes are enough for a pepper");
    rotated.iter().fold(pepper, |pepper, line| pepper.rotated(line).expect("32 bytes are enough for a pepper"))
}

/// The pepper that the database stands by now, for a server that runs. It only reads.
pub(crate) fn reread_pepper(database: &Database) -> Result<Pepper, SecretsError> {
    Ok(pepper_of(&reread(database, PEPPER_FILE)?))
}

fn reread(database: &Database, name: &str) -> Result<Vec<Bytes>, SecretsError> {
    let path = database.data_dir().join(name);
    let known = known_fingerprint(database, name)?;
    // In this order: what is no longer the one is the other.
    for path in [&next_of(&path), &path] {
        if let Some(lines) = read(path)?.filter(|lines| known == Some(fingerprint(name, lines))) {
            return Ok(lines);
        }
    }
    Err(SecretsError::Other(path))
}

/// The master key that the database stands by now, for a server that runs. It only reads.
pub(crate) fn reread_master(database: &Database) -> Result<MasterKey, SecretsError> {
    match reread(database, MASTER_KEY_FILE)?.as_slice() {
        [one] => Ok(MasterKey::new(one)),
        _ => Err(SecretsError::Damaged(database.data_dir().join(MASTER_KEY_FILE))),
    }
}

/// What tells the secrets of a database from those before a rotation; a server that runs opens them anew when it changes.
///
/// # Errors
/// The database does not answer.
pub fn fingerprints(database: &Database) -> Result<[Option<Vec<u8>>; 2], StoreError> {
    Ok([known_fingerprint(database, PEPPER_FILE)?, known_fingerprint(database, MASTER_KEY_FILE)?])
}

/// What tells one pepper from another; `None` before the first start.
pub(crate) fn pepper_fingerprint(database: &Database) -> Result<Option<Vec<u8>>, StoreError> {
    known_fingerprint(database, PEPPER_FILE)
}

/// What depends on the secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Keys digested under the pepper, revoked ones too; imported ones are not.
    pub keys: u64,
    /// How often the pepper was rotated.
    pub rotations: u64,
    /// Credentials sealed under the master key.
    pub credentials: u64,
}

/// What depends on the secrets of a database.
///
/// # Errors
/// The pepper cannot be read, or the database does not answer.
pub fn needs(database: &Database) -> Result<Needs, SecretsError> {
    let count = |sql| {
        let counted = database.connection.query_row(sql, [], |row| row.get::<_, u32>(0));
        counted.map(u64::from).map_err(StoreError::from)
    };
    Ok(Needs {
        keys: count("SELECT count(*) FROM keys WHERE digest_kind = 1")?,
        rotations: open_one(database, PEPPER_FILE)?.len() as u64 - 1,
        credentials: count("SELECT (SELECT count(*) FROM credentials) + (SELECT count(*) FROM provider_credentials)")?,
    })
}

/// A secret that a database needs, and that a directory does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfit {
    /// The file's name.
    pub file: &'static str,
    /// Whether another secret is there.
    pub is_another: bool,
}

/// Which secrets of a directory are not those that a database, of whatever place, was used with. It only reads.
///
/// # Errors
/// A file is damaged or open to other users, or the database does not answer.
pub fn unfit(database: &Database, directory: &Path) -> Result<Vec<Unfit>, SecretsError> {
    let mut unfit = Vec::new();
    if !in_use(database)? {
        return Ok(unfit);
    }
    for file in [PEPPER_FILE, MASTER_KEY_FILE] {
        let (found, known) = (read(&directory.join(file))?, known_fingerprint(database, file)?);
        let fits = found.as_deref().is_some_and(|secret| known.is_none_or(|known| known == fingerprint(file, secret)));
        if !fits {
            unfit.push(Unfit { file, is_another: found.is_some() });
        }
    }
    Ok(unfit)
}

impl MasterKey {
    /// A master key from its bytes.
    #[must_use]
    pub fn new(bytes: &Bytes) -> Self {
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, bytes).expect("AES-256 takes 32 bytes");
        Self(aead::LessSafeKey::new(key))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

fn open_one(database: &Database, name: &str) -> Result<Vec<Bytes>, SecretsError> {
    let path = database.data_dir().join(name);
    let in_use = in_use(database)?;
    // A rotation may have ended between the database and the file, or may be there at this moment.
    if in_use && let Some(next) = finish_rotation(database, name, &path)? {
        return Ok(next);
    }
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

/// Puts the successor in place that a rotation has left, where the database stands by it already.
fn finish_rotation(database: &Database, name: &str, path: &Path) -> Result<Option<Vec<Bytes>>, SecretsError> {
    let next_path = next_of(path);
    if read(&next_path)?.is_none() {
        return Ok(None);
    }
    // Nobody else rotates meanwhile: what is put in place is what was looked at.
    database.atomically(|| {
        let Some(next) = read(&next_path)? else { return Ok(None) };
        if known_fingerprint(database, name)? != Some(fingerprint(name, &next)) {
            return Ok(None);
        }
        fs::rename(&next_path, path).map_err(on_file("replace", path))?;
        sync_directory(path)?;
        Ok(Some(next))
    })
}

fn next_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(NEXT);
    name.into()
}

fn in_use(database: &Database) -> Result<bool, StoreError> {
    Ok(database.connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM keys) OR EXISTS (SELECT 1 FROM credentials) OR EXISTS (SELECT 1 FROM provider_credentials)
            OR EXISTS (SELECT 1 FROM admin_keys) OR EXISTS (SELECT 1 FROM sessions) OR EXISTS (SELECT 1 FROM invites)",
        [],
        |row| row.get(0),
    )?)
}

/// Whether this is the secret the database was used with. While nothing needs the secret any one will do, and is
/// remembered.
fn check_fingerprint(database: &Database, name: &str, secret: &[Bytes], in_use: bool) -> Result<bool, StoreError> {
    let fingerprint = fingerprint(name, secret);
    let known = known_fingerprint(database, name)?;
    match known {
        Some(known) if known == fingerprint => Ok(true),
        Some(_) if in_use => Ok(false),
        _ => {
            remember_fingerprint(database, name, &fingerprint)?;
            Ok(true)
        }
    }
}

fn fingerprint(name: &str, secret: &[Bytes]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.concat());
    let label = format!("tollgate fingerprint of {name}");
    hmac::sign(&key, label.as_bytes()).as_ref()[..8].to_vec()
}

const FINGERPRINT: &str = "SELECT fingerprint FROM secret_fingerprints WHERE name = $1";
const REMEMBER: &str = "INSERT INTO secret_fingerprints (name, fingerprint) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint";

pub(crate) fn statements() -> Vec<&'static str> {
    [FINGERPRINT, REMEMBER].into_iter().chain(rotate::statements()).collect()
}

fn known_fingerprint(database: &Database, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = database.connection.prepare_cached(FINGERPRINT)?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

fn remember_fingerprint(database: &Database, name: &str, fingerprint: &[u8]) -> Result<(), StoreError> {
    database.connection.execute(REMEMBER, params![name, fingerprint])?;
    Ok(())
}

fn read(path: &Path) -> Result<Option<Vec<Bytes>>, SecretsError> {
    let mut file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(on_file("open", path))?,
    };
    // Of the open file, not of the name: nobody can swap it in between.
    check_private(path, &file.metadata().map_err(on_file("look at", path))?)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(on_file("read", path))?;
    let lines: Option<Vec<Bytes>> = text.lines().map(|line| from_hex(line.trim_end())).collect();
    lines.filter(|lines| !lines.is_empty()).map(Some).ok_or_else(|| SecretsError::Damaged(path.to_owned()))
}

/// Writes a new secret. It is written under another name and linked to its own when it is complete, so that neither
/// a crash nor a second process starting at once leaves or sees half a file; the first one wins.
fn create(path: &Path) -> Result<(), StoreError> {
    let unique: [u8; 8] = random::array();
    let draft = path.with_file_name(format!(".new-secret-{:016x}", u64::from_le_bytes(unique)));
    let written = write(&draft, &[random::array()]).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked.map_err(on_file("create", path)),
    });
    fs::remove_file(&draft).map_err(on_file("remove", &draft))?;
    written?;
    sync_directory(path)
}

fn sync_directory(path: &Path) -> Result<(), StoreError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::File::open(directory).and_then(|file| file.sync_all()).map_err(on_file("sync", directory))
}

fn write(path: &Path, secret: &[Bytes]) -> Result<(), StoreError> {
    let hex = |line: &Bytes| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
    let text: String = secret.iter().map(hex).collect();
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(on_file("create", path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(on_file("write", path))
}

fn from_hex(text: &str) -> Option<Bytes> {
    if text.len() != 2 * SECRET_BYTES || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; SECRET_BYTES];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

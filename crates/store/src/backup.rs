//! Copies of the databases, made while a server writes, and put into a new data directory.
//!
//! In: a data directory, or a folder of copies. Out: what was copied, or why nothing was. A copy holds neither the pepper nor the
//! master key: with these it would be of use to whoever steals it. What it needs of them is known by their fingerprints.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use crate::database::{self, Database, StoreError};
use crate::file::{self, Schema, on_file};
use crate::records;
use crate::secrets::{self, SecretsError, Unfit};

/// Every database of a data directory. Records first: each key and project that they name is in the other one by then.
const DATABASES: [(&str, Schema); 2] = [(records::FILE_NAME, records::SCHEMA), (database::FILE_NAME, database::SCHEMA)];

/// How long a copy waits for somebody who holds the whole file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// What a restored file is called until it is whole.
const UNFINISHED: &str = ".restoring";

/// Why there is no copy, or why it is not put in place.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("there is no {file} in {directory}", directory = .directory.display())]
    Absent {
        /// Which database.
        file: &'static str,
        /// Where.
        directory: PathBuf,
    },
    /// Something is there already.
    #[error("{} is there already", .0.display())]
    Taken(PathBuf),
    /// A file is not a whole database.
    #[error("{path} is damaged: {what}", path = .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What SQLite found first.
        what: String,
    },
    /// Secrets are missing or are others than those that the copy was made with.
    #[error("the copy needs {}", names(.0))]
    Secrets(Vec<Unfit>),
    /// A secret cannot be read.
    #[error(transparent)]
    Unreadable(#[from] SecretsError),
    /// The system or a database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn names(unfit: &[Unfit]) -> String {
    let names: Vec<&str> = unfit.iter().map(|unfit| unfit.file).collect();
    names.join(" and ")
}

/// A file that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its name, in both places.
    pub file: &'static str,
    /// Its size.
    pub bytes: u64,
}

/// A database's version beside this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name.
    pub file: &'static str,
    /// `None` where there is none yet.
    pub found: Option<i64>,
    /// What this program brings it to.
    pub known: i64,
}

/// The versions of the databases in a directory. It only reads.
///
/// # Errors
/// A file is no database, or the system refuses.
pub fn versions(data_dir: &Path) -> Result<Vec<Version>, StoreError> {
    let version = |(file, schema): (&'static str, Schema)| {
        let path = data_dir.join(file);
        let found = if path.is_file() { Some(file::version_of(&path, BUSY_TIMEOUT)?) } else { None };
        Ok(Version { file, found, known: schema.version() })
    };
    DATABASES.into_iter().map(version).collect()
}

/// Copies the databases of a data directory into a new or empty folder. Each copy is of one moment, whatever is written meanwhile.
///
/// # Errors
/// See [`BackupError`]; what was copied by then stays in the folder.
pub fn copy(data_dir: &Path, into: &Path) -> Result<Vec<Copied>, BackupError> {
    let needed = data_dir.join(database::FILE_NAME);
    if !needed.is_file() {
        return Err(BackupError::Absent { file: database::FILE_NAME, directory: data_dir.to_owned() });
    }
    file::make_private_dir(into)?;
    if fs::read_dir(into).map_err(on_file("read", into))?.next().is_some() {
        return Err(BackupError::Taken(into.to_owned()));
    }
    let there = DATABASES.into_iter().filter(|(file, _)| data_dir.join(file).is_file());
    let copied = there.map(|(file, schema)| copy_one(file, schema, data_dir, into)).collect::<Result<_, _>>()?;
    sync(into)?;
    Ok(copied)
}

fn copy_one(file: &'static str, schema: Schema, data_dir: &Path, into: &Path) -> Result<Copied, BackupError> {
    let target = into.join(file);
    // SQLite writes into an empty file, and leaves its mode as it is.
    file::make_private(&target)?;
    let source = schema.open(&data_dir.join(file), BUSY_TIMEOUT)?;
    source.execute("VACUUM INTO ?1", [target.to_string_lossy()]).map_err(StoreError::from)?;
    check(&target, schema)?;
    sync(&target)?;
    let bytes = fs::metadata(&target).map_err(on_file("look at", &target))?.len();
    Ok(Copied { file, bytes })
}

/// Puts the copies of a folder into a data directory that has no database.
///
/// All of it is looked at before the first file is put in place: whether the copies are whole and not from a newer version, and
/// whether the secrets in the data directory are those that they were made with.
///
/// # Errors
/// See [`BackupError`]; the data directory is as it was.
pub fn restore(from: &Path, data_dir: &Path) -> Result<Vec<Copied>, BackupError> {
    file::make_private_dir(data_dir)?;
    if let Some((taken, _)) = DATABASES.into_iter().find(|(file, _)| data_dir.join(file).exists()) {
        return Err(BackupError::Taken(data_dir.join(taken)));
    }
    let main = from.join(database::FILE_NAME);
    if !main.is_file() {
        return Err(BackupError::Absent { file: database::FILE_NAME, directory: from.to_owned() });
    }
    let there: Vec<_> = DATABASES.into_iter().filter(|(file, _)| from.join(file).is_file()).collect();
    for (file, schema) in &there {
        check(&from.join(file), *schema)?;
    }
    let unfit = secrets::unfit(&Database::open_reader(&main)?, data_dir)?;
    if !unfit.is_empty() {
        return Err(BackupError::Secrets(unfit));
    }
    let put = |(file, _): &(&'static str, Schema)| put(file, from, data_dir);
    let copied = there.iter().map(put).collect::<Result<Vec<_>, _>>()?;
    // The database of keys last: a directory without it is one that was not restored.
    for (file, _) in &there {
        let path = data_dir.join(file);
        fs::rename(unfinished(&path), &path).map_err(on_file("put in place", &path))?;
    }
    sync(data_dir)?;
    Ok(copied)
}

fn put(file: &'static str, from: &Path, data_dir: &Path) -> Result<Copied, BackupError> {
    let target = unfinished(&data_dir.join(file));
    file::make_private(&target)?;
    let mut source = fs::File::open(from.join(file)).map_err(on_file("open", &from.join(file)))?;
    let write = |source: &mut fs::File| {
        let mut target = fs::OpenOptions::new().write(true).truncate(true).open(&target)?;
        let bytes = io::copy(source, &mut target)?;
        target.sync_all().map(|()| bytes)
    };
    let bytes = write(&mut source).map_err(on_file("write", &target))?;
    Ok(Copied { file, bytes })
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}

/// Whether a file is a whole database of a version that this program knows.
fn check(path: &Path, schema: Schema) -> Result<(), BackupError> {
    let damaged = |what: String| BackupError::Damaged { path: path.to_owned(), what };
    let connection: Connection = match schema.open(path, BUSY_TIMEOUT) {
        Err(StoreError::Sqlite(error)) => return Err(damaged(error.to_string())),
        opened => opened?,
    };
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(damaged(found)),
        Err(error) => Err(damaged(error.to_string())),
    }
}

fn sync(path: &Path) -> Result<(), StoreError> {
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(on_file("write", path))
}

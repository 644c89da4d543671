//! A SQLite file: made for its owner alone, opened, and brought to this version's tables.
//!
//! In: a path and the migrations of its kind. Out: a connection. What is in the tables is the business of `database`
//! and `records`, each with a file of its own.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::database::StoreError;

/// Migrations in order; the position plus one is the version that a database has afterwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schema(pub(crate) &'static [&'static str]);

impl Schema {
    /// Opens an existing file. Writers wait so long for each other.
    pub(crate) fn open(self, path: &Path, busy_timeout: Duration) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(busy_timeout)?;
        self.refuse_newer(&connection)?;
        Ok(connection)
    }

    /// Whether the database is of this version.
    pub(crate) fn is_current(self, connection: &Connection) -> Result<bool, StoreError> {
        Ok(version(connection)? == self.version())
    }

    /// Brings the database to this version.
    pub(crate) fn migrate(self, connection: &Connection) -> Result<(), StoreError> {
        if self.is_current(connection)? {
            return Ok(());
        }
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        // Read again under the write lock: another process may have just done it.
        self.refuse_newer(connection)?;
        let done = usize::try_from(version(connection)?).unwrap_or(0);
        for sql in &self.0[done..] {
            connection.execute_batch(sql)?;
        }
        connection.pragma_update(None, "user_version", self.version())?;
        Ok(transaction.commit()?)
    }

    fn refuse_newer(self, connection: &Connection) -> Result<(), StoreError> {
        let (found, known) = (version(connection)?, self.version());
        if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
    }

    /// The version to which it brings a database.
    pub(crate) fn version(self) -> i64 {
        self.0.len() as i64
    }
}

/// The version of a database, whatever kind it is.
pub(crate) fn version_of(path: &Path, busy_timeout: Duration) -> Result<i64, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(busy_timeout)?;
    version(&connection)
}

/// Refuses a file or directory on which group or others have any right.
pub(crate) fn check_private(path: &Path, metadata: &fs::Metadata) -> Result<(), StoreError> {
    let mode = metadata.permissions().mode() & 0o777;
    let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(StoreError::Exposed { path: path.to_owned(), mode, wanted })
}

/// Turns a system error on `path` into ours.
pub(crate) fn on_file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { action, path, source }
}

/// A directory that somebody has just made for us is made private; one with something in it may be open for a reason,
/// so its owner is asked.
pub(crate) fn make_private_dir(path: &Path) -> Result<(), StoreError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(on_file("create", path))?;
    let is_private = || check_private(path, &fs::metadata(path).map_err(on_file("look at", path))?);
    if is_private().is_ok() {
        return Ok(());
    }
    if fs::read_dir(path).map_err(on_file("read", path))?.next().is_none() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(on_file("make private", path))?;
    }
    is_private()
}

/// SQLite gives its `-wal` and `-shm` files the mode of the database's file, so that one is created by us.
///
/// One that is there is looked at by its name and never opened: whichever handle of a file a process closes, all of its locks on
/// that file are gone (POSIX), those of the connections it has open too. Another program would then take itself for the only
/// one, and put the write-ahead log away under them.
pub(crate) fn make_private(path: &Path) -> Result<(), StoreError> {
    let look = || fs::metadata(path);
    let metadata = match look() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(on_file("open", path)(error));
                }
                _ => look(),
            }
        }
        found => found,
    };
    check_private(path, &metadata.map_err(on_file("look at", path))?)
}

/// The mode is a property of the file and is set once. The switch needs the file for itself and does not wait for
/// it, so where two processes start at once, the one that loses looks again whether the other has done it.
pub(crate) fn use_wal(connection: &Connection) -> Result<(), StoreError> {
    let mode = |sql| connection.query_row(sql, [], |row| row.get::<_, String>(0));
    if mode("PRAGMA journal_mode")? == "wal" {
        return Ok(());
    }
    if let Err(error) = mode("PRAGMA journal_mode = wal") {
        // Taking the write lock waits, at most the busy timeout, for whoever holds the file.
        connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
        if mode("PRAGMA journal_mode")? != "wal" {
            mode("PRAGMA journal_mode = wal").map_err(|_| error)?;
        }
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{database, records};

    #[test]
    fn every_migration_file_is_embedded_in_order() {
        for (directory, schema) in [("migrations", database::SCHEMA), ("migrations/records", records::SCHEMA)] {
            let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.retain(|file| file.is_file());
            files.sort();

            let texts: Vec<_> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();

            assert_eq!(texts, schema.0);
        }
    }
}

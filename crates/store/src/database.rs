//! The SQLite file: opened privately, brought to this version's tables, and written in transactions.
//!
//! In: a data directory. Out: a [`Database`] that the modules beside this one read and write. A `Database` is one
//! connection and stays in one thread; other threads and processes open their own. It knows no table but the
//! revision counter.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tollgate_core::id::KeyId;

use crate::file::{self, Schema};

/// Name of the database's file in the data directory.
pub const FILE_NAME: &str = "tollgate.db";

/// How long a writer waits for another process's transaction before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) const SCHEMA: Schema = Schema(&[
    include_str!("../migrations/0001_keys.sql"),
    include_str!("../migrations/0002_regions.sql"),
    include_str!("../migrations/0003_administration.sql"),
    include_str!("../migrations/0004_configuration.sql"),
    include_str!("../migrations/0005_tenants.sql"),
    include_str!("../migrations/0006_projects_only.sql"),
    include_str!("../migrations/0007_passwords.sql"),
    include_str!("../migrations/0008_large_lists.sql"),
    include_str!("../migrations/0009_provider_credentials.sql"),
]);

/// One connection to the database.
#[derive(Debug)]
pub struct Database {
    pub(crate) connection: Connection,
    path: PathBuf,
}

/// Why the database could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried: `create`, `read`, …
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file or directory that holds secrets can be read or changed by other users of the machine.
    #[error("{path} is open to other users (mode {mode:03o}); run: chmod {wanted:o} {path}", path = path.display())]
    Exposed {
        /// Which one.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits that are accepted.
        wanted: u32,
    },
    /// A later version of Tollgate wrote this database.
    #[error("the database has version {found}, this program knows up to {known}: a newer Tollgate has been run on it")]
    Newer {
        /// Version of the database.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A row does not hold what this program writes.
    #[error("{table} row {row}: {what} is not readable")]
    Unreadable {
        /// Which table.
        table: &'static str,
        /// Which row: its id or number.
        row: String,
        /// Which column or part.
        what: &'static str,
    },
    /// A change was meant for a key that is not there.
    #[error("there is no key {0}")]
    NoSuchKey(KeyId),
    /// A key was meant for a project that is not there.
    #[error("there is no project {0}")]
    NoSuchProject(String),
    /// An imported digest is there already.
    #[error("the digest belongs to {0} already")]
    DigestTaken(KeyId),
    /// SQLite refused.
    #[error("the database refused")]
    Sqlite(#[from] rusqlite::Error),
}

const REVISION: &str = "SELECT value FROM revision";
const NEXT_REVISION: &str = "UPDATE revision SET value = value + 1 RETURNING value";

pub(crate) const STATEMENTS: [&str; 2] = [REVISION, NEXT_REVISION];

impl Database {
    /// Opens `<data_dir>/tollgate.db` for reading and writing, creating directory (0700) and file (0600) where they
    /// are missing, and brings it to this version. An empty directory is made private.
    ///
    /// A commit has reached the disk when it returns (`synchronous = FULL`): a revocation must survive a power loss.
    ///
    /// # Errors
    /// Directory or file are open to other users, the database is from a newer version, or the system refuses.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        file::make_private_dir(data_dir)?;
        let path = data_dir.join(FILE_NAME);
        file::make_private(&path)?;
        let connection = SCHEMA.open(&path, BUSY_TIMEOUT)?;
        file::use_wal(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        SCHEMA.migrate(&connection)?;
        Ok(Self { connection, path })
    }

    /// Opens an existing database file for reading only.
    ///
    /// # Errors
    /// There is none, it is from a newer version, or the system refuses.
    pub fn open_reader(path: &Path) -> Result<Self, StoreError> {
        let connection = SCHEMA.open(path, BUSY_TIMEOUT)?;
        // Not SQLITE_OPEN_READ_ONLY: a reader of a WAL database must be able to write the shared-memory file.
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Opens an existing database file for writes that may be lost with the power: last uses.
    pub(crate) fn open_relaxed(path: &Path) -> Result<Self, StoreError> {
        let connection = SCHEMA.open(path, BUSY_TIMEOUT)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// The database's file, which readers in other threads open.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory that the database is in.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The revision of the newest change to a key; 0 before the first.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn revision(&self) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached(REVISION)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Runs `work` in one write transaction: all of its changes become visible at once, or, if it returns an error,
    /// none. May be nested; then the outermost call decides, and an inner error undoes the inner changes.
    ///
    /// The write lock is taken at the start, so what `work` reads cannot change before it writes.
    ///
    /// # Errors
    /// What `work` returns, or that the transaction could not begin or commit.
    pub fn atomically<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if !self.connection.is_autocommit() {
            return self.nested(work);
        }
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate).map_err(StoreError::from)?;
        let value = work()?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(value)
    }

    /// Runs `work`, which only reads, in one transaction: it sees one state of the database, and does not lock and unlock the file
    /// for each of its statements.
    ///
    /// # Errors
    /// What `work` returns, or that the transaction could not begin.
    pub fn at_once<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if !self.connection.is_autocommit() {
            return work();
        }
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred).map_err(StoreError::from)?;
        let value = work()?;
        transaction.finish().map_err(StoreError::from)?;
        Ok(value)
    }

    /// The next revision, for the changes of the surrounding transaction.
    pub(crate) fn next_revision(&self) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached(NEXT_REVISION)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    fn nested<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let run = |sql| self.connection.execute_batch(sql).map_err(StoreError::from);
        run("SAVEPOINT inner")?;
        let result = work();
        run(if result.is_ok() { "RELEASE inner" } else { "ROLLBACK TO inner; RELEASE inner" })?;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_error_undoes_the_inner_changes_and_an_outer_one_all() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::open(directory.path()).unwrap();
        let fail = || Err::<(), _>(StoreError::NoSuchProject("x".into()));

        database
            .atomically(|| {
                database.next_revision()?;
                let inner = database.atomically(|| {
                    database.next_revision()?;
                    fail()
                });
                assert!(inner.is_err());
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let outer = database.atomically(|| {
            database.atomically(|| database.next_revision())?;
            fail()
        });

        assert!(outer.is_err());
        assert_eq!(database.revision().unwrap(), 1);
    }
}

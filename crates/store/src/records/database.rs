//! The file of records: opened, and told from another file that was put in its place.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use crate::database::StoreError;
use crate::file::{self, Schema, on_file};

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "records.db";

pub(crate) const SCHEMA: Schema = Schema(&[
    include_str!("../../migrations/records/0001_records.sql"),
    include_str!("../../migrations/records/0002_fallback.sql"),
    include_str!("../../migrations/records/0003_operation.sql"),
    include_str!("../../migrations/records/0004_packs.sql"),
]);

/// How long to wait for another process's transaction. The journal holds what waits, so nothing is gained by more.
const BUSY_TIMEOUT: Duration = Duration::from_millis(500);
/// Larger than usual: rows are appended, and the indexes have one place per key.
const PAGE_BYTES: u32 = 8192;
/// Memory for pages, in KiB, taken as it is needed and never given back: the pages of some hundred keys at work. Others
/// are read again, from the system's memory as a rule, which costs 1 % of ingestion; twice as much would cost 5 MB.
const CACHE_KIB: i32 = 6 * 1024;
/// Pages in SQLite's log before they are carried over into the file: the same few are written again and again.
const CHECKPOINT_PAGES: u32 = 2000;

/// One connection to the records. It stays in one thread; others open their own.
#[derive(Debug)]
pub struct Records {
    pub(crate) connection: Connection,
    path: PathBuf,
    /// Device and inode of what was opened.
    identity: (u64, u64),
}

impl Records {
    /// Where it is.
    pub(super) fn path_in(data_dir: &Path) -> PathBuf {
        data_dir.join(FILE_NAME)
    }

    /// Opens `<data_dir>/records.db` for writing, creating it (0600) where it is missing.
    ///
    /// A commit has reached the disk when it returns (`synchronous = FULL`): segments of the journal are deleted on the
    /// strength of it.
    ///
    /// # Errors
    /// Directory or file are open to other users, the database is from a newer version, or the system refuses.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        file::make_private_dir(data_dir)?;
        let path = Self::path_in(data_dir);
        file::make_private(&path)?;
        let connection = SCHEMA.open(&path, BUSY_TIMEOUT)?;
        // Of effect only while there is no table.
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        file::use_wal(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        // After a backlog the log is large; it is cut back to this when it starts from the front again.
        connection.pragma_update(None, "journal_size_limit", CHECKPOINT_PAGES * PAGE_BYTES)?;
        connection.set_prepared_statement_cache_capacity(64);
        SCHEMA.migrate(&connection)?;
        let identity = identity(&path)?;
        Ok(Self { connection, path, identity })
    }

    /// Opens `<data_dir>/records.db` for reading only; `None` where there is none, or its writer has not brought it to
    /// this version yet.
    ///
    /// # Errors
    /// It is from a newer version, or the system refuses.
    pub fn open_reader(data_dir: &Path) -> Result<Option<Self>, StoreError> {
        let path = Self::path_in(data_dir);
        if !path.exists() {
            return Ok(None);
        }
        let connection = SCHEMA.open(&path, BUSY_TIMEOUT)?;
        if !SCHEMA.is_current(&connection)? {
            return Ok(None);
        }
        // Not SQLITE_OPEN_READ_ONLY: a reader of a WAL database must be able to write the shared-memory file.
        connection.pragma_update(None, "query_only", true)?;
        connection.set_prepared_statement_cache_capacity(64);
        let identity = identity(&path)?;
        Ok(Some(Self { connection, path, identity }))
    }

    /// Whether the path still leads to what was opened. A file that was moved away takes commits, and loses them.
    pub(super) fn is_in_place(&self) -> bool {
        identity(&self.path).is_ok_and(|now| now == self.identity)
    }

    /// Whether it can be read at all.
    pub(super) fn ping(&self) -> Result<(), StoreError> {
        self.connection.query_row("SELECT only_row FROM progress", [], |_| Ok(()))?;
        Ok(())
    }

    pub(super) fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.execute_batch(sql)
    }
}

fn identity(path: &Path) -> Result<(u64, u64), StoreError> {
    let metadata = fs::metadata(path).map_err(on_file("look at", path))?;
    Ok((metadata.dev(), metadata.ino()))
}

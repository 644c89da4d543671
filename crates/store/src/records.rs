//! Records of requests in a database of their own, read from the journal behind the requests.
//!
//! In: the journal's segments. Out: a row for each request, sums by minute, hour and day, counts of refused strangers.
//! Each entry is in there exactly once: how far a segment has been read is written in the same transaction as what was
//! read, and a segment is deleted only after that transaction is on the disk. The database of keys is another file, so
//! that neither waits for the other.
//!
//! Open `records/ingester.rs` first (one pass from the journal to a commit), then `records/batch.rs` (how an admission
//! and a settlement become a row), then `records/lanes.rs` (which segments, and how far).

mod batch;
mod behind;
mod bulk;
mod carry;
mod database;
mod ingester;
mod lanes;
mod lookup;
mod mixer;
mod names;
mod pace;
mod pack;
mod packs;
mod pending;
mod progress;
mod read;
mod retention;
mod rollup;
mod row;
mod source;
mod sums;
mod thread;
mod usage;

pub use self::database::{FILE_NAME, Records};
pub use self::ingester::{IngestError, Ingester, Limits, Pass};
pub use self::lookup::Lookup;
pub use self::names::are_there_of;
pub use self::read::{Filter, find, last_failure, list};
pub use self::retention::Retention;
pub use self::source::Source;
pub use self::sums::Reading;
pub use self::thread::Ingest;
pub use self::usage::{Among, AskOwners, Dimension, Label, OwnerOf, Query, Table, Total, Usage, table, usage};

use std::path::Path;
use std::time::Duration;

use crate::database::StoreError;

use self::behind::Positions;

pub(crate) use self::database::SCHEMA;

/// The cause of a request that was admitted and never settled, for the process died.
pub const PROCESS_DIED: &str = "gateway_stopped";

/// Causes of a failure before a provider was reached: it cannot have counted anything.
pub const NEVER_REACHED: [&str; 9] = [
    "dns_failure",
    "connection_refused",
    "connect_timeout",
    "tls_untrusted_ca",
    "tls_hostname_mismatch",
    "tls_certificate_invalid",
    "tls_failure",
    "circuit_open",
    "upstream_credential_missing",
];

/// How records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often the journal is looked at.
    pub interval: Duration,
    /// How long things are kept.
    pub retention: Retention,
}

impl Default for Settings {
    fn default() -> Self {
        Self { interval: Duration::from_millis(200), retention: Retention::default() }
    }
}

/// Bytes of the journal in `directory` that are not in the database.
///
/// # Errors
/// The database refuses.
pub fn unread_bytes(records: &Records, directory: &Path) -> Result<u64, StoreError> {
    Ok(Positions::of(&records.connection)?.unread_bytes(directory))
}

/// An error with its causes. One that only says again what was said, with a number before it, is left out.
#[must_use]
pub fn text_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut last = text.clone();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !words.ends_with(&last) {
            text = format!("{text}: {words}");
            last = words;
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlite_says_twice_is_told_once() {
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(5), Some("database is locked".to_owned()));

        let text = text_of(&IngestError::Begin(error));

        assert_eq!(text, "the database of records cannot be written: database is locked");
    }
}

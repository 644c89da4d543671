//! The records of a data directory, with all that the journal has.
//!
//! In: a data directory, of a running server or of none. Out: an open database. Where no server reads the journal into
//! it, that is done first; where one does, it is waited for. What is missing nevertheless is counted.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use tollgate_store::records::{self, Ingester, Limits, Pass, Records, Source};

use super::data_dir::DataDirArgs;
use super::output::{self, Label, Refused};
use super::progress::Progress;
use crate::wiring::JOURNAL_DIRECTORY;

/// How long to wait for a server that is behind.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often to look.
const LOOK: Duration = Duration::from_millis(20);
/// From so many bytes on it is said that reading them takes a while.
const MUCH: u64 = 64 << 20;

/// The records, and how many bytes of the journal are not in them.
pub(super) struct Opened {
    pub(super) data_dir: PathBuf,
    pub(super) records: Records,
    pub(super) unread_bytes: u64,
}

impl Opened {
    /// Says what is missing in whatever is added up or listed.
    pub(super) fn warn_of_unread(&self) {
        if self.unread_bytes > 0 {
            let bytes = self.unread_bytes;
            let message = format!("about {bytes} bytes of the journal are not in the records yet, and not in this");
            output::say(Label::Warning, &message);
        }
    }
}

/// Opens the records.
pub(super) fn open(args: &DataDirArgs) -> anyhow::Result<Opened> {
    let directory = args.directory()?;
    let journal = directory.join(JOURNAL_DIRECTORY);
    if !directory.join(records::FILE_NAME).is_file() && !journal.is_dir() {
        let message = format!("there are no records in {}", directory.display());
        return Err(Refused::usage(message)
            .help("name the server's data directory with --data-dir; tollgate up makes one")
            .into());
    }
    let is_served = catch_up(&directory, &journal)?;
    let (records, unread_bytes) = when_level(&directory, &journal, is_served)?;
    Ok(Opened { data_dir: directory, records, unread_bytes })
}

/// The database once it has all that the journal has; a server that is behind is waited for, but not for long.
fn when_level(directory: &Path, journal: &Path, is_served: bool) -> anyhow::Result<(Records, u64)> {
    let began = Instant::now();
    loop {
        let is_late = !is_served || began.elapsed() >= PATIENCE;
        match Records::open_reader(directory).context("the database of records cannot be read")? {
            Some(records) => {
                let unread_bytes = records::unread_bytes(&records, journal)?;
                if unread_bytes == 0 || is_late {
                    return Ok((records, unread_bytes));
                }
            }
            None if is_late => return Err(Refused::failed("there is no database of records yet").into()),
            None => {}
        }
        // The server is another process and cannot wake this one.
        thread::park_timeout(LOOK);
    }
}

/// Reads the journal into the database unless a server does it; whether one does.
fn catch_up(directory: &Path, journal: &Path) -> anyhow::Result<bool> {
    if !journal.is_dir() {
        return Ok(false);
    }
    let mut ingester = Ingester::new(directory.to_owned(), Source::Directory(journal.to_owned()), Limits::default());
    let unread = ingester.unread_bytes();
    let mut progress = Progress::of("reading the journal", unread);
    let mut said = false;
    loop {
        let done = unread.saturating_sub(ingester.unread_bytes());
        progress.at(done, || format!("{} of {} MiB", done >> 20, unread >> 20));
        match ingester.pass() {
            Ok(Pass::Elsewhere) => return Ok(true),
            Ok(Pass::Read { more: false, .. }) => return Ok(false),
            Ok(Pass::Read { more: true, .. }) if !said && ingester.unread_bytes() > MUCH => {
                output::say(Label::Note, "the journal is read into the database first, which takes a while");
                said = true;
            }
            Ok(Pass::Read { .. }) => {}
            Err(error) => {
                // What is in the database can be shown in any case.
                let error = records::text_of(&error);
                output::say(Label::Warning, &format!("the journal cannot be read into the database: {error}"));
                return Ok(false);
            }
        }
    }
}

//! The start of a journal: a number that no start had before, and order among what earlier starts left behind.
//!
//! In: the journal's directory. Out: this start's [`Epoch`], and the old segments with their sizes. Entries are left
//! alone: only room that was preallocated and never used is given back, and only where no process can still use it.
//!
//! Two lock files do it. `open.lock` is held while one process starts, so that starts come one after another;
//! `{epoch}.lock` is held as long as the process lives, so that another can tell a dead epoch, whose last segments it
//! may trim, from that of a process that still drains. A dead epoch's lock file goes once it is trimmed; the newest
//! always stays and keeps numbers from being used twice when all segments are consumed.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::format::SegmentId;
use super::reader::{End, ReadError, SegmentReader};
use super::replay;

/// One start of the process. Its lock is held until this is dropped.
#[derive(Debug)]
pub(super) struct Epoch {
    pub(super) number: u32,
    _alive: File,
}

/// Makes the directory if need be, takes the next number and tidies the dead epochs. Returns with it every segment
/// that was there before and its size in bytes.
pub(super) fn start(directory: &Path) -> Result<(Epoch, Vec<(SegmentId, u64)>), ReadError> {
    let failed = |source| ReadError::Io { path: directory.to_owned(), source };
    make_directory(directory).map_err(failed)?;
    let starting = lock_file(&directory.join("open.lock")).map_err(failed)?;
    // Waits for another start to finish; the kernel frees the lock of a process that dies.
    starting.lock().map_err(failed)?;

    let locks = lock_numbers(directory).map_err(failed)?;
    let segments = replay::segments(directory)?;
    let highest = segments.iter().map(|s| s.epoch).chain(locks.iter().copied()).max().unwrap_or(0);
    let number = highest + 1;
    let alive = lock_file(&lock_path(directory, number)).map_err(failed)?;
    alive.lock().map_err(failed)?;
    // On the disk before anything of this epoch can be consumed: after a loss of power the number would be taken
    // again, and a consumer would pass over what it thinks it has read.
    File::open(directory).and_then(|d| d.sync_all()).map_err(failed)?;

    for dead in locks.into_iter().filter(|&epoch| !is_alive(directory, epoch)) {
        trim(directory, segments.iter().copied().filter(|s| s.epoch == dead));
        // If it stays, the next start trims again.
        let _ = std::fs::remove_file(probe_path(directory, dead));
        let _ = std::fs::remove_file(lock_path(directory, dead));
    }

    let mut old = Vec::new();
    for segment in replay::segments(directory)? {
        let bytes = directory.join(segment.file_name()).metadata().map_err(failed)?.len();
        old.push((segment, bytes));
    }
    Ok((Epoch { number, _alive: alive }, old))
}

/// Whether a process holds this epoch of a journal's directory, so that its segments may still get entries.
#[must_use]
pub fn is_alive(directory: &Path, epoch: u32) -> bool {
    let Ok(file) = File::open(lock_path(directory, epoch)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Where an epoch tries whether the disk takes writes again.
pub(super) fn probe_path(directory: &Path, epoch: u32) -> PathBuf {
    directory.join(format!("{epoch:08}.probe"))
}

fn lock_path(directory: &Path, epoch: u32) -> PathBuf {
    directory.join(format!("{epoch:08}.lock"))
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn make_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    // A directory made by hand may be open to all, and entries name models, keys and projects.
    if directory.metadata()?.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn lock_numbers(directory: &Path) -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(directory)? {
        let name = file?.file_name();
        found.extend(name.to_str().and_then(|n| n.strip_suffix(".lock")).and_then(|n| n.parse::<u32>().ok()));
    }
    Ok(found)
}

/// Gives back what a dead epoch preallocated and never used, and reports torn tails. Only each worker's last segments
/// can have either: a worker leaves a segment when the next entry does not fit.
fn trim(directory: &Path, segments: impl DoubleEndedIterator<Item = SegmentId>) {
    let mut done = None;
    for segment in segments.rev() {
        if done == Some(segment.worker) {
            continue;
        }
        match trim_one(directory, segment) {
            Ok(Tail::Unused) => continue,
            Ok(Tail::Clean) => {}
            Ok(Tail::Torn(offset)) => tracing::warn!(
                segment = %segment,
                offset,
                "journal segment has a torn tail: the last write was cut off, entries before it are kept"
            ),
            Ok(Tail::Damaged(offset)) => tracing::error!(
                segment = %segment,
                offset,
                "journal segment is damaged in the middle: entries before and behind the damage are kept"
            ),
            Err(error) => tracing::error!(segment = %segment, error = %error, "old journal segment cannot be checked"),
        }
        done = Some(segment.worker);
    }
}

enum Tail {
    Unused,
    Clean,
    Torn(u64),
    Damaged(u64),
}

fn trim_one(directory: &Path, segment: SegmentId) -> Result<Tail, ReadError> {
    let path = directory.join(segment.file_name());
    let failed = |source| ReadError::Io { path: path.clone(), source };
    let mut reader = SegmentReader::open(directory, segment)?;
    let mut used = false;
    while reader.next_entry()?.is_some() {
        used = true;
    }
    if let Some(bytes) = reader.skip_damage()? {
        return Ok(Tail::Damaged(bytes.start));
    }
    match reader.end() {
        Some(End::Clean { offset }) if !reader.is_torn()? => {
            if !used {
                std::fs::remove_file(&path).map_err(failed)?;
                return Ok(Tail::Unused);
            }
            let file = OpenOptions::new().write(true).open(&path).map_err(failed)?;
            file.set_len(offset).map_err(failed)?;
            // A killed process may not have come to its last synchronisation.
            file.sync_all().map_err(failed)?;
            Ok(Tail::Clean)
        }
        Some(End::Clean { offset } | End::Torn { offset }) => Ok(Tail::Torn(offset)),
        None => Ok(Tail::Torn(0)),
    }
}

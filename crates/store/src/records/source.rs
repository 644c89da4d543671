//! Where segments come from: the journal that this process writes, or a directory that others write or wrote.
//!
//! In: questions about segments. Out: whether one may still get entries, and that one is deleted.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::journal::{self, Journal, JournalError, ReadError, SegmentId};

/// Segments to be read.
#[derive(Debug, Clone)]
pub enum Source {
    /// Of a running server, and what others left in its directory.
    Journal(Journal),
    /// Of servers that have stopped.
    Directory(PathBuf),
}

impl Source {
    pub(super) fn directory(&self) -> &Path {
        match self {
            Self::Journal(journal) => journal.directory(),
            Self::Directory(directory) => directory,
        }
    }

    /// Whether this process may still write the segment. Asked **before** it is read to its end.
    pub(super) fn is_open(&self, segment: SegmentId) -> bool {
        match self {
            Self::Journal(journal) if segment.epoch == journal.epoch() => journal.is_open(segment),
            _ => false,
        }
    }

    /// Whether a start of the process is this one's.
    pub(super) fn is_own(&self, epoch: u32) -> bool {
        matches!(self, Self::Journal(journal) if journal.epoch() == epoch)
    }

    /// Whether no process can write segments of this start any more. Asked **before** they are listed.
    pub(super) fn is_over(&self, epoch: u32) -> bool {
        !self.is_own(epoch) && !journal::is_alive(self.directory(), epoch)
    }

    /// What is in the directory now. The journal learns from it what others have deleted.
    pub(super) fn list(&self) -> Result<Vec<SegmentId>, ReadError> {
        let listed = match fs::exists(self.directory()) {
            Ok(false) => Vec::new(),
            _ => journal::segments(self.directory())?,
        };
        if let Self::Journal(journal) = self {
            journal.notice(&listed);
        }
        Ok(listed)
    }

    /// Deletes a segment that was last written longer ago than `kept`, or whatever its age where the journal is half
    /// full; not one that is still in use. In a directory that is not a server's own, nothing is deleted: the next
    /// server knows how long segments are to be kept.
    pub(super) fn release(&self, segment: SegmentId, kept: Duration) -> Result<(), JournalError> {
        let Self::Journal(journal) = self else { return Ok(()) };
        let is_half_full = || journal.health().fill_permille().is_some_and(|permille| permille >= 500);
        if !kept.is_zero() && self.age(segment) < kept && !is_half_full() {
            return Ok(());
        }
        match journal.release(segment) {
            Err(JournalError::InUse { .. }) => Ok(()),
            released => released,
        }
    }

    /// How long ago a segment was last written; where nobody knows, long ago.
    fn age(&self, segment: SegmentId) -> Duration {
        let metadata = fs::metadata(self.directory().join(segment.file_name()));
        let age = metadata.and_then(|m| m.modified()).map(|at| at.elapsed().unwrap_or_default());
        age.unwrap_or(Duration::MAX)
    }
}

/// The starts of the process that some segments are of.
pub(super) fn epochs<'s>(segments: impl IntoIterator<Item = &'s SegmentId>) -> HashSet<u32> {
    segments.into_iter().map(|segment| segment.epoch).collect()
}

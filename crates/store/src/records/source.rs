//! Where segments come from: the journal that this process writes, or a directory that others write or wrote.
//!
//! In: questions about segments. Out: whether one may still get entries, and that one is deleted.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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

    /// Deletes a segment; `false` where it is too early.
    pub(super) fn release(&self, segment: SegmentId) -> Result<bool, JournalError> {
        match self {
            Self::Journal(journal) => match journal.release(segment) {
                Err(JournalError::InUse { .. }) => Ok(false),
                released => released.map(|()| true),
            },
            Self::Directory(directory) if journal::is_alive(directory, segment.epoch) => Ok(false),
            Self::Directory(directory) => {
                let path = directory.join(segment.file_name());
                match fs::remove_file(&path) {
                    Err(source) if source.kind() != io::ErrorKind::NotFound => Err(JournalError::Io { path, source }),
                    _ => Ok(true),
                }
            }
        }
    }
}

/// The starts of the process that some segments are of.
pub(super) fn epochs<'s>(segments: impl IntoIterator<Item = &'s SegmentId>) -> HashSet<u32> {
    segments.into_iter().map(|segment| segment.epoch).collect()
}

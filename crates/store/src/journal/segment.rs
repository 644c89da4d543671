//! One segment file being written: created with all its room on disk, so that a write into it neither waits for the
//! file system to find blocks nor fails for want of space.
//!
//! In: a directory, an id, a size. Out: an open file behind a header. Where in it to write is the writer's business.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, fallocate};

use super::format::{self, HEADER_BYTES, SegmentId};

/// Zeros written at a time where the file system cannot preallocate.
static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

/// An open segment.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) id: SegmentId,
    pub(super) bytes: u64,
    /// The header's CRC, from which the first frame continues.
    pub(super) chain: u32,
    file: File,
    directory: PathBuf,
    /// Whether the directory entry is on disk, without which synchronised data would be lost with the name.
    named: AtomicBool,
}

impl Segment {
    /// Creates the file with `bytes` preallocated and its header written; nothing is synchronised.
    ///
    /// # Errors
    /// What the operating system answers; the file is then gone again.
    pub(super) fn create(directory: &Path, id: SegmentId, bytes: u64) -> io::Result<Self> {
        let path = directory.join(id.file_name());
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        let header = format::header(id);
        let filled = preallocate(&file, bytes).and_then(|()| file.write_all_at(&header, 0));
        if let Err(error) = filled {
            // Best effort: an empty file left behind is removed by the next start.
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        let chain = u32::from_le_bytes([header[60], header[61], header[62], header[63]]);
        Ok(Self { id, bytes, chain, file, directory: directory.to_owned(), named: AtomicBool::new(false) })
    }

    /// Writes `part` at `offset`, whole.
    pub(super) fn write_at(&self, part: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(part, offset)
    }

    /// Waits until all that was written is on disk, with the file's name.
    pub(super) fn synchronise(&self) -> io::Result<()> {
        self.file.sync_data()?;
        if !self.named.load(Ordering::Relaxed) {
            File::open(&self.directory)?.sync_all()?;
            self.named.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// A segment in front of some other file, such as one that refuses every write.
    #[cfg(test)]
    pub(super) fn of(file: File, id: SegmentId, bytes: u64) -> Self {
        Self { id, bytes, chain: 0, file, directory: PathBuf::from("/"), named: AtomicBool::new(false) }
    }
}

/// Bytes of a segment of `bytes` that entries are sure to find: at its end a frame that does not fit leaves a gap.
pub(super) fn usable(bytes: u64, offset: u64) -> u64 {
    bytes.saturating_sub(offset).saturating_sub(format::FRAME_MAX as u64)
}

/// Bytes of a fresh segment of `bytes` that entries are sure to find.
pub(super) fn usable_when_fresh(bytes: u64) -> u64 {
    usable(bytes, HEADER_BYTES)
}

fn preallocate(file: &File, bytes: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes).map_err(io::Error::from) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => write_zeros(file, bytes),
        other => other,
    }
}

fn write_zeros(file: &File, bytes: u64) -> io::Result<()> {
    let mut offset = 0;
    while offset < bytes {
        let step = (bytes - offset).min(ZEROS.len() as u64);
        file.write_all_at(&ZEROS[..step as usize], offset)?;
        offset += step;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_has_its_room_on_disk_and_only_the_owner_may_read_it() {
        use std::os::unix::fs::MetadataExt;
        let directory = tempfile::tempdir().unwrap();
        let id = SegmentId { epoch: 1, worker: 0, sequence: 1 };

        Segment::create(directory.path(), id, 1 << 20).unwrap();

        let found = directory.path().join(id.file_name()).metadata().unwrap();
        assert_eq!(found.len(), 1 << 20);
        assert!(found.blocks() * 512 >= 1 << 20);
        assert_eq!(found.mode() & 0o777, 0o600);
    }

    #[test]
    fn zeros_are_written_where_nothing_can_be_preallocated() {
        let file = tempfile::tempfile().unwrap();

        write_zeros(&file, 150_000).unwrap();

        assert_eq!(file.metadata().unwrap().len(), 150_000);
    }
}

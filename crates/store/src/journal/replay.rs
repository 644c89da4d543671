//! Reading all segments of a directory, for tools: lane after lane, and what is wrong with them.
//!
//! In: a directory, also that of a running server. Out: every good entry, those behind damage too; where each segment
//! ended, and what is damaged. It makes one allocation per entry.
//!
//! Beside a running server it is no photograph: segments grow while they are read, and one that was listed may have been
//! deleted before it is opened, for its entries are in the database.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::format::SegmentId;
use super::reader::{End, Place, ReadError, SegmentReader};

/// The segments of a journal's directory, in the order of [`SegmentId`]; other files are passed over.
///
/// # Errors
/// [`ReadError::Io`].
pub fn segments(directory: &Path) -> Result<Vec<SegmentId>, ReadError> {
    let failed = |source| ReadError::Io { path: directory.to_owned(), source };
    let mut found = Vec::new();
    for file in std::fs::read_dir(directory).map_err(failed)? {
        let name = file.map_err(failed)?.file_name();
        found.extend(name.to_str().and_then(SegmentId::from_file_name));
    }
    found.sort_unstable();
    Ok(found)
}

/// Reads all segments of a directory.
///
/// # Errors
/// [`ReadError::Io`] where the directory cannot be listed.
pub fn read_dir(directory: &Path) -> Result<Entries, ReadError> {
    Ok(Entries::of(directory, segments(directory)?))
}

/// Something in the middle of what a worker wrote is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// In which segment.
    pub segment: SegmentId,
    /// Which bytes; the last one is the segment's where nothing good follows in it.
    pub bytes: Range<u64>,
}

/// What was found out about segments by reading them.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    /// How each segment ended that has been read to its end, in the order read.
    pub ends: Vec<(SegmentId, End)>,
    /// What is damaged. A torn end counts as damage where the same worker wrote on behind it: a write that was cut off
    /// is the last.
    pub damage: Vec<Damage>,
    /// Segments that were listed, and deleted before their turn.
    pub gone: usize,
}

/// All entries of some segments. A segment that cannot be read is one error; the next segment follows.
#[derive(Debug)]
pub struct Entries {
    directory: PathBuf,
    segments: std::vec::IntoIter<SegmentId>,
    reader: Option<SegmentReader>,
    /// A torn end, which damage is if more of the same worker follows.
    torn: Option<Damage>,
    condition: Condition,
}

impl Entries {
    pub(super) fn of(directory: &Path, segments: Vec<SegmentId>) -> Self {
        let segments = segments.into_iter();
        Self { directory: directory.to_owned(), segments, reader: None, torn: None, condition: Condition::default() }
    }

    /// What was found so far.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    fn step(&mut self) -> Result<Option<(Place, Vec<u8>)>, ReadError> {
        loop {
            let Some(reader) = &mut self.reader else {
                let Some(segment) = self.segments.next() else { return Ok(None) };
                match SegmentReader::open(&self.directory, segment) {
                    Err(ReadError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                        self.condition.gone += 1;
                    }
                    opened => self.reader = Some(opened?),
                }
                continue;
            };
            let segment = reader.segment();
            if let Some((place, bytes)) = reader.next_entry()? {
                let of_same = |d: &Damage| (d.segment.epoch, d.segment.worker) == (segment.epoch, segment.worker);
                self.condition.damage.extend(self.torn.take().filter(of_same));
                return Ok(Some((place, bytes.to_vec())));
            }
            if let Some(bytes) = reader.skip_damage()? {
                self.condition.damage.extend((!bytes.is_empty()).then_some(Damage { segment, bytes }));
                continue;
            }
            // Looking behind the end takes a while, and what is seen there may be entries that came meanwhile.
            let is_torn = reader.is_torn()?;
            if is_torn && reader.has_grown()? {
                continue;
            }
            let end = self.close(is_torn)?;
            self.condition.ends.extend(end.map(|end| (segment, end)));
        }
    }

    /// Leaves the segment; how it ended. Whether it is torn is not asked again: more may have come since.
    fn close(&mut self, is_torn: bool) -> Result<Option<End>, ReadError> {
        let Some(reader) = self.reader.take() else { return Ok(None) };
        match reader.end() {
            Some(End::Clean { offset } | End::Torn { offset }) if is_torn => {
                self.torn = Some(Damage { segment: reader.segment(), bytes: offset..reader.size()? });
                Ok(Some(End::Torn { offset }))
            }
            end => Ok(end),
        }
    }
}

impl Iterator for Entries {
    type Item = Result<(Place, Vec<u8>), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.reader = None;
        }
        step.transpose()
    }
}

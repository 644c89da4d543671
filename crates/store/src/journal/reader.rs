//! Reading one segment back, from its first entry or from an offset.
//!
//! In: a directory, a segment, an offset. Out: the bytes of entries (for `Entry::decode`) with their places, and how
//! the segment ended. It writes nothing and needs no running journal. A segment that is still written can be read
//! too; its end is then where the reader got to, and reading on later finds what came since. What stands behind a
//! damaged place is found by `salvage`, all segments of a directory are read by `replay`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::format::{self, FRAME_BYTES, Frame, HEADER_BYTES, Header, SegmentId};

/// Bytes read at once; more than any frame.
const BUFFER: usize = 1 << 18;
/// Bytes read by a reader that waits at the end; not less than any frame.
const AT_THE_END: usize = 1 << 14;

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// In which segment.
    pub segment: SegmentId,
    /// Its first byte in the file.
    pub offset: u64,
    /// The byte after its last: where to resume once this entry has been dealt with.
    pub end: u64,
}

/// How a segment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Behind the last entry there is nothing, or zeros.
    Clean {
        /// Bytes up to the end of the last entry.
        offset: u64,
    },
    /// Behind the last good entry there is something that is none: a write that was cut off, or damage. Which of
    /// them, and what good entries follow, says [`SegmentReader::skip_damage`].
    Torn {
        /// Bytes up to the end of the last good entry; 0 where the header itself is damaged.
        offset: u64,
    },
}

/// Why a segment could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error("{path} cannot be read")]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What it answered.
        #[source]
        source: io::Error,
    },
    /// Another version of Tollgate wrote it.
    #[error("{path} has format version {version}, which this version cannot read")]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The file was renamed or copied.
    #[error("{path} says that it is {found}")]
    Misnamed {
        /// Which file.
        path: PathBuf,
        /// What its header says.
        found: SegmentId,
    },
}

/// Reads one segment.
#[derive(Debug)]
pub struct SegmentReader {
    file: File,
    path: PathBuf,
    segment: SegmentId,
    /// Where the next frame starts; 0 where the header is not whole.
    offset: u64,
    chain: u32,
    pub(super) end: Option<End>,
    buffer: Vec<u8>,
    /// Of the buffer, what is read and not used up.
    from: usize,
    filled: usize,
}

impl SegmentReader {
    /// Opens a segment at its first entry.
    ///
    /// # Errors
    /// [`ReadError`]; a damaged header is no error but a torn end at 0.
    pub fn open(directory: &Path, segment: SegmentId) -> Result<Self, ReadError> {
        Self::resume(directory, segment, 0)
    }

    /// Opens a segment at `offset`, which is the `end` of an entry's [`Place`], or 0 for the first entry. At any
    /// other offset the segment reads as torn.
    ///
    /// # Errors
    /// [`ReadError`]; a damaged header is no error but a torn end at 0.
    pub fn resume(directory: &Path, segment: SegmentId, offset: u64) -> Result<Self, ReadError> {
        let path = directory.join(segment.file_name());
        let file = File::open(&path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
        let mut reader =
            Self { file, path, segment, offset: 0, chain: 0, end: None, buffer: vec![0; BUFFER], from: 0, filled: 0 };
        reader.read_header()?;
        // An offset behind a damaged header was found by looking behind it.
        if offset > HEADER_BYTES {
            reader.go_to(offset)?;
        }
        Ok(reader)
    }

    /// Reads on at `offset`, with the checksum that stands before it.
    pub(super) fn go_to(&mut self, offset: u64) -> Result<(), ReadError> {
        let mut before = [0; 4];
        let read = self.read_at(&mut before, offset - 4)?;
        self.offset = offset;
        self.chain = u32::from_le_bytes(before);
        self.end = (read < before.len()).then_some(End::Torn { offset });
        self.from = 0;
        self.filled = 0;
        Ok(())
    }

    /// Whether there is another entry; if not, [`SegmentReader::end`] names the end.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub fn has_entry(&mut self) -> Result<bool, ReadError> {
        if self.offset == 0 {
            return Ok(false);
        }
        let frame = |r: &Self| format::read_frame(&r.buffer[r.from..r.filled], r.chain);
        if !matches!(frame(self), Frame::Entry { .. }) {
            self.fill()?;
        }
        match frame(self) {
            Frame::Entry { .. } => return Ok(true),
            Frame::End => self.end = Some(End::Clean { offset: self.offset }),
            Frame::Torn => self.end = Some(End::Torn { offset: self.offset }),
        }
        Ok(false)
    }

    /// Whether more was written since the end was reached, the header too: whoever looks behind an end that is not final
    /// may see what came only then.
    pub(super) fn has_grown(&mut self) -> Result<bool, ReadError> {
        if self.end == Some(End::Clean { offset: 0 }) {
            self.read_header()?;
            return Ok(self.offset > 0);
        }
        self.has_entry()
    }

    /// The next entry's place and bytes; `None` at the end, which [`SegmentReader::end`] then names. Called again
    /// after `None`, it looks for what was written since.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub fn next_entry(&mut self) -> Result<Option<(Place, &[u8])>, ReadError> {
        if self.offset == 0 {
            return Ok(None);
        }
        let mut fresh = false;
        loop {
            match format::read_frame(&self.buffer[self.from..self.filled], self.chain) {
                Frame::Entry { size, chain } => {
                    let place = Place { segment: self.segment, offset: self.offset, end: self.offset + size as u64 };
                    let payload = self.from + 4..self.from + size + 4 - FRAME_BYTES;
                    self.offset = place.end;
                    self.from += size;
                    self.chain = chain;
                    self.end = None;
                    return Ok(Some((place, &self.buffer[payload])));
                }
                // What looks like an end may be the end of the buffer, or older than what the writer added since.
                _ if !fresh => {
                    self.fill()?;
                    fresh = true;
                }
                Frame::End => {
                    self.end = Some(End::Clean { offset: self.offset });
                    return Ok(None);
                }
                Frame::Torn => {
                    self.end = Some(End::Torn { offset: self.offset });
                    return Ok(None);
                }
            }
        }
    }

    /// How the segment ended; `None` before the end was reached.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// Which segment this is.
    #[must_use]
    pub fn segment(&self) -> SegmentId {
        self.segment
    }

    /// The file's length in bytes, preallocated ones included.
    pub(super) fn size(&self) -> Result<u64, ReadError> {
        let metadata = self.file.metadata();
        metadata.map(|m| m.len()).map_err(|source| ReadError::Io { path: self.path.clone(), source })
    }

    /// Whether there are only zeros from `offset` to the end of the file.
    pub(super) fn only_zeros_from(&mut self, mut offset: u64) -> Result<bool, ReadError> {
        self.from = 0;
        self.filled = 0;
        let mut buffer = std::mem::take(&mut self.buffer);
        let found = loop {
            match self.read_at(&mut buffer, offset) {
                Ok(0) => break Ok(true),
                Ok(read) if buffer[..read].iter().all(|&b| b == 0) => offset += read as u64,
                Ok(_) => break Ok(false),
                Err(error) => break Err(error),
            }
        };
        self.buffer = buffer;
        found
    }

    fn read_header(&mut self) -> Result<(), ReadError> {
        let mut bytes = [0; HEADER_BYTES as usize];
        let read = self.read_at(&mut bytes, 0)?;
        match format::read_header(&bytes[..read]) {
            Header::Segment { id, chain } if id == self.segment => {
                self.offset = HEADER_BYTES;
                self.chain = chain;
            }
            Header::Segment { id, .. } => return Err(ReadError::Misnamed { path: self.path.clone(), found: id }),
            Header::Version(version) => return Err(ReadError::Version { path: self.path.clone(), version }),
            Header::Blank => self.end = Some(End::Clean { offset: 0 }),
            Header::Damaged => self.end = Some(End::Torn { offset: 0 }),
        }
        Ok(())
    }

    /// Reads the buffer anew, from the next frame on. Where nothing was found the last time there is little to find.
    fn fill(&mut self) -> Result<(), ReadError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let room = if self.end.is_some() { AT_THE_END } else { BUFFER };
        let read = self.read_at(&mut buffer[..room], self.offset);
        self.buffer = buffer;
        self.from = 0;
        self.filled = 0;
        self.filled = read?;
        Ok(())
    }

    /// Reads until `buffer` is full or the file ends.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, ReadError> {
        let mut read = 0;
        while read < buffer.len() {
            match self.file.read_at(&mut buffer[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(ReadError::Io { path: self.path.clone(), source }),
            }
        }
        Ok(read)
    }
}

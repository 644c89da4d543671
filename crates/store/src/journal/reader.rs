//! Reading segments back: one after another, or one from an offset.
//!
//! In: a directory, a segment, an offset. Out: the bytes of entries (for `Entry::decode`) with their places, and how
//! the segment ended. It writes nothing and needs no running journal. A segment that is still written can be read
//! too; its end is then where the reader got to, and reading on later finds what came since.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::format::{self, FRAME_BYTES, Frame, HEADER_BYTES, Header, SegmentId};

/// Bytes read at once; more than any frame.
const BUFFER: usize = 1 << 18;

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
    /// Behind the last good entry there is something that is none: a write that was cut off, or damage. Nothing
    /// behind it can be trusted.
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
    end: Option<End>,
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
        if reader.end.is_none() && offset > HEADER_BYTES {
            let mut before = [0; 4];
            let read = reader.read_at(&mut before, offset - 4)?;
            reader.offset = offset;
            reader.chain = u32::from_le_bytes(before);
            if read < before.len() {
                reader.end = Some(End::Torn { offset });
            }
        }
        Ok(reader)
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

    /// Reads the buffer anew, from the next frame on.
    fn fill(&mut self) -> Result<(), ReadError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let read = self.read_at(&mut buffer, self.offset);
        self.buffer = buffer;
        self.from = 0;
        self.filled = 0;
        self.filled = read?;
        Ok(())
    }

    /// Reads until `buffer` is full or the file ends.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, ReadError> {
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

/// Reads all segments of a directory, for tools and tests: it makes one allocation per entry.
///
/// # Errors
/// [`ReadError::Io`] where the directory cannot be listed.
pub fn read_dir(directory: &Path) -> Result<Entries, ReadError> {
    let segments = segments(directory)?.into_iter();
    Ok(Entries { directory: directory.to_owned(), segments, reader: None, ends: Vec::new() })
}

/// All entries of a directory. A segment that cannot be read is one error; the next segment follows.
#[derive(Debug)]
pub struct Entries {
    directory: PathBuf,
    segments: std::vec::IntoIter<SegmentId>,
    reader: Option<SegmentReader>,
    ends: Vec<(SegmentId, End)>,
}

impl Entries {
    /// How each segment ended that has been read to its end so far.
    #[must_use]
    pub fn ends(&self) -> &[(SegmentId, End)] {
        &self.ends
    }

    fn step(&mut self) -> Result<Option<(Place, Vec<u8>)>, ReadError> {
        loop {
            let Some(reader) = &mut self.reader else {
                let Some(segment) = self.segments.next() else { return Ok(None) };
                self.reader = Some(SegmentReader::open(&self.directory, segment)?);
                continue;
            };
            if let Some((place, bytes)) = reader.next_entry()? {
                return Ok(Some((place, bytes.to_vec())));
            }
            self.ends.extend(reader.end().map(|end| (reader.segment(), end)));
            self.reader = None;
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

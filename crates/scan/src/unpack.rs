//! What lies in archives: ZIP (also JAR, wheels and apps), tar, gzip, and images as `docker save` and OCI layouts have them,
//! one inside another.
//!
//! In: a stream of bytes. Out: each file in it, to a visitor, nothing written to disk. Depth, size of a member, size of all
//! and their number are bounded, so that a small archive of huge ones ends early; what was left out is told.

mod tar;
mod zip;

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

/// Archives inside of archives.
const DEPTH_MAX: usize = 5;
const TOO_DEEP: &str = "an archive within five others";
/// Bytes that decide what a stream is: a tar's mark ends there.
const SNIFFED: usize = 512;

/// How much of one archive is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a file; the rest of it is not looked at.
    pub member_bytes: u64,
    /// Bytes of a ZIP inside of another archive, which must be in memory, for its directory is at its end.
    pub zip_bytes: u64,
    /// Bytes that decompressing may yield. A tar in clear is as long as it is.
    pub total_bytes: u64,
    /// Members.
    pub members: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { member_bytes: 64 << 20, zip_bytes: 512 << 20, total_bytes: 4 << 30, members: 1_000_000 }
    }
}

/// Why not all of an archive was looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    /// It ends early, or is none.
    #[error("it is damaged: {0}")]
    Damaged(#[from] io::Error),
    /// A field of it contradicts another.
    #[error("it is damaged: {0}")]
    Malformed(&'static str),
    /// A file in it is longer than what is read of one.
    #[error("only its first {0} MiB were read")]
    Cut(u64),
    /// Its form is none that is read here.
    #[error("it was not read: it is {0}")]
    Unread(&'static str),
    /// More than the bounds allow.
    #[error("it unpacks to more than {0} MiB or {1} files; the rest was not read")]
    TooMuch(u64, u64),
}

/// Takes a file: its names from the outermost in, and its bytes, or why not all of them were read.
pub(crate) type Visit<'a> = dyn FnMut(&[String], Result<&[u8], UnpackError>) + 'a;

/// How files begin whose content is compressed or encrypted in a way that is not read here.
const UNREAD: [(&[u8], &str); 6] = [
    (b"\xfd7zXZ\0", "compressed as xz"),
    (b"\x28\xb5\x2f\xfd", "compressed as zstd"),
    (b"\x04\x22\x4d\x18", "compressed as LZ4"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"age-encryption.org/v1\n", "encrypted with age"),
];

/// Why a file that begins so is not read; `None` where it is.
pub(crate) fn unread(start: &[u8]) -> Option<&'static str> {
    // Two letters and a digit are a word too: what follows them is the mark of a block, or of the end.
    let in_block = |mark: &[u8]| start.get(4..10) == Some(mark);
    if start.starts_with(b"BZh") && (in_block(b"1AY&SY") || in_block(b"\x17\x72\x45\x38\x50\x90")) {
        return Some("compressed as bzip2");
    }
    UNREAD.iter().find(|(mark, _)| start.starts_with(mark)).map(|(_, what)| *what)
}

/// What kind of archive a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Zip,
    Gzip,
    Tar,
}

impl Kind {
    /// By its first bytes.
    pub(crate) fn of(start: &[u8]) -> Option<Self> {
        match start {
            [b'P', b'K', 3, 4, ..] => Some(Self::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            _ if start.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ => None,
        }
    }
}

/// Hands every file in `archive` to `visit`.
///
/// # Errors
/// It is damaged or unpacks to more than the limits: what came before was handed over. What is the matter with a file in it,
/// `visit` is told.
pub(crate) fn unpack(
    archive: &mut dyn Read,
    name: &str,
    limits: Limits,
    visit: &mut Visit<'_>,
) -> Result<(), UnpackError> {
    let left = Rc::new(Cell::new(limits.total_bytes));
    Unpacking { limits, left, members: 0, depth: 0, names: Vec::new(), visit }.archive(archive, name)
}

/// What is being unpacked.
struct Unpacking<'a, 'v> {
    limits: Limits,
    /// What decompressing may still yield.
    left: Rc<Cell<u64>>,
    members: u64,
    /// Archives around what is read.
    depth: usize,
    names: Vec<String>,
    visit: &'a mut Visit<'v>,
}

impl Unpacking<'_, '_> {
    /// A stream that is an archive, or a file in one.
    fn archive(&mut self, stream: &mut dyn Read, name: &str) -> Result<(), UnpackError> {
        let mut start = Vec::with_capacity(SNIFFED);
        (&mut *stream).take(SNIFFED as u64).read_to_end(&mut start)?;
        let kind = Kind::of(&start);
        if let Some(what) = unread(&start).or((kind.is_some() && self.depth >= DEPTH_MAX).then_some(TOO_DEEP)) {
            return Err(UnpackError::Unread(what));
        }
        let mut whole = Cursor::new(start).chain(stream);
        match kind {
            Some(Kind::Tar) => tar::each(&mut whole, &mut |name, member| self.member(name, member)),
            Some(Kind::Gzip) => {
                let unpacked = MultiGzDecoder::new(whole);
                let mut unpacked = Counted { stream: unpacked, left: Rc::clone(&self.left) };
                let inner = unpacked_name(name);
                // A layer of an image is called by its digest, compressed or not.
                match self.names.last() {
                    Some(own) if own.rsplit('/').next() == Some(&inner) => self.deeper(&mut unpacked, name),
                    _ => self.member(&inner, &mut unpacked),
                }
            }
            Some(Kind::Zip) => {
                let bytes = read(&mut whole, self.limits.zip_bytes)?;
                let left = Rc::clone(&self.left);
                zip::each(&bytes, &mut |name, member| match member {
                    Ok(member) => self.member(name, &mut Counted { stream: member, left: Rc::clone(&left) }),
                    Err(what) => {
                        self.unread(name, what);
                        Ok(())
                    }
                })
            }
            None => {
                let most = self.limits.member_bytes;
                let mut bytes = read(&mut whole, most.saturating_add(1))?;
                let is_cut = bytes.len() as u64 > most;
                bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
                (self.visit)(&self.names, Ok(&bytes));
                if is_cut { Err(UnpackError::Cut(most >> 20)) } else { Ok(()) }
            }
        }
    }

    fn deeper(&mut self, stream: &mut dyn Read, name: &str) -> Result<(), UnpackError> {
        self.depth += 1;
        let done = self.archive(stream, name);
        self.depth -= 1;
        done
    }

    /// A file that is not read.
    fn unread(&mut self, name: &str, what: &'static str) {
        self.names.push(name.to_owned());
        (self.visit)(&self.names, Err(UnpackError::Unread(what)));
        self.names.pop();
    }

    /// A file in an archive. Only what exceeds the limits ends the whole.
    fn member(&mut self, name: &str, stream: &mut dyn Read) -> Result<(), UnpackError> {
        self.members += 1;
        self.names.push(name.to_owned());
        if let Err(error) = self.deeper(stream, name) {
            (self.visit)(&self.names, Err(error));
        }
        self.names.pop();
        if self.left.get() == 0 || self.members >= self.limits.members {
            return Err(UnpackError::TooMuch(self.limits.total_bytes >> 20, self.limits.members));
        }
        Ok(())
    }
}

/// What is decompressed, until there was enough of it.
struct Counted<R> {
    stream: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) if left > 0 => self.left.set(left),
            _ => {
                self.left.set(0);
                return Err(io::Error::other("there is too much of it"));
            }
        }
        Ok(read)
    }
}

/// At most so many bytes.
fn read(stream: &mut dyn Read, most: u64) -> Result<Vec<u8>, UnpackError> {
    let mut bytes = Vec::new();
    stream.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is in `layer.tar.gz`.
fn unpacked_name(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.strip_suffix(".tgz") {
        Some(stem) => format!("{stem}.tar"),
        None => file.strip_suffix(".gz").unwrap_or(file).to_owned(),
    }
}

#[cfg(test)]
mod tests;

//! Reading ZIP from memory, by its central directory, ZIP64 included.
//!
//! In: the bytes of an archive. Out: each file's name and content, as a stream that ends with it. Stored and deflated
//! members are read; of others, and encrypted ones, it is told what they are.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::UnpackError;

/// The end record, and the comment behind it.
const END_LEN: usize = 22;
const COMMENT_MAX: usize = 65_535;
const ENTRY_LEN: usize = 46;
const LOCAL_LEN: usize = 30;
/// Says that a field is in the ZIP64 part.
const IN_ZIP64: u64 = 0xffff_ffff;

const MALFORMED: UnpackError = UnpackError::Malformed("its directory points outside of it");

/// Takes a file's name and content, or why that is not read.
type Each<'a> = dyn FnMut(&str, Result<&mut dyn Read, &'static str>) -> Result<(), UnpackError> + 'a;

/// Hands every file to `each`.
pub(super) fn each(archive: &[u8], each: &mut Each<'_>) -> Result<(), UnpackError> {
    let mut at = directory(archive)?;
    while archive.get(at..at + 4) == Some(b"PK\x01\x02") {
        let entry = Entry::read(archive, at)?;
        at = entry.next;
        if entry.name.ends_with('/') {
            continue;
        }
        let packed = entry.packed(archive)?;
        match entry.method {
            _ if entry.is_encrypted => each(&entry.name, Err("encrypted"))?,
            0 => each(&entry.name, Ok(&mut &*packed))?,
            8 => each(&entry.name, Ok(&mut DeflateDecoder::new(packed)))?,
            method => each(&entry.name, Err(compression(method)))?,
        }
    }
    Ok(())
}

/// What a number of a method means (PKWARE's APPNOTE, 4.4.5).
fn compression(method: u16) -> &'static str {
    match method {
        9 => "compressed as Deflate64",
        12 => "compressed as bzip2",
        14 => "compressed as LZMA",
        20 | 93 => "compressed as zstd",
        95 => "compressed as xz",
        98 => "compressed as PPMd",
        99 => "encrypted",
        _ => "compressed in an unknown way",
    }
}

/// Where the central directory begins.
fn directory(archive: &[u8]) -> Result<usize, UnpackError> {
    let from = archive.len().saturating_sub(END_LEN + COMMENT_MAX);
    let end = memchr::memmem::rfind(&archive[from..], b"PK\x05\x06");
    let end = from + end.ok_or(UnpackError::Malformed("it has no directory"))?;
    let start = u64::from(u32_at(archive, end + 16)?);
    if start != IN_ZIP64 {
        return place(start, archive);
    }
    let locator = end.checked_sub(20).filter(|at| archive[*at..].starts_with(b"PK\x06\x07")).ok_or(MALFORMED)?;
    let record = place(u64_at(archive, locator + 8)?, archive)?;
    place(u64_at(archive, record + 48)?, archive)
}

struct Entry {
    name: String,
    method: u16,
    is_encrypted: bool,
    packed_len: u64,
    local: u64,
    next: usize,
}

impl Entry {
    fn read(archive: &[u8], at: usize) -> Result<Self, UnpackError> {
        let name_len = usize::from(u16_at(archive, at + 28)?);
        let extra_len = usize::from(u16_at(archive, at + 30)?);
        let comment_len = usize::from(u16_at(archive, at + 32)?);
        let name = archive.get(at + ENTRY_LEN..at + ENTRY_LEN + name_len).ok_or(MALFORMED)?;
        let extra_at = at + ENTRY_LEN + name_len;
        let extra = archive.get(extra_at..extra_at + extra_len).ok_or(MALFORMED)?;
        let mut entry = Self {
            name: String::from_utf8_lossy(name).into_owned(),
            method: u16_at(archive, at + 10)?,
            is_encrypted: u16_at(archive, at + 8)? & 1 != 0,
            packed_len: u64::from(u32_at(archive, at + 20)?),
            local: u64::from(u32_at(archive, at + 42)?),
            next: extra_at + extra_len + comment_len,
        };
        entry.widen(u64::from(u32_at(archive, at + 24)?), extra)?;
        Ok(entry)
    }

    /// Fields of 64 bits are in the extra part, those alone that did not fit, in their order.
    fn widen(&mut self, unpacked_len: u64, mut extra: &[u8]) -> Result<(), UnpackError> {
        while extra.len() >= 4 {
            let len = usize::from(u16_at(extra, 2)?);
            let field = extra.get(4..4 + len).ok_or(MALFORMED)?;
            if u16_at(extra, 0)? == 1 {
                let mut at = if unpacked_len == IN_ZIP64 { 8 } else { 0 };
                if self.packed_len == IN_ZIP64 {
                    self.packed_len = u64_at(field, at)?;
                    at += 8;
                }
                if self.local == IN_ZIP64 {
                    self.local = u64_at(field, at)?;
                }
            }
            extra = &extra[4 + len..];
        }
        Ok(())
    }

    fn packed<'a>(&self, archive: &'a [u8]) -> Result<&'a [u8], UnpackError> {
        let local = place(self.local, archive)?;
        if archive.get(local..local + 4) != Some(b"PK\x03\x04") {
            return Err(MALFORMED);
        }
        let names = usize::from(u16_at(archive, local + 26)?) + usize::from(u16_at(archive, local + 28)?);
        let start = local + LOCAL_LEN + names;
        let len = place(self.packed_len, archive)?;
        // Cut with the archive, where that is larger than what is looked at.
        archive.get(start..).map(|rest| &rest[..rest.len().min(len)]).ok_or(MALFORMED)
    }
}

/// A number of the archive that must be in it.
fn place(number: u64, archive: &[u8]) -> Result<usize, UnpackError> {
    usize::try_from(number).ok().filter(|at| *at <= archive.len()).ok_or(MALFORMED)
}

fn bytes<const N: usize>(from: &[u8], at: usize) -> Result<[u8; N], UnpackError> {
    from.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or(MALFORMED)
}

fn u16_at(from: &[u8], at: usize) -> Result<u16, UnpackError> {
    bytes(from, at).map(u16::from_le_bytes)
}

fn u32_at(from: &[u8], at: usize) -> Result<u32, UnpackError> {
    bytes(from, at).map(u32::from_le_bytes)
}

fn u64_at(from: &[u8], at: usize) -> Result<u64, UnpackError> {
    bytes(from, at).map(u64::from_le_bytes)
}

//! One file, looked through whatever it is: text, a program, or an archive of others.
//!
//! In: a place and a stream of bytes. Out: findings, and notes about what was not read, added to a report.

use std::io::{Cursor, Read};

use crate::finding::{Finding, Place};
use crate::search::{Content, Search};
use crate::text;
use crate::unpack::{Kind, Limits, unpack, unread};

/// Bounds of what is read.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of a text.
    pub text_bytes: u64,
    /// Bytes of any other file.
    pub binary_bytes: u64,
    /// Of archives.
    pub archive: Limits,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { text_bytes: 128 << 20, binary_bytes: 32 << 20, archive: Limits::default() }
    }
}

/// Something that was not read, or not whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Which file.
    pub path: String,
    /// What is the matter with it.
    pub what: String,
}

/// What a scan has found.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order of paths and lines, once the scan has ended.
    pub findings: Vec<Finding>,
    /// Files that were read, those in archives included.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What was not read.
    pub notes: Vec<Note>,
}

impl Report {
    /// Adds what another part of the scan has found.
    pub(crate) fn extend(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.notes.extend(other.notes);
        self.files += other.files;
        self.bytes += other.bytes;
    }

    /// Puts all in the order in which it is told.
    pub(crate) fn sort(&mut self) {
        self.findings.sort_by(|one, other| {
            let of = |found: &Finding| (found.line, found.column, found.provider);
            one.place.cmp(&other.place).then_with(|| of(one).cmp(&of(other)))
        });
        self.notes.sort();
    }

    pub(crate) fn note(&mut self, path: &str, what: impl Into<String>) {
        self.notes.push(Note { path: path.to_owned(), what: what.into() });
    }
}

/// Looks through files, one after another, with a buffer that it keeps.
pub(crate) struct Look<'a> {
    search: &'a Search,
    bounds: Bounds,
    buffer: Vec<u8>,
    pub(crate) report: Report,
}

/// Unread files of one archive that are named.
const UNREAD_TOLD: u64 = 20;

/// Bytes that tell what a file is.
const SNIFFED: usize = 8 * 1024;

impl<'a> Look<'a> {
    pub(crate) fn new(search: &'a Search, bounds: Bounds) -> Self {
        Self { search, bounds, buffer: Vec::new(), report: Report::default() }
    }

    /// Looks through the file at `place`.
    pub(crate) fn through(&mut self, place: &Place, file: &mut dyn Read) {
        self.buffer.clear();
        if let Err(error) = (&mut *file).take(SNIFFED as u64).read_to_end(&mut self.buffer) {
            return self.report.note(&place.path, format!("it cannot be read: {error}"));
        }
        if Kind::of(&self.buffer).is_some() {
            let start = std::mem::take(&mut self.buffer);
            return self.archive(place, &mut Cursor::new(start).chain(file));
        }
        if let Some(what) = unread(&self.buffer) {
            return self.report.note(&place.path, format!("it was not read: it is {what}"));
        }
        let most = match text::content(&self.buffer) {
            Content::Text => self.bounds.text_bytes,
            Content::Binary => self.bounds.binary_bytes,
        };
        // One byte more tells whether that was all.
        let rest = (most + 1).saturating_sub(self.buffer.len() as u64);
        if let Err(error) = file.take(rest).read_to_end(&mut self.buffer) {
            self.report.note(&place.path, format!("it cannot be read: {error}"));
        }
        if self.buffer.len() as u64 > most {
            self.buffer.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            self.report.note(&place.path, format!("only its first {} MiB were read", most >> 20));
        }
        self.report.files += 1;
        self.report.bytes += self.buffer.len() as u64;
        self.report.findings.extend(text::scan(self.search, place, &self.buffer));
    }

    fn archive(&mut self, place: &Place, archive: &mut dyn Read) {
        let (search, report) = (self.search, &mut self.report);
        let mut unread = 0;
        let done = unpack(archive, &place.path, self.bounds.archive, &mut |names, bytes| {
            let place = Place { members: names.to_vec(), ..place.clone() };
            match bytes {
                Ok(bytes) => {
                    report.files += 1;
                    report.bytes += bytes.len() as u64;
                    report.findings.extend(text::scan(search, &place, bytes));
                }
                Err(error) => {
                    unread += 1;
                    if unread <= UNREAD_TOLD {
                        report.note(&format!("{}!{}", place.path, names.join("!")), error.to_string());
                    }
                }
            }
        });
        if unread > UNREAD_TOLD {
            let more = format!("{} files more in it were not read, or not whole", unread - UNREAD_TOLD);
            self.report.note(&place.path, more);
        }
        if let Err(error) = done {
            self.report.note(&place.path, error.to_string());
        }
    }
}

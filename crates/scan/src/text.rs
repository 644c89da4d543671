//! One text, looked through: its keys with their lines and severities, those left out that somebody allowed.
//!
//! In: a place and its bytes. Out: findings in the order of their lines, at most one for a vendor's key in a line.

use crate::finding::{Finding, OurKey, Place, fingerprint, masked};
use crate::place::severity;
use crate::search::{Candidate, Content, Search};

/// A comment that says that a key may stay: on its line, or alone on the line before.
const ALLOW: &[u8] = b"tollgate:allow";

/// Bytes of the start that decide whether it is text.
const SNIFFED: usize = 8 * 1024;

/// The keys in `bytes`, which are at `place`.
#[must_use]
pub fn scan(search: &Search, place: &Place, bytes: &[u8]) -> Vec<Finding> {
    let decoded = utf16(bytes);
    let bytes = decoded.as_deref().unwrap_or(bytes);
    let mut lines = Lines::of(bytes);
    let mut found: Vec<Finding> = Vec::new();
    for candidate in search.candidates(bytes, content(bytes)) {
        let line = lines.at(candidate.at);
        let mut of_line = found.iter().rev().take_while(|known| known.line == line.number);
        if of_line.any(|known| known.provider == candidate.vendor) || line.is_allowed(bytes) {
            continue;
        }
        found.push(finding(place, bytes, &candidate, &line));
    }
    found
}

fn finding(place: &Place, bytes: &[u8], candidate: &Candidate, line: &Line) -> Finding {
    let before = &bytes[line.start..candidate.at];
    Finding {
        place: place.clone(),
        line: line.number,
        column: before.len() as u64 + 1,
        character: String::from_utf8_lossy(before).chars().count() as u64 + 1,
        provider: candidate.vendor,
        severity: severity(place, &candidate.names, bytes, candidate.at),
        masked: masked(&candidate.key),
        fingerprint: fingerprint(place, candidate.vendor, &candidate.key),
        in_base64: candidate.in_base64,
        ours: OurKey::read(&candidate.key),
    }
}

/// Whether it is text: git's rule, no zero byte at its start.
pub(crate) fn content(bytes: &[u8]) -> Content {
    let start = &bytes[..bytes.len().min(SNIFFED)];
    if memchr::memchr(0, start).is_some() { Content::Binary } else { Content::Text }
}

/// What some shells of Windows write: UTF-16 with its mark.
fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let little = match bytes.get(..2)? {
        [0xff, 0xfe] => true,
        [0xfe, 0xff] => false,
        _ => return None,
    };
    let units = bytes[2..].chunks_exact(2).map(|pair| match little {
        true => u16::from_le_bytes([pair[0], pair[1]]),
        false => u16::from_be_bytes([pair[0], pair[1]]),
    });
    let decoded: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(decoded.into_bytes())
}

/// A line: its number from 1, where it starts, where the one before does.
struct Line {
    number: u64,
    start: usize,
}

impl Line {
    fn is_allowed(&self, bytes: &[u8]) -> bool {
        let end = memchr::memchr(b'\n', &bytes[self.start..]).map_or(bytes.len(), |len| self.start + len);
        let has = |line: &[u8]| memchr::memmem::find(line, ALLOW).is_some();
        if has(&bytes[self.start..end]) {
            return true;
        }
        let before = &bytes[..self.start.saturating_sub(1)];
        let above = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
        // Behind code of its own the comment is about that.
        has(above) && is_comment(above)
    }
}

fn is_comment(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    [&b"#"[..], b"//", b"/*", b"*", b"--", b";", b"<!--", b"%", b"\""].iter().any(|mark| text.starts_with(mark))
}

/// Counts lines up to places that rise.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    number: u64,
    start: usize,
}

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, counted: 0, number: 1, start: 0 }
    }

    fn at(&mut self, place: usize) -> Line {
        for newline in memchr::memchr_iter(b'\n', &self.bytes[self.counted..place]) {
            self.number += 1;
            self.start = self.counted + newline + 1;
        }
        self.counted = place.max(self.counted);
        Line { number: self.number, start: self.start }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::finding::Severity;

    const KEY: &str = "sk-proj-FAKEq81Lm9ZtWc4Vb2Nd7KpR5";

    fn lines(path: &str, text: &[u8]) -> Vec<u64> {
        scan(&Search::new(), &Place::file(path), text).iter().map(|found| found.line).collect()
    }

    #[test]
    fn a_finding_has_its_line_and_column_and_no_key() {
        let text = format!("one\ntwo = 2\nclé = \"{KEY}\"\n");

        let found = scan(&Search::new(), &Place::file("src/a.py"), text.as_bytes());

        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].column, found[0].character), (3, 9, 8));
        assert_eq!(found[0].provider, "openai");
        assert_eq!((found[0].severity, found[0].masked.as_str()), (Severity::High, "sk-proj-…KpR5"));
        assert!(!format!("{found:?}").contains(KEY));
    }

    #[test]
    fn a_line_tells_a_vendors_key_once() {
        let other = "xai-FAKEq81Lm9ZtWc4Vb2Nd7KpR5";

        assert_eq!(lines("a", format!("{KEY} {KEY} {other}\n{KEY}").as_bytes()), [1, 1, 2]);
    }

    #[test]
    fn what_is_allowed_on_its_line_or_on_the_one_before_is_left_out() {
        assert_eq!(lines("a.py", format!("k = '{KEY}'  # tollgate:allow, revoked\n").as_bytes()), [0; 0]);
        assert_eq!(lines("a.py", format!("# tollgate:allow\nk = '{KEY}'\n").as_bytes()), [0; 0]);
        assert_eq!(lines("a.py", format!("// tollgate:allow\nx\nk = '{KEY}'\n").as_bytes()), [3]);
        assert_eq!(lines("a.py", format!("a = 1 # tollgate:allow\nk = '{KEY}'\n").as_bytes()), [2]);
    }

    #[test]
    fn a_key_in_base64_is_told_of_its_line_and_as_that() {
        let text = format!("data:\n  key: {}\n  plain: {KEY}\n", STANDARD.encode(KEY));

        let found = scan(&Search::new(), &Place::file("secret.yaml"), text.as_bytes());

        let told: Vec<_> = found.iter().map(|one| (one.line, one.column, one.in_base64, one.provider)).collect();
        assert_eq!(told, [(2, 8, true, "openai"), (3, 10, false, "openai")]);
        assert_eq!(found[0].masked, found[1].masked);
        assert_eq!(found[0].fingerprint, found[1].fingerprint, "it is the same key");
    }

    #[test]
    fn utf_16_is_read() {
        let text = format!("OPENAI_API_KEY={KEY}\r\n");
        let little: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();

        assert_eq!((lines(".env", &little), lines(".env", &big)), (vec![1], vec![1]));
    }

    #[test]
    fn a_program_has_keys_with_prefixes_only() {
        let binary = format!("\0\0AZURE_OPENAI_KEY=0c1f3a7be2d84655a9f01b7c3e5d2846\0{KEY}\0");

        let found = scan(&Search::new(), &Place::file("a.so"), binary.as_bytes());

        assert_eq!(found.iter().map(|one| one.provider).collect::<Vec<_>>(), ["openai"]);
    }
}

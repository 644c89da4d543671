//! One text, looked through: its keys with their lines and severities, those left out that somebody allowed.
//!
//! In: a place and its bytes. Out: findings in the order of their lines, each key of a line once.

use std::collections::HashSet;

use crate::finding::{Finding, OurKey, Place, fingerprint, masked};
use crate::place::severity;
use crate::search::{Candidate, Content, Search};

/// A comment that says that a key may stay: on its line, or alone on the line before.
const ALLOW: &[u8] = b"tollgate:allow";

/// Bytes of the start that decide whether it is text.
const SNIFFED: usize = 8 * 1024;
/// The same, of UTF-16 without a mark.
const SNIFFED_UTF16: usize = 512;
/// Lines of a fenced block of Markdown before a key.
const FENCED_MAX: usize = 100;

/// The keys in `bytes`, which are at `place`.
#[must_use]
pub fn scan(search: &Search, place: &Place, bytes: &[u8]) -> Vec<Finding> {
    let decoded = utf16(bytes);
    let bytes = decoded.as_deref().unwrap_or(bytes);
    let mut lines = Lines::of(bytes);
    let mut found: Vec<Finding> = Vec::new();
    // Of the line that was looked at last, for a bundle has all of its keys in one.
    let (mut number, mut is_allowed, mut keys) = (0, false, HashSet::new());
    let (mut counted, mut characters) = (0, 0);
    for candidate in search.candidates(bytes, content(bytes)) {
        let line = lines.at(candidate.at);
        if line.number != number {
            (number, is_allowed) = (line.number, line.is_allowed(bytes));
            keys.clear();
            (counted, characters) = (line.start, 0);
        }
        characters += String::from_utf8_lossy(&bytes[counted..candidate.at]).chars().count() as u64;
        counted = candidate.at;
        if !is_allowed && keys.insert((candidate.vendor, candidate.key.clone())) {
            let columns = ((candidate.at - line.start) as u64 + 1, characters + 1);
            found.push(finding(place, bytes, &candidate, line.number, columns));
        }
    }
    found
}

/// `columns` are the byte and the character in the line.
fn finding(place: &Place, bytes: &[u8], candidate: &Candidate, line: u64, columns: (u64, u64)) -> Finding {
    Finding {
        place: place.clone(),
        line,
        column: columns.0,
        character: columns.1,
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

/// What some shells of Windows write: UTF-16 with its mark, or without it where every second byte is zero.
fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let (little, from) = match bytes.get(..2)? {
        [0xff, 0xfe] => (true, 2),
        [0xfe, 0xff] => (false, 2),
        _ => (without_mark(&bytes[..bytes.len().min(SNIFFED_UTF16)])?, 0),
    };
    let units = bytes[from..].chunks_exact(2).map(|pair| match little {
        true => u16::from_le_bytes([pair[0], pair[1]]),
        false => u16::from_be_bytes([pair[0], pair[1]]),
    });
    let decoded: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(decoded.into_bytes())
}

/// Whether UTF-16 without a mark has the small byte of each unit first; `None` where it is something else.
fn without_mark(start: &[u8]) -> Option<bool> {
    let is_all = |first: usize, is: fn(&u8) -> bool| start.iter().skip(first).step_by(2).all(is);
    let letter = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let zero = |byte: &u8| *byte == 0;
    match start.len() >= 32 {
        true if is_all(0, letter) && is_all(1, zero) => Some(true),
        true if is_all(0, zero) && is_all(1, letter) => Some(false),
        _ => None,
    }
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
        (has(above) && is_comment(above)) || before_fence(before).is_some_and(|line| has(line) && is_comment(line))
    }
}

/// The line before the fence of the block that `before` ends in: within a block Markdown has no comments.
fn before_fence(before: &[u8]) -> Option<&[u8]> {
    let mut lines = before.rsplit(|byte| *byte == b'\n').take(FENCED_MAX);
    lines.find(|line| line.trim_ascii_start().starts_with(b"```"))?;
    lines.next()
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

    // tollgate:allow: made up for this test
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
    fn a_line_tells_each_of_its_keys_once() {
        // tollgate:allow: made up for this test
        let other = "sk-proj-FAKEx70Kc8YsVb3Ua1Mc6JoQ4";
        // tollgate:allow: made up for this test
        let of_another = "xai-FAKEq81Lm9ZtWc4Vb2Nd7KpR5";

        assert_eq!(lines("a", format!("{KEY} {KEY} {of_another}\n{KEY}").as_bytes()), [1, 1, 2]);
        assert_eq!(lines("a.json", format!("{{\"a\":\"{KEY}\",\"b\":\"{other}\"}}").as_bytes()), [1, 1]);
    }

    #[test]
    fn a_comment_before_a_block_of_markdown_holds_for_the_block_and_not_behind_it() {
        let allowed = format!("<!-- tollgate:allow: made up -->\n```console\n$ run\n{KEY}\n```\n");

        assert_eq!(lines("a.md", allowed.as_bytes()), [0; 0]);
        assert_eq!(lines("a.md", format!("{allowed}\n{KEY}\n").as_bytes()), [7]);
        assert_eq!(lines("a.md", format!("```\n{KEY}\n```\n").as_bytes()), [2]);
    }

    #[test]
    fn a_bundle_of_many_keys_in_one_line_takes_one_pass() {
        let keys: String = (0..20_000).map(|at| format!("'sk-proj-FAKEq81Lm9ZtWc4Vb2Nd7K{at:05}',")).collect();

        assert_eq!(lines("src/a.txt", keys.as_bytes()).len(), 20_000);
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
        assert_eq!((lines(".env", &little[2..]), lines(".env", &big[2..])), (vec![1], vec![1]), "without the mark");
    }

    #[test]
    fn a_program_has_keys_with_prefixes_only() {
        // tollgate:allow: made up for this test
        let binary = format!("\0\0AZURE_OPENAI_KEY=0c1f3a7be2d84655a9f01b7c3e5d2846\0{KEY}\0");

        let found = scan(&Search::new(), &Place::file("a.so"), binary.as_bytes());

        assert_eq!(found.iter().map(|one| one.provider).collect::<Vec<_>>(), ["openai"]);
    }
}

//! Texts that lie in a text in base64: values of Kubernetes secrets, `Authorization: Basic`, `_auth` of npm, `auth` of
//! Docker, source maps at the end of scripts.
//!
//! In: a text. Out: each text in it, decoded, behind what stands before it, so that the name which a value is given to says
//! whose it is. What decodes to no text is left after a dozen bytes: images and checksums cost a look at their beginning.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::alphabet::Alphabet;

/// Letters of the shortest key there is, an AWS id of 20 bytes.
const LEAST: usize = 27;
/// Letters of one text that are read: 12 MiB of it.
const MOST: usize = 16 << 20;
/// Letters that decide whether it is a text.
const SNIFFED: usize = 16;
/// Bytes of what stands before.
const BEFORE: usize = 200;
/// Letters of a line that others follow: `base64` and mail break at 76, OpenSSL at 64.
const LINES: [usize; 2] = [64, 76];

const DECODER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A text that lay in another one.
pub(super) struct Encoded {
    /// What stands before it, then itself.
    pub(super) bytes: Vec<u8>,
    /// Where it begins in `bytes`.
    pub(super) begins: usize,
    /// Its lines: which letter each begins with, and where that is in the outer text.
    lines: Vec<(usize, usize)>,
    /// Where the outer text goes on.
    end: usize,
}

impl Encoded {
    /// Where in the outer text that is, which is at `at` in `bytes`.
    pub(super) fn place(&self, at: usize) -> Option<usize> {
        let offset = at.checked_sub(self.begins)?;
        let letter = offset / 3 * 4 + offset % 3;
        let behind = self.lines.partition_point(|(first, _)| *first <= letter);
        let (first, place) = self.lines.get(behind.checked_sub(1)?)?;
        Some(place + letter - first)
    }
}

/// The texts in `bytes` that begin at `from` or later.
pub(super) fn texts(bytes: &[u8], from: usize) -> impl Iterator<Item = Encoded> {
    let mut next = from;
    std::iter::from_fn(move || {
        loop {
            let start = run(bytes, next)?;
            let end = start + letters(&bytes[start..]);
            if let Some(text) = text(bytes, start, end) {
                next = text.end;
                return Some(text);
            }
            next = end;
        }
    })
}

/// Where the next run of enough letters begins. The last byte that it would have is looked at first, as Boyer and Moore
/// have it, so that most bytes of a program's source are not looked at.
fn run(bytes: &[u8], from: usize) -> Option<usize> {
    let mut start = from;
    loop {
        let window = bytes.get(start..start + LEAST)?;
        match window.iter().rposition(|byte| !is_letter(*byte)) {
            Some(other) => start += other + 1,
            None => return Some(start),
        }
    }
}

fn is_letter(byte: u8) -> bool {
    byte != b'=' && Alphabet::Base64.has(byte)
}

fn letters(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !is_letter(*byte)).unwrap_or(bytes.len())
}

/// The text in the run, if it is one.
fn text(bytes: &[u8], start: usize, end: usize) -> Option<Encoded> {
    // The letter of `\n` in a string is no part of the next line.
    let is_escaped = start > 0 && bytes[start - 1] == b'\\' && matches!(bytes[start], b'n' | b'r' | b't');
    let start = start + usize::from(is_escaped);
    let mut head = [0; SNIFFED / 4 * 3];
    DECODER.decode_slice(bytes.get(start..end)?.get(..SNIFFED)?, &mut head).ok()?;
    if !head.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')) {
        return None;
    }
    let (encoded, lines, end) = joined(bytes, start, end);
    // A last letter alone is less than a byte.
    let whole = encoded.len() - usize::from(encoded.len() % 4 == 1);
    let begins = start.min(BEFORE);
    let mut text = bytes[start - begins..start].to_vec();
    DECODER.decode_vec(&encoded[..whole], &mut text).ok()?;
    Some(Encoded { bytes: text, begins, lines, end })
}

/// The letters of the run and of the lines that continue it, where those begin, and where they end.
fn joined(bytes: &[u8], start: usize, end: usize) -> (Vec<u8>, Vec<(usize, usize)>, usize) {
    let (mut encoded, mut lines, mut from, mut to) = (Vec::new(), Vec::new(), start, end);
    loop {
        let room = MOST - encoded.len();
        lines.push((encoded.len(), from));
        encoded.extend_from_slice(&bytes[from..to.min(from + room)]);
        let length = to - from;
        match continued(bytes, to).filter(|_| LINES.contains(&length) && length < room) {
            Some(next) => (from, to) = (next, next + letters(&bytes[next..])),
            None => return (encoded, lines, to),
        }
    }
}

/// Where the next line begins, if it is of nothing but letters.
fn continued(bytes: &[u8], end: usize) -> Option<usize> {
    let behind = &bytes[end..];
    let behind = behind.strip_prefix(b"\r").unwrap_or(behind).strip_prefix(b"\n")?;
    let line = &behind[behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()..];
    let rest = &line[letters(line)..];
    let is_whole = rest.len() < line.len() && rest.first().is_none_or(|byte| b"=\r\n\"'`".contains(byte));
    is_whole.then(|| bytes.len() - line.len())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    /// What is decoded, without what stands before it.
    fn told(text: &str) -> Vec<String> {
        let own = |text: Encoded| String::from_utf8_lossy(&text.bytes[text.begins..]).into_owned();
        texts(text.as_bytes(), 0).map(own).collect()
    }

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let encoded = STANDARD.encode("the key is not in the lock, it is here");
        for text in [
            encoded.clone(),
            format!("  key: {encoded}\n  other: {encoded}\n"),
            format!("KEY={encoded}"),
            format!("Authorization: Basic {encoded}"),
            format!("{{\"auth\":\"{encoded}\"}}"),
            format!("one\\n{encoded}\\n"),
            format!("data:application/json;base64,{encoded}"),
        ] {
            let found = told(&text);

            assert!(!found.is_empty(), "{text}");
            assert!(found.iter().all(|found| found == "the key is not in the lock, it is here"), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_text_that_was_broken_into_lines_is_one_and_its_places_are_those_of_its_lines() {
        let text: String = (0..40).map(|at| format!("line {at}, ")).collect();
        let encoded = STANDARD.encode(&text);
        let broken: Vec<String> =
            encoded.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let outer = format!("data: |\n    {}\n  next: value\n", broken.join("\n    "));

        let found: Vec<Encoded> = texts(outer.as_bytes(), 0).collect();

        assert_eq!(told(&outer), std::slice::from_ref(&text));
        let at = found[0].begins + text.find("line 20").unwrap();
        assert_eq!(
            outer[..found[0].place(at).unwrap()].matches('\n').count(),
            1 + (text.find("line 20").unwrap() / 57)
        );
        assert_eq!(found[0].place(0), None);
    }

    #[test]
    fn a_name_on_the_next_line_is_no_part_of_a_value() {
        let value = STANDARD.encode("forty-eight bytes, which need no sign at the end");
        assert_eq!(value.len(), 64);

        assert_eq!(told(&format!("  a: {value}\n  b: x\n"))[0].len(), 48);
        assert_eq!(told(&format!("- {value}\n\nbbbb\n"))[0].len(), 48);
        assert_eq!(told(&format!("  {value}\n  YWZ0ZXI=\n"))[0].len(), 53);
    }

    #[test]
    fn what_is_no_text_is_left() {
        let image: Vec<u8> = (0..4000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for text in [
            STANDARD.encode(&image),
            "sha512-aGVsbG8/4Zk1m0Q8q81Lm9ZtWc4Vb2Nd7KpR5FAKEq81Lm9ZtWc4Vb2Nd7KpR5==".to_owned(),
            "/usr/share/some/path/that/is/longer/than/a/key".to_owned(),
            "AVeryLongNameOfAClassInSomeProgramOfJava".to_owned(),
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        ] {
            assert_eq!(told(&text), [""; 0], "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for text in texts(&bytes, 0) {
                prop_assert!(text.place(text.bytes.len() - 1).is_some_and(|place| place < bytes.len()));
            }
        }

        #[test]
        fn every_letter_of_a_text_has_its_place(text in "[ -~]{40,200}", before in "[ :\"=]{0,300}") {
            let outer = format!("{before}{}", STANDARD.encode(&text));

            let found: Vec<Encoded> = texts(outer.as_bytes(), 0).collect();

            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&found[0].bytes[found[0].begins..], text.as_bytes());
            prop_assert_eq!(found[0].place(found[0].begins), Some(before.len()));
        }
    }
}

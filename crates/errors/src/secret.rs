//! Hides a secret whose value is known, wherever a text repeats it.
//!
//! In: the secret, once; then texts of unknown origin. Out: the same texts with stars in its place, as it is or as JSON,
//! a URL, a web page, hexadecimal digits or base64 write it. Every other byte is kept. [`crate::mask()`] finds what
//! looks like a key; this finds what is known to be one, whatever it looks like.

use std::ops::Range;

use memchr::memmem::Finder;

/// A shorter secret is not told from other words.
const LEAST_BYTES: usize = 6;
/// A shorter secret may be a part of other words: it is hidden where it stands alone.
const ALONE_BYTES: usize = 12;
/// So much of its beginning is hidden too, where it is half of the secret: servers cut what they repeat.
const PART_BYTES: usize = 12;
/// JSON in JSON in JSON; a wall of backslashes is not looked through from each of them.
const SLASHES_MAX: usize = 8;

/// A secret whose value is known. It cannot be printed.
pub struct Secret {
    value: Vec<u8>,
    /// In forms that share no byte with it.
    encoded: Vec<Finder<'static>>,
}

impl Secret {
    /// `None` where it is too short to be found without hiding half of what is said.
    #[must_use]
    pub fn new(value: &str) -> Option<Self> {
        let value = value.as_bytes().to_vec();
        let finders = |value: &[u8]| encoded(value).iter().map(|form| Finder::new(form).into_owned()).collect();
        (value.len() >= LEAST_BYTES).then(|| Self { encoded: finders(&value), value })
    }

    /// Puts stars in its place.
    pub fn hide(&self, text: &mut [u8]) {
        let mut at = 0;
        while let Some(found) = self.find(text, at) {
            text[found.clone()].fill(b'*');
            at = found.end;
        }
        for form in &self.encoded {
            let mut at = 0;
            while let Some(start) = form.find(&text[at..]).map(|start| at + start) {
                at = start + form.needle().len();
                text[start..at].fill(b'*');
            }
        }
    }

    /// As [`Self::hide`].
    #[must_use]
    pub fn hidden(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.hide(&mut bytes);
        // A secret is of whole characters.
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The next place where it, or the larger part of it, stands.
    fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let escaped = |byte: u8| matches!(byte, b'%' | b'\\' | b'&');
        let rest = &text[from..];
        let mut escapes = memchr::memchr3_iter(b'%', b'\\', b'&', rest).peekable();
        let mut plain = memchr::memchr_iter(self.value[0], rest)
            .filter(|at| rest.get(at + 1).is_some_and(|next| *next == self.value[1] || escaped(*next)))
            .peekable();
        let next = || match (escapes.peek(), plain.peek()) {
            (Some(escape), Some(byte)) if byte < escape => plain.next(),
            (None, _) => plain.next(),
            _ => escapes.next(),
        };
        std::iter::from_fn(next).map(|at| from + at).find_map(|at| Some(at..self.end(text, at)?))
    }

    /// The end of what stands of it at `start`.
    fn end(&self, text: &[u8], start: usize) -> Option<usize> {
        if text[start..].starts_with(&self.value) {
            let end = start + self.value.len();
            return (self.value.len() >= ALONE_BYTES || is_alone(text, start, end)).then_some(end);
        }
        let mut end = start;
        let units = self.value.iter().map_while(|byte| {
            end = unit(text, end, *byte)?;
            Some(end)
        });
        let (count, end) = units.fold((0, start), |(count, _), end| (count + 1, end));
        let whole = count == self.value.len() && (count >= ALONE_BYTES || is_alone(text, start, end));
        let part = count >= PART_BYTES && count * 2 >= self.value.len();
        (whole || part).then_some(end)
    }
}

/// Whether neither a letter nor a digit stands beside it. Those of an escape before it are none.
fn is_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).map(|at| text[at]);
    let escaped = before(2) == Some(b'\\') || before(3) == Some(b'%');
    let joins = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric());
    (escaped || !joins(before(1))) && !joins(text.get(end).copied())
}

/// The end of `byte` at `at`, as it is or escaped: JSON (in JSON), percent signs, marks of web pages.
fn unit(text: &[u8], at: usize, byte: u8) -> Option<usize> {
    let rest = text.get(at..)?;
    match rest.first()? {
        b'%' if hex(rest.get(1..3)?) == Some(u32::from(byte)) => Some(at + 3),
        b'\\' => {
            let slashes = rest.iter().take(SLASHES_MAX).take_while(|b| **b == b'\\').count();
            let escaped = &rest[slashes..];
            match escaped.first() {
                Some(b'u') if escaped.get(1..5).and_then(hex) == Some(u32::from(byte)) => Some(at + slashes + 5),
                Some(b'x') if escaped.get(1..3).and_then(hex) == Some(u32::from(byte)) => Some(at + slashes + 3),
                _ if byte == b'\\' => Some(at + slashes),
                Some(plain) if *plain == byte => Some(at + slashes + 1),
                _ => None,
            }
        }
        b'&' if byte != b'&' || rest.starts_with(b"&amp;") || rest.starts_with(b"&#") => {
            entity(rest, byte).map(|len| at + len)
        }
        plain => (*plain == byte).then_some(at + 1),
    }
}

/// The length of the mark of a web page that stands for `byte`.
fn entity(text: &[u8], byte: u8) -> Option<usize> {
    let end = text.iter().take(8).position(|b| *b == b';')?;
    let name = std::str::from_utf8(&text[1..end]).ok()?;
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
    let stands_for = match name {
        "amp" => Some(u32::from(b'&')),
        "lt" => Some(u32::from(b'<')),
        "gt" => Some(u32::from(b'>')),
        "quot" => Some(u32::from(b'"')),
        "apos" => Some(u32::from(b'\'')),
        _ => match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
            Some(digits) => number(digits, 16),
            None => number(name.strip_prefix('#')?, 10),
        },
    };
    (stands_for == Some(u32::from(byte))).then_some(end + 1)
}

fn hex(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// In hexadecimal digits, and in base64 at each of the three places it can have in a longer text.
fn encoded(value: &[u8]) -> Vec<Vec<u8>> {
    const PLAIN: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const OF_URLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let lower: String = value.iter().map(|b| format!("{b:02x}")).collect();
    let mut forms = vec![lower.to_uppercase().into_bytes(), lower.into_bytes()];
    for offset in 0..3 {
        forms.extend([PLAIN, OF_URLS].map(|letters| base64_inside(value, offset, letters)));
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// The letters of base64 that `value` alone decides, where it stands `offset` bytes behind a group's beginning.
fn base64_inside(value: &[u8], offset: usize, letters: &[u8; 64]) -> Vec<u8> {
    let bytes = [&[0; 2][..offset], value].concat();
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    let letter = |at: usize| letters[(0..6).fold(0, |letter, n| letter << 1 | bit(at * 6 + n))];
    ((offset * 8).div_ceil(6)..bytes.len() * 8 / 6).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUE: &str = "Zebra+Quilt/\"Umbrella\"-7781";

    fn hidden(text: &str) -> String {
        Secret::new(VALUE).unwrap().hidden(text)
    }

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        for form in [
            VALUE,
            r#"Zebra+Quilt/\"Umbrella\"-7781"#,
            r#"Zebra+Quilt\/\"Umbrella\"-7781"#,
            r#"Zebra\u002BQuilt/\u0022Umbrella\u0022-7781"#,
            r#"Zebra+Quilt/\\\"Umbrella\\\"-7781"#,
            "Zebra%2BQuilt%2f%22Umbrella%22-7781",
            "Zebra&#43;Quilt&#x2F;&quot;Umbrella&quot;-7781",
            "5a656272612b5175696c742f22556d6272656c6c61222d37373831",
            "5A656272612B5175696C742F22556D6272656C6C61222D37373831",
        ] {
            let text = hidden(&format!("before{form}after"));

            assert_eq!(text, format!("before{}after", "*".repeat(form.len())), "{form}");
        }
    }

    #[test]
    fn base64_around_it_keeps_none_of_it() {
        // Of "Zebra+…" behind "", ":" and "ab".
        for (form, left) in [
            ("WmVicmErUXVpbHQvIlVtYnJlbGxhIi03Nzgx", ""),
            ("OlplYnJhK1F1aWx0LyJVbWJyZWxsYSItNzc4MQ==", "Ol"),
            ("YWJaZWJyYStRdWlsdC8iVW1icmVsbGEiLTc3ODE=", "YWJ"),
        ] {
            let text = hidden(&format!("Basic {form}"));

            assert!(text.starts_with(&format!("Basic {left}***")), "{text}");
            assert!(text.trim_end_matches('=').trim_end_matches(char::is_alphanumeric).ends_with("***"), "{text}");
        }
    }

    #[test]
    fn what_a_server_cut_is_hidden_and_other_words_are_not() {
        assert_eq!(hidden("key Zebra+Quilt/\\\"Um…"), format!("key {}…", "*".repeat(16)));
        assert_eq!(hidden("a Zebra+Quilt"), "a Zebra+Quilt");
        let short = Secret::new("ollama").unwrap();
        assert_eq!(
            short.hidden("{\"k\":\"ollama\"} ollamas /ollama/ %22ollama"),
            "{\"k\":\"******\"} ollamas /******/ %22******"
        );
        assert!(Secret::new("EMPTY").is_none());
    }

    #[test]
    fn a_megabyte_of_escapes_takes_one_pass() {
        for unit in ["\\", "\\\"", "%", "&#", "Zebra+Q", "%5a%65"] {
            let text = unit.repeat((1 << 20) / unit.len());

            assert_eq!(hidden(&text), text, "{unit}");
        }
    }

    proptest! {
        #[test]
        fn every_other_byte_is_kept_and_no_text_makes_it_panic(text in r#"(Zebra\+Q|%2|\\u00|&#|&quot;|[ -~é]){0,30}"#) {
            let mut bytes = text.clone().into_bytes();

            Secret::new(VALUE).unwrap().hide(&mut bytes);

            prop_assert!(bytes.iter().zip(text.bytes()).all(|(now, before)| *now == before || *now == b'*'));
        }
    }
}

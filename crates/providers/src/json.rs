//! Reading JSON without building it: a strict validator that reports the members of the outermost object.
//!
//! In: a body. Out: for each top-level member its name and the span of its value, or exactly where the text stops
//! being JSON. It builds no tree and copies nothing, because a 50 KB prompt would otherwise cost more than the rest
//! of the gateway together (serde_json with a borrowed struct: 0.41 ns per byte; this: see `benches` in
//! docs/performance.md). It is strict, because a body that two parsers read differently is a way round a model rule.

use std::borrow::Cow;
use std::ops::Range;

/// How deep arrays and objects may nest. OpenAI's own schemas need about ten levels, tool schemas some more.
pub const MAX_DEPTH: u32 = 127;

/// Why a text is not JSON that we pass on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not UTF-8 from this byte on.
    #[error("byte {at} is not valid UTF-8")]
    NotUtf8 {
        /// Offset of the first bad byte.
        at: usize,
    },
    /// The text ends too early.
    #[error("the text ends at byte {at}, inside {inside}")]
    Truncated {
        /// Length of the text.
        at: usize,
        /// What was open.
        inside: &'static str,
    },
    /// Something else was expected here.
    #[error("byte {at}: expected {expected}")]
    Unexpected {
        /// Offset of the byte.
        at: usize,
        /// What JSON allows there.
        expected: &'static str,
    },
    /// A control character inside a string.
    #[error("byte {at}: a control character stands unescaped in a string")]
    ControlCharacter {
        /// Offset of the byte.
        at: usize,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("byte {at}: nested deeper than {MAX_DEPTH} levels")]
    TooDeep {
        /// Offset of the bracket.
        at: usize,
    },
    /// Valid JSON, but its outermost value is no object.
    #[error("the outermost value is not an object")]
    NotAnObject,
}

/// The kind of a value, told by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number.
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

impl Kind {
    /// The word OpenAI's error texts use, with its article.
    #[must_use]
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "a boolean",
            Self::Null => "null",
        }
    }
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name, unescaped.
    pub name: Cow<'a, str>,
    /// The name's bytes, with its quotes.
    pub name_at: Range<usize>,
    /// The value's bytes, without white space around them.
    pub value: Range<usize>,
    /// What the value is.
    pub kind: Kind,
}

/// Calls `each` for every member of the outermost object, in order, and validates the whole text.
///
/// # Errors
/// The first place where the text is not strict JSON (RFC 8259), or the error of `each`.
pub fn members<'a, E: From<JsonError>>(
    text: &'a [u8],
    mut each: impl FnMut(Member<'a>) -> Result<(), E>,
) -> Result<(), E> {
    if let Err(e) = std::str::from_utf8(text) {
        return Err(JsonError::NotUtf8 { at: e.valid_up_to() }.into());
    }
    let mut scan = Scan { text, at: 0 };
    scan.space();
    if scan.peek() != Some(b'{') {
        scan.value()?;
        scan.end()?;
        return Err(JsonError::NotAnObject.into());
    }
    scan.at += 1;
    scan.space();
    if scan.peek() == Some(b'}') {
        scan.at += 1;
    } else {
        loop {
            let (name, name_at) = scan.name()?;
            let (value, kind) = scan.value()?;
            each(Member { name, name_at, value, kind })?;
            scan.space();
            match scan.next("an object")? {
                b',' => scan.space(),
                b'}' => break,
                _ => return Err(JsonError::Unexpected { at: scan.at - 1, expected: "',' or '}'" }.into()),
            }
        }
    }
    scan.end()?;
    Ok(())
}

/// The elements of an array that is valid JSON, `value` being its span: the span and kind of each. Whatever cannot be
/// read ends the list.
pub fn elements(text: &[u8], value: Range<usize>) -> impl Iterator<Item = (Range<usize>, Kind)> {
    let opens = text.get(value.start) == Some(&b'[');
    let mut scan = Scan { text: &text[..value.end.min(text.len())], at: value.start + 1 };
    std::iter::from_fn(move || {
        scan.space();
        if !opens || matches!(scan.peek(), None | Some(b']')) {
            return None;
        }
        let element = scan.value().ok()?;
        scan.space();
        if scan.peek() == Some(b',') {
            scan.at += 1;
        }
        Some(element)
    })
}

/// The text of a string value, `value` being its span with the quotes. `None` where it is no valid string.
#[must_use]
pub fn string<'a>(text: &'a [u8], value: Range<usize>) -> Option<Cow<'a, str>> {
    let raw = text.get(value)?;
    let inner = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_none() {
        return std::str::from_utf8(inner).ok().map(Cow::Borrowed);
    }
    serde_json::from_slice::<String>(raw).ok().map(Cow::Owned)
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self, inside: &'static str) -> Result<u8, JsonError> {
        let byte = self.peek().ok_or(JsonError::Truncated { at: self.text.len(), inside })?;
        self.at += 1;
        Ok(byte)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn end(&mut self) -> Result<(), JsonError> {
        self.space();
        match self.at == self.text.len() {
            true => Ok(()),
            false => Err(JsonError::Unexpected { at: self.at, expected: "the end of the text" }),
        }
    }

    /// A member's name and its colon.
    fn name(&mut self) -> Result<(Cow<'a, str>, Range<usize>), JsonError> {
        let start = self.at;
        if self.next("an object")? != b'"' {
            return Err(JsonError::Unexpected { at: start, expected: "a property name in double quotes" });
        }
        self.string_rest()?;
        let name = string(self.text, start..self.at)
            .ok_or(JsonError::Unexpected { at: start, expected: "a property name that is valid Unicode" })?;
        let end = self.at;
        self.space();
        let colon = self.at;
        match self.next("an object")? {
            b':' => Ok((name, start..end)),
            _ => Err(JsonError::Unexpected { at: colon, expected: "':'" }),
        }
    }

    /// Any value. Nested ones are walked with one bit per level (1: object), so that depth costs no stack.
    fn value(&mut self) -> Result<(Range<usize>, Kind), JsonError> {
        self.space();
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        };
        let mut objects: u128 = 0;
        let mut depth: u32 = 0;
        'value: loop {
            self.space();
            let at = self.at;
            match self.next("a value")? {
                b'"' => self.string_rest()?,
                open @ (b'{' | b'[') => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(JsonError::TooDeep { at });
                    }
                    objects = (objects << 1) | u128::from(open == b'{');
                    self.space();
                    match (self.peek(), open) {
                        (Some(b'}'), b'{') | (Some(b']'), b'[') => {
                            self.at += 1;
                            depth -= 1;
                            objects >>= 1;
                        }
                        (_, b'{') => {
                            self.inner_name()?;
                            continue 'value;
                        }
                        _ => continue 'value,
                    }
                }
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'n' => self.word(b"ull")?,
                b'-' | b'0'..=b'9' => self.number(at)?,
                _ => return Err(JsonError::Unexpected { at, expected: "a value" }),
            }
            // A value has ended: what follows it, level by level.
            loop {
                if depth == 0 {
                    return Ok((start..self.at, kind));
                }
                self.space();
                let at = self.at;
                match (self.next("an array or object")?, objects & 1 == 1) {
                    (b',', true) => {
                        self.space();
                        self.inner_name()?;
                        continue 'value;
                    }
                    (b',', false) => continue 'value,
                    (b'}', true) | (b']', false) => {
                        depth -= 1;
                        objects >>= 1;
                    }
                    (_, true) => return Err(JsonError::Unexpected { at, expected: "',' or '}'" }),
                    (_, false) => return Err(JsonError::Unexpected { at, expected: "',' or ']'" }),
                }
            }
        }
    }

    /// A nested member's name, whose text nobody needs.
    fn inner_name(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        if self.next("an object")? != b'"' {
            return Err(JsonError::Unexpected { at: start, expected: "a property name in double quotes" });
        }
        self.string_rest()?;
        self.space();
        let colon = self.at;
        match self.next("an object")? {
            b':' => Ok(()),
            _ => Err(JsonError::Unexpected { at: colon, expected: "':'" }),
        }
    }

    fn word(&mut self, rest: &'static [u8]) -> Result<(), JsonError> {
        let start = self.at;
        if self.text[start..].starts_with(rest) {
            self.at += rest.len();
            return Ok(());
        }
        if rest.starts_with(&self.text[start..]) {
            return Err(JsonError::Truncated { at: self.text.len(), inside: "a literal" });
        }
        Err(JsonError::Unexpected { at: start - 1, expected: "true, false or null" })
    }

    /// The rest of a number whose first byte, at `start`, is read.
    fn number(&mut self, start: usize) -> Result<(), JsonError> {
        let wrong = |scan: &Self| match scan.at == scan.text.len() {
            true => JsonError::Truncated { at: scan.at, inside: "a number" },
            false => JsonError::Unexpected { at: scan.at, expected: "a digit" },
        };
        let first = match self.text[start] {
            b'-' => {
                let digit = self.peek().filter(u8::is_ascii_digit).ok_or_else(|| wrong(self))?;
                self.at += 1;
                digit
            }
            digit => digit,
        };
        if first != b'0' {
            self.digits();
        } else if self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(JsonError::Unexpected { at: self.at, expected: "a number without leading zeros" });
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(wrong(self));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(wrong(self));
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// The rest of a string whose opening quote is read, its closing quote included.
    fn string_rest(&mut self) -> Result<(), JsonError> {
        const TRUNCATED: &str = "a string";
        loop {
            self.at += plain_run(&self.text[self.at..]);
            let at = self.at;
            match self.next(TRUNCATED)? {
                b'"' => return Ok(()),
                b'\\' => match self.next(TRUNCATED)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        for _ in 0..4 {
                            let at = self.at;
                            if !self.next(TRUNCATED)?.is_ascii_hexdigit() {
                                return Err(JsonError::Unexpected { at, expected: "four hexadecimal digits" });
                            }
                        }
                    }
                    _ => return Err(JsonError::Unexpected { at: at + 1, expected: "an escape that JSON knows" }),
                },
                _ => return Err(JsonError::ControlCharacter { at }),
            }
        }
    }
}

/// How many bytes pass before a quote, a backslash or a control character.
///
/// Most strings are short (names, roles), so two words of eight bytes come first. A long one is searched for its end
/// by `memchr`, whose vector code is chosen at run time, and then for control characters by its least byte, a loop
/// that the compiler turns into vector instructions: together 0.1 ns per byte, where a test of blocks for all three
/// at once took 1.1.
fn plain_run(text: &[u8]) -> usize {
    let mut at = 0;
    for _ in 0..2 {
        let Some(word) = text[at..].first_chunk::<8>() else {
            break;
        };
        let found = special_bytes(u64::from_le_bytes(*word));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = &text[at..];
    let run = &rest[..memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len())];
    let least = run.iter().copied().fold(u8::MAX, u8::min);
    let len = if least >= 0x20 { run.len() } else { run.iter().position(|&b| b < 0x20).unwrap_or(run.len()) };
    at + len
}

#[cfg(test)]
fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// The high bit of each byte that is special; bytes above the lowest such one may be wrongly marked, which does not
/// matter, for only the lowest is looked at. (The classic "has a zero byte" subtraction, once per character.)
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let zero = |w: u64| w.wrapping_sub(ONES) & !w & HIGH;
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\'))) | control
}

#[cfg(test)]
mod tests;

//! Ids as newtypes, so that a key is never taken for a request.
//!
//! In: bytes from a random source, or text. Out: values that print as `key_…`, `req_…`, `org-…`, `proj_…`.

use std::fmt;
use std::str::FromStr;

use crate::base62;

/// Length of a key's public id in characters: 12 base-62 digits are 71 bits, so a million keys collide with
/// probability below 10^-9.
pub const KEY_ID_LEN: usize = 12;

/// The public part of an API key, which names it in the key's own text, in lists, logs and records.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub(crate) [u8; KEY_ID_LEN]);

impl KeyId {
    /// A new id, its digits drawn from `random`: for an imported key, whose own text holds none.
    #[must_use]
    pub fn generate(random: impl FnMut() -> u8) -> Self {
        Self::from_digits(digits(KEY_ID_LEN, random).as_bytes()).expect("digits are what the constructor admits")
    }

    /// The id from its 12 base-62 digits; `None` for any other length or character.
    #[must_use]
    pub fn from_digits(digits: &[u8]) -> Option<Self> {
        let id: [u8; KEY_ID_LEN] = digits.try_into().ok()?;
        id.iter().all(|&b| base62::is_digit(b)).then_some(Self(id))
    }

    /// The 12 digits without the `key_` prefix.
    #[must_use]
    pub fn digits(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the constructor admits ASCII digits only")
    }

    /// A 64-bit index for hash tables. Keys are only ever inserted with ids that we drew ourselves, so a plain mix
    /// is enough: a caller can look up, never choose what collides.
    #[must_use]
    pub fn index(&self) -> u64 {
        let low = u64::from_le_bytes(self.0[..8].try_into().expect("12 bytes hold 8"));
        let high = u32::from_le_bytes(self.0[8..].try_into().expect("12 bytes end in 4"));
        let mixed = (low ^ (u64::from(high) << 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^ (mixed >> 29)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key_{}", self.digits())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyId {
    type Err = NotAnId;

    /// Reads `key_` + 12 digits, or the 12 digits alone.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Self::from_digits(text.strip_prefix("key_").unwrap_or(text).as_bytes())
            .ok_or(NotAnId("key_ and 12 letters or digits"))
    }
}

/// `length` uniform base-62 digits drawn from `random`, which must yield uniform bytes: the part after `org-` or
/// `proj_`, where 24 digits are 142 bits.
#[must_use]
pub fn digits(length: usize, mut random: impl FnMut() -> u8) -> String {
    std::iter::repeat_with(|| base62::digit_of(random())).flatten().take(length).map(char::from).collect()
}

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected {0}")]
pub struct NotAnId(&'static str);

/// One call by a caller. 48 bits of Unix milliseconds, then 80 random bits: ids sort by time, which keeps the
/// database's index local, and cannot be guessed from one another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId([u8; 16]);

/// Length of a printed request id, `req_` and 32 hexadecimal digits (the form OpenAI uses; contract.md §4).
pub const REQUEST_ID_LEN: usize = 36;

impl RequestId {
    /// An id for a request accepted at `unix_ms`, with `random` supplying the lower 80 bits.
    #[must_use]
    pub fn new(unix_ms: u64, random: u128) -> Self {
        let value = (u128::from(unix_ms) << 80) | (random & ((1 << 80) - 1));
        Self(value.to_be_bytes())
    }

    /// The ids in a text that may be of a Tollgate, at most eight: OpenAI's look alike, but do not begin with a time
    /// of these years.
    #[must_use]
    pub fn in_text(text: &str) -> Vec<Self> {
        /// The beginnings of 2025 and of 2100, in Unix milliseconds.
        const YEARS: std::ops::Range<u64> = 1_735_689_600_000..4_102_444_800_000;
        let at = |(at, _): (usize, &str)| {
            let id: Self = text.get(at..at + REQUEST_ID_LEN)?.parse().ok()?;
            let goes_on = text[at + REQUEST_ID_LEN..].starts_with(|c: char| c.is_ascii_alphanumeric());
            (!goes_on && YEARS.contains(&id.unix_ms())).then_some(id)
        };
        let mut ids: Vec<Self> = text.match_indices("req_").filter_map(at).take(64).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(8);
        ids
    }

    /// The id from its 16 bytes, as a journal entry holds it.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// When the request was accepted, in Unix milliseconds.
    #[must_use]
    pub fn unix_ms(&self) -> u64 {
        (u128::from_be_bytes(self.0) >> 80) as u64
    }

    /// The printed form, without an allocation.
    #[must_use]
    pub fn text(&self) -> [u8; REQUEST_ID_LEN] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut out = *b"req_00000000000000000000000000000000";
        for (pair, byte) in out[4..].chunks_exact_mut(2).zip(self.0) {
            pair[0] = HEX[usize::from(byte >> 4)];
            pair[1] = HEX[usize::from(byte & 15)];
        }
        out
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).expect("hexadecimal is ASCII"))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RequestId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        const EXPECTED: NotAnId = NotAnId("req_ and 32 hexadecimal digits");
        let hex = text.strip_prefix("req_").ok_or(EXPECTED)?;
        if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(EXPECTED);
        }
        u128::from_str_radix(hex, 16).map(|value| Self(value.to_be_bytes())).map_err(|_| EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_a_longer_text_and_those_of_others_are_not() {
        let own = "req_01a1fba57fd23a2376004b8125cc10ff";
        let text =
            format!("a 'x-request-id': '{own}', (request id: {own}) req_8f7d3aa57fd23a2376004b8125cc10ff req_1 {own}0");

        let found = RequestId::in_text(&text);

        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [own]);
    }

    #[test]
    fn a_request_id_prints_and_reads_alike_and_keeps_its_time() {
        let id = RequestId::new(1_795_000_000_123, 0x1234_5678_9abc_def0_1122);

        let again: RequestId = id.to_string().parse().unwrap();

        assert_eq!(again, id);
        assert_eq!(id.unix_ms(), 1_795_000_000_123);
        assert_eq!(id.to_string().len(), REQUEST_ID_LEN);
    }

    #[test]
    fn a_signed_number_is_no_request_id() {
        assert!("req_+0000000000000000000000000000000".parse::<RequestId>().is_err());
        assert!("req_".parse::<RequestId>().is_err());
    }
}

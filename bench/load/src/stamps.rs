//! Finds the times that the provider wrote into the content of a stream (`"t=<unix ns>;"`).

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use memchr::memmem::Finder;

static START: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"t="));

/// Longer than a stamp and than `data: [DONE]`: what the end of a read must keep for the next.
const KEPT: usize = 48;

/// The text of one stream, as far as it is still needed.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
}

impl Text {
    /// Hands every complete stamp that has not been seen yet to `each`, and forgets the text before it.
    pub(crate) fn scan(&mut self, mut each: impl FnMut(u64)) {
        let mut at = 0;
        while let Some(found) = START.find(&self.bytes[at..]) {
            let digits = at + found + 3;
            let length = self.bytes[digits..].iter().take_while(|b| b.is_ascii_digit()).count();
            match self.bytes.get(digits + length) {
                None => break,
                Some(b';') => {
                    each(self.bytes[digits..digits + length].iter().fold(0, |n, b| n * 10 + u64::from(b - b'0')));
                }
                Some(_) => {}
            }
            at = digits + length;
        }
        let keep = at.max(self.bytes.len().saturating_sub(KEPT));
        self.bytes.drain(..keep.min(self.bytes.len()));
    }

    /// Whether the text ends as a stream has to.
    pub(crate) fn is_done(&self) -> bool {
        memchr::memmem::find(&self.bytes, b"data: [DONE]").is_some()
    }

    /// Ready for the next stream.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }
}

/// Now, on the clock that the provider stamps with.
pub(crate) fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    u64::try_from(since.as_nanos()).expect("before the year 2554")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stamp_is_seen_once_wherever_the_text_is_cut() {
        let wire = b"data: {\"content\":\"t=1760000000000000001;\"}\n\ndata: {\"content\":\"t=1760000000000000002;\"}\n\ndata: [DONE]\n\n";
        for cut in 0..=wire.len() {
            let (mut text, mut seen) = (Text::default(), Vec::new());

            for part in [&wire[..cut], &wire[cut..]] {
                text.bytes.extend_from_slice(part);
                text.scan(|t| seen.push(t));
            }

            assert_eq!(seen, [1_760_000_000_000_000_001, 1_760_000_000_000_000_002], "cut at {cut}");
            assert!(text.is_done(), "cut at {cut}");
        }
    }
}

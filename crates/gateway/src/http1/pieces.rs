//! A head that comes in pieces: when it is worth reading anew.
//!
//! In: everything that has come so far, after each piece. Out: the head once it is whole, or its refusal, the same
//! wherever it was cut. A head is mostly there at once and read once. One that comes in small pieces is read anew only
//! when its end may be there or it has doubled: a sender of single bytes would otherwise keep us reading the same head
//! thousands of times.

use memchr::memmem;

use super::head::{self, Head, HeadError, HeadLimits};

/// What was looked at already.
#[derive(Default)]
pub(crate) struct Pieces {
    /// Bytes read in vain.
    read: usize,
    /// Bytes in which no end was found.
    searched: usize,
    /// Line ends before the request line, which are passed over.
    blank: usize,
}

impl Pieces {
    /// Reads the head at the start of `came`, which begins with what came before; `None` while more is needed.
    pub(crate) fn read(&mut self, came: &[u8], limits: HeadLimits) -> Result<Option<Head>, HeadError> {
        let worth = came.len() >= 2 * self.read || came.len() > limits.bytes || self.may_end(came);
        if came.is_empty() || !worth {
            return Ok(None);
        }
        self.read = came.len();
        head::read(came, limits)
    }

    /// Whether an empty line has come behind something else. A bare line feed ends a line too: it is refused, but the
    /// sender has to be told.
    fn may_end(&mut self, came: &[u8]) -> bool {
        self.blank += came[self.blank..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        // An end may have been cut behind its second byte.
        let from = self.searched.saturating_sub(2).max(self.blank);
        self.searched = came.len();
        let rest = &came[from..];
        memmem::find(rest, b"\n\r\n").is_some() || memmem::find(rest, b"\n\n").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 4096, headers: 10 };

    /// What is said after each byte but the last, and at the end.
    fn byte_by_byte(text: &[u8]) -> (bool, Result<Option<Head>, HeadError>) {
        let mut pieces = Pieces::default();
        let early = (1..text.len()).any(|len| !matches!(pieces.read(&text[..len], LIMITS), Ok(None)));
        (early, pieces.read(text, LIMITS))
    }

    #[test]
    fn a_head_of_single_bytes_is_known_at_its_last() {
        let text = b"\r\nPOST /v1/responses HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n";

        let (early, head) = byte_by_byte(text);

        assert!(!early);
        assert_eq!(head.unwrap().unwrap().len, text.len());
    }

    #[test]
    fn a_head_that_ends_in_bare_line_feeds_is_refused_when_it_ends() {
        for text in
            ["GET / HTTP/1.1\nHost: x\n\n", "GET / HTTP/1.1\r\nHost: x\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\n"]
        {
            let (early, head) = byte_by_byte(text.as_bytes());

            assert!(!early && matches!(head, Err(HeadError::Malformed(_))), "{text:?}: {head:?}");
        }
    }

    #[test]
    fn a_head_cut_in_two_anywhere_is_the_same() {
        let text = b"GET /a?b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n\r\nGET /";

        for cut in 1..text.len() {
            let mut pieces = Pieces::default();
            let first = pieces.read(&text[..cut], LIMITS).unwrap();
            let head = first.or_else(|| pieces.read(text, LIMITS).unwrap()).unwrap();

            assert_eq!(head.len, text.len() - 5, "cut at {cut}");
        }
    }
}

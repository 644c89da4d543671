//! The chunked framing of HTTP/1.1, taken off strictly (RFC 9112 §7.1), for requests and answers alike.

use httparse::{Status, parse_chunk_size};

/// Bytes of trailers that are read and dropped.
const TRAILERS_MAX: usize = 8 << 10;

/// Where in the chunked framing a body stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chunks {
    /// Before a size line.
    Size,
    /// Inside a chunk, with so many bytes to come.
    Data(u64),
    /// Before the line end behind a chunk.
    DataEnd,
    /// In the trailers, with so many bytes read.
    Trailers(usize),
    /// Behind it all.
    End,
}

impl Chunks {
    /// Takes the framing off the start of `raw`, appending the data to `out`. Returns how many bytes were used; the
    /// rest is an incomplete line, or what follows the end.
    pub(crate) fn decode(&mut self, raw: &[u8], out: &mut Vec<u8>) -> Result<usize, &'static str> {
        let mut at = 0;
        loop {
            let rest = &raw[at..];
            match *self {
                Self::Size => match chunk_size(rest)? {
                    None => return Ok(at),
                    Some((len, 0)) => {
                        at += len;
                        *self = Self::Trailers(0);
                    }
                    Some((len, size)) => {
                        at += len;
                        *self = Self::Data(size);
                    }
                },
                Self::Data(left) => {
                    if rest.is_empty() {
                        return Ok(at);
                    }
                    let n = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    out.extend_from_slice(&rest[..n]);
                    at += n;
                    *self = if n as u64 == left { Self::DataEnd } else { Self::Data(left - n as u64) };
                }
                Self::DataEnd => match rest {
                    [b'\r', b'\n', ..] => {
                        at += 2;
                        *self = Self::Size;
                    }
                    [] | [b'\r'] => return Ok(at),
                    _ => return Err("a chunk is longer than its size says"),
                },
                Self::Trailers(read) => {
                    let Some(end) = memchr::memchr(b'\n', rest) else {
                        return if rest.len() + read > TRAILERS_MAX {
                            Err("the trailers are too large")
                        } else {
                            Ok(at)
                        };
                    };
                    at += end + 1;
                    let line = &rest[..end];
                    *self = match line {
                        b"\r" => Self::End,
                        _ if !line.ends_with(b"\r") => return Err("a trailer ends in a bare line feed"),
                        _ if read + end > TRAILERS_MAX => return Err("the trailers are too large"),
                        _ => Self::Trailers(read + end),
                    };
                }
                Self::End => return Ok(at),
            }
        }
    }
}

/// The size line of a chunk at the start of `bytes`: how long the line is, and the size; `None` while incomplete.
fn chunk_size(bytes: &[u8]) -> Result<Option<(usize, u64)>, &'static str> {
    /// A size of 16 digits and an extension; longer lines only serve to keep us busy.
    const LINE_MAX: usize = 256;
    match parse_chunk_size(bytes) {
        Ok(Status::Complete((len, _))) if len > LINE_MAX => Err("a chunk's size line is too long"),
        Ok(Status::Complete((len, _))) if !bytes[..len].ends_with(b"\r\n") => Err("a chunk's size line ends wrongly"),
        Ok(Status::Complete((len, size))) => Ok(Some((len, size))),
        Ok(Status::Partial) if bytes.len() > LINE_MAX => Err("a chunk's size line is too long"),
        Ok(Status::Partial) => Ok(None),
        Err(_) => Err("a chunk's size is not a number"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]]) -> Result<(Vec<u8>, Chunks, Vec<u8>), &'static str> {
        let (mut state, mut out, mut raw) = (Chunks::Size, Vec::new(), Vec::new());
        for piece in pieces {
            raw.extend_from_slice(piece);
            let n = state.decode(&raw, &mut out)?;
            raw.drain(..n);
        }
        Ok((out, state, raw))
    }

    proptest! {
        #[test]
        fn chunks_cut_anywhere_decode_alike(cut in 0usize..64, second in 0usize..64) {
            let text = b"5;a=1\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nT: v\r\n\r\nNEXT";
            let cut = cut.min(text.len());
            let second = second.clamp(cut, text.len());

            let got = decode(&[&text[..cut], &text[cut..second], &text[second..]]).unwrap();

            prop_assert_eq!(got, (b"helloabcdefghijklmnopqrstuvwxyz".to_vec(), Chunks::End, b"NEXT".to_vec()));
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&[&text]);
        }
    }

    #[test]
    fn odd_chunks_are_refused() {
        for text in [&b"5\r\nhelloX\r\n"[..], b"5\nhello\r\n", b"g\r\n", b"0\r\nx\n\r\n", b"-5\r\n"] {
            assert!(decode(&[text]).is_err(), "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn chunk_sizes_are_strict() {
        assert_eq!(chunk_size(b"1a\r\nxx"), Ok(Some((4, 26))));
        assert_eq!(chunk_size(b"1a;ext=1\r\n"), Ok(Some((10, 26))));
        assert_eq!(chunk_size(b"1a"), Ok(None));
        assert!(chunk_size(b"xyz\r\n").is_err());
        assert!(chunk_size(b"-1\r\n").is_err());
        assert!(chunk_size(&[b'0'; 300]).is_err());
    }
}

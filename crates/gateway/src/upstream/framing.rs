//! How the body of an HTTP/1.1 answer is framed, and taking chunks out of their framing.

use std::mem::MaybeUninit;

use httparse::Status;

use super::{AnswerHead, UpstreamError};
use crate::chunks::Chunks;

/// A head above this is refused.
pub(super) const HEAD_MAX: usize = 64 << 10;
/// More headers than this are refused.
const HEADERS_MAX: usize = 128;
/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many more bytes.
    Length(u64),
    /// With a chunk of size zero.
    Chunked(Chunks),
    /// With the connection.
    UntilClose,
}

/// A head that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Its length.
    pub(super) len: usize,
    pub(super) head: AnswerHead,
    pub(super) framing: Framing,
    pub(super) keep_alive: bool,
}

/// Reads the head of an answer; `None` while it is incomplete.
pub(super) fn read_head(bytes: &[u8]) -> Result<Option<Parsed>, UpstreamError> {
    let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut parsed = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let len = match config.parse_response_with_uninit_headers(&mut parsed, bytes, &mut headers) {
        // What comes in one read may be more than was waited for.
        Ok(Status::Complete(len)) if len > HEAD_MAX => return Err(UpstreamError::Protocol("the head is too large")),
        Ok(Status::Complete(len)) => len,
        Ok(Status::Partial) if bytes.len() > HEAD_MAX => return Err(UpstreamError::Protocol("the head is too large")),
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(UpstreamError::Protocol("too many headers")),
        Err(_) => return Err(UpstreamError::Protocol("the head is not HTTP")),
    };
    let old = parsed.version == Some(0);
    let mut head = AnswerHead { status: parsed.code.unwrap_or(0), ..AnswerHead::default() };
    let (mut length, mut chunked, mut keep_alive) = (None, false, !old);
    for header in parsed.headers.iter() {
        let name = header.name.as_bytes();
        match name.len() {
            10 if name.eq_ignore_ascii_case(b"connection") => {
                for option in header.value.split(|&b| b == b',').map(<[u8]>::trim_ascii) {
                    keep_alive &= !option.eq_ignore_ascii_case(b"close");
                    keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let text = std::str::from_utf8(header.value).unwrap_or("").trim();
                let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                let value: Option<u64> = digits.then(|| text.parse().ok()).flatten();
                let value = value.ok_or(UpstreamError::Protocol("Content-Length is not a number"))?;
                if length.replace(value).is_some_and(|before| before != value) {
                    return Err(UpstreamError::Protocol("two Content-Length headers that differ"));
                }
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if chunked || old || !header.value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err(UpstreamError::Protocol("a Transfer-Encoding other than one chunked"));
                }
                chunked = true;
            }
            16 if name.eq_ignore_ascii_case(b"content-encoding")
                && !header.value.trim_ascii().eq_ignore_ascii_case(b"identity") =>
            {
                return Err(UpstreamError::Protocol("the answer is compressed although identity was asked for"));
            }
            _ => head.note(name, header.value),
        }
    }
    head.length = length;
    let framing = match (head.status, chunked, length) {
        (100..=199 | 204 | 304, ..) => Framing::Length(0),
        (_, true, Some(_)) => return Err(UpstreamError::Protocol("Content-Length and Transfer-Encoding together")),
        (_, true, None) => Framing::Chunked(Chunks::Size),
        (_, false, Some(length)) => Framing::Length(length),
        (_, false, None) => Framing::UntilClose,
    };
    let keep_alive = keep_alive && framing != Framing::UntilClose;
    Ok(Some(Parsed { len, head, framing, keep_alive }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_its_framing() {
        let read = |headers: &str| read_head(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes());

        assert_eq!(read("content-length: 5\r\n").unwrap().unwrap().framing, Framing::Length(5));
        assert_eq!(read("transfer-encoding: chunked\r\n").unwrap().unwrap().framing, Framing::Chunked(Chunks::Size));
        assert_eq!(read("").unwrap().unwrap().framing, Framing::UntilClose);
        assert!(!read("").unwrap().unwrap().keep_alive);
        assert!(read("content-length: 5\r\ntransfer-encoding: chunked\r\n").is_err());
        assert!(read("content-length: 5\r\ncontent-length: 6\r\n").is_err());
        assert!(read("content-encoding: gzip\r\n").is_err());
        assert!(read(&format!("x: {}\r\n", "y".repeat(HEAD_MAX))).is_err());
        assert!(read_head(b"HTTP/1.1 2").unwrap().is_none());
        assert!(read_head(b"SSH-2.0-OpenSSH\r\n").is_err());
    }
}

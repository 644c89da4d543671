//! A request head of HTTP/1.1, read strictly.
//!
//! In: the bytes that came so far. Out: a [`Head`] with the framing of its body, "more", or why it is refused. What
//! two servers could frame differently is refused and the connection closed: that is what smuggling lives on
//! (RFC 9112 §6.3, §11.2).

use std::mem::MaybeUninit;

use httparse::Status;

use crate::request::{Headers, Method, Name, Span};

/// How the body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes, also none.
    Length(u64),
    /// In chunks.
    Chunked,
}

/// A request head.
#[derive(Debug)]
pub(crate) struct Head {
    /// Bytes of the head, its empty line included.
    pub(crate) len: usize,
    pub(crate) method: Method,
    pub(crate) method_word: Span,
    pub(crate) path: Span,
    pub(crate) query: Span,
    pub(crate) headers: Headers,
    pub(crate) framing: Framing,
    pub(crate) keep_alive: bool,
    /// HTTP/1.0, which knows no chunks.
    pub(crate) old: bool,
    /// The caller waits for `100 Continue` before it sends the body.
    pub(crate) expects_continue: bool,
}

/// Why a head is refused. The connection is closed after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeadError {
    /// Not HTTP.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// Neither HTTP/1.1 nor HTTP/1.0.
    #[error("unsupported HTTP version")]
    Version,
    /// Larger than the ceiling.
    #[error("the head is too large")]
    TooLarge,
    /// The request line alone is larger than the ceiling.
    #[error("the request line is too large")]
    UriTooLong,
    /// More headers than the ceiling.
    #[error("too many headers")]
    TooMany,
    /// No `Host`, more than one, or none that can be one.
    #[error("host: {0}")]
    Host(&'static str),
    /// Framing that two servers could read differently.
    #[error("ambiguous framing: {0}")]
    Framing(&'static str),
    /// An expectation other than `100-continue`.
    #[error("unknown expectation")]
    Expectation,
    /// `CONNECT`, whose target is not a path.
    #[error("unsupported method {0}")]
    Method(&'static str),
}

/// Ceilings for a head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadLimits {
    pub(crate) bytes: usize,
    pub(crate) headers: usize,
}

/// More headers than this are never parsed, whatever the settings say: they are kept on the stack.
const HEADERS_MAX: usize = 256;

/// Reads a head from the start of `bytes`; `None` while it is incomplete.
pub(crate) fn read(bytes: &[u8], limits: HeadLimits) -> Result<Option<Head>, HeadError> {
    let mut storage = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let storage = &mut storage[..limits.headers.min(HEADERS_MAX)];
    let mut parsed = httparse::Request::new(&mut []);
    let len = match parsed.parse_with_uninit_headers(bytes, storage) {
        Ok(Status::Complete(len)) => len,
        Ok(Status::Partial) if bytes.len() > limits.bytes => {
            let line_ended = memchr::memchr(b'\n', &bytes[..limits.bytes]).is_some();
            return Err(if line_ended { HeadError::TooLarge } else { HeadError::UriTooLong });
        }
        Ok(Status::Partial) => return Ok(None),
        Err(e) => return Err(malformed(e, bytes)),
    };
    if len > limits.bytes {
        let line_ended = memchr::memchr(b'\n', &bytes[..limits.bytes]).is_some();
        return Err(if line_ended { HeadError::TooLarge } else { HeadError::UriTooLong });
    }
    strict_lines(&bytes[..len])?;
    let start = bytes.as_ptr() as usize;
    let span = |part: &[u8]| Span::new(part.as_ptr() as usize - start, part.len());
    let method_word = parsed.method.unwrap_or("");
    if method_word == "CONNECT" {
        return Err(HeadError::Method("CONNECT"));
    }
    let (path, query) = target(parsed.path.unwrap_or(""))?;
    let old = parsed.version == Some(0);
    let mut head = Head {
        len,
        method: Method::of(method_word),
        method_word: span(method_word.as_bytes()),
        path: span(path),
        query: span(query),
        headers: Headers::new(),
        framing: Framing::Length(0),
        keep_alive: !old,
        old,
        expects_continue: false,
    };
    headers(&mut head, parsed.headers, old, span)?;
    Ok(Some(head))
}

fn malformed(e: httparse::Error, head: &[u8]) -> HeadError {
    match e {
        httparse::Error::Version => HeadError::Version,
        httparse::Error::TooManyHeaders => HeadError::TooMany,
        httparse::Error::HeaderName if is_folded(head) => HeadError::Malformed(
            "a header line begins with a blank, as if it continued the one before: a value has a line break in it",
        ),
        httparse::Error::HeaderName => HeadError::Malformed("a header name has a character that none may have"),
        httparse::Error::HeaderValue => HeadError::Malformed("a header value has a control character"),
        httparse::Error::NewLine => HeadError::Malformed("a line ends wrongly"),
        httparse::Error::Token => HeadError::Malformed("the request line has a character that none may have"),
        httparse::Error::Status => HeadError::Malformed("the request line is not one"),
    }
}

/// Whether the first line that has no header name begins with a blank. Those behind it are not looked at: how many of
/// them are there depends on how the bytes arrived.
fn is_folded(head: &[u8]) -> bool {
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
    let has_name = |line: &&[u8]| match line.iter().position(|b| !is_token(b)) {
        Some(end) => end > 0 && line[end] == b':',
        // It may go on.
        None => !line.ends_with(b"\n"),
    };
    let first = head.split_inclusive(|b| *b == b'\n').skip(1).find(|line| !has_name(line));
    first.is_some_and(|line| line.starts_with(b" ") || line.starts_with(b"\t"))
}

/// httparse takes a bare line feed for a line end, as old servers do; another server in front may not.
fn strict_lines(head: &[u8]) -> Result<(), HeadError> {
    match memchr::memchr_iter(b'\n', head).all(|at| at > 0 && head[at - 1] == b'\r') {
        true => Ok(()),
        false => Err(HeadError::Malformed("a line ends in a bare line feed")),
    }
}

/// Path and query of a request target in origin or absolute form.
fn target(target: &str) -> Result<(&[u8], &[u8]), HeadError> {
    let origin = match target.find("://") {
        _ if target.starts_with('/') || target == "*" => target,
        Some(scheme) => {
            let rest = &target[scheme + 3..];
            &rest[rest.find(['/', '?']).unwrap_or(rest.len())..]
        }
        None => return Err(HeadError::Malformed("the request target is neither a path nor a URL")),
    };
    if memchr::memchr(b'#', origin.as_bytes()).is_some() || !target.is_ascii() {
        return Err(HeadError::Malformed("the request target has a character that none may have"));
    }
    let (path, query) = origin.split_once('?').unwrap_or((origin, &origin[origin.len()..]));
    Ok((path.as_bytes(), query.as_bytes()))
}

fn headers(
    head: &mut Head,
    headers: &[httparse::Header<'_>],
    old: bool,
    span: impl Fn(&[u8]) -> Span,
) -> Result<(), HeadError> {
    let (mut hosts, mut length, mut chunked) = (0u32, None, false);
    for header in headers {
        let name = header.name.as_bytes();
        if let Some(known) = Name::of(name) {
            head.headers.note(known, span(known.telling(name, header.value)));
            continue;
        }
        let value = header.value.trim_ascii();
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                hosts += 1;
                check_host(value)?;
            }
            6 if name.eq_ignore_ascii_case(b"expect") => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(HeadError::Expectation);
                }
                head.expects_continue = !old;
            }
            10 if name.eq_ignore_ascii_case(b"connection") => connection(head, value),
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let before = length.replace(content_length(value)?);
                if before.is_some() {
                    return Err(HeadError::Framing("Content-Length stands twice"));
                }
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if old {
                    return Err(HeadError::Framing("Transfer-Encoding in HTTP/1.0"));
                }
                if chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(HeadError::Framing("a Transfer-Encoding other than one chunked"));
                }
                chunked = true;
            }
            _ => {}
        }
    }
    match (hosts, old) {
        (1, _) | (0, true) => {}
        (0, false) => return Err(HeadError::Host("missing")),
        _ => return Err(HeadError::Host("there more than once")),
    }
    head.framing = match (chunked, length) {
        (true, Some(_)) => return Err(HeadError::Framing("Content-Length and Transfer-Encoding together")),
        (true, None) => Framing::Chunked,
        (false, length) => Framing::Length(length.unwrap_or(0)),
    };
    Ok(())
}

fn connection(head: &mut Head, value: &[u8]) {
    for option in value.split(|&b| b == b',').map(<[u8]>::trim_ascii) {
        if option.eq_ignore_ascii_case(b"close") {
            head.keep_alive = false;
        } else if option.eq_ignore_ascii_case(b"keep-alive") {
            head.keep_alive = true;
        }
    }
}

fn check_host(value: &[u8]) -> Result<(), HeadError> {
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(b);
    match !value.is_empty() && value.iter().all(allowed) {
        true => Ok(()),
        false => Err(HeadError::Host("not a host name")),
    }
}

/// Digits only: no sign, no list, no white space inside.
fn content_length(value: &[u8]) -> Result<u64, HeadError> {
    const BAD: HeadError = HeadError::Framing("Content-Length is not a number");
    if value.is_empty() || value.len() > 19 || !value.iter().all(u8::is_ascii_digit) {
        return Err(BAD);
    }
    std::str::from_utf8(value).ok().and_then(|v| v.parse().ok()).ok_or(BAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeadLimits = HeadLimits { bytes: 4096, headers: 10 };

    fn error(text: &str) -> HeadError {
        read(text.as_bytes(), LIMITS).unwrap_err()
    }

    #[test]
    fn an_ordinary_head_is_read() {
        let text = b"POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: x:1\r\nAuthorization:  Bearer k \r\ncontent-length: 12\r\n\r\n{}";

        let head = read(text, LIMITS).unwrap().unwrap();

        assert_eq!(head.len, text.len() - 2);
        assert_eq!(head.framing, Framing::Length(12));
        assert!(head.keep_alive && head.method == Method::Post);
    }

    #[test]
    fn what_could_be_framed_in_two_ways_is_refused() {
        let with = |headers: &str| error(&format!("POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n"));

        for headers in [
            "Content-Length: 1\r\nContent-Length: 1",
            "Content-Length: 1\r\nTransfer-Encoding: chunked",
            "Content-Length: +1",
            "Content-Length: 1, 1",
            "Content-Length: ",
            "Content-Length: 0x10",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: identity",
        ] {
            assert!(matches!(with(headers), HeadError::Framing(_)), "{headers}");
        }
        assert!(matches!(error("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), HeadError::Framing(_)));
        for headers in ["Content-Length : 1", " folded: 1", "a\u{0}b: 1", "a: b\u{0}", "a: b\n c: d"] {
            assert!(matches!(with(headers), HeadError::Malformed(_)), "{headers}");
        }
    }

    #[test]
    fn exactly_one_host_is_needed() {
        assert!(matches!(error("GET / HTTP/1.1\r\n\r\n"), HeadError::Host(_)));
        assert!(matches!(error("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), HeadError::Host(_)));
        assert!(matches!(error("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), HeadError::Host(_)));
        assert!(matches!(error("GET / HTTP/1.1\r\nHost:\r\n\r\n"), HeadError::Host(_)));
        assert!(read(b"GET / HTTP/1.0\r\n\r\n", LIMITS).unwrap().is_some());
    }

    #[test]
    fn ceilings_hold() {
        let many = "a: b\r\n".repeat(11);
        assert_eq!(error(&format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n")), HeadError::TooMany);
        let long = "x".repeat(5000);
        assert_eq!(error(&format!("GET / HTTP/1.1\r\nHost: x\r\na: {long}")), HeadError::TooLarge);
        assert_eq!(error(&format!("GET /{long}")), HeadError::UriTooLong);
        assert_eq!(error("GET / HTTP/2.0\r\n\r\n"), HeadError::Version);
        let HeadError::Malformed(folded) = error("GET / HTTP/1.1\r\nauthorization: Bearer\r\n x\r\n\r\n") else {
            panic!()
        };
        assert!(folded.contains("begins with a blank"), "{folded}");
        let HeadError::Malformed(other) = error("GET / HTTP/1.1\r\na\u{1}: b\r\nc: d\r\n e\r\n\r\n") else { panic!() };
        assert!(other.contains("a header name has a character"), "the first mistake is told: {other}");
        assert_eq!(error("CONNECT /x HTTP/1.1\r\nHost: x\r\n\r\n"), HeadError::Method("CONNECT"));
    }
}

//! What the fuzz target of the request head sees of it; compiled with `--cfg fuzzing` alone.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use tollgate_core::id::RequestId;

use crate::request::{Method, Name, Request};

use super::head::{Framing, Head, HeadError, HeadLimits};
use super::pieces::Pieces;

/// A head as it was read, in values of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadRead {
    /// Bytes of the head.
    pub len: usize,
    /// The method's word, and whether it is one that the gateway serves.
    pub method: (String, bool),
    /// The target's path and query.
    pub target: (String, String),
    /// The length of the body; `None` for a chunked one.
    pub length: Option<u64>,
    /// Whether the connection stays open.
    pub keep_alive: bool,
    /// Whether it is HTTP/1.0.
    pub old: bool,
    /// Whether the caller waits for `100 Continue`.
    pub expects_continue: bool,
    /// The headers asked for: the first value of each, and whether there are more.
    pub headers: Vec<Option<(Vec<u8>, bool)>>,
}

/// Why a head was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadRefused {
    /// It passes a ceiling in bytes.
    Size,
    /// Its content; by which words.
    Content(&'static str),
}

/// Reads a head that comes in pieces which end at `cuts`, and the `names`d headers of it. Ceilings in bytes and in
/// headers. The answer is the first that is neither "more", or the last.
///
/// # Errors
/// It is refused.
pub fn head_in_pieces(
    bytes: &[u8],
    cuts: &[usize],
    (bytes_max, headers_max): (usize, usize),
    names: &[&str],
) -> Result<Option<HeadRead>, HeadRefused> {
    let limits = HeadLimits { bytes: bytes_max, headers: headers_max };
    let mut pieces = Pieces::default();
    for &end in cuts.iter().chain([&bytes.len()]) {
        if let Some(head) = pieces.read(&bytes[..end], limits).map_err(refused)? {
            return Ok(Some(seen(head, &bytes[..end], names)));
        }
    }
    Ok(None)
}

fn refused(error: HeadError) -> HeadRefused {
    match error {
        HeadError::TooLarge | HeadError::UriTooLong => HeadRefused::Size,
        HeadError::Malformed(what) | HeadError::Host(what) | HeadError::Framing(what) | HeadError::Method(what) => {
            HeadRefused::Content(what)
        }
        HeadError::Version => HeadRefused::Content("version"),
        HeadError::TooMany => HeadRefused::Content("too many headers"),
        HeadError::Expectation => HeadRefused::Content("expectation"),
    }
}

/// The head as the stages see it.
fn seen(head: Head, bytes: &[u8], names: &[&str]) -> HeadRead {
    let request = Request {
        id: RequestId::new(0, 0),
        accepted: Instant::now(),
        now: 0,
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        method: head.method,
        method_word: head.method_word,
        path: head.path,
        query: head.query,
        headers: head.headers,
        bytes: bytes.to_vec(),
        body: head.len..head.len,
    };
    let header = |name: &&str| {
        let name = Name::of(name.as_bytes())?;
        Some((request.header(name)?.to_vec(), request.headers.is_repeated(name)))
    };
    HeadRead {
        len: head.len,
        method: (request.method_word().to_owned(), request.method != Method::Other),
        target: (request.path().to_owned(), request.query().to_owned()),
        length: match head.framing {
            Framing::Length(length) => Some(length),
            Framing::Chunked => None,
        },
        keep_alive: head.keep_alive,
        old: head.old,
        expects_continue: head.expects_continue,
        headers: names.iter().map(header).collect(),
    }
}

//! Reads one HTTP/1.1 request: which answer it wants, nothing else of it.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Completion,
    Stream { usage: bool },
    Embedding,
    Models,
    Stats,
    Release,
    Unknown,
    Malformed,
    NoLength,
}

/// Bytes a connection starts with: a request of the plain scenario and its head fit many times.
const FIRST_READ: usize = 4096;

struct Head {
    length: usize,
    body: usize,
    wanted: Wanted,
}

/// Reads the next request off `io`; `None` at a clean end. What was read beyond it stays in `inbox`.
pub(crate) async fn next<S: AsyncRead + Unpin>(io: &mut S, inbox: &mut Vec<u8>) -> io::Result<Option<Wanted>> {
    let head = loop {
        if let Some(head) = parse(inbox)? {
            break head;
        }
        if !more(io, inbox, FIRST_READ).await? {
            return if inbox.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
    };
    let end = head.length + head.body;
    while inbox.len() < end {
        let missing = end - inbox.len();
        if !more(io, inbox, missing).await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let wanted = match head.wanted {
        Wanted::Completion => chat(&inbox[head.length..end]),
        other => other,
    };
    inbox.drain(..end);
    Ok(Some(wanted))
}

async fn more<S: AsyncRead + Unpin>(io: &mut S, inbox: &mut Vec<u8>, room: usize) -> io::Result<bool> {
    inbox.reserve(room);
    Ok(io.read_buf(inbox).await? > 0)
}

fn parse(bytes: &[u8]) -> io::Result<Option<Head>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let status = request.parse(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    let httparse::Status::Complete(length) = status else {
        return Ok(None);
    };
    let mut wanted = match (request.method.unwrap_or_default(), request.path.unwrap_or_default()) {
        ("POST", "/v1/chat/completions" | "/chat/completions") => Wanted::Completion,
        ("POST", "/v1/embeddings" | "/embeddings") => Wanted::Embedding,
        ("GET", "/v1/models" | "/models") => Wanted::Models,
        ("GET", "/stats") => Wanted::Stats,
        ("POST", "/release") => Wanted::Release,
        _ => Wanted::Unknown,
    };
    let mut body = 0;
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).ok();
            body = text.and_then(|t| t.trim().parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            wanted = Wanted::NoLength;
        }
    }
    Ok(Some(Head { length, body, wanted }))
}

/// A glance at the body instead of a parse: the load generator's prompts hold neither of these words.
fn chat(body: &[u8]) -> Wanted {
    if body.first() != Some(&b'{') || body.last() != Some(&b'}') {
        return Wanted::Malformed;
    }
    if !is_true(body, b"\"stream\"") {
        return Wanted::Completion;
    }
    Wanted::Stream { usage: is_true(body, b"\"include_usage\"") }
}

fn is_true(body: &[u8], name: &[u8]) -> bool {
    memchr::memmem::find(body, name).is_some_and(|at| {
        let value = body[at + name.len()..].iter().skip_while(|b| matches!(b, b' ' | b':' | b'\n' | b'\r' | b'\t'));
        value.take(4).eq(b"true")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_says_whether_it_wants_a_stream_and_usage() {
        assert_eq!(chat(br#"{"model":"m","messages":[]}"#), Wanted::Completion);
        assert_eq!(chat(br#"{"stream":false}"#), Wanted::Completion);
        assert_eq!(chat(br#"{"stream": true}"#), Wanted::Stream { usage: false });
        let asked = br#"{"stream":true,"stream_options":{"include_usage":true}}"#;
        assert_eq!(chat(asked), Wanted::Stream { usage: true });
        assert_eq!(chat(b"hello"), Wanted::Malformed);
    }
}

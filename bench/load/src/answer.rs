//! Reads one HTTP/1.1 answer off a buffer that grows: the head, then a body of known length or in chunks.

/// What is wrong with an answer, for people.
pub(crate) type Wrong = String;

/// How the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    Length(usize),
    Chunked,
}

/// The head of an answer, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) length: usize,
    pub(crate) status: u16,
    pub(crate) body: Body,
    /// The server will close the connection.
    pub(crate) closes: bool,
}

/// The head at the start of `bytes`; `None` while it is incomplete.
pub(crate) fn head(bytes: &[u8]) -> Result<Option<Head>, Wrong> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = answer.parse(bytes).map_err(|e| format!("answer head: {e}"))? else {
        return Ok(None);
    };
    let (mut body, mut closes) = (None, false);
    for header in answer.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).unwrap_or_default();
            let size = text.trim().parse().map_err(|_| format!("content-length {text:?}"))?;
            body = Some(Body::Length(size));
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            body = Some(Body::Chunked);
        } else if header.name.eq_ignore_ascii_case("connection") {
            closes = header.value.eq_ignore_ascii_case(b"close");
        }
    }
    let body = body.ok_or("an answer without a length")?;
    Ok(Some(Head { length, status: answer.code.unwrap_or_default(), body, closes }))
}

/// Takes the chunks of a chunked body apart.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    at: At,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum At {
    #[default]
    Size,
    Data(usize),
    DataEnd,
    Trailer,
    Done,
}

impl Chunks {
    /// Appends what `bytes` holds of the payload to `payload` and says how many bytes it took; the rest is to be offered
    /// again with more behind it.
    pub(crate) fn take(&mut self, bytes: &[u8], payload: &mut Vec<u8>) -> Result<usize, Wrong> {
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            match self.at {
                At::Data(left) => {
                    let here = left.min(rest.len());
                    payload.extend_from_slice(&rest[..here]);
                    taken += here;
                    if here < left {
                        self.at = At::Data(left - here);
                        return Ok(taken);
                    }
                    self.at = At::DataEnd;
                }
                At::Done => return Ok(taken),
                line => {
                    let Some(end) = memchr::memchr(b'\n', rest) else { return Ok(taken) };
                    let text = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
                    self.at = after(line, text)?;
                    taken += end + 1;
                }
            }
        }
    }

    /// Whether the whole body was seen.
    pub(crate) fn is_done(&self) -> bool {
        self.at == At::Done
    }
}

fn after(line: At, text: &[u8]) -> Result<At, Wrong> {
    match line {
        At::Size => {
            let digits = text.split(|b| *b == b';').next().unwrap_or_default();
            let size = std::str::from_utf8(digits).ok().and_then(|t| usize::from_str_radix(t.trim(), 16).ok());
            let size = size.ok_or_else(|| format!("chunk size {:?}", String::from_utf8_lossy(text)))?;
            Ok(if size == 0 { At::Trailer } else { At::Data(size) })
        }
        At::DataEnd if text.is_empty() => Ok(At::Size),
        At::DataEnd => Err("a chunk longer than its size".to_owned()),
        At::Trailer if text.is_empty() => Ok(At::Done),
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_names_status_length_and_whether_the_connection_ends() {
        let text = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

        let head = head(text).unwrap().unwrap();

        assert_eq!((head.status, head.body, head.closes), (429, Body::Length(5), true));
        assert_eq!(&text[head.length..], b"hello");
    }

    #[test]
    fn chunks_decode_alike_wherever_the_bytes_are_cut() {
        let wire = b"4\r\nWiki\r\n6;x=y\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: 1\r\n\r\n";
        for cut in 0..=wire.len() {
            let (mut chunks, mut payload, mut buffer) = (Chunks::default(), Vec::new(), Vec::new());

            for part in [&wire[..cut], &wire[cut..]] {
                buffer.extend_from_slice(part);
                let taken = chunks.take(&buffer, &mut payload).unwrap();
                buffer.drain(..taken);
            }

            assert!(chunks.is_done() && buffer.is_empty(), "cut at {cut}");
            assert_eq!(payload, b"Wikipedia in \r\n\r\nchunks.");
        }
    }
}

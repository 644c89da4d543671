//! An answer as HTTP/1.1 writes it: status line, framing, and a stream piece by piece.
//!
//! In: an answer and the form it is to have. Out: its bytes on the wire; the head leaves with the first of the body.

use std::pin::pin;

use crate::answer::{Answer, AnswerBody};
use crate::stream::Streaming;
use crate::translate::push_number;
use crate::worker::Worker;

use super::wire::{Over, Wire};

/// How an answer is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Without its body: the answer to a HEAD.
    pub(super) head_only: bool,
    /// A stream that ends with the connection, for HTTP/1.0.
    pub(super) unframed: bool,
    /// The connection is closed behind it.
    pub(super) close: bool,
}

/// Writes an answer; what takes the caller too long ends the connection.
pub(super) async fn write(wire: &Wire, worker: &Worker, answer: Answer, form: Form) -> Result<(), Over> {
    let mut head = Vec::with_capacity(answer.headers.len() + 256);
    status_line(&mut head, answer.status);
    head.extend_from_slice(b"date: ");
    head.extend_from_slice(&worker.clock.date());
    head.extend_from_slice(b"\r\n");
    head.extend_from_slice(&answer.headers);
    match answer.body {
        AnswerBody::Whole(body) => {
            if !matches!(answer.status, 204 | 304) {
                length_line(&mut head, body.len());
            }
            end_head(&mut head, form.close);
            let body: &[u8] = if form.head_only { &[] } else { &body };
            wire.send(worker.live().settings.timeouts.body_idle, &[&head, body]).await
        }
        AnswerBody::Stream(stream) => {
            let chunked = stream.length.is_none() && !form.unframed;
            match stream.length {
                Some(length) => length_line(&mut head, usize::try_from(length).unwrap_or(usize::MAX)),
                None if chunked => head.extend_from_slice(b"transfer-encoding: chunked\r\n"),
                None => {}
            }
            end_head(&mut head, form.close);
            write_stream(wire, worker, head, stream, chunked).await
        }
    }
}

async fn write_stream(
    wire: &Wire,
    worker: &Worker,
    head: Vec<u8>,
    mut stream: Box<Streaming>,
    chunked: bool,
) -> Result<(), Over> {
    let mut head = Some(head);
    loop {
        let piece = wire.race(pin!(stream.next(worker, &wire.watch))).await?;
        // The head leaves with the first piece, in the same segment.
        let before = head.take().unwrap_or_default();
        if piece.broken {
            let _ = wire.send(worker.live().settings.timeouts.body_idle, &[&before]).await;
            return Err(Over::Gone);
        }
        let line = ChunkLine::new(piece.len);
        let (size, line_end): (&[u8], &[u8]) =
            if chunked && piece.len > 0 { (line.bytes(), b"\r\n") } else { (b"", b"") };
        let end: &[u8] = if chunked && piece.last { b"0\r\n\r\n" } else { b"" };
        let parts = [before.as_slice(), size, stream.bytes(piece), line_end, end];
        let sent = wire.send(worker.live().settings.timeouts.body_idle, &parts).await;
        if sent == Err(Over::Stalled) {
            stream.stalled();
        }
        sent?;
        drop(before);
        stream.taken(piece);
        if piece.last {
            return Ok(());
        }
    }
}

fn status_line(out: &mut Vec<u8>, status: u16) {
    if status == 200 {
        out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    push_number(out, usize::from(status));
    let reason = http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error");
    out.push(b' ');
    out.extend_from_slice(reason.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn length_line(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(b"content-length: ");
    push_number(out, length);
    out.extend_from_slice(b"\r\n");
}

fn end_head(out: &mut Vec<u8>, close: bool) {
    if close {
        out.extend_from_slice(b"connection: close\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// The size line of a chunk, built at the end of a small array, for it is needed for every event of every stream.
struct ChunkLine([u8; 18], usize);

impl ChunkLine {
    fn new(mut size: usize) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut line = *b"0000000000000000\r\n";
        let mut start = 16;
        while size > 0 {
            start -= 1;
            line[start] = HEX[size & 15];
            size >>= 4;
        }
        Self(line, start)
    }

    fn bytes(&self) -> &[u8] {
        &self.0[self.1..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_announces_its_size_in_hexadecimal() {
        for size in [1, 15, 16, 255, 4096, 1_048_576, usize::MAX] {
            assert_eq!(ChunkLine::new(size).bytes(), format!("{size:x}\r\n").as_bytes());
        }
    }
}

//! The provider's side of a connection in HTTP/1.1, by hand, so that it can also do what no server does.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::answer::{Answer, Framing, Step};
use super::{Received, Shared};

pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(io) => io.read_buf(into).await,
            Self::Tls(io) => io.read_buf(into).await,
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(io) => io.write_all(bytes).await,
            Self::Tls(io) => {
                io.write_all(bytes).await?;
                io.flush().await
            }
        }
    }

    async fn end(mut self) {
        let _ = match &mut self {
            Self::Plain(io) => io.shutdown().await,
            Self::Tls(io) => io.shutdown().await,
        };
    }

    /// Dropped after this, it sends a reset.
    fn reset(self) {
        if let Self::Plain(io) = &self {
            let _ = io.set_zero_linger();
        }
    }
}

/// First byte of a TLS record that holds a handshake (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 22;

/// Whether another request may follow on the connection.
enum After {
    Next(Wire),
    Over,
}

pub(super) async fn serve(mut wire: Wire, connection: usize, shared: &Arc<Shared>) {
    let mut buffer = Vec::new();
    while let Some(received) = receive(&mut wire, &mut buffer, connection).await {
        let answer = shared.note(received);
        match send(wire, &mut buffer, &answer, shared).await {
            After::Next(same) => wire = same,
            After::Over => return,
        }
    }
}

async fn receive(wire: &mut Wire, buffer: &mut Vec<u8>, connection: usize) -> Option<Received> {
    let end = loop {
        // As servers do that are greeted in TLS and speak none.
        if buffer.first() == Some(&TLS_HANDSHAKE) {
            let _ = wire.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
            return None;
        }
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if !matches!(wire.read(buffer).await, Ok(1..)) {
            return None;
        }
    };
    let head = String::from_utf8(buffer.drain(..end).collect()).unwrap();
    let mut received = Received { connection, head, body: Vec::new(), at: Instant::now() };
    let length = received.header("content-length").map_or(0, |text| text.parse().unwrap());
    while buffer.len() < length {
        if !matches!(wire.read(buffer).await, Ok(1..)) {
            return None;
        }
    }
    received.body = buffer.drain(..length).collect();
    received.at = Instant::now();
    Some(received)
}

async fn send(mut wire: Wire, buffer: &mut Vec<u8>, answer: &Answer, shared: &Arc<Shared>) -> After {
    let mut before = answer.head();
    for step in &answer.steps {
        match step {
            Step::Piece(bytes) => {
                // The head leaves with the first piece.
                let mut out = std::mem::take(&mut before);
                if answer.framing == Framing::Chunked {
                    out.extend_from_slice(format!("{:x}\r\n", bytes.len()).as_bytes());
                    out.extend_from_slice(bytes);
                    out.extend_from_slice(b"\r\n");
                } else {
                    out.extend_from_slice(bytes);
                }
                if wire.write(&out).await.is_err() {
                    shared.hung_up();
                    return After::Over;
                }
            }
            Step::Wait(gate) => {
                tokio::select! {
                    () = gate.pass() => {}
                    read = wire.read(buffer) => {
                        if !matches!(read, Ok(1..)) {
                            shared.hung_up();
                            return After::Over;
                        }
                    }
                }
            }
            Step::Think(time) => tokio::time::sleep(*time).await,
            Step::Cut => {
                let _ = wire.write(&before).await;
                wire.end().await;
                return After::Over;
            }
            Step::Reset => {
                wire.reset();
                return After::Over;
            }
        }
    }
    let end: &[u8] = if answer.framing == Framing::Chunked { b"0\r\n\r\n" } else { b"" };
    if wire.write(&[&before, end].concat()).await.is_err() {
        shared.hung_up();
        return After::Over;
    }
    if matches!(answer.framing, Framing::UntilClose | Framing::Raw) {
        wire.end().await;
        return After::Over;
    }
    After::Next(wire)
}

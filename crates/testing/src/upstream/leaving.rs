//! A provider in h2 that answers the first request of each connection and does not want the second: frames as written
//! down in RFC 9113, for a library would not leave in the middle.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the second request of a connection meets.
#[derive(Debug, Clone, Copy)]
pub enum Leave {
    /// GOAWAY, which names the first request as the last one looked at.
    GoAway,
    /// GOAWAY that names this request too, and the end of the connection: it may have been at work on it.
    GoAwayBehind,
    /// Its stream is reset with this code of RFC 9113, section 7.
    Reset(u8),
    /// GOAWAY, as soon as the first answer has gone.
    Idle,
}

/// The provider.
#[derive(Debug)]
pub struct Leaving {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
/// The flag END_STREAM, and that of a SETTINGS frame that answers one.
const END: u8 = 1;
const END_HEADERS: u8 = 4;
const BODY: &[u8] = br#"{"choices":[]}"#;

impl Leaving {
    /// One that listens.
    pub async fn start(leave: Leave) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move { serve(socket, leave).await });
            }
        });
        Self { address, connections, accepting }
    }

    /// For `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Connections accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Until the other side, or this one, ends the connection.
async fn serve(mut socket: TcpStream, leave: Leave) -> Option<()> {
    let mut preface = [0; 24];
    socket.read_exact(&mut preface).await.ok()?;
    socket.write_all(&frame(SETTINGS, 0, 0, &[])).await.ok()?;
    let mut seen = 0;
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.ok()?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        socket.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes(stream);
        seen += usize::from(kind == HEADERS);
        let say = match kind {
            SETTINGS if flags & END == 0 => frame(SETTINGS, END, 0, &[]),
            HEADERS if seen == 2 => match leave {
                Leave::GoAway | Leave::Idle => go_away(1),
                Leave::GoAwayBehind => go_away(stream),
                Leave::Reset(code) => frame(RESET, 0, stream, &[0, 0, 0, code]),
            },
            0 | HEADERS if flags & END != 0 && seen == 1 => answer(stream, leave),
            _ => continue,
        };
        socket.write_all(&say).await.ok()?;
        if seen == 2 && matches!(leave, Leave::GoAwayBehind) {
            return None;
        }
    }
}

/// An answer of 200, and what comes with it.
fn answer(stream: u32, leave: Leave) -> Vec<u8> {
    // `:status 200` of the static table; content-type, as a literal under its number there.
    let head = [&[0x88, 0x0f, 0x10, 16][..], b"application/json"].concat();
    let whole = [frame(HEADERS, END_HEADERS, stream, &head), frame(0, END, stream, BODY)].concat();
    match leave {
        Leave::Idle => [whole, go_away(stream)].concat(),
        _ => whole,
    }
}

/// Nothing is wrong; `last` was the last stream looked at.
fn go_away(last: u32) -> Vec<u8> {
    frame(GO_AWAY, 0, 0, &[last.to_be_bytes(), [0; 4]].concat())
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

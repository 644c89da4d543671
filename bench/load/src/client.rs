//! One connection and what is asked over it.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::{self, Body, Chunks, Head, Wrong};
use crate::stamps::{Text, unix_ns};
use crate::tally::Tally;

/// Room for each read of a connection that is kept busy.
const READ: usize = 16 << 10;
/// Of an error's body, this much is reported.
const SHOWN: usize = 300;

/// A kept connection.
pub(crate) struct Client {
    socket: TcpStream,
    inbox: Vec<u8>,
    text: Text,
    room: usize,
    /// The server said that this connection ends.
    pub(crate) closed: bool,
}

impl Client {
    pub(crate) async fn connect(addr: &str) -> Result<Self, Wrong> {
        Self::with_room(addr, READ).await
    }

    /// A connection that is one of thousands and mostly silent.
    pub(crate) async fn connect_small(addr: &str) -> Result<Self, Wrong> {
        Self::with_room(addr, 2 << 10).await
    }

    async fn with_room(addr: &str, room: usize) -> Result<Self, Wrong> {
        let socket = TcpStream::connect(addr).await.map_err(|e| format!("connect: {e}"))?;
        socket.set_nodelay(true).map_err(|e| format!("nodelay: {e}"))?;
        Ok(Self { socket, inbox: Vec::new(), text: Text::default(), room, closed: false })
    }

    /// Sends `request` and reads its answer whole.
    pub(crate) async fn plain(&mut self, request: &[u8], tally: &mut Tally) -> Result<(), Wrong> {
        let start = Instant::now();
        let head = self.ask(request).await?;
        let mut payload = 0;
        self.body(head, |text| {
            payload += text.bytes.len();
            text.clear();
        })
        .await?;
        tally.ok += 1;
        tally.bytes += payload as u64;
        tally.total.push(nanos(start));
        Ok(())
    }

    /// Sends `request` and reads its stream to the end. `first` is called at the first stamped event.
    pub(crate) async fn stream(
        &mut self,
        request: &[u8],
        tally: &mut Tally,
        mut first: impl FnMut(),
    ) -> Result<(), Wrong> {
        let start = Instant::now();
        let head = self.ask(request).await?;
        let (mut ttft, mut chunks) = (None, 0);
        self.text.clear();
        self.body(head, |text| {
            let now = unix_ns();
            text.scan(|stamp| {
                chunks += 1;
                tally.transit.push(now.saturating_sub(stamp));
            });
            if chunks > 0 && ttft.is_none() {
                ttft = Some(nanos(start));
                first();
            }
        })
        .await?;
        if !self.text.is_done() {
            return Err("a stream without [DONE]".to_owned());
        }
        tally.ok += 1;
        tally.chunks += chunks;
        tally.ttft.extend(ttft);
        tally.total.push(nanos(start));
        Ok(())
    }

    /// Writes the request and reads the head of its answer, which must be a success.
    async fn ask(&mut self, request: &[u8]) -> Result<Head, Wrong> {
        self.socket.write_all(request).await.map_err(|e| format!("write: {e}"))?;
        let head = loop {
            if let Some(head) = answer::head(&self.inbox)? {
                break head;
            }
            self.more().await?;
        };
        self.inbox.drain(..head.length);
        self.closed = head.closes;
        if head.status == 200 {
            return Ok(head);
        }
        self.text.clear();
        let mut shown = Vec::new();
        self.body(head, |text| shown.append(&mut text.bytes)).await?;
        shown.truncate(SHOWN);
        Err(format!("status {}: {}", head.status, String::from_utf8_lossy(&shown)))
    }

    /// Reads the body that `head` announces; `each` sees the text after every read that brought some.
    async fn body(&mut self, head: Head, mut each: impl FnMut(&mut Text)) -> Result<(), Wrong> {
        let mut chunks = Chunks::default();
        let mut left = match head.body {
            Body::Length(length) => length,
            Body::Chunked => usize::MAX,
        };
        loop {
            let before = self.text.bytes.len();
            let taken = match head.body {
                Body::Length(_) => {
                    let here = left.min(self.inbox.len());
                    self.text.bytes.extend_from_slice(&self.inbox[..here]);
                    left -= here;
                    here
                }
                Body::Chunked => chunks.take(&self.inbox, &mut self.text.bytes)?,
            };
            self.inbox.drain(..taken);
            if self.text.bytes.len() > before {
                each(&mut self.text);
            }
            if left == 0 || chunks.is_done() {
                return Ok(());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), Wrong> {
        self.inbox.reserve(self.room);
        match self.socket.read_buf(&mut self.inbox).await {
            Ok(0) => Err("the connection ended inside an answer".to_owned()),
            Ok(_) => Ok(()),
            Err(e) => Err(format!("read: {e}")),
        }
    }
}

fn nanos(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

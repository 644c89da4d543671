//! The body of a request on the wire: read as its head frames it, or passed over.
//!
//! In: the head, and the bytes behind it that have come already. Out: the body behind the head in the request's bytes;
//! what comes behind the body is put aside for the next request.

use std::cell::Cell;
use std::time::Duration;

use crate::body::BodyError;
use crate::chunks::Chunks;
use crate::request::Request;
use crate::watch::{LEAVING_IDLE, Phase};
use crate::worker::Worker;

use super::head::{Framing, Head};
use super::wire::{Over, READ, ReadError, Wire};

/// A body that nobody wants is read and dropped up to this, so that the connection can go on.
const SKIPPED_MAX: u64 = 64 << 10;

/// How much of the current body is still to come; `None` where its end is not known.
pub(super) struct Owed(Cell<Option<u64>>);

impl Owed {
    pub(super) fn nothing() -> Self {
        Self(Cell::new(Some(0)))
    }

    /// A request begins: its body is owed whole.
    pub(super) fn begin(&self, framing: Framing) {
        self.0.set(match framing {
            Framing::Length(n) => Some(n),
            Framing::Chunked => None,
        });
    }

    /// Whether what is left of the body can be read and dropped.
    pub(super) fn can_skip(&self, request: &Request, head: &Head) -> bool {
        match self.0.get() {
            Some(0) => true,
            Some(owed) => {
                let arrived = request.bytes.len().saturating_sub(head.len) as u64;
                // A caller that awaits `100 Continue` may now send a body or not: nobody can tell.
                owed.saturating_sub(arrived) <= SKIPPED_MAX && (!head.expects_continue || arrived >= owed)
            }
            None => false,
        }
    }

    /// Drops what is left of the body and readies the connection for the next request.
    pub(super) async fn skip(&self, wire: &Wire, worker: &Worker, mut request: Request) -> Result<(), Over> {
        wire.watch.enter(Phase::Body, worker.live().settings.timeouts.body_idle);
        let mut owed = self.0.replace(Some(0)).unwrap_or(0);
        if owed > 0 {
            // The body was not read: what came of it stands behind the head.
            let head = request.body.start;
            let arrived = request.bytes.len() - head;
            let taken = arrived.min(usize::try_from(owed).unwrap_or(usize::MAX));
            owed -= taken as u64;
            let mut spare = wire.spare.borrow_mut();
            let mut early = std::mem::take(&mut *spare);
            spare.extend_from_slice(&request.bytes[head + taken..]);
            let n = early.len().min(usize::try_from(owed).unwrap_or(usize::MAX));
            owed -= n as u64;
            spare.extend(early.drain(n..));
        } else {
            let mut spare = wire.spare.borrow_mut();
            let next = request.bytes.split_off(request.body.end);
            if spare.is_empty() && next.is_empty() {
                // The usual case keeps the buffer, unless a large body has grown it.
                request.bytes.clear();
                if request.bytes.capacity() <= READ {
                    *spare = request.bytes;
                }
            } else {
                let early = std::mem::replace(&mut *spare, next);
                spare.extend_from_slice(&early);
            }
        }
        while owed > 0 {
            let n = wire.fill_spare().await.map_err(|_| Over::Gone)?;
            if n == 0 {
                return Err(Over::Gone);
            }
            let mut spare = wire.spare.borrow_mut();
            let taken = spare.len().min(usize::try_from(owed).unwrap_or(usize::MAX));
            spare.drain(..taken);
            owed -= taken as u64;
        }
        let idle = worker.live().settings.timeouts.keep_alive;
        wire.watch.enter(Phase::KeepAlive, if worker.is_leaving() { idle.min(LEAVING_IDLE) } else { idle });
        Ok(())
    }
}

/// Reads the body of the current request.
pub(crate) struct Reader<'c> {
    pub(super) wire: &'c Wire,
    pub(super) owed: &'c Owed,
    pub(super) head: &'c Head,
}

impl Reader<'_> {
    pub(crate) fn announced(&self) -> Option<u64> {
        match self.head.framing {
            Framing::Length(n) => Some(n),
            Framing::Chunked => None,
        }
    }

    pub(crate) fn awaits_leave(&self) -> bool {
        self.head.expects_continue
    }

    pub(crate) async fn read(&mut self, request: &mut Request, limit: usize, idle: Duration) -> Result<(), BodyError> {
        self.read_framed(request, limit, idle).await?;
        self.owed.0.set(Some(0));
        Ok(())
    }

    async fn read_framed(&self, request: &mut Request, limit: usize, idle: Duration) -> Result<(), BodyError> {
        self.wire.watch.enter(Phase::Body, idle);
        let arrived = request.bytes.len() > self.head.len;
        if self.head.expects_continue && !arrived {
            let go_on = self.wire.send(idle, &[b"HTTP/1.1 100 Continue\r\n\r\n"]).await;
            go_on.map_err(|_| BodyError::Closed { received: 0 })?;
        }
        match self.head.framing {
            Framing::Length(length) => self.read_length(request, length, idle).await,
            Framing::Chunked => self.read_chunks(request, limit, idle).await,
        }
    }

    async fn read_length(&self, request: &mut Request, length: u64, idle: Duration) -> Result<(), BodyError> {
        let start = self.head.len;
        // The ceiling was checked against the announced length before.
        let end = start + usize::try_from(length).map_err(|_| BodyError::TooLarge)?;
        while request.bytes.len() < end {
            let room = (end - request.bytes.len()).min(256 << 10);
            let received = request.bytes.len() - start;
            self.fill(&mut request.bytes, room, idle, received).await?;
        }
        if request.bytes.len() > end {
            let next = request.bytes.split_off(end);
            *self.wire.spare.borrow_mut() = next;
        }
        request.body = start..end;
        Ok(())
    }

    async fn read_chunks(&self, request: &mut Request, limit: usize, idle: Duration) -> Result<(), BodyError> {
        let start = self.head.len;
        let mut raw = request.bytes.split_off(start);
        let mut chunks = Chunks::Size;
        loop {
            let used = chunks.decode(&raw, &mut request.bytes).map_err(BodyError::Framing)?;
            raw.drain(..used);
            if request.bytes.len() - start > limit {
                return Err(BodyError::TooLarge);
            }
            if chunks == Chunks::End {
                break;
            }
            let received = request.bytes.len() - start;
            self.fill(&mut raw, 16 << 10, idle, received).await?;
        }
        *self.wire.spare.borrow_mut() = raw;
        request.body = start..request.bytes.len();
        Ok(())
    }

    async fn fill(&self, into: &mut Vec<u8>, room: usize, idle: Duration, received: usize) -> Result<(), BodyError> {
        self.wire.watch.enter(Phase::Body, idle);
        match self.wire.fill(into, room).await {
            Ok(0) | Err(ReadError::Io) => Err(BodyError::Closed { received }),
            Ok(_) => Ok(()),
            Err(ReadError::Late) => Err(BodyError::Timeout { received }),
        }
    }
}

//! The bytes of one connection, both ways, each wait under the connection's deadline.
//!
//! In: a connection. Out: what came of it, put aside until a request takes it; parts of answers, gone in one write
//! where the socket takes them. It knows neither requests nor answers.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::io::{Io, write_from};
use crate::watch::{Expired, Phase, Watch};
use crate::worker::Worker;

/// Bytes read at once from a caller.
pub(super) const READ: usize = 16 << 10;
/// Bytes of further requests taken in while one is served.
const PIPELINE_MAX: usize = 64 << 10;
/// After a refusal that ends the connection so much is still read, so that the answer is not lost to a reset.
const LINGER_MAX: usize = 1 << 20;
const LINGER: Duration = Duration::from_secs(2);

/// A caller's connection as bytes.
pub(super) struct Wire {
    worker: Rc<Worker>,
    io: RefCell<Io>,
    /// Bytes that came and belong to no request yet.
    pub(super) spare: RefCell<Vec<u8>>,
    pub(super) watch: Rc<Watch>,
}

/// The connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The caller has gone, or we are done with it.
    Gone,
    /// It took nothing of what we sent for too long.
    Stalled,
}

/// Why nothing more could be read.
pub(super) enum ReadError {
    Io,
    Late,
}

impl Wire {
    /// A connection of which `first` was read already. Its first head is due within the time for heads.
    pub(super) fn new(worker: Rc<Worker>, io: Io, first: Vec<u8>) -> Self {
        let watch = worker.wheel.watch(Phase::Head, worker.live().settings.timeouts.head);
        Self { worker, io: RefCell::new(io), spare: RefCell::new(first), watch }
    }

    /// Puts aside what comes next; `Ok(0)` where the caller has ended its side.
    pub(super) async fn fill_spare(&self) -> Result<usize, ReadError> {
        poll_fn(|cx| {
            // Into the worker's scratch, so that ten thousand silent connections hold no buffer.
            let mut scratch = self.worker.scratch.borrow_mut();
            scratch.clear();
            match self.io.borrow_mut().poll_fill(cx, &mut scratch, READ) {
                Poll::Ready(Ok(n)) => {
                    self.spare.borrow_mut().extend_from_slice(&scratch);
                    Poll::Ready(Ok(n))
                }
                Poll::Ready(Err(_)) => Poll::Ready(Err(ReadError::Io)),
                Poll::Pending => self.late(cx),
            }
        })
        .await
    }

    /// Reads at most `room` bytes to the end of `into`; `Ok(0)` where the caller has ended its side.
    pub(super) async fn fill(&self, into: &mut Vec<u8>, room: usize) -> Result<usize, ReadError> {
        poll_fn(|cx| match self.io.borrow_mut().poll_fill(cx, into, room) {
            Poll::Ready(Ok(n)) => Poll::Ready(Ok(n)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(ReadError::Io)),
            Poll::Pending => self.late(cx),
        })
        .await
    }

    /// Whether bytes have come that nobody has read, be the event of their coming still on its way.
    pub(super) fn has_bytes(&self) -> bool {
        self.io.borrow().has_bytes()
    }

    fn late<T>(&self, cx: &Context<'_>) -> Poll<Result<T, ReadError>> {
        match self.watch.check(cx) {
            Ok(()) => Poll::Pending,
            Err(Expired(_)) => Poll::Ready(Err(ReadError::Late)),
        }
    }

    /// Runs `future` while looking whether the caller is still there; its going ends the request, and with it the
    /// upstream one. It comes pinned, so that its room is taken once.
    pub(super) async fn race<F: Future + Unpin>(&self, mut future: F) -> Result<F::Output, Over> {
        poll_fn(|cx| {
            if let Poll::Ready(out) = Pin::new(&mut future).poll(cx) {
                return Poll::Ready(Ok(out));
            }
            self.poll_gone(cx).map(|()| Err(Over::Gone))
        })
        .await
    }

    /// Whether the caller has gone, which is asked while a provider is waited for: that request is then ended. At
    /// any other moment the end of its bytes may be a caller that only has nothing more to say.
    fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.watch.waits_for_provider() {
            return Poll::Pending;
        }
        let mut scratch = self.worker.scratch.borrow_mut();
        let mut spare = self.spare.borrow_mut();
        // What comes is a pipelined request, read when its turn comes. A bound keeps a sender of endless bytes from
        // filling our memory: beyond it we stop looking.
        while spare.len() <= PIPELINE_MAX {
            scratch.clear();
            match ready!(self.io.borrow_mut().poll_fill(cx, &mut scratch, READ)) {
                Ok(0) | Err(_) => return Poll::Ready(()),
                Ok(_) => spare.extend_from_slice(&scratch),
            }
        }
        Poll::Pending
    }

    /// Sends `parts` one behind the other; the caller has to take some of them within `limit`.
    pub(super) async fn send(&self, limit: Duration, parts: &[&[u8]]) -> Result<(), Over> {
        let total: usize = parts.iter().map(|p| p.len()).sum();
        let mut written = 0;
        let mut waiting = false;
        poll_fn(|cx| {
            let mut io = self.io.borrow_mut();
            while written < total {
                match write_from(&mut io, cx, parts, written, &self.worker.outgoing) {
                    Poll::Ready(Ok(n)) => {
                        written += n;
                        waiting = false;
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(Err(Over::Gone)),
                    Poll::Pending => {
                        // Only now, for most writes are taken at once.
                        if !std::mem::replace(&mut waiting, true) {
                            self.watch.enter(Phase::Write, limit);
                        }
                        return self.late(cx).map_err(|_| Over::Stalled);
                    }
                }
            }
            match io.poll_flush(cx) {
                Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
                Poll::Ready(Err(_)) => Poll::Ready(Err(Over::Gone)),
                Poll::Pending => self.late(cx).map_err(|_| Over::Stalled),
            }
        })
        .await
    }

    /// Ends our side and reads what still comes, for a while: closing with bytes unread would reset the connection
    /// and take the answer with it.
    pub(super) async fn linger(&self) {
        self.watch.set_total(None);
        self.watch.enter(Phase::Write, LINGER);
        let shut = poll_fn(|cx| match self.io.borrow_mut().poll_shutdown(cx) {
            Poll::Ready(_) => Poll::Ready(Ok(())),
            Poll::Pending => self.late(cx),
        });
        if shut.await.is_err() {
            return;
        }
        let mut read = 0;
        while read < LINGER_MAX {
            self.spare.borrow_mut().clear();
            match self.fill_spare().await {
                Ok(n) if n > 0 => read += n,
                _ => return,
            }
        }
    }
}

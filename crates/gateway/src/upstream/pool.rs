//! Idle connections to providers, a pool per worker and provider.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::SendRequest;

use crate::io::Io;

/// How long a connection may idle before we close it. Providers and their load balancers close theirs at 60 s or
/// later, so ours ends first.
const IDLE_MAX: Duration = Duration::from_secs(55);

/// The h2 connection of a provider, once there is one.
pub(super) type Http2 = Rc<RefCell<Option<SendRequest<Full<Bytes>>>>>;

/// A worker's idle connections.
pub(crate) struct Pools {
    idle: Vec<RefCell<Vec<Idle>>>,
    /// One h2 connection per provider, shared by its requests.
    pub(super) http2: Vec<Http2>,
    max: usize,
}

struct Idle {
    io: Io,
    since: Instant,
}

impl Pools {
    /// Pools for so many providers, each of at most `max` connections.
    pub(crate) fn new(providers: usize, max: usize) -> Self {
        Self {
            idle: (0..providers).map(|_| RefCell::default()).collect(),
            http2: (0..providers).map(|_| Rc::default()).collect(),
            max,
        }
    }

    /// The connection used last that is still open: the others may then grow old and be closed.
    pub(super) fn take(&self, provider: usize) -> Option<Io> {
        let mut idle = self.idle.get(provider)?.borrow_mut();
        while let Some(mut entry) = idle.pop() {
            if is_quiet(&mut entry.io) {
                return Some(entry.io);
            }
        }
        None
    }

    /// Keeps a connection whose answer has been read to its end, `now` (a tick more or less).
    pub(super) fn put(&self, provider: usize, io: Io, now: Instant) {
        let Some(pool) = self.idle.get(provider) else {
            return;
        };
        let mut idle = pool.borrow_mut();
        if idle.len() < self.max {
            idle.push(Idle { io, since: now });
        }
    }

    /// Closes what has idled too long.
    pub(crate) fn close_idle(&self) {
        for pool in &self.idle {
            pool.borrow_mut().retain(|entry| entry.since.elapsed() < IDLE_MAX);
        }
    }
}

/// Whether nothing has come on an idle connection: an end, an error or bytes that nobody asked for all spoil it.
/// Costs no system call while the socket has reported nothing.
fn is_quiet(io: &mut Io) -> bool {
    let mut nothing = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    matches!(io.poll_fill(&mut cx, &mut nothing, 1), Poll::Pending)
}

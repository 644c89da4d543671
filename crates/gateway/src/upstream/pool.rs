//! Idle connections to providers, a pool per worker and provider.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::SendRequest;

use crate::io::Io;
use crate::live::Live;

/// How long a connection may idle before we close it. Providers and their load balancers close theirs at 60 s or
/// later, so ours ends first.
const IDLE_MAX: Duration = Duration::from_secs(55);

/// One end of an h2 connection: clones of it send on the same one.
pub(super) type Sender = SendRequest<Full<Bytes>>;
/// The h2 connection of a provider, once there is one.
pub(super) type Http2 = Rc<RefCell<Option<Rc<Sender>>>>;

/// A worker's idle connections.
#[derive(Default)]
pub(crate) struct Pools {
    /// By the places of providers; one that is not there any more has none.
    places: RefCell<Vec<Option<Place>>>,
    max: Cell<usize>,
}

/// The connections of one provider.
#[derive(Default)]
struct Place {
    idle: Vec<Idle>,
    /// The h2 connection, shared by its requests.
    http2: Http2,
}

struct Idle {
    io: Io,
    since: Instant,
}

impl Pools {
    /// Has room for the providers of this catalog, keeps the connections of those it knows, and closes the others'.
    pub(crate) fn follow(&self, live: &Live) {
        self.max.set(live.settings.limits.idle_upstream_connections);
        let mut places = self.places.borrow_mut();
        let mut old = std::mem::take(&mut *places);
        for provider in live.catalog.providers() {
            if places.len() <= provider.index {
                places.resize_with(provider.index + 1, || None);
            }
            places[provider.index] = Some(old.get_mut(provider.index).and_then(Option::take).unwrap_or_default());
        }
    }

    /// The place of the h2 connection. A provider that is gone has one that nobody else sees.
    pub(super) fn http2(&self, provider: usize) -> Http2 {
        let places = self.places.borrow();
        places.get(provider).and_then(Option::as_ref).map_or_else(Http2::default, |place| place.http2.clone())
    }

    /// The connection used last that is still open: the others may then grow old and be closed.
    pub(super) fn take(&self, provider: usize) -> Option<Io> {
        let mut places = self.places.borrow_mut();
        let place = places.get_mut(provider)?.as_mut()?;
        while let Some(mut entry) = place.idle.pop() {
            if is_quiet(&mut entry.io) {
                return Some(entry.io);
            }
        }
        None
    }

    /// Keeps a connection whose answer has been read to its end, `now` (a tick more or less).
    pub(super) fn put(&self, provider: usize, io: Io, now: Instant) {
        let mut places = self.places.borrow_mut();
        if let Some(Some(place)) = places.get_mut(provider)
            && place.idle.len() < self.max.get()
        {
            place.idle.push(Idle { io, since: now });
        }
    }

    /// Closes what has idled too long.
    pub(crate) fn close_idle(&self) {
        for place in self.places.borrow_mut().iter_mut().flatten() {
            place.idle.retain(|entry| entry.since.elapsed() < IDLE_MAX);
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

//! A caller's connection in HTTP/1.1, by hand on tokio: one task does everything, and answers leave in one write.
//!
//! In: a connection. Out: requests for [`line::answer`], answers on the wire. hyper's server was the alternative; its
//! own refusals (a head that is no HTTP, one that is too large) leave without a body and cannot be given one
//! (docs/decisions/0001-http1-by-hand.md has that and the figures). The bytes and their deadlines are [`wire`]'s.

mod answer;
mod body;
#[cfg(fuzzing)]
pub mod fuzzing;
mod head;
mod pieces;
mod wire;

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use crate::answer::AnswerBody;
use crate::body::Body;
use crate::failure::Failure;
use crate::forwarded;
use crate::io::Io;
use crate::line;
use crate::record::Trace;
use crate::request::{Headers, Method, Request, Span};
use crate::respond;
use crate::watch::Phase;
use crate::worker::Worker;

use answer::Form;
use body::Owed;
pub(crate) use body::Reader;
pub(crate) use head::HeadError;
use head::{Head, HeadLimits};
use pieces::Pieces;
use wire::{Over, ReadError, Wire};

/// The caller's side of a connection.
struct Client {
    wire: Wire,
    owed: Owed,
}

/// Serves a connection until it ends.
pub(crate) async fn serve(worker: Rc<Worker>, io: Io, first: Vec<u8>, peer: IpAddr) {
    let client = Client { wire: Wire::new(worker.clone(), io, first), owed: Owed::nothing() };
    while client.one(&worker, peer).await.is_ok() {}
}

impl Client {
    /// One request and its answer.
    async fn one(&self, worker: &Rc<Worker>, peer: IpAddr) -> Result<(), Over> {
        let head = match self.head(worker).await {
            Ok(head) => head,
            Err(None) => return Err(Over::Gone),
            Err(Some(failure)) => {
                // Boxed, as most connections never need it.
                Box::pin(self.refuse(worker, peer, &failure)).await;
                return Err(Over::Gone);
            }
        };
        let mut request = self.request(worker, peer, &head);
        let keep_alive = head.keep_alive;
        let body = Body::Http1(Reader { wire: &self.wire, owed: &self.owed, head: &head });
        // Boxed, so that a connection between two requests does not carry the room for one.
        let answer = self.wire.race(Box::pin(line::answer(worker, &self.wire.watch, &mut request, body))).await?;
        // To HTTP/1.0 a stream of unknown length ends with the connection.
        let unframed = head.old && matches!(&answer.body, AnswerBody::Stream(s) if s.length.is_none());
        let can_skip = self.owed.can_skip(&request, &head);
        let close = answer.close || unframed || !keep_alive || worker.lets_go() || !can_skip;
        let form = Form { head_only: request.method == Method::Head, unframed, close };
        answer::write(&self.wire, worker, answer, form).await?;
        self.wire.watch.set_total(None);
        if close {
            self.wire.linger().await;
            return Err(Over::Gone);
        }
        self.owed.skip(&self.wire, worker, request).await
    }

    /// Waits for a head. `Err(None)`: the caller has gone, or was idle for too long.
    async fn head(&self, worker: &Worker) -> Result<Head, Option<Failure>> {
        let live = worker.live();
        let settings = &live.settings;
        let limits = HeadLimits { bytes: settings.limits.head_bytes, headers: settings.limits.headers };
        let mut begun = false;
        let mut pieces = Pieces::default();
        loop {
            {
                let spare = self.wire.spare.borrow();
                if let Some(head) = pieces.read(&spare, limits).map_err(|e| Some(e.into()))? {
                    return Ok(head);
                }
                if !spare.is_empty() && !begun {
                    begun = true;
                    self.wire.watch.enter(Phase::Head, settings.timeouts.head);
                }
            }
            match self.wire.fill_spare().await {
                Ok(0) | Err(ReadError::Io) => return Err(None),
                Ok(_) => {}
                Err(ReadError::Late) if begun => return Err(Some(Failure::HeadTimeout)),
                // To close with bytes unread would reset the connection: they may be the next request.
                Err(ReadError::Late) if self.wire.has_bytes() => {
                    self.wire.watch.enter(Phase::Head, settings.timeouts.head);
                }
                Err(ReadError::Late) => return Err(None),
            }
        }
    }

    fn request(&self, worker: &Worker, peer: IpAddr, head: &Head) -> Request {
        let accepted = Instant::now();
        let bytes = std::mem::take(&mut *self.wire.spare.borrow_mut());
        self.owed.begin(head.framing);
        let live = worker.live();
        let lines = || forwarded::lines(&bytes[..head.len]);
        let peer = forwarded::caller(peer, &live.settings.trusted_proxies, lines);
        Request {
            id: worker.request_id(accepted),
            accepted,
            now: worker.clock.unix_seconds(accepted),
            peer,
            method: head.method,
            method_word: head.method_word,
            path: head.path,
            query: head.query,
            headers: head.headers.clone(),
            bytes,
            body: head.len..head.len,
        }
    }

    /// A refusal before there is a request.
    async fn refuse(&self, worker: &Rc<Worker>, peer: IpAddr, failure: &Failure) {
        let accepted = Instant::now();
        let none = Span::new(0, 0);
        let request = Request {
            id: worker.request_id(accepted),
            accepted,
            now: worker.clock.unix_seconds(accepted),
            peer,
            method: Method::Other,
            method_word: none,
            path: none,
            query: none,
            headers: Headers::new(),
            bytes: Vec::new(),
            body: 0..0,
        };
        let trace = Trace::new(worker.clone(), &request);
        let answer = respond::to_failure(failure, &request, trace, worker.live().settings.diagnosis).await;
        let form = Form { head_only: false, unframed: false, close: true };
        if answer::write(&self.wire, worker, answer, form).await.is_ok() {
            self.wire.linger().await;
        }
    }
}

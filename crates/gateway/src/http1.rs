//! A caller's connection in HTTP/1.1, by hand on tokio: one task does everything, and answers leave in one write.
//!
//! In: a connection. Out: requests for [`line::answer`], answers on the wire. hyper's server was the alternative; its
//! own refusals (a head that is no HTTP, one that is too large) leave without a body and cannot be given one
//! (docs/decisions/0001-http1-by-hand.md has that and the figures).

mod head;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use crate::answer::{Answer, AnswerBody};
use crate::body::{Body, BodyError};
use crate::chunks::Chunks;
use crate::failure::Failure;
use crate::io::{Io, write_from};
use crate::line;
use crate::record::Trace;
use crate::request::{Headers, Method, Request, Span};
use crate::respond;
use crate::stream::Streaming;
use crate::translate::push_number;
use crate::watch::{Expired, Phase, Watch};
use crate::worker::Worker;

pub(crate) use head::HeadError;
use head::{Framing, Head, HeadLimits};

/// Bytes read at once from a caller.
const READ: usize = 16 << 10;
/// Bytes of further requests taken in while one is served.
const PIPELINE_MAX: usize = 64 << 10;
/// A body that nobody wants is read and dropped up to this, so that the connection can go on.
const SKIPPED_MAX: u64 = 64 << 10;
/// After a refusal that ends the connection so much is still read, so that the answer is not lost to a reset.
const LINGER_MAX: usize = 1 << 20;
const LINGER: Duration = Duration::from_secs(2);

/// The caller's side of a connection.
pub(crate) struct Client {
    worker: Rc<Worker>,
    io: RefCell<Io>,
    /// Bytes that came and belong to no request yet.
    spare: RefCell<Vec<u8>>,
    watch: Rc<Watch>,
    /// How much of the current body is still to come; `None` where its end is not known.
    owed: Cell<Option<u64>>,
}

/// Serves a connection until it ends.
pub(crate) async fn serve(worker: Rc<Worker>, io: Io, first: Vec<u8>, peer: IpAddr) {
    let timeouts = worker.shared.settings.timeouts;
    let client = Client {
        worker: worker.clone(),
        io: RefCell::new(io),
        spare: RefCell::new(first),
        watch: worker.wheel.watch(Phase::Head, timeouts.head),
        owed: Cell::new(Some(0)),
    };
    while client.one(&worker, peer).await.is_ok() {
        if worker.draining() && client.spare.borrow().is_empty() {
            break;
        }
    }
}

/// The connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// The caller has gone, or we are done with it.
    Gone,
    /// It took nothing of what we sent for too long.
    Stalled,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// Without its body: the answer to a HEAD.
    head_only: bool,
    /// A stream that ends with the connection, for HTTP/1.0.
    unframed: bool,
    /// The connection is closed behind it.
    close: bool,
}

impl Client {
    /// One request and its answer.
    async fn one(&self, worker: &Rc<Worker>, peer: IpAddr) -> Result<(), Over> {
        let head = match self.head(worker).await {
            Ok(head) => head,
            Err(None) => return Err(Over::Gone),
            Err(Some(failure)) => {
                self.refuse(worker, peer, &failure).await;
                return Err(Over::Gone);
            }
        };
        let mut request = self.request(worker, peer, &head);
        let keep_alive = head.keep_alive;
        let body = Body::Http1(Reader { client: self, head: &head });
        // Boxed, so that a connection between two requests does not carry the room for one.
        let answer = self.race(Box::pin(line::answer(worker, &self.watch, &mut request, body))).await?;
        // To HTTP/1.0 a stream of unknown length ends with the connection.
        let unframed = head.old && matches!(&answer.body, AnswerBody::Stream(s) if s.length.is_none());
        let close = answer.close || unframed || !keep_alive || worker.draining() || !self.can_skip(&request, &head);
        let form = Form { head_only: request.method == Method::Head, unframed, close };
        self.write(worker, answer, form).await?;
        self.watch.set_total(None);
        if close {
            self.linger().await;
            return Err(Over::Gone);
        }
        self.skip(worker, request).await
    }

    /// Waits for a head. `Err(None)`: the caller has gone, or was idle for too long.
    async fn head(&self, worker: &Worker) -> Result<Head, Option<Failure>> {
        let settings = &worker.shared.settings;
        let limits = HeadLimits { bytes: settings.limits.head_bytes, headers: settings.limits.headers };
        let mut begun = false;
        // A head that comes in small pieces is read anew only once its end is there or it has doubled, or a sender
        // of single bytes would keep us reading the same head thousands of times.
        let (mut searched, mut parsed) = (0usize, 0usize);
        loop {
            {
                let spare = self.spare.borrow();
                let len = spare.len();
                let ended = memchr::memmem::find(&spare[searched.saturating_sub(3).min(len)..], b"\r\n\r\n").is_some();
                searched = len;
                if len > 0 && (ended || len >= 2 * parsed || len > limits.bytes) {
                    parsed = len;
                    if let Some(head) = head::read(&spare, limits).map_err(|e| Some(e.into()))? {
                        return Ok(head);
                    }
                }
                if len > 0 && !begun {
                    begun = true;
                    self.watch.enter(Phase::Head, settings.timeouts.head);
                }
            }
            match self.fill_spare().await {
                Ok(0) | Err(ReadError::Io) => return Err(None),
                Ok(_) => {}
                Err(ReadError::Late) if begun => return Err(Some(Failure::HeadTimeout)),
                Err(ReadError::Late) => return Err(None),
            }
        }
    }

    async fn fill_spare(&self) -> Result<usize, ReadError> {
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

    fn late<T>(&self, cx: &Context<'_>) -> Poll<Result<T, ReadError>> {
        match self.watch.check(cx) {
            Ok(()) => Poll::Pending,
            Err(Expired(_)) => Poll::Ready(Err(ReadError::Late)),
        }
    }

    fn request(&self, worker: &Worker, peer: IpAddr, head: &Head) -> Request {
        let accepted = Instant::now();
        let bytes = std::mem::take(&mut *self.spare.borrow_mut());
        self.owed.set(match head.framing {
            Framing::Length(n) => Some(n),
            Framing::Chunked => None,
        });
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

    /// Runs `future` while looking whether the caller is still there; its going ends the request, and with it the
    /// upstream one.
    async fn race<F: Future>(&self, future: F) -> Result<F::Output, Over> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if let Poll::Ready(out) = future.as_mut().poll(cx) {
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
        let answer = respond::to_failure(failure, &request, trace, worker.shared.settings.diagnosis).await;
        let form = Form { head_only: false, unframed: false, close: true };
        if self.write(worker, answer, form).await.is_ok() {
            self.linger().await;
        }
    }

    /// Whether what is left of the body can be read and dropped.
    fn can_skip(&self, request: &Request, head: &Head) -> bool {
        match self.owed.get() {
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
    async fn skip(&self, worker: &Worker, mut request: Request) -> Result<(), Over> {
        self.watch.enter(Phase::Body, worker.shared.settings.timeouts.body_idle);
        let mut owed = self.owed.replace(Some(0)).unwrap_or(0);
        if owed > 0 {
            // The body was not read: what came of it stands behind the head.
            let head = request.body.start;
            let arrived = request.bytes.len() - head;
            let taken = arrived.min(usize::try_from(owed).unwrap_or(usize::MAX));
            owed -= taken as u64;
            let mut spare = self.spare.borrow_mut();
            let mut early = std::mem::take(&mut *spare);
            spare.extend_from_slice(&request.bytes[head + taken..]);
            let n = early.len().min(usize::try_from(owed).unwrap_or(usize::MAX));
            owed -= n as u64;
            spare.extend(early.drain(n..));
        } else {
            let mut spare = self.spare.borrow_mut();
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
            let n = self.fill_spare().await.map_err(|_| Over::Gone)?;
            if n == 0 {
                return Err(Over::Gone);
            }
            let mut spare = self.spare.borrow_mut();
            let taken = spare.len().min(usize::try_from(owed).unwrap_or(usize::MAX));
            spare.drain(..taken);
            owed -= taken as u64;
        }
        self.watch.enter(Phase::KeepAlive, worker.shared.settings.timeouts.keep_alive);
        Ok(())
    }

    /// Writes an answer; what takes the caller too long ends the connection.
    async fn write(&self, worker: &Worker, answer: Answer, form: Form) -> Result<(), Over> {
        let mut head = Vec::with_capacity(answer.headers.len() + 256);
        status_line(&mut head, answer.status);
        head.extend_from_slice(b"date: ");
        head.extend_from_slice(&worker.clock.date());
        head.extend_from_slice(b"\r\n");
        head.extend_from_slice(&answer.headers);
        match answer.body {
            AnswerBody::Whole(body) => {
                if answer.status != 204 {
                    length_line(&mut head, body.len());
                }
                end_head(&mut head, form.close);
                let body: &[u8] = if form.head_only { &[] } else { &body };
                self.send(worker.shared.settings.timeouts.body_idle, &[&head, body]).await
            }
            AnswerBody::Stream(stream) => {
                let chunked = stream.length.is_none() && !form.unframed;
                match stream.length {
                    Some(length) => length_line(&mut head, usize::try_from(length).unwrap_or(usize::MAX)),
                    None if chunked => head.extend_from_slice(b"transfer-encoding: chunked\r\n"),
                    None => {}
                }
                end_head(&mut head, form.close);
                self.write_stream(worker, head, stream, chunked).await
            }
        }
    }

    async fn write_stream(
        &self,
        worker: &Worker,
        head: Vec<u8>,
        mut stream: Box<Streaming>,
        chunked: bool,
    ) -> Result<(), Over> {
        let mut head = Some(head);
        loop {
            let piece = self.race(stream.next(worker, &self.watch)).await?;
            // The head leaves with the first piece, in the same segment.
            let before = head.take().unwrap_or_default();
            if piece.broken {
                let _ = self.send(worker.shared.settings.timeouts.body_idle, &[&before]).await;
                return Err(Over::Gone);
            }
            let line = ChunkLine::new(piece.len);
            let (size, line_end): (&[u8], &[u8]) =
                if chunked && piece.len > 0 { (line.bytes(), b"\r\n") } else { (b"", b"") };
            let end: &[u8] = if chunked && piece.last { b"0\r\n\r\n" } else { b"" };
            let parts = [before.as_slice(), size, stream.bytes(piece), line_end, end];
            let sent = self.send(worker.shared.settings.timeouts.body_idle, &parts).await;
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

    async fn send(&self, limit: Duration, parts: &[&[u8]]) -> Result<(), Over> {
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
    async fn linger(&self) {
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

enum ReadError {
    Io,
    Late,
}

impl From<io::Error> for ReadError {
    fn from(_: io::Error) -> Self {
        Self::Io
    }
}

/// Reads the body of the current request.
pub(crate) struct Reader<'c> {
    client: &'c Client,
    head: &'c Head,
}

impl Reader<'_> {
    pub(crate) fn announced(&self) -> Option<u64> {
        match self.head.framing {
            Framing::Length(n) => Some(n),
            Framing::Chunked => None,
        }
    }

    pub(crate) async fn read(&mut self, request: &mut Request, limit: usize, idle: Duration) -> Result<(), BodyError> {
        self.read_framed(request, limit, idle).await?;
        self.client.owed.set(Some(0));
        Ok(())
    }

    async fn read_framed(&self, request: &mut Request, limit: usize, idle: Duration) -> Result<(), BodyError> {
        let client = self.client;
        client.watch.enter(Phase::Body, idle);
        let arrived = request.bytes.len() > self.head.len;
        if self.head.expects_continue && !arrived {
            let go_on = client.send(idle, &[b"HTTP/1.1 100 Continue\r\n\r\n"]).await;
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
            *self.client.spare.borrow_mut() = next;
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
        *self.client.spare.borrow_mut() = raw;
        request.body = start..request.bytes.len();
        Ok(())
    }

    async fn fill(&self, into: &mut Vec<u8>, room: usize, idle: Duration, received: usize) -> Result<(), BodyError> {
        let client = self.client;
        client.watch.enter(Phase::Body, idle);
        let n = poll_fn(|cx| match client.io.borrow_mut().poll_fill(cx, into, room) {
            Poll::Ready(Ok(n)) => Poll::Ready(Ok(n)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(ReadError::Io)),
            Poll::Pending => client.late(cx),
        })
        .await
        .map_err(|e| match e {
            ReadError::Io => BodyError::Closed { received },
            ReadError::Late => BodyError::Timeout { received },
        })?;
        if n == 0 { Err(BodyError::Closed { received }) } else { Ok(()) }
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

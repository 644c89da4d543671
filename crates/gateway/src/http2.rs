//! A caller's connection in h2, through hyper: the frames, the windows and the abuse of both are its business.
//!
//! In: a connection. Out: requests for [`line::answer`], in the same form as those of HTTP/1.1; the answer's header
//! lines are taken apart again for hyper.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request as HyperRequest, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::mpsc;

use crate::answer::{Answer, AnswerBody};
use crate::body::Body;
use crate::executor::{LocalExecutor, spawn};
use crate::forwarded;
use crate::io::Io;
use crate::line;
use crate::request::{Headers, Method, Name, Request, Span};
use crate::stream::Streaming;
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// Streams at once on one connection (Envoy's edge default; RFC 9113 §6.5.2 wants at least 100).
const STREAMS: u32 = 100;

type Outgoing = UnsyncBoxBody<Bytes, std::io::Error>;

/// Serves a connection until it ends, or has had no request for as long as a connection may idle.
pub(crate) async fn serve(worker: Rc<Worker>, io: impl hyper::rt::Read + hyper::rt::Write + Unpin, peer: IpAddr) {
    let limits = worker.live().settings.limits;
    let timeouts = worker.live().settings.timeouts;
    let head_bytes = u32::try_from(limits.head_bytes).unwrap_or(u32::MAX);
    let active = Rc::new(Cell::new(0usize));
    let service = hyper::service::service_fn(|request| {
        let (worker, active) = (worker.clone(), Active::new(&active));
        async move { Ok::<_, Infallible>(one(worker, request, peer, active).await) }
    });
    let connection = hyper::server::conn::http2::Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(head_bytes)
        .initial_stream_window_size(256 << 10)
        .initial_connection_window_size(1 << 20)
        .max_send_buf_size(64 << 10)
        .max_pending_accept_reset_streams(20)
        .keep_alive_interval(Some(timeouts.keep_alive))
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let watch = worker.wheel.watch(Phase::KeepAlive, timeouts.keep_alive);
    let mut told = false;
    let ended = poll_fn(|cx| {
        if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
            return Poll::Ready(ended);
        }
        if active.get() > 0 {
            watch.enter(if told { Phase::Head } else { Phase::KeepAlive }, timeouts.keep_alive);
        }
        let late = watch.check(cx).is_err();
        if late && told {
            return Poll::Ready(Ok(()));
        }
        if late || (worker.lets_go() && !told) {
            told = true;
            // Streams that the caller has begun are finished, and no new ones are begun here (RFC 9113 §6.8).
            connection.as_mut().graceful_shutdown();
            watch.enter(Phase::Head, timeouts.head);
            let _ = watch.check(cx);
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    });
    if let Err(e) = ended.await {
        tracing::debug!(error = %e, "an h2 connection ended");
    }
}

/// A request of a connection, counted while it or its answer lives.
struct Active(Rc<Cell<usize>>);

impl Active {
    fn new(count: &Rc<Cell<usize>>) -> Self {
        count.set(count.get() + 1);
        Self(count.clone())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

async fn one(worker: Rc<Worker>, incoming: HyperRequest<Incoming>, peer: IpAddr, active: Active) -> Response<Outgoing> {
    let (parts, body) = incoming.into_parts();
    let mut request = request(&worker, &parts, peer);
    let watch = worker.wheel.watch(Phase::Head, worker.live().settings.timeouts.head);
    let answer = line::answer(&worker, &watch, &mut request, Body::Http2(body, &watch)).await;
    let head_only = request.method == Method::Head;
    drop(request);
    response(worker, watch, answer, head_only, active)
}

/// The head as one run of bytes with spans, as HTTP/1.1 has it.
fn request(worker: &Worker, parts: &http::request::Parts, peer: IpAddr) -> Request {
    let accepted = Instant::now();
    let mut bytes = Vec::with_capacity(1024);
    let mut push = |text: &[u8]| {
        let start = bytes.len();
        bytes.extend_from_slice(text);
        Span::new(start, text.len())
    };
    let method_word = push(parts.method.as_str().as_bytes());
    let path = push(parts.uri.path().as_bytes());
    let query = push(parts.uri.query().unwrap_or("").as_bytes());
    let mut headers = Headers::new();
    for (name, value) in &parts.headers {
        let name = name.as_str().as_bytes();
        if let Some(known) = Name::of(name) {
            headers.note(known, push(known.telling(name, value.as_bytes())));
        }
    }
    let end = bytes.len();
    let values = || parts.headers.get_all(forwarded::NAME).iter().map(HeaderValue::as_bytes);
    let live = worker.live();
    let peer = forwarded::caller(peer, &live.settings.trusted_proxies, values);
    Request {
        id: worker.request_id(accepted),
        accepted,
        now: worker.clock.unix_seconds(accepted),
        peer,
        method: Method::of(parts.method.as_str()),
        method_word,
        path,
        query,
        headers,
        bytes,
        body: end..end,
    }
}

fn response(
    worker: Rc<Worker>,
    watch: Rc<Watch>,
    answer: Answer,
    head_only: bool,
    active: Active,
) -> Response<Outgoing> {
    let mut response = Response::new(empty());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let lines = answer.headers.split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
    for line in lines.filter(|l| !l.is_empty()) {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    *response.body_mut() = match answer.body {
        AnswerBody::Whole(_) if head_only => empty(),
        AnswerBody::Whole(body) => Full::new(Bytes::from(body)).map_err(|e| match e {}).boxed_unsync(),
        AnswerBody::Stream(stream) => streamed(worker, watch, *stream, active),
    };
    response
}

fn empty() -> Outgoing {
    Full::default().map_err(|e: Infallible| match e {}).boxed_unsync()
}

/// A stream pumped through a channel of one piece: where the caller does not read, the provider is not read either.
fn streamed(worker: Rc<Worker>, watch: Rc<Watch>, mut stream: Streaming, active: Active) -> Outgoing {
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    spawn(async move {
        let _active = active;
        loop {
            let piece = tokio::select! {
                biased;
                piece = stream.next(&worker, &watch) => piece,
                () = sender.closed() => return,
            };
            if piece.broken {
                let _ = sender.send(Err(std::io::ErrorKind::ConnectionReset.into())).await;
                return;
            }
            let bytes = Bytes::copy_from_slice(stream.bytes(piece));
            stream.taken(piece);
            watch.enter(Phase::Write, worker.live().settings.timeouts.body_idle);
            match watch.limit(pin!(sender.send(Ok(bytes)))).await {
                Ok(Ok(())) if !piece.last => {}
                _ => return,
            }
        }
    });
    Channel(receiver).boxed_unsync()
}

struct Channel(mpsc::Receiver<Result<Bytes, std::io::Error>>);

impl http_body::Body for Channel {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|p| p.map(Frame::data)))
    }
}

/// hyper's view of a connection of ours.
pub(crate) fn wrap(io: Io) -> TokioIo<Io> {
    TokioIo::new(io)
}

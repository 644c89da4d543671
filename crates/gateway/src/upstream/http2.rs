//! One request and its answer over h2, through hyper: for providers that are configured so.

use std::error::Error as _;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::{Method, Request};
use hyper_util::rt::{TokioIo, TokioTimer};

use super::pool::{Http2, Sender};
use super::{AnswerHead, Body, Call, UpstreamError, connect};
use crate::catalog::USER_AGENT;
use crate::executor::LocalExecutor;
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// Sends the request and waits for the head of its answer.
///
/// A request that a kept connection certainly did not bring before the provider's program is sent once more, on another
/// connection: as with HTTP/1.1, a connection that ran out is nobody's failure.
pub(super) async fn call(worker: &Worker, watch: &Watch, call: &Call<'_>) -> Result<(AnswerHead, Body), UpstreamError> {
    let place = worker.pools.http2(call.provider.index);
    if let Some(kept) = open(&place) {
        match exchange(watch, call, &kept).await {
            Err(Failed::Unprocessed { reason }) => {
                tracing::debug!(reason, "a kept h2 connection takes no more requests");
                // Another request may have replaced it already.
                place.borrow_mut().take_if(|sender| Rc::ptr_eq(sender, &kept));
            }
            done => return done.map_err(Failed::told),
        }
    }
    let sender = match open(&place) {
        Some(sender) => sender,
        None => fresh(watch, call, &place).await?,
    };
    exchange(watch, call, &sender).await.map_err(Failed::told)
}

/// Why a request got no head of an answer.
enum Failed {
    /// The provider has said, or never had the chance to say otherwise, that it did nothing about it.
    Unprocessed {
        /// What was seen.
        reason: String,
    },
    /// Anything else.
    Other(UpstreamError),
}

impl Failed {
    fn told(self) -> UpstreamError {
        match self {
            Self::Unprocessed { reason } => UpstreamError::ClosedBeforeAnswer { reason },
            Self::Other(error) => error,
        }
    }

    /// RFC 9113, 8.7: a stream above the last one that a GOAWAY names, and one reset with REFUSED_STREAM, were not
    /// processed. So was not what hyper gives back, for it was never sent.
    fn of(error: &TrySendError<Request<Full<Bytes>>>) -> Self {
        let reason = in_words(error.error());
        let source = error.error().source().and_then(|source| source.downcast_ref::<h2::Error>());
        let refused =
            |e: &h2::Error| e.is_remote() && (e.is_go_away() || e.reason() == Some(h2::Reason::REFUSED_STREAM));
        match error.message().is_some() || source.is_some_and(refused) {
            true => Self::Unprocessed { reason },
            false => Self::Other(UpstreamError::ClosedBeforeAnswer { reason }),
        }
    }
}

fn in_words(error: &hyper::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

async fn exchange(watch: &Watch, call: &Call<'_>, sender: &Rc<Sender>) -> Result<(AnswerHead, Body), Failed> {
    let request =
        request(call).map_err(|_| Failed::Other(UpstreamError::Protocol("the request cannot be written as h2")))?;
    watch.enter(Phase::FirstByte, call.timeouts.first_byte);
    let answer = watch
        .limit(pin!(Sender::clone(sender).try_send_request(request)))
        .await
        .map_err(|expired| Failed::Other(expired.into()))?
        .map_err(|e| Failed::of(&e))?;
    watch.enter(Phase::Idle, call.timeouts.idle);
    let (parts, body) = answer.into_parts();
    let mut head = AnswerHead { status: parts.status.as_u16(), ..AnswerHead::default() };
    for (name, value) in &parts.headers {
        head.note(name.as_str().as_bytes(), value.as_bytes());
    }
    let length = parts.headers.get(hyper::header::CONTENT_LENGTH);
    head.length = length.and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    Ok((head, Body::Http2(body)))
}

/// The provider's connection, if there is one.
fn open(place: &Http2) -> Option<Rc<Sender>> {
    place.borrow().clone().filter(|sender| !sender.is_closed())
}

/// A fresh one, kept for others too.
async fn fresh(watch: &Watch, call: &Call<'_>, place: &Http2) -> Result<Rc<Sender>, UpstreamError> {
    let io = connect::http1(call.timeouts, call.upstream, watch).await?;
    let handshake = hyper::client::conn::http2::Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .max_header_list_size(64 << 10)
        .handshake(TokioIo::new(io));
    let (sender, connection) =
        watch.limit(pin!(handshake)).await?.map_err(|e| UpstreamError::ClosedBeforeAnswer { reason: e.to_string() })?;
    crate::executor::spawn(async move {
        if let Err(e) = connection.await {
            tracing::debug!(error = %e, "an h2 connection to a provider ended");
        }
    });
    let sender = Rc::new(sender);
    *place.borrow_mut() = Some(sender.clone());
    Ok(sender)
}

fn request(call: &Call<'_>) -> Result<Request<Full<Bytes>>, http::Error> {
    let scheme = if call.upstream.tls.is_some() { "https" } else { "http" };
    let uri = format!("{scheme}://{}{}{}", call.upstream.authority, call.upstream.path, call.path);
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(uri)
        .header("user-agent", USER_AGENT)
        .header("accept-encoding", "identity");
    if call.method == Method::POST {
        request = request.header("content-type", "application/json");
    }
    if let Some(authorization) = &call.upstream.authorization {
        let mut value = http::HeaderValue::from_str(authorization)?;
        value.set_sensitive(true);
        request = request.header("authorization", value);
    }
    for (name, value) in call.extra_headers {
        request = request.header(*name, *value);
    }
    let body: Vec<u8> = call.body.concat();
    request.body(Full::new(body.into()))
}

pub(super) fn poll_read(
    body: &mut Incoming,
    cx: &mut Context<'_>,
    out: &mut Vec<u8>,
) -> Poll<Result<bool, UpstreamError>> {
    loop {
        let Some(frame) = ready!(Pin::new(&mut *body).poll_frame(cx)) else {
            return Poll::Ready(Ok(true));
        };
        let frame = frame.map_err(|e| UpstreamError::ClosedInsideAnswer { reason: e.to_string() })?;
        if let Some(data) = frame.data_ref()
            && !data.is_empty()
        {
            out.extend_from_slice(data);
            return Poll::Ready(Ok(false));
        }
    }
}

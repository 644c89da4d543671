//! One request and its answer over h2, through hyper: for providers that are configured so.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::{Method, Request};
use hyper_util::rt::{TokioIo, TokioTimer};

use super::{AnswerHead, Body, Call, UpstreamError, connect};
use crate::catalog::USER_AGENT;
use crate::executor::LocalExecutor;
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// Sends the request and waits for the head of its answer.
pub(super) async fn call(worker: &Worker, watch: &Watch, call: &Call<'_>) -> Result<(AnswerHead, Body), UpstreamError> {
    let mut sender = sender(worker, watch, call).await?;
    let request = request(call).map_err(|_| UpstreamError::Protocol("the request cannot be written as h2"))?;
    watch.enter(Phase::FirstByte, call.timeouts.first_byte);
    let answer = watch
        .limit(sender.send_request(request))
        .await?
        .map_err(|e| UpstreamError::ClosedBeforeAnswer { reason: e.to_string() })?;
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

/// The provider's connection, made if there is none.
async fn sender(worker: &Worker, watch: &Watch, call: &Call<'_>) -> Result<SendRequest<Full<Bytes>>, UpstreamError> {
    let place = worker.pools.http2(call.provider.index);
    let open = place.borrow().clone().filter(|s| !s.is_closed());
    if let Some(sender) = open {
        return Ok(sender);
    }
    let io = connect::http1(call.timeouts, call.upstream, watch).await?;
    let handshake = hyper::client::conn::http2::Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .max_header_list_size(64 << 10)
        .handshake(TokioIo::new(io));
    let (sender, connection) =
        watch.limit(handshake).await?.map_err(|e| UpstreamError::ClosedBeforeAnswer { reason: e.to_string() })?;
    crate::executor::spawn(async move {
        if let Err(e) = connection.await {
            tracing::debug!(error = %e, "an h2 connection to a provider ended");
        }
    });
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

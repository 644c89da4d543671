//! The way to a provider: one request, one answer, on a connection of this worker's pool.
//!
//! In: a provider, an operation's bytes. Out: the head of the answer and its body, read piece by piece by the same
//! task that serves the caller (a second task per connection, as in a general client, costs a tenth of a request).
//! It is strict: after any framing oddity the connection is dropped. Redirects are never followed.

mod connect;
mod framing;
mod http1;
mod http2;
mod pool;

use std::borrow::Cow;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Method;
use hyper::body::Incoming;
use tollgate_errors::{Secret, TELLING_HEADERS};

use crate::catalog::{Provider, USER_AGENT, Upstream};
use crate::settings::{HttpVersion, UpstreamTimeouts};
use crate::tls::Fault;
use crate::watch::{Expired, Watch};
use crate::worker::Worker;

pub(crate) use pool::Pools;

/// Of a header that tells something of a failure, what is kept.
const TELLING_MAX: usize = 200;

/// Why a provider gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UpstreamError {
    /// Its name cannot be resolved.
    #[error("{host} cannot be resolved: {reason}")]
    Dns {
        /// The name.
        host: String,
        /// The resolver's words.
        reason: String,
    },
    /// Nothing listens there.
    #[error("{address} refuses connections")]
    Refused {
        /// Host and port.
        address: String,
    },
    /// No way there.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// The system's words.
        reason: String,
    },
    /// No TLS connection came about.
    #[error("{host}: {fault}")]
    Tls {
        /// The name asked for.
        host: String,
        /// Why.
        fault: Fault,
    },
    /// The connection was closed or reset before an answer began.
    #[error("the connection closed before an answer: {reason}")]
    ClosedBeforeAnswer {
        /// What was seen.
        reason: String,
    },
    /// The connection was closed or reset inside an answer.
    #[error("the connection closed inside the answer: {reason}")]
    ClosedInsideAnswer {
        /// What was seen.
        reason: String,
    },
    /// The answer is not HTTP as we accept it.
    #[error("protocol: {0}")]
    Protocol(&'static str),
    /// What came is no answer.
    #[error("{what}")]
    Garbled {
        /// What was seen.
        what: &'static str,
    },
    /// A limit passed; which one, the phase tells.
    #[error("{}", .0.words())]
    Late(Limit),
}

impl UpstreamError {
    /// As [`ToString::to_string`], with the limit that passed, where one did.
    pub(crate) fn words(&self, limit: Duration) -> String {
        match self {
            Self::Late(Limit::Drain) => self.to_string(),
            Self::Late(which) => format!("{} within {}", which.words(), seconds(limit)),
            _ => self.to_string(),
        }
    }
}

/// A limit as people write it: `5 s`, `800 ms`.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_millis() % 1000 {
        0 => format!("{} s", duration.as_secs()),
        _ => format!("{} ms", duration.as_millis()),
    }
}

/// Which limit towards a provider has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// To connect.
    Connect,
    /// To the first byte.
    FirstByte,
    /// To a stream's first event.
    FirstToken,
    /// Between bytes.
    Idle,
    /// For this attempt.
    Attempt,
    /// For the whole request.
    Total,
    /// For this process to stop.
    Drain,
}

impl Limit {
    /// What did not come in time.
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "no connection",
            Self::FirstByte => "no first byte",
            Self::FirstToken => "no first event of the stream",
            Self::Idle => "no further byte",
            Self::Attempt => "no end of the answer",
            Self::Total => "no end of the request",
            Self::Drain => "the gateway stopped",
        }
    }
}

impl From<Expired> for UpstreamError {
    fn from(Expired(phase): Expired) -> Self {
        use crate::watch::Phase;
        Self::Late(match phase {
            Phase::Connect | Phase::Head => Limit::Connect,
            Phase::FirstByte | Phase::Write => Limit::FirstByte,
            Phase::FirstToken => Limit::FirstToken,
            Phase::Idle | Phase::Body | Phase::KeepAlive => Limit::Idle,
            Phase::Total | Phase::Pause => Limit::Total,
            Phase::Stopped => Limit::Drain,
        })
    }
}

/// The head of an answer: what the gateway looks at or passes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AnswerHead {
    pub(crate) status: u16,
    pub(crate) content_type: Cow<'static, str>,
    /// Its own request id.
    pub(crate) request_id: String,
    pub(crate) retry_after: Option<Duration>,
    /// `Content-Length`, where it came.
    pub(crate) length: Option<u64>,
    /// Of a failure, the headers that tell something of it.
    pub(crate) telling: Vec<(&'static str, String)>,
}

impl AnswerHead {
    /// Notes one header, where it is one of those that count.
    fn note(&mut self, name: &[u8], value: &[u8]) {
        let text = || std::str::from_utf8(value.trim_ascii()).ok();
        match name.len() {
            10 if name.eq_ignore_ascii_case(b"request-id") => self.note_request_id(text()),
            11 if name.eq_ignore_ascii_case(b"retry-after") => {
                let wait = text().and_then(retry_after);
                self.retry_after = self.retry_after.or(wait);
            }
            12 if name.eq_ignore_ascii_case(b"content-type") => {
                self.content_type = match value.trim_ascii() {
                    b"application/json" => Cow::Borrowed("application/json"),
                    b"text/event-stream" => Cow::Borrowed("text/event-stream"),
                    b"text/event-stream; charset=utf-8" => Cow::Borrowed("text/event-stream; charset=utf-8"),
                    _ => Cow::Owned(text().unwrap_or("").chars().take(256).collect()),
                };
            }
            12 if name.eq_ignore_ascii_case(b"x-request-id") => self.note_request_id(text()),
            14 if name.eq_ignore_ascii_case(b"retry-after-ms") => {
                let ms = text().and_then(|v| v.parse().ok());
                self.retry_after = ms.map(Duration::from_millis).or(self.retry_after);
            }
            // Of a success they would be looked for in vain: the status stands before all headers.
            _ if self.status >= 400 => self.note_telling(name, text()),
            _ => {}
        }
    }

    /// Keeps a header that helps to tell what failed.
    fn note_telling(&mut self, name: &[u8], value: Option<&str>) {
        let known = TELLING_HEADERS.iter().find(|known| name.eq_ignore_ascii_case(known.as_bytes()));
        if let (Some(known), Some(value)) = (known, value)
            && self.telling.len() < TELLING_HEADERS.len()
        {
            self.telling.push((known, value.chars().take(TELLING_MAX).collect()));
        }
    }

    /// Kept where it is plain enough to stand in a header of ours.
    fn note_request_id(&mut self, value: Option<&str>) {
        if let Some(id) = value
            && id.len() <= 128
            && id.bytes().all(|b| b.is_ascii_graphic())
        {
            id.clone_into(&mut self.request_id);
        }
    }

    /// Takes a secret out of whatever of it is told.
    pub(crate) fn hide(&mut self, secret: &Secret) {
        self.content_type = secret.hidden(&self.content_type).into();
        self.request_id = secret.hidden(&self.request_id);
        for (_, value) in &mut self.telling {
            *value = secret.hidden(value);
        }
    }

    pub(crate) fn is_event_stream(&self) -> bool {
        self.content_type.get(..17).is_some_and(|t| t.eq_ignore_ascii_case("text/event-stream"))
    }

    pub(crate) fn is_json(&self) -> bool {
        let media = self.content_type.split(';').next().unwrap_or("").trim();
        media.eq_ignore_ascii_case("application/json") || media.to_ascii_lowercase().ends_with("+json")
    }
}

/// `Retry-After` in seconds or as a date.
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(std::time::SystemTime::now()).unwrap_or_default())
}

/// The body of an answer, read piece by piece.
pub(crate) enum Body {
    Http1(http1::Body),
    Http2(Incoming),
}

impl Body {
    /// Appends what has come to `out`; `true` where the body has ended properly.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        out: &mut Vec<u8>,
    ) -> Poll<Result<bool, UpstreamError>> {
        match self {
            Self::Http1(body) => body.poll_read(cx, worker, out),
            Self::Http2(body) => http2::poll_read(body, cx, out),
        }
    }

    /// As [`Self::poll_read`], within the watch's limit.
    pub(crate) async fn read(
        &mut self,
        worker: &Worker,
        watch: &Watch,
        out: &mut Vec<u8>,
    ) -> Result<bool, UpstreamError> {
        poll_fn(|cx| match self.poll_read(cx, worker, out) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => watch.check(cx).map_or_else(|e| Poll::Ready(Err(e.into())), |()| Poll::Pending),
        })
        .await
    }
}

/// One request to a provider.
pub(crate) struct Call<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) upstream: &'a Upstream,
    pub(crate) timeouts: &'a UpstreamTimeouts,
    pub(crate) method: Method,
    /// The request head without its empty line.
    pub(crate) head: &'a [u8],
    /// The path and the headers again, for h2.
    pub(crate) path: &'a str,
    pub(crate) extra_headers: &'a [(&'static str, &'a [u8])],
    pub(crate) body: &'a [&'a [u8]],
}

/// Sends a request and waits for the head of its answer.
///
/// Where a pooled connection turns out to have been closed by the provider before a byte of an answer came, the
/// request is sent once more on a fresh connection: the provider cannot have begun to answer it, and a keep-alive
/// that ran out is nobody's failure.
pub(crate) async fn call(worker: &Worker, watch: &Watch, call: &Call<'_>) -> Result<(AnswerHead, Body), UpstreamError> {
    if call.upstream.http == HttpVersion::Http2 {
        return Box::pin(http2::call(worker, watch, call)).await;
    }
    if let Some(connection) = worker.pools.take(call.provider.index) {
        match http1::exchange(worker, watch, call, connection).await {
            Err(UpstreamError::ClosedBeforeAnswer { .. }) => {}
            other => return other,
        }
    }
    let connection = Box::pin(connect::http1(call.timeouts, call.upstream, watch)).await?;
    http1::exchange(worker, watch, call, connection).await
}

/// Asks a provider for `path` with our credential, and for nothing but the status of its answer.
pub(crate) async fn get(
    worker: &Worker,
    watch: &Watch,
    provider: &Provider,
    upstream: &Upstream,
    timeouts: &UpstreamTimeouts,
    path: &str,
) -> Result<u16, UpstreamError> {
    let authorization = upstream.authorization.as_ref().map_or(String::new(), |a| format!("authorization: {a}\r\n"));
    let head = format!(
        "GET {}{path} HTTP/1.1\r\nhost: {}\r\nuser-agent: {USER_AGENT}\r\naccept-encoding: identity\r\n{authorization}",
        upstream.path, upstream.authority
    );
    let asked = Call {
        provider,
        upstream,
        timeouts,
        method: Method::GET,
        head: head.as_bytes(),
        path,
        extra_headers: &[],
        body: &[],
    };
    call(worker, watch, &asked).await.map(|(head, _)| head.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(headers: &[(&str, &str)]) -> Option<Duration> {
        let mut head = AnswerHead::default();
        headers.iter().for_each(|(name, value)| head.note(name.as_bytes(), value.as_bytes()));
        head.retry_after
    }

    #[test]
    fn a_wait_is_read_in_seconds_in_milliseconds_and_as_a_date() {
        let in_a_minute = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(60));
        let dated = wait(&[("Retry-After", &in_a_minute)]).unwrap();

        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(wait(&[("retry-after-ms", "1500"), ("retry-after", "2")]), Some(Duration::from_millis(1500)));
        assert_eq!(wait(&[("retry-after", "2"), ("Retry-After-Ms", "1500")]), Some(Duration::from_millis(1500)));
        assert!((58..=60).contains(&dated.as_secs()), "{dated:?}");
        assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]), Some(Duration::ZERO));
        for odd in ["", "soon", "-3", "inf", "NaN", "1e400"] {
            assert_eq!(wait(&[("retry-after", odd)]), None, "{odd}");
        }
        assert!(wait(&[("retry-after", "99999999999999")]).is_some());
        assert!(wait(&[("retry-after-ms", "18446744073709551615")]).is_some_and(|wait| wait > Duration::from_secs(1)));
    }
}

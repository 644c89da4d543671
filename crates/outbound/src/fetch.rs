//! What lies at a URL: one GET, redirects followed a few times, everything bounded.
//!
//! In: a [`Target`]. Out: the answer with the way that led to it, or what stood in the way and at which hop. Time and
//! bytes are bounded over all hops together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::allow::Allowed;
use crate::reach::{self, Connection, ReachError, Times};
use crate::target::{Target, TargetError};

/// What bounds one fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of the body.
    pub bytes: usize,
    /// From the first step to the last byte, over all hops.
    pub time: Duration,
    /// Redirects that are followed.
    pub redirects: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 20 << 20, time: Duration::from_secs(10), redirects: 3 }
    }
}

/// Fetches what callers name.
#[derive(Debug, Clone)]
pub struct Fetcher {
    allowed: Arc<Allowed>,
    tls: Arc<ClientConfig>,
    agent: http::HeaderValue,
}

/// What lies at a URL.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The places that redirected, in their order.
    pub hops: Vec<Hop>,
    /// The place that answered.
    pub target: Target,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: whole where the status is a success, else empty.
    pub body: Bytes,
    /// How long it took to reach the last place, and whether it or one before is not public.
    pub reached: Times,
    /// Until the last place's head was there, from the beginning.
    pub head: Duration,
    /// Until the last byte was there, from the beginning.
    pub whole: Duration,
}

/// A place that redirected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Where it was.
    pub target: Target,
    /// What it said.
    pub status: StatusCode,
}

/// What stood in the way, and how far it went until then.
#[derive(Debug)]
pub struct FetchError {
    /// The places that redirected before.
    pub hops: Vec<Hop>,
    /// What stood in the way.
    pub fault: FetchFault,
    /// After how long.
    pub after: Duration,
}

/// What stood in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// No connection came about.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// A redirect leads to what cannot be fetched.
    #[error("it redirects to a place that cannot be fetched: {0}")]
    RedirectTarget(TargetError),
    /// A redirect names no place.
    #[error("it answers {0} and names no place to go to")]
    RedirectNowhere(StatusCode),
    /// Too many redirects.
    #[error("it redirects more than {0} times")]
    Redirects(u8),
    /// What came is not HTTP.
    #[error("the answer is not valid HTTP: {0}")]
    Http(String),
    /// It ended within.
    #[error("the connection ended after {got} bytes of the body")]
    Cut {
        /// What had come.
        got: usize,
    },
    /// It is larger than what is read.
    #[error("it is larger than {limit} bytes")]
    Large {
        /// What is read.
        limit: usize,
        /// What its head says.
        said: Option<u64>,
    },
    /// It took too long.
    #[error("it took longer than {limit:?}: {phase}")]
    Slow {
        /// What was waited for.
        phase: &'static str,
        /// The time that there was.
        limit: Duration,
    },
}

impl Fetcher {
    /// One that lets through what the operator has listed, and says who asks.
    #[must_use]
    pub fn new(allowed: Allowed, tls: Arc<ClientConfig>, agent: http::HeaderValue) -> Self {
        Self { allowed: Arc::new(allowed), tls, agent }
    }

    /// Fetches what lies there.
    ///
    /// # Errors
    /// As [`FetchFault`] tells. A status that is not a success is an answer and not an error.
    pub async fn get(&self, target: Target, limits: Limits) -> Result<Fetched, FetchError> {
        let begin = Instant::now();
        let mut hops = Vec::new();
        match self.follow(target, limits, begin, &mut hops).await {
            Ok(found) => Ok(Fetched { hops, ..found }),
            Err(fault) => Err(FetchError { hops, fault, after: begin.elapsed() }),
        }
    }

    async fn follow(
        &self,
        mut target: Target,
        limits: Limits,
        begin: Instant,
        hops: &mut Vec<Hop>,
    ) -> Result<Fetched, FetchFault> {
        let mut inside = None;
        loop {
            let mut exchange = Exchange::open(self, &target, limits, begin).await?;
            inside = inside.or(exchange.times.inside);
            let status = exchange.answer.status();
            if !is_redirect(status) {
                let head = begin.elapsed();
                let body = if status.is_success() { exchange.body().await? } else { Bytes::new() };
                let reached = Times { inside, ..exchange.times };
                let headers = std::mem::take(exchange.answer.headers_mut());
                let whole = begin.elapsed();
                return Ok(Fetched { hops: Vec::new(), target, status, headers, body, reached, head, whole });
            }
            if hops.len() >= usize::from(limits.redirects) {
                return Err(FetchFault::Redirects(limits.redirects));
            }
            let next = place(&target, &exchange.answer)?;
            hops.push(Hop { target: std::mem::replace(&mut target, next), status });
        }
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn place(from: &Target, answer: &Response<Incoming>) -> Result<Target, FetchFault> {
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| FetchFault::RedirectNowhere(answer.status()))?;
    from.redirected(location).map_err(FetchFault::RedirectTarget)
}

/// One request and its answer. Dropped, it closes the connection.
struct Exchange {
    answer: Response<Incoming>,
    times: Times,
    limits: Limits,
    deadline: Instant,
    _connection: JoinSet<()>,
}

impl Exchange {
    async fn open(from: &Fetcher, target: &Target, limits: Limits, begin: Instant) -> Result<Self, FetchFault> {
        let deadline = begin + limits.time;
        let (connection, times) = reach::connect(target, &from.allowed, &from.tls, deadline).await?;
        let mut driver = JoinSet::new();
        let asked = async {
            match connection {
                Connection::Plain(tcp) => ask(TokioIo::new(tcp), target, from, &mut driver).await,
                Connection::Tls(tls) => ask(TokioIo::new(*tls), target, from, &mut driver).await,
            }
        };
        let answer = timeout_at(deadline.into(), asked)
            .await
            .map_err(|_| FetchFault::Slow { phase: "no answer came", limit: limits.time })?
            .map_err(|error| FetchFault::Http(error.to_string()))?;
        Ok(Self { answer, times, limits, deadline, _connection: driver })
    }

    /// The whole body, if it is not too large.
    async fn body(&mut self) -> Result<Bytes, FetchFault> {
        let Limits { bytes: limit, time, .. } = self.limits;
        let said = hyper::body::Body::size_hint(self.answer.body()).exact();
        if said.is_some_and(|said| said > limit as u64) {
            return Err(FetchFault::Large { limit, said });
        }
        let mut whole = BytesMut::new();
        let slow = |_| FetchFault::Slow { phase: "the body did not end", limit: time };
        while let Some(frame) = timeout_at(self.deadline.into(), self.answer.body_mut().frame()).await.map_err(slow)? {
            let frame = frame.map_err(|_| FetchFault::Cut { got: whole.len() })?;
            let Ok(data) = frame.into_data() else { continue };
            if whole.len() + data.len() > limit {
                return Err(FetchFault::Large { limit, said: None });
            }
            whole.extend_from_slice(&data);
        }
        Ok(whole.freeze())
    }
}

async fn ask<T>(
    io: T,
    target: &Target,
    from: &Fetcher,
    driver: &mut JoinSet<()>,
) -> Result<Response<Incoming>, hyper::Error>
where
    T: Read + Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new().max_headers(100).max_buf_size(64 << 10).handshake(io).await?;
    driver.spawn(async move {
        // Its error is that of the request or of the body.
        let _ = connection.await;
    });
    sender.send_request(request(target, from)).await
}

fn request(target: &Target, from: &Fetcher) -> Request<Empty<Bytes>> {
    Request::get(target.path())
        .header(HOST, target.authority())
        .header(USER_AGENT, from.agent.clone())
        .header(ACCEPT, "*/*")
        .header(ACCEPT_ENCODING, "identity")
        .header(CONNECTION, "close")
        .body(Empty::new())
        .expect("path and authority of a parsed URL are valid in a request")
}

impl Fetched {
    /// What the answer says that it is, without parameters, in lower case.
    #[must_use]
    pub fn content_type(&self) -> Option<String> {
        let value = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
    }
}

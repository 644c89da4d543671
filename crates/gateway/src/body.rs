//! A request's body on its way in, whichever HTTP it comes by.

use std::time::Duration;

use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::http1::Reader;
use crate::request::Request;
use crate::watch::{Phase, Watch};

/// Where the body comes from.
pub(crate) enum Body<'c> {
    Http1(Reader<'c>),
    Http2(Incoming, &'c Watch),
}

/// Why a body did not come whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    Closed { received: usize },
    Timeout { received: usize },
    Framing(&'static str),
}

impl Body<'_> {
    /// The length the caller announced.
    pub(crate) fn announced(&self) -> Option<u64> {
        match self {
            Self::Http1(reader) => reader.announced(),
            Self::Http2(incoming, _) => incoming.size_hint().exact(),
        }
    }

    /// Whether the caller waits for `100 Continue` before it sends it.
    pub(crate) fn awaits_leave(&self) -> bool {
        match self {
            Self::Http1(reader) => reader.awaits_leave(),
            Self::Http2(..) => false,
        }
    }

    /// Reads it to its end, at most `limit` bytes, behind the head in `request.bytes`.
    pub(crate) async fn read(&mut self, request: &mut Request, limit: usize, idle: Duration) -> Result<(), BodyError> {
        match self {
            Self::Http1(reader) => reader.read(request, limit, idle).await,
            Self::Http2(incoming, watch) => read_http2(incoming, watch, request, limit, idle).await,
        }
    }
}

async fn read_http2(
    incoming: &mut Incoming,
    watch: &Watch,
    request: &mut Request,
    limit: usize,
    idle: Duration,
) -> Result<(), BodyError> {
    let start = request.bytes.len();
    loop {
        watch.enter(Phase::Body, idle);
        let received = request.bytes.len() - start;
        let frame = watch.limit(incoming.frame()).await.map_err(|_| BodyError::Timeout { received })?;
        match frame {
            None => break,
            Some(Err(_)) => return Err(BodyError::Closed { received }),
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    if received + data.len() > limit {
                        return Err(BodyError::TooLarge);
                    }
                    request.bytes.extend_from_slice(data);
                }
            }
        }
    }
    request.body = start..request.bytes.len();
    Ok(())
}

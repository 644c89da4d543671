//! One connection to a collector: OTLP over HTTP/1.1, through hyper and the TLS of everything else.
//!
//! In: a body. Out: what the collector answered, or why nothing did. It repeats nothing but what a connection that was
//! kept too long has swallowed; whether to try again is the exporter's business.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::catalog::USER_AGENT;
use crate::executor::spawn;
use crate::io::Io;
use crate::settings::HttpVersion;
use crate::settings::telemetry::Telemetry;
use crate::tls::{self, TlsError};

/// No answer that says something is longer.
const ANSWER_MAX: usize = 64 << 10;

/// Why nothing can be sent at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnusableError {
    /// Its host name cannot be one.
    #[error("{0:?} is not a host name")]
    Host(String),
    /// A header cannot be sent.
    #[error("the header {0:?} cannot be sent")]
    Header(String),
    /// Its trusted roots cannot be read.
    #[error(transparent)]
    Roots(#[from] TlsError),
}

/// Why one try has failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    #[error("the connection failed: {0}")]
    Connection(#[from] hyper::Error),
    #[error("no answer within {0:?}")]
    Late(Duration),
    #[error("answered {status}")]
    Refused {
        status: u16,
        /// Its `Retry-After`, in seconds.
        retry_after: Option<Duration>,
    },
}

impl SendError {
    /// Whether the same may be taken later (OTLP 1.0, "Retryable Response Codes").
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 429 | 502..=504),
            Self::Connect(_) | Self::Connection(_) | Self::Late(_) => true,
        }
    }
}

/// The way to a collector.
pub(super) struct Client {
    host: String,
    port: u16,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    path: String,
    headers: HeaderMap,
    timeout: Duration,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    pub(super) fn new(settings: &Telemetry) -> Result<Self, UnusableError> {
        let endpoint = &settings.endpoint;
        let tls = match endpoint.tls {
            false => None,
            true => {
                let name = ServerName::try_from(endpoint.host.clone());
                let name = name.map_err(|_| UnusableError::Host(endpoint.host.clone()))?;
                Some((tls::client(&endpoint.roots, HttpVersion::Http1)?, name))
            }
        };
        Ok(Self {
            host: endpoint.host.clone(),
            port: endpoint.port,
            tls,
            path: if endpoint.path.is_empty() { "/".to_owned() } else { endpoint.path.clone() },
            headers: headers(settings)?,
            timeout: settings.timeout,
            connection: None,
        })
    }

    /// Sends a body once. The answer's body is returned where it was taken.
    pub(super) async fn send(&mut self, body: Bytes) -> Result<Bytes, SendError> {
        let timeout = self.timeout;
        let sent = tokio::time::timeout(timeout, self.exchange(body)).await;
        let result = sent.unwrap_or(Err(SendError::Late(timeout)));
        if !matches!(result, Ok(_) | Err(SendError::Refused { .. })) {
            self.connection = None;
        }
        result
    }

    async fn exchange(&mut self, body: Bytes) -> Result<Bytes, SendError> {
        let answer = match self.reuse(&body).await {
            Some(answer) => answer,
            None => {
                let mut connection = self.connect().await?;
                let answer = connection.send_request(self.request(body)).await?;
                self.connection = Some(connection);
                answer
            }
        };
        let status = answer.status().as_u16();
        let retry_after = retry_after(&answer);
        let held = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
        match status {
            // What it says beside that is of interest only where it is whole.
            200..=299 => Ok(held.map(http_body_util::Collected::to_bytes).unwrap_or_default()),
            _ => Err(SendError::Refused { status, retry_after }),
        }
    }

    /// On the connection that is there, which the collector may have closed meanwhile.
    async fn reuse(&mut self, body: &Bytes) -> Option<Response<Incoming>> {
        let mut connection = self.connection.take()?;
        connection.ready().await.ok()?;
        let answer = connection.send_request(self.request(body.clone())).await.ok()?;
        self.connection = Some(connection);
        Some(answer)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, SendError> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(SendError::Connect)?;
        let io = match &self.tls {
            None => Io::Plain(tcp),
            Some((config, name)) => {
                let tls = TlsConnector::from(config.clone()).connect(name.clone(), tcp).await;
                Io::ClientTls(Box::new(tls.map_err(SendError::Connect)?))
            }
        };
        let (sender, connection) = handshake(TokioIo::new(io)).await?;
        spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the collector ended");
            }
        });
        Ok(sender)
    }

    fn request(&self, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = hyper::Method::POST;
        // Read as a URL when the settings were.
        *request.uri_mut() = self.path.parse().unwrap_or_default();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

fn headers(settings: &Telemetry) -> Result<HeaderMap, UnusableError> {
    let endpoint = &settings.endpoint;
    let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    let mut headers = HeaderMap::new();
    for (name, value) in &settings.headers.0 {
        let unusable = || UnusableError::Header(name.clone());
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| unusable())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    let host = HeaderValue::from_str(&format!("{host}:{}", endpoint.port));
    headers.insert(hyper::header::HOST, host.map_err(|_| UnusableError::Host(endpoint.host.clone()))?);
    headers.insert(hyper::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    headers.insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    Ok(headers)
}

fn retry_after(answer: &Response<Incoming>) -> Option<Duration> {
    let text = answer.headers().get(hyper::header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

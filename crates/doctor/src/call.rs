//! One HTTP call on a connection of its own, with the time of each part.
//!
//! In: a [`Call`], and the [`Way`] that the steps before have found open. Out: what was [`Heard`], piece by piece with its
//! times, or a [`CallError`]. No redirect is followed.

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tollgate_errors::{Cause, catalog};
use url::Url;

use crate::address::Base;
use crate::connect::{TcpFault, connect};
use crate::proxy::{Proxy, ProxyFault};
use crate::tls::{TlsFault, Trust};

/// Bytes of an answer that are read: lists of models have up to a megabyte.
const BODY_MAX: usize = 8 << 20;
/// What says who calls.
const USER_AGENT: &str = concat!("tollgate-doctor/", env!("CARGO_PKG_VERSION"));

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
}

impl Call {
    pub(crate) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: None }
    }

    pub(crate) fn post(url: Url, body: String) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: Method::POST, url, headers, body: Some(body) }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// How the host is reached.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) base: Base,
    /// Addresses that answered, of the host or of the proxy, the best first.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) proxy: Option<Proxy>,
    /// The host's address, where a proxy wants it from this machine.
    pub(crate) found: Option<IpAddr>,
    pub(crate) trust: Trust,
    /// How long the name took.
    pub(crate) dns: Duration,
    /// For each part of a call.
    pub(crate) patience: Duration,
}

/// How long the parts took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    pub(crate) connect: Duration,
    pub(crate) tls: Duration,
    /// From the request to the head of its answer.
    pub(crate) first_byte: Duration,
    /// From the request to the end of its answer.
    pub(crate) answer: Duration,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) times: Times,
    /// When each piece of the body came, from the request on, and its bytes.
    pub(crate) pieces: Vec<(Duration, usize)>,
    /// It ended early.
    pub(crate) is_cut: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Tcp(#[from] TcpFault),
    #[error(transparent)]
    Proxy(#[from] ProxyFault),
    #[error("no TLS came about")]
    Tls(TlsFault),
    #[error("what answers does not speak HTTP/1.1: {0}")]
    NotHttp(String),
    #[error("the connection was closed without an answer")]
    Closed,
    #[error("{phase} within {}", crate::connect::seconds(*.after))]
    Late { phase: &'static str, after: Duration },
    /// A header that cannot be sent.
    #[error("it cannot be sent as HTTP: {0}")]
    Unsendable(String),
}

impl CallError {
    /// The cause of it, at a host that has answered before.
    pub(crate) fn cause(&self) -> &'static Cause {
        match self {
            Self::Late { .. } => &catalog::TIMEOUT,
            Self::Closed => &catalog::CONNECTION_RESET,
            _ => &catalog::CONNECTION_ERROR_GENERIC,
        }
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Way {
    /// Sends a call and reads its answer.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Heard, CallError> {
        self.ask_by(call, &self.trust.strict).await
    }

    /// The same without looking at whose certificate it is: for calls that carry nothing secret.
    pub(crate) async fn ask_anybody(&self, call: &Call) -> Result<Heard, CallError> {
        self.ask_by(call, &self.trust.lenient).await
    }

    async fn ask_by(&self, call: &Call, tls: &Arc<ClientConfig>) -> Result<Heard, CallError> {
        let mut times = Times::default();
        let begin = Instant::now();
        let tcp = self.reach().await?;
        times.connect = begin.elapsed();
        let stream: Box<dyn Duplex> = match self.base.is_tls() {
            false => Box::new(tcp),
            true => Box::new(self.agree(tcp, tls).await?),
        };
        times.tls = begin.elapsed() - times.connect;
        exchange(stream, self.request(call)?, times, self.patience).await
    }

    /// TCP to the host, or through the proxy where it opens a way instead of passing requests on.
    pub(crate) async fn reach(&self) -> Result<TcpStream, CallError> {
        let mut last = CallError::Tcp(TcpFault::Other("there is no address".to_owned()));
        for address in self.addresses.iter().take(4) {
            match connect(*address, self.patience).await {
                Ok((mut tcp, _)) => {
                    if let Some(proxy) = self.proxy.as_ref().filter(|proxy| !proxy.passes_on(self.base.is_tls())) {
                        let to = (self.base.host.as_str(), self.base.port);
                        let asked = proxy.open(&mut tcp, to, self.found, self.patience / 2);
                        let late = CallError::Late { phase: "the proxy did not open a way", after: self.patience };
                        timeout(self.patience, asked).await.map_err(|_| late)??;
                    }
                    return Ok(tcp);
                }
                Err(fault) => last = fault.into(),
            }
        }
        Err(last)
    }

    /// TLS on a connection.
    pub(crate) async fn agree(
        &self,
        tcp: TcpStream,
        tls: &Arc<ClientConfig>,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, CallError> {
        let name = ServerName::try_from(self.base.host.clone())
            .map_err(|_| CallError::Tls(TlsFault::Other("no certificate can be for this name".to_owned())))?;
        match timeout(self.patience, TlsConnector::from(tls.clone()).connect(name, tcp)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(CallError::Tls(self.trust.fault(&error))),
            Err(_) => Err(CallError::Late { phase: "the server did not agree on TLS", after: self.patience }),
        }
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>, CallError> {
        let url = &call.url;
        let host = match (url.host_str().unwrap_or(&self.base.host), url.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let through = self.proxy.as_ref().filter(|proxy| proxy.passes_on(self.base.is_tls()));
        let target = if through.is_some() { format!("http://{host}{path}") } else { path };
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(target)
            .header("host", host)
            .header("user-agent", USER_AGENT)
            .header("accept", "*/*")
            .header("accept-encoding", "identity")
            .header("connection", "close");
        if let Some(authorization) = through.and_then(Proxy::authorization) {
            request = request.header("proxy-authorization", authorization);
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let body = call.body.clone().unwrap_or_default();
        request.body(Full::new(body.into())).map_err(|error| CallError::Unsendable(error.to_string()))
    }
}

async fn exchange(
    stream: Box<dyn Duplex>,
    request: Request<Full<Bytes>>,
    mut times: Times,
    patience: Duration,
) -> Result<Heard, CallError> {
    let begin = Instant::now();
    let mut driver = JoinSet::new();
    let (mut sender, connection) =
        http1::Builder::new().max_headers(200).handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    driver.spawn(async move {
        // Its error is that of the request or of the body.
        let _ = connection.await;
    });
    let late = CallError::Late { phase: "no answer came", after: patience };
    let answer = timeout(patience, sender.send_request(request)).await.map_err(|_| late)?;
    let mut answer = answer.map_err(|error| failed(&error))?;
    times.first_byte = begin.elapsed();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut heard = Heard { status, headers, body: Vec::new(), times, pieces: Vec::new(), is_cut: false };
    // A stream may take longer than any single part of it.
    let deadline = tokio::time::Instant::now() + patience * 3;
    loop {
        match timeout_at(deadline, answer.body_mut().frame()).await {
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { continue };
                heard.pieces.push((begin.elapsed(), data.len()));
                heard.body.extend_from_slice(&data);
                if heard.body.len() > BODY_MAX {
                    break;
                }
            }
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) => {
                heard.is_cut = true;
                break;
            }
        }
    }
    heard.times.answer = begin.elapsed();
    unpack(&mut heard);
    Ok(heard)
}

/// What was packed although that was not asked for: clients unpack it, so it is no fault.
fn unpack(heard: &mut Heard) {
    let is_packed =
        heard.headers.get("content-encoding").is_some_and(|kind| kind.as_bytes().eq_ignore_ascii_case(b"gzip"));
    let mut plain = Vec::new();
    // What cannot be unpacked stays as it is, and is told by its size.
    if is_packed && GzDecoder::new(heard.body.as_slice()).take(BODY_MAX as u64).read_to_end(&mut plain).is_ok() {
        heard.body = plain;
    }
}

fn failed(error: &hyper::Error) -> CallError {
    if error.is_parse() {
        return CallError::NotHttp(error.to_string());
    }
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    match source {
        // A server that wants a client certificate says so in TLS 1.3 only after the handshake.
        Some(source) if source.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>) => {
            CallError::Tls(TlsFault::Other(source.to_string()))
        }
        _ => CallError::Closed,
    }
}

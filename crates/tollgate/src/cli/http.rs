//! A small HTTP/1.1 client for commands that call a server: one connection per call, bodies as they arrive.
//!
//! In: a base URL and a [`Call`]. Out: an [`Answer`], whose body is read piece by piece, or a [`CallError`] that says how
//! far the call got. It follows no redirect, so a key goes to the server that was named and to nobody else. Certificates
//! of `https` URLs are verified, against the system's roots (`SSL_CERT_FILE` adds to them, as everywhere) or, where it has
//! none, Mozilla's.

mod url;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use tollgate_gateway::client_tls;
use tollgate_gateway::settings::Roots;

pub(crate) use self::url::Base;

/// To reach the server.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Between two pieces of an answer: what the gateway itself waits for a provider is less.
const SILENCE_MAX: Duration = Duration::from_secs(600);
/// What says who calls, in the server's records.
const USER_AGENT: &str = concat!("tollgate-cli/", env!("CARGO_PKG_VERSION"));

/// Why a call has no answer, or only a part of one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("the name {host} is not known")]
    Name { host: String },
    #[error("nothing listens at {address}")]
    Refused { address: String },
    #[error("{address} cannot be reached")]
    Unreachable {
        address: String,
        #[source]
        source: io::Error,
    },
    #[error("{address} sent nothing for {after:?}")]
    Late { address: String, after: Duration },
    #[error("no TLS connection to {host}")]
    Tls {
        host: String,
        #[source]
        source: io::Error,
    },
    #[error("no root certificates can be loaded")]
    Roots(#[source] tollgate_gateway::TlsError),
    #[error("this cannot be sent as HTTP")]
    Malformed(#[source] http::Error),
    #[error("what answers is not an HTTP/1.1 server")]
    NotHttp,
    #[error("the connection ended without an answer")]
    Broken(#[source] hyper::Error),
    /// The answer had begun.
    #[error("the connection ended before the answer did")]
    CutOff,
}

impl CallError {
    /// Before the head of an answer was there.
    fn unanswered(error: hyper::Error) -> Self {
        if error.is_parse() { Self::NotHttp } else { Self::Broken(error) }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// From the root (`/readyz`), or, without a slash at its beginning, from the API's base (`chat/completions`).
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A POST of a JSON document.
    pub(crate) fn post_json(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let call = Self { method: Method::POST, body: body.into(), ..Self::get(path) };
        call.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// With one more header; several of a name stay several.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// With this key as `Authorization: Bearer`, unless there is such a header already.
    pub(crate) fn bearer(mut self, key: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {key}")) {
            value.set_sensitive(true);
            self.headers.entry(header::AUTHORIZATION).or_insert(value);
        }
        self
    }
}

/// Calls one server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    base: Base,
    tls: Option<Arc<ClientConfig>>,
    /// How long to wait for an answer, and for each piece of it.
    silence: Duration,
}

impl Client {
    /// For the server at this base URL.
    pub(crate) fn new(base: Base) -> Result<Self, CallError> {
        let tls = base.is_tls().then(roots).transpose()?;
        Ok(Self { base, tls, silence: SILENCE_MAX })
    }

    /// The same, waiting no longer than this for the connection, the answer, and each piece of it.
    pub(crate) fn waiting(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// Sends one request, and waits for the head of its answer.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, CallError> {
        let request = self.request(call)?;
        let late = |after| CallError::Late { address: self.base.authority(), after };
        let connect_max = CONNECT_MAX.min(self.silence);
        let connected = tokio::time::timeout(connect_max, self.connect()).await.map_err(|_| late(connect_max))??;
        let (mut sender, connection) = connected;
        let answer = tokio::time::timeout(self.silence, sender.send_request(request)).await;
        let answer = answer.map_err(|_| late(self.silence))?.map_err(CallError::unanswered)?;
        let (head, body) = answer.into_parts();
        let address = self.base.authority();
        let (status, headers, silence) = (head.status, head.headers, self.silence);
        Ok(Answer { status, headers, body, address, silence, _connection: connection })
    }

    fn request(&self, call: Call) -> Result<Request<Full<Bytes>>, CallError> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(self.base.target(&call.path))
            .body(Full::new(call.body))
            .map_err(CallError::Malformed)?;
        let headers = request.headers_mut();
        *headers = call.headers;
        let host = HeaderValue::from_str(&self.base.authority()).map_err(|e| CallError::Malformed(e.into()))?;
        headers.entry(header::HOST).or_insert(host);
        headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        Ok(request)
    }

    async fn connect(&self) -> Result<(Sender, Connection), CallError> {
        let (host, port) = (self.base.host(), self.base.port());
        let tcp = tcp(host, port).await?;
        let Some(config) = &self.tls else { return handshake(tcp).await };
        let failed = |source| CallError::Tls { host: host.to_owned(), source };
        let name = ServerName::try_from(host.to_owned()).map_err(|e| failed(io::Error::other(e)))?;
        let tls = TlsConnector::from(config.clone()).connect(name, tcp).await.map_err(failed)?;
        handshake(tls).await
    }
}

type Sender = hyper::client::conn::http1::SendRequest<Full<Bytes>>;

/// What moves the bytes of one connection, for as long as this is kept.
type Connection = JoinSet<()>;

async fn handshake<T>(io: T) -> Result<(Sender, Connection), CallError>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(io)).await.map_err(CallError::unanswered)?;
    let mut moving = JoinSet::new();
    // What goes wrong is told to whoever waits for the answer or its body.
    moving.spawn(async move { drop(connection.await) });
    Ok((sender, moving))
}

/// Tries each address the name has.
async fn tcp(host: &str, port: u16) -> Result<TcpStream, CallError> {
    let unknown = || CallError::Name { host: host.to_owned() };
    let mut last = None;
    for address in tokio::net::lookup_host((host, port)).await.map_err(|_| unknown())? {
        match TcpStream::connect(address).await {
            Ok(tcp) => {
                // Without it, Nagle and delayed acknowledgements hold a small write back for up to 40 ms.
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Err(error) => last = Some((address.to_string(), error)),
        }
    }
    Err(match last {
        None => unknown(),
        Some((address, e)) if e.kind() == io::ErrorKind::ConnectionRefused => CallError::Refused { address },
        Some((address, source)) => CallError::Unreachable { address, source },
    })
}

/// The system's roots; where it has none, Mozilla's.
fn roots() -> Result<Arc<ClientConfig>, CallError> {
    client_tls(&Roots::System).or_else(|_| client_tls(&Roots::Bundled)).map_err(CallError::Roots)
}

/// An answer, whose body may still be under way.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    address: String,
    silence: Duration,
    /// Dropped, it closes the connection.
    _connection: Connection,
}

impl Answer {
    /// A header's value as text; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The next piece of the body, as it arrived; `None` at its end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, CallError> {
        loop {
            let next = tokio::time::timeout(self.silence, self.body.frame()).await;
            let late = |_| CallError::Late { address: self.address.clone(), after: self.silence };
            match next.map_err(late)? {
                None => return Ok(None),
                Some(Err(_)) => return Err(CallError::CutOff),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    /// The whole body. What a break leaves behind is lost; [`Answer::piece`] keeps it.
    pub(crate) async fn whole(mut self) -> Result<Vec<u8>, CallError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }
}

/// Runs this on a runtime of its own, on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

//! A client of HTTP/1.1 that hides nothing: what it sends is written by hand, what it reads is given back as it came.
//!
//! In: an [`Ask`], or bytes. Out: a [`Reply`], or an answer piece by piece. It follows nothing and retries nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value as Json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::shown;
use crate::wait::soon;

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers in order; `host` and `content-length` come by themselves.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Ask {
    /// A request without body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// A POST of JSON, byte for byte as given.
    #[must_use]
    pub fn post(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let ask = Self { body: body.into(), ..Self::new("POST", path) };
        ask.header("content-type", "application/json")
    }

    /// A GET.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With `secret` as the key.
    #[must_use]
    pub fn bearer(self, secret: &str) -> Self {
        self.header("authorization", &format!("Bearer {secret}"))
    }

    /// Without the headers of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }

    /// The request on the wire.
    #[must_use]
    pub fn bytes(&self, host: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.method == "POST" {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        head += "\r\n";
        [head.as_bytes(), &self.body].concat()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// The words behind the status.
    pub reason: String,
    /// Headers, names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// Body, out of its framing.
    pub body: Vec<u8>,
}

impl Reply {
    /// `401 Unauthorized`.
    #[must_use]
    pub fn status_line(&self) -> String {
        format!("{} {}", self.status, self.reason).trim_end().to_owned()
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The id of the request.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.header("x-request-id").unwrap_or_else(|| panic!("no x-request-id in {self:?}"))
    }

    /// The cause that the answer names; empty where it names none.
    #[must_use]
    pub fn cause(&self) -> &str {
        self.header("x-tollgate-cause").unwrap_or("")
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The error object.
    #[must_use]
    pub fn error(&self) -> Json {
        self.json()["error"].clone()
    }

    /// For snapshots: see [`shown::answer`].
    #[must_use]
    pub fn shown(&self) -> String {
        shown::answer(self)
    }
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// A connection.
pub struct Connection {
    io: Box<dyn Io>,
    /// Came and is not yet given out.
    buffer: Vec<u8>,
    host: String,
    framing: Framing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
    Ended,
}

impl Connection {
    /// Connects in clear text.
    pub async fn open(address: SocketAddr) -> Self {
        let io = tcp(address).await;
        Self { io: Box::new(io), buffer: Vec::new(), host: address.to_string(), framing: Framing::Ended }
    }

    /// Connects with TLS, to `localhost`.
    pub async fn open_tls(address: SocketAddr, config: Arc<ClientConfig>) -> Self {
        let name = ServerName::try_from("localhost").unwrap();
        let io = soon("a TLS handshake", TlsConnector::from(config).connect(name, tcp(address).await)).await.unwrap();
        Self { io: Box::new(io), buffer: Vec::new(), host: "localhost".to_owned(), framing: Framing::Ended }
    }

    /// Writes bytes as they are. A peer that has closed already takes none, which its answer shows.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = soon("writing", self.io.write_all(bytes)).await;
        let _ = self.io.flush().await;
    }

    /// Closes our side.
    pub async fn finish(&mut self) {
        let _ = self.io.shutdown().await;
    }

    /// Sends a request and reads its whole answer.
    pub async fn ask(&mut self, ask: &Ask) -> Reply {
        self.write(&ask.bytes(&self.host.clone())).await;
        self.reply(ask.method == "HEAD").await
    }

    /// Sends a request and reads the head of its answer; [`Self::piece`] reads on.
    pub async fn begin(&mut self, ask: &Ask) -> Reply {
        self.write(&ask.bytes(&self.host.clone())).await;
        self.head().await
    }

    /// Reads a whole answer.
    pub async fn reply(&mut self, head_only: bool) -> Reply {
        let mut reply = self.head().await;
        if head_only {
            self.framing = Framing::Ended;
        }
        while let Some(piece) = self.piece().await {
            reply.body.extend_from_slice(&piece);
        }
        reply
    }

    /// Reads the head of an answer.
    pub async fn head(&mut self) -> Reply {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            let came = self.fill().await;
            assert!(came > 0, "closed inside the head: {:?}", String::from_utf8_lossy(&self.buffer));
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        self.buffer.drain(..end);
        let mut lines = head.split("\r\n").filter(|line| !line.is_empty());
        let status_line = lines.next().unwrap_or("");
        let status = status_line.strip_prefix("HTTP/1.1 ").unwrap_or_else(|| panic!("no status line: {head:?}"));
        let (status, reason) = status.split_once(' ').unwrap_or((status, ""));
        let headers = lines.map(|line| line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}")));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let status = status.parse().unwrap();
        let reply = Reply { status, reason: reason.to_owned(), headers, body: Vec::new() };
        self.framing = match (reply.header("content-length"), reply.header("transfer-encoding")) {
            _ if matches!(status, 100..=199 | 204 | 304) => Framing::Ended,
            (Some(_), Some(_)) => panic!("two framings: {head:?}"),
            (Some(length), None) => Framing::Length(length.parse().unwrap()),
            (None, Some(coding)) => {
                assert_eq!(coding, "chunked");
                Framing::Chunked
            }
            (None, None) => Framing::UntilClose,
        };
        reply
    }

    /// The next piece of the body: a chunk, or what one read brings. `None` at its proper end.
    ///
    /// # Panics
    /// The connection ends before the body does; [`Self::piece_or_cut`] where that is expected.
    pub async fn piece(&mut self) -> Option<Vec<u8>> {
        self.piece_or_cut().await.expect("the body breaks off")
    }

    /// As [`Self::piece`], with `Err` where the body breaks off.
    pub async fn piece_or_cut(&mut self) -> Result<Option<Vec<u8>>, ()> {
        match self.framing {
            Framing::Ended | Framing::Length(0) => {
                self.framing = Framing::Ended;
                Ok(None)
            }
            Framing::Length(left) => {
                if self.buffer.is_empty() && self.fill().await == 0 {
                    return Err(());
                }
                let n = left.min(self.buffer.len());
                self.framing = Framing::Length(left - n);
                Ok(Some(self.buffer.drain(..n).collect()))
            }
            Framing::UntilClose => {
                if self.buffer.is_empty() && self.fill().await == 0 {
                    return Ok(None);
                }
                Ok(Some(std::mem::take(&mut self.buffer)))
            }
            Framing::Chunked => self.chunk().await,
        }
    }

    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, ()> {
        let line_end = loop {
            if let Some(at) = self.buffer.windows(2).position(|w| w == b"\r\n") {
                break at;
            }
            if self.fill().await == 0 {
                return Err(());
            }
        };
        let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[..line_end]).unwrap(), 16).unwrap();
        let whole = line_end + 2 + size + 2;
        while self.buffer.len() < whole {
            if self.fill().await == 0 {
                return Err(());
            }
        }
        let chunk: Vec<u8> = self.buffer[line_end + 2..whole - 2].to_vec();
        assert_eq!(&self.buffer[whole - 2..whole], b"\r\n");
        self.buffer.drain(..whole);
        if size == 0 {
            self.framing = Framing::Ended;
            return Ok(None);
        }
        Ok(Some(chunk))
    }

    /// What the peer sends until it closes.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.fill().await > 0 {}
        std::mem::take(&mut self.buffer)
    }

    /// Whether the peer closes, having sent nothing more.
    pub async fn is_closed(&mut self) -> bool {
        self.buffer.is_empty() && self.fill().await == 0
    }

    /// A reset counts as an end: what came before it has come.
    async fn fill(&mut self) -> usize {
        soon("reading", self.io.read_buf(&mut self.buffer)).await.unwrap_or(0)
    }
}

async fn tcp(address: SocketAddr) -> TcpStream {
    let io = soon("connecting", TcpStream::connect(address)).await.unwrap();
    io.set_nodelay(true).unwrap();
    io
}

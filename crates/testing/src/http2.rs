//! A client of h2, through hyper: here the frames are not the test's business.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::client::{Ask, Reply};
use crate::wait::soon;

/// A connection; several requests may use it at once.
#[derive(Debug, Clone)]
pub struct Http2 {
    sender: SendRequest<Full<Bytes>>,
    base: String,
}

impl Http2 {
    /// Connects in clear text, with prior knowledge.
    pub async fn open(address: SocketAddr) -> Self {
        let io = TcpStream::connect(address).await.unwrap();
        Self::over(io, format!("http://{address}")).await
    }

    /// Connects with TLS; `config` has to offer h2.
    pub async fn open_tls(address: SocketAddr, config: Arc<ClientConfig>) -> Self {
        let io = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let io = soon("a TLS handshake", TlsConnector::from(config).connect(name, io)).await.unwrap();
        assert_eq!(io.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        Self::over(io, "https://localhost".to_owned()).await
    }

    async fn over(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, base: String) -> Self {
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(io)).await.unwrap();
        tokio::spawn(connection);
        Self { sender, base }
    }

    /// Sends a request and waits for the head of its answer.
    pub async fn begin(&mut self, ask: &Ask) -> Response<Incoming> {
        let mut request = Request::builder().method(ask.method.as_str()).uri(format!("{}{}", self.base, ask.path));
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::from(ask.body.clone())).unwrap();
        soon("an answer in h2", self.sender.send_request(request)).await.unwrap()
    }

    /// Sends a request and reads its whole answer.
    pub async fn ask(&mut self, ask: &Ask) -> Reply {
        let (parts, body) = self.begin(ask).await.into_parts();
        let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        let body = soon("a body in h2", body.collect()).await.unwrap().to_bytes().to_vec();
        Reply {
            status: parts.status.as_u16(),
            reason: parts.status.canonical_reason().unwrap_or("").to_owned(),
            headers: parts.headers.iter().map(header).collect(),
            body,
        }
    }
}

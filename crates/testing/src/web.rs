//! A host of the web: files, pages, redirects, and all that goes wrong between.
//!
//! In: what lies at each path. Out: the connections that came. It speaks HTTP/1.1 by hand, one request a connection, so that
//! an answer can be cut, be late or be none.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What lies at a path.
#[derive(Debug, Clone)]
pub enum Page {
    /// These bytes, answer head and all; then the connection is closed.
    Raw(Vec<u8>),
    /// Nothing is said, and the connection stays open.
    Silence,
    /// These bytes, and then nothing more on an open connection.
    Stalls(Vec<u8>),
}

impl Page {
    /// An answer with these header lines, each `name: value`.
    #[must_use]
    pub fn answer(status: u16, headers: &[&str], body: &[u8]) -> Self {
        let mut raw = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n", body.len()).into_bytes();
        for header in headers {
            raw.extend_from_slice(header.as_bytes());
            raw.extend_from_slice(b"\r\n");
        }
        raw.extend_from_slice(b"\r\n");
        raw.extend_from_slice(body);
        Self::Raw(raw)
    }

    /// A file of this type.
    #[must_use]
    pub fn file(content_type: &str, body: &[u8]) -> Self {
        Self::answer(200, &[&format!("content-type: {content_type}")], body)
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(to: &str) -> Self {
        Self::answer(302, &[&format!("location: {to}")], b"")
    }

    /// A file in pieces of unknown number.
    #[must_use]
    pub fn chunked(content_type: &str, body: &[u8]) -> Self {
        let mut raw = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n")
            .into_bytes();
        for piece in body.chunks(64 << 10) {
            raw.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            raw.extend_from_slice(piece);
            raw.extend_from_slice(b"\r\n");
        }
        raw.extend_from_slice(b"0\r\n\r\n");
        Self::Raw(raw)
    }

    /// A file that ends before its time.
    #[must_use]
    pub fn cut(content_type: &str, body: &[u8], announced: usize) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {announced}\r\n\r\n");
        Self::Raw([head.as_bytes(), body].concat())
    }
}

/// A host.
pub struct Web {
    address: SocketAddr,
    tls: bool,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    pages: Mutex<HashMap<String, Page>>,
    heads: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

impl Web {
    /// One that speaks in clear text on the loopback interface.
    pub async fn start() -> Self {
        Self::listen("127.0.0.1:0", None).await
    }

    /// One that speaks TLS.
    pub async fn start_tls(config: Arc<ServerConfig>) -> Self {
        Self::listen("127.0.0.1:0", Some(config)).await
    }

    /// One at this address.
    pub async fn listen(address: &str, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (acceptor, serving) = (tls.clone().map(TlsAcceptor::from), shared.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                serving.connections.fetch_add(1, Ordering::SeqCst);
                let (shared, acceptor) = (serving.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(tcp, &shared).await,
                        Some(acceptor) => {
                            if let Ok(tls) = acceptor.accept(tcp).await {
                                serve(tls, &shared).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, tls: tls.is_some(), shared, accepting }
    }

    /// What lies at a path, its query included.
    pub fn put(&self, path: &str, page: Page) -> &Self {
        self.shared.pages.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), page);
        self
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        match self.tls {
            true => format!("https://localhost:{}{path}", self.address.port()),
            false => format!("http://{}{path}", self.address),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The heads of all requests so far.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        self.shared.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut io: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = io.read_buf(&mut head).await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        // What is not HTTP, such as TLS, is refused at once, as servers do.
        if !head[0].is_ascii_uppercase() {
            let _ = io.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
            return;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    shared.heads.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    let page = shared.pages.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    let (bytes, stays) = match page {
        Some(Page::Raw(bytes)) => (bytes, false),
        Some(Page::Stalls(bytes)) => (bytes, true),
        Some(Page::Silence) => (Vec::new(), true),
        None => match Page::answer(404, &[], b"not here") {
            Page::Raw(bytes) => (bytes, false),
            _ => return,
        },
    };
    // Whoever asked may have gone.
    let _ = io.write_all(&bytes).await;
    let _ = io.flush().await;
    if stays {
        let _ = io.read(&mut [0]).await;
    }
    let _ = io.shutdown().await;
}

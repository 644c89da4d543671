//! A provider that answers as it is told, on a real socket.
//!
//! In: [`Answer`]s, in the order they are to be given; without one, what [`Upstream::otherwise`] makes of the request,
//! else a short chat completion. Out: every request as it came, byte for byte. It can pause until a [`Gate`] opens, cut,
//! reset, or say what is no HTTP. [`Deaf`] is one that never gets as far, [`Leaving`] one that has had
//! enough after a request.

mod answer;
mod deaf;
mod http1;
mod http2;
mod leaving;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub use answer::{Answer, Gate};
pub use deaf::Deaf;
pub use leaving::{Leave, Leaving};

use crate::wait::soon;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Which connection it came by, from 0.
    pub connection: usize,
    /// Request line and headers with their line ends; of h2, written down in the same form.
    pub head: String,
    /// Body.
    pub body: Vec<u8>,
    /// When it had come.
    pub at: Instant,
}

impl Received {
    /// The request line.
    #[must_use]
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or("")
    }

    /// Names and values of the headers, in order, names in lower case.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        let lines = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
        lines.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect()
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers().into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A provider.
pub struct Upstream {
    address: SocketAddr,
    tls: bool,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

type Script = Box<dyn Fn(&Received) -> Answer + Send + Sync>;

#[derive(Default)]
struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    otherwise: Mutex<Option<Script>>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    hung_up: AtomicUsize,
    news: Notify,
}

impl Shared {
    fn note(&self, received: Received) -> Answer {
        let body = received.body.clone();
        let told = lock(&self.answers).pop_front();
        let answer = told.or_else(|| lock(&self.otherwise).as_ref().map(|script| script(&received)));
        lock(&self.received).push(received);
        self.news.notify_waiters();
        let answer = answer.unwrap_or_else(Answer::usual);
        if answer.echoes { answer.piece(body) } else { answer }
    }

    fn hung_up(&self) {
        self.hung_up.fetch_add(1, Ordering::SeqCst);
        self.news.notify_waiters();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Upstream {
    /// One that speaks HTTP/1.1 in clear text.
    pub async fn start() -> Self {
        Self::listen(None, false).await
    }

    /// One that speaks h2 with prior knowledge.
    pub async fn start_http2() -> Self {
        Self::listen(None, true).await
    }

    /// One that speaks TLS, and HTTP/1.1 or h2 as `config` offers.
    pub async fn start_tls(config: Arc<ServerConfig>) -> Self {
        let http2 = config.alpn_protocols.iter().any(|p| p == b"h2");
        Self::listen(Some(config), http2).await
    }

    async fn listen(tls: Option<Arc<ServerConfig>>, http2: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let accepting = tokio::spawn(accept(listener, shared.clone(), tls.clone(), http2));
        Self { address, tls: tls.is_some(), shared, accepting }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// For `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        match self.tls {
            true => format!("https://localhost:{}/v1", self.address.port()),
            false => format!("http://{}/v1", self.address),
        }
    }

    /// The next request that has no answer yet gets this one.
    pub fn answer(&self, answer: Answer) {
        lock(&self.shared.answers).push_back(answer);
    }

    /// Requests for which no answer is told get what `script` makes of them.
    pub fn otherwise(&self, script: impl Fn(&Received) -> Answer + Send + Sync + 'static) {
        *lock(&self.shared.otherwise) = Some(Box::new(script));
    }

    /// The same answer for all of them.
    pub fn always(&self, answer: Answer) {
        self.otherwise(move |_| answer.clone());
    }

    /// What came so far.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// The request of this number, from 0, once it has come.
    pub async fn request(&self, number: usize) -> Received {
        let what = format!("request {number} at the provider");
        soon(&what, self.when(|| lock(&self.shared.received).get(number).cloned())).await
    }

    /// The only request that came.
    #[must_use]
    pub fn only(&self) -> Received {
        let received = self.received();
        assert_eq!(received.len(), 1, "{received:?}");
        received[0].clone()
    }

    /// Connections accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until a connection was closed from the other side in the middle of an answer.
    pub async fn hung_up(&self) {
        let seen = || (self.shared.hung_up.load(Ordering::SeqCst) > 0).then_some(());
        soon("the gateway hanging up", self.when(seen)).await;
    }

    async fn when<T>(&self, look: impl Fn() -> Option<T>) -> T {
        loop {
            let mut news = std::pin::pin!(self.shared.news.notified());
            news.as_mut().enable();
            if let Some(found) = look() {
                return found;
            }
            news.await;
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, tls: Option<Arc<ServerConfig>>, http2: bool) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let _ = socket.set_nodelay(true);
        let connection = shared.connections.fetch_add(1, Ordering::SeqCst);
        let (shared, tls) = (shared.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None if http2 => http2::serve(socket, connection, shared).await,
                None => http1::serve(http1::Wire::Plain(socket), connection, &shared).await,
                Some(config) => {
                    // A client that does not trust the certificate ends the handshake: that is its test.
                    let Ok(socket) = tokio_rustls::TlsAcceptor::from(config).accept(socket).await else { return };
                    if http2 {
                        http2::serve(socket, connection, shared).await;
                    } else {
                        http1::serve(http1::Wire::Tls(Box::new(socket)), connection, &shared).await;
                    }
                }
            }
        });
    }
}

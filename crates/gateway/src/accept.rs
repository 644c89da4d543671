//! New connections: counted, their TLS agreed, HTTP/1.1 told from h2.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Instant;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::executor::spawn;
use crate::io::Io;
use crate::stage::Stage;
use crate::watch::Phase;
use crate::worker::Worker;
use crate::{http1, http2, respond};

/// One socket to accept from.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    /// No other process has it: closed here, it is gone.
    pub(crate) last: bool,
}

/// How an h2 connection begins (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Accepts until another process does, or nobody.
pub(crate) async fn run(worker: Rc<Worker>, listener: Listener, tls: Option<Arc<ServerConfig>>) {
    let Listener { socket: listener, last } = listener;
    let stages = worker.shared.stages.clone();
    let mut leaving = pin!(stages.until(Stage::HandedOver));
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut leaving => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => accept(&worker, socket, peer, tls.as_ref()),
            Err(error) => {
                // Out of file descriptors, most likely: waiting costs less than spinning.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(crate::watch::TICK).await;
            }
        }
    }
    if last && worker.draining() {
        accept_rest(&worker, listener, tls.as_ref());
    }
}

/// Takes in whoever has connected already: closing the socket would reset them, and an answer says why there is none.
fn accept_rest(worker: &Rc<Worker>, listener: TcpListener, tls: Option<&Arc<ServerConfig>>) {
    let Ok(listener) = listener.into_std() else { return };
    while let Ok((socket, peer)) = listener.accept() {
        let socket = socket.set_nonblocking(true).and_then(|()| TcpStream::from_std(socket));
        if let Ok(socket) = socket {
            accept(worker, socket, peer, tls);
        }
    }
}

fn accept(worker: &Rc<Worker>, socket: TcpStream, peer: SocketAddr, tls: Option<&Arc<ServerConfig>>) {
    let shared = &worker.shared;
    if shared.connections.fetch_add(1, Ordering::Relaxed) >= worker.live().settings.limits.connections {
        shared.connections.fetch_sub(1, Ordering::Relaxed);
        shared.metrics.connections_refused.inc();
        turn_away(worker, socket, tls.is_some());
        return;
    }
    let _ = socket.set_nodelay(true);
    let counted = Counted(worker.clone());
    let tls = tls.cloned();
    spawn(async move {
        serve(counted.0.clone(), socket, peer.ip(), tls).await;
        drop(counted);
    });
}

/// Says why a connection above the ceiling is closed, if that can be done at once: it gets no task of its own.
fn turn_away(worker: &Worker, socket: TcpStream, tls: bool) {
    if !tls && let Ok(mut socket) = socket.into_std() {
        let answer = respond::too_many_connections(&worker.live().settings, worker.request_id(Instant::now()));
        let _ = socket.write(&answer);
        let _ = socket.shutdown(std::net::Shutdown::Write);
    }
}

/// An open connection's place in the count.
struct Counted(Rc<Worker>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.shared.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn serve(worker: Rc<Worker>, socket: TcpStream, peer: IpAddr, tls: Option<Arc<ServerConfig>>) {
    match tls {
        None => begin(worker, Io::Plain(socket), peer).await,
        // Boxed here and below, so that a connection carries no room for what it never needs.
        Some(config) => Box::pin(serve_tls(worker, socket, peer, config)).await,
    }
}

async fn serve_tls(worker: Rc<Worker>, socket: TcpStream, peer: IpAddr, config: Arc<ServerConfig>) {
    let watch = worker.wheel.watch(Phase::Head, worker.live().settings.timeouts.head);
    let Ok(Ok(stream)) = watch.limit(pin!(TlsAcceptor::from(config).accept(socket))).await else {
        return;
    };
    drop(watch);
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let io = Io::ServerTls(Box::new(stream));
    if h2 {
        Box::pin(http2::serve(worker, http2::wrap(io), peer)).await;
    } else {
        http1::serve(worker, io, Vec::new(), peer).await;
    }
}

/// Reads until HTTP/1.1 is told from h2 with prior knowledge; mostly the first byte does.
async fn begin(worker: Rc<Worker>, mut io: Io, peer: IpAddr) {
    let watch = worker.wheel.watch(Phase::KeepAlive, worker.live().settings.timeouts.head);
    let mut first = Vec::new();
    loop {
        let read = watch.limit(std::future::poll_fn(|cx| io.poll_fill(cx, &mut first, 2048))).await;
        match read {
            Ok(Ok(1..)) => {}
            Err(_) if io.has_bytes() => {
                watch.enter(Phase::Head, worker.live().settings.timeouts.head);
                continue;
            }
            _ => return,
        }
        let n = first.len().min(PREFACE.len());
        if first[..n] != PREFACE[..n] {
            drop(watch);
            return http1::serve(worker, io, first, peer).await;
        }
        if n == PREFACE.len() {
            drop(watch);
            let io = Prefixed { first, taken: 0, io };
            return Box::pin(http2::serve(worker, hyper_util::rt::TokioIo::new(io), peer)).await;
        }
    }
}

/// A connection whose first bytes have been read already.
struct Prefixed {
    first: Vec<u8>,
    taken: usize,
    io: Io,
}

impl AsyncRead for Prefixed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let rest = &self.first[self.taken..];
        if rest.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        let n = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..n]);
        self.taken += n;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Io::poll_flush(&mut self.io, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Io::poll_shutdown(&mut self.io, cx)
    }
}

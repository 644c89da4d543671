//! A byte stream, clear or TLS, towards a caller or a provider.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use rustix::buffer::spare_capacity;
use rustix::io::retry_on_intr;
use rustix::net::{RecvFlags, SendFlags};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// A connection. TLS is boxed: its state is a kilobyte that clear connections should not carry.
pub(crate) enum Io {
    Plain(TcpStream),
    ServerTls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
    ClientTls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

macro_rules! each {
    ($self:expr, $io:ident => $call:expr) => {
        match $self {
            Io::Plain($io) => $call,
            Io::ServerTls($io) => $call,
            Io::ClientTls($io) => $call,
        }
    };
}

impl Io {
    /// Reads what is there, at most `room` bytes and what `buffer` has spare. `Ok(0)`: the other side has ended.
    pub(crate) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<u8>,
        room: usize,
    ) -> Poll<io::Result<usize>> {
        buffer.reserve(room);
        // `read_buf` keeps no state between polls, so that it may be made anew each time.
        match self {
            Self::Plain(io) => receive(io, cx, buffer),
            Self::ServerTls(io) => pin!(io.read_buf(buffer)).poll(cx),
            Self::ClientTls(io) => pin!(io.read_buf(buffer)).poll(cx),
        }
    }

    /// Whether the socket holds bytes, asked of the kernel and not of what the runtime knows.
    pub(crate) fn has_bytes(&self) -> bool {
        let socket = match self {
            Self::Plain(io) => io,
            Self::ServerTls(io) => io.get_ref().0,
            Self::ClientTls(io) => io.get_ref().0,
        };
        let look = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        rustix::net::recv(socket, &mut [0; 1], look).is_ok_and(|(n, _)| n > 0)
    }

    fn poll_write_one(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = match self {
            Self::Plain(io) => send(io, cx, bytes),
            Self::ServerTls(io) => Pin::new(io).poll_write(cx, bytes),
            Self::ClientTls(io) => Pin::new(io).poll_write(cx, bytes),
        };
        match written {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            other => other,
        }
    }

    /// Writes from `slices` as far as the socket takes it.
    fn poll_write_vectored(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match each!(self, io => Pin::new(io).poll_write_vectored(cx, slices)) {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            other => other,
        }
    }

    /// TLS keeps written bytes until flushed.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::ServerTls(io) => Pin::new(io).poll_flush(cx),
            Self::ClientTls(io) => Pin::new(io).poll_flush(cx),
        }
    }

    /// Ends our side.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, io => Pin::new(io).poll_shutdown(cx))
    }
}

/// Reads into what `buffer` has spare. The kernel is called directly: the C library's `recv` and `send` are points at which a
/// thread may be cancelled, and to say so twice per call was 3 % of a stream's cost.
fn receive(io: &TcpStream, cx: &mut Context<'_>, buffer: &mut Vec<u8>) -> Poll<io::Result<usize>> {
    let room = buffer.capacity() - buffer.len();
    loop {
        ready!(io.poll_read_ready(cx))?;
        let mut read = 0;
        let received = io.try_io(Interest::READABLE, || {
            let flags = RecvFlags::empty();
            (_, read) = retry_on_intr(|| rustix::net::recv(io, spare_capacity(buffer), flags))?;
            // It gave less than there was room for, so it is empty: the runtime learns that from this error, where it would
            // else be asked once more.
            if 0 < read && read < room { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        match received {
            Ok(()) => return Poll::Ready(Ok(read)),
            Err(e) if e.kind() != io::ErrorKind::WouldBlock => return Poll::Ready(Err(e)),
            Err(_) if read > 0 => return Poll::Ready(Ok(read)),
            Err(_) => {}
        }
    }
}

/// Writes what the socket takes.
fn send(io: &TcpStream, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
    loop {
        ready!(io.poll_write_ready(cx))?;
        let sent =
            io.try_io(Interest::WRITABLE, || Ok(retry_on_intr(|| rustix::net::send(io, bytes, SendFlags::NOSIGNAL))?));
        match sent {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            sent => return Poll::Ready(sent),
        }
    }
}

/// Parts up to this together are copied into one run: `send(2)` of one buffer is cheaper than `writev(2)` of several.
const COPIED_MAX: usize = 16 << 10;

/// Writes once from `parts`, past their first `skip` bytes. `scratch` holds nothing between calls.
pub(crate) fn write_from(
    io: &mut Io,
    cx: &mut Context<'_>,
    parts: &[&[u8]],
    mut skip: usize,
    scratch: &RefCell<Vec<u8>>,
) -> Poll<io::Result<usize>> {
    let mut slices = [IoSlice::new(&[]); 8];
    let (mut n, mut total) = (0, 0);
    for part in parts {
        if skip >= part.len() {
            skip -= part.len();
            continue;
        }
        if n == slices.len() {
            break;
        }
        slices[n] = IoSlice::new(&part[skip..]);
        total += part.len() - skip;
        skip = 0;
        n += 1;
    }
    let slices = &slices[..n];
    if let [one] = slices {
        return io.poll_write_one(cx, one);
    }
    if total > COPIED_MAX {
        return io.poll_write_vectored(cx, slices);
    }
    let mut run = scratch.borrow_mut();
    run.clear();
    for slice in slices {
        run.extend_from_slice(slice);
    }
    io.poll_write_one(cx, &run)
}

impl AsyncRead for Io {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), io => Pin::new(io).poll_read(cx, buf))
    }
}

impl AsyncWrite for Io {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), io => Pin::new(io).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), io => Pin::new(io).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Io::poll_flush(self.get_mut(), cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Io::poll_shutdown(self.get_mut(), cx)
    }
}

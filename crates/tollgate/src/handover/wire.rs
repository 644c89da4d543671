//! What the two processes say: a line of JSON each, and the sockets behind the answer.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// No line is longer.
const LINE_MAX: usize = 1024;
/// Sockets that travel with one byte; the kernel takes 253 (unix(7)).
const BATCH: usize = 64;

/// The new process: give me the sockets of this address.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    /// As it was asked to listen; port 0 where any will do.
    pub(super) listen: SocketAddr,
    /// See [`super::network`].
    pub(super) network: String,
    /// Answer only when changed keys have been read. A server of an earlier version does not know this.
    #[serde(default)]
    pub(super) keys_changed: bool,
    /// So many bytes follow: an act of administration, which is all that is wanted then.
    #[serde(default)]
    pub(super) act_bytes: Option<usize>,
}

/// The running one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) process: u32,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Whether with TLS; a server of an earlier version does not say.
    #[serde(default)]
    pub(super) tls: bool,
    pub(super) verdict: Verdict,
    /// So many sockets follow.
    pub(super) sockets: usize,
    /// So many bytes follow: what is answered to an act. A server of an earlier version does not know of any.
    #[serde(default)]
    pub(super) act_bytes: Option<usize>,
}

/// What becomes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// The sockets follow.
    Yours,
    /// It listens somewhere else.
    Elsewhere,
    /// Another process is about to take them.
    Busy,
}

/// The new process: I serve.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ready {
    pub(super) process: u32,
}

/// The running one: I accept no more.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Leaving {}

/// Writes a line.
pub(super) fn say(mut stream: &UnixStream, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Reads a line and not a byte more, for sockets may travel with the next.
pub(super) fn hear<T: DeserializeOwned>(mut stream: &UnixStream) -> io::Result<T> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < LINE_MAX {
        stream.read_exact(&mut byte)?;
        if byte == *b"\n" {
            return Ok(serde_json::from_slice(&line)?);
        }
        line.push(byte[0]);
    }
    Err(io::ErrorKind::InvalidData.into())
}

/// An act or its answer at most; a configuration of ten thousand models is about a tenth.
const ACT_BYTES_MAX: usize = 64 << 20;

/// Reads what follows a line.
pub(super) fn hear_bytes(mut stream: &UnixStream, count: usize) -> io::Result<Vec<u8>> {
    if count > ACT_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Writes what follows a line.
pub(super) fn say_bytes(mut stream: &UnixStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}

/// Sends copies of the sockets.
pub(super) fn send_sockets(stream: &UnixStream, sockets: &[TcpListener]) -> io::Result<()> {
    for batch in sockets.chunks(BATCH) {
        let files: Vec<BorrowedFd<'_>> = batch.iter().map(AsFd::as_fd).collect();
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(BATCH))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !control.push(SendAncillaryMessage::ScmRights(&files)) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        sendmsg(stream, &[IoSlice::new(b"s")], &mut control, SendFlags::NOSIGNAL)?;
    }
    Ok(())
}

/// Receives so many sockets.
pub(super) fn receive_sockets(stream: &UnixStream, count: usize) -> io::Result<Vec<TcpListener>> {
    let mut sockets: Vec<TcpListener> = Vec::with_capacity(count);
    while sockets.len() < count {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(BATCH))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        let flags = RecvFlags::CMSG_CLOEXEC;
        if recvmsg(stream, &mut [IoSliceMut::new(&mut byte)], &mut control, flags)?.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                sockets.extend(files.map(|file: OwnedFd| TcpListener::from(file)));
            }
        }
    }
    Ok(sockets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_arrive_in_order_and_are_the_same_ones() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let sockets: Vec<_> = (0..BATCH + 1).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let addresses = |s: &[TcpListener]| s.iter().map(|l| l.local_addr().unwrap()).collect::<Vec<_>>();

        say(&ours, &Ready { process: 7 }).unwrap();
        send_sockets(&ours, &sockets).unwrap();
        let said: Ready = hear(&theirs).unwrap();
        let received = receive_sockets(&theirs, sockets.len()).unwrap();

        assert_eq!(said.process, 7);
        assert_eq!(addresses(&received), addresses(&sockets));
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (&ours).write_all(&[b' '; LINE_MAX]).unwrap();

        let heard: io::Result<Ready> = hear(&theirs);

        assert_eq!(heard.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}

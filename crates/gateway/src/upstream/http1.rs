//! One request and its answer over HTTP/1.1.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use super::framing::{self, Framing};
use super::{AnswerHead, Call, UpstreamError};
use crate::chunks::Chunks;
use crate::io::{Io, write_from};
use crate::tls::in_words;
use crate::watch::{Phase, Watch};
use crate::worker::Worker;

/// Bytes read at once.
const READ: usize = 16 << 10;
/// Informational answers (100, 103) that are passed over before the real one.
const INFORMATIONAL_MAX: usize = 8;

/// Sends the request and reads the head of its answer.
pub(super) async fn exchange(
    worker: &Worker,
    watch: &Watch,
    call: &Call<'_>,
    mut io: Io,
) -> Result<(AnswerHead, super::Body), UpstreamError> {
    watch.enter(Phase::FirstByte, call.timeouts.first_byte);
    send(worker, watch, &mut io, call).await?;
    // The head and, mostly, the whole answer come with the first read: one buffer for both.
    let mut raw = Vec::with_capacity(2048);
    let mut informational = 0;
    let parsed = loop {
        match framing::read_head(&raw)? {
            Some(parsed) if matches!(parsed.head.status, 100..=199) => {
                informational += 1;
                if parsed.head.status == 101 || informational > INFORMATIONAL_MAX {
                    return Err(UpstreamError::Protocol("an informational answer that nobody asked for"));
                }
                raw.drain(..parsed.len);
            }
            Some(parsed) => break parsed,
            None => {
                let n = fill(watch, &mut io, &mut raw).await.map_err(|e| match raw.is_empty() {
                    true => closed_before(e),
                    false => closed_inside(e),
                })?;
                if n == 0 {
                    let reason = "closed by the provider".to_owned();
                    return Err(match raw.is_empty() {
                        true => UpstreamError::ClosedBeforeAnswer { reason },
                        false => UpstreamError::ClosedInsideAnswer { reason },
                    });
                }
            }
        }
    };
    watch.enter(Phase::Idle, call.timeouts.idle);
    raw.drain(..parsed.len);
    let body = Body {
        io: Some(io),
        raw,
        framing: parsed.framing,
        keep_alive: parsed.keep_alive,
        provider: call.provider.index,
    };
    Ok((parsed.head, super::Body::Http1(body)))
}

/// Writes head and body. Where the provider stops reading, it may have answered already (a 413, say): that is then
/// read instead of reported as a broken pipe.
async fn send(worker: &Worker, watch: &Watch, io: &mut Io, call: &Call<'_>) -> Result<(), UpstreamError> {
    let mut parts: [&[u8]; 8] = [&[]; 8];
    parts[0] = call.head;
    parts[1] = b"\r\n";
    let n = call.body.len().min(parts.len() - 2);
    parts[2..2 + n].copy_from_slice(&call.body[..n]);
    let parts = &parts[..2 + n];
    let total: usize = parts.iter().map(|p| p.len()).sum();
    let mut written = 0;
    poll_fn(|cx| {
        while written < total {
            match write_from(io, cx, parts, written, &worker.outgoing) {
                Poll::Ready(Ok(n)) => written += n,
                Poll::Ready(Err(_)) => return Poll::Ready(Ok(())),
                Poll::Pending => return late(watch, cx),
            }
        }
        match io.poll_flush(cx) {
            Poll::Ready(_) => Poll::Ready(Ok(())),
            Poll::Pending => late(watch, cx),
        }
    })
    .await
}

fn late<T>(watch: &Watch, cx: &Context<'_>) -> Poll<Result<T, UpstreamError>> {
    watch.check(cx).map_or_else(|e| Poll::Ready(Err(e.into())), |()| Poll::Pending)
}

enum ReadError {
    Io(io::Error),
    Late(UpstreamError),
}

async fn fill(watch: &Watch, io: &mut Io, raw: &mut Vec<u8>) -> Result<usize, ReadError> {
    poll_fn(|cx| match io.poll_fill(cx, raw, 2048) {
        Poll::Ready(done) => Poll::Ready(done.map_err(ReadError::Io)),
        Poll::Pending => {
            watch.check(cx).map_or_else(|e| Poll::Ready(Err(ReadError::Late(e.into()))), |()| Poll::Pending)
        }
    })
    .await
}

fn closed_before(e: ReadError) -> UpstreamError {
    match e {
        ReadError::Io(e) => UpstreamError::ClosedBeforeAnswer { reason: in_words(&e) },
        ReadError::Late(e) => e,
    }
}

fn closed_inside(e: ReadError) -> UpstreamError {
    match e {
        ReadError::Io(e) => UpstreamError::ClosedInsideAnswer { reason: in_words(&e) },
        ReadError::Late(e) => e,
    }
}

/// The body of an answer.
pub(crate) struct Body {
    io: Option<Io>,
    /// Bytes that came and are not yet taken out of their framing.
    raw: Vec<u8>,
    framing: Framing,
    keep_alive: bool,
    provider: usize,
}

impl Body {
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        out: &mut Vec<u8>,
    ) -> Poll<Result<bool, UpstreamError>> {
        let before = out.len();
        if !self.raw.is_empty() {
            let raw = std::mem::take(&mut self.raw);
            if self.take(worker, &raw, out)? {
                return Poll::Ready(Ok(true));
            }
            if out.len() > before {
                return Poll::Ready(Ok(false));
            }
        }
        loop {
            if self.ended() {
                return Poll::Ready(self.finish(worker, true).map(|()| true));
            }
            let Some(io) = &mut self.io else {
                return Poll::Ready(Ok(true));
            };
            // The scratch is the worker's, so that ten thousand waiting streams need no buffer each.
            let mut scratch = worker.scratch.borrow_mut();
            scratch.clear();
            scratch.append(&mut self.raw);
            let n = match io.poll_fill(cx, &mut scratch, READ) {
                Poll::Pending => {
                    // An unfinished size line waits with the connection, not in a buffer that others use.
                    self.raw.append(&mut scratch);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(n)) => n,
                Poll::Ready(Err(e)) => {
                    return Poll::Ready(Err(UpstreamError::ClosedInsideAnswer { reason: in_words(&e) }));
                }
            };
            if n == 0 {
                return Poll::Ready(self.closed());
            }
            let ended = self.take(worker, &scratch, out)?;
            if ended || out.len() > before {
                return Poll::Ready(Ok(ended));
            }
        }
    }

    /// Takes `raw` out of its framing into `out`; `true` at the end of the body.
    fn take(&mut self, worker: &Worker, raw: &[u8], out: &mut Vec<u8>) -> Result<bool, UpstreamError> {
        let used = match &mut self.framing {
            Framing::UntilClose => {
                out.extend_from_slice(raw);
                raw.len()
            }
            Framing::Length(left) => {
                let n = usize::try_from(*left).unwrap_or(usize::MAX).min(raw.len());
                out.extend_from_slice(&raw[..n]);
                *left -= n as u64;
                n
            }
            Framing::Chunked(chunks) => chunks.decode(raw, out).map_err(UpstreamError::Protocol)?,
        };
        let rest = &raw[used..];
        if !self.ended() {
            self.raw.extend_from_slice(rest);
            return Ok(false);
        }
        self.finish(worker, rest.is_empty())?;
        Ok(true)
    }

    fn ended(&self) -> bool {
        matches!(self.framing, Framing::Length(0) | Framing::Chunked(Chunks::End))
    }

    /// Gives the connection back, unless something came behind the end that nobody asked for.
    fn finish(&mut self, worker: &Worker, clean: bool) -> Result<(), UpstreamError> {
        if let Some(io) = self.io.take()
            && self.keep_alive
            && clean
        {
            worker.pools.put(self.provider, io, worker.wheel.now());
        }
        Ok(())
    }

    /// The provider has closed: the end only where nothing else says so.
    fn closed(&mut self) -> Result<bool, UpstreamError> {
        self.io = None;
        let missing = match self.framing {
            Framing::UntilClose => return Ok(true),
            Framing::Length(left) => format!("{left} bytes before its Content-Length"),
            Framing::Chunked(_) => "before the last chunk".to_owned(),
        };
        Err(UpstreamError::ClosedInsideAnswer { reason: format!("closed by the provider {missing}") })
    }
}

//! The thread that sends spans, and the queue towards it.
//!
//! In: requests that have ended, from serving threads, which never wait: what finds the queue full is dropped and
//! counted. Out: exports of many spans each, tried again while that makes sense.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Notify, watch};

use super::client::{Client, SendError};
use super::otlp;
use super::spans::Ended;
use crate::metrics::SpanMetrics;
use crate::settings::telemetry::Telemetry;

/// Tries of one export.
const TRIES: u32 = 5;
/// The pause behind the first; it doubles each time.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause, a collector's `Retry-After` included.
const PAUSE_MAX: Duration = Duration::from_secs(8);
/// What waits when the server stops is sent within this time, or dropped.
const STOP_MAX: Duration = Duration::from_secs(5);
/// A collector that is away is told of in the log so often.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// The serving threads' end.
pub(super) struct Queue {
    sender: Sender<Ended>,
    waiting: Arc<Waiting>,
    most: usize,
    metrics: SpanMetrics,
}

/// What both ends know.
struct Waiting {
    /// Spans that were handed over and not taken out yet.
    spans: AtomicUsize,
    /// As many as make an export.
    batch: usize,
    enough: Notify,
}

impl Queue {
    /// Hands a request's spans over, or drops them. It never waits, and wakes the other end once per export.
    pub(super) fn send(&self, ended: Ended) {
        let count = ended.spans.len();
        let before = self.waiting.spans.fetch_add(count, Ordering::Relaxed);
        if before + count > self.most || self.sender.send(ended).is_err() {
            self.waiting.spans.fetch_sub(count, Ordering::Relaxed);
            self.metrics.dropped(count);
        } else if before < self.waiting.batch && before + count >= self.waiting.batch {
            self.waiting.enough.notify_one();
        }
    }
}

/// The exporter's thread.
pub(crate) struct Exporting {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Exporting {
    /// Sends what waits, within a few seconds, and ends.
    pub(crate) fn stop(&mut self) {
        let _ = self.stop.send(true);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that sends traces had panicked");
        }
    }
}

impl Drop for Exporting {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts the thread.
pub(super) fn start(
    settings: &Telemetry,
    client: Client,
    version: &'static str,
    metrics: SpanMetrics,
) -> std::io::Result<(Queue, Exporting)> {
    let runtime = || {
        let builder = &mut tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build_local(tokio::runtime::LocalOptions::default())
    };
    drop(runtime()?);
    let (sender, receiver) = channel();
    let (stop, stopped) = watch::channel(false);
    let batch = settings.batch.min(settings.queue);
    let waiting = Arc::new(Waiting { spans: 0.into(), batch, enough: Notify::new() });
    let exporter = Exporter {
        receiver,
        waiting: waiting.clone(),
        client,
        resource: otlp::resource(&settings.resource),
        version,
        metrics: metrics.clone(),
        stopped,
        warned: None,
    };
    let delay = settings.delay;
    let thread = std::thread::Builder::new().name("traces".to_owned()).spawn(move || {
        let runtime = runtime().expect("a runtime like this one was made a moment ago");
        runtime.block_on(exporter.run(delay));
    })?;
    Ok((Queue { sender, waiting, most: settings.queue, metrics }, Exporting { stop, thread: Some(thread) }))
}

struct Exporter {
    receiver: Receiver<Ended>,
    waiting: Arc<Waiting>,
    client: Client,
    resource: Vec<u8>,
    version: &'static str,
    metrics: SpanMetrics,
    stopped: watch::Receiver<bool>,
    /// When the log was last told that the collector is away.
    warned: Option<Instant>,
}

impl Exporter {
    async fn run(mut self, delay: Duration) {
        let waiting = self.waiting.clone();
        while !self.is_stopping() {
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = waiting.enough.notified() => {}
                _ = self.stopped.wait_for(|stop| *stop) => break,
            }
            self.send_all().await;
        }
        if tokio::time::timeout(STOP_MAX, self.send_all()).await.is_err() {
            let left = self.waiting.spans.load(Ordering::Relaxed);
            self.metrics.failed(left);
            tracing::warn!(spans = left, "the server stops before all spans could be sent");
        }
    }

    fn is_stopping(&self) -> bool {
        // Whoever could say stop being gone means the same.
        *self.stopped.borrow() || self.stopped.has_changed().is_err()
    }

    /// Sends what waits by now.
    async fn send_all(&mut self) {
        loop {
            let (batch, spans) = self.take();
            if spans == 0 {
                return;
            }
            let message = otlp::export(&batch, &self.resource, self.version);
            drop(batch);
            match self.send(message.into()).await {
                Ok(answer) => self.taken(spans, &answer),
                Err(error) => self.given_up(spans, &error),
            }
        }
    }

    /// As many as make an export, and how many spans they have; a request's are not parted.
    fn take(&self) -> (Vec<Ended>, usize) {
        let (mut batch, mut spans) = (Vec::new(), 0);
        while spans < self.waiting.batch
            && let Ok(ended) = self.receiver.try_recv()
        {
            spans += ended.spans.len();
            batch.push(ended);
        }
        self.waiting.spans.fetch_sub(spans, Ordering::Relaxed);
        (batch, spans)
    }

    async fn send(&mut self, message: Bytes) -> Result<Bytes, SendError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match self.client.send(message.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) if !error.may_pass() || tries == TRIES || self.is_stopping() => return Err(error),
                Err(error) => error,
            };
            let pause = pause(&error, tries);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = self.stopped.wait_for(|stop| *stop) => {}
            }
        }
    }

    /// The collector has answered 2xx, and perhaps refused a part of it.
    fn taken(&mut self, spans: usize, answer: &[u8]) {
        let refused = otlp::refused(answer);
        let lost = refused.spans.min(spans);
        self.metrics.sent(spans - lost);
        self.metrics.failed(lost);
        if lost > 0 {
            tracing::warn!(spans = lost, reason = refused.why, "the collector refuses spans");
        }
        if self.warned.take().is_some() {
            tracing::info!("traces are sent again");
        }
    }

    fn given_up(&mut self, spans: usize, error: &SendError) {
        self.metrics.failed(spans);
        if self.warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
            self.warned = Some(Instant::now());
            tracing::warn!(spans, %error, "spans cannot be sent to the collector, and are dropped");
        }
    }
}

/// Between two tries: what the collector asks for, else a time that doubles, of which a random half is taken away.
fn pause(error: &SendError, tries: u32) -> Duration {
    let asked = match error {
        SendError::Refused { retry_after, .. } => *retry_after,
        _ => None,
    };
    let doubled = PAUSE * 2u32.pow(tries.saturating_sub(1).min(8));
    asked.unwrap_or_else(|| doubled.mul_f64(0.5 + fastrand::f64() / 2.0)).min(PAUSE_MAX)
}

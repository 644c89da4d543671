//! Where downloads run: on one thread beside those that serve, a few at once in the whole process.
//!
//! In: a download and the time that it has. Out: what came of it, or nothing where it did not come to its turn. A
//! handshake, a hundred certificates and megabytes of base64 would make all other requests of a serving thread late. The
//! thread is started by the first download.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;

/// Downloads at once: their largest contents are 320 MiB together with the usual limit.
const AT_ONCE: usize = 16;
/// Names being resolved at once. A resolver that does not answer holds its thread for as long as it likes.
const RESOLVING: usize = 32;

static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));
static THREAD: OnceLock<Option<Handle>> = OnceLock::new();

/// Does it within `time`, the waiting for a place included.
pub(super) async fn run<T: Send + 'static>(
    time: Duration,
    download: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let handle = THREAD.get_or_init(start).as_ref()?;
    // The download has its own limit, and reason; this one is for what does not look at the clock.
    let end = tokio::time::Instant::from_std(Instant::now() + time + Duration::from_millis(250));
    let places = PLACES.clone();
    let done = handle.spawn(async move {
        let turn = tokio::time::timeout_at(end, places.acquire_owned()).await;
        let _place = turn.ok()?.expect("the places are never closed");
        tokio::time::timeout_at(end, download).await.ok()
    });
    done.await.ok().flatten()
}

fn start() -> Option<Handle> {
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(RESOLVING).build();
    let started = runtime.and_then(|runtime| {
        let handle = runtime.handle().clone();
        let run = move || runtime.block_on(std::future::pending::<()>());
        std::thread::Builder::new().name("downloads".to_owned()).spawn(run).map(|_| handle)
    });
    started.map_err(|error| tracing::error!(%error, "images are not looked at: their thread does not start")).ok()
}

/// Waits for all of them together.
pub(super) async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, done) in waiting.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

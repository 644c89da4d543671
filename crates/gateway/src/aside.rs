//! Work that may take long, on a thread beside the serving ones.
//!
//! In: work. Out: what it made. A serving thread that did it would make all its other requests late, and that lateness be
//! taken for overload. In the whole process as many are done at once as there are processors, whatever they are, which
//! also bounds their memory; the others wait.

use std::sync::LazyLock;

use tokio::sync::Semaphore;
use tokio::task::JoinError;

static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)));

/// Does it, once there is a place.
///
/// # Errors
/// It has panicked, or the process is ending.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    let place = PLACES.acquire().await.expect("the places are never closed");
    let done = tokio::task::spawn_blocking(move || {
        // Kept until the work is done, also where the caller has gone by then.
        let _place = place;
        work()
    });
    done.await
}

//! Waiting for a condition, never for a time.

use std::future::Future;
use std::time::Duration;

/// How long a test waits for anything before it fails. Generous: a machine that is busy is no failure.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at a condition that cannot announce itself.
const LOOK: Duration = Duration::from_millis(10);

/// `future`'s value.
///
/// # Panics
/// Names `what` where it does not come in time.
pub async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: not within {PATIENCE:?}"),
    }
}

/// The first value that `look` finds.
///
/// # Panics
/// Names `what` where there is none in time.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    soon(what, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK).await;
        }
    })
    .await
}

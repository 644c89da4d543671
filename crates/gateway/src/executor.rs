//! Tasks of a worker's own thread.

use std::future::Future;

/// Runs futures on the worker's runtime, without asking that they can move between threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalExecutor;

impl<F> hyper::rt::Executor<F> for LocalExecutor
where
    F: Future + 'static,
{
    fn execute(&self, future: F) {
        spawn(async move {
            future.await;
        });
    }
}

/// Starts a task on this worker's thread. A panic in it ends that task alone.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    drop(tokio::task::spawn_local(future));
}

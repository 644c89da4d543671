//! The ports through which entries are written, and whether there is room for more.
//!
//! In: an [`Entry`]. Out: that it has been written, in time for the caller's last byte, or why it cannot be. The store has
//! the journal behind them.

use std::task::{Context, Poll};

use super::Entry;

/// The port through which entries are written. One recorder belongs to one serving worker and is never shared
/// between threads.
///
/// Entries appended in the same tick are written together by one `write(2)`: the worker calls [`Recorder::flush`]
/// once all its ready requests have run, and each waits with [`Recorder::poll_written`] before its next send.
pub trait Recorder {
    /// Appends an entry to this tick's group. Returns the position to wait for.
    ///
    /// # Errors
    /// [`RecorderError::Full`] where the bound is reached, so that a new request is refused instead of served
    /// unmetered. A settlement of an admitted request never gets it: room for it was set aside by the admission.
    fn append(&self, entry: &Entry<'_>) -> Result<u64, RecorderError>;

    /// Writes this tick's group and wakes those who wait for it.
    fn flush(&self);

    /// Ready once everything up to `position` has returned from `write(2)` (with strict synchronisation: from
    /// `fdatasync(2)`).
    fn poll_written(&self, position: u64, cx: &mut Context<'_>) -> Poll<Result<(), RecorderError>>;
}

/// How full the journal is, for `/readyz` and metrics.
pub trait RecorderHealth: Send + Sync {
    /// Thousandths of the bound in use, 0 to 1000; `None` where writing fails.
    fn fill_permille(&self) -> Option<u32>;
}

/// Why an entry could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecorderError {
    /// The bound of the journal is reached.
    #[error("the journal is full")]
    Full,
    /// The operating system refused the write.
    #[error("the journal cannot be written")]
    Failed,
}

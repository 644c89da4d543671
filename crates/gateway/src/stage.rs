//! Where a server stands between its start and its end.
//!
//! In: what the process decides. Out: what serving threads look at for each request, for the price of a load. It only
//! ever goes on, so that a late order cannot take an earlier one back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

/// A stage of a server's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// It serves.
    Serving,
    /// It serves, and says that it is not ready, so that callers are sent elsewhere; answers close their connections.
    Unready,
    /// Another process has its listening sockets. What still comes on its connections is served, the last answer of each
    /// with `connection: close`; there is no hurry.
    HandedOver,
    /// It accepts nothing more, ends idle connections and finishes requests in flight within the time to drain; what
    /// goes on after that is told that it is cut off.
    Draining,
    /// It ends at once.
    Over,
}

/// Tells all serving threads how far it is.
#[derive(Debug, Clone)]
pub struct Stages(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    now: AtomicU8,
    sender: watch::Sender<Stage>,
}

impl Stages {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { now: (Stage::Serving as u8).into(), sender: watch::channel(Stage::Serving).0 }))
    }

    /// Goes on to `stage`, unless it is further already.
    pub fn go_on(&self, stage: Stage) {
        self.0.sender.send_if_modified(|now| {
            let further = stage > *now;
            if further {
                *now = stage;
                self.0.now.store(stage as u8, Ordering::Relaxed);
            }
            further
        });
    }

    /// Whether it is at `stage` or beyond.
    pub(crate) fn reached(&self, stage: Stage) -> bool {
        self.0.now.load(Ordering::Relaxed) >= stage as u8
    }

    /// The stage at this moment.
    #[must_use]
    pub fn now(&self) -> Stage {
        *self.0.sender.borrow()
    }

    /// Waits until it is at `stage` or beyond.
    pub(crate) async fn until(&self, stage: Stage) {
        // The sender lives as long as this does.
        let _ = self.0.sender.subscribe().wait_for(|now| *now >= stage).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_goes_back() {
        let stages = Stages::new();

        stages.go_on(Stage::Draining);
        stages.go_on(Stage::Unready);

        assert_eq!(stages.now(), Stage::Draining);
        assert!(stages.reached(Stage::HandedOver) && !stages.reached(Stage::Over));
    }
}

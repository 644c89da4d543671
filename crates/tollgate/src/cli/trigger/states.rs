//! States of a server that a temporary one can be brought into, where no single request would do.
//!
//! In: a failure, and a temporary server with the settings that it needs. Out: the request that met it. On a server that
//! is in use the sandbox says instead what the server would say.

use tollgate_errors::trigger::Trigger;

use super::seen::{Answered, Asked};
use super::wish::Wish;
use crate::cli::target::Target;

/// A state, and what it takes.
#[derive(Debug, Clone, Copy)]
enum State {
    /// The breaker of the sandbox's deployment is open.
    LeftAlone,
    /// The one place for a request is taken.
    Busy,
    /// The time for a whole request is less than the provider takes.
    Hurried,
}

fn of(trigger: &Trigger) -> Option<State> {
    match trigger.name {
        "circuit_open" => Some(State::LeftAlone),
        "gateway_overloaded" => Some(State::Busy),
        "request_timeout" => Some(State::Hurried),
        _ => None,
    }
}

/// Whether this failure is of such a state.
pub(super) fn is_one(trigger: &Trigger) -> bool {
    of(trigger).is_some()
}

/// Settings of a temporary server for this failure. Its time limits are short, so that one of time takes a second.
pub(super) fn settings(trigger: &Trigger) -> &'static str {
    match of(trigger) {
        None => "[timeouts]\nhead = \"1s\"\nbody_idle = \"1s\"\n",
        Some(State::LeftAlone) => {
            "[retry]\nattempts = 1\n[breaker]\nfailures = 2\nopen = \"30s\"\nopen_max = \"30s\"\n"
        }
        Some(State::Busy) => "[limits]\nin_flight = 1\n",
        Some(State::Hurried) => "[timeouts]\ntotal = \"500ms\"\n",
    }
}

/// Brings the state about, and meets it.
pub(super) async fn meet(trigger: &Trigger, target: &Target) -> anyhow::Result<(Asked, Answered)> {
    match of(trigger) {
        Some(State::LeftAlone) => {
            let failure = Wish::of("server_error").with("x-sandbox-fault", "upstream");
            for _ in 0..2 {
                failure.ask(target).await?;
            }
            Wish::default().with("x-sandbox-fault", "upstream").ask(target).await
        }
        Some(State::Busy) => {
            // It has its place until its silence is over.
            let held = Wish::of("upstream_idle_timeout").streams(true).begin(target).await?;
            let met = Wish::default().ask(target).await;
            drop(held);
            met
        }
        Some(State::Hurried) => Wish::of("upstream_first_byte_timeout").ask(target).await,
        None => Wish::of(trigger.name).ask(target).await,
    }
}

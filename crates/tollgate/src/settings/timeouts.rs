//! `[timeouts]`: timers towards callers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_gateway::settings::Timeouts;

use super::scalar::DurationText;

/// Timers towards callers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawTimeouts {
    /// From the first byte of a request head to its end, and for a TLS handshake.
    #[schemars(extend("x-min" = "10ms", "x-max" = "1h"))]
    pub head: DurationText,
    /// Without a byte of a body that the caller still owes, or while the caller takes none of the answer.
    #[schemars(extend("x-min" = "10ms", "x-max" = "1h"))]
    pub body_idle: DurationText,
    /// Between two requests on a connection.
    #[schemars(extend("x-min" = "10ms", "x-max" = "1d"))]
    pub keep_alive: DurationText,
    /// From the acceptance of a request to the last byte of its answer.
    #[schemars(extend("x-min" = "10ms", "x-max" = "1d"))]
    pub total: DurationText,
    /// How long `/readyz` says 503 while everything is served still, when SIGTERM tells the server to stop: the time
    /// that whoever shares callers out takes to notice. SIGINT (Ctrl-C) does not wait for it.
    #[schemars(extend("x-min" = "0s", "x-max" = "1h"))]
    pub drain_pause: DurationText,
    /// For requests in flight when the server is told to stop; what goes on after it is ended with an error.
    #[schemars(extend("x-min" = "0s", "x-max" = "1d"))]
    pub drain: DurationText,
}

impl Default for RawTimeouts {
    fn default() -> Self {
        let timeouts = Timeouts::default();
        Self {
            head: DurationText(timeouts.head),
            body_idle: DurationText(timeouts.body_idle),
            keep_alive: DurationText(timeouts.keep_alive),
            total: DurationText(timeouts.total),
            drain_pause: DurationText(timeouts.drain_pause),
            drain: DurationText(timeouts.drain),
        }
    }
}

pub(super) fn resolve(raw: &RawTimeouts) -> Timeouts {
    Timeouts {
        head: raw.head.0,
        body_idle: raw.body_idle.0,
        keep_alive: raw.keep_alive.0,
        total: raw.total.0,
        drain_pause: raw.drain_pause.0,
        drain: raw.drain.0,
    }
}

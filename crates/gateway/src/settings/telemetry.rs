//! Where traces go and which, as the standard OTEL variables say; whoever reads those is not this crate's business.

use std::fmt;
use std::time::Duration;

use super::Endpoint;

/// Traces are made and sent. Where there is none of this, they cost a branch per request.
#[derive(Debug, Clone, PartialEq)]
pub struct Telemetry {
    /// Where they are sent: OTLP over HTTP/1.1, in protobuf. Its path is whole.
    pub endpoint: Endpoint,
    /// Headers sent along.
    pub headers: Headers,
    /// For one try at sending, connecting included.
    pub timeout: Duration,
    /// What is said of this process: attributes such as `service.name`.
    pub resource: Vec<(String, String)>,
    /// Which requests are traced.
    pub sampling: Sampling,
    /// Spans that wait to be sent at most; more are dropped and counted.
    pub queue: usize,
    /// Spans sent at once, or a few more: those of a request are not parted.
    pub batch: usize,
    /// How long a span waits for others at most.
    pub delay: Duration,
}

/// Names and values of headers. The values are often secrets and are not printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Which requests are traced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Whether a caller's `traceparent` decides where there is one.
    pub follows_parent: bool,
    /// Which of the others, from 0 for none to 1 for all.
    pub ratio: f64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { follows_parent: true, ratio: 1.0 }
    }
}

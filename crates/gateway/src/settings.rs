//! What the gateway is told at the start, resolved and checked: no file, no environment, no text to parse.

mod model;
mod provider;
pub mod telemetry;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tollgate_core::network::Network;
use tollgate_errors::Show;
use tollgate_outbound::Allowed;

pub use self::model::{
    Balance, CapabilityOverrides, Condition, DEPLOYMENTS_MAX, Day, Deployment, Fallback, Images, Lifecycle,
    Maintenance, Model, Parameters,
};
pub use self::provider::{Check, Credential, Dialect, Endpoint, HttpVersion, Provider, Roots, UpstreamTimeouts};

/// Everything the data plane needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Serving threads, one runtime each; at least 1.
    pub workers: usize,
    /// Serve TLS (HTTP/1.1 and h2 by ALPN) instead of clear text.
    pub tls: Option<Tls>,
    /// Ceilings.
    pub limits: Limits,
    /// Timers.
    pub timeouts: Timeouts,
    /// Networks of proxies whose word about a caller's address counts; usually none.
    pub trusted_proxies: Vec<Network>,
    /// Cross-origin requests, off unless set.
    pub cors: Option<Cors>,
    /// Where a diagnosis is shown unless a request asks otherwise.
    pub diagnosis: Show,
    /// Prefix of the links to the error guide, without a slash at the end, for example `http://127.0.0.1:4000`.
    pub docs_base: String,
    /// One log line per successful request too; failures always have one.
    pub log_successes: bool,
    /// Further attempts after a failed one.
    pub retry: Retry,
    /// When a deployment is left alone.
    pub breaker: Breaker,
    /// How what requests name by addresses is fetched.
    pub downloads: Downloads,
    /// Traces; `None` for none.
    pub telemetry: Option<telemetry::Telemetry>,
    /// Upstream endpoints.
    pub providers: Vec<Provider>,
    /// Models that callers may name.
    pub models: Vec<Model>,
}

/// Certificate and key, PEM files that are read again when they change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Ceilings; what is beyond is refused with its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request head.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Bytes of all request bodies held at once.
    pub all_bodies_bytes: usize,
    /// Open client connections.
    pub connections: usize,
    /// Requests being served.
    pub in_flight: usize,
    /// Idle connections kept per worker and provider.
    pub idle_upstream_connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 64 << 10,
            headers: 100,
            body_bytes: 32 << 20,
            all_bodies_bytes: 1 << 30,
            connections: 20_000,
            in_flight: 10_000,
            idle_upstream_connections: 512,
        }
    }
}

/// Timers of the caller's side; those of a provider are with the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// From the first byte of a head to its end, and for a TLS handshake.
    pub head: Duration,
    /// Without a byte of a body that is owed, or with a reader that takes none.
    pub body_idle: Duration,
    /// Between requests of a connection.
    pub keep_alive: Duration,
    /// From acceptance to the last byte.
    pub total: Duration,
    /// Between the first unready answer and the end of accepting, when the process is told to stop.
    pub drain_pause: Duration,
    /// For requests in flight when the process is told to stop.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body_idle: Duration::from_secs(30),
            keep_alive: Duration::from_secs(75),
            total: Duration::from_secs(900),
            drain_pause: Duration::from_secs(2),
            drain: Duration::from_secs(30),
        }
    }
}

/// Further attempts after a failed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts of a request at most, the first and those at other deployments and models included; at least 1.
    pub attempts: u8,
    /// Thousandths of the last seconds' requests that may be repeated, over the whole process; 0 for none.
    pub budget_permille: u32,
    /// Bound of the first pause before the same deployments are asked again; it doubles each time.
    pub pause: Duration,
    /// Bound of every pause.
    pub pause_max: Duration,
    /// A provider's `Retry-After` up to this is waited for; one beyond is the caller's to wait for.
    pub wait_max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 4,
            budget_permille: 200,
            pause: Duration::from_millis(250),
            pause_max: Duration::from_secs(4),
            wait_max: Duration::from_secs(10),
        }
    }
}

/// How images and files are fetched that requests name by their addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloads {
    /// What is let through although it is not on the public internet.
    pub allowed: Allowed,
    /// Bytes of an image or a file at most.
    pub bytes: usize,
    /// Pixels on a side of an image at most; `None` for any.
    pub side: Option<u32>,
    /// From the first step to the last byte, redirects included.
    pub time: Duration,
    /// Whom TLS trusts.
    pub roots: Roots,
}

impl Default for Downloads {
    fn default() -> Self {
        Self {
            allowed: Allowed::default(),
            bytes: 20 << 20,
            side: None,
            time: Duration::from_secs(10),
            roots: Roots::Bundled,
        }
    }
}

/// When a deployment is left alone, for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row after which it is left alone; 0 for never.
    pub failures: u32,
    /// For how long at first; it doubles each time that it fails again.
    pub open: Duration,
    /// For how long at most: after a recovery it is asked again within this time.
    pub open_max: Duration,
    /// A provider's `Retry-After` makes others preferred for so long at most.
    pub rest_max: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            failures: 5,
            open: Duration::from_secs(1),
            open_max: Duration::from_secs(4),
            rest_max: Duration::from_secs(60),
        }
    }
}

/// Which origins a browser may call from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// Exact origins, or a single `*`.
    pub origins: Vec<String>,
}

//! What the gateway is told at the start, resolved and checked: no file, no environment, no text to parse.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tollgate_core::operation::Operations;
use tollgate_errors::Show;

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
    /// Cross-origin requests, off unless set.
    pub cors: Option<Cors>,
    /// Where a diagnosis is shown unless a request asks otherwise.
    pub diagnosis: Show,
    /// Prefix of the links to the error guide, without a slash at the end, for example `http://127.0.0.1:4000`.
    pub docs_base: String,
    /// One log line per successful request too; failures always have one.
    pub log_successes: bool,
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
            drain: Duration::from_secs(30),
        }
    }
}

/// Which origins a browser may call from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// Exact origins, or a single `*`.
    pub origins: Vec<String>,
}

/// How a provider is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's own API, or any server compatible with it.
    OpenAi,
    /// The embedded provider; needs no network.
    Sandbox,
}

/// One upstream endpoint.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in the configuration, in headers, records and metrics.
    pub name: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Where it is. `None` for the sandbox.
    pub endpoint: Option<Endpoint>,
    /// Our secret towards it; `None` sends no `Authorization`.
    pub credential: Option<Credential>,
    /// Whether `traceparent` and `tracestate` are passed on to it.
    pub passes_trace: bool,
    /// Timers.
    pub timeouts: UpstreamTimeouts,
}

/// The address of an upstream, taken apart once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Whether to speak TLS.
    pub tls: bool,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path before the operation's own, without a slash at the end, for example `/v1`.
    pub path: String,
    /// Which HTTP is spoken.
    pub http: HttpVersion,
    /// Whom TLS trusts.
    pub roots: Roots,
}

/// Which HTTP an upstream is spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.1, one request at a time on a connection.
    Http1,
    /// HTTP/2 (by ALPN over TLS, by prior knowledge without).
    Http2,
}

/// Whom TLS trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's roots, compiled in.
    Bundled,
    /// The operating system's.
    System,
    /// Those of a PEM file only.
    File(PathBuf),
}

/// Our secret towards a provider. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(String);

impl Credential {
    /// A credential; `None` where it could not stand in a header (control characters, non-ASCII) or is empty.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())).then_some(Self(text))
    }

    /// The secret itself, for the header that carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// Timers towards a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamTimeouts {
    /// TCP and TLS together.
    pub connect: Duration,
    /// From the request's last byte to the answer's first.
    pub first_byte: Duration,
    /// Between bytes of an answer.
    pub idle: Duration,
}

impl Default for UpstreamTimeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), first_byte: Duration::from_secs(600), idle: Duration::from_secs(300) }
    }
}

/// A model that callers may name.
#[derive(Debug, Clone)]
pub struct Model {
    /// Public name.
    pub name: String,
    /// Who is said to own it, in `GET /v1/models`.
    pub owned_by: String,
    /// Unix seconds, in `GET /v1/models`.
    pub created: i64,
    /// `YYYY-MM-DD` from which it is retired; listed, and refused from that day (UTC) on.
    pub shutdown: Option<Shutdown>,
    /// What it can be asked for.
    pub operations: Operations,
    /// Ways to serve it, in order of preference; at least one.
    pub deployments: Vec<Deployment>,
}

/// The day a model is retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shutdown {
    /// As shown, `YYYY-MM-DD`.
    pub date: String,
    /// Its midnight UTC in Unix seconds.
    pub at: i64,
    /// What to use instead.
    pub successor: Option<String>,
}

/// One way to serve a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Name of a provider in [`Settings::providers`].
    pub provider: String,
    /// The model's name there.
    pub model: String,
    /// Whether the credential serves one upstream project, so that `previous_response_id` and `conversation` can
    /// work.
    pub one_project: bool,
}

//! Upstream endpoints: where they are, how they are spoken to and trusted, and how long they are waited for.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How a provider is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's own API, or any server compatible with it.
    OpenAi,
    /// The embedded provider; needs no network.
    Sandbox,
}

/// One upstream endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// How it is asked, while it is left alone, whether it answers again; `None` for not at all.
    pub check: Option<Check>,
    /// Where it is, of deployments that do not say so themselves.
    pub region: Option<String>,
}

/// How a provider is asked whether it answers again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is asked for with GET, below the path of [`Endpoint::path`]; it begins with a slash.
    pub path: String,
    /// How often.
    pub interval: Duration,
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
    /// From when the connection is there to the answer's head.
    pub first_byte: Duration,
    /// From the attempt's start to a stream's first event.
    pub first_token: Duration,
    /// Between bytes of an answer.
    pub idle: Duration,
    /// From the attempt's start to the answer's last byte.
    pub total: Duration,
}

impl Default for UpstreamTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(600),
            first_token: Duration::from_secs(600),
            idle: Duration::from_secs(300),
            total: Duration::from_secs(900),
        }
    }
}

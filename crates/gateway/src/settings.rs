//! What the gateway is told at the start, resolved and checked: no file, no environment, no text to parse.

pub mod telemetry;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tollgate_core::operation::Operations;
use tollgate_errors::Show;
use tollgate_outbound::Allowed;
use tollgate_providers::sandbox::Wishes;

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

/// A model has no more deployments.
pub const DEPLOYMENTS_MAX: usize = 64;

/// A model that callers may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Public name.
    pub name: String,
    /// Who is said to own it, in `GET /v1/models`.
    pub owned_by: String,
    /// Unix seconds, in `GET /v1/models`.
    pub created: i64,
    /// From when it is not to be used any more, and from when it is refused.
    pub lifecycle: Lifecycle,
    /// A time in which it is refused.
    pub maintenance: Option<Maintenance>,
    /// The lowest tier of a key that may use it; 0 for every key.
    pub tier: u8,
    /// What it can be asked for.
    pub operations: Operations,
    /// Ways to serve it, in order of preference; at least one, at most
    /// [`DEPLOYMENTS_MAX`].
    pub deployments: Vec<Deployment>,
    /// Which of them is asked first.
    pub balance: Balance,
    /// Other models, in order, that may answer where no deployment of this one does.
    pub fallbacks: Vec<Fallback>,
    /// Whether a stream that breaks off is continued by the next deployment, where that one says the same again.
    pub resume: bool,
    /// What is done about parameters that its deployments would refuse.
    pub parameters: Parameters,
    /// What is done about images and files that requests name by their addresses.
    pub images: Images,
    /// What the operator knows of it better than the table of models.
    pub capabilities: CapabilityOverrides,
}

/// What is done about parameters that a deployment's model would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parameters {
    /// They pass, and a refusal is explained.
    #[default]
    Pass,
    /// The request is refused before the call, as the provider would.
    Check,
    /// The request is changed where its meaning stays, and refused elsewhere.
    Adapt,
}

/// What is done about images and files that requests name by their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Images {
    /// Nothing.
    Off,
    /// Behind a provider's refusal they are looked at, and it is told with its reason.
    #[default]
    Diagnose,
    /// They are looked at before the call, and the request refused where the provider would.
    Check,
    /// They are fetched before the call, and sent in place of their addresses.
    Inline,
}

/// What an operator says of a model; `None` leaves it to the table of models.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CapabilityOverrides {
    /// The model that it is, where its name at the provider does not say so; `azure/gpt-5` names a vendor too.
    pub base_model: Option<String>,
    /// The most tokens of prompt and answer together.
    pub context_tokens: Option<u32>,
    /// The most tokens of the input alone.
    pub max_input_tokens: Option<u32>,
    /// The most tokens of an answer.
    pub max_output_tokens: Option<u32>,
    /// Whether it calls functions.
    pub tools: Option<bool>,
    /// Whether it takes `parallel_tool_calls`.
    pub parallel_tool_calls: Option<bool>,
    /// Whether it takes images.
    pub vision: Option<bool>,
    /// Whether its answers can be held to a JSON schema.
    pub json_schema: Option<bool>,
    /// Whether it takes `reasoning_effort`.
    pub reasoning: Option<bool>,
    /// Whether it takes messages of role `system` and `developer`.
    pub system_messages: Option<bool>,
    /// Whether it takes `max_tokens`.
    pub max_tokens: Option<bool>,
    /// Whether it takes any temperature.
    pub sampling: Option<bool>,
    /// Whether it takes `dimensions`.
    pub dimensions: Option<bool>,
    /// Whether names that OpenAI does not know may be sent to it.
    pub unknown_parameters: Option<bool>,
    /// Other parameters that it refuses.
    pub refused: Vec<String>,
}

/// Which of a model's deployments is asked first. The others follow where it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Balance {
    /// As they are listed.
    #[default]
    Ordered,
    /// By lot, by their weights.
    Weighted,
    /// The one with the fewest attempts in flight per weight.
    LeastBusy,
    /// The one that answers soonest, by the time it took lately and what is in flight there.
    Latency,
}

/// A model that stands in for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// Its name in [`Settings::models`].
    pub model: String,
    /// After what.
    pub on: Vec<Condition>,
}

/// What kind of failure a fallback stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The deployments fail or cannot be reached.
    Error,
    /// They do not answer in time.
    Timeout,
    /// They refuse for their rate limits or quotas.
    RateLimit,
    /// The prompt is too long for the model.
    ContextLength,
    /// The provider's content filter refuses.
    Content,
}

/// The end of a model's life, as far as it has been announced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lifecycle {
    /// From when new uses are discouraged; answers say so, whatever the day.
    pub deprecated: Option<Day>,
    /// From when it is retired: still listed, and refused.
    pub shutdown: Option<Day>,
    /// What to use instead.
    pub successor: Option<String>,
}

/// A day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// As shown, `YYYY-MM-DD`.
    pub date: String,
    /// Its midnight UTC in Unix seconds.
    pub at: i64,
}

/// A time in which a model is refused, to come back by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// Unix seconds from which it is refused; `None` for from now on.
    pub from: Option<i64>,
    /// Unix seconds from which it is served again.
    pub until: i64,
    /// Why, for callers to read.
    pub reason: Option<String>,
}

impl Maintenance {
    /// Whether `now` (Unix seconds) is within it.
    #[must_use]
    pub fn holds(&self, now: i64) -> bool {
        self.from.is_none_or(|from| from <= now) && now < self.until
    }
}

/// One way to serve a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Name of a provider in [`Settings::providers`].
    pub provider: String,
    /// The model's name there.
    pub model: String,
    /// Where it is served, if not where its provider is.
    pub region: Option<String>,
    /// Whether the credential serves one upstream project, so that `previous_response_id` and `conversation` can
    /// work.
    pub one_project: bool,
    /// Its share where the balance goes by weight; one of 0 is asked only when no other can be.
    pub weight: u32,
    /// Timers: the provider's, or the model's or its own where those say otherwise.
    pub timeouts: UpstreamTimeouts,
    /// Pace and size of the answers, where the sandbox makes them and the request's headers say nothing else.
    pub wishes: Wishes,
}

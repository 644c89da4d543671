//! `[providers.NAME]`: upstream endpoints, how they are spoken to, and our credentials towards them.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_core::policy::is_region;
use tollgate_gateway::settings::{
    Check, Credential, Dialect, Endpoint, HttpVersion, Provider, Roots, UpstreamTimeouts,
};

use super::address::BaseUrl;
use super::models::{NO_STEP, is_a_step};
use super::problem::NOT_SET;
use super::resolve::Resolver;
use super::sandbox::RawSandbox;
use super::scalar::DurationText;
use super::tree::{Origin, Path};

/// One upstream endpoint.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawProvider {
    /// How it is spoken to: `openai` for OpenAI's own API and every server compatible with it, `sandbox` for the
    /// embedded provider, which needs no network.
    pub dialect: RawDialect,
    /// Where it is, with the version in the path, for example `https://api.openai.com/v1`. Required for `openai`.
    pub base_url: Option<String>,
    /// Where the secret is kept that it is sent as `Authorization: Bearer`; the secret itself never stands in this
    /// file. Without it no `Authorization` is sent.
    #[schemars(extend("x-secret" = true))]
    pub credential: Option<RawCredential>,
    /// Which HTTP is spoken: `1.1`, or `2` (by ALPN over TLS, by prior knowledge without).
    pub http: RawHttp,
    /// Whom TLS trusts.
    pub roots: RawRoots,
    /// Whether `traceparent` and `tracestate` of the caller are passed on.
    pub passes_trace: bool,
    /// Timers towards this provider.
    pub timeouts: RawUpstreamTimeouts,
    /// Whether the provider is asked, while one of its deployments is left alone, if it answers again; where it does,
    /// the next request finds out at once. Without it, requests alone find out, after `breaker.open`.
    pub check: Option<RawCheck>,
    /// Where it is, for example `eu` or `us-east-1`: keys that are bound to regions are served there alone. Without it, such
    /// keys are not served by this provider, unless a deployment says where it is itself.
    pub region: Option<String>,
    /// Pace and size of the answers, with the dialect `sandbox` only. A request's headers `x-sandbox-…` come before.
    pub sandbox: RawSandbox,
}

/// How a provider that is left alone is asked whether it answers again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawCheck {
    /// What is asked for with GET, behind `base_url`. Any answer will do but 401, 403, 429 and those from 500 on.
    pub path: String,
    /// How often.
    #[schemars(extend("x-min" = "100ms", "x-max" = "1h"))]
    pub interval: DurationText,
}

impl Default for RawCheck {
    fn default() -> Self {
        Self { path: "/models".to_owned(), interval: DurationText(Duration::from_secs(5)) }
    }
}

impl Default for RawProvider {
    fn default() -> Self {
        Self {
            dialect: RawDialect::OpenAi,
            base_url: None,
            credential: None,
            http: RawHttp::Http1,
            roots: RawRoots::Bundled,
            passes_trace: false,
            timeouts: RawUpstreamTimeouts::default(),
            check: None,
            region: None,
            sandbox: RawSandbox::default(),
        }
    }
}

/// How a provider is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawDialect {
    /// OpenAI's own API, or any server compatible with it.
    OpenAi,
    /// The embedded provider.
    Sandbox,
}

/// Where a secret is kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum RawCredential {
    /// Name of an environment variable.
    Env(String),
    /// File that holds it; blanks and newlines around it do not count.
    File(PathBuf),
    /// Name under which `tollgate credentials set` keeps it, encrypted.
    Stored(String),
}

/// Which HTTP a provider is spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RawHttp {
    /// HTTP/1.1.
    #[serde(rename = "1.1")]
    Http1,
    /// HTTP/2.
    #[serde(rename = "2")]
    Http2,
}

/// Whom TLS trusts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum RawRoots {
    /// Mozilla's roots, compiled in.
    Bundled,
    /// The operating system's.
    System,
    /// Those of a PEM file only.
    File(PathBuf),
}

/// Timers towards a provider.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawUpstreamTimeouts {
    /// For TCP and TLS together.
    #[schemars(extend("x-min" = "1ms", "x-max" = "10m"))]
    pub connect: DurationText,
    /// From when the connection is there to the answer's head.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1d"))]
    pub first_byte: DurationText,
    /// From the attempt's start to the first event of a stream. Until then another deployment may still be asked.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1d"))]
    pub first_token: DurationText,
    /// Between two pieces of an answer.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1d"))]
    pub idle: DurationText,
    /// From the attempt's start to the answer's last byte.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1d"))]
    pub total: DurationText,
}

/// Timers of a model or a deployment, where they are to be others than the provider's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawOwnTimeouts {
    /// For TCP and TLS together.
    #[schemars(extend("x-min" = "1ms", "x-max" = "10m"))]
    pub connect: Option<DurationText>,
    /// From when the connection is there to the answer's head.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1d"))]
    pub first_byte: Option<DurationText>,
    /// From the attempt's start to the first event of a stream.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1d"))]
    pub first_token: Option<DurationText>,
    /// Between two pieces of an answer.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1d"))]
    pub idle: Option<DurationText>,
    /// From the attempt's start to the answer's last byte.
    #[schemars(extend("x-min" = "1ms", "x-max" = "1d"))]
    pub total: Option<DurationText>,
}

impl RawOwnTimeouts {
    /// These, where they are set, else `others`.
    pub(super) fn or(&self, others: UpstreamTimeouts) -> UpstreamTimeouts {
        let or = |own: Option<DurationText>, other| own.map_or(other, |d| d.0);
        UpstreamTimeouts {
            connect: or(self.connect, others.connect),
            first_byte: or(self.first_byte, others.first_byte),
            first_token: or(self.first_token, others.first_token),
            idle: or(self.idle, others.idle),
            total: or(self.total, others.total),
        }
    }
}

impl RawUpstreamTimeouts {
    /// As the gateway takes them.
    pub(super) fn resolved(&self) -> UpstreamTimeouts {
        UpstreamTimeouts {
            connect: self.connect.0,
            first_byte: self.first_byte.0,
            first_token: self.first_token.0,
            idle: self.idle.0,
            total: self.total.0,
        }
    }
}

impl Default for RawUpstreamTimeouts {
    fn default() -> Self {
        let timeouts = UpstreamTimeouts::default();
        Self {
            connect: DurationText(timeouts.connect),
            first_byte: DurationText(timeouts.first_byte),
            first_token: DurationText(timeouts.first_token),
            idle: DurationText(timeouts.idle),
            total: DurationText(timeouts.total),
        }
    }
}

/// A provider, and the name of its credential where that is in the database, which is not open yet.
pub(super) struct Resolved {
    pub(super) provider: Provider,
    pub(super) stored: Option<String>,
}

pub(super) fn resolve(name: &str, raw: &RawProvider, resolver: &mut Resolver<'_>) -> Resolved {
    let path = Path::to("providers").key(name);
    if !(1..=64).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        resolver
            .refuse(&path, |p| p.found(format!("the name {name:?}")).allowed("1 to 64 letters, digits, -, _ and ."));
    } else if is_a_step(name) {
        let allowed = "1 to 64 letters, digits, -, _ and .";
        resolver.refuse(&path, |p| p.found(format!("the name {name:?}")).allowed(allowed).help(NO_STEP));
    }
    let (endpoint, dialect) = match raw.dialect {
        RawDialect::OpenAi => {
            raw.sandbox.refuse(&path, resolver);
            (endpoint(&path, raw, resolver), Dialect::OpenAi)
        }
        RawDialect::Sandbox => {
            refuse_network(&path, raw, resolver);
            (None, Dialect::Sandbox)
        }
    };
    let (credential, stored) = credential(&path.key("credential"), raw.credential.as_ref(), resolver);
    let passes_trace = raw.passes_trace;
    let check = raw.check.as_ref().map(|check| self::check(&path.key("check"), check, resolver));
    let region = region(&path, raw.region.as_ref(), resolver);
    let name = name.to_owned();
    Resolved { provider: Provider { name, dialect, endpoint, credential, passes_trace, check, region }, stored }
}

/// The region of a provider or a deployment, if it can be one.
pub(super) fn region(path: &Path, raw: Option<&String>, resolver: &mut Resolver<'_>) -> Option<String> {
    let region = raw?;
    if !is_region(region) {
        resolver.refuse(&path.key("region"), |p| {
            p.found(format!("{region:?}"))
                .allowed("1 to 64 lower-case letters, digits and dashes, for example \"eu-west-1\"")
        });
    }
    Some(region.clone())
}

fn check(path: &Path, raw: &RawCheck, resolver: &mut Resolver<'_>) -> Check {
    if !raw.path.starts_with('/') || !raw.path.bytes().all(|b| b.is_ascii_graphic()) {
        resolver.refuse(&path.key("path"), |p| {
            p.found(format!("{:?}", raw.path)).allowed("a path that begins with a slash, for example \"/models\"")
        });
    }
    Check { path: raw.path.clone(), interval: raw.interval.0 }
}

/// The sandbox lives in this process, so an address or a secret for it shows that another dialect was meant.
fn refuse_network(path: &Path, raw: &RawProvider, resolver: &mut Resolver<'_>) {
    for (key, written) in [("base_url", raw.base_url.is_some()), ("credential", raw.credential.is_some())] {
        if written {
            resolver.refuse(&path.key(key), |p| {
                p.allowed("nothing: the sandbox needs no network and no secret")
                    .help("for an upstream server, set dialect = \"openai\"")
            });
        }
    }
}

fn endpoint(path: &Path, raw: &RawProvider, resolver: &mut Resolver<'_>) -> Option<Endpoint> {
    const ALLOWED: &str = "an http or https URL without user name or query, for example \"https://api.openai.com/v1\"";
    let path_of_url = path.key("base_url");
    let roots = roots(&path.key("roots"), &raw.roots, resolver);
    let Some(text) = &raw.base_url else {
        if resolver.is_whole(&path_of_url) {
            resolver.refuse(&path_of_url, |p| p.found("nothing").allowed(ALLOWED));
        }
        return None;
    };
    let url = match BaseUrl::read(text) {
        Ok(url) => url,
        Err(reason) => {
            resolver.refuse(&path_of_url, |p| p.found(format!("a URL that {reason}")).allowed(ALLOWED));
            return None;
        }
    };
    if !url.tls && !url.is_loopback() {
        let what = if raw.credential.is_some() { "requests and the credential" } else { "requests" };
        resolver.warn(&path_of_url, format!("{what} go to {} in clear text", url.host), |p| {
            p.help("use https://, unless the network between is trusted")
        });
    }
    let http = match raw.http {
        RawHttp::Http1 => HttpVersion::Http1,
        RawHttp::Http2 => HttpVersion::Http2,
    };
    Some(Endpoint { tls: url.tls, host: url.host, port: url.port, path: url.path, http, roots })
}

pub(super) fn roots(path: &Path, raw: &RawRoots, resolver: &mut Resolver<'_>) -> Roots {
    match raw {
        RawRoots::Bundled => Roots::Bundled,
        RawRoots::System => Roots::System,
        RawRoots::File(_) if is_over_the_api(path, resolver) => {
            refuse_reference(path, "\"bundled\" or \"system\"", resolver);
            Roots::Bundled
        }
        RawRoots::File(written) => {
            let file = resolver.file(&path.key("file"), written);
            if let Err(error) = resolver.read(&file) {
                let found = format!("{}: {error}", file.display());
                resolver.refuse(&path.key("file"), |p| p.found(found).allowed("a PEM file that can be read"));
            }
            Roots::File(file)
        }
    }
}

fn is_over_the_api(path: &Path, resolver: &Resolver<'_>) -> bool {
    matches!(resolver.origin(path), Origin::Database { .. })
}

/// Whoever operates the server over the network is not to learn what its environment and its files hold, by sending it
/// elsewhere or by what is said of it.
fn refuse_reference(path: &Path, allowed: &str, resolver: &mut Resolver<'_>) {
    resolver.refuse(path, |p| {
        p.found("a reference to the server's environment or files").allowed(allowed).help(
            "what is set over the API cannot use them: whoever holds an operator's key would read them; the \
             configuration file can",
        )
    });
}

fn credential(
    path: &Path,
    raw: Option<&RawCredential>,
    resolver: &mut Resolver<'_>,
) -> (Option<Credential>, Option<String>) {
    if let (Some(RawCredential::Env(_) | RawCredential::File(_)), true) = (raw, is_over_the_api(path, resolver)) {
        refuse_reference(
            path,
            "{ stored = \"NAME\" }, a name under which POST /v1/tollgate/credentials keeps it",
            resolver,
        );
        return (None, None);
    }
    let (path, text, source) = match raw {
        None => return (None, None),
        Some(RawCredential::Stored(name)) => return (None, Some(name.clone())),
        Some(RawCredential::Env(name)) => {
            let path = path.key("env");
            let Some(value) = resolver.variable(name) else {
                resolver.refuse(&path, |p| {
                    p.found(format!("{name}{NOT_SET}")).help(format!("export {name}=… before the start"))
                });
                return (None, None);
            };
            (path, value, format!("the value of {name}"))
        }
        Some(RawCredential::File(written)) => {
            let path = path.key("file");
            let file = resolver.file(&path, written);
            match resolver.read(&file) {
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
                    (path, text, format!("the content of {}", file.display()))
                }
                Err(error) => {
                    resolver.refuse(&path, |p| p.found(format!("{}: {error}", file.display())));
                    return (None, None);
                }
            }
        }
    };
    let reason = if text.is_empty() { "is empty" } else { "has characters that cannot stand in a header" };
    let credential = Credential::new(text);
    if credential.is_none() {
        resolver.refuse(&path, |p| {
            p.found(format!("{source}, which {reason}"))
                .allowed("visible ASCII characters, no blanks, no quotes around, no \"Bearer \" before")
        });
    }
    (credential, None)
}

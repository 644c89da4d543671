//! The standard OTEL variables: where traces go, which, and what they say of this process.
//!
//! In: variables. Out: the gateway's settings of traces; none where no collector is named. What cannot be followed is a
//! warning and stops no start: these variables are often set for whole machines, and OpenTelemetry's specification wants
//! it so ("Environment Variable Specification", 1.56).

use std::time::Duration;

use tollgate_gateway::settings::telemetry::{Headers, Sampling, Telemetry};
use tollgate_gateway::settings::{Endpoint, HttpVersion, Roots};

use super::address::BaseUrl;
use super::problem::Problem;
use super::resolve::Resolver;
use super::tree::{Origin, Path};

/// The only protocol that is spoken.
const PROTOCOL: &str = "http/protobuf";

/// What the variables ask for.
pub(super) fn resolve(resolver: &mut Resolver<'_>) -> Option<Telemetry> {
    let mut otel = Otel(resolver);
    if !otel.is_wanted() {
        return None;
    }
    let endpoint = otel.endpoint()?;
    otel.warn_of_unknown();
    let queue = otel.number("OTEL_BSP_MAX_QUEUE_SIZE", 2048, 1..=1 << 20) as usize;
    let batch = otel.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, 1..=1 << 16) as usize;
    let timeout = otel.of_exporter("TIMEOUT").map_or("OTEL_EXPORTER_OTLP_TIMEOUT", |(name, _)| name);
    Some(Telemetry {
        endpoint,
        headers: otel.headers(),
        timeout: Duration::from_millis(otel.number(timeout, 10_000, 1..=600_000)),
        resource: otel.resource(),
        sampling: otel.sampling(),
        queue,
        batch: batch.min(queue),
        delay: Duration::from_millis(otel.number("OTEL_BSP_SCHEDULE_DELAY", 5000, 1..=600_000)),
    })
}

struct Otel<'r, 'a>(&'r mut Resolver<'a>);

impl Otel<'_, '_> {
    /// A variable; one that is empty is not set.
    fn get(&self, name: &str) -> Option<String> {
        self.0.variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A variable of the exporter: that of traces, else that of everything.
    fn of_exporter(&self, what: &str) -> Option<(&'static str, String)> {
        let names = match what {
            "ENDPOINT" => ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"],
            "PROTOCOL" => ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"],
            "HEADERS" => ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"],
            "TIMEOUT" => ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"],
            "COMPRESSION" => ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"],
            "CERTIFICATE" => ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"],
            _ => ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"],
        };
        names.into_iter().find_map(|name| Some((name, self.get(name)?)))
    }

    /// Never quotes a value that may be a secret.
    fn warn(&mut self, name: &str, what: impl Into<String>, build: impl FnOnce(Problem) -> Problem) {
        let problem = Problem::new(Origin::Environment(name.to_owned()), Path::default(), what);
        self.0.warnings.push(build(problem));
    }

    fn is_wanted(&mut self) -> bool {
        if self.get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return false;
        }
        let exporters = self.get("OTEL_TRACES_EXPORTER").unwrap_or_else(|| "otlp".to_owned());
        let mut names = exporters.split(',').map(str::trim);
        if names.clone().any(|name| name == "none") {
            return false;
        }
        if !names.any(|name| name == "otlp") {
            self.warn("OTEL_TRACES_EXPORTER", "no traces are sent", |p| p.found(exporters).allowed("otlp or none"));
            return false;
        }
        match self.of_exporter("PROTOCOL") {
            Some((name, protocol)) if protocol != PROTOCOL && self.of_exporter("ENDPOINT").is_some() => {
                self.warn(name, "no traces are sent", |p| p.found(protocol).allowed(PROTOCOL));
                false
            }
            _ => true,
        }
    }

    fn endpoint(&mut self) -> Option<Endpoint> {
        let (name, text) = self.of_exporter("ENDPOINT")?;
        let url = match BaseUrl::read(&text) {
            Ok(url) => url,
            Err(reason) => {
                // What follows speaks of providers.
                let reason = reason.split(';').next().unwrap_or(reason);
                self.warn(name, format!("no traces are sent: it {reason}"), |p| {
                    p.allowed("a URL such as http://localhost:4318; secrets go into OTEL_EXPORTER_OTLP_HEADERS")
                });
                return None;
            }
        };
        // Only the general one is a base (OTLP Exporter, "Endpoint URLs for OTLP/HTTP").
        let path = if name.contains("TRACES") { url.path } else { format!("{}/v1/traces", url.path) };
        let roots = self.of_exporter("CERTIFICATE").map_or(Roots::Bundled, |(_, file)| Roots::File(file.into()));
        Some(Endpoint { tls: url.tls, host: url.host, port: url.port, path, http: HttpVersion::Http1, roots })
    }

    /// What changes nothing and might be believed to.
    fn warn_of_unknown(&mut self) {
        if let Some((name, found)) = self.of_exporter("COMPRESSION").filter(|(_, value)| value != "none") {
            self.warn(name, "traces are sent uncompressed", |p| p.found(found).allowed("none"));
        }
        if let Some((name, _)) = self.of_exporter("CLIENT_KEY") {
            self.warn(name, "client certificates are not sent", |p| p);
        }
    }

    fn headers(&mut self) -> Headers {
        let Some((name, text)) = self.of_exporter("HEADERS") else {
            return Headers::default();
        };
        let mut headers = Vec::new();
        for pair in pairs(&text) {
            match pair {
                Some((key, value)) if is_token(&key) && is_header_value(&value) => {
                    headers.push((key.to_ascii_lowercase(), value));
                }
                _ => self.warn(name, "a header in it cannot be sent", |p| {
                    p.allowed("name=value,name=value, values percent-encoded")
                }),
            }
        }
        Headers(headers)
    }

    fn resource(&mut self) -> Vec<(String, String)> {
        const NAME: &str = "OTEL_RESOURCE_ATTRIBUTES";
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let mut attributes = vec![
            ("service.name".to_owned(), "tollgate".to_owned()),
            ("service.version".to_owned(), version.clone()),
            ("telemetry.sdk.name".to_owned(), "tollgate".to_owned()),
            ("telemetry.sdk.language".to_owned(), "rust".to_owned()),
            ("telemetry.sdk.version".to_owned(), version),
        ];
        let mut set = |key: String, value: String| match attributes.iter_mut().find(|(k, _)| *k == key) {
            Some(attribute) => attribute.1 = value,
            None => attributes.push((key, value)),
        };
        let written = self.get(NAME).unwrap_or_default();
        let mut wrong = false;
        for pair in pairs(&written) {
            match pair {
                Some((key, value)) => set(key, value),
                None => wrong = true,
            }
        }
        if let Some(name) = self.get("OTEL_SERVICE_NAME") {
            set("service.name".to_owned(), name);
        }
        if wrong {
            self.warn(NAME, "a part of it is left out", |p| p.allowed("key=value,key=value, values percent-encoded"));
        }
        attributes
    }

    fn sampling(&mut self) -> Sampling {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        const KNOWN: &str = "always_on, always_off, traceidratio, or one of them behind parentbased_";
        let Some(sampler) = self.get(NAME) else {
            return Sampling::default();
        };
        let (follows_parent, rest) = match sampler.strip_prefix("parentbased_") {
            Some(rest) => (true, rest),
            None => (false, sampler.as_str()),
        };
        let ratio = match rest {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => self.ratio(),
            _ => {
                self.warn(NAME, "all requests are traced", |p| p.found(sampler).allowed(KNOWN));
                return Sampling::default();
            }
        };
        Sampling { follows_parent, ratio }
    }

    fn ratio(&mut self) -> f64 {
        const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(text) = self.get(NAME) else {
            return 1.0;
        };
        match text.parse() {
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => ratio,
            _ => {
                self.warn(NAME, "1 is used instead", |p| p.found(text).allowed("a number from 0 to 1"));
                1.0
            }
        }
    }

    fn number(&mut self, name: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> u64 {
        let Some(text) = self.get(name) else {
            return default;
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let allowed = format!("a whole number from {} to {}", range.start(), range.end());
                self.warn(name, format!("{default} is used instead"), |p| p.found(text).allowed(allowed));
                default
            }
        }
    }
}

/// `key=value` pairs between commas, values percent-decoded; `None` for what is none.
fn pairs(text: &str) -> impl Iterator<Item = Option<(String, String)>> {
    text.split(',').filter(|part| !part.trim().is_empty()).map(|part| {
        let (key, value) = part.split_once('=')?;
        let key = key.trim();
        (!key.is_empty()).then_some((key.to_owned(), decoded(value.trim())?))
    })
}

/// Without percent-encoding; `None` where it is broken or no UTF-8 comes out.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let digits = part.get(..2).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

fn is_token(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_header_value(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

#[cfg(test)]
mod tests;

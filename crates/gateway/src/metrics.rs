//! Prometheus metrics. Names and units follow the Prometheus conventions: base units, `_total` on counters; labels
//! are bounded by the configuration, never by what a caller sends.
//!
//! In: settled requests, refusals. Out: the text of `/metrics`. Handles of the plain path are resolved when the
//! catalog is built, so that counting costs no look-up.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tollgate_core::operation::{Operation, Operations};
use tollgate_core::usage::Usage;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    model: String,
    provider: String,
    status: u16,
    error: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelLabels {
    model: String,
    provider: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    model: String,
    provider: String,
    r#type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    deployment: String,
    error: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BreakerLabels {
    deployment: String,
}

/// Bounds in seconds, from a fast cache hit to a long reasoning answer.
#[derive(Debug, Clone)]
struct Seconds(&'static [f64]);

impl MetricConstructor<Histogram> for Seconds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

const DURATION: Seconds =
    Seconds(&[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0]);
const OVERHEAD: Seconds = Seconds(&[0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1]);

/// All metrics of the process.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    attempts_failed: Family<AttemptLabels, Counter>,
    breakers: Family<BreakerLabels, Gauge<i64, AtomicI64>>,
    tokens: Family<TokenLabels, Counter>,
    duration: Family<ModelLabels, Histogram, Seconds>,
    first_token: Family<ModelLabels, Histogram, Seconds>,
    overhead: Family<ModelLabels, Histogram, Seconds>,
    journal_fill: Gauge<f64, std::sync::atomic::AtomicU64>,
    connections: Gauge<i64, AtomicI64>,
    in_flight: Gauge<i64, AtomicI64>,
    keys: Gauge<i64, AtomicI64>,
}

/// The handles of one deployment.
pub(crate) struct DeploymentMetrics {
    /// Successes per operation; failures are looked up.
    success: Vec<Option<Counter>>,
    input: Counter,
    cached: Counter,
    output: Counter,
    reasoning: Counter,
    duration: Histogram,
    first_token: Histogram,
    overhead: Histogram,
}

/// What `/metrics` reads at the moment it is asked.
pub(crate) struct Gauges<'a> {
    /// Deployments, and their breakers' states as numbers.
    pub(crate) breakers: Vec<(&'a str, i64)>,
    pub(crate) journal_permille: Option<u32>,
    pub(crate) connections: usize,
    pub(crate) in_flight: usize,
    pub(crate) keys: usize,
}

impl Metrics {
    pub(crate) fn new(version: &'static str) -> Self {
        let mut registry = Registry::with_prefix("tollgate");
        let requests = Family::default();
        registry.register("requests", "Requests answered, refused ones too", requests.clone());
        let attempts_failed = Family::default();
        registry.register(
            "attempts_failed",
            "Attempts at deployments that failed, those that another one made good too",
            attempts_failed.clone(),
        );
        let breakers = Family::default();
        registry.register(
            "breaker_state",
            "Whether a deployment is left alone: 0 no, 1 the next request finds out, 2 yes",
            breakers.clone(),
        );
        let tokens = Family::default();
        registry.register("tokens", "Tokens as the providers counted them", tokens.clone());
        let mut seconds = |name, help, bounds: Seconds| {
            let family = Family::new_with_constructor(bounds);
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
            family
        };
        let duration = seconds("request_duration", "From acceptance to the last byte", DURATION);
        let first_token = seconds("time_to_first_token", "From acceptance to a stream's first event", DURATION);
        let overhead = seconds("overhead", "Time of a request that was not spent waiting for its provider", OVERHEAD);
        let journal_fill = Gauge::default();
        registry.register(
            "journal_fill_ratio",
            "Share of the journal's bound in use, NaN where writing fails",
            journal_fill.clone(),
        );
        let connections = Gauge::default();
        registry.register("connections", "Open client connections", connections.clone());
        let in_flight = Gauge::default();
        registry.register("requests_in_flight", "Requests being served", in_flight.clone());
        let keys = Gauge::default();
        registry.register("keys", "Keys in memory", keys.clone());
        let build = Family::<Vec<(&'static str, &'static str)>, Gauge>::default();
        build.get_or_create(&vec![("version", version)]).set(1);
        registry.register("build_info", "Version of this server", build);
        Self {
            registry,
            requests,
            attempts_failed,
            breakers,
            tokens,
            duration,
            first_token,
            overhead,
            journal_fill,
            connections,
            in_flight,
            keys,
        }
    }

    /// The handles of a deployment that serves these operations.
    pub(crate) fn deployment(&self, model: &str, provider: &str, operations: Operations) -> DeploymentMetrics {
        let labels = ModelLabels { model: model.to_owned(), provider: provider.to_owned() };
        let tokens = |kind| {
            let labels = TokenLabels { model: model.to_owned(), provider: provider.to_owned(), r#type: kind };
            self.tokens.get_or_create_owned(&labels)
        };
        let success = |operation: Operation| {
            operations.contains(operation).then(|| {
                self.requests.get_or_create_owned(&RequestLabels {
                    route: operation.name(),
                    model: model.to_owned(),
                    provider: provider.to_owned(),
                    status: 200,
                    error: "",
                })
            })
        };
        DeploymentMetrics {
            success: Operation::ALL.into_iter().map(success).collect(),
            input: tokens("input"),
            cached: tokens("cached_input"),
            output: tokens("output"),
            reasoning: tokens("reasoning"),
            duration: self.duration.get_or_create_owned(&labels),
            first_token: self.first_token.get_or_create_owned(&labels),
            overhead: self.overhead.get_or_create_owned(&labels),
        }
    }

    /// Counts a request that did not succeed, or that no deployment answered. `model` must come from the catalog.
    pub(crate) fn count(&self, route: &'static str, model: &str, provider: &str, status: u16, error: &'static str) {
        let labels = RequestLabels { route, model: model.to_owned(), provider: provider.to_owned(), status, error };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts a failed attempt, whatever became of its request.
    pub(crate) fn attempt_failed(&self, deployment: &str, error: &'static str) {
        let labels = AttemptLabels { deployment: deployment.to_owned(), error };
        self.attempts_failed.get_or_create(&labels).inc();
    }

    /// The text of `/metrics`.
    pub(crate) fn text(&self, gauges: &Gauges<'_>) -> String {
        self.journal_fill.set(gauges.journal_permille.map_or(f64::NAN, |p| f64::from(p) / 1000.0));
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.connections.set(number(gauges.connections));
        self.in_flight.set(number(gauges.in_flight));
        self.keys.set(number(gauges.keys));
        for (deployment, state) in &gauges.breakers {
            self.breakers.get_or_create(&BreakerLabels { deployment: (*deployment).to_owned() }).set(*state);
        }
        let mut out = String::new();
        prometheus_client::encoding::text::encode(&mut out, &self.registry)
            .expect("a String takes all that is written");
        out
    }
}

/// The times of a settled request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) whole: Duration,
    pub(crate) upstream: Duration,
    pub(crate) first_token: Option<Duration>,
}

impl DeploymentMetrics {
    /// Counts a success.
    pub(crate) fn success(&self, operation: Operation) {
        if let Some(Some(counter)) = self.success.get(operation as usize - 1) {
            counter.inc();
        }
    }

    /// Counts tokens and times, of failures too where there are any.
    pub(crate) fn settled(&self, usage: &Usage, times: Times) {
        for (counter, tokens) in [
            (&self.input, usage.input),
            (&self.cached, usage.cached_input),
            (&self.output, usage.output),
            (&self.reasoning, usage.reasoning),
        ] {
            if tokens > 0 {
                counter.inc_by(u64::from(tokens));
            }
        }
        self.duration.observe(times.whole.as_secs_f64());
        self.overhead.observe(times.whole.saturating_sub(times.upstream).as_secs_f64());
        if let Some(first) = times.first_token {
            self.first_token.observe(first.as_secs_f64());
        }
    }
}

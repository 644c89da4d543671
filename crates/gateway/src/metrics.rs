//! Prometheus metrics. Names and units follow the Prometheus conventions: base units, `_total` on counters; labels
//! are bounded by the configuration and the catalogue of causes, never by what a caller sends. docs/metrics.md has them
//! all.
//!
//! In: what happened. Out: the text of `/metrics`. Handles of the plain path are resolved when the catalog is built, so
//! that counting costs no look-up; whatever fails is looked up.

mod deployment;
mod ingest;
mod labels;
mod process;
mod reload;
mod spans;

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};
use tollgate_core::ingest::IngestHealth;

pub(crate) use deployment::{AttemptResult, DeploymentMetrics, Served, Times};
use labels::{
    AttemptLabels, CauseLabels, DeploymentLabels, FallbackLabels, ModelLabels, RequestLabels, TokenLabels,
    UpstreamLabels,
};
pub(crate) use process::Moment;
use process::Process;
pub(crate) use reload::ReloadMetrics;
pub(crate) use spans::SpanMetrics;

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
    unknown_callers: Family<CauseLabels, Counter>,
    fallbacks: Family<FallbackLabels, Counter>,
    tokens: Family<TokenLabels, Counter>,
    duration: Family<ModelLabels, Histogram, Seconds>,
    first_token: Family<ModelLabels, Histogram, Seconds>,
    overhead: Family<ModelLabels, Histogram, Seconds>,
    attempts: Family<AttemptLabels, Counter>,
    upstream_errors: Family<UpstreamLabels, Counter>,
    openings: Family<DeploymentLabels, Counter>,
    /// Repetitions that the budget refused.
    pub(crate) retries_refused: Counter,
    /// Streams that broke off and were continued by another attempt.
    pub(crate) streams_resumed: Counter,
    /// Connections above their ceiling, closed at once.
    pub(crate) connections_refused: Counter,
    /// How late serving threads come to what is ready.
    pub(crate) lateness: Histogram,
    /// For whoever reads the settings again.
    pub(crate) reload: ReloadMetrics,
    /// For the thread that sends spans.
    pub(crate) spans: SpanMetrics,
    process: Process,
}

impl Metrics {
    pub(crate) fn new(version: &'static str) -> Self {
        let mut registry = Registry::with_prefix("tollgate");
        let r = &mut registry;
        let spans = Family::default();
        Self {
            requests: add(r, "requests", "Requests answered, refused ones too", Family::default()),
            unknown_callers: add(
                r,
                "unknown_callers_refused",
                "Requests refused before it was known whose they are",
                Family::default(),
            ),
            fallbacks: add(r, "fallbacks", "Requests answered by a model that stands in", Family::default()),
            tokens: add(r, "tokens", "Tokens as the providers counted them", Family::default()),
            duration: seconds(r, "request_duration", "From acceptance to the last byte", DURATION),
            first_token: seconds(r, "time_to_first_token", "From acceptance to a stream's first event", DURATION),
            overhead: seconds(
                r,
                "overhead",
                "Time of a request that was spent neither waiting for providers nor in pauses between attempts",
                OVERHEAD,
            ),
            attempts: add(r, "attempts", "Attempts at deployments, by how they ended", Family::default()),
            upstream_errors: add(
                r,
                "upstream_errors",
                "Attempts without an answer and answers that broke off, those that another attempt made good too",
                Family::default(),
            ),
            openings: add(
                r,
                "breaker_openings",
                "How often a deployment was left alone after failures in a row",
                Family::default(),
            ),
            retries_refused: add(
                r,
                "retries_refused",
                "Further attempts not made because too much of the traffic is repetition already",
                Counter::default(),
            ),
            streams_resumed: add(
                r,
                "streams_resumed",
                "Streams that broke off and were continued by another attempt",
                Counter::default(),
            ),
            connections_refused: add(
                r,
                "connections_refused",
                "Client connections closed at once because their ceiling is reached",
                Counter::default(),
            ),
            lateness: lateness(r),
            spans: SpanMetrics::new(&add(r, "spans", "Spans of traces, by what became of them", spans)),
            reload: ReloadMetrics::register(r),
            process: Process::new(r, version),
            registry,
        }
    }

    /// From now on, how the reading of the journal goes is told too.
    pub(crate) fn follow(&mut self, ingest: Arc<dyn IngestHealth>) {
        self.registry.register_collector(Box::new(ingest::Collector(ingest)));
    }

    /// The handles of a deployment.
    pub(crate) fn deployment(&self, served: &Served<'_>) -> DeploymentMetrics {
        DeploymentMetrics::new(self, served)
    }

    /// Counts a request that did not succeed, or that no deployment answered. `model` must come from the catalog.
    pub(crate) fn request(&self, route: &'static str, model: &str, provider: &str, status: u16, error: &'static str) {
        let labels = RequestLabels { route, model: model.to_owned(), provider: provider.to_owned(), status, error };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts a refusal of somebody who is not known.
    pub(crate) fn unknown_caller(&self, cause: &'static str) {
        self.unknown_callers.get_or_create(&CauseLabels { cause }).inc();
    }

    /// Counts an answer of `fallback` in place of `model`; both must come from the catalog.
    pub(crate) fn fallback(&self, model: &str, fallback: &str) {
        let labels = FallbackLabels { model: model.to_owned(), fallback: fallback.to_owned() };
        self.fallbacks.get_or_create(&labels).inc();
    }

    /// The text of `/metrics`.
    pub(crate) fn text(&self, moment: &Moment<'_>) -> String {
        self.process.set(moment);
        let mut out = String::new();
        prometheus_client::encoding::text::encode(&mut out, &self.registry)
            .expect("a String takes all that is written");
        out
    }
}

fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn lateness(registry: &mut Registry) -> Histogram {
    let lateness = Histogram::new([0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0]);
    let help = "How late serving threads come to what is ready, measured every 10 ms while requests come";
    registry.register_with_unit("thread_lateness", help, Unit::Seconds, lateness.clone());
    lateness
}

fn seconds(
    registry: &mut Registry,
    name: &str,
    help: &str,
    bounds: Seconds,
) -> Family<ModelLabels, Histogram, Seconds> {
    let family = Family::new_with_constructor(bounds);
    registry.register_with_unit(name, help, Unit::Seconds, family.clone());
    family
}

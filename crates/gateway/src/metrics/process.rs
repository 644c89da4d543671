//! What `/metrics` reads at the moment it is asked: states of the process, its breakers and its journal.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::add;
use super::labels::DeploymentLabels;

type Number = Gauge<i64, AtomicI64>;

/// The states.
pub(super) struct Process {
    journal_fill: Gauge<f64, AtomicU64>,
    connections: Number,
    in_flight: Number,
    body_bytes: Number,
    keys: Number,
    responses: Number,
    response_bytes: Number,
    breakers: Family<DeploymentLabels, Number>,
}

/// The process at a moment.
pub(crate) struct Moment<'a> {
    /// Thousandths of the journal's bound in use; `None` where writing fails.
    pub(crate) journal_permille: Option<u32>,
    pub(crate) connections: usize,
    pub(crate) in_flight: usize,
    pub(crate) body_bytes: usize,
    pub(crate) keys: usize,
    /// Responses that the sandbox has stored, and their bytes.
    pub(crate) responses: (usize, usize),
    /// Deployments, and their breakers' states as numbers.
    pub(crate) breakers: Vec<(&'a str, i64)>,
}

impl Process {
    pub(super) fn new(registry: &mut Registry, version: &'static str) -> Self {
        let build = Family::<Vec<(&'static str, &'static str)>, Gauge>::default();
        build.get_or_create(&vec![("version", version)]).set(1);
        registry.register("build_info", "Version of this server", build);
        let started = Gauge::<f64, AtomicU64>::default();
        started.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        registry.register_with_unit("start_time", "When this server started, since 1970", Unit::Seconds, started);
        let body_bytes = Number::default();
        let help = "Bytes of request bodies held in memory";
        registry.register_with_unit("request_bodies", help, Unit::Bytes, body_bytes.clone());
        let response_bytes = Number::default();
        let help = "Bytes of responses that the sandbox has stored";
        registry.register_with_unit("stored_responses", help, Unit::Bytes, response_bytes.clone());
        let r = registry;
        Self {
            journal_fill: add(
                r,
                "journal_fill_ratio",
                "Share of the journal's bound in use, NaN where writing fails",
                Gauge::default(),
            ),
            connections: add(r, "connections", "Open client connections", Gauge::default()),
            in_flight: add(r, "requests_in_flight", "Requests being served", Gauge::default()),
            body_bytes,
            keys: add(r, "keys", "Keys in memory", Gauge::default()),
            responses: add(r, "stored_responses", "Responses that the sandbox has stored", Gauge::default()),
            response_bytes,
            breakers: add(
                r,
                "breaker_state",
                "Whether a deployment is left alone: 0 no, 1 the next request finds out, 2 yes",
                Family::default(),
            ),
        }
    }

    pub(super) fn set(&self, moment: &Moment<'_>) {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.journal_fill.set(moment.journal_permille.map_or(f64::NAN, |p| f64::from(p) / 1000.0));
        self.connections.set(number(moment.connections));
        self.in_flight.set(number(moment.in_flight));
        self.body_bytes.set(number(moment.body_bytes));
        self.keys.set(number(moment.keys));
        self.responses.set(number(moment.responses.0));
        self.response_bytes.set(number(moment.responses.1));
        for (deployment, state) in &moment.breakers {
            self.breakers.get_or_create(&DeploymentLabels { deployment: (*deployment).to_owned() }).set(*state);
        }
    }
}

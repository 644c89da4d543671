//! How the reading of the journal into the database goes, asked when `/metrics` is.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Unit;
use tollgate_core::ingest::{IngestHealth, IngestState};

/// Asks the port.
pub(super) struct Collector(pub(super) Arc<dyn IngestHealth>);

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

impl collector::Collector for Collector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = self.0.status();
        let mut encode = |name: &str, help: &str, unit: Option<&Unit>, metric: &dyn EncodeMetric| {
            metric.encode(encoder.encode_descriptor(name, help, unit, metric.metric_type())?)
        };
        let help = "Since the database last had everything that the journal had";
        encode("ingest_lag", help, Some(&Unit::Seconds), &ConstGauge::new(status.lag_ms as f64 / 1000.0))?;
        let help = "Bytes of the journal that are not in the database";
        encode("ingest_lag", help, Some(&Unit::Bytes), &ConstGauge::new(status.lag_bytes))?;
        let help = "Entries of the journal read into the database since the start";
        encode("ingest_entries", help, None, &ConstCounter::new(status.entries))?;
        let states = Family::<[(&'static str, &'static str); 1], Gauge>::default();
        for state in [IngestState::Working, IngestState::Elsewhere, IngestState::Failing] {
            states.get_or_create(&[("state", state.name())]).set((state == status.state).into());
        }
        encode("ingest_state", "Whether the journal is being read into the database: 1 for what holds", None, &states)
    }
}

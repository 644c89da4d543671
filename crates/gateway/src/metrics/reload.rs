//! How the reading of changed settings goes.

use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// The handles.
#[derive(Clone)]
pub(crate) struct ReloadMetrics {
    reloads: Family<[(&'static str, &'static str); 1], Counter>,
    successful: Gauge,
    at: Gauge<f64, AtomicU64>,
}

impl ReloadMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self { reloads: Family::default(), successful: Gauge::default(), at: Gauge::default() };
        let help = "Times that the settings were read again, by what came of it";
        registry.register("config_reload", help, metrics.reloads.clone());
        let help = "Whether the settings as they were last read are in use: 1, or 0 where they were refused";
        registry.register("config_reload_successful", help, metrics.successful.clone());
        let help = "When the settings in use were read, in seconds since 1970";
        registry.register_with_unit("config_reload_time", help, Unit::Seconds, metrics.at.clone());
        for result in ["applied", "refused"] {
            drop(metrics.reloads.get_or_create(&[("result", result)]));
        }
        metrics.now_in_use();
        metrics
    }

    fn now_in_use(&self) {
        self.successful.set(1);
        self.at.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
    }

    /// Changed settings are in use.
    pub(crate) fn applied(&self) {
        self.reloads.get_or_create(&[("result", "applied")]).inc();
        self.now_in_use();
    }

    /// They were refused, and the old ones stay.
    pub(crate) fn refused(&self) {
        self.reloads.get_or_create(&[("result", "refused")]).inc();
        self.successful.set(0);
    }
}

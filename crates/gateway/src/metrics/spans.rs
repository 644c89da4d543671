//! What became of spans: a trace that lacks some is told from one that had no more.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::labels::ResultLabels;

/// The handles.
#[derive(Debug, Clone)]
pub(crate) struct SpanMetrics {
    sent: Counter,
    dropped: Counter,
    failed: Counter,
}

impl SpanMetrics {
    pub(super) fn new(family: &Family<ResultLabels, Counter>) -> Self {
        let of = |result| family.get_or_create_owned(&ResultLabels { result });
        Self { sent: of("sent"), dropped: of("dropped"), failed: of("failed") }
    }

    /// The collector has them.
    pub(crate) fn sent(&self, spans: usize) {
        self.sent.inc_by(spans as u64);
    }

    /// They found the queue full.
    pub(crate) fn dropped(&self, spans: usize) {
        self.dropped.inc_by(spans as u64);
    }

    /// The collector did not take them.
    pub(crate) fn failed(&self, spans: usize) {
        self.failed.inc_by(spans as u64);
    }
}

//! Traces: a span for each request of a known caller, one for each attempt, handed to a collector.
//!
//! In: settings; requests as they begin and end. Out: OTLP to the collector, from a thread of its own. Where no
//! collector is set there is none of this, and a request pays one branch. Callers that are not known are counted
//! ([`crate::refusals`]) and not traced, so that a flood of wrong keys fills no queue.

mod client;
mod context;
mod exporter;
mod otlp;
mod protobuf;
mod spans;

use std::io;

use crate::metrics::SpanMetrics;
use crate::request::Request;
use crate::settings::telemetry::{Sampling, Telemetry as Settings};

use client::Client;
pub(crate) use client::UnusableError;
pub(crate) use exporter::Exporting;
use exporter::Queue;
pub(crate) use spans::{Ended, Spans};

/// What serving threads share of it.
pub(crate) struct Telemetry {
    sampling: Sampling,
    queue: Queue,
}

/// Why traces are not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TelemetryError {
    /// The collector cannot be spoken to.
    #[error(transparent)]
    Unusable(#[from] UnusableError),
    /// A thread or its runtime cannot be made.
    #[error("cannot start the thread that sends traces: {0}")]
    Thread(#[from] io::Error),
}

impl Telemetry {
    /// Starts the thread that sends.
    pub(crate) fn start(
        settings: &Settings,
        version: &'static str,
        metrics: SpanMetrics,
    ) -> Result<(Self, Exporting), TelemetryError> {
        let client = Client::new(settings)?;
        let (queue, exporting) = exporter::start(settings, client, version, metrics)?;
        Ok((Self { sampling: settings.sampling, queue }, exporting))
    }

    /// A request begins.
    pub(crate) fn begin(&self, request: &Request) -> Box<Spans> {
        Box::new(Spans::begin(request, self.sampling))
    }

    /// A request has ended. It never waits.
    pub(crate) fn send(&self, ended: Ended) {
        self.queue.send(ended);
    }
}

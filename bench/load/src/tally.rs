//! What was seen, and the line that says so.

use std::time::Duration;

use serde_json::{Value, json};

/// Counts and times of a run; one per connection, added up at the end. Times in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) ok: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    /// Payload bytes of good answers.
    pub(crate) bytes: u64,
    /// Stamped events of good streams.
    pub(crate) chunks: u64,
    /// To the first stamped event.
    pub(crate) ttft: Vec<u64>,
    /// To the last byte.
    pub(crate) total: Vec<u64>,
    /// From the provider's write to our read, per event.
    pub(crate) transit: Vec<u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.ok += other.ok;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
        self.bytes += other.bytes;
        self.chunks += other.chunks;
        self.ttft.extend(other.ttft);
        self.total.extend(other.total);
        self.transit.extend(other.transit);
    }

    pub(crate) fn line(mut self, wall: Duration) -> Value {
        let rps = self.ok as f64 / wall.as_secs_f64();
        json!({
            "ok": self.ok,
            "errors": self.errors,
            "first_error": self.first_error,
            "wall_s": rounded(wall.as_secs_f64(), 1000.0),
            "rps": rounded(rps, 10.0),
            "bytes": self.bytes,
            "chunks": self.chunks,
            "ttft_p50_us": quantile(&mut self.ttft, 0.5),
            "ttft_p99_us": quantile(&mut self.ttft, 0.99),
            "total_p50_us": quantile(&mut self.total, 0.5),
            "total_p99_us": quantile(&mut self.total, 0.99),
            "transit_p50_us": quantile(&mut self.transit, 0.5),
            "transit_p99_us": quantile(&mut self.transit, 0.99),
        })
    }
}

/// The nearest rank of `share`, in microseconds; `None` of nothing.
fn quantile(ns: &mut [u64], share: f64) -> Option<f64> {
    let rank = (ns.len().checked_sub(1)? as f64 * share).round() as usize;
    let (_, value, _) = ns.select_nth_unstable(rank);
    Some(rounded(*value as f64 / 1000.0, 10.0))
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_nearest_ranks_in_microseconds() {
        let mut ns: Vec<u64> = (1..=101).rev().map(|n| n * 1000).collect();

        assert_eq!(quantile(&mut ns, 0.5), Some(51.0));
        assert_eq!(quantile(&mut ns, 0.99), Some(100.0));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}

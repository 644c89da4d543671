//! What became of demo traffic: counts, times and causes.
//!
//! In: outcomes. Out: tables, or the document `tollgate.traffic`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::kinds::Kind;
use crate::cli::output;
use crate::words::time_taken;

/// How one call ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) kind: Kind,
    /// `None` where there was no answer.
    pub(super) status: Option<u16>,
    /// Slug; empty where none was told.
    pub(super) cause: String,
    /// Whether it was answered with 2xx, a stream to its end.
    pub(super) succeeded: bool,
    pub(super) duration_us: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Outcomes(Vec<Outcome>);

#[derive(Debug, Serialize)]
pub(super) struct Summary {
    base_url: String,
    duration_ms: u64,
    requests: usize,
    succeeded: usize,
    failed: usize,
    pub(super) unexpected: usize,
    kinds: Vec<KindRow>,
    causes: Vec<CauseRow>,
}

#[derive(Debug, Serialize)]
struct KindRow {
    kind: &'static str,
    requests: usize,
    succeeded: usize,
    failed: usize,
    p50_us: u64,
    p99_us: u64,
}

#[derive(Debug, Serialize)]
struct CauseRow {
    status: Option<u16>,
    cause: Option<String>,
    requests: usize,
}

impl Outcomes {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.0.push(outcome);
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn failed(&self) -> usize {
        self.0.iter().filter(|outcome| !outcome.succeeded).count()
    }

    pub(super) fn summary(&self, base_url: String, duration_ms: u64) -> Summary {
        let (requests, failed) = (self.count(), self.failed());
        let unexpected = self.0.iter().filter(|outcome| outcome.succeeded == outcome.kind.is_to_fail()).count();
        let kinds = Kind::ALL.iter().filter_map(|(kind, _)| self.row(*kind)).collect();
        Summary {
            base_url,
            duration_ms,
            requests,
            succeeded: requests - failed,
            failed,
            unexpected,
            kinds,
            causes: self.causes(),
        }
    }

    fn row(&self, kind: Kind) -> Option<KindRow> {
        let of_kind: Vec<&Outcome> = self.0.iter().filter(|outcome| outcome.kind == kind).collect();
        let mut times: Vec<u64> = of_kind.iter().map(|outcome| outcome.duration_us).collect();
        times.sort_unstable();
        let succeeded = of_kind.iter().filter(|outcome| outcome.succeeded).count();
        Some(KindRow {
            kind: kind.name(),
            requests: of_kind.len(),
            succeeded,
            failed: of_kind.len() - succeeded,
            p50_us: percentile(&times, 50)?,
            p99_us: percentile(&times, 99)?,
        })
    }

    fn causes(&self) -> Vec<CauseRow> {
        let mut counts: BTreeMap<(Option<u16>, &str), usize> = BTreeMap::new();
        for outcome in self.0.iter().filter(|outcome| !outcome.succeeded) {
            *counts.entry((outcome.status, &outcome.cause)).or_default() += 1;
        }
        let row = |((status, cause), requests): ((Option<u16>, &str), usize)| CauseRow {
            status,
            cause: (!cause.is_empty()).then(|| cause.to_owned()),
            requests,
        };
        counts.into_iter().map(row).collect()
    }
}

impl Summary {
    /// Tables on standard output.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        let row = |r: &KindRow| {
            let times = [time_taken(r.p50_us), time_taken(r.p99_us)];
            let counts = [r.requests, r.succeeded, r.failed].map(|count| count.to_string());
            [&[r.kind.to_owned()][..], &counts, &times].concat()
        };
        let rows: Vec<[String; 6]> =
            self.kinds.iter().filter_map(|r| row(r).try_into().ok()).chain([self.all()]).collect();
        output::table(["KIND", "REQUESTS", "OK", "FAILED", "MEDIAN", "P99"], &rows)?;
        if self.causes.is_empty() {
            return Ok(());
        }
        output::line("")?;
        let cause = |r: &CauseRow| {
            let status = r.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            [status, r.cause.clone().unwrap_or_else(|| "-".to_owned()), r.requests.to_string()]
        };
        output::table(["STATUS", "CAUSE", "REQUESTS"], &self.causes.iter().map(cause).collect::<Vec<_>>())
    }

    fn all(&self) -> [String; 6] {
        let [requests, succeeded, failed] = [self.requests, self.succeeded, self.failed].map(|count| count.to_string());
        ["all".to_owned(), requests, succeeded, failed, String::new(), String::new()]
    }
}

/// The value below which so many percent lie; `None` of nothing.
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get(last * percent / 100).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(kind: Kind, status: Option<u16>, succeeded: bool) -> Outcome {
        Outcome { kind, status, cause: if succeeded { "" } else { "why" }.to_owned(), succeeded, duration_us: 10 }
    }

    #[test]
    fn what_ends_otherwise_than_meant_is_counted_apart() {
        let mut outcomes = Outcomes::default();
        outcomes.add(outcome(Kind::Chat, Some(200), true));
        outcomes.add(outcome(Kind::Chat, None, false));
        outcomes.add(outcome(Kind::WrongKey, Some(401), false));
        outcomes.add(outcome(Kind::BadBody, Some(200), true));

        let summary = outcomes.summary("http://a/v1".to_owned(), 5);

        assert_eq!((summary.requests, summary.failed, summary.unexpected), (4, 2, 2));
        assert_eq!(summary.kinds.iter().map(|row| row.requests).collect::<Vec<_>>(), [2, 1, 1]);
        assert_eq!(summary.causes.len(), 2);
    }

    #[test]
    fn percentiles_are_values_that_came() {
        let times: Vec<u64> = (1..=100).collect();

        assert_eq!((percentile(&times, 50), percentile(&times, 99), percentile(&[], 50)), (Some(50), Some(99), None));
    }
}

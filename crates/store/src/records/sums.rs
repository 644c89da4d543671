//! A row of sums, as one of the tables of sums has it.
//!
//! In: a row of SQLite. Out: numbers, of as many columns as are asked for.

use rusqlite::Row;
use tollgate_core::record::Outcome;

use super::pack;

/// What is summed, in the order of [`Sums`].
pub(super) const SUMS: [&str; 15] = [
    "requests",
    "input",
    "cached_input",
    "cache_write",
    "audio_input",
    "output",
    "reasoning",
    "audio_output",
    "estimated",
    "unknown",
    "first_bytes",
    "first_byte_us",
    "duration_us",
    "request_bytes",
    "answer_bytes",
];

pub(super) type Sums = [i64; SUMS.len()];

/// What is summed: [`SUMS`], and then the failed, the abandoned and the ended requests.
pub(super) const MEASURES: usize = SUMS.len() + 3;
pub(super) type Measures = [i64; MEASURES];

/// What of a row is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// Everything.
    #[default]
    All,
    /// Requests, failed ones and the tokens that OpenAI's usage tells; the rest stays zero. This is what is packed.
    Told,
}

/// The measures of [`pack::Told`].
const TOLD: [usize; pack::TOLD] = [0, 1, 2, 4, 5, 7, SUMS.len()];

impl Reading {
    /// Which measures, by number.
    pub(super) fn measures(self) -> &'static [usize] {
        match self {
            Self::All => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
            Self::Told => &TOLD,
        }
    }

    /// Of these, those that are columns.
    fn sums(self) -> impl Iterator<Item = usize> {
        self.measures().iter().copied().filter(|measure| *measure < SUMS.len())
    }

    /// What [`Summed::of`] reads.
    pub(super) fn columns(self) -> String {
        let sums: Vec<&str> = self.sums().map(|sum| SUMS[sum]).collect();
        format!("bucket, project, key, model, deployment, status, outcome, cause, operation, {}", sums.join(", "))
    }
}

/// Whether requests that ended so have failed. A caller who left is no failure.
fn is_failed(outcome: i64) -> bool {
    [Outcome::Failed, Outcome::Interrupted].iter().any(|failed| outcome == *failed as i64)
}

/// What is packed of the sums of requests that ended so.
pub(super) fn told(outcome: i64, sums: &Sums) -> pack::Told {
    let [requests, input, cached_input, _, audio_input, output, _, audio_output, ..] = *sums;
    [requests, input, cached_input, audio_input, output, audio_output, if is_failed(outcome) { requests } else { 0 }]
}

/// A row of sums.
#[derive(Debug)]
pub(super) struct Summed {
    pub(super) bucket: i64,
    pub(super) project: i64,
    pub(super) key: i64,
    pub(super) model: i64,
    pub(super) deployment: i64,
    pub(super) status: i64,
    pub(super) outcome: i64,
    pub(super) cause: i64,
    pub(super) operation: i64,
    pub(super) measures: Measures,
}

impl Summed {
    pub(super) fn of(row: &Row<'_>, reading: Reading) -> rusqlite::Result<Self> {
        let mut measures = [0; MEASURES];
        for (n, sum) in reading.sums().enumerate() {
            measures[sum] = row.get(9 + n)?;
        }
        let mut summed = Self {
            bucket: row.get(0)?,
            project: row.get(1)?,
            key: row.get(2)?,
            model: row.get(3)?,
            deployment: row.get(4)?,
            status: row.get(5)?,
            outcome: row.get(6)?,
            cause: row.get(7)?,
            operation: row.get(8)?,
            measures,
        };
        summed.count();
        Ok(summed)
    }

    /// Counts requests by how they ended.
    fn count(&mut self) {
        let of = |is: bool| if is { self.measures[0] } else { 0 };
        let failed = of(is_failed(self.outcome));
        let (abandoned, ended) = (of(self.outcome == Outcome::Abandoned as i64), of(self.status != 0));
        self.measures[SUMS.len()..].copy_from_slice(&[failed, abandoned, ended]);
    }

    /// What is packed of it.
    pub(super) fn told(&self) -> pack::Told {
        TOLD.map(|measure| self.measures[measure])
    }

    /// Its columns alone.
    pub(super) fn sums(&self) -> Sums {
        std::array::from_fn(|sum| self.measures[sum])
    }
}

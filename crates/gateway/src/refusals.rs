//! Refusals of callers that are not known, counted per cause, address prefix and minute: a flood of wrong keys costs
//! a counter, never a record each.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use tollgate_core::record::{Entry, RefusalCount};
use tollgate_errors::Diagnosis;

use crate::worker::Worker;

/// Different causes and prefixes kept per minute; what is beyond counts under one common prefix.
const KEPT: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<HashMap<(u64, &'static str, Prefix), Counted>>);

#[derive(Debug, Default)]
struct Counted {
    count: u64,
    sample: String,
}

/// `/24` of an IPv4 address, `/48` of an IPv6 one: what one party usually holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Prefix {
    V4([u8; 3]),
    V6([u16; 3]),
    Others,
}

impl Prefix {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(a) => {
                let [a, b, c, _] = a.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(a) => {
                let [a, b, c, ..] = a.segments();
                Self::V6([a, b, c])
            }
        }
    }

    fn text(self) -> String {
        match self {
            Self::V4([a, b, c]) => format!("{a}.{b}.{c}.0/24"),
            Self::V6([a, b, c]) => format!("{a:x}:{b:x}:{c:x}::/48"),
            Self::Others => "others".to_owned(),
        }
    }
}

impl Refusals {
    /// Counts one.
    pub(crate) fn count(&self, diagnosis: &Diagnosis, peer: IpAddr, now: i64) {
        let minute = u64::try_from(now).unwrap_or(0) / 60 * 60;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut place = (minute, diagnosis.cause.slug, Prefix::of(peer));
        if counts.len() >= KEPT && !counts.contains_key(&place) {
            place.2 = Prefix::Others;
        }
        let counted = counts.entry(place).or_default();
        counted.count += 1;
        if counted.sample.is_empty() {
            counted.sample = diagnosis.evidence_text(256);
        }
    }

    /// Writes and forgets the minutes before that of `now`; at the end, all.
    pub(crate) fn write(&self, worker: &Worker, now: i64, all: bool) {
        let minute = u64::try_from(now).unwrap_or(0) / 60 * 60;
        let past: Vec<_> = {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            counts.extract_if(|place, _| all || place.0 < minute).collect()
        };
        for ((minute, cause, prefix), counted) in past {
            let prefix = prefix.text();
            tracing::info!(
                cause,
                prefix,
                count = counted.count,
                sample = counted.sample,
                "unknown callers were refused"
            );
            let entry = RefusalCount { minute, count: counted.count, cause, prefix: &prefix, sample: &counted.sample };
            if let Err(error) = worker.append(&Entry::RefusalCount(entry)) {
                tracing::warn!(%error, "a count of refusals was not written");
            }
        }
    }
}

//! `[journal]`: how large the journal of usage may become, and when it reaches the disk.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_store::journal::{SEGMENTS_PER_WORKER_LEAST, Settings as Journal, Sync};

use super::resolve::Resolver;
use super::scalar::{SizeText, SyncText};
use super::tree::Path;

/// The journal of usage.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawJournal {
    /// Most bytes the journal may take. At 90 % `/readyz` fails, at 100 % new calls are refused with `journal_full`.
    #[schemars(extend("x-min" = "1MiB", "x-max" = "64TiB"))]
    pub bound: SizeText,
    /// Size of one segment file. Each serving thread writes its own, so the bound must hold four of them per thread.
    #[schemars(extend("x-min" = "64KiB", "x-max" = "1GiB"))]
    pub segment: SizeText,
    /// When a written entry reaches the disk: this long after the write at the latest (what a power loss may cost), or
    /// `strict`: before the caller's last byte leaves.
    pub sync: SyncText,
}

impl Default for RawJournal {
    fn default() -> Self {
        let journal = Journal::default();
        let sync = match journal.sync {
            Sync::Strict => SyncText::Strict,
            Sync::Periodic(within) => SyncText::Within(within),
        };
        Self { bound: SizeText(journal.bound_bytes), segment: SizeText(journal.segment_bytes), sync }
    }
}

pub(super) fn resolve(raw: &RawJournal, workers: usize, resolver: &mut Resolver<'_>) -> Journal {
    let least = raw.segment.0.saturating_mul(SEGMENTS_PER_WORKER_LEAST).saturating_mul(workers as u64);
    if raw.bound.0 < least {
        resolver.refuse(&Path::to("journal").key("bound"), |p| {
            p.found(raw.bound.to_string())
                .allowed(format!(
                    "at least {}: {SEGMENTS_PER_WORKER_LEAST} segments of {} for each of {workers} workers",
                    SizeText(least),
                    raw.segment
                ))
                .help("raise journal.bound or lower journal.segment")
        });
    }
    let sync = match raw.sync {
        SyncText::Strict => Sync::Strict,
        SyncText::Within(within) => Sync::Periodic(within),
    };
    Journal { bound_bytes: raw.bound.0, segment_bytes: raw.segment.0, sync }
}

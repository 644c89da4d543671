//! `/readyz?verbose`: the journal, the reading of it, and each deployment's breaker, a line each.
//!
//! `[+]` is in order, `[-]` makes the server unready, `[!]` is amiss and does not. No key is asked for, so it says no
//! more than `/metrics` does: why ingestion fails is in the log, for it may name files.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use tollgate_core::ingest::{IngestState, IngestStatus};

use super::NEARLY_FULL;
use crate::breaker::State;
use crate::worker::Shared;

/// Whether a query asks for it: `verbose` with any value but `0` and `false`.
pub(super) fn is_asked(query: &str) -> bool {
    let asked = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        name == "verbose" && !matches!(value, "0" | "false")
    };
    query.split('&').any(asked)
}

/// The page; `word` is its last line, and the whole of the short one.
pub(super) fn page(shared: &Shared, word: &str) -> String {
    let now = Instant::now();
    let mut page = String::new();
    let mut line = |(sign, text): (char, String)| {
        let _ = writeln!(page, "[{sign}] {text}");
    };
    line(journal(shared.health.fill_permille()));
    if let Some(ingest) = &shared.ingest {
        line(ingestion(&ingest.status()));
    }
    for (deployment, breaker) in &shared.live.load().catalog.breakers {
        let (sign, state) = state(breaker.state(now));
        line((sign, format!("breaker {deployment}: {state}")));
    }
    page.push_str(word);
    page.push('\n');
    page
}

fn journal(fill: Option<u32>) -> (char, String) {
    match fill {
        None => ('-', "journal: cannot be written".to_owned()),
        Some(fill) => {
            let sign = if fill >= NEARLY_FULL { '-' } else { '+' };
            (sign, format!("journal: {}.{} % of its bound is in use", fill / 10, fill % 10))
        }
    }
}

fn ingestion(status: &IngestStatus) -> (char, String) {
    let sign = if status.state == IngestState::Failing { '!' } else { '+' };
    let behind = Duration::from_millis(status.lag_ms);
    (sign, format!("ingestion: {}, {behind:?} and {} bytes behind", status.state.name(), status.lag_bytes))
}

fn state(state: State) -> (char, String) {
    match state {
        State::Closed => ('+', "closed".to_owned()),
        State::Resting => ('+', "closed; the provider asked for patience".to_owned()),
        State::HalfOpen => ('!', "half open; the next request finds out".to_owned()),
        State::Open(wait) => ('!', format!("open for another {wait:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbose_is_asked_for_in_the_query() {
        for (query, asked) in [
            ("verbose", true),
            ("verbose=1", true),
            ("a=b&verbose=true", true),
            ("verbose=0", false),
            ("verbosely", false),
            ("", false),
        ] {
            assert_eq!(is_asked(query), asked, "{query}");
        }
    }

    #[test]
    fn ingestion_that_fails_is_amiss_and_its_reason_is_not_told() {
        let status = IngestStatus {
            state: IngestState::Failing,
            lag_ms: 1500,
            lag_bytes: 4096,
            entries: 7,
            last_error: Some("/var/lib/secret: no".to_owned()),
        };

        assert_eq!(ingestion(&status), ('!', "ingestion: failing, 1.5s and 4096 bytes behind".to_owned()));
    }

    #[test]
    fn a_journal_that_is_nearly_full_makes_unready() {
        assert_eq!(journal(Some(899)), ('+', "journal: 89.9 % of its bound is in use".to_owned()));
        assert_eq!(journal(Some(900)).0, '-');
        assert_eq!(journal(None).0, '-');
    }
}

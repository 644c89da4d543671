//! Adds up what speaks for each cause and decides.
//!
//! In: a case. Out: the verdict. The strongest rule of a cause counts in full, each further one less, since rules of one
//! cause often see the same fact twice.

use std::collections::BTreeMap;

use super::Explanation;
use super::case::Case;
use super::rule::Held;
use super::rules::rules;
use crate::catalog;
use crate::cause::Cause;
use crate::text::clean;

/// What a further rule of the same cause adds, as a share of its weight.
const FURTHER: f64 = 0.25;
/// Below this score nothing is claimed.
const ENOUGH: f64 = 2.0;
/// Bytes of one fact that are shown.
const SEEN_MAX_BYTES: usize = 200;

/// One cause with what speaks for it.
pub(crate) struct Weighed {
    pub(crate) cause: &'static Cause,
    pub(crate) score: f64,
    held: Vec<Held>,
}

/// All causes for which something speaks, best first.
pub(crate) fn ranking(case: &Case) -> Vec<Weighed> {
    let mut by_cause: BTreeMap<&'static str, Vec<Held>> = BTreeMap::new();
    for held in rules().all.iter().filter_map(|rule| rule.test(case)) {
        by_cause.entry(held.cause).or_default().push(held);
    }
    let mut ranking: Vec<Weighed> = by_cause
        .into_iter()
        .filter_map(|(slug, held)| Some(weighed(catalog::by_slug(slug)?, held)))
        .filter(|weighed| weighed.score > 0.0)
        .collect();
    ranking.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranking
}

fn weighed(cause: &'static Cause, mut held: Vec<Held>) -> Weighed {
    held.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let (mut score, mut share) = (0.0, 1.0);
    for (at, rule) in held.iter().filter(|h| h.weight > 0.0).enumerate() {
        score += rule.weight * share;
        share = if at == 0 { FURTHER } else { share / 2.0 };
    }
    score += held.iter().map(|h| h.weight.min(0.0)).sum::<f64>();
    Weighed { cause, score, held }
}

/// The verdict on a case.
pub(crate) fn verdict(case: &Case) -> Explanation {
    let ranking = ranking(case);
    let total: f64 = ranking.iter().map(|w| w.score.exp()).sum::<f64>() + ENOUGH.exp();
    let share = |w: &Weighed| w.score.exp() / total;
    match ranking.split_first() {
        Some((best, rest)) if best.score >= ENOUGH => Explanation {
            cause: best.cause,
            confidence: share(best),
            evidence: best.held.iter().map(|held| clean(&held.seen, SEEN_MAX_BYTES)).collect(),
            alternatives: rest.iter().take(5).map(|w| (w.cause, share(w))).collect(),
        },
        _ => Explanation {
            cause: &catalog::UNKNOWN,
            confidence: 0.6,
            evidence: Vec::new(),
            alternatives: ranking.iter().take(5).map(|w| (w.cause, share(w).min(0.4))).collect(),
        },
    }
}

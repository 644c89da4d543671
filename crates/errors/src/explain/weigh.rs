//! Adds up what speaks for each cause and decides.
//!
//! In: a case. Out: the verdict. The strongest rule of a cause counts in full and its further rules a little, since rules
//! of one cause often see the same fact twice; so the weights alone say which cause is the finer one.
//!
//! How sure a verdict is follows from three figures: the score of the best cause, its distance to the next one, and how
//! many signs there are that the text is about a language-model API at all. A logistic function of them was fitted on
//! labelled cases (`--fit` of `examples/judge.rs`, each source left out in turn), so that of the verdicts with confidence
//! 0.8 about four in five are right. Where it comes out below [`CLAIM`], the answer is *unknown*.

use std::collections::BTreeMap;

use super::Explanation;
use super::case::Case;
use super::public::public;
use super::rule::Held;
use super::rules::rules;
use crate::catalog;
use crate::cause::Cause;
use crate::text::clean;

/// What further rules of the same cause add, as a share of their weight, and at most.
const FURTHER: (f64, f64) = (0.1, 0.6);
/// A cause is claimed from this confidence on.
const CLAIM: f64 = 0.42;
/// What speaks for a cause counts so much less where nothing says that something failed.
const NO_FAILURE: f64 = 0.6;
/// Scores and distances beyond these say nothing more.
const SCORE_MAX: f64 = 7.0;
const MARGIN_MAX: f64 = 3.0;
/// Bytes of one fact that are shown.
const SEEN_MAX_BYTES: usize = 200;
/// A server that says what was wrong with a request of its own.
const DIAGNOSED: f64 = 0.97;

/// Constant and factors of [`Figures`] for the confidence in a cause; fitted.
const SURE: [f64; 5] = [-2.4, 0.6, 0.6, -1.5, 0.8];
/// The same for the confidence in *unknown*, over the confidence that the best cause would have had; fitted.
const UNSURE: [f64; 2] = [1.0, -4.0];

/// One cause with what speaks for it.
pub(crate) struct Weighed {
    pub(crate) cause: &'static Cause,
    pub(crate) score: f64,
    held: Vec<Held>,
}

/// What the confidence is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Score of the best cause.
    pub score: f64,
    /// Its distance to the next that has another name in answers.
    pub margin: f64,
    /// 1 where nothing says that this is about a language-model API.
    pub foreign: f64,
    /// 1 where two things and more say so.
    pub certain: f64,
}

impl Figures {
    fn of(case: &Case, ranking: &[Weighed]) -> Self {
        let score = ranking.first().map_or(0.0, |best| best.score);
        let other = |w: &&Weighed| public(w.cause.slug) != public(ranking[0].cause.slug);
        let next = ranking.iter().find(other).map_or(0.0, |next| next.score);
        Self {
            score: score.min(SCORE_MAX),
            margin: (score - next).min(MARGIN_MAX),
            foreign: f64::from(u8::from(case.api_signs == 0)),
            certain: f64::from(u8::from(case.api_signs > 1)),
        }
    }

    /// How sure the best cause is.
    fn confidence(self) -> f64 {
        let [constant, score, margin, foreign, certain] = SURE;
        logistic(constant + score * self.score + margin * self.margin + foreign * self.foreign + certain * self.certain)
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// All causes for which something speaks, best first.
pub(crate) fn ranking(case: &Case) -> Vec<Weighed> {
    let mut by_cause: BTreeMap<&'static str, Vec<Held>> = BTreeMap::new();
    for held in rules().all.iter().filter_map(|rule| rule.test(case)) {
        by_cause.entry(held.cause).or_default().push(held);
    }
    let share = if case.is_failure { 1.0 } else { NO_FAILURE };
    let mut ranking: Vec<Weighed> = by_cause
        .into_iter()
        .filter_map(|(slug, held)| Some(weighed(catalog::by_slug(slug)?, held, share)))
        .filter(|weighed| weighed.score > 0.0)
        .collect();
    ranking.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranking
}

fn weighed(cause: &'static Cause, mut held: Vec<Held>, share: f64) -> Weighed {
    held.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let (against, speaking): (Vec<&Held>, Vec<&Held>) = held.iter().partition(|h| h.weight < 0.0);
    let best = speaking.first().map_or(0.0, |h| h.weight);
    let (factor, most) = FURTHER;
    let further: f64 = speaking.iter().skip(1).map(|h| h.weight * factor).sum();
    let against: f64 = against.iter().map(|h| h.weight).sum();
    Weighed { cause, score: (best + further.min(most)) * share + against, held }
}

/// The figures behind the verdict on a case, for the fitting of its confidence: the best cause and its figures.
pub(crate) fn figures(case: &Case) -> (&'static str, Figures) {
    let ranking = ranking(case);
    let best = ranking.first().map_or("unknown", |best| public(best.cause.slug));
    (best, Figures::of(case, &ranking))
}

/// The verdict on a case.
pub(crate) fn verdict(case: &Case) -> Explanation {
    if let Some(told) = told(case) {
        return told;
    }
    let ranking = ranking(case);
    let confidence = Figures::of(case, &ranking).confidence();
    match ranking.split_first() {
        Some((best, rest)) if confidence >= CLAIM => Explanation {
            cause: best.cause,
            confidence,
            evidence: evidence(best),
            alternatives: others(rest, public(best.cause.slug), best.score, 1.0 - confidence),
        },
        _ => Explanation {
            cause: &catalog::UNKNOWN,
            confidence: logistic(UNSURE[0] + UNSURE[1] * confidence),
            evidence: Vec::new(),
            alternatives: others(&ranking, "unknown", ranking.first().map_or(0.0, |b| b.score), confidence),
        },
    }
}

/// What a Tollgate server said itself of the error that is pasted; nothing where it could not tell either.
fn told(case: &Case) -> Option<Explanation> {
    let cause = catalog::by_slug(case.diagnosed.as_deref()?)?;
    (public(cause.slug) != "unknown").then(|| Explanation {
        cause,
        confidence: DIAGNOSED,
        evidence: vec![format!("the server that answered names the cause itself: `{}`", cause.slug)],
        alternatives: Vec::new(),
    })
}

fn evidence(best: &Weighed) -> Vec<String> {
    let mut evidence: Vec<String> = Vec::new();
    for held in best.held.iter().filter(|held| held.weight > 0.0 && !held.seen.is_empty()) {
        let seen = clean(&held.seen, SEEN_MAX_BYTES);
        if !evidence.contains(&seen) {
            evidence.push(seen);
        }
    }
    evidence
}

/// The next causes, each name once, which share what confidence is left by how near they come to the best.
fn others(rest: &[Weighed], but: &str, best: f64, left: f64) -> Vec<(&'static Cause, f64)> {
    let mut named = vec![but];
    let mut kept: Vec<(&'static Cause, f64)> = Vec::new();
    for weighed in rest {
        let name = public(weighed.cause.slug);
        if !named.contains(&name) && kept.len() < 5 {
            named.push(name);
            kept.push((weighed.cause, (weighed.score - best).exp()));
        }
    }
    let total: f64 = kept.iter().map(|(_, share)| share).sum::<f64>() + 0.5;
    kept.into_iter().map(|(cause, share)| (cause, left * share / total)).collect()
}

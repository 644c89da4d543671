//! Tables of texts and the causes that must be found in them.

use super::written;
use crate::catalog;
use crate::explain::public::TAXONOMY;
use crate::explain::{Context, explain};

/// A cause, and texts in which it must be found.
pub(super) type Told = (&'static str, &'static [&'static str]);

/// Fails with all texts in which another cause was found.
pub(super) fn assert_told(table: &[Told]) {
    let wrong: Vec<String> = table
        .iter()
        .flat_map(|(cause, texts)| texts.iter().map(move |text| (*cause, *text)))
        .filter_map(|(cause, text)| {
            let found = explain(text, &Context::default());
            let others: Vec<_> = found.alternatives.iter().map(|(other, _)| other.slug).collect();
            (found.cause.slug != cause)
                .then(|| format!("{text}\n    wanted {cause}, found {} {others:?}", found.cause.slug))
        })
        .collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Fails with all texts of which something is claimed.
pub(super) fn assert_unknown(texts: &[&str]) {
    let claimed: Vec<String> = texts
        .iter()
        .filter_map(|text| {
            let found = explain(text, &Context::default());
            (found.cause.slug != "unknown" && found.confidence >= 0.5)
                .then(|| format!("{text}\n    found {} {:.2} {:?}", found.cause.slug, found.confidence, found.evidence))
        })
        .collect();
    assert!(claimed.is_empty(), "{} are claimed:\n{}", claimed.len(), claimed.join("\n"));
}

#[test]
fn every_rule_speaks_for_a_cause_of_the_catalogue() {
    let mut unknown: Vec<&str> =
        written().flatten().map(|rule| rule.cause).filter(|slug| catalog::by_slug(slug).is_none()).collect();
    unknown.dedup();

    assert!(unknown.is_empty(), "no such cause: {unknown:?}");
}

#[test]
fn every_cause_that_people_meet_has_a_rule() {
    let ruled = |slug: &str| written().flatten().any(|rule| rule.cause == slug);
    let without: Vec<&str> = TAXONOMY.into_iter().filter(|slug| *slug != "unknown" && !ruled(slug)).collect();

    assert!(without.is_empty(), "no rule for {without:?}");
}

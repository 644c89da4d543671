//! What speaks for a cause: one rule, and how it is tested against a case.
//!
//! In: rules as data. Out: for a case, those that hold, with the weight they have there and the fact to show for it.
//! All conditions of a rule must hold. Words are written as groups: `model|deployment & not found|does not exist & !tool`
//! holds where one sentence has a term of each group and none of the groups with `!`.

use super::case::Case;
use super::terms::{TermSet, Terms};

/// What is left of the weight of a rule for words that are said elsewhere too, where nothing names such an API.
const FOREIGN: f64 = 0.55;

/// What speaks for a cause, or against it where its weight is negative.
///
/// Weights: 1 a hint, 2 suggests it, 3 likely, 4 strong, 5 names it, 6 names it more exactly than a rule of weight 5 for
/// a more general cause that holds beside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) cause: &'static str,
    pub(crate) weight: f64,
    says: &'static [&'static str],
    tells: &'static str,
    codes: &'static [&'static str],
    params: &'static [&'static str],
    exceptions: &'static [&'static str],
    os_errors: &'static [&'static str],
    statuses: &'static [u16],
    providers: &'static [&'static str],
    when: Option<fn(&Case) -> bool>,
    needs_api: bool,
    holds_elsewhere: bool,
}

impl Rule {
    /// A rule for the cause of this slug.
    pub(crate) const fn new(cause: &'static str, weight: f64) -> Self {
        Self {
            cause,
            weight,
            says: &[],
            tells: "",
            codes: &[],
            params: &[],
            exceptions: &[],
            os_errors: &[],
            statuses: &[],
            providers: &[],
            when: None,
            needs_api: false,
            holds_elsewhere: true,
        }
    }

    /// One sentence meets all groups of one of these patterns.
    pub(crate) const fn says(self, patterns: &'static [&'static str]) -> Self {
        Self { says: patterns, ..self }
    }

    /// The whole text meets all groups of this pattern.
    pub(crate) const fn tells(self, pattern: &'static str) -> Self {
        Self { tells: pattern, ..self }
    }

    /// One of these codes, types or reasons was given; in lower case. A code that ends with `*` stands for all that
    /// begin so.
    pub(crate) const fn codes(self, codes: &'static [&'static str]) -> Self {
        Self { codes, ..self }
    }

    /// One of the parameters named is this, or begins so where it ends with `*`, or ends so where it begins with `*`.
    pub(crate) const fn params(self, params: &'static [&'static str]) -> Self {
        Self { params, ..self }
    }

    /// An exception of one of these classes; in lower case, without module.
    pub(crate) const fn exceptions(self, exceptions: &'static [&'static str]) -> Self {
        Self { exceptions, ..self }
    }

    /// One of these errors of the operating system or of TLS.
    pub(crate) const fn os_errors(self, os_errors: &'static [&'static str]) -> Self {
        Self { os_errors, ..self }
    }

    /// One of these statuses was given.
    pub(crate) const fn statuses(self, statuses: &'static [u16]) -> Self {
        Self { statuses, ..self }
    }

    /// The text is about one of these providers.
    pub(crate) const fn providers(self, providers: &'static [&'static str]) -> Self {
        Self { providers, ..self }
    }

    /// And this holds.
    pub(crate) const fn when(self, test: fn(&Case) -> bool) -> Self {
        Self { when: Some(test), ..self }
    }

    /// Counts in full only where some sign of a language-model API is in the text: its words are said of other things too.
    pub(crate) const fn of_an_api(self) -> Self {
        Self { needs_api: true, ..self }
    }

    /// Counts only there.
    pub(crate) const fn only_of_an_api(self) -> Self {
        Self { holds_elsewhere: false, ..self }
    }

    fn patterns(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.says.iter().copied().chain((!self.tells.is_empty()).then_some(self.tells))
    }

    /// All terms that the rule asks for, as written.
    pub(crate) fn terms(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.patterns().flat_map(|pattern| pattern.split(['&', '|']).map(bare).filter(|t| !t.is_empty()))
    }
}

fn bare(term: &'static str) -> &'static str {
    term.trim().trim_start_matches('!').trim()
}

/// One group of a pattern: one of these terms must, or none of them may, stand there.
#[derive(Debug, Clone)]
struct Group {
    terms: Vec<u32>,
    wanted: bool,
}

impl Group {
    fn read(pattern: &'static str, terms: &Terms) -> Vec<Self> {
        let group = |text: &'static str| Self {
            wanted: !text.trim_start().starts_with('!'),
            terms: text.split('|').map(bare).filter(|t| !t.is_empty()).map(|t| terms.id(t)).collect(),
        };
        pattern.split('&').map(group).collect()
    }

    /// Whether all that is wanted stands somewhere in the text: else no sentence of it can meet the groups.
    fn wanted_in(groups: &[Self], set: &TermSet) -> bool {
        groups.iter().filter(|group| group.wanted).all(|group| group.terms.iter().any(|term| set.has(*term)))
    }

    fn all_in(groups: &[Self], set: &TermSet) -> bool {
        groups.iter().all(|group| group.terms.iter().any(|term| set.has(*term)) == group.wanted)
    }
}

/// A rule with its words looked up.
pub(crate) struct Compiled {
    pub(crate) rule: Rule,
    says: Vec<Vec<Group>>,
    tells: Vec<Group>,
}

/// A rule that holds.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) cause: &'static str,
    pub(crate) weight: f64,
    /// What was seen, not masked yet.
    pub(crate) seen: String,
    /// A code was among it, or the name of an error: not people's words alone.
    pub(crate) coded: bool,
}

impl Compiled {
    pub(crate) fn new(rule: Rule, terms: &Terms) -> Self {
        Self {
            rule,
            says: rule.says.iter().map(|pattern| Group::read(pattern, terms)).collect(),
            tells: if rule.tells.is_empty() { Vec::new() } else { Group::read(rule.tells, terms) },
        }
    }

    /// What the rule sees in a case; `None` where it does not hold.
    pub(crate) fn test(&self, case: &Case) -> Option<Held> {
        let rule = &self.rule;
        if !rule.holds_elsewhere && case.api_signs == 0 {
            return None;
        }
        if !self.tells.is_empty() && !Group::all_in(&self.tells, &case.terms) {
            return None;
        }
        let mut seen = Vec::new();
        let mut share = if rule.needs_api && case.api_signs == 0 { FOREIGN } else { 1.0 };
        if !self.says.is_empty() {
            // Most rules end here.
            if !self.says.iter().any(|groups| Group::wanted_in(groups, &case.terms)) {
                return None;
            }
            let meets = |s: &&super::case::Sentence| self.says.iter().any(|groups| Group::all_in(groups, &s.terms));
            // Sentences stand in the order of their standing.
            let sentence = case.sentences.iter().find(meets)?;
            share *= sentence.standing.share();
            seen.push(format!("it says “{}”", sentence.text.trim()));
        }
        named("code", rule.codes, &case.codes, &mut seen)?;
        named("param", rule.params, &case.params, &mut seen)?;
        named("exception", rule.exceptions, &case.exceptions, &mut seen)?;
        named("error", rule.os_errors, &case.os_errors, &mut seen)?;
        named("provider", rule.providers, &case.providers, &mut seen)?;
        if !rule.statuses.is_empty() {
            let status = case.statuses.iter().find(|status| rule.statuses.contains(status))?;
            seen.push(format!("status {status}"));
        }
        if let Some(test) = rule.when
            && !test(case)
        {
            return None;
        }
        let coded = !(rule.codes.is_empty() && rule.os_errors.is_empty() && rule.exceptions.is_empty());
        Some(Held { cause: rule.cause, weight: rule.weight * share, seen: seen.join(", "), coded })
    }
}

/// Notes which of the words wanted is among those found; `None` where some are wanted and none is found.
fn named(what: &str, wanted: &[&str], found: &[String], seen: &mut Vec<String>) -> Option<()> {
    if wanted.is_empty() {
        return Some(());
    }
    let hit = found.iter().find(|word| wanted.iter().any(|pattern| is_like(word, pattern)))?;
    seen.push(format!("{what} `{hit}`"));
    Some(())
}

fn is_like(word: &str, pattern: &str) -> bool {
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) => word.starts_with(start),
        (None, Some(end)) => word.ends_with(end),
        (None, None) => word == pattern,
    }
}

//! What speaks for a cause: one rule, and how it is tested against a case.
//!
//! In: rules as data. Out: for a case, those that hold, with the weight they have there and the fact to show for it.
//! All conditions of a rule must hold. Words are written as groups: `model|deployment & not found|does not exist & !tool`
//! holds where one sentence has a term of each group and none of the groups with `!`.

use super::case::{Case, Sentence};
use super::terms::{GroupSet, Numbers};

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
}

/// What one group of a pattern asks: that one of its terms stands there, or that none of them does.
#[derive(Debug, Clone, Copy)]
struct Group {
    number: u16,
    wanted: bool,
}

impl Group {
    fn is_met(self, set: &GroupSet) -> bool {
        set.has(self.number) == self.wanted
    }
}

/// The groups of a pattern.
type Pattern = Box<[Group]>;

fn pattern(text: &'static str, numbers: &mut Numbers) -> Pattern {
    let group = |text: &'static str| {
        let text = text.trim_matches(' ');
        let terms = text.trim_start_matches('!');
        Group { number: numbers.of(terms.trim_start_matches(' ')), wanted: terms.len() == text.len() }
    };
    text.split('&').map(group).collect()
}

/// Whether all that is wanted stands somewhere in the text: else no sentence of it can meet the groups.
fn is_within(pattern: &Pattern, set: &GroupSet) -> bool {
    pattern.iter().all(|group| !group.wanted || set.has(group.number))
}

fn is_met(pattern: &Pattern, set: &GroupSet) -> bool {
    pattern.iter().all(|group| group.is_met(set))
}

/// A rule with its groups numbered.
pub(crate) struct Compiled {
    rule: &'static Rule,
    says: Box<[Pattern]>,
    tells: Pattern,
    /// Beginnings of the names that it asks for; of kinds it does not ask for, all.
    wanted: Named,
}

/// Beginnings of names, as bits, by their kind: codes, parameters, exceptions, errors, providers.
///
/// Most rules that ask for names ask for others than those of the case, and hundreds are asked: that a beginning is not
/// there is told without a comparison of texts.
#[derive(Clone, Copy)]
pub(crate) struct Named([u64; 5]);

impl Named {
    /// Of the names in a case.
    pub(crate) fn of(case: &Case) -> Self {
        let kinds = [&case.codes, &case.params, &case.exceptions, &case.os_errors, &case.providers];
        Self(kinds.map(|names| names.iter().fold(0, |bits, name| bits | beginning(name))))
    }

    fn wanted(rule: &Rule) -> Self {
        let kinds = [rule.codes, rule.params, rule.exceptions, rule.os_errors, rule.providers];
        Self(kinds.map(|patterns| match patterns.is_empty() {
            true => u64::MAX,
            false => patterns.iter().fold(0, |bits, pattern| bits | beginnings(pattern)),
        }))
    }

    /// Whether a name of each kind that is wanted may be there.
    fn may_have(&self, wanted: &Self) -> bool {
        self.0.iter().zip(&wanted.0).all(|(there, wanted)| *wanted == u64::MAX || there & wanted != 0)
    }
}

/// The bit of a name, by its first two bytes.
fn beginning(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().map_or(0, usize::from);
    1 << ((byte(0) * 7 + byte(1)) % 64)
}

/// The bits of the names that a pattern is like.
fn beginnings(pattern: &str) -> u64 {
    let start = pattern.strip_suffix('*').unwrap_or(pattern);
    let told = !start.starts_with('*') && (start.len() == pattern.len() || start.len() > 1);
    if told { beginning(start) } else { u64::MAX }
}

/// A rule that holds.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) cause: &'static str,
    pub(crate) weight: f64,
    /// A code was among it, or the name of an error: not people's words alone.
    pub(crate) coded: bool,
    compiled: &'static Compiled,
}

impl Held {
    /// What the rule sees in the case, not masked yet.
    pub(crate) fn seen(&self, case: &Case) -> String {
        let (rule, mut seen) = (self.compiled.rule, Vec::new());
        if !rule.says.is_empty() {
            seen.extend(self.compiled.sentence(case).map(|sentence| format!("it says “{}”", sentence.text.trim())));
        }
        let names = [
            ("code", rule.codes, &case.codes),
            ("param", rule.params, &case.params),
            ("exception", rule.exceptions, &case.exceptions),
            ("error", rule.os_errors, &case.os_errors),
            ("provider", rule.providers, &case.providers),
        ];
        seen.extend(
            names
                .into_iter()
                .filter_map(|(what, wanted, found)| named(wanted, found).map(|word| format!("{what} `{word}`"))),
        );
        seen.extend(status(rule, case).map(|status| format!("status {status}")));
        seen.join(", ")
    }
}

impl Compiled {
    pub(crate) fn new(rule: &'static Rule, numbers: &mut Numbers) -> Self {
        Self {
            rule,
            says: rule.says.iter().map(|says| pattern(says, numbers)).collect(),
            tells: if rule.tells.is_empty() { Pattern::default() } else { pattern(rule.tells, numbers) },
            wanted: Named::wanted(rule),
        }
    }

    /// Groups of which one must stand in the text where the rule holds; `None` where it needs none of them.
    pub(crate) fn needs(&self) -> Option<Vec<u16>> {
        let one = |pattern: &Pattern| pattern.iter().find(|group| group.wanted).map(|group| group.number);
        match self.says.is_empty() {
            false => self.says.iter().map(one).collect(),
            true => one(&self.tells).map(|group| vec![group]),
        }
    }

    /// The rule as it speaks in a case; `None` where it does not hold.
    pub(crate) fn test(&'static self, case: &Case, named_there: &Named) -> Option<Held> {
        let rule = self.rule;
        if !named_there.may_have(&self.wanted) {
            return None;
        }
        // Most rules end with their words.
        if !is_met(&self.tells, &case.groups) || !rule.holds_elsewhere && case.api_signs == 0 {
            return None;
        }
        let mut share = if rule.needs_api && case.api_signs == 0 { FOREIGN } else { 1.0 };
        if !self.says.is_empty() {
            share *= self.sentence(case)?.standing.share();
        }
        let is_named = |wanted: &[&str], found: &[String]| wanted.is_empty() || named(wanted, found).is_some();
        let holds = (rule.statuses.is_empty() || status(rule, case).is_some())
            && is_named(rule.codes, &case.codes)
            && is_named(rule.params, &case.params)
            && is_named(rule.exceptions, &case.exceptions)
            && is_named(rule.os_errors, &case.os_errors)
            && is_named(rule.providers, &case.providers)
            && rule.when.is_none_or(|test| test(case));
        let coded = !(rule.codes.is_empty() && rule.os_errors.is_empty() && rule.exceptions.is_empty());
        holds.then_some(Held { cause: rule.cause, weight: rule.weight * share, coded, compiled: self })
    }

    /// The first sentence that meets one of the patterns; sentences stand in the order of their standing.
    fn sentence<'c>(&self, case: &'c Case) -> Option<&'c Sentence> {
        if !self.says.iter().any(|pattern| is_within(pattern, &case.groups)) {
            return None;
        }
        case.sentences.iter().find(|sentence| self.says.iter().any(|pattern| is_met(pattern, &sentence.groups)))
    }
}

/// Which of the words wanted is among those found.
fn named<'f>(wanted: &[&str], found: &'f [String]) -> Option<&'f String> {
    found.iter().find(|word| wanted.iter().any(|pattern| is_like(word, pattern)))
}

fn status<'c>(rule: &Rule, case: &'c Case) -> Option<&'c u16> {
    case.statuses.iter().find(|status| rule.statuses.contains(status))
}

fn is_like(word: &str, pattern: &str) -> bool {
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) => word.starts_with(start),
        (None, Some(end)) => word.ends_with(end),
        (None, None) => word == pattern,
    }
}

//! All rules, in one file per family of causes.
//!
//! To teach a mechanism, add a rule to the file of its cause's family. Prefer what machines say to what people read:
//! codes, classes and numbers before words; of words, groups that meet before a sentence.

#[macro_use]
mod groups;

mod access;
mod address;
mod alone;
mod answers;
mod body;
mod broad;
mod callers;
mod clouds;
mod conversation;
mod credentials;
pub(super) mod facts;
mod forms;
mod general;
mod identity;
mod limits;
mod network;
pub(super) mod own;
mod phrases;
mod refusals;
pub(super) mod seen;
mod server;
#[cfg(test)]
mod tests;
mod vendors;
mod wordings;

use std::sync::LazyLock;

use super::bits::Bits;
use super::case::Case;
use super::rule::{Compiled, Held, Named, Rule};
use super::terms::{Numbers, Terms};

/// The rules ready to be tested, and the terms they ask for.
pub(crate) struct Rules {
    all: Vec<Compiled>,
    pub(crate) terms: Terms,
    /// The rules that need no words.
    wordless: Bits,
    /// Where the rules begin in `needing` that need a group of words; the next group's are behind.
    first: Box<[u16]>,
    needing: Box<[u16]>,
}

impl Rules {
    fn new(all: Vec<Compiled>, terms: Terms) -> Self {
        let mut wordless = Bits::below(all.len());
        let mut needing = Vec::new();
        for (number, rule) in (0u16..).zip(&all) {
            match rule.needs() {
                Some(groups) => needing.extend(groups.into_iter().map(|group| (group, number))),
                None => wordless.insert(number),
            }
        }
        needing.sort_unstable();
        let groups = 0..=needing.last().map_or(0, |(group, _)| group + 1);
        let first = |group| needing.partition_point(|(needed, _)| *needed < group);
        let first = groups.map(|group| u16::try_from(first(group)).expect("there are some thousand rules")).collect();
        Self { all, terms, wordless, first, needing: needing.into_iter().map(|(_, rule)| rule).collect() }
    }

    /// The rules that hold in a case, in their order. Most need words that most texts have not: those are not even tested.
    pub(crate) fn holding<'c>(&'static self, case: &'c Case) -> impl Iterator<Item = Held> + use<'c> {
        let mut worth = self.wordless.clone();
        for group in case.groups.each().map(usize::from).take_while(|group| group + 1 < self.first.len()) {
            let (from, to) = (usize::from(self.first[group]), usize::from(self.first[group + 1]));
            self.needing[from..to].iter().for_each(|rule| worth.insert(*rule));
        }
        let named = Named::of(case);
        let worth: Vec<u16> = worth.each().collect();
        worth.into_iter().filter_map(move |number| self.all[usize::from(number)].test(case, &named))
    }
}

/// All rules; put together on first use.
pub(crate) fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(|| {
        let mut numbers = Numbers::default();
        let all = written().flatten().map(|rule| Compiled::new(rule, &mut numbers)).collect();
        Rules::new(all, numbers.terms())
    });
    &RULES
}

fn written() -> impl Iterator<Item = &'static [Rule]> {
    const CALLERS: &[&[Rule]] = &[
        credentials::RULES,
        identity::RULES,
        access::RULES,
        clouds::RULES,
        address::RULES,
        answers::RULES,
        vendors::RULES,
        general::RULES,
        callers::RULES,
        phrases::RULES,
        refusals::RULES,
        alone::RULES,
        forms::RULES,
        wordings::RULES,
    ];
    [CALLERS, limits::RULES, body::RULES, conversation::RULES, network::RULES, server::RULES, broad::RULES]
        .into_iter()
        .flatten()
        .copied()
}

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

use super::rule::{Compiled, Rule};
use super::terms::{Numbers, Terms};

/// The rules ready to be tested, and the terms they ask for.
pub(crate) struct Rules {
    pub(crate) all: Vec<Compiled>,
    pub(crate) terms: Terms,
}

/// All rules; put together on first use.
pub(crate) fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(|| {
        let mut numbers = Numbers::default();
        let all = written().flatten().map(|rule| Compiled::new(rule, &mut numbers)).collect();
        Rules { all, terms: numbers.terms() }
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

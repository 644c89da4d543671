//! Broad rules: an object and what is said of it, in whatever words and language.
//!
//! They stand beneath all others: their weights are low enough that any rule which knows the wording wins, and high
//! enough that a text which nothing else knows is explained where a sign of such an API stands in it.

mod connections;
mod contents;
mod limits;
mod objects;
mod requests;
#[cfg(test)]
mod tests;

use crate::explain::rule::Rule;

pub(super) const RULES: &[&[Rule]] =
    &[limits::RULES, requests::RULES, contents::RULES, connections::RULES, objects::RULES];

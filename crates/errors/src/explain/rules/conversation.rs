//! Rules for causes in messages, roles, tools, formats and the content itself.

mod formats;
mod items;
mod messages;
mod policy;
mod tools;

#[cfg(test)]
mod tests;

use crate::explain::rule::Rule;

pub(super) const RULES: &[&[Rule]] = &[messages::RULES, tools::RULES, formats::RULES, policy::RULES, items::RULES];

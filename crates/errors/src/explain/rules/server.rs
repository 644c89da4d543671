//! Rules for causes in faults of a server, the provider's or a local one, and clients that do not fit.

mod clients;
mod faults;

#[cfg(test)]
mod tests;

use crate::explain::rule::Rule;

pub(super) const RULES: &[&[Rule]] = &[faults::RULES, clients::RULES];

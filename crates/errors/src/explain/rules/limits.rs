//! Rules for causes in rate limits, quota, money and a provider that has no room.

mod money;
mod overload;
mod rates;

#[cfg(test)]
mod tests;

use crate::explain::rule::Rule;

pub(super) const RULES: &[&[Rule]] = &[money::RULES, rates::RULES, overload::RULES];

//! Rules for causes in rate limits, quota, money and a provider that has no room.

mod money;
mod overload;
mod rates;

#[cfg(test)]
mod tests;

use super::facts;
use crate::explain::rule::Rule;

pub(super) const RULES: &[&[Rule]] = &[money::RULES, rates::RULES, overload::RULES, OF_OTHERS];

/// Much other software counts requests too.
const OF_OTHERS: &[Rule] = &[
    of_others("rate_limit_requests"),
    of_others("rate_limit_daily"),
    of_others("concurrency_limit"),
    of_others("quota_exhausted_ambiguous"),
    of_others("insufficient_quota"),
    of_others("credits_exhausted"),
    of_others("provider_overloaded"),
];

const fn of_others(cause: &'static str) -> Rule {
    Rule::new(cause, -3.5).when(facts::is_other_software)
}

//! Rules for causes in rate limits, quota, money.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[Rule::new("request_exceeds_tpm", 6.0).when(|case| {
    matches!((case.numbers.requested, case.numbers.limit), (Some(requested), Some(limit)) if requested > limit)
        && case.code_is(&["rate_limit_exceeded", "tokens"])
})];

//! Rules for causes in faults and overload of a server, and clients that do not fit.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] =
    &[Rule::new("provider_overloaded", 4.0).tells("overloaded").providers(&["anthropic"])];

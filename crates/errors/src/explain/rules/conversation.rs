//! Rules for causes in messages, roles, tools, formats and the content itself.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[Rule::new("tool_results_missing", 5.0)
    .says(&["tool_calls|tool_use & followed by|without|not have & tool|response"])];

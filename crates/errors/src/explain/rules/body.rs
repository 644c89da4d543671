//! Rules for causes in the body, its parameters, files and images.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[Rule::new("temperature_unsupported", 6.0)
    .codes(&["unsupported_parameter", "unsupported_value"])
    .params(&["temperature"])];

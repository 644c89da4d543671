//! Rules for causes in whether the caller may use what was asked for: accounts, models, regions.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("model_not_found", 5.0).codes(&["model_not_found"]),
    Rule::new("model_not_found", 4.0).says(&["model|deployment|engine & not found|does not exist|no such|unknown"]),
    Rule::new("project_lacks_model", 6.0).says(&["project & not have access & model"]),
];

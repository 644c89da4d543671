//! Rules for causes in the URL, path and method.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] =
    &[Rule::new("endpoint_not_found", 2.5).says(&["not found & !model & !file"]).statuses(&[404]).of_an_api()];

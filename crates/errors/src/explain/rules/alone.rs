//! Sentences that only APIs of models say: recognised alone, without any other sign of such an API beside them.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("billing_not_active", 5.2).says(&["billing hard limit & reached|exceeded|hit"]).when(is_alone),
    Rule::new("role_unsupported", 5.2).says(&[
        "invalid value|unknown variant|not one of|expected one of|allowed values|supported values|valid values & system. & user. & \
         assistant. & !alternate|permission",
    ]),
    Rule::new("model_not_pulled", 5.2).says(&["no models loaded|no model loaded|no model is loaded & load a model|lms load"]).when(is_alone),
    Rule::new("key_missing", 5.4).says(&["provide your api key|provide an api key & authorization header & bearer auth|bearer your_key"]).when(is_alone),
    Rule::new("model_not_found", 5.0).says(&["the model & does not exist or you do not have access"]).when(is_alone),
    Rule::new("model_loading", 5.0).codes(&["unavailable_error"]).says(&["loading model"]).when(is_alone),
    Rule::new("provider_overloaded", 5.2).says(&[
        "engine|that model|the model & is currently overloaded|overloaded with other",
        "server is & overloaded or not ready",
    ]).when(is_alone),
    Rule::new("org_verification_required", 5.4)
        .says(&["organization|organisation & must be verified|needs to be verified & stream|use this model|use the model|this model"]).when(is_alone),
];

/// Nothing else says that this is about such an API: else the finer rules decide.
fn is_alone(case: &Case) -> bool {
    case.api_signs == 0
}

#[cfg(test)]
mod tests;

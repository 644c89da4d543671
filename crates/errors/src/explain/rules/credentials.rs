//! Rules for causes in the key and the header that carries it.

use crate::explain::rule::Rule;

use crate::presented::Shape;

pub(super) const RULES: &[Rule] = &[
    Rule::new("key_invalid", 4.0).codes(&["invalid_api_key", "api_key_invalid"]),
    Rule::new("key_invalid", 3.0)
        .says(&["incorrect|invalid|wrong|not valid & api key|api_key|apikey|token."])
        .of_an_api(),
    Rule::new("key_invalid", 2.0).exceptions(&["authenticationerror"]).statuses(&[401]),
    Rule::new("key_placeholder", 6.0)
        .when(|case| case.keys.iter().any(|k| matches!(k.shape, Some(Shape::Placeholder(_))))),
];

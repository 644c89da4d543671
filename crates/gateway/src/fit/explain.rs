//! What is known of a model, as evidence beside a provider's own refusal.
//!
//! In: the diagnosis of a refusal, and the request. Out: the same with the facts that explain it: which limit the model
//! has and what was sent, and which other models could take the request.

use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_errors::catalog as causes;
use tollgate_errors::{Cause, Diagnosis};
use tollgate_models::{Capabilities, Dimensions, Support};

use super::endpoint;
use super::judge::refusals;
use super::known::Known;
use crate::catalog::{Catalog, Deployment};

/// A longer body is not read for an explanation.
const BODY_MAX: usize = 32 << 10;
/// Models that are named as able.
const ABLE_MAX: usize = 3;

/// Refusals that say little themselves.
const GENERAL: [&Cause; 2] = [&causes::PROVIDER_REFUSED, &causes::PARAM_UNSUPPORTED];

/// Causes that are about what a model can do.
const ABOUT_MODELS: [&Cause; 10] = [
    &causes::DIMENSIONS_UNSUPPORTED,
    &causes::MAX_COMPLETION_TOKENS_REQUIRED,
    &causes::TEMPERATURE_UNSUPPORTED,
    &causes::PARAM_UNSUPPORTED,
    &causes::PARAM_UNKNOWN,
    &causes::MODEL_NO_TOOLS,
    &causes::MODEL_NO_VISION,
    &causes::RESPONSE_FORMAT_UNSUPPORTED,
    &causes::CONTEXT_LENGTH_EXCEEDED,
    &causes::MAX_TOKENS_TOO_LARGE,
];

/// Causes that are about the endpoint at which a model was asked. OpenAI says "not a chat model" of any that is not, and
/// means another mistake each time.
const ABOUT_ENDPOINTS: [&Cause; 4] = [
    &causes::COMPLETION_MODEL_ON_CHAT,
    &causes::CHAT_MODEL_ON_COMPLETIONS,
    &causes::MODEL_WRONG_ENDPOINT,
    &causes::MODEL_RESPONSES_ONLY,
];

/// `d` with what is known of the deployment's model.
pub(crate) fn explain(d: Diagnosis, deployment: &Deployment, operation: Operation, body: &[u8]) -> Diagnosis {
    let known = deployment.fit.known.as_ref();
    match known.and_then(|known| endpoint::refusal(known, operation)) {
        Some(own) if ABOUT_ENDPOINTS.contains(&d.cause) => {
            let mut d = joined(d, &own);
            d.cause = own.cause;
            return d;
        }
        Some(own) if d.cause == &causes::PROVIDER_REFUSED => return joined(d, &own),
        _ => {}
    }
    let is_about = ABOUT_MODELS.contains(&d.cause) || d.cause == &causes::PROVIDER_REFUSED;
    let Some(known) = deployment.fit.known.as_ref().filter(|_| is_about) else { return d };
    let found = if body.len() <= BODY_MAX { refusals(known, operation, body) } else { Vec::new() };
    let general = GENERAL.contains(&d.cause);
    let named = d.param_name().map(str::to_owned);
    let fits = |own: &&Diagnosis| {
        let same_name = named.is_none() || own.param_name().is_none() || own.param_name() == named.as_deref();
        (own.cause == d.cause && same_name) || (general && (named.is_none() || own.param_name() == named.as_deref()))
    };
    let mut d = match found.iter().find(fits) {
        Some(own) => joined(d.clone(), own),
        None => d,
    };
    if let Some(limit) = limit(&d, known) {
        d = d.evidence(limit);
    }
    d
}

/// The diagnosis with the facts of our own that it lacks.
fn joined(d: Diagnosis, own: &Diagnosis) -> Diagnosis {
    let mut d = d;
    for name in ["got", "maximum", "origin", "likely", "either", "endpoint"] {
        if let (None, Some(value)) = (d.fact_value(name), own.fact_value(name)) {
            let value = value.to_owned();
            d = d.fact(name, value);
        }
    }
    for line in own.evidence_lines() {
        if !d.evidence_lines().contains(line) {
            d = d.evidence(line.as_str());
        }
    }
    d
}

/// What the table says where the request itself shows nothing.
fn limit(d: &Diagnosis, known: &Known) -> Option<String> {
    let (name, can) = (&known.name, &known.can);
    let unlisted = |support: Support, what: &str| {
        (support == Support::Unlisted).then(|| format!("{name} is not listed with {what}"))
    };
    match d.cause {
        c if c == &causes::CONTEXT_LENGTH_EXCEEDED => match (can.context, can.max_input) {
            (Some(window), _) => Some(format!("{name} takes {window} tokens, prompt and answer together")),
            (None, Some(input)) => Some(format!("{name} takes {input} tokens of input")),
            _ => None,
        },
        c if c == &causes::MAX_TOKENS_TOO_LARGE && d.fact_value("maximum").is_none() => {
            Some(format!("{name} writes at most {} tokens", can.max_output?))
        }
        c if c == &causes::MODEL_NO_TOOLS => unlisted(can.tools, "tools"),
        c if c == &causes::MODEL_NO_VISION => unlisted(can.vision, "images"),
        c if c == &causes::RESPONSE_FORMAT_UNSUPPORTED => unlisted(can.json_schema, "JSON schemas"),
        _ => None,
    }
}

/// Names of models that could take what this one refuses: at most three of those the caller may use.
pub(crate) fn able(d: &Diagnosis, catalog: &Catalog, caller: &Key, operation: Operation, asked: &str) -> Vec<String> {
    let Some(fits) = need(d) else { return Vec::new() };
    let rules = caller.project.rules.load();
    let usable = catalog.usable_models(caller.bounds(&rules)).filter(|model| model.name != asked);
    let able = usable.filter(|model| {
        let known = |d: &Deployment| d.fit.known.as_ref().is_some_and(|known| fits(&known.can));
        model.operations.contains(operation) && model.deployments.iter().all(|d| known(d))
    });
    able.take(ABLE_MAX).map(|model| model.name.clone()).collect()
}

/// Says whether a model could take the request.
type Fits = Box<dyn Fn(&Capabilities) -> bool>;

/// What a model must be able to, where the cause says so.
fn need(d: &Diagnosis) -> Option<Fits> {
    let used: Option<u32> = d.fact_value("used").and_then(|used| used.parse().ok());
    Some(match d.cause {
        c if c == &causes::MODEL_NO_VISION => Box::new(|can| can.vision == Support::Yes),
        c if c == &causes::MODEL_NO_TOOLS => Box::new(|can| can.tools == Support::Yes),
        c if c == &causes::RESPONSE_FORMAT_UNSUPPORTED => Box::new(|can| can.json_schema == Support::Yes),
        c if c == &causes::DIMENSIONS_UNSUPPORTED => Box::new(|can| matches!(can.dimensions, Dimensions::UpTo(_))),
        c if c == &causes::CONTEXT_LENGTH_EXCEEDED => {
            let used = used?;
            Box::new(move |can| can.context.or(can.max_input).is_some_and(|window| window > used))
        }
        _ => return None,
    })
}

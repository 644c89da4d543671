//! Calls that are not admitted: what the key or the model stands in the way with, and what could be asked instead.
//!
//! In: an [`AdmitError`]. Out: its diagnosis, for requests and for `models check` alike.

use tollgate_core::operation::Operation;
use tollgate_errors::Diagnosis;
use tollgate_errors::catalog as causes;
use tollgate_models::Retired;

use super::{either, utc};
use crate::admit::{AdmitError, Sold, patterns};

/// Why a call is not admitted.
pub(crate) fn admit(e: &AdmitError) -> Diagnosis {
    match e {
        AdmitError::MissingScope { scope, granted } => Diagnosis::new(&causes::KEY_INSUFFICIENT_SCOPES)
            .fact("scopes", scope.name())
            .fact("granted", granted)
            .evidence(format!("the key has {granted}")),
        AdmitError::UnknownModel { model, nearest, usable, sold } => {
            let d = Diagnosis::new(&causes::MODEL_NOT_FOUND).fact("model", model).evidence(format!("model: {model:?}"));
            let prefix =
                nearest.first().and_then(|name| model.strip_suffix(name.as_str())).filter(|p| p.ends_with('/'));
            let d = match prefix {
                Some(prefix) => d.fact("prefix", format!("the prefix `{prefix}` does not belong to the name")),
                None => d,
            };
            let d = match sold {
                Some(sold) => by_sellers(d, sold),
                None => d,
            };
            let d = if nearest.is_empty() { d } else { d.evidence(format!("the nearest here: {}", either(nearest))) };
            let first = either(nearest.get(..1).unwrap_or_default());
            d.fact("nearest", either(nearest)).fact("first", first).fact("usable", either(usable))
        }
        AdmitError::ModelRefused { model, rule, project, key } => Diagnosis::new(&causes::KEY_LACKS_MODEL)
            .fact("model", model)
            .fact("project", project)
            .fact("rule", rule)
            .evidence(format!("the key's {rule}"))
            .evidence(format!("the key is {key}")),
        AdmitError::ModelRefusedToProject { model, rule, project } => Diagnosis::new(&causes::PROJECT_LACKS_MODEL)
            .fact("model", model)
            .fact("project", project)
            .fact("rule", rule)
            .evidence(format!("the project's {rule}"))
            .evidence(format!("the setting is model_permissions of project {project}")),
        AdmitError::ToolRefused { tool, param, what, project } => Diagnosis::new(&causes::HOSTED_TOOL_DENIED)
            .param(param.clone())
            .fact("tool", *tool)
            .fact("what", what)
            .fact("project", project)
            .evidence(what.clone())
            .evidence(format!("the setting {tool} in hosted_tool_permissions of project {project} is off")),
        AdmitError::TierTooLow { model, needs, has, instead } => Diagnosis::new(&causes::MODEL_ACCESS_TIER)
            .fact("model", model)
            .fact("needs", needs.to_string())
            .fact("has", in_words(*has))
            .fact("nearest", either(instead))
            .evidence(format!("the setting models.{model:?}.tier is {needs}, and the key has {}", in_words(*has))),
        AdmitError::OutOfRegion { model, served, allowed, instead } => {
            let none = || "no region that the settings name".to_owned();
            let served = if served.is_empty() { none() } else { patterns(served) };
            Diagnosis::new(&causes::REGION_UNSUPPORTED)
                .fact("model", model)
                .fact("served", &served)
                .fact("allowed", allowed)
                .fact("nearest", either(instead))
                .evidence(format!("{model} is served in {served}, and the key's calls may be in {allowed} only"))
        }
        AdmitError::Retired { model, date, successor } => {
            let d = Diagnosis::new(&causes::MODEL_DEPRECATED)
                .fact("model", model)
                .fact("date", date)
                .evidence(format!("model: {model:?}, retired on {date}"));
            match successor {
                Some(successor) => d.fact("successor", successor),
                None => d,
            }
        }
        AdmitError::WrongOperation { model, operation, serves, said_by } => {
            let first = serves.first().copied();
            let chat = first == Some(Operation::ChatCompletions);
            let cause = match operation {
                Operation::ChatCompletions if first == Some(Operation::Completions) => {
                    &causes::COMPLETION_MODEL_ON_CHAT
                }
                Operation::Completions if chat => &causes::CHAT_MODEL_ON_COMPLETIONS,
                _ => &causes::MODEL_WRONG_ENDPOINT,
            };
            let endpoint = |o: Operation| format!("v1{}", o.path());
            let d = Diagnosis::new(cause)
                .fact("model", model)
                .fact("endpoint", endpoint(*operation))
                .evidence(format!("{model} was asked at {}", endpoint(*operation)))
                .evidence(format!(
                    "it serves {}: {said_by}",
                    serves.iter().copied().map(endpoint).collect::<Vec<_>>().join(", ")
                ));
            let listed = |word: &str| {
                let all: Vec<_> = serves.iter().copied().map(endpoint).collect();
                match all.split_last() {
                    Some((last, before)) if !before.is_empty() => format!("{} {word} {last}", before.join(", ")),
                    _ => all.concat(),
                }
            };
            d.fact("likely", listed("and")).fact("either", listed("or"))
        }
        AdmitError::Maintenance { model, until, left, reason } => {
            let until = utc(*until);
            let d = Diagnosis::new(&causes::MODEL_MAINTENANCE)
                .fact("model", model)
                .fact("until", &until)
                .evidence(format!("the setting models.{model:?}.maintenance holds until {until}"))
                .retry_after(*left);
            match reason {
                Some(reason) => d.fact("what", reason).evidence(format!("the operator's reason: {reason}")),
                None => d,
            }
        }
    }
}

/// A key's tier.
fn in_words(tier: u8) -> String {
    if tier == 0 { "none".to_owned() } else { format!("tier {tier}") }
}

/// A model that exists elsewhere, or did.
fn by_sellers(d: Diagnosis, sold: &Sold) -> Diagnosis {
    let d = match sold.retired {
        Some(Retired { by, on }) => d
            .fact("retired", format!("{} has switched off its model of that name, on {on}", by.name()))
            .evidence(format!("{} gives {on} as the day of its retirement", by.name())),
        None => d,
    };
    if sold.by.is_empty() {
        return d;
    }
    let by = match sold.by.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => sold.by.concat(),
    };
    let verb = if sold.by.len() == 1 { "has" } else { "have" };
    let d = d
        .fact("sold", format!("{by} {verb} a model of that name, which is not configured here"))
        .evidence(format!("the table of known models has it at {by}"));
    match sold.shutdown {
        Some(day) => d.evidence(format!("its last day at {} is given as {day}", sold.by[0])),
        None => d,
    }
}

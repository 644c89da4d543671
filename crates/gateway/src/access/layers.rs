//! The layers one by one, each with what it rests on.
//!
//! In: a key and what is asked. Out: steps of a [`Report`]. A refusal comes from `admit`, `authenticate` and the
//! breakers, as for a request; what is said where nothing refuses is only said here.

use std::sync::Arc;
use std::time::Instant;

use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_core::project::ListedModels;
use tollgate_errors::EVIDENCE_MAX_BYTES;
use tollgate_models::{Capabilities, How, Mode, Support, Vendor};

use super::report::{Report, Step, Verdict};
use super::{Caller, Question, Refused};
use crate::accounts::Accounts;
use crate::admit::{self, Asked, Layer};
use crate::breaker::State;
use crate::catalog::{Deployment, Model, Reach};
use crate::fit::{self, Misplaced};
use crate::live::Live;
use crate::respond::{self, utc};
use crate::send::SendError;

/// What is known of deployments' health.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'a> {
    /// As this process has it; those of organizations' own accounts are here.
    Running(&'a Accounts),
    /// Nothing.
    Configured,
}

/// The key itself, which has been found.
pub(super) fn of_key(report: &mut Report, key: &Key, judged: Result<(), Refused>) {
    report.key = Some(key.id.to_string());
    report.project = Some(key.project.id.clone());
    let setting = format!("tollgate keys show {}", key.id);
    let is_known = format!("{} of {} is {}", key.id, key.project.id, key.status.as_str());
    let (found, expiry) = match judged {
        Ok(()) => (Step::passes("key", is_known), Step::passes("expiry", ends(key))),
        Err(Refused(why, true)) => (Step::passes("key", is_known), Step::refuses("expiry", *why)),
        Err(Refused(why, false)) => (Step::refuses("key", *why), Step::unknown("expiry", ends(key))),
    };
    report.add(found.setting(&setting));
    report.add(expiry.setting(format!("tollgate keys expire {}", key.id)));
}

fn ends(key: &Key) -> String {
    match key.expires_at {
        0 => "it never ends".to_owned(),
        at => format!("it ends at {}", utc(at)),
    }
}

/// No key, so nothing of what depends on one.
pub(super) fn of_no_key(report: &mut Report, Refused(why, _): Refused, caller: Caller<'_>) {
    let step = Step::refuses("key", *why);
    report.add(match caller {
        Caller::Secret(_) => step,
        Caller::Key(_) => step
            .remedy(
                "Look for the id in `tollgate keys list`, with the --data-dir or --config of the server that is meant.",
            )
            .setting("tollgate keys list"),
    });
    for layer in ["expiry", "permissions"] {
        report.add(Step::unknown(layer, "it depends on the key"));
    }
}

/// What can be said of a model to nobody in particular.
pub(super) fn without_key(report: &mut Report, live: &Live, question: &Question) {
    match live.catalog.model(&question.model) {
        Some(model) => report.add(is_configured(model)),
        None => report.add(Step::unknown("model", "there is no model of that name; who asks decides what is told")),
    }
}

/// Permissions, model and deployments, for this key.
pub(super) fn of_model(report: &mut Report, live: &Live, key: &Key, question: &Question, now: i64, seen: Seen<'_>) {
    let rules = key.project.rules.load();
    let bounds = key.bounds(&rules);
    let known = admit::known(live, bounds, &question.model);
    let operation = question.endpoint.unwrap_or_else(|| known.as_ref().map_or(FIRST[0], |model| first(model)));
    report.endpoint = Some(operation);
    let permissions = match admit::scope(key, operation) {
        Ok(()) => Step::passes("permissions", format!("the key's permissions grant `{}`", operation.scope().name())),
        Err(error) => Step::refuses("permissions", respond::admit(&error)),
    };
    report.add(permissions.setting("tollgate keys create --scopes"));
    let model = match known {
        Ok(model) => model,
        Err(error) => {
            report.add(Step::refuses("model", respond::admit(&error)).setting("[models.NAME]"));
            return;
        }
    };
    report.add(is_configured(model));
    let own = match seen {
        Seen::Running(accounts) => accounts.view(key, model.clone()),
        Seen::Configured => model.clone(),
    };
    let asked = Asked { live, key, bounds, model: &own, name: &question.model, operation, now };
    for layer in Layer::ALL {
        let (name, setting) = named(layer, &asked);
        let step = match layer.ask(&asked) {
            Ok(()) => match ended(layer, &asked) {
                Some(what) => Step::doubts(name, what),
                None => Step::passes(name, passes(layer, &asked)),
            },
            Err(error) => Step::refuses(name, respond::admit(&error)),
        };
        report.add(step.setting(setting));
    }
    let stands_in = of_fallbacks(report, live, &asked);
    of_deployments(report, &asked, seen, stands_in);
}

/// Endpoints in the order in which one is taken where none is named.
const FIRST: [Operation; 5] = [
    Operation::ChatCompletions,
    Operation::Responses,
    Operation::Completions,
    Operation::Embeddings,
    Operation::Moderations,
];

fn first(model: &Model) -> Operation {
    FIRST.into_iter().find(|o| model.operations.contains(*o)).unwrap_or(FIRST[0])
}

fn is_configured(model: &Model) -> Step {
    let n = model.deployments.len();
    let plural = if n == 1 { "" } else { "s" };
    Step::passes("model", format!("it is configured, with {n} deployment{plural}"))
        .setting(format!("models.{:?}", model.name))
}

/// What a layer is called, and the setting that it rests on.
fn named(layer: Layer, asked: &Asked<'_>) -> (&'static str, String) {
    let model = asked.model;
    let of_model = |setting: &str| format!("models.{:?}.{setting}", model.name);
    match layer {
        Layer::Project => ("project_models", "model_permissions of the project".to_owned()),
        Layer::Rules => ("key_models", "tollgate keys create --models, --deny-models".to_owned()),
        Layer::Tier => ("tier", of_model("tier")),
        Layer::Region if asked.bounds.project.residency.is_some() => ("region", "residency of the project".to_owned()),
        Layer::Region => ("region", "tollgate keys create --regions".to_owned()),
        Layer::Lifecycle => ("lifecycle", of_model("shutdown_date")),
        Layer::Endpoint => ("endpoint", of_model("endpoints")),
        Layer::Maintenance => ("maintenance", of_model("maintenance")),
    }
}

/// What is said of a layer that lets the call pass.
fn passes(layer: Layer, asked: &Asked<'_>) -> String {
    let model = asked.model;
    match layer {
        Layer::Project => match &asked.bounds.project.models {
            ListedModels::All => "the project may use every model".to_owned(),
            ListedModels::Only(list) => format!("the project's allow list ({}) covers it", admit::patterns(list)),
            ListedModels::AllBut(list) => format!("the project's deny list ({}) leaves it out", admit::patterns(list)),
        },
        Layer::Rules => {
            let rules = &asked.key.policy.models;
            match (rules.allow.is_empty(), rules.deny.is_empty()) {
                (true, true) => "the key may use every model".to_owned(),
                (true, false) => format!("no deny rule covers it ({})", admit::patterns(&rules.deny)),
                (false, _) => format!("the key's allow list ({}) covers it", admit::patterns(&rules.allow)),
            }
        }
        Layer::Tier => tier(model.tier, asked.key.policy.tier),
        Layer::Region => region(asked),
        Layer::Lifecycle => lifecycle(model),
        Layer::Endpoint => {
            let served = FIRST.into_iter().filter(|o| model.operations.contains(*o));
            let paths: Vec<_> = served.map(|o| format!("v1{}", o.path())).collect();
            format!("it serves {}: {}", paths.join(", "), model.operations_source())
        }
        Layer::Maintenance => match &model.maintenance {
            None => "none is set".to_owned(),
            Some(m) if asked.now >= m.until => format!("it has ended at {}", utc(m.until)),
            Some(m) => format!("it begins at {}", utc(m.from.unwrap_or(m.until))),
        },
    }
}

fn tier(needs: u8, has: u8) -> String {
    match needs {
        0 => "every key may use it".to_owned(),
        _ => format!("it needs tier {needs}, and the key has tier {has}"),
    }
}

fn region(asked: &Asked<'_>) -> String {
    if asked.bounds.may_go_anywhere() {
        return "the key's calls may be served everywhere".to_owned();
    }
    let (all, bound) = (asked.model.deployments.len(), admit::allowed(asked.bounds));
    let open = asked.model.deployments.iter().filter(|d| is_open(asked, d)).count();
    format!("{open} of {all} deployments may be asked: the key's calls may be served in {bound} only")
}

/// Whether the key's calls may be served there.
fn is_open(asked: &Asked<'_>, deployment: &Deployment) -> bool {
    asked.bounds.may_go_to(deployment.region.as_deref())
}

fn lifecycle(model: &Model) -> String {
    let life = &model.lifecycle;
    let mut said = Vec::new();
    if let Some(day) = &life.deprecated {
        said.push(format!("it is deprecated on {}", day.date));
    }
    if let Some(day) = &life.shutdown {
        said.push(format!("it is retired on {}", day.date));
    }
    if let (Some(successor), false) = (&life.successor, said.is_empty()) {
        said.push(format!("its successor is `{successor}`"));
    }
    if life.shutdown.is_none() {
        said.extend(model.deployments.iter().filter_map(|d| ends_there(d)));
    }
    if said.is_empty() { "no end is set".to_owned() } else { said.join(", ") }
}

/// The end that a provider has set and that has come, where the settings say nothing of it.
fn ended(layer: Layer, asked: &Asked<'_>) -> Option<String> {
    if layer != Layer::Lifecycle || asked.model.lifecycle.shutdown.is_some() {
        return None;
    }
    let today = utc(asked.now);
    let gone = |d: &Arc<Deployment>| {
        let (vendor, day) = provider_s_end(d).filter(|(_, day)| *day < today.as_str())?;
        Some(format!("{} gave {day} as the last day of {}, which has passed: it may refuse it", vendor.name(), d.model))
    };
    let all: Vec<_> = asked.model.deployments.iter().filter(|d| is_open(asked, d)).filter_map(gone).collect();
    (!all.is_empty()).then(|| format!("{}; no shutdown_date is set", all.join("; ")))
}

/// The end that the provider itself has set, as the table of known models has it.
fn ends_there(deployment: &Deployment) -> Option<String> {
    let (vendor, day) = provider_s_end(deployment)?;
    Some(format!("{} gives {day} as the last day of {}, and no shutdown_date is set", vendor.name(), deployment.model))
}

/// Whose model it is, and the last day that its vendor gives.
fn provider_s_end(deployment: &Deployment) -> Option<(Vendor, &'static str)> {
    if matches!(deployment.provider.reach, Reach::Sandbox) {
        return None;
    }
    let vendor = deployment.vendor()?;
    let listed = tollgate_models::find(Some(vendor), &deployment.model).filter(|found| found.how == How::Exact);
    let retired = || tollgate_models::retired(&deployment.model).filter(|gone| gone.by == vendor).map(|gone| gone.on);
    Some((vendor, listed.and_then(|found| found.model.shutdown).or_else(retired)?))
}

/// Models that stand in; whether one of them may.
fn of_fallbacks(report: &mut Report, live: &Live, asked: &Asked<'_>) -> bool {
    let mut any = false;
    for (at, fallback) in asked.model.fallbacks.iter().enumerate() {
        let step = match admit::permit(live, asked.key, &fallback.model, asked.operation, asked.now) {
            Ok(_) => {
                any = true;
                Step::passes("fallback", format!("`{}` may stand in", fallback.model))
            }
            Err(error) => Step::refuses("fallback", respond::admit(&error)),
        };
        report.add(step.setting(format!("models.{:?}.fallbacks[{at}]", asked.model.name)).one_of_several());
    }
    any
}

/// The deployments, of which one is enough.
fn of_deployments(report: &mut Report, asked: &Asked<'_>, seen: Seen<'_>, stands_in: bool) {
    let model = asked.model;
    let now = Instant::now();
    let on_own_account = model.deployments.iter().any(|d| d.provider.is_on_own_account);
    let refused = |wait| {
        let d = respond::send(&SendError::Open { model: model.name.clone(), wait, on_own_account });
        Step::refuses("deployment", d)
    };
    for (at, deployment) in model.deployments.iter().enumerate() {
        let id = &deployment.id;
        if !is_open(asked, deployment) {
            report.add(elsewhere(model, at, deployment));
            continue;
        }
        let step = match (seen, deployment.breaker.state(now)) {
            (Seen::Configured, _) => {
                Step::unknown("deployment", format!("{id} is configured; whether it answers, a running server knows"))
            }
            (Seen::Running(_), State::Closed) => Step::passes("deployment", format!("{id} is asked")),
            (Seen::Running(_), State::Resting) => {
                Step::passes("deployment", format!("{id} is asked last: its provider wanted patience"))
            }
            (Seen::Running(_), State::HalfOpen) => Step::passes(
                "deployment",
                format!("{id} has failed, and the next call finds out whether it does still"),
            ),
            (Seen::Running(_), State::Open(wait)) => {
                let what = format!("{id} fails, and is left alone for another {} ms", wait.as_millis());
                Step { what, ..refused(wait) }
            }
        };
        report.add(step.setting(format!("models.{:?}.deployments[{at}]", model.name)).one_of_several());
    }
    let open = |d: &Arc<Deployment>| d.breaker.open_for(now);
    let waits = model.deployments.iter().filter(|d| is_open(asked, d)).map(open);
    let is_served = waits.clone().next().is_some();
    if is_served && matches!(seen, Seen::Running(_)) && !stands_in && !waits.clone().any(|wait| wait.is_zero()) {
        report.add(refused(waits.min().unwrap_or_default()));
    }
    let is_asked = |d: &Arc<Deployment>| matches!(seen, Seen::Configured) || open(d).is_zero();
    of_abilities(report, asked, is_asked);
}

/// What is known of the models behind the deployments, which refuses the call where it refuses it at each that is asked:
/// in the words of the last, as for a request.
fn of_abilities(report: &mut Report, asked: &Asked<'_>, is_asked: impl Fn(&Arc<Deployment>) -> bool) {
    let told = asked.model.deployments.iter().filter(|d| is_open(asked, d)).map(|d| (is_asked(d), abilities(asked, d)));
    let mut told: Vec<(bool, Step)> = told.collect();
    let mut of_asked = told.iter_mut().filter(|(is_asked, _)| *is_asked).map(|(_, step)| step).collect::<Vec<_>>();
    if of_asked.iter().all(|step| step.verdict == Verdict::Refuses)
        && let Some(last) = of_asked.last_mut()
    {
        last.is_one_of_several = false;
    }
    told.into_iter().for_each(|(_, step)| report.add(step));
}

/// A deployment that is not asked for this key, and the setting that says where it is.
fn elsewhere(model: &Model, at: usize, deployment: &Deployment) -> Step {
    let id = &deployment.id;
    let what = match &deployment.region {
        Some(region) => format!("{id} is in `{region}`, where the key's calls may not be served"),
        None => format!("{id} has no `region`, and the key's calls are bound to some"),
    };
    Step::new("deployment", Verdict::Refuses, what).setting(model.region_setting(at)).one_of_several()
}

/// What is known of the model behind a deployment.
fn abilities(asked: &Asked<'_>, deployment: &Deployment) -> Step {
    let (id, operation) = (&deployment.id, asked.operation);
    let known = tollgate_models::of(deployment.vendor(), &deployment.model);
    let what = known.as_ref().map_or_else(|| id.clone(), |known| format!("{id}: {}", in_words(known)));
    match (fit::misplaced(deployment, operation), known) {
        (Some(Misplaced::Here(refusal)), _) => {
            let what = format!("{what}; {}", refusal.evidence_text(EVIDENCE_MAX_BYTES));
            let refused = Step::refuses("capabilities", refusal.fact("model", asked.name));
            let setting = format!("models.{:?}.parameters", asked.model.name);
            Step { what, ..refused }.setting(setting).one_of_several()
        }
        (None, None) => Step::unknown("capabilities", format!("{id}: the table of known models has no such model")),
        (None, Some(known)) if fits(known.mode, operation) => Step::passes("capabilities", what),
        _ => {
            let path = operation.path();
            let elsewhere = "its provider has it at another endpoint than";
            Step::doubts("capabilities", format!("{what}; {elsewhere} v1{path}, as far as is known"))
        }
    }
}

fn fits(mode: Mode, operation: Operation) -> bool {
    use Operation as O;
    match mode {
        Mode::Chat => matches!(operation, O::ChatCompletions | O::Responses | O::InputTokens),
        Mode::Responses => matches!(operation, O::Responses | O::InputTokens),
        Mode::Completion => operation == O::Completions,
        Mode::Embedding => operation == O::Embeddings,
        Mode::Moderation => operation == O::Moderations,
        Mode::Image | Mode::Audio | Mode::Realtime | Mode::Rerank | Mode::Video => false,
    }
}

fn in_words(known: &Capabilities) -> String {
    let mut said = vec![format!("kind {}", known.mode.word())];
    let input = known.max_input.filter(|_| known.max_input != known.context);
    let tokens = [("context", known.context), ("input", input), ("output", known.max_output)];
    said.extend(tokens.iter().filter_map(|(what, most)| Some(format!("{what} up to {} tokens", (*most)?))));
    let abilities = [
        ("tools", known.tools),
        ("images", known.vision),
        ("JSON schemas", known.json_schema),
        ("reasoning", known.reasoning),
    ];
    for (verdict, word) in [(Support::Yes, "takes"), (Support::No, "does not take")] {
        let named: Vec<_> = abilities.iter().filter(|(_, s)| *s == verdict).map(|(name, _)| *name).collect();
        if !named.is_empty() && known.mode == Mode::Chat {
            said.push(format!("{word} {}", named.join(", ")));
        }
    }
    said.join(", ")
}

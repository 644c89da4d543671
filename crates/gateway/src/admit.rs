//! Whether the caller may have what it asks for: scope, model, what the model can be asked, with which hosted tools.
//!
//! In: a caller and its envelope. Out: a [`Permit`] with the model, or which rule refuses.

mod tools;

use std::sync::Arc;
use std::time::Duration;

use tollgate_core::id::KeyId;
use tollgate_core::key::Key;
use tollgate_core::operation::{Operation, Scope};
use tollgate_core::policy::ModelRefusal;
use tollgate_core::project::{Bounds, ListedModels};
use tollgate_core::tools::HostedTools;
use tollgate_models::{How, Retired};

use crate::catalog::{Deployment, Model};
use crate::live::Live;
use crate::settings::Lifecycle;

pub(crate) use self::tools::tools;

/// Leave to ask a model.
pub(crate) struct Permit {
    pub(crate) model: Arc<Model>,
    /// Hosted tools that it may not be asked with.
    pub(crate) tools_denied: HostedTools,
}

/// What is known of a model of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sold {
    /// Who serves it, its maker first: at most three names.
    pub(crate) by: Vec<&'static str>,
    /// The day on which the first of them switches it off, or has.
    pub(crate) shutdown: Option<&'static str>,
    /// That its maker has switched it off.
    pub(crate) retired: Option<Retired>,
}

/// Why a request is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AdmitError {
    /// The key lacks a permission.
    #[error("scope {scope:?} is missing")]
    MissingScope {
        /// Which.
        scope: Scope,
        /// Those it has.
        granted: String,
    },
    /// There is no such model.
    #[error("no model {model:?}")]
    UnknownModel {
        /// The name asked for.
        model: String,
        /// Names that resemble it.
        nearest: Vec<String>,
        /// The first of those that the key may use, where none resembles it.
        usable: Vec<String>,
        /// What is known of it, where it is a model of the world.
        sold: Option<Box<Sold>>,
    },
    /// There is, but the key's rules refuse it.
    #[error("model {model:?} is refused, the key's {rule}")]
    ModelRefused {
        /// The name asked for.
        model: String,
        /// Which rule of the key, and how it refuses, in words: `deny rule … covers it`.
        rule: String,
        /// The project of the key.
        project: String,
        /// Its public id.
        key: KeyId,
    },
    /// There is, but the list of the key's project refuses it.
    #[error("model {model:?} is refused, the project's {rule}")]
    ModelRefusedToProject {
        /// The name asked for.
        model: String,
        /// Which rule of the project, and how it refuses, in words.
        rule: String,
        /// The project of the key.
        project: String,
    },
    /// It asks for a hosted tool that the key's project may not use.
    #[error("the hosted tool {tool} is refused")]
    ToolRefused {
        /// As permissions name it.
        tool: &'static str,
        /// Where in the body it stands.
        param: String,
        /// What stands there, in words.
        what: String,
        /// The project of the key.
        project: String,
    },
    /// The key's tier is too low for it.
    #[error("model {model:?} needs tier {needs}, and the key has {has}")]
    TierTooLow {
        /// The name asked for.
        model: String,
        /// The tier it needs.
        needs: u8,
        /// The key's.
        has: u8,
        /// What the key may use instead.
        instead: Vec<String>,
    },
    /// It is not served where the key's calls may be.
    #[error("model {model:?} is not served in {allowed}")]
    OutOfRegion {
        /// The name asked for.
        model: String,
        /// Where it is served, as far as the settings say.
        served: Vec<String>,
        /// Where the key's calls may be, in words.
        allowed: String,
        /// What the key may use there instead.
        instead: Vec<String>,
    },
    /// It was retired.
    #[error("model {model:?} was retired on {date}")]
    Retired {
        /// The name asked for.
        model: String,
        /// Since when, `YYYY-MM-DD`.
        date: String,
        /// What to use instead.
        successor: Option<String>,
    },
    /// It is of another kind.
    #[error("model {model:?} does not serve {operation:?}")]
    WrongOperation {
        /// The name asked for.
        model: String,
        /// What was asked.
        operation: Operation,
        /// What it serves.
        serves: Vec<Operation>,
        /// What says so, in words.
        said_by: String,
    },
    /// It rests for a while.
    #[error("model {model:?} is in maintenance for another {left:?}")]
    Maintenance {
        /// The name asked for.
        model: String,
        /// Unix seconds from which it is served again.
        until: i64,
        /// How long that is from now.
        left: Duration,
        /// Why.
        reason: Option<String>,
    },
}

/// Whether `key` may use `operation` at all: asked before a byte of the body is read.
pub(crate) fn scope(key: &Key, operation: Operation) -> Result<(), AdmitError> {
    let scope = operation.scope();
    let permissions = key.policy.permissions;
    if permissions.grant(scope) {
        return Ok(());
    }
    Err(AdmitError::MissingScope { scope, granted: permissions.names().join(", ") })
}

/// Whether `key` may ask `name` for `operation`, at `now` (Unix seconds).
pub(crate) fn permit(live: &Live, key: &Key, name: &str, operation: Operation, now: i64) -> Result<Permit, AdmitError> {
    let rules = key.project.rules.load();
    let bounds = key.bounds(&rules);
    let model = known(live, bounds, name)?;
    let asked = Asked { live, key, bounds, model, name, operation, now };
    Layer::ALL.into_iter().try_for_each(|layer| layer.ask(&asked))?;
    Ok(Permit { model: model.within(bounds), tools_denied: rules.tools_denied })
}

/// The model of this name, if the key may see it.
pub(crate) fn visible<'l>(live: &'l Live, key: &Key, name: &str) -> Result<&'l Arc<Model>, AdmitError> {
    let rules = key.project.rules.load();
    let bounds = key.bounds(&rules);
    let model = known(live, bounds, name)?;
    // What can be asked of it does not matter to who looks at it, nor the time.
    let asked = Asked { live, key, bounds, model, name, operation: Operation::RetrieveModel, now: 0 };
    Layer::OF_KEY.into_iter().try_for_each(|layer| layer.ask(&asked))?;
    Ok(model)
}

/// The model of this name.
pub(crate) fn known<'l>(live: &'l Live, bounds: Bounds<'_>, name: &str) -> Result<&'l Arc<Model>, AdmitError> {
    let catalog = &live.catalog;
    if let Some(model) = catalog.model(name) {
        return Ok(model);
    }
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let found = catalog.nearest(name, bounds);
    let sold = if found.is_it { None } else { sold(name).map(Box::new) };
    let nearest = owned(found.names);
    let usable = if nearest.is_empty() { owned(catalog.usable(bounds).take(3).collect()) } else { Vec::new() };
    Err(AdmitError::UnknownModel { model: name.chars().take(200).collect(), nearest, usable, sold })
}

/// What is known of a model that is not served here.
fn sold(name: &str) -> Option<Sold> {
    let (sellers, retired) = (tollgate_models::sellers(name), tollgate_models::retired(name));
    let found = sellers.first().and_then(|maker| tollgate_models::find(Some(*maker), name));
    let shutdown = found.filter(|found| found.how == How::Exact).and_then(|found| found.model.shutdown);
    let by: Vec<_> = sellers.iter().map(|vendor| vendor.name()).take(3).collect();
    (!by.is_empty() || retired.is_some()).then_some(Sold { by, shutdown, retired })
}

/// What is asked, of a model that there is.
pub(crate) struct Asked<'a> {
    pub(crate) live: &'a Live,
    pub(crate) key: &'a Key,
    pub(crate) bounds: Bounds<'a>,
    pub(crate) model: &'a Model,
    /// Which the caller may spell otherwise than the model does.
    pub(crate) name: &'a str,
    pub(crate) operation: Operation,
    /// Unix seconds.
    pub(crate) now: i64,
}

/// One thing that a model's use depends on. A request asks them in this order and ends at the first that refuses, what
/// lasts before what passes by itself; `access` asks them all, to say what stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Which models the key's project may use.
    Project,
    /// Which models the key may use.
    Rules,
    /// Whether the key's tier is as high as the model needs.
    Tier,
    /// Whether the model is served where the key's calls may be.
    Region,
    /// Whether the model is retired.
    Lifecycle,
    /// What the model can be asked for.
    Endpoint,
    /// Whether the model rests.
    Maintenance,
}

impl Layer {
    pub(crate) const ALL: [Self; 7] =
        [Self::Project, Self::Rules, Self::Tier, Self::Region, Self::Lifecycle, Self::Endpoint, Self::Maintenance];
    /// Those that the key alone decides, whatever is asked of the model and when.
    const OF_KEY: [Self; 4] = [Self::Project, Self::Rules, Self::Tier, Self::Region];

    /// Whether it lets the request pass.
    pub(crate) fn ask(self, asked: &Asked<'_>) -> Result<(), AdmitError> {
        match self {
            Self::Project => project(asked),
            Self::Rules => rules(asked.key, asked.name),
            Self::Tier => tier(asked),
            Self::Region => region(asked),
            Self::Lifecycle => lifecycle(asked),
            Self::Endpoint => endpoint(asked),
            Self::Maintenance => maintenance(asked),
        }
    }
}

fn rules(key: &Key, name: &str) -> Result<(), AdmitError> {
    let rules = &key.policy.models;
    let Some(refusal) = rules.refusal(name) else { return Ok(()) };
    Err(AdmitError::ModelRefused {
        model: name.to_owned(),
        rule: match refusal {
            ModelRefusal::Denied(pattern) => format!("deny rule `{pattern}` covers it"),
            ModelRefusal::NotAllowed => format!("allow list ({}) leaves it out", patterns(&rules.allow)),
        },
        project: key.project.id.clone(),
        key: key.id,
    })
}

fn project(asked: &Asked<'_>) -> Result<(), AdmitError> {
    let models = &asked.bounds.project.models;
    let Some(refusal) = models.refusal(asked.name) else { return Ok(()) };
    Err(AdmitError::ModelRefusedToProject {
        model: asked.name.to_owned(),
        rule: match (refusal, models) {
            (ModelRefusal::Denied(pattern), _) => format!("deny list has `{pattern}`"),
            (_, ListedModels::Only(list)) if list.is_empty() => "allow list is empty".to_owned(),
            (_, ListedModels::Only(list)) => format!("allow list ({}) leaves it out", patterns(list)),
            _ => "list leaves it out".to_owned(),
        },
        project: asked.key.project.id.clone(),
    })
}

fn tier(asked: &Asked<'_>) -> Result<(), AdmitError> {
    let (needs, has) = (asked.model.tier, asked.key.policy.tier);
    if needs <= has {
        return Ok(());
    }
    Err(AdmitError::TierTooLow { model: asked.name.to_owned(), needs, has, instead: instead(asked) })
}

fn region(asked: &Asked<'_>) -> Result<(), AdmitError> {
    let is_open = |d: &Arc<Deployment>| asked.bounds.may_go_to(d.region.as_deref());
    if asked.bounds.may_go_anywhere() || asked.model.deployments.iter().any(is_open) {
        return Ok(());
    }
    let mut served: Vec<String> = asked.model.deployments.iter().filter_map(|d| d.region.clone()).collect();
    served.sort_unstable();
    served.dedup();
    let allowed = allowed(asked.bounds);
    Err(AdmitError::OutOfRegion { model: asked.name.to_owned(), served, allowed, instead: instead(asked) })
}

/// Where calls may be served, in words: as the key and its project say.
pub(crate) fn allowed(bounds: Bounds<'_>) -> String {
    let of_key = (!bounds.policy.regions.is_empty()).then(|| patterns(&bounds.policy.regions));
    let of_project = bounds.project.residency.map(|residency| {
        let all: Vec<String> = residency.patterns().iter().map(|&pattern| pattern.to_owned()).collect();
        format!("{} (the project's residency)", patterns(&all))
    });
    match (of_key, of_project) {
        (Some(key), Some(project)) => format!("{key} that is in {project} too"),
        (key, project) => key.or(project).unwrap_or_else(|| "any region".to_owned()),
    }
}

/// Whether what a deployment has stored may be asked for by this key, whose calls may be bound to regions.
pub(crate) fn within(key: &Key, deployment: &Deployment) -> Result<(), AdmitError> {
    let region = deployment.region.as_deref();
    let rules = key.project.rules.load();
    let bounds = key.bounds(&rules);
    if bounds.may_go_to(region) {
        return Ok(());
    }
    Err(AdmitError::OutOfRegion {
        model: deployment.metrics.model().to_owned(),
        served: region.map(str::to_owned).into_iter().collect(),
        allowed: allowed(bounds),
        instead: Vec::new(),
    })
}

/// What the key may use instead of a model that is not for it: the nearest by name, or else the first of its list.
fn instead(asked: &Asked<'_>) -> Vec<String> {
    let (catalog, bounds) = (&asked.live.catalog, asked.bounds);
    let nearest = catalog.nearest(asked.name, bounds).names;
    let names = if nearest.is_empty() { catalog.usable(bounds).take(3).collect() } else { nearest };
    names.into_iter().map(str::to_owned).collect()
}

fn lifecycle(asked: &Asked<'_>) -> Result<(), AdmitError> {
    let Lifecycle { shutdown, successor, .. } = &asked.model.lifecycle;
    let Some(day) = shutdown.as_ref().filter(|day| asked.now >= day.at) else { return Ok(()) };
    let (date, successor) = (day.date.clone(), successor.clone());
    Err(AdmitError::Retired { model: asked.name.to_owned(), date, successor })
}

fn endpoint(asked: &Asked<'_>) -> Result<(), AdmitError> {
    let served = asked.model.operations;
    if served.contains(asked.operation) {
        return Ok(());
    }
    let named = |o: &Operation| *o != Operation::InputTokens && served.contains(*o);
    let serves = Operation::ALL.into_iter().filter(named).collect();
    let said_by = asked.model.operations_source();
    Err(AdmitError::WrongOperation { model: asked.name.to_owned(), operation: asked.operation, serves, said_by })
}

fn maintenance(asked: &Asked<'_>) -> Result<(), AdmitError> {
    let Some(m) = asked.model.maintenance.as_ref().filter(|m| m.holds(asked.now)) else { return Ok(()) };
    let (left, reason) = (m.until.saturating_sub(asked.now), m.reason.clone());
    let left = Duration::from_secs(u64::try_from(left).unwrap_or_default());
    Err(AdmitError::Maintenance { model: asked.name.to_owned(), until: m.until, left, reason })
}

/// The first of some patterns. The list of a key may be long, and the message has room for some only.
pub(crate) fn patterns(all: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> =
        all.iter().take(SHOWN).map(|p| format!("`{}`", p.chars().take(40).collect::<String>())).collect();
    let more = if all.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

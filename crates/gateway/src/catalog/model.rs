//! A model that callers may name, with its object in lists and the header lines that announce its end already written.
//!
//! In: the settings of a model, and the parts that deployments are made of. Out: a [`Model`], and views of it with some of its
//! deployments alone. Which callers may ask it is decided in `admit`.

use std::fmt::Write as _;
use std::sync::Arc;

use tollgate_core::operation::{Operation, Operations};
use tollgate_core::project::Bounds;
use tollgate_providers::sandbox;

use super::{CatalogError, Deployment, Parts, Reach, json_string};
use crate::answer::Lines;
use crate::metrics::Metrics;
use crate::names::Meaning;
use crate::settings::{self, Balance, Fallback, Lifecycle, Maintenance};

/// A model that callers may name.
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) operations: Operations,
    /// The lowest tier of a key that may use it.
    pub(crate) tier: u8,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) maintenance: Option<Maintenance>,
    /// Header lines that announce the end of its life; empty where none is known.
    pub(crate) notice: Vec<u8>,
    pub(crate) deployments: Vec<Arc<Deployment>>,
    pub(crate) balance: Balance,
    pub(crate) fallbacks: Vec<Fallback>,
    pub(crate) resume: bool,
    /// What its own name means, and those at its providers, for who asks under another spelling.
    pub(super) meanings: Vec<Meaning>,
    /// Its object in `GET /v1/models`.
    pub(super) json: String,
    pub(super) made_of: Arc<settings::Model>,
}

impl Model {
    /// What says which operations it serves, in words. Of the sandbox's models nobody need have written it.
    pub(crate) fn operations_source(&self) -> String {
        let built = |d: &Arc<Deployment>| {
            let known = sandbox::models().iter().find(|built| built.name == d.model);
            known.filter(|_| matches!(d.provider.reach, Reach::Sandbox)).map(|built| built.operations)
        };
        let all: Option<Vec<Operations>> = self.deployments.iter().map(built).collect();
        let is_built_so = |o: Operation| {
            all.as_ref().is_some_and(|all| all.iter().any(|one| one.contains(o)) == self.operations.contains(o))
        };
        if Operation::ALL.into_iter().all(is_built_so) {
            return "the sandbox makes it so".to_owned();
        }
        let setting = format!("models.{:?}.endpoints", self.name);
        let is_missing = |o: Operation| o.asks_a_model() && !self.operations.contains(o);
        match Operation::ALL.into_iter().any(is_missing) {
            true => format!("the setting {setting} says so"),
            false => format!("{setting} leaves nothing out, and the provider decides"),
        }
    }

    /// The setting that says where a deployment is served: its own, or that of its provider.
    pub(crate) fn region_setting(&self, at: usize) -> String {
        match self.made_of.deployments.get(at) {
            Some(deployment) if deployment.region.is_none() => format!("providers.{}.region", deployment.provider),
            _ => format!("models.{:?}.deployments[{at}].region", self.name),
        }
    }

    /// Its object in `GET /v1/models/{name}`.
    pub(crate) fn object(&self, name: &str) -> String {
        if name == self.name { self.json.clone() } else { object(&self.made_of, &self.deployments, name) }
    }

    pub(super) fn new(model: &settings::Model, parts: &mut Parts<'_>, metrics: &Metrics) -> Result<Self, CatalogError> {
        let mut deployments = Vec::with_capacity(model.deployments.len());
        for deployment in &model.deployments {
            deployments.push(Arc::new(Deployment::new(deployment, model, parts, metrics)?));
        }
        let json = object(model, &deployments, &model.name);
        Ok(Self {
            name: model.name.clone(),
            operations: model.operations,
            tier: model.tier,
            notice: notice(&model.lifecycle),
            meanings: std::iter::once(&model.name)
                .chain(model.deployments.iter().map(|d| &d.model))
                .map(|name| Meaning::of(name))
                .collect(),
            lifecycle: model.lifecycle.clone(),
            maintenance: model.maintenance.clone(),
            deployments,
            balance: model.balance,
            fallbacks: model.fallbacks.clone(),
            resume: model.resume,
            json,
            made_of: Arc::new(model.clone()),
        })
    }
}

/// The model's object in `GET /v1/models`: OpenAI's members, and ours where something is set.
fn object(model: &settings::Model, deployments: &[Arc<Deployment>], name: &str) -> String {
    let mut json = format!(
        r#"{{"id":{},"object":"model","created":{},"owned_by":{}"#,
        json_string(name),
        model.created,
        json_string(&model.owned_by)
    );
    let Lifecycle { deprecated, shutdown, successor } = &model.lifecycle;
    let texts = [
        ("shutdown_date", shutdown.as_ref().map(|day| &day.date)),
        ("deprecated_on", deprecated.as_ref().map(|day| &day.date)),
        ("successor", successor.as_ref()),
    ];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        let _ = write!(json, r#","{name}":{}"#, json_string(text));
    }
    if let Some(Maintenance { from, until, reason }) = &model.maintenance {
        let maintenance = serde_json::json!({ "from": from, "until": until, "reason": reason });
        let _ = write!(json, r#","maintenance":{maintenance}"#);
    }
    if model.tier > 0 {
        let _ = write!(json, r#","tier":{}"#, model.tier);
    }
    let mut regions: Vec<&str> = deployments.iter().filter_map(|d| d.region.as_deref()).collect();
    regions.sort_unstable();
    regions.dedup();
    if !regions.is_empty() {
        let _ = write!(json, r#","regions":{}"#, serde_json::json!(regions));
    }
    json.push('}');
    json
}

/// What answers of a model say whose end has been announced: `deprecation` (RFC 9745), `sunset` (RFC 8594), and our own
/// header with the successor. Without a day that has been set there is nothing to say.
fn notice(Lifecycle { deprecated, shutdown, successor }: &Lifecycle) -> Vec<u8> {
    let mut lines = Lines(Vec::new());
    if let Some(day) = deprecated {
        lines.add("deprecation", &format!("@{}", day.at));
    }
    if let Some(day) = shutdown {
        lines.add("sunset", &http_date(day.at));
    }
    if let Some(successor) = successor.as_ref().filter(|_| deprecated.is_some() || shutdown.is_some()) {
        lines.add("x-tollgate-successor", successor);
    }
    lines.done()
}

/// A moment as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
fn http_date(unix_seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(unix_seconds).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

impl Model {
    /// Whether a key with these bounds may use it: the rules, its tier, and where its calls may be served.
    pub(super) fn is_open_to(&self, bounds: Bounds<'_>) -> bool {
        let is_there = || self.deployments.iter().any(|d| bounds.may_go_to(d.region.as_deref()));
        bounds.may_use(&self.name) && self.tier <= bounds.policy.tier && (bounds.may_go_anywhere() || is_there())
    }

    /// The model with those of its deployments where calls within these bounds may be served.
    pub(crate) fn within(self: &Arc<Self>, bounds: Bounds<'_>) -> Arc<Self> {
        let is_open = |d: &&Arc<Deployment>| bounds.may_go_to(d.region.as_deref());
        if bounds.may_go_anywhere() || self.deployments.iter().all(|d| is_open(&d)) {
            return self.clone();
        }
        Arc::new(self.with_deployments(self.deployments.iter().filter(is_open).cloned().collect()))
    }

    /// The model with one of its deployments alone, and none to stand in.
    pub(crate) fn only(&self, deployment: &Arc<Deployment>) -> Self {
        Self { fallbacks: Vec::new(), ..self.with_deployments(vec![deployment.clone()]) }
    }

    /// The model with other deployments.
    pub(crate) fn with_deployments(&self, deployments: Vec<Arc<Deployment>>) -> Self {
        Self {
            name: self.name.clone(),
            operations: self.operations,
            tier: self.tier,
            lifecycle: self.lifecycle.clone(),
            maintenance: self.maintenance.clone(),
            notice: self.notice.clone(),
            meanings: Vec::new(),
            deployments,
            balance: self.balance,
            fallbacks: self.fallbacks.clone(),
            resume: self.resume,
            json: String::new(),
            made_of: self.made_of.clone(),
        }
    }
}

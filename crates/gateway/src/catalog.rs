//! Models, deployments and providers as the request path needs them: looked up by name, with everything that can be
//! written beforehand already written.
//!
//! In: [`Settings`], and the catalog that was before. Out: a [`Catalog`], which never changes: where settings do, another
//! one is made, and what is the same in both is taken over. It opens no connection.

mod deployment;
mod failing;
mod model;
mod provider;

pub(crate) use self::deployment::Deployment;
pub(crate) use self::model::Model;
pub(crate) use self::provider::{Provider, Reach, USER_AGENT, Upstream};

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tollgate_core::project::Bounds;
use tollgate_providers::sandbox::errors::ERROR_MODEL_PREFIX;

use crate::breaker::Breaker;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::names::{self, Nearest};
use crate::origins::Origin;
use crate::settings::{self, Dialect, Settings};
use crate::tls;

/// Everything that can be asked for.
pub(crate) struct Catalog {
    models: HashMap<String, Arc<Model>>,
    /// In the order of the configuration.
    order: Vec<Arc<Model>>,
    /// In the order of the configuration.
    providers: Vec<Arc<Provider>>,
    /// What stands behind the names of models that fail on demand, where there is a sandbox.
    failing: Option<Arc<Model>>,
    /// The first place that no provider has had.
    free_place: usize,
    /// Of every deployment, by its id.
    pub(crate) breakers: Breakers,
}

/// Breakers by the ids of their deployments.
pub(crate) type Breakers = BTreeMap<String, Arc<Breaker>>;

/// Why the settings make no catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A deployment names a provider that is not there.
    #[error("model {model:?} names provider {provider:?}, which is not configured")]
    UnknownProvider {
        /// The model.
        model: String,
        /// The provider.
        provider: String,
    },
    /// A provider of a dialect that needs an address has none.
    #[error("provider {0:?} has no base URL")]
    NoEndpoint(String),
    /// Its host name cannot be one.
    #[error("provider {0:?}: {1:?} is not a host name")]
    Host(String, String),
    /// Its trusted roots cannot be read.
    #[error("provider {0:?}: {1}")]
    Roots(String, #[source] tls::TlsError),
    /// The trusted roots of downloads cannot be read.
    #[error("images: {0}")]
    Downloads(#[source] tls::TlsError),
}

impl Catalog {
    /// Builds it. What `before` had of the same make is taken over: providers with their place in the pools, models with
    /// what is known of their deployments, breakers.
    pub(crate) fn new(settings: &Settings, metrics: &Metrics, before: Option<&Live>) -> Result<Self, CatalogError> {
        let old = before.map(|live| live.catalog.as_ref());
        let mut free_place = old.map_or(0, |old| old.free_place);
        let mut providers = Vec::with_capacity(settings.providers.len());
        for provider in &settings.providers {
            let known = old.and_then(|old| old.providers.iter().find(|p| p.name == provider.name));
            providers.push(match known {
                Some(known) if known.made_of == *provider && known.has_its_roots() => known.clone(),
                Some(known) if known.is_reached_like(provider) => Arc::new(Provider::new(known.index, provider)?),
                _ => {
                    free_place += 1;
                    Arc::new(Provider::new(free_place - 1, provider)?)
                }
            });
        }
        let kept = old.filter(|_| before.is_some_and(|live| live.settings.breaker == settings.breaker));
        let mut parts = Parts { providers: &providers, breakers: Breakers::new(), breaker: settings.breaker, kept };
        let mut order = Vec::with_capacity(settings.models.len());
        for model in &settings.models {
            order.push(parts.model(model, metrics)?);
        }
        let sandbox = settings.providers.iter().find(|p| p.dialect == Dialect::Sandbox);
        let failing = sandbox.map(|sandbox| parts.model(&failing::model(&sandbox.name), metrics)).transpose()?;
        let breakers = parts.breakers;
        let models = order.iter().map(|m| (m.name.clone(), m.clone())).collect();
        Ok(Self { models, order, providers, failing, free_place, breakers })
    }

    pub(crate) fn model(&self, name: &str) -> Option<&Arc<Model>> {
        self.models.get(name).or_else(|| self.failing.as_ref().filter(|_| name.starts_with(ERROR_MODEL_PREFIX)))
    }

    /// The deployment that has made a response, or another of the same provider.
    pub(crate) fn deployment(&self, origin: &Origin) -> Option<&Arc<Deployment>> {
        let all = || self.order.iter().flat_map(|model| &model.deployments);
        all().find(|d| *d.id == *origin.deployment).or_else(|| all().find(|d| *d.provider.name == *origin.provider))
    }

    pub(crate) fn providers(&self) -> &[Arc<Provider>] {
        &self.providers
    }

    /// The body of `GET /v1/models` for a key with these bounds.
    pub(crate) fn list(&self, bounds: Bounds<'_>) -> String {
        let mut body = String::from(r#"{"object":"list","data":["#);
        for (i, model) in self.usable_models(bounds).enumerate() {
            if i > 0 {
                body.push(',');
            }
            body.push_str(&model.json);
        }
        body.push_str("]}");
        body
    }

    /// Names that a key may use, in the order of lists.
    pub(crate) fn usable<'c>(&'c self, bounds: Bounds<'_>) -> impl Iterator<Item = &'c str> {
        self.usable_models(bounds).map(|m| m.name.as_str())
    }

    /// Models that a key may use, in the order of lists.
    pub(crate) fn usable_models<'c>(&'c self, bounds: Bounds<'_>) -> impl Iterator<Item = &'c Arc<Model>> {
        self.order.iter().filter(move |m| m.is_open_to(bounds))
    }

    /// At most three names that resemble `asked` and that a key may use, nearest first.
    pub(crate) fn nearest<'c>(&'c self, asked: &str, bounds: Bounds<'_>) -> Nearest<'c> {
        names::nearest(asked, self.usable_models(bounds).map(|m| (m.name.as_str(), m.meanings.as_slice())))
    }
}

/// What models are made with.
struct Parts<'a> {
    providers: &'a [Arc<Provider>],
    /// Those made or taken over so far.
    breakers: Breakers,
    breaker: settings::Breaker,
    /// The catalog from which breakers may be taken over.
    kept: Option<&'a Catalog>,
}

impl Parts<'_> {
    fn provider(&self, model: &str, name: &str) -> Result<&Arc<Provider>, CatalogError> {
        let unknown = || CatalogError::UnknownProvider { model: model.to_owned(), provider: name.to_owned() };
        self.providers.iter().find(|p| p.name == name).ok_or_else(unknown)
    }

    /// The model as it was before, if nothing of it has changed; else a new one.
    fn model(&mut self, model: &settings::Model, metrics: &Metrics) -> Result<Arc<Model>, CatalogError> {
        let known = self.kept.and_then(|old| old.models.get(&model.name)).filter(|known| *known.made_of == *model);
        if let Some(known) = known
            && known.deployments.iter().all(|d| self.providers.iter().any(|p| Arc::ptr_eq(p, &d.provider)))
        {
            for deployment in &known.deployments {
                self.breakers.insert(deployment.id.clone(), deployment.breaker.clone());
            }
            return Ok(known.clone());
        }
        Ok(Arc::new(Model::new(model, self, metrics)?))
    }

    /// The breaker of a deployment. One that was before knows a provider that is asked at the same place with the same
    /// credential; of any other it would know nothing.
    fn breaker(&mut self, id: &str, provider: &Provider) -> Arc<Breaker> {
        if let Some(breaker) = self.breakers.get(id) {
            return breaker.clone();
        }
        let same = |old: &Provider| {
            old.name == provider.name
                && old.index == provider.index
                && old.made_of.credential == provider.made_of.credential
        };
        let kept = self.kept.filter(|old| old.providers.iter().any(|p| same(p))).and_then(|old| old.breakers.get(id));
        let breaker = kept.cloned().unwrap_or_else(|| Arc::new(Breaker::of_incidents(self.breaker)));
        self.breakers.insert(id.to_owned(), breaker.clone());
        breaker
    }
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

//! One way to serve a model: a provider, the model's name there, and what requests share that go this way.
//!
//! In: the settings of a deployment and of its model. Out: a [`Deployment`]. Whether it is asked is decided in `route` and
//! `tries`; how, in `attempt`.

use std::sync::Arc;

use tollgate_models::Vendor;
use tollgate_providers::sandbox::Wishes;
use tollgate_providers::sandbox::errors::ERROR_MODEL;

use super::{CatalogError, Parts, Provider, Reach, json_string};
use crate::balance::Load;
use crate::breaker::Breaker;
use crate::fit::Fit;
use crate::metrics::{DeploymentMetrics, Metrics, Served};
use crate::settings::{self, Balance, Images, UpstreamTimeouts};

/// One way to serve a model.
pub(crate) struct Deployment {
    /// `provider/model`.
    pub(crate) id: String,
    pub(crate) provider: Arc<Provider>,
    pub(crate) model: String,
    /// The model's name there as a JSON string.
    pub(crate) model_json: String,
    /// Where it is served, as far as the settings say.
    pub(crate) region: Option<String>,
    pub(crate) one_project: bool,
    pub(crate) weight: u32,
    pub(crate) timeouts: UpstreamTimeouts,
    /// What the sandbox is wished to do.
    pub(crate) wishes: Wishes,
    /// Shared by all models that have the same deployment.
    pub(crate) breaker: Arc<Breaker>,
    /// Of the sandbox's deployments: the breaker of those who ask it to fail as a provider, so that they cut off nobody else.
    pub(crate) faulted: Option<Arc<Breaker>>,
    pub(crate) load: Arc<Load>,
    /// Whether the model's balance looks at the load.
    pub(crate) measured: bool,
    pub(crate) metrics: DeploymentMetrics,
    /// What its requests are held to.
    pub(crate) fit: Fit,
    /// What is done about addresses in them.
    pub(crate) images: Images,
}

impl Deployment {
    /// The deployment of a model, with what its provider and other models already have of it.
    pub(super) fn new(
        deployment: &settings::Deployment,
        model: &settings::Model,
        parts: &mut Parts<'_>,
        metrics: &Metrics,
    ) -> Result<Self, CatalogError> {
        let provider = parts.provider(&model.name, &deployment.provider)?.clone();
        let id = format!("{}/{}", provider.name, deployment.model);
        let served =
            Served { deployment: &id, model: &model.name, provider: &provider.name, operations: model.operations };
        let metrics = metrics.deployment(&served);
        let inside = matches!(provider.reach, Reach::Sandbox);
        let host = provider.made_of.endpoint.as_ref().map(|endpoint| endpoint.host.as_str());
        let fit = match model.name.as_str() {
            ERROR_MODEL => Fit::none(),
            _ => Fit::new(model.parameters, &model.capabilities, model.operations, host, &deployment.model),
        };
        Ok(Self {
            breaker: parts.breaker(&id, &provider),
            faulted: inside.then(|| Arc::new(Breaker::new(parts.breaker))),
            id,
            model_json: json_string(&deployment.model),
            region: deployment.region.clone().or_else(|| provider.made_of.region.clone()),
            model: deployment.model.clone(),
            // Whose the sandbox's are, is known here.
            one_project: deployment.one_project || inside,
            weight: deployment.weight,
            timeouts: deployment.timeouts,
            wishes: deployment.wishes,
            load: Arc::new(Load::new()),
            measured: matches!(model.balance, Balance::LeastBusy | Balance::Latency),
            metrics,
            provider,
            fit,
            images: model.images,
        })
    }

    /// Whose models it has, by the address of its provider; `None` for a server that is nobody's in particular. The
    /// sandbox plays OpenAI.
    pub(crate) fn vendor(&self) -> Option<Vendor> {
        match &self.provider.reach {
            Reach::Sandbox => Some(Vendor::OpenAi),
            Reach::Upstream(upstream) => Vendor::of_host(&upstream.host),
        }
    }

    /// The same with other timers.
    pub(crate) fn with_timeouts(&self, timeouts: UpstreamTimeouts) -> Self {
        Self { timeouts, load: Arc::new(Load::new()), measured: false, ..self.copied() }
    }

    /// The same with another breaker.
    pub(crate) fn with_breaker(&self, breaker: Arc<Breaker>) -> Self {
        Self { breaker, ..self.copied() }
    }

    /// The same on an organization's own account, which has a breaker of its own.
    pub(crate) fn on_account(&self, provider: Arc<Provider>, breaker: Arc<Breaker>) -> Self {
        Self { provider, breaker, ..self.copied() }
    }

    fn copied(&self) -> Self {
        Self {
            id: self.id.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            model_json: self.model_json.clone(),
            region: self.region.clone(),
            one_project: self.one_project,
            weight: self.weight,
            timeouts: self.timeouts,
            wishes: self.wishes,
            breaker: self.breaker.clone(),
            faulted: self.faulted.clone(),
            load: self.load.clone(),
            measured: self.measured,
            metrics: self.metrics.clone(),
            fit: self.fit.clone(),
            images: self.images,
        }
    }
}

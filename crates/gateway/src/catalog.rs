//! Models, deployments and providers as the request path needs them: looked up by name, with everything that can be
//! written beforehand already written.
//!
//! In: [`Settings`], and the catalog that was before. Out: a [`Catalog`], which never changes: where settings do, another
//! one is made, and what is the same in both is taken over. It opens no connection.

mod failing;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tollgate_core::operation::{Operation, Operations};
use tollgate_core::policy::Policy;
use tollgate_models::Vendor;
use tollgate_providers::sandbox::errors::{ERROR_MODEL, ERROR_MODEL_PREFIX};
use tollgate_providers::sandbox::{self, Wishes};

use crate::answer::Lines;
use crate::balance::Load;
use crate::breaker::Breaker;
use crate::fit::Fit;
use crate::live::Live;
use crate::metrics::{DeploymentMetrics, Metrics, Served};
use crate::names::{self, Meaning, Nearest};
use crate::origins::Origin;
use crate::settings::{
    self, Balance, Check, Dialect, Endpoint, Fallback, HttpVersion, Lifecycle, Maintenance, Roots, Settings,
    UpstreamTimeouts,
};
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
    meanings: Vec<Meaning>,
    /// Its object in `GET /v1/models`.
    json: String,
    made_of: settings::Model,
}

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
}

/// One upstream endpoint.
pub(crate) struct Provider {
    /// Its place in a worker's pools.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) passes_trace: bool,
    pub(crate) check: Option<Check>,
    pub(crate) reach: Reach,
    /// It holds a secret, hence no `Debug` on this type.
    made_of: settings::Provider,
    roots: Option<Stamp>,
}

impl Provider {
    /// The host that is called; empty for the sandbox.
    pub(crate) fn host(&self) -> &str {
        match &self.reach {
            Reach::Sandbox => "",
            Reach::Upstream(upstream) => &upstream.host,
        }
    }
}

/// Tells one state of a file from the next: when it was changed, and its size.
type Stamp = (SystemTime, u64);

/// How a provider is reached.
pub(crate) enum Reach {
    /// It is inside.
    Sandbox,
    /// Over the network.
    Upstream(Box<Upstream>),
}

/// A network endpoint and what is said to it in every request.
pub(crate) struct Upstream {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) http: HttpVersion,
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// Path before the operation's own.
    pub(crate) path: String,
    /// `host[:port]`.
    pub(crate) authority: String,
    /// `Bearer …`; it holds a secret, hence no `Debug` on this type.
    pub(crate) authorization: Option<String>,
    /// Request line and unchanging headers, per operation.
    heads: Vec<(Operation, Vec<u8>)>,
}

impl Upstream {
    /// The unchanging part of a request head for `operation`; empty for one that is never forwarded.
    pub(crate) fn head(&self, operation: Operation) -> &[u8] {
        self.heads.iter().find(|(o, _)| *o == operation).map_or(&[], |(_, head)| head)
    }
}

/// What is sent upstream as `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!("tollgate/", env!("CARGO_PKG_VERSION"));

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

    /// The body of `GET /v1/models` for a key with this policy.
    pub(crate) fn list(&self, policy: &Policy) -> String {
        let mut body = String::from(r#"{"object":"list","data":["#);
        for (i, model) in self.usable_models(policy).enumerate() {
            if i > 0 {
                body.push(',');
            }
            body.push_str(&model.json);
        }
        body.push_str("]}");
        body
    }

    /// Names that a policy allows, in the order of lists.
    pub(crate) fn usable(&self, policy: &Policy) -> impl Iterator<Item = &str> {
        self.usable_models(policy).map(|m| m.name.as_str())
    }

    /// Models that a policy allows, in the order of lists.
    pub(crate) fn usable_models(&self, policy: &Policy) -> impl Iterator<Item = &Arc<Model>> {
        self.order.iter().filter(|m| m.is_open_to(policy))
    }

    /// At most three names that resemble `asked` and that a policy allows, nearest first.
    pub(crate) fn nearest(&self, asked: &str, policy: &Policy) -> Nearest<'_> {
        names::nearest(asked, self.usable_models(policy).map(|m| (m.name.as_str(), m.meanings.as_slice())))
    }
}

impl Deployment {
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
        }
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
        let known = self.kept.and_then(|old| old.models.get(&model.name)).filter(|known| known.made_of == *model);
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
        let breaker = kept.cloned().unwrap_or_else(|| Arc::new(Breaker::new(self.breaker)));
        self.breakers.insert(id.to_owned(), breaker.clone());
        breaker
    }
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

    /// Its object in `GET /v1/models/{name}`.
    pub(crate) fn object(&self, name: &str) -> String {
        if name == self.name { self.json.clone() } else { object(&self.made_of, name) }
    }

    fn new(model: &settings::Model, parts: &mut Parts<'_>, metrics: &Metrics) -> Result<Self, CatalogError> {
        let mut deployments = Vec::new();
        for deployment in &model.deployments {
            let provider = parts.provider(&model.name, &deployment.provider)?.clone();
            let id = format!("{}/{}", provider.name, deployment.model);
            let served =
                Served { deployment: &id, model: &model.name, provider: &provider.name, operations: model.operations };
            let metrics = metrics.deployment(&served);
            let inside = matches!(provider.reach, Reach::Sandbox);
            let host = provider.made_of.endpoint.as_ref().map(|endpoint| endpoint.host.as_str());
            let fit = match model.name.as_str() {
                ERROR_MODEL => Fit::none(),
                _ => Fit::new(model.parameters, &model.capabilities, host, &deployment.model),
            };
            deployments.push(Arc::new(Deployment {
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
            }));
        }
        let json = object(model, &model.name);
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
            made_of: model.clone(),
        })
    }
}

/// The model's object in `GET /v1/models`.
fn object(model: &settings::Model, name: &str) -> String {
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
    /// Whether a key of this policy may use it: its rules, its tier, and where its calls may be served.
    fn is_open_to(&self, policy: &Policy) -> bool {
        let is_there = || self.deployments.iter().any(|d| policy.may_go_to(d.region.as_deref()));
        policy.models.refusal(&self.name).is_none()
            && self.tier <= policy.tier
            && (policy.regions.is_empty() || is_there())
    }

    /// The model with those of its deployments where the calls of this policy may be served.
    pub(crate) fn within(self: &Arc<Self>, policy: &Policy) -> Arc<Self> {
        let is_open = |d: &&Arc<Deployment>| policy.may_go_to(d.region.as_deref());
        if policy.regions.is_empty() || self.deployments.iter().all(|d| is_open(&d)) {
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

impl Provider {
    /// An address in this provider's place, in clear text.
    pub(crate) fn upstream_at(&self, host: &str, port: u16) -> Upstream {
        let endpoint = Endpoint {
            tls: false,
            host: host.to_owned(),
            port,
            path: "/v1".to_owned(),
            http: HttpVersion::Http1,
            roots: Roots::Bundled,
        };
        Upstream::at(&endpoint, None, None)
    }

    fn new(index: usize, provider: &settings::Provider) -> Result<Self, CatalogError> {
        let reach = match (provider.dialect, &provider.endpoint) {
            (Dialect::Sandbox, _) => Reach::Sandbox,
            (Dialect::OpenAi, None) => return Err(CatalogError::NoEndpoint(provider.name.clone())),
            (Dialect::OpenAi, Some(endpoint)) => Reach::Upstream(Box::new(Upstream::new(provider, endpoint)?)),
        };
        let (name, check) = (provider.name.clone(), provider.check.clone());
        let (made_of, roots) = (provider.clone(), stamp(provider));
        Ok(Self { index, name, passes_trace: provider.passes_trace, check, reach, made_of, roots })
    }

    /// Whether the file of its trusted roots is as it was read.
    fn has_its_roots(&self) -> bool {
        self.roots == stamp(&self.made_of)
    }

    /// Whether its connections are as good for `other`.
    fn is_reached_like(&self, other: &settings::Provider) -> bool {
        (self.made_of.dialect, &self.made_of.endpoint) == (other.dialect, &other.endpoint) && self.has_its_roots()
    }
}

/// The stamp of a provider's file of trusted roots, where it has one.
fn stamp(provider: &settings::Provider) -> Option<Stamp> {
    let Roots::File(file) = &provider.endpoint.as_ref()?.roots else { return None };
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

impl Upstream {
    fn new(provider: &settings::Provider, endpoint: &Endpoint) -> Result<Self, CatalogError> {
        let tls = match endpoint.tls {
            false => None,
            true => {
                let name = ServerName::try_from(endpoint.host.clone())
                    .map_err(|_| CatalogError::Host(provider.name.clone(), endpoint.host.clone()))?;
                let config = tls::client(&endpoint.roots, endpoint.http)
                    .map_err(|e| CatalogError::Roots(provider.name.clone(), e))?;
                Some((config, name))
            }
        };
        let authorization = provider.credential.as_ref().map(|c| format!("Bearer {}", c.reveal()));
        Ok(Self::at(endpoint, tls, authorization))
    }

    fn at(
        endpoint: &Endpoint,
        tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
        authorization: Option<String>,
    ) -> Self {
        let default_port = if endpoint.tls { 443 } else { 80 };
        let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
        let authority = if endpoint.port == default_port { host } else { format!("{host}:{}", endpoint.port) };
        let heads = Operation::ALL
            .into_iter()
            .filter(|o| o.asks_a_model())
            .map(|o| (o, head(o, endpoint, &authority, authorization.as_deref())))
            .collect();
        Self {
            host: endpoint.host.clone(),
            port: endpoint.port,
            http: endpoint.http,
            tls,
            path: endpoint.path.clone(),
            authority,
            authorization,
            heads,
        }
    }
}

fn head(operation: Operation, endpoint: &Endpoint, authority: &str, authorization: Option<&str>) -> Vec<u8> {
    let mut head = format!(
        "POST {}{} HTTP/1.1\r\nhost: {authority}\r\nuser-agent: {USER_AGENT}\r\naccept-encoding: identity\r\ncontent-type: application/json\r\n",
        endpoint.path,
        operation.path(),
    );
    if let Some(authorization) = authorization {
        let _ = write!(head, "authorization: {authorization}\r\n");
    }
    head.into_bytes()
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

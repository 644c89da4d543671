//! `[models."NAME"]`: the models that callers may name, and the ways to serve them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_core::operation::{Operation, Operations};
use tollgate_gateway::settings::{Balance, Condition, DEPLOYMENTS_MAX, Deployment, Fallback, Model};
use tollgate_providers::sandbox;

use super::capabilities::{RawCapabilities, RawParameters};
use super::images::RawImageMode;
use super::lifecycle::{self, RawMaintenance};
use super::problem::{listed, nearest};
use super::providers::{self, RawDialect, RawOwnTimeouts, RawProvider};
use super::raw::RawSettings;
use super::resolve::Resolver;
use super::sandbox::RawSandbox;
use super::tree::{Node, Path};

/// One model.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawModel {
    /// Who is said to own it in `GET /v1/models`. Without it: the provider of the first deployment.
    pub owned_by: Option<String>,
    /// When it was made, in Unix seconds, for `GET /v1/models`. Without it: the time in the examples of OpenAI's API
    /// reference, so that every server says the same at all times.
    #[schemars(range(min = 0, max = 253_402_300_799_i64))]
    pub created: i64,
    /// Day from which it is retired, `YYYY-MM-DD`: still listed, but refused from its midnight UTC on.
    #[schemars(extend("format" = "date"))]
    pub shutdown_date: Option<String>,
    /// Day from which it should not be used for anything new, `YYYY-MM-DD`: it is served, and its answers say so in the
    /// header `deprecation`.
    #[schemars(extend("format" = "date"))]
    pub deprecated_on: Option<String>,
    /// What to use instead of a model that is retired or about to be; named in the refusal, and before it in the header
    /// `x-tollgate-successor`.
    pub successor: Option<String>,
    /// A time in which it is refused with 503, and after which it is served again by itself.
    pub maintenance: Option<RawMaintenance>,
    /// The lowest tier of a key that may use it (`tollgate keys create --tier`). Without it: every key may.
    #[schemars(range(min = 0, max = 100))]
    pub tier: u8,
    /// What it can be asked for. Without it: everything, and the provider decides; of a model that only the sandbox
    /// serves: what the sandbox makes of it.
    pub endpoints: Vec<RawEndpoint>,
    /// Ways to serve it, in order of preference; at least one, at most 64.
    pub deployments: Vec<RawDeployment>,
    /// Which deployment is asked first: `ordered` as listed, `weighted` by lot, `least_busy` the one with the fewest
    /// requests in flight per weight, `latency` the one that answers soonest. The others follow where it fails.
    pub balance: RawBalance,
    /// Other models, in order, that answer where no deployment of this one does.
    pub fallbacks: Vec<RawFallback>,
    /// Whether a stream that breaks off is continued: the next deployment is asked again, and where it says exactly
    /// what the caller has already, the stream goes on. Both attempts are metered.
    pub resume: bool,
    /// What is done about parameters that the model would refuse: `pass` sends them and explains the refusal, `check`
    /// refuses them before the call as the provider would, `adapt` changes the request where its meaning stays, says so
    /// in the header `x-tollgate-adapted`, and refuses elsewhere.
    pub parameters: RawParameters,
    /// What is done about images and files that requests name by their addresses: `off` nothing, `diagnose` looks at them
    /// where the provider has refused them, and tells its reason, `check` looks before the call and refuses as the
    /// provider would, `inline` fetches them and sends their contents, which the header `x-tollgate-adapted` says.
    pub images: RawImageMode,
    /// What is known of the model better than the built-in table says.
    pub capabilities: RawCapabilities,
    /// Timers, where they are to be others than the provider's.
    pub timeouts: RawOwnTimeouts,
    /// Pace and size of the answers where the sandbox makes them, if they are to be others than the provider's.
    pub sandbox: RawSandbox,
}

/// `created` of every model in the examples of OpenAI's published specification (`GET /models`, 2026-11): the clients
/// that show or sort by it get a date, and the time of a start or of a file would differ between two servers.
const USUAL_CREATED: i64 = 1_686_935_002;

/// Which deployment is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawBalance {
    /// As they are listed.
    #[default]
    Ordered,
    /// By lot, by their weights.
    Weighted,
    /// The one with the fewest requests in flight per weight.
    LeastBusy,
    /// The one that answers soonest.
    Latency,
}

impl RawBalance {
    fn resolved(self) -> Balance {
        match self {
            Self::Ordered => Balance::Ordered,
            Self::Weighted => Balance::Weighted,
            Self::LeastBusy => Balance::LeastBusy,
            Self::Latency => Balance::Latency,
        }
    }
}

/// A model that stands in for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFallback {
    /// Name of one of the `[models.NAME]`. It is asked only for callers who may use it.
    pub model: String,
    /// After what: `error` (the deployments fail or cannot be reached), `timeout`, `rate_limit` (a quota too),
    /// `context_length` (the prompt is too long), `content` (the provider's filter refuses).
    #[serde(default = "RawCondition::usual")]
    pub on: Vec<RawCondition>,
}

/// What kind of failure a fallback stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawCondition {
    /// The deployments fail or cannot be reached.
    Error,
    /// They do not answer in time.
    Timeout,
    /// They refuse for their rate limits or quotas.
    RateLimit,
    /// The prompt is too long for the model.
    ContextLength,
    /// The provider's content filter refuses.
    Content,
}

impl RawCondition {
    fn usual() -> Vec<Self> {
        vec![Self::Error, Self::Timeout, Self::RateLimit]
    }

    fn resolved(self) -> Condition {
        match self {
            Self::Error => Condition::Error,
            Self::Timeout => Condition::Timeout,
            Self::RateLimit => Condition::RateLimit,
            Self::ContextLength => Condition::ContextLength,
            Self::Content => Condition::Content,
        }
    }
}

impl Default for RawModel {
    fn default() -> Self {
        Self {
            owned_by: None,
            created: USUAL_CREATED,
            shutdown_date: None,
            deprecated_on: None,
            successor: None,
            maintenance: None,
            tier: 0,
            endpoints: RawEndpoint::ALL.to_vec(),
            deployments: Vec::new(),
            balance: RawBalance::default(),
            fallbacks: Vec::new(),
            resume: false,
            parameters: RawParameters::default(),
            images: RawImageMode::default(),
            capabilities: RawCapabilities::default(),
            timeouts: RawOwnTimeouts::default(),
            sandbox: RawSandbox::default(),
        }
    }
}

/// What a model can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawEndpoint {
    /// `POST /v1/chat/completions`
    ChatCompletions,
    /// `POST /v1/completions`
    Completions,
    /// `POST /v1/embeddings`
    Embeddings,
    /// `POST /v1/responses`
    Responses,
    /// `POST /v1/moderations`
    Moderations,
}

impl RawEndpoint {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::ChatCompletions, Self::Completions, Self::Embeddings, Self::Responses, Self::Moderations];

    /// Those of a set of operations.
    pub(super) fn of(operations: Operations) -> Vec<Self> {
        Self::ALL.into_iter().filter(|endpoint| operations.contains(endpoint.operation())).collect()
    }

    fn operation(self) -> Operation {
        match self {
            Self::ChatCompletions => Operation::ChatCompletions,
            Self::Completions => Operation::Completions,
            Self::Embeddings => Operation::Embeddings,
            Self::Responses => Operation::Responses,
            Self::Moderations => Operation::Moderations,
        }
    }
}

/// One way to serve a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDeployment {
    /// Name of one of the `[providers.NAME]`.
    pub provider: String,
    /// The model's name there.
    pub model: String,
    /// Where it is served, where that is not the provider's `region`.
    #[serde(default)]
    pub region: Option<String>,
    /// Whether the credential serves one upstream project, so that `previous_response_id` and `conversation`, which
    /// refer to what is stored there, can be passed on.
    #[serde(default)]
    pub one_project: bool,
    /// Its share where the balance goes by weight; one of 0 is asked only when no other can be.
    #[serde(default = "usual_weight")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub weight: u32,
    /// Timers, where they are to be others than the model's or the provider's.
    #[serde(default)]
    pub timeouts: RawOwnTimeouts,
}

impl RawDeployment {
    /// A model at a provider, and nothing said beyond.
    pub(super) fn new(provider: String, model: String) -> Self {
        let (one_project, weight) = (false, usual_weight());
        Self { provider, model, region: None, one_project, weight, timeouts: RawOwnTimeouts::default() }
    }
}

fn usual_weight() -> u32 {
    1
}

/// A model that only the sandbox serves, and of which nobody has said what it can be asked for, can be asked for what
/// the sandbox makes of it, and not for everything.
pub(super) fn know_sandbox(raw: &mut RawSettings, tree: &Node) {
    let is_inside = |provider: &str| raw.providers.get(provider).is_some_and(|p| p.dialect == RawDialect::Sandbox);
    for (name, model) in &mut raw.models {
        if model.deployments.is_empty() || tree.get(&Path::to("models").key(name).key("endpoints")).is_some() {
            continue;
        }
        let known = |d: &RawDeployment| {
            let built = sandbox::models().iter().find(|built| built.name == d.model);
            built.filter(|_| is_inside(&d.provider)).map(|built| RawEndpoint::of(built.operations))
        };
        let Some(served) = model.deployments.iter().map(known).collect::<Option<Vec<_>>>() else { continue };
        model.endpoints.retain(|endpoint| served.iter().any(|of_one| of_one.contains(endpoint)));
    }
}

pub(super) fn resolve(
    name: &str,
    raw: &RawModel,
    providers: &BTreeMap<String, RawProvider>,
    resolver: &mut Resolver<'_>,
) -> Model {
    let path = Path::to("models").key(name);
    let path_of_deployments = path.key("deployments");
    check_name(&path, name, resolver);
    if raw.deployments.is_empty() && resolver.is_whole(&path_of_deployments) {
        resolver.refuse(&path_of_deployments, |p| {
            p.found("no deployment")
                .allowed("at least one, for example deployments = [{ provider = \"openai\", model = \"gpt-4o-mini\" }]")
        });
    }
    if raw.deployments.len() > DEPLOYMENTS_MAX {
        resolver.refuse(&path_of_deployments, |p| {
            p.found(format!("{} deployments", raw.deployments.len())).allowed(format!("at most {DEPLOYMENTS_MAX}"))
        });
    }
    for (at, deployment) in raw.deployments.iter().enumerate() {
        let path = resolver.element(&path_of_deployments, at);
        check_provider(&path.key("provider"), &deployment.provider, providers, resolver);
        if !is_model_name(&deployment.model) {
            resolver.refuse(&path.key("model"), |p| p.found(format!("{:?}", deployment.model)).allowed(MODEL_NAME));
        }
        providers::region(&path, deployment.region.as_ref(), resolver);
        let is_same = |d: &RawDeployment| (&d.provider, &d.model) == (&deployment.provider, &deployment.model);
        if raw.deployments[..at].iter().any(is_same) {
            resolver.refuse(&path, |p| {
                p.found(format!("{} at {} a second time", deployment.model, deployment.provider))
                    .allowed("each deployment once")
            });
        }
    }
    let is_elsewhere = |d: &RawDeployment| providers.get(&d.provider).is_some_and(|p| p.dialect != RawDialect::Sandbox);
    if !raw.deployments.is_empty() && raw.deployments.iter().all(is_elsewhere) {
        raw.sandbox.refuse(&path, resolver);
    }
    let first_provider = raw.deployments.first().map_or("", |d| &d.provider);
    Model {
        name: name.to_owned(),
        owned_by: raw.owned_by.clone().unwrap_or_else(|| first_provider.to_owned()),
        created: raw.created,
        lifecycle: lifecycle::resolve(&path, raw, resolver),
        maintenance: raw.maintenance.as_ref().and_then(|m| lifecycle::maintenance(&path, m, resolver)),
        tier: raw.tier,
        operations: operations(&path, raw, resolver),
        deployments: raw.deployments.iter().map(|d| deployment(d, raw, providers)).collect(),
        balance: raw.balance.resolved(),
        fallbacks: raw.fallbacks.iter().map(RawFallback::resolved).collect(),
        resume: raw.resume,
        parameters: raw.parameters.resolved(),
        images: raw.images.resolved(),
        capabilities: raw.capabilities.resolved(&path, resolver),
    }
}

fn deployment(raw: &RawDeployment, model: &RawModel, providers: &BTreeMap<String, RawProvider>) -> Deployment {
    let provider = providers.get(&raw.provider);
    let timeouts = provider.map(|p| p.timeouts.resolved()).unwrap_or_default();
    let wishes = provider.map(|p| p.sandbox.wishes()).unwrap_or_default();
    Deployment {
        provider: raw.provider.clone(),
        model: raw.model.clone(),
        region: raw.region.clone(),
        one_project: raw.one_project,
        weight: raw.weight,
        timeouts: raw.timeouts.or(model.timeouts.or(timeouts)),
        wishes: model.sandbox.wishes().or(wishes),
    }
}

impl RawFallback {
    fn resolved(&self) -> Fallback {
        Fallback { model: self.model.clone(), on: self.on.iter().map(|c| c.resolved()).collect() }
    }
}

/// Fallbacks name other models, each once. Theirs do not count: a request goes through one list.
pub(super) fn check_fallbacks(
    name: &str,
    raw: &RawModel,
    models: &BTreeMap<String, RawModel>,
    resolver: &mut Resolver<'_>,
) {
    for (at, fallback) in raw.fallbacks.iter().enumerate() {
        let path = resolver.element(&Path::to("models").key(name).key("fallbacks"), at);
        if fallback.on.is_empty() && resolver.is_whole(&path.key("on")) {
            resolver.refuse(&path.key("on"), |p| {
                p.found("an empty list").allowed("at least one of error, timeout, rate_limit, context_length, content")
            });
        }
        if fallback.model == name || raw.fallbacks[..at].iter().any(|f| f.model == fallback.model) {
            let why = if fallback.model == name { "the model itself" } else { "a model named before" };
            resolver.refuse(&path.key("model"), |p| p.found(format!("{:?}, {why}", fallback.model)));
        } else if !models.contains_key(&fallback.model) && resolver.is_whole(&Path::to("models").key(&fallback.model)) {
            let meant = nearest(&fallback.model, models.keys().map(String::as_str));
            resolver.refuse(&path.key("model"), |p| {
                let p = p.found(format!("{:?}, which is no model", fallback.model)).allowed("a name of [models.NAME]");
                match meant {
                    Some(name) => p.help(format!("did you mean {name:?}?")),
                    None => p,
                }
            });
        }
    }
}

const MODEL_NAME: &str = "1 to 200 visible ASCII characters without blanks";

/// A name stands in headers, records and paths.
fn is_model_name(name: &str) -> bool {
    (1..=200).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())
}

fn check_name(path: &Path, name: &str, resolver: &mut Resolver<'_>) {
    if !is_model_name(name) {
        resolver.refuse(path, |p| p.found(format!("the name {name:?}")).allowed(MODEL_NAME));
    } else if is_a_step(name) {
        resolver.refuse(path, |p| p.found(format!("the name {name:?}")).allowed(MODEL_NAME).help(NO_STEP));
    }
}

/// Clients take these out of a path before they send it.
pub(super) fn is_a_step(name: &str) -> bool {
    [".", ".."].contains(&name)
}

pub(super) const NO_STEP: &str = "a path cannot name it: \".\" and \"..\" are steps in one";

fn check_provider(path: &Path, provider: &str, providers: &BTreeMap<String, RawProvider>, resolver: &mut Resolver<'_>) {
    if providers.contains_key(provider) || !resolver.is_whole(&Path::to("providers").key(provider)) {
        return;
    }
    let names = || providers.keys().map(String::as_str);
    let meant = nearest(provider, names());
    resolver.refuse(path, |p| {
        let p = p.found(format!("{provider:?}, which is no provider")).allowed(listed(names()));
        match meant {
            Some(name) => p.help(format!("did you mean {name:?}?")),
            None => p.help(format!("add a section [providers.{provider}]")),
        }
    });
}

fn operations(path: &Path, raw: &RawModel, resolver: &mut Resolver<'_>) -> Operations {
    let path = path.key("endpoints");
    if raw.endpoints.is_empty() && resolver.is_whole(&path) {
        resolver.refuse(&path, |p| p.found("an empty list").allowed("at least one endpoint; leave it out for all"));
    }
    let endpoints: Operations = raw.endpoints.iter().map(|e| e.operation()).collect();
    // What can be asked of a model can be counted before.
    if endpoints.contains(Operation::Responses) { endpoints.with(Operation::InputTokens) } else { endpoints }
}

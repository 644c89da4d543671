//! `[models."NAME"]`: the models that callers may name, and the ways to serve them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_core::operation::{Operation, Operations};
use tollgate_gateway::settings::{Deployment, Model, Shutdown};

use super::address;
use super::problem::{listed, nearest};
use super::providers::RawProvider;
use super::resolve::Resolver;
use super::tree::Path;

/// One model.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawModel {
    /// Who is said to own it in `GET /v1/models`. Without it: the provider of the first deployment.
    pub owned_by: Option<String>,
    /// When it was made, in Unix seconds, for `GET /v1/models`.
    #[schemars(range(min = 0, max = 253_402_300_799_i64))]
    pub created: i64,
    /// Day from which it is retired, `YYYY-MM-DD`: still listed, but refused from its midnight UTC on.
    #[schemars(extend("format" = "date"))]
    pub shutdown_date: Option<String>,
    /// What to use instead of a retired model; named in the refusal.
    pub successor: Option<String>,
    /// What it can be asked for. Without it: everything, and the provider decides.
    pub endpoints: Vec<RawEndpoint>,
    /// Ways to serve it, in order of preference; at least one.
    pub deployments: Vec<RawDeployment>,
}

impl Default for RawModel {
    fn default() -> Self {
        Self {
            owned_by: None,
            created: 0,
            shutdown_date: None,
            successor: None,
            endpoints: RawEndpoint::ALL.to_vec(),
            deployments: Vec::new(),
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
    /// Whether the credential serves one upstream project, so that `previous_response_id` and `conversation`, which
    /// refer to what is stored there, can be passed on.
    #[serde(default)]
    pub one_project: bool,
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
    for (at, deployment) in raw.deployments.iter().enumerate() {
        let path = path_of_deployments.element(at);
        check_provider(&path.key("provider"), &deployment.provider, providers, resolver);
        if !is_model_name(&deployment.model) {
            resolver.refuse(&path.key("model"), |p| p.found(format!("{:?}", deployment.model)).allowed(MODEL_NAME));
        }
        let is_same = |d: &RawDeployment| (&d.provider, &d.model) == (&deployment.provider, &deployment.model);
        if raw.deployments[..at].iter().any(is_same) {
            resolver.refuse(&path, |p| {
                p.found(format!("{} at {} a second time", deployment.model, deployment.provider))
                    .allowed("each deployment once")
            });
        }
    }
    let first_provider = raw.deployments.first().map_or("", |d| &d.provider);
    Model {
        name: name.to_owned(),
        owned_by: raw.owned_by.clone().unwrap_or_else(|| first_provider.to_owned()),
        created: raw.created,
        shutdown: shutdown(&path, raw, resolver),
        operations: operations(&path, raw, resolver),
        deployments: raw
            .deployments
            .iter()
            .map(|d| Deployment { provider: d.provider.clone(), model: d.model.clone(), one_project: d.one_project })
            .collect(),
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
    }
}

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

fn shutdown(path: &Path, raw: &RawModel, resolver: &mut Resolver<'_>) -> Option<Shutdown> {
    let Some(date) = &raw.shutdown_date else {
        if raw.successor.is_some() && resolver.is_whole(&path.key("shutdown_date")) {
            resolver.warn(&path.key("successor"), "has no effect without shutdown_date".to_owned(), |p| p);
        }
        return None;
    };
    let at = address::midnight(date)?;
    Some(Shutdown { date: date.clone(), at, successor: raw.successor.clone() })
}

fn operations(path: &Path, raw: &RawModel, resolver: &mut Resolver<'_>) -> Operations {
    let path = path.key("endpoints");
    if raw.endpoints.is_empty() && resolver.is_whole(&path) {
        resolver.refuse(&path, |p| p.found("an empty list").allowed("at least one endpoint; leave it out for all"));
    }
    raw.endpoints.iter().map(|e| e.operation()).collect()
}

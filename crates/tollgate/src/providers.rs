//! The providers of a configuration, looked at as `tollgate doctor` does: by the command line, and by a running server.
//!
//! In: the gateway's settings. Out: for each provider and each model that a deployment asks of it, a question to the doctor
//! that carries the server's own credential. As the server does, it uses no proxy.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Value as Json, json};
use tollgate_control::configuration::SetObject;
use tollgate_control::office::{Errand, Incident, Provider as Shown, Providers};
use tollgate_control::refusal::Refusal;
use tollgate_core::operation::{Operation, Operations};
use tollgate_doctor::{Dialect, Question, Report, Task, examine};
use tollgate_gateway::settings::{Dialect as Spoken, Endpoint, Model, Provider, Roots};
use tollgate_gateway::{Ended, Incidents};

use crate::cli::models::view::ModelView;
use crate::settings::Settings;

/// One provider with one of its models, to be looked at.
pub(crate) struct Asked {
    provider: String,
    pub(crate) model: Option<String>,
    /// `None` of the sandbox.
    pub(crate) question: Option<Question>,
}

/// What became of it.
pub(crate) struct Looked {
    pub(crate) provider: String,
    pub(crate) model: Option<String>,
    /// `None` of the sandbox.
    pub(crate) report: Option<Report>,
}

impl Asked {
    /// The same with what was seen.
    pub(crate) fn seen(self, report: Option<Report>) -> Looked {
        Looked { provider: self.provider, model: self.model, report }
    }
}

/// What is to be asked of a provider, one question for each model.
pub(crate) fn asked(models: &[Model], provider: &Provider, spends: bool) -> Vec<Asked> {
    let one = |model, question| Asked { provider: provider.name.clone(), model, question };
    let Some(endpoint) = &provider.endpoint else { return vec![one(None, None)] };
    let tasks = tasks(models, &provider.name);
    if tasks.is_empty() {
        return vec![one(None, Some(question(provider, endpoint, None, None, spends)))];
    }
    let ask = |(model, task): (String, Task)| {
        let question = question(provider, endpoint, Some(model.clone()), Some(task), spends);
        one(Some(model), Some(question))
    };
    tasks.into_iter().map(ask).collect()
}

/// The names under which deployments ask a provider for models, each once, and what for.
fn tasks(models: &[Model], provider: &str) -> BTreeMap<String, Task> {
    let mut asked: BTreeMap<String, Task> = BTreeMap::new();
    for model in models {
        for deployment in model.deployments.iter().filter(|deployment| deployment.provider == provider) {
            let task = task(model.operations);
            // Two models of the configuration may be one there: a message tells more than an embedding.
            asked.entry(deployment.model.clone()).and_modify(|known| *known = more(*known, task)).or_insert(task);
        }
    }
    asked
}

/// What a model that serves these operations is asked for.
fn task(operations: Operations) -> Task {
    let serves = |operation| operations.contains(operation);
    match serves(Operation::ChatCompletions) || serves(Operation::Completions) || serves(Operation::Responses) {
        true => Task::Chat,
        false if serves(Operation::Embeddings) => Task::Embed,
        false => Task::Nothing,
    }
}

fn more(one: Task, other: Task) -> Task {
    match (one, other) {
        (Task::Chat, _) | (_, Task::Chat) => Task::Chat,
        (Task::Embed, _) | (_, Task::Embed) => Task::Embed,
        (Task::Nothing, Task::Nothing) => Task::Nothing,
    }
}

fn question(
    provider: &Provider,
    endpoint: &Endpoint,
    model: Option<String>,
    task: Option<Task>,
    spends: bool,
) -> Question {
    Question {
        base_url: Some(base_url(endpoint)),
        key: provider.credential.as_ref().map(|credential| credential.reveal().to_owned()),
        model,
        task,
        origin: Some("the configuration"),
        // The server speaks it to all of them.
        dialect: Some(Dialect::OpenAi),
        ca_file: match &endpoint.roots {
            Roots::File(file) => Some(file.clone()),
            Roots::Bundled | Roots::System => None,
        },
        spends,
        ..Question::default()
    }
}

fn base_url(endpoint: &Endpoint) -> String {
    let scheme = if endpoint.tls { "https" } else { "http" };
    let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    format!("{scheme}://{host}:{}{}", endpoint.port, endpoint.path)
}

impl Looked {
    pub(crate) fn to_json(&self) -> Json {
        json!({
            "provider": self.provider,
            "model": self.model,
            "embedded": self.report.is_none(),
            "report": self.report.as_ref().map(Report::to_json),
        })
    }

    /// What such a document says, of a server; `None` where it is none.
    pub(crate) fn from_json(document: &Json) -> Option<Self> {
        let text = |name: &str| document[name].as_str().map(str::to_owned);
        let report = Report::from_json(&document["report"]);
        let is_embedded = document["embedded"].as_bool()?;
        if report.is_none() != is_embedded {
            return None;
        }
        Some(Self { provider: text("provider")?, model: text("model"), report })
    }
}

/// The providers of a running server, for administration.
#[derive(Debug)]
pub(crate) struct Serving {
    known: RwLock<Arc<Known>>,
    incidents: Arc<Incidents>,
}

#[derive(Debug)]
struct Known {
    providers: Vec<Provider>,
    models: Vec<Model>,
    objects: Vec<SetObject>,
}

impl Serving {
    /// Those of these settings, and what becomes of them.
    pub(crate) fn new(settings: &Settings, incidents: Arc<Incidents>) -> Self {
        Self { known: RwLock::new(Arc::new(Known::of(settings))), incidents }
    }

    /// No settings.
    pub(crate) fn nothing() -> Arc<Self> {
        let known = Known { providers: Vec::new(), models: Vec::new(), objects: Vec::new() };
        Arc::new(Self { known: RwLock::new(Arc::new(known)), incidents: Arc::default() })
    }

    /// From now on those of these.
    pub(crate) fn change(&self, settings: &Settings) {
        let known = Arc::new(Known::of(settings));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Known {
    fn of(settings: &Settings) -> Self {
        let gateway = &settings.gateway;
        Self { providers: gateway.providers.clone(), models: gateway.models.clone(), objects: settings.objects.clone() }
    }
}

impl Providers for Serving {
    fn list(&self) -> Vec<Shown> {
        let known = self.known();
        let show = |provider: &Provider| Shown {
            name: provider.name.clone(),
            dialect: match provider.dialect {
                Spoken::OpenAi => "openai",
                Spoken::Sandbox => "sandbox",
            },
            base_url: provider.endpoint.as_ref().map(base_url),
            region: provider.region.clone(),
            has_credential: provider.credential.is_some(),
            models: tasks(&known.models, &provider.name).into_keys().collect(),
        };
        known.providers.iter().map(show).collect()
    }

    fn models(&self, now: i64) -> Vec<Json> {
        let known = self.known();
        let show = |model: &Model| serde_json::to_value(ModelView::of_settings(model, &known.providers, now));
        // Texts and numbers alone, which JSON always has a form for.
        known.models.iter().filter_map(|model| show(model).ok()).collect()
    }

    fn objects(&self) -> Vec<SetObject> {
        self.known().objects.clone()
    }

    fn incidents(&self) -> Vec<Incident> {
        let show = |one: tollgate_gateway::Incident| Incident {
            id: one.id,
            deployment: one.deployment,
            provider: one.provider,
            model: one.model,
            began_at: one.began_at,
            ended: one.ended.map(|(at, why)| (at, words(why))),
            last_failure_at: one.last_failure_at,
            failed_attempts: one.failed_attempts,
            turned_away: one.turned_away,
            failed_checks: one.failed_checks,
            cause: one.cause,
            party: one.party,
            evidence: one.evidence,
            words: one.words,
            remedy: one.remedy,
            docs: one.docs,
        };
        self.incidents.list().into_iter().map(show).collect()
    }

    fn test(&self, name: &str, spends: bool) -> Option<Errand> {
        let known = self.known();
        let provider = known.providers.iter().find(|provider| provider.name == name)?;
        let asked = asked(&known.models, provider, spends);
        Some(Box::new(move || tests(asked)))
    }
}

fn words(why: Ended) -> &'static str {
    match why {
        Ended::Answered => "answered",
        Ended::Settings => "settings",
    }
}

/// The document of all that was asked, one after another.
fn tests(all: Vec<Asked>) -> Result<Json, Refusal> {
    // What is missing is memory or open files; others ask later.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|_| Refusal::Busy)?;
    let look = |asked: Asked| {
        let report = asked.question.as_ref().map(|question| runtime.block_on(examine(question, &mut |_| {})));
        let mut looked = asked.seen(report).to_json();
        looked["object"] = "tollgate.provider_test".into();
        looked
    };
    let data: Vec<Json> = all.into_iter().map(look).collect();
    Ok(json!({ "object": "tollgate.provider_test_list", "data": data }))
}

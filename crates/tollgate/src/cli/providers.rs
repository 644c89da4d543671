//! `tollgate providers`: the upstream endpoints of a configuration.
//!
//! In: a configuration, and a provider's name. Out: for each provider and each model that a deployment asks of it, what
//! `tollgate doctor` says, from this machine and with the server's own credential. As the server does, it uses no proxy.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tollgate_core::operation::{Operation, Operations};
use tollgate_doctor::{Dialect, Question, Report, Task};
use tollgate_gateway::settings::{Endpoint, Provider, Roots};

use super::doctor;
use super::documents::PROVIDER_TESTS;
use super::http::block_on;
use super::output::{self, Ended, Label, Refused, printable::printable};
use super::server::ServerArgs;
use crate::settings::Settings;
use crate::settings::environment::Process;
use crate::settings::problem::{Problem, Problems, nearest};
use crate::wiring;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  tollgate providers test --config tollgate.toml
  tollgate providers test openai --no-spend")]
pub(super) enum Command {
    /// Look at each provider, with each model that is asked of it, as `tollgate doctor` does
    #[command(after_help = "\
Exit code 0 if nothing is wrong, 1 if something is, 2 for wrong usage.

Examples:
  tollgate providers test --config tollgate.toml
  tollgate providers test openai --no-spend --json")]
    Test(Test),
}

#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// Only this provider
    name: Option<String>,
    /// Spend no tokens: no completion is asked for
    #[arg(long)]
    no_spend: bool,
    #[command(flatten)]
    server: ServerArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

/// One provider with one model.
struct Looked {
    provider: String,
    model: Option<String>,
    /// `None` of the sandbox.
    report: Option<Report>,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Test(args) = command;
    let settings = settings(args)?;
    let chosen = chosen(args, &settings)?;
    let looked = block_on(async { Ok(look(args, &settings, &chosen).await) })?;
    match args.json {
        true => output::document(&PROVIDER_TESTS, &looked.iter().map(Looked::to_json).collect::<Vec<_>>())?,
        false => looked.iter().try_for_each(Looked::print)?,
    }
    let is_well = looked.iter().filter_map(|looked| looked.report.as_ref()).all(Report::is_well);
    if is_well { Ok(()) } else { Err(Ended(1).into()) }
}

fn settings(args: &Test) -> anyhow::Result<Settings> {
    let process = Process::now();
    let server = &args.server;
    let file = server.config.clone().or_else(|| server.file_in_data_dir(&process));
    let load = |sandbox| match (server.load(file.as_deref(), sandbox, &process), &args.name) {
        (Err(error), Some(name)) => match without_others(name, &process, &error) {
            Some(process) => server.load(file.as_deref(), sandbox, &process),
            None => Err(error),
        },
        (loaded, _) => loaded,
    };
    // What `up` runs may name the sandbox without having it in the file; what is wrong is told as `serve` tells it.
    let loaded = load(server.config.is_none()).or_else(|error| load(true).map_err(|_| error))?;
    output::warn(&loaded.warnings);
    let mut settings = loaded.settings;
    if !settings.stored.is_empty() {
        let (database, secrets) = wiring::open(&settings.data_dir)?;
        wiring::reveal_stored(&mut settings, &database, &secrets)?;
    }
    Ok(settings)
}

/// Variables of other providers, which the server's shell has and this one need not: one provider alone is looked at.
fn without_others(name: &str, process: &Process, error: &anyhow::Error) -> Option<Process> {
    let own = format!("providers.{name}.");
    let missing = |problem: &Problem| {
        let path = problem.path.to_string();
        let is_anothers = path.starts_with("providers.") && !path.starts_with(&own);
        let variable = problem.found.as_deref()?.strip_suffix(", which is not set")?;
        is_anothers.then(|| variable.to_owned())
    };
    let names: Option<Vec<String>> = error.downcast_ref::<Problems>()?.0.iter().map(missing).collect();
    Some(names?.into_iter().fold(process.clone(), |process, name| process.with(name, "not-set-here")))
}

fn chosen<'s>(args: &Test, settings: &'s Settings) -> anyhow::Result<Vec<&'s Provider>> {
    let all = &settings.gateway.providers;
    let Some(name) = &args.name else { return Ok(all.iter().collect()) };
    match all.iter().find(|provider| provider.name == *name) {
        Some(provider) => Ok(vec![provider]),
        None => {
            let refused = Refused::usage(format!("there is no provider {name:?} in the configuration"));
            Err(match nearest(name, all.iter().map(|provider| provider.name.as_str())) {
                Some(near) => refused.help(format!("did you mean {near:?}?")),
                None => refused,
            }
            .into())
        }
    }
}

async fn look(args: &Test, settings: &Settings, chosen: &[&Provider]) -> Vec<Looked> {
    let mut looked = Vec::new();
    for provider in chosen {
        let Some(endpoint) = &provider.endpoint else {
            looked.push(Looked { provider: provider.name.clone(), model: None, report: None });
            continue;
        };
        let mut models: Vec<_> =
            asked_of(settings, &provider.name).into_iter().map(|(model, task)| (Some(model), Some(task))).collect();
        if models.is_empty() {
            models.push((None, None));
        }
        for (model, task) in models {
            let name = model.as_deref().unwrap_or("no model");
            output::say(Label::Note, &format!("looking at {} with {name}", provider.name));
            let question = Question { task, ..question(args, provider, endpoint, model.clone()) };
            looked.push(Looked { provider: provider.name.clone(), model, report: Some(doctor::look(&question).await) });
        }
    }
    looked
}

/// The names under which deployments ask a provider for models, each once, and what for.
fn asked_of(settings: &Settings, provider: &str) -> Vec<(String, Task)> {
    let mut asked: BTreeMap<String, Task> = BTreeMap::new();
    for model in &settings.gateway.models {
        for deployment in model.deployments.iter().filter(|deployment| deployment.provider == provider) {
            let task = task(model.operations);
            // Two models of the configuration may be one there: a message tells more than an embedding.
            asked.entry(deployment.model.clone()).and_modify(|known| *known = more(*known, task)).or_insert(task);
        }
    }
    asked.into_iter().collect()
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

fn question(args: &Test, provider: &Provider, endpoint: &Endpoint, model: Option<String>) -> Question {
    let scheme = if endpoint.tls { "https" } else { "http" };
    let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    Question {
        base_url: Some(format!("{scheme}://{host}:{}{}", endpoint.port, endpoint.path)),
        key: provider.credential.as_ref().map(|credential| credential.reveal().to_owned()),
        model,
        origin: Some("the configuration"),
        // The server speaks it to all of them.
        dialect: Some(Dialect::OpenAi),
        ca_file: match &endpoint.roots {
            Roots::File(file) => Some(file.clone()),
            Roots::Bundled | Roots::System => None,
        },
        spends: !args.no_spend,
        ..Question::default()
    }
}

impl Looked {
    fn to_json(&self) -> Json {
        json!({
            "provider": self.provider,
            "model": self.model,
            "embedded": self.report.is_none(),
            "report": self.report.as_ref().map(Report::to_json),
        })
    }

    fn print(&self) -> anyhow::Result<()> {
        let model = self.model.as_ref().map_or_else(String::new, |model| format!(" with {model}"));
        match &self.report {
            None => output::line(format!("{}: the embedded sandbox, which needs no network", self.provider)),
            Some(report) => {
                output::line(format!("{}{model} at {}", self.provider, printable(&report.base_url)))?;
                doctor::print(report)?;
                output::line("")
            }
        }
    }
}

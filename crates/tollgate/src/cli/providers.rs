//! `tollgate providers`: the upstream endpoints of a configuration.
//!
//! In: a configuration, and a provider's name. Out: for each provider and each model that a deployment asks of it, what
//! `tollgate doctor` says, from this machine and with the server's own credential. As the server does, it uses no proxy.

use serde_json::{Value as Json, json};
use tollgate_doctor::{Dialect, Question, Report};
use tollgate_gateway::settings::{Endpoint, Provider, Roots};

use super::doctor;
use super::documents::PROVIDER_TESTS;
use super::http::block_on;
use super::output::{self, Ended, Label, Refused};
use super::server::ServerArgs;
use crate::settings::Settings;
use crate::settings::environment::Process;
use crate::settings::problem::nearest;
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
    let loaded = server.load(file.as_deref(), server.config.is_none(), &process)?;
    output::warn(&loaded.warnings);
    let mut settings = loaded.settings;
    if !settings.stored.is_empty() {
        let (database, secrets) = wiring::open(&settings.data_dir)?;
        wiring::reveal_stored(&mut settings, &database, &secrets)?;
    }
    Ok(settings)
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
        let mut models: Vec<Option<String>> = asked_of(settings, &provider.name).into_iter().map(Some).collect();
        if models.is_empty() {
            models.push(None);
        }
        for model in models {
            let name = model.as_deref().unwrap_or("no model");
            output::say(Label::Note, &format!("looking at {} with {name}", provider.name));
            let question = question(args, provider, endpoint, model.clone());
            looked.push(Looked { provider: provider.name.clone(), model, report: Some(doctor::look(&question).await) });
        }
    }
    looked
}

/// The names under which deployments ask a provider for models, each once.
fn asked_of(settings: &Settings, provider: &str) -> Vec<String> {
    let deployments = settings.gateway.models.iter().flat_map(|model| &model.deployments);
    let mut names: Vec<String> = deployments
        .filter(|deployment| deployment.provider == provider)
        .map(|deployment| deployment.model.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn question(args: &Test, provider: &Provider, endpoint: &Endpoint, model: Option<String>) -> Question {
    let scheme = if endpoint.tls { "https" } else { "http" };
    let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    Question {
        base_url: Some(format!("{scheme}://{host}:{}{}", endpoint.port, endpoint.path)),
        key: provider.credential.as_ref().map(|credential| credential.reveal().to_owned()),
        model,
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
                output::line(format!("{}{model} at {}", self.provider, report.base_url))?;
                doctor::print(report)?;
                output::line("")
            }
        }
    }
}

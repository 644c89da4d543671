//! `tollgate providers`: the upstream endpoints of a configuration.
//!
//! In: a running server or a configuration, and a provider's name. Out: for each provider and each model that a deployment asks
//! of it, what `tollgate doctor` says: from the machine of the server where one is asked, else from this one; with the server's
//! own credential. As the server does, it uses no proxy.

mod remote;

use tollgate_doctor::Report;
use tollgate_gateway::settings::Provider;

use super::doctor;
use super::documents::PROVIDER_TESTS;
use super::http::block_on;
use super::output::{self, Ended, Label, Refused, printable::printable};
use super::server::ServerArgs;
use super::target::{Target, admin::AdminArgs};
use crate::providers::{Looked, asked};
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
With --url, or an admin key for the server that runs on the data directory, that \
server looks at its own providers. Otherwise this command does, by a configuration.

Exit code 0 if nothing is wrong, 1 if something is, 2 for wrong usage.

Examples:
  OPENAI_ADMIN_KEY=… tollgate providers test --url https://gateway.example/v1
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
    #[command(flatten)]
    admin: AdminArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Test(args) = command;
    let looked = match server(args)? {
        Some(target) => block_on(remote::look(args, &target))?,
        None => here(args)?,
    };
    match args.json {
        true => output::document(&PROVIDER_TESTS, &looked.iter().map(Looked::to_json).collect::<Vec<_>>())?,
        false => looked.iter().try_for_each(print)?,
    }
    let is_well = looked.iter().filter_map(|looked| looked.report.as_ref()).all(Report::is_well);
    if is_well { Ok(()) } else { Err(Ended(1).into()) }
}

/// The server that is to look; `None` where this process does, by a configuration.
fn server(args: &Test) -> anyhow::Result<Option<Target>> {
    if args.server.config.is_some() && !args.admin.names_a_server() {
        return Ok(None);
    }
    args.admin.resolve_if_any(args.server.data_directory(&Process::now()).as_deref())
}

fn here(args: &Test) -> anyhow::Result<Vec<Looked>> {
    let settings = settings(args)?;
    let chosen = chosen(args, &settings)?;
    block_on(async { Ok(look(args, &settings, &chosen).await) })
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
        problem.missing_variable().filter(|_| is_anothers)
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
        for asked in asked(&settings.gateway.models, provider, !args.no_spend) {
            let Some(question) = &asked.question else {
                looked.push(asked.seen(None));
                continue;
            };
            let model = asked.model.as_deref().unwrap_or("no model");
            output::say(Label::Note, &format!("looking at {} with {model}", provider.name));
            let report = doctor::look(question).await;
            looked.push(asked.seen(Some(report)));
        }
    }
    looked
}

fn print(looked: &Looked) -> anyhow::Result<()> {
    let model = looked.model.as_ref().map_or_else(String::new, |model| format!(" with {model}"));
    let name = format!("{}{model}", looked.provider);
    match &looked.report {
        None => output::line(format!("{}: the embedded sandbox, which needs no network", printable(&looked.provider))),
        Some(report) => {
            output::line(format!("{} at {}", printable(&name), printable(&report.base_url)))?;
            doctor::print(report)?;
            output::line("")
        }
    }
}

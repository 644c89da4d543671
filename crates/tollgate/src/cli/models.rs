//! `tollgate models`: what callers can ask for.
//!
//! In: a server that is named, which tells what a key of it may see; or the configuration, which also says what serves
//! each model. Out: a table, a sheet, or JSON in one form: what a server does not tell is `null`.

mod view;

use http::StatusCode;
use serde_json::Value as Json;

use self::view::ModelView;
use super::documents::{MODEL, MODELS};
use super::failure::Failure;
use super::http::{Call, block_on};
use super::output::{self, Label, Refused};
use super::server::ServerArgs;
use super::target::{TargetArgs, not_reached};
use crate::settings::environment::Process;
use crate::settings::problem::nearest;
use crate::wiring::now;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
With --url (or TOLLGATE_URL, or OPENAI_BASE_URL) the server is asked, and tells \
what the key may see. Without, or with --config, the configuration is read, as \
tollgate config show reads it.

Examples:
  tollgate models list
  tollgate models list --config tollgate.toml --json
  tollgate models list --url https://gateway.example/v1 --key @key.txt
  tollgate models show gpt-4o-mini")]
pub(super) enum Command {
    /// List models
    #[command(after_help = "\
Examples:
  tollgate models list
  tollgate models list --json | jq -r '.data[].name'")]
    List(Common),
    /// Show one model
    #[command(after_help = "\
Examples:
  tollgate models show gpt-4o-mini
  tollgate models show gpt-4o-mini --config tollgate.toml --json")]
    Show(Show),
}

#[derive(Debug, clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    target: TargetArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// As callers name it
    name: String,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::List(args) => list(args),
        Command::Show(args) => show(args),
    }
}

fn list(args: &Common) -> anyhow::Result<()> {
    let models = models(&args.target)?;
    if args.json {
        return output::document(&MODELS, &models);
    }
    view::table(&models)
}

fn show(args: &Show) -> anyhow::Result<()> {
    let models = models(&args.common.target)?;
    let Some(model) = models.iter().find(|model| model.name == args.name) else {
        return Err(unknown(&args.name, &models).into());
    };
    if args.common.json { output::document(&MODEL, model) } else { output::line(model.sheet()) }
}

fn unknown(name: &str, models: &[ModelView]) -> Refused {
    let refused = Refused::failed(format!("there is no model {name:?}"));
    match nearest(name, models.iter().map(|model| model.name.as_str())) {
        Some(name) => refused.help(format!("did you mean {name:?}?")),
        None => refused.help("tollgate models list says which models there are"),
    }
}

fn models(args: &TargetArgs) -> anyhow::Result<Vec<ModelView>> {
    // Where a file is named, it is asked about that.
    if args.names_server()? && args.data_dir.file().is_none() {
        return from_server(args);
    }
    from_configuration(args)
}

fn from_configuration(args: &TargetArgs) -> anyhow::Result<Vec<ModelView>> {
    let process = Process::now();
    let server = ServerArgs {
        config: args.data_dir.file().cloned(),
        listen: None,
        data_dir: args.data_dir.given().map(|directory| directory.display().to_string()),
    };
    let file = server.config.clone().or_else(|| server.file_in_data_dir(&process));
    // Only `up` brings the sandbox along, and `up` is what runs without a file named.
    let loaded = server.load(file.as_deref(), server.config.is_none(), &process)?;
    let place = file.map_or_else(|| "what tollgate up serves without a file".to_owned(), |f| f.display().to_string());
    output::say(Label::Note, &format!("models of {place}"));
    Ok(loaded.settings.gateway.models.iter().map(|model| ModelView::of_settings(model, now())).collect())
}

fn from_server(args: &TargetArgs) -> anyhow::Result<Vec<ModelView>> {
    let target = args.resolve()?;
    let call = match &target.key {
        Some(key) => Call::get("models").bearer(key.reveal()),
        None => Call::get("models"),
    };
    let body = block_on(async {
        let not_reached = |error| not_reached(error, &target.base);
        let answer = target.client()?.send(call).await.map_err(not_reached)?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = answer.whole().await.map_err(not_reached)?;
        match status {
            StatusCode::OK => Ok(body),
            _ => Err(Failure::of_answer(status, &headers, &body).refused().into()),
        }
    })?;
    let list: Json = serde_json::from_slice(&body)
        .map_err(|_| Refused::failed(format!("what {} answers is not a list of models", target.base)))?;
    output::say(Label::Note, &format!("models that the key may use at {}", target.base));
    let models = list["data"].as_array().into_iter().flatten();
    Ok(models.filter_map(|model| ModelView::of_server(model, now())).collect())
}

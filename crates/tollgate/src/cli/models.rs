//! `tollgate models`: what callers can ask for.
//!
//! In: a server that is named or runs on the data directory, which tells what a key may use; or a configuration, which
//! also says what serves each model. Out: a table, a sheet, or JSON in one form: what a server does not tell is `null`.

mod check;
pub(crate) mod view;

use http::StatusCode;
use serde_json::Value as Json;

use self::view::ModelView;
use super::documents::{MODEL, MODELS};
use super::failure::Failure;
use super::http::{Answer, Call, block_on};
use super::output::{self, Label, Refused};
use super::server::ServerArgs;
use super::target::{PatienceArgs, Target, TargetArgs, not_reached};
use crate::settings::Loaded;
use crate::settings::environment::Process;
use crate::settings::problem::nearest;
use crate::wiring::now;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
The server that is named, or that runs on the data directory, is asked; it tells \
which models the key may use. With --config, or where no server runs, the \
configuration is read, which also tells endpoints and deployments.

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
    /// Say whether a key's call of a model would be allowed, and why
    #[command(after_help = "\
Exit code 0 says that the call would be allowed, 1 that it would be refused. A \
KEY may be given by its text, which is never printed, or by its id (key_…), for \
which the data directory is read.

Examples:
  tollgate models check gpt-4o-mini --key @key.txt
  tollgate models check gpt-4o-mini --key key_0aB3xYz12345 --endpoint responses
  tollgate models check gpt-4o-mini --key - --config tollgate.toml < key.txt")]
    Check(check::Check),
}

#[derive(Debug, clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    patience: PatienceArgs,
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
        Command::Check(args) => check::run(args),
    }
}

fn list(args: &Common) -> anyhow::Result<()> {
    let (models, _) = models(args)?;
    if args.json {
        return output::document(&MODELS, &models);
    }
    view::table(&models)
}

fn show(args: &Show) -> anyhow::Result<()> {
    let (models, target) = models(&args.common)?;
    let Some(model) = models.iter().find(|model| model.name == args.name) else {
        return Err(match &target {
            Some(target) => unknown_to(target, &args.common.patience, &args.name, &models)?,
            None => unknown(&args.name, &models),
        }
        .into());
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

/// What a server says of a model that is not in its list: one that exists may not be for this key.
fn unknown_to(target: &Target, patience: &PatienceArgs, name: &str, models: &[ModelView]) -> anyhow::Result<Refused> {
    let answered = block_on(ask(target, patience, &format!("models/{}", in_path(name))))?;
    let failure = answered.err().filter(|failure| !matches!(failure.cause.as_str(), "" | "model_not_found"));
    Ok(failure.map_or_else(|| unknown(name, models), |failure| failure.refused_by(target)))
}

/// A name as one segment of a path.
fn in_path(name: &str) -> String {
    let coded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(coded).collect()
}

/// The models, and the server that told them.
fn models(args: &Common) -> anyhow::Result<(Vec<ModelView>, Option<Target>)> {
    // Where a file is named, it is asked about that.
    let target = match args.target.data_dir.file() {
        Some(_) => None,
        None => args.target.resolve_if_any()?,
    };
    match target {
        Some(target) => Ok((from_server(&target, &args.patience)?, Some(target))),
        None => Ok((from_configuration(&args.target)?, None)),
    }
}

fn from_configuration(args: &TargetArgs) -> anyhow::Result<Vec<ModelView>> {
    let (loaded, place) = configured(args)?;
    let why = if args.data_dir.file().is_none() { "; no server runs here" } else { "" };
    output::say(Label::Note, &format!("models of {place}{why}"));
    let gateway = &loaded.settings.gateway;
    Ok(gateway.models.iter().map(|model| ModelView::of_settings(model, &gateway.providers, now())).collect())
}

/// The settings of the file that is named, or of `tollgate up`, and where they are from.
fn configured(args: &TargetArgs) -> anyhow::Result<(Loaded, String)> {
    let process = Process::now();
    let server = ServerArgs {
        config: args.data_dir.file().cloned(),
        listen: None,
        data_dir: args.data_dir.given().map(|directory| directory.display().to_string()),
    };
    let file = server.config.clone().or_else(|| server.file_in_data_dir(&process));
    // Only `up` brings the sandbox along, and `up` is what runs without a file named.
    let loaded = server.load(file.as_deref(), server.config.is_none(), &process)?;
    Ok((loaded, file.map_or_else(|| "what tollgate up serves without a file".to_owned(), |f| f.display().to_string())))
}

fn from_server(target: &Target, patience: &PatienceArgs) -> anyhow::Result<Vec<ModelView>> {
    let list = block_on(ask(target, patience, "models"))?.map_err(|failure| failure.refused_by(target))?;
    let Some(models) = list["data"].as_array() else {
        return Err(Refused::failed(format!("what {} answers is not a list of models", target.base)).into());
    };
    output::say(Label::Note, &format!("models that the key may use at {}", target.base));
    Ok(models.iter().filter_map(|model| ModelView::of_server(model, now())).collect())
}

/// What the server answers to a GET of this path.
async fn ask(target: &Target, patience: &PatienceArgs, path: &str) -> anyhow::Result<Result<Json, Failure>> {
    let answer: Answer = target.ask(&patience.client(target)?, Call::get(path)).await?;
    let (status, headers) = (answer.status, answer.headers.clone());
    let body = answer.whole().await.map_err(|error| not_reached(error, &target.base))?;
    Ok(match status {
        StatusCode::OK => Ok(serde_json::from_slice(&body).unwrap_or_default()),
        _ => Err(Failure::of_answer(status, &headers, &body)),
    })
}

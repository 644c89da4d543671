//! `tollgate config`: checks, shows and describes the configuration.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::documents::{CONFIG_CHECK, SETTINGS};
use super::output::{self, Label};
use super::server::ServerArgs;
use super::trial;
use crate::settings::environment::Process;
use crate::settings::problem::Problems;
use crate::settings::{self, Loaded, reference};
use crate::wiring::now;
use crate::words::counted;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate config check --config tollgate.toml
  tollgate config show --origin
  tollgate config schema > tollgate.schema.json
  tollgate config reference | less")]
pub(super) enum Command {
    /// Report every mistake in the configuration, and test the stored credentials and the certificate that it
    /// names; exit code 0 or 2
    #[command(after_help = "\
Examples:
  tollgate config check --config tollgate.toml
  tollgate config check --config tollgate.toml && systemctl reload tollgate")]
    Check {
        #[command(flatten)]
        server: ServerArgs,
        /// Print one JSON object on standard output
        #[arg(long)]
        json: bool,
    },
    /// Print the settings in effect; secrets are not among them
    #[command(after_help = "\
Examples:
  tollgate config show --origin
  tollgate config show --config tollgate.toml | grep timeouts
  tollgate config show --json | jq '.data[] | select(.origin != \"default\")'")]
    Show {
        #[command(flatten)]
        server: ServerArgs,
        /// Say where each value came from
        #[arg(long)]
        origin: bool,
        /// Print one JSON object on standard output
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of the configuration file
    #[command(after_help = "\
Examples:
  tollgate config schema > tollgate.schema.json")]
    Schema,
    /// Print the reference page of all settings, docs/configuration.md
    #[command(after_help = "\
Examples:
  tollgate config reference | less
  tollgate config reference > configuration.md")]
    Reference,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Check { server, json } => check(server, *json),
        Command::Show { server, origin, json } => show(server, *origin, *json),
        Command::Schema => output::line(serde_json::to_string_pretty(&settings::json_schema())?),
        Command::Reference => output::line(reference::page().trim_end()),
    }
}

/// The file that is meant: the named one, or that of the data directory, as `tollgate up` takes it.
fn load(server: &ServerArgs) -> anyhow::Result<(Option<PathBuf>, Loaded)> {
    let process = Process::now();
    let file = server.config.clone().or_else(|| server.file_in_data_dir(&process));
    // Only `up` brings the sandbox along, and `up` is what runs without a file named.
    let sandbox = server.config.is_none();
    let loaded = server.load(file.as_deref(), sandbox, &process)?;
    Ok((file, loaded))
}

fn check(server: &ServerArgs, as_json: bool) -> anyhow::Result<()> {
    let (file, loaded) = load(server)?;
    let tried = trial::of_all(&loaded, now());
    let warnings = [loaded.warnings.clone(), tried.warnings].concat();
    output::warn(&warnings);
    if !tried.problems.is_empty() {
        return Err(Problems(tried.problems).into());
    }
    let name = file.map_or_else(|| "defaults and environment".to_owned(), |file| file.display().to_string());
    let gateway = &loaded.settings.gateway;
    let (providers, models) = (gateway.providers.len(), gateway.models.len());
    if as_json {
        return output::document(
            &CONFIG_CHECK,
            &json!({
                "file": name, "ok": true, "warnings": warnings.len(), "providers": providers, "models": models,
            }),
        );
    }
    output::say(
        Label::Note,
        &format!(
            "{name}: fine; {}, {}",
            counted(providers as u64, "provider", "providers"),
            counted(models as u64, "model", "models")
        ),
    );
    Ok(())
}

fn show(server: &ServerArgs, with_origin: bool, as_json: bool) -> anyhow::Result<()> {
    let (_, loaded) = load(server)?;
    output::warn(&loaded.warnings);
    let all = loaded.effective();
    if as_json {
        return output::document(&SETTINGS, &all);
    }
    let lines: Vec<String> = all.iter().map(|e| format!("{} = {}", e.key, e.value)).collect();
    let width = lines.iter().map(|line| line.chars().count()).filter(|width| *width <= 60).max().unwrap_or(0);
    for (line, effective) in lines.iter().zip(&all) {
        if with_origin {
            output::line(format!("{line:<width$}  # {}", effective.origin))?;
        } else {
            output::line(line)?;
        }
    }
    Ok(())
}

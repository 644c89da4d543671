//! The command line: what can be asked, and how failures are told.
//!
//! In: arguments. Out: data on standard output, everything else on standard error, and an exit code: 0 fine, 1 a check
//! or the work failed, 2 wrong usage or configuration, 130 interrupted. Each command is in the file of its name.

mod api;
mod chat;
mod config;
mod credentials;
mod data_dir;
mod failure;
mod http;
mod journal;
mod keys;
mod life;
mod log;
mod models;
mod narrow;
mod open;
mod output;
mod place;
mod providers_noticed;
mod ready;
mod records;
mod reload;
mod requests;
mod run;
mod secrets;
mod serve;
mod server;
mod span;
mod systemd_unit;
mod target;
mod temporary;
mod trial;
mod up;
mod usage;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::output::voice::{self, VoiceArgs};

const EXAMPLES: &str = "\
Examples:
  tollgate up                                   try it, without configuration
  tollgate serve --config tollgate.toml         run it
  tollgate config check --config tollgate.toml  say all that is wrong with it
  tollgate keys create --name web --expires 30d
  tollgate credentials set openai < key.txt

Exit codes: 0 fine, 1 a check or the work failed, 2 wrong usage or \
configuration, 130 interrupted by Ctrl-C. A server ends with 0 at the first \
Ctrl-C, when its requests are finished, and with 130 at the second.

Environment: TOLLGATE_* variables set what the file sets (TOLLGATE_LISTEN, \
TOLLGATE_LIMITS_BODY, …); NO_COLOR.";

/// An OpenAI-compatible gateway that meters every token and explains every failure.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start with development defaults: sandbox models, a first key, shown once
    Up(up::Args),
    /// Start with a configuration file
    Serve(serve::Args),
    /// Check, show and describe the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Create, list and change API keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Keep secrets towards providers, encrypted
    #[command(subcommand)]
    Credentials(credentials::Command),
    /// Show and rotate the server's own secrets
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Read the journal of usage
    #[command(subcommand)]
    Journal(journal::Command),
    /// Add up requests, tokens and times
    Usage(usage::Args),
    /// Show what became of requests
    #[command(subcommand)]
    Requests(requests::Command),
    /// List and show models
    #[command(subcommand)]
    Models(models::Command),
    /// Talk to a model
    Chat(chat::Args),
    /// Send one raw call
    Api(api::Args),
    /// Run a program against a gateway
    Run(run::Args),
    /// Open the pages that a running server serves
    Open(open::Args),
    /// Print a systemd unit
    SystemdUnit(systemd_unit::Args),
}

/// Runs what the arguments ask for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors to clap; they have code 0 and go to standard output.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    voice::set(cli.voice);
    let result = match cli.command {
        Command::Up(args) => up::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Config(command) => config::run(&command),
        Command::Keys(command) => keys::run(&command),
        Command::Credentials(command) => credentials::run(&command),
        Command::Secrets(command) => secrets::run(&command),
        Command::Journal(command) => journal::run(&command),
        Command::Usage(args) => usage::run(&args),
        Command::Requests(command) => requests::run(&command),
        Command::Models(command) => models::run(&command),
        Command::Chat(args) => chat::run(&args),
        Command::Api(args) => api::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Open(args) => open::run(&args),
        Command::SystemdUnit(args) => systemd_unit::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::fail(&error),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_declared_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn examples_fit_into_eighty_columns_and_are_not_wrapped() {
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.lines().filter(|line| line.starts_with("  ")) {
                assert!(line.chars().count() < 80, "{}: {line}", command.get_name());
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }
}

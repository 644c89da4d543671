//! The command line: what can be asked, and how failures are told.
//!
//! In: arguments. Out: data on standard output, everything else on standard error, and an exit code (see
//! `tollgate help exit-codes`). Each command is in the file of its name. What is declared here feeds the parser, help,
//! completion, manual pages and docs/cli.md alike.

mod admin;
mod api;
mod backup;
mod chat;
mod completion;
mod config;
mod confirm;
mod contexts;
mod credentials;
mod data_dir;
mod demo;
mod doctor;
pub mod documents;
mod errors;
mod explain;
mod failure;
mod help;
mod hidden;
mod http;
mod image;
mod journal;
mod keys;
mod life;
mod log;
mod login;
mod man;
mod migrate;
pub(crate) mod models;
mod narrow;
mod number;
mod open;
mod output;
mod owner;
mod password;
mod place;
mod progress;
mod provider_credentials;
mod providers;
mod providers_noticed;
mod ready;
mod records;
mod reference;
mod reload;
mod requests;
mod run;
mod scan;
mod secrets;
mod serve;
mod server;
mod span;
mod systemd_unit;
mod target;
mod temporary;
mod tree;
mod trial;
mod trigger;
mod up;
mod usage;
mod usage_error;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

use self::output::voice::{self, VoiceArgs};

const EXAMPLES: &str = "\
Examples:
  tollgate up                                   try it, without configuration
  tollgate chat hi                              talk to it
  tollgate serve --config tollgate.toml         run it
  tollgate config check --config tollgate.toml  say all that is wrong with it
  tollgate keys create --name web --expires 30d
  tollgate credentials set openai < key.txt

More: tollgate help exit-codes, tollgate help environment, tollgate help json, \
tollgate open docs";

/// An OpenAI-compatible gateway that meters every token and explains every failure.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
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
    /// Talk to a model
    Chat(chat::Args),
    /// Send one raw call
    Api(api::Args),
    /// Look at an endpoint step by step, and say which step fails and why
    Doctor(doctor::Args),
    /// Say what went wrong, of any text or request
    Explain(explain::Args),
    /// Look up causes of failures, what to check and what to do
    #[command(subcommand)]
    Errors(errors::Command),
    /// Look at an image that a request names by its address
    #[command(subcommand)]
    Image(image::Command),
    /// Find hard-coded and leaked API keys
    Scan(scan::Args),
    /// Make a failure happen, and see how it is explained
    Trigger(trigger::Args),
    /// Run a program against a gateway
    Run(run::Args),
    /// Look at the providers of a configuration
    #[command(subcommand)]
    Providers(providers::Command),
    /// List and show models
    #[command(subcommand)]
    Models(models::Command),
    /// Create, list and change API keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Make an owner, who administers an organization
    #[command(subcommand)]
    Owner(owner::Command),
    /// Sign in to a server, to administer it
    Login(login::LoginArgs),
    /// Sign out
    Logout(login::LogoutArgs),
    /// List the servers that you have signed in to, and choose one
    #[command(subcommand)]
    Contexts(contexts::command::Command),
    /// Give yourself another password
    Password(password::PasswordArgs),
    /// Add up requests, tokens and times
    Usage(usage::Args),
    /// Show what became of requests
    #[command(subcommand)]
    Requests(requests::Command),
    /// Check, show and describe the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print the configuration of providers and models as one document
    Export(admin::whole::Export),
    /// Take over an exported configuration
    Import(admin::whole::Import),
    /// Keep secrets towards providers, encrypted
    #[command(subcommand)]
    Credentials(credentials::Command),
    /// Set an organization's own credentials towards providers
    #[command(subcommand)]
    ProviderCredentials(provider_credentials::Command),
    /// Show and rotate the server's own secrets
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Copy the databases, while a server runs
    Backup(backup::Backup),
    /// Put copies of the databases into a data directory
    Restore(backup::Restore),
    /// Say which versions the databases have
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Read the journal of usage
    #[command(subcommand)]
    Journal(journal::Command),
    /// Send traffic to look at
    #[command(subcommand)]
    Demo(demo::Command),
    /// Open the pages that a running server serves
    Open(open::Args),
    /// Print a systemd unit
    SystemdUnit(systemd_unit::Args),
    /// Print what a shell needs to complete commands
    Completion(completion::Args),
    /// Print manual pages
    Man(man::Args),
    /// Show the help of a command, or of a topic
    Help(help::Args),
}

/// Runs what the arguments ask for.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // Not declared, for completions offer also what is hidden.
    if arguments.len() == 2 && arguments[1] == "cli-reference" {
        return reference::run().map_or_else(|error| output::fail(&error), |()| ExitCode::SUCCESS);
    }
    let parsed = command().color(colours_wanted(&arguments)).try_get_matches_from(&arguments);
    let ran = parsed.and_then(|matches| {
        if let Some((act, of_act)) = admin::chosen(&matches) {
            voice::set(VoiceArgs::from_arg_matches(&matches)?);
            return Ok(admin::run(act, of_act));
        }
        let Cli { voice, command } = Cli::from_arg_matches(&matches)?;
        voice::set(voice);
        Ok(run(command))
    });
    let ran = match ran {
        Ok(ran) => ran,
        Err(error) => return usage_error::tell(&error, &arguments),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::fail(&error),
    }
}

/// All commands: those declared here, and those that the table of administration makes.
fn command() -> clap::Command {
    admin::added_to(declared())
}

fn declared() -> clap::Command {
    Cli::command()
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Up(args) => up::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Chat(args) => chat::run(&args),
        Command::Api(args) => api::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Errors(command) => errors::run(&command),
        Command::Image(command) => image::run(&command),
        Command::Scan(args) => scan::run(&args),
        Command::Trigger(args) => trigger::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Providers(command) => providers::run(&command),
        Command::Models(command) => models::run(&command),
        Command::Keys(command) => keys::run(&command),
        Command::Owner(command) => owner::run(&command),
        Command::Login(args) => login::login(&args),
        Command::Logout(args) => login::logout(&args),
        Command::Contexts(command) => contexts::command::run(&command),
        Command::Password(args) => password::run(&args),
        Command::Usage(args) => usage::run(&args),
        Command::Requests(command) => requests::run(&command),
        Command::Config(command) => config::run(&command),
        Command::Export(args) => admin::whole::export(&args),
        Command::Import(args) => admin::whole::import(&args),
        Command::Credentials(command) => credentials::run(&command),
        Command::ProviderCredentials(command) => provider_credentials::run(&command),
        Command::Secrets(command) => secrets::run(&command),
        Command::Backup(args) => backup::back_up(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Migrate(command) => migrate::run(&command),
        Command::Journal(command) => journal::run(&command),
        Command::Demo(command) => demo::run(&command),
        Command::Open(args) => open::run(&args),
        Command::SystemdUnit(args) => systemd_unit::run(&args),
        Command::Completion(args) => completion::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Help(args) => help::run(&args),
    }
}

/// What `--color` says, for what the parser prints itself.
fn colours_wanted(arguments: &[OsString]) -> ColorChoice {
    let words = || arguments.iter().map_while(|word| word.to_str().filter(|word| *word != "--"));
    let said = words().find_map(|word| word.strip_prefix("--color="));
    let next = || words().skip_while(|word| *word != "--color").nth(1);
    match said.or_else(next) {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

#[cfg(test)]
mod tests;

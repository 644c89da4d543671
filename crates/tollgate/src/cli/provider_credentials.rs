//! `tollgate provider-credentials set`: an organization's own credential towards a provider.
//!
//! In: a provider's name; the secret from standard input or a hidden prompt, never from the arguments. What else there is to
//! do with them are commands made from the table of endpoints.

use clap::{Args, Subcommand};
use serde_json::json;
use tollgate_control::api::endpoint::Method;

use super::admin::{self, Common, encoded};
use super::hidden;
use super::output::{self, Label};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate provider-credentials set openai      asks; hides what is typed
  tollgate provider-credentials set openai < key.txt
  tollgate provider-credentials list

Calls of the organization's keys to that provider are made with it instead of \
the server's, from the next one on.")]
pub(super) enum Command {
    /// Set the organization's credential for a provider; it is read from standard input or a hidden prompt
    #[command(after_help = "\
Examples:
  tollgate provider-credentials set openai      asks; hides what is typed
  tollgate provider-credentials set openai < key.txt
  tollgate provider-credentials set openai --url https://gateway.example/v1")]
    Set(Set),
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// The provider's name in the configuration of the server
    provider: String,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Set(Set { provider, common }) = command;
    let value = hidden::read(&format!("Credential for {provider}"))?;
    let path = format!("/tollgate/provider_credentials/{}", encoded(provider));
    admin::act(common, Method::Post, &path, &json!({ "value": value }))?;
    output::say(
        Label::Note,
        &format!("calls of the organization to {provider} are made with it from now on; nothing shows it"),
    );
    Ok(())
}

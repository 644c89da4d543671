//! `tollgate keys`: API keys, on the data directory or over a server's API.
//!
//! In: arguments. Out: on standard output the secret alone (`create`, `rotate`), a table, or JSON. A running server
//! has seen a change when the command ends.

mod desk;
mod import;
mod patterns;
pub(super) mod refused;
mod remote;
mod show;
mod update;

use std::collections::BTreeMap;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use tollgate_control::use_cases::keys::{Expiry, NewKey, Rotation, RunningOverlap};
use tollgate_core::policy::TIER_MAX;
use tollgate_store::keys::State;

use self::desk::{Change, Desk};
use self::show::KeyView;
use super::data_dir::DataDirArgs;
use super::documents::{KEY, KEYS};
use super::number::count;
use super::output::printable::printable;
use super::output::{self, Label, Refused};
use super::target::admin::AdminArgs;
use crate::settings::midnight;
use crate::settings::scalar::DurationText;
use crate::wiring::now;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate keys create --name web --models 'gpt-4o*' --expires 30d
  KEY=$(tollgate keys create --name ci)
  tollgate keys list --status active
  tollgate keys rotate key_0aB3 --overlap 24h
  tollgate keys import old-keys.csv --dry-run

A KEY is an id (key_ and 12 characters) or a beginning of it that only one key has.

With --url, --context, or an admin key for the server that runs on the data \
directory, that server is asked; where nothing at all is named, that of the current \
context. Else the data directory is worked on itself.")]
pub(super) enum Command {
    /// Create a key; its secret is printed once
    #[command(after_help = "\
Examples:
  tollgate keys create --name web --models 'gpt-4o*' --expires 30d
  KEY=$(tollgate keys create --name ci)
  tollgate keys create --name jobs --scopes api.embeddings.write --json")]
    Create(Create),
    /// List keys, newest first
    #[command(after_help = "\
Examples:
  tollgate keys list --status active
  tollgate keys list --json | jq -r '.data[].id'")]
    List(List),
    /// Show a key; its secret cannot be shown
    #[command(after_help = "\
Examples:
  tollgate keys show key_0aB3
  tollgate keys show key_0aB3 --json | jq .last_used_at")]
    Show(One),
    /// Switch a key off, until it is enabled
    #[command(after_help = "\
Examples:
  tollgate keys disable key_0aB3")]
    Disable(One),
    /// Switch a disabled key on
    #[command(after_help = "\
Examples:
  tollgate keys enable key_0aB3")]
    Enable(One),
    /// Set when a key ends
    #[command(after_help = "\
Examples:
  tollgate keys expire key_0aB3 30d
  tollgate keys expire key_0aB3 2027-03-31
  tollgate keys expire key_0aB3 never")]
    Expire(Expire),
    /// Change what a key may do
    #[command(after_help = "\
Examples:
  tollgate keys update key_0aB3 --deny-models 'gpt-5*'
  tollgate keys update key_0aB3 --scopes api.all.read
  tollgate keys update key_0aB3 --addresses 10.0.0.0/8,2001:db8::/32")]
    Update(update::Args),
    /// Give a key a new secret, printed once; the old one works a while longer
    #[command(after_help = "\
Examples:
  KEY=$(tollgate keys rotate key_0aB3)
  tollgate keys rotate key_0aB3 --overlap 1h
  tollgate keys rotate key_0aB3 --overlap 0s --end-overlap")]
    Rotate(Rotate),
    /// Withdraw a key for good
    #[command(after_help = "\
Examples:
  tollgate keys revoke key_0aB3")]
    Revoke(One),
    /// Take over keys of another system by the SHA-256 of their texts
    Import(import::Args),
}

/// Where it is done, and how it is told.
#[derive(Debug, Args)]
pub(super) struct Common {
    #[command(flatten)]
    admin: AdminArgs,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What the key is called
    #[arg(long)]
    name: String,
    /// Id or name of the project it belongs to [default: the project called default, else the oldest]
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Models it may use, separated by commas; * stands for any characters [default: all]
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',')]
    models: Vec<String>,
    /// Models it may not use, even if allowed
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',')]
    deny_models: Vec<String>,
    /// Regions in which its calls may be served, separated by commas; * stands for any characters [default: everywhere]
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',')]
    regions: Vec<String>,
    /// Its tier: it may use the models that need this one or a lower one
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = tier())]
    tier: u8,
    /// What it may do, for example api.model.read,api.chat.completions.write [default: everything]
    #[arg(long, value_delimiter = ',')]
    scopes: Vec<String>,
    /// Addresses and networks from which it may be used, separated by commas, for example 10.0.0.0/8 [default: anywhere]
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',')]
    addresses: Vec<String>,
    /// When it ends: a time from now such as 30d, a date such as 2027-03-31 (its midnight UTC), a moment such as
    /// 2027-03-31T12:00:00Z, or never
    #[arg(long, value_name = "WHEN", default_value = "never", value_parser = expiry)]
    expires: Expiry,
    /// A text kept beside it; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = entry)]
    metadata: Vec<(String, String)>,
    /// On the data directory: the organization in which to look, by id [default: the oldest]
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    organization: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only keys of this project, by id or name
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Only keys in this status; one that is disabled and has expired is disabled
    #[arg(long, value_parser = state())]
    status: Option<State>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = count::<1_000_000>)]
    limit: u32,
    /// On the data directory: the organization in which to look, by id [default: all]
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    organization: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// Which key
    key: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Expire {
    /// Which key
    key: String,
    /// A time from now such as 30d, a date such as 2027-03-31 (its midnight UTC), a moment such as
    /// 2027-03-31T12:00:00Z, or never
    #[arg(value_parser = expiry)]
    when: Expiry,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// Which key
    key: String,
    /// How long the old secret keeps working
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    overlap: Duration,
    /// Also while the overlap of an earlier rotation runs: the secret from before that one stops working at once
    #[arg(long)]
    end_overlap: bool,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Create(args) => create(args),
        Command::List(args) => list(args),
        Command::Show(args) => show(args),
        Command::Disable(args) => change(args, "disabled", &Change::Disable),
        Command::Enable(args) => change(args, "enabled", &Change::Enable),
        Command::Revoke(args) => change(args, "revoked", &Change::Revoke),
        Command::Expire(args) => expire(args),
        Command::Update(args) => update::run(args),
        Command::Rotate(args) => rotate(args),
        Command::Import(args) => import::run(args),
    }
}

fn create(args: &Create) -> anyhow::Result<()> {
    let desk = Desk::of(&args.common, args.organization.as_deref())?;
    let new = NewKey {
        organization: args.organization.clone(),
        project: args.project.clone().unwrap_or_default(),
        name: args.name.clone(),
        permissions: args.scopes.clone(),
        models_allow: args.models.clone(),
        models_deny: args.deny_models.clone(),
        regions: args.regions.clone(),
        tier: args.tier,
        expiry: args.expires,
        addresses: args.addresses.clone(),
        metadata: args.metadata.iter().cloned().collect::<BTreeMap<_, _>>(),
        ..NewKey::default()
    };
    let issued = desk.create(&new)?;
    if desk.is_here() {
        patterns::warn(&args.common.data_dir, &[&args.models[..], &args.deny_models].concat());
    }
    hand_over(&issued, args.common.json, &format!("created {} ({})", issued.id, printable(&issued.name)))
}

fn rotate(args: &Rotate) -> anyhow::Result<()> {
    let running = if args.end_overlap { RunningOverlap::End } else { RunningOverlap::Keep };
    let rotation = Rotation { overlap: args.overlap, running };
    let issued = Desk::of(&args.common, None)?.rotate(&args.key, rotation)?;
    let until = issued.replaced_works_until.map_or_else(|| "now".to_owned(), output::time);
    hand_over(&issued, args.common.json, &format!("rotated {}; the old secret works until {until}", issued.id))
}

/// The secret alone on standard output, so that a shell can take it; what a person should know beside it.
fn hand_over(issued: &KeyView, as_json: bool, what: &str) -> anyhow::Result<()> {
    let shown = match as_json {
        true => output::document(&KEY, issued),
        false => output::line(issued.value.as_deref().unwrap_or_default()),
    };
    shown.map_err(|error| unseen(&error, issued))?;
    if !as_json {
        output::say(Label::Note, &format!("{what}; the secret is shown once and stored as a hash"));
    }
    Ok(())
}

/// The secret is lost, and the key has it all the same.
fn unseen(error: &anyhow::Error, issued: &KeyView) -> anyhow::Error {
    let id = &issued.id;
    let message = format!("the secret of {id} could not be printed, and nothing else has it");
    // A reader that has gone is otherwise taken for one that has seen enough.
    let refused = Refused::failed(message).cause(format!("{:#}", error.root_cause()));
    refused.help(format!("tollgate keys revoke {id}, and create another one; or tollgate keys rotate {id}")).into()
}

fn list(args: &List) -> anyhow::Result<()> {
    let limit = args.limit as usize;
    let desk = Desk::of(&args.common, args.organization.as_deref())?;
    let (keys, more) = desk.list(args.organization.as_deref(), args.project.as_deref(), args.status, limit)?;
    if more {
        output::say(Label::Note, &format!("there are more than {limit}; raise --limit"));
    }
    if args.common.json {
        return output::document(&KEYS, &keys);
    }
    let rows: Vec<_> = keys.iter().map(|key| show::row(key).map(|cell| printable(&cell).into_owned())).collect();
    output::table(show::HEAD, &rows)
}

fn show(args: &One) -> anyhow::Result<()> {
    let key = Desk::of(&args.common, None)?.show(&args.key)?;
    if args.common.json {
        return output::document(&KEY, &key);
    }
    output::line(show::sheet(&key, now()))
}

fn change(args: &One, done: &str, change: &Change) -> anyhow::Result<()> {
    let key = Desk::of(&args.common, None)?.change(&args.key, change, &format!("the key was not {done}"))?;
    changed(&key, args.common.json, done)
}

fn expire(args: &Expire) -> anyhow::Result<()> {
    let change = Change::Expire(args.when);
    let key = Desk::of(&args.common, None)?.change(&args.key, &change, "the expiry was not set")?;
    let when = key.expires_at.map_or_else(|| "never ends".to_owned(), |at| format!("ends {}", output::time(at)));
    changed(&key, args.common.json, &when)
}

fn changed(key: &KeyView, as_json: bool, done: &str) -> anyhow::Result<()> {
    if as_json {
        return output::document(&KEY, key);
    }
    output::say(Label::Note, &format!("{} ({}): {done}", key.id, printable(&key.name)));
    Ok(())
}

fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<DurationText>().map(|d| d.0).map_err(|error| error.to_string())
}

fn expiry(text: &str) -> Result<Expiry, String> {
    if text == "never" {
        return Ok(Expiry::Never);
    }
    if let Some(at) = midnight(text) {
        return Ok(Expiry::At(at));
    }
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(Expiry::At(moment.as_second()));
    }
    duration(text)
        .map(Expiry::In)
        .map_err(|error| format!("{error}; or a date such as 2027-03-31, or 2027-03-31T12:00:00Z; or never"))
}

fn tier() -> impl TypedValueParser<Value = u8> {
    clap::value_parser!(u8).range(0..=i64::from(TIER_MAX))
}

fn entry(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn state() -> impl TypedValueParser<Value = State> {
    let named = |word: String| State::ALL.into_iter().find(|state| state.as_str() == word).ok_or("not one of them");
    PossibleValuesParser::new(State::ALL.map(State::as_str)).try_map(named)
}

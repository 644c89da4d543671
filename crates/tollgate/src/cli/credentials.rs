//! `tollgate credentials`: secrets towards providers, kept encrypted by the server.
//!
//! In: a name; the secret from standard input or a hidden prompt, never from the arguments, which every process of the
//! machine can read. Out: names. No command shows a secret. A server that is named or runs on the data directory does the act;
//! where there is none, the command does it on the data directory itself.

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use tollgate_control::api::endpoint::Method;
use tollgate_control::use_cases::configuration::users_of;
use tollgate_control::use_cases::credentials as use_cases;
use tollgate_control::use_cases::holder;

use super::admin::{About, Desk, encoded, refused};
use super::data_dir::DataDirArgs;
use super::documents::CREDENTIALS;
use super::hidden;
use super::output::{self, Label, Refused};
use super::target::admin::AdminArgs;
use crate::wiring::now;

/// Where the management API has them.
const PATH: &str = "/tollgate/credentials";

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tollgate credentials set openai              asks, and hides what is typed
  tollgate credentials set openai < key.txt
  printf %s \"$OPENAI_API_KEY\" | tollgate credentials set openai
  tollgate credentials set openai --url https://llm.example.com/v1 < key.txt

A provider uses it with credential = { stored = \"openai\" }; a running server \
takes another value up within a second.")]
pub(super) enum Command {
    /// Keep a secret under a name; it is read from standard input or a hidden prompt
    #[command(after_help = "\
Examples:
  tollgate credentials set openai              asks, and hides what is typed
  tollgate credentials set openai < key.txt")]
    Set(Named),
    /// List the names
    #[command(after_help = "\
Examples:
  tollgate credentials list
  tollgate credentials list --json | jq -r '.data[].name'")]
    List {
        #[command(flatten)]
        place: PlaceArgs,
        /// Print JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Remove one that no provider uses
    #[command(after_help = "\
Examples:
  tollgate credentials remove openai")]
    Remove(Named),
}

/// Where they are kept.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    #[command(flatten)]
    admin: AdminArgs,
    #[command(flatten)]
    data_dir: DataDirArgs,
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// Its name
    name: String,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Set(args) => set(args),
        Command::List { place, json } => list(place, *json),
        Command::Remove(args) => remove(args),
    }
}

impl PlaceArgs {
    fn server(&self) -> anyhow::Result<Option<Desk>> {
        Desk::of_server(&self.admin, &self.data_dir)
    }
}

fn path_of(name: &str) -> String {
    format!("{PATH}/{}", encoded(name))
}

fn set(args: &Named) -> anyhow::Result<()> {
    // Whether that can be done at all is said before anybody types; what is needed for it is read after.
    let server = args.place.server()?;
    let is_there = match &server {
        Some(desk) => desk.all(PATH)?.iter().any(|one| one["id"] == args.name.as_str()),
        None => args.place.data_dir.open().map(|_| false)?,
    };
    let text = hidden::read(&format!("Secret for {}", args.name))?;
    match server {
        Some(desk) if is_there => {
            desk.act(Method::Post, &path_of(&args.name), &json!({ "value": text.trim() }))?;
        }
        Some(desk) => {
            desk.act(Method::Post, PATH, &json!({ "name": args.name, "value": text.trim() }))?;
        }
        None => {
            let (database, secrets) = args.place.data_dir.open()?;
            holder::set_credential(&database, &secrets.master, &args.name, &text, now())
                .context("the credential was not stored")?;
        }
    }
    output::say(
        Label::Note,
        &format!("{} is stored, encrypted; use it with credential = {{ stored = {:?} }}", args.name, args.name),
    );
    Ok(())
}

fn list(place: &PlaceArgs, as_json: bool) -> anyhow::Result<()> {
    let list: Vec<Json> = match place.server()? {
        Some(desk) => {
            let shown = |one: &Json| json!({ "name": one["id"], "created_at": one["created_at"], "updated_at": one["updated_at"] });
            desk.all(PATH)?.iter().map(shown).collect()
        }
        None => {
            let (database, _) = place.data_dir.open()?;
            let credentials = use_cases::list_credentials(&database).context("the credentials cannot be listed")?;
            let shown = |one: &_| {
                let use_cases::StoredCredential { name, created_at, updated_at } = one;
                json!({ "name": name, "created_at": created_at, "updated_at": updated_at })
            };
            credentials.iter().map(shown).collect()
        }
    };
    if as_json {
        return output::document(&CREDENTIALS, &list);
    }
    let name = |one: &Json| one["name"].as_str().unwrap_or_default().to_owned();
    let rows: Vec<_> =
        list.iter().map(|one| [name(one), output::time(one["updated_at"].as_i64().unwrap_or_default())]).collect();
    output::table(["NAME", "SET"], &rows)
}

fn remove(args: &Named) -> anyhow::Result<()> {
    let PlaceArgs { admin, data_dir } = &args.place;
    let desk = match args.place.server()? {
        Some(desk) => desk,
        None => {
            // One that is not there needs no look at the configuration.
            let (database, _) = data_dir.open()?;
            if !use_cases::list_credentials(&database)?.iter().any(|one| one.name == args.name) {
                return Err(not_removed(use_cases::CredentialError::Unknown(args.name.clone())));
            }
            Desk::of(admin, data_dir, About::ConfigurationChanged, None)?
        }
    };
    match desk {
        Desk::Here(office, _) => {
            let configured =
                office.configuration.read(&office.database, &office.secrets).map_err(|refusal| refused(&refusal))?;
            let users = users_of(&configured.objects, &args.name);
            if !users.is_empty() {
                return Err(Refused::failed("the credential was not removed")
                    .cause(format!("it is sent to {}", users.join(", ")))
                    .help("let these providers use another credential first, or delete them")
                    .into());
            }
            holder::remove_credential(&office.database, &args.name, now()).map_err(not_removed)?;
        }
        desk => {
            desk.act(Method::Delete, &path_of(&args.name), &Json::Null)?;
        }
    }
    output::say(Label::Note, &format!("{} is removed", args.name));
    Ok(())
}

fn not_removed(error: use_cases::CredentialError) -> anyhow::Error {
    let refused = Refused::failed("the credential was not removed");
    anyhow::Error::new(error).context(refused.help("tollgate credentials list names those that are stored"))
}

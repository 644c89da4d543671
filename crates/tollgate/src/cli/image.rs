//! `tollgate image`: what a model would be given from the address of an image or a file.
//!
//! In: addresses, perhaps a model whose settings are to hold. Out: what lies there, or the cause with its evidence and what
//! to do, in text or as JSON; exit code 1 where one is not in order. The same code looks as in the gateway, from this
//! machine: a provider looks from elsewhere.

use std::borrow::Cow;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value as Json, json};
use tollgate_gateway::images::look::{Keep, Looker, Seen, What};
use tollgate_gateway::settings::{Downloads, Images};

use super::documents::IMAGE_CHECK;
use super::http::block_on;
use super::output::{self, Ended, Label, Refused};
use super::server::ServerArgs;
use crate::settings::Loaded;
use crate::settings::environment::Process;

/// Bytes of an address that comes by standard input.
const ADDRESS_MAX: u64 = 256 << 20;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  tollgate image check https://images.example/cat.png
  tollgate image check https://images.example/cat.png --model gpt-4o --json")]
pub(super) enum Command {
    /// Say what lies at the address of an image, or why a model cannot have it
    #[command(after_help = "\
Examples:
  tollgate image check https://images.example/cat.png
  tollgate image check \"data:image/png;base64,$(base64 -w0 cat.png)\"
  (printf 'data:;base64,'; base64 -w0 large.png) | tollgate image check -
  tollgate image check --file https://files.example/report.pdf
  tollgate image check https://files.internal/a.png --config tollgate.toml
  tollgate image check URL --json | jq -r .cause

The address is looked at as the gateway does it: parsed, resolved, every address \
checked to be a public one, connected to with TLS verified, redirects followed \
three times, content held against its type. [images] of the configuration \
holds: limits, and hosts that are let through. Nothing of yours is sent along.

Exit code 0 if it is in order, 1 if not.")]
    Check(Check),
}

#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Address: http, https or data:; with - it is read from standard input
    #[arg(value_name = "URL")]
    url: String,
    /// It is a file of any kind and need not be an image
    #[arg(long)]
    file: bool,
    /// Model of the configuration, to say what the gateway would do for it
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Check(args) = command;
    let loaded = load(&args.server)?;
    let does = args.model.as_deref().map(|model| what_it_does(&loaded, model)).transpose()?;
    let downloads = loaded.settings.gateway.downloads;
    let url = address(&args.url)?;
    let seen = look(args, url.trim_end(), &downloads)?;
    match args.json {
        true => output::document(&IMAGE_CHECK, &document(args, &seen, does))?,
        false => output::line(sheet(&seen, does).trim_end())?,
    }
    if seen.problem.is_some() && Path::new(&args.url).is_file() {
        let name = &args.url;
        let how = format!("(printf 'data:;base64,'; base64 -w0 {name}) | tollgate image check -");
        output::say(Label::Help, &format!("{name} is a file of this machine; what a model would see in it: {how}"));
    }
    if seen.problem.is_none() { Ok(()) } else { Err(Ended(1).into()) }
}

fn load(server: &ServerArgs) -> anyhow::Result<Loaded> {
    let process = Process::now();
    let file = server.config.clone().or_else(|| server.file_in_data_dir(&process));
    server.load(file.as_deref(), server.config.is_none(), &process)
}

/// What shells hand over is shorter than most images are: a longer one comes by standard input.
fn address(argument: &str) -> anyhow::Result<Cow<'_, str>> {
    if argument != "-" {
        return Ok(Cow::Borrowed(argument));
    }
    let mut text = String::new();
    let read = io::stdin().take(ADDRESS_MAX).read_to_string(&mut text);
    read.map_err(|error| Refused::usage("standard input cannot be read as an address").cause(error.to_string()))?;
    Ok(Cow::Owned(text))
}

fn look(args: &Check, url: &str, downloads: &Downloads) -> anyhow::Result<Seen> {
    let looker = Looker::new(downloads).context("the trusted roots of [images] cannot be read")?;
    let what = if args.file { What::File } else { What::Image };
    if url.starts_with("http") {
        output::say(Label::Note, "looking from this machine; a provider looks from elsewhere");
    }
    block_on(async { Ok(looker.look(url, what, Keep::Nothing, downloads.time).await) })
}

/// What the gateway does about addresses for this model.
fn what_it_does(loaded: &Loaded, model: &str) -> anyhow::Result<(&'static str, &'static str)> {
    let models = &loaded.settings.gateway.models;
    let Some(found) = models.iter().find(|known| known.name == model) else {
        let meant = tollgate_errors::nearest(model, models.iter().map(|known| known.name.as_str()));
        let refused = Refused::usage(format!("no model {model:?} is configured"));
        return Err(match meant {
            Some(name) => refused.help(format!("did you mean {name:?}?")),
            None => refused.help("name the configuration with --config"),
        }
        .into());
    };
    Ok(match found.images {
        Images::Off => ("off", "the gateway does not look at addresses for this model"),
        Images::Diagnose => ("diagnose", "the gateway looks only after the provider has refused it"),
        Images::Check => ("check", "the gateway looks before the call, and refuses what is not in order"),
        Images::Inline => ("inline", "the gateway fetches it before the call, and sends its contents"),
    })
}

fn document(args: &Check, seen: &Seen, does: Option<(&str, &str)>) -> Json {
    let finding = seen.problem.as_ref().or(seen.hint.as_ref());
    let ms = |of: fn(&tollgate_gateway::images::look::Took) -> std::time::Duration| {
        seen.took.as_ref().map(|took| of(took).as_secs_f64() * 1000.0)
    };
    json!({
        "ok": seen.problem.is_none(),
        "cause": seen.problem.as_ref().map(|problem| problem.cause.slug),
        "what": seen.problem.as_ref().map(|problem| problem.what.as_str()),
        "hint": seen.hint.as_ref().filter(|_| seen.problem.is_none()).map(|hint| hint.what.as_str()),
        "title": finding.map(|finding| finding.cause.title),
        "remedies": finding.map(|finding| finding.cause.remedies),
        "format": seen.picture.map(|picture| picture.format.media_type()),
        "width": seen.picture.map(|picture| picture.width),
        "height": seen.picture.map(|picture| picture.height),
        "animated": seen.picture.map(|picture| picture.animated),
        "media_type": Some(seen.media_type.as_str()).filter(|named| !named.is_empty()),
        "bytes": seen.bytes,
        "way": seen.way,
        "dns_ms": ms(|took| took.dns),
        "connect_ms": ms(|took| took.connect),
        "tls_ms": ms(|took| took.tls),
        "first_byte_ms": ms(|took| took.head),
        "total_ms": ms(|took| took.whole),
        "model": args.model,
        "setting": does.map(|(setting, _)| setting),
    })
}

fn sheet(seen: &Seen, does: Option<(&str, &str)>) -> String {
    let mut lines = Vec::new();
    match (&seen.problem, &seen.hint) {
        (Some(problem), _) => {
            lines.push(format!("{}: {}", problem.cause.title, problem.what));
            lines.push(String::new());
            lines.push(format!("cause   {}", problem.cause.slug));
        }
        (None, hint) => {
            lines.push(format!("In order: {}", seen.summary()));
            lines.extend(hint.iter().map(|hint| format!("a provider may refuse it: {}", hint.what)));
        }
    }
    lines.extend(
        seen.inside.iter().map(|inside| format!("a provider outside of this network cannot have it: {}", inside.what)),
    );
    if let Some(took) = &seen.took {
        let ms = |time: std::time::Duration| time.as_millis();
        lines.push(format!(
            "time    DNS {} ms, connect {} ms, TLS {} ms; first byte after {} ms, last after {} ms",
            ms(took.dns),
            ms(took.connect),
            ms(took.tls),
            ms(took.head),
            ms(took.whole)
        ));
    }
    lines.extend(seen.way.iter().skip(1).map(|place| format!("then    {place}")));
    lines.extend(does.map(|(setting, does)| format!("model   images = \"{setting}\": {does}")));
    if let Some(problem) = &seen.problem {
        lines.push(format!("more    tollgate errors show {}", problem.cause.slug));
        lines.push(String::new());
        lines.push("Do".to_owned());
        lines.extend(problem.cause.remedies.iter().map(|remedy| format!("  - {remedy}")));
    }
    lines.join("\n")
}

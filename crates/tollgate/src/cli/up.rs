//! `tollgate up`: the first five minutes. Development defaults, the sandbox, and a first key.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;

use super::documents::READY;
use super::life::Life;
use super::output::{self, Label};
use super::place::PlaceArgs;
use super::providers_noticed;
use super::ready::{self, FirstKey, Ready};
use super::reload::Reload;
use super::server::{ServerArgs, Source};
use crate::settings::environment::{Process, Surroundings};
use crate::wiring;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --config, <data-dir>/tollgate.toml is used if there is one. The sandbox \
provider and its models are always there.

Examples:
  tollgate up
  tollgate up --listen 127.0.0.1:0 --data-dir ./data --json

The second is for scripts: the first line on standard output is one JSON object \
with api_base and, at the first start, api_key and admin_api_key.")]
pub(super) struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print one JSON object on standard output when ready, instead of the banner
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let began = Instant::now();
    let process = Process::now();
    let file = args.server.config.clone().or_else(|| args.server.file_in_data_dir(&process));
    let loaded = args.server.load_to_serve(file.as_deref(), true, &process)?;
    let mut life = Life::listen()?;
    if let Some(place) = args.server.place_in_data_dir(&process) {
        process.note(&place);
    }
    let source = Source { args: args.server.clone(), development: true };
    let reader = source.reader();
    let reload = Reload::new(source, &loaded, &process);

    let settings = loaded.settings;
    let names: Vec<String> = settings.gateway.providers.iter().map(|p| p.name.clone()).collect();
    let ready = Ready::of(&settings, began).with_file(file.as_deref());
    let place = args.place.find(&settings)?;
    let running = wiring::start(settings, place.listen, reader)?;
    let ready = ready.at(running.local_addr());
    // After the start, so that a start that fails (the port is taken) does not make a key that nobody sees.
    let watched = args.json || io::stdout().is_terminal();
    let hand_over = |key: FirstKey, file| if watched { Ok(key) } else { into_file(&key, &ready.data_dir.join(file)) };
    let admin_key = running.first_owner()?.map(|token| hand_over(FirstKey::Admin(token), "first-admin-key"));
    let admin_key = admin_key.transpose()?;
    let key = running.bootstrap()?.map(|secret| hand_over(FirstKey::Shown(secret), "first-key")).transpose()?;
    life.begin(&running, place.before.as_ref());
    let ready = ready.with_key(key).with_admin_key(admin_key);
    if args.json {
        output::document(&READY, &ready::Event::of(&ready))?;
    } else {
        let file = args.server.place_in_data_dir(&process);
        output::line(ready::banner(&ready, &names.join(", "), file.as_deref()))?;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let file = file.or_else(|| args.server.place_in_data_dir(&process)).unwrap_or_else(|| "tollgate.toml".into());
    for message in providers_noticed::messages(process.variables(), &names, &file) {
        output::say(Label::Note, &message);
    }
    life.run(running, reload)
}

/// The first keys go to whoever reads standard output; where that is perhaps a log, each into a file of its own.
fn into_file(key: &FirstKey, file: &Path) -> anyhow::Result<FirstKey> {
    write_private(file, key.reveal().unwrap_or_default())
        .with_context(|| format!("the first key cannot be written to {}", file.display()))?;
    Ok(FirstKey::InFile(file.to_owned()))
}

/// A file left over from an earlier database is replaced.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    if let Err(error) = fs::remove_file(file)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

//! `tollgate serve`: runs with a configuration file.

use std::time::Instant;

use super::documents::READY;
use super::life::Life;
use super::output::{self, Refused};
use super::place::PlaceArgs;
use super::ready::{self, Ready};
use super::reload::Reload;
use super::server::{ServerArgs, Source};
use crate::settings::environment::Process;
use crate::wiring;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tollgate serve --config /etc/tollgate/tollgate.toml
  tollgate serve --config tollgate.toml --listen 127.0.0.1:8080")]
pub(super) struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print one JSON object on standard output when ready
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let began = Instant::now();
    let Some(file) = &args.server.config else {
        return Err(Refused::usage("serve needs a configuration file")
            .help("tollgate serve --config FILE; without a file, tollgate up starts with the sandbox")
            .into());
    };
    let process = Process::now();
    let loaded = args.server.load_to_serve(Some(file), false, &process)?;
    let mut life = Life::listen()?;
    let source = Source { args: args.server.clone(), development: false };
    let reader = source.reader();
    let reload = Reload::new(source, &loaded, &process);
    let settings = loaded.settings;
    let place = args.place.find(&settings)?;
    let ready = Ready::of(&settings, began).with_file(Some(file));
    let running = wiring::start(settings, place.listen, reader)?;
    life.begin(&running, place.before.as_ref());
    let ready = ready.at(running.local_addr());
    if args.json {
        output::document(&READY, &ready::Event::of(&ready))?;
    } else {
        ready::log_line(&ready);
    }
    life.run(running, reload)
}

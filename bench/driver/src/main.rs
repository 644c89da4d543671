//! Measures Tollgate against nginx: starts everything on its core, drives the rounds, reads the kernel's account of CPU,
//! writes a page and a JSON file.
//!
//! `bench/run` builds the programs and calls this. `scenario.rs` is the table of what is measured; `measure.rs` takes
//! the figures; `report.rs` shows them; `stage.rs` knows how each program is started.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use serde_json::json;

use crate::measure::Outcome;
use crate::report::Circumstances;
use crate::scenario::{ALL, Candidate, SMOKE, Scenario};
use crate::stage::{Folder, Kit};

mod http;
mod kernel;
mod measure;
mod process;
mod report;
mod scenario;
mod stage;

/// Measures Tollgate against nginx.
#[derive(Parser)]
struct Options {
    /// `all`, `smoke`, `list`, or names from the list
    #[arg(required = true)]
    scenarios: Vec<String>,
    /// Rounds over the candidates [default: 3, smoke 1]
    #[arg(long)]
    rounds: Option<usize>,
    /// Multiplies the number of requests
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Core of the gateways
    #[arg(long, default_value_t = 0)]
    gateway_core: usize,
    /// Core of the fake provider and the load generator
    #[arg(long, default_value_t = 1)]
    load_core: usize,
    /// Go before all other sessions of the machine (root only), where a neighbour cannot be asked to stop
    #[arg(long)]
    push: bool,
    /// Folder of the kit
    #[arg(long)]
    home: PathBuf,
    /// The Tollgate to measure
    #[arg(long, required_unless_present = "without_tollgate")]
    tollgate: Option<PathBuf>,
    /// Measure the yardstick alone, to check the kit
    #[arg(long)]
    without_tollgate: bool,
    /// The nginx to measure against
    #[arg(long, default_value = "nginx")]
    nginx: String,
    /// Folder for data that goes away, on a disk
    #[arg(long, default_value = "/var/tmp")]
    tmp: PathBuf,
    /// Name of the results
    #[arg(long, default_value = "latest")]
    stamp: String,
    /// Commit that is measured
    #[arg(long, default_value = "unknown")]
    commit: String,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if options.scenarios == ["list"] {
        for scenario in ALL {
            println!("{:14} {}", scenario.name, scenario.title);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if options.push {
        // Real-time priority would change how the kit's own programs take turns, and with it the figures of streams.
        // `bench/run` gives the driver a session of its own; the kernel shares cores among sessions first.
        fs::write("/proc/self/autogroup", "-20").context("raise the session's share of the cores")?;
    }
    let smoke = options.scenarios == ["smoke"];
    let scenarios = chosen(&options.scenarios)?;
    let rounds = options.rounds.unwrap_or(if smoke { 1 } else { 3 });
    let tmp = Folder::create(options.tmp.join(format!("tollgate-bench-{}", std::process::id())))?;
    let kit = kit(&options, &tmp)?;
    let about = Circumstances {
        machine: format!("{}; {}", kernel::machine(), nginx_version(&kit)),
        commit: options.commit.clone(),
        stamp: options.stamp.clone(),
        rounds,
        scale: options.scale,
        pushing: options.push,
        load_average: kernel::load_average(),
    };
    let mut outcomes = Vec::new();
    for scenario in scenarios {
        if !scenario.candidates.iter().any(|c| kit.has(*c) && *c != Candidate::Direct) {
            eprintln!("{}: nobody to measure", scenario.name);
            continue;
        }
        eprintln!("{}: {}", scenario.name, scenario.title);
        outcomes.push(measure::scenario(&kit, scenario, rounds, options.scale));
        // Written after each: an hour of figures must not hang on the last scenario.
        save(&options, &about, &outcomes)?;
    }
    println!("{}", report::markdown(&about, &outcomes));
    let clean = outcomes.iter().all(|outcome| outcome.problems.is_empty());
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(names: &[String]) -> Result<Vec<&'static Scenario>> {
    match names {
        [one] if one == "all" => Ok(ALL.iter().collect()),
        [one] if one == "smoke" => Ok(SMOKE.iter().collect()),
        _ => names
            .iter()
            .map(|name| ALL.iter().find(|s| s.name == name).with_context(|| format!("no scenario {name}; try: list")))
            .collect(),
    }
}

fn kit(options: &Options, tmp: &Folder) -> Result<Kit> {
    let tollgate = match &options.tollgate {
        Some(path) if !options.without_tollgate => {
            Some(path.canonicalize().with_context(|| format!("no Tollgate at {}", path.display()))?)
        }
        _ => None,
    };
    let dir = tmp.0.canonicalize()?;
    ensure!(!kernel::is_in_memory(&dir.display().to_string()), "{} is in memory; see --tmp", dir.display());
    for needed in ["taskset", "setpriv", "kill"] {
        if Command::new(needed).arg("--version").output().is_err() {
            bail!("{needed} is missing (Debian: util-linux, procps)");
        }
    }
    let nginx = Command::new(&options.nginx).arg("-v").output().is_ok().then(|| PathBuf::from(&options.nginx));
    if nginx.is_none() {
        eprintln!("{} cannot be run: there will be no ratios", options.nginx);
    }
    let programs = std::env::current_exe()?.parent().context("this program lies in a folder")?.to_owned();
    Ok(Kit {
        home: options.home.canonicalize()?,
        programs,
        nginx,
        tollgate,
        tmp: dir,
        gateway_core: options.gateway_core,
        load_core: options.load_core,
    })
}

fn nginx_version(kit: &Kit) -> String {
    let output = kit.nginx.as_ref().and_then(|nginx| Command::new(nginx).arg("-v").output().ok());
    let text = output.map(|o| String::from_utf8_lossy(&o.stderr).into_owned()).unwrap_or_default();
    text.rsplit_once("version: ").map_or("no nginx".to_owned(), |(_, version)| version.trim().to_owned())
}

fn save(options: &Options, about: &Circumstances, outcomes: &[Outcome]) -> Result<()> {
    let dir = options.home.join("results");
    fs::create_dir_all(&dir)?;
    let figures = json!({
        "stamp": about.stamp, "commit": about.commit, "machine": about.machine, "rounds": about.rounds,
        "scale": about.scale, "pushing": about.pushing, "load_average": about.load_average, "scenarios": outcomes,
    });
    fs::write(dir.join(format!("{}.json", about.stamp)), serde_json::to_string_pretty(&figures)?)?;
    fs::write(dir.join(format!("{}.md", about.stamp)), report::markdown(about, outcomes))?;
    Ok(())
}

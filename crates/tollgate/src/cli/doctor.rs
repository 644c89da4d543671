//! `tollgate doctor`: looks at any endpoint of a language-model API step by step.
//!
//! In: flags and the environment of this process, which is what programs started from here have too. Out: a table, or JSON;
//! exit code 0 where nothing is wrong, 1 where something is. Nothing of Tollgate has to run anywhere. Before tokens are
//! spent, it is said on standard error.

mod sheet;
mod surroundings;
mod watch;

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tollgate_doctor::{Event, Need, Question, Report, Vendor, examine};

use super::documents::DOCTOR;
use super::http::block_on;
use super::number::count;
use super::output::{self, Ended, Label, Refused, log_lines, printable::printable, voice};
use crate::settings::scalar::DurationText;

pub(super) use self::sheet::print;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without flags, it looks at what programs started from here would call: the \
variables of OpenAI's, Azure's, Anthropic's and Google's SDKs are read as these \
read them. It spends a few tokens on two small completions, unless --no-spend is \
given, and says so before. Exit code 0 if nothing is wrong, 1 if something is, 2 \
for wrong usage.

Examples:
  tollgate doctor
  tollgate doctor --base-url http://127.0.0.1:11434/v1 --model llama3.2
  tollgate doctor --provider anthropic --key @key.txt
  tollgate doctor --model gpt-4o --needs vision --needs tools
  tollgate doctor --no-spend --json | jq '.checks[] | select(.cause)'
  tollgate doctor --bundle report.json
  tollgate doctor --watch 30s")]
pub(super) struct Args {
    /// Address of the API, as programs are given it [default: from the environment, else the provider's own]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Key to call with; @FILE is read from a file, - from standard input [default: from the environment]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Model to ask [default: a small one of the list]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Whose API it is: openai, azure, anthropic, gemini, openrouter, groq, ollama, … [default: told by the host]
    #[arg(long, value_name = "NAME", value_parser = vendor)]
    provider: Option<&'static Vendor>,
    /// Proxy to go through, an empty text for none [default: from the environment]
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// Organization to name in the requests
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Project to name in the requests
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// Azure's api-version
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// PEM file with further roots to trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// What the model must be able to do: vision, tools, json_schema; may be repeated
    #[arg(long, value_name = "ABILITY")]
    needs: Vec<Need>,
    /// Spend no tokens: no completion is asked for
    #[arg(long)]
    no_spend: bool,
    /// The longest wait for each part of a call
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    timeout: Duration,
    /// Look again and again, so often; once completions work, nothing more is spent
    #[arg(long, value_name = "TIME", value_parser = time)]
    watch: Option<Duration>,
    /// Looks after which --watch ends
    #[arg(long, value_name = "COUNT", requires = "watch", value_parser = count::<1_000_000>)]
    rounds: Option<u32>,
    /// Also write a report for a support case, without secrets
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    bundle: Option<PathBuf>,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

fn vendor(text: &str) -> Result<&'static Vendor, String> {
    let names = || tollgate_doctor::VENDORS.iter().map(|vendor| vendor.name).collect::<Vec<_>>().join(", ");
    Vendor::by_name(text).ok_or_else(|| format!("expected one of {}; any other is looked at by --base-url", names()))
}

fn time(text: &str) -> Result<Duration, String> {
    let time = text.parse::<DurationText>().map_err(|error| error.to_string())?.0;
    if time.is_zero() { Err("expected more than nothing".to_owned()) } else { Ok(time) }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let question = question(args)?;
    if let Some(pause) = args.watch {
        return block_on(watch::run(&question, pause, args.rounds, args.json));
    }
    // Before tokens are spent on a report that cannot be kept.
    let bundle = args.bundle.as_deref().map(open).transpose()?;
    let report = block_on(async { Ok(look(&question).await) })?;
    if let Some(file) = bundle {
        write_bundle(file, &question, &report)?;
    }
    match args.json {
        true => output::document(&DOCTOR, &report.to_json())?,
        false => print(&report)?,
    }
    if report.is_well() { Ok(()) } else { Err(Ended(1).into()) }
}

fn question(args: &Args) -> anyhow::Result<Question> {
    let key = args.key.as_deref().map(surroundings::key).transpose()?;
    Ok(Question {
        base_url: args.base_url.clone(),
        key,
        model: args.model.clone(),
        provider: args.provider,
        proxy: args.proxy.clone(),
        organization: args.organization.clone(),
        project: args.project.clone(),
        api_version: args.api_version.clone(),
        ca_file: args.ca_file.clone(),
        needs: args.needs.clone(),
        spends: !args.no_spend,
        patience: args.timeout,
        ..surroundings::question()
    })
}

/// One examination, with a line of a terminal that says what is being looked at.
pub(super) async fn look(question: &Question) -> Report {
    let shows = std::io::stderr().is_terminal() && !voice::is_quiet() && !log_lines::are_wanted();
    let clear = || {
        if shows {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    };
    let report = examine(question, &mut |event| match event {
        Event::Begins(check) if shows => {
            let _ = write!(std::io::stderr(), "\r\x1b[Klooking at {} …", check.title());
        }
        Event::Spends(what) => {
            clear();
            output::say(Label::Note, &format!("this spends tokens: {}", printable(&what)));
        }
        Event::Begins(_) | Event::Ended(_) => {}
    })
    .await;
    clear();
    report
}

/// A file to be written, and its name.
type Named<'a> = (&'a Path, File);

/// For the owner's eyes: it names hosts and software.
fn open(path: &Path) -> anyhow::Result<Named<'_>> {
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    Ok((path, opened.map_err(|error| unwritten(path, &error))?))
}

fn write_bundle((path, mut file): Named<'_>, question: &Question, report: &Report) -> anyhow::Result<()> {
    let text = format!("{:#}\n", tollgate_doctor::bundle(question, report));
    file.write_all(text.as_bytes()).map_err(|error| unwritten(path, &error))?;
    let name = path.display();
    output::say(Label::Note, &format!("{name} holds the report; no key is in it, hosts and models are"));
    Ok(())
}

fn unwritten(path: &Path, error: &io::Error) -> Refused {
    Refused::usage(format!("{} cannot be written: {error}", path.display()))
}

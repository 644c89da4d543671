//! `tollgate explain`: what went wrong, of anything that somebody pastes or of a request of this gateway.
//!
//! In: a text (argument, file or standard input) with what is known beside it, or a request's id. Out: the cause with its
//! evidence, what to check and what to do, for people or as JSON. Nothing is sent anywhere unless `--url` names a server
//! for a request's id, and every secret is masked in what is printed.

pub(super) mod sheet;

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;
use tollgate_core::id::RequestId;
use tollgate_core::requests::RequestRecord;
use tollgate_errors::{Context, Explanation, nearest};
use tollgate_gateway::explain::{document, explain as explained};
use tollgate_gateway::request_record::Audience;
use tollgate_store::records as store;

use super::failure::Failure;
use super::http::{Call, block_on};
use super::number::status;
use super::output::{self, Label, Refused};
use super::records;
use super::requests::missing;
use super::target::{PatienceArgs, TargetArgs, not_reached};

/// Of a file or of standard input, more than is looked at of any text.
const READ_MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Room for it from the start: growing step by step, a text of 5 MB is copied twice. What is not used of it costs nothing.
const ROOM_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tollgate explain '401 Incorrect API key provided: undefined'
  python app.py 2>&1 | tollgate explain
  tollgate explain @error.log
  tollgate explain --status 429 --provider openai @body.json
  tollgate explain req_01a1fba57fd23a2376004b8125cc10ff
  pbpaste | tollgate explain --json - | jq -r '.cause, .fixes[]'

The text may be a message, a JSON body, a traceback, lines of a log, a web page, \
the output of curl -v or a HAR file. It is read here and sent nowhere. The id of a \
request is looked up in the records of the data directory, or at the server that \
--url names; so is one within a longer text, whose record then counts.

With --json one object is printed: cause, confidence (0 to 1), title, reasons, \
checks, fixes, retryable (true, false or null), evidence and alternatives, and \
detail where a finer cause is known. Exit code 0 if a diagnosis was printed, \
unknown too.")]
pub(super) struct Args {
    /// What to explain; @FILE is read from a file, - or nothing from standard input
    #[arg(value_name = "TEXT", hide_possible_values = true)]
    text: Vec<String>,
    /// JSON with what is known beside it: status, provider, url, headers, request_headers, request_body
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// HTTP status of the answer
    #[arg(long, value_parser = status)]
    status: Option<u16>,
    /// Whose API was called: openai, azure, anthropic, gemini, …
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    patience: PatienceArgs,
    #[command(flatten)]
    target: TargetArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let text = text(&args.text)?;
    if let Ok(id) = text.trim().parse::<RequestId>() {
        return of_request(args, id);
    }
    let context = context(args)?;
    hint(&args.text);
    match RequestId::in_text(&text).as_slice() {
        [] => {}
        ids if args.target.named()?.is_some() => {
            if let Some(document) = ids.iter().find_map(|id| asked(args, *id).ok()) {
                return show(args, &document);
            }
        }
        ids => {
            if let Some(record) = failed(args, ids) {
                return show(args, &document(&record, Audience::Operator));
            }
        }
    }
    let explanation = explained(&text, &context);
    tell(args, &explanation)
}

/// The record of the first of these requests that failed. Where there are no records here, a text has none to add.
fn failed(args: &Args, ids: &[RequestId]) -> Option<RequestRecord> {
    let opened = records::open(&args.target.data_dir).ok()?;
    let mut found = ids.iter().filter_map(|id| store::find(&opened.records, *id).ok().flatten());
    found.find(|record| !record.cause.is_empty())
}

/// Says what else a single word may have been meant as.
fn hint(words: &[String]) {
    const FILES: [&str; 8] = [".log", ".txt", ".json", ".har", ".html", ".err", ".out", ".md"];
    let [word] = words else { return };
    let name = word.strip_prefix('@').unwrap_or(word);
    if name.contains(char::is_whitespace) || Path::new(name).is_file() {
        return;
    }
    if name.starts_with("req_") {
        let note =
            format!("{name} is not an id of a request here (req_ and 32 hexadecimal digits); it is read as text");
        output::say(Label::Note, &note);
    } else if FILES.iter().any(|end| name.to_ascii_lowercase().ends_with(end)) {
        output::say(Label::Note, &format!("there is no file {name} here; the name itself is explained"));
    }
}

fn tell(args: &Args, explanation: &Explanation) -> anyhow::Result<()> {
    match args.json {
        true => output::line(explanation.to_json()),
        false => output::text(&sheet::of(explanation)),
    }
}

/// What is to be explained.
fn text(words: &[String]) -> anyhow::Result<String> {
    let text = match words {
        [] => standard_input()?,
        [word] if word == "-" => standard_input()?,
        [word] if word.starts_with('@') && word.len() > 1 => file(Path::new(&word[1..]))?,
        [word] if Path::new(word).is_file() => {
            output::say(Label::Note, &format!("reading the file {word}"));
            file(Path::new(word))?
        }
        words => words.join(" "),
    };
    match text.trim().is_empty() {
        true => Err(Refused::usage("there is no text to explain")
            .help("paste the whole error, with status and body if you have them")
            .into()),
        false => Ok(text),
    }
}

fn standard_input() -> anyhow::Result<String> {
    if io::stdin().is_terminal() {
        output::say(Label::Note, "paste the error, then press Ctrl-D");
    }
    read(io::stdin().lock(), "standard input")
}

fn file(path: &Path) -> anyhow::Result<String> {
    let name = path.display().to_string();
    let opened = File::open(path).map_err(|error| Refused::usage(format!("{name} cannot be read: {error}")))?;
    read(opened, &name)
}

/// As text, whatever bytes it has.
fn read(from: impl Read, name: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::with_capacity(ROOM_BYTES);
    let read = from.take(READ_MAX_BYTES).read_to_end(&mut bytes);
    read.map_err(|error| Refused::usage(format!("{name} cannot be read: {error}")))?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn context(args: &Args) -> anyhow::Result<Context> {
    let mut context = match &args.context {
        None => Context::default(),
        Some(path) => {
            let unfit = |error: &str| {
                Refused::usage(format!("{} is not a context: {error}", path.display())).help(
                    "it is a JSON object with any of status, provider, url, headers, request_headers, request_body",
                )
            };
            let read: serde_json::Value = serde_json::from_str(&file(path)?).map_err(|error| {
                unfit(&format!("it is not JSON (line {}, column {})", error.line(), error.column()))
            })?;
            let members = read.as_object().ok_or_else(|| unfit("it is not an object"))?;
            warn_of_unknown(members);
            Context::of_json(members).map_err(|error| unfit(&error.to_string()))?
        }
    };
    context.status = args.status.or(context.status);
    context.provider = args.provider.clone().or(context.provider);
    Ok(context)
}

/// A member of another name is nothing that is looked at.
fn warn_of_unknown(members: &serde_json::Map<String, serde_json::Value>) {
    let known = Context::MEMBERS.map(|(name, _)| name);
    for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
        let meant = nearest(name, known).map_or_else(String::new, |meant| format!("; perhaps {meant} is meant"));
        output::say(Label::Warning, &format!("the context has {name:?}, which is not looked at{meant}"));
    }
}

/// Out of the record of a request: of the data directory, or at the server that is named.
fn of_request(args: &Args, id: RequestId) -> anyhow::Result<()> {
    if args.target.named()?.is_some() {
        return ask(args, id);
    }
    let opened = records::open(&args.target.data_dir)?;
    let found = store::find(&opened.records, id).context("the records cannot be read")?;
    let Some(record) = found else { return Err(missing(id, opened.unread_bytes).into()) };
    show(args, &document(&record, Audience::Operator))
}

fn ask(args: &Args, id: RequestId) -> anyhow::Result<()> {
    show(args, &asked(args, id)?)
}

/// What the server that is named says of a request.
fn asked(args: &Args, id: RequestId) -> anyhow::Result<serde_json::Value> {
    let target = args.target.resolve()?;
    let client = args.patience.client(&target)?;
    let document = block_on(async {
        let body = json!({ "request_id": id.to_string() }).to_string();
        let answer = target.ask(&client, Call::post_json("tollgate/explain", body)).await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = answer.whole().await.map_err(|error| not_reached(error, &target.base))?;
        match status.is_success() {
            true => Ok(body),
            false => Err(Failure::of_answer(status, &headers, &body).refused_by(&target).into()),
        }
    })?;
    serde_json::from_slice(&document).context("the answer is not JSON")
}

fn show(args: &Args, document: &serde_json::Value) -> anyhow::Result<()> {
    match args.json {
        true => output::line(document),
        false => output::text(&sheet::of_document(document)),
    }
}

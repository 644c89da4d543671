//! `tollgate api`: one call as it is, for what has no command of its own.
//!
//! In: method, path, headers and a body. Out: the answer's body on standard output as it arrives; what a failure means on
//! standard error, and in the exit code.

mod events;

use std::io::{self, Read, Write};

use anyhow::Context;
use bytes::Bytes;
use clap::ValueHint;
use http::{HeaderName, HeaderValue, Method, header};

use self::events::Events;
use super::failure::Failure;
use super::http::{Answer, Call, block_on};
use super::output::{self, Ended, Label, Refused, voice};
use super::target::{PatienceArgs, Target, TargetArgs, not_reached};

/// So much of a body is kept to tell what is wrong.
const KEPT: usize = 256 << 10;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tollgate api GET models
  tollgate api GET '/readyz?verbose'
  tollgate api POST embeddings -d '{\"model\":\"sandbox-embedding\",\"input\":\"hi\"}'
  tollgate api POST chat/completions -d @request.json -i
  jq -n '{model:\"sandbox\",input:\"hi\"}' | tollgate api POST responses -d -

Exit codes: 4 for the statuses 401 and 403, 5 for 402 and 429, 6 where nobody \
answers, 1 for every other failure, also one that ends a stream.")]
pub(super) struct Args {
    /// GET, POST, DELETE, …
    #[arg(value_parser = method)]
    method: Method,
    /// From the API's base (models), or with a slash at its beginning from the server's root (/readyz)
    #[arg(value_parser = path, value_hint = ValueHint::Other)]
    path: String,
    /// The body: itself, a file's content, or standard input; JSON, unless a header says otherwise
    #[arg(short, long, value_name = "BODY|@FILE|-")]
    data: Option<String>,
    /// A header; may be given several times
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header_line)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Print status and headers before the body; HEAD does so in any case
    #[arg(short, long)]
    include: bool,
    /// Send no key
    #[arg(long, conflicts_with = "key")]
    no_key: bool,
    #[command(flatten)]
    patience: PatienceArgs,
    #[command(flatten)]
    target: TargetArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let target = match args.no_key {
        true => Target { base: args.target.base()?, key: None },
        false => args.target.resolve()?,
    };
    let call = call(args)?;
    block_on(async {
        let client = args.patience.client(&target)?;
        let mut answer = target.ask(&client, call).await?;
        if args.include || args.method == Method::HEAD {
            head(&answer)?;
        }
        if voice::is_verbose() {
            output::say(Label::Note, &format!("{} {}", answer.status, answer.header("x-request-id")));
        }
        let passed = pass_on(&mut answer, &target).await?;
        end(args, &answer, passed, &target)
    })
}

fn call(args: &Args) -> anyhow::Result<Call> {
    let mut call = Call { method: args.method.clone(), ..Call::get(&args.path) };
    for (name, value) in &args.headers {
        call = call.header(name.clone(), value.clone());
    }
    if let Some(data) = &args.data {
        call.body = body(data)?.into();
        call.headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    }
    Ok(call)
}

fn body(data: &str) -> anyhow::Result<Vec<u8>> {
    if data == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("standard input cannot be read")?;
        return Ok(bytes);
    }
    match data.strip_prefix('@') {
        Some(file) => std::fs::read(file)
            .map_err(|error| Refused::usage(format!("the body cannot be read from {file}: {error}")))
            .map_err(|refused| refused.help("-d @FILE sends a file's content; -d - sends standard input").into()),
        None => Ok(data.as_bytes().to_vec()),
    }
}

fn head(answer: &Answer) -> anyhow::Result<()> {
    output::line(format!("HTTP/1.1 {}", answer.status))?;
    for (name, value) in &answer.headers {
        output::line(format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))?;
    }
    output::line("")
}

/// What is kept of a body that was passed on.
struct Passed {
    beginning: Vec<u8>,
    /// The error with which a stream ended.
    failure: Option<Failure>,
}

/// Writes the body as it comes.
async fn pass_on(answer: &mut Answer, target: &Target) -> anyhow::Result<Passed> {
    let mut out = io::stdout().lock();
    let mut events = answer.header("content-type").starts_with("text/event-stream").then(Events::default);
    let (mut kept, mut last) = (Vec::new(), Bytes::new());
    loop {
        match answer.piece().await {
            Ok(Some(piece)) => {
                out.write_all(&piece)?;
                out.flush()?;
                kept.extend_from_slice(&piece[..piece.len().min(KEPT - kept.len())]);
                if let Some(events) = &mut events {
                    events.take(&piece);
                }
                last = piece;
            }
            Ok(None) => break,
            Err(error) => {
                if !last.is_empty() && !last.ends_with(b"\n") {
                    out.write_all(b"\n")?;
                }
                return Err(not_reached(error, &target.base));
            }
        }
    }
    // The next prompt of a shell stands on a line of its own.
    if !last.is_empty() && !last.ends_with(b"\n") {
        out.write_all(b"\n")?;
    }
    Ok(Passed { beginning: kept, failure: events.and_then(Events::failure) })
}

fn end(args: &Args, answer: &Answer, passed: Passed, target: &Target) -> anyhow::Result<()> {
    if let Some(failure) = passed.failure {
        return Err(failure.refused().into());
    }
    if !(answer.status.is_client_error() || answer.status.is_server_error()) {
        return Ok(());
    }
    let failure = Failure::of_answer(answer.status, &answer.headers, &passed.beginning);
    if failure.cause.is_empty() {
        return Err(Ended(failure.exit_code()).into());
    }
    let refused = failure.refused_by(target);
    let lacks_body = args.data.is_none() && args.method == Method::POST && answer.status.is_client_error();
    Err(match lacks_body && failure.cause.contains("content_type") {
        true => refused.help("no body was sent: give one with -d BODY, -d @FILE, or -d - for standard input").into(),
        false => refused.into(),
    })
}

fn path(text: &str) -> Result<String, String> {
    if text.contains("://") {
        return Err("expected the path alone; the server is named with --url".to_owned());
    }
    let is_sendable = |c: char| c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c);
    match text.chars().find(|c| !is_sendable(*c)) {
        None if text.is_empty() => Err("expected a path such as models".to_owned()),
        None => Ok(text.to_owned()),
        Some(wrong) => {
            let coded: String = wrong.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
            Err(format!("{wrong:?} does not belong into a path; write it as {coded}"))
        }
    }
}

fn method(text: &str) -> Result<Method, String> {
    let known = [Method::GET, Method::POST, Method::DELETE, Method::PUT, Method::PATCH, Method::HEAD, Method::OPTIONS];
    known
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| "expected GET, POST, DELETE, PUT, PATCH, HEAD or OPTIONS".to_owned())
}

fn header_line(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected NAME: VALUE")?;
    let name = name.trim().parse().map_err(|_| format!("{:?} is not the name of a header", name.trim()))?;
    let value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| "the value has control characters")?;
    Ok((name, value))
}

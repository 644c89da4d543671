//! `tollgate demo traffic`: calls at a rate, for a time.
//!
//! In: rate and duration. Out: how far it is on standard error, a summary on standard output. Calls are sent when their
//! time has come, whether or not those before have been answered, up to a bound. A server without the sandbox is left
//! alone: elsewhere calls cost money.

use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value as Json;
use tokio::task::JoinSet;

use super::kinds::Kind;
use super::summary::{Outcome, Outcomes};
use crate::cli::documents::TRAFFIC;
use crate::cli::failure::Failure;
use crate::cli::http::{Answer, Call, CallError, Client, block_on};
use crate::cli::number::count;
use crate::cli::output::{self, Ended, Label, Refused};
use crate::cli::progress::Progress;
use crate::cli::target::{ApiKey, Target, TargetArgs, not_reached};
use crate::settings::scalar::DurationText;

/// More are not sent at once.
const IN_FLIGHT_MAX: usize = 256;
/// Exit code of a run that Ctrl-C ends; what was done is summed up first.
const INTERRUPTED: u8 = 130;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Of 100 calls about 13 fail, as they are meant to: 6 are mistakes (an unknown \
model, a mistyped body, a wrong key), 7 meet a failure that the sandbox is asked \
for. Only models of the sandbox are called.

Examples:
  tollgate demo traffic
  tollgate demo traffic --rate 100 --duration 1m
  tollgate demo traffic --duration 5s --json | jq .kinds")]
pub(in crate::cli) struct Args {
    /// Calls per second, on average
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = count::<500>)]
    rate: u32,
    /// How long, for example 30s or 5m; at most 1h
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    duration: Duration,
    /// The same calls in the same order for the same number
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print one JSON document on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: TargetArgs,
}

pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<()> {
    let target = args.target.resolve()?;
    let client = target.client()?;
    let begun = Instant::now();
    let (outcomes, interrupted) = block_on(async {
        has_sandbox(&client, &target).await?;
        send_all(args, &client, &target).await
    })?;
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let summary = outcomes.summary(target.base.to_string(), duration_ms);
    if args.json {
        output::document(&TRAFFIC, &summary)?;
    } else {
        summary.print()?;
    }
    if interrupted {
        return Err(Ended(INTERRUPTED).into());
    }
    match summary.unexpected {
        0 => Ok(()),
        n => Err(Refused::failed(format!("{n} of the calls did not end as they were meant to")).into()),
    }
}

async fn has_sandbox(client: &Client, target: &Target) -> anyhow::Result<()> {
    let not_reached = |error| not_reached(error, &target.base);
    let answer = client.send(with_key(Call::get("models"), target.key.as_ref())).await.map_err(not_reached)?;
    let (status, headers) = (answer.status, answer.headers.clone());
    let body = answer.whole().await.map_err(not_reached)?;
    if !status.is_success() {
        return Err(Failure::of_answer(status, &headers, &body).refused_by(target).into());
    }
    let models: Json = serde_json::from_slice(&body).unwrap_or_default();
    let is_there = |name: &str| models["data"].as_array().into_iter().flatten().any(|model| model["id"] == name);
    let needed = ["sandbox", "sandbox-slow", "sandbox-embedding", "sandbox-moderation"];
    match needed.into_iter().find(|name| !is_there(name)) {
        None => Ok(()),
        Some(name) => Err(lacking(client, target, name).await?.into()),
    }
}

/// Why a model is not in the server's list: there is none, or it is not for this key.
async fn lacking(client: &Client, target: &Target, name: &str) -> anyhow::Result<Refused> {
    let not_reached = |error| not_reached(error, &target.base);
    let call = with_key(Call::get(format!("models/{name}")), target.key.as_ref());
    let answer = client.send(call).await.map_err(not_reached)?;
    let (status, headers) = (answer.status, answer.headers.clone());
    let failure = Failure::of_answer(status, &headers, &answer.whole().await.map_err(not_reached)?);
    if !matches!(failure.cause.as_str(), "" | "model_not_found") {
        return Ok(failure.refused_by(target).help("demo traffic needs a key that may use the models of the sandbox"));
    }
    Ok(Refused::failed(format!("{} has no model {name:?}", target.base))
        .help("demo traffic is for a server with the sandbox, such as tollgate up starts"))
}

fn with_key(call: Call, key: Option<&ApiKey>) -> Call {
    match key {
        Some(key) => call.bearer(key.reveal()),
        None => call,
    }
}

/// Sends until the time is over, or somebody presses Ctrl-C; then waits for what is under way.
async fn send_all(args: &Args, client: &Client, target: &Target) -> anyhow::Result<(Outcomes, bool)> {
    let mut random = args.seed.map_or_else(Rng::new, Rng::with_seed);
    let (mut outcomes, mut calls) = (Outcomes::default(), JoinSet::new());
    let total = u64::try_from(args.duration.as_millis()).unwrap_or(u64::MAX);
    let mut progress = Progress::of("demo traffic", total);
    output::say(Label::Note, &format!("{} calls per second to {} for {:?}", args.rate, target.base, args.duration));
    let begun = tokio::time::Instant::now();
    let mut next = begun;
    let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
    let interrupted = loop {
        let is_full = calls.len() >= IN_FLIGHT_MAX;
        tokio::select! {
            _ = &mut stop => break true,
            () = tokio::time::sleep_until(begun + args.duration) => break false,
            () = tokio::time::sleep_until(next), if !is_full => {
                let kind = Kind::drawn(&mut random);
                let call = with_key(kind.call(&mut random), target.key.as_ref());
                calls.spawn(send(client.clone(), kind, call));
                // Evenly spaced calls meet less than real ones do.
                next += Duration::from_secs_f64((0.5 + random.f64()) / f64::from(args.rate));
            }
            Some(Ok(outcome)) = calls.join_next() => outcomes.add(outcome),
        }
        let done = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        progress.at(done, || format!("{} calls, {} failed", outcomes.count(), outcomes.failed()));
    };
    while let Some(ended) = calls.join_next().await {
        ended.into_iter().for_each(|outcome| outcomes.add(outcome));
    }
    Ok((outcomes, interrupted))
}

async fn send(client: Client, kind: Kind, call: Call) -> Outcome {
    let begun = Instant::now();
    let (status, cause, succeeded) = match client.send(call).await {
        Ok(answer) => ended(answer).await,
        Err(_) => (None, String::new(), false),
    };
    let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    Outcome { kind, status, cause, succeeded, duration_us }
}

/// Status, cause, and whether it is a success: of a stream, only its last event says that.
async fn ended(answer: Answer) -> (Option<u16>, String, bool) {
    let status = answer.status;
    let headers = answer.headers.clone();
    let is_stream = answer.header("content-type").starts_with("text/event-stream");
    let body: Result<Vec<u8>, CallError> = answer.whole().await;
    match body {
        Err(_) => (Some(status.as_u16()), String::new(), false),
        Ok(body) if !status.is_success() => {
            (Some(status.as_u16()), Failure::of_answer(status, &headers, &body).cause, false)
        }
        Ok(body) if is_stream && !body.trim_ascii_end().ends_with(b"[DONE]") => {
            (Some(status.as_u16()), cause_of_end(&body), false)
        }
        Ok(_) => (Some(status.as_u16()), String::new(), true),
    }
}

/// The cause in the last event of a stream that broke off.
fn cause_of_end(body: &[u8]) -> String {
    let mut events = body.split(|byte| *byte == b'\n').rev().filter_map(|line| line.strip_prefix(b"data: "));
    let last = events.next().and_then(|data| serde_json::from_slice::<Json>(data).ok()).unwrap_or_default();
    Failure::of_object(&last["error"], None).cause
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<DurationText>().map_err(|error| error.to_string())?.0;
    match duration.as_secs() {
        ..=3600 if !duration.is_zero() => Ok(duration),
        _ => Err("expected more than nothing, and at most 1h".to_owned()),
    }
}

//! Load generator for OpenAI-compatible endpoints: plain answers or streams, as fast as they go or paced.
//!
//! It shares its core with the fake provider, so it too is one thread with HTTP/1.1 by hand. Every run ends in one line
//! of JSON on stdout. A driver that wants to measure somebody else's CPU over exactly the measured part uses `--gate`.

use std::cell::Cell;
use std::io::{BufRead, Read, Write, stdin, stdout};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::{Value, json};
use tokio::task::spawn_local;

use crate::client::Client;
use crate::options::Options;
use crate::tally::Tally;

mod answer;
mod client;
mod hold;
mod options;
mod stamps;
mod tally;

fn main() -> Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    match options.hold {
        Some(streams) => local.block_on(&runtime, hold::run(options, streams)),
        None => local.block_on(&runtime, drive(options)),
    }
}

/// What all connections of a run share.
struct Plan {
    options: Options,
    request: Vec<u8>,
    left: Cell<u64>,
}

/// Warm up, wait for the word, measure, report, let go.
async fn drive(options: Options) -> Result<()> {
    let gate = options.gate;
    let plan = Rc::new(Plan { request: options.request(), left: Cell::new(0), options });
    let mut clients = Vec::new();
    for _ in 0..plan.options.conns {
        // One after the other: a listener's backlog is short, and a dropped SYN costs a second.
        clients.push(Client::connect(&plan.options.addr).await.ok());
    }
    let warmup = plan.options.warmup.unwrap_or(2 * plan.options.conns as u64);
    let (clients, warm) = round(&plan, clients, warmup, Pace::Closed).await?;
    if gate {
        say(&json!({ "ready": true }))?;
        stdin().lock().read_line(&mut String::new()).context("wait for the word")?;
    }
    let start = Instant::now();
    let (clients, mut tally) = round(&plan, clients, plan.options.requests, Pace::AsAsked).await?;
    let wall = start.elapsed();
    tally.first_error = tally.first_error.or(warm.first_error);
    say(&tally.line(wall))?;
    if gate {
        // What closing costs the server is not part of the measurement: wait until it has been taken.
        stdin().lock().read_to_end(&mut Vec::new()).context("wait for the end")?;
    }
    drop(clients);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Closed,
    AsAsked,
}

type Clients = Vec<Option<Client>>;

/// Sends `requests` over `clients` and hands the clients back.
async fn round(plan: &Rc<Plan>, clients: Clients, requests: u64, pace: Pace) -> Result<(Clients, Tally)> {
    plan.left.set(requests);
    let start = tokio::time::Instant::now();
    let tasks: Vec<_> = clients
        .into_iter()
        .enumerate()
        .map(|(index, client)| spawn_local(work(Rc::clone(plan), client, index, start, pace)))
        .collect();
    let (mut clients, mut sum) = (Vec::new(), Tally::default());
    for task in tasks {
        let (client, tally) = task.await.context("a connection's task")?;
        clients.push(client);
        sum.add(tally);
    }
    Ok((clients, sum))
}

/// One connection's share: takes requests while there are any. A failed connection is opened anew.
async fn work(
    plan: Rc<Plan>,
    mut client: Option<Client>,
    index: usize,
    start: tokio::time::Instant,
    pace: Pace,
) -> (Option<Client>, Tally) {
    let mut tally = Tally::default();
    let conns = plan.options.conns as f64;
    if pace == Pace::AsAsked && plan.options.ramp_ms > 0 {
        let share = index as f64 / conns;
        tokio::time::sleep_until(start + Duration::from_millis(plan.options.ramp_ms).mul_f64(share)).await;
    }
    let mut turn = 0.0;
    while let Some(left) = plan.left.get().checked_sub(1) {
        plan.left.set(left);
        if let (Some(rate), Pace::AsAsked) = (plan.options.rate, pace) {
            tokio::time::sleep_until(start + Duration::from_secs_f64((turn * conns + index as f64) / rate)).await;
            turn += 1.0;
        }
        let asked = async {
            let open = match client.take() {
                Some(open) if !open.closed => open,
                _ => Client::connect(&plan.options.addr).await?,
            };
            let open = client.insert(open);
            if plan.options.stream {
                open.stream(&plan.request, &mut tally, || ()).await
            } else {
                open.plain(&plan.request, &mut tally).await
            }
        }
        .await;
        if let Err(wrong) = asked {
            client = None;
            tally.errors += 1;
            tally.first_error.get_or_insert(wrong);
        }
    }
    (client, tally)
}

/// One line on stdout, at once.
fn say(line: &Value) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{line}")?;
    out.flush().context("stdout")
}

//! Administration of a large organization, asked over the API while requests are served: pages among a million keys and a
//! million events, usage of a month of ten million requests, revocations. And what that does to the requests.
//!
//! The data directory is filled by the store's example `large_organization`, through the store's own code. A time is that of
//! the caller, from the first byte sent to the last one read, so the server's is shorter. Wants an idle machine.

mod cases;
mod load;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;

use super::Options;
use super::client::{Client, get};
use super::server::Server;
use super::table::{Table, percentile};
use cases::Case;

/// Bars of a full run, in milliseconds at the median.
const PAGE_MS: f64 = 20.0;
const USAGE_MS: f64 = 50.0;
/// A usage answer with more results than this, some ten megabytes, is noted without a bar: a page of days for a thousand keys has
/// 31,000.
const RESULTS_MAX: usize = 40_000;
/// Requests a second that are served meanwhile.
const BESIDE: f64 = 200.0;

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let records = options.count(10_000_000, 30_000);
    let (keys, callers) = if options.small { (5000, 100) } else { (1_000_000, 1000) };
    let example = example()?;
    let mut table = Table::default();
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let admin_key = Server::start(options, &data, None)?.admin_key.clone().context("no admin key was made")?;
    // What this start has carried on up to now would make all that is written next come late, as no server's records do.
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(data.join(format!("records.db{ending}")));
    }
    let sizes = [keys, keys, records, callers].map(|size| size.to_string());
    let began = Instant::now();
    let filled = Command::new(&example).arg("fill").arg(&data).args(&sizes).output()?;
    if !filled.status.success() {
        bail!("the data directory could not be filled: {}", String::from_utf8_lossy(&filled.stderr));
    }
    let ids: Value = serde_json::from_slice(&filled.stdout)?;
    let what = format!("{keys} keys twice, {keys} events, {records} requests of {callers} keys: written in");
    table.note(what, format!("{:.0} s", began.elapsed().as_secs_f64()));
    let mut server = Server::start(options, &data, Some("[log]\nrequests = \"failures\"\n"))?;
    let mut asks = Asks { client: Client::connect(server.address)?, key: admin_key, options };
    let beside = load::Beside::start(&server, &asks.key, &ids, BESIDE)?;
    plans(&example, &data)?;
    for case in cases::pages(&ids, &mut asks)? {
        asks.measure(&case, Some(PAGE_MS), &mut table)?;
    }
    for case in cases::usage(&ids, callers) {
        asks.measure(&case, case.is_of_a_month.then_some(USAGE_MS), &mut table)?;
    }
    beside.stop(&mut table)?;
    load::judge(&server, &asks.key, &ids, options, &mut table)?;
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    Ok(table)
}

/// An administrator with a connection that stays.
struct Asks<'o> {
    client: Client,
    key: String,
    options: &'o Options,
}

impl Asks<'_> {
    /// What is answered, and its length.
    fn ask(&mut self, path: &str) -> anyhow::Result<(Value, usize)> {
        let answer = self.client.ask(&get(&format!("/v1{path}"), &self.key))?;
        if answer.status != 200 {
            bail!("{path}: {}", String::from_utf8_lossy(&answer.body));
        }
        Ok((serde_json::from_slice(&answer.body)?, answer.body.len()))
    }

    /// Asks again and again; the first time is not counted, for the file may not be in the system's memory.
    fn measure(&mut self, case: &Case, bar: Option<f64>, table: &mut Table) -> anyhow::Result<()> {
        let (first, length) = self.ask(&case.path)?;
        let found = case.found(&first);
        if case.finds_something && found == 0 && !self.options.small {
            bail!("{} found nothing: {}", case.name, case.path);
        }
        let request = get(&format!("/v1{}", case.path), &self.key);
        let times = if self.options.small || found > RESULTS_MAX { 5 } else { 40 };
        let mut all = Vec::with_capacity(times);
        for _ in 0..times {
            let began = Instant::now();
            let answer = self.client.ask(&request)?;
            all.push(began.elapsed().as_secs_f64() * 1e3);
            if answer.status != 200 || answer.body.len().abs_diff(length) > length / 10 + 1000 {
                bail!("{}: another answer than before: {} of {} bytes", case.name, answer.status, answer.body.len());
            }
        }
        all.sort_by(f64::total_cmp);
        let (half, most) = (percentile(&all, 50.0), percentile(&all, 100.0));
        let name = format!("{}: {found} found, {} KB", case.name, length.div_ceil(1000));
        let seen = format!("{half:.1}, at most {most:.1} ms");
        let Some(bar) = bar.filter(|_| found <= RESULTS_MAX) else {
            table.note(name, seen);
            return Ok(());
        };
        // A small run shares its cores with other tests.
        let bar = if self.options.small { bar * 5.0 } else { bar };
        table.bar(name, format!("p50 ≤ {bar} ms"), seen, half <= bar);
        Ok(())
    }
}

/// How SQLite reads the pages.
fn plans(example: &PathBuf, data: &PathBuf) -> anyhow::Result<()> {
    println!("steps of the pages' query plans:");
    if !Command::new(example).arg("plans").arg(data).status()?.success() {
        bail!("the query plans could not be told");
    }
    println!();
    Ok(())
}

/// The store's example. It is built each time, for one of another version would make other tables.
fn example() -> anyhow::Result<PathBuf> {
    let arguments = ["build", "--release", "--locked", "-p", "tollgate-store", "--example", "large_organization"];
    if !Command::new("cargo").args(arguments).current_dir(super::root()).status()?.success() {
        bail!("the example large_organization cannot be built");
    }
    Ok(super::target().join("release/examples/large_organization"))
}

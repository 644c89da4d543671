//! A journal without room: nothing is served unmetered, nothing acknowledged is lost, and service comes back.
//!
//! Once by the bound, once by the disk (a small tmpfs, which needs root). The server is kept from reading its journal into
//! the database, which would make room.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

use super::Options;
use super::client::{Answer, Client, PATIENCE, chat, get, wait_until};
use super::server::{Server, command};
use super::system::pause;
use super::table::Table;
use super::upstream::Upstream;

const CALLERS: usize = 8;
/// A caller has seen enough after so many refusals in a row.
const REFUSED_IN_A_ROW: u32 = 40;

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let mut table = Table::default();
    by_bound(options, &mut table)?;
    by_disk(options, &mut table)?;
    Ok(table)
}

fn by_bound(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let (bound, larger) = if options.small { ("1MiB", "4MiB") } else { ("16MiB", "32MiB") };
    let directory = tempfile::tempdir()?;
    let data_dir = directory.path().join("data");
    let upstream = Upstream::start()?;
    let config = |bound: &str| upstream.config(&format!("[journal]\nsegment = \"64KiB\"\nbound = \"{bound}\""));
    let _held_back = held_back(&data_dir)?;
    let server = Server::start(options, &data_dir, Some(&config(bound)))?;
    let key = server.key()?;
    let name = format!("bound {bound}");

    let mut seen = fill(&server, &key)?;
    pages(&name, &server, table)?;
    table.none(format!("{name}: panics"), server.panics());
    let stopped = server.stop();
    table.bar(format!("{name}: stops by itself"), "yes", stopped, stopped);
    metered(options, &name, &data_dir, &seen, upstream.requests(), table)?;

    let server = Server::start(options, &data_dir, Some(&config(larger)))?;
    let again = Client::connect(server.address)?.ask(&chat(&key, "m"))?;
    table.bar(format!("{name}: serves again with {larger}"), "200", again.status, again.status == 200);
    seen.note(&again);
    drop(server);
    metered(options, &format!("{name}, after that"), &data_dir, &seen, upstream.requests(), table)
}

fn by_disk(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let disk = Disk::mount(64)?;
    let data_dir = disk.path().join("data");
    let upstream = Upstream::start()?;
    // Only the disk is the limit: the bound is far beyond it.
    let config = upstream.config("[journal]\nsegment = \"1MiB\"\nbound = \"1GiB\"");
    let _held_back = held_back(&data_dir)?;
    let server = Server::start(options, &data_dir, Some(&config))?;
    let key = server.key()?;
    let ballast = disk.path().join("ballast");
    let free = disk.free()?;
    // What another program left on the disk: all but what a short run fills.
    let left = if options.small { 4 << 20 } else { 24 << 20 };
    fs::write(&ballast, vec![7; free.saturating_sub(left) as usize]).context("the disk cannot be filled")?;
    let name = "disk of 64 MiB";

    let mut seen = fill(&server, &key)?;
    table.note(format!("{name}: bytes free when full"), disk.free()?);
    let ready = Client::connect(server.address)?.ask(&get("/readyz", ""))?;
    table.note(format!("{name}: /readyz"), format!("{} {}", ready.status, String::from_utf8_lossy(&ready.body).trim()));

    fs::remove_file(&ballast)?;
    let begun = Instant::now();
    let back = wait_until(Duration::from_secs(10), || {
        let answer = Client::connect(server.address)?.ask(&chat(&key, "m"))?;
        let served = answer.status == 200;
        seen.note(&answer);
        pause(Duration::from_millis(50));
        Ok(served)
    })
    .map(|_| begun.elapsed());
    let shown = back.as_ref().map_or("never".to_owned(), |t| format!("{t:.2?}"));
    table.bar(format!("{name}: serves again after space returned, within"), "10 s", shown, back.is_ok());
    table.none(format!("{name}: panics"), server.panics());
    let stopped = server.stop();
    table.bar(format!("{name}: stops by itself"), "yes", stopped, stopped);
    metered(options, name, &data_dir, &seen, upstream.requests(), table)
}

/// Keeps servers from reading the journal into their database for as long as this is held, as another process on the
/// directory does.
fn held_back(data_dir: &Path) -> anyhow::Result<File> {
    let directory = data_dir.join("journal");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    let lock = File::create(directory.join("ingest.lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// What callers were answered.
#[derive(Default)]
struct Seen {
    acknowledged: HashSet<String>,
    refused: HashSet<String>,
    /// Refusals that are not as they should be, one example of each kind.
    wrong: HashMap<String, u64>,
}

impl Seen {
    fn note(&mut self, answer: &Answer) {
        let id = answer.header("x-request-id").unwrap_or_default().to_owned();
        if answer.status == 200 {
            self.acknowledged.insert(id);
            return;
        }
        let cause =
            answer.error().and_then(|e| e.pointer("/diagnosis/cause").and_then(Value::as_str).map(str::to_owned));
        let retry: Option<u64> = answer.header("retry-after").and_then(|value| value.parse().ok());
        if answer.status == 503 && cause.as_deref() == Some("journal_full") && retry.is_some() {
            self.refused.insert(id);
        } else {
            let kind = format!("{} {cause:?} retry-after {retry:?}", answer.status);
            *self.wrong.entry(kind).or_default() += 1;
        }
    }
}

/// Sends requests until nothing but refusals comes back.
fn fill(server: &Server, key: &str) -> anyhow::Result<Seen> {
    let request = chat(key, "m");
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            let (send, request) = (send.clone(), &request);
            scope.spawn(move || {
                let mut in_a_row = 0;
                let mut client = Client::connect(server.address)?;
                let begun = Instant::now();
                while in_a_row < REFUSED_IN_A_ROW {
                    let answer = client.ask(request)?;
                    in_a_row = if answer.status == 200 { 0 } else { in_a_row + 1 };
                    if answer.closes() {
                        client = Client::connect(server.address)?;
                    }
                    if begun.elapsed() > Duration::from_secs(300) {
                        bail!("the journal does not become full");
                    }
                    send.send(Ok(answer))?;
                }
                anyhow::Ok(())
            });
        }
        drop(send);
        let mut seen = Seen::default();
        for answer in receive {
            let answer: anyhow::Result<Answer> = answer;
            seen.note(&answer?);
        }
        Ok(seen)
    })
}

/// The pages about the process while its journal is full.
fn pages(name: &str, server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let page = |path: &str| -> anyhow::Result<Answer> { Client::connect(server.address)?.ask(&get(path, "")) };
    let ready = page("/readyz")?;
    let said = String::from_utf8_lossy(&ready.body).trim().to_owned();
    table.bar(format!("{name}: /readyz"), "503", format!("{} {said}", ready.status), ready.status == 503);
    let live = page("/livez")?.status;
    table.bar(format!("{name}: /livez"), "200", live, live == 200);
    let metrics = String::from_utf8(page("/metrics")?.body)?;
    let ratio = metrics.lines().find(|l| l.contains("journal_fill_ratio") && !l.starts_with('#'));
    let ratio = ratio.and_then(|l| l.rsplit(' ').next()).and_then(|n| n.parse::<f64>().ok()).unwrap_or(f64::NAN);
    table.bar(format!("{name}: journal_fill_ratio"), "≥ 0.9", ratio, ratio >= 0.9);
    Ok(())
}

/// Holds what callers and the provider saw against what the journal says.
fn metered(
    options: &Options,
    name: &str,
    data_dir: &Path,
    seen: &Seen,
    requests: u64,
    table: &mut Table,
) -> anyhow::Result<()> {
    let dump = command(options, &["journal", "dump", "--json"], data_dir)?;
    let (mut admitted, mut settled) = (HashSet::new(), HashSet::new());
    let mut twice = 0;
    for line in dump.lines() {
        let entry: Value = serde_json::from_str(line)?;
        let id = entry["request"].as_str().unwrap_or_default().to_owned();
        let of = match entry["entry"].as_str() {
            Some("admission") => &mut admitted,
            Some("settlement") => &mut settled,
            _ => continue,
        };
        twice += u64::from(!of.insert(id));
    }
    let lost = seen.acknowledged.iter().filter(|id| !admitted.contains(*id) || !settled.contains(*id)).count();
    table
        .note(format!("{name}: acknowledged, refused"), format!("{}, {}", seen.acknowledged.len(), seen.refused.len()));
    let kinds = format!("{} so, {} otherwise {:?}", seen.refused.len(), seen.wrong.values().sum::<u64>(), seen.wrong);
    let held = seen.wrong.is_empty() && !seen.refused.is_empty();
    table.bar(format!("{name}: refusals 503, journal_full, Retry-After"), "all", kinds, held);
    table.none(format!("{name}: acknowledged, not in the journal"), lost as u64);
    table.none(format!("{name}: entries twice"), twice);
    let unsettled = admitted.iter().filter(|id| !settled.contains(*id)).count();
    table.none(format!("{name}: admitted, not settled"), unsettled as u64);
    let refused = seen.refused.iter().filter(|id| admitted.contains(*id)).count();
    table.none(format!("{name}: refused, yet admitted"), refused as u64);
    let admissions = admitted.len() as u64;
    let figure = format!("{name}: requests at the provider = admissions");
    table.bar(figure, admissions.to_string(), requests, requests == admissions);
    let verified = command(options, &["journal", "verify"], data_dir);
    let said = verified.as_ref().map_or_else(|e| format!("{e:.100}"), |said| said.trim().to_owned());
    table.bar(format!("{name}: journal verify"), "whole", said, verified.is_ok());
    Ok(())
}

/// A small disk in memory, unmounted when dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(mebibytes: u32) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let size = format!("size={mebibytes}m,mode=700");
        let output =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(directory.path()).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            bail!("a small tmpfs cannot be mounted here, which needs root: {said}");
        }
        Ok(Self(directory))
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn free(&self) -> anyhow::Result<u64> {
        let figures = rustix::fs::statvfs(self.0.path())?;
        Ok(figures.f_bavail * figures.f_frsize)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A process that has just ended may hold it a moment longer.
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if Command::new("umount").arg(self.0.path()).status().is_ok_and(|status| status.success()) {
                return;
            }
            pause(Duration::from_millis(100));
        }
    }
}

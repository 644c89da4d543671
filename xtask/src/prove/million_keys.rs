//! A million keys: the store alone (its own example), and the whole server on such a data directory.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::Options;
use super::client::{Client, get, wait_until};
use super::server::{Server, command};
use super::system::{Random, pause, processor_time, resident};
use super::table::{Table, percentile};

const FEW: usize = 10_000;

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let count = options.count(1_000_000, 20_000);
    let example = example()?;
    let mut table = Table::default();
    if !options.small {
        println!("the store alone:");
        let held = Command::new(&example).arg(count.to_string()).status()?.success();
        println!();
        table.bar("the store alone (above)", "its bars", if held { "held" } else { "missed" }, held);
    }

    let directory = tempfile::tempdir()?;
    let few = Keys::write(options, &example, directory.path().join("few"), FEW)?;
    let many = Keys::write(options, &example, directory.path().join("many"), count)?;
    // Once without measuring, so that the file is in the system's memory as after a restart.
    drop(Server::start(options, &many.data_dir, None)?);
    let small = Server::start(options, &few.data_dir, None)?;
    let mut large = Server::start(options, &many.data_dir, None)?;
    table.note("keys", count);
    table.note(format!("start to ready with {FEW}"), format!("{:.0} ms", small.ready_after.as_secs_f64() * 1e3));
    table.at_most("start to ready", 3.0, "s", large.ready_after.as_secs_f64());
    pause(Duration::from_millis(500));
    let (low, high) = (resident(small.pid())?, resident(large.pid())?);
    table.note("resident", format!("{:.1} MiB", high as f64 / 1048576.0));
    if count > FEW && !options.small {
        table.at_most("resident per key", 250.0, "bytes", high.saturating_sub(low) as f64 / (count - FEW) as f64);
    }

    let mut costs = [Vec::new(), Vec::new()];
    for server in [&small, &large] {
        refused(server, 500, 1000)?;
    }
    let rounds = if options.small { 3 } else { 9 };
    for round in 0..rounds {
        for (server, costs) in [&small, &large].into_iter().zip(&mut costs) {
            costs.push(refused(server, if options.small { 500 } else { 4000 }, round)?);
        }
    }
    let [of_few, of_many] = costs.map(|mut times| {
        times.sort_by(f64::total_cmp);
        percentile(&times, 50.0)
    });
    table.note(format!("processor time per request with an unknown key, among {FEW}"), format!("{of_few:.1} µs"));
    table.note("the same among all", format!("{of_many:.1} µs"));

    revoke(options, &many, &large, &mut table)?;
    table.none("panics", large.panics());
    table.bar("the same process is alive", "yes", large.alive(), large.alive());
    Ok(table)
}

/// A data directory with keys, one of which we know.
struct Keys {
    data_dir: PathBuf,
    secret: String,
    id: String,
}

impl Keys {
    fn write(options: &Options, example: &Path, data_dir: PathBuf, count: usize) -> anyhow::Result<Self> {
        // The first start makes the server's secrets and a key that works; the others are digested under another
        // pepper, which costs the same and opens nothing.
        let secret = Server::start(options, &data_dir, None)?.key()?;
        if !Command::new(example).arg("write").arg(&data_dir).arg(count.to_string()).status()?.success() {
            bail!("{count} keys could not be written");
        }
        let digits = secret.get("sk-tg-".len()..).and_then(|rest| rest.get(..12)).context("a key of another form")?;
        Ok(Self { id: format!("key_{digits}"), secret, data_dir })
    }
}

/// The store's own proof, built if need be.
fn example() -> anyhow::Result<PathBuf> {
    let root = super::root();
    let built = super::target().join("release/examples/million_keys");
    if !built.is_file() {
        let arguments = ["build", "--release", "-p", "tollgate-store", "--example", "million_keys"];
        if !Command::new("cargo").args(arguments).current_dir(root).status()?.success() {
            bail!("the example million_keys cannot be built");
        }
    }
    Ok(built)
}

/// Microseconds of the server's processor time per request that presents a key nobody has.
fn refused(server: &Server, requests: u32, seed: u64) -> anyhow::Result<f64> {
    let mut random = Random::new(seed);
    let mut client = connect(server.address)?;
    let before = processor_time(server.pid())?;
    for _ in 0..requests {
        let key = format!("imported-{:016x}{:016x}", random.next(), random.next());
        if client.ask(&get("/v1/models", &key))?.status != 401 {
            bail!("an unknown key was not refused");
        }
    }
    Ok((processor_time(server.pid())? - before).as_secs_f64() * 1e6 / f64::from(requests))
}

fn connect(address: SocketAddr) -> anyhow::Result<Client> {
    Ok(Client::connect(address)?)
}

/// Revokes the key from the command line and waits until the running server refuses it.
fn revoke(options: &Options, keys: &Keys, server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let mut client = connect(server.address)?;
    let request = get("/v1/models", &keys.secret);
    let before = client.ask(&request)?.status;
    table.bar("a key among them is accepted", "200", before, before == 200);
    let begun = Instant::now();
    command(options, &["keys", "revoke", &keys.id], &keys.data_dir)?;
    let told = begun.elapsed();
    let seen = wait_until(Duration::from_secs(5), || Ok(client.ask(&request)?.status == 401));
    table.note("the command keys revoke takes", format!("{told:.2?}"));
    let after = seen.as_ref().map_or(f64::INFINITY, Duration::as_secs_f64);
    table.at_most("revoked to refused by the running server", 1.0, "s", after);
    Ok(())
}

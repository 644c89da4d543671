//! `kill -9` at any moment, under load: what a caller got whole is recorded, once; the server is soon ready again.
//!
//! Plain callers and such that stream go on while the server is killed and started on the same directory and port. A
//! provider that counts knows which requests reached it. Now and then a key is made while the server dies. Where asked, the
//! database of records is locked by somebody else for half of the run: nothing may be missed, or lost, for that.

mod callers;
mod judge;
mod lock;

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::Options;
use super::client::{Client, get};
use super::records::recorded;
use super::server::{Server, Start, command};
use super::system::{Random, pause};
use super::table::{Table, percentile};
use super::upstream::Upstream;
use callers::{Callers, Seen};
use judge::{judge, judge_sums};
use lock::Lock;

/// Every so many kills a key is made at the same moment.
const KEY_EVERY: usize = 10;
/// How many records the command is asked for.
const SHOWN: usize = 20;

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let kills = options.count(200, 3);
    let directory = tempfile::tempdir()?;
    let data_dir = directory.path().join("data");
    let upstream = Upstream::start()?;
    // Small segments: each start of a server begins new ones.
    let config = upstream.config("[journal]\nsegment = \"256KiB\"");
    let server = Server::start(options, &data_dir, Some(&config))?;
    let key = server.key()?;
    let callers = Callers::start(server.address, &key);
    let mut run =
        Run { options, data_dir: &data_dir, config: &config, starts: Vec::new(), keys: Vec::new(), locked: None };

    let (server, hit) = run.kill_again_and_again(server, kills, &callers)?;
    pause(Duration::from_millis(200));
    let cut = callers.cut();
    let seen = callers.finish()?;
    let keys = run.keys.iter().filter(|key| works(&server, key)).count();
    let panics = server.panics();
    let stopped = server.stop();
    let summed = summed(options, &data_dir)?;
    let recorded = recorded(&data_dir)?;

    let mut table = Table::default();
    table.note("kills; of them with requests in flight", format!("{kills}; {hit}"));
    run.starts.sort_by(f64::total_cmp);
    table.note("start to ready, p50", format!("{:.0} ms", percentile(&run.starts, 50.0)));
    table.at_most("start to ready, slowest", 1000.0, "ms", run.starts.last().copied().unwrap_or_default());
    table.note("answers cut off by the kills", cut);
    if let Some(added) = run.locked {
        table.none("records added while the lock was held", added);
    }
    judge(&mut table, &seen, &recorded, &upstream.ids());
    judge_sums(&mut table, &recorded, &summed);
    let (asked, shown) = shown(options, &data_dir, &seen);
    table.bar("tollgate requests show tells the same", asked.to_string(), shown, asked == shown);
    table.bar("keys made while the server died that work", run.keys.len().to_string(), keys, keys == run.keys.len());
    table.none("panics", panics);
    table.bar("stops by itself", "yes", stopped, stopped);
    let verified = command(options, &["journal", "verify"], &data_dir);
    let said = verified.as_ref().map_or_else(|e| format!("{e:.100}"), |said| said.trim().replace('\n', "; "));
    table.bar("journal verify", "whole", said, verified.is_ok());
    Ok(table)
}

/// The part of the run in which servers die.
struct Run<'a> {
    options: &'a Options,
    data_dir: &'a Path,
    config: &'a str,
    /// Milliseconds from each start to its ready line.
    starts: Vec<f64>,
    keys: Vec<String>,
    /// How many records came while the database was locked, if it was.
    locked: Option<u64>,
}

impl Run<'_> {
    /// Kills the server so many times, each after a little while of load. The last one, and how many kills hit
    /// requests in flight.
    fn kill_again_and_again(
        &mut self,
        mut server: Server,
        kills: usize,
        callers: &Callers,
    ) -> anyhow::Result<(Server, usize)> {
        let mut random = Random::new(kills as u64);
        let again = Start { listen: server.address, config: Some(self.config), ..Start::UP };
        let (mut hit, mut lock) = (0, None);
        for round in 0..kills {
            if self.options.locked && round == kills / 4 {
                lock = Some((Lock::take(self.data_dir)?, self.records()?));
            }
            if let Some((_lock, before)) = lock.take_if(|_| round == kills * 3 / 4) {
                self.locked = Some(self.records()?.abs_diff(before));
            }
            pause(Duration::from_millis(20 + random.below(230) as u64));
            let before = callers.cut();
            if round % KEY_EVERY == 0 {
                self.kill_while_a_key_is_made(server, round)?;
            } else {
                server.kill()?;
            }
            server = Server::start_as(self.options, self.data_dir, &again)?;
            self.starts.push(server.ready_after.as_secs_f64() * 1e3);
            hit += usize::from(callers.cut() > before);
        }
        Ok((server, hit))
    }

    fn records(&self) -> anyhow::Result<u64> {
        let recorded = recorded(self.data_dir)?;
        Ok((recorded.settled.len() + recorded.open.len()) as u64)
    }

    fn kill_while_a_key_is_made(&mut self, server: Server, round: usize) -> anyhow::Result<()> {
        let name = format!("made at kill {round}");
        let arguments = ["keys", "create", "--name", &name];
        let key = std::thread::scope(|scope| {
            let making = scope.spawn(|| command(self.options, &arguments, self.data_dir));
            let killed = server.kill();
            let made = making.join().map_err(|_| anyhow::anyhow!("the command panicked"))?;
            killed.and(made)
        })?;
        self.keys.push(key.trim().to_owned());
        Ok(())
    }
}

fn works(server: &Server, key: &str) -> bool {
    let asked = Client::connect(server.address).map(|mut client| client.ask(&get("/v1/models", key)));
    matches!(asked, Ok(Ok(answer)) if answer.status == 200)
}

/// What `tollgate usage` says of all requests: sums that are written with the records, and that each record that came
/// twice would be in twice, while it can be in the table of records only once.
fn summed(options: &Options, data_dir: &Path) -> anyhow::Result<Value> {
    let mut said: Value = serde_json::from_str(&command(options, &["usage", "--json"], data_dir)?)?;
    Ok(said["total"].take())
}

/// Asks the command for some of the answers that came whole: how many, and for how many it says what they were.
fn shown(options: &Options, data_dir: &Path, seen: &Seen) -> (usize, usize) {
    let some: Vec<_> = seen.whole.iter().take(SHOWN).collect();
    let tells = |(id, tokens): &&(&String, &u64)| {
        let said = command(options, &["requests", "show", id, "--json"], data_dir).unwrap_or_default();
        let said: Value = serde_json::from_str(&said).unwrap_or_default();
        said["outcome"] == "complete" && said["status"] == 200 && said["usage"]["output"] == **tokens
    };
    (some.len(), some.iter().filter(tells).count())
}

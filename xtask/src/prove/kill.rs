//! `kill -9` at any moment, under load: what a caller got whole is recorded, once; the server is soon ready again.
//!
//! Plain callers and such that stream go on while the server is killed and started on the same directory and port. A
//! provider that counts knows which requests reached it. Now and then a key is made while the server dies.

mod callers;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use super::Options;
use super::client::{Client, get};
use super::records::{Record, Recorded, recorded};
use super::server::{Server, Start, command};
use super::system::{Random, pause};
use super::table::{Table, percentile};
use super::upstream::Upstream;
use callers::{Callers, Seen};

/// Every so many kills a key is made at the same moment.
const KEY_EVERY: usize = 10;

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
    let mut run = Run { options, data_dir: &data_dir, config: &config, starts: Vec::new(), keys: Vec::new() };

    let (server, hit) = run.kill_again_and_again(server, kills, &callers)?;
    pause(Duration::from_millis(200));
    let cut = callers.cut();
    let seen = callers.finish()?;
    let keys = run.keys.iter().filter(|key| works(&server, key)).count();
    let panics = server.panics();
    let stopped = server.stop();
    let recorded = recorded(options, &data_dir)?;

    let mut table = Table::default();
    table.note("kills; of them with requests in flight", format!("{kills}; {hit}"));
    run.starts.sort_by(f64::total_cmp);
    table.note("start to ready, p50", format!("{:.0} ms", percentile(&run.starts, 50.0)));
    table.at_most("start to ready, slowest", 1000.0, "ms", run.starts.last().copied().unwrap_or_default());
    table.note("answers cut off by the kills", cut);
    judge(&mut table, &seen, &recorded, &upstream.ids());
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
        let mut hit = 0;
        for round in 0..kills {
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

/// Holds what callers and the provider saw against what is recorded.
fn judge(table: &mut Table, seen: &Seen, recorded: &Recorded, at_provider: &[String]) {
    let mut of: HashMap<&str, Vec<&Record>> = HashMap::new();
    for record in &recorded.settled {
        of.entry(&record.request).or_default().push(record);
    }
    table.note("answers that came whole; of them streams", format!("{}; {}", seen.whole.len(), seen.streams));
    let wrong = seen.wrong.values().sum();
    table.none(format!("answers that are not as they should be {:?}", seen.wrong), wrong);
    let lost = seen.whole.keys().filter(|id| !of.contains_key(id.as_str())).count();
    table.none("whole, and not recorded", lost as u64);
    let twice = of.values().filter(|records| records.len() > 1).count();
    table.none("recorded twice", twice as u64);
    let untrue = |(id, tokens): &(&String, &u64)| {
        let records = of.get(id.as_str()).map_or(&[][..], Vec::as_slice);
        records.iter().any(|r| r.status != 200 || r.outcome != "complete" || r.input != 3 || r.output != **tokens)
    };
    table.none(
        "whole, and recorded otherwise (status, outcome, tokens)",
        seen.whole.iter().filter(untrue).count() as u64,
    );
    let open: HashSet<&str> = recorded.open.iter().map(String::as_str).collect();
    let unknown = at_provider.iter().filter(|id| !of.contains_key(id.as_str()) && !open.contains(id.as_str())).count();
    table.note(
        "requests at the provider; of them admitted and not settled",
        format!("{}; {}", at_provider.len(), open.len()),
    );
    table.none("requests at the provider that nobody knows of", unknown as u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(request: &str, output: u64) -> Record {
        let (outcome, cause) = ("complete".to_owned(), String::new());
        Record { request: request.to_owned(), status: 200, outcome, cause, input: 3, output }
    }

    /// How many bars are missed when two answers of two tokens came whole and this is recorded.
    fn missed(settled: Vec<Record>, open: &[&str]) -> usize {
        let whole = HashMap::from([("a".to_owned(), 2), ("b".to_owned(), 2)]);
        let seen = Seen { whole, ..Seen::default() };
        let recorded = Recorded { settled, open: open.iter().map(|&id| id.to_owned()).collect() };
        let mut table = Table::default();
        judge(&mut table, &seen, &recorded, &["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        table.missed()
    }

    #[test]
    fn each_way_to_lose_a_request_misses_a_bar() {
        assert_eq!(missed(vec![record("a", 2), record("b", 2)], &["c"]), 0);
        assert_eq!(missed(vec![record("a", 2)], &["b", "c"]), 1, "answered and not settled");
        assert_eq!(missed(vec![record("a", 2), record("b", 2), record("b", 2)], &["c"]), 1, "settled twice");
        assert_eq!(missed(vec![record("a", 2), record("b", 1)], &["c"]), 1, "with other tokens");
        assert_eq!(missed(vec![record("a", 2), record("b", 2)], &[]), 1, "at the provider and not admitted");
    }
}

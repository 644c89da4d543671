//! Both databases locked by another process, and that of keys unreadable too, for a minute under load: known keys go on, a
//! key that is not known is told to come again and never that it is wrong, and no record is lost.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::Options;
use super::client::{Client, chat, get, wait_until};
use super::records::recorded;
use super::server::Server;
use super::system::pause;
use super::table::Table;

/// Makes every look at the keys fail, and holds the locks of both databases until it is told to end.
const SABOTAGE: &str = "\
import sqlite3, sys
keys, records = (sqlite3.connect(name, isolation_level=None, timeout=30) for name in sys.argv[1:3])
keys.execute('ALTER TABLE revision RENAME TO hidden')
keys.execute('BEGIN IMMEDIATE')
records.execute('BEGIN IMMEDIATE')
print('away', flush=True)
sys.stdin.read()
records.execute('ROLLBACK')
keys.execute('ROLLBACK')
keys.execute('ALTER TABLE hidden RENAME TO revision')";

/// Connections that ask all the time.
const CALLERS: usize = 4;
/// Between two requests of one of them.
const BETWEEN: Duration = Duration::from_millis(5);
/// A key of the right form that nobody has made: its checksum is right.
const UNKNOWN: &str = "sk-tg-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA17ZyVf";

/// What callers with a known key saw.
#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    served: AtomicU64,
    failed: AtomicU64,
    slowest_us: AtomicU64,
}

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let away = Duration::from_secs(options.count(60, 3) as u64);
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let mut server = Server::start(options, &data, Some("[log]\nrequests = \"failures\"\n"))?;
    let (key, seen) = (server.key()?, Arc::new(Seen::default()));
    let callers: Vec<_> = (0..CALLERS).map(|_| call(&server, &key, &seen)).collect::<Result<_, _>>()?;

    pause(Duration::from_secs(1));
    let sabotage = Sabotage::begin(&data)?;
    let began = Instant::now();
    let unsure_after = wait_until(Duration::from_secs(10), || Ok(unknown(&server)? == 503))?;
    let mut wrong = 0;
    while began.elapsed() < away {
        wrong += u64::from(unknown(&server)? != 503);
        pause(Duration::from_millis(100));
    }
    let (served, failed) = (seen.served.load(Ordering::SeqCst), seen.failed.load(Ordering::SeqCst));
    sabotage.end()?;
    let told_after = wait_until(Duration::from_secs(10), || Ok(unknown(&server)? == 401))?;
    pause(Duration::from_secs(1));
    seen.stop.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.join().ok().context("a caller panicked")??;
    }

    let mut table = Table::default();
    table.note("both databases are away for", format!("{:.1} s", away.as_secs_f64()));
    table.note("served by the end of that, with a known key", served);
    table.none("failures with a known key by then", failed);
    table.none("failures with a known key in all", seen.failed.load(Ordering::SeqCst));
    let slowest = seen.slowest_us.load(Ordering::SeqCst) as f64 / 1e3;
    table.note("slowest answer to a known key", format!("{slowest:.1} ms"));
    table.note("an unknown key is told 503 after", format!("{:.0} ms", unsure_after.as_secs_f64() * 1e3));
    table.none("answers to an unknown key meanwhile that are not 503", wrong);
    table.note("it is told 401 again after", format!("{:.0} ms", told_after.as_secs_f64() * 1e3));
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    ensure!(server.stop(), "the server did not stop by itself");
    let served = seen.served.load(Ordering::SeqCst);
    let kept = recorded(&data)?.settled.iter().filter(|record| record.outcome == "complete").count() as u64;
    table.bar("records of what was served", served.to_string(), kept, kept == served);
    Ok(table)
}

/// Asks all the time with a known key, from a thread of its own.
fn call(server: &Server, key: &str, seen: &Arc<Seen>) -> anyhow::Result<thread::JoinHandle<anyhow::Result<()>>> {
    let (mut client, request, seen) = (Client::connect(server.address)?, chat(key, "sandbox"), seen.clone());
    Ok(thread::spawn(move || {
        while !seen.stop.load(Ordering::SeqCst) {
            let began = Instant::now();
            match client.ask(&request) {
                Ok(answer) if answer.status == 200 => seen.served.fetch_add(1, Ordering::SeqCst),
                _ => seen.failed.fetch_add(1, Ordering::SeqCst),
            };
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            seen.slowest_us.fetch_max(took, Ordering::SeqCst);
            pause(BETWEEN);
        }
        Ok(())
    }))
}

/// What a key that nobody has made is answered.
fn unknown(server: &Server) -> anyhow::Result<u16> {
    let answer = Client::connect(server.address)?.ask(&get("/v1/models", UNKNOWN))?;
    if answer.status == 503 && answer.header("retry-after").is_none() {
        bail!("503 without Retry-After: {}", answer.head);
    }
    Ok(answer.status)
}

/// The other process.
struct Sabotage(Child);

impl Sabotage {
    fn begin(data: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new("python3")
            .args(["-c", SABOTAGE])
            .args([data.join("tollgate.db"), data.join("records.db")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("python3 is missing")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        ensure!(line == "away\n", "the databases cannot be taken away");
        Ok(Self(child))
    }

    fn end(mut self) -> anyhow::Result<()> {
        drop(self.0.stdin.take());
        ensure!(self.0.wait()?.success(), "the databases were not given back");
        Ok(())
    }
}

//! Requests that are served while somebody administers: some beside everything that is asked; and a thousand a second, without
//! and with revocations and pages of the audit log. A key that was revoked is refused on its next request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

use super::super::Options;
use super::super::client::{Client, chat, get, post};
use super::super::overload::generator;
use super::super::server::Server;
use super::super::table::{Table, percentile};

const RATE: f64 = 1000.0;

pub(super) fn judge(
    server: &Server,
    admin_key: &str,
    ids: &Value,
    options: &Options,
    table: &mut Table,
) -> anyhow::Result<()> {
    let project = keys_of_a_project(ids)?;
    let caller = caller(server, admin_key, ids)?;
    let time = Duration::from_secs(if options.small { 1 } else { 20 });
    generator::open(server.address, &caller, RATE, Duration::from_secs(1))?;
    let quiet = generator::open(server.address, &caller, RATE, time)?;

    let over = Arc::new(AtomicBool::new(false));
    let address = server.address;
    let (key, log) = (admin_key.to_owned(), get("/v1/organization/audit_logs?limit=100", admin_key));
    let asks_log = repeat(&over, move || {
        let mut client = Client::connect(address)?;
        Ok(Box::new(move || timed(|| ok(client.ask(&log)?.status))) as Work)
    });
    let revokes = repeat(&over, move || {
        let mut client = Client::connect(address)?;
        Ok(Box::new(move || {
            let made = client.ask(&post(&project, &key, br#"{"name":"to be revoked"}"#))?;
            let made: Value = serde_json::from_slice(&made.body)?;
            let uses = get("/v1/models", made["value"].as_str().context("no key was made")?);
            ok(client.ask(&uses)?.status)?;
            let path = format!("{project}/{}/revoke", made["id"].as_str().context("no key was made")?);
            let took = timed(|| ok(client.ask(&post(&path, &key, b"{}"))?.status))?;
            match client.ask(&uses)?.status {
                401 => Ok(took),
                status => bail!("a revoked key was answered {status}"),
            }
        }) as Work)
    });
    let busy = generator::open(server.address, &caller, RATE, time);
    over.store(true, Ordering::Release);
    let joined = |thread: thread::JoinHandle<anyhow::Result<Vec<f64>>>| {
        let mut times = thread.join().map_err(|_| anyhow::anyhow!("a caller panicked"))??;
        times.sort_by(f64::total_cmp);
        anyhow::Ok(times)
    };
    let (log, revoked, busy) = (joined(asks_log)?, joined(revokes)?, busy?);

    table.note("served at 1000/s, ms at p50, p99, most", generator::spread(&quiet.served));
    let meanwhile = format!("{}; {} pages, {} revocations", generator::spread(&busy.served), log.len(), revoked.len());
    table.note("served at 1000/s while somebody administers without a pause", meanwhile);
    table.none("not served of these", busy.wrong + busy.lost + busy.refused.len() as u64);
    // Callers, both administrators and the server share the processors, so no bar can be set for it.
    let meanwhile = percentile(&busy.served, 99.0) / percentile(&quiet.served, 99.0);
    table.note("p99 meanwhile, times that without", format!("{meanwhile:.1}"));
    table.note("a page of 100 of the audit log meanwhile, ms at p50, p99, most", generator::spread(&log));
    table.note("revoke meanwhile, ms at p50, p99, most", generator::spread(&revoked));
    table.note("revoked and refused on the next request", format!("{} of {}", revoked.len(), revoked.len()));
    Ok(())
}

fn keys_of_a_project(ids: &Value) -> anyhow::Result<String> {
    Ok(format!("/v1/organization/projects/{}/api_keys", ids["small"][9].as_str().context("no project")?))
}

/// A request by a key of its own.
fn caller(server: &Server, admin_key: &str, ids: &Value) -> anyhow::Result<Vec<u8>> {
    let made =
        Client::connect(server.address)?.ask(&post(&keys_of_a_project(ids)?, admin_key, br#"{"name":"caller"}"#))?;
    let made: Value = serde_json::from_slice(&made.body)?;
    Ok(chat(made["value"].as_str().context("no key was made")?, "sandbox"))
}

/// Requests that are served while something else is looked at.
pub(super) struct Beside {
    over: Arc<AtomicBool>,
    thread: thread::JoinHandle<anyhow::Result<Vec<generator::Seen>>>,
}

impl Beside {
    /// So many a second from now on.
    pub(super) fn start(server: &Server, admin_key: &str, ids: &Value, rate: f64) -> anyhow::Result<Self> {
        let (caller, address) = (caller(server, admin_key, ids)?, server.address);
        let over = Arc::new(AtomicBool::new(false));
        let stopped = over.clone();
        let thread = thread::spawn(move || {
            let mut all = Vec::new();
            while !stopped.load(Ordering::Acquire) {
                all.push(generator::open(address, &caller, rate, Duration::from_secs(1))?);
            }
            Ok(all)
        });
        Ok(Self { over, thread })
    }

    pub(super) fn stop(self, table: &mut Table) -> anyhow::Result<()> {
        self.over.store(true, Ordering::Release);
        let all = self.thread.join().map_err(|_| anyhow::anyhow!("the callers panicked"))??;
        let lost: u64 = all.iter().map(|seen| seen.wrong + seen.lost + seen.refused.len() as u64).sum();
        let mut served: Vec<f64> = all.into_iter().flat_map(|seen| seen.served).collect();
        served.sort_by(f64::total_cmp);
        let figures = format!("{}; {} requests", generator::spread(&served), served.len());
        table.note("served beside all this, ms at p50, p99, most", figures);
        table.none("not served of these", lost);
        Ok(())
    }
}

/// One call; how many milliseconds it took.
type Work = Box<dyn FnMut() -> anyhow::Result<f64>>;

/// Does something again and again, a moment apart, until it is over.
fn repeat(
    over: &Arc<AtomicBool>,
    begin: impl FnOnce() -> anyhow::Result<Work> + Send + 'static,
) -> thread::JoinHandle<anyhow::Result<Vec<f64>>> {
    let over = over.clone();
    thread::spawn(move || {
        let (mut work, mut times) = (begin()?, Vec::new());
        while !over.load(Ordering::Acquire) {
            times.push(work()?);
            super::super::system::pause(Duration::from_millis(10));
        }
        Ok(times)
    })
}

fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

fn ok(status: u16) -> anyhow::Result<()> {
    if status == 200 { Ok(()) } else { bail!("administration answered {status}") }
}

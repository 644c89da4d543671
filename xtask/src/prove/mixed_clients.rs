//! Callers that ask for a long stream and do not read it, beside callers that do what they should.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::Options;
use super::client::{Client, Filled, post, wait_until};
use super::probe::Probe;
use super::server::Server;
use super::system::{pause, resident};
use super::table::Table;
use super::upstream::Upstream;

/// How long the server bears with a caller that takes nothing.
const BORNE: Duration = Duration::from_secs(6);

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let count = options.count(50, 20);
    let directory = tempfile::tempdir()?;
    let upstream = Upstream::start()?;
    let config = upstream.config(&format!("[timeouts]\nbody_idle = \"{}s\"", BORNE.as_secs()));
    let mut server = Server::start(options, &directory.path().join("data"), Some(&config))?;
    let key = server.key()?;
    Probe::during(server.address, &key, Duration::from_secs(1));
    let quiet = Probe::during(server.address, &key, Duration::from_secs(3));
    let body = br#"{"model":"m","stream":true,"messages":[{"role":"user","content":"count for ever"}]}"#;
    let request = post("/v1/chat/completions", &key, body);

    // Callers that leave: their upstream requests end with them.
    let before = resident(server.pid())?;
    let leaving = start(&server, count, &request)?;
    let most = highest(&server, Duration::from_secs(3))?;
    let streaming = upstream.streaming();
    let begun = Instant::now();
    drop(leaving);
    let ended = wait_until(Duration::from_secs(5), || Ok(upstream.streaming() == 0)).map(|_| begun.elapsed());

    // Callers that stay and do not read: cut after the time they are borne.
    let begun = Instant::now();
    let staying = start(&server, count, &request)?;
    let most = most.max(highest(&server, Duration::from_secs(1))?);
    stand_still(&upstream)?;
    let probe = Probe::start(server.address, &key);
    let cut = wait_until(BORNE + Duration::from_secs(6), || Ok(upstream.streaming() == 0)).map(|_| begun.elapsed());
    let seen = probe.finish();
    let finished = staying.into_iter().filter_map(|client| read_out(client).ok()).filter(|done| *done).count();

    let mut table = Table::default();
    table.note("callers that do not read", count);
    table.bar("streams open at the provider", count.to_string(), streaming, streaming == count as u64);
    let each = most.saturating_sub(before) as f64 / 1024.0 / count as f64;
    if options.small {
        // The allocator takes two megabytes at once: among twenty callers that is a hundred kilobytes each.
        table.note("memory per caller", format!("{each:.2} KiB"));
    } else {
        table.at_most("memory per caller", 256.0, "KiB", each);
    }
    let shown = |time: &anyhow::Result<Duration>| time.as_ref().map_or("never".to_owned(), |t| format!("{t:.2?}"));
    let held = ended.as_ref().is_ok_and(|t| *t <= Duration::from_secs(1));
    table.bar("callers leave: upstream streams end within", "1 s", shown(&ended), held);
    let held = cut.as_ref().is_ok_and(|t| (BORNE..=BORNE + Duration::from_secs(3)).contains(t));
    table.bar(
        "callers stay: cut after",
        format!("{BORNE:?} to {:?}", BORNE + Duration::from_secs(3)),
        shown(&cut),
        held,
    );
    table.none("streams cut off that look complete", finished as u64);
    table.note("others, quiet: p50, p99", format!("{:.2} ms, {:.2} ms", quiet.p50(), quiet.p99()));
    table.others("others' p99 / quiet".to_owned(), seen.p99(), quiet.p99(), options.small);
    table.none(format!("others' failures (of {})", seen.times.len()), seen.failed);
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    Ok(table)
}

/// Callers that have seen the first bytes of their stream and read no more.
fn start(server: &Server, count: usize, request: &[u8]) -> anyhow::Result<Vec<Client>> {
    (0..count)
        .map(|_| {
            let mut client = Client::connect(server.address)?;
            client.send(request)?;
            client.fill(Duration::from_secs(5))?;
            client.bytes().starts_with(b"HTTP/1.1 200").then_some(client).context("no stream came")
        })
        .collect()
}

/// Waits until the streams have filled what is between provider and callers.
fn stand_still(upstream: &Upstream) -> anyhow::Result<()> {
    let mut before = 0;
    wait_until(BORNE / 2, || {
        let streamed = upstream.counts.streamed.load(Ordering::Relaxed);
        let still = std::mem::replace(&mut before, streamed) == streamed;
        pause(Duration::from_millis(300));
        Ok(still)
    })?;
    Ok(())
}

/// The highest memory of the server during `time`.
fn highest(server: &Server, time: Duration) -> anyhow::Result<u64> {
    let begun = Instant::now();
    let mut most = 0;
    while begun.elapsed() < time {
        most = most.max(resident(server.pid())?);
        pause(Duration::from_millis(20));
    }
    Ok(most)
}

/// Reads what is left; whether it ends like a whole stream.
fn read_out(mut client: Client) -> anyhow::Result<bool> {
    while client.fill(Duration::from_secs(5))? == Filled::Bytes {
        let len = client.bytes().len();
        client.bytes().drain(..len.saturating_sub(64));
    }
    let end = String::from_utf8_lossy(client.bytes()).into_owned();
    Ok(end.contains("[DONE]") || end.ends_with("0\r\n\r\n"))
}

//! Callers that never finish their head: cut in time, at little cost, and nobody else notices.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::bail;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Options;
use super::client::Answer;
use super::probe::Probe;
use super::server::Server;
use super::system::{pause, resident};
use super::table::Table;

/// What a connection sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Half a head, then nothing.
    Half,
    /// Half a head, then a byte each second.
    Trickle,
    /// Nothing at all.
    Silent,
}

/// How the connections of one round ended.
#[derive(Default)]
struct Round {
    /// Seconds to a connection's end, sorted: at most, counted from before it was opened, and at least, from after its
    /// first byte. What the server counts from lies between them.
    longest: Vec<f64>,
    shortest: Vec<f64>,
    /// Endings by what was read before.
    kinds: BTreeMap<String, usize>,
    bytes_each: f64,
}

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let count = options.count(5000, 1000);
    // The default, or a tenth of it.
    let head = Duration::from_secs(if options.small { 1 } else { 10 });
    let mut table = Table::default();
    table.note("connections per round", count);
    let halves = &[Habit::Half, Habit::Trickle];
    round(options, ("half a head", halves, "408 with an error object"), count, head, &mut table)?;
    round(options, ("silent", &[Habit::Silent], "closed without a word"), count, head, &mut table)?;
    Ok(table)
}

/// One round, on a server of its own: memory that an earlier round left behind would hide what this one takes.
fn round(
    options: &Options,
    (name, habits, wanted): (&str, &[Habit], &str),
    count: usize,
    head: Duration,
    table: &mut Table,
) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let config = format!("[timeouts]\nhead = \"{}s\"\n[log]\nrequests = \"failures\"\n", head.as_secs());
    let mut server = Server::start(options, &directory.path().join("data"), Some(&config))?;
    let key = server.key()?;
    // Everything that is allocated once is allocated before the memory is read for the first time.
    Probe::during(server.address, &key, Duration::from_secs(1));
    let quiet = Probe::during(server.address, &key, head / 2);
    let before = resident(server.pid())?;
    let probe = Probe::start(server.address, &key);
    let begun = Instant::now();
    let open = open(server.address, count, habits)?;
    let (opened, opening) = (begun.elapsed(), probe.finish());
    let probe = Probe::start(server.address, &key);
    let round = watch(open, server.pid(), before, head)?;
    let holding = probe.finish();
    let by_part = format!("{:.2} ms while {count} open in {opened:.2?}, {:.2} ms after", opening.p99(), holding.p99());
    let seen = opening.and(holding);

    let (first, last) = (round.longest[0], round.shortest[count - 1]);
    let least = head.as_secs_f64();
    table.bar(
        format!("{name}: cut after"),
        format!("{least} to {} s", least + 2.0),
        format!("{first:.2} to {last:.2} s"),
        first >= least && last <= least + 2.0,
    );
    let right = round.kinds.get(wanted).copied().unwrap_or(0);
    table.bar(format!("{name}: {wanted}"), count.to_string(), format!("{right} {:?}", round.kinds), right == count);
    table.at_most(format!("{name}: memory per connection"), 10.0, "KiB", round.bytes_each / 1024.0);
    table.note(format!("{name}: others, quiet: p50, p99"), format!("{:.2} ms, {:.2} ms", quiet.p50(), quiet.p99()));
    table.note(format!("{name}: others meanwhile: p50, p99"), format!("{:.2} ms, {:.2} ms", seen.p50(), seen.p99()));
    table.note(format!("{name}: of that p99"), by_part);
    table.others(format!("{name}: others' p99 / quiet"), seen.p99(), quiet.p99(), options.small);
    table.none(format!("{name}: others' failures (of {})", seen.times.len()), seen.failed);
    table.none(format!("{name}: panics"), server.panics());
    table.bar(format!("{name}: the same process is alive"), "yes", server.alive(), server.alive());
    Ok(())
}

struct Connection {
    socket: TcpStream,
    opening: Instant,
    begun: Instant,
    habit: Habit,
    read: Vec<u8>,
}

/// Opens the connections as fast as they can be.
fn open(address: SocketAddr, count: usize, habits: &[Habit]) -> anyhow::Result<Vec<Connection>> {
    let mut open = Vec::with_capacity(count);
    for i in 0..count {
        let habit = habits[i % habits.len()];
        let opening = Instant::now();
        let mut socket = TcpStream::connect(address)?;
        if habit != Habit::Silent {
            socket.write_all(b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")?;
        }
        let begun = Instant::now();
        socket.set_nonblocking(true)?;
        open.push(Connection { socket, opening, begun, habit, read: Vec::new() });
    }
    Ok(open)
}

/// Watches the connections until the last is cut; the server had so many bytes `before` they came.
fn watch(mut open: Vec<Connection>, pid: u32, before: u64, head: Duration) -> anyhow::Result<Round> {
    let count = open.len();
    let mut round = Round::default();
    let mut most = before;
    let begun = Instant::now();
    let (mut second, mut looked) = (0, 0);
    while !open.is_empty() {
        if begun.elapsed() > head + Duration::from_secs(10) {
            bail!("{} connections are still open {:?} after the last was opened", open.len(), begun.elapsed());
        }
        if begun.elapsed().as_secs() > second {
            second += 1;
            most = most.max(resident(pid)?);
            for connection in open.iter_mut().filter(|c| c.habit == Habit::Trickle) {
                // The server may have closed it a moment ago.
                let _ = connection.socket.write(b"a");
            }
        }
        // Asking thousands of sockets takes milliseconds of a processor that the server may need; before the end is
        // near it is done once a second, which still shows a connection that was cut too early.
        let near = begun.elapsed() + Duration::from_millis(300) >= head;
        if !near && begun.elapsed().as_secs() == looked {
            pause(Duration::from_millis(50));
            continue;
        }
        looked = begun.elapsed().as_secs();
        if !wait(&open)? {
            continue;
        }
        open.retain_mut(|connection| match end_of(connection) {
            None => true,
            Some(kind) => {
                round.longest.push(connection.opening.elapsed().as_secs_f64());
                round.shortest.push(connection.begun.elapsed().as_secs_f64());
                *round.kinds.entry(kind).or_default() += 1;
                false
            }
        });
    }
    round.longest.sort_by(f64::total_cmp);
    round.shortest.sort_by(f64::total_cmp);
    round.bytes_each = most.saturating_sub(before) as f64 / count as f64;
    Ok(round)
}

/// Waits until something can be read, at most for a moment; whether something can.
fn wait(open: &[Connection]) -> anyhow::Result<bool> {
    const MOMENT: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let mut files: Vec<_> = open.iter().map(|c| PollFd::new(&c.socket, PollFlags::IN)).collect();
    match poll(&mut files, Some(&MOMENT)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// How the connection ended, if it did.
fn end_of(connection: &mut Connection) -> Option<String> {
    let mut buffer = [0; 4096];
    loop {
        match connection.socket.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => connection.read.extend_from_slice(&buffer[..n]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => return None,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Some(format!("{}", e.kind())),
        }
    }
    if connection.read.is_empty() {
        return Some("closed without a word".to_owned());
    }
    Some(match Answer::take(&mut connection.read, false) {
        Ok(Some(answer)) if answer.error().is_some() => format!("{} with an error object", answer.status),
        Ok(Some(answer)) => format!("{} without one", answer.status),
        Ok(None) | Err(_) => "something else".to_owned(),
    })
}

//! Overlapping restarts under load: nobody is refused, reset or cut off.
//!
//! Callers of four habits are at work while one server after another takes the place of the last. What they see is
//! counted strictly: nothing is tried again, and a connection that the server ends is a failure unless its last answer
//! said so.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Options;
use super::client::{Answer, PATIENCE, chat, post};
use super::server::Server;
use super::system::pause;
use super::table::Table;
use super::upstream::Upstream;

/// Events of a stream, and the time between two: as long as several restarts.
const EVENTS: usize = 150;
const EVENT_MS: u64 = 20;
/// Between two restarts.
const BETWEEN: Duration = Duration::from_millis(700);
/// For an old server to end: its streams, and the silence after which it ends a connection.
const END: Duration = Duration::from_secs(20);

/// How a caller uses its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Habit {
    /// One connection for as long as the server lets it.
    Kept,
    /// A connection for every request.
    Fresh,
    /// Streams, each on a connection of its own.
    Streams,
    /// Many connections at once, so that they have to wait in the queue.
    Crowds,
}

const CALLERS: [(Habit, usize); 4] = [(Habit::Kept, 4), (Habit::Fresh, 2), (Habit::Streams, 8), (Habit::Crowds, 1)];
const CROWD: usize = 40;

/// What callers saw.
#[derive(Debug, Default)]
struct Seen {
    answered: BTreeMap<Habit, u64>,
    told_to_close: u64,
    failed: BTreeMap<Failure, u64>,
    slowest: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    Refused,
    Reset,
    Cut,
    Other,
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => Self::Reset,
            _ => Self::Other,
        }
    }
}

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let restarts = options.count(20, 3);
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let upstream = Upstream::start()?;
    let start = |turn: usize| {
        // A new number of workers each time is the hardest case: sockets change hands and owners.
        let config = upstream.config("").replace("workers = 2", &format!("workers = {}", 1 + turn % 3));
        Server::start(options, &data, Some(&config))
    };
    let mut server = start(0)?;
    let (address, key) = (server.address, server.key()?);
    let callers = Callers::start(address, &key);
    pause(BETWEEN);
    let (mut ready, mut old) = (Vec::new(), Vec::new());
    for turn in 1..=restarts {
        let next = start(turn)?;
        ready.push(next.ready_after);
        old.push((std::mem::replace(&mut server, next), Instant::now()));
        pause(BETWEEN);
    }
    let mut ended = Vec::new();
    for (mut process, since) in old {
        let well = process.ended_within(END.saturating_sub(since.elapsed()));
        ended.push(well);
    }
    let seen = callers.finish();

    let mut table = Table::default();
    table.note("restarts under load, workers 1, 2 and 3 in turn", restarts);
    for (habit, answered) in &seen.answered {
        table.note(format!("answers, callers {habit:?}").to_lowercase(), answered);
    }
    table.note("answers that said: connection: close", seen.told_to_close);
    for failure in [Failure::Refused, Failure::Reset, Failure::Cut, Failure::Other] {
        let name = if failure == Failure::Other { "otherwise failed".to_owned() } else { format!("{failure:?}") };
        table.none(name.to_lowercase(), seen.failed.get(&failure).copied().unwrap_or(0));
    }
    let well = ended.iter().filter(|well| **well).count();
    table.bar("old servers that ended by themselves, exit code 0", restarts.to_string(), well, well == restarts);
    let slowest = ready.iter().max().copied().unwrap_or_default();
    table.note("slowest start to its ready line", format!("{slowest:.2?}"));
    table.note("slowest short answer", format!("{:.2?}", seen.slowest));
    table.none("panics", server.panics());
    let stopped = server.stop();
    table.bar("the last server stops with exit code 0", "yes", if stopped { "yes" } else { "no" }, stopped);
    Ok(table)
}

/// Callers at work.
struct Callers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Seen>>,
}

impl Callers {
    fn start(address: SocketAddr, key: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let body = format!(
            r#"{{"model":"m","stream":true,"events":{EVENTS},"every":{EVENT_MS},"messages":[{{"role":"user","content":"hi"}}]}}"#
        );
        let (short, stream) = (chat(key, "m"), post("/v1/chat/completions", key, body.as_bytes()));
        let mut threads = Vec::new();
        for habit in CALLERS.iter().flat_map(|(habit, count)| std::iter::repeat_n(*habit, *count)) {
            let caller = Caller { address, habit, short: short.clone(), stream: stream.clone() };
            let stop = stop.clone();
            threads.push(std::thread::spawn(move || caller.work(&stop)));
        }
        Self { stop, threads }
    }

    fn finish(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Seen::default();
        for thread in self.threads {
            let Ok(seen) = thread.join() else {
                *all.failed.entry(Failure::Other).or_default() += 1;
                continue;
            };
            for (habit, count) in seen.answered {
                *all.answered.entry(habit).or_default() += count;
            }
            for (failure, count) in seen.failed {
                *all.failed.entry(failure).or_default() += count;
            }
            all.told_to_close += seen.told_to_close;
            all.slowest = all.slowest.max(seen.slowest);
        }
        all
    }
}

struct Caller {
    address: SocketAddr,
    habit: Habit,
    short: Vec<u8>,
    stream: Vec<u8>,
}

impl Caller {
    fn work(&self, stop: &AtomicBool) -> Seen {
        let mut seen = Seen::default();
        let mut kept = None;
        while !stop.load(Ordering::Relaxed) {
            let done = match self.habit {
                Habit::Kept => self.on_kept(&mut kept, &mut seen),
                Habit::Fresh => self.connect().and_then(|socket| self.short(&socket, &mut seen).map(drop)),
                Habit::Streams => self.streamed(&mut seen),
                Habit::Crowds => self.crowd(&mut seen),
            };
            if let Err(failure) = done {
                *seen.failed.entry(failure).or_default() += 1;
                kept = None;
            }
            if self.habit != Habit::Streams {
                pause(Duration::from_millis(if self.habit == Habit::Crowds { 50 } else { 2 }));
            }
        }
        seen
    }

    fn connect(&self) -> Result<TcpStream, Failure> {
        let socket = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket)
    }

    fn on_kept(&self, kept: &mut Option<TcpStream>, seen: &mut Seen) -> Result<(), Failure> {
        let socket = match kept.take() {
            Some(socket) => socket,
            None => self.connect()?,
        };
        if !self.short(&socket, seen)?.closes() {
            *kept = Some(socket);
        }
        Ok(())
    }

    fn short(&self, mut socket: &TcpStream, seen: &mut Seen) -> Result<Answer, Failure> {
        let begun = Instant::now();
        socket.write_all(&self.short)?;
        let answer = self.answer(socket, seen)?;
        seen.slowest = seen.slowest.max(begun.elapsed());
        Ok(answer)
    }

    fn streamed(&self, seen: &mut Seen) -> Result<(), Failure> {
        let mut socket = self.connect()?;
        socket.write_all(&self.stream)?;
        let answer = self.answer(&socket, seen)?;
        let text = String::from_utf8_lossy(&answer.body);
        let whole = text.matches("\"hello hello").count() == EVENTS && text.ends_with("data: [DONE]\n\n");
        if whole { Ok(()) } else { Err(Failure::Cut) }
    }

    fn crowd(&self, seen: &mut Seen) -> Result<(), Failure> {
        let sockets = (0..CROWD).map(|_| self.connect()).collect::<Result<Vec<_>, _>>()?;
        for mut socket in &sockets {
            socket.write_all(&self.short)?;
        }
        sockets.iter().try_for_each(|socket| self.answer(socket, seen).map(drop))
    }

    /// Reads one answer, which has to be a success.
    fn answer(&self, mut socket: &TcpStream, seen: &mut Seen) -> Result<Answer, Failure> {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
        loop {
            match Answer::take(&mut bytes, false) {
                Ok(Some(answer)) if answer.status == 200 => {
                    *seen.answered.entry(self.habit).or_default() += 1;
                    seen.told_to_close += u64::from(answer.closes());
                    return Ok(answer);
                }
                Ok(Some(answer)) if answer.status == 503 => return Err(Failure::Refused),
                Ok(Some(_)) | Err(_) => return Err(Failure::Other),
                Ok(None) => {}
            }
            match socket.read(&mut buffer)? {
                0 => return Err(Failure::Cut),
                n => bytes.extend_from_slice(&buffer[..n]),
            }
        }
    }
}

//! Callers by the hundred in one thread: those that ask again when they are answered, and those that ask when their
//! turn has come, whatever became of the others.
//!
//! In: a request, and how often. Out: what each one saw, timed from the moment its bytes were sent.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::bail;
use rustix::event::{Timespec, epoll};

use crate::prove::client::{Answer, Client, PATIENCE, get};
use crate::prove::system::pause;
use crate::prove::table::percentile;

/// More callers than this wait at once for no server that answers within its time.
const CALLERS_MAX: usize = 4000;

/// What callers saw.
#[derive(Debug, Default)]
pub(in crate::prove) struct Seen {
    /// Milliseconds to each answer and to each proper refusal, sorted.
    pub(in crate::prove) served: Vec<f64>,
    pub(in crate::prove) refused: Vec<f64>,
    /// Answers that are neither.
    pub(in crate::prove) wrong: u64,
    /// Requests whose connection ended or that nobody answered.
    pub(in crate::prove) lost: u64,
    /// How late a request left at most, by the callers' own fault.
    pub(in crate::prove) latest: Duration,
    /// For how long requests were sent.
    pub(in crate::prove) time: Duration,
}

impl Seen {
    pub(in crate::prove) fn goodput(&self) -> f64 {
        self.served.len() as f64 / self.time.as_secs_f64()
    }

    pub(in crate::prove) fn offered(&self) -> f64 {
        let all = self.served.len() + self.refused.len();
        (all as f64 + (self.wrong + self.lost) as f64) / self.time.as_secs_f64()
    }

    fn note(&mut self, answer: &Answer, took: Duration) {
        let ms = took.as_secs_f64() * 1e3;
        match answer.status {
            200 => self.served.push(ms),
            503 if answer.header("retry-after").is_some() && answer.error().is_some() => self.refused.push(ms),
            _ => self.wrong += 1,
        }
    }
}

/// Times at p50, p99 and the most.
pub(in crate::prove) fn spread(sorted: &[f64]) -> String {
    let most = sorted.last().copied().unwrap_or_default();
    format!("{:.1}, {:.1}, {most:.1}", percentile(sorted, 50.0), percentile(sorted, 99.0))
}

/// So many callers, each with its next request as soon as it has its answer.
pub(in crate::prove) fn closed(
    address: SocketAddr,
    request: &[u8],
    callers: usize,
    time: Duration,
) -> anyhow::Result<Seen> {
    let mut crowd = Crowd::new(address, request)?;
    for _ in 0..callers {
        let caller = crowd.free()?;
        crowd.send(caller, Instant::now());
    }
    crowd.work(time, |crowd, now| {
        while let Some(caller) = crowd.free.pop() {
            crowd.send(caller, now);
        }
        Ok(())
    })
}

/// So many requests per second.
pub(in crate::prove) fn open(address: SocketAddr, request: &[u8], rate: f64, time: Duration) -> anyhow::Result<Seen> {
    let crowd = Crowd::new(address, request)?;
    let (began, mut sent) = (Instant::now(), 0u32);
    crowd.work(time, |crowd, now| {
        loop {
            let due = began + Duration::from_secs_f64(f64::from(sent) / rate);
            if due > now {
                return Ok(());
            }
            crowd.seen.latest = crowd.seen.latest.max(now - due);
            let caller = crowd.free()?;
            crowd.send(caller, Instant::now());
            sent += 1;
        }
    })
}

/// All callers of a run.
struct Crowd<'r> {
    address: SocketAddr,
    request: &'r [u8],
    events: rustix::fd::OwnedFd,
    callers: Vec<Caller>,
    free: Vec<usize>,
    seen: Seen,
}

struct Caller {
    socket: TcpStream,
    bytes: Vec<u8>,
    sent: Option<Instant>,
}

impl<'r> Crowd<'r> {
    fn new(address: SocketAddr, request: &'r [u8]) -> anyhow::Result<Self> {
        let events = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { address, request, events, callers: Vec::new(), free: Vec::new(), seen: Seen::default() })
    }

    /// A caller that waits for nothing, a new one where all do.
    fn free(&mut self) -> anyhow::Result<usize> {
        if let Some(caller) = self.free.pop() {
            return Ok(caller);
        }
        let index = self.callers.len();
        if index == CALLERS_MAX {
            bail!("{CALLERS_MAX} callers wait at once");
        }
        let socket = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        epoll::add(&self.events, &socket, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
        self.callers.push(Caller { socket, bytes: Vec::new(), sent: None });
        Ok(index)
    }

    fn send(&mut self, caller: usize, now: Instant) {
        let caller = &mut self.callers[caller];
        caller.sent = Some(now);
        // A request is small, and nothing else waits to be sent: it fits, or the connection is gone, which reading tells.
        let _ = caller.socket.write(self.request);
    }

    /// Sends what is due until the time is over, then waits for the answers that are still to come.
    fn work(
        mut self,
        time: Duration,
        mut due: impl FnMut(&mut Self, Instant) -> anyhow::Result<()>,
    ) -> anyhow::Result<Seen> {
        let began = Instant::now();
        while began.elapsed() < time {
            due(&mut self, Instant::now())?;
            self.read(Duration::from_micros(100))?;
        }
        self.seen.time = began.elapsed();
        let end = Instant::now() + PATIENCE;
        while self.callers.iter().any(|caller| caller.sent.is_some()) && Instant::now() < end {
            self.read(Duration::from_millis(5))?;
        }
        self.seen.lost += self.callers.iter().filter(|caller| caller.sent.is_some()).count() as u64;
        self.seen.served.sort_by(f64::total_cmp);
        self.seen.refused.sort_by(f64::total_cmp);
        Ok(self.seen)
    }

    fn read(&mut self, wait: Duration) -> anyhow::Result<()> {
        let mut events = Vec::with_capacity(256);
        let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
        match epoll::wait(&self.events, rustix::buffer::spare_capacity(&mut events), Some(&wait)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in events {
            let event: epoll::Event = event;
            self.hear(event.data.u64() as usize);
        }
        Ok(())
    }

    /// Reads what has come for a caller.
    fn hear(&mut self, index: usize) {
        let caller = &mut self.callers[index];
        let mut buffer = [0; 64 << 10];
        let gone = match caller.socket.read(&mut buffer) {
            Ok(0) => true,
            Ok(n) => {
                caller.bytes.extend_from_slice(&buffer[..n]);
                false
            }
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        let answer = Answer::take(&mut caller.bytes, false);
        match (answer, caller.sent) {
            (Ok(Some(answer)), Some(sent)) => {
                caller.sent = None;
                self.seen.note(&answer, sent.elapsed());
                if !gone && !answer.closes() {
                    self.free.push(index);
                } else {
                    let _ = epoll::delete(&self.events, &self.callers[index].socket);
                }
            }
            (Ok(None), _) if !gone => {}
            (_, sent) => {
                self.seen.lost += u64::from(sent.is_some());
                self.free.retain(|free| *free != index);
                self.callers[index].sent = None;
                let _ = epoll::delete(&self.events, &self.callers[index].socket);
            }
        }
    }
}

/// Somebody who asks again and again whether the server lives.
pub(in crate::prove) struct Probes {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Duration>>,
}

/// Begins to ask, on a connection of its own each time, as probes do.
pub(in crate::prove) fn probes(address: SocketAddr) -> Probes {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let thread = std::thread::spawn(move || {
        let mut slowest = Duration::ZERO;
        while !stopped.load(Ordering::Relaxed) {
            for path in ["/livez", "/readyz"] {
                let asked = Instant::now();
                let answer = Client::connect(address)?.ask(&get(path, "none"))?;
                if answer.status != 200 {
                    bail!("{path} answered {}", answer.status);
                }
                slowest = slowest.max(asked.elapsed());
            }
            pause(Duration::from_millis(50));
        }
        Ok(slowest)
    });
    Probes { stop, thread }
}

impl Probes {
    /// The slowest answer of all.
    pub(in crate::prove) fn finish(self) -> anyhow::Result<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|_| bail!("the probes have panicked"))
    }
}

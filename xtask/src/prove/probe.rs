//! Other callers: a steady trickle of ordinary requests, timed, while something else happens to the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::client::{Client, chat};
use super::system::pause;
use super::table::percentile;

/// Callers at work, until they are asked what they saw.
pub(super) struct Probe {
    stop: Arc<AtomicBool>,
    callers: Vec<JoinHandle<Seen>>,
}

/// What the callers saw.
#[derive(Default)]
pub(super) struct Seen {
    /// Milliseconds per request, sorted.
    pub(super) times: Vec<f64>,
    pub(super) failed: u64,
}

impl Seen {
    pub(super) fn p99(&self) -> f64 {
        percentile(&self.times, 99.0)
    }

    /// Both together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.times.extend(other.times);
        self.times.sort_by(f64::total_cmp);
        Self { times: self.times, failed: self.failed + other.failed }
    }

    pub(super) fn p50(&self) -> f64 {
        percentile(&self.times, 50.0)
    }
}

/// Between two requests of one caller.
const PACE: Duration = Duration::from_millis(4);
/// One on a connection that stays open, one with a new connection for every request.
const CALLERS: [bool; 2] = [true, false];

impl Probe {
    pub(super) fn start(address: SocketAddr, key: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let request = chat(key, "sandbox");
        let call = |keeps: bool| {
            let (stop, request) = (stop.clone(), request.clone());
            std::thread::spawn(move || run(address, &request, keeps, &stop))
        };
        let callers = CALLERS.map(call).into();
        Self { stop, callers }
    }

    /// What was seen since the start.
    pub(super) fn finish(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Seen::default();
        for caller in self.callers {
            match caller.join() {
                Ok(seen) => {
                    all.times.extend(seen.times);
                    all.failed += seen.failed;
                }
                Err(_) => all.failed += 1,
            }
        }
        all.times.sort_by(f64::total_cmp);
        all
    }

    /// The same for a fixed time.
    pub(super) fn during(address: SocketAddr, key: &str, time: Duration) -> Seen {
        let probe = Self::start(address, key);
        pause(time);
        probe.finish()
    }
}

fn run(address: SocketAddr, request: &[u8], keeps: bool, stop: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    let mut client = None;
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let asked = match client.take() {
            Some(client) if keeps => Ok(client),
            _ => Client::connect(address).map_err(anyhow::Error::from),
        }
        .and_then(|mut asking: Client| asking.ask(request).map(|answer| (asking, answer)));
        match asked {
            Ok((used, answer)) if answer.status == 200 => {
                seen.times.push(begun.elapsed().as_secs_f64() * 1e3);
                client = Some(used);
            }
            _ => seen.failed += 1,
        }
        pause(PACE.saturating_sub(begun.elapsed()));
    }
    seen
}

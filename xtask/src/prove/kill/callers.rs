//! Callers that go on whatever happens to the server, and remember what they were answered to the last byte.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::anyhow;

use crate::prove::client::{Answer, Client, post};
use crate::prove::system::{Random, pause};

/// Of each kind: half ask for a stream.
const CALLERS: u64 = 12;
/// Before a server that is not there is tried again.
const AGAIN: Duration = Duration::from_millis(5);
/// Most tokens of an answer; each takes the provider a step of time.
const STEPS: usize = 12;

/// What the callers saw.
#[derive(Default)]
pub(super) struct Seen {
    /// Tokens of each answer that came whole, by its request.
    pub(super) whole: HashMap<String, u64>,
    /// How many of them were streams.
    pub(super) streams: u64,
    /// Answers that came whole and are not what they should be.
    pub(super) wrong: HashMap<String, u64>,
}

/// Callers at work, until they are asked what they saw.
pub(super) struct Callers {
    stop: Arc<AtomicBool>,
    cut: Arc<AtomicU64>,
    callers: Vec<JoinHandle<Seen>>,
}

impl Callers {
    pub(super) fn start(address: SocketAddr, key: &str) -> Self {
        let (stop, cut) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let call = |seed: u64| {
            let (stop, cut, key) = (stop.clone(), cut.clone(), key.to_owned());
            std::thread::spawn(move || {
                let mut caller = Caller { address, key, streams: seed.is_multiple_of(2), seen: Seen::default() };
                let mut random = Random::new(seed);
                while !stop.load(Ordering::Relaxed) {
                    caller.on_one_connection(&mut random, &stop, &cut);
                }
                caller.seen
            })
        };
        let callers = (0..CALLERS).map(call).collect();
        Self { stop, cut, callers }
    }

    /// Requests whose answer broke off, or never began, so far.
    pub(super) fn cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }

    /// Lets each end its request; what they saw.
    pub(super) fn finish(self) -> anyhow::Result<Seen> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Seen::default();
        for caller in self.callers {
            let seen = caller.join().map_err(|_| anyhow!("a caller panicked"))?;
            all.streams += seen.streams;
            all.whole.extend(seen.whole);
            seen.wrong.into_iter().for_each(|(kind, times)| *all.wrong.entry(kind).or_default() += times);
        }
        Ok(all)
    }
}

struct Caller {
    address: SocketAddr,
    key: String,
    streams: bool,
    seen: Seen,
}

impl Caller {
    /// Asks until the connection ends.
    fn on_one_connection(&mut self, random: &mut Random, stop: &AtomicBool, cut: &AtomicU64) {
        let Ok(mut client) = Client::connect(self.address) else { return pause(AGAIN) };
        while !stop.load(Ordering::Relaxed) {
            let steps = 1 + random.below(STEPS);
            let body = format!(
                r#"{{"model":"m","stream":{},"steps":{steps},"messages":[{{"role":"user","content":"hi"}}]}}"#,
                self.streams
            );
            match client.ask(&post("/v1/chat/completions", &self.key, body.as_bytes())) {
                Ok(answer) => {
                    self.note(&answer, steps as u64);
                    if answer.closes() {
                        return;
                    }
                }
                Err(_) => {
                    cut.fetch_add(1, Ordering::Relaxed);
                    return;
                }
            }
        }
    }

    /// An answer that came to its last byte: with a stream, the empty chunk behind it.
    fn note(&mut self, answer: &Answer, steps: u64) {
        let end = if self.streams { "data: [DONE]\n\n" } else { "}" };
        let body = String::from_utf8_lossy(&answer.body);
        let id = answer.header("x-request-id").unwrap_or_default();
        if answer.status == 200 && body.ends_with(end) && !id.is_empty() {
            self.seen.whole.insert(id.to_owned(), steps);
            self.seen.streams += u64::from(self.streams);
        } else {
            let cause = answer.header("x-tollgate-cause").unwrap_or("no cause");
            *self.seen.wrong.entry(format!("{} {cause}", answer.status)).or_default() += 1;
        }
    }
}

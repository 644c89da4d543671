//! Thousands of streams that are opened and then left alone, to see what an idle one costs a gateway.

use std::cell::{Cell, RefCell};
use std::io::{Read, stdin};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::spawn_local;

use crate::client::Client;
use crate::options::Options;
use crate::say;
use crate::tally::Tally;

/// Streams that are being opened at any time: more would only wait in a backlog.
const OPENING: usize = 64;

struct Held {
    addr: String,
    request: Vec<u8>,
    streams: usize,
    opening: Semaphore,
    open: Cell<usize>,
    ended: Cell<usize>,
    broken: Cell<usize>,
    first_error: RefCell<Option<String>>,
    changed: Notify,
}

/// Opens `streams`, says when all are open, and again when they have ended or were let go.
pub(crate) async fn run(options: Options, streams: usize) -> Result<()> {
    let held = Rc::new(Held {
        request: options.request(),
        addr: options.addr,
        streams,
        opening: Semaphore::new(OPENING),
        open: Cell::new(0),
        ended: Cell::new(0),
        broken: Cell::new(0),
        first_error: RefCell::new(None),
        changed: Notify::new(),
    });
    let start = Instant::now();
    for _ in 0..streams {
        spawn_local(hold(Rc::clone(&held)));
    }
    held.until(|h| h.open.get() + h.broken.get() >= streams).await;
    let error = held.first_error.borrow().clone();
    say(&json!({
        "open": held.open.get(), "errors": held.broken.get(), "first_error": error,
        "wall_s": start.elapsed().as_secs_f64(),
    }))?;
    let mut term = signal(SignalKind::terminate()).context("SIGTERM")?;
    tokio::select! {
        () = held.until(|h| h.ended.get() + h.broken.get() >= streams) => {}
        () = tokio::time::sleep(Duration::from_secs(options.hold_s)) => {}
        _ = term.recv() => {}
        () = stdin_ends(options.gate) => {}
    }
    let error = held.first_error.borrow().clone();
    say(&json!({ "ended": held.ended.get(), "broken": held.broken.get(), "first_error": error }))
}

async fn hold(held: Rc<Held>) {
    let mut permit = held.opening.acquire().await.ok();
    let asked = async {
        let mut client = Client::connect_small(&held.addr).await?;
        let opened = || {
            permit = None;
            held.open.set(held.open.get() + 1);
            held.tell();
        };
        client.stream(&held.request, &mut Tally::default(), opened).await
    }
    .await;
    match asked {
        Ok(()) => held.ended.set(held.ended.get() + 1),
        Err(wrong) => {
            held.broken.set(held.broken.get() + 1);
            held.first_error.borrow_mut().get_or_insert(wrong);
        }
    }
    held.tell();
}

impl Held {
    /// Wakes whoever waits for the counts, but not at each of thousands of steps.
    fn tell(&self) {
        let settled = self.ended.get() + self.broken.get();
        if self.open.get() + self.broken.get() >= self.streams || settled >= self.streams {
            self.changed.notify_one();
        }
    }

    async fn until(&self, reached: impl Fn(&Self) -> bool) {
        while !reached(self) {
            self.changed.notified().await;
        }
    }
}

/// The end of stdin, where somebody holds it on purpose. A thread waits: a pipe cannot be awaited without one.
async fn stdin_ends(gate: bool) {
    let (ended, end) = oneshot::channel::<()>();
    if gate {
        std::thread::spawn(move || {
            let _ = stdin().lock().read_to_end(&mut Vec::new());
            drop(ended);
        });
        let _ = end.await;
    } else {
        std::future::pending::<()>().await;
    }
}

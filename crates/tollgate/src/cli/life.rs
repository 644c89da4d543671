//! A server's life after its start: until a signal ends it, or another process takes its place.
//!
//! In: a server that runs. Out: it has ended. SIGTERM and SIGINT finish requests in flight; the second of either ends at
//! once. Before SIGTERM does, `/readyz` says 503 for a while, so that new callers are sent elsewhere. A successor gets the listening sockets first, and this process has time.

use std::io::{self, IsTerminal};
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;
use tollgate_gateway::{Stage, Stages};

use super::output::{self, Label, Refused};
use super::reload::Reload;
use crate::configuration::Ask;
use crate::handover::{Offer, Successor, Taken};
use crate::notify::Manager;
use crate::settings::environment::{Process, Surroundings};
use crate::wiring::Running;

/// How often files of settings are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What ends a server. Made before the start, so that an early signal is not lost to the default action.
pub(super) struct Life {
    runtime: tokio::runtime::Runtime,
    signals: Signals,
    hangup: Signal,
    offer: Option<Offer>,
    manager: Option<Manager>,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// A signal to stop, and the exit code where it is the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Interrupt = 130,
    Terminate = 143,
}

impl Signals {
    async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.interrupt.recv() => Stop::Interrupt,
            _ = self.terminate.recv() => Stop::Terminate,
        }
    }
}

/// Why the server leaves off serving.
enum End {
    Told(Stop),
    Replaced(Successor),
}

impl Life {
    pub(super) fn listen() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("the runtime for signals does not start")?;
        let (signals, hangup) = {
            let _guard = runtime.enter();
            let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            (Signals { interrupt, terminate }, signal(SignalKind::hangup())?)
        };
        let manager = Manager::of(Process::now().variables());
        Ok(Self { runtime, signals, hangup, offer: None, manager })
    }

    /// The server serves: whoever comes next may take over from it, and the one before may go.
    pub(super) fn begin(&mut self, running: &Running, before: Option<&Taken>) {
        let _guard = self.runtime.enter();
        let offer = running.sockets().and_then(|sockets| {
            Offer::open(
                running.data_dir(),
                running.asked,
                (running.local_addr(), running.tls),
                sockets,
                (running.looks(), running.operate()),
            )
        });
        match offer {
            Ok(offer) => self.offer = Some(offer),
            Err(error) => tracing::warn!(%error, "another process will not be able to take over from this one"),
        }
        if let Some(before) = before {
            before.ready();
        }
        match &self.manager {
            Some(manager) if before.is_some() => manager.ready_in_place_of_another(),
            Some(manager) => manager.ready(),
            None => {}
        }
    }

    /// Waits for the end, and carries it out.
    pub(super) fn run(self, running: Running, reload: Reload) -> anyhow::Result<()> {
        // The first failure would wait for it, and so would whoever waits for the start; a thread of its own for some
        // milliseconds would keep its memory.
        tollgate_errors::explain::prepare();
        let Self { runtime, mut signals, hangup, mut offer, manager } = self;
        let stages = running.stages();
        let end = runtime.block_on(async {
            tokio::select! {
                stop = signals.next() => End::Told(stop),
                successor = replaced(&mut offer) => End::Replaced(successor),
                () = watchdog(manager.as_ref(), &running) => End::Told(Stop::Interrupt),
                () = follow_settings(hangup, reload, &running, manager.as_ref()) => End::Told(Stop::Interrupt),
            }
        });
        // Nobody else is to get the sockets from here.
        drop(offer);
        let mut hurried = None;
        match &end {
            End::Told(stop) => {
                if let Some(manager) = &manager {
                    manager.stopping(running.ends_within());
                }
                output::say(Label::Note, "stopping: requests in flight are finished; a second signal stops at once");
                hurried = runtime.block_on(turn_away(&mut signals, &stages, *stop, running.drain_pause()));
            }
            End::Replaced(successor) => {
                stages.go_on(Stage::HandedOver);
                successor.leaving();
                if let Some(manager) = &manager {
                    manager.replaced(successor.process, running.leaves_within());
                }
                let message =
                    format!("process {} serves from now on; requests in flight are finished", successor.process);
                output::say(Label::Note, &message);
            }
        }
        let (done, stopped) = oneshot::channel();
        let ending = std::thread::spawn(move || {
            running.end();
            let _ = done.send(());
        });
        let told_twice = runtime.block_on(hurry(&mut signals, &stages, stopped)).or(hurried);
        ending.join().map_err(|_| Refused::failed("the server did not stop cleanly"))?;
        let cut = |stop| Refused::failed("stopped at once; requests in flight were cut off").code(stop as u8);
        told_twice.map_or(Ok(()), |stop| Err(cut(stop).into()))
    }
}

/// Says that new callers are to go elsewhere, and serves them until they do; then nothing new is begun. A signal that
/// cuts this short ends everything at once.
async fn turn_away(signals: &mut Signals, stages: &Stages, stop: Stop, pause: Duration) -> Option<Stop> {
    stages.go_on(Stage::Unready);
    // Whoever presses Ctrl-C waits for it.
    if stop == Stop::Terminate
        && let Ok(again) = tokio::time::timeout(pause, signals.next()).await
    {
        stages.go_on(Stage::Over);
        return Some(again);
    }
    stages.go_on(Stage::Draining);
    None
}

async fn replaced(offer: &mut Option<Offer>) -> Successor {
    match offer {
        Some(offer) => offer.taken().await,
        None => std::future::pending().await,
    }
}

async fn asked(asks: &mut Option<Receiver<Ask>>) -> Option<Ask> {
    match asks {
        Some(asks) => asks.recv().await,
        None => std::future::pending().await,
    }
}

/// Reads the settings again on SIGHUP, when a file of theirs or what the database keeps has changed, and when administration
/// has changed that. Where a terminal hangs up, it ends.
async fn follow_settings(mut hangup: Signal, mut reload: Reload, running: &Running, manager: Option<&Manager>) {
    let in_terminal = io::stdin().is_terminal();
    let mut looks = tokio::time::interval(LOOK);
    let mut asks = running.asks();
    loop {
        let mut waiting = Vec::new();
        tokio::select! {
            _ = hangup.recv() => if in_terminal { return },
            Some(ask) = asked(&mut asks) => waiting.push(ask),
            _ = looks.tick() => if !reload.is_due(running) { continue },
        }
        // Who has asked by now is served by this reading.
        waiting.extend(asks.iter_mut().flat_map(|asks| std::iter::from_fn(|| asks.try_recv().ok())));
        if let Some(manager) = manager {
            manager.reloading();
        }
        let is_applied = reload.run(running);
        for Ask(done) in waiting {
            // Who has lost patience is gone.
            let _ = done.try_send(is_applied);
        }
        if let Some(manager) = manager {
            manager.ready();
        }
    }
}

/// Says that this process is well, for as long as every serving thread moves. It never ends.
async fn watchdog(manager: Option<&Manager>, running: &Running) {
    let Some((manager, every)) = manager.and_then(|m| Some((m, m.watchdog()?))) else {
        return std::future::pending().await;
    };
    let mut before = None;
    loop {
        let beats = running.beats();
        let moved = before.as_ref().is_none_or(|b: &Vec<u32>| b.iter().zip(&beats).all(|(b, now)| b != now));
        if moved {
            manager.well();
            before = Some(beats);
        } else {
            tracing::error!("a serving thread does not move; the service manager is not told that all is well");
        }
        tokio::time::sleep(every).await;
    }
}

/// Waits until it has ended, and hurries with each signal. The one that ended it at once, where one did.
async fn hurry(signals: &mut Signals, stages: &Stages, mut stopped: oneshot::Receiver<()>) -> Option<Stop> {
    loop {
        let stop = tokio::select! {
            biased;
            _ = &mut stopped => return None,
            stop = signals.next() => stop,
        };
        if stages.now() < Stage::Draining {
            stages.go_on(Stage::Draining);
            continue;
        }
        stages.go_on(Stage::Over);
        tokio::select! {
            _ = stopped => return Some(stop),
            // Something hangs: nothing is promised any more.
            stop = signals.next() => std::process::exit(stop as i32),
        }
    }
}

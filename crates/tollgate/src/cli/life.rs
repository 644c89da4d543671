//! A server's life after its start: until a signal ends it, or another process takes its place.
//!
//! In: a server that runs. Out: it has ended. SIGTERM and SIGINT finish requests in flight; the second of either ends at
//! once. A successor gets the listening sockets first, and this process has time.

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tollgate_gateway::{Stage, Stages};

use super::output::{self, Label, Refused};
use crate::handover::{Offer, Successor, Taken};
use crate::wiring::Running;

/// What ends a server. Made before the start, so that an early signal is not lost to the default action.
pub(super) struct Life {
    runtime: tokio::runtime::Runtime,
    signals: Signals,
    offer: Option<Offer>,
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
    Told,
    Replaced(Successor),
}

impl Life {
    pub(super) fn listen() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("the runtime for signals does not start")?;
        let signals = {
            let _guard = runtime.enter();
            Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? }
        };
        Ok(Self { runtime, signals, offer: None })
    }

    /// The server serves: whoever comes next may take over from it, and the one before may go.
    pub(super) fn begin(&mut self, running: &Running, before: Option<Taken>) {
        let _guard = self.runtime.enter();
        let offer = running
            .sockets()
            .and_then(|sockets| Offer::open(running.data_dir(), running.asked, running.local_addr(), sockets));
        match offer {
            Ok(offer) => self.offer = Some(offer),
            Err(error) => tracing::warn!(%error, "another process will not be able to take over from this one"),
        }
        if let Some(before) = before {
            before.ready();
        }
    }

    /// Waits for the end, and carries it out.
    pub(super) fn run(self, running: Running) -> anyhow::Result<()> {
        let Self { runtime, mut signals, mut offer } = self;
        let stages = running.stages();
        let end = runtime.block_on(async {
            tokio::select! {
                _ = signals.next() => End::Told,
                successor = replaced(&mut offer) => End::Replaced(successor),
            }
        });
        // Nobody else is to get the sockets from here.
        drop(offer);
        match &end {
            End::Told => {
                stages.go_on(Stage::Draining);
                output::say(Label::Note, "stopping: requests in flight are finished; a second signal stops at once");
            }
            End::Replaced(successor) => {
                stages.go_on(Stage::HandedOver);
                successor.leaving();
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
        let told_twice = runtime.block_on(hurry(&mut signals, &stages, stopped));
        ending.join().map_err(|_| Refused::failed("the server did not stop cleanly"))?;
        let cut = |stop| Refused::failed("stopped at once; requests in flight were cut off").code(stop as u8);
        told_twice.map_or(Ok(()), |stop| Err(cut(stop).into()))
    }
}

async fn replaced(offer: &mut Option<Offer>) -> Successor {
    match offer {
        Some(offer) => offer.taken().await,
        None => std::future::pending().await,
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

//! The threads that administer: between the gateway's port and the control plane.
//!
//! In: requests of administration from serving threads, through a bounded queue. Out: one reply each. Each thread has a
//! connection to the database of its own, so that a long list does not hold up a revocation. A change holds on the serving
//! threads of this process before its answer leaves.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;
use tollgate_control::api::{self, Request};
use tollgate_control::office::Office;
use tollgate_control::refusal::Refusal;
use tollgate_gateway::{AdminReply, AdminRequest, Administration};
use tollgate_store::database::Database;
use tollgate_store::feed::Looks;
use tollgate_store::secrets::Secrets;

use crate::wiring::now;

/// Requests that may wait.
const QUEUE: usize = 64;
/// Threads: one may be busy with a long list.
const THREADS: usize = 2;
/// How long an answer waits for its change to hold on the serving threads; it has been committed by then.
const PATIENCE: Duration = Duration::from_secs(1);

/// The threads. When this is dropped they answer who waits, and end.
pub(crate) struct Administrators {
    asks: Mutex<Option<SyncSender<Ask>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

type Ask = (Box<Request>, AdminReply);

impl Administrators {
    /// Starts the threads.
    ///
    /// # Errors
    /// The database cannot be opened, or a thread cannot be started.
    pub(crate) fn start(data_dir: &Path, looks: &Looks) -> anyhow::Result<Self> {
        let (asks, asked) = mpsc::sync_channel(QUEUE);
        let asked = Arc::new(Mutex::new(asked));
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let database = Database::open(data_dir)?;
            let secrets = Arc::new(Secrets::open(&database)?);
            let looks = looks.clone();
            let changed = Box::new(move || {
                // Later is not never: the thread that follows the database looks by itself too.
                let _ = looks.look(PATIENCE);
            });
            let office = Office { database, secrets, changed };
            let asked = asked.clone();
            let thread = thread::Builder::new()
                .name(format!("administer-{number}"))
                .spawn(move || run(&office, &asked))
                .context("a thread of administration does not start")?;
            threads.push(thread);
        }
        Ok(Self { asks: Mutex::new(Some(asks)), threads: Mutex::new(threads) })
    }

    /// Answers who waits, and ends the threads.
    pub(crate) fn stop(&self) {
        drop(self.asks.lock().unwrap_or_else(PoisonError::into_inner).take());
        for thread in self.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A panic in there has been printed; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

impl Administration for Administrators {
    fn claims(&self, path: &str) -> bool {
        api::is_of_administration(path)
    }

    fn needs(&self, method: &str, path: &str) -> String {
        api::needs(method, path)
    }

    fn ask(&self, request: AdminRequest, reply: AdminReply) {
        let AdminRequest { method, path, query, token, body, peer } = request;
        let request = Box::new(Request { method, path, query, token, body, peer });
        let asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = match asks.map(|asks| asks.try_send((request, reply))) {
            Some(Ok(())) => return,
            Some(Err(TrySendError::Full((_, reply)) | TrySendError::Disconnected((_, reply)))) => reply,
            // The process is ending; the queue is the first to be closed.
            None => return,
        };
        refused(Err(Box::new(Refusal::Busy.diagnosis())));
    }
}

fn run(office: &Office, asked: &Mutex<Receiver<Ask>>) {
    loop {
        // One thread waits in the queue, the others for it.
        let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((request, reply)) = next else { return };
        let answer = api::answer(office, &request, now());
        reply(match answer {
            Ok(json) => Ok(json.to_string().into_bytes()),
            Err(refusal) => {
                if let Refusal::Store(error) = &refusal {
                    let error: &dyn std::error::Error = error;
                    tracing::error!(error, "the database of administration does not answer");
                }
                Err(Box::new(refusal.diagnosis()))
            }
        });
    }
}

impl std::fmt::Debug for Administrators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Administrators")
    }
}

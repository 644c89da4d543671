//! Writes down when keys were last used, behind the requests.
//!
//! In: uses from the request path, through a bounded channel. Out: one transaction a second. Where the bound is
//! reached or the database does not answer, uses are dropped: the next one of that key will tell the same.

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tollgate_core::id::KeyId;
use tollgate_core::key::{KeyUse, KeyUses};

use crate::database::{Database, StoreError};
use crate::file::on_file;
use crate::keys;

/// Uses that may wait, in the channel and again in a batch.
const BOUND: usize = 1024;
/// How long uses are gathered before they are written.
const GATHER: Duration = Duration::from_secs(1);

/// The thread that writes last uses. When this is dropped it writes what it has and ends.
#[derive(Debug)]
pub struct UseWriter {
    uses: Option<SyncSender<KeyUse>>,
    thread: Option<JoinHandle<()>>,
}

impl UseWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// The database cannot be opened, or the thread cannot be started.
    pub fn start(database: &Path) -> Result<Self, StoreError> {
        let connection = Database::open_relaxed(database)?;
        let (uses, noted) = mpsc::sync_channel(BOUND);
        let thread = thread::Builder::new()
            .name("key-uses".to_owned())
            .spawn(move || write_all(&connection, &noted))
            .map_err(on_file("start the thread that writes uses to", database))?;
        Ok(Self { uses: Some(uses), thread: Some(thread) })
    }
}

impl KeyUses for UseWriter {
    fn note(&self, key_use: KeyUse) {
        if let Some(uses) = &self.uses {
            // Full, or the thread has ended: dropped, as the head of this file says.
            let _ = uses.try_send(key_use);
        }
    }
}

impl Drop for UseWriter {
    fn drop(&mut self) {
        drop(self.uses.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

fn write_all(database: &Database, noted: &Receiver<KeyUse>) {
    let mut failing = false;
    let mut open = true;
    while open {
        let Ok(first) = noted.recv() else {
            return;
        };
        let mut batch = HashMap::from([(first.key, first)]);
        open = gather(noted, &mut batch);
        let written = keys::note_uses(database, batch.values());
        match &written {
            Err(error) if !failing => {
                let error: &dyn std::error::Error = error;
                tracing::error!(error, "the database does not answer; last uses of keys are not written down");
            }
            Ok(()) if failing => tracing::info!("the database answers again; last uses of keys are written down"),
            _ => {}
        }
        failing = written.is_err();
    }
}

/// Adds uses to the batch, the newest of each key, until the second is over or the batch is full; `false` if no more
/// will come.
fn gather(noted: &Receiver<KeyUse>, batch: &mut HashMap<KeyId, KeyUse>) -> bool {
    let until = Instant::now() + GATHER;
    while batch.len() < BOUND && Instant::now() < until {
        match noted.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(next) => {
                let newest = batch.entry(next.key).or_insert_with(|| next.clone());
                if newest.at <= next.at {
                    *newest = next;
                }
            }
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}

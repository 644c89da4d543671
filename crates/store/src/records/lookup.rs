//! The thread that looks for records of requests, so that whoever serves requests never waits for SQL.
//!
//! In: a project and an id, from any thread, through a bounded queue. Out: a reply, given once. What is not in the
//! database may still be in the journal: the thread that reads it is asked to hurry, once for all who wait, and only
//! then is a request said not to be there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tollgate_core::id::RequestId;
use tollgate_core::requests::{RecordsAway, Reply, RequestRecord, RequestRecords};

use super::database::Records;
use super::read;
use super::thread::{Caught, Ingest, Shared};
use super::{text_of, unread_bytes};
use crate::database::StoreError;
use crate::file::on_file;

/// Look-ups that may wait.
const QUEUE: usize = 64;
/// How long to wait for the journal to be read.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often to look where another process reads it, which cannot be asked to hurry.
const LOOK: Duration = Duration::from_millis(20);

/// The thread. When this is dropped it answers who waits, and ends.
#[derive(Debug)]
pub struct Lookup {
    asks: Option<SyncSender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

struct Ask {
    project: Box<str>,
    request: RequestId,
    reply: Reply,
}

impl Lookup {
    /// Starts the thread. The database need not be there; `journal` is the journal's directory.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(data_dir: &Path, journal: &Path, ingest: &Ingest) -> Result<Self, StoreError> {
        let (asks, asked) = mpsc::sync_channel(QUEUE);
        let (data_dir, journal) = (data_dir.to_owned(), journal.to_owned());
        let failed = on_file("start the thread that looks for records in", &data_dir);
        let worker =
            Worker { journal, ingest: ingest.shared(), records: None, failing: false, data_dir: data_dir.clone() };
        let thread =
            thread::Builder::new().name("records".to_owned()).spawn(move || worker.run(&asked)).map_err(failed)?;
        Ok(Self { asks: Some(asks), thread: Some(thread) })
    }
}

impl RequestRecords for Lookup {
    fn find(&self, project: &str, request: RequestId, reply: Reply) {
        let ask = Ask { project: project.into(), request, reply };
        let Some(asks) = &self.asks else { return (ask.reply)(Err(RecordsAway::Failed)) };
        match asks.try_send(ask) {
            Ok(()) => {}
            Err(TrySendError::Full(ask)) => (ask.reply)(Err(RecordsAway::Busy)),
            Err(TrySendError::Disconnected(ask)) => (ask.reply)(Err(RecordsAway::Failed)),
        }
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        drop(self.asks.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ask({})", self.request)
    }
}

/// What runs in the thread.
struct Worker {
    data_dir: PathBuf,
    journal: PathBuf,
    ingest: Arc<Shared>,
    /// Opened when it is first needed, and again where another file is in its place.
    records: Option<Records>,
    /// That it fails has been logged.
    failing: bool,
}

impl Worker {
    fn run(mut self, asked: &Receiver<Ask>) {
        while let Ok(first) = asked.recv() {
            let mut waiting = vec![first];
            waiting.extend(asked.try_iter().take(QUEUE));
            let missing = self.answer_found(waiting);
            if missing.is_empty() {
                continue;
            }
            let level = self.wait_until_level();
            for ask in self.answer_found(missing) {
                (ask.reply)(level.map(|()| None));
            }
        }
    }

    /// Answers those whose record is there, and returns the others.
    fn answer_found(&mut self, asks: Vec<Ask>) -> Vec<Ask> {
        let mut missing = Vec::new();
        for ask in asks {
            match self.find(&ask) {
                Some(record) => (ask.reply)(Ok(Some(Box::new(record)))),
                None => missing.push(ask),
            }
        }
        missing
    }

    /// A record of the project. A failure is logged, and shows again in [`Self::wait_until_level`].
    fn find(&mut self, ask: &Ask) -> Option<RequestRecord> {
        let found = self.opened().and_then(|records| records.map_or(Ok(None), |r| read::find(r, ask.request)));
        self.note(found.as_ref().err());
        found.ok().flatten().filter(|record| *record.project == *ask.project)
    }

    /// Waits until the database has what the journal had when this was called, or says why nobody knows.
    fn wait_until_level(&mut self) -> Result<(), RecordsAway> {
        let until = Instant::now() + PATIENCE;
        let level = match self.ingest.catch_up(PATIENCE) {
            Caught::Level => Ok(()),
            Caught::Behind => Err(RecordsAway::Behind),
            Caught::Elsewhere => loop {
                if self.unread().is_ok_and(|unread| unread == 0) {
                    break Ok(());
                }
                if Instant::now() >= until {
                    break Err(RecordsAway::Behind);
                }
                thread::park_timeout(LOOK);
            },
        };
        // That the database cannot be read says more than that it is behind.
        let readable = self.opened().and_then(|records| records.map_or(Ok(()), Records::ping));
        self.note(readable.as_ref().err());
        readable.map_err(|_| RecordsAway::Failed).and(level)
    }

    fn unread(&mut self) -> Result<u64, StoreError> {
        let journal = self.journal.clone();
        self.opened()?.map_or(Ok(u64::MAX), |records| unread_bytes(records, &journal))
    }

    /// The database; `None` where there is none yet.
    fn opened(&mut self) -> Result<Option<&Records>, StoreError> {
        if !self.records.as_ref().is_some_and(Records::is_in_place) {
            self.records = Records::open_reader(&self.data_dir)?;
        }
        Ok(self.records.as_ref())
    }

    fn note(&mut self, error: Option<&StoreError>) {
        if let Some(error) = error.filter(|_| !self.failing) {
            tracing::warn!(error = text_of(error), "records of requests cannot be looked up");
        }
        if error.is_some() {
            // What is wrong may be wrong with this connection alone.
            self.records = None;
        }
        self.failing = error.is_some();
    }
}

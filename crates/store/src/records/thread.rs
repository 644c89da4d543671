//! The thread that reads the journal into the database, again and again.
//!
//! In: a journal that is being written. Out: records, within a fraction of a second; at once where somebody asks. If the
//! database is locked, slow, full or away, that is logged once, the status says it, and it is tried again, ever more
//! rarely up to a bound. Requests never wait for it: until it works, the journal keeps everything.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tollgate_core::ingest::{IngestHealth, IngestState, IngestStatus};

use super::Settings;
use super::ingester::{IngestError, Ingester, Limits, Pass};
use super::pace;
use super::retention::Retention;
use super::source::Source;
use super::text_of;
use crate::database::StoreError;
use crate::file::on_file;
use crate::journal::Journal;

/// However often it is asked for, a pass begins so long after the last one at the earliest.
const SPACING: Duration = Duration::from_millis(10);
/// How long to wait after the first failure; each further one doubles it.
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_MOST: Duration = Duration::from_secs(5);
/// How often the files are asked how much is behind.
const MEASURE: Duration = Duration::from_secs(1);
/// At the end what is left is read, but not for longer than this: the next start goes on.
const LAST_PASSES: Duration = Duration::from_secs(3);
/// How often sums are carried on and old rows deleted.
const MAINTENANCE: Duration = Duration::from_secs(10);

/// The thread. When this is dropped it reads what there is and ends.
#[derive(Debug)]
pub struct Ingest {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
pub(super) struct Shared {
    asked: Mutex<Asked>,
    changed: Condvar,
    status: Mutex<Seen>,
}

/// What others want of the thread.
#[derive(Debug, Default)]
struct Asked {
    /// Number of the last request to catch up, and of the last one that was dealt with.
    wanted: u64,
    done: u64,
    /// How long things are to be kept.
    retention: Retention,
    stop: bool,
}

/// Whether the database has what the journal had when somebody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caught {
    /// It has.
    Level,
    /// Another process sees to it.
    Elsewhere,
    /// It has not: it cannot be written, or is far behind.
    Behind,
}

/// What the thread has seen.
#[derive(Debug)]
struct Seen {
    state: IngestState,
    /// When the database last had everything.
    level_at: Instant,
    lag_bytes: u64,
    entries: u64,
    last_error: Option<String>,
}

impl Ingest {
    /// Starts the thread. The database need not be there.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(data_dir: &Path, journal: Journal, settings: Settings) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::new(settings.retention));
        let theirs = Arc::clone(&shared);
        let failed = on_file("start the thread that writes records to", data_dir);
        let ingester = Ingester::new(data_dir.to_owned(), Source::Journal(journal), Limits::default()).with_rests();
        let worker = Worker {
            ingester,
            interval: settings.interval,
            shared: theirs,
            failures: 0,
            measured: None,
            maintained: None,
        };
        let thread = thread::Builder::new().name("ingest".to_owned()).spawn(move || worker.run()).map_err(failed)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Keeps things this long from now on.
    pub fn keep(&self, retention: Retention) {
        lock(&self.shared.asked).retention = retention;
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// How it goes.
    #[must_use]
    pub fn health(&self) -> Arc<dyn IngestHealth> {
        Arc::clone(&self.shared) as Arc<dyn IngestHealth>
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        lock(&self.shared.asked).stop = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn new(retention: Retention) -> Self {
        let asked = Mutex::new(Asked { retention, ..Asked::default() });
        let level_at = Instant::now();
        let seen = Seen { state: IngestState::Working, level_at, lag_bytes: 0, entries: 0, last_error: None };
        Self { asked, changed: Condvar::new(), status: Mutex::new(seen) }
    }
}

impl Shared {
    /// Has the thread read at once what the journal has now, and waits for it.
    pub(super) fn catch_up(&self, patience: Duration) -> Caught {
        // It is not to be hurried then.
        if lock(&self.status).state == IngestState::Failing {
            return Caught::Behind;
        }
        let mut asked = lock(&self.asked);
        asked.wanted += 1;
        let mine = asked.wanted;
        self.changed.notify_all();
        let waits = |asked: &mut Asked| asked.done < mine && !asked.stop;
        let (asked, _) =
            self.changed.wait_timeout_while(asked, patience, waits).unwrap_or_else(PoisonError::into_inner);
        let done = asked.done >= mine;
        drop(asked);
        match lock(&self.status).state {
            IngestState::Working if done => Caught::Level,
            IngestState::Elsewhere => Caught::Elsewhere,
            _ => Caught::Behind,
        }
    }
}

impl IngestHealth for Shared {
    fn status(&self) -> IngestStatus {
        let seen = lock(&self.status);
        IngestStatus {
            state: seen.state,
            lag_ms: u64::try_from(seen.level_at.elapsed().as_millis()).unwrap_or(u64::MAX),
            lag_bytes: seen.lag_bytes,
            entries: seen.entries,
            last_error: seen.last_error.clone(),
        }
    }
}

/// What runs in the thread.
struct Worker {
    ingester: Ingester,
    interval: Duration,
    shared: Arc<Shared>,
    /// Passes that failed in a row.
    failures: u32,
    measured: Option<Instant>,
    /// When everything was last done that has to be done now and then.
    maintained: Option<Instant>,
}

impl Worker {
    fn run(mut self) {
        pace::stand_back();
        let mut stop_by = None;
        loop {
            let (wanted, retention, stop) = {
                let asked = lock(&self.shared.asked);
                (asked.wanted, asked.retention, asked.stop)
            };
            if self.ingester.keep(retention) {
                self.maintained = None;
            }
            let began = Instant::now();
            let result = self.ingester.pass();
            let behind = matches!(result, Ok(Pass::Read { more: true, .. }));
            let maintained = if behind { Ok(false) } else { self.maintain(&result, began) };
            self.note(&result, &maintained, began);
            if stop && (!behind || began > *stop_by.get_or_insert(began + LAST_PASSES)) {
                return;
            }
            if !behind {
                self.answer(wanted);
                self.wait(matches!(maintained, Ok(true)));
            }
        }
    }

    /// A part of what has to be done now and then; whether there is more.
    fn maintain(&mut self, pass: &Result<Pass, IngestError>, now: Instant) -> Result<bool, IngestError> {
        let is_due = match pass {
            Ok(Pass::Read { .. }) => self.maintained.is_none_or(|at| now.duration_since(at) >= MAINTENANCE),
            Ok(Pass::Elsewhere) => false,
            // What is old makes room.
            Err(error) => Ingester::is_full(error),
        };
        if !is_due {
            return Ok(false);
        }
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let more = self.ingester.maintain(i64::try_from(unix).unwrap_or(i64::MAX))?;
        self.maintained = (!more).then_some(now);
        Ok(more)
    }

    /// Tells those who asked before the last pass that it is over.
    fn answer(&self, wanted: u64) {
        lock(&self.shared.asked).done = wanted;
        self.shared.changed.notify_all();
    }

    /// Waits until there is something to do: not for long where old rows wait to be deleted.
    fn wait(&self, more: bool) {
        let pause = match (self.failures, more) {
            (0, true) => SPACING,
            (0, false) => self.interval,
            (n, _) => (RETRY_FIRST * 2_u32.saturating_pow(n - 1)).min(RETRY_MOST),
        };
        // Whoever asks while it fails is told so at once; only the end cuts a pause short.
        let failing = self.failures > 0;
        let Shared { asked, changed, .. } = &*self.shared;
        let (asked, _) = changed
            .wait_timeout_while(lock(asked), SPACING.min(pause), |asked| !asked.stop)
            .unwrap_or_else(PoisonError::into_inner);
        let nothing = |asked: &mut Asked| !asked.stop && (failing || asked.wanted == asked.done);
        let rest = pause.saturating_sub(SPACING);
        drop(changed.wait_timeout_while(asked, rest, nothing).unwrap_or_else(PoisonError::into_inner));
    }

    /// Sees to it that the status says what happened, and that the log says what has changed.
    fn note(&mut self, result: &Result<Pass, IngestError>, maintained: &Result<bool, IngestError>, began: Instant) {
        let refused = self.ingester.refused().map(str::to_owned);
        let failed = result.as_ref().err().or(maintained.as_ref().err());
        let error = failed.map(|error| text_of(error)).or(refused);
        self.failures = if failed.is_some() { self.failures.saturating_add(1) } else { 0 };
        let is_read = matches!(result, Ok(Pass::Read { more: false, .. })) && error.is_none();
        let lag_bytes = if is_read { Some(0) } else { self.measure(began) };
        let mut seen = lock(&self.shared.status);
        let state = match (result, &error) {
            (_, Some(_)) => IngestState::Failing,
            (Ok(Pass::Elsewhere), None) => IngestState::Elsewhere,
            _ => IngestState::Working,
        };
        let was = std::mem::replace(&mut seen.state, state);
        seen.lag_bytes = lag_bytes.unwrap_or(seen.lag_bytes);
        if lag_bytes == Some(0) {
            seen.level_at = began;
        }
        if let Ok(Pass::Read { entries, .. }) = result {
            seen.entries += *entries as u64;
        }
        match &error {
            Some(error) if was != IngestState::Failing => tracing::error!(
                error,
                "records cannot be read into the database; requests are served, and the journal keeps their records"
            ),
            None if was == IngestState::Failing => tracing::info!("records are read into the database again"),
            _ => {}
        }
        seen.last_error = error.or(seen.last_error.take().filter(|_| state == IngestState::Failing));
    }

    /// How many bytes are behind, if it is time to look.
    fn measure(&mut self, now: Instant) -> Option<u64> {
        if self.measured.is_some_and(|at| now.duration_since(at) < MEASURE) {
            return None;
        }
        self.measured = Some(now);
        Some(self.ingester.unread_bytes())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! What keeps the snapshot of keys up to date with the database, also with changes made by other processes.
//!
//! In: the database's file and the snapshot. Out: nothing; the snapshot changes within about 0.2 s of a commit, or at once
//! where somebody asks for it ([`Looks`]). A
//! database that does not answer changes nothing: known keys stay valid, and changes arrive when it is back. It never
//! takes a key out; a key that is withdrawn is one whose status has changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tollgate_core::snapshot::KeySnapshot;

use crate::database::{Database, StoreError};
use crate::file::on_file;
use crate::keys::load::{self, Shared};
use crate::secrets::{self, SecretsError};

/// How often the database is asked whether anything was committed: a revocation must hold within a second.
const INTERVAL: Duration = Duration::from_millis(200);

/// Looks that wait for the thread; who comes on top of them is not waited for.
const ASKED_MAX: usize = 16;

/// The thread that follows the database; it ends when this is dropped.
#[derive(Debug)]
pub struct KeyFeed {
    asked: SyncSender<Asked>,
    thread: Option<JoinHandle<()>>,
    snapshot: Arc<KeySnapshot>,
}

#[derive(Debug)]
enum Asked {
    /// Look now, and say when it is done.
    Look(SyncSender<()>),
    Stop,
}

/// Makes the thread look at once, for who cannot wait for its next turn.
#[derive(Debug, Clone)]
pub struct Looks(SyncSender<Asked>);

impl Looks {
    /// Whether everything committed before the call is in the snapshot now; `false` if that took longer than
    /// `patience`, the database does not answer, or the thread has ended.
    #[must_use]
    pub fn look(&self, patience: Duration) -> bool {
        let (done, seen) = mpsc::sync_channel(1);
        self.0.try_send(Asked::Look(done)).is_ok() && seen.recv_timeout(patience).is_ok()
    }
}

impl KeyFeed {
    /// Loads all keys into the snapshot, then follows the database in a thread of its own.
    ///
    /// # Errors
    /// The keys cannot be loaded, or the thread cannot be started.
    pub fn start(database: &Path, snapshot: Arc<KeySnapshot>) -> Result<Self, StoreError> {
        let mut follower = Follower::open(database, snapshot.clone())?;
        let (asked, questions) = mpsc::sync_channel(ASKED_MAX);
        let thread = thread::Builder::new()
            .name("key-feed".to_owned())
            .spawn(move || {
                loop {
                    match questions.recv_timeout(INTERVAL) {
                        Err(RecvTimeoutError::Timeout) => drop(follow(&mut follower)),
                        Ok(Asked::Look(done)) => {
                            if follow(&mut follower) {
                                // Who has lost patience is gone.
                                let _ = done.try_send(());
                            }
                        }
                        Ok(Asked::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                    }
                }
            })
            .map_err(on_file("start the thread that follows", database))?;
        Ok(Self { asked, thread: Some(thread), snapshot })
    }

    /// For others to make it look.
    #[must_use]
    pub fn looks(&self) -> Looks {
        Looks(self.asked.clone())
    }

    /// Whether the last look at the database failed, so that changes wait.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.snapshot.is_behind()
    }
}

impl Drop for KeyFeed {
    fn drop(&mut self) {
        // The thread takes what is asked until it ends; one that has ended takes nothing.
        let _ = self.asked.send(Asked::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

/// Whether the snapshot is level with the database.
fn follow(follower: &mut Follower) -> bool {
    let caught_up = follower.catch_up();
    let was_behind = follower.snapshot.set_behind(caught_up.is_err());
    let is_level = caught_up.is_ok();
    match caught_up {
        Ok(_) if was_behind => {
            tracing::info!("the database answers again; changed keys have been read");
        }
        Ok(_) => {}
        Err(error) if !was_behind => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(
                error,
                "the database does not answer; known keys stay valid, changes to them wait until it does"
            );
        }
        Err(_) => {}
    }
    is_level
}

/// Reads what has changed when it is told to. [`KeyFeed`] tells it every 0.2 s.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    snapshot: Arc<KeySnapshot>,
    /// `None` after a failure: the next look begins with a new connection.
    reader: Option<Reader>,
    revision: i64,
    shared: Shared,
    /// The pepper that the snapshot has.
    pepper: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Reader {
    database: Database,
    /// SQLite's own count of what others have committed; it can be compared within one connection only.
    data_version: Option<i64>,
}

impl Follower {
    /// Loads all keys into the snapshot.
    ///
    /// # Errors
    /// The database does not answer, or a row is unreadable.
    pub fn open(path: &Path, snapshot: Arc<KeySnapshot>) -> Result<Self, StoreError> {
        let mut follower = Self {
            path: path.to_owned(),
            snapshot,
            reader: None,
            revision: -1,
            shared: Shared::default(),
            pepper: None,
        };
        follower.catch_up()?;
        Ok(follower)
    }

    /// Brings the snapshot up to the database; whether anything had been committed since the last time. Costs some
    /// microseconds where nothing was.
    ///
    /// # Errors
    /// The database does not answer, or a row is unreadable; the snapshot keeps what it has.
    pub fn catch_up(&mut self) -> Result<bool, StoreError> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => {
                self.shared = Shared::default();
                Reader { database: Database::open_reader(&self.path)?, data_version: None }
            }
        };
        let version = data_version(&reader.database)?;
        let changed = reader.data_version != Some(version);
        if changed {
            self.read(&reader.database)?;
            // Only now, and the value from before reading: what is committed meanwhile is read the next time.
            reader.data_version = Some(version);
        }
        self.reader = Some(reader);
        Ok(changed)
    }

    fn read(&mut self, database: &Database) -> Result<(), StoreError> {
        let revision = database.revision()?;
        if revision == self.revision {
            return Ok(());
        }
        self.follow_pepper(database)?;
        let mut since = Some(self.revision);
        if self.revision < 0 || revision < self.revision {
            // The first time, or an older copy of the database was put in place.
            since = None;
            self.shared = Shared::default();
        }
        self.revision = load::stream(database, since, &mut self.shared, |keys| self.snapshot.load(keys))?;
        Ok(())
    }
}

impl Follower {
    /// A rotated pepper is put into the snapshot before the keys that it changed.
    fn follow_pepper(&mut self, database: &Database) -> Result<(), StoreError> {
        let now = secrets::pepper_fingerprint(database)?;
        // At the first look the snapshot has just been made with it.
        if self.pepper.is_some() && now != self.pepper {
            match secrets::reread_pepper(database) {
                Ok(pepper) => self.snapshot.set_pepper(pepper),
                Err(SecretsError::Store(error)) => return Err(error),
                Err(error) => tracing::error!(%error, "the rotated pepper cannot be read, and no key works with it"),
            }
        }
        self.pepper = now;
        Ok(())
    }
}

fn data_version(database: &Database) -> Result<i64, StoreError> {
    let mut statement = database.connection.prepare_cached("PRAGMA data_version")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

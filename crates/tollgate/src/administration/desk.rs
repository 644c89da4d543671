//! What one thread of administration has before it, opened when somebody first asks.
//!
//! In: where everything is. Out: an [`Office`] with a connection of its own and the secrets of this moment: where they are
//! rotated by another process, they are opened anew.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tollgate_control::office::{InFlight, Office, Providers};
use tollgate_control::sign_ins::SignIns;
use tollgate_store::admin::{idempotency, sessions};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::feed::Looks;
use tollgate_store::secrets::{self, Secrets};

use crate::configuration::Configurator;
use crate::wiring::now;

/// How long an answer waits for its change to hold on the serving threads; it has been committed by then.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a thread's office is, before it is opened.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) data_dir: PathBuf,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) looks: Looks,
    pub(crate) providers: Arc<dyn Providers>,
    pub(crate) configuration: Arc<Configurator>,
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) sign_ins: Arc<SignIns>,
}

/// An office, and by which secrets it works.
pub(super) struct Desk {
    pub(super) office: Office,
    /// `None` before they were compared with those of the database.
    known: Option<[Option<Vec<u8>>; 2]>,
}

impl Place {
    pub(super) fn open(&self) -> Result<Desk, StoreError> {
        let database = Database::open(&self.data_dir)?;
        let looks = self.looks.clone();
        let changed = Box::new(move || {
            // Later is not never: the thread that follows the database looks by itself too.
            let _ = looks.look(PATIENCE);
        });
        let office = Office {
            database,
            secrets: self.secrets.clone(),
            providers: self.providers.clone(),
            configuration: self.configuration.clone(),
            in_flight: self.in_flight.clone(),
            sign_ins: self.sign_ins.clone(),
            changed,
        };
        Ok(Desk { office, known: None })
    }

    /// Erases kept answers that are older than a day, and sessions that have ended, by a connection for the moment. Where that
    /// fails, the next look tries again.
    pub(super) fn sweep(&self) {
        let swept = Database::open(&self.data_dir).and_then(|database| {
            idempotency::erase(&database, now())?;
            while sessions::sweep(&database, now())? {}
            Ok(())
        });
        if let Err(error) = swept {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "kept answers of administration and ended sessions cannot be erased");
        }
    }
}

impl Desk {
    /// Opens the secrets anew where they were rotated. Where that fails, it works on by those that it knows: who cannot be
    /// told from a stranger by them is refused.
    pub(super) fn follow_rotation(&mut self) {
        let Ok(present) = secrets::fingerprints(&self.office.database) else { return };
        if self.known.as_ref() == Some(&present) {
            return;
        }
        match Secrets::open(&self.office.database) {
            Ok(opened) => (self.office.secrets, self.known) = (Arc::new(opened), Some(present)),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "the secrets of administration cannot be opened after a rotation");
            }
        }
    }
}

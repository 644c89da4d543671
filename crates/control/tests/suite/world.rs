//! A bootstrapped data directory of its own for each test.

use tempfile::TempDir;
use tollgate_control::use_cases::bootstrap::{DEFAULT_PROJECT, bootstrap};
use tollgate_control::use_cases::keys::{Issued, NewKey, create_key};
use tollgate_core::key::{Key, Refusal, Secret};
use tollgate_store::database::Database;
use tollgate_store::keys::load::{Shared, load_all};
use tollgate_store::secrets::Secrets;

/// The time at which everything in these tests is made.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) database: Database,
    pub(crate) secrets: Secrets,
    pub(crate) first: Secret,
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::open(directory.path()).unwrap();
        let secrets = Secrets::open(&database).unwrap();
        let first = bootstrap(&database, &secrets.pepper, NOW).unwrap().unwrap();
        Self { directory, database, secrets, first }
    }

    pub(crate) fn key(&self, name: &str) -> Issued {
        self.issue(&NewKey::named(DEFAULT_PROJECT, name))
    }

    pub(crate) fn issue(&self, new: &NewKey) -> Issued {
        create_key(&self.database, &self.secrets.pepper, new, NOW).unwrap()
    }

    /// What the request path would say to this secret.
    pub(crate) fn verdict(&self, secret: &Secret, now: i64) -> Option<Result<(), Refusal>> {
        let digest = self.secrets.pepper.digest(secret.reveal().as_bytes());
        self.loaded().into_iter().find(|key| key.id == secret.id())?.check(&digest, now)
    }

    pub(crate) fn loaded(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        load_all(&self.database, &mut Shared::default(), |key| keys.push(key)).unwrap();
        keys
    }
}

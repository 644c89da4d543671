//! A data directory of its own for each test, with an organization and a project in it.

use std::net::IpAddr;
use std::path::Path;

use tempfile::TempDir;
use tollgate_core::key::{KeyUse, Pepper, Secret};
use tollgate_core::policy::Policy;
use tollgate_store::database::Database;
use tollgate_store::keys::{self, NewKey};
use tollgate_store::projects;
use tollgate_store::random::Random;

/// The time at which everything in these tests is made.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) database: Database,
    pub(crate) project: String,
    pub(crate) pepper: Pepper,
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::open(directory.path()).unwrap();
        let organization = projects::create_organization(&database, "Acme", NOW).unwrap();
        let project = projects::create(&database, &organization, "default", NOW).unwrap().id;
        Self { directory, database, project, pepper: Pepper::new(&[7; 32]).unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.database.path()
    }

    /// A key that is not written yet, and its secret.
    pub(crate) fn draft(&self, name: &str) -> (NewKey, Secret) {
        let mut random = Random::new();
        let secret = Secret::generate(|| random.byte());
        let key = NewKey {
            id: secret.id(),
            digest: self.pepper.digest(secret.reveal().as_bytes()),
            last_four: secret.last_four(),
            name: name.to_owned(),
            project: self.project.clone(),
            policy: Policy::default(),
            expires_at: None,
            metadata: Default::default(),
        };
        (key, secret)
    }

    /// Writes a key and gives its secret.
    pub(crate) fn key(&self, name: &str) -> Secret {
        let (key, secret) = self.draft(name);
        keys::insert(&self.database, &key, NOW).unwrap();
        secret
    }
}

pub(crate) fn a_use(secret: &Secret, at: u32, client: &str) -> KeyUse {
    KeyUse { key: secret.id(), at, address: IpAddr::from([192, 0, 2, 7]), client: client.to_owned() }
}

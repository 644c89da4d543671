//! Organizations' own credentials towards providers: at rest, and on their way to the keys of the organization.

use std::sync::Arc;

use rusqlite::Connection;
use tollgate_core::key::Secret;
use tollgate_core::snapshot::{Found, KeySnapshot};
use tollgate_store::admin::organizations::{self, Organization};
use tollgate_store::admin::provider_credentials as rows;
use tollgate_store::credentials::Credential;
use tollgate_store::feed::Follower;
use tollgate_store::secrets::{Secrets, rotate_master_key};

use crate::world::{NOW, World};

const TEXT: &str = "sk-own-this-is-what-the-provider-knows";

struct Tenants {
    world: World,
    secrets: Secrets,
    first: Organization,
    other: Organization,
}

impl Tenants {
    fn new() -> Self {
        let world = World::new();
        let secrets = Secrets::open(&world.database).unwrap();
        let first = organizations::oldest(&world.database).unwrap().unwrap();
        let other = organizations::insert(&world.database, "other", NOW).unwrap();
        Self { world, secrets, first, other }
    }

    fn set(&self, organization: &Organization, provider: &str, text: &str) {
        let credential = Credential::new(text.to_owned());
        rows::set(&self.world.database, &self.secrets.master, organization, provider, &credential, NOW).unwrap();
    }

    fn follow(&self) -> (Arc<KeySnapshot>, Follower) {
        let snapshot = Arc::new(KeySnapshot::new(self.world.pepper.clone()));
        let follower = Follower::open(self.world.path(), snapshot.clone()).unwrap();
        (snapshot, follower)
    }
}

/// What calls with a key are made with.
fn accounts_of(snapshot: &KeySnapshot, key: &Secret) -> Vec<(String, Option<String>)> {
    let Found::Key(key) = snapshot.find(key.reveal().as_bytes(), NOW) else { panic!("the key is not there") };
    key.project.accounts.now().iter().map(|one| (one.provider.clone(), one.reveal().map(str::to_owned))).collect()
}

#[test]
fn a_credential_is_of_one_organization_and_lists_and_files_do_not_tell_it() {
    let t = Tenants::new();
    let database = &t.world.database;
    t.set(&t.first, "near", TEXT);
    t.set(&t.first, "far", TEXT);

    let names = |o: &Organization| -> Vec<String> {
        rows::list(database, o.row).unwrap().into_iter().map(|one| one.provider).collect()
    };
    assert_eq!((names(&t.first), names(&t.other)), (vec!["far".to_owned(), "near".to_owned()], Vec::new()));
    assert_eq!(rows::one(database, t.other.row, "near").unwrap(), None);
    assert!(!rows::remove(database, t.other.row, "near").unwrap());
    for file in ["tollgate.db", "tollgate.db-wal"] {
        let bytes = std::fs::read(t.world.directory.path().join(file)).unwrap();
        assert!(!bytes.windows(16).any(|window| window == &TEXT.as_bytes()[8..24]), "{file}");
    }
    assert!(rows::remove(database, t.first.row, "near").unwrap());
    assert_eq!(names(&t.first), ["far"]);
}

#[test]
fn keys_that_are_known_already_follow_a_change_a_rotation_and_a_row_in_another_s_place() {
    let t = Tenants::new();
    let key = t.world.key("web");
    let (snapshot, mut follower) = t.follow();
    let accounts = || accounts_of(&snapshot, &key);
    assert_eq!(accounts(), []);

    t.set(&t.first, "near", TEXT);
    t.set(&t.other, "near", "sk-of-others");
    follower.catch_up().unwrap();
    assert_eq!(accounts(), [("near".to_owned(), Some(TEXT.to_owned()))]);

    assert_eq!(rotate_master_key(&t.world.database, || Ok(())).unwrap(), 2);
    let (afresh, _follower) = t.follow();
    assert_eq!(accounts_of(&afresh, &key), [("near".to_owned(), Some(TEXT.to_owned()))]);

    // What somebody has put into another's row does not open, and no other credential takes its place.
    let connection = Connection::open(t.world.path()).unwrap();
    let swap = "UPDATE provider_credentials SET (nonce, sealed) = (SELECT nonce, sealed FROM provider_credentials o
        WHERE o.organization <> provider_credentials.organization)";
    connection.execute(swap, []).unwrap();
    connection.execute("UPDATE revision SET value = value + 1", []).unwrap();
    connection.execute("UPDATE organizations SET revision = (SELECT value FROM revision)", []).unwrap();
    follower.catch_up().unwrap();
    assert_eq!(accounts(), [("near".to_owned(), None)]);

    rows::remove(&t.world.database, t.first.row, "near").unwrap();
    follower.catch_up().unwrap();
    assert_eq!(accounts(), []);
}

//! A database that stops answering: known keys stay valid, one line in the log, and changes arrive afterwards.
//!
//! Alone in its program, for it counts every line that is logged.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tollgate_core::key::{Pepper, Refusal, Secret, Status};
use tollgate_core::snapshot::{Found, KeySnapshot};
use tollgate_store::database::Database;
use tollgate_store::feed::KeyFeed;
use tollgate_store::keys::{self, NewKey};
use tollgate_store::{projects, random::Random};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

static LOGGED: Mutex<Vec<Level>> = Mutex::new(Vec::new());

struct Levels;

impl Subscriber for Levels {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tollgate_store")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        LOGGED.lock().unwrap().push(*event.metadata().level());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn until(mut seen: impl FnMut() -> bool) {
    let start = Instant::now();
    while !seen() {
        assert!(start.elapsed() < Duration::from_secs(10), "not seen within ten seconds");
        thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn an_outage_is_logged_once_and_costs_no_key() {
    tracing::subscriber::set_global_default(Levels).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path()).unwrap();
    let organization = projects::create_organization(&database, "Acme", 1).unwrap();
    let project = projects::create(&database, &organization, "default", 1).unwrap().id;
    let pepper = Pepper::new(&[7; 32]).unwrap();
    let mut random = Random::new();
    let secret = Secret::generate(|| random.byte());
    let key = NewKey {
        id: secret.id(),
        digest: pepper.digest(secret.reveal().as_bytes()),
        last_four: secret.last_four(),
        name: "web".into(),
        project,
        policy: Default::default(),
        expires_at: None,
        metadata: Default::default(),
    };
    keys::insert(&database, &key, 1).unwrap();
    let snapshot = Arc::new(KeySnapshot::new(pepper));
    let feed = KeyFeed::start(database.path(), snapshot.clone()).unwrap();
    let saboteur = Connection::open(database.path()).unwrap();
    let find = || snapshot.find(secret.reveal().as_bytes(), 1);

    saboteur.execute_batch("ALTER TABLE revision RENAME TO hidden").unwrap();
    until(|| feed.is_failing());
    // Several more looks fail meanwhile, each on a connection of its own.
    let start = Instant::now();
    until(|| start.elapsed() > Duration::from_millis(900));
    assert!(matches!(find(), Found::Key(_)));
    assert_eq!(*LOGGED.lock().unwrap(), [Level::ERROR]);

    saboteur.execute_batch("ALTER TABLE hidden RENAME TO revision").unwrap();
    keys::set_status(&database, key.id, Status::Disabled, 2).unwrap();
    until(|| matches!(find(), Found::Refused(_, Refusal::Disabled)));
    until(|| !feed.is_failing());
    drop(feed);
    assert_eq!(*LOGGED.lock().unwrap(), [Level::ERROR, Level::INFO]);
}

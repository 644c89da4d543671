//! Changes reach a running snapshot; uses reach the database.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tollgate_core::key::{KeyUses, Refusal, Status};
use tollgate_core::snapshot::{Found, KeySnapshot};
use tollgate_store::database::Database;
use tollgate_store::feed::{Follower, KeyFeed};
use tollgate_store::keys;
use tollgate_store::uses::UseWriter;

use crate::world::{NOW, World, a_use};

/// Looks until `seen`, at most a second.
fn within_a_second(mut seen: impl FnMut() -> bool) {
    let start = Instant::now();
    while !seen() {
        assert!(start.elapsed() < Duration::from_secs(1), "not seen within a second");
        thread::park_timeout(Duration::from_millis(2));
    }
}

#[test]
fn a_change_by_another_connection_is_in_the_snapshot_within_a_second() {
    let world = World::new();
    let secret = world.key("web");
    let snapshot = Arc::new(KeySnapshot::new(world.pepper.clone()));
    let _feed = KeyFeed::start(world.path(), snapshot.clone()).unwrap();
    assert!(matches!(snapshot.find(secret.reveal().as_bytes(), NOW), Found::Key(_)));

    let other = Database::open(world.directory.path()).unwrap();
    let (key, added) = world.draft("added");
    keys::insert(&other, &key, NOW).unwrap();
    keys::set_status(&other, secret.id(), Status::Revoked, NOW).unwrap();

    within_a_second(|| {
        let revoked = snapshot.find(secret.reveal().as_bytes(), NOW);
        matches!(revoked, Found::Refused(_, Refusal::Revoked))
            && matches!(snapshot.find(added.reveal().as_bytes(), NOW), Found::Key(_))
    });
    assert_eq!(snapshot.len(), 2);
}

#[test]
fn a_change_is_in_the_snapshot_when_a_look_that_was_asked_for_is_over() {
    let world = World::new();
    let secret = world.key("web");
    let snapshot = Arc::new(KeySnapshot::new(world.pepper.clone()));
    let feed = KeyFeed::start(world.path(), snapshot.clone()).unwrap();
    let looks = feed.looks();
    keys::set_status(&world.database, secret.id(), Status::Revoked, NOW).unwrap();

    let looked = looks.look(Duration::from_secs(5));
    let found = snapshot.find(secret.reveal().as_bytes(), NOW);
    drop(feed);

    assert!(looked && matches!(found, Found::Refused(_, Refusal::Revoked)));
    assert!(!looks.look(Duration::from_secs(5)), "nobody is left to look");
}

#[test]
fn a_follower_reads_only_what_has_changed() {
    let world = World::new();
    let secret = world.key("web");
    let snapshot = Arc::new(KeySnapshot::new(world.pepper.clone()));
    let mut follower = Follower::open(world.path(), snapshot.clone()).unwrap();

    let idle = follower.catch_up().unwrap();
    keys::set_status(&world.database, secret.id(), Status::Disabled, NOW).unwrap();
    let changed = follower.catch_up().unwrap();

    assert_eq!((idle, changed), (false, true));
    assert!(matches!(snapshot.find(secret.reveal().as_bytes(), NOW), Found::Refused(_, Refusal::Disabled)));
}

#[test]
fn nothing_is_missed_while_another_thread_writes() {
    let world = World::new();
    let secrets: Vec<_> = (0..50).map(|i| world.key(&format!("{i}"))).collect();
    let snapshot = Arc::new(KeySnapshot::new(world.pepper.clone()));
    let mut follower = Follower::open(world.path(), snapshot.clone()).unwrap();

    let data_dir = world.directory.path();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let other = Database::open(data_dir).unwrap();
            for secret in &secrets {
                keys::set_status(&other, secret.id(), Status::Disabled, NOW).unwrap();
            }
        });
        while !writer.is_finished() {
            follower.catch_up().unwrap();
        }
    });
    follower.catch_up().unwrap();

    for secret in &secrets {
        assert!(matches!(snapshot.find(secret.reveal().as_bytes(), NOW), Found::Refused(_, Refusal::Disabled)));
    }
}

#[test]
fn twenty_thousand_keys_are_loaded_and_found() {
    let world = World::new();
    let drafts: Vec<_> = (0..20_000).map(|i| world.draft(&format!("{i}"))).collect();
    keys::insert_many(&world.database, drafts.iter().map(|(key, _)| key.clone()), NOW).unwrap();
    let snapshot = Arc::new(KeySnapshot::new(world.pepper.clone()));

    Follower::open(world.path(), snapshot.clone()).unwrap();

    assert_eq!(snapshot.len(), 20_000);
    for (_, secret) in drafts.iter().step_by(97) {
        assert!(matches!(snapshot.find(secret.reveal().as_bytes(), NOW), Found::Key(k) if k.id == secret.id()));
    }
}

#[test]
fn uses_are_written_down_behind_the_requests_and_at_the_latest_when_the_writer_ends() {
    let world = World::new();
    let secret = world.key("web");
    let writer = UseWriter::start(world.path()).unwrap();

    writer.note(a_use(&secret, 300, "openai-node/5"));
    writer.note(a_use(&secret, 200, "late"));
    drop(writer);

    let last = keys::get(&world.database, secret.id()).unwrap().unwrap().last_use.unwrap();
    assert_eq!((last.at, last.client.as_str()), (300, "openai-node/5"));
}

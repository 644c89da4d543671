//! Opening: modes, versions, two at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use rusqlite::Connection;
use tollgate_core::id::KeyId;
use tollgate_core::key::{Digest, DigestKind};
use tollgate_core::policy::Policy;
use tollgate_store::database::{Database, StoreError};
use tollgate_store::keys;

use crate::world::World;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn directory_and_files_are_for_their_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let data_dir = parent.path().join("deeper/data");

    let database = Database::open(&data_dir).unwrap();
    tollgate_store::projects::create_organization(&database, "Acme", 1).unwrap();

    assert_eq!(mode(&data_dir), 0o700);
    for file in ["tollgate.db", "tollgate.db-wal", "tollgate.db-shm"] {
        assert_eq!(mode(&data_dir.join(file)), 0o600, "{file}");
    }
}

#[test]
fn an_empty_directory_is_made_private_and_a_used_one_is_not_touched() {
    let parent = tempfile::tempdir().unwrap();
    let [empty, used] = ["empty", "used"].map(|name| parent.path().join(name));
    fs::create_dir(&empty).unwrap();
    fs::create_dir(&used).unwrap();
    fs::write(used.join("notes.txt"), "mine").unwrap();
    set_mode(&empty, 0o755);
    set_mode(&used, 0o755);

    Database::open(&empty).unwrap();
    let refused = Database::open(&used).unwrap_err();

    assert_eq!(mode(&empty), 0o700);
    assert_eq!(mode(&used), 0o755);
    assert!(matches!(refused, StoreError::Exposed { mode: 0o755, .. }));
}

#[test]
fn a_directory_or_database_open_to_others_is_refused_with_the_command_that_helps() {
    let parent = tempfile::tempdir().unwrap();
    let data_dir = parent.path().join("data");
    drop(Database::open(&data_dir).unwrap());

    set_mode(&data_dir, 0o750);
    let directory = Database::open(&data_dir).unwrap_err();
    set_mode(&data_dir, 0o700);
    set_mode(&data_dir.join("tollgate.db"), 0o644);
    let file = Database::open(&data_dir).unwrap_err();

    assert!(directory.to_string().ends_with(&format!("run: chmod 700 {}", data_dir.display())), "{directory}");
    assert!(file.to_string().contains("mode 644); run: chmod 600"), "{file}");
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = Database::open(directory.path()).unwrap().path().to_owned();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();

    let writer = Database::open(directory.path()).unwrap_err();
    let reader = Database::open_reader(&path).unwrap_err();

    assert!(matches!(writer, StoreError::Newer { found: 99, .. }));
    assert!(writer.to_string().contains("a newer Tollgate has been run on it"));
    assert!(matches!(reader, StoreError::Newer { found: 99, .. }));
}

#[test]
fn keys_of_the_first_version_keep_their_rules_and_can_be_told_apart_by_region_and_tier() {
    let directory = tempfile::tempdir().unwrap();
    set_mode(directory.path(), 0o700);
    let path = directory.path().join("tollgate.db");
    let first = Connection::open(&path).unwrap();
    set_mode(&path, 0o600);
    first.execute_batch(include_str!("../../migrations/0001_keys.sql")).unwrap();
    first
        .execute_batch(
            "INSERT INTO organizations VALUES (1, 'org-1', 'Acme', 1);
             INSERT INTO projects VALUES (1, 'proj_1', 1, 'default', 1);
             INSERT INTO policies VALUES (7, 'null', '[\"gpt-*\"]', '[]');
             INSERT INTO keys (id, digest_kind, digest, last_four, status, policy, project, revision, name, metadata,
                               created_at, updated_at)
             VALUES ('0123456789ab', 1, zeroblob(32), 'abcd', 'active', 7, 1, 1, 'old', '{}', 1, 1);
             PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(first);

    let database = Database::open(directory.path()).unwrap();

    let old = keys::with_prefix(&database, "0123456789ab", 1).unwrap().remove(0);
    assert_eq!((old.policy.models.allow.as_slice(), old.policy.tier), (&["gpt-*".to_owned()][..], 0));
    assert!(old.policy.regions.is_empty());
    let bound = Policy { regions: vec!["eu-*".to_owned()], ..old.policy.clone() };
    let tiered = Policy { tier: 3, ..old.policy.clone() };
    for (digits, policy) in [("aaaaaaaaaaaa", bound), ("bbbbbbbbbbbb", tiered), ("cccccccccccc", old.policy.clone())] {
        let id = KeyId::from_digits(digits.as_bytes()).unwrap();
        let digest = Digest { kind: DigestKind::HmacSha256, bytes: [1; 32] };
        let (name, project) = (digits.to_owned(), old.project.clone());
        let metadata = Default::default();
        let key = keys::NewKey {
            id,
            digest,
            last_four: *b"abcd",
            name,
            project,
            policy: policy.clone(),
            expires_at: None,
            metadata,
        };
        keys::insert(&database, &key, 1).unwrap();
        assert_eq!(keys::get(&database, id).unwrap().unwrap().policy, policy);
    }
    assert!(Database::open(directory.path()).is_ok());
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    set_mode(directory.path(), 0o700);
    let path = directory.path().join("tollgate.db");
    fs::write(&path, "this is some text, and no database of anybody's, and long enough to be looked at ".repeat(20))
        .unwrap();
    set_mode(&path, 0o600);

    assert!(matches!(Database::open(directory.path()), Err(StoreError::Sqlite(_))));
}

#[test]
fn many_may_open_a_new_database_at_once() {
    for _ in 0..10 {
        let directory = tempfile::tempdir().unwrap();

        let results: Vec<_> = thread::scope(|scope| {
            let open = || Database::open(directory.path()).and_then(|database| database.revision());
            let threads: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });

        for result in results {
            assert_eq!(result.unwrap(), 0);
        }
    }
}

#[test]
fn a_reader_cannot_write() {
    let world = World::new();
    let reader = Database::open_reader(world.path()).unwrap();

    assert!(tollgate_store::projects::create_organization(&reader, "Other", 1).is_err());
}

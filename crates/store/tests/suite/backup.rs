//! Copies of the databases, and what becomes of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tollgate_store::backup::{self, BackupError};
use tollgate_store::database::Database;
use tollgate_store::keys::{self, Filter};
use tollgate_store::records::Records;
use tollgate_store::secrets::{MASTER_KEY_FILE, PEPPER_FILE, Secrets};

use crate::world::World;

/// A data directory with one key.
fn in_use() -> World {
    let world = World::new();
    Secrets::open(&world.database).unwrap();
    world.key("web");
    drop(Records::open(world.directory.path()).unwrap());
    world
}

fn with_secrets_of(world: &World) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
    for file in [PEPPER_FILE, MASTER_KEY_FILE] {
        fs::copy(world.directory.path().join(file), directory.path().join(file)).unwrap();
    }
    directory
}

fn names_in(database: &Database) -> Vec<String> {
    keys::list(database, &Filter::default(), 10).unwrap().keys.into_iter().map(|key| key.name).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_copy_made_within_another_s_transaction_holds_what_was_committed_and_is_private() {
    let world = in_use();
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("copy");

    let copied = world
        .database
        .atomically(|| {
            world.key("not yet");
            Ok::<_, BackupError>(backup::copy(world.directory.path(), &into).unwrap())
        })
        .unwrap();

    assert_eq!(copied.iter().map(|one| one.file).collect::<Vec<_>>(), ["records.db", "tollgate.db"]);
    assert_eq!((mode(&into), mode(&into.join("tollgate.db"))), (0o700, 0o600));
    let copy = Database::open_reader(&into.join("tollgate.db")).unwrap();
    assert_eq!(names_in(&copy), ["web"]);
    assert!(
        matches!(backup::copy(world.directory.path(), &into), Err(BackupError::Taken(_))),
        "nothing is written over"
    );
}

#[test]
fn a_copy_is_put_into_an_empty_directory_only_beside_the_secrets_that_it_was_made_with() {
    let world = in_use();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    backup::copy(world.directory.path(), &copy).unwrap();
    let right = with_secrets_of(&world);
    let bare = tempfile::tempdir().unwrap();
    let other = World::new();
    Secrets::open(&other.database).unwrap();
    let wrong = with_secrets_of(&other);

    let without = backup::restore(&copy, bare.path()).unwrap_err();
    let with_others = backup::restore(&copy, wrong.path()).unwrap_err();
    let restored = backup::restore(&copy, right.path()).unwrap();
    let again = backup::restore(&copy, right.path()).unwrap_err();

    assert_eq!(without.to_string(), "the copy needs pepper and master.key");
    let BackupError::Secrets(unfit) = with_others else { panic!("{with_others}") };
    assert!(unfit.len() == 2 && unfit.iter().all(|unfit| unfit.is_another), "{unfit:?}");
    for refused in [bare.path(), wrong.path()] {
        assert!(!refused.join("tollgate.db").exists());
    }
    assert_eq!(restored.len(), 2);
    assert!(matches!(again, BackupError::Taken(_)), "{again}");
    let database = Database::open(right.path()).unwrap();
    Secrets::open(&database).unwrap();
    assert_eq!(names_in(&database), ["web"]);
}

#[test]
fn a_damaged_or_newer_copy_is_not_put_in_place() {
    let world = in_use();
    let folder = tempfile::tempdir().unwrap();
    let (cut, newer) = (folder.path().join("cut"), folder.path().join("newer"));
    for copy in [&cut, &newer] {
        backup::copy(world.directory.path(), copy).unwrap();
    }
    let whole = fs::read(cut.join("tollgate.db")).unwrap();
    fs::write(cut.join("tollgate.db"), &whole[..whole.len() / 2]).unwrap();
    let connection = rusqlite::Connection::open(newer.join("tollgate.db")).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    let target = with_secrets_of(&world);

    let damaged = backup::restore(&cut, target.path()).unwrap_err();
    let from_later = backup::restore(&newer, target.path()).unwrap_err();

    assert!(matches!(damaged, BackupError::Damaged { .. }), "{damaged}");
    assert!(from_later.to_string().contains("999"), "{from_later}");
    assert!(!target.path().join("tollgate.db").exists() && !target.path().join("records.db").exists());
    let versions = backup::versions(&newer).unwrap();
    let main = versions.iter().find(|version| version.file == "tollgate.db").unwrap();
    assert_eq!(main.found, Some(999));
    assert!(backup::versions(target.path()).unwrap().iter().all(|version| version.found.is_none()));
}

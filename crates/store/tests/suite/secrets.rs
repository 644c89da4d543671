//! The server's own secrets: made once, kept private, never replaced in silence.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use tollgate_store::credentials::{self, Credential};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::secrets::{MASTER_KEY_FILE, PEPPER_FILE, Secrets, SecretsError};

use crate::world::{NOW, World};

#[test]
fn secrets_are_made_at_the_first_start_and_read_at_the_next() {
    let world = World::new();

    let first = Secrets::open(&world.database).unwrap();
    let second = Secrets::open(&world.database).unwrap();

    assert_eq!(first.pepper.digest(b"x"), second.pepper.digest(b"x"));
    for name in [PEPPER_FILE, MASTER_KEY_FILE] {
        let path = world.directory.path().join(name);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap().trim_end().len(), 64);
    }
    let names: Vec<_> = fs::read_dir(world.directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{names:?}");
}

#[test]
fn two_first_starts_at_once_agree_on_one_pepper() {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path()).unwrap());

    let digests: Vec<_> = thread::scope(|scope| {
        let open = || {
            let database = Database::open(directory.path()).unwrap();
            Secrets::open(&database).unwrap().pepper.digest(b"x")
        };
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });

    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

#[test]
fn a_secret_open_to_others_is_refused() {
    let world = World::new();
    Secrets::open(&world.database).unwrap();
    let path = world.directory.path().join(PEPPER_FILE);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();

    let error = Secrets::open(&world.database).unwrap_err();
    assert!(matches!(error, SecretsError::Store(StoreError::Exposed { mode: 0o640, .. })));
    assert!(error.to_string().contains("run: chmod 600"), "{error}");
}

#[test]
fn a_lost_secret_is_made_again_only_while_nothing_needs_it() {
    for name in [PEPPER_FILE, MASTER_KEY_FILE] {
        let world = World::new();
        Secrets::open(&world.database).unwrap();
        let path = world.directory.path().join(name);
        fs::remove_file(&path).unwrap();
        Secrets::open(&world.database).unwrap();
        world.key("web");
        Secrets::open(&world.database).unwrap();

        fs::remove_file(&path).unwrap();

        assert!(matches!(Secrets::open(&world.database), Err(SecretsError::Missing(p)) if p == path));
        assert!(!path.exists());
    }
}

#[test]
fn a_lost_master_key_is_missed_when_there_are_only_credentials() {
    let world = World::new();
    let secrets = Secrets::open(&world.database).unwrap();
    credentials::set(&world.database, &secrets.master, "openai", &Credential::new("sk-x".into()), NOW).unwrap();

    fs::remove_file(world.directory.path().join(MASTER_KEY_FILE)).unwrap();

    assert!(matches!(Secrets::open(&world.database), Err(SecretsError::Missing(_))));
}

#[test]
fn a_damaged_or_exchanged_secret_is_refused() {
    let world = World::new();
    Secrets::open(&world.database).unwrap();
    world.key("web");
    let path = world.directory.path().join(PEPPER_FILE);

    fs::write(&path, "0123").unwrap();
    let damaged = Secrets::open(&world.database).unwrap_err();
    fs::write(&path, "ab".repeat(32)).unwrap();
    let other = Secrets::open(&world.database).unwrap_err();

    assert!(matches!(damaged, SecretsError::Damaged(_)));
    assert!(matches!(other, SecretsError::Other(_)));
}

#[test]
fn debug_output_tells_nothing() {
    let world = World::new();

    let printed = format!("{:?}", Secrets::open(&world.database).unwrap());

    assert_eq!(printed, "Secrets { pepper: Pepper(…), master: MasterKey(…) }");
}

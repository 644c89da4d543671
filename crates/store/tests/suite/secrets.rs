//! The server's own secrets: made once, kept private, never replaced in silence.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::thread;

use tollgate_core::key::Pepper;
use tollgate_core::snapshot::{Found, KeySnapshot};
use tollgate_store::admin::admin_keys::{self, AdminKey};
use tollgate_store::admin::invites::{self, Invite};
use tollgate_store::admin::sessions::{self, Session};
use tollgate_store::admin::{organizations, people};
use tollgate_store::credentials::{self, Credential};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::feed::Follower;
use tollgate_store::secrets::{
    self, MASTER_KEY_FILE, Needs, PEPPER_FILE, Secrets, SecretsError, needs, rotate_master_key, rotate_pepper,
};

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

fn content_of(world: &World, name: &str) -> Vec<u8> {
    fs::read(world.directory.path().join(name)).unwrap()
}

/// A database whose key was made under its own pepper, and a credential.
fn with_key_and_credential() -> (World, String) {
    let mut world = World::new();
    let secrets = Secrets::open(&world.database).unwrap();
    world.pepper = secrets.pepper;
    let secret = world.key("web");
    credentials::set(&world.database, &secrets.master, "openai", &Credential::new("sk-x".into()), NOW).unwrap();
    (world, secret.reveal().to_owned())
}

fn finds(world: &World, key: &str) -> bool {
    let pepper = Secrets::open(&world.database).unwrap().pepper;
    let snapshot = Arc::new(KeySnapshot::new(pepper));
    Follower::open(world.database.path(), snapshot.clone()).unwrap();
    matches!(snapshot.find(key.as_bytes(), NOW), Found::Key(_))
}

#[test]
fn keys_work_on_when_the_pepper_is_rotated_and_digests_are_others() {
    let (world, key) = with_key_and_credential();
    let digest = |world: &World| Secrets::open(&world.database).unwrap().pepper.digest(key.as_bytes());
    let before = digest(&world);

    let (first, second) =
        (rotate_pepper(&world.database, || Ok(())).unwrap(), rotate_pepper(&world.database, || Ok(())).unwrap());

    assert_eq!((first, second), (1, 1));
    assert!(finds(&world, &key));
    assert_ne!(digest(&world), before);
    assert_eq!(needs(&world.database).unwrap(), Needs { keys: 1, rotations: 2, credentials: 1 });
    let file = world.directory.path().join(PEPPER_FILE);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!world.directory.path().join("pepper.next").exists());
}

#[test]
fn admin_keys_sessions_and_invites_are_brought_up_with_the_keys() {
    let world = World::new();
    let before = Secrets::open(&world.database).unwrap().pepper;
    let digest = |pepper: &Pepper, text: &str| pepper.digest(text.as_bytes()).bytes;
    let organization = organizations::oldest(&world.database).unwrap().unwrap().row;
    let user = people::add(&world.database, organization, "ada@example.com", "Ada", "owner", NOW).unwrap().row;
    let key = AdminKey {
        id: "key_a".into(),
        organization,
        owner: user,
        name: "a".into(),
        digest: digest(&before, "key"),
        last_four: "aaaa".into(),
        scopes: None,
        is_operator: false,
        created_at: NOW,
        expires_at: None,
        last_used_at: None,
    };
    admin_keys::insert(&world.database, &key).unwrap();
    let session = Session {
        id: "sess_a".into(),
        digest: digest(&before, "session"),
        organization,
        user,
        address: "127.0.0.1".into(),
        client: String::new(),
        created_at: NOW,
        expires_at: NOW + 60,
    };
    sessions::insert(&world.database, &session).unwrap();
    let invite = Invite {
        id: "invite-a".into(),
        organization,
        email: "bob@example.com".into(),
        role: "reader".into(),
        projects_only: false,
        projects: Vec::new(),
        digest: digest(&before, "invite"),
        invited_by: "operator".into(),
        created_at: NOW,
        expires_at: NOW + 60,
        accepted_at: None,
    };
    invites::insert(&world.database, &invite).unwrap();
    let marks = secrets::fingerprints(&world.database).unwrap();

    rotate_pepper(&world.database, || Ok(())).unwrap();

    let after = Secrets::open(&world.database).unwrap().pepper;
    let found = admin_keys::presented(&world.database, "key_a").unwrap().unwrap();
    assert!(found.matches(&after.digest(b"key")) && !found.matches(&before.digest(b"key")));
    assert!(sessions::presented(&world.database, "sess_a").unwrap().unwrap().matches(&after.digest(b"session")));
    assert!(invites::presented(&world.database, &digest(&after, "invite")).unwrap().is_some());
    assert_ne!(
        secrets::fingerprints(&world.database).unwrap(),
        marks,
        "a server sees that it has to read its secrets anew"
    );
    fs::remove_file(world.directory.path().join(PEPPER_FILE)).unwrap();
    assert!(matches!(Secrets::open(&world.database), Err(SecretsError::Missing(_))), "they need it, as keys do");
}

#[test]
fn a_server_follows_a_rotation_of_the_pepper() {
    let (world, key) = with_key_and_credential();
    let snapshot = Arc::new(KeySnapshot::new(Secrets::open(&world.database).unwrap().pepper));
    let mut follower = Follower::open(world.database.path(), snapshot.clone()).unwrap();

    rotate_pepper(&world.database, || Ok(())).unwrap();
    let before = matches!(snapshot.find(key.as_bytes(), NOW), Found::Key(_));
    follower.catch_up().unwrap();

    assert!(before && matches!(snapshot.find(key.as_bytes(), NOW), Found::Key(_)));
}

#[test]
fn credentials_are_sealed_anew_when_the_master_key_is_rotated() {
    let (world, _) = with_key_and_credential();
    let old = Secrets::open(&world.database).unwrap().master;
    let listed = credentials::list(&world.database).unwrap();

    let sealed = rotate_master_key(&world.database, || Ok(())).unwrap();

    let new = Secrets::open(&world.database).unwrap().master;
    assert_eq!(sealed, 1);
    let opened = credentials::get(&world.database, &new, "openai").unwrap().unwrap();
    assert_eq!(opened.reveal(), "sk-x");
    assert!(credentials::get(&world.database, &old, "openai").is_err());
    assert_eq!(credentials::list(&world.database).unwrap(), listed, "it was not set anew");
}

#[test]
fn a_rotation_that_was_cut_off_is_finished_or_forgotten_by_the_next_start() {
    let (world, key) = with_key_and_credential();
    for name in [PEPPER_FILE, MASTER_KEY_FILE] {
        let path = |ending: &str| world.directory.path().join(format!("{name}{ending}"));
        let old = content_of(&world, name);
        rotate_pepper(&world.database, || Ok(())).unwrap();
        rotate_master_key(&world.database, || Ok(())).unwrap();

        // As if it had ended between the database and the file.
        fs::rename(path(""), path(".next")).unwrap();
        fs::write(path(""), &old).unwrap();
        fs::set_permissions(path(""), fs::Permissions::from_mode(0o600)).unwrap();
        let finished = Secrets::open(&world.database).is_ok();
        let new = fs::read(path("")).unwrap();
        // As if it had ended before the database.
        fs::write(path(".next"), &old).unwrap();
        fs::set_permissions(path(".next"), fs::Permissions::from_mode(0o600)).unwrap();
        let forgotten = Secrets::open(&world.database).is_ok();

        assert!(finished && forgotten && new != old, "{name}");
        assert_eq!(fs::read(path("")).unwrap(), new, "{name}");
    }
    assert!(finds(&world, &key));
}

#[test]
fn what_is_not_in_order_is_not_rotated() {
    let (world, _) = with_key_and_credential();
    let pepper = world.directory.path().join(PEPPER_FILE);
    let before = fs::read(&pepper).unwrap();

    fs::set_permissions(&pepper, fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = rotate_pepper(&world.database, || Ok(())).unwrap_err();
    fs::set_permissions(&pepper, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&pepper, "abcd\n").unwrap();
    let damaged = rotate_pepper(&world.database, || Ok(())).unwrap_err();
    fs::remove_file(&pepper).unwrap();
    let missing = rotate_pepper(&world.database, || Ok(())).unwrap_err();
    fs::write(&pepper, before).unwrap();
    fs::set_permissions(&pepper, fs::Permissions::from_mode(0o600)).unwrap();

    assert!(exposed.to_string().contains("run: chmod 600"), "{exposed}");
    assert!(damaged.to_string().contains("64 hexadecimal digits"), "{damaged}");
    assert!(missing.to_string().contains("restore it from a backup"), "{missing}");
    assert!(Secrets::open(&world.database).is_ok(), "nothing has changed");
}

#[test]
fn debug_output_tells_nothing() {
    let world = World::new();

    let printed = format!("{:?}", Secrets::open(&world.database).unwrap());

    assert_eq!(printed, "Secrets { pepper: Pepper(…), master: MasterKey(…) }");
}

//! Credentials at rest: readable with the master key and the right name, and with nothing else.

use std::fs;

use rusqlite::Connection;
use tollgate_store::credentials::{self, Credential, CredentialsError};
use tollgate_store::secrets::MasterKey;

use crate::world::{NOW, World};

const TEXT: &str = "sk-proj-this-is-what-the-provider-knows";

fn world() -> (World, MasterKey) {
    let (world, master) = (World::new(), MasterKey::new(&[3; 32]));
    credentials::set(&world.database, &master, "openai", &Credential::new(TEXT.into()), NOW).unwrap();
    (world, master)
}

#[test]
fn a_credential_comes_back_can_be_replaced_listed_and_removed() {
    let (world, master) = world();
    let database = &world.database;
    let get = |name: &str| credentials::get(database, &master, name).unwrap().map(|c| c.reveal().to_owned());

    assert_eq!(get("openai").as_deref(), Some(TEXT));
    assert_eq!(get("azure"), None);
    credentials::set(database, &master, "openai", &Credential::new("new".into()), NOW + 5).unwrap();
    assert_eq!(get("openai").as_deref(), Some("new"));
    let listed = credentials::list(database).unwrap();
    assert_eq!((listed.len(), listed[0].created_at, listed[0].updated_at), (1, NOW, NOW + 5));
    assert!(credentials::remove(database, "openai").unwrap());
    assert!(!credentials::remove(database, "openai").unwrap());
    assert_eq!(get("openai"), None);
}

#[test]
fn another_master_key_does_not_open_it() {
    let (world, _) = world();

    let result = credentials::get(&world.database, &MasterKey::new(&[4; 32]), "openai");

    assert!(matches!(result, Err(CredentialsError::Sealed(name)) if name == "openai"));
}

#[test]
fn a_row_under_another_name_does_not_open() {
    let (world, master) = world();

    Connection::open(world.path()).unwrap().execute("UPDATE credentials SET name = 'azure'", []).unwrap();

    assert!(matches!(credentials::get(&world.database, &master, "azure"), Err(CredentialsError::Sealed(_))));
}

#[test]
fn the_same_text_is_sealed_differently_each_time_and_never_lies_in_the_files() {
    let (world, master) = world();
    credentials::set(&world.database, &master, "again", &Credential::new(TEXT.into()), NOW).unwrap();
    let sealed = |name: &str| -> Vec<u8> {
        let connection = Connection::open(world.path()).unwrap();
        connection.query_row("SELECT sealed FROM credentials WHERE name = ?1", [name], |row| row.get(0)).unwrap()
    };

    assert_ne!(sealed("openai"), sealed("again"));
    for file in ["tollgate.db", "tollgate.db-wal"] {
        let bytes = fs::read(world.directory.path().join(file)).unwrap();
        for part in [TEXT, &TEXT[8..24]] {
            assert!(!bytes.windows(part.len()).any(|window| window == part.as_bytes()), "{file} holds {part}");
        }
    }
}

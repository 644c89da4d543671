//! Credentials: set, list, remove, and what is no credential.

use tollgate_control::use_cases::credentials::{CredentialError, list_credentials, remove_credential, set_credential};
use tollgate_store::credentials;

use crate::world::{NOW, World};

#[test]
fn a_credential_is_kept_without_the_line_break_of_its_file_and_listed_by_name() {
    let world = World::new();

    set_credential(&world.database, &world.secrets.master, "openai", "sk-secret\n", NOW).unwrap();

    let kept = credentials::get(&world.database, &world.secrets.master, "openai").unwrap().unwrap();
    assert_eq!(kept.reveal(), "sk-secret");
    let listed = list_credentials(&world.database).unwrap();
    assert_eq!((listed.len(), listed[0].name.as_str()), (1, "openai"));
    assert!(!format!("{listed:?}{kept:?}").contains("sk-secret"));
}

#[test]
fn a_removed_credential_is_gone_and_cannot_be_removed_again() {
    let world = World::new();
    set_credential(&world.database, &world.secrets.master, "openai", "sk-secret", NOW).unwrap();

    remove_credential(&world.database, "openai").unwrap();
    let again = remove_credential(&world.database, "openai");

    assert!(matches!(again, Err(CredentialError::Unknown(name)) if name == "openai"));
    assert!(list_credentials(&world.database).unwrap().is_empty());
}

#[test]
fn what_is_no_name_or_no_credential_is_refused() {
    let world = World::new();
    let set = |name: &str, text: &str| set_credential(&world.database, &world.secrets.master, name, text, NOW);

    for name in ["", "a b", "../x", &"x".repeat(65)] {
        assert!(matches!(set(name, "sk"), Err(CredentialError::Name(_))), "{name}");
    }
    assert!(matches!(set("a", " \n"), Err(CredentialError::Empty)));
    assert!(matches!(set("a", &"x".repeat(16 * 1024 + 1)), Err(CredentialError::TooLong(16_385))));
}

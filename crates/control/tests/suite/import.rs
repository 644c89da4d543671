//! Keys of other systems, taken over by the digests of their texts.

use tollgate_control::use_cases::keys::{
    Expiry, ImportError, Imported, ImportedKey, KeyError, NewKey, Rotation, Run, WrongReason, import_keys, list_keys,
    revoke_key, rotate_key, set_key_expiry, show_key,
};
use tollgate_core::id::KeyId;
use tollgate_core::key::{Digest, DigestKind, Status};
use tollgate_store::keys::Filter;

use crate::world::{NOW, World};

fn entry(text: &str, key: NewKey) -> ImportedKey {
    let digest = Digest::sha256(text.as_bytes()).bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    ImportedKey { digest, last_four: None, key }
}

fn named(name: &str) -> NewKey {
    NewKey::named("default", name)
}

fn added(outcome: &Imported) -> KeyId {
    match outcome {
        Imported::Added(id) => *id,
        present @ Imported::Present { .. } => panic!("{present:?}"),
    }
}

/// Each wrong entry and its reason.
fn wrong(world: &World, entries: &[ImportedKey]) -> Vec<(usize, WrongReason)> {
    match import_keys(&world.database, entries, Run::Real, NOW) {
        Err(ImportError::Entries(wrong)) => wrong.into_iter().map(|w| (w.at, w.reason)).collect(),
        other => panic!("{other:?}"),
    }
}

fn count(world: &World) -> usize {
    list_keys(&world.database, &Filter::default(), 100).unwrap().keys.len()
}

#[test]
fn an_imported_digest_admits_the_other_systems_key_and_is_not_rotated() {
    let world = World::new();
    let mut entries = [
        entry("sk-other", NewKey { models_allow: vec!["gpt-*".into()], expiry: Expiry::At(NOW + 9), ..named("old") }),
        entry("sk-another", named("new")),
    ];
    entries[0].last_four = Some("ther".into());

    let outcomes = import_keys(&world.database, &entries, Run::Real, NOW).unwrap();

    let key = show_key(&world.database, &added(&outcomes[0]).to_string()).unwrap();
    assert_eq!((key.digest_kind, key.last_four.as_str(), key.expires_at), (DigestKind::Sha256, "ther", Some(NOW + 9)));
    assert_eq!(show_key(&world.database, &added(&outcomes[1]).to_string()).unwrap().last_four, "****");
    let loaded = world.loaded().into_iter().find(|k| k.id == key.id).unwrap();
    assert_eq!(loaded.check(&Digest::sha256(b"sk-other"), NOW), Some(Ok(())));
    assert_eq!(loaded.check(&Digest::sha256(b"sk-another"), NOW), None);
    let id = key.id.to_string();
    let rotated = rotate_key(&world.database, &world.secrets.pepper, &id, Rotation::default(), NOW).unwrap_err();
    assert!(matches!(rotated, KeyError::Imported(imported) if imported == key.id));
}

#[test]
fn a_second_import_changes_nothing_and_says_what_it_would_have_differently() {
    let world = World::new();
    let entries = [
        entry("a", NewKey { expiry: Expiry::At(NOW + 10), ..named("a") }),
        entry("b", named("b")),
        entry("c", NewKey { expiry: Expiry::In(std::time::Duration::from_secs(9)), ..named("c") }),
    ];
    let ids: Vec<KeyId> = import_keys(&world.database, &entries, Run::Real, NOW).unwrap().iter().map(added).collect();
    revoke_key(&world.database, &ids[1].to_string(), NOW).unwrap();
    set_key_expiry(&world.database, &ids[1].to_string(), Expiry::Never, NOW).unwrap_err();
    let revision = world.database.revision().unwrap();
    let mut changed = entries.clone();
    changed[1].key.name = "renamed".into();
    changed[1].key.models_deny = vec!["x".into()];

    let again = import_keys(&world.database, &entries, Run::Real, NOW + 20).unwrap();
    let differently = import_keys(&world.database, &changed, Run::Real, NOW + 20).unwrap();

    let present = |at: usize, differs: &[&'static str]| Imported::Present { key: ids[at], differs: differs.to_vec() };
    assert_eq!(again, [present(0, &[]), present(1, &[]), present(2, &[])], "also where the date has passed");
    assert_eq!(differently[1], present(1, &["name", "models"]));
    assert_eq!(world.database.revision().unwrap(), revision);
    assert_eq!(show_key(&world.database, &ids[1].to_string()).unwrap().status, Status::Revoked);
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let world = World::new();
    let entries = [entry("a", named("a")), entry("b", named(" "))];

    let fine = import_keys(&world.database, &entries[..1], Run::Dry, NOW).unwrap();
    let refused = import_keys(&world.database, &entries, Run::Dry, NOW);

    assert!(matches!(fine[..], [Imported::Added(_)]));
    assert!(matches!(refused, Err(ImportError::Entries(wrong)) if wrong.len() == 1));
    assert_eq!(count(&world), 1);
}

#[test]
fn every_wrong_entry_is_told_and_the_right_ones_are_not_imported_either() {
    let world = World::new();
    let with = |change: fn(&mut ImportedKey)| {
        let mut entry = entry("x", named("x"));
        change(&mut entry);
        entry
    };
    type Expected = fn(&KeyError) -> bool;
    let cases: Vec<(ImportedKey, Expected)> = vec![
        (with(|e| e.digest.clear()), |e| matches!(e, KeyError::Digest)),
        (with(|e| e.digest = "zz".repeat(32)), |e| matches!(e, KeyError::Digest)),
        (with(|e| e.digest = format!("+{}", "a".repeat(63))), |e| matches!(e, KeyError::Digest)),
        (entry("", named("nothing")), |e| matches!(e, KeyError::DigestOfNothing)),
        (with(|e| e.key.name.clear()), |e| matches!(e, KeyError::NameEmpty)),
        (with(|e| e.key.project = "x".into()), |e| matches!(e, KeyError::UnknownProject(_))),
        (with(|e| e.key.permissions.push("y".into())), |e| matches!(e, KeyError::UnknownScope(_))),
        (with(|e| e.key.models_allow.push("a b".into())), |e| matches!(e, KeyError::ModelPattern(_))),
        (with(|e| e.key.expiry = Expiry::At(NOW)), |e| matches!(e, KeyError::ExpiryInPast { .. })),
        (with(|e| e.last_four = Some("abc".into())), |e| matches!(e, KeyError::LastFour)),
        (with(|e| e.last_four = Some("a c!".into())), |e| matches!(e, KeyError::LastFour)),
    ];

    for (case, expected) in cases {
        let reasons = wrong(&world, &[entry("right", named("right")), case]);
        assert!(matches!(&reasons[..], [(1, WrongReason::Key(error))] if expected(error)), "{reasons:?}");
    }
    assert_eq!(count(&world), 1);
}

#[test]
fn one_digest_twice_is_one_too_many() {
    let world = World::new();
    let mut upper = entry("a", named("a again"));
    upper.digest.make_ascii_uppercase();

    let reasons = wrong(&world, &[entry("a", named("a")), entry("b", named("b")), upper]);

    assert!(matches!(reasons[..], [(2, WrongReason::Repeats(0))]), "{reasons:?}");
    assert_eq!(count(&world), 1);
}

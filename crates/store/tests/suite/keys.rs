//! Keys: written, listed, changed, and read back for the request path.

use std::sync::Arc;

use tollgate_core::id::KeyId;
use tollgate_core::key::{Digest, Key, Refusal, Status};
use tollgate_core::operation::Scope;
use tollgate_core::policy::{ModelRules, Permissions, Policy, ScopeSet};
use tollgate_store::database::{Database, StoreError};
use tollgate_store::keys::load::{Shared, changes_since, load_all};
use tollgate_store::keys::{self, Filter, State};
use tollgate_store::projects;

use crate::world::{NOW, World, a_use};

fn all(database: &Database) -> Vec<Key> {
    let mut keys = Vec::new();
    load_all(database, &mut Shared::default(), |key| keys.push(key)).unwrap();
    keys
}

fn changed(database: &Database, since: i64) -> (Vec<KeyId>, i64) {
    let mut ids = Vec::new();
    let revision = changes_since(database, since, &mut Shared::default(), |key| ids.push(key.id)).unwrap();
    (ids, revision)
}

#[test]
fn a_key_comes_back_as_it_was_written() {
    let world = World::new();
    let (mut key, secret) = world.draft("web");
    key.policy = Policy {
        permissions: Permissions::Restricted(ScopeSet::default().with(Scope::ModelRead)),
        models: ModelRules { allow: vec!["gpt-*".into()], deny: vec!["*-\"preview\"".into()] },
        regions: vec!["eu-*".into(), "ch".into()],
        tier: 3,
        addresses: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::1".parse().unwrap()],
    };
    key.expires_at = Some(NOW + 60);
    key.metadata = [("team".to_owned(), "zürich".to_owned())].into();

    keys::insert(&world.database, &key, NOW).unwrap();

    let stored = keys::get(&world.database, key.id).unwrap().unwrap();
    assert_eq!((stored.name.as_str(), stored.status, stored.expires_at), ("web", Status::Active, Some(NOW + 60)));
    assert_eq!((stored.created_at, stored.updated_at, stored.last_use), (NOW, NOW, None));
    assert_eq!((&stored.policy, &stored.metadata, &stored.project), (&key.policy, &key.metadata, &world.project));
    let loaded = all(&world.database).pop().unwrap();
    let digest = world.pepper.digest(secret.reveal().as_bytes());
    assert_eq!(loaded.check(&digest, NOW + 59), Some(Ok(())));
    assert_eq!(loaded.check(&digest, NOW + 60), Some(Err(Refusal::Expired(NOW + 60))));
    assert_eq!(*loaded.policy, key.policy);
    assert_eq!((&loaded.project.id, &loaded.project.organization), (&stored.project, &stored.organization));
}

#[test]
fn a_key_restricted_to_nothing_stays_so() {
    let world = World::new();
    let (mut key, _) = world.draft("nothing");
    key.policy.permissions = Permissions::Restricted(ScopeSet::default());

    keys::insert(&world.database, &key, NOW).unwrap();

    assert!(!all(&world.database)[0].policy.permissions.grant(Scope::ModelRead));
}

#[test]
fn equal_rules_and_projects_are_shared_in_memory() {
    let world = World::new();
    world.key("one");
    world.key("two");
    let (mut other, _) = world.draft("other");
    other.policy.models.deny = vec!["*".into()];
    keys::insert(&world.database, &other, NOW).unwrap();

    let loaded = all(&world.database);

    assert!(Arc::ptr_eq(&loaded[0].policy, &loaded[1].policy));
    assert!(!Arc::ptr_eq(&loaded[0].policy, &loaded[2].policy));
    assert!(Arc::ptr_eq(&loaded[0].project, &loaded[2].project));
}

#[test]
fn every_change_has_its_revision_and_a_use_has_none() {
    let world = World::new();
    let (one, two) = (world.key("one"), world.key("two"));
    let database = &world.database;
    let start = database.revision().unwrap();
    assert_eq!(start, 2);

    keys::set_status(database, one.id(), Status::Disabled, NOW + 1).unwrap();
    keys::set_expiry(database, two.id(), Some(NOW + 9), NOW + 2).unwrap();
    keys::set_status(database, one.id(), Status::Active, NOW + 3).unwrap();
    keys::note_uses(database, [&a_use(&one, 1_800_000_004, "openai-python/1")]).unwrap();

    assert_eq!(changed(database, start + 2), (vec![one.id()], start + 3));
    assert_eq!(changed(database, start + 3), (vec![], start + 3));
    let mut both = changed(database, start).0;
    both.sort();
    let mut expected = vec![one.id(), two.id()];
    expected.sort();
    assert_eq!(both, expected);
    assert_eq!(keys::get(database, one.id()).unwrap().unwrap().updated_at, NOW + 3);
}

#[test]
fn a_change_of_a_key_that_is_not_there_changes_nothing() {
    let world = World::new();
    let (absent, _) = world.draft("absent");

    let error = keys::set_status(&world.database, absent.id, Status::Revoked, NOW).unwrap_err();

    assert!(matches!(error, StoreError::NoSuchKey(id) if id == absent.id));
    assert_eq!(world.database.revision().unwrap(), 0);
}

#[test]
fn after_a_rotation_both_secrets_work_until_the_overlap_ends() {
    let world = World::new();
    let old = world.key("web");
    let new = tollgate_core::key::Secret::generate_for(old.id(), {
        let mut random = tollgate_store::random::Random::new();
        move || random.byte()
    });
    let digest = |text: &str| world.pepper.digest(text.as_bytes());

    keys::rotate(&world.database, old.id(), &digest(new.reveal()), new.last_four(), NOW + 100, NOW).unwrap();

    let key = all(&world.database).pop().unwrap();
    assert_eq!(key.last_four, new.last_four());
    assert_eq!(key.check(&digest(new.reveal()), NOW + 200), Some(Ok(())));
    assert_eq!(key.check(&digest(old.reveal()), NOW + 99), Some(Ok(())));
    assert_eq!(key.check(&digest(old.reveal()), NOW + 100), Some(Err(Refusal::Rotated(NOW + 100))));
    let stored = keys::get(&world.database, old.id()).unwrap().unwrap();
    assert_eq!(stored.replaced_works_until, Some(NOW + 100));
}

#[test]
fn pages_go_from_the_newest_to_the_oldest_without_a_gap() {
    let world = World::new();
    let ids: Vec<_> = (0..7).map(|i| world.key(&format!("key {i}")).id()).collect();

    let mut seen = Vec::new();
    let mut filter = Filter::default();
    loop {
        let page = keys::list(&world.database, &filter, 3).unwrap();
        seen.extend(page.keys.iter().map(|key| key.id));
        if !page.has_more {
            break;
        }
        filter.after = seen.last().copied();
    }

    seen.reverse();
    assert_eq!(seen, ids);
}

#[test]
fn lists_are_narrowed_by_project_and_state() {
    let world = World::new();
    let database = &world.database;
    let here = world.key("here");
    let off = world.key("off");
    let organization = projects::list(database).unwrap()[0].organization.clone();
    let (mut elsewhere, _) = world.draft("elsewhere");
    elsewhere.project = projects::create(database, &organization, "other", NOW).unwrap().id;
    keys::insert(database, &elsewhere, NOW).unwrap();
    keys::set_status(database, off.id(), Status::Disabled, NOW).unwrap();
    let ids = |project: Option<&str>, state: Option<State>| {
        let state = state.map(|s| (s, NOW));
        let filter = Filter { project: project.map(str::to_owned), state, ..Filter::default() };
        keys::list(database, &filter, 10).unwrap().keys.into_iter().map(|key| key.id).collect::<Vec<_>>()
    };

    assert_eq!(ids(Some(&world.project), None), [off.id(), here.id()]);
    assert_eq!(ids(Some(&world.project), Some(State::Active)), [here.id()]);
    assert_eq!(ids(None, Some(State::Active)), [elsewhere.id, here.id()]);
    assert_eq!(ids(Some("proj_none"), None), []);
}

#[test]
fn every_key_is_listed_in_the_one_state_that_it_is_shown_in() {
    let world = World::new();
    let database = &world.database;
    let ids: Vec<_> = (0..6).map(|i| world.key(&format!("{i}")).id()).collect();
    for (id, status) in [(ids[2], Status::Disabled), (ids[3], Status::Disabled), (ids[4], Status::Revoked)] {
        keys::set_status(database, id, status, NOW).unwrap();
    }
    for (id, at) in [(ids[1], NOW + 10), (ids[3], NOW + 10), (ids[4], NOW + 10), (ids[5], NOW + 11)] {
        keys::set_expiry(database, id, Some(at), NOW).unwrap();
    }

    for now in [NOW + 9, NOW + 10] {
        let all = keys::list(database, &Filter::default(), 10).unwrap().keys;
        for state in State::ALL {
            let filter = Filter { state: Some((state, now)), ..Filter::default() };
            let listed = keys::list(database, &filter, 10).unwrap().keys;
            let shown: Vec<_> = all.iter().filter(|key| key.state(now) == state).cloned().collect();
            assert_eq!(listed, shown, "{state:?}");
        }
    }
    let expired = Filter { state: Some((State::Expired, NOW + 10)), ..Filter::default() };
    assert_eq!(keys::list(database, &expired, 10).unwrap().keys[0].id, ids[1]);
}

#[test]
fn a_prefix_finds_ids_that_begin_with_it_in_upper_and_lower_case() {
    let world = World::new();
    for digits in ["abcAAAAAAAAA", "abczzzzzzzzz", "ABCzzzzzzzzz", "abd000000000"] {
        let (mut key, _) = world.draft(digits);
        key.id = KeyId::from_digits(digits.as_bytes()).unwrap();
        keys::insert(&world.database, &key, NOW).unwrap();
    }
    let names = |prefix: &str| {
        let found = keys::with_prefix(&world.database, prefix, 9).unwrap();
        found.into_iter().map(|key| key.name).collect::<Vec<_>>()
    };

    assert_eq!(names("abc"), ["abcAAAAAAAAA", "abczzzzzzzzz"]);
    assert_eq!(names("A"), ["ABCzzzzzzzzz"]);
    assert_eq!(names("abd000000000"), ["abd000000000"]);
    assert!(names("abe").is_empty());
}

#[test]
fn a_digest_is_imported_once_and_a_failed_batch_leaves_nothing() {
    let world = World::new();
    let (mut first, _) = world.draft("first");
    first.digest = Digest::sha256(b"sk-other-system");
    keys::insert(&world.database, &first, NOW).unwrap();
    let (fresh, _) = world.draft("fresh");
    let (mut twin, _) = world.draft("twin");
    twin.digest = first.digest;

    let error = keys::insert_many(&world.database, [fresh, twin], NOW).unwrap_err();

    assert!(matches!(error, StoreError::DigestTaken(id) if id == first.id));
    assert_eq!(keys::list(&world.database, &Filter::default(), 10).unwrap().keys.len(), 1);
    assert_eq!(world.database.revision().unwrap(), 1);
}

#[test]
fn only_the_newest_use_is_kept() {
    let world = World::new();
    let secret = world.key("web");

    keys::note_uses(&world.database, [&a_use(&secret, 200, "new"), &a_use(&secret, 100, "old")]).unwrap();

    let last = keys::get(&world.database, secret.id()).unwrap().unwrap().last_use.unwrap();
    assert_eq!((last.at, last.client.as_str(), last.address.to_string().as_str()), (200, "new", "192.0.2.7"));
    assert!(!all(&world.database)[0].note_use(205), "the use is known, so the next is not written for ten seconds");
}

#[test]
fn a_key_of_no_project_is_refused() {
    let world = World::new();
    let (mut key, _) = world.draft("lost");
    key.project = "proj_none".into();

    assert!(matches!(keys::insert(&world.database, &key, NOW), Err(StoreError::NoSuchProject(_))));
}

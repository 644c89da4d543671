//! Keys through their whole life.

use std::fs;
use std::time::Duration;

use tollgate_control::use_cases::keys::{
    Expiry, KeyError, NewKey, Opened, Rotation, RunningOverlap, create_key, disable_key, enable_key, list_keys,
    opened_by, revoke_key, rotate_key, set_key_expiry, show_key,
};
use tollgate_core::id::KeyId;
use tollgate_core::key::{Digest, DigestKind, Refusal, Secret, Status};
use tollgate_core::operation::Scope;
use tollgate_store::keys::{self as rows, Filter};
use tollgate_store::projects;

use crate::world::{NOW, World};

fn new(name: &str) -> NewKey {
    NewKey::named("default", name)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |word: u32, shift: u32| char::from(DIGITS[(word >> shift & 63) as usize]);
    let whole = bytes.chunks_exact(3).map(|c| u32::from_be_bytes([0, c[0], c[1], c[2]]));
    whole.flat_map(|word| [18, 12, 6, 0].map(|shift| digit(word, shift))).collect()
}

#[test]
fn a_created_key_works_and_is_shown_with_what_was_asked_for() {
    let world = World::new();
    let wanted = NewKey {
        permissions: vec!["api.model.read".into()],
        models_allow: vec!["gpt-*".into()],
        models_deny: vec!["*-preview".into()],
        expiry: Expiry::In(Duration::from_millis(1500)),
        metadata: [("team".to_owned(), "web".to_owned())].into(),
        ..new("  web  ")
    };

    let issued = world.issue(&wanted);

    let shown = show_key(&world.database, &issued.key.id.to_string()).unwrap();
    assert_eq!(shown, issued.key);
    assert_eq!((shown.name.as_str(), shown.expires_at), ("web", Some(NOW + 2)));
    assert_eq!(shown.last_four.as_bytes(), issued.secret.last_four());
    assert!(shown.policy.permissions.grant(Scope::ModelRead));
    assert!(shown.policy.models.refusal("gpt-5-preview").is_some());
    assert_eq!(shown.metadata, wanted.metadata);
    assert_eq!(world.verdict(&issued.secret, NOW + 1), Some(Ok(())));
    assert_eq!(world.verdict(&issued.secret, NOW + 2), Some(Err(Refusal::Expired(NOW + 2))));
}

#[test]
fn no_secret_of_any_kind_lies_in_the_files() {
    let world = World::new();
    let issued = world.key("web");
    let id = issued.key.id.to_string();
    let rotated = rotate_key(&world.database, &world.secrets.pepper, &id, Rotation::default(), NOW).unwrap();
    let read = |file: &str| fs::read(world.directory.path().join(file)).unwrap();
    let pepper = String::from_utf8(read("pepper")).unwrap();
    let mut needles = vec![pepper.trim_end().to_owned()];
    for secret in [&world.first, &issued.secret, &rotated.secret] {
        // The public id at the front is stored, and the last four are; what lies between must not be.
        let hidden = &secret.reveal()[18..50];
        let windows = (0..3).map(|shift| base64(&hidden.as_bytes()[shift..shift + 27]));
        needles.extend(windows.chain([
            hidden.to_owned(),
            hex(hidden.as_bytes()),
            hex(hidden.as_bytes()).to_uppercase(),
        ]));
    }

    for file in ["tollgate.db", "tollgate.db-wal"] {
        let bytes = read(file);
        for needle in &needles {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()), "in {file}");
        }
    }
    assert!(!format!("{issued:?}{rotated:?}").contains(&issued.secret.reveal()[18..50]));
}

#[test]
fn a_key_goes_off_and_on_and_then_for_good() {
    let world = World::new();
    let issued = world.key("web");
    let id = issued.key.id.to_string();
    let database = &world.database;

    assert_eq!(disable_key(database, &id, NOW).unwrap().status, Status::Disabled);
    assert_eq!(world.verdict(&issued.secret, NOW), Some(Err(Refusal::Disabled)));
    assert_eq!(enable_key(database, &id, NOW).unwrap().status, Status::Active);
    assert_eq!(world.verdict(&issued.secret, NOW), Some(Ok(())));
    assert_eq!(revoke_key(database, &id, NOW).unwrap().status, Status::Revoked);
    assert_eq!(world.verdict(&issued.secret, NOW), Some(Err(Refusal::Revoked)));

    let already = |error: KeyError| matches!(error, KeyError::AlreadyRevoked(key) if key == issued.key.id);
    assert!(already(enable_key(database, &id, NOW).unwrap_err()));
    assert!(already(disable_key(database, &id, NOW).unwrap_err()));
    assert!(already(revoke_key(database, &id, NOW).unwrap_err()));
    assert!(already(set_key_expiry(database, &id, Expiry::Never, NOW).unwrap_err()));
    assert!(already(rotate_key(database, &world.secrets.pepper, &id, Rotation::default(), NOW).unwrap_err()));
}

#[test]
fn asking_for_what_is_so_already_is_no_change() {
    let world = World::new();
    let id = world.key("web").key.id.to_string();
    let before = world.database.revision().unwrap();

    enable_key(&world.database, &id, NOW + 9).unwrap();

    assert_eq!(world.database.revision().unwrap(), before);
}

#[test]
fn a_secret_opens_its_key_and_another_one_with_the_same_id_does_not() {
    let world = World::new();
    let old = world.key("web");
    let elsewhere = World::new();
    let opened = |secret: &Secret| {
        let opened = opened_by(&world.database, &world.secrets.pepper, secret.id(), secret.reveal()).unwrap();
        match opened {
            Opened::Nothing => "nothing",
            Opened::Key(key) if key.id == secret.id() => "the key",
            Opened::Before(key) if key.id == secret.id() => "the key before",
            other => panic!("another key: {other:?}"),
        }
    };
    let mut random = 0u8;
    let forged = Secret::generate_for(old.secret.id(), || {
        random = random.wrapping_mul(73).wrapping_add(41);
        random
    });

    assert_eq!(opened(&old.secret), "the key");
    assert_eq!((opened(&forged), opened(&elsewhere.first)), ("nothing", "nothing"));
    let id = old.key.id.to_string();
    let new = rotate_key(&world.database, &world.secrets.pepper, &id, Rotation::default(), NOW).unwrap();
    assert_eq!((opened(&old.secret), opened(&new.secret)), ("the key before", "the key"));
}

#[test]
fn after_a_rotation_both_secrets_work_for_the_overlap() {
    let world = World::new();
    let old = world.key("web");
    let id = old.key.id.to_string();

    let new = rotate_key(&world.database, &world.secrets.pepper, &id, Rotation::default(), NOW).unwrap();

    let end = NOW + 24 * 60 * 60;
    assert_eq!(new.key.replaced_works_until, Some(end));
    assert_eq!(new.key.last_four.as_bytes(), new.secret.last_four());
    assert_eq!(new.secret.id(), old.secret.id());
    assert_eq!(world.verdict(&old.secret, end - 1), Some(Ok(())));
    assert_eq!(world.verdict(&old.secret, end), Some(Err(Refusal::Rotated(end))));
    assert_eq!(world.verdict(&new.secret, end), Some(Ok(())));
    revoke_key(&world.database, &id, NOW).unwrap();
    assert_eq!(world.verdict(&old.secret, NOW), Some(Err(Refusal::Revoked)));
    assert_eq!(world.verdict(&new.secret, NOW), Some(Err(Refusal::Revoked)));
}

#[test]
fn without_an_overlap_the_old_secret_ends_now_and_nothing_stands_against_the_next_rotation() {
    let world = World::new();
    let first = world.key("web");
    let id = first.key.id.to_string();
    let rotate = |seconds| {
        let rotation = Rotation { overlap: Duration::from_secs(seconds), ..Rotation::default() };
        rotate_key(&world.database, &world.secrets.pepper, &id, rotation, NOW).unwrap().secret
    };

    let second = rotate(0);
    assert_eq!(world.verdict(&first.secret, NOW), Some(Err(Refusal::Rotated(NOW))));
    let third = rotate(60);

    assert_eq!(world.verdict(&second, NOW + 59), Some(Ok(())));
    assert_eq!(world.verdict(&third, NOW), Some(Ok(())));
}

#[test]
fn a_rotation_within_an_overlap_is_refused_unless_it_may_end_the_first_secret() {
    let world = World::new();
    let first = world.key("web");
    let id = first.key.id.to_string();
    let rotate = |running, now| {
        let rotation = Rotation { running, ..Rotation::default() };
        rotate_key(&world.database, &world.secrets.pepper, &id, rotation, now)
    };
    let second = rotate(RunningOverlap::Keep, NOW).unwrap().secret;
    let (end, revision) = (NOW + 24 * 60 * 60, world.database.revision().unwrap());

    let refused = rotate(RunningOverlap::Keep, end - 1).unwrap_err();

    assert!(matches!(refused, KeyError::OverlapRuns { until, .. } if until == end));
    let text = format!("{} was rotated before, and the secret from before that still works, until ", first.key.id);
    assert_eq!(refused.to_string(), format!("{text}2027-01-16T08:00:00Z"));
    assert_eq!(world.database.revision().unwrap(), revision);
    assert_eq!(world.verdict(&first.secret, end - 1), Some(Ok(())));

    let third = rotate(RunningOverlap::End, end - 1).unwrap().secret;

    assert_eq!(world.verdict(&first.secret, end - 1), None);
    assert_eq!(world.verdict(&second, end - 1), Some(Ok(())));
    assert_eq!(world.verdict(&third, end - 1), Some(Ok(())));
    assert!(rotate(RunningOverlap::Keep, end + 24 * 60 * 60).is_ok(), "an overlap that is over is in nobody's way");
}

#[test]
fn an_expired_key_is_rotated_only_after_its_expiry_was_moved() {
    let world = World::new();
    let issued = world.issue(&NewKey { expiry: Expiry::At(NOW + 10), ..new("web") });
    let id = issued.key.id.to_string();
    let later = NOW + 10;
    let rotate = || rotate_key(&world.database, &world.secrets.pepper, &id, Rotation::default(), later);

    let refused = rotate().unwrap_err();
    assert!(matches!(refused, KeyError::Expired { at, .. } if at == NOW + 10));
    assert!(refused.to_string().contains("expired at 2027-01-15T08:00:10Z"), "{refused}");
    set_key_expiry(&world.database, &id, Expiry::Never, later).unwrap();

    assert_eq!(world.verdict(&rotate().unwrap().secret, later + 1), Some(Ok(())));
}

#[test]
fn a_key_is_named_by_its_id_its_digits_or_a_prefix_only_it_has() {
    let world = World::new();
    let project = projects::list(&world.database).unwrap()[0].id.clone();
    for (digits, i) in [("zz1AAAAAAAAA", 1), ("zz1BBBBBBBBB", 2), ("zz2AAAAAAAAA", 3)] {
        let id = KeyId::from_digits(digits.as_bytes()).unwrap();
        let digest = Digest { kind: DigestKind::HmacSha256, bytes: [i; 32] };
        let (name, project, policy) = (digits.to_owned(), project.clone(), Default::default());
        let metadata = Default::default();
        let row = rows::NewKey { id, digest, last_four: *b"abcd", name, project, policy, expires_at: None, metadata };
        rows::insert(&world.database, &row, NOW).unwrap();
    }
    let show = |given: &str| show_key(&world.database, given);

    for given in ["key_zz2AAAAAAAAA", "zz2AAAAAAAAA", "key_zz2", "zz2"] {
        assert_eq!(show(given).unwrap().name, "zz2AAAAAAAAA", "{given}");
    }
    let error = show("key_zz1").unwrap_err();
    let expected = "\"key_zz1\" is ambiguous, it begins the ids of key_zz1AAAAAAAAA (zz1AAAAAAAAA), \
                    key_zz1BBBBBBBBB (zz1BBBBBBBBB)";
    assert_eq!(error.to_string(), expected);
    assert!(matches!(show("key_zz9"), Err(KeyError::UnknownPrefix(text)) if text == "key_zz9"));
    assert!(matches!(show("zz2AAAAAAAAB"), Err(KeyError::UnknownKey(text)) if text == "zz2AAAAAAAAB"));
    for given in ["zz_", "zz%", "key_key_", "the web key"] {
        assert!(matches!(show(given), Err(KeyError::NoId(text)) if text == given), "{given}");
    }
}

#[test]
fn a_prefix_without_a_digit_names_no_key_even_where_there_is_one() {
    let world = World::new();
    let only = world.first.id();

    let alone = ["key_", ""].map(|given| show_key(&world.database, given).unwrap_err());
    for i in 0..6 {
        world.key(&format!("{i}"));
    }
    let among_more = show_key(&world.database, "key_").unwrap_err();

    for error in alone {
        assert!(matches!(error, KeyError::EmptyPrefix { only: id, .. } if id == only), "{error}");
    }
    let text = among_more.to_string();
    assert!(text.starts_with("\"key_\" is ambiguous") && text.ends_with(" and others"), "{text}");
    assert!(matches!(among_more, KeyError::AmbiguousPrefix { candidates, .. } if candidates.len() == 5));
}

#[test]
fn a_whole_key_given_in_place_of_its_id_is_not_repeated_in_the_error() {
    let world = World::new();

    let error = show_key(&world.database, world.first.reveal()).unwrap_err();

    let hidden = &world.first.reveal()[18..50];
    assert!(!error.to_string().contains(&hidden[..8]), "{error}");
    assert!(!format!("{error:?}").contains(&hidden[..8]));
}

#[test]
fn each_unacceptable_wish_has_its_own_reason_and_leaves_no_key() {
    let world = World::new();
    let texts = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    let many: Vec<String> = (0..257).map(|i| format!("m{i}")).collect();
    let entries = |count: usize, name: usize, value: usize| {
        (0..count).map(|i| (format!("{i:0>name$}"), "v".repeat(value))).collect()
    };
    type Expected = fn(&KeyError) -> bool;
    let cases: Vec<(NewKey, Expected)> = vec![
        (new(" "), |e| matches!(e, KeyError::NameEmpty)),
        (new(&"ü".repeat(101)), |e| matches!(e, KeyError::NameTooLong(101))),
        (new("a\nb"), |e| matches!(e, KeyError::NameControl('\n'))),
        (NewKey::named("nowhere", "x"), |e| matches!(e, KeyError::UnknownProject(p) if p == "nowhere")),
        (
            NewKey { permissions: texts(&["api.nope"]), ..new("x") },
            |e| matches!(e, KeyError::UnknownScope(scope) if scope.0 == "api.nope"),
        ),
        (NewKey { models_allow: texts(&["gpt 4"]), ..new("x") }, |e| matches!(e, KeyError::ModelPattern(_))),
        (NewKey { models_deny: texts(&[""]), ..new("x") }, |e| matches!(e, KeyError::ModelPattern(_))),
        (NewKey { models_deny: many, ..new("x") }, |e| matches!(e, KeyError::TooManyPatterns(257))),
        (
            NewKey { expiry: Expiry::At(NOW), ..new("x") },
            |e| matches!(e, KeyError::ExpiryInPast { at, now } if (*at, *now) == (NOW, NOW)),
        ),
        (NewKey { expiry: Expiry::In(Duration::ZERO), ..new("x") }, |e| matches!(e, KeyError::ExpiryInPast { .. })),
        (NewKey { metadata: entries(17, 2, 1), ..new("x") }, |e| matches!(e, KeyError::MetadataEntries(17))),
        (NewKey { metadata: entries(1, 65, 1), ..new("x") }, |e| matches!(e, KeyError::MetadataName(_))),
        (NewKey { metadata: entries(1, 2, 513), ..new("x") }, |e| {
            matches!(e, KeyError::MetadataValue { length: 513, .. })
        }),
    ];

    for (wish, expected) in cases {
        let error = create_key(&world.database, &world.secrets.pepper, &wish, NOW).unwrap_err();
        assert!(expected(&error), "{error:?}");
    }
    assert_eq!(list_keys(&world.database, &Filter::default(), 10).unwrap().keys.len(), 1);
}

#[test]
fn times_in_refusals_are_written_for_people() {
    let world = World::new();

    let error = set_key_expiry(&world.database, &world.first.id().to_string(), Expiry::At(0), NOW).unwrap_err();

    assert_eq!(error.to_string(), "the expiry 1970-01-01T00:00:00Z is not after now, 2027-01-15T08:00:00Z");
}

#[test]
fn lists_take_a_project_by_name_and_give_pages() {
    let world = World::new();
    for i in 0..4 {
        world.key(&format!("{i}"));
    }
    let filter = Filter { project: Some("default".into()), ..Filter::default() };

    let page = list_keys(&world.database, &filter, 2).unwrap();
    let unknown = list_keys(&world.database, &Filter { project: Some("x".into()), ..Filter::default() }, 2);

    let names: Vec<_> = page.keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!((names, page.has_more), (vec!["3", "2"], true));
    assert!(matches!(unknown, Err(KeyError::UnknownProject(_))));
}

#[test]
fn a_project_is_looked_for_by_id_first_and_by_name_in_the_oldest_organization_alone() {
    let world = World::new();
    let ours = projects::list(&world.database).unwrap()[0].clone();
    let other = projects::create_organization(&world.database, "Other", NOW).unwrap();
    let theirs = projects::create(&world.database, &other, "default", NOW).unwrap();
    let named_as_ours = projects::create(&world.database, &other, &ours.id, NOW).unwrap();
    projects::create(&world.database, &other, "only theirs", NOW).unwrap();
    let of = |organization: &str, project: &str| NewKey {
        organization: Some(organization.to_owned()),
        ..NewKey::named(project, "x")
    };

    for (new, project) in [
        (NewKey::usual("x"), &ours.id),
        (NewKey::named("default", "x"), &ours.id),
        (NewKey::named(&ours.id, "x"), &ours.id),
        (NewKey::named(&theirs.id, "x"), &theirs.id),
        (of(&other, ""), &theirs.id),
        (of(&other, &ours.id), &named_as_ours.id),
    ] {
        assert_eq!(&world.issue(&new).key.project, project, "{new:?}");
    }
    for (new, unknown) in [
        (NewKey::named("only theirs", "x"), "there is no project \"only theirs\""),
        (of(&ours.organization, &theirs.id), "there is no project"),
        (of("org-x", ""), "there is no organization \"org-x\""),
    ] {
        let error = create_key(&world.database, &world.secrets.pepper, &new, NOW).unwrap_err();
        assert!(error.to_string().starts_with(unknown), "{new:?}: {error}");
    }
    let of_other = Filter { organization: Some(other), ..Filter::default() };
    assert_eq!(list_keys(&world.database, &of_other, 10).unwrap().keys.len(), 3);
}

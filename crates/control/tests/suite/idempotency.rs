//! `Idempotency-Key`: a repeated request is answered, and not done again.

use std::fs;

use serde_json::{Value as Json, json};
use tollgate_control::api::Request;
use tollgate_control::password;
use tollgate_control::refusal::Refusal;
use tollgate_store::admin::accounts;
use tollgate_store::admin::idempotency::{self, KEPT_SECONDS};
use tollgate_store::secrets::{rotate_master_key, rotate_pepper};

use crate::administration::{Administration, NOW, Person, request};

const PASSWORD: &str = "correct horse battery staple";
const KEYS: &str = "/organization/admin_api_keys";

fn world() -> (Administration, Person) {
    let world = Administration::new();
    let organization = world.organization("Acme");
    let ann = world.person(organization, "ann", "owner");
    (world, ann)
}

fn post(person: &Person, path: &str, body: &Json, key: &str) -> Request {
    Request { idempotency_key: Some(key.to_owned()), ..request(&person.token, "POST", path, body) }
}

fn count(world: &Administration, person: &Person, path: &str) -> usize {
    let listed = world.ask(&request(&person.token, "GET", path, &Json::Null)).unwrap();
    listed.json["data"].as_array().unwrap().len()
}

#[test]
fn a_repeated_request_gets_the_same_answer_and_nothing_is_done_again() {
    let (world, ann) = world();
    let asked = post(&ann, KEYS, &json!({ "name": "ci" }), "k");

    let first = world.ask(&asked).unwrap();
    let second = world.ask_at(&asked, NOW + KEPT_SECONDS - 1).unwrap();

    assert_eq!((first.is_replay, second.is_replay), (false, true));
    assert_eq!(first.json, second.json);
    assert!(first.json["value"].is_string());
    assert_eq!(count(&world, &ann, KEYS), 2, "his own and the new one");
    assert_eq!(count(&world, &ann, "/organization/audit_logs"), 1);
}

#[test]
fn another_request_with_the_same_key_is_refused() {
    let (world, ann) = world();
    world.ask(&post(&ann, KEYS, &json!({ "name": "ci" }), "k")).unwrap();

    let body = world.ask(&post(&ann, KEYS, &json!({ "name": "cd" }), "k"));
    let path = world.ask(&post(&ann, "/organization/projects", &json!({ "name": "ci" }), "k"));

    assert!(matches!(body, Err(Refusal::KeyReused)));
    assert!(matches!(path, Err(Refusal::KeyReused)));
    assert_eq!(count(&world, &ann, KEYS), 2);
}

#[test]
fn a_key_is_of_one_actor_and_of_posts() {
    let (world, ann) = world();
    let bob = world.person(ann.organization, "bob", "owner");
    let body = json!({ "name": "ci" });

    let made = world.ask(&post(&ann, KEYS, &body, "k")).unwrap();
    let his = world.ask(&post(&bob, KEYS, &body, "k")).unwrap();
    let read = Request { method: "GET".to_owned(), body: Vec::new(), ..post(&ann, KEYS, &Json::Null, "k") };

    assert_ne!(made.json["id"], his.json["id"]);
    assert!(!world.ask(&read).unwrap().is_replay);
}

#[test]
fn after_a_day_an_answer_is_erased_and_the_key_new() {
    let (world, ann) = world();
    let asked = post(&ann, KEYS, &json!({ "name": "ci" }), "k");
    let first = world.ask(&asked).unwrap();

    let early = idempotency::erase(world.database(), NOW + KEPT_SECONDS - 1).unwrap();
    let erased = idempotency::erase(world.database(), NOW + KEPT_SECONDS).unwrap();
    let again = world.ask_at(&asked, NOW + KEPT_SECONDS).unwrap();

    assert_eq!((early, erased), (0, 1));
    assert!(!again.is_replay);
    assert_ne!(first.json["id"], again.json["id"]);
}

#[test]
fn while_the_first_request_is_in_progress_the_second_is_told_so() {
    let (world, ann) = world();
    let actor = world.principal(&ann.token).unwrap();
    let asked = post(&ann, KEYS, &json!({ "name": "ci" }), "k");

    let flight = world.office.in_flight.begin(actor.id(), "k").unwrap();
    let during = world.ask(&asked);
    drop(flight);
    let after = world.ask(&asked);

    assert!(matches!(during, Err(Refusal::KeyInUse)));
    assert!(after.is_ok());
}

#[test]
fn a_refused_request_leaves_its_key_free() {
    let (world, ann) = world();
    world.project(ann.organization, "web");

    let refused = world.ask(&post(&ann, "/organization/projects", &json!({ "name": "web" }), "k"));
    let corrected = world.ask(&post(&ann, "/organization/projects", &json!({ "name": "shop" }), "k"));

    assert!(matches!(refused, Err(Refusal::Conflict { .. })));
    assert!(!corrected.unwrap().is_replay);
}

#[test]
fn a_kept_secret_is_sealed_and_opens_after_a_rotation_of_both_secrets_too() {
    let (world, ann) = world();
    let asked = post(&ann, KEYS, &json!({ "name": "ci" }), "k");
    let made = world.ask(&asked).unwrap();
    let secret = made.json["value"].as_str().unwrap().to_owned();

    for file in fs::read_dir(world.directory.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "the value is in clear");
    }
    rotate_master_key(world.database(), || Ok(())).unwrap();
    rotate_pepper(world.database(), || Ok(())).unwrap();
    let world = world.again();

    assert_eq!(world.ask(&asked).unwrap().json["value"], secret.as_str());
}

#[test]
fn a_session_is_answered_again_for_a_day_and_lies_nowhere_in_clear() {
    let (world, ann) = world();
    let hash = password::hash(PASSWORD);
    accounts::set_password(world.database(), ann.organization, ann.member.row, &hash).unwrap();
    let body = json!({ "email": ann.member.email, "password": PASSWORD });
    let asked = Request { token: String::new(), ..post(&ann, "/tollgate/sessions", &body, "k") };

    let first = world.ask(&asked).unwrap();
    let again = world.ask_at(&asked, NOW + KEPT_SECONDS - 1).unwrap();
    for file in fs::read_dir(world.directory.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        for secret in [first.json["token"].as_str().unwrap(), PASSWORD] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "it is in clear");
        }
    }
    let later = world.ask_at(&asked, NOW + KEPT_SECONDS).unwrap();

    assert_eq!((first.is_replay, again.is_replay, later.is_replay), (false, true, false));
    assert_eq!(first.json, again.json);
    assert_ne!(first.json["token"], later.json["token"]);
}

#[test]
fn a_key_without_characters_or_with_too_many_is_refused() {
    let (world, ann) = world();

    for key in [String::new(), "x".repeat(256)] {
        let refused = world.ask(&post(&ann, KEYS, &json!({ "name": "ci" }), &key));
        assert!(matches!(refused, Err(Refusal::KeyUnfit(_))), "{}", key.len());
    }
    assert!(world.ask(&post(&ann, KEYS, &json!({ "name": "ci" }), &"x".repeat(255))).is_ok());
}

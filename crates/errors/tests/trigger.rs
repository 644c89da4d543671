//! The failures on demand: a snapshot of every answer, and what must hold for all of them.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::Value;
use tollgate_errors::trigger::{self, Kind};
use tollgate_errors::{Show, catalog, render};

const DOCS: &str = "https://gateway.example";

fn error(trigger: &trigger::Trigger, show: Show) -> (u16, Value) {
    let wire = render(&trigger.diagnosis("gpt-4o-mini"), show, DOCS);
    let body: Value = serde_json::from_slice(&wire.body).expect("an error is JSON");
    (wire.status, body["error"].clone())
}

#[test]
fn openais_errors_are_told_as_in_their_snapshot() {
    let mut page = String::new();
    for trigger in trigger::all().iter().filter(|t| t.is_openais) {
        let (status, error) = error(trigger, Show::Body);
        let _ = writeln!(page, "{}: {status} {} {} {}", trigger.name, error["type"], error["code"], error["param"]);
        let _ = writeln!(page, "  {}", error["message"].as_str().expect("a message is text"));
        let upstream = trigger.as_providers_cause().slug;
        let _ = writeln!(page, "  is {}, of a provider {upstream}", error["diagnosis"]["cause"]);
    }

    insta::with_settings!({ omit_expression => true, snapshot_path => "triggers" }, {
        insta::assert_snapshot!("openai", page);
    });
}

#[test]
fn every_cause_has_a_trigger_of_its_own_name_or_one_of_openais() {
    let names: HashSet<&str> = trigger::all().iter().map(|t| t.name).collect();

    assert_eq!(names.len(), trigger::all().len(), "a name is there twice");
    for cause in catalog::all() {
        let of_slug = trigger::by_name(cause.slug).expect("every slug is a name");
        assert!(std::ptr::eq(of_slug.cause, *cause), "{}", cause.slug);
    }
}

#[test]
fn every_answer_has_the_four_keys_and_a_sentence_without_gaps() {
    for trigger in trigger::all().iter().filter(|t| t.can_be_asked()) {
        for show in [Show::Body, Show::Off] {
            let (status, error) = error(trigger, show);
            let message = error["message"].as_str().expect("a message is text");

            assert!((400..=599).contains(&status), "{}", trigger.name);
            for key in ["message", "type", "param", "code"] {
                assert!(error.get(key).is_some(), "{} lacks {key}", trigger.name);
            }
            // The remedies of some have braces of their own: `{ headers }`.
            let gap = show == Show::Off && message.contains('{');
            assert!(!message.contains("unknown") && !gap, "{}: {message}", trigger.name);
            let diagnosed = error["diagnosis"]["cause"] == trigger.cause.slug;
            assert_eq!(diagnosed, show == Show::Body, "{}", trigger.name);
        }
    }
}

#[test]
fn a_failure_of_the_providers_account_comes_to_its_cause_by_what_a_provider_says() {
    for trigger in trigger::all().iter().filter(|t| t.name.starts_with("upstream_") && t.kind == Kind::Wire) {
        assert_eq!(trigger.as_providers_cause().slug, trigger.name);
    }
}

#[test]
fn a_name_may_be_spelt_as_headers_are() {
    for spelt in ["rate-limit-rpm", "Rate_Limit_RPM", "rate_limit_rpm"] {
        assert_eq!(trigger::by_name(spelt).map(|t| t.name), Some("rate_limit_rpm"), "{spelt}");
    }
    assert!(trigger::by_name("rate_limit").is_none());
}

#[test]
fn each_says_the_sentence_of_openai_and_then_the_cause_and_the_remedy() {
    let told = trigger::by_name("key_undefined").expect("it is a cause").diagnosis("sandbox").message(DOCS);

    assert!(told.starts_with("Incorrect API key provided: *********. You can find your API key at"), "{told}");
    assert!(told.contains("The key sent is the word `undefined`") && told.contains("Set the environment"), "{told}");
    let sentence = trigger::by_name("rate_limit_rpm").expect("it is OpenAI's").diagnosis("sandbox").sentence(DOCS);
    assert!(sentence.ends_with("Visit https://gateway.example/errors to learn more."), "{sentence}");
}

#[test]
fn a_mistyped_name_has_near_ones() {
    assert_eq!(trigger::nearest("rate_limit_rmp")[0], "rate_limit_rpm");
    assert_eq!(trigger::nearest("Invalid-API-key")[0], "invalid_api_key");
    assert!(trigger::nearest("timeout").iter().all(|name| name.contains("timeout")));
    assert!(trigger::nearest("ratelimit").iter().all(|name| name.starts_with("rate_limit")));
    assert!(!trigger::nearest("ratelimit").is_empty());
    assert_eq!(trigger::nearest(""), Vec::<&str>::new());
    assert_eq!(trigger::nearest(&"x".repeat(10_000)), Vec::<&str>::new());
}

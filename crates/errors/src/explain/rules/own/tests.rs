use crate::catalog;
use crate::diagnosis::Diagnosis;
use crate::explain::{Context, Explanation, explain};
use crate::trigger;

const HERE: &str = "https://gateway.example";

fn explained(message: &str) -> Explanation {
    explain(message, &Context::default())
}

/// Whether the message alone leads to its cause; else what it leads to.
fn known(slug: &str, message: &str) -> Result<(), String> {
    let found = explained(message);
    match found.cause.slug == slug {
        true => Ok(()),
        false => Err(format!("{slug}: {} {:.2} {message}", found.cause.slug, found.confidence)),
    }
}

#[test]
fn every_message_of_ours_is_known_by_itself() {
    let answered = trigger::all().iter().filter(|trigger| trigger.cause.is_answered());
    let wrong: Vec<String> = answered
        .filter(|trigger| trigger.cause != &catalog::UNKNOWN)
        // In nothing but the values does it differ from what a provider says of the same, which has a finer name.
        .filter(|trigger| trigger.name != "invalid_type")
        .filter_map(|trigger| known(trigger.cause.slug, &trigger.diagnosis("gpt-4o").message(HERE)).err())
        .collect();

    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_message_is_known_too_where_no_fact_was_at_hand_and_no_link_is_in_it() {
    let answered = catalog::all().iter().filter(|cause| cause.is_answered() && **cause != &catalog::UNKNOWN);
    let wrong: Vec<String> = answered
        .filter_map(|cause| {
            let d = Diagnosis::new(cause);
            known(cause.slug, &format!("Error code: 400 - {} {}", d.explanation(""), d.remedy(""))).err()
        })
        .collect();

    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_message_that_a_log_has_cut_is_known_by_what_is_left() {
    let message = Diagnosis::new(&catalog::CONNECTION_REFUSED).message(HERE);
    let explanation = message.find("refused").expect("the explanation says so");
    let cut = &message[..message.floor_char_boundary(explanation + 60)];

    assert_eq!(explained(&format!("2026-11-21T10:00:00Z ERROR {cut}…")).cause.slug, "connection_refused");
}

#[test]
fn the_link_to_a_page_names_the_cause_and_is_shown_as_evidence() {
    let found =
        explained("Rate limit reached. Visit https://llm.corp.example/errors/upstream_daily_limit to learn more.");

    assert_eq!(found.cause.slug, "upstream_daily_limit");
    assert!(found.evidence[0].contains("/errors/upstream_daily_limit"), "{:?}", found.evidence);
}

#[test]
fn a_page_of_others_and_words_of_others_name_nothing_of_ours() {
    for text in [
        "404 Not Found: https://shop.example/errors/timeout",
        "HTTP 500, see https://docs.example/errors/unknown",
        "The request was refused. Try again later.",
    ] {
        assert!(super::own(&crate::explain::read::case(text, &Context::default())).is_none(), "{text}");
    }
}

#[test]
fn a_refusal_without_a_known_reason_is_unknown_under_its_own_name() {
    let found = explained(&Diagnosis::new(&catalog::PROVIDER_REFUSED).message(HERE));

    assert_eq!((found.answer(), found.detail()), ("unknown", Some("provider_refused")));
}

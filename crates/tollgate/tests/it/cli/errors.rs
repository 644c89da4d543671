//! `tollgate errors`: the error guide in the terminal.

use serde_json::Value as Json;
use tollgate_errors::catalog;

use super::Home;

#[test]
fn the_list_has_every_cause_and_can_be_narrowed() {
    let home = Home::new();

    let all = home.run(&["errors", "list"]);
    let limits = home.run(&["errors", "list", "--family", "limits", "--party", "provider"]);

    assert_eq!(all.code, Some(0), "{all:?}");
    assert_eq!(all.out.lines().count(), catalog::all().len() + 1);
    assert!(all.out.starts_with("CAUSE "), "{}", all.out);
    let slugs: Vec<&str> = limits.out.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(slugs, ["upstream_rate_limited", "quota_exhausted_ambiguous"]);
}

#[test]
fn the_list_for_programs_has_what_the_page_has() {
    let home = Home::new();

    let list: Json = serde_json::from_str(&home.run(&["errors", "list", "--json"]).out).unwrap();
    let one: Json = serde_json::from_str(&home.run(&["errors", "show", "key_empty", "--json"]).out).unwrap();

    let data = list["data"].as_array().unwrap();
    assert_eq!((list["object"].as_str(), data.len()), (Some("tollgate.cause_list"), catalog::all().len()));
    let listed = data.iter().find(|cause| cause["slug"] == "key_empty").unwrap();
    assert_eq!(listed["remedies"], one["remedies"]);
    assert_eq!(one["trigger"]["command"], "tollgate trigger key_empty");
    assert_eq!((&one["retryable"], &one["statuses"][0]), (&Json::Bool(false), &401.into()));
    assert!(one["snippets"].as_array().unwrap().iter().any(|snippet| snippet["language"] == "python"));
}

#[test]
fn a_cause_is_shown_with_code_and_with_the_command_that_makes_it_happen() {
    let shown = Home::new().run(&["errors", "show", "tls_untrusted_ca"]);

    assert_eq!(shown.code, Some(0), "{shown:?}");
    for expected in ["NODE_EXTRA_CA_CERTS", "\nShell\n", "tollgate trigger tls_untrusted_ca", "\nRelated\n"] {
        assert!(shown.out.contains(expected), "{expected}: {}", shown.out);
    }
}

#[test]
fn a_mistyped_cause_is_not_there_and_the_one_that_was_meant_is_named() {
    let home = Home::new();

    let near = home.run(&["errors", "show", "key_mising"]);
    let far = home.run(&["errors", "show", "zzzzzz"]);
    let family = home.run(&["errors", "list", "--family", "keys"]);

    assert_eq!(near.code, Some(1), "{near:?}");
    assert!(near.err.contains("help: did you mean key_missing"), "{}", near.err);
    assert!(far.err.contains("help: tollgate errors list has them all"), "{}", far.err);
    assert_eq!(family.code, Some(2), "{family:?}");
}

#[test]
fn the_name_of_one_of_openais_errors_leads_to_its_cause() {
    let shown = Home::new().run(&["errors", "show", "rate_limit_rpm"]);

    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.err.contains("rate_limit_rpm is rate_limit_requests"), "{}", shown.err);
    assert!(shown.out.starts_with("Too many requests per minute\n"), "{}", shown.out);
}

#[test]
fn a_status_lists_the_causes_that_are_seen_under_it() {
    let home = Home::new();

    let limited = home.run(&["errors", "list", "--status", "429"]);
    let without = home.run(&["errors", "list", "--status", "0", "--json"]);
    let shown = home.run(&["errors", "show", "429"]);
    let unseen = home.run(&["errors", "show", "418"]);

    assert!(
        limited.out.contains("\nrate_limit_requests ") && limited.out.contains("\ninsufficient_quota "),
        "{limited:?}"
    );
    assert!(!limited.out.contains("\nkey_missing "), "{limited:?}");
    let without: Json = serde_json::from_str(&without.out).unwrap();
    assert!(without["data"].as_array().unwrap().iter().all(|cause| cause["without_status"] == true), "{without}");
    assert_eq!(shown.code, Some(1), "{shown:?}");
    assert!(shown.err.contains("help: tollgate errors list --status 429 has the "), "{}", shown.err);
    assert!(unseen.err.contains("no cause is seen under status 418"), "{}", unseen.err);
}

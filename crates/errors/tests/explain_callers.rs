//! Errors about keys, identities, models and addresses, in wordings of many services: each is told by its mechanism.

#[path = "explain_callers/addresses.rs"]
mod addresses;
#[path = "explain_callers/credentials.rs"]
mod credentials;
#[path = "explain_callers/decoys.rs"]
mod decoys;
#[path = "explain_callers/identities.rs"]
mod identities;
#[path = "explain_callers/models.rs"]
mod models;

use tollgate_errors::{Context, explain};

/// Each text with the cause it must be told as; all that are told otherwise are named at once.
fn assert_told(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(wanted, text)| {
            let found = explain(text, &Context::default());
            let told = format!("{} ({:.2})", found.answer(), found.confidence);
            (found.answer() != *wanted).then(|| format!("wanted {wanted}, told {told} {:?}: {text}", found.evidence))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

//! What to do about a key that was found.
//!
//! In: a finding. Out: sentences. Withdrawing comes first: a key that was public may have been copied, and taking it out of
//! a file takes it out of no clone, cache or image.

use crate::finding::{Finding, Severity};
use crate::vendors::vendor_of;

/// What to do, in one or two sentences.
#[must_use]
pub fn remedy(finding: &Finding) -> String {
    let then = match finding.severity {
        Severity::Critical => {
            "call the provider from a server of yours, for whatever a browser or an app gets is public"
        }
        Severity::High => "read it from the environment or from a store of secrets",
        Severity::Medium => "keep the file out of git and out of images",
        Severity::Low => "use a value that is no key, or one of a test account",
    };
    format!("{}; {then}", withdrawal(finding))
}

fn withdrawal(finding: &Finding) -> String {
    match (&finding.ours, vendor_of(finding.provider)) {
        (Some(ours), _) => format!("Revoke it: tollgate keys revoke {}", ours.id),
        (None, Some(vendor)) => format!("Revoke it ({}: {})", vendor.name, vendor.page),
        (None, None) => "Revoke it".to_owned(),
    }
}

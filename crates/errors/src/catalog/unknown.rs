//! What is left when nothing finer could be told.

use super::sentences::SORRY;
use crate::cause::{Party, Retry, Wire};

causes! {
    Unknown:

    PROVIDER_REFUSED {
        slug: "provider_refused",
        title: "The provider refused the request",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "Your request was refused by the model provider."),
        explanation: "[[{provider}||The provider]] refused the request[[ with status {status}]] for a reason that this \
            gateway does not recognise.",
        remedy: "Read the provider's own words and change what they name; the same request will be refused again.",
        reasons: &[
            "The request asks for something that this model or account cannot do",
            "The provider has a rule that the request breaks",
        ],
        checks: &[
            "Read the provider's message in the error or, for operators, in the record of the request",
            "Send the smallest request that the model accepts and add one parameter at a time",
        ],
        remedies: &["Change what the provider's message names", "Ask the operator of this gateway with the request id"],
        related: &["param_unsupported", "param_unknown", "unknown"],
    }

    UNKNOWN {
        slug: "unknown",
        title: "The cause of the failure is not known",
        party: Party::Gateway,
        retry: Retry::Depends,
        statuses: &[500],
        without_status: true,
        wire: Wire::new(500, "server_error", None, SORRY),
        explanation: "The failure[[ with status {status}]] gives no indication of its cause.",
        remedy: "Repeat the request once and, if it fails again, give the request id to the operator of this gateway.",
        reasons: &[
            "An answer without status and message, or in a form nobody has described",
            "A fault of this gateway that it did not foresee",
        ],
        checks: &[
            "Note status, body and the x-request-id header of the answer",
            "Send the same request to the provider with curl -v",
        ],
        remedies: &["Repeat the request", "Report the request id with the raw answer, the key removed"],
        related: &["server_error", "provider_refused"],
    }
}

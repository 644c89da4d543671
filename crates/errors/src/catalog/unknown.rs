//! What is left when nothing finer could be told.

use super::sentences::SORRY;
use super::snippets;
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
        retry_advice: "Repeating it unchanged does not help: change what the provider's message names.",
        recognised: "A provider answered 4xx with words that nothing finer recognises.",
        example: "{\"error\":{\"message\":\"This operation is not permitted for your account \
            configuration.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["param_unsupported", "param_unknown", "unknown", "content_policy"],
    }

    UNKNOWN {
        slug: "unknown",
        title: "The cause is not known",
        party: Party::Gateway,
        retry: Retry::Depends,
        statuses: &[500],
        without_status: true,
        wire: Wire::new(500, "server_error", None, SORRY),
        explanation: "The failure[[ with status {status}]] gives no indication of its cause.",
        remedy: "Repeat the request once and, if it fails again, give the request id to the operator of this gateway.",
        reasons: &[
            "The text has neither a status nor a message, or comes in a form nobody has described",
            "It is not an error of an API for language models at all",
            "A fault of this gateway that it did not foresee",
        ],
        checks: &[
            "Note status, headers (x-request-id) and the whole body of the answer",
            "Send the same request with curl -v",
        ],
        remedies: &[
            "Ask `tollgate explain` again with the status code, the response body and the request, keys removed",
            "Repeat the request once",
            "Report the request id with the raw answer, the key removed",
        ],
        snippets: &[snippets::RAW_CURL],
        retry_advice: "Repeating it once is worth it; nothing more can be said without status and body.",
        recognised: "Nothing in the text names a mechanism.",
        related: &["server_error", "provider_refused"],
    }
}

//! Causes in URL, path and method.

use super::sentences::{INVALID_URL, METHOD};
use crate::cause::{Party, Retry, Wire};

const NO_SUCH_URL: Wire = Wire::invalid(404, INVALID_URL);

causes! {
    Address:

    BASE_URL_DOUBLE_V1 {
        slug: "base_url_double_v1",
        title: "/v1 appears twice in the URL",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: NO_SUCH_URL,
        explanation: "The path has /v1 twice, since both the base URL and the client add it[[; you probably meant \
            {likely}]].",
        remedy: "Remove /v1 from one of the two: for OpenAI's SDKs the base URL ends in exactly one /v1.",
        reasons: &["The base URL ends in /v1 and the client's path begins with it"],
        checks: &["Print the final URL that is called"],
        remedies: &[
            "Set the base URL to http://host:port/v1 for OpenAI's SDKs, and without /v1 for clients that add it",
        ],
        related: &["base_url_includes_path", "endpoint_not_found"],
    }

    BASE_URL_INCLUDES_PATH {
        slug: "base_url_includes_path",
        title: "The base URL already contains the endpoint's path",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: NO_SUCH_URL,
        explanation: "The endpoint's path stands in the URL twice, since the base URL already contains it[[; you \
            probably meant {likely}]].",
        remedy: "Cut the base URL off after /v1.",
        reasons: &[
            "A whole endpoint address, such as …/v1/chat/completions, was set as the base URL and the client added the \
                path again",
        ],
        checks: &["Print the final URL that is called", "Look at the base URL in the client's settings"],
        remedies: &["Set the base URL to http://host:port/v1"],
        related: &["base_url_double_v1", "endpoint_not_found"],
    }

    ENDPOINT_NOT_FOUND {
        slug: "endpoint_not_found",
        title: "The path does not exist on this server",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 405],
        wire: NO_SUCH_URL,
        explanation: "This server has no [[{path}||such path]][[; the nearest is {likely}]][[; {start}]].",
        remedy: "[[{fix}||Correct the path; below /v1 there are chat/completions, completions, embeddings, moderations, \
            models, models/ID, responses, responses/input_tokens, responses/ID (also /cancel and /input_items) and \
            tollgate/requests/ID (what became of a request)]].",
        reasons: &[
            "The path was mistyped",
            "The endpoint exists at OpenAI but not here",
            "A proxy in front changes the path",
        ],
        checks: &[
            "Call GET /v1/models on the same base URL: if that works, only the path is wrong",
            "Print the final URL, and compare it with the one in the gateway's log",
        ],
        remedies: &["Correct the path", "Use an endpoint that this server has"],
        related: &["base_url_double_v1", "base_url_includes_path", "method_not_allowed"],
    }

    REQUEST_ID_INVALID {
        slug: "request_id_invalid",
        title: "The path does not hold a request id",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "Invalid request id. Expected an ID that begins with 'req_'."),
        explanation: "After /v1/tollgate/requests/ comes the id of a request, `req_` and 32 hexadecimal digits, and what \
            came is not one.",
        remedy: "Use the header `x-request-id` of an answer of this gateway.",
        reasons: &[
            "The id of a completion (`chatcmpl-…`) was used, which is the provider's",
            "The id was cut short when it was copied",
        ],
        checks: &["Compare the id with the header x-request-id of an answer, which has 36 characters"],
        remedies: &["Use the value of x-request-id as it came"],
        related: &["request_not_found", "endpoint_not_found"],
    }

    METHOD_NOT_ALLOWED {
        slug: "method_not_allowed",
        title: "The URL does not accept this HTTP method",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[405],
        wire: Wire::invalid(405, METHOD),
        explanation: "The path [[{path} ]]exists but does not answer [[{method}||this method]][[, only {allowed}]].",
        remedy: "Use [[{either}||{allowed}||the method that the reference names]] for this path.",
        reasons: &[
            "GET was sent where POST belongs, for instance by opening the address in a browser",
            "A redirect from http to https turned POST into GET on the way",
        ],
        checks: &["Print method and final URL of the call", "Run curl -v and look for a redirect before the call"],
        remedies: &["Send the right method", "Call the final https address directly"],
        related: &["endpoint_not_found", "method_unsupported"],
    }
}

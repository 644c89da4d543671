//! Causes in URL, path and method.

use super::sentences::{INVALID_URL, METHOD};
use super::snippets;
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
        reasons: &[
            "The base URL ends in /v1 and the client's path begins with it",
            "A proxy or gateway adds /v1 to a base URL that has it already",
        ],
        checks: &["Print the final URL that is called"],
        remedies: &[
            "For OpenAI's SDKs end the base URL in exactly one /v1: http://host:port/v1",
            "For clients that add /v1 themselves remove it from the base URL",
        ],
        snippets: &[snippets::PROVIDER_PYTHON, snippets::PROVIDER_NODE],
        retry_advice: "Repeating it does not help: correct the base URL.",
        recognised: "The path has /v1 twice.",
        example: "{\"error\":{\"message\":\"Invalid URL (POST \
            /v1/v1/chat/completions)\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["base_url_includes_path", "endpoint_not_found", "base_url_missing_v1"],
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
        checks: &[
            "Print the final URL that is called: the endpoint's path appears twice in it",
            "Look at the base URL (base_url, baseURL, OPENAI_BASE_URL) in the client's settings",
        ],
        remedies: &[
            "Set the base URL to http://host:port/v1, without /chat/completions or /embeddings",
            "Where a tool asks for the full endpoint URL instead, give it that and nothing else",
        ],
        snippets: &[snippets::PROVIDER_PYTHON, snippets::PROVIDER_NODE],
        retry_advice: "Repeating it does not help: correct the base URL.",
        recognised: "The path names the endpoint twice, such as /v1/chat/completions/chat/completions.",
        example: "{\"error\":{\"message\":\"Invalid URL (POST \
            /v1/chat/completions/chat/completions)\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
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
        remedy: "[[{fix}||Correct the path; below /v1 there are chat/completions, completions, embeddings, \
            moderations, models, models/ID, responses, responses/input_tokens, responses/ID (also /cancel and \
            /input_items), tollgate/requests/ID (what became of a request), tollgate/explain and \
            tollgate/models/check]].",
        reasons: &[
            "The path was mistyped, or lacks /v1",
            "The endpoint exists at OpenAI but not at this server: /v1/responses, /v1/assistants, /v1/embeddings",
            "A proxy in front changes or cuts the path",
            "The server is too old for this endpoint",
        ],
        checks: &[
            "Call GET /v1/models on the same base URL: if that works, only the path is wrong",
            "Print the final URL, and compare it with the server's log",
        ],
        remedies: &[
            "Correct the path in the URL: base URL, then the endpoint, as the server's documentation writes it",
            "Use an endpoint that this server has, such as /v1/chat/completions",
            "Correct the proxy's rewriting (nginx: a slash behind `proxy_pass` cuts the prefix off)",
        ],
        snippets: &[snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it does not help: correct the path.",
        recognised: "The server says Invalid URL, unknown_url, Not Found or no Route matched, of a path.",
        example: "{\"error\":{\"message\":\"Invalid URL (POST \
            /v1/chat/completion)\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &[
            "base_url_double_v1",
            "base_url_includes_path",
            "method_not_allowed",
            "base_url_missing_v1",
            "base_url_wrong",
            "upstream_endpoint_not_found",
        ],
    }

    REQUEST_ID_INVALID {
        slug: "request_id_invalid",
        title: "What came is not the id of a request",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "Invalid request id. Expected an ID that begins with 'req_'."),
        explanation: "The id of a request, `req_` and 32 hexadecimal digits, belongs [[into `{param}`||behind \
            /v1/tollgate/requests/]], and what came is not one.",
        remedy: "Use the header `x-request-id` of an answer of this gateway.",
        reasons: &[
            "The id of a completion (`chatcmpl-…`) was used, which is the provider's",
            "The id was cut short when it was copied",
        ],
        checks: &["Compare the id with the header x-request-id of an answer, which has 36 characters"],
        remedies: &["Use the value of x-request-id as it came"],
        retry_advice: "Repeating it does not help: use the id from x-request-id.",
        recognised: "This gateway answers 400 on /v1/tollgate/requests/ID.",
        example: "Invalid request id. Expected an ID that begins with 'req_'.",
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
            "A redirect (http to https, or a missing slash) turned POST into GET on the way",
            "The base URL is that of a web site or static server, such as nginx, and not of the API",
            "The path is another one than was meant: POST to /v1/models or to /v1",
        ],
        checks: &[
            "Print method and final URL of the call",
            "Run curl -v and look for a redirect before the call",
            "Look at the header `server`: nginx itself answers 405 to a POST on a static page",
        ],
        remedies: &[
            "Send the right method, mostly POST",
            "Call the final https address directly, with the endpoint's path",
            "Correct the base URL, or nginx's location and proxy_pass",
        ],
        snippets: &[snippets::CALL_CURL],
        retry_advice: "Repeating it does not help: correct method or URL.",
        recognised: "The status is 405, or the text says Method Not Allowed.",
        example: "{\"error\":{\"message\":\"Not allowed to GET on /v1/chat/completions. (HINT: Perhaps you meant to \
            use a different HTTP method?)\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["endpoint_not_found", "method_unsupported", "base_url_wrong", "cors_blocked", "uri_too_long"],
    }
}

//! Causes in the HTTP message itself, before any of it is read as an API call.
//!
//! OpenAI's edge answers these with a web page; here they get the error object like all others. The sentences are
//! therefore ours, and the codes null.

use super::snippets;
use crate::cause::{Party, Retry, Wire};

const fn http(status: u16, sentence: &'static str) -> Wire {
    Wire::invalid(status, sentence)
}

causes! {
    Body:

    HTTP_MALFORMED {
        slug: "http_malformed",
        title: "The bytes received are not an HTTP request",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: http(400, "The request could not be read as HTTP."),
        explanation: "The beginning of the request breaks the rules of HTTP/1.1[[: {what}]].",
        remedy: "Send the request with an HTTP library, and use http:// where this port does not use TLS.",
        reasons: &[
            "https:// was used on a port that speaks plain http",
            "The request was put together by hand",
            "A header has a line break or a control character in it",
        ],
        checks: &["Try the same call with curl -v", "Look whether the address says http or https"],
        remedies: &["Correct the scheme in the base URL", "Let a library write the request"],
        snippets: &[snippets::SCHEME_SHELL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The server answers 400 before it has read a request: the bytes break the rules of HTTP.",
        example: "HTTP/1.1 400 Bad Request … The request could not be read as HTTP. The beginning of the request \
            breaks the rules of HTTP/1.1: a header has no colon.",
        related: &[
            "http_version_unsupported",
            "framing_ambiguous",
            "host_invalid",
            "http_https_mismatch",
            "head_timeout",
            "expectation_unsupported",
        ],
    }

    HTTP_VERSION_UNSUPPORTED {
        slug: "http_version_unsupported",
        title: "The HTTP version is not supported",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[505],
        wire: http(505, "The HTTP version of the request is not supported."),
        explanation: "The request was sent as [[{version}||a version of HTTP that this port does not support]].",
        remedy: "Send the request with HTTP/1.1.",
        reasons: &[
            "A client or proxy speaks HTTP/0.9 or a version that does not exist",
            "Something that is not HTTP was sent to this port",
        ],
        checks: &["Run curl --http1.1 -v against the same address"],
        remedies: &["Set the client or proxy to HTTP/1.1 (nginx: proxy_http_version 1.1)"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 505, or the answer names an HTTP version.",
        example: "HTTP/1.1 505 HTTP Version Not Supported",
        related: &["http_malformed"],
    }

    HEAD_TOO_LARGE {
        slug: "head_too_large",
        title: "The headers of the request are too large",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[431],
        wire: http(431, "The headers of the request are too large."),
        explanation: "The request's first line and headers together exceed the limit[[ of {limit}]].",
        remedy: "Send fewer or shorter headers, cookies first.",
        reasons: &["Cookies of a browser came along", "A trace or a token of many kilobytes was put into a header"],
        checks: &["Print each header's name and length"],
        remedies: &["Remove cookies for this host", "Put long values into the body"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 431 (nginx says 400 `Request Header Or Cookie Too Large`).",
        example: "HTTP/1.1 431 Request Header Fields Too Large",
        related: &["headers_too_many", "uri_too_long", "body_too_large"],
    }

    HEADERS_TOO_MANY {
        slug: "headers_too_many",
        title: "The request has too many headers",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[431],
        wire: http(431, "The request has too many headers."),
        explanation: "[[It has {count}, and {limit} are allowed||It has more than {limit}||It has more than are \
            allowed here]].",
        remedy: "Send fewer headers.",
        reasons: &["A proxy or a wrapper adds headers in a loop", "Default headers are added again with every call"],
        checks: &["Print the names of all headers and look for repeated ones"],
        remedies: &["Set headers once, on the client", "Let the proxy replace headers instead of adding them"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 431, and the number of headers is named.",
        example: "The request has too many headers. It has 140, and 100 are allowed.",
        related: &["head_too_large"],
    }

    URI_TOO_LONG {
        slug: "uri_too_long",
        title: "The URL is too long",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[414],
        wire: http(414, "The URL of the request is too long."),
        explanation: "It exceeds the limit[[ of {limit}]].",
        remedy: "Move what stands behind the question mark into the JSON body of a POST.",
        reasons: &[
            "The prompt or the parameters were put into the query",
            "The client sends GET with parameters where POST belongs",
        ],
        checks: &["Print the URL and its length"],
        remedies: &["Send the parameters as the body"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 414.",
        example: "HTTP/1.1 414 URI Too Long",
        related: &["head_too_large", "method_not_allowed"],
    }

    HOST_INVALID {
        slug: "host_invalid",
        title: "The Host header is missing, repeated or invalid",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: http(400, "The Host header of the request is missing or invalid."),
        explanation: "The Host header is [[{what}||missing, repeated or not a host name]].",
        remedy: "Send exactly one Host header with the name and port of this server.",
        reasons: &["The request was put together by hand", "A proxy adds its own Host header to the client's"],
        checks: &["Print all headers of the request, repeated names too"],
        remedies: &["Let the library write the header", "Set the header in the proxy instead of adding it"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 400, and the text names the Host header.",
        example: "The Host header of the request is missing or invalid.",
        related: &["http_malformed", "framing_ambiguous"],
    }

    FRAMING_AMBIGUOUS {
        slug: "framing_ambiguous",
        title: "It is not clear where the body ends",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: http(400, "The length of the request's body is ambiguous."),
        explanation: "The headers that say how long the body is contradict each other[[: {what}]].",
        remedy: "Send either one Content-Length or `Transfer-Encoding: chunked`, never both and never twice.",
        reasons: &[
            "Content-Length was set by hand and the library added its own",
            "A proxy changed the body's form and kept the old header",
            "Somebody tries to smuggle a second request past a proxy",
        ],
        checks: &[
            "Print Content-Length and Transfer-Encoding as they leave the client",
            "Call past each proxy in turn",
        ],
        remedies: &["Leave both headers to the library", "Correct or update the proxy"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The text says that Content-Length and Transfer-Encoding contradict each other or are repeated.",
        example: "The length of the request's body is ambiguous. The headers that say how long the body is contradict \
            each other: Content-Length is given twice.",
        related: &["http_malformed", "body_incomplete", "host_invalid"],
    }

    HEAD_TIMEOUT {
        slug: "head_timeout",
        title: "The headers did not arrive in time",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[408],
        wire: http(408, "The headers of the request did not arrive in time."),
        explanation: "They were not complete within [[{limit}||the time allowed]].",
        remedy: "Send the request again; open a connection only when there is something to send.",
        reasons: &[
            "The network stalled",
            "A connection was opened in advance and not used",
            "The client was paused in the middle of sending",
        ],
        checks: &["Look whether other calls from the same machine are slow as well"],
        remedies: &["Repeat the request", "Shorten the client's keep-alive below that of this server"],
        retry_advice: "Repeating it helps: send it again on a new connection.",
        recognised: "The status is 408 before the headers were complete.",
        example: "HTTP/1.1 408 Request Timeout … The headers of the request did not arrive in time.",
        related: &["body_timeout", "http_malformed"],
    }

    EXPECTATION_UNSUPPORTED {
        slug: "expectation_unsupported",
        title: "The Expect header asks for something unknown",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[417],
        wire: http(417, "The expectation given in the Expect header cannot be met."),
        explanation: "[[The header says `{what}`, and only||Only]] `Expect: 100-continue` is known here.",
        remedy: "Remove the Expect header.",
        reasons: &["The header was set by hand", "A proxy garbled it"],
        checks: &["Print the Expect header that leaves the client"],
        remedies: &["Remove it (curl: -H 'Expect:')"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 417.",
        example: "HTTP/1.1 417 Expectation Failed",
        related: &["http_malformed"],
    }

    METHOD_UNSUPPORTED {
        slug: "method_unsupported",
        title: "The HTTP method is not supported",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[501],
        wire: http(501, super::sentences::METHOD),
        explanation: "This server does not answer [[{method}||the method sent]] on any path.",
        remedy: "Use GET or POST as the reference says; this server is not a forward proxy.",
        reasons: &[
            "The address of this gateway was set as HTTP_PROXY or HTTPS_PROXY, so the client sends CONNECT",
            "A scanner tries TRACE or WebDAV methods",
        ],
        checks: &["Print the proxy variables of the process: env | grep -i proxy"],
        remedies: &["Set the gateway as the base URL and not as a proxy"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 501, and the method is CONNECT or another one that no path answers.",
        example: "Not allowed to CONNECT on any path. (HINT: Perhaps you meant to use a different HTTP method?)",
        related: &["method_not_allowed"],
    }
}

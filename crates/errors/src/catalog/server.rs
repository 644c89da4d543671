//! Faults and overload of a server: the provider's, and what stands in front of it.

use super::sentences::{OVERLOADED, SORRY};
use crate::cause::{Party, Retry, Wire};

const fn server(status: u16) -> Wire {
    Wire::new(status, "server_error", None, SORRY)
}

causes! {
    Server:

    PROVIDER_OVERLOADED {
        slug: "provider_overloaded",
        title: "The provider is overloaded",
        party: Party::Provider,
        retry: Retry::Yes,
        wire: Wire::new(503, "service_unavailable_error", Some("server_is_overloaded"), OVERLOADED),
        explanation: "[[{provider}||The provider]] has no capacity for [[`{model}`||this model]] at the moment; it is \
            not your limit.",
        remedy: "Try again with exponential back-off and jitter, or use another model.",
        reasons: &["High load at the provider", "A model just released"],
        checks: &["Look at the provider's status page", "Look whether other models of the provider answer"],
        remedies: &["Repeat later", "Let the operator add a fallback model or a second deployment"],
        related: &["upstream_rate_limited", "service_unavailable"],
    }

    SERVER_ERROR {
        slug: "server_error",
        title: "Internal error at the provider",
        party: Party::Provider,
        retry: Retry::Yes,
        wire: server(500),
        explanation: "[[{provider}||The provider]] reported an internal error[[ with status {status}]].",
        remedy: "Try again; if the same request fails each time, send a simpler one and report the request id.",
        reasons: &["A fault at the provider", "An unusual request that triggers one"],
        checks: &["Look at the provider's status page", "Send the smallest request to the same model"],
        remedies: &["Repeat with back-off", "Report the provider's request id (x-tollgate-upstream-request-id)"],
        related: &["bad_gateway", "service_unavailable", "provider_overloaded"],
    }

    BAD_GATEWAY {
        slug: "bad_gateway",
        title: "The provider's edge got no valid answer",
        party: Party::Provider,
        retry: Retry::Yes,
        wire: server(502),
        explanation: "A server in front of [[{provider}||the provider]] answered 502: it got no valid answer from \
            behind.",
        remedy: "Try again with back-off.",
        reasons: &[
            "A restart or fault behind the provider's edge",
            "A proxy of your own company with a wrong upstream",
        ],
        checks: &[
            "Read the `server` header of the answer in the record: it tells whose proxy it is",
            "Look at the provider's status page",
        ],
        remedies: &["Repeat the request", "Correct the proxy's upstream"],
        related: &["service_unavailable", "gateway_timeout", "cloudflare_5xx"],
    }

    SERVICE_UNAVAILABLE {
        slug: "service_unavailable",
        title: "The provider is unavailable",
        party: Party::Provider,
        retry: Retry::Yes,
        wire: server(503),
        explanation: "[[{provider}||The provider]] answered 503: it does not serve requests at the moment.",
        remedy: "Try again with back-off, or use another model.",
        reasons: &[
            "Maintenance",
            "No healthy server behind the provider's edge",
            "A model that has to be loaded first",
        ],
        checks: &["Look at the provider's status page", "Read the answer's text in the record"],
        remedies: &["Repeat later", "Let the operator add a fallback"],
        related: &["provider_overloaded", "bad_gateway"],
    }

    GATEWAY_TIMEOUT {
        slug: "gateway_timeout",
        title: "A proxy in front of the provider gave up waiting",
        party: Party::Provider,
        retry: Retry::Yes,
        wire: server(504),
        explanation: "A server in front of [[{provider}||the provider]] answered 504: the answer took longer than it \
            waits.",
        remedy: "Stream the answer or lower the output ceiling, then try again.",
        reasons: &[
            "A long answer without streaming",
            "A proxy whose time limit is shorter than the model's answer",
            "An overloaded model",
        ],
        checks: &[
            "Read the `server` header of the answer in the record: it tells whose proxy it is",
            "Look whether it always comes after the same time",
        ],
        remedies: &["Use stream: true", "Raise the proxy's time limit"],
        related: &["upstream_first_byte_timeout", "cloudflare_5xx"],
    }

    CLOUDFLARE_5XX {
        slug: "cloudflare_5xx",
        title: "Cloudflare could not reach the provider's server",
        party: Party::Provider,
        retry: Retry::Yes,
        wire: server(502),
        explanation: "Cloudflare, in front of [[{provider}||the provider]], answered[[ {status}:||:]] the server \
            behind it was unreachable or too slow.",
        remedy: "Try again, and stream the answer so that Cloudflare's limit of about 100 seconds does not apply.",
        reasons: &[
            "The server behind is down (521, 522, 523)",
            "The answer took longer than Cloudflare waits (524)",
            "TLS between Cloudflare and the server failed (525, 526)",
        ],
        checks: &["Read the number and the Ray ID on the page"],
        remedies: &[
            "Repeat the request",
            "Stream the answer",
            "If the server is yours, look at it from Cloudflare's side",
        ],
        related: &["bad_gateway", "gateway_timeout", "waf_blocked"],
    }

    WAF_BLOCKED {
        slug: "waf_blocked",
        title: "A firewall or bot protection blocked the request",
        party: Party::Network,
        retry: Retry::No,
        wire: server(502),
        explanation: "A web page of a firewall came back instead of an answer of [[{provider}||the provider]][[ \
            (status {status})]]; it is not your key.",
        remedy: "The operator has to check the outgoing address of the gateway and the provider's base URL.",
        reasons: &[
            "The outgoing address has a bad reputation or belongs to a VPN or hosting network",
            "A rule reacts to something in the body, such as code",
            "The address is a web site's and not the API's",
        ],
        checks: &["Read title and Ray ID of the page in the evidence", "Send the same call from another network"],
        remedies: &[
            "Use another outgoing address",
            "Ask the owner of the site to allow the gateway",
            "Set the official API host",
        ],
        related: &["html_instead_of_json", "region_unsupported", "cloudflare_5xx"],
    }
}

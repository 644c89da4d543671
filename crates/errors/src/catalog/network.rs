//! Causes on the way between gateway and provider, and between caller and gateway.
//!
//! The texts are read by callers, who may know nothing of the gateway's network: addresses and names of hosts go into
//! the record of the request and its log line, never into a fact.

use super::sentences::SORRY;
use crate::cause::{Party, Retry, Wire};

const fn server(status: u16) -> Wire {
    Wire::new(status, "server_error", None, SORRY)
}

causes! {
    Network:

    DNS_FAILURE {
        slug: "dns_failure",
        title: "The provider's host name cannot be resolved",
        party: Party::Network,
        retry: Retry::Yes,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The gateway could not find the address of [[{provider}||the provider]][[: {what}]].",
        remedy: "Try again shortly; if it lasts, the operator has to check the host name and the resolver of the \
            gateway's machine.",
        reasons: &[
            "No resolver in the container, or no network",
            "A mistyped host in the provider's settings",
            "A filter blocks the name",
        ],
        checks: &[
            "Run `getent hosts <host>` on the gateway's machine or in its container",
            "Compare the host with the provider's documentation",
        ],
        remedies: &["Correct the host name", "Give the container a working resolver"],
        related: &["connection_refused", "connect_timeout"],
    }

    CONNECTION_REFUSED {
        slug: "connection_refused",
        title: "Nothing listens at the provider's address and port",
        party: Party::Network,
        retry: Retry::Depends,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The address of [[{provider}||the provider]] refused the gateway's connection, so nothing listens \
            there.",
        remedy: "Try again shortly; if it lasts, the operator has to start the upstream server or correct its host and \
            port.",
        reasons: &[
            "A local model server is not running, or listens on another port or on 127.0.0.1 of another container",
            "localhost in the settings means the gateway's own container",
            "A firewall rejects the connection",
        ],
        checks: &[
            "Run curl against the upstream's address from the gateway's machine or container",
            "Run `ss -ltn` on the upstream's machine",
        ],
        remedies: &[
            "Start the server",
            "Correct host and port",
            "Use host.docker.internal or the service's name instead of localhost",
        ],
        related: &["dns_failure", "connect_timeout", "connection_reset"],
    }

    CONNECT_TIMEOUT {
        slug: "connect_timeout",
        title: "No connection to the provider could be opened",
        party: Party::Network,
        retry: Retry::Yes,
        statuses: &[504],
        without_status: true,
        wire: server(504),
        explanation: "The gateway could not open a connection to [[{provider}||the provider]][[ within {limit}]][[: \
            {what}]].",
        remedy: "Try again shortly; if it lasts, the operator has to check firewall and network between gateway and \
            provider.",
        reasons: &[
            "A firewall drops the packets silently",
            "The network lets calls out through a proxy only, and this gateway uses none",
            "The provider's address is unreachable from here",
        ],
        checks: &[
            "Run curl -v against the provider's address from the gateway's machine",
            "Look whether other hosts can be reached",
        ],
        remedies: &["Open the firewall for the host", "Run the gateway where it can reach the provider directly"],
        related: &["connection_refused", "dns_failure", "upstream_first_byte_timeout"],
    }

    CONNECTION_RESET {
        slug: "connection_reset",
        title: "The provider closed the connection",
        party: Party::Network,
        retry: Retry::Yes,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "[[{provider}||The provider]] closed the connection before its answer was complete[[: {what}]].",
        remedy: "Send the request again.",
        reasons: &[
            "An idle connection was closed just as it was used again",
            "The upstream server restarted or crashed",
            "A firewall cut the connection",
        ],
        checks: &["Look whether it happens after pauses only", "Look into the upstream server's log, if it is yours"],
        remedies: &[
            "Repeat the request",
            "Let the operator keep idle connections for a shorter time than the provider does",
        ],
        related: &["stream_interrupted", "connection_refused", "bad_gateway"],
    }

    TLS_UNTRUSTED_CA {
        slug: "tls_untrusted_ca",
        title: "The provider's TLS certificate is not trusted",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The gateway does not trust the TLS certificate that was shown for [[{provider}||the \
            provider]][[: {what}]].",
        remedy: "The operator has to add the certificate of that authority to the provider's `roots` in the gateway's \
            settings; your request is fine.",
        reasons: &[
            "A company's TLS inspection signs with its own authority",
            "A self-signed certificate of a server inside the company",
            "The machine's bundle of roots is missing or old",
        ],
        checks: &[
            "Read host name and TLS library's own words in the gateway's log or in the record of the request",
            "Run openssl s_client -connect host:443 -showcerts on the gateway's machine and read the issuer",
        ],
        remedies: &[
            "Set the provider's `roots = { file = \"ca.pem\" }` to the authority's certificate",
            "Set `roots = \"system\"` where the machine already trusts it, with its bundle (ca-certificates) up to date",
        ],
        related: &["tls_certificate_invalid", "tls_hostname_mismatch", "tls_failure"],
    }

    TLS_HOSTNAME_MISMATCH {
        slug: "tls_hostname_mismatch",
        title: "The provider's certificate is for another name",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The TLS certificate that was shown for [[{provider}||the provider]] was issued for a different \
            name than the host in its `base_url`.",
        remedy: "The operator has to set the provider's `base_url` to a name that its certificate covers; your request \
            is fine.",
        reasons: &[
            "An IP address was set instead of the name",
            "The name leads to another server, for instance through a proxy",
        ],
        checks: &[
            "Read both names, asked for and shown, in the gateway's log or in the record of the request",
            "Run openssl s_client -connect host:443 -servername host and read the certificate's names",
        ],
        remedies: &["Correct `base_url` in the provider's settings", "Have the certificate issued for that name"],
        related: &["tls_untrusted_ca", "tls_certificate_invalid", "tls_failure"],
    }

    TLS_CERTIFICATE_INVALID {
        slug: "tls_certificate_invalid",
        title: "The provider's TLS certificate is not valid",
        party: Party::Provider,
        retry: Retry::Depends,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The TLS certificate that was shown for [[{provider}||the provider]] is not valid[[: {what}]].",
        remedy: "Use another model for now; the provider, or the operator where the server is their own, has to renew \
            the certificate.",
        reasons: &[
            "The certificate was not renewed in time",
            "The clock of the gateway's machine is wrong",
            "The certificate was revoked, or was not made for servers",
        ],
        checks: &[
            "Compare `date -u` on the gateway's machine with the real time",
            "Run openssl s_client -connect host:443 and read the certificate's dates",
        ],
        remedies: &["Renew the certificate", "Set the clock"],
        related: &["tls_untrusted_ca", "tls_hostname_mismatch", "tls_failure"],
    }

    TLS_FAILURE {
        slug: "tls_failure",
        title: "The TLS handshake with the provider failed",
        party: Party::Network,
        retry: Retry::Depends,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The TLS handshake with [[{provider}||the provider]] failed[[: {what}]].",
        remedy: "Try again once; if it fails again, the operator has to check whether the provider's address really \
            uses TLS.",
        reasons: &[
            "https:// was set for a server that speaks plain http",
            "Gateway and provider have no TLS version or cipher in common",
            "The provider asks for a client certificate, which this gateway does not send",
        ],
        checks: &["Run curl -v against the address with https:// and with http://"],
        remedies: &["Correct the scheme in `base_url`", "Let the server offer TLS 1.2 or 1.3"],
        related: &["tls_untrusted_ca", "tls_certificate_invalid", "tls_hostname_mismatch"],
    }

    UPSTREAM_FIRST_BYTE_TIMEOUT {
        slug: "upstream_first_byte_timeout",
        title: "The provider did not begin to answer in time",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[504],
        without_status: true,
        wire: server(504),
        explanation: "[[{provider}||The provider]] took the request but sent no byte of an answer[[ within {limit}]].",
        remedy: "Try again, with `stream: true` or a lower output limit (`max_tokens`) where answers are long.",
        reasons: &[
            "Without streaming the whole answer is made before its first byte",
            "The provider is overloaded",
            "The model reasons for a long time",
        ],
        checks: &[
            "Compare the time limit with tollgate_request_duration_seconds of the model on /metrics",
            "Send the same call with stream: true",
        ],
        remedies: &[
            "Stream the answer",
            "Lower the output limit",
            "Let the operator raise the provider's `timeouts.first_byte`",
        ],
        related: &["upstream_idle_timeout", "request_timeout", "gateway_timeout"],
    }

    UPSTREAM_FIRST_TOKEN_TIMEOUT {
        slug: "upstream_first_token_timeout",
        title: "The provider's stream did not begin in time",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[504],
        without_status: true,
        wire: server(504),
        explanation: "[[{provider}||The provider]] opened a stream but sent no first part of the answer[[ within \
            {limit}]].",
        remedy: "Try again; if it lasts, use another model or let the operator add a second deployment.",
        reasons: &[
            "The provider is overloaded: the request waits in its queue",
            "The model reasons for a long time before its first word",
            "The prompt is very long",
        ],
        checks: &[
            "Compare the time limit with tollgate_time_to_first_token_seconds of the model on /metrics",
            "Send a short prompt to the same model",
        ],
        remedies: &[
            "Repeat the request",
            "Shorten the prompt",
            "Let the operator raise the deployment's `timeouts.first_token`, or add a deployment to fall back to",
        ],
        related: &["upstream_first_byte_timeout", "upstream_idle_timeout", "upstream_total_timeout"],
    }

    UPSTREAM_TOTAL_TIMEOUT {
        slug: "upstream_total_timeout",
        title: "The provider's answer took too long as a whole",
        party: Party::Provider,
        retry: Retry::Depends,
        statuses: &[504],
        without_status: true,
        wire: server(504),
        explanation: "[[{provider}||The provider]] was still answering when the time set for one attempt[[, {limit},]] \
            had passed.",
        remedy: "Ask for a shorter answer (`max_tokens`); if answers are meant to be that long, the operator has to \
            raise the limit.",
        reasons: &["A very long answer", "A provider that is slower than usual"],
        checks: &["Compare the limit with tollgate_request_duration_seconds of the model on /metrics"],
        remedies: &["Lower the output limit", "Let the operator raise the deployment's `timeouts.total`"],
        related: &["request_timeout", "upstream_idle_timeout", "upstream_first_token_timeout"],
    }

    CIRCUIT_OPEN {
        slug: "circuit_open",
        title: "The model's providers failed repeatedly and are left alone for a moment",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[503],
        wire: Wire::new(503, "server_error", Some("service_unavailable"), SORRY),
        explanation: "Every deployment of the model[[ {model}]] failed several times in a row, so the gateway does not \
            ask it again before a short pause is over.",
        remedy: "Try again [[after {delay}||shortly]]; the first request then finds out whether it works again.",
        reasons: &[
            "An outage at the provider",
            "A wrong base URL, model name or credential of the deployment",
            "The way to the provider is broken",
        ],
        checks: &[
            "Look at tollgate_breaker_state on /metrics",
            "Look into the records of the requests before: their cause is the real one",
            "Look at the provider's status page",
        ],
        remedies: &[
            "Repeat with exponential back-off",
            "Let the operator add a second deployment or a fallback model",
            "Let the operator adjust `breaker`",
        ],
        related: &["service_unavailable", "provider_overloaded", "connection_refused"],
    }

    UPSTREAM_IDLE_TIMEOUT {
        slug: "upstream_idle_timeout",
        title: "The provider's answer stalled",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[504],
        without_status: true,
        wire: server(504),
        explanation: "[[{provider}||The provider]] began to answer and then sent nothing more[[ for {limit}]].",
        remedy: "Send the request again; what arrived is not the whole answer.",
        reasons: &[
            "The provider stalled in the middle of the answer",
            "The model reasons for a long time between two parts",
            "The connection broke without being closed",
        ],
        checks: &[
            "Look whether it happens after the same time each time",
            "Compare with other models of the same provider",
        ],
        remedies: &["Repeat the request", "Let the operator raise the provider's `timeouts.idle`"],
        related: &["upstream_first_byte_timeout", "stream_interrupted"],
    }

    UPSTREAM_PROTOCOL_ERROR {
        slug: "upstream_protocol_error",
        title: "The provider's answer breaks the rules of HTTP",
        party: Party::Provider,
        retry: Retry::Depends,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "What [[{provider}||the provider]] sent could not be read as an HTTP answer[[: {what}]].",
        remedy: "Try again once; if it fails again, the operator has to check that the address is the provider's API.",
        reasons: &[
            "The address or port belongs to another service",
            "A proxy in between garbles answers",
            "A fault of the upstream server",
        ],
        checks: &["Run curl -v against the upstream's address from the gateway's machine"],
        remedies: &["Correct the address", "Call past the proxy"],
        related: &["html_instead_of_json", "response_shape_unexpected", "connection_reset"],
    }

    REDIRECT_BREAKS_REQUEST {
        slug: "redirect_breaks_request",
        title: "The provider's address answered with a redirect",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[502, 301, 302, 307, 308, 401, 405],
        without_status: true,
        wire: server(502),
        explanation: "[[{provider}||The provider]] answered with a redirect[[ ({status})]], which is never followed, \
            since it would carry the request and its credential elsewhere.",
        remedy: "The operator has to set the provider's final https address in the gateway's settings.",
        reasons: &["http:// was set instead of https://", "The host was renamed, or leads to a login page"],
        checks: &["Run curl -I against the address that is set and read Location"],
        remedies: &["Set the final address"],
        related: &["html_instead_of_json", "tls_failure"],
    }

    HTML_INSTEAD_OF_JSON {
        slug: "html_instead_of_json",
        title: "A web page came instead of JSON",
        party: Party::Gateway,
        retry: Retry::Depends,
        statuses: &[502, 200, 404],
        without_status: true,
        wire: server(502),
        explanation: "[[{provider}||The provider]] answered with a web page[[ and status {status}]] where JSON was \
            expected.",
        remedy: "Try again once; if it happens again, the operator has to check the provider's base URL and what \
            is in front of it.",
        reasons: &[
            "The base URL is a web site or lacks /v1",
            "A login page, a proxy or a hosting platform answered instead",
        ],
        checks: &["Run curl against the address that is set, from the gateway's machine, and read the page"],
        remedies: &["Correct the base URL", "Let the gateway past the login page or proxy"],
        related: &["response_shape_unexpected", "cloudflare_5xx", "waf_blocked", "redirect_breaks_request"],
    }

    RESPONSE_SHAPE_UNEXPECTED {
        slug: "response_shape_unexpected",
        title: "The provider's answer lacks the expected fields",
        party: Party::Provider,
        retry: Retry::Depends,
        statuses: &[502, 200],
        without_status: true,
        wire: server(502),
        explanation: "[[{provider}||The provider]] answered with something that is not an answer of this API[[: {what}]].",
        remedy: "Try again once; if it happens again, the operator has to check that the model's deployment really \
            offers the API it is set to.",
        reasons: &[
            "The upstream server is not compatible on this path",
            "A deployment is set to the wrong dialect",
            "An error came with status 200",
        ],
        checks: &["Send the same call to the upstream directly and read the raw answer"],
        remedies: &["Correct dialect or base URL of the deployment"],
        related: &["html_instead_of_json", "upstream_protocol_error"],
    }

    UPSTREAM_CREDENTIAL_REJECTED {
        slug: "upstream_credential_rejected",
        title: "The provider refused the gateway's own credential",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[502],
        wire: server(502),
        explanation: "[[{provider}||The provider]] refused the credential that this gateway uses; your own key is \
            fine.",
        remedy: "The operator of this gateway has to replace the provider's credential, or have it given the \
            permission it lacks.",
        reasons: &[
            "The provider's key was revoked, expired or mistyped",
            "The account lacks access to the model or region",
            "The key belongs to another address of the provider",
        ],
        checks: &[
            "Read the provider's own words in the record of the request",
            "Call the provider with the credential directly, for instance GET /v1/models with curl",
        ],
        remedies: &["Set a valid credential (`tollgate credentials set`)", "Have the account given access to the model"],
        related: &["upstream_credential_missing", "region_unsupported", "upstream_model_not_found"],
    }

    UPSTREAM_CREDENTIAL_MISSING {
        slug: "upstream_credential_missing",
        title: "The gateway has no credential for the provider",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[502],
        wire: server(502),
        explanation: "[[`{model}`||The model]] is set up, but the gateway holds no usable credential for \
            [[{provider}||its provider]].",
        remedy: "The operator has to enter the provider's credential in the gateway.",
        reasons: &[
            "The environment variable named in the settings is not set",
            "The credential was deleted, or cannot be decrypted with the present master key",
        ],
        checks: &[
            "Look with `tollgate credentials list` whether the credential is kept",
            "Look whether the variable is set in the gateway's process",
        ],
        remedies: &["Set the credential (`tollgate credentials set`)", "Start the gateway with the variable set"],
        related: &["upstream_credential_rejected"],
    }

    UPSTREAM_ENDPOINT_NOT_FOUND {
        slug: "upstream_endpoint_not_found",
        title: "The provider does not have this endpoint",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::invalid(404, "The model provider does not have this endpoint."),
        explanation: "This gateway serves the endpoint, but the address that is set for [[{provider}||the provider]] \
            has no such path[[ (status {status})]].",
        remedy: "Your request is fine: use another endpoint or model, and ask the operator of this gateway to \
            correct the provider's `base_url` or the model's `endpoints`.",
        reasons: &[
            "`base_url` lacks its version, such as /v1, or has a path too much",
            "The server offers chat completions only, and not embeddings, responses or moderations",
            "The address is another service's",
        ],
        checks: &["Send the same call with curl to `base_url` followed by the endpoint's path"],
        remedies: &["Correct `base_url`", "Leave the endpoint out of the model's `endpoints`"],
        related: &["upstream_model_not_found", "html_instead_of_json", "endpoint_not_found"],
    }

    STREAM_INTERRUPTED {
        slug: "stream_interrupted",
        title: "The stream ended early",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[502, 200],
        without_status: true,
        wire: server(502),
        explanation: "The answer of [[{provider}||the provider]] broke off before its end[[: {what}]].",
        remedy: "Send the request again; what arrived is not the whole answer.",
        reasons: &[
            "The upstream server or a proxy closed the connection",
            "A proxy's time limit for reading is shorter than the answer",
            "The upstream server crashed",
        ],
        checks: &[
            "Look whether it always breaks off after the same time",
            "Look whether it happens without a proxy too",
        ],
        remedies: &["Repeat the request", "Raise the proxy's read limit and switch its buffering off"],
        related: &["upstream_idle_timeout", "connection_reset", "client_aborted"],
    }

    STREAM_DIVERGED {
        slug: "stream_diverged",
        title: "A broken stream could not be continued: the next answer says something else",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The stream had broken off, and [[{provider}||the provider]] was asked to continue it; its answer is \
            not the one that had begun.",
        remedy: "Send the request again; what arrived is not the whole answer.",
        reasons: &[
            "The model answers the same question differently each time",
            "The model's deployments serve different models or versions",
        ],
        checks: &["Look into the request's record: this is the cause of an attempt, the request's own is stream_interrupted"],
        remedies: &[
            "Repeat the request",
            "Ask with temperature 0 and a seed where answers are to be continued",
            "Let the operator switch `resume` off for the model",
        ],
        related: &["stream_interrupted"],
    }

    CLIENT_ABORTED {
        slug: "client_aborted",
        title: "The client cancelled the request",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[499],
        without_status: true,
        wire: Wire::invalid(499, "The client closed the connection before the response was complete."),
        explanation: "The connection was closed from the caller's side[[ after {duration}]], so the rest of the answer \
            could not be delivered.",
        remedy: "Raise the client's timeout if that was not meant.",
        reasons: &[
            "The user stopped it or left the page",
            "The client's timeout is shorter than the answer takes",
            "A proxy in front gave up",
        ],
        checks: &["Compare the duration in the record with the client's timeout", "Look who calls abort() or cancel()"],
        remedies: &["Stream the answer", "Raise the timeout of client and proxy"],
        related: &["stream_interrupted", "request_timeout"],
    }
}

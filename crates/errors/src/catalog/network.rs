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
        title: "The connection to the provider could not be opened in time",
        party: Party::Network,
        retry: Retry::Yes,
        wire: server(504),
        explanation: "No connection to [[{provider}||the provider]] was established[[ within {limit}]].",
        remedy: "Try again shortly; if it lasts, the operator has to check firewall, proxy and route to the provider.",
        reasons: &[
            "A firewall drops the packets silently",
            "The company's proxy must be used and is not set",
            "The provider's address is unreachable from here",
        ],
        checks: &[
            "Run curl -v against the provider's address from the gateway's machine",
            "Look whether other hosts can be reached",
        ],
        remedies: &["Open the firewall for the host", "Set the outgoing proxy in the gateway's settings"],
        related: &["connection_refused", "dns_failure", "upstream_first_byte_timeout"],
    }

    CONNECTION_RESET {
        slug: "connection_reset",
        title: "The provider closed the connection",
        party: Party::Network,
        retry: Retry::Yes,
        wire: server(502),
        explanation: "[[{provider}||The provider]] closed the connection before it answered.",
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
        wire: server(502),
        explanation: "The certificate shown for [[{provider}||the provider]] was issued by an authority that the \
            gateway does not trust[[: {what}]].",
        remedy: "The operator has to add the issuer's certificate to the gateway's trusted roots; verification must \
            stay on.",
        reasons: &[
            "A company's TLS inspection signs with its own authority",
            "A self-signed certificate of an inner server",
            "The machine's bundle of roots is missing or old",
        ],
        checks: &["Run openssl s_client -connect host:443 -showcerts on the gateway's machine and read the issuer"],
        remedies: &[
            "Name the company's root in the gateway's settings",
            "Install the operating system's bundle (ca-certificates)",
        ],
        related: &["tls_hostname_mismatch", "tls_failure"],
    }

    TLS_HOSTNAME_MISMATCH {
        slug: "tls_hostname_mismatch",
        title: "The provider's certificate is for another name",
        party: Party::Gateway,
        retry: Retry::No,
        wire: server(502),
        explanation: "The certificate shown for [[{provider}||the provider]] does not name the host that is set as its \
            address.",
        remedy: "The operator has to set the provider's address to a name that its certificate holds.",
        reasons: &[
            "An IP address was set instead of the name",
            "The name leads to another server, for instance through a proxy",
        ],
        checks: &["Run openssl s_client -connect host:443 -servername host and read the certificate's names"],
        remedies: &["Correct the address in the provider's settings", "Have the certificate issued for that name"],
        related: &["tls_untrusted_ca", "tls_failure"],
    }

    TLS_FAILURE {
        slug: "tls_failure",
        title: "No TLS connection to the provider came about",
        party: Party::Network,
        retry: Retry::Depends,
        wire: server(502),
        explanation: "The TLS handshake with [[{provider}||the provider]] failed[[: {what}]].",
        remedy: "Try again once; if it fails again, the operator has to check whether the provider's address really \
            speaks TLS.",
        reasons: &[
            "https:// was set for a server that speaks plain http",
            "The certificate has expired or is not valid yet, or the machine's clock is wrong",
            "No common TLS version, or a client certificate is asked for",
        ],
        checks: &[
            "Run curl -v against the address with https:// and with http://",
            "Compare `date -u` with the real time",
        ],
        remedies: &["Correct the scheme", "Renew the certificate", "Set the clock"],
        related: &["tls_untrusted_ca", "tls_hostname_mismatch"],
    }

    UPSTREAM_FIRST_BYTE_TIMEOUT {
        slug: "upstream_first_byte_timeout",
        title: "The provider did not begin to answer in time",
        party: Party::Provider,
        retry: Retry::Yes,
        wire: server(504),
        explanation: "[[{provider}||The provider]] took the request but sent no byte of an answer[[ within {limit}]].",
        remedy: "Try again, with `stream: true` or a lower output ceiling where answers are long.",
        reasons: &[
            "Without streaming the whole answer is made before its first byte",
            "The provider is overloaded",
            "The model reasons for a long time",
        ],
        checks: &[
            "Compare the time limit with the model's usual latency on the status page",
            "Send the same call with stream: true",
        ],
        remedies: &[
            "Stream the answer",
            "Lower the output ceiling",
            "Let the operator raise the first-byte limit for this model",
        ],
        related: &["upstream_idle_timeout", "request_timeout", "gateway_timeout"],
    }

    UPSTREAM_IDLE_TIMEOUT {
        slug: "upstream_idle_timeout",
        title: "The provider's answer stalled",
        party: Party::Provider,
        retry: Retry::Yes,
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
        remedies: &["Repeat the request", "Let the operator raise the idle limit for this model"],
        related: &["upstream_first_byte_timeout", "stream_interrupted"],
    }

    UPSTREAM_PROTOCOL_ERROR {
        slug: "upstream_protocol_error",
        title: "The provider's answer breaks the rules of HTTP",
        party: Party::Provider,
        retry: Retry::Depends,
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
        wire: server(502),
        explanation: "[[{provider}||The provider]] answered with a redirect[[ ({status})]], which is never followed, \
            since it would carry the request and its credential elsewhere.",
        remedy: "The operator has to set the provider's final https address in the gateway's settings.",
        reasons: &["http:// was set where https:// belongs", "The host was renamed, or leads to a login page"],
        checks: &["Run curl -I against the address that is set and read Location"],
        remedies: &["Set the final address"],
        related: &["html_instead_of_json", "tls_failure"],
    }

    HTML_INSTEAD_OF_JSON {
        slug: "html_instead_of_json",
        title: "A web page came instead of JSON",
        party: Party::Gateway,
        retry: Retry::Depends,
        wire: server(502),
        explanation: "[[{provider}||The provider]] answered with a web page[[ and status {status}]] where JSON was \
            expected.",
        remedy: "Try again once; if it happens again, the operator has to check the provider's base URL and what \
            stands in front of it.",
        reasons: &[
            "The base URL is a web site or lacks /v1",
            "A login page, a proxy or a hosting platform answered instead",
        ],
        checks: &["Read the page's title in the evidence", "Run curl against the address that is set"],
        remedies: &["Correct the base URL", "Let the gateway past the login page or proxy"],
        related: &["response_shape_unexpected", "cloudflare_5xx", "waf_blocked", "redirect_breaks_request"],
    }

    RESPONSE_SHAPE_UNEXPECTED {
        slug: "response_shape_unexpected",
        title: "The provider's answer lacks the expected fields",
        party: Party::Provider,
        retry: Retry::Depends,
        wire: server(502),
        explanation: "[[{provider}||The provider]] answered with something that is no answer of this API[[: {what}]].",
        remedy: "Try again once; if it happens again, the operator has to check that the model's deployment speaks the \
            API it is set to.",
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
        wire: server(502),
        explanation: "[[{provider}||The provider]] refused the credential that this gateway uses; your own key is \
            fine.",
        remedy: "The operator has to replace the provider's credential in the gateway, or give it the permission it \
            lacks.",
        reasons: &[
            "The provider's key was revoked, expired or mistyped",
            "The account lacks access to the model or region",
            "The key belongs to another address of the provider",
        ],
        checks: &[
            "Read the provider's own words in the record of the request",
            "Test the credential on the providers page",
        ],
        remedies: &["Enter a valid credential", "Grant the account access to the model"],
        related: &["upstream_credential_missing", "region_unsupported", "model_not_found"],
    }

    UPSTREAM_CREDENTIAL_MISSING {
        slug: "upstream_credential_missing",
        title: "The gateway has no credential for the provider",
        party: Party::Gateway,
        retry: Retry::No,
        wire: server(502),
        explanation: "[[`{model}`||The model]] is set up, but the gateway holds no usable credential for \
            [[{provider}||its provider]].",
        remedy: "The operator has to enter the provider's credential in the gateway.",
        reasons: &[
            "The environment variable named in the settings is not set",
            "The credential was deleted, or cannot be decrypted with the present master key",
        ],
        checks: &[
            "Look at the credential's state on the providers page",
            "Look whether the variable is set in the gateway's process",
        ],
        remedies: &["Enter the credential", "Start the gateway with the variable set"],
        related: &["upstream_credential_rejected"],
    }

    STREAM_INTERRUPTED {
        slug: "stream_interrupted",
        title: "The stream ended early",
        party: Party::Provider,
        retry: Retry::Yes,
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

    CLIENT_ABORTED {
        slug: "client_aborted",
        title: "The client cancelled the request",
        party: Party::Caller,
        retry: Retry::No,
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

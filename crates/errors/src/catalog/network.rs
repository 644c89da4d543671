//! Causes on the way between gateway and provider, and between caller and gateway.
//!
//! The texts are read by callers, who may know nothing of the gateway's network: addresses and names of hosts go into
//! the record of the request and its log line, never into a fact.

use super::sentences::SORRY;
use super::snippets;
use super::wires::NOT_ANSWERED;
use crate::cause::{Party, Retry, Wire};

const fn server(status: u16) -> Wire {
    Wire::new(status, "server_error", None, SORRY)
}

causes! {
    Network:

    DNS_FAILURE {
        slug: "dns_failure",
        title: "The host name cannot be resolved",
        party: Party::Network,
        retry: Retry::Yes,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The gateway could not find the address of [[{provider}||the provider]][[: {what}]].",
        remedy: "Try again shortly; if it lasts, the operator has to check the host name and the resolver of the \
            gateway's machine.",
        reasons: &[
            "No DNS: no resolver in the container, the machine is offline, a VPN changed the resolver",
            "A mistyped host in the base URL or in the provider's settings",
            "A filter or the company's DNS blocks the name",
            "The resolver failed for a moment (EAI_AGAIN, Temporary failure in name resolution)",
        ],
        checks: &[
            "`nslookup HOST` or `getent hosts HOST` on the same machine, inside the same container",
            "Compare the host with the provider's documentation, letter by letter",
            "Behind this gateway, its log and `tollgate requests show ID` have host and the system's own words",
        ],
        remedies: &[
            "Correct the host name in the base URL",
            "Give the container a working DNS resolver: `docker run --dns 1.1.1.1`, compose `dns:`, Kubernetes \
                dnsPolicy",
            "Connect the network, or set the company's proxy, which resolves names itself",
        ],
        snippets: &[snippets::DNS_SHELL],
        retry_advice: "Repeating it helps where the resolver failed for a moment; otherwise correct the name or the \
            DNS first.",
        recognised: "The system says ENOTFOUND, EAI_AGAIN, getaddrinfo failed, Name or service not known, no such \
            host.",
        example: "Error: getaddrinfo ENOTFOUND api.openai.com",
        related: &["connection_refused", "connect_timeout", "base_url_malformed", "connection_error_generic"],
    }

    CONNECTION_REFUSED {
        slug: "connection_refused",
        title: "Nothing listens at the address and port",
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
            "The server is not running, or is still starting",
            "Wrong port, or the server is bound to another interface (127.0.0.1 of another machine or container)",
            "localhost in a container's settings means the container itself",
            "A firewall rejects the connection",
        ],
        checks: &[
            "Run curl against the address from the same machine or container",
            "`ss -ltn` on the server's machine lists which ports are listening",
            "Behind this gateway, its log and `tollgate requests show ID` have host and the system's own words",
        ],
        remedies: &[
            "Start the server, and wait until it is listening",
            "Correct host and port in the base URL",
            "Let it listen on 0.0.0.0, and use host.docker.internal or the service's name instead of localhost in \
                containers",
        ],
        snippets: &[snippets::PORT_SHELL],
        retry_advice: "Repeating it helps only where the server is just being started.",
        recognised: "The system says ECONNREFUSED, Connection refused, or that the target actively refused it.",
        example: "Error: connect ECONNREFUSED 10.0.0.5:8000",
        related: &[
            "dns_failure",
            "connect_timeout",
            "connection_reset",
            "connection_refused_local",
            "localhost_in_container",
            "connection_error_generic",
        ],
    }

    CONNECT_TIMEOUT {
        slug: "connect_timeout",
        title: "The connection could not be opened in time",
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
            "The network lets calls out through a proxy only, and none is set",
            "The provider is blocked in this country or network",
            "IPv6 is configured but does not work",
        ],
        checks: &[
            "`curl -v --connect-timeout 10 https://HOST/` from the same machine, also with -4",
            "Look whether other hosts can be reached",
            "Behind this gateway, its log and `tollgate requests show ID` have host and the system's own words",
        ],
        remedies: &[
            "Open the firewall for the host (port 443)",
            "Set HTTPS_PROXY where calls have to leave through a proxy",
            "Run the program where it can reach the provider, or prefer IPv4 (Node: `--dns-result-order=ipv4first`)",
        ],
        snippets: &[snippets::PROXY_SHELL],
        retry_advice: "Repeating it helps where the network had a moment's trouble; otherwise open the way first.",
        recognised: "The system says ETIMEDOUT, ConnectTimeout, Connection timed out or UND_ERR_CONNECT_TIMEOUT while \
            connecting.",
        example: "httpx.ConnectTimeout: [Errno 110] Connection timed out",
        related: &[
            "connection_refused",
            "dns_failure",
            "upstream_first_byte_timeout",
            "timeout",
            "connection_error_generic",
            "proxy_misconfigured",
        ],
    }

    CONNECTION_RESET {
        slug: "connection_reset",
        title: "The connection was closed by the other side",
        party: Party::Network,
        retry: Retry::Yes,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "[[{provider}||The provider]] closed the connection before its answer was complete[[: {what}]].",
        remedy: "Send the request again.",
        reasons: &[
            "An idle keep-alive connection was closed just as it was used again",
            "The server or a proxy restarted or crashed",
            "A firewall, VPN or content filter cut the connection",
            "The body is too large for a proxy in between, which closes instead of answering",
        ],
        checks: &[
            "Look whether it happens after pauses only",
            "Repeat it on a fresh connection with curl, and from another network",
            "Look into the server's log, if it is yours",
            "Behind this gateway, its log and `tollgate requests show ID` have host and the system's own words",
        ],
        remedies: &[
            "Retry, with back-off where it happens often: SDKs do so by `max_retries`",
            "Keep idle connections for a shorter time than the server or proxy does",
            "Look at firewall, VPN and proxy where it happens each time",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps: send it again on a fresh connection.",
        recognised: "The system says ECONNRESET, socket hang up, Connection reset by peer, RemoteDisconnected.",
        example: "Error: read ECONNRESET at TLSWrap.onStreamRead",
        related: &[
            "stream_interrupted",
            "connection_refused",
            "bad_gateway",
            "upstream_protocol_error",
            "gateway_stopped",
        ],
    }

    TLS_UNTRUSTED_CA {
        slug: "tls_untrusted_ca",
        title: "The TLS certificate is not trusted",
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
            "Corporate TLS inspection (Zscaler, Netskope, an antivirus) signs with its own authority, which this \
                program does not trust",
            "The server has a self-signed certificate, or one of the company's own CA",
            "The bundle of root certificates is missing or old: slim images without ca-certificates, Python on macOS",
            "The server does not send its intermediate certificate",
        ],
        checks: &[
            "`openssl s_client -connect HOST:443 -servername HOST -showcerts` and read the issuer: is it the \
                provider's or your company's?",
            "Look whether it works in the browser and with curl, which use other bundles",
            "Behind this gateway, its log and `tollgate requests show ID` have host and the system's own words",
        ],
        remedies: &[
            "Python: SSL_CERT_FILE (httpx, the OpenAI SDK) and REQUESTS_CA_BUNDLE (requests) set to a CA bundle with \
                the company's CA certificate, or `pip install truststore`",
            "Node: NODE_EXTRA_CA_CERTS=/path/company-ca.pem, or `node --use-system-ca`",
            "System and containers: add the CA certificate (`update-ca-certificates`, `apk add ca-certificates`); \
                macOS Python: Install Certificates.command",
            "This gateway: the provider's `roots = { file = \"ca.pem\" }` or `roots = \"system\"`",
            "Do not disable verification: NODE_TLS_REJECT_UNAUTHORIZED=0 and verify=False hand the key to anybody in \
                between",
        ],
        snippets: &[snippets::CA_SHELL, snippets::CA_PYTHON, snippets::CA_NODE],
        retry_advice: "Repeating it does not help: trust the right authority first.",
        recognised: "The TLS library says CERTIFICATE_VERIFY_FAILED, self-signed certificate in certificate chain, \
            unable to get local issuer certificate, UNABLE_TO_VERIFY_LEAF_SIGNATURE.",
        example: "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: \
            self-signed certificate in certificate chain (_ssl.c:1006)",
        related: &[
            "tls_certificate_invalid",
            "tls_hostname_mismatch",
            "tls_failure",
            "connection_error_generic",
            "proxy_misconfigured",
        ],
    }

    TLS_HOSTNAME_MISMATCH {
        slug: "tls_hostname_mismatch",
        title: "The certificate is for another host name",
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
            "An IP address or an internal alias was set instead of the name",
            "The name leads to another server, for instance through a proxy, a hosts file or a captive portal",
            "The server has no certificate for this name and shows its default one",
        ],
        checks: &[
            "Run openssl s_client -connect HOST:443 -servername HOST and read the certificate's names",
            "Look where the name leads: `getent hosts HOST`",
            "Behind this gateway, its log and `tollgate requests show ID` have host and the system's own words",
        ],
        remedies: &[
            "Use the host name that the certificate covers, in the base URL",
            "Have the certificate issued for that name too",
        ],
        snippets: &[snippets::CA_SHELL],
        retry_advice: "Repeating it does not help: correct the name first.",
        recognised: "The TLS library says Hostname mismatch, ERR_TLS_CERT_ALTNAME_INVALID, or that the certificate is \
            not valid for the name.",
        example: "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: IP: \
            10.0.0.5 is not in the cert's list",
        related: &["tls_untrusted_ca", "tls_certificate_invalid", "tls_failure"],
    }

    TLS_CERTIFICATE_INVALID {
        slug: "tls_certificate_invalid",
        title: "The TLS certificate is expired or not valid",
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
            "The clock of this machine is wrong: `not yet valid` speaks for it",
            "The certificate was revoked, or was not made for servers",
        ],
        checks: &[
            "Compare `date -u` with the real time",
            "Run openssl s_client -connect HOST:443 and read the certificate's dates",
        ],
        remedies: &[
            "Renew the certificate, if the server is yours (certbot renew), and reload it",
            "Set the clock by NTP",
            "Use another endpoint or model until the provider has renewed it",
        ],
        snippets: &[snippets::CA_SHELL, snippets::CLOCK_SHELL],
        retry_advice: "Repeating it does not help before the certificate is renewed or the clock is set.",
        recognised: "The TLS library says that the certificate has expired, is not yet valid or was revoked.",
        example: "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: \
            certificate has expired (_ssl.c:1006)",
        related: &["tls_untrusted_ca", "tls_hostname_mismatch", "tls_failure", "clock_skew"],
    }

    TLS_FAILURE {
        slug: "tls_failure",
        title: "The TLS handshake failed",
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
            "The two sides have no TLS version or cipher in common (an old OpenSSL, an old server)",
            "The server asks for a client certificate",
            "A firewall or filter cuts TLS by the host name (SNI)",
        ],
        checks: &[
            "Run curl -v against the address with https:// and with http://",
            "`openssl s_client -connect HOST:443 -servername HOST` shows where the handshake stops",
        ],
        remedies: &[
            "Correct the scheme in the base URL",
            "Let the server offer TLS 1.2 or 1.3, and update old clients",
            "Look at firewall and proxy where the connection is cut in the handshake",
        ],
        snippets: &[snippets::SCHEME_SHELL],
        retry_advice: "Repeating it once is worth it; if it fails again, look at scheme, versions and firewall.",
        recognised: "The TLS library reports a handshake failure, an alert, or an end of file during the handshake.",
        example: "ssl.SSLError: [SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version (_ssl.c:1006)",
        related: &[
            "tls_untrusted_ca",
            "tls_certificate_invalid",
            "tls_hostname_mismatch",
            "http_https_mismatch",
            "redirect_breaks_request",
        ],
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
        snippets: &[snippets::STREAM_PYTHON, snippets::STREAM_NODE],
        retry_advice: "Repeating it helps, streamed or with a lower output limit.",
        recognised: "This gateway waited for the first byte of the provider's answer in vain.",
        example: "The server had an error while processing your request. Sorry about that! openai took the request but \
            sent no byte of an answer within 120 s.",
        related: &[
            "upstream_idle_timeout",
            "request_timeout",
            "gateway_timeout",
            "streaming_required",
            "timeout",
            "connect_timeout",
        ],
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
        retry_advice: "Repeating it helps; if it lasts, use another model.",
        recognised: "This gateway saw a stream begin and no event in it.",
        example: "openai opened a stream but sent no first part of the answer within 60 s.",
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
        snippets: &[snippets::MAX_COMPLETION_PYTHON],
        retry_advice: "Repeating it helps only with a shorter answer.",
        recognised: "This gateway's limit for one attempt passed while the answer was still coming.",
        example: "openai was still answering when the time set for one attempt, 10 min, had passed.",
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
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps after the pause that retry-after names.",
        recognised: "This gateway answers 503 at once, since every deployment of the model failed several times in a \
            row.",
        example: "Every deployment of the model gpt-4o failed several times in a row, so the gateway does not ask it \
            again before a short pause is over.",
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
        retry_advice: "Repeating it helps; what arrived is not the whole answer.",
        recognised: "This gateway saw an answer begin and then nothing more for the time allowed.",
        example: "openai began to answer and then sent nothing more for 60 s.",
        related: &[
            "upstream_first_byte_timeout",
            "stream_interrupted",
            "upstream_first_token_timeout",
            "upstream_total_timeout",
            "request_timeout",
        ],
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
        retry_advice: "Repeating it once is worth it; if it fails again, the address is not the API's.",
        recognised: "What came could not be read as HTTP: an invalid status line, a broken chunk, another protocol.",
        example: "http.client.BadStatusLine: SSH-2.0-OpenSSH_9.6",
        related: &["html_instead_of_json", "response_shape_unexpected", "connection_reset"],
    }

    REDIRECT_BREAKS_REQUEST {
        slug: "redirect_breaks_request",
        title: "A redirect changed the method or dropped the key",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[502, 301, 302, 307, 308, 401, 405],
        without_status: true,
        wire: server(502),
        explanation: "[[{provider}||The provider]] answered with a redirect[[ ({status})]], which is never followed, \
            since it would carry the request and its credential elsewhere.",
        remedy: "The operator has to set the provider's final https address in the gateway's settings.",
        reasons: &[
            "http:// is redirected to https://, and POST becomes GET on the way (then 405 or 404)",
            "A redirect to another host drops the Authorization header (then 401)",
            "The address leads to a login page, or lacks or has a slash too many at its end",
        ],
        checks: &[
            "Run curl -v against the address that is set and read Location (308 Permanent Redirect, 301 Moved \
                Permanently)",
        ],
        remedies: &[
            "Set the final https URL directly as the base URL",
            "Remove the slash, www or path that causes the redirect",
            "This gateway never follows a redirect: correct the provider's `base_url`",
        ],
        snippets: &[snippets::REDIRECT_SHELL],
        retry_advice: "Repeating it does not help: set the final address first.",
        recognised: "The status is 301, 302, 307 or 308, or a POST arrives as a GET at another address.",
        example: "< HTTP/1.1 301 Moved Permanently < location: https://gateway.example/v1/chat/completions",
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
            "The base URL is a web site, or lacks /v1, or the path is wrong",
            "A login page, a proxy or a hosting platform answered instead",
            "A function or proxy timed out and its error page came (Vercel, Netlify, nginx)",
        ],
        checks: &[
            "Print status, content-type and the first bytes of the answer before it is read as JSON",
            "Read the title of the HTML page: it often names the real error, such as a timeout or a login",
        ],
        remedies: &[
            "Correct the base URL or the endpoint, so that JSON comes back",
            "Let the call past the login page or proxy",
            "Where the page tells of a timeout, stream the answer or raise the platform's timeout",
        ],
        snippets: &[snippets::RAW_CURL, snippets::RAW_PYTHON],
        retry_advice: "Repeating it helps where a platform failed for a moment; otherwise correct the address first.",
        recognised: "A parser meets `<`: Unexpected token < in JSON, <!DOCTYPE html>, Expecting value: line 1 column \
            1.",
        example: "SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
        related: &[
            "response_shape_unexpected",
            "cloudflare_5xx",
            "waf_blocked",
            "redirect_breaks_request",
            "base_url_missing_v1",
            "base_url_wrong",
        ],
    }

    RESPONSE_SHAPE_UNEXPECTED {
        slug: "response_shape_unexpected",
        title: "The response lacks the expected fields",
        party: Party::Provider,
        retry: Retry::Depends,
        statuses: &[502, 200],
        without_status: true,
        wire: server(502),
        explanation: "[[{provider}||The provider]] answered with something that is not an answer of this API[[: \
            {what}]].",
        remedy: "Try again once; if it happens again, the operator has to check that the model's deployment really \
            offers the API it is set to.",
        reasons: &[
            "The body is an error object or a text, and the code reads `choices` from it",
            "The server is not compatible on this path, or a router failed with status 200",
            "The base URL lacks /v1, so that a web page came",
            "The choices are empty: the content was filtered, or it is the usage chunk at the end of a stream",
        ],
        checks: &[
            "Print status and raw response before `choices` is read",
            "Send the same call with curl and look at the body",
        ],
        remedies: &[
            "Check the status and the error body first, and read choices only from an answer without `error`",
            "Correct the base_url (often /v1 is missing) or the dialect of the deployment",
            "In streams skip chunks with empty choices",
        ],
        snippets: &[snippets::RAW_CURL, snippets::RAW_PYTHON, snippets::RAW_NODE],
        retry_advice: "Repeating it once is worth it; if the same comes back, look at the error body.",
        recognised: "Code fails on the answer: KeyError 'choices', 'NoneType' object is not subscriptable, Cannot read \
            properties of undefined (reading '0').",
        example: "TypeError: Cannot read properties of undefined (reading 'message') … completion.choices[0].message",
        related: &["html_instead_of_json", "upstream_protocol_error", "sdk_version_mismatch"],
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
        remedies: &[
            "Set a valid credential (`tollgate credentials set`)",
            "Have the account given access to the model",
        ],
        retry_advice: "Repeating it does not help: the operator has to replace the credential.",
        recognised: "The provider behind this gateway answered 401 or 403 to the gateway's own credential.",
        example: "openai refused the credential that this gateway uses; your own key is fine.",
        related: &[
            "upstream_credential_missing",
            "region_unsupported",
            "upstream_model_not_found",
            "org_verification_required",
        ],
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
        retry_advice: "Repeating it does not help: the operator has to enter the credential.",
        recognised: "This gateway has a deployment whose credential it does not hold.",
        example: "`gpt-4o` is set up, but the gateway holds no usable credential for openai.",
        related: &["upstream_credential_rejected"],
    }

    OWN_CREDENTIAL_REJECTED {
        slug: "own_credential_rejected",
        title: "The provider refused the organization's own credential",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[502],
        wire: server(502),
        explanation: "Your organization has set a credential of its own for [[{provider}||the provider]], with which its \
            calls are made instead of this gateway's, and it was refused; your own key is fine.",
        remedy: "An owner of your organization has to replace it (`tollgate provider-credentials set`), or have it given \
            the permission it lacks; deleted, calls are made with the gateway's credential again.",
        reasons: &[
            "The provider's key that the organization has set was revoked, expired or mistyped",
            "Its account at the provider lacks access to the model or region",
            "It is a key of another provider, or of another address of this one",
            "It cannot be opened with the gateway's present master key, so that calls were made without one",
        ],
        checks: &[
            "Look when it was set: GET /v1/tollgate/provider_credentials",
            "Call the provider with the credential directly, for instance GET /v1/models with curl",
        ],
        remedies: &[
            "Set a valid one: `tollgate provider-credentials set`, or POST /v1/tollgate/provider_credentials/PROVIDER",
            "Delete it, and calls are made with the gateway's credential",
        ],
        retry_advice: "Repeating it does not help: an owner of the organization has to replace the credential.",
        recognised: "The provider behind this gateway answered 401 or 403 to the credential that the caller's \
            organization has set for it.",
        example: "Your organization has set a credential of its own for openai, with which its calls are made instead of \
            this gateway's, and it was refused; your own key is fine.",
        related: &["upstream_credential_rejected", "own_quota_exhausted"],
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
        retry_advice: "Repeating it does not help: the operator has to correct the provider's address.",
        recognised: "The provider behind this gateway answers 404 or 405 to a path that this gateway serves.",
        example: "The model provider does not have this endpoint.",
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
            "A proxy's idle or read timeout is shorter than the pauses of the answer, or its buffering holds events \
                back",
            "The server crashed, or a serverless function reached its time limit",
            "The program itself stopped reading",
        ],
        checks: &[
            "Look whether the stream always breaks off after the same time",
            "Look whether it happens without the proxy too",
        ],
        remedies: &[
            "Retry the request, and keep what arrived as partial output only",
            "Raise the proxy's read timeout and switch its buffering off for streams (nginx: `proxy_buffering off; \
                proxy_read_timeout 600s;`)",
            "Lower max_tokens, or use background mode for very long answers",
        ],
        snippets: &[snippets::STREAM_PYTHON, snippets::NGINX_CONFIG],
        retry_advice: "Repeating it helps; what arrived is not the whole answer.",
        recognised: "The client says incomplete chunked read, peer closed connection without sending complete message \
            body, premature close, stream disconnected.",
        example: "httpx.RemoteProtocolError: peer closed connection without sending complete message body (incomplete \
            chunked read)",
        related: &["upstream_idle_timeout", "connection_reset", "client_aborted", "stream_diverged"],
    }

    STREAM_BUFFERED {
        slug: "stream_buffered",
        title: "A proxy keeps the stream back until it is whole",
        party: Party::Network,
        retry: Retry::No,
        statuses: &[],
        without_status: true,
        wire: NOT_ANSWERED,
        explanation: "The events of the stream arrived all at once, at its end.",
        remedy: "Switch buffering and compression of event streams off in whatever stands in front of the API.",
        reasons: &[
            "A reverse proxy, load balancer or CDN collects answers before it passes them on",
            "Compression in front of the API waits for enough to compress",
            "A serverless platform or a company proxy that looks into answers passes on whole ones alone",
        ],
        checks: &[
            "`tollgate doctor --base-url URL`: it shows when the pieces of a stream come",
            "`curl -N` to the API itself, and through what stands in front of it",
        ],
        remedies: &[
            "Switch buffering off for streams (nginx: `proxy_buffering off;`, or the header `X-Accel-Buffering: no` in \
                the answer)",
            "Leave text/event-stream out of compression",
            "Go around the proxy: NO_PROXY for the host, or the provider's own address",
        ],
        snippets: &[snippets::NGINX_CONFIG],
        retry_advice: "Repeating it does not help: change what stands in front of the API first.",
        recognised: "The answer to `stream: true` comes late and whole; nothing else is wrong with it.",
        example: "the stream came all at once: 24 events in one piece after 4.1 s, although stream=true was set",
        related: &["stream_interrupted", "upstream_first_token_timeout", "proxy_misconfigured"],
    }

    STREAM_DIVERGED {
        slug: "stream_diverged",
        title: "A broken stream could not be continued: the next answer says something else",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The stream had broken off, and [[{provider}||the provider]] was asked to continue it; its answer \
            is not the one that had begun.",
        remedy: "Send the request again; what arrived is not the whole answer.",
        reasons: &[
            "The model answers the same question differently each time",
            "The model's deployments serve different models or versions",
        ],
        checks: &[
            "Look into the request's record: this is the cause of an attempt, the request's own is stream_interrupted",
        ],
        remedies: &[
            "Repeat the request",
            "Ask with temperature 0 and a seed where answers are to be continued",
            "Let the operator switch `resume` off for the model",
        ],
        retry_advice: "Repeating it helps; what arrived is not the whole answer.",
        recognised: "This gateway asked for the rest of a broken stream, and another answer came.",
        example: "The stream had broken off, and openai was asked to continue it; its answer is not the one that had \
            begun.",
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
            "The user stopped it, left the page, or a component was unmounted",
            "The client's own timeout is shorter than the answer takes",
            "A proxy in front gave up",
        ],
        checks: &[
            "Look who calls abort() or cancel(), and after which time",
            "Compare the duration in the record with the client's timeout",
        ],
        remedies: &[
            "Ignore it where the user stopped the call",
            "Stream the answer, and raise the timeout of client and proxy where nobody stopped it",
        ],
        snippets: &[snippets::TIMEOUT_PYTHON, snippets::TIMEOUT_NODE, snippets::TIMEOUT_AXIOS],
        retry_advice: "Repeating it is the user's choice; raise the timeout before a program does it.",
        recognised: "The client says AbortError, The user aborted a request, Request was aborted; a server's log says \
            499.",
        example: "AbortError: The user aborted a request.",
        related: &["stream_interrupted", "request_timeout", "timeout", "body_incomplete"],
    }
}

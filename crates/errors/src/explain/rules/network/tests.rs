//! Texts about connections, TLS, streams and the pages of servers between.

use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn connections_are_told_by_how_they_failed() {
    assert_told(&[
        (
            "dns_failure",
            &[
                "dial tcp: lookup api.mistral.ai on 127.0.0.11:53: no such host",
                "java.net.UnknownHostException: api.openai.com",
                "curl: (6) Could not resolve host: api.groq.com",
            ],
        ),
        (
            "connection_refused",
            &[
                "httpx.ConnectError: [Errno 61] Connection refused",
                "requests: Failed to establish a new connection: [WinError 10061] actively refused",
            ],
        ),
        (
            "connection_refused_local",
            &[
                "dial tcp [::1]:11434: connect: connection refused",
                "openai base_url=http://localhost:1234/v1: connect ECONNREFUSED 127.0.0.1:1234",
                "Error: could not connect to ollama server, is it running?",
            ],
        ),
        (
            "localhost_in_container",
            &[
                "docker compose: the web container gets ECONNREFUSED 127.0.0.1:11434 though ollama runs on the host",
                "open-webui in Docker: connection refused http://localhost:11434/api/tags inside the container",
            ],
        ),
        (
            "connection_reset",
            &[
                "openai: APIConnectionError: Connection error. Caused by: read ECONNRESET",
                "anthropic: httpcore.RemoteProtocolError: Server disconnected without sending a response.",
                "TypeError: fetch failed cause: SocketError: other side closed (UND_ERR_SOCKET)",
            ],
        ),
        (
            "connect_timeout",
            &[
                "undici: ConnectTimeoutError: Connect Timeout Error (attempted address: api.openai.com:443, timeout: 10000ms)",
                "dial tcp 104.18.7.192:443: i/o timeout",
                "connect ETIMEDOUT 162.159.140.245:443 calling the OpenAI API",
            ],
        ),
        (
            "timeout",
            &[
                "openai.APITimeoutError: Request timed out.",
                "AxiosError: timeout of 120000ms exceeded calling https://api.openai.com/v1/chat/completions",
                "Post \"https://api.anthropic.com/v1/messages\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            ],
        ),
        (
            "connection_error_generic",
            &[
                "openai.APIConnectionError: Connection error.",
                "TypeError: fetch failed while calling the Anthropic API",
            ],
        ),
        (
            "proxy_misconfigured",
            &[
                "ImportError: Using SOCKS proxy, but the 'socksio' package is not installed. (httpx, openai)",
                "OSError: Tunnel connection failed: 407 Proxy Authentication Required",
                "connect ECONNREFUSED 127.0.0.1:7890 while calling api.openai.com",
            ],
        ),
        (
            "proxy_intercepts_local",
            &[
                "HTTP_PROXY is set; POST http://127.0.0.1:11434/api/chat answered 502 Bad Gateway",
                "squid: 503 Service Unavailable for http://localhost:11434/v1 through the system proxy",
            ],
        ),
    ]);
}

#[test]
fn certificates_are_told_by_what_does_not_hold() {
    assert_told(&[
        (
            "tls_untrusted_ca",
            &[
                "Post \"https://api.openai.com\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
                "javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path to requested target",
                "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate",
                "invalid peer certificate: UnknownIssuer",
            ],
        ),
        (
            "tls_hostname_mismatch",
            &[
                "ssl.SSLCertVerificationError: Hostname mismatch, certificate is not valid for 'api.openai.com'",
                "x509: certificate is valid for *.corp.example, not api.anthropic.com",
            ],
        ),
    ]);
}

#[test]
fn answers_that_break_off_and_pages_between_are_told() {
    assert_told(&[
        (
            "stream_interrupted",
            &[
                "aiohttp.client_exceptions.ClientPayloadError: Response payload is not completed: TransferEncodingError 400",
                "curl: (18) transfer closed with outstanding read data remaining",
                "stream closed before response.completed",
                "requests.exceptions.ChunkedEncodingError: ('Connection broken: IncompleteRead(512 bytes read)')",
            ],
        ),
        (
            "bad_gateway",
            &[
                "openai.InternalServerError: Error code: 502 - <html><title>502 Bad Gateway</title></html>",
                "upstream connect error or disconnect/reset before headers, 502 Bad Gateway from the LLM gateway",
            ],
        ),
        (
            "service_unavailable",
            &[
                "openai: 503 no healthy upstream",
                "ServiceUnavailableException: Bedrock is unable to process your request.",
            ],
        ),
        (
            "gateway_timeout",
            &["upstream request timeout (504) from the model route", "openai proxy: 504 Gateway Timeout"],
        ),
        (
            "cloudflare_5xx",
            &["error code: 524", "api.example-llm.com | 522: Connection timed out, Cloudflare Ray ID 8a"],
        ),
        (
            "waf_blocked",
            &[
                "<title>Attention Required! | Cloudflare</title> Sorry, you have been blocked",
                "403 Just a moment... Enable JavaScript and cookies to continue",
                "error code: 1010",
            ],
        ),
        (
            "client_aborted",
            &[
                "openai.APIUserAbortError: Request was aborted.",
                "DOMException [AbortError]: The user aborted a request.",
                "gateway log: status=499 client closed request",
            ],
        ),
    ]);
}

#[test]
fn what_fails_between_other_machines_is_left_alone() {
    assert_unknown(&[
        "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
        "could not connect to server: Connection refused. Is the server running on host \"db.internal\" (10.0.3.4) and accepting TCP/IP connections on port 5432?",
        "npm ERR! network request to https://registry.npmjs.org/left-pad failed, reason: connect ETIMEDOUT 104.16.1.35:443",
        "Could not resolve host: github.com",
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    ]);
}

#[test]
fn what_stands_on_the_way_is_told_by_its_name() {
    assert_told(&[
        (
            "proxy_intercepts_local",
            &[
                "500 Internal Privoxy Error: POST http://127.0.0.1:1234/v1/chat/completions",
                "Tinyproxy: 502 Bad Gateway for http://localhost:8000/v1/models",
            ],
        ),
        (
            "proxy_misconfigured",
            &["openai: 503 Forwarding failure, says Privoxy, for https://api.openai.com/v1/models"],
        ),
        ("connection_refused_local", &["error sending request for url (http://localhost:9981/v1/chat/completions)"]),
        (
            "cors_blocked",
            &[
                "ollama answered HTTP 403 to the extension",
                "403 from http://127.0.0.1:11434/api/tags, Origin: moz-extension://ab",
            ],
        ),
        ("timeout", &["Inactivity timeout reached for https://api.mistral.ai/v1/chat/completions"]),
        ("ip_not_allowed", &[r#"{"error":"this IP has already used another API key","model":"gpt-4o"}"#]),
    ]);
}

#[test]
fn an_answer_that_does_not_fit_the_types_of_a_client_was_received() {
    assert_told(&[(
        "response_shape_unexpected",
        &[
            "async-openai: error decoding response body: unknown variant `reasoning`, expected `message` at line 1 column 90",
        ],
    )]);
}

#[test]
fn decoders_of_every_language_say_that_an_answer_lacks_something() {
    assert_told(&[(
        "response_shape_unexpected",
        &[
            "OpenAI Swift: typeMismatch(Swift.String, Swift.DecodingError.Context(codingPath: [CodingKeys(stringValue: \"created\", intValue: nil)], debugDescription: \"Expected to decode String but found number instead.\"))",
            "openai-kotlin: kotlinx.serialization.MissingFieldException: Field 'usage' is required for type with serial name 'ChatCompletion', but it was missing",
            "com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException: Unrecognized field \"system_fingerprint\" (class com.theokanning.openai.completion.ChatCompletionResult)",
            "dart_openai: type 'Null' is not a subtype of type 'String' in chat completion",
            "System.Text.Json.JsonException: The JSON value could not be converted to OpenAI.Chat.ChatFinishReason. Path: $.choices[0].finish_reason",
        ],
    )]);
}

#[test]
fn a_ban_of_an_address_or_a_browser_is_not_one_of_an_account() {
    assert_told(&[(
        "waf_blocked",
        &[
            "groq 403: Error 1010: The owner of this website (api.groq.com) has banned your access based on your browser's signature",
            "openrouter: Cloudflare error 1006, access denied: your IP address has been banned",
            "api.perplexity.ai answered 403, error code: 1009 - the owner of the website has banned the country your IP is in",
        ],
    )]);
}

#[test]
fn a_module_that_is_not_resolved_is_no_host() {
    assert_told(&[(
        "sdk_version_mismatch",
        &[
            "Module not found: Can't resolve 'openai' in '/app/src/lib'",
            "Module not found: Can't resolve '@anthropic-ai/sdk'",
        ],
    )]);
    assert_unknown(&[
        "Module not found: Can't resolve '@anthropic-theme/button' in '/app/src'",
        "Module not found: Can't resolve './openai-icon.svg'\nnext build",
    ]);
}

#[test]
fn the_end_of_a_container_follows_from_the_refusal() {
    assert_told(&[
        (
            "localhost_in_container",
            &[
                "app-1 | ollama._types.ResponseError\napp-1 | ConnectionError: [Errno 111] Connection refused\napp-1 exited with code 1",
                "api_1  | requests.exceptions.ConnectionError: HTTPConnectionPool(host='localhost', port=11434): Max retries exceeded with url: /api/generate (Caused by NewConnectionError: Connection refused)\napi_1 exited with code 1",
            ],
        ),
        ("local_backend_crashed", &["ollama | llama-server exited with code 137"]),
    ]);
}

#[test]
fn a_connection_that_fails_after_a_pause_alone_was_kept_too_long() {
    assert_told(&[
        (
            "connection_reset",
            &[
                "openai client: error sending request for url (http://localhost:8080/v1/chat/completions)\nonly after the app was idle for a while, the second try works",
                "ureq: error sending request to http://localhost:8000/v1/chat/completions after inactivity, second attempt fine",
                "gpt client: socket hang up, always after the connection was idle; the retry works",
                "Caused by: java.io.IOException: unexpected end of stream on https://api.openai.com/...\nCaused by: java.io.EOFException: \\n not found: limit=0 content=…",
                "anthropic: java.net.SocketException: Unexpected end of file from server",
            ],
        ),
        (
            "connection_refused_local",
            &[
                "error sending request for url (http://localhost:11434/api/chat): tcp connect error: Connection refused, ollama was idle, start it again",
            ],
        ),
    ]);
}

#[test]
fn a_program_that_names_its_proxy_tells_who_answered_for_the_machine_itself() {
    assert_told(&[
        (
            "proxy_intercepts_local",
            &[
                "GET http://127.0.0.1:11434/api/tags 503 Service Unavailable (proxy=http://127.0.0.1:7890)",
                "Using proxy http://localhost:8888\nrequests.exceptions.HTTPError: 502 Server Error: Bad Gateway for url: http://localhost:1234/v1/chat/completions",
            ],
        ),
        ("tls_hostname_mismatch", &["x509: certificate is valid for proxy.corp, not api.business.githubcopilot.com"]),
    ]);
}

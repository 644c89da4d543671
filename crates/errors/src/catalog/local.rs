//! Causes on the way from the caller to a server, and in servers of one's own: proxies, containers, local models.

use super::sentences::SORRY;
use super::snippets;
use super::wires::NOT_ANSWERED;
use crate::cause::{Party, Retry, Wire};

const fn server(status: u16) -> Wire {
    Wire::new(status, "server_error", None, SORRY)
}

causes! {
    Network:

    CONNECTION_REFUSED_LOCAL {
        slug: "connection_refused_local",
        title: "The local model server is not running",
        party: Party::Caller,
        retry: Retry::Depends,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "Nothing listens at the address of the local model server (Ollama, LM Studio, vLLM, llama.cpp).",
        remedy: "Start the server, for instance with `ollama serve`, and compare host and port with the base URL.",
        reasons: &[
            "Ollama, LM Studio, vLLM or llama.cpp is not started, has crashed, or is still loading",
            "It listens on another port: Ollama 11434, LM Studio 1234, vLLM 8000, llama.cpp 8080, LiteLLM 4000",
            "It listens on 127.0.0.1 only and is called from another machine or container",
            "`localhost` became the IPv6 address ::1, and the server listens on IPv4 only",
        ],
        checks: &[
            "`curl http://127.0.0.1:11434` (Ollama answers `Ollama is running`), `curl \
                http://127.0.0.1:1234/v1/models` (LM Studio)",
            "`ss -ltn` (Windows: `netstat -ano | findstr LISTENING`) lists what is listening, on which address",
        ],
        remedies: &[
            "Start it: `ollama serve` or the Ollama app, LM Studio's server tab (`lms server start`), `vllm serve \
                MODEL`",
            "Let it listen beyond the machine itself: OLLAMA_HOST=0.0.0.0, vLLM `--host 0.0.0.0`",
            "Correct the port in the base URL, and write 127.0.0.1 instead of localhost",
        ],
        snippets: &[snippets::OLLAMA_SHELL, snippets::PORT_SHELL],
        retry_advice: "Repeating it helps once the server is started.",
        recognised: "The connection to localhost or 127.0.0.1 at the port of a model server (11434, 1234, 8000, 8080) \
            is refused.",
        example: "Error: connect ECONNREFUSED 127.0.0.1:11434",
        related: &["connection_refused", "localhost_in_container", "model_not_pulled", "proxy_intercepts_local"],
    }

    LOCALHOST_IN_CONTAINER {
        slug: "localhost_in_container",
        title: "localhost inside a container is the container itself",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[502],
        without_status: true,
        wire: server(502),
        explanation: "The program runs in a container and calls localhost, which there is the container and not the \
            machine.",
        remedy: "Use host.docker.internal or the service's name instead of localhost, and let the server listen on \
            0.0.0.0.",
        reasons: &[
            "The base URL says localhost or 127.0.0.1 and the program (Open WebUI, Dify, n8n) runs in Docker",
            "The server on the host listens on 127.0.0.1 only, which containers cannot reach",
            "Both run in containers, but not in the same Docker network",
        ],
        checks: &[
            "Is the client in a container? `docker ps`, or look for /.dockerenv",
            "`docker exec CONTAINER curl http://host.docker.internal:11434`",
        ],
        remedies: &[
            "Set the base URL to http://host.docker.internal:PORT/v1; on Linux add \
                `--add-host=host.docker.internal:host-gateway` (compose: extra_hosts)",
            "In one compose file use the service name: http://ollama:11434/v1",
            "Or run with `--network host`",
            "Let the server on the host listen on 0.0.0.0: OLLAMA_HOST=0.0.0.0",
        ],
        snippets: &[snippets::COMPOSE_CONFIG],
        retry_advice: "Repeating it does not help: change the address first.",
        recognised: "A program in a container is refused at localhost or 127.0.0.1.",
        example: "requests.exceptions.ConnectionError: HTTPConnectionPool(host='localhost', port=11434): Max retries \
            exceeded (Caused by NewConnectionError: [Errno 111] Connection refused), in a container",
        related: &["connection_refused_local", "connection_refused", "proxy_intercepts_local"],
    }

    TIMEOUT {
        slug: "timeout",
        title: "No answer came within the client's timeout",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[408],
        without_status: true,
        wire: Wire::new(408, "timeout_error", None, "Request timed out."),
        explanation: "The caller's program gave up waiting before the answer, or its next part, arrived.",
        remedy: "Stream the answer, raise the client's timeout, or ask for a shorter answer, and retry with back-off.",
        reasons: &[
            "A long answer, or long reasoning, without streaming: nothing arrives before the end",
            "The client's timeout or deadline is short for this model, and it timed out while the model still worked (httpx: 5 s \
                by default, requests: none, axios: as set)",
            "The provider is overloaded",
            "A local model is slow, still loading, or runs on the processor",
            "The network, a proxy or a firewall drops the connection silently",
        ],
        checks: &[
            "Compare how long it waited with the timeout: always the same number means a timeout of the client",
            "Send a short prompt with max_tokens 10 to the same model",
            "Send the same body with `curl -v --no-buffer` and watch when the first byte comes",
        ],
        remedies: &[
            "Send `stream: true`, and read the parts as they come",
            "Raise it: `OpenAI(timeout=600, max_retries=3)` in Python (seconds), `new OpenAI({ timeout: 600000 })` in \
                Node (milliseconds), `axios(…, { timeout })`",
            "Lower max_tokens, shorten the prompt, or lower the reasoning effort",
            "Retry with exponential back-off; use background mode or batches for very long work",
        ],
        snippets: &[snippets::TIMEOUT_PYTHON, snippets::TIMEOUT_NODE, snippets::TIMEOUT_AXIOS, snippets::STREAM_CURL],
        retry_advice: "Repeating it helps, with back-off and a longer timeout or a stream.",
        recognised: "The client says APITimeoutError, Request timed out, ReadTimeout, timeout of N ms exceeded, after \
            its own time limit.",
        example: "openai.APITimeoutError: Request timed out.",
        related: &["gateway_timeout", "connect_timeout", "upstream_first_byte_timeout", "client_aborted"],
    }

    CONNECTION_ERROR_GENERIC {
        slug: "connection_error_generic",
        title: "A connection error without detail",
        party: Party::Network,
        retry: Retry::Depends,
        statuses: &[],
        without_status: true,
        wire: NOT_ANSWERED,
        explanation: "The SDK says only that the connection failed; the reason is in the exception behind it.",
        remedy: "Print the chained exception (`__cause__` in Python, `error.cause` in Node), which names the real \
            reason.",
        reasons: &[
            "DNS, TLS, a proxy, a firewall, or a server that is down: the SDK wraps them all into the same words",
            "The base URL is wrong: another host, port or scheme",
            "The key or a header has a line break or a letter beyond ASCII, so the request could not be written",
        ],
        checks: &[
            "Python: `except openai.APIConnectionError as e: print(repr(e.__cause__))`; Node: `console.error(e.cause)`",
            "`curl -v BASE_URL/models` from the same machine or container: it shows DNS, connection, TLS in that order",
            "`env | grep -i -E 'proxy|base_url'`",
        ],
        remedies: &[
            "Follow what the chained exception names: DNS name, connection refused, timeout, certificate, proxy",
            "Check network, DNS, proxy, TLS in that order",
            "Run `tollgate explain` with the whole traceback instead of its last line",
        ],
        snippets: &[snippets::CAUSE_PYTHON, snippets::CAUSE_NODE],
        retry_advice: "Repeating it helps only for some of the reasons: look at the chained exception first.",
        recognised: "The SDK says `Connection error.` and nothing else.",
        example: "openai.APIConnectionError: Connection error.",
        related: &["dns_failure", "connection_refused", "tls_untrusted_ca", "proxy_misconfigured", "connect_timeout"],
    }

    PROXY_MISCONFIGURED {
        slug: "proxy_misconfigured",
        title: "A proxy setting is wrong",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[407, 403, 502, 503],
        without_status: true,
        wire: Wire::new(407, "invalid_request_error", None, "Proxy Authentication Required"),
        explanation: "The call was to go through a proxy, and the proxy's address, scheme or credentials are not \
            right.",
        remedy: "Correct or unset HTTP_PROXY, HTTPS_PROXY and ALL_PROXY in the process that calls.",
        reasons: &[
            "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY has a scheme that the library does not know, such as socks://",
            "SOCKS support is not installed (httpx2[socks], httpx[socks], requests[socks], socks-proxy-agent)",
            "The proxy wants a password (407), or the one in its address has letters that must be encoded",
            "The proxy is down, was uninstalled, or listens on another port (VPN clients: 7890, 1080, 10809)",
            "The proxy refuses CONNECT to this host (403)",
        ],
        checks: &[
            "`env | grep -i proxy` in the process that calls; Windows: `netsh winhttp show proxy` and the system \
                settings",
            "`curl -v -x PROXY https://api.openai.com/v1/models`",
        ],
        remedies: &[
            "Write http://host:port, or socks5://host:port (socks5h:// for names) with SOCKS support installed: `pip \
                install 'httpx2[socks]'`, before openai 3 'httpx[socks]'",
            "Unset the environment variable ALL_PROXY (and all_proxy), or those of a proxy that is gone",
            "Give the proxy's credentials: http://user:password@host:port, with special letters percent-encoded",
            "Python: `OpenAI(http_client=DefaultHttpxClient(proxy=…))`; Node: undici's ProxyAgent or \
                NODE_USE_ENV_PROXY=1",
        ],
        snippets: &[snippets::PROXY_SHELL, snippets::PROXY_PYTHON, snippets::PROXY_NODE, snippets::PROXY_AXIOS],
        retry_advice: "Repeating it does not help: correct the proxy's settings first.",
        recognised: "The library names the proxy: Unknown scheme for proxy URL, ProxyError, Tunnel connection failed, \
            407 Proxy Authentication Required.",
        example: "ValueError: Unknown scheme for proxy URL URL('socks://127.0.0.1:7890/')",
        related: &[
            "proxy_intercepts_local",
            "connect_timeout",
            "tls_untrusted_ca",
            "http_https_mismatch",
            "connection_error_generic",
        ],
    }

    PROXY_INTERCEPTS_LOCAL {
        slug: "proxy_intercepts_local",
        title: "The proxy intercepts calls to local addresses",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[502, 503, 504, 403],
        wire: server(502),
        explanation: "A call to this machine or the local network was sent through a proxy, which cannot reach it.",
        remedy: "Add localhost, 127.0.0.1 and the local host names to NO_PROXY.",
        reasons: &[
            "HTTP_PROXY or the system's proxy is set, and NO_PROXY lacks localhost and 127.0.0.1",
            "A VPN or proxy client (Clash, V2Ray) has set the system proxy for all programs",
            "The library reads the system's proxy, but not its list of exceptions",
        ],
        checks: &[
            "`curl --noproxy '*' http://127.0.0.1:PORT/v1/models` works where the program fails",
            "`env | grep -i proxy`; look at the header `via` or `server` of the 502 or 503",
        ],
        remedies: &[
            "NO_PROXY=localhost,127.0.0.1,::1,host.docker.internal (and no_proxy, which some tools read)",
            "Python: `OpenAI(http_client=DefaultHttpxClient(trust_env=False))`; requests: `session.trust_env = False`; \
                axios: `{ proxy: false }`",
            "Exclude local addresses in the VPN or proxy client",
        ],
        snippets: &[snippets::PROXY_SHELL, snippets::PROXY_PYTHON, snippets::PROXY_AXIOS],
        retry_advice: "Repeating it does not help: exempt local addresses from the proxy first.",
        recognised: "A call to 127.0.0.1 or localhost is answered 502 or 503, which the local server's log does not \
            show, while a proxy is set.",
        example: "openai.InternalServerError: Error code: 502, for http://127.0.0.1:11434/v1/chat/completions, while \
            HTTP_PROXY=http://127.0.0.1:7890 is set",
        related: &["proxy_misconfigured", "bad_gateway", "connection_refused_local", "localhost_in_container"],
    }
}

//! Faults and overload of a server: the provider's, and what stands in front of it.

use super::sentences::{OVERLOADED, SORRY};
use super::snippets;
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
        statuses: &[503, 529, 429, 500],
        wire: Wire::new(503, "service_unavailable_error", Some("server_is_overloaded"), OVERLOADED),
        explanation: "[[{provider}||The provider]] has no capacity for [[`{model}`||this model]] at the moment; no \
            limit of yours is involved.",
        remedy: "Try again with exponential back-off and jitter, or use another model.",
        reasons: &[
            "High load at the provider, not a limit of yours",
            "A model just released, or a popular free one",
            "The time of day: most load is in the working hours of the US",
        ],
        checks: &["Look at the provider's status page", "Look whether other models of the provider answer"],
        remedies: &[
            "Retry with exponential back-off and jitter: wait 1, 2, 4 … 30 seconds",
            "Fall back to another model or provider",
            "Use a service tier with priority or provisioned throughput where it matters",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps: back off exponentially with jitter, for some minutes.",
        recognised: "The status is 529 or 503, or the text says overloaded, overloaded_error, capacity, or `The model \
            is overloaded`.",
        example: "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
        related: &[
            "upstream_rate_limited",
            "service_unavailable",
            "circuit_open",
            "server_error",
            "openrouter_no_endpoints",
            "quota_exhausted_ambiguous",
        ],
    }

    SERVER_ERROR {
        slug: "server_error",
        title: "Internal error at the provider",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[500],
        wire: server(500),
        explanation: "[[{provider}||The provider]] reported an internal error[[ with status {status}]].",
        remedy: "Try again; if the same request fails each time, send a simpler one and report the request id.",
        reasons: &["A fault at the provider", "An unusual request that triggers one"],
        checks: &[
            "Look at the provider's status page",
            "Send a minimal request to the same model: does an unusual part of yours trigger it?",
        ],
        remedies: &[
            "Retry with exponential back-off",
            "If it persists, report it with the provider's request id (x-request-id, request-id; here \
                x-tollgate-upstream-request-id)",
            "Leave out unusual parameters, tools or files one at a time",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps mostly: back off exponentially, at most a few times.",
        recognised: "The status is 500, and the type is server_error, api_error or INTERNAL without anything finer.",
        example: "{\"error\":{\"message\":\"The server had an error while processing your request. Sorry about \
            that!\",\"type\":\"server_error\",\"param\":null,\"code\":null}}",
        related: &["bad_gateway", "service_unavailable", "provider_overloaded", "unknown", "local_backend_crashed"],
    }

    BAD_GATEWAY {
        slug: "bad_gateway",
        title: "A server in front of the API got no valid answer",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[502],
        wire: server(502),
        explanation: "A server in front of [[{provider}||the provider]] answered 502: it got no valid answer from the \
            server behind it.",
        remedy: "Try again with exponential back-off.",
        reasons: &[
            "The provider's own server behind its edge was restarted or has a fault",
            "A proxy of your own (nginx, a company's, a VPN) passes calls to a wrong or stopped server",
            "A local server behind a proxy crashed or is still starting",
        ],
        checks: &[
            "Send the same call with curl -i: the `server` header and the page tell whose proxy it is",
            "Look at the provider's status page",
            "Look into the proxy's log (nginx: error.log, `connect() failed`, `upstream prematurely closed`)",
        ],
        remedies: &[
            "Retry with exponential back-off",
            "Correct the address in the proxy, or start the server behind it",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps mostly: back off exponentially.",
        recognised: "The status is 502, or a page says 502 Bad Gateway.",
        example: "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad \
            Gateway</h1></center><hr><center>nginx/1.25.3</center></body></html>",
        related: &[
            "service_unavailable",
            "gateway_timeout",
            "cloudflare_5xx",
            "proxy_intercepts_local",
            "connection_reset",
            "server_error",
        ],
    }

    SERVICE_UNAVAILABLE {
        slug: "service_unavailable",
        title: "The service is unavailable",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[503],
        wire: server(503),
        explanation: "[[{provider}||The provider]] answered 503: it does not serve requests at the moment.",
        remedy: "Try again with exponential back-off, or use another model.",
        reasons: &[
            "Maintenance",
            "None of the servers behind a load balancer is in order (`no healthy upstream`)",
            "A cold start: the model or the container has to be loaded first",
        ],
        checks: &["Look at the provider's status page", "Read the body and the retry-after header of the answer"],
        remedies: &[
            "Retry with exponential back-off, as retry-after says",
            "Fail over to another provider or deployment",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps: wait as retry-after says, else back off exponentially.",
        recognised: "The status is 503, or the text says Service Unavailable or no healthy upstream.",
        example: "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
        related: &["provider_overloaded", "bad_gateway", "circuit_open", "server_error", "model_loading"],
    }

    GATEWAY_TIMEOUT {
        slug: "gateway_timeout",
        title: "A proxy gave up waiting for the answer",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[504],
        wire: server(504),
        explanation: "A server in front of [[{provider}||the provider]] gave up waiting for the answer[[ and sent \
            status {status}]].",
        remedy: "Try again, with `stream: true` or a lower output limit (`max_tokens`) where answers are long.",
        reasons: &[
            "A long answer without streaming",
            "A proxy's or platform's timeout is shorter than the model's answer: nginx 60 s, Vercel and Netlify \
                functions 10 to 300 s, AWS API Gateway 29 s, Heroku 30 s",
            "An overloaded model",
        ],
        checks: &[
            "Send the same call with curl -i: the `server` header and the page tell whose proxy it is",
            "Look whether it always comes after the same time: that is its timeout",
        ],
        remedies: &[
            "Stream the answer, so that bytes arrive before the timeout",
            "Raise the proxy's timeout (nginx: `proxy_read_timeout 600s;`, Vercel: maxDuration)",
            "Shorten the output (max_tokens), or do long work in the background",
        ],
        snippets: &[snippets::STREAM_PYTHON, snippets::STREAM_NODE, snippets::NGINX_CONFIG],
        retry_advice: "Repeating it helps with a stream or a shorter answer.",
        recognised: "The status is 504, or a page says 504 Gateway Time-out or FUNCTION_INVOCATION_TIMEOUT.",
        example: "<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504 Gateway \
            Time-out</h1></center><hr><center>nginx</center></body></html>",
        related: &["upstream_first_byte_timeout", "cloudflare_5xx", "timeout", "bad_gateway"],
    }

    LOCAL_BACKEND_CRASHED {
        slug: "local_backend_crashed",
        title: "The local model runner failed",
        party: Party::Gateway,
        retry: Retry::Depends,
        statuses: &[500, 503],
        wire: server(500),
        explanation: "The process that runs the model (Ollama's runner, llama.cpp, vLLM) ended or could not load the \
            model, mostly for want of memory.",
        remedy: "Read the server's log, then use a smaller model, a smaller context or a quantised version, or free \
            memory.",
        reasons: &[
            "Out of memory, of the graphics card (CUDA out of memory) or of the machine",
            "The context (num_ctx, --max-model-len) or the number of parallel requests needs more memory than there is",
            "The model file is broken, incomplete or newer than the runner",
            "A driver, CUDA or ROCm version does not fit",
            "An embedding's text is longer than the model's context, and the runner crashes on it",
        ],
        checks: &[
            "Read the server's log: `journalctl -u ollama`, `docker logs CONTAINER`, ~/.ollama/logs/server.log",
            "`nvidia-smi` and `free -h` while the model loads; `ollama ps` shows what is loaded where",
            "Send a short prompt: does it fail as well?",
        ],
        remedies: &[
            "Use a smaller model or a smaller quantisation, or a smaller context: num_ctx, `--max-model-len 8192`, \
                `--gpu-memory-utilization 0.85`",
            "Unload other models (`ollama stop MODEL`), lower OLLAMA_NUM_PARALLEL and OLLAMA_MAX_LOADED_MODELS",
            "Pull the model again, and update the server and the driver",
            "Give the container more memory, or restart the server",
        ],
        snippets: &[snippets::OLLAMA_SHELL, snippets::VLLM_SHELL],
        retry_advice: "Repeating it helps only where memory was short for a moment.",
        recognised: "The text speaks of the runner, CUDA, memory or a model that could not be loaded.",
        example: "{\"error\":\"llama runner process has terminated: exit status 2\"}",
        related: &["model_loading", "server_error", "context_length_exceeded"],
    }

    CLOUDFLARE_5XX {
        slug: "cloudflare_5xx",
        title: "Cloudflare could not reach the server behind it",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[520, 521, 522, 523, 524, 525, 526, 530, 502],
        wire: server(502),
        explanation: "Cloudflare, in front of [[{provider}||the provider]], could not reach the server behind it or \
            gave up waiting for it[[ (status {status})]].",
        remedy: "Try again, and stream the answer so that Cloudflare's limit of about 100 seconds does not apply.",
        reasons: &[
            "The origin, the server behind, is down (521, 522, 523) or answers with something broken (520)",
            "The answer took longer than Cloudflare waits, about 100 seconds (524)",
            "TLS between Cloudflare and the server failed (525, 526), or its DNS did (530)",
        ],
        checks: &[
            "Read number and Ray ID on the page",
            "Send the same call with curl -i, and look at the provider's status page",
        ],
        remedies: &[
            "Retry with exponential back-off",
            "Stream the answer, so that the timeout of 100 seconds does not apply",
            "Check the origin, if the server is yours, from Cloudflare's side: firewall, certificate, tunnel",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::STREAM_PYTHON],
        retry_advice: "Repeating it helps mostly; after a 524, streamed.",
        recognised: "The status is 520 to 526 or 530, or the page says Cloudflare, an error code and a Ray ID.",
        example: "error code: 524",
        related: &["bad_gateway", "gateway_timeout", "waf_blocked", "html_instead_of_json"],
    }

    WAF_BLOCKED {
        slug: "waf_blocked",
        title: "A firewall or bot protection blocked the request",
        party: Party::Network,
        retry: Retry::No,
        statuses: &[502, 403, 429],
        wire: server(502),
        explanation: "A firewall answered with a web page in place of [[{provider}||the provider]][[ (status \
            {status})]]; your key is not the reason.",
        remedy: "The operator of this gateway has to check the address its calls come from and the provider's \
            `base_url`.",
        reasons: &[
            "Cloudflare or another firewall (WAF) blocks the IP address: a VPN, a data centre, a bad reputation",
            "A rule reacts to something in the body, such as code, or to an unusual user agent",
            "The address is a web site's (chatgpt.com, claude.ai) and not the API's, and its bot protection wants a \
                browser",
            "Too many calls in a short time",
        ],
        checks: &[
            "Read the page's title and its Ray ID: `Just a moment…`, `Attention Required! | Cloudflare`, error 1020",
            "Send the same call with curl, and from another network, with another IP address",
        ],
        remedies: &[
            "Change the network, and so the IP address: call without the VPN, and lower the rate of calls",
            "Ask the owner of the site to allow you (Cloudflare: a WAF rule or allow-list), with the Ray ID",
            "Use the official API host, and set an ordinary User-Agent",
            "It is not your key: a new one does not help",
        ],
        snippets: &[snippets::RAW_CURL],
        retry_advice: "Repeating it does not help, and may prolong the block.",
        recognised: "A web page of Cloudflare or another firewall came with 403 or 429 instead of an API's JSON.",
        example: "<title>Attention Required! | Cloudflare</title> … Sorry, you have been blocked. You are unable to \
            access api.example.com. Cloudflare Ray ID: 8a1b2c3d4e5f6789",
        related: &["html_instead_of_json", "region_unsupported", "cloudflare_5xx"],
    }
}

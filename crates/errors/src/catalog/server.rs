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
        statuses: &[503, 529, 429, 500],
        wire: Wire::new(503, "service_unavailable_error", Some("server_is_overloaded"), OVERLOADED),
        explanation: "[[{provider}||The provider]] has no capacity for [[`{model}`||this model]] at the moment; no \
            limit of yours is involved.",
        remedy: "Try again with exponential back-off and jitter, or use another model.",
        reasons: &["High load at the provider", "A model just released"],
        checks: &["Look at the provider's status page", "Look whether other models of the provider answer"],
        remedies: &["Repeat later", "Let the operator add a deployment at another provider"],
        related: &["upstream_rate_limited", "service_unavailable"],
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
        checks: &["Look at the provider's status page", "Send the smallest request to the same model"],
        remedies: &[
            "Repeat with exponential back-off",
            "Report the provider's request id (x-tollgate-upstream-request-id)",
        ],
        related: &["bad_gateway", "service_unavailable", "provider_overloaded"],
    }

    BAD_GATEWAY {
        slug: "bad_gateway",
        title: "A server in front of the provider got no valid answer",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[502],
        wire: server(502),
        explanation: "A server in front of [[{provider}||the provider]] answered 502: it got no valid answer from the \
            server behind it.",
        remedy: "Try again with exponential back-off.",
        reasons: &[
            "The provider's own server was restarted or has a fault",
            "A proxy of your own company that passes calls to a wrong address",
        ],
        checks: &[
            "Send the same call with curl -i from the gateway's machine: the `server` header tells whose proxy it is",
            "Look at the provider's status page",
        ],
        remedies: &["Repeat the request", "Correct the address in the proxy"],
        related: &["service_unavailable", "gateway_timeout", "cloudflare_5xx"],
    }

    SERVICE_UNAVAILABLE {
        slug: "service_unavailable",
        title: "The provider is unavailable",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[503],
        wire: server(503),
        explanation: "[[{provider}||The provider]] answered 503: it does not serve requests at the moment.",
        remedy: "Try again with exponential back-off, or use another model.",
        reasons: &[
            "Maintenance",
            "None of the provider's servers is in order",
            "A model that has to be loaded first",
        ],
        checks: &["Look at the provider's status page", "Read the provider's own message in the error"],
        remedies: &["Repeat later", "Let the operator add a deployment at another provider"],
        related: &["provider_overloaded", "bad_gateway"],
    }

    GATEWAY_TIMEOUT {
        slug: "gateway_timeout",
        title: "A proxy in front of the provider gave up waiting",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[504],
        wire: server(504),
        explanation: "A server in front of [[{provider}||the provider]] gave up waiting for the answer[[ and sent \
            status {status}]].",
        remedy: "Try again, with `stream: true` or a lower output limit (`max_tokens`) where answers are long.",
        reasons: &[
            "A long answer without streaming",
            "A proxy whose time limit is shorter than the model's answer",
            "An overloaded model",
        ],
        checks: &[
            "Send the same call with curl -i from the gateway's machine: the `server` header tells whose proxy it is",
            "Look whether it always comes after the same time",
        ],
        remedies: &["Send the call with stream: true", "Raise the proxy's time limit"],
        related: &["upstream_first_byte_timeout", "cloudflare_5xx"],
    }

    LOCAL_BACKEND_CRASHED {
        slug: "local_backend_crashed",
        title: "The local model runner failed",
        party: Party::Gateway,
        retry: Retry::Depends,
        statuses: &[500, 503],
        wire: server(500),
        explanation: "The process that runs the model (Ollama's runner, llama.cpp, vLLM) ended or could not load the model, \
            mostly for want of memory.",
        remedy: "Read the server's log, then use a smaller model, a smaller context or a quantised version, or free memory.",
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
        related: &["model_loading", "server_error", "context_length_exceeded"],
    }

    CLOUDFLARE_5XX {
        slug: "cloudflare_5xx",
        title: "Cloudflare could not reach the provider's server",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[520, 521, 522, 523, 524, 525, 526, 530, 502],
        wire: server(502),
        explanation: "Cloudflare, in front of [[{provider}||the provider]], could not reach the server behind it or \
            gave up waiting for it[[ (status {status})]].",
        remedy: "Try again, and stream the answer so that Cloudflare's limit of about 100 seconds does not apply.",
        reasons: &[
            "The server behind is down (521, 522, 523)",
            "The answer took longer than Cloudflare waits (524)",
            "TLS between Cloudflare and the server failed (525, 526)",
        ],
        checks: &["Read number and Ray ID on the page: send the same call with curl from the gateway's machine"],
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
        statuses: &[502, 403, 429],
        wire: server(502),
        explanation: "A firewall answered with a web page in place of [[{provider}||the provider]][[ (status \
            {status})]]; your key is not the reason.",
        remedy: "The operator of this gateway has to check the address its calls come from and the provider's \
            `base_url`.",
        reasons: &[
            "The outgoing address has a bad reputation or belongs to a VPN or hosting network",
            "A rule reacts to something in the body, such as code",
            "The address is a web site's and not the API's",
        ],
        checks: &[
            "Send the same call with curl from the gateway's machine and read the page",
            "Send it from another network",
        ],
        remedies: &[
            "Use another outgoing address",
            "Ask the owner of the site to allow the gateway",
            "Set the official API host",
        ],
        related: &["html_instead_of_json", "region_unsupported", "cloudflare_5xx"],
    }
}

//! Questions about which address and path was called.

use crate::explain::case::Case;

/// The paths that were called: of addresses, and of messages such as `Invalid URL (POST /chat/completions)`.
pub(in crate::explain::rules) fn paths(case: &Case) -> impl Iterator<Item = &str> {
    const VERBS: [&str; 6] = ["post", "get", "put", "path", "delete", "route"];
    let said = case.sentences.iter().flat_map(|s| {
        let path = |slash: usize| {
            let before = s.normal[..slash].strip_suffix(' ')?.rsplit(' ').next()?;
            let path = s.normal[slash..].split(' ').next()?;
            (VERBS.contains(&before) && (!path.contains('.') || path.contains("/v"))).then_some(path)
        };
        memchr::memchr_iter(b'/', s.normal.as_bytes()).filter_map(path)
    });
    case.addresses.iter().map(|a| a.path.as_str()).filter(|p| p.len() > 1).chain(said)
}

/// Hosts that serve the OpenAI paths without a version before them, or under a prefix of their own.
const UNVERSIONED: [&str; 12] = [
    "deepseek.com",
    "perplexity.ai",
    "azure.com",
    "azure-api.net",
    "githubcopilot.com",
    "github.ai",
    "googleapis.com",
    "amazonaws.com",
    "portkey.ai",
    "cloudflare.com",
    "bigmodel.cn",
    "databricks",
];

/// The operations that clients append to a base URL.
const OPERATIONS: [&str; 10] = [
    "/chat/completions",
    "/completions",
    "/embeddings",
    "/models",
    "/responses",
    "/images/generations",
    "/audio/transcriptions",
    "/audio/speech",
    "/moderations",
    "/messages",
];

/// A path that begins with the operation: no `/v1`.
pub(in crate::explain::rules) fn lacks_version(case: &Case) -> bool {
    let bare = |path: &str| {
        let path = path.trim_end_matches(['/', ')']);
        OPERATIONS.iter().any(|op| path == *op || path.strip_prefix("/openai") == Some(*op))
    };
    let hosts: Vec<&str> = case.addresses.iter().map(|a| a.host.as_str()).collect();
    let unversioned = UNVERSIONED.iter().any(|host| hosts.iter().any(|h| h.contains(host)));
    !unversioned
        && !case.is_about("azure")
        && !case.is_about("deepseek")
        && paths(case).any(bare)
        && !paths(case).any(|p| p.contains("/v1/chat/completions"))
}

/// The host of OpenAI's API, or a local server, as a base URL without a path.
pub(in crate::explain::rules) fn base_without_version(case: &Case) -> bool {
    const HOSTS: [&str; 6] = ["api.openai.com", "api.groq.com", "api.mistral.ai", "api.x.ai", "localhost", "127.0.0.1"];
    case.sentences.iter().any(|s| {
        let n = s.normal.as_str();
        let base = n.contains("base_url")
            || n.contains("baseurl")
            || n.contains("api_base")
            || n.contains("base url")
            || n.contains("base_path")
            || n.contains("endpoint=")
            || n.contains("openai_api_host");
        base && !n.contains("/v1") && HOSTS.iter().any(|host| n.contains(host))
    })
}

/// The same operation twice in one path.
pub(in crate::explain::rules) fn operation_twice(case: &Case) -> bool {
    // As long as two of the shortest.
    paths(case).filter(|path| path.len() > 16).any(|path| {
        let all = [
            "chat/completions",
            "embeddings",
            "responses",
            "messages",
            "images/generations",
            "api/generate",
            "api/chat",
            "generatecontent",
        ];
        let lower = path.to_ascii_lowercase();
        // `/api/chat/completions` is one operation.
        let plain = lower.replace("api/chat/completions", "chat/completions");
        let times: usize = all.iter().map(|op| plain.matches(op).count()).sum();
        let after = lower.split_once("chat/completions").is_some_and(|(_, rest)| {
            rest.trim_start_matches('/').starts_with(['v', 'm', 'c', 'e', 'r']) && rest.len() > 3
        });
        times > 1 || after
    })
}

/// `/v1/v1/`, and where nothing serves the path also `/v3/v1/`.
pub(in crate::explain::rules) fn version_twice(case: &Case) -> bool {
    let unserved = || case.status_is(&[404, 405]) || case.sentences.iter().any(|s| s.normal.contains(" 404 "));
    let is_version = |part: &str| {
        let digits = part.strip_prefix('v').unwrap_or_default();
        part.len() < 8 && digits.starts_with(|c: char| c.is_ascii_digit())
    };
    let twice = |path: &str| {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.clone().zip(parts.skip(1)).any(|(one, next)| {
            let same = || one == next && !case.status_is(&[401, 403, 429]);
            is_version(one) && is_version(next) && (same() || unserved())
        })
    };
    let written = |word: &str| word.contains('/') && twice(word);
    let mut sentences = case.sentences.iter().filter(|s| s.normal.contains('/'));
    paths(case).any(twice) || sentences.any(|s| s.normal.split(' ').any(written))
}

/// A host that is a scheme, or a scheme twice.
pub(in crate::explain::rules) fn scheme_as_host(case: &Case) -> bool {
    case.addresses.iter().any(|a| matches!(a.host.as_str(), "https" | "http"))
        || case.sentences.iter().any(|s| {
            let t = s.text.as_str();
            // What all of them have; most sentences have none of it.
            let schemed = t.contains("ttp") || t.contains("htps");
            schemed
                && [
                    "https://https",
                    "http://http",
                    "https://http",
                    "http://https:",
                    "host='https'",
                    "host='http'",
                    "ENOTFOUND https",
                    "ENOTFOUND http",
                    "host=https,",
                    "lookup https:",
                    "lookup http:",
                    "https:/api",
                    "http:/api",
                    "https//",
                    "http//",
                    "htps://",
                    "htttp",
                    "https:///",
                    "http:///",
                ]
                .iter()
                .any(|form| t.contains(form))
        })
}

/// An address of pages for people where an API's should be.
pub(in crate::explain::rules) fn is_a_site(case: &Case) -> bool {
    const SITES: [&str; 15] = [
        "platform.openai.com",
        "chat.openai.com",
        "chatgpt.com",
        "console.anthropic.com",
        "console.groq.com",
        "aistudio.google.com",
        "console.mistral.ai",
        "platform.deepseek.com",
        "claude.ai",
        "console.x.ai",
        "oai.azure.com",
        "ai.azure.com",
        "portal.azure.com",
        "dashboard.cohere.com",
        "huggingface.co",
    ];
    case.addresses.iter().any(|a| {
        // Pages that explain an operation are there to be read, and ChatGPT's own programs have an API at its site.
        let read = a.path.contains("/docs") || a.path.contains("api-reference") || a.path.contains("/backend-api/");
        let operation = !read && OPERATIONS.iter().any(|op| a.path.contains(op));
        // What a server asks of the hub on its own is not what was called.
        let of_the_hub = a.host == "huggingface.co" && a.path.starts_with("/api/models");
        operation
            && !of_the_hub
            && (SITES.contains(&a.host.as_str())
                || (a.host == "openrouter.ai" && !a.path.starts_with("/api"))
                || (a.host == "openai.com")
                || (a.host == "api.anthropic.com" && a.path.contains("/api/")))
    })
}

/// A server of models that runs where its user does.
pub(in crate::explain::rules) fn is_local_server(case: &Case) -> bool {
    [
        "ollama",
        "vllm",
        "lmstudio",
        "lm-studio",
        "llama.cpp",
        "sglang",
        "localai",
        "tgi",
        "xinference",
        "llamacpp",
        "local",
    ]
    .iter()
    .any(|name| case.is_about(name))
        || case.addresses.iter().any(|a| {
            matches!(a.host.as_str(), "localhost" | "127.0.0.1" | "0.0.0.0" | "host.docker.internal")
                || a.host.starts_with("192.168.")
                || a.host.starts_with("10.")
        })
}

/// Azure's service is called, by its host or its words.
pub(in crate::explain::rules) fn is_azure(case: &Case) -> bool {
    case.is_about("azure")
        || case.addresses.iter().any(|a| a.host.ends_with("azure.com") || a.path.contains("/deployments/"))
        || case.sentences.iter().any(|s| s.normal.contains("azure"))
}

/// The path of a deployment stands twice in one address.
pub(in crate::explain::rules) fn deployments_twice(case: &Case) -> bool {
    paths(case).any(|path| path.to_ascii_lowercase().matches("/deployments/").count() > 1)
}

/// A base URL is told that is a site for people: `OPENAI_BASE_URL points to https://platform.openai.com/v1`.
pub(in crate::explain::rules) fn names_a_site_as_base(case: &Case) -> bool {
    case.sentences.iter().any(|s| {
        let n = s.normal.as_str();
        n.contains('/')
            && ["base_url", "baseurl", "base url", "api_base", "apibase", "endpoint="]
                .iter()
                .any(|base| n.contains(base))
            && [
                "/platform.openai.com",
                "/chat.openai.com",
                "/chatgpt.com",
                "/console.",
                "/aistudio.google.com",
                "/platform.deepseek.com",
                "/claude.ai",
            ]
            .iter()
            .any(|site| n.contains(site))
    })
}

/// A program tripped over a member that an answer of a model always has.
pub(in crate::explain::rules) fn reads_the_answer(case: &Case) -> bool {
    const MEMBERS: [&str; 7] =
        ["getcandidates", "getchoices", ".choices", ".candidates", "choices 0", "candidates 0", ".content 0 .text"];
    const TRIPPED: [&str; 9] = [
        "null",
        "undefined",
        "index out of range",
        "out of bounds",
        "nil pointer",
        "nonetype",
        "not subscriptable",
        "keyerror",
        "no such key",
    ];
    let has = |words: &[&str]| case.sentences.iter().any(|s| words.iter().any(|word| s.normal.contains(word)));
    has(&MEMBERS) && has(&TRIPPED) && !case.statuses.iter().any(|status| *status >= 400)
}

/// An IPv4 address or a range of them stands in the text.
pub(in crate::explain::rules) fn names_ip_number(case: &Case) -> bool {
    let is_number = |word: &str| {
        let word = word.split('/').next().unwrap_or_default();
        word.split('.').count() == 4 && word.split('.').all(|part| part.parse::<u8>().is_ok())
    };
    case.sentences.iter().any(|s| s.normal.split(' ').any(is_number))
}

/// A deployment's path at Azure is whole but for `?api-version=`.
pub(in crate::explain::rules) fn deployment_without_version(case: &Case) -> bool {
    let whole = |path: &str| path.contains("/openai/deployments/") && path.matches('/').count() > 4;
    case.addresses.iter().any(|a| a.host.ends_with(".azure.com") && whole(&a.path) && !a.path.contains("api-version"))
        && !case.sentences.iter().any(|s| s.normal.contains("api-version") || s.normal.contains("api_version"))
}

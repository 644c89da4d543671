//! Causes in the caller's own program: its SDK, the browser it runs in, the index it keeps.
//!
//! No server tells them. `tollgate explain` does, from what the program printed.

use super::snippets;
use super::wires::NOT_ANSWERED;
use crate::cause::{Party, Retry, Wire};

causes! {
    Client:

    SDK_VERSION_MISMATCH {
        slug: "sdk_version_mismatch",
        title: "SDK versions do not fit together",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[],
        without_status: true,
        wire: NOT_ANSWERED,
        explanation: "The code was written for another version of the SDK, or the SDK for another version of its HTTP \
            library.",
        remedy: "Upgrade the code or the SDK, or pin versions that fit together; nothing was sent.",
        reasons: &[
            "Code for openai 0.x (openai.ChatCompletion.create) runs with openai 1.x or later",
            "An old openai or anthropic SDK passes `proxies` to httpx, and httpx 0.28 removed that argument",
            "`openai.error` was removed in 1.0: exceptions are openai.APIError, openai.RateLimitError and so on",
            "A framework (LangChain, LlamaIndex, AutoGen) pins an older openai, or a notebook still holds the old \
                module",
            "A file of yours is called openai.py and hides the package",
            "A client or a transport of httpx is passed to openai 3 or later, which is built on httpx2",
            "In Node, code for openai 3.x (Configuration, OpenAIApi) runs with 4.x or later",
            "The asynchronous client (AsyncOpenAI, AsyncAnthropic) was called without await, so that a coroutine is there \
                instead of an answer; or the synchronous one was awaited",
            "A JVM client has no serializer (Jackson) for its own request class: a dependency of another version",
        ],
        checks: &[
            "`pip show openai httpx` (or `pip list | grep -iE 'openai|httpx|anthropic|langchain'`), in the same \
                environment",
            "`python -c \"import openai; print(openai.__version__, openai.__file__)\"`",
            "Node: `npm ls openai`",
        ],
        remedies: &[
            "Upgrade: `pip install --upgrade openai httpx`, then restart the kernel or process",
            "Migrate old code: `openai migrate`, or client.chat.completions.create by hand",
            "Or pin a compatible version: `openai==0.28` for old code, `httpx<0.28` for an old SDK",
            "Write `await` before each call of an asynchronous client, or use the synchronous one",
            "Catch openai.APIConnectionError, openai.RateLimitError, openai.APIStatusError instead of openai.error.…",
        ],
        snippets: &[snippets::SDK_SHELL, snippets::SDK_PYTHON],
        retry_advice: "Repeating it does not help: nothing was sent, so fit the versions together.",
        recognised: "An exception of the SDK's own code: an attribute or module that is gone, or an unexpected keyword \
            argument such as proxies.",
        example: "TypeError: Client.__init__() got an unexpected keyword argument 'proxies'",
        related: &["response_shape_unexpected", "key_not_configured"],
    }

    BROWSER_KEY_EXPOSURE {
        slug: "browser_key_exposure",
        title: "The SDK refuses to use a secret key in a browser",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[],
        without_status: true,
        wire: NOT_ANSWERED,
        explanation: "The SDK noticed that it runs in a browser, where every visitor could read the key, and stopped.",
        remedy: "Move the call to a server or backend route, which keeps the key, and let the browser call that.",
        reasons: &[
            "The SDK is imported in a component or file that is bundled for the browser",
            "A test environment such as jsdom, or an Electron renderer, looks like a browser",
            "In Next.js the file is a client component (`use client`), so it runs in the browser",
        ],
        checks: &[
            "Look whether the file is part of the browser bundle: search the build output for the key's variable",
            "Print `typeof window` where the client is created",
        ],
        remedies: &[
            "Call the API from your backend (an API route, a server action, a cloud function), with the key in the \
                server's environment",
            "Give the browser a short-lived token where the API has one, such as client secrets of the Realtime API",
            "Set `dangerouslyAllowBrowser: true` only in tests, for local servers, or with keys the user entered",
            "In Jest set `testEnvironment: 'node'` for these tests",
        ],
        snippets: &[snippets::BACKEND_NODE],
        retry_advice: "Repeating it does not help: move the call to a server.",
        recognised: "The SDK says that it runs in a browser-like environment, or names dangerouslyAllowBrowser.",
        example: "Error: It looks like you're running in a browser-like environment. This is disabled by default, as \
            it risks exposing your secret API credentials to attackers.",
        related: &["cors_blocked", "key_undefined"],
    }

    CORS_BLOCKED {
        slug: "cors_blocked",
        title: "The browser blocked the call (CORS)",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        without_status: true,
        wire: Wire::new(
            403,
            "permission_error",
            Some("cors_not_allowed"),
            "CORS requests are not allowed for this organization.",
        ),
        explanation: "A web page called an API that does not allow its origin, so the browser kept the answer from it \
            or the server refused the call.",
        remedy: "Call the API from your own server or proxy, or let a local server allow the page's origin.",
        reasons: &[
            "The API sends no Access-Control-Allow-Origin for this origin; most providers do not want calls from \
                browsers",
            "The preflight (OPTIONS) was refused, since a header such as x-stainless-… or authorization is not allowed",
            "A local server (Ollama, LM Studio, vLLM) allows other origins only than the one of this page",
            "The organization forbids calls from browsers (Anthropic, with custom retention settings)",
            "The server failed with 5xx, or a proxy answered, and that answer carries no CORS headers",
        ],
        checks: &[
            "Send the same call with curl: if it works there, only the browser's rule stands in the way",
            "Look at the preflight's answer in the browser's network panel, or with \
                `curl -i -X OPTIONS -H 'Origin: http://localhost:3000' -H 'Access-Control-Request-Method: POST' URL`",
        ],
        remedies: &[
            "Call through a backend of your own (API route, proxy, cloud function), which also keeps the key secret",
            "Ollama: `OLLAMA_ORIGINS=https://your.site ollama serve`; vLLM: `--allowed-origins \
                '[\"https://your.site\"]'`; LM Studio: switch CORS on in the server's settings",
            "For Anthropic send `anthropic-dangerous-direct-browser-access: true`, where the key may be seen",
        ],
        snippets: &[snippets::BACKEND_NODE, snippets::OLLAMA_SHELL],
        retry_advice: "Repeating it does not help: the browser blocks it again.",
        recognised: "The browser's console says `blocked by CORS policy`, or a server says that CORS requests are not \
            allowed.",
        example: "Access to fetch at 'https://api.openai.com/v1/chat/completions' from origin 'http://localhost:3000' \
            has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested \
            resource.",
        related: &["browser_key_exposure", "method_not_allowed"],
    }

    EMBEDDING_DIMENSION_MISMATCH {
        slug: "embedding_dimension_mismatch",
        title: "Vectors and index have different dimensions",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422, 500],
        without_status: true,
        wire: Wire::invalid(400, "Vector dimension does not match the dimension of the index."),
        explanation: "The vector store was created for vectors of another length than the embedding model gives.",
        remedy: "Set the index to the model's dimension, or embed everything again with one model.",
        reasons: &[
            "The index was created for another embedding model: text-embedding-3-small gives 1536, 3-large 3072, \
                nomic-embed-text 768, bge-m3 and mxbai-embed-large 1024, all-MiniLM-L6-v2 384",
            "The embedding model was changed and the old index kept",
            "`dimensions` is set in one place and not in the other",
            "A framework's default embedding model was used for queries and another one for documents",
        ],
        checks: &[
            "Print len(vector) of one embedding and compare it with the dimension of the index or column",
            "Look which model and which `dimensions` each of the two programs uses",
        ],
        remedies: &[
            "Create the index with the model's dimension and re-embed the documents",
            "Ask for the index's dimension with `dimensions`, where the model supports that (text-embedding-3, Gemini \
                output_dimensionality, Matryoshka models)",
            "Use the same embedding model for documents and queries, and store its name with the index",
        ],
        snippets: &[snippets::EMBED_PYTHON],
        retry_advice: "Repeating it does not help: index and model have to agree.",
        recognised: "A vector store or database compares two numbers of dimensions.",
        example: "chromadb.errors.InvalidDimensionException: Embedding dimension 1536 does not match collection \
            dimensionality 384",
        related: &["dimensions_unsupported", "embedding_input_invalid"],
    }
}

//! Causes in the base URL that a client was given: another service's, another scheme, one of Azure's forms.

use super::sentences::{INVALID_URL, SORRY};
use super::snippets;
use super::wires::NOT_ANSWERED;
use crate::cause::{Party, Retry, Wire};

const NO_SUCH_URL: Wire = Wire::invalid(404, INVALID_URL);

causes! {
    Address:

    BASE_URL_MISSING_V1 {
        slug: "base_url_missing_v1",
        title: "The base URL lacks /v1",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 200, 405],
        wire: NO_SUCH_URL,
        explanation: "The client appends its path to a base URL that stops at the host, so the path lacks /v1.",
        remedy: "End the base URL in /v1, for instance http://127.0.0.1:4000/v1.",
        reasons: &[
            "The base URL stops at the host and the SDK appends /chat/completions",
            "A web page came with status 200 instead of JSON, and the SDK's object is a text: `'str' object has no \
                attribute 'choices'`",
            "The provider's API is below another prefix: /api/v1 (OpenRouter), /openai/v1 (Groq), /v1beta/openai \
                (Gemini)",
        ],
        checks: &[
            "Log the final URL (OPENAI_LOG=debug prints it)",
            "`curl -i BASE_URL/models`: JSON means that the base URL is right",
        ],
        remedies: &[
            "Add /v1 to the base URL: `base_url=\"http://host:port/v1\"` in Python, `baseURL` in Node, OPENAI_BASE_URL \
                in the environment",
            "Ollama: http://127.0.0.1:11434/v1, LM Studio: http://127.0.0.1:1234/v1, vLLM: http://127.0.0.1:8000/v1",
        ],
        snippets: &[snippets::PROVIDER_PYTHON, snippets::PROVIDER_NODE],
        retry_advice: "Repeating it does not help: correct the base URL.",
        recognised: "The path lacks /v1: `Invalid URL (POST /chat/completions)`, a web page with status 200, or an \
            object of the SDK that is a text.",
        example: "{\"error\":{\"message\":\"Invalid URL (POST \
            /chat/completions)\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["base_url_double_v1", "endpoint_not_found", "base_url_wrong", "html_instead_of_json"],
    }

    BASE_URL_MALFORMED {
        slug: "base_url_malformed",
        title: "The base URL is not a valid URL",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[],
        without_status: true,
        wire: NOT_ANSWERED,
        explanation: "The client could not make an address out of the base URL, so nothing was sent.",
        remedy: "Write the base URL as scheme, host and path, once each: https://host/v1.",
        reasons: &[
            "A whole URL was put where a host or resource name belongs, so https:// appears twice",
            "The scheme is missing: localhost:4000/v1 instead of http://localhost:4000/v1",
            "The variable is empty, is the text `undefined`, or has quotation marks or a newline in it",
            "The host has a space or a placeholder in it: https://<resource>.openai.azure.com",
        ],
        checks: &[
            "Print the base URL in quotation marks just before the client is built",
            "Look at the host in the error: `https` as a host name means that the scheme stands there twice",
        ],
        remedies: &[
            "Give only one https://, or only the resource's name where the setting asks for that",
            "Put http:// or https:// in front",
            "Unset OPENAI_BASE_URL (or OPENAI_API_BASE) if it is empty",
        ],
        snippets: &[snippets::PROVIDER_PYTHON],
        retry_advice: "Repeating it does not help: nothing was sent, so correct the base URL.",
        recognised: "The HTTP library says that the URL is invalid, lacks a protocol, or looks up a host called https.",
        example: "httpx.UnsupportedProtocol: Request URL is missing an 'http://' or 'https://' protocol.",
        related: &["base_url_wrong", "dns_failure", "azure_endpoint_misconfigured"],
    }

    BASE_URL_WRONG {
        slug: "base_url_wrong",
        title: "The base URL points to another service",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 405, 200],
        wire: NO_SUCH_URL,
        explanation: "Something answers at the base URL, but it is not the API that the client expects.",
        remedy: "Set the API's base URL from the provider's documentation.",
        reasons: &[
            "The address is that of a web UI or dashboard (Open WebUI, chat.openai.com, platform.openai.com) and not \
                of the API",
            "Another program listens at that port",
            "The API is another one: Ollama's /api instead of its /v1, Anthropic's /v1/messages instead of OpenAI's \
                form",
            "OPENAI_BASE_URL or OPENAI_API_BASE in the environment still names another server",
        ],
        checks: &[
            "Open the URL in a browser, or run `curl -i BASE_URL/models`, and look who answers (header `server`, page \
                title)",
            "Print which setting the client took its base URL from",
        ],
        remedies: &[
            "Set the base URL of the provider's documentation: OpenAI https://api.openai.com/v1, Anthropic: \
                https://api.anthropic.com, Gemini: https://generativelanguage.googleapis.com/v1beta/openai/, Mistral: \
                https://api.mistral.ai/v1, Groq: https://api.groq.com/openai/v1, OpenRouter: \
                https://openrouter.ai/api/v1, Ollama: http://127.0.0.1:11434/v1",
            "Unset a stale OPENAI_BASE_URL or OPENAI_API_BASE",
        ],
        snippets: &[snippets::PROVIDER_PYTHON, snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it does not help: correct the base URL.",
        recognised: "Another service answers: a web page, 404 in another form, or 405 from a web server.",
        example: "openai.NotFoundError: Error code: 404 - {'detail': 'Not Found'}",
        related: &[
            "base_url_missing_v1",
            "html_instead_of_json",
            "endpoint_not_found",
            "method_not_allowed",
            "base_url_malformed",
            "model_wrong_provider",
        ],
    }

    HTTP_HTTPS_MISMATCH {
        slug: "http_https_mismatch",
        title: "https was used on a plain http port, or the reverse",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 502],
        without_status: true,
        wire: Wire::new(502, "server_error", None, SORRY),
        explanation: "One side began TLS and the other speaks plain HTTP: `wrong version number` is the first line of \
            an HTTP answer read as TLS.",
        remedy: "Use http:// for a server without TLS, and https:// where TLS is on.",
        reasons: &[
            "The base URL says https:// and the local server speaks only http",
            "A proxy variable has the wrong scheme: HTTPS_PROXY=https://… for a proxy that speaks http",
            "http:// was used on a port with TLS: `The plain HTTP request was sent to HTTPS port`",
            "A client adds https:// by itself where no scheme is given",
        ],
        checks: &[
            "Run `curl -v http://HOST:PORT/v1/models` and the same with https://",
            "`env | grep -i proxy`: the scheme of a proxy is mostly http://, also for https addresses",
        ],
        remedies: &[
            "Set the base URL to http://… for local servers without TLS (Ollama, vLLM, LM Studio, LiteLLM)",
            "Set it to https://… where the server has a certificate, or put TLS in front of it",
            "Write HTTPS_PROXY=http://proxy:port",
        ],
        snippets: &[snippets::SCHEME_SHELL],
        retry_advice: "Repeating it does not help: correct the scheme.",
        recognised: "TLS fails with `wrong version number` or `packet length too long`, or a server says that plain \
            HTTP was sent to its HTTPS port.",
        example: "httpx.ConnectError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)",
        related: &["tls_failure", "http_malformed", "proxy_misconfigured"],
    }

    AZURE_API_VERSION {
        slug: "azure_api_version",
        title: "Azure's api-version is missing or not supported",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 400],
        wire: Wire::new(404, "invalid_request_error", Some("404"), "Resource not found"),
        explanation: "Azure chooses the API by the query parameter `api-version`, and this one is missing, unsupported \
            or too old for what was asked.",
        remedy: "Set `api-version` to a supported version, or use the v1 endpoint (/openai/v1/), which needs none.",
        reasons: &[
            "The query parameter api-version is missing from the URL",
            "The version does not exist, was retired, or is a preview that ended",
            "It is older than the feature: tools, structured outputs, the Responses API or a new model",
            "The client or an environment variable (OPENAI_API_VERSION) forces an old one",
        ],
        checks: &["Log the full URL and read api-version in it", "Compare it with Azure's list of API versions"],
        remedies: &[
            "Set a supported version: `AzureOpenAI(api_version=\"2024-10-21\")`, OPENAI_API_VERSION, `?api-version=…`",
            "Or use https://RESOURCE.openai.azure.com/openai/v1/ with the ordinary OpenAI client, without api-version",
        ],
        snippets: &[snippets::AZURE_PYTHON, snippets::AZURE_NODE, snippets::AZURE_CURL],
        retry_advice: "Repeating it does not help: correct api-version.",
        recognised: "Azure says `Resource not found`, or that the api-version is missing, invalid or not supported.",
        example: "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Azure OpenAI Responses API is enabled only for \
            api-version 2025-03-01-preview and later\"}}",
        related: &["azure_deployment_not_found", "azure_endpoint_misconfigured", "param_unsupported"],
    }

    AZURE_ENDPOINT_MISCONFIGURED {
        slug: "azure_endpoint_misconfigured",
        title: "The Azure URL does not have the right form",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 401, 403],
        without_status: true,
        wire: Wire::new(404, "invalid_request_error", Some("404"), "Resource not found"),
        explanation: "Azure expects resource, deployment and api-version in the URL, and the client's settings made \
            another one.",
        remedy: "Use https://RESOURCE.openai.azure.com/openai/deployments/DEPLOYMENT/chat/completions?api-version=…, \
            or let the Azure client build it from the bare endpoint.",
        reasons: &[
            "The endpoint already holds /openai/deployments/NAME, and the client adds it again; or it is needed and \
                missing",
            "OpenAI(…) was used where AzureOpenAI(…) belongs, or `azure_endpoint` was given as `base_url` (both at \
                once are refused)",
            "The Azure setting was ignored and api.openai.com was called, which answers with a key or region error",
            "The host is another kind: openai.azure.com, cognitiveservices.azure.com, services.ai.azure.com",
        ],
        checks: &[
            "Log the full URL that is called (OPENAI_LOG=debug) and compare host, deployment and api-version",
            "Look which of AZURE_OPENAI_ENDPOINT, OPENAI_BASE_URL and OPENAI_API_TYPE are set",
        ],
        remedies: &[
            "AzureOpenAI(azure_endpoint=\"https://RESOURCE.openai.azure.com\", api_version=…), with the deployment as \
                `model`",
            "Or OpenAI(base_url=\"https://RESOURCE.openai.azure.com/openai/v1/\", api_key=…)",
            "Check that the tool really reads its Azure setting: the host in its log must end in azure.com",
        ],
        snippets: &[snippets::AZURE_PYTHON, snippets::AZURE_NODE, snippets::AZURE_CURL],
        retry_advice: "Repeating it does not help: correct the endpoint.",
        recognised: "Azure answers 404 `Resource not found`, or an Azure client called another host.",
        example: "openai.NotFoundError: Error code: 404 - {'error': {'code': '404', 'message': 'Resource not found'}}",
        related: &[
            "azure_deployment_not_found",
            "azure_api_version",
            "azure_key_or_endpoint",
            "region_unsupported",
            "base_url_malformed",
        ],
    }
}

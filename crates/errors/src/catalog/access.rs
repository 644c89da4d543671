//! Causes in what the caller may use, models above all.

use super::sentences::{NO_ACCESS, NO_MODEL};
use super::snippets;
use crate::cause::{Party, Retry, Wire};

const PROJECT_WITHOUT_MODEL: Wire = Wire::new(403, "invalid_request_error", Some("model_not_found"), NO_ACCESS);

causes! {
    Access:

    REQUEST_NOT_FOUND {
        slug: "request_not_found",
        title: "The project has no record of this request",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::invalid(404, "Request with id '{request}' not found."),
        explanation: "It is another project's, has not ended yet, left no record, or is older than records are kept.",
        remedy: "Ask with a key of the project whose request it was, once its answer has ended.",
        reasons: &[
            "The request is of another project's key",
            "It has not ended yet",
            "It left no record: lists of models, health pages and callers without a key leave none",
            "It is older than records are kept",
        ],
        checks: &[
            "Compare the project with the header openai-project or the key that the request was made with",
            "As the operator, run `tollgate requests show ID`",
        ],
        remedies: &["Use a key of the same project", "Raise retention.requests"],
        retry_advice: "Repeating it helps only if the request had not ended yet.",
        recognised: "This gateway answers 404 on /v1/tollgate/requests/ID.",
        example: "Request with id 'req_01a1fba57fd23a2376004b8125cc10ff' not found.",
        related: &["request_id_invalid", "records_unavailable"],
    }

    MODEL_NOT_FOUND {
        slug: "model_not_found",
        title: "The model does not exist here",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 400, 403],
        wire: Wire::new(404, "invalid_request_error", Some("model_not_found"), NO_MODEL),
        explanation: "[[There is no model called `{model}` here||There is no model of that name here]][[; \
            {prefix}]][[; {retired}]][[; {sold}]][[; perhaps you mean {nearest}||; this key may use {usable}]].",
        remedy: "[[Use {first}, if that is meant, or another name from the list that GET /v1/models gives with the same \
            key||Use a name from the list that GET /v1/models gives with the same key]].",
        reasons: &[
            "The name was mistyped, or has another date, suffix or prefix",
            "The model does not exist at this provider: each has its own names (Groq, Together and OpenRouter: \
                vendor/model)",
            "The account has no access to the model, or not yet",
            "The model was retired",
            "The client sends its own default model",
        ],
        checks: &[
            "Call GET /v1/models with the same key and base URL and look for the exact id",
            "Print the `model` that is really sent, and the base URL it goes to",
        ],
        remedies: &[
            "Use a model id from the list, letter by letter",
            "Ask for access where the list lacks a model that exists (tier, preview, project settings)",
            "Behind a gateway, ask its operator to add the model",
        ],
        snippets: &[snippets::LIST_MODELS_CURL, snippets::LIST_MODELS_PYTHON, snippets::LIST_MODELS_NODE],
        retry_advice: "Repeating it does not help: change the model, or get access to it.",
        recognised: "The server says that the model does not exist, is invalid, or may not be used.",
        example: "{\"error\":{\"message\":\"The model `gpt-4o-mni` does not exist or you do not have access to \
            it.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}",
        related: &[
            "key_lacks_model",
            "project_lacks_model",
            "model_deprecated",
            "upstream_model_not_found",
            "model_access_tier",
            "finetuned_model_not_found",
        ],
    }

    KEY_LACKS_MODEL {
        slug: "key_lacks_model",
        title: "The key is not allowed to use the model",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403],
        wire: PROJECT_WITHOUT_MODEL,
        explanation: "The model exists, but [[the key's {rule}||the key's list of models leaves it out]].",
        remedy: "Use a model that GET /v1/models lists with this key, or ask the operator of this gateway for a key \
            that may use it (`tollgate keys create --models [[{model}||…]]`).",
        reasons: &[
            "The key was limited to certain models",
            "A rule with a wildcard covers more or less than was meant",
        ],
        checks: &[
            "Call GET /v1/models with this key: it lists what the key may use",
            "Look at the key's models with `tollgate keys show`",
        ],
        remedies: &[
            "Use an allowed model",
            "Create a key that may use it (`tollgate keys create --models …`)",
        ],
        snippets: &[snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it does not help: use an allowed model, or another key.",
        recognised: "The model exists here, and the key's own list of models leaves it out.",
        example: "Project `proj_demo` does not have access to model `gpt-4o`. The model exists, but the key's allow \
            list (`gpt-4o-mini*`) leaves it out.",
        related: &["project_lacks_model", "model_not_found", "key_insufficient_scopes"],
    }

    PROJECT_LACKS_MODEL {
        slug: "project_lacks_model",
        title: "The project is not allowed to use the model",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403],
        wire: PROJECT_WITHOUT_MODEL,
        explanation: "The model exists, but [[the project's {rule}||the project's list of models leaves it out]].",
        remedy: "Use a model that GET /v1/models lists with this key, or ask an owner of the project or of its \
            organization to allow it for the project.",
        reasons: &[
            "The project's list of models leaves it out (OpenAI: project settings, Limits, Model usage)",
            "The key belongs to another project than you think: the default project, often",
            "The model is new, and the list names models one by one",
        ],
        checks: &[
            "Compare the project in the message with the one you mean",
            "Open the settings of this project, Limits, and look at the models allowed",
            "Call GET /v1/models with this key: it lists what the project may use",
        ],
        remedies: &[
            "Allow the model in the project's settings, and wait some minutes",
            "Use a key of a project that has it",
        ],
        snippets: &[snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it does not help: allow the model for the project, or use another project's key.",
        recognised: "The message names a project (proj_…) that does not have access to the model.",
        example: "{\"error\":{\"message\":\"Project `proj_demo` does not have access to model \
            `gpt-4o`\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}",
        related: &["key_lacks_model", "model_not_found", "project_mismatch", "model_access_tier"],
    }

    MODEL_DEPRECATED {
        slug: "model_deprecated",
        title: "The model was retired",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 410, 400],
        wire: Wire::new(
            404,
            "invalid_request_error",
            Some("model_not_found"),
            "The model `{model}` has been deprecated, learn more here: {docs}",
        ),
        explanation: "The model was retired[[ on {date}]] and answers no more requests.",
        remedy: "Use [[its successor `{successor}`||a current model from GET /v1/models]] instead.",
        reasons: &[
            "The model reached the end of life that its provider had announced",
            "A snapshot with a date was pinned, or an old alias in a framework's defaults",
            "A preview or beta model ended",
        ],
        checks: &[
            "Read the provider's deprecation page; here the model's `shutdown_date` in GET /v1/models",
            "Search your code and configuration for the old name",
        ],
        remedies: &[
            "Switch to the successor that the provider names, or to another current model",
            "Update the tool whose default the old name is",
            "Behind this gateway, map the old name onto a newer model (the deployment's `model`)",
        ],
        snippets: &[snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it does not help: the model is gone; switch to its replacement.",
        recognised: "The message says deprecated, decommissioned, retired, shut down or no longer supported, of a \
            model.",
        example: "{\"error\":{\"message\":\"The model `mixtral-8x7b-32768` has been decommissioned and is no longer \
            supported. Please refer to the provider's documentation for a recommendation on which model to use \
            instead.\",\"type\":\"invalid_request_error\",\"code\":\"model_decommissioned\"}}",
        related: &[
            "model_not_found",
            "upstream_model_retired",
            "finetuned_model_not_found",
            "model_not_serverless",
            "model_maintenance",
        ],
    }

    MODEL_MAINTENANCE {
        slug: "model_maintenance",
        title: "The model is in maintenance",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        wire: Wire::new(
            503,
            "server_error",
            None,
            "The model `{model}` is currently not available. Please try again later.",
        ),
        explanation: "The operator of this gateway has taken the model out of service[[ until {until}]][[: {what}]].",
        remedy: "Repeat the request[[ after {until}]], or use another model from GET /v1/models meanwhile.",
        reasons: &["The operator has set a maintenance of the model, which ends by itself at its time"],
        checks: &[
            "Read the model's `maintenance` in GET /v1/models: it says from when, until when and why",
            "Read the setting `maintenance` of the model in the gateway's configuration",
        ],
        remedies: &["Wait until the maintenance has ended", "Use another model meanwhile"],
        snippets: &[snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it helps once the maintenance has ended, at the time that retry-after and the message \
            name.",
        recognised: "This gateway answers 503 and names the model and the end of its maintenance.",
        example: "The model `gpt-4o` is currently not available. Please try again later. The operator of this gateway \
            has taken the model out of service until 2026-03-01T09:00:00Z.",
        related: &["model_deprecated", "model_not_found", "gateway_overloaded"],
    }

    UPSTREAM_MODEL_NOT_FOUND {
        slug: "upstream_model_not_found",
        title: "The provider does not know the model behind this name",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::new(404, "invalid_request_error", Some("model_not_found"), NO_MODEL),
        explanation: "This gateway serves [[`{model}`||the model]] through [[{provider}||a provider]], which answers \
            that it has no such model or that the account of [[{account}||this gateway]] may not use it.",
        remedy: "Your request is fine: use another model from GET /v1/models, and ask the operator of this gateway \
            [[or an owner of {account} ]]to correct the model's deployment or its access at the provider.",
        reasons: &[
            "The model's name in the deployment was mistyped, or is another provider's",
            "The gateway's account has no access to the model",
            "The provider has withdrawn the model, or a local server has not loaded it",
        ],
        checks: &[
            "Compare `model` in the deployment with the names that the provider's own GET /v1/models lists",
            "Call the provider directly, with the gateway's credential and the deployment's model",
        ],
        remedies: &[
            "Correct `model` in the deployment",
            "Ask the provider for access, or use a credential that has it",
            "Add a deployment at another provider",
        ],
        snippets: &[snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it does not help: the operator has to correct the deployment.",
        recognised: "The provider behind this gateway says that it does not know the deployment's model.",
        example: "{\"error\":{\"message\":\"The model `gpt-9` does not exist or you do not have access to \
            it.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}",
        related: &[
            "model_not_found",
            "upstream_model_retired",
            "upstream_endpoint_not_found",
            "upstream_credential_rejected",
            "model_name_mismatch_local",
            "org_verification_required",
        ],
    }

    UPSTREAM_MODEL_RETIRED {
        slug: "upstream_model_retired",
        title: "The provider has retired the model behind this name",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::new(
            404,
            "invalid_request_error",
            Some("model_not_found"),
            "The model `{model}` has been deprecated, learn more here: {docs}",
        ),
        explanation: "This gateway still lists [[`{model}`||the model]], but [[{provider}||its provider]] has retired \
            what stands behind the name.",
        remedy: "Use another model from GET /v1/models, and ask the operator of this gateway to move the name to a \
            current model.",
        reasons: &["The model reached the end of life that its provider had announced"],
        checks: &["Look the model up in the provider's list of deprecations"],
        remedies: &[
            "Set a current model in the deployment",
            "Set `shutdown_date` and `successor` of the model in the gateway's configuration",
        ],
        retry_advice: "Repeating it does not help: the operator has to name a current model.",
        recognised: "The provider behind this gateway says that the deployment's model is retired.",
        example: "The model `gpt-4-32k` has been deprecated, learn more here: \
            https://platform.openai.com/docs/deprecations",
        related: &["model_deprecated", "upstream_model_not_found"],
    }

    ORG_VERIFICATION_REQUIRED {
        slug: "org_verification_required",
        title: "The organization must be verified before it may use or stream the model",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[403, 400, 404],
        wire: Wire::invalid(403, "Your organization must be verified to use the model `{model}`."),
        explanation: "[[{provider}||The provider]] serves [[`{model}`||this model]], or streams it, to verified \
            organizations only, and the one whose account is used is not.",
        remedy: "Use another model, or send the request without `stream`; \
            [[an owner of {account}||the operator of this gateway]] has to verify the organization at the provider.",
        reasons: &[
            "The provider asks for a proof of identity before it serves this model, streams it, or shows reasoning \
                summaries",
            "The verification was done less than 15 minutes ago",
            "The key belongs to another organization than the verified one",
        ],
        checks: &[
            "Look at the organization's settings, General, Verification \
                (platform.openai.com/settings/organization/general)",
            "Send the call without `stream`: if it passes, only streaming needs the verification",
        ],
        remedies: &[
            "Verify the organization, wait 15 minutes, and create a new key",
            "Turn off `stream` for this model, and leave out reasoning summaries (`reasoning.summary`)",
            "Use another model that needs no verification",
            "Behind a gateway its operator has to do this; your key is fine",
        ],
        retry_advice: "Repeating it helps only once the organization is verified, some 15 minutes later.",
        recognised: "The message says that the organization must be verified to use or to stream the model.",
        example: "{\"error\":{\"message\":\"Your organization must be verified to stream this model. Please go to: \
            https://platform.openai.com/settings/organization/general and click on Verify \
            Organization.\",\"type\":\"invalid_request_error\",\"param\":\"stream\",\"code\":\"unsupported_value\"}}",
        related: &["upstream_model_not_found", "upstream_credential_rejected", "model_access_tier"],
    }

    CHAT_MODEL_ON_COMPLETIONS {
        slug: "chat_model_on_completions",
        title: "A chat model was called on /v1/completions",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::invalid(
            404,
            "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use \
                v1/chat/completions?",
        )
        .with_param("model"),
        explanation: "[[`{model}`||The model]] answers chat messages, and the request went to /v1/completions.",
        remedy: "Call /v1/chat/completions with `messages` instead of `prompt`.",
        reasons: &[
            "Code for the older completions API (/v1/completions with `prompt`) was given a chat model",
            "A client's mode is set to text completion, or a framework's class is the wrong one (LangChain: OpenAI \
                instead of ChatOpenAI)",
            "Autocompletion or fill-in-the-middle of an editor was set to a chat model",
        ],
        checks: &["Look at the path that is called and at whether the body has `prompt` or `messages`"],
        remedies: &[
            "Call /v1/chat/completions with `messages`: client.chat.completions.create",
            "LangChain: ChatOpenAI instead of OpenAI; LiteLLM: litellm.completion instead of text_completion",
            "Or choose a model for completions, such as a base model of a local server",
        ],
        snippets: &[snippets::CHAT_PYTHON, snippets::CHAT_NODE],
        retry_advice: "Repeating it does not help: change the endpoint or the model.",
        recognised: "The message says that this is a chat model, and the call went to /v1/completions.",
        example: "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use \
            v1/chat/completions?",
        related: &["completion_model_on_chat", "model_wrong_endpoint"],
    }

    COMPLETION_MODEL_ON_CHAT {
        slug: "completion_model_on_chat",
        title: "A completion model was called on /v1/chat/completions",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::invalid(
            404,
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use \
                v1/completions?",
        )
        .with_param("model"),
        explanation: "[[`{model}`||The model]] completes plain text, and the request went to /v1/chat/completions.",
        remedy: "Call /v1/completions with a `prompt`, or choose a chat model.",
        reasons: &[
            "A base or instruct model (babbage-002, gpt-3.5-turbo-instruct) was chosen for chat messages",
            "An embedding, speech or image model was chosen for a chat",
            "The model is served by the Responses API only, and the message says so in these words",
        ],
        checks: &[
            "Send the same model a `prompt` on /v1/completions",
            "Look up the model's endpoints in the provider's documentation",
        ],
        remedies: &[
            "Choose a chat model for /v1/chat/completions",
            "Or call /v1/completions with a `prompt`: client.completions.create",
            "For codex, pro and deep-research models call /v1/responses",
        ],
        snippets: &[snippets::CHAT_PYTHON],
        retry_advice: "Repeating it does not help: change the model or the endpoint.",
        recognised: "The message says that this is not a chat model.",
        example: "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to \
            use v1/completions?",
        related: &["chat_model_on_completions", "model_wrong_endpoint", "model_responses_only"],
    }

    MODEL_WRONG_ENDPOINT {
        slug: "model_wrong_endpoint",
        title: "The model does not serve this endpoint",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 403, 400],
        wire: Wire::invalid(404, "This model is not supported in the {endpoint} endpoint.").with_param("model"),
        explanation: "[[`{model}`||The model]] exists but does not answer [[{endpoint}||this endpoint]][[; it serves \
            {likely}]].",
        remedy: "Call [[{either}||{likely}||an endpoint that the model serves]], or choose a model that serves \
            [[{endpoint}||this one]].",
        reasons: &[
            "An embedding model was sent chat messages, or the reverse",
            "A model is served by the Responses API alone",
        ],
        checks: &[
            "Print path and model of the call",
            "Look up the model's endpoints in the provider's documentation; here its `endpoints` in the gateway's \
                configuration",
        ],
        remedies: &[
            "Change the endpoint: /v1/embeddings for embedding models, /v1/responses, /v1/audio/…, /v1/images/… for \
                theirs",
            "Or change the model",
        ],
        snippets: &[snippets::RESPONSES_PYTHON],
        retry_advice: "Repeating it does not help: change the endpoint or the model.",
        recognised: "The message says that the model is not supported in, or with, the endpoint that was called.",
        example: "This model is not supported in the v1/embeddings endpoint.",
        related: &[
            "chat_model_on_completions",
            "completion_model_on_chat",
            "model_not_found",
            "model_responses_only",
        ],
    }

    MODEL_RESPONSES_ONLY {
        slug: "model_responses_only",
        title: "The model is only served by the Responses API",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 400],
        wire: Wire::invalid(
            404,
            "This model is only supported in v1/responses and not in v1/chat/completions.",
        )
        .with_param("model"),
        explanation: "[[`{model}`||The model]] answers /v1/responses, and the request went elsewhere.",
        remedy: "Call /v1/responses with `input`, or choose a model that answers chat completions.",
        reasons: &["Pro, codex and deep-research models are not served by chat completions"],
        checks: &[
            "Send the same model an `input` on /v1/responses",
            "Look whether the tool has a setting for the Responses API",
        ],
        remedies: &[
            "Call /v1/responses: client.responses.create(model=…, input=…)",
            "LangChain: `use_responses_api=True`; Vercel's AI SDK: `openai.responses(model)`; LiteLLM: \
                `openai/responses/MODEL`",
            "Or choose a model that answers chat completions",
        ],
        snippets: &[snippets::RESPONSES_PYTHON, snippets::RESPONSES_NODE, snippets::RESPONSES_CURL],
        retry_advice: "Repeating it does not help: call /v1/responses.",
        recognised: "The message says that the model is only supported in v1/responses.",
        example: "This model is only supported in v1/responses and not in v1/chat/completions.",
        related: &["model_wrong_endpoint", "completion_model_on_chat"],
    }

    MODEL_NO_VISION {
        slug: "model_no_vision",
        title: "The model does not accept images",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 404],
        wire: Wire::invalid(400, "Invalid content type. image_url is only supported by certain models.")
            .with_param("messages"),
        explanation: "[[`{model}`||The model]] reads text only, and the request has an image.",
        remedy: "Use a model that sees images[[, such as {able}]], or leave the image out.",
        reasons: &["A text model was chosen", "An image of an earlier turn is still in the history"],
        checks: &[
            "Search the messages for image_url, input_image and image parts",
            "Read the model's modalities in the provider's documentation",
        ],
        remedies: &[
            "Change to a model that sees images",
            "Remove the images, also those of earlier turns, or describe them in words",
            "For a local server, load the projector too (llama.cpp: --mmproj) or a vision model (llava, qwen2.5vl)",
        ],
        retry_advice: "Repeating it does not help: leave the image out, or change the model.",
        recognised: "The message says that image input or image_url is not supported by the model.",
        example: "{\"error\":{\"message\":\"Invalid content type. image_url is only supported by certain \
            models.\",\"type\":\"invalid_request_error\",\"param\":\"messages.[0].content.[1].type\",\"code\":null}}",
        related: &["image_invalid", "model_no_tools", "openrouter_no_endpoints"],
    }

    MODEL_NO_TOOLS {
        slug: "model_no_tools",
        title: "The model does not support tools",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 404],
        wire: Wire::invalid(400, "{model} does not support tools").with_param("tools"),
        explanation: "[[`{model}`||The model]] calls no tools at this provider, and the request has some.",
        remedy: "Use a model with tool calling[[, such as {able}]], or leave `tools` out.",
        reasons: &[
            "The model was not trained for tools, or this provider serves it without them",
            "No provider of a router supports tools for this model (OpenRouter: `No endpoints found that support tool \
                use`)",
            "An agent sends `tools` with every call",
            "The local model's template has no tools (Ollama)",
        ],
        checks: &["Send the call without `tools`", "Look whether the model's page lists tools or function calling"],
        remedies: &[
            "Change to a model with tool calling (Ollama: llama3.1, qwen3, mistral-nemo)",
            "Remove `tools`, `tool_choice` and `parallel_tool_calls`, or switch the agent to a mode without tools",
            "With vLLM start the server with its tool flags",
        ],
        retry_advice: "Repeating it does not help: leave `tools` out, or change the model.",
        recognised: "The message says that the model, or no endpoint of it, supports tools or function calling.",
        example: "{\"error\":{\"message\":\"registry.ollama.ai/library/gemma:2b does not support \
            tools\",\"type\":\"api_error\",\"param\":null,\"code\":null}}",
        related: &["param_unsupported", "model_no_vision", "vllm_tool_flags_missing", "openrouter_no_endpoints"],
    }

    PREVIOUS_RESPONSE_NOT_FOUND {
        slug: "previous_response_not_found",
        title: "The previous response is not stored",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 404],
        wire: Wire::new(
            400,
            "invalid_request_error",
            Some("previous_response_not_found"),
            "Previous response with id '{response}' not found.",
        )
        .with_param("previous_response_id"),
        explanation: "No stored response has the id [[`{response}`||that the request names]].",
        remedy: "Send the whole conversation as `input` again, without previous_response_id.",
        reasons: &[
            "The earlier call had `store: false`",
            "The response was deleted or its time was over",
            "It belongs to another project or to another provider account",
        ],
        checks: &[
            "Look at `store` in the earlier call, and at its age (30 days at OpenAI)",
            "Compare project, key and base URL of both calls",
            "Print the id: resp_… of an answer, not msg_… or rs_…",
        ],
        remedies: &[
            "Send the full input again, without previous_response_id",
            "Keep `store: true` where later calls build on a response",
            "With zero data retention, send the whole conversation with every call",
        ],
        snippets: &[snippets::RESPONSES_HISTORY_PYTHON],
        retry_advice: "Repeating it does not help: send the full input instead.",
        recognised: "The code is previous_response_not_found.",
        example: "{\"error\":{\"message\":\"Previous response with id 'resp_abc123' not \
            found.\",\"type\":\"invalid_request_error\",\"param\":\"previous_response_id\",\"code\":\"previous_response_not_found\"}}",
        related: &["response_state_unroutable", "responses_item_missing", "file_not_found", "response_not_found"],
    }

    RESPONSE_NOT_FOUND {
        slug: "response_not_found",
        title: "The response is not stored",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::invalid(404, "Response with id '{response}' not found."),
        explanation: "[[{what}||No stored response of this project has this id]].",
        remedy: "Use the id of a response that the same project has made with `store: true`, and within 24 hours.",
        reasons: &[
            "The response was made with `store: false`",
            "It was deleted, is more than 24 hours old, or later responses took its place in memory",
            "The server was restarted: what the sandbox stores, and which provider has stored what, is lost with the \
                process",
            "It belongs to another project",
            "It was made at its provider without this gateway: only what the project has made here is looked up there",
        ],
        checks: &[
            "Compare the id with that in the answer of POST /v1/responses",
            "Compare the project of the key with that of the key that made the response",
            "Look at `store` in the call that made it",
        ],
        remedies: &["Keep what your program needs of a response itself", "Ask with a key of the same project"],
        retry_advice: "Repeating it does not help: the response is not stored.",
        recognised: "A path /v1/responses/ID answers 404.",
        example: "Response with id 'resp_abc123' not found.",
        related: &["previous_response_not_found", "response_not_in_background"],
    }

    RESPONSE_NOT_IN_BACKGROUND {
        slug: "response_not_in_background",
        title: "The response is not being made in the background",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "Cannot cancel a synchronous response."),
        explanation: "Only a response made with `background: true` can be cancelled, and only until it is completed; \
            only one made with `background: true` and `stream: true` can be streamed again.",
        remedy: "Make the response with `background: true`, or end an ordinary call by closing its connection.",
        reasons: &[
            "The response was made without `background: true`",
            "It was completed before it was to be cancelled",
            "It is to be streamed, and was made without `stream: true`, or was cancelled",
        ],
        checks: &["Look at `background` and `status` of the response: GET /v1/responses/ID"],
        remedies: &["Make it with `background: true`", "Retrieve it without `stream`"],
        retry_advice: "Repeating it does not help: only a background response can be cancelled or streamed again.",
        recognised: "A call to cancel or stream a stored response is refused.",
        example: "Cannot cancel a synchronous response.",
        related: &["response_not_found"],
    }

    RESPONSE_STATE_UNROUTABLE {
        slug: "response_state_unroutable",
        title: "It is not certain which provider account stores the conversation",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::new(
            400,
            "invalid_request_error",
            Some("unsupported_parameter"),
            "Unsupported parameter: '{param}' is not supported with this model.",
        )
        .with_param("previous_response_id"),
        explanation: "[[`{param}`||The request]] refers to something that one account of one provider has stored, and \
            calls of [[`{model}`||this model]] are not certain to reach that account.",
        remedy: "Send the whole conversation as `input`, or use a model with a single deployment that its operator has \
            marked `one_project = true`.",
        reasons: &[
            "The model has several deployments or credentials, and a stored response exists at one of them only",
        ],
        checks: &[
            "Count the model's deployments in the gateway's configuration: it must have exactly one, marked \
                `one_project = true`",
        ],
        remedies: &[
            "Send the full input with every call",
            "Let the operator add a model with this one deployment, under a name of its own",
        ],
        retry_advice: "Repeating it does not help: send the whole conversation, or use a model with one deployment.",
        recognised: "This gateway refuses previous_response_id, conversation or a stored item for a model with several \
            deployments.",
        example: "Unsupported parameter: 'previous_response_id' is not supported with this model.",
        related: &["previous_response_not_found"],
    }

    REGION_UNSUPPORTED {
        slug: "region_unsupported",
        title: "The country or region is not served",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[403, 400],
        wire: Wire::new(
            403,
            "request_forbidden",
            Some("unsupported_country_region_territory"),
            "Country, region, or territory not supported",
        ),
        explanation: "[[`{model}` is served in {served}, and calls with this key may be served in {allowed} \
            only||{provider} refuses the region in which this gateway's outgoing address lies||The provider refuses \
            the region in which this gateway's outgoing address lies]].",
        remedy: "[[Use {nearest} instead, which this key may use there, or ask the operator of this gateway for a \
            deployment in {allowed}||Ask the operator of this gateway for a deployment in {allowed}||Ask the operator \
            to send the model's calls from a supported region or to add a deployment of another provider]].",
        reasons: &[
            "The machine, its proxy or its VPN leaves the network in a country that the provider does not serve",
            "An edge function or CDN ran the call in another region than you think (Hong Kong, for instance)",
            "The base URL of an intended cloud (Azure) was ignored, so that api.openai.com was called from an \
                unsupported country",
            "A gateway's own outgoing address lies in such a country; then its operator has to act",
            "A key of this gateway is bound to regions (`tollgate keys create --regions`), and no deployment of the \
                model is in one of them",
        ],
        checks: &[
            "Find the outgoing IP and its country from the machine that calls: `curl https://ipinfo.io`",
            "Look at the region of the function (Vercel, Cloudflare Workers) in its log",
            "Print the host that is really called",
            "Ask this gateway why: `tollgate models check MODEL --key KEY`",
        ],
        remedies: &[
            "Call from a supported region, or through a proxy in one",
            "Pin the function to a supported region: Vercel `export const preferredRegion = ['iad1']`, Cloudflare \
                placement hints",
            "Use a cloud offer that serves your country (Azure OpenAI, Bedrock, Vertex AI), or a provider that serves \
                the region",
        ],
        retry_advice: "Repeating it does not help from the same address.",
        recognised: "The code is unsupported_country_region_territory, or the message speaks of country, region, \
            territory or user location.",
        example: "{\"error\":{\"code\":\"unsupported_country_region_territory\",\"message\":\"Country, region, or \
            territory not supported\",\"param\":null,\"type\":\"request_forbidden\"}}",
        related: &["waf_blocked", "upstream_credential_rejected", "azure_endpoint_misconfigured", "ip_not_allowed"],
    }
}

//! Causes in what the caller may use, models above all.

use super::sentences::{NO_ACCESS, NO_MODEL};
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
            {prefix}]][[; perhaps you mean {nearest}||; this key may use {usable}]].",
        remedy: "Use a name from the list that GET /v1/models gives with the same key.",
        reasons: &[
            "The name was mistyped, or has another date or suffix",
            "The model is a provider's but was not added to this gateway",
            "The client sends its own default model",
        ],
        checks: &[
            "Call GET /v1/models with the same key and base URL and look for the exact name",
            "Print the `model` that is really sent",
        ],
        remedies: &["Use a name from the list", "Ask the operator of this gateway to add the model"],
        related: &["key_lacks_model", "project_lacks_model", "model_deprecated", "upstream_model_not_found"],
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
        remedy: "Use a model that GET /v1/models lists with this key, or ask the operator of this gateway to allow it \
            for the project.",
        reasons: &["The project's list of models leaves it out", "The key belongs to another project than you think"],
        checks: &[
            "Call GET /v1/models with this key: it lists what the key may use",
            "Compare the project in the message with the one you mean",
        ],
        remedies: &["Add the model to the project's list", "Use a key of a project that has it"],
        related: &["key_lacks_model", "model_not_found", "project_mismatch"],
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
        reasons: &["The model reached the end of life that its provider had announced"],
        checks: &[
            "Read the model's `shutdown_date` in GET /v1/models",
            "Search your code and configuration for the old name",
        ],
        remedies: &["Switch to the successor", "Let the operator of this gateway map the old name onto a new model"],
        related: &["model_not_found", "upstream_model_retired"],
    }

    MODEL_MAINTENANCE {
        slug: "model_maintenance",
        title: "The model is in maintenance",
        party: Party::Gateway,
        retry: Retry::Yes,
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
            that it has no such model or that the gateway's account may not use it.",
        remedy: "Your request is fine: use another model from GET /v1/models, and ask the operator of this gateway \
            to correct the model's deployment or its access at the provider.",
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
        related: &["model_not_found", "upstream_model_retired", "upstream_endpoint_not_found"],
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
        related: &["model_deprecated", "upstream_model_not_found"],
    }

    ORG_VERIFICATION_REQUIRED {
        slug: "org_verification_required",
        title: "The provider wants the gateway's organization to be verified first",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[403, 400, 404],
        wire: Wire::invalid(403, "Your organization must be verified to use the model `{model}`."),
        explanation: "[[{provider}||The provider]] serves [[`{model}`||this model]], or streams it, to verified \
            organizations only, and the one whose account this gateway uses is not.",
        remedy: "Use another model, or send the request without `stream`; the operator of this gateway has to verify \
            the organization at the provider.",
        reasons: &["The provider asks for a proof of identity before it serves its newest models"],
        checks: &["Look at the organization's settings in the provider's dashboard", "Send the call without `stream`"],
        remedies: &["Verify the organization at the provider", "Use a model that needs no verification"],
        related: &["upstream_model_not_found", "upstream_credential_rejected"],
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
            "Code for the older completions API was given a chat model",
            "A client's mode is set to text completion",
        ],
        checks: &["Look at the path that is called and at whether the body has `prompt` or `messages`"],
        remedies: &["Use client.chat.completions.create", "Choose a model for completions"],
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
        reasons: &["A base or instruct model was chosen for chat messages"],
        checks: &["Send the same model a `prompt` on /v1/completions"],
        remedies: &["Use client.completions.create", "Choose a chat model"],
        related: &["chat_model_on_completions", "model_wrong_endpoint"],
    }

    MODEL_WRONG_ENDPOINT {
        slug: "model_wrong_endpoint",
        title: "The model does not serve this endpoint",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::invalid(404, "This model is not supported in the {endpoint} endpoint.").with_param("model"),
        explanation: "[[`{model}`||The model]] exists but does not answer [[{endpoint}||this endpoint]][[; it serves \
            {likely}]].",
        remedy: "Call [[{either}||{likely}||an endpoint that the model serves]], or choose a model that serves \
            [[{endpoint}||this one]].",
        reasons: &[
            "An embedding model was sent chat messages, or the reverse",
            "A model is served by the Responses API alone",
        ],
        checks: &["Print path and model of the call", "Read the model's `endpoints` in the gateway's configuration"],
        remedies: &["Change the endpoint", "Change the model"],
        related: &["chat_model_on_completions", "completion_model_on_chat", "model_not_found"],
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
        checks: &["Send the same model an `input` on /v1/responses"],
        remedies: &["Use client.responses.create", "Choose another model"],
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
        remedy: "Use a model that sees images, or leave the image out.",
        reasons: &["A text model was chosen", "An image of an earlier turn is still in the history"],
        checks: &["Search the messages for image_url and input_image", "Read the model's modalities"],
        remedies: &["Change the model", "Describe the image in words"],
        related: &["image_invalid", "model_no_tools"],
    }

    MODEL_NO_TOOLS {
        slug: "model_no_tools",
        title: "The model does not support tools",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 404],
        wire: Wire::invalid(400, "{model} does not support tools").with_param("tools"),
        explanation: "[[`{model}`||The model]] calls no tools at this provider, and the request has some.",
        remedy: "Use a model with tool calling, or leave `tools` out.",
        reasons: &["The model was not trained for tools", "This provider serves the model without them"],
        checks: &["Send the call without `tools`"],
        remedies: &["Change the model", "Remove `tools` and `tool_choice`"],
        related: &["param_unsupported", "model_no_vision"],
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
        checks: &["Look at `store` in the earlier call", "Compare project and key of both calls"],
        remedies: &["Send the full input", "Keep `store: true` where later calls build on a response"],
        related: &["response_state_unroutable"],
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
        related: &["previous_response_not_found"],
    }

    REGION_UNSUPPORTED {
        slug: "region_unsupported",
        title: "The provider does not serve the region the request came from",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[403, 400],
        wire: Wire::new(
            403,
            "request_forbidden",
            Some("unsupported_country_region_territory"),
            "Country, region, or territory not supported",
        ),
        explanation: "[[{provider}||The provider]] refuses the region in which this gateway's outgoing address lies.",
        remedy: "Ask the operator to send the model's calls from a supported region or to add a deployment of another \
            provider.",
        reasons: &["The server, its proxy or its VPN leaves the network in a country that the provider does not serve"],
        checks: &["Find the outgoing address of the gateway's machine and its country"],
        remedies: &[
            "Run the gateway, or its outgoing proxy, in a supported region",
            "Use a provider that serves the region",
        ],
        related: &["waf_blocked", "upstream_credential_rejected"],
    }
}

//! Causes in what a body says to a model: messages, tools, the form of the answer, inputs of embeddings.
//!
//! They are found in the answers of providers, the sandbox among them, since the gateway itself reads no message.

use crate::cause::{Party, Retry, Wire};

const fn bad(code: &'static str, sentence: &'static str) -> Wire {
    Wire::new(400, "invalid_request_error", Some(code), sentence)
}

causes! {
    Body:

    MESSAGES_FORMAT_INVALID {
        slug: "messages_format_invalid",
        title: "A message has the wrong shape",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422],
        wire: bad("invalid_type", "Invalid type for '{param}': expected {expected}, but got {got} instead.")
            .with_param("messages"),
        explanation: "[[`{param}`||A message]] does not have the form of a message[[: expected {expected}, got {got}]].",
        remedy: "Send each message as an object with `role` and `content`, the content being text or a list of parts, \
            each an object with a `type`.",
        reasons: &[
            "`content` is null, a number or an object, for instance what an unset variable became",
            "The content was left out after a tool call had failed",
            "A part has a type that this endpoint does not know, or lacks the field of its type",
            "Parts of the Responses API (input_text, input_image) were sent to chat completions, or the reverse",
        ],
        checks: &["Print the message at the index that `param` names, just before it is sent"],
        remedies: &[
            "Put text into `content`, or a list such as [{\"type\":\"text\",\"text\":\"…\"}]",
            "Use text and image_url parts on /v1/chat/completions, input_text and input_image on /v1/responses",
        ],
        related: &["message_empty_content", "role_unsupported", "param_invalid_type"],
    }

    MESSAGE_EMPTY_CONTENT {
        slug: "message_empty_content",
        title: "A message is empty",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("invalid_value", "Invalid value for 'content': messages must have non-empty content."),
        explanation: "[[`{param}`||A message]] has no content.",
        remedy: "Leave empty messages out, or put text into them.",
        reasons: &[
            "The user's input was empty",
            "An answer that was interrupted was stored in the history without its text",
            "`messages` is an empty list because nothing was appended to it",
        ],
        checks: &["Print the roles of the messages and the length of each content"],
        remedies: &["Drop empty messages before the call", "Refuse empty input in your own interface"],
        related: &["messages_format_invalid", "param_missing"],
    }

    ROLE_UNSUPPORTED {
        slug: "role_unsupported",
        title: "A role is not accepted",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422],
        wire: bad(
            "invalid_value",
            "Invalid value: '{got}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and \
                'developer'.",
        ),
        explanation: "The role[[ `{got}`]][[ in `{param}`]] is not one that the model takes.",
        remedy: "[[Use `{likely}`, if that is meant||Use `system` (or `developer`), `user`, `assistant` and `tool`]], and \
            put instructions into the first user message where a model takes no system role.",
        reasons: &[
            "The role was misspelt, or is another vendor's: `model` (Google), `human` and `ai` (LangChain), `bot`",
            "A model without system messages was sent one (Gemma, early o-series models)",
            "`developer` was sent to a server that knows only `system`",
        ],
        checks: &["Print the list of roles that is sent"],
        remedies: &["Map the roles of your framework onto OpenAI's", "Move the system text into the user's message"],
        related: &["role_order_invalid", "messages_format_invalid"],
    }

    ROLE_ORDER_INVALID {
        slug: "role_order_invalid",
        title: "The roles are in an order that the model does not take",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("invalid_value", "Conversation roles must alternate user/assistant/user/assistant/..."),
        explanation: "The model wants user and assistant to take turns, and the messages do not.",
        remedy: "Merge neighbouring messages of the same role, and put the system message first.",
        reasons: &[
            "Two messages of the user, or two of the assistant, follow each other",
            "A system message stands in the middle",
            "The history was cut so that it begins with the assistant",
        ],
        checks: &["Print the list of roles in order"],
        remedies: &["Join the texts of neighbours with the same role", "Cut the history in front of a user message"],
        related: &["role_unsupported", "tool_result_orphan"],
    }

    TOOL_NAME_INVALID {
        slug: "tool_name_invalid",
        title: "A tool's name is not accepted",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad(
            "invalid_value",
            "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern \
                '^[a-zA-Z0-9_-]+$'.",
        ),
        explanation: "[[`{param}`||A tool's name]] has a character that may not stand there, is empty or is longer \
            than 64 characters.",
        remedy: "Name tools with letters, digits, `_` and `-` only, at most 64 characters.",
        reasons: &[
            "The name has a dot, a slash, a space or an accented letter",
            "A server's name was put in front of it and made it too long (MCP)",
        ],
        checks: &["Print the names of all tools with their lengths"],
        remedies: &["Replace other characters with `_`, and shorten the prefix"],
        related: &["tool_schema_invalid", "too_many_tools"],
    }

    TOOL_SCHEMA_INVALID {
        slug: "tool_schema_invalid",
        title: "A tool's JSON schema is refused",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("invalid_function_parameters", "Invalid schema for function '{name}': {what}")
            .with_param("tools[0].function.parameters"),
        explanation: "The parameters of [[the tool `{name}`||a tool]] are not a schema that the model can follow.",
        remedy: "Correct the schema at the place that the message names: `items` for each array, `properties` for each \
            object, and in strict mode `additionalProperties: false` and every property in `required`.",
        reasons: &[
            "An array has no `items`, or an object no `properties`",
            "In strict mode a property is missing from `required`, or `additionalProperties` is not false",
            "A keyword is used that strict mode does not take, such as `allOf` or `not`",
            "The top level is not of type object",
        ],
        checks: &["Print the schema that is sent, not the type it was made from"],
        remedies: &["Correct the schema", "Switch `strict` off for this tool"],
        related: &["tool_name_invalid", "response_format_schema_invalid"],
    }

    TOO_MANY_TOOLS {
        slug: "too_many_tools",
        title: "The request has too many tools",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad(
            "array_above_max_length",
            "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length \
                {got} instead.",
        )
        .with_param("tools"),
        explanation: "The request has [[{got} tools, and at most {maximum} are accepted||more tools than are accepted]].",
        remedy: "Send at most 128 tools, those that the task needs.",
        reasons: &["Tools of several MCP servers were added together", "Tools were appended again with every turn"],
        checks: &["Count the tools that are sent, and look for repeated names"],
        remedies: &["Choose tools per task", "Remove repeated ones"],
        related: &["tool_name_invalid", "context_length_exceeded"],
    }

    RESPONSE_FORMAT_SCHEMA_INVALID {
        slug: "response_format_schema_invalid",
        title: "The JSON schema for the answer is refused",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("invalid_json_schema", "Invalid schema for response_format '{name}': {what}")
            .with_param("response_format"),
        explanation: "The schema[[ `{name}`]] that the answer is to follow is not one that structured outputs accept.",
        remedy: "Correct the schema at the place that the message names: `additionalProperties: false` on every object, \
            and every property in `required`.",
        reasons: &[
            "`additionalProperties: false` is missing on an object, perhaps on an inner one",
            "A property is missing from `required`: optional ones are written as a union with null",
            "A keyword is used that structured outputs do not take",
            "The outermost type is not object",
        ],
        checks: &["Print the schema that is sent, not the type it was made from"],
        remedies: &["Let the SDK make the schema (`.parse`, zodResponseFormat)", "Switch `strict` off"],
        related: &["response_format_unsupported", "tool_schema_invalid"],
    }

    RESPONSE_FORMAT_UNSUPPORTED {
        slug: "response_format_unsupported",
        title: "The model does not take this response_format",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(
            400,
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        )
        .with_param("response_format"),
        explanation: "[[`{model}`||The model]] cannot be held to this form of answer.",
        remedy: "Use `json_object`, a tool with the same schema, or a model with structured outputs.",
        reasons: &["Older models know json_object only", "Some compatible servers know neither"],
        checks: &["Send the call without response_format"],
        remedies: &["Change the model or the format", "Describe the form in the prompt and check the answer"],
        related: &["response_format_schema_invalid", "json_word_missing", "param_unsupported"],
    }

    JSON_WORD_MISSING {
        slug: "json_word_missing",
        title: "The word JSON is missing from the messages",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(
            400,
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        )
        .with_param("messages"),
        explanation: "`json_object` was asked for and no message speaks of JSON, without which models tend to write \
            white space without end.",
        remedy: "Say in a message that the answer is to be JSON, and with which fields.",
        reasons: &["The format was switched on and the prompt stayed as it was"],
        checks: &["Search the messages that are sent for the word json, in any case"],
        remedies: &["Add \"Answer in JSON\" to the system message", "Use json_schema, which needs no such word"],
        related: &["response_format_schema_invalid", "response_format_unsupported"],
    }

    MAX_TOKENS_TOO_LARGE {
        slug: "max_tokens_too_large",
        title: "max_tokens is larger than the model allows",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad(
            "invalid_value",
            "max_tokens is too large: {got}. This model supports at most {maximum} completion tokens, whereas you \
                provided {got}.",
        )
        .with_param("max_tokens"),
        explanation: "[[`{model}`||The model]] writes at most [[{maximum} tokens||fewer tokens than were asked for]][[, \
            and {got} were asked for]].",
        remedy: "Lower the limit[[ to {maximum} or less]], or leave it out.",
        reasons: &[
            "The context window was taken for the length of an answer",
            "The limit of a larger model was kept when the model was changed",
        ],
        checks: &["Compare max_tokens with the model's output limit in the provider's documentation"],
        remedies: &["Lower the limit", "Leave it out: the model then ends by itself"],
        related: &["context_length_exceeded", "max_completion_tokens_required", "param_out_of_range"],
    }

    EMBEDDING_INPUT_INVALID {
        slug: "embedding_input_invalid",
        title: "The input of an embedding is not valid",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "'$.input' is invalid. Please check the API reference: {docs}."),
        explanation: "`input` is not a text, a list of texts, or lists of token numbers, or a part of it is empty.",
        remedy: "Send non-empty texts, at most 2,048 of them, or lists of whole token numbers.",
        reasons: &[
            "A text or the whole list is empty, for instance because a document had no text",
            "A value in the list is null or a number",
            "A framework sent token numbers to a server that takes text only",
        ],
        checks: &["Print the shortest text of the list and its type", "Print the number of texts"],
        remedies: &[
            "Leave empty texts out",
            "Switch the tokeniser of the framework off (LangChain: check_embedding_ctx_length=False)",
        ],
        related: &["param_invalid_type", "param_missing", "context_length_exceeded"],
    }

    STREAMING_REQUIRED {
        slug: "streaming_required",
        title: "The request has to be streamed",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        without_status: true,
        wire: Wire::invalid(400, "Streaming is required for operations that may take longer than 10 minutes."),
        explanation: "[[{provider}||The provider]] answers a request as long as this one as a stream only.",
        remedy: "Send `stream: true`, or ask for a shorter answer.",
        reasons: &["A large output limit without a stream", "Some models and servers stream only"],
        checks: &["Look at `stream` and max_tokens in the body"],
        remedies: &["Stream the answer", "Lower the output limit"],
        related: &["max_tokens_too_large", "upstream_first_byte_timeout"],
    }

    RESPONSES_ITEM_MISSING {
        slug: "responses_item_missing",
        title: "An item of the conversation lacks the one that belongs to it",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "Item '{name}' was provided without its required following item.").with_param("input"),
        explanation: "An item in `input` only makes sense together with another one, which is not there.",
        remedy: "Send the output items of the earlier answer back whole and in order, or none of them.",
        reasons: &[
            "A reasoning item was kept and the message or call after it was dropped, or the reverse",
            "The history was shortened in the middle of a turn",
        ],
        checks: &["List the types and ids of the items in order"],
        remedies: &["Cut the history at whole turns", "Use previous_response_id instead of sending items back"],
        related: &["tool_results_missing", "previous_response_not_found"],
    }
}

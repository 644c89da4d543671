//! Causes in what a body says to a model: messages, tools, the form of the answer, inputs of embeddings.
//!
//! They are found in the answers of providers, the sandbox among them, since the gateway itself reads no message.

use super::snippets;
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
        explanation: "[[`{param}`||A message]] does not have the form of a message[[: expected {expected}, got \
            {got}]].",
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
        snippets: &[snippets::CHAT_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message names a place inside messages or input (messages[2].content) and what was expected \
            there.",
        example: "{\"error\":{\"message\":\"Invalid value for 'content': expected a string, got \
            null.\",\"type\":\"invalid_request_error\",\"param\":\"messages.[2].content\",\"code\":null}}",
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
            "The user's input was empty, or only white space",
            "An answer that was interrupted or consisted of tool calls alone was stored in the history without its \
                text",
            "`messages` is an empty list because nothing was appended to it",
            "Trailing white space was trimmed away (Anthropic: final assistant content)",
        ],
        checks: &["Print the roles of the messages and the length of each content"],
        remedies: &[
            "Drop empty messages before the call, or put text into them",
            "Refuse empty input in your own interface",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that content or text must be non-empty.",
        example: "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"messages.3: all \
            messages must have non-empty content except for the optional final assistant message\"}}",
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
        remedy: "[[Use `{likely}`, if that is meant||Use `system` (or `developer`), `user`, `assistant` and `tool`]], \
            and put instructions into the first user message where a model takes no system role.",
        reasons: &[
            "The role was misspelt, or is another vendor's: `model` (Google), `human` and `ai` (LangChain), `bot`",
            "A model without system messages was sent one (Gemma, early o-series models)",
            "`developer` was sent to a server that knows only `system`",
        ],
        checks: &["Print the list of roles that is sent"],
        remedies: &[
            "Map the roles of your framework onto system (or developer), user, assistant and tool",
            "Move the system text into the first user message where the model takes no system role",
            "Send tool results with the role tool, function results of Gemini as its own parts",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message names a role and those that are supported.",
        example: "{\"error\":{\"message\":\"Invalid value: 'human'. Supported values are: 'system', 'assistant', \
            'user', 'function', 'tool', and \
            'developer'.\",\"type\":\"invalid_request_error\",\"param\":\"messages[0].role\",\"code\":\"invalid_value\"}}",
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
        checks: &[
            "Print the list of roles in order",
            "Look whether the model's chat template allows a system message",
        ],
        remedies: &[
            "Merge consecutive messages of the same role, so that user and assistant alternate",
            "Put the system message first, or its text into the first user message",
            "Cut the history in front of a user message, and end it with one",
        ],
        snippets: &[snippets::MERGE_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that roles must alternate, or that a conversation has to start with a user \
            message.",
        example: "jinja2.exceptions.TemplateError: Conversation roles must alternate user/assistant/user/assistant/...",
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
        remedies: &[
            "Rename the tools: letters, digits, `_` and `-` only, at most 64 characters",
            "Replace other characters with `_`, and shorten the prefix that an MCP client puts in front",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message names a tool's or function's name and a pattern or a maximum of 64 characters.",
        example: "{\"error\":{\"message\":\"Invalid 'tools[0].function.name': string does not match pattern. Expected \
            a string that matches the pattern \
            '^[a-zA-Z0-9_-]+$'.\",\"type\":\"invalid_request_error\",\"param\":\"tools[0].function.name\",\"code\":\"invalid_value\"}}",
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
        checks: &[
            "Read function name and context (the path) in the message",
            "Print the schema that is sent, not the type it was made from",
        ],
        remedies: &[
            "Add `items` to each array and `properties` to each object (it may be {})",
            "In strict mode list every property in `required` and set `additionalProperties: false`",
            "Gemini: leave out keywords it does not know ($schema, additionalProperties, const, anyOf beside type), \
                and give enum values as text",
            "Switch `strict` off for this tool, or update the MCP server it comes from",
        ],
        snippets: &[snippets::STRICT_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that the schema of a function or tool is invalid, and at which place.",
        example: "{\"error\":{\"message\":\"Invalid schema for function 'get_weather': In context=('properties', \
            'tags'), array schema missing \
            items.\",\"type\":\"invalid_request_error\",\"param\":\"tools[0].function.parameters\",\"code\":\"invalid_function_parameters\"}}",
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
        explanation: "The request has [[{got} tools, and at most {maximum} are accepted||more tools than are \
            accepted]].",
        remedy: "Send at most 128 tools, those that the task needs.",
        reasons: &["Tools of several MCP servers were added together", "Tools were appended again with every turn"],
        checks: &["Count the tools that are sent, and look for repeated names"],
        remedies: &[
            "Select a subset of the tools per task: at most 128, and fewer work better",
            "Switch off MCP servers that are not needed",
            "Remove repeated ones",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that the array of tools is too long.",
        example: "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with \
            length 142 instead.",
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
        remedy: "Correct the schema at the place that the message names: `additionalProperties: false` on every \
            object, and every property in `required`.",
        reasons: &[
            "`additionalProperties: false` is missing on an object, perhaps on an inner one",
            "A property is missing from `required`: optional ones are written as a union with null",
            "A keyword is used that structured outputs do not take",
            "The outermost type is not object",
        ],
        checks: &[
            "Read the path (context) in the message",
            "Print the schema that is sent, not the type it was made from",
        ],
        remedies: &[
            "Set `additionalProperties: false` on every object and list all keys in `required`; an optional one is a \
                union with null",
            "Let the SDK make the schema (`client.chat.completions.parse` with a Pydantic model, zodResponseFormat)",
            "Remove keywords that structured outputs do not take, or switch `strict` off",
        ],
        snippets: &[snippets::STRICT_PYTHON, snippets::STRICT_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that the schema for response_format or text.format is invalid, and at which \
            place.",
        example: "{\"error\":{\"message\":\"Invalid schema for response_format 'answer': In context=(), \
            'additionalProperties' is required to be supplied and to be \
            false.\",\"type\":\"invalid_request_error\",\"param\":\"response_format\",\"code\":null}}",
        related: &["response_format_unsupported", "tool_schema_invalid", "json_word_missing"],
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
        remedy: "Use `json_object`, a tool with the same schema, or a model with structured outputs[[, such as \
            {able}]].",
        reasons: &[
            "Older models know json_object only",
            "A compatible provider knows neither, or wants another parameter (guided_json, format)",
            "Tools and response_format cannot be combined at this provider",
        ],
        checks: &["Send the call without response_format"],
        remedies: &["Change the model or the format", "Describe the form in the prompt and check the answer"],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that response_format, json_schema or json_object is not supported.",
        example: "{\"error\":{\"message\":\"Invalid parameter: 'response_format' of type 'json_schema' is not \
            supported with this \
            model.\",\"type\":\"invalid_request_error\",\"param\":\"response_format\",\"code\":null}}",
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
        reasons: &[
            "json_object mode was switched on and the prompt stayed as it was",
            "The word stands in the system prompt of another call, or in `instructions` and not in the input",
        ],
        checks: &["Search the messages that are sent for the word json, in any case"],
        remedies: &[
            "Ask for JSON in the prompt: add \"Answer in JSON\", with the fields, to the system message",
            "Use json_schema, which needs no such word",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that messages must contain the word json.",
        example: "'messages' must contain the word 'json' in some form, to use 'response_format' of type \
            'json_object'.",
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
        explanation: "[[`{model}`||The model]] writes at most [[{maximum} tokens||fewer tokens than were asked \
            for]][[, and {got} were asked for]].",
        remedy: "Lower the limit[[ to {maximum} or less]], or leave it out.",
        reasons: &[
            "The context window was taken for the length of an answer",
            "The limit of a larger model was kept when the model was changed",
            "A framework sets max_tokens to the whole window",
        ],
        checks: &["Compare max_tokens with the model's output limit in the provider's documentation"],
        remedies: &[
            "Lower max_tokens (max_completion_tokens, max_output_tokens) to the model's output limit",
            "Leave it out where the provider allows that: the model then ends by itself",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message compares max_tokens with the largest value that the model supports.",
        example: "max_tokens is too large: 200000. This model supports at most 16384 completion tokens, whereas you \
            provided 200000.",
        related: &[
            "context_length_exceeded",
            "max_completion_tokens_required",
            "param_out_of_range",
            "streaming_required",
            "credits_below_max_tokens",
        ],
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
            "Too many texts (2,048), or a text longer than the model's window",
        ],
        checks: &[
            "Print the shortest text of the list, its type, and the number of texts",
            "Look whether lists of numbers are sent: then a tokeniser of the framework is at work",
        ],
        remedies: &[
            "Send non-empty texts within the limit as `input`, and leave empty ones out",
            "Switch the framework's own tokenisation off for other servers (LangChain: \
                check_embedding_ctx_length=False)",
            "Send large lists in batches",
        ],
        snippets: &[snippets::EMBED_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message names input: `'$.input' is invalid`, or that it cannot be empty.",
        example: "{\"error\":{\"message\":\"'$.input' is invalid. Please check the API reference: \
            https://platform.openai.com/docs/api-reference.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["param_invalid_type", "param_missing", "context_length_exceeded", "embedding_dimension_mismatch"],
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
        reasons: &[
            "A large output limit without a stream: Anthropic's SDK refuses what may take longer than ten minutes",
            "Some models and servers stream only (QwQ, Codex backends)",
        ],
        checks: &["Look at `stream` and max_tokens in the body"],
        remedies: &[
            "Send `stream: true` and read the parts as they come",
            "Lower max_tokens, or set the SDK's timeout explicitly",
        ],
        snippets: &[
            snippets::STREAM_PYTHON,
            snippets::STREAM_NODE,
            snippets::STREAM_CURL,
            snippets::ANTHROPIC_PYTHON,
        ],
        retry_advice: "Repeating it unchanged does not help: stream it.",
        recognised: "The message says that streaming is required or strongly recommended.",
        example: "ValueError: Streaming is required for operations that may take longer than 10 minutes.",
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
            "A reasoning item (rs_…) was kept and the message or call after it was dropped, or the reverse",
            "The history was shortened in the middle of a turn",
            "With `store: false`, reasoning items were sent back without their encrypted content",
            "The ids were kept and the items were made anew by a framework",
        ],
        checks: &["List the types and ids of the items in order"],
        remedies: &[
            "Send reasoning items together with the item that followed them, unchanged and in order, or drop both",
            "Use previous_response_id instead of sending items back",
            "With `store: false` ask for `include: [\"reasoning.encrypted_content\"]` and send that back",
        ],
        snippets: &[snippets::RESPONSES_HISTORY_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that an item was provided without its required reasoning or following item.",
        example: "Item 'rs_0a1b2c' of type 'reasoning' was provided without its required following item.",
        related: &[
            "tool_results_missing",
            "previous_response_not_found",
            "thinking_block_missing",
            "thought_signature_missing",
        ],
    }
}

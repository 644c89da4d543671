//! Causes in the body and its parameters.

use super::sentences::NOT_JSON;
use crate::cause::{Party, Retry, Wire};

const INVALID_JSON: Wire = Wire::invalid(400, NOT_JSON);

const fn bad(code: &'static str, sentence: &'static str) -> Wire {
    Wire::new(400, "invalid_request_error", Some(code), sentence)
}

causes! {
    Body:

    JSON_BODY_INVALID {
        slug: "json_body_invalid",
        title: "The request body is not valid JSON",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422, 500],
        without_status: true,
        wire: INVALID_JSON,
        explanation: "[[The body is JSON that cannot be read: at byte {position}, {unreadable}||The body is not valid \
            JSON: at byte {position}, {what}||The body is not a JSON object: {what}||The body is not valid JSON]][[; \
            {likely}]].",
        remedy: "[[{fix}||Build the body with a JSON serialiser (json.dumps, JSON.stringify) and never by joining \
            text]].",
        reasons: &[
            "Quotes or line breaks in a text were not escaped",
            "A comma too many, single quotes, or a Python dictionary printed as text",
            "The shell changed the quotes of a curl command",
        ],
        checks: &["Save the exact bytes that are sent and run them through `jq .`"],
        remedies: &["Use the serialiser", "With curl, put the body in a file and send it with --data @body.json"],
        related: &["json_body_encoding", "json_key_duplicate", "content_type_wrong", "body_empty"],
    }

    JSON_BODY_ENCODING {
        slug: "json_body_encoding",
        title: "The body has bytes that are not allowed in JSON",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        without_status: true,
        wire: INVALID_JSON,
        explanation: "The body has bytes that are not allowed in JSON[[, at byte {position}]][[: {likely}||: \
            {what}]].",
        remedy: "[[{fix}||Encode the body as UTF-8 and let a JSON serialiser escape control characters]].",
        reasons: &[
            "Text was read as Latin-1 or Windows-1252 and sent unchanged",
            "A line break or a tab stands inside a text instead of \\n or \\t",
            "A character was cut in half where text was split by bytes",
            "The body is compressed or binary",
        ],
        checks: &["Run the body through `iconv -f utf-8 -t utf-8`: it stops at the first wrong byte"],
        remedies: &["Read files with their real encoding", "Split text by characters and not by bytes"],
        related: &["json_body_invalid", "content_encoding_unsupported"],
    }

    JSON_KEY_DUPLICATE {
        slug: "json_key_duplicate",
        title: "A field of the body is given twice",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: INVALID_JSON,
        explanation: "The body has [[the field `{name}`||a field that decides how the request is handled]] more than \
            once, and programs differ in which one they take.",
        remedy: "Give each field once.",
        reasons: &["Extra parameters were added as text to a body that already had them"],
        checks: &["Search the body that is sent for the field's name"],
        remedies: &["Put the fields into one object before it is serialised"],
        related: &["json_body_invalid"],
    }

    BODY_EMPTY {
        slug: "body_empty",
        title: "The request has no body",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: INVALID_JSON,
        explanation: "The request arrived without a body.",
        remedy: "Send the parameters as a JSON object in the body.",
        reasons: &[
            "The body was passed under a name that the HTTP library ignores",
            "A redirect or a proxy dropped it",
            "A GET was turned into a POST by hand",
        ],
        checks: &["Print the length of the body and the Content-Length header", "Run curl -v and look for a redirect"],
        remedies: &[
            "requests.post(url, json=data), fetch(url, { method: 'POST', body: JSON.stringify(data) })",
            "Call the final address directly",
        ],
        related: &["json_body_invalid", "content_type_wrong"],
    }

    CONTENT_TYPE_WRONG {
        slug: "content_type_wrong",
        title: "The content type is not accepted",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 415],
        wire: bad(
            "unsupported_content_type",
            "Unsupported content type: '{content_type}'. This API method only accepts 'application/json' requests, but \
                you specified the header 'Content-Type: {content_type}'. Please try again with a supported content \
                type.",
        ),
        explanation: "The Content-Type header [[says `{content_type}`||is missing]][[ ({likely})]], and this endpoint \
            reads JSON.",
        remedy: "Send the header `Content-Type: application/json` with a JSON body.",
        reasons: &[
            "curl -d without -H sends application/x-www-form-urlencoded",
            "A form or a file upload was sent to an endpoint that reads JSON",
            "The library sends text as text/plain",
        ],
        checks: &["Print the Content-Type header that leaves your program"],
        remedies: &["curl -H 'Content-Type: application/json'", "Use the library's option for JSON (json=, JSON body)"],
        related: &["json_body_invalid", "content_encoding_unsupported"],
    }

    CONTENT_ENCODING_UNSUPPORTED {
        slug: "content_encoding_unsupported",
        title: "The body is compressed",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[415],
        wire: Wire::invalid(415, "Unsupported content encoding: '{encoding}'. Please send the request body without \
            compression."),
        explanation: "The Content-Encoding header says [[`{encoding}`||that the body is compressed]], and bodies are \
            read uncompressed only.",
        remedy: "Send the body without compression and without the Content-Encoding header.",
        reasons: &["The client or a proxy was told to compress requests"],
        checks: &["Print the Content-Encoding header that leaves your program"],
        remedies: &["Switch request compression off"],
        related: &["content_type_wrong", "body_too_large"],
    }

    BODY_TOO_LARGE {
        slug: "body_too_large",
        title: "The request body is too large",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[413],
        wire: Wire::invalid(413, "The request body is too large."),
        explanation: "The body[[ of {size}]] exceeds the limit[[ of {limit}]].",
        remedy: "Send a smaller body, for instance images by URL or at a lower resolution.",
        reasons: &[
            "Images or files are embedded as base64, which adds a third to their size",
            "A whole document or history was sent at once",
        ],
        checks: &["Measure the serialised body in bytes", "Look which field takes the most"],
        remedies: &["Scale images down", "Split the request", "Let the operator raise the limit"],
        related: &["context_length_exceeded", "head_too_large"],
    }

    BODY_INCOMPLETE {
        slug: "body_incomplete",
        title: "The body ended before its announced length",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[400],
        wire: Wire::invalid(400, "The request body ended before it was complete."),
        explanation: "The connection ended after [[{got}||a part]] of the body[[ of {expected}]].",
        remedy: "Send the request again, and check that Content-Length is the length in bytes and not in characters.",
        reasons: &[
            "The client or the network closed the connection while sending",
            "Content-Length was counted wrongly, for instance in characters",
        ],
        checks: &[
            "Compare Content-Length with the number of bytes of the body",
            "Look whether it happens with short bodies too",
        ],
        remedies: &["Leave Content-Length to the library", "Repeat the request"],
        related: &["body_timeout", "framing_ambiguous", "client_aborted"],
    }

    BODY_TIMEOUT {
        slug: "body_timeout",
        title: "The body did not arrive in time",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[408],
        wire: Wire::invalid(408, "The request body did not arrive in time."),
        explanation: "No complete body arrived within [[{limit}||the time allowed]][[; {got} had come]].",
        remedy: "Send the request again over a faster connection or with a smaller body.",
        reasons: &["A slow or stalled upload", "Content-Length announces more than is sent, so both sides wait"],
        checks: &["Compare Content-Length with the number of bytes of the body", "Measure the upload speed"],
        remedies: &["Make the body smaller", "Leave Content-Length to the library", "Repeat the request"],
        related: &["body_incomplete", "head_timeout"],
    }

    PARAM_MISSING {
        slug: "param_missing",
        title: "A required parameter is missing",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422],
        wire: bad("missing_required_parameter", "Missing required parameter: '{param}'."),
        explanation: "[[{what}||The body has no field `{param}`, and this endpoint needs it||The body has no field \
            `{name}`, and this endpoint needs it||The body lacks a field that this endpoint needs]][[; it has \
            `{likely}`, which may be a misspelling]].",
        remedy: "[[{fix}||Add `{param}` to the body||Add `{name}` to the body||Add the field to the body]].",
        reasons: &[
            "The field was forgotten or misspelt",
            "Its value was undefined, and JSON.stringify left it out",
            "The body was wrapped in another object",
        ],
        checks: &["Print the body that is sent and look for the field at its top level"],
        remedies: &["Add the field", "Send the fields themselves, not inside another object"],
        related: &["param_invalid_type", "json_body_invalid", "body_empty"],
    }

    PARAM_INVALID_TYPE {
        slug: "param_invalid_type",
        title: "A value has the wrong JSON type",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422],
        wire: bad("invalid_type", "Invalid type for '{param}': expected {expected}, but got {got} instead."),
        explanation: "[[`{param}`||The value]] must be [[{expected}||of another type]][[ and is {got}]].",
        remedy: "Send [[`{param}` as {expected}||the value as the type that the reference names]].",
        reasons: &[
            "A number or a boolean was sent as text",
            "An object was sent where a list or text belongs",
            "A value that had not been set became null",
        ],
        checks: &["Print the value just before it is serialised, with its type"],
        remedies: &["Convert the value", "Leave the field out instead of sending null"],
        related: &["param_missing", "param_out_of_range"],
    }

    PARAM_OUT_OF_RANGE {
        slug: "param_out_of_range",
        title: "A value is too long, too large or too small",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422],
        wire: bad("invalid_value", "Invalid value for '{param}'."),
        explanation: "[[`{param}`||The value]] is[[ {got}, which is]] outside what is allowed[[: {minimum} to \
            {maximum}||: at least {minimum}||: at most {maximum}]].",
        remedy: "[[Keep `{param}` from {minimum} to {maximum}||Keep `{param}` at {minimum} or more||Keep `{param}` to at \
            most {maximum}||Send one of the supported values: \
            {supported}||Send `{param}` as {expected}||Bring `{param}` into the allowed range||Bring the value into the allowed range]].",
        reasons: &["A number, a text or a list is beyond its documented limit"],
        checks: &["Compare the value with the range named in the message"],
        remedies: &["Limit the value before it is sent", "Shorten the text or the list"],
        related: &["param_invalid_type", "context_length_exceeded"],
    }

    PARAM_UNSUPPORTED {
        slug: "param_unsupported",
        title: "A parameter is not supported by this model",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("unsupported_parameter", "Unsupported parameter: '{param}' is not supported with this model."),
        explanation: "[[`{param}` is allowed only when {needs}||`{model}` does not take `{param}`, or not with the value \
            `{got}`||`{model}` does not take `{param}`||The model does not take `{param}`||The model does not take one of \
            the parameters sent]].",
        remedy: "[[Leave `{param}` out, or send the request so that {needs}||Leave `{param}` out, or choose a model that \
            takes it||Leave the parameter out, or choose a model that takes it]].",
        reasons: &[
            "Reasoning models refuse temperature and top_p, others refuse reasoning_effort",
            "The client sends a parameter for every model",
        ],
        checks: &["Read `param` in the error", "Send the call without the parameter"],
        remedies: &["Remove the parameter for this model", "Choose a model that takes it"],
        related: &[
            "param_unknown",
            "temperature_unsupported",
            "max_completion_tokens_required",
            "dimensions_unsupported",
        ],
    }

    PARAM_UNKNOWN {
        slug: "param_unknown",
        title: "A parameter name is unknown",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422],
        wire: bad("unknown_parameter", "Unknown parameter: '{param}'."),
        explanation: "[[`{param}`||One of the names in the body]] is not a parameter of this endpoint[[; {origin}]][[; \
            perhaps `{likely}` is meant]].",
        remedy: "[[{fix}||Write `{likely}`, if that is meant||Remove `{param}` or correct its name||Remove the parameter or correct \
            its name]].",
        reasons: &[
            "The client adds options of another server: top_k, num_ctx, thinking, enable_thinking",
            "A name was misspelt",
            "Fields of an answer, such as status, were sent back as input",
            "Upper and lower case differ from the documented name",
        ],
        checks: &["Search code and client settings for the name in the message"],
        remedies: &["Remove it", "Correct its name"],
        related: &["param_unsupported", "param_missing"],
    }

    MAX_COMPLETION_TOKENS_REQUIRED {
        slug: "max_completion_tokens_required",
        title: "max_tokens must be replaced by max_completion_tokens",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad(
            "unsupported_parameter",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' \
                instead.",
        )
        .with_param("max_tokens"),
        explanation: "[[`{model}`||The model]] refuses `max_tokens`, since its answer also counts reasoning.",
        remedy: "Send `max_completion_tokens` instead (`max_output_tokens` in the Responses API).",
        reasons: &["The client still sends the older name to a reasoning or newer model"],
        checks: &["Look which of the two names stands in the body"],
        remedies: &["Rename the parameter", "Update the client"],
        related: &["param_unsupported", "temperature_unsupported"],
    }

    TEMPERATURE_UNSUPPORTED {
        slug: "temperature_unsupported",
        title: "The temperature of this model is fixed",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad(
            "unsupported_value",
            "Unsupported value: 'temperature' does not support {got} with this model. Only the default (1) value is \
                supported.",
        )
        .with_param("temperature"),
        explanation: "[[`{model}`||The model]] takes `temperature` with its default value only[[, and {got} was \
            sent]].",
        remedy: "Remove `temperature` or set it to 1.",
        reasons: &["Reasoning models allow no other value", "The client always sends a temperature"],
        checks: &["Look for temperature, top_p and the penalties in the body"],
        remedies: &["Remove them for this model"],
        related: &["param_unsupported", "max_completion_tokens_required"],
    }

    DIMENSIONS_UNSUPPORTED {
        slug: "dimensions_unsupported",
        title: "The embedding model does not support dimensions",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "This model does not support specifying dimensions."),
        explanation: "[[`{model}`||The model]] gives vectors of one fixed length, and the request asks for another \
            with `dimensions`.",
        remedy: "Remove `dimensions`, or use a model whose vectors can be shortened.",
        reasons: &["The parameter was kept when the model was changed", "A framework sends it by itself"],
        checks: &["Look for `dimensions` in the body", "Read in the provider's documentation which models take it"],
        remedies: &["Remove the parameter", "Choose another embedding model, and build the index again with it"],
        related: &["param_unsupported"],
    }

    CONTEXT_LENGTH_EXCEEDED {
        slug: "context_length_exceeded",
        title: "Prompt and answer exceed the model's context window",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 413, 422, 500],
        wire: bad(
            "context_length_exceeded",
            "This model's maximum context length is {limit} tokens. However, your messages resulted in {used} tokens. \
                Please reduce the length of the messages.",
        )
        .with_param("messages"),
        explanation: "The input does not fit into the context window of [[`{model}`||the model]][[: {used} tokens for \
            {limit}]].",
        remedy: "Shorten, split or summarise the input, lower the output limit (`max_tokens`), or use a model with a \
            larger window.",
        reasons: &["A long history, large documents or tool results", "The output limit takes most of the window"],
        checks: &[
            "Count the tokens of the messages and the tools",
            "Compare with the model's context window in the provider's documentation",
        ],
        remedies: &["Drop or summarise old turns", "Send only the relevant passages", "Choose another model"],
        related: &["body_too_large", "request_exceeds_tpm"],
    }

    TOOL_RESULT_ORPHAN {
        slug: "tool_result_orphan",
        title: "A tool result has no matching call",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(
            400,
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with \
                'tool_calls'.",
        ),
        explanation: "[[The output for `{call}` answers no function call in the conversation||A message with role `tool` \
            ({param}) does not follow the assistant message whose `tool_calls` it answers||A message with role `tool` does \
            not follow the assistant message whose `tool_calls` it answers]].",
        remedy: "[[Send the function call `{call}` before its output, or name the response that made it in \
            previous_response_id||Keep each assistant message with `tool_calls` directly before its tool results]].",
        reasons: &[
            "The history was cut between call and result",
            "Messages were sorted or merged",
            "The ids do not match",
        ],
        checks: &["List roles and tool_call_id of the messages in order"],
        remedies: &["Cut the history at whole turns", "Send the assistant message back unchanged"],
        related: &["tool_results_missing"],
    }

    TOOL_RESULTS_MISSING {
        slug: "tool_results_missing",
        title: "A tool call has no result in the history",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(
            400,
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
                'tool_call_id'.",
        ),
        explanation: "[[The function call `{call}` has no output in the conversation||An assistant message calls tools, and \
            at least one call has no message with role `tool` after it]].",
        remedy: "[[Add an item of type function_call_output with the call_id `{call}` to the input||Append one tool message \
            for each `tool_call_id` right after the assistant message]].",
        reasons: &[
            "Of several parallel calls only some were answered",
            "The history was cut after the call",
            "A tool failed and nothing was sent for it",
        ],
        checks: &["List the ids of the calls and those of the tool messages, and compare"],
        remedies: &["Answer each call, with an error text where the tool failed", "Cut the history at whole turns"],
        related: &["tool_result_orphan"],
    }

    SANDBOX_ERROR_UNKNOWN {
        slug: "sandbox_error_unknown",
        title: "The sandbox was asked for a failure that it does not know",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("invalid_value", "Invalid value for '{param}'.").with_param("x-sandbox-error"),
        explanation: "[[The sandbox cannot fail as `{name}`||The sandbox cannot do what it was asked to]][[: {what}]].",
        remedy: "[[Send {allowed}||Ask for {nearest}; `tollgate trigger --list` names all failures||Ask for one of the \
            failures that `tollgate trigger --list` names]].",
        reasons: &["A name was misspelt", "The cause is one that no answer tells"],
        checks: &["Look for the name in `tollgate trigger --list`"],
        remedies: &["Correct the name in the header x-sandbox-error or in the model"],
        related: &["param_out_of_range"],
    }
}

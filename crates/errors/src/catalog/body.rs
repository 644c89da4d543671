//! Causes in the body and its parameters.

use super::sentences::NOT_JSON;
use super::snippets;
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
            "Quotes or line breaks in a text were not escaped, in JSON that was joined by hand",
            "A comma too many, single quotes, NaN, or a Python dictionary printed as text",
            "The shell changed the quotes of a curl command (Windows cmd above all), or replaced $ and !",
            "The body was serialised twice, form-encoded or left empty",
        ],
        checks: &[
            "Save the exact bytes that are sent and run them through `jq .`",
            "Print the first 200 characters of the body just before it is sent, and its Content-Type",
        ],
        remedies: &[
            "Build the body with a JSON serialiser (json.dumps, JSON.stringify) and never by joining text",
            "Use the library's own option, once: `json=data` in Python, `body: JSON.stringify(data)` in Node, the \
                object itself in axios",
            "With curl, put the body in a file and send it with --data @body.json and `Content-Type: application/json`",
        ],
        snippets: &[snippets::JSON_CURL, snippets::JSON_PYTHON, snippets::JSON_AXIOS],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The server says that it could not parse the JSON body.",
        example: "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your \
            HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
        related: &[
            "json_body_encoding",
            "json_key_duplicate",
            "content_type_wrong",
            "body_empty",
            "param_missing",
            "batch_input_invalid",
        ],
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
            "A line break, a tab or a NUL stands inside a text instead of its escape",
            "A character was cut in half where text was split by bytes, which leaves a lone surrogate",
            "The body is compressed or binary",
        ],
        checks: &["Run the body through `iconv -f utf-8 -t utf-8`: it stops at the first wrong byte"],
        remedies: &["Read files with their real encoding", "Split text by characters and not by bytes"],
        snippets: &[snippets::UTF8_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The error names UTF-8, a byte, a surrogate or a control character.",
        example: "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud83d' in position 512: surrogates not \
            allowed",
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
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "This gateway names a field that the body has twice.",
        example: "We could not parse the JSON body of your request. … The body has the field `model` more than once, \
            and programs differ in which one they take.",
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
        snippets: &[snippets::JSON_CURL, snippets::JSON_AXIOS],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The server got a request without a body.",
        example: "openai.BadRequestError: Error code: 400 - {'error': {'message': 'We could not parse the JSON body of \
            your request. … The request arrived without a body.'}}",
        related: &["json_body_invalid", "content_type_wrong", "param_missing"],
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
            "JSON was sent to an endpoint for files (audio, files, image edits), or a form to one that reads JSON",
            "Content-Type was set by hand to multipart/form-data, which loses the boundary",
            "The library sends text as text/plain",
        ],
        checks: &["Print the Content-Type header that leaves your program"],
        remedies: &[
            "Send `Content-Type: application/json` with a JSON body: `curl -H 'Content-Type: application/json'`, \
                `json=` in Python",
            "Send files as multipart/form-data and let the library write the header (curl -F, FormData)",
        ],
        snippets: &[snippets::JSON_CURL, snippets::JSON_AXIOS],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message names the content type, or the status is 415.",
        example: "Unsupported content type: 'application/x-www-form-urlencoded'. This API method only accepts \
            'application/json' requests.",
        related: &["json_body_invalid", "content_encoding_unsupported", "body_empty", "audio_format_invalid"],
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
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 415, and Content-Encoding is named.",
        example: "Unsupported content encoding: 'gzip'. Please send the request body without compression.",
        related: &["content_type_wrong", "body_too_large", "json_body_encoding"],
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
            "A proxy's limit is smaller than the provider's (nginx: client_max_body_size, 1 MB by default; serverless \
                functions: 4 to 6 MB)",
        ],
        checks: &[
            "Measure the serialised body in bytes, and look which field takes the most",
            "Look who answered: an HTML page `413 Request Entity Too Large` comes from a proxy",
        ],
        remedies: &[
            "Send a smaller body: scale images down, split the request, compress files",
            "Upload files apart (Files API) or send images by URL",
            "Raise the size limit of the proxy: nginx `client_max_body_size 50m;`, or of this gateway",
        ],
        snippets: &[snippets::NGINX_CONFIG],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The status is 413, or the text says request_too_large or Request Entity Too Large.",
        example: "<html><head><title>413 Request Entity Too Large</title></head><body><center><h1>413 Request Entity \
            Too Large</h1></center><hr><center>nginx</center></body></html>",
        related: &[
            "context_length_exceeded",
            "head_too_large",
            "image_invalid",
            "image_too_large",
            "content_encoding_unsupported",
            "file_too_large",
        ],
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
        retry_advice: "Repeating it helps, where the network was the reason.",
        recognised: "The connection ended before as many bytes had come as Content-Length announces.",
        example: "The request body ended before it was complete. The connection ended after 1,200 bytes of the body of \
            4,000 bytes.",
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
        retry_advice: "Repeating it helps: send it again over a faster connection.",
        recognised: "The status is 408, and a part of the body had come.",
        example: "The request body did not arrive in time. No complete body arrived within 30 s; 1,200 bytes had come.",
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
            "The field was forgotten or misspelt: model, messages or input; Anthropic also wants max_tokens",
            "Its value was undefined, and JSON.stringify left it out",
            "The body was wrapped in another object, or sent as text",
            "The history holds tool calls, and the request does not declare the tools: `tools`, at Bedrock `toolConfig`",
        ],
        checks: &[
            "Print the body that is sent and look for the field at its top level",
            "Compare the body with the reference of this very endpoint and provider",
        ],
        remedies: &[
            "Add the field",
            "Send the fields themselves, not inside another object",
            "With axios, give the data as the second argument",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that a parameter or field is missing or required.",
        example: "{\"error\":{\"message\":\"Missing required parameter: \
            'messages'.\",\"type\":\"invalid_request_error\",\"param\":\"messages\",\"code\":\"missing_required_parameter\"}}",
        related: &[
            "param_invalid_type",
            "json_body_invalid",
            "body_empty",
            "message_empty_content",
            "embedding_input_invalid",
            "param_unknown",
        ],
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
        checks: &[
            "Print the value just before it is serialised, with its type",
            "Read `param` in the error: it names the place, such as messages[1].content",
        ],
        remedies: &[
            "Convert the value: a number is 100 and not \"100\"",
            "Leave the field out instead of sending null",
            "Send the type that the reference documents",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says which type was expected, or a validator says that the input should be a valid \
            integer, string or list.",
        example: "{\"error\":{\"message\":\"Invalid type for 'max_completion_tokens': expected an integer, but got a \
            string \
            instead.\",\"type\":\"invalid_request_error\",\"param\":\"max_completion_tokens\",\"code\":\"invalid_type\"}}",
        related: &["param_missing", "param_out_of_range", "messages_format_invalid", "embedding_input_invalid"],
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
        remedy: "[[Keep `{param}` from {minimum} to {maximum}||Keep `{param}` at {minimum} or more||Keep `{param}` to \
            at most {maximum}||Send one of the supported values: {supported}||Send `{param}` as {expected}||Bring \
            `{param}` into the allowed range||Bring the value into the allowed range]].",
        reasons: &[
            "A number, a text or a list is beyond its documented limit: temperature above 2, a tool's description \
                above 1024 characters, more than 4 stop sequences",
            "The value is not one of those supported",
            "Another provider's range: temperature up to 1 at Anthropic",
        ],
        checks: &["Compare the value with the range named in the message", "Read `param`: it names the place"],
        remedies: &[
            "Clamp the value to the range before it is sent",
            "Shorten the text or the list",
            "Send one of the supported values that the message lists",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message names a minimum, a maximum, a length or the supported values.",
        example: "{\"error\":{\"message\":\"Invalid 'temperature': decimal above maximum value. Expected a value <= 2, \
            but got 3 \
            instead.\",\"type\":\"invalid_request_error\",\"param\":\"temperature\",\"code\":\"decimal_above_max_value\"}}",
        related: &["param_invalid_type", "context_length_exceeded", "max_tokens_too_large", "sandbox_error_unknown"],
    }

    PARAM_UNSUPPORTED {
        slug: "param_unsupported",
        title: "A parameter is not supported by this model",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("unsupported_parameter", "Unsupported parameter: '{param}' is not supported [[{here}||with this model]]."),
        explanation: "[[`{param}` is allowed only when {needs}||`{model}` does not take `{param}`, or not with the \
            value `{got}`||`{model}` does not take `{param}`||`{model}` does not take `{name}`||`{param}` cannot be \
            used: {why}||The model does not take `{param}`||The model does not take one of the parameters sent]].",
        remedy: "[[Leave `{param}` out, or send the request so that {needs}||Leave `{param}` out {here}||Leave `{param}` out, or choose a model \
            that takes it||Leave `{name}` out, or choose a model that takes it||Leave the parameter out, or choose a \
            model that takes it]].",
        reasons: &[
            "Reasoning models refuse temperature, top_p, penalties and logprobs; others refuse reasoning_effort or thinking",
            "The provider implements a part of OpenAI's parameters: logit_bias, parallel_tool_calls, n, seed",
            "The client or framework sends a parameter for every model",
        ],
        checks: &["Read `param` in the error", "Send the call without the parameter"],
        remedies: &[
            "Remove the parameter for this model",
            "Choose a model that takes it",
            "Let a library drop it: LiteLLM `drop_params=True`",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that a parameter is not supported with, or by, this model.",
        example: "{\"error\":{\"message\":\"Unsupported parameter: 'top_p' is not supported with this \
            model.\",\"type\":\"invalid_request_error\",\"param\":\"top_p\",\"code\":\"unsupported_parameter\"}}",
        related: &[
            "param_unknown",
            "temperature_unsupported",
            "max_completion_tokens_required",
            "dimensions_unsupported",
            "azure_api_version",
            "response_format_unsupported",
        ],
    }

    PARAM_UNKNOWN {
        slug: "param_unknown",
        title: "A parameter name is unknown",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 422],
        wire: bad("unknown_parameter", "Unknown parameter: '{param}'."),
        explanation: "[[`{param}`||`{name}`||One of the names in the body]] is not a parameter of this endpoint[[; \
            {origin}]][[; perhaps `{likely}` is meant]].",
        remedy: "[[{fix}||Write `{likely}`, if that is meant||Remove `{param}` or correct its name||Remove `{name}` or \
            correct its name||Remove the parameter or correct its name]].",
        reasons: &[
            "The client adds options of another server: top_k, num_ctx, num_keep, thinking, enable_thinking, \
                reasoning_effort",
            "A name was misspelt, or upper and lower case differ from the documented name",
            "Fields of an answer, such as status, were sent back as input (input[N].status of a reasoning item)",
            "A validator allows no extra fields: `Extra inputs are not permitted`, additionalProperties",
        ],
        checks: &[
            "Search code and client settings for the name in the message, and find who adds it",
            "Send the call without it",
        ],
        remedies: &[
            "Remove the field that the message names, or rename it; fields of an answer, such as status, are not part of an input",
            "Put parameters of other servers into the SDK's `extra_body`, and only for the server that knows them",
            "Update the client, whose newer version may no longer send it",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message names an unknown, unrecognized or extra parameter, field or argument.",
        example: "{\"error\":{\"message\":\"Unknown parameter: \
            'input[32].status'.\",\"type\":\"invalid_request_error\",\"param\":\"input[32].status\",\"code\":\"unknown_parameter\"}}",
        related: &["param_unsupported", "param_missing", "provider_refused"],
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
        reasons: &[
            "The client still sends the older name to a reasoning or newer model (o-series, gpt-5)",
            "An old SDK or framework knows only max_tokens",
        ],
        checks: &["Look which of the two names stands in the body"],
        remedies: &[
            "Rename the parameter to max_completion_tokens (max_output_tokens in the Responses API), and leave room \
                for reasoning",
            "Update the client; LangChain: `max_completion_tokens=`, LiteLLM: `drop_params=True` or a newer version",
        ],
        snippets: &[snippets::MAX_COMPLETION_PYTHON, snippets::MAX_COMPLETION_NODE, snippets::MAX_COMPLETION_CURL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says to use max_completion_tokens instead of max_tokens.",
        example: "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with this model. Use \
            'max_completion_tokens' \
            instead.\",\"type\":\"invalid_request_error\",\"param\":\"max_tokens\",\"code\":\"unsupported_parameter\"}}",
        related: &["param_unsupported", "temperature_unsupported", "max_tokens_too_large"],
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
        reasons: &[
            "Reasoning models (o-series, gpt-5, and others while they think) allow the default only",
            "The client or framework always sends a temperature",
            "With Anthropic's thinking enabled temperature has to be 1, and top_p cannot be given beside it in newer \
                models",
        ],
        checks: &[
            "Look for temperature, top_p and the penalties in the body",
            "Look whether the framework has a default temperature (LangChain did: 0.7)",
        ],
        remedies: &[
            "Remove temperature for this model, or set it to 1",
            "Leave out top_p, presence_penalty and frequency_penalty too",
        ],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that temperature does not support the value, is deprecated, or only 1 is \
            supported.",
        example: "{\"error\":{\"message\":\"Unsupported value: 'temperature' does not support 0.2 with this model. \
            Only the default (1) value is \
            supported.\",\"type\":\"invalid_request_error\",\"param\":\"temperature\",\"code\":\"unsupported_value\"}}",
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
        remedy: "Remove `dimensions`, or use a model whose vectors can be shortened[[, such as {able}]].",
        reasons: &[
            "Older models have a fixed size (text-embedding-ada-002 and most open ones), and the parameter was kept \
                when the model was changed",
            "A framework or vector store sends `dimensions` by itself",
            "A self-hosted server was not told that the model is a Matryoshka one",
        ],
        checks: &["Look for `dimensions` in the body", "Read in the provider's documentation which models take it"],
        remedies: &[
            "Remove `dimensions`",
            "Use a model whose vectors can be shortened (text-embedding-3-small, text-embedding-3-large), and build \
                the index again with it",
            "vLLM: start a Matryoshka model with `--hf-overrides '{\"is_matryoshka\": true}'`",
        ],
        snippets: &[snippets::EMBED_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that the model does not support dimensions, or matryoshka output.",
        example: "{\"error\":{\"message\":\"This model does not support specifying \
            dimensions.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["param_unsupported", "embedding_dimension_mismatch"],
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
            larger window[[, such as {able}]].",
        reasons: &[
            "A long history, large documents, tool results or many tool definitions",
            "The output limit (max_tokens) takes a large part of the window",
            "A local server has a smaller window than the model: Ollama's num_ctx (4096), vLLM's --max-model-len, LM \
                Studio's context length",
            "Text in other alphabets or code takes more tokens than was estimated",
        ],
        checks: &[
            "Count the tokens of the messages and the tools (tiktoken; here `POST /v1/responses/input_tokens`)",
            "Compare with the limit in the message and with the model's context window in the provider's documentation",
        ],
        remedies: &[
            "Shorten, trim, split into chunks or summarise the input: drop old turns, send only the relevant passages",
            "Reduce max_tokens where prompt and output share the window",
            "Use a model with a larger context, or raise the server's: num_ctx, --max-model-len",
        ],
        snippets: &[snippets::TRIM_PYTHON],
        retry_advice: "Repeating it unchanged does not help: reduce the input first.",
        recognised: "The message compares the tokens of the request with a maximum context length or prompt limit.",
        example: "{\"error\":{\"message\":\"This model's maximum context length is 128000 tokens. However, your \
            messages resulted in 130105 tokens. Please reduce the length of the \
            messages.\",\"type\":\"invalid_request_error\",\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}",
        related: &[
            "body_too_large",
            "request_exceeds_tpm",
            "too_many_tools",
            "max_tokens_too_large",
            "embedding_input_invalid",
            "param_out_of_range",
        ],
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
        explanation: "[[The output for `{call}` answers no function call in the conversation||A message with role \
            `tool` ({param}) does not follow the assistant message whose `tool_calls` it answers||A message with role \
            `tool` does not follow the assistant message whose `tool_calls` it answers]].",
        remedy: "[[Send the function call `{call}` before its output, or name the response that made it in \
            previous_response_id||Keep each assistant message with `tool_calls` directly before its tool results]].",
        reasons: &[
            "The history was cut between call and result",
            "Messages were sorted or merged, or another message stands between call and result",
            "The ids do not match: a framework made new ones",
        ],
        checks: &["List roles, tool_calls ids and tool_call_id of the messages in order"],
        remedies: &[
            "Keep each assistant message with tool_calls (tool_use) directly before its tool results (tool_result)",
            "Cut the history at whole turns",
            "Send the assistant message back unchanged",
        ],
        snippets: &[snippets::TOOLS_PYTHON, snippets::TOOLS_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that a tool result has no preceding tool_calls, tool_use or function call.",
        example: "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        related: &["tool_results_missing", "role_order_invalid"],
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
        explanation: "[[The function call `{call}` has no output in the conversation||An assistant message calls \
            tools, and at least one call has no message with role `tool` after it]].",
        remedy: "[[Add an item of type function_call_output with the call_id `{call}` to the input||Append one tool \
            message for each `tool_call_id` right after the assistant message]].",
        reasons: &[
            "Of several parallel calls only some were answered",
            "The history was cut after the call, or the user's next message came before the result",
            "A tool failed, was denied or cancelled, and nothing was sent for it",
        ],
        checks: &["List the ids of the calls (tool_calls, tool_use) and those of the tool messages, and compare"],
        remedies: &[
            "Append one tool message per tool_call_id right after the assistant message, with an error text where the \
                tool failed",
            "Anthropic: put all tool_result blocks into the next user message, first; Gemini: one function response \
                per call, in one turn",
            "Cut the history at whole turns, or set `parallel_tool_calls: false`",
        ],
        snippets: &[snippets::TOOLS_PYTHON, snippets::TOOLS_NODE],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message names tool_call_id or tool_use ids without a response or result.",
        example: "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
            'tool_call_id'. The following tool_call_ids did not have response messages: call_abc",
        related: &[
            "tool_result_orphan",
            "responses_item_missing",
            "thinking_block_missing",
            "thought_signature_missing",
            "run_in_progress",
        ],
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
        retry_advice: "Repeating it unchanged does not help: ask for a name from the list.",
        recognised: "The sandbox refuses the name in x-sandbox-error or in the model.",
        example: "Invalid value for 'x-sandbox-error'. The sandbox cannot fail as `rate_limt`.",
        related: &["param_out_of_range"],
    }
}

//! Causes in what is sent along or kept beside a conversation: files, audio, batches, threads, signed parts of a history.

use super::snippets;
use crate::cause::{Party, Retry, Wire};

const fn bad(code: &'static str, sentence: &'static str) -> Wire {
    Wire::new(400, "invalid_request_error", Some(code), sentence)
}

causes! {
    Body:

    FILE_TOO_LARGE {
        slug: "file_too_large",
        title: "The uploaded file is over the size limit",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[413, 400],
        wire: Wire::invalid(413, "Maximum content size limit exceeded: the uploaded file is too large."),
        explanation: "The file[[ of {size}]] is larger than the endpoint takes[[: {limit}]].",
        remedy: "Split or compress the file below the limit, which is 25 MB for audio transcription.",
        reasons: &[
            "Audio over 25 MB, which is OpenAI's and Groq's limit (a WAV of 13 minutes is that large)",
            "A file over the limit of the Files API (512 MB), of a PDF (32 MB), or of the organization's storage",
            "base64 adds a third to the size",
            "A proxy in front has a smaller limit (nginx: client_max_body_size)",
        ],
        checks: &["`ls -l FILE`; for audio `ffprobe FILE`", "Look who answered: the page of a proxy says 413 too"],
        remedies: &[
            "Compress the audio to a smaller file: `ffmpeg -i in.wav -ac 1 -ar 16000 -b:a 32k out.mp3`",
            "Split it: `ffmpeg -i in.mp3 -f segment -segment_time 600 -c copy part%03d.mp3`, below 25 MB each",
            "Use the Uploads API for large files, or give a URL where the endpoint takes one",
        ],
        snippets: &[snippets::AUDIO_SHELL],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message compares the size of a file with a limit, or 413 comes from an endpoint for files.",
        example: "{\"error\":{\"message\":\"Maximum content size limit (26214400) exceeded (41234567 bytes \
            read)\",\"type\":\"server_error\",\"param\":null,\"code\":null}}",
        related: &["body_too_large", "audio_format_invalid"],
    }

    AUDIO_FORMAT_INVALID {
        slug: "audio_format_invalid",
        title: "The audio format is not recognised",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 415],
        wire: Wire::invalid(
            400,
            "Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', \
                'webm']",
        ),
        explanation: "The server could not tell the format from the file's name, or the content is not what the name \
            says.",
        remedy: "Send a file in a supported format (mp3, wav, m4a, webm …) under a name with the right extension.",
        reasons: &[
            "The form gives no file name, or one without an extension: the format is told by it",
            "Extension and content differ, such as a webm recording called .wav, or m4a called .mp3",
            "The recording is empty, was cut off, or its header is missing (the first chunk of MediaRecorder was \
                dropped)",
            "The format is not supported: amr, aac, opus in a bare stream, 3gp, caf",
            "The bytes are raw PCM without a header",
        ],
        checks: &[
            "`ffprobe FILE` (or `file FILE`) tells the real format, codec and length",
            "Print the file name that is sent in the multipart form, and its size",
        ],
        remedies: &[
            "Convert it: `ffmpeg -i in.amr -ar 16000 out.mp3` (or wav)",
            "Name the upload: `file=(\"audio.mp3\", data, \"audio/mpeg\")` in Python, `toFile(buffer, 'audio.mp3')` in \
                Node, `form.append('file', blob, 'audio.webm')` in a browser",
            "Put a WAV header in front of raw PCM",
        ],
        snippets: &[snippets::AUDIO_SHELL, snippets::AUDIO_PYTHON],
        retry_advice: "Repeating it unchanged does not help: convert or name the file.",
        recognised: "The message says that the file format is invalid or lists the supported audio formats.",
        example: "{\"error\":{\"message\":\"Unrecognized file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', \
            'mpeg', 'mpga', 'oga', 'ogg', 'wav', \
            'webm']\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["file_too_large", "content_type_wrong", "image_invalid"],
    }

    FILE_NOT_FOUND {
        slug: "file_not_found",
        title: "The file does not exist for this key",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 400],
        wire: Wire::invalid(404, "No such File object: {name}").with_param("id"),
        explanation: "There is no file[[ `{name}`]] that this key's project may read.",
        remedy: "Upload the file again with a key of the project that uses it, and with the right `purpose`.",
        reasons: &[
            "The file belongs to another project, organization or provider (Azure resource)",
            "It was deleted or has expired",
            "Another id was used: of a vector store (vs_…), a batch (batch_…), or the file's name instead of file-…",
            "It is still being processed",
        ],
        checks: &[
            "List the files with the same key: GET /v1/files",
            "Look at status, purpose and expires_at: GET /v1/files/ID",
        ],
        remedies: &[
            "Upload it again: `client.files.create(file=open(path, 'rb'), purpose='user_data')` (`batch`, `fine-tune`, \
                `assistants` for those)",
            "Use the same project and key for upload and use",
            "Wait until its status is processed",
        ],
        retry_advice: "Repeating it does not help: upload the file again, or use its own project.",
        recognised: "The message says that there is no such file, or a file-… id was not found.",
        example: "{\"error\":{\"message\":\"No such File object: \
            file-abc123\",\"type\":\"invalid_request_error\",\"param\":\"id\",\"code\":null}}",
        related: &["batch_input_invalid", "previous_response_not_found", "project_mismatch"],
    }

    BATCH_INPUT_INVALID {
        slug: "batch_input_invalid",
        title: "The batch's input file is not valid",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: bad("invalid_batch_input", "The batch input file is invalid.").with_param("input_file_id"),
        explanation: "A line of the JSONL file, or the file as a whole, breaks a rule of batches[[: {what}]].",
        remedy: "Correct the lines that the batch's `errors` list names, and create the batch again.",
        reasons: &[
            "A line is not one JSON object, or lacks custom_id, method, url or body",
            "A custom_id appears twice",
            "Lines name different models, or another url than the batch's `endpoint`",
            "The file has too many lines (50,000), is too large (200 MB), or was uploaded without purpose `batch`",
            "The batch exceeds the enqueued token limit of the model (token_limit_exceeded)",
        ],
        checks: &[
            "Read `errors.data` of the batch: GET /v1/batches/ID names line and parameter",
            "`jq -c . input.jsonl > /dev/null` stops at the first broken line",
            "`jq -r .custom_id input.jsonl | sort | uniq -d` prints duplicates",
        ],
        remedies: &[
            "Write each line as \
                {\"custom_id\":\"1\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{…}}",
            "Use one model and one endpoint per file",
            "Split the batch where it exceeds the enqueued token limit, and wait for those before",
        ],
        snippets: &[snippets::BATCH_SHELL],
        retry_advice: "Repeating it unchanged does not help: correct the lines first.",
        recognised: "A batch fails in validation, and its errors name lines.",
        example: "{\"errors\":{\"object\":\"list\",\"data\":[{\"code\":\"invalid_json_line\",\"message\":\"This line \
            is not parseable as valid JSON.\",\"param\":null,\"line\":1}]}}",
        related: &["file_not_found", "json_body_invalid", "rate_limit_tokens"],
    }

    THINKING_BLOCK_MISSING {
        slug: "thinking_block_missing",
        title: "Thinking blocks were dropped from the history",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(
            400,
            "messages: Expected `thinking` or `redacted_thinking`, but found `text`. When `thinking` is enabled, a final \
                `assistant` message must start with a thinking block.",
        ),
        explanation: "With thinking enabled, an assistant turn that calls tools has to begin with the thinking block \
            it came with, and here it is missing or changed.",
        remedy: "Send the thinking blocks back unchanged, with their signature, or disable thinking for this turn.",
        reasons: &[
            "The framework keeps text and tool_use of a turn and drops `thinking` and `redacted_thinking`",
            "The history comes from a model or a call without thinking, and thinking was switched on in the middle",
            "The block's text or signature was changed, shortened or reordered",
            "A conversion through the OpenAI format lost the blocks (reasoning_content)",
        ],
        checks: &["Print the types of the content blocks of each assistant message: thinking has to come first"],
        remedies: &[
            "Append `response.content` as a whole to the history, with thinking and redacted_thinking blocks as they \
                came, unchanged",
            "Switch thinking off (`thinking: {\"type\": \"disabled\"}`) for a history without such blocks",
            "Update the framework or proxy; in LiteLLM keep `thinking_blocks` of the message",
        ],
        snippets: &[snippets::THINKING_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that a thinking or redacted_thinking block was expected.",
        example: "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When \
            `thinking` is enabled, a final `assistant` message must start with a thinking block.",
        related: &["thought_signature_missing", "responses_item_missing", "tool_results_missing"],
    }

    THOUGHT_SIGNATURE_MISSING {
        slug: "thought_signature_missing",
        title: "Gemini's thought signatures were dropped",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(
            400,
            "Function call is missing a thought_signature in functionCall parts. This is required for tools to work \
                correctly, and missing thought_signature may lead to degraded model performance.",
        ),
        explanation: "Function calls of Gemini's thinking models carry a signature that has to come back with them, \
            and it is missing from the history.",
        remedy: "Return each part with a function call unchanged, its thought_signature included.",
        reasons: &[
            "The client rebuilds the function call from name and arguments and drops `thoughtSignature`",
            "An OpenAI-compatible client drops `extra_content.google.thought_signature` of the tool call",
            "The history was made by another model or an older version, which gives no signatures",
            "Streamed parts were merged, and the signature's part was lost",
        ],
        checks: &["Print the parts with functionCall in the history and look for thoughtSignature"],
        remedies: &[
            "Append the model's content as it came, with each thought_signature (thought signature) in its part",
            "In OpenAI form send `tool_calls[].extra_content` back unchanged",
            "Update the SDK or agent to a version that keeps thought signatures",
            "For calls the model did not make itself, Google accepts the value `skip_thought_signature_validator`",
        ],
        snippets: &[snippets::SIGNATURE_PYTHON],
        retry_advice: "Repeating it unchanged does not help.",
        recognised: "The message says that a function call is missing a thought_signature.",
        example: "Function call is missing a thought_signature in functionCall parts. This is required for tools to \
            work correctly.",
        related: &["thinking_block_missing", "responses_item_missing", "tool_results_missing"],
    }

    RUN_IN_PROGRESS {
        slug: "run_in_progress",
        title: "A run is already active on this thread",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[400, 409, 422],
        wire: Wire::invalid(400, "Thread {name} already has an active run.").with_param("thread_id"),
        explanation: "The thread is locked until its run has ended, and a message or another run was to be added.",
        remedy: "Wait until the run has ended, or cancel it, then repeat the call.",
        reasons: &[
            "The previous run is queued, in progress, or waits for tool outputs (requires_action)",
            "Two requests of the same user run at the same time, or a button was pressed twice",
            "A run was left behind by a program that crashed; it expires after about ten minutes",
        ],
        checks: &["List the runs of the thread: GET /v1/threads/ID/runs, and look at `status`"],
        remedies: &[
            "Wait for the run to finish: `client.beta.threads.runs.create_and_poll(…)`, then retry",
            "Send its tool outputs (submit_tool_outputs), or cancel it: POST /v1/threads/ID/runs/RUN/cancel",
            "Let only one request at a time work on a thread (a lock per thread, or LangGraph's multitask_strategy)",
        ],
        retry_advice: "Repeating it helps once the run has ended.",
        recognised: "The message says that a thread has an active run, or is already running.",
        example: "{\"error\":{\"message\":\"Can't add messages to thread_abc while a run run_def is \
            active.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["tool_results_missing", "concurrency_limit"],
    }

    VLLM_TOOL_FLAGS_MISSING {
        slug: "vllm_tool_flags_missing",
        title: "The vLLM server was started without its tool flags",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(
            400,
            "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
        )
        .with_param("tool_choice"),
        explanation: "The request has tools, and the server that runs the model was not started to read tool calls.",
        remedy: "Start vLLM with --enable-auto-tool-choice and --tool-call-parser PARSER, or send no tools.",
        reasons: &[
            "tool_choice `auto`, the default when `tools` are sent, needs both flags of the server",
            "The parser does not suit the model, or its chat template has no tools",
        ],
        checks: &["Look at the command that started the server, and at its log of arguments"],
        remedies: &[
            "`vllm serve MODEL --enable-auto-tool-choice --tool-call-parser hermes` (llama3_json, mistral, \
                qwen3_coder, deepseek_v3 … by model), and --chat-template FILE where the model needs one",
            "SGLang: `--tool-call-parser qwen25`; llama.cpp: `--jinja`",
            "Without access to the server, leave `tools` out or force one function with `tool_choice`",
        ],
        snippets: &[snippets::VLLM_SHELL],
        retry_advice: "Repeating it does not help: the server has to be started with the flags.",
        recognised: "The message names --enable-auto-tool-choice and --tool-call-parser.",
        example: "{\"object\":\"error\",\"message\":\"\\\"auto\\\" tool choice requires --enable-auto-tool-choice and \
            --tool-call-parser to be set\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
        related: &["model_no_tools", "param_unsupported"],
    }
}

//! Files, audio, batches and embeddings.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    Rule::new("file_too_large", 5.8).says(&[
        "file|audio|document|pdf|upload|attachment|video|recording|attachments & too large|too big|larger than|exceed|exceeds|exceeded|\
         maximum size|size limit|over the limit|limit of|maximum file size|maximum allowed size|max size & !token|context|\
         tokens per|name too|image|duration",
        "maximum content size limit|content size limit & exceeded|bytes",
        "26214400|25 mb|25mb & limit|maximum|exceed|larger|max|size & !image",
        "pdf|document|audio & pages|page|duration|seconds|minutes & maximum|limit|too many|exceed|longer|up to|at most",
        "文件|音频 & 过大|大小 & 超过|限制|上限",
    ])
    .of_an_api(),
    // 25 MB, the limit for audio.
    Rule::new("file_too_large", 5.6).says(&["26214400"]),
    Rule::new("file_too_large", 5.2).codes(&["file_too_large", "audio_too_large", "file_size_exceeded", "max_file_size_exceeded"]),
    Rule::new("audio_format_invalid", 5.8).says(&[
        "file format|audio format|audio file|recording|audio & invalid.|unsupported|not supported|unrecognized|could not be decoded|cannot be \
         decoded|corrupted|corrupt|could not decode|failed to decode|too short|malformed|not recognised|not recognized|could not \
         process|could not be processed & !batch|jsonl|fine-tun|document|image|pdf|too large|exceed|maximum|not support audio|input_audio|modal",
        "supported formats & flac|mp3|wav|m4a|webm|ogg|mpga",
        "audio & too short|minimum audio length|empty|no audio",
        "ffmpeg|ffprobe & invalid data|error|failed",
        "音频 & 格式|解码|损坏",
    ])
    .of_an_api(),
    // The model, not the message, tells that it is a recording.
    Rule::new("audio_format_invalid", 6.0)
        .says(&["not support|not supported|unsupported|can not read & the format|this format|file format|format you|format of & !response_format|response format|image|json|schema"])
        .when(is_about_recordings)
        .of_an_api(),
    Rule::new("audio_format_invalid", 3.0).codes(&["invalid_audio", "invalid_audio_format", "audio_decode_error", "unsupported_format", "audio_too_short"]),
    // Files uploaded before.
    Rule::new("file_not_found", 6.0).says(&[
        "no such file object|no such file & id|file-|file_",
        "file & cfile_|cfile-|assistant- & not found|does not exist",
        "file|files|file id|file_id|vector store & not found|does not exist|no such|not exist|expired|was deleted|could not be found & \
         id|file-|file_|object|access|vs_|uploaded & !errno|directory|enoent|module|model file|config|/usr|.py|.json|.gguf",
        "files/ & not exist|not found|permission to access|may not exist",
    ])
    .of_an_api(),
    Rule::new("file_not_found", 5.0).codes(&["file_not_found", "vector_store_not_found"]).of_an_api(),
    // Batches.
    Rule::new("batch_input_invalid", 6.0).codes(&[
        "invalid_json_line",
        "mismatched_model",
        "duplicate_custom_id",
        "token_limit_exceeded",
        "empty_file",
        "empty_batch",
        "too_many_tasks",
        "model_mismatch",
        "missing_custom_id",
        "invalid_custom_id",
        "invalid_method",
        "url_mismatch",
        "invalid_url_in_batch",
        "batch_validation_failed",
    ]),
    Rule::new("batch_input_invalid", 5.8)
        .says(&[
            "custom_id|custom id & duplicate|unique|missing|invalid.|not unique|required|repeated|used more|already",
            "enqueued token limit|enqueued tokens|enqueued_prompt_tokens",
            "batch|jsonl & line|input file|file & not parseable|invalid.|not valid|malformed|does not match|mismatch|mix|more than one|\
             too many|limit|exceed|empty|expected|single model|same model|could not",
            "this line is not parseable|line & not parseable as valid json",
            "invalid file format for batch|batch & purpose|expected purpose|batch api",
            "batch & requests & maximum|limit|too many|up to",
        ])
        .of_an_api(),
    Rule::new("batch_input_invalid", -2.5).says(&["batch size|batch_size|logical batch|physical batch|ubatch|max_batch"]),
    // Embeddings.
    Rule::new("embedding_dimension_mismatch", 6.0).says(&[
        "expected|expects|schema|index|collection|table|column|query|stored & dimension|dimensions|dim.|dimensionality & got|received|\
         returned|does not match|do not match|not match|mismatch|has|different|instead|not|but|vs & !specifying|unsupported|image|\
         support|pixels",
        "vector|embedding|embeddings & dimension|dimensions|length|size|shape & mismatch|does not match|do not match|not match|not equal|\
         different|expected|inconsistent|invalid. & !specifying|unsupported|support specifying|too long|maximum context|image",
        "shapes & not aligned",
        "inhomogeneous|matmul & embedding|vector|query",
        "向量 & 维度",
        "dimension|dimensions & vector|collection|index|embedding|pgvector & mismatch|expected|match|wrong",
    ]),
    Rule::new("embedding_dimension_mismatch", 5.0).exceptions(&["invaliddimensionexception", "dimensionmismatcherror"]),
    Rule::new("embedding_input_invalid", 5.8).says(&[
        "$.input & invalid.",
        "not valid under any of the given schemas & input",
        "input & cannot be an empty string|cannot be empty|must not be empty|is empty|empty string|can not be an empty|cannot be null|must be \
         a string|should be a valid list|should be a valid string|invalid input & !messages|content|prompt|model|audio|image|json",
        "input & array|list & too long|at most|maximum|more than|exceeds|less than or equal|2048|inputs|no more than & !token|messages|content|\
         tools|text too",
        "embed|embedding|embeddings & empty|null|none|too many|batch size|maximum|invalid. & input|text|texts|inputs|contents|items|content & \
         !dimension|failed to generate",
        "too many inputs & max number of inputs|maximum number of inputs",
        "batchembedcontents|embedcontentrequest & requests|empty|at most",
        "batch size is invalid.|maximum allowed batch size|batch size should not",
        "batch size & larger than|exceeds|too large & embed|input & !gpu|memory",
    ])
    .of_an_api(),
    Rule::new("embedding_input_invalid", 5.8).says(&["batchembedcontentsrequest|embedcontentrequest"]),
    Rule::new("embedding_input_invalid", 6.2)
        .params(&["input", "body.input", "$.input", "body.input*"])
        .codes(&["string_type", "list_type", "invalid_type", "none.not_allowed", "array_above_max_length", "empty_array", "type_error*"])
        .when(|case| !case.addresses.iter().any(|a| a.path.contains("responses"))),
    Rule::new("embedding_input_invalid", 2.0)
        .says(&["input"])
        .when(|case| case.addresses.iter().any(|a| a.path.contains("embed")) && case.status_is(&[400, 422])),
    Rule::new("embedding_input_invalid", 4.4).says(&["input & invalid.|empty"]).params(&["input"]).statuses(&[400, 422]),
    Rule::new("embedding_input_invalid", -3.0).says(&["string too long"]),
    Rule::new("embedding_input_invalid", -4.0).params(&["messages*"]),
    Rule::new("embedding_input_invalid", -2.0).says(&["reasoning|function_call|of type|input 0|encrypted"]),
    Rule::new("embedding_dimension_mismatch", -3.0).when(facts::calls_for_images),
];

/// A model that hears is named, or a path for recordings.
fn is_about_recordings(case: &Case) -> bool {
    let hears = |model: &String| ["transcribe", "whisper", "voxtral"].iter().any(|name| model.contains(name));
    case.models.iter().any(hears) || case.addresses.iter().any(|a| a.path.contains("/audio/"))
}

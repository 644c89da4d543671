//! Texts about parameters, sizes, JSON, files, images and embeddings.

use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn sizes_in_tokens_are_told_by_what_is_too_long() {
    assert_told(&[
        (
            "context_length_exceeded",
            &[
                "xAI 400: This model's maximum prompt length is 131072 but the request contains 540112 tokens.",
                "botocore ValidationException: Input is too long for requested model.",
                "ValueError: Requested tokens (2210) exceed context window of 2048 (llama_cpp)",
                "mistral: Prompt contains 41210 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
                "TGI: Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1900 `inputs` tokens and 512 `max_new_tokens`",
                "openai: Your input exceeds the context window of this model. Please adjust your input and try again.",
                "qwen InvalidParameter: Range of input length should be [1, 30720]",
                "anthropic: input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens`",
            ],
        ),
        (
            "max_tokens_too_large",
            &[
                "anthropic 400: max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens for claude-3-5-haiku",
                "deepseek: Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
                "bedrock ValidationException: The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
                "openai: This model's maximum context length is 8192 tokens. However, you requested 8251 tokens (59 in the messages, 8192 in the completion).",
                "groq: `max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model",
            ],
        ),
    ]);
}

#[test]
fn parameters_are_told_by_what_is_wrong_with_them() {
    assert_told(&[
        (
            "max_completion_tokens_required",
            &[
                "azure openai 400: 'max_tokens' is unsupported here, please use 'max_completion_tokens'",
                r#"{"error":{"message":"Unsupported parameter: 'max_tokens'","param":"max_tokens","code":"unsupported_parameter"}}"#,
            ],
        ),
        (
            "temperature_unsupported",
            &[
                "kimi-k2.5: invalid temperature: only 0.6 is allowed for this model",
                "anthropic: `temperature` may only be set to 1 when thinking is enabled",
                "claude: temperature and top_p cannot both be specified for this model",
            ],
        ),
        (
            "param_unsupported",
            &[
                "litellm.UnsupportedParamsError: groq does not support parameters: ['logit_bias']",
                r#"{"error":{"message":"Unsupported parameter: 'presence_penalty' is not supported with this model.","type":"invalid_request_error","param":"presence_penalty","code":"unsupported_parameter"}}"#,
            ],
        ),
        (
            "param_unknown",
            &[
                r#"{"detail":[{"type":"extra_forbidden","loc":["body","enable_thinking"],"msg":"Extra inputs are not permitted","input":true}]}"#,
                r#"{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"maxTokens\" at 'generation_config': Cannot find field.","status":"INVALID_ARGUMENT"}}"#,
                "openai 400: Unrecognized request argument supplied: repetition_penalty",
            ],
        ),
        (
            "param_out_of_range",
            &[
                "openai 400: Invalid 'metadata.note': string too long. Expected a string with maximum length 512, but got a string with length 900 instead.",
                "anthropic: top_k: Input should be greater than or equal to 0",
                "mistral 422: 3 is greater than the maximum of 2 - 'presence_penalty'",
            ],
        ),
        (
            "param_invalid_type",
            &[
                "openai: '0.7' is not of type 'number' - 'top_p'",
                "Invalid type for 'stream': expected a boolean, but got a string instead. (openai)",
                r#"{"error":{"message":"json: cannot unmarshal string into Go struct field ChatRequest.n of type int","type":"invalid_request_error"}}"#,
            ],
        ),
        (
            "param_missing",
            &[
                "openai 400: you must provide a model parameter",
                "anthropic: max_tokens: Field required",
                r#"{"error":{"message":"Missing required parameter: 'messages'.","type":"invalid_request_error","param":"messages","code":"missing_required_parameter"}}"#,
            ],
        ),
        (
            "response_format_unsupported",
            &[
                "openai: Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
                "deepseek: This response_format type is unavailable now",
                "gemini: JSON mode is not enabled for models/gemma-3-27b-it",
            ],
        ),
        (
            "dimensions_unsupported",
            &[
                "vllm: Model \"bge-large\" does not support matryoshka representation, changing output dimensions will lead to poor results",
                "openai 400: the parameter 'dimensions' is not supported by text-embedding-ada-002",
            ],
        ),
    ]);
}

#[test]
fn bodies_and_files_are_told_by_what_is_refused() {
    assert_told(&[
        (
            "json_body_invalid",
            &[
                "openai 400: We could not parse the JSON body of your request.",
                r#"{"detail":[{"type":"json_invalid","loc":["body",18],"msg":"JSON decode error","ctx":{"error":"Expecting value"}}]} from vllm"#,
                "gemini: Invalid JSON payload received. Unexpected token.",
            ],
        ),
        (
            "json_body_encoding",
            &[
                "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud83d' in position 210: surrogates not allowed (openai/_base_client.py)",
                "anthropic 400: The request body is not valid JSON: invalid high surrogate in string: line 1 column 4410",
            ],
        ),
        (
            "content_type_wrong",
            &[
                "openai: Unsupported media type 'text/plain'; Content-Type must be application/json",
                "ollama: 415 Unsupported Media Type",
            ],
        ),
        (
            "body_too_large",
            &[
                "anthropic 413: request_too_large: Request exceeds the maximum size",
                "openai: HTTP 413 Payload Too Large from nginx before the model",
            ],
        ),
        (
            "file_too_large",
            &[
                "whisper-1: 413 Maximum content size limit (26214400) exceeded (31457280 bytes read)",
                "openai: audio file is larger than the 25 MB limit",
            ],
        ),
        (
            "audio_format_invalid",
            &[
                "openai whisper: the audio file could not be decoded or its format is not supported",
                "groq: file must be one of the supported formats: flac mp3 mp4 mpeg mpga m4a ogg opus wav webm",
            ],
        ),
        (
            "file_not_found",
            &[
                "openai 404: No such File object: file-aB3dE5",
                "gemini: You do not have permission to access the File files/x1y2 or it may not exist.",
            ],
        ),
        (
            "batch_input_invalid",
            &[
                "openai batch: duplicate_custom_id: The custom_id 'row-7' appears more than once",
                "Enqueued token limit reached for gpt-4o-mini in organization org-x. Limit: 2,000,000 enqueued tokens.",
            ],
        ),
        (
            "image_url_unreachable",
            &[
                "openai 400: Timeout while downloading https://cdn.example/cat.png.",
                "anthropic: Unable to download the file. Please verify the URL and try again.",
                r#"{"error":{"message":"Failed to fetch image from URL","code":"invalid_image_url"}}"#,
            ],
        ),
        (
            "image_url_not_supported",
            &[
                "ollama openai: image URLs are not currently supported, please use base64 encoded data instead",
                "perplexity: only base64 data URLs are supported for images",
            ],
        ),
        (
            "image_invalid",
            &[
                "anthropic: Could not process image",
                "gemini: Unable to process input image. Please retry.",
                "openai: You uploaded an unsupported image. Please make sure your image has of one the following formats",
            ],
        ),
        (
            "image_too_large",
            &[
                "anthropic: messages.0.content.1.image.source.base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels",
                "qwen-vl: the image size exceeds 10 MB",
            ],
        ),
        (
            "image_base64_invalid",
            &[
                "openai: Invalid base64 image_url.",
                "anthropic: messages.1.content.0.image.source.base64: invalid base64 data",
            ],
        ),
        (
            "embedding_dimension_mismatch",
            &[
                "chromadb.errors.InvalidDimensionException: Embedding dimension 768 does not match collection dimensionality 1536",
                "pgvector: ERROR: expected 1536 dimensions, not 1024 (embedding)",
            ],
        ),
        (
            "embedding_input_invalid",
            &[
                "openai embeddings: '$.input' is invalid. Please check the API reference",
                "voyage: embeddings input cannot be an empty string",
                "TEI embeddings: batch size 64 > maximum allowed batch size 32",
            ],
        ),
    ]);
}

#[test]
fn files_and_bodies_of_other_software_are_left_alone() {
    assert_unknown(&[
        "django.core.exceptions.RequestDataTooBig: Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.",
        "psycopg2.errors.StringDataRightTruncation: value too long for type character varying(255)",
        "PIL.UnidentifiedImageError: cannot identify image file 'logo.png'",
        "TS2345: Argument of type 'string' is not assignable to parameter of type 'number'.",
        "FileNotFoundError: [Errno 2] No such file or directory: 'config.yaml'",
    ]);
}

#[test]
fn the_struct_of_a_server_in_go_tells_a_request_from_an_answer() {
    assert_told(&[
        (
            "param_invalid_type",
            &[
                "400 json: cannot unmarshal string into Go struct field ChatCompletionRequest.max_tokens of type int",
                "ollama: json: cannot unmarshal number into Go struct field EmbedRequest.model of type string",
            ],
        ),
        (
            "messages_format_invalid",
            &[
                "ollama 400: json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string",
            ],
        ),
        (
            "response_shape_unexpected",
            &[
                "go-openai: json: cannot unmarshal array into Go value of type openai.ChatCompletionResponse",
                "openai-go: json: cannot unmarshal object into Go struct field ChatCompletionResponse.choices of type string",
            ],
        ),
    ]);
    assert_unknown(&["json: cannot unmarshal string into Go struct field CreateUserRequest.age of type int"]);
}

#[test]
fn an_answer_that_a_server_refuses_to_send_is_its_own_fault() {
    assert_told(&[
        (
            "server_error",
            &[
                "fastapi.exceptions.ResponseValidationError: 1 validation error: {'type': 'missing', 'loc': ('response', 'EmbeddingResponse', 'usage'), 'msg': 'Field required'}\nPOST /v1/embeddings 500",
            ],
        ),
        (
            "param_missing",
            &[
                "{'detail':[{'type':'missing','loc':['body','model'],'msg':'Field required'}]} POST /v1/chat/completions 422",
            ],
        ),
    ]);
}

#[test]
fn a_body_that_went_out_as_a_form_is_told_by_what_was_sent() {
    assert_told(&[
        (
            "content_type_wrong",
            &[
                "> POST /v1/chat/completions HTTP/1.1\n> Host: localhost:8000\n> Content-Type: application/x-www-form-urlencoded\n>\n< HTTP/1.1 422 Unprocessable Entity",
                "curl -XPOST https://llm.example/v1/embeddings --data '{\"model\":\"bge\",\"input\":\"x\"}'\n{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"input\"],\"msg\":\"Field required\"}]}",
            ],
        ),
        (
            "key_missing",
            &[
                "curl https://api.openai.com/v1/chat/completions -d '{\"model\":\"gpt-4o\"}'\n{\"error\":{\"message\":\"You didn't provide an API key. You need to provide your API key in an Authorization header\"}}",
            ],
        ),
    ]);
}

#[test]
fn what_takes_ten_minutes_has_to_be_streamed() {
    assert_told(&[
        (
            "streaming_required",
            &[
                "错误: 预计耗时超过10分钟的请求必须使用流式输出 (claude-sonnet-4, max_tokens=32000)",
                "claude: Streaming ist für Anfragen nötig, die länger als 10 Minuten dauern können (max_tokens=60000)",
                "claude: 10分以上かかる可能性のある操作にはストリーミングが必要です",
            ],
        ),
        (
            "max_tokens_too_large",
            &["claude: max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens"],
        ),
    ]);
}

#[test]
fn bounds_are_told_of_parameters_in_whatever_way_they_are_written() {
    assert_told(&[(
        "param_out_of_range",
        &[
            "perplexity 400 Presence penalty must satisfy -2 <= p <= 2.",
            "together.ai: repetition penalty must satisfy r > 0",
            "bedrock ValidationException: 1 validation error detected: Value '1.7' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
        ],
    )]);
}

#[test]
fn a_model_that_hears_tells_what_the_format_is_of() {
    assert_told(&[(
        "audio_format_invalid",
        &[
            "400 This model does not support the format you provided. (gpt-4o-transcribe, input.caf)",
            "POST https://api.groq.com/openai/v1/audio/transcriptions 400 file format is not supported",
        ],
    )]);
    assert_unknown(&["mpd: This file does not support the format you provided"]);
}

#[test]
fn the_last_words_of_a_line_of_ruby_are_the_message_and_its_class() {
    assert_told(&[
        (
            "image_url_unreachable",
            &[
                "lib/vision.rb:9:in `call': Timeout while downloading https://shots.s3.amazonaws.com/a/7.png. (RubyLLM::BadRequestError)",
            ],
        ),
        (
            "rate_limit_requests",
            &[
                "app/llm.rb:20:in `chat': Rate limit reached for gpt-4o on requests per min (RPM): Limit 3, Used 3, Requested 1. (OpenAI::Errors::RateLimitError)",
            ],
        ),
    ]);
    assert_unknown(&[
        "app/models/user.rb:14:in `save': Validation failed: Email can't be blank (ActiveRecord::RecordInvalid)",
    ]);
}

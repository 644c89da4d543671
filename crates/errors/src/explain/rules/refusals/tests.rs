//! Texts in which one part of a request is refused, as validators and vendors print it.

use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn a_validator_of_schemas_is_understood_by_its_words() {
    assert_told(&[
        (
            "param_out_of_range",
            &[
                "ValidationException when calling the InvokeModel operation: Malformed input request: #/top_p: 3 is not less or equal to 1",
                "ValidationException when calling the InvokeModel operation: Malformed input request: #/stop_sequences: expected maximum item count: 4, found: 9",
                "bedrock InvokeModel: Malformed input request: #/quality: ultra is not a valid enum value",
            ],
        ),
        (
            "max_tokens_too_large",
            &[
                "ValidationException when calling the InvokeModel operation: Malformed input request: #/max_gen_len: 9000 is not less or equal to 2048",
            ],
        ),
        (
            "messages_format_invalid",
            &[
                "ValidationException when calling the InvokeModel operation: Malformed input request: #/messages/0/content: expected type: JSONArray, found: Null",
                "API Error: 400 messages.12.content.3.type: Invalid discriminator value. Expected 'text' | 'image'",
            ],
        ),
    ]);
}

#[test]
fn a_part_that_is_refused_is_told() {
    assert_told(&[
        (
            "param_unsupported",
            &[
                "xai 400 {\"code\":\"invalid-argument\",\"error\":\"Argument not supported on this model: frequencyPenalty\"}",
                "HTTP 400 This LLM does not support the parameter logit_bias.",
                "Unsupported parameter: 'tools_format'. In the Responses API, this parameter has moved to 'text.tools'.",
            ],
        ),
        (
            "response_format_unsupported",
            &[
                "{\"error\":{\"message\":\"response_format.type is not valid: invalid value: json_schema, supported values are: text\",\"param\":\"response_format.type\"}}",
            ],
        ),
        (
            "param_missing",
            &[
                "{\"error\":{\"message\":\"'messages'\",\"type\":\"None\",\"param\":\"None\",\"code\":\"500\"}}  litellm",
            ],
        ),
        (
            "chat_model_on_completions",
            &["cohere: generate API is not available for model 'command-x'. Please use the chat endpoint instead"],
        ),
        (
            "embedding_input_invalid",
            &[
                "{\"code\":20042,\"message\":\"input batch size 70 > maximum allowed batch size 32\"}",
                "Too many inputs for this embedding model. The max number of inputs is 16.",
            ],
        ),
    ]);
}

#[test]
fn what_a_conversation_lacks_is_told() {
    assert_told(&[
        ("message_empty_content", &["cohere invalid request: every item in chat_history needs a message"]),
        (
            "thinking_block_missing",
            &[
                "The `reasoning_text` of the thinking mode has to be sent back to the API: it is missing.",
                "400 reasoning_content was not passed back with the assistant message",
            ],
        ),
        (
            "responses_item_missing",
            &["{\"type\":\"invalid_request_error\",\"message\":\"encrypted_content belongs to another organization\"}"],
        ),
    ]);
}

#[test]
fn what_a_safety_system_stopped_is_told_from_a_closed_account() {
    assert_told(&[(
        "content_policy",
        &[
            "imagen: The response is blocked, as it may violate our policies. If this is an error, write to your account team.",
            "[DALL-E-3] 400 This request has been blocked by our content filters.",
            "The prompt may violate our guardrails around graphic violence. Please edit your prompt.",
        ],
    )]);
}

#[test]
fn a_stream_that_ends_with_its_reason_is_told_by_the_reason() {
    assert_told(&[(
        "rate_limit_daily",
        &["stream disconnected before completion: You've hit your usage limit. Try again at 9:41 PM. (codex)"],
    )]);
}

#[test]
fn vendors_codes_and_functions_are_told_with_a_word_beside_them() {
    assert_told(&[
        ("rate_limit_requests", &["{\"error\":{\"code\":\"1302\",\"message\":\"请求速率过快，请稍后\"}}"]),
        (
            "model_not_found",
            &[
                "integrate.api.nvidia.com {\"status\":404,\"detail\":\"Function id '1-2-3': function in account 'abc' is not found\"}",
            ],
        ),
        (
            "model_access_tier",
            &[
                "{\"base_resp\":{\"status_code\":2061,\"status_msg\":\"the current plan does not include the model MiniMax-M3\"}}",
            ],
        ),
        ("gateway_budget_exceeded", &["openrouter: Key limit exceeded (weekly limit)."]),
    ]);
}

#[test]
fn a_refusal_in_other_languages_is_told() {
    assert_told(&[
        (
            "context_length_exceeded",
            &["gpt-4o: Das Gespräch ist zu lang für das Modell: 150000 Token, erlaubt sind 128000."],
        ),
        ("content_policy", &["mistral: La demande a été refusée au titre de la politique de sécurité"]),
        ("streaming_required", &["qwq-32b 仅支持流式调用，请设置 stream=true"]),
    ]);
}

#[test]
fn what_the_machine_itself_refuses_is_left_alone() {
    assert_unknown(&[
        "mkdir: cannot create directory '/var/lib/openai-cache': Permission denied",
        "fatal: could not read from remote repository: Permission denied (publickey). openai/evals.git",
        "ERROR: column cannot have more than 2000 dimensions for hnsw index (embedding)",
    ]);
}

#[test]
fn validators_of_other_programs_are_left_alone() {
    assert_unknown(&[
        "ValidationError: \"age\" is not less than or equal to 120",
        "column batch size 40 > maximum allowed batch size 20 in importer",
        "Error: Invalid enum value. Expected 'red' | 'blue', received 'green'",
    ]);
}

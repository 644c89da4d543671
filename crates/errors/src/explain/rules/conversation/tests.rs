//! Texts about messages, roles, tools, formats, policy, and what a conversation carries along.

use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn messages_are_told_by_their_shape_roles_and_order() {
    assert_told(&[
        (
            "messages_format_invalid",
            &[
                "openai 400: Invalid type for 'messages[2].content': expected one of a string or array of objects, but got null instead.",
                "deepseek: Failed to deserialize the JSON body into the target type: messages[0]: missing field `content` at line 1 column 88",
                "gemini: * GenerateContentRequest.contents: contents is not specified",
            ],
        ),
        (
            "message_empty_content",
            &[
                "anthropic: messages.4: all messages must have non-empty content except for the optional final assistant message",
                "bedrock Converse: The text field in the ContentBlock object at messages.0.content.0 is blank.",
                "anthropic: system: text content blocks must be non-empty",
            ],
        ),
        (
            "role_unsupported",
            &[
                "deepseek: messages[0].role: unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool`",
                "gemini: Please use a valid role: user, model.",
                "gemma via vllm: jinja2 TemplateError: System role not supported",
            ],
        ),
        (
            "role_order_invalid",
            &[
                "perplexity: After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s).",
                "anthropic: messages: roles must alternate between \"user\" and \"assistant\", but found multiple \"user\" roles in a row",
                "mistral: Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
            ],
        ),
    ]);
}

#[test]
fn tools_are_told_by_calls_results_schemas_and_names() {
    assert_told(&[
        (
            "tool_results_missing",
            &[
                "anthropic: messages.6: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_01",
                "openai responses: No tool output found for function call call_x1.",
                "mistral: Not the same number of function calls and responses",
            ],
        ),
        (
            "tool_result_orphan",
            &[
                "openai: Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
                "anthropic: messages.0.content.1: unexpected `tool_use_id` found in `tool_result` blocks: toolu_09",
                "openai responses: No tool call found for function call output with call_id call_77.",
            ],
        ),
        (
            "tool_schema_invalid",
            &[
                "openai: Invalid schema for function 'search': schema must have type 'object' and not have 'oneOf'/'anyOf' at the top level",
                "anthropic: tools.3.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12",
                "gemini: Unknown name \"additionalProperties\" at 'tools[0].function_declarations[2].parameters': Cannot find field.",
            ],
        ),
        (
            "tool_name_invalid",
            &[
                "gemini: GenerateContentRequest.tools[0].function_declarations[1].name: Invalid function name. Must start with a letter or an underscore.",
                "anthropic: tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
                "bedrock: toolConfig.tools.0.member.toolSpec.name failed to satisfy constraint: length less than or equal to 64",
            ],
        ),
        (
            "too_many_tools",
            &[
                "openai: Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 164 instead.",
                "copilot: Cannot have more than 128 tools per request.",
            ],
        ),
        (
            "vllm_tool_flags_missing",
            &[
                "vllm BadRequestError: \"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
                "llama.cpp: tools param requires --jinja flag",
            ],
        ),
    ]);
}

#[test]
fn formats_and_policy_are_told_apart() {
    assert_told(&[
        (
            "response_format_schema_invalid",
            &[
                "openai: Invalid schema for response_format 'Answer': In context=('properties', 'x'), 'required' is required to be supplied and to be an array including every key in properties.",
                "gemini: The specified schema produces a constraint that has too many states for serving (response_schema)",
            ],
        ),
        (
            "json_word_missing",
            &[
                "openai: 'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
                "deepseek: Prompt must contain the word json when json_object is used",
            ],
        ),
        (
            "content_policy",
            &[
                "openai images: Your request was rejected as a result of our safety system.",
                "qwen: Input data may contain inappropriate content. (DataInspectionFailed)",
                "google.generativeai.types.generation_types.BlockedPromptException: block_reason: PROHIBITED_CONTENT",
                "智谱: 系统检测到输入或生成内容可能包含不安全或敏感内容",
            ],
        ),
        (
            "content_filter_azure",
            &[
                "Azure OpenAI: the response was filtered due to the prompt triggering the content management policy",
                r#"{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"jailbreak":{"filtered":true,"detected":true}}}}}"#,
            ],
        ),
    ]);
}

#[test]
fn what_a_conversation_carries_along_is_told() {
    assert_told(&[
        (
            "thinking_block_missing",
            &[
                "anthropic: messages.3.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`",
                "deepseek: The reasoning_content in the thinking mode must be passed back to the API.",
                "claude: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified",
            ],
        ),
        (
            "thought_signature_missing",
            &[
                "gemini-3: Function call is missing a thought_signature in functionCall parts",
                "Vertex AI 400: Thought signature is not valid",
            ],
        ),
        (
            "responses_item_missing",
            &[
                "openai: Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_1'.",
                "openai responses: Item with id 'rs_ab12' not found. Items are not persisted when `store` is set to false.",
            ],
        ),
        (
            "previous_response_not_found",
            &[
                "openai 400: Previous response with id 'resp_77' not found.",
                r#"{"error":{"code":"previous_response_not_found","param":"previous_response_id"}}"#,
            ],
        ),
        (
            "run_in_progress",
            &[
                "openai assistants: Can't add messages to thread_1 while a run run_2 is active.",
                "openai assistants 400: Thread thread_9 already has an active run run_4.",
            ],
        ),
        (
            "streaming_required",
            &[
                "anthropic: Streaming is required for operations that may take longer than 10 minutes.",
                "qwen: This model only support stream mode, please enable the stream parameter to access the model.",
                "qwen3: parameter.enable_thinking must be set to false for non-streaming calls",
            ],
        ),
    ]);
}

#[test]
fn names_and_messages_of_other_software_are_left_alone() {
    assert_unknown(&[
        "Function name can not be longer than 64 characters (Cloud Functions deploy)",
        "kafka: message is empty, nothing to publish",
        "AccessDenied: the IAM role is not valid for this bucket policy",
        "jsonschema.exceptions.ValidationError: 'age' is a required property",
    ]);
}

#[test]
fn what_a_request_lacks_or_ends_with_is_told_from_faults_of_its_tools() {
    assert_told(&[
        (
            "param_missing",
            &[
                "bedrock ValidationException: The toolConfig field must be defined when using toolUse and toolResult content blocks.",
                "anthropic 400: Requests with tool_result blocks must declare tools.",
                "litellm.UnsupportedParamsError: Bedrock doesn't support tool calling without `tools=` param specified.",
                "openai 400: Missing required parameter: 'tools[0].container.type'.",
                "openai responses 400: Missing required parameter: 'tools[2].vector_store_ids'.",
                "400 tools must be specified when messages contain tool_calls (gpt-4o)",
            ],
        ),
        (
            "tool_schema_invalid",
            &[
                "gemini: Invalid JSON payload received. Unknown name \"enum\" at 'tools[0].function_declarations[4].parameters.properties[1].value': Cannot find field.",
                "gemini: Unknown name \"required\" at 'tools[0].function_declarations[0].parameters': Proto field is not repeating, cannot start list.",
            ],
        ),
        (
            "role_order_invalid",
            &[
                "openai-compatible 400: the assistant role is not allowed in the final position of messages",
                "400 Invalid request: last message must not be from role assistant (mistral-large)",
                "cohere: the final turn of the conversation can not be an assistant turn",
                "vllm: The model role cannot be in the last position when tools are given",
            ],
        ),
        (
            "messages_format_invalid",
            &[
                "lm studio: Error rendering prompt with jinja template: \"Expected content to be a string, got undefined\"",
                "llama.cpp 500: Failed to apply chat template: messages[2].content has UndefinedValue",
                "ollama: an assistant message cannot have both content and tool calls",
            ],
        ),
        (
            "responses_item_missing",
            &[
                "openai 404: Item with id 'msg_68aa' not found. Items are not persisted when `store` is set to false.",
                "azure openai 400: Items with id 'fc_0c11' could not be found; they have expired.",
                "codex: stream error: Item 'rs_77' does not exist",
            ],
        ),
    ]);
}

#[test]
fn the_reason_why_a_model_ended_is_told_by_its_name() {
    assert_told(&[(
        "content_policy",
        &[
            "gemini: no image was returned, finishReason=IMAGE_PROHIBITED_CONTENT",
            "imagen generation failed: IMAGE_RECITATION",
            r#"{"error":{"code":"OutputImageSensitiveContentDetected","message":"The request failed","type":"BadRequest","param":""}}"#,
            r#"{"error":{"code":"unsafe_content","message":"The prompt can not be processed","type":"invalid_request_error","param":null}}"#,
        ],
    )]);
}

#[test]
fn the_place_of_a_value_tells_what_it_is_of() {
    assert_told(&[
        (
            "tool_schema_invalid",
            &[
                r#"LLM error 400: [{"code":"invalid_type","expected":"object","received":"undefined","path":["tools",0,"function","parameters","properties"],"message":"Required"}]"#,
            ],
        ),
        (
            "tool_name_invalid",
            &[
                "bedrock: Value at 'messages.4.member.content.1.member.toolUse.name' failed to satisfy constraint: Member must have length less than or equal to 64",
                "claude: messages.7.content.1.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
            ],
        ),
        (
            "messages_format_invalid",
            &[
                r#"openrouter 400 [{"code":"invalid_type","expected":"string","received":"null","path":["messages",2,"content"],"message":"Invalid input"}]"#,
                r#"llama.cpp 400 {"error":{"message":"failed to parse content part"}} request: {"messages":[{"role":"user","content":[{"type":"image_url","image_url":"https://x.example/a.png"}]}]}"#,
            ],
        ),
    ]);
}

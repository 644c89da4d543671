//! Which model was asked for, of whom, and how.

use crate::assert_told;

#[test]
fn a_model_nobody_knows_is_told_in_the_words_of_each_provider() {
    assert_told(&[
        (
            "model_not_found",
            r#"{"object":"error","message":"Invalid model: mistral-gigantic","type":"invalid_model","param":null,"code":"1500"}"#,
        ),
        (
            "model_not_found",
            r#"{"error":{"message":"Not found the model kimi-k9 or Permission denied","type":"resource_not_found_error"}} api.moonshot.cn"#,
        ),
        (
            "model_not_found",
            r#"{"error":{"code":"InvalidEndpointOrModel.NotFound","message":"The model or endpoint doubao-x does not exist or you do not have access to it."}}"#,
        ),
        ("model_not_found", r#"{"error":{"code":"1211","message":"模型不存在，请检查模型代码。"}} open.bigmodel.cn"#),
        (
            "model_not_found",
            r#"{"error":{"message":"The model `gpt-5-ultra` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
        ),
        (
            "model_not_found",
            "ValidationException: The provided model identifier is invalid. (bedrock-runtime Converse)",
        ),
        (
            "model_not_found",
            r#"{"error":{"code":404,"message":"Publisher Model `projects/p/locations/us-central1/publishers/google/models/gemini-9` was not found or your project does not have access to it.","status":"NOT_FOUND"}}"#,
        ),
        (
            "model_not_found",
            r#"{"error":{"object":"error","type":"NOT_FOUND","code":"NOT_FOUND","message":"Model not found, inaccessible, and/or not deployed"}} api.fireworks.ai"#,
        ),
        ("model_not_found", "Das Modell gpt-4-foo existiert nicht (OpenAI API, 404)"),
        (
            "model_not_found",
            "Invalid model 'sonar-mega'. Permitted models can be found in the documentation at https://docs.perplexity.ai",
        ),
        (
            "model_wrong_provider",
            r#"POST https://api.openai.com/v1/chat/completions 404 {"error":{"message":"The model `gemini-2.5-pro` does not exist or you do not have access to it.","code":"model_not_found"}}"#,
        ),
        (
            "model_wrong_provider",
            r#"404 {"error":{"message":"The model `anthropic/claude-sonnet-4` does not exist or you do not have access to it.","type":"invalid_request_error","code":"model_not_found"}} https://api.openai.com/v1/chat/completions"#,
        ),
        (
            "finetuned_model_not_found",
            r#"{"error":{"message":"The model `ft:gpt-4o-mini-2024-07-18:acme::Ab12` does not exist","code":"model_not_found"}}"#,
        ),
        ("finetuned_model_not_found", "openai: fine-tuned model davinci:ft-acme-2023 was not found"),
    ]);
}

#[test]
fn who_may_use_a_model_and_until_when() {
    assert_told(&[
        (
            "project_lacks_model",
            r#"{"error":{"message":"key not allowed to access model. This key can only access models=['gpt-4o']. Tried to access o3","type":"key_model_access_denied","code":"401"}}"#,
        ),
        (
            "project_lacks_model",
            r#"{"error":{"message":"The model `x` is blocked at the project level. Please have a project admin enable this model.","code":"model_permission_blocked_project"}} groq"#,
        ),
        (
            "model_access_tier",
            r#"{"error":{"code":"ModelNotOpen","message":"Your account 2100 has not activated the model doubao-pro. Please activate the model service in the Ark Console."}}"#,
        ),
        (
            "model_access_tier",
            "huggingface: Access to model meta-llama/Llama-3.1-8B-Instruct is restricted. You must have access to it and be authenticated to access it. Gated repo 403",
        ),
        (
            "model_deprecated",
            r#"{"message":"model 'command-light' was removed on September 15, 2025. See https://docs.cohere.com/docs/deprecations"} 404 cohere"#,
        ),
        (
            "model_deprecated",
            "ResourceNotFoundException: This model version has reached the end of its life. Please refer to the AWS documentation for more details. (InvokeModel)",
        ),
        (
            "org_verification_required",
            "openai 403: To use o3 your account needs identity verification; the organization is not verified",
        ),
        (
            "org_verification_required",
            "Your organization must be verified to use the model `gpt-image-1`. Please go to: https://platform.openai.com/settings/organization/general",
        ),
        (
            "model_not_serverless",
            r#"{"message":"Model openai/foo is not deployed by any Inference Provider.","code":"model_not_supported"} huggingface"#,
        ),
        ("model_not_serverless", "together: this model needs a dedicated endpoint; create one to start (400)"),
        (
            "bedrock_model_access",
            "ResourceNotFoundException: Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. (bedrock)",
        ),
        (
            "bedrock_model_access",
            "AccessDeniedException: You don't have access to the model with the specified model ID. InvokeModel",
        ),
        (
            "bedrock_inference_profile_required",
            "ValidationException: Invocation of model ID amazon.nova-pro-v1:0 with on-demand throughput isn't supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        ),
        (
            "bedrock_inference_profile_required",
            "bedrock 400: this model requires an inference profile; retry with its ARN",
        ),
    ]);
}

#[test]
fn a_model_of_another_kind_is_told_by_what_it_lacks() {
    assert_told(&[
        (
            "chat_model_on_completions",
            "openai 404: gpt-4o is a chat model and cannot be used with the completions endpoint",
        ),
        ("chat_model_on_completions", "This is a chat model and not supported in the v1/completions endpoint."),
        (
            "completion_model_on_chat",
            r#"{"error":{"code":"OperationNotSupported","message":"The chatCompletion operation does not work with the specified model, text-embedding-3-small. Please choose different model and try again."}} azure openai"#,
        ),
        (
            "completion_model_on_chat",
            r#"{"object":"error","message":"The model does not support Chat Completions API","type":"BadRequestError","code":400} vllm"#,
        ),
        (
            "model_responses_only",
            "The model o3-deep-research is only available through the Responses API, call /v1/responses (openai 404)",
        ),
        (
            "model_responses_only",
            r#"{"error":{"message":"model gpt-5-codex is not accessible via the /chat/completions endpoint","code":"unsupported_api_for_model"}}"#,
        ),
        (
            "model_no_vision",
            r#"{"error":{"message":"No endpoints found that support image input","code":404}} openrouter"#,
        ),
        ("model_no_vision", "ollama 500: this model does not support images"),
        (
            "model_no_tools",
            r#"{"error":{"message":"registry.ollama.ai/library/gemma:2b does not support tools","type":"api_error"}}"#,
        ),
        ("model_no_tools", "openrouter 404: No endpoints found that support tool use"),
        (
            "openrouter_no_endpoints",
            r#"{"error":{"message":"No allowed providers are available for the selected model.","code":404}} openrouter"#,
        ),
        ("openrouter_no_endpoints", "openrouter: No endpoints found matching your data policy (Free model training)"),
    ]);
}

#[test]
fn local_servers_and_azure_name_models_their_own_way() {
    assert_told(&[
        (
            "model_not_pulled",
            r#"{"error":{"message":"model \"qwen3:4b\" not found, try pulling it first","type":"api_error"}}"#,
        ),
        (
            "model_not_pulled",
            "LM Studio: No models loaded. Please load a model in the developer page or use the `lms load` command.",
        ),
        (
            "model_name_mismatch_local",
            r#"POST http://localhost:8000/v1/chat/completions 404 {"object":"error","message":"The model `llama-3` does not exist.","type":"NotFoundError","param":null,"code":404}"#,
        ),
        (
            "model_name_mismatch_local",
            "vllm server: model 'qwen' not found, served models: Qwen/Qwen2.5-7B-Instruct (see --served-model-name)",
        ),
        ("model_loading", r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}} llama.cpp"#),
        ("model_loading", r#"{"error":"Model bigscience/bloom is currently loading","estimated_time":120.5}"#),
        ("litellm_provider_missing", "litellm.BadRequestError: LLM Provider NOT provided. You passed model=my-model"),
        (
            "litellm_provider_missing",
            "LLM Provider NOT provided. Provider List: https://docs.litellm.ai/docs/providers",
        ),
        (
            "azure_deployment_not_found",
            r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
        ),
        (
            "azure_deployment_not_found",
            "Azure OpenAI: deployment 'chat-prod' could not be found in this resource (404)",
        ),
        (
            "azure_api_version",
            "ValueError: Must provide either the `api_version` argument or the `OPENAI_API_VERSION` environment variable (AzureOpenAI)",
        ),
        (
            "azure_api_version",
            r#"{"error":{"code":"BadRequest","message":"Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later"}}"#,
        ),
        (
            "azure_endpoint_misconfigured",
            "openai.OpenAIError: Must provide one of the `base_url` or `azure_endpoint` arguments, or the `AZURE_OPENAI_ENDPOINT` environment variable",
        ),
        (
            "azure_endpoint_misconfigured",
            r#"POST https://acme.openai.azure.com/openai/chat 404 {"error":{"code":"404","message":"Resource not found"}} api-version=2024-10-21"#,
        ),
        (
            "azure_key_or_endpoint",
            r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}"#,
        ),
        ("azure_key_or_endpoint", "Azure OpenAI 401: invalid subscription key for this resource"),
    ]);
}

//! Rules for causes in whether the caller may use the model that was asked for, and under which name it is known.

use super::seen::{is_fine_tuned, is_for_responses, is_local_server, model_of_another};
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // Nothing of that name.
    Rule::new("model_not_found", 5.2).codes(&["model_not_found", "modelnotfound", "model_not_exist", "unknown_model",
        "invalid_model", "model_invalid", "invalidendpointormodel.notfound", "model_not_supported", "invalid_model_id",
        "model_not_found_error", "modelnotexist", "model_does_not_exist", "invalidmodel", "unsupported_model"]).of_an_api(),
    Rule::new("model_not_found", 4.8).says(&[
        concat!(model_words!(), "|model= &", not_there!(), "& !tool|role|file|image url|value for|json|schema|function|\
                deployment|api version could|content type|parameter|download|webgl|module|texture|mesh|3d|database|\
                invalid content|field|response_format|temperature|argument|class|django|relation|dataset|vertexbuffer|\
                thought_signature|property|entity|attribute|import"),
        "model. & not a valid|not valid|is invalid|not exist|does not exist|unknown|invalid model",
        "provided model identifier is invalid|not a valid model id|not a valid model|unknown provider for model|\
         no such model|invalid model id|invalid model name|model does not exist|unsupported model|model_not_found",
        "model & can not be found|not recognized|not have access to it|not supported & generatecontent|listmodels|endpoint|\
         provider|account|api version & !image|tool|temperature",
        "publisher model & not found|was not found|not have access",
        "无可用渠道|没有可用渠道|no available channel|no available providers|no healthy deployments|no deployments available & \
         模型|model|分组|group",
    ])
    .of_an_api(),
    Rule::new("model_not_found", 5.0).says(&[
        "not_found_error|not found error|404 & model claude|model sonnet|model opus|model haiku|model gpt",
        "model & does not exist or you do not have access",
        "not found the model",
    ])
    .of_an_api(),
    Rule::new("model_not_found", 5.0).codes(&["not_found_error", "notfounderror", "not_found"])
        .says(&["model|models/ & !response|file|tool|conversation|item|run"]).of_an_api(),
    Rule::new("model_not_found", 4.6).params(&["model"]).statuses(&[404]).of_an_api(),
    Rule::new("model_not_found", 3.2).params(&["model"]).codes(&["invalid_request_error", "invalid_value"]).of_an_api(),
    Rule::new("model_not_found", 2.2).exceptions(&["notfounderror"]).of_an_api(),
    Rule::new("model_not_found", 2.0).statuses(&[404]).says(&["model"]).of_an_api(),
    Rule::new("model_wrong_provider", 6.3)
        .says(&[concat!(model_words!(), "|model= &", not_there!()), "model. claude|model. gpt|model. gemini"])
        .when(model_of_another).of_an_api(),
    Rule::new("model_wrong_provider", 6.0).codes(&["model_not_found", "not_found_error", "invalid_model"])
        .when(model_of_another).of_an_api(),
    // The part of the name before the slash is what is not known.
    Rule::new("model_wrong_provider", 6.2)
        .says(&["invalid provider|unknown provider|unsupported provider|unrecognized provider|unrecognised provider|no such provider|provider is not supported|provider is unknown & \
                 !identity|oauth|sso|login|credential|terraform|payment|wallet|web3|api key|llm provider"])
        .only_of_an_api(),
    Rule::new("finetuned_model_not_found", 6.8)
        .says(&[concat!(model_words!(), "|fine-tune|fine tuned|finetune|fine-tuned &", not_there!())])
        .when(is_fine_tuned).of_an_api(),
    Rule::new("finetuned_model_not_found", 6.8).codes(&["model_not_found"]).when(is_fine_tuned),
    Rule::new("finetuned_model_not_found", 6.4)
        .says(&[concat!("fine-tuned model|finetuned model|fine tuned model|custom model|tunedmodels &", not_there!(), "|deleted|no access")])
        .of_an_api(),
    // Names that local servers and LiteLLM know.
    Rule::new("model_not_pulled", 7.0).says(&["try pulling it|ollama pull|pull the model|pull it first|needs to be pulled"])
        .when(|c| c.sentences.iter().any(|s| s.normal.contains("model") || s.normal.contains("pull"))),
    Rule::new("model_not_pulled", 6.4).says(&[
        "model & not found|not installed|not downloaded|not available locally|does not exist|missing|no such & ollama|locally|\
         pull|download",
        "no models loaded|please load a model|no model loaded|lms load|no model is loaded|no models are loaded|model is not loaded|\
         model not loaded|未加载模型|模型未加载",
    ])
    .of_an_api(),
    Rule::new("model_not_pulled", 6.2).says(&["model & not found & !does not exist"]).when(|c| c.is_about("ollama")
        || c.addresses.iter().any(|a| a.port == Some(11434))),
    Rule::new("model_name_mismatch_local", 6.4).says(&["the model|model & does not exist|not exist & !access"])
        .when(|c| is_local_server(c) || is_open_answer(c)),
    Rule::new("model_name_mismatch_local", 6.6).says(&["model|lora & served-model-name|served model name|served models|loaded models|\
        --alias|available models"])
        .when(is_local_server).of_an_api(),
    Rule::new("model_name_mismatch_local", 6.2).says(&["model & not found|unknown|not loaded|does not exist|no such"])
        .when(|c| is_local_server(c) && !c.is_about("ollama") && !c.addresses.iter().any(|a| a.port == Some(11434))),
    Rule::new("litellm_provider_missing", 7.2).says(&["llm provider & not provided|pass in", "provider list & docs.litellm.ai"]),
    Rule::new("litellm_provider_missing", 6.2).says(&["litellm|model & unmapped llm provider|provider not provided|provider prefix|\
        prefix the model"]),
    // Retired, loading, elsewhere.
    Rule::new("model_deprecated", 6.6).says(&[
        concat!(model_words!(), "|version|gpt-|claude|gemini|llama|davinci|ada.|curie|babbage|mixtral & deprecated|decommissioned|retired|\
                sunset|end of life|end of its life|end-of-life|eol.|shut down|shutdown|discontinued|no longer available|\
                no longer supported|no longer served|no longer offered|no longer exists|no longer accessible|marked by provider as legacy|was removed on|\
                is legacy|been removed|has been replaced|已下线|已停用|已弃用|停止服务|下架|eingestellt|veraltet|obsolète|retiré|\
                obsoleto|descontinuad|retirad|устарел|больше не|снят|廃止|提供終了 & !temperature|parameter|is deprecated for|openai>=|function|\
                header|endpoint is deprecated|in openai|library|package|argument|api version|supported in|top_p|python|node"),
        "model_decommissioned|model_deprecated|model_gone|model_retired",
        "this model version has reached",
    ])
    .of_an_api(),
    Rule::new("model_deprecated", 6.6).codes(&["model_decommissioned", "model_deprecated", "model_gone", "model_retired",
        "deprecatedmodel", "servicemodeldeprecated", "model_shutdown", "model_sunset", "servicemodeldeprecating",
        "deprecated_model"]),
    Rule::new("model_deprecated", 5.9).says(&["model & not found|not exist|no such|unknown"]).when(is_long_gone).of_an_api(),
    Rule::new("model_loading", 6.6).says(&[
        "model|checkpoint|weights|engine|endpoint|server|模型 & currently loading|is loading|still loading|being loaded|loading model|starting up|\
         warming up|cold start|not ready|is initializing|scaled to zero|加载中|正在加载|wird geladen|chargement|cargando|загружается \
         & !modules|unexpected|failed to load|error loading|error while loading",
        "loading model & !error loading|failed|unable|terminated|crash|allocate",
        "estimated_time",
    ])
    .of_an_api(),
    Rule::new("model_loading", 6.2).codes(&["model_loading", "modelnotreadyexception", "model_not_ready", "deploymentnotready"]),
    Rule::new("model_loading", 5.8).tells("is currently loading|estimated_time & model"),
    Rule::new("model_not_serverless", 6.8).says(&[
        "non-serverless|not serverless|serverless & model|endpoint|access & non-serverless|not|no.|unable|only|unavailable|requires & !function|timeout|runtime",
        "dedicated endpoint|dedicated deployment|dedicated inference & create|start|require|only|deploy|need",
        "model & too large to be loaded automatically|not deployed by any inference provider|deployed on dedicated|\
         not currently deployed|is not deployed|provisioned throughput only|requires provisioned & !inaccessible|not found",
        "model & not supported by any provider you have enabled",
    ])
    .of_an_api(),
    Rule::new("model_not_serverless", 6.2).codes(&["model_not_available"]).says(&["serverless|dedicated|deploy|endpoint"]),
    Rule::new("model_not_serverless", 5.3).codes(&["model_not_available"]).of_an_api(),
    // Who may use it.
    Rule::new("project_lacks_model", 7.0).says(&[
        "project. |proj_|team. |api key|this key|virtual key|key.|user.|group.|令牌|分组|organization level|project level|workspace & \
         not have access|not allowed|no access|can only access|not permitted|is blocked|not authorized|无权访问|无权使用|不允许 \
         & model|模型 & !publisher model|organization must|ip address|inference profile|or your project|or your team|specified model id|\
         your account|service account|does not exist or",
    ])
    .of_an_api(),
    Rule::new("project_lacks_model", 7.0).codes(&["key_model_access_denied", "team_model_access_denied",
        "user_model_access_denied", "model_permission_blocked_org", "model_permission_blocked_project", "model_access_denied",
        "org_model_access_denied", "project_model_access_denied", "key_lacks_model"]),
    Rule::new("org_verification_required", 7.2).says(&[
        "organization|account|identity & must be verified|verify organization|verified to|needs to be verified|verification required|\
         requires verification|not verified|unverified|verification",
        "biometric|government id|verified organization",
        "组织 & 验证|认证",
    ])
    .of_an_api(),
    Rule::new("model_access_tier", 6.2).says(&[
        "model|gpt|claude|gemini|模型 & tier|waitlist|wait list|early access|limited preview|private preview|gated|accept the terms|\
         terms acceptance|accept the license|agree to|requires acceptance|pro subscription|paid plan|upgrade your plan|\
         your plan|subscription plan|premium|allowlist|allow-listed|whitelist|request access|not activated|\
         activate the model|开通|申请 & !tokens per|rate limit|requests per|quota|service tier|tpm|rpm|free tier|model access page|image & \
         not|requires|only|need|must|access|upgrade|limited|未|请|required",
        "how-can-i-access|how can i access gpt",
        "not supported when using & account|plan|subscription|chatgpt",
        "access to model & restricted|gated|denied",
        "gated repo|restricted model|awaiting a review|ask for access",
    ])
    .of_an_api(),
    Rule::new("model_access_tier", 6.2).codes(&["modelnotopen", "model_terms_required", "no_access", "model_not_allowed",
        "gatedrepo", "specialfeatureorquotaidrequired", "tier_insufficient", "plan_not_supported", "model_requires_upgrade"])
        .of_an_api(),
    Rule::new("model_access_tier", 6.3).says(&[
        "subscribe|subscribed|subscription|upgrade|upgraded|paid plan|pro plan|a plan. & must|need|needs|requires|required|have to|in order to|please|only & models|use this model|access this model|\
         these models|this feature & !rate limit|per minute|per day|quota|credits|api version|azure subscription|subscription key|upgrade the package|pip|payment",
    ])
    .statuses(&[402, 403]).of_an_api(),
    Rule::new("model_access_tier", 4.6).says(&["you do not have access to & model|gpt & !specified model id|does not exist"]).of_an_api(),
    Rule::new("model_access_tier", 4.0).says(&["does not exist or you do not have access & model|endpoint"]).of_an_api(),
    // What it is served by.
    Rule::new("chat_model_on_completions", 7.0).says(&[
        "is a chat model & completions|not supported|endpoint",
        "chat model|model & not supported & v1/completions|/v1/completions & !v1/chat/completions endpoint|in the v1/chat/completions",
        "mean to use v1/chat/completions|mean v1/chat/completions|mean to use /v1/chat",
        "use & chat/completions|chat completions & instead & !max_tokens|responses",
        "only supported & chat/completions|chat completions & !v1/responses",
    ])
    .of_an_api(),
    Rule::new("completion_model_on_chat", 7.0).says(&[
        "not a chat model",
        "did you mean to use v1/completions",
        "model|operation & not support|not supported|not work|not compatible & chat completion|chatcompletion|chat/completions|chat api|chat format|\
         chat template & !responses|response api|only supported in|tools|image|codex|role",
        "no chat template|chat template is not|chat_template & not|missing|none|undefined|set",
        "model & not support & generate.|chat.|converse|conversational & !chat model|tool|image|stream|role|system|generatecontent",
        "not supported for task|supported task|available task",
    ])
    .of_an_api(),
    Rule::new("completion_model_on_chat", 6.5).codes(&["operationnotsupported", "unsupported_operation"]).of_an_api(),
    Rule::new("model_responses_only", 7.6).says(&[
        "only supported|only available|only accessible|only be used|only be called|can only be|only works|must use|must be used|please use|use the|requires & v1/responses|responses api|\
         /responses. & !previous|conversation",
        "not accessible via|not available via|not supported via|not supported on|not supported in & /chat/completions|chat completions & !v1/completions|chat model",
    ])
    .of_an_api(),
    Rule::new("model_responses_only", 7.6).codes(&["unsupported_api_for_model"]),
    Rule::new("model_responses_only", 7.8).says(&["not a chat model|not supported & completions|endpoint"]).when(is_for_responses)
        .of_an_api(),
    Rule::new("model_no_vision", 7.0).says(&[
        "image_url|image input|image inputs|images|vision|image content|image-input|multimodal|image.|image data|图片|图像|视觉 & not support|only supported by|\
         unsupported|not available|can not process|not enabled|not accept|at most 0|not a multimodal|can not read|not capable|不支持|nicht unterstützt|no admite|\
         non pris en charge & !format|formats|mime|media type|media_type|url is not|urls are|unsupported image|uploaded|size|\
         external|base64|http|dimensions|supported image|png",
        "no endpoints found & image",
        "expected text|input should be text|should be text & image_url|image",
        "unknown variant & image_url & expected",
    ])
    .of_an_api(),
    Rule::new("model_no_vision", 6.6).says(&["input should be text|unknown variant image_url|expected text"])
        .when(|c| c.request_body.contains("image_url") || c.request_body.contains("input_image")),
    Rule::new("model_no_tools", 7.0).says(&[
        "tool use|tools|tool calling|function calling|functions|tool_choice|tool calls|tool-use|工具|函数调用 & not support|unsupported|no endpoints found|\
         not available|not enabled|not capable|is not supported|不支持|nicht unterstützt|no admite|non pris en charge & !schema|parallel|\
         enable-auto|temperature|parameter|top_p|max_tokens|strict|type|web_search|with reasoning_effort|format|role|content|keyword|streaming|combined|together",
        "not support tools|not support tool|not support function call|not support tool_choice & !parallel|schema|role|streaming",
    ])
    .of_an_api(),
    Rule::new("openrouter_no_endpoints", 6.9).says(&[
        "no endpoints & data policy|guardrail|privacy|provider|routing|found|available & !tool|image|audio",
        "no allowed providers|no available provider|all providers & model|selected|ignored|available|routing",
    ])
    .of_an_api(),
    // A setting of the account left none of them.
    Rule::new("openrouter_no_endpoints", 7.2)
        .says(&["endpoint.|endpoints|provider.|providers & excluded|exclude|filtered|removed|ruled out|ignored|left out & setting|settings|policy|preference|privacy|training|retention"])
        .providers(&["openrouter"]),
];

/// vLLM and SGLang answer with `object: error` and the status as the code.
fn is_open_answer(case: &crate::explain::case::Case) -> bool {
    case.code_is(&["notfounderror"]) || case.sentences.iter().any(|s| s.normal.contains(" object error "))
}

/// Models that their makers have shut down.
fn is_long_gone(case: &crate::explain::case::Case) -> bool {
    const GONE: [&str; 12] = [
        "text-davinci",
        "code-davinci",
        "code-cushman",
        "gemini-pro",
        "gemini-1.0",
        "gemini-1.5",
        "claude-2",
        "claude-instant",
        "gpt-3.5-turbo-0301",
        "text-bison",
        "chat-bison",
        "mixtral-8x7b-32768",
    ];
    let gone = |name: &str| {
        let plain = name.trim_start_matches("models/");
        GONE.iter().any(|start| plain.starts_with(start)) && !plain.contains('@')
    };
    case.models.first().is_some_and(|m| gone(m))
}

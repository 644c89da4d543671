//! How APIs refuse one part of a request, in the words of validators and of vendors that only few others use.
//!
//! Above the broad rules and beside the finer ones: each joins the part (a member, a list, a message) with what a
//! validator prints of it, so that it holds for whichever vendor runs that validator.

use super::facts;
use crate::explain::case::{Case, Standing};
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // A validator of JSON schemas that Bedrock shows as it is: `#/texts/41: expected maxLength: 2048, actual: 2100`.
    Rule::new("param_out_of_range", 5.8).says(&[
        "is not & less or equal to|greater or equal to|less than|greater than|less or equal|greater or equal",
        "expected maximum item count|expected minimum item count & found|actual",
        "is not a valid enum value|not a valid enum value|value is not a valid enumeration member|invalid enum value",
    ]),
    Rule::new("max_tokens_too_large", 6.2)
        .says(&["is not & less or equal to|less than or equal to"])
        .when(|case| limits_the_answer(case) && !facts::mentions(case, &["temperature", "top_p", "top_k", "topp"])),
    Rule::new("param_out_of_range", 5.8)
        .says(&["expected maxlength|expected minlength & actual|found"])
        .when(|case| !facts::mentions(case, &["/prompt", "/inputtext", "/messages"])),
    Rule::new("param_invalid_type", 5.4).says(&["expected type & found|actual & !messages|content|tool"]).of_an_api(),
    Rule::new("messages_format_invalid", 6.0)
        .says(&["expected type & found|actual", "subschema matches|subschema matched|subschemas"])
        .when(|case| facts::mentions(case, &["/messages", "/content"])),
    Rule::new("param_invalid_type", 4.8).says(&["subschema matches|subschema matched|schema violations found & !messages"]),
    // Zod and its like: `messages.4.content.0.type: Invalid literal value, expected "text"`.
    Rule::new("messages_format_invalid", 5.8)
        .says(&["invalid literal value|invalid discriminator value|invalid input expected|invalid union|invalid_union|no matching discriminator"])
        .when(|case| facts::mentions(case, &["messages.", "messages ", ".content.", "content."])),
    Rule::new("messages_format_invalid", 6.6).says(&[
        "message content type|content part type|content item type|message part type & invalid.|unknown|unsupported|unexpected|<nil>|nil|null|none",
    ]),
    Rule::new("content_type_wrong", -4.0).says(&["message content type|content part type|<nil> & !header|application/json"]),
    // Lists in which each item needs something.
    Rule::new("message_empty_content", 6.2).says(&[
        "all elements|every element|each element|all items|every item|each item|all entries|each entry|all messages|every message|each message & \
         history|messages|message|chat_history|contents & must have|must contain|need|has no|have no|without a|requires & message|content|text|part & \
         !role|tool|type",
    ])
    .of_an_api(),
    Rule::new("embedding_input_invalid", 6.3)
        .says(&[
            "batch size|batch_size|batchsize & > |>.|exceed|maximum|too large|larger|at most|allowed|greater|more than & \
             !training|train|gpu memory|cuda|max_num_batched|upload|insert",
            "too many inputs|max number of inputs|maximum number of inputs|number of inputs & !tokens",
            "texts|inputs|documents|input array|input list & at most|maximum|too many|total number|more than|exceed & texts|inputs|items|\
             elements|entries|documents|96|128|2048|10. & !token|tokens|length|image|files|characters|file",
        ])
        .only_of_an_api(),
    Rule::new("embedding_input_invalid", 5.2)
        .says(&["input batch size|too many inputs for model|max number of inputs is & > |>.|maximum|max"]),
    Rule::new("context_length_exceeded", -3.0).says(&["too many inputs|number of inputs|batch size & !physical"]),
    Rule::new("embedding_input_invalid", -5.0).says(&["physical batch size"]),
    Rule::new("context_length_exceeded", 5.8)
        .says(&["too large to process & physical batch|batch size|ubatch", "truncat & input|prompt & limit & !budget|schema"]),
    // Parameters.
    Rule::new("param_unsupported", 6.0)
        .says(&[
            "argument|parameter & not supported on|not supported by|not supported for|not supported with|not support|does not accept|\
             not applicable & model & !value|image|role|format|dimensions|temperature|max_tokens|tools|tool_choice",
            "not support & parameter|argument|the option|the setting & !value|image|role|message|format|dimensions|temperature|max_tokens|tools|tool_choice",
            "parameter|argument|field & has moved to|moved to|was moved|has been renamed|is now",
        ])
        .when(names_a_parameter),
    Rule::new("param_unsupported", 7.4).says(&["unsupported parameter|unknown parameter & moved to|has moved|use the new parameter"]),
    Rule::new("base_url_wrong", -6.0).says(&["unsupported parameter|unknown parameter|parameter has moved"]),
    Rule::new("key_placeholder", -4.5).says(&["argument not supported|parameter not supported|not support parameter"]),
    Rule::new("stream_interrupted", -4.0).statuses(&[400, 422]).says(&["not support|unsupported|invalid.|unknown"]),
    Rule::new("response_format_unsupported", 7.3).says(&[
        "response_format.type|response_format type|response_format|text.format.type & invalid value|unsupported value|invalid.|not valid|must be one of & \
         json_schema|json_object & supported values|supported value|allowed values|only|must be one of & !schema name|properties|additionalproperties",
    ]),
    Rule::new("param_out_of_range", 5.2)
        .says(&["tool_choice|tool choice & must be|must either|should be|one of|only|can only & auto|none|required|named tool & !enable-auto|parser|thinking|not support"])
        .of_an_api(),
    Rule::new("too_many_tools", -4.0).says(&["string too long|description|characters|character limit"]),
    Rule::new("param_missing", 5.2).when(only_names_a_member).of_an_api(),
    Rule::new("param_out_of_range", 4.4)
        .says(&["invalid value|unsupported value|illegal value|is not a valid value & supported values|allowed values|accepted values|must be one of|expected one of|\
                 valid values & !system|role|json_schema|json_object|input_text"])
        .only_of_an_api(),
    Rule::new("param_unknown", 6.4).says(&["property & is unsupported|not supported|not allowed & !schema|tool|does not support|model"]).of_an_api(),
    Rule::new("param_missing", 7.0).says(&["deserialize|deserialise|parse|json body|request body & missing field|missing required field & !response|choices|messages.|tool"])
        .of_an_api(),
    Rule::new("response_shape_unexpected", -5.0).says(&["json body|request body & missing field|missing required field"]),
    // The APIs of one vendor.
    Rule::new("chat_model_on_completions", 7.4).says(&[
        "use|switch|try|migrate & chat api|chat endpoint|chat/completions|chat completions|messages api|converse & instead & generate api|generate.|\
         generate endpoint|completion api|text completion|legacy & !not a chat model|v1/completions instead",
        "generate api|completions api|text completions api & not supported|not available|removed|no longer & model & !chat api is",
    ])
    .of_an_api(),
    Rule::new("endpoint_not_found", 5.4).codes(&["api_not_supported", "endpoint_not_supported", "unsupported_api", "unsupported_endpoint"]),
    Rule::new("endpoint_not_found", 4.8)
        .says(&["requested api|requested endpoint|this api|this endpoint|operation & is not supported|not supported|not implemented & !model|parameter|deployment"])
        .of_an_api(),
    Rule::new("role_order_invalid", 5.8).says(&[
        "messages|conversation|history|contents & must contain|must include|at least one|requires|needs|no. & user message|user role|role user|user query|user turn & \
         !text|content must",
        "no user query found|no user message found",
    ])
    .of_an_api(),
    Rule::new("messages_format_invalid", 5.0)
        .says(&["content & required field|is required|field required|must be present & !content-type|length|safety|image|model|api key|token"])
        .of_an_api(),
    Rule::new("response_format_schema_invalid", 6.4).says(&["schema & too many states|too complex|nested too deeply|too deep|too many properties & !function|tool|graphql"])
        .of_an_api(),
    Rule::new("param_invalid_type", 4.8).says(&["str type expected|int type expected|none is not an allowed value & !messages|content"]).of_an_api(),
    Rule::new("response_format_schema_invalid", 4.9).says(&["failed to generate json|json_validate_failed|failed to produce valid json"]).of_an_api(),
    Rule::new("completion_model_on_chat", 7.1).says(&["not support & chat.|generate. & !tool|tools|image|parameter|role|instead|stream|responses"]).of_an_api(),
    Rule::new("json_body_invalid", -3.0).says(&["unknown name & can not find field"]),
    Rule::new("model_no_vision", -4.0).says(&["input should be & tool_use|document|thinking|input_text|output_text",
        "invalid discriminator|invalid literal|invalid union|invalid_union"]),
    Rule::new("model_not_found", -3.0).says(&["unknown error"]),
    Rule::new("model_deprecated", -5.0).says(&["runner process|no longer running"]),
    Rule::new("tool_results_missing", 7.0).says(&["tool_use ids without|tool_calls without|tool calls without|tool call without|function calls without & !preceding|previous"]),
    Rule::new("tool_result_orphan", 6.4)
        .says(&["tool role|role tool|tool message|tool result & no previous|no preceding|no earlier|without a previous|without a preceding & !must be followed"])
        .of_an_api(),
    Rule::new("insufficient_quota", 4.4).says(&["hit|reached & the quota|quota that|your quota & !per minute|per day|daily|free"]).only_of_an_api(),
    // What a conversation must carry along.
    Rule::new("thinking_block_missing", 7.0).says(&[
        "reasoning_content|reasoning_text|reasoning content|reasoning text|reasoning_details|reasoning details|thinking content|thinking_content & passed back|\
         pass back|must be passed|sent back|send back|returned to the api|be returned|echoed|must be included|must be provided|must be preserved|must be kept|\
         not passed|was not|is missing|missing|回传|传回|必须 & !unknown|unsupported|not permitted|must not|not supported|extra inputs",
    ]),
    Rule::new("messages_format_invalid", 5.6)
        .says(&["reasoning_content|reasoning content & must not|should not|not allowed|not accepted|remove. & message|messages|input|field & !model"]),
    Rule::new("responses_item_missing", 6.8).says(&[
        "encrypted_content|encrypted content|encrypted reasoning & not issued|another organization|different organization|other organization|not belong|belongs to|\
         can not be used|different model|another model|different account|another account|expired|can not be decrypted|not match",
    ]),
    // What a safety system stopped.
    Rule::new("content_policy", 6.6)
        .says(&[
            "response|prompt|image|content|generation|output|picture|video|text. & blocked|rejected|filtered|refused|stopped|may violate|violates|violated|goes against|\
             against & policy|policies|guardrail|guideline|content filter|safety|nudity|sexual|erotic|violence|graphic|hateful & !cors|\
             ip address|waf|cloudflare|firewall|your account has|account has been|account was|organization has been|security policy|web filter|internet usage|data policy|\
             content management|access policy|key.",
            "content filter|content filters|safety filter|safety filters|image_safety|safety policy & blocked|refused|rejected|violat|stopped|filtered & \
             !content management",
        ])
        .of_an_api(),
    Rule::new("content_policy", 5.2)
        .says(&["demande|requête|anfrage|solicitud|petición|solicitação|pedido|richiesta|запрос|リクエスト|요청|请求|内容|图片 & refus|abgelehnt|rechazad|recusad|rifiutat|отклон|\
                 拒否|거부|拦截|拒绝 & politique|richtlinie|política|politica|политик|ポリシー|정책|策略|安全|违反|违规|敏感"])
        .only_of_an_api(),
    Rule::new("waf_blocked", -4.0).says(&["内容|生成|提示词|prompt & 违反|违规|敏感|安全策略|审核"]),
    Rule::new("account_deactivated", -5.0)
        .says(&["response is blocked|response was blocked|prompt was blocked|request has been blocked|request was blocked & violat|filter|polic"]),
    Rule::new("image_invalid", -4.0).says(&["blocked|violat|refused & filter|polic|guardrail|safety"]),
    // Plans and keys that are limited.
    Rule::new("model_access_tier", 6.6).says(&[
        "plan.|subscription|package|tier.|套餐|资源包 & not include|not yet include|not support|not cover|not contain|not come with|has no access|no access|not allow|不包含|不支持|\
         暂未|未开放 & model|access to|glm|gpt|claude|gemini|minimax|qwen|kimi|deepseek|模型 & !tools|image|parameter|quota exceeded|rate limit|per minute",
    ])
    .of_an_api(),
    Rule::new("model_access_tier", 6.2).says(&["accept the license|accept the terms|agree to the license|is gated|gated repo & access|use|model|repo"]).of_an_api(),
    Rule::new("gateway_budget_exceeded", 7.0).says(&["key limit exceeded|key limit reached|limit of this key|limit of the key"]).of_an_api(),
    // The stream's end is told with its reason.
    Rule::new("stream_interrupted", -5.0).says(&[
        "stream disconnected before completion|stream error|stream closed & usage limit|rate limit|quota|not supported|unauthorized|context window|context length|credits|\
         overloaded|at capacity|policy|high demand|does not exist|try again at",
    ]),
    // A model that is a function of a cloud.
    Rule::new("model_not_found", 7.2).says(&["function. & account & not found|is not found|does not exist & !tool|call"]),
    Rule::new("endpoint_not_found", -3.0).says(&["function. & account & not found"]),
    // Files of the machine itself.
    Rule::new("permission_denied", -6.5)
        .says(&["permission denied|access denied & directory|eacces|errno 13|chmod|sudo|/var/|/etc/|/usr/|/home/|publickey|docker.sock|mkdir|remote repository"]),
    Rule::new("embedding_dimension_mismatch", -8.0).says(&["hnsw|ivfflat|halfvec & more than|maximum|at most"]),
    // Lengths and rates.
    Rule::new("rate_limit_tokens", -4.0).says(&["tokenize|tokenizer|n_ctx|kv cache|ggml|llama_"]),
    Rule::new("context_length_exceeded", 5.6).says(&["llama_tokenize|tokenize|tokenizer|llama_decode|llama_eval & too many tokens|n_ctx|exceed"]),
    Rule::new("rate_limit_requests", 5.4).says(&["quota|limit|rate"])
        .when(|case| facts::mentions(case, &["requestspersecond", "requests_per_second", "requestsperhour", "persecond"])),
    // A server that is away for the moment, whatever type its error has.
    Rule::new("service_unavailable", 5.2)
        .says(&["service temporarily unavailable|service is temporarily|temporarily unavailable|service unavailable & !overload|high demand|busy|capacity|model"])
        .of_an_api(),
    Rule::new("server_error", -1.5).says(&["service temporarily unavailable|service is temporarily|service unavailable"]),
];

/// The length of the answer is what the request sets, by any of its names.
fn limits_the_answer(case: &Case) -> bool {
    const NAMES: [&str; 6] =
        ["max_tokens", "maxtokens", "max_new_tokens", "max_output_tokens", "max_gen_len", "maxtokencount"];
    facts::mentions(case, &NAMES) || NAMES.iter().any(|name| case.request_body.contains(name))
}

/// The message names a parameter of such requests, in either way of writing it.
fn names_a_parameter(case: &Case) -> bool {
    const NAMES: [&str; 20] = [
        "presencepenalty",
        "presence_penalty",
        "frequencypenalty",
        "frequency_penalty",
        "top_p",
        "topp",
        "top_k",
        "topk",
        "stop.",
        "logprobs",
        "logit_bias",
        "logitbias",
        "seed",
        "temperature",
        "reasoning_effort",
        "reasoningeffort",
        "parallel_tool_calls",
        "response_format",
        "service_tier",
        "stream_options",
    ];
    !case.params.is_empty() || facts::mentions(case, &NAMES)
}

/// The whole message is the name of a member, as where a server prints the key that it looked for in vain: `'model'`.
fn only_names_a_member(case: &Case) -> bool {
    const MEMBERS: [&str; 8] = ["model", "messages", "prompt", "input", "content", "role", "max_tokens", "stream"];
    case.sentences.iter().any(|sentence| {
        let text = sentence.text.trim();
        let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        sentence.standing == Standing::Message && quoted.is_some_and(|name| MEMBERS.contains(&name))
    })
}

#[cfg(test)]
mod tests;

//! The shape of messages, their roles and the order of these.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // A text where an object with `url` belongs.
    Rule::new("messages_format_invalid", 6.6).when(|case| image_url_is_text(case) && !case.status_is(&[401, 403, 404, 429])).of_an_api(),
    Rule::new("messages_format_invalid", 5.0)
        .says(&[
            "content|messages|message content & expected a string|expected an array|expected string|expected one of|got null|got an object|\
             got an array|must be a string|must be string|should be a string|should be a valid string|should be a valid list|must be an array|\
             is not of type|invalid type|must not be null|cannot be null|is null|nonetype|wrong shape & !content-type|content type",
            "messages & should be a list|must be a list|must be an array|is not iterable|at least one message|at least one|cannot be empty|\
             is empty|must not be empty|is too short|too short|non-empty array|not be empty|required property & !content blocks|empty content|\
             text content",
            "content part|content block|content item|content parts|content.type|message part|part type & invalid.|unsupported|unknown|\
             unexpected|supported values|must be one of|expected",
            "messages & unknown variant|missing field|untagged enum|invalid type|did not match|input should be|input tag|union_tag|extra \
             inputs|field required & !tools|image_url|role.",
            "message & must have|must contain|should have|should contain & content|role.|parts & !non-empty|empty|json|tool",
            "at least one contents field|contents is not specified|contents is required|contents must not be empty|contents.parts must not be \
             empty|must include at least one parts field|empty parts|required oneof field data",
            "prefill|assistant message prefill & not support|not supported",
            "final assistant content & trailing whitespace",
            "must end with a user message|conversation must end|last message must|last message should|final message & user|role.|assistant|prefill",
            "supported values are & input_text|output_text|input_image|refusal",
            "消息|messages & 格式|内容 & 错误|无效|不合法",
            "only text content|only supports text content|only string content|content must be a string|content should be a string",
        ])
        .of_an_api(),
    Rule::new("messages_format_invalid", 4.6)
        .params(&["messages*", "body.messages*", "contents*", "*.content", "*.content.str", "prompt"])
        .codes(&["string_type", "list_type", "invalid_type", "union_tag_invalid", "model_attributes_type", "dict_type", "missing", "none.not_allowed", "value_error*", "type_error*"]),
    Rule::new("messages_format_invalid", 3.6)
        .params(&["messages*", "body.messages*", "contents*"])
        .statuses(&[400, 422])
        .codes(&["invalid_value", "invalid_request_error", "badrequesterror", "invalid_argument", "invalid_request"]),
    Rule::new("messages_format_invalid", -2.0).says(&["role & unsupported|not supported|unknown variant", "tool_call|tool_use|tool_result|tool_calls"]),
    Rule::new("messages_format_invalid", -2.0).says(&["non-empty|is empty|be empty & text|content"]),
    Rule::new("messages_format_invalid", -3.0).says(&["tools|function.name|tool_choice"]),
    Rule::new("messages_format_invalid", -2.5).says(&["image/jpeg|media_type"]),
    Rule::new("messages_format_invalid", -2.0).says(&["string too long|array too long|above maximum|maximum length"]),
    Rule::new("messages_format_invalid", -1.5).says(&["image_url|image & not support|only supported"]),
    // What a server's template of the conversation refuses, or cannot do with it.
    Rule::new("messages_format_invalid", 6.4).says(&[
        "can not pass both|can not have both|can not contain both|not both|only one of|either one or the other|in one or the other|mutually exclusive|both & thinking|reasoning|tool calls|tool_calls|content|parts & \
         assistant|message|messages & !max_tokens|temperature|json",
    ])
    .of_an_api(),
    Rule::new("messages_format_invalid", 5.4)
        .says(&["rendering prompt|render prompt|rendering the prompt|render the prompt|apply chat template|applying chat template|applying the chat template|render chat template|chat template|\
                 jinja|raise_exception & message|messages|content|role|conversation|parts|undefined|undefinedvalue & error|failed|exception|can not|could not|unable & !alternate|--jinja|no chat template|not set|enable"])
        .of_an_api(),
    Rule::new("model_not_found", -5.0).says(&["prompt template|jinja|chat template|rendering prompt|render prompt"]),
    // Empty text.
    Rule::new("message_empty_content", 6.0).says(&[
        "must be non-empty|must have non-empty|must not be empty|cannot be empty|can not be empty|should not be empty|cannot be blank|\
         is empty|empty content|empty text|contain non-whitespace|non-whitespace text|blank text|may not be empty|not be empty & content|\
         text|message|messages|block|blocks|parts|prompt|.text & !messages array|messages list|input cannot|the input|error is empty|\
         response body is empty|messages must not be empty|messages cannot be empty|input must",
        "text field & contentblock|content block & blank|empty",
        "empty & message content|text content|user message|assistant message|system message|system prompt|content block",
        "unable to submit request & text parameter|empty text|must have a text",
        "message & neither content|content or tool_calls|either content|content or",
        "消息|内容|content & 不能为空|为空",
    ])
    .of_an_api(),
    Rule::new("message_empty_content", 5.6).says(&["must be at least 1 token long"]).of_an_api(),
    Rule::new("messages_format_invalid", 5.8).exceptions(&["ai_invalidprompterror", "ai_messageconversionerror"]),
    Rule::new("message_empty_content", -2.5).says(&["response & empty|no content|none", "the model & returned & empty"]),
    // Roles.
    Rule::new("role_unsupported", 6.2).says(&[
        "system role|system message|system prompt|system instruction|developer role|developer instruction|developer message|tool role|\
         function role|role system|role developer|role tool|role function|system_instruction & not supported|unsupported|not support|not \
         allowed|not enabled|not permitted|does not accept|cannot be used|invalid.|unknown|unexpected & !alternate|middle|beginning|first|\
         too long",
        "role|.role|roles & not supported|unsupported|not one of|must be one of|does not support|unknown variant|not in|invalid value|unknown \
         role|invalid role|unexpected role|only user|valid role|should be one of|not a valid|input should be|not recognized|allowed roles & \
         !alternate|iam|rbac|service account|assume|arn:aws|permission|consecutive|in a row|first message",
        "is not one of & system & assistant & user",
        "content with role",
        "use a valid role|please use a valid role|invalid role|unknown role|unexpected message role",
        "unknown variant & system|user|assistant|developer|tool & expected one of",
        "unexpected role & use the top-level system|top-level",
        "角色 & 不支持|无效|错误",
        "role & 不支持|无效|必须",
    ])
    .of_an_api(),
    Rule::new("role_unsupported", 6.2)
        .codes(&["unsupported_value", "invalid_value", "literal_error", "enum"])
        .params(&["*.role", "*role"]),
    Rule::new("role_unsupported", 5.8).says(&["role & not supported|unsupported"]).exceptions(&["templateerror"]),
    Rule::new("role_unsupported", -2.5).says(&["must be satisfied|property & is unsupported"]),
    Rule::new("role_unsupported", -2.0).says(&["must be a response|preceding|preceeding|followed by|function call turn"]),
    Rule::new("role_order_invalid", 6.4).says(&[
        "roles|role|messages|conversation|turns|message & must alternate|should alternate|alternate between|alternating|alternates|\
         alternation|alternate user",
        "multiple|consecutive|two|successive|same & role|roles|user messages|assistant messages|messages & in a row|not allowed|consecutive|\
         back-to-back|row|cannot|not permitted|merge|same role & !ports|alternatives",
        "first message|conversation|last message|final message|first & must start|must use|must be|should start|must begin|should begin|\
         should be & user role|role user|user message|from the user|with a user|user turn|user. & !tool_calls|thinking|end with",
        "system message & beginning|first|only be|start|middle|once|at the begin & !unsupported|cache",
        "multiturn & end|alternate|user role|function response",
        "please ensure that multiturn requests",
        "expected last role|unexpected role & after role|after|last role",
        "角色 & 交替|必须交替",
        "交替",
    ])
    .of_an_api(),
    Rule::new("role_order_invalid", 6.8).says(&[
        "assistant|model role|role model|bot. & final position|last position|final turn|last turn|at the end|final message|last message|end with|ends with|last role|final role & can not|not allowed|must not|\
         not contain|not end|not be|not permitted|not support|invalid.|expected & !prefill|tool_calls|tool_use|whitespace|thinking|final assistant content",
    ])
    .of_an_api(),
    Rule::new("role_order_invalid", 5.8).says(&["alternate & user & assistant|model|bot"]),
    Rule::new("role_order_invalid", -1.5).says(&["function call turn|function response turn|tool_calls|tool_use"]),
];

/// A part of a chat whose `image_url` is the address itself: there it is an object, in the Responses API a text.
fn image_url_is_text(case: &Case) -> bool {
    let shown =
        |normal: &str| normal.contains(" image_url imageurl data") || normal.contains(" image_url imageurl http");
    let sent = || {
        if case.request_body.is_empty() {
            return false;
        }
        let body: String = case.request_body.chars().filter(|c| !c.is_whitespace()).collect();
        body.contains("\"image_url\":\"") && !body.contains("input_image")
    };
    case.sentences.iter().any(|s| shown(&s.normal)) || sent()
}

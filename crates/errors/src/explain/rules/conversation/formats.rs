//! Formats of answers: schemas that are refused, and the word JSON.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("response_format_schema_invalid", 6.4).says(&[
        "response_format|response format|text.format|structured output|structured outputs|output schema|json_schema|response_schema|responseschema|\
         response_json_schema|output_format|output_config|guided_json|output_schema & invalid schema|schema|additionalproperties|is required to be \
         supplied|required|properties|unsupported|not permitted|missing|keyword|$ref|recursive|depth|too many states|too complex|invalid.|unknown \
         name|grammar & !not supported with|does not support|do not support|not support|not available|unavailable|supported only|only supported|must be \
         one of|must contain|this model|response_format type",
        "invalid schema for response_format|invalid_json_schema",
        "generation_config.response_schema|generationconfig.responseschema|response_schema",
        "schema & too many states|schema produces|schema & too complex & serving|constraint",
        "additionalproperties & required to be supplied|must be false|to be false|false & !function|tool",
        "required is required to be supplied|include every key in properties|including every key & !function|tool",
    ]),
    Rule::new("response_format_schema_invalid", 6.3)
        .codes(&["invalid_json_schema", "invalid_schema", "invalid_value", "json_schema_invalid"])
        .params(&["response_format*", "text.format.schema*"])
        .says(&["schema|properties|additionalproperties"]),
    Rule::new("response_format_schema_invalid", -3.0).says(&["extra inputs|unknown parameter|unrecognized request"]),
    Rule::new("response_format_schema_invalid", 4.6).codes(&["json_validate_failed"]),
    Rule::new("response_format_schema_invalid", -1.5).says(&["invalid schema for function|function_declarations|tools"]),
    Rule::new("json_word_missing", 7.0).says(&[
        "must contain|must include|should contain|include|contain|needs|mention & word json|json in some form|the word & json|word",
        "json_object & word|messages must|prompt must",
        "response_format & json & must contain|contain the word",
        "消息|提示 & 包含 & json",
    ]),
    Rule::new("json_word_missing", -4.0).says(&["schema|additionalproperties"]),
];

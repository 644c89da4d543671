//! Parameters that are unknown, missing, of the wrong type or beyond a bound.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    // Unknown names.
    Rule::new("param_unknown", 5.2).codes(&[
        "unknown_parameter",
        "extra_forbidden",
        "unrecognized_parameter",
        "unrecognized_argument",
        "unexpected_parameter",
        "unrecognized_keys",
        "unknown_field",
        "additional_properties",
    ]),
    Rule::new("param_unknown", 5.0)
        .says(&[
            "unrecognized|unrecognised|unknown|unexpected|unsupported|additional|extraneous|extra & request argument|\
             argument supplied|parameter|field|argument|arguments|property|properties|key|keys|input|inputs|name & !api key|api_key|\
             apikey|access key|value|variant|field type|keyword argument|subscription|model|image|role|schema|engine|header|\
             file|invalid parameter|invalid field|invalid key|invalid input|invalid name|invalid argument|unsupported parameter|\
             unsupported input|unsupported field|server|host|key provided|token|public key|primary|foreign|tool|function name",
            "extra inputs are not permitted|extra fields not permitted|extra_forbidden|additional properties are not allowed",
            "unrecognized request argument|unknown parameter|unknown_parameter|unrecognized field|unrecognized_keys",
            "unknown name & cannot find field|at",
            "property & is unsupported|not supported|not allowed|unexpected & !schema",
            "is not permitted|not permitted|was unexpected & body|field|parameter|property|extra",
            "not a valid parameter|not a recognized parameter|not a known field|no such parameter|unknown field",
            "未知参数|不支持的参数|多余的参数|无法识别的参数|未识别的字段",
            "unbekannter parameter",
            "paramètre inconnu",
            "parámetro desconocido",
            "parâmetro desconhecido",
            "未知のパラメータ",
            "неизвестный параметр",
        ])
        .of_an_api(),
    Rule::new("param_unknown", 5.4).says(&["extraneous key"]),
    Rule::new("param_missing", 5.4).says(&["malformed input request & required key"]),
    Rule::new("param_unknown", -2.5).says(&["unknown name & function_declarations|tools|response_schema"]),
    Rule::new("param_unknown", -3.0).says(&["unexpected keyword argument|__init__"]),
    // A server's own answer, not the request, that its framework refuses to send.
    Rule::new("server_error", 7.0).when(refuses_its_own_answer).only_of_an_api(),
    Rule::new("param_missing", -7.0).when(refuses_its_own_answer),
    Rule::new("param_invalid_type", -7.0).when(refuses_its_own_answer),
    Rule::new("messages_format_invalid", -7.0).when(refuses_its_own_answer),
    Rule::new("embedding_input_invalid", -7.0).when(refuses_its_own_answer),
    // Go names the field of its type for the request.
    Rule::new("param_invalid_type", 6.6).says(&["can not unmarshal & go struct field|go value of type"]).when(reads_a_request_in_go),
    Rule::new("response_shape_unexpected", -7.0).says(&["can not unmarshal & go struct field|go value of type"]).when(reads_a_request_in_go),
    Rule::new("response_shape_unexpected", 7.2).says(&["can not unmarshal & go struct field|go value of type"]).when(reads_an_answer_in_go).of_an_api(),
    Rule::new("messages_format_invalid", 6.6).says(&["can not unmarshal & go struct field"]).when(|case| facts::mentions(case, &["request.messages"])),
    // Beyond a bound.
    Rule::new("param_out_of_range", 5.0).codes(&[
        "string_above_max_length",
        "string_below_min_length",
        "array_above_max_length",
        "array_below_min_length",
        "empty_array",
        "integer_above_max_value",
        "integer_below_min_value",
        "decimal_above_max_value",
        "decimal_below_min_value",
        "less_than_equal",
        "greater_than_equal",
        "less_than",
        "greater_than",
        "too_long",
        "too_short",
        "too_big",
        "too_small",
        "string_too_long",
        "string_too_short",
        "out_of_range",
    ]),
    Rule::new("param_out_of_range", 4.8)
        .says(&[
            "string too long|array too long|string too short|array too short|too long & expected|maximum length|maximum",
            "is greater than the maximum|is less than the minimum|above maximum value|below minimum value|integer above|decimal \
             above|integer below|decimal below",
            "should be|must be|input should be & less than|greater than|at most|at least|between|less or equal|in the range|within & \
             !token|tokens|image|context|dimension|file|pixel",
            "ensure this value & less|greater|at most|at least",
            "out of range|out of bounds|not in range|be in range|in the range|valid range|allowed range|supported range|exceeds the maximum|exceeds maximum & \
             !codec|ordinal|token|tokens|image|context|file|index|max_tokens|payload|request size|duration",
            "at most|maximum of|maximum & image per|images per|images may|image s may|image s per|videos per & !megabyte|bytes|pixel",
        "maximum length|max length|maximum number|at most & characters|items|entries|elements|stop sequences|metadata|user",
            "failed to satisfy constraint & value less than|value greater than|length less than|length greater than|enum value set & \
             !name",
            "参数 & 范围|取值",
        ])
        .of_an_api(),
    Rule::new("param_out_of_range", 5.2).says(&[
        "maximum of & blocks|cache_control|breakpoints & may be provided|found|allowed",
        "could not finish the message because max_tokens",
        "tool call id & length of|must be a-z",
        "budget & is invalid|only works in thinking mode",
        "empty array & minimum length",
    ]),
    Rule::new("param_out_of_range", 9.2).says(&["integer|decimal|number & below minimum value|above maximum value"]),
    Rule::new("param_out_of_range", 1.0).says(&["got & instead & length|maximum|minimum"]),
    Rule::new("param_out_of_range", -2.0).params(&["messages", "tools", "max_tokens", "max_completion_tokens"]),
    Rule::new("param_out_of_range", -2.0).says(&["array too long & tools", "tool_calls & string too long & id"]),
    // Of the wrong type.
    Rule::new("param_invalid_type", 4.8)
        .codes(&[
            "invalid_type",
            "type_error*",
            "string_type",
            "int_type",
            "int_parsing",
            "float_type",
            "float_parsing",
            "bool_type",
            "bool_parsing",
            "dict_type",
            "list_type",
            "model_attributes_type",
            "int_from_float",
        ])
        .of_an_api(),
    Rule::new("param_invalid_type", 4.6)
        .says(&[
            "is not of type|invalid type|invalid_type|wrong type|incorrect type|type mismatch & !content type|mime|media|file|\
             image|typeerror",
            "expected a|expected an|expects a|must be a|must be an|should be a|should be an & string|number|integer|boolean|array|\
             object|list|float|dictionary|dict|bool|valid string|valid integer|valid list|valid boolean|valid number|valid dictionary & \
             got|but|instead|valid|received|type & !content.|image|messages|json",
            "input should be a valid & integer|number|boolean|list|dictionary|string|array",
            "cannot unmarshal|can not deserialize|cannot deserialize|could not unmarshal & into|type|field|value",
            "invalid type & expected",
            "invalid value at & type|type_",
            "proto field is not repeating|cannot start list|expected & type & found",
            "value is not a valid & integer|float|list|dict|str|boolean",
            "类型错误|类型不正确|参数类型",
        ])
        .of_an_api(),
    Rule::new("param_invalid_type", 4.9).says(&["into the target type & invalid type & !messages"]),
    Rule::new("param_invalid_type", -1.5).says(&["messages|content & valid string|valid list|valid dictionary"]),
    Rule::new("param_invalid_type", -1.5).params(&["messages*", "tools*", "body.messages*", "contents*"]),
    Rule::new("param_invalid_type", -1.5).params(&["input", "body.input"]).says(&["input should be|embed"]),
    // Missing.
    Rule::new("param_missing", 5.0)
        .codes(&["missing_required_parameter", "missing", "value_error.missing", "missing_parameter", "missingparameter", "required_field"])
        .of_an_api(),
    Rule::new("param_missing", 4.8)
        .says(&[
            "missing|must provide|required|not provided|must specify|not specified|need to provide|is a required|must be provided|must \
             be specified|must include & parameter|field|property|argument|model parameter & !api key|api_key|header|key.|scope|\
             permission|schema|content.|tool|authentication|positional|credential",
            "field required|missing field|is a required property|required property|missing required",
            "model|messages|max_tokens|prompt|input|contents|file & is required|missing|must be specified|required field|must be set|\
             not specified|cannot be empty|must not be empty|is not set & !api key|content|access|header|tool|environment|download",
            "you must provide a model|no model specified|model not specified|you must provide",
            "缺少 & 参数|字段",
            "参数 & 缺失|不能为空|必填",
            "fehlender parameter|pflichtfeld",
            "paramètre & manquant|requis",
            "parámetro|parâmetro|campo & obligatorio|obrigatório|falta|requerido",
            "必須 & パラメータ|フィールド",
            "отсутствует & параметр|поле",
        ])
        .of_an_api(),
    Rule::new("param_missing", -1.5).says(&["messages & content & field required|missing field content"]),
    Rule::new("param_missing", -2.0)
        .when(|case| facts::mentions(case, &["input_schema", "function_declarations", "thinking.signature"])),
    Rule::new("param_missing", -2.0).says(&["tools & parameters|properties|items|schema"]),
    // A refused value of a named parameter, without more.
    Rule::new("param_out_of_range", 2.6).codes(&["invalid_value"]).when(names_a_parameter),
    Rule::new("param_out_of_range", 2.2)
        .says(&["invalid value|invalid 'n'|is not one of|unsupported value|must be one of & !model|role|content|image|schema|file"])
        .statuses(&[400, 422])
        .of_an_api(),
];

/// FastAPI checks what its own program is about to answer: `ResponseValidationError`, each place below `response`.
fn refuses_its_own_answer(case: &Case) -> bool {
    case.exceptions.iter().any(|e| e == "responsevalidationerror") || case.param_starts("response.createchat")
}

/// `cannot unmarshal array into Go struct field CompletionRequest.prompt`; messages have a cause of their own.
fn reads_a_request_in_go(case: &Case) -> bool {
    let is_field = |word: &str| word.contains("request.") && !word.contains("request.messages");
    case.sentences.iter().any(|s| s.normal.contains(" go ") && s.normal.split(' ').any(is_field))
}

/// `Go value of type openai.ChatCompletionResponse`.
fn reads_an_answer_in_go(case: &Case) -> bool {
    let is_type = |word: &str| {
        let name =
            word.split_once("response.").map_or(word, |(before, _)| word.get(..before.len() + 8).unwrap_or(word));
        name.ends_with("response") && name.len() > "response".len()
    };
    case.sentences.iter().any(|s| s.normal.contains(" go ") && s.normal.split(' ').any(is_type))
}

/// Some parameter of the request itself is named.
fn names_a_parameter(case: &Case) -> bool {
    case.params.iter().any(|p| !p.is_empty() && !p.starts_with("messages") && !p.starts_with("tools") && p != "model")
}

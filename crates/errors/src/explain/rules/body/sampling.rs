//! Temperature and its kin, and what else a model refuses that another takes.

use crate::explain::rule::Rule;

/// Ways to say that a parameter is refused as such.
const PARAM_REFUSED: &[&str] = &[
    "parameter|argument|field|property|option.|setting.|value.|param. & not supported|unsupported|not compatible|not allowed|not \
     available|not permitted|not accepted|incompatible|not enabled|does not accept & !image|media|region|country|format is|\
     file|tool use|method|response_format|content type|api version|api-version|version|organization|endpoint|account",
    "does not support|do not support|not support & parameter|argument|setting|specifying|option|penalty|logprobs|top_p|seed|\
     stop|reasoning_effort|reasoning effort|thinking|verbosity|prefill|prediction|parallel_tool_calls|service_tier|stream_options|\
     logit_bias|top_k|n.|suffix|echo",
    "unsupported_parameter|unsupported parameter|unsupportedparamserror|unsupportedparams",
    "not supported|unsupported|not enabled|not available|not allowed|cannot be set|cannot be used|cannot be combined|must not be set & reasoning_effort|logprobs|top_logprobs|top_p|top_k|presence_penalty|frequency_penalty|\
     logit_bias|parallel_tool_calls|stream_options|service_tier|store.|metadata|thinking|reasoning.|verbosity|seed.|stop.|\
     best_of|suffix|cache_control|thinking_budget|thinkingbudget|prompt_cache|safety_identifier|include",
    "参数|字段 & 不支持",
    "only allowed when|only be defined when|only be used with|only be set when|only be specified when|only valid when",
    "penalty|encrypted content|seed. & not enabled|not supported|unsupported",
    "no longer supports|deprecated for this model & !model is & !temperature",
    "both & specified|set|provided|used & temperature|top_p & !temperature does",
];

pub(super) const RULES: &[Rule] = &[
    Rule::new("temperature_unsupported", 6.4)
        .codes(&["unsupported_parameter", "unsupported_value", "invalid_temperature"])
        .params(&["temperature"]),
    Rule::new("temperature_unsupported", 6.2).says(&[
        "temperature & not support|unsupported|not supported|not allowed|only|deprecated|fixed|must be 1|set to 1|be set|\
         omit|remove|ignored|default & !between|range|less than|greater than|less or equal|minimum|maximum|at most|cannot \
         both|both be|region",
        "temperature & top_p & both|cannot|together|only one",
        "temperature & 不支持|只能|仅支持|必须为",
        "invalid temperature & only",
    ]),
    Rule::new("param_unsupported", 5.0).codes(&[
        "unsupported_parameter",
        "unsupported_value",
        "unsupportedparameter",
        "unsupported_param",
        "parameter_not_supported",
    ]),
    Rule::new("param_unsupported", 4.6).says(PARAM_REFUSED).of_an_api(),
    Rule::new("param_unsupported", 4.5).exceptions(&["unsupportedparamserror", "ai_unsupportedfunctionalityerror"]),
    Rule::new("param_unsupported", -2.0).says(&["extra inputs|unknown field|unrecognized|cannot find field"]),
    Rule::new("param_unsupported", -1.5).params(&["tools*", "response_format*", "messages*"]),
    // Dimensions of embeddings.
    Rule::new("dimensions_unsupported", 6.4).says(&[
        "dimensions|output_dimensionality|outputdimensionality|dimension parameter|matryoshka & not support|not supported|\
         unsupported|not allowed|does not support|cannot be changed|fixed|not permitted|unexpected|extra inputs|invalid value & !image|pixel|vector|index|collection",
        "specifying dimensions",
    ]),
    Rule::new("dimensions_unsupported", 6.2)
        .codes(&["unsupported_parameter", "unsupported_value", "invalid_value", "unknown_parameter", "extra_forbidden"])
        .params(&["dimensions", "output_dimensionality", "outputdimensionality"]),
    // Formats of answers.
    Rule::new("response_format_unsupported", 6.0)
        .codes(&["unsupported_parameter", "unsupported_value", "invalid_value", "invalid_parameter", "unsupported_response_format"])
        .params(&["response_format*", "text.format*", "responseformat*", "response_mime_type*", "output_format*"]),
    // The format by the names that vendors have for it, and what it does not go together with.
    Rule::new("response_format_unsupported", 6.8).says(&[
        "response mime type|response_mime_type|responsemimetype|response mimetype|json mode|json_mode|structured output|structured outputs|controlled generation|constrained decoding|\
         guided decoding|guided_json|output format|output_format|output_config & unsupported|not supported|not support|not available|not allowed|can not be used|can not be combined|not compatible|\
         incompatible|not enabled & !schema|word json|image|audio",
    ])
    .of_an_api(),
    Rule::new("response_format_unsupported", 5.9).says(&[
        "response_format|response format|json_schema|json_object|json mode|json schema|structured output|structured outputs|\
         text.format|response_schema|responseschema|response_mime_type|guided_json|output_config|output_format & not \
         supported|unsupported|does not support|not support|not available|not enabled|unavailable|not allowed|must be one of|\
         only supported|not compatible|should be one of|input should be & !additionalproperties|keyword|'required'|context=",
        "json mode|function calling|response mime type|application/json & unsupported|not enabled|not supported|not support & \
         model|models|schema|json",
        "invalid parameter & response_format",
    ]),
    Rule::new("response_format_unsupported", -1.5).says(&["invalid schema|in context"]),
];

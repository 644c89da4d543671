//! Prompts beyond the context window, and answers longer than a model may write.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

/// Of the window, the share that an output limit must take to be at fault itself.
const MOST_OF_THE_WINDOW: f64 = 0.9;

/// SDKs refuse what may take longer than their connections last, in any language of theirs.
const TAKES_TEN_MINUTES: &[&str] = &[
    "stream|流式|ストリーミング|스트리밍|потоков|transmis & 10 min|ten min|10 分|10分|10 мин|10분|10 분|十分钟 & !timed out|timeout|idle|disconnected|stalled|超时|interrupted|after 10",
];

pub(super) const RULES: &[Rule] = &[
    Rule::new("streaming_required", 7.4).says(TAKES_TEN_MINUTES).of_an_api(),
    Rule::new("max_tokens_too_large", -5.0).says(TAKES_TEN_MINUTES),
    Rule::new("context_length_exceeded", 5.6).codes(&[
        "context_length_exceeded",
        "exceed_context_size_error",
        "model_max_prompt_tokens_exceeded",
        "tokens_limit_reached",
        "context_window_exceeded",
        "context_exceeded",
        "prompt_too_long",
        "input_too_long",
        "max_context_length_exceeded",
        "context_too_large",
    ]),
    Rule::new("context_length_exceeded", 5.0)
        .exceptions(&["contextwindowexceedederror", "contextlengthexceedederror", "contextoverflowerror"]),
    Rule::new("context_length_exceeded", 5.2).says(&[
        "maximum context length|max context length|context length limit|context_length_exceeded|max_model_len|\
         maximum model length|maximum prompt length",
        "context length|context window|context size|context limit|n_ctx|context_window|contextwindow & exceed|exceeds|\
         exceeded|exceeding|longer|larger|too long|too large|over|overflow|overflows|reached|fit|only|increase & \
         !max_tokens must be less",
        "prompt|input|message|conversation|request|text|query|document|sequence|history & too long|too large|too many & \
         token|model|context & !array too long|string too long|file|image|audio|tokens per min|max_tokens is too",
        "prompt is too long|input is too long for|prompt too long|input too long|prompt exceeds max length",
        "input|prompt|inputs|message|conversation & token|tokens & exceed|exceeds|exceeded|longer than|more than|greater \
         than|over|above & maximum|limit|allowed|max|supported & !per min|rate limit|per-minute|quota|credits|daily",
        "resulted in & token",
        "input token count|prompt token count|number of input tokens & exceed|limit|maximum",
        "reduce & length|size & prompt|message|messages|input|conversation|context & !rate limit|tpm.|per min",
        "inputs tokens|inputs must have less|tokens + max_new_tokens|must have less than & token",
        "input validation error & inputs & token",
        "token indices sequence length",
        "maxlength & actual & expected",
        "n_keep|n_ctx|n_prompt_tokens & truncate|exceed|>=|>|overflow|larger|greater|too",
        "tokens & draft tokens & too large",
        "input length|range of input length|input token length & exceed|should be|longer|range|maximum|max & !password",
        "exceed & max message tokens|max_message_tokens|max_prompt_tokens|max prompt tokens",
        "request contains|requested & tokens & maximum prompt length",
        "total number of tokens & exceed|cannot exceed",
        "request body too large for & model & token",
        "max size & token",
        "too many total text bytes|max_seq_len|max_sequence_length|max_position_embeddings",
        "上下文|输入长度|输入文本|提示词|输入token|输入内容 & 超过|超出|过长|超长|最大|长度|限制",
        "kontextlänge|kontextfenster & überschr|maximal|zu lang",
        "longueur & contexte & maximale|dépass",
        "contexto & máxim|excede|supera|longitud|comprimento",
        "コンテキスト & 長|超|最大",
        "контекст & длин|превыш|максимальн",
    ]),
    Rule::new("context_length_exceeded", 3.0)
        .says(&["token|tokens & exceed|exceeds|exceeded|too many|too long|over & limit|maximum|max|window & !per min|rate \
                 limit|tpm.|quota|daily|per day|per-minute|max_tokens|max_completion_tokens|output|balance|credit|csrf|\
                 refresh|auth"])
        .of_an_api(),
    Rule::new("context_length_exceeded", 2.0).codes(&["string_above_max_length"]).params(&["prompt", "input*"]),
    Rule::new("context_length_exceeded", -2.5).statuses(&[429]),
    // A limit of tokens in a period is not the window.
    Rule::new("context_length_exceeded", -3.0).says(&["tokens per min|tpm.|per minute|tokens per day|rate limit of"]),
    Rule::new("context_length_exceeded", -1.5).codes(&["rate_limit_exceeded", "rate_limit_error", "insufficient_quota"]),
    Rule::new("context_length_exceeded", -2.5).says(&[
        "max_tokens|max_completion_tokens|max_output_tokens|maxoutputtokens|max_new_tokens & is too large|must be less|\
         supports at most|at most|valid range|range of|maximum allowed & !input length",
    ]),
    // max_tokens alone is over the limit.
    Rule::new("max_tokens_too_large", 5.8).says(&[
        "max_tokens|max_completion_tokens|max_output_tokens|maxoutputtokens|max_new_tokens|max tokens|maxtokens & too \
         large|too high|too big|must be less|less than or equal|at most|cannot be greater|cannot exceed|exceeds|exceed|\
         greater than|larger than|should be|supported range|valid range|range of|out of range|maximum value|upper bound|\
         above & !unsupported|instead|can only afford|credit|input length|context limit|inputs tokens|minimum|at least|\
         greater than 0|must be greater|positive",
        "max_tokens|max_completion_tokens|max_output_tokens & > & maximum allowed|output tokens",
        "supports at most|maximum of|up to|at most|limit of & completion token|output token & requested|provided|given|\
         specified|exceed|whereas",
        "maximum tokens you requested exceed|maximum tokens requested exceed|max tokens requested & model limit",
        "maximum allowed number of output tokens",
        "output|completion|generation & token & limit|maximum & exceeds|too large|greater & !per min|rate limit|tpm.|input \
         length|your messages|prompt",
        "max_tokens|最大输出|输出长度 & 超过|超出|范围|过大|大于|不能",
    ]),
    Rule::new("max_tokens_too_large", 5.0)
        .codes(&["integer_above_max_value", "max_tokens_too_large", "invalid_max_tokens"])
        .params(&["max_tokens", "max_completion_tokens", "max_output_tokens"]),
    Rule::new("max_tokens_too_large", 9.6)
        .says(&["above maximum value|above the maximum|exceeds the maximum value|expected a value <= & integer|number|value"])
        .params(&["max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "*maxoutputtokens", "*maxtokens"]),
    Rule::new("max_tokens_too_large", 6.3).when(output_takes_the_window),
    Rule::new("max_tokens_too_large", -3.0).says(&["input length & max_tokens & context", "max_new_tokens & inputs"]),
    // The newer name of the parameter.
    Rule::new("max_completion_tokens_required", 6.6).says(&[
        "use|try|replace|switch|instead & max_completion_tokens|max_output_tokens & instead|unsupported|not supported",
        "max_tokens & not supported|unsupported|deprecated|not compatible|no longer|not allowed & !too large|at most|tool",
        "max_tokens & 不支持|已弃用 & max_completion_tokens",
    ]),
    Rule::new("max_completion_tokens_required", 6.4)
        .codes(&["unsupported_parameter", "unknown_parameter", "unsupported_value"])
        .params(&["max_tokens"]),
];

/// `4097 tokens. However, you requested 4127 tokens (31 in the messages, 4096 in the completion)`: the output limit is
/// the whole window.
fn output_takes_the_window(case: &Case) -> bool {
    if case.numbers.limit.is_none() {
        return false;
    }
    let output =
        facts::number_before(case, " in the completion").or_else(|| facts::number_before(case, " for the completion"));
    matches!((output, case.numbers.limit), (Some(output), Some(limit)) if output >= limit * MOST_OF_THE_WINDOW)
}

//! General words beneath the finer rules: what many services say of one mechanism, each in its own words.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // Credentials.
    Rule::new("key_not_configured", 6.0).tells(
        "apikeycredential|apikey|api_key|openai_api_key & argumentnullexception|value can not be null|must not be null & !401",
    ),
    Rule::new("key_placeholder", 6.6)
        .tells("bearer your_|bearer your-|bearer <your|your_api_key|your-api-key & invalid token|unauthorized|401|incorrect & !need to provide|not provide an api key")
        .of_an_api(),
    Rule::new("key_whitespace", 6.0).tells("invalidheadervalue|invalid header value & authorization|bearer|key").of_an_api(),
    Rule::new("project_mismatch", 6.8).says(&["openai-project|project & header & not own|other project", "mismatched_project"]).of_an_api(),
    Rule::new("auth_header_malformed", 7.2).says(&["authorization header & expected bearer|expected & got token|got basic"]),
    Rule::new("clock_skew", 7.6).says(&["reasonable timeframe & iat|exp", "timestamp & in the future & local time|clock|check"]),
    Rule::new("cors_blocked", 6.6).says(&[
        "access-control-allow-origin & falta|fehlt|manque|отсутствует|缺少|欠落|ausente|mancante",
        "cors & bloqueada|blockiert|bloquée|заблокирован|阻止|bloccata",
    ]).of_an_api(),
    Rule::new("aws_signature_mismatch", 6.5).says(&["signaturedoesnotmatch"]).providers(&["bedrock"]),
    Rule::new("account_deactivated", 7.0).says(&["project|account & suspended & violation|terms of service"]).of_an_api(),
    // Models.
    Rule::new("model_no_vision", 6.2).says(&["model & not multimodal|not a multimodal|text-only|is text only & image|vision|image_data"]),
    Rule::new("model_not_pulled", 5.6).says(&["model & not installed|not downloaded|not pulled"]).of_an_api(),
    Rule::new("model_not_found", 7.2).says(&["repository not found for url & huggingface"]),
    Rule::new("endpoint_not_found", -3.0).says(&["repository not found for url"]),
    Rule::new("completion_model_on_chat", 6.4).says(&["chat template & no longer|not have|must provide|not define|is not set & tokenizer|template"]),
    Rule::new("chat_model_on_completions", 6.6).says(&["legacy text completion|legacy completion & chat"]),
    Rule::new("bedrock_inference_profile_required", 6.6).says(&["on-demand throughput & inference profile|지원하지|不支持|nicht|サポート"]),
    // Answers.
    Rule::new("html_instead_of_json", 6.0).says(&["< is an invalid start of a value"]).of_an_api(),
    Rule::new("response_shape_unexpected", 5.6)
        .tells("getcandidates|choices|.candidates|completion & nullpointerexception|index out of range|out of bounds|return value of")
        .of_an_api(),
    // Money and limits.
    Rule::new("insufficient_quota", 6.3).says(&["trial credits|trial credit|free credits & exhausted|used up|expired"]).of_an_api(),
    Rule::new("credits_below_max_tokens", 6.5).says(&["worst-case|reservation|estimated cost & balance|credit", "remaining balance & max_tokens|output tokens"]),
    Rule::new("gateway_budget_exceeded", 6.0).tells("spent|spend & cap_|capeur|capusd|max_budget|budget_cap|spend_cap & rejected|refused|blocked|403|429"),
    Rule::new("rate_limit_images", 6.4).codes(&["images_per_minute", "image_rate_limit_exceeded"]),
    Rule::new("rate_limit_images", 6.2).says(&["image generation|images & minute|per min & more than|limit|slow down|too many"]),
    Rule::new("provider_overloaded", 5.0).says(&["server is busy|service is busy|servers are busy & later|again"]),
    // Requests.
    Rule::new("param_out_of_range", 5.6).says(&["must be > |must be < |must be >=|must be <=|must be between|must be at most|must be in range & !required|length of|token"]).of_an_api(),
    Rule::new("param_invalid_type", 6.9).says(&["invalid type for & expected & !message|content|input"]),
    Rule::new("embedding_input_invalid", -5.0).says(&["input should be a valid"]).when(is_not_of_the_input),
    Rule::new("messages_format_invalid", 6.0).says(&["input should be|field required"]).when(is_of_a_message),
    // The whole list is not there.
    Rule::new("messages_format_invalid", -4.0).says(&["field required"]).when(|case| {
        case.params.iter().any(|param| matches!(param.as_str(), "messages" | "body.messages"))
    }),
    Rule::new("param_missing", 5.0).says(&["field required"]).of_an_api(),
    Rule::new("param_invalid_type", 5.4).says(&["input should be a valid"]).when(is_not_of_the_input),
    Rule::new("param_missing", 6.0).says(&["access json member & not exist"]),
    Rule::new("role_unsupported", 6.2).says(&["messages.role|messages role & invalid value|not valid|unsupported|unknown"]),
    Rule::new("response_format_unsupported", 5.9).says(&["response_format.type|response_format type & must be|not supported|only"]),
    Rule::new("max_completion_tokens_required", 6.5).says(&["max_completion_tokens & has to be sent|must be sent|sent as|refused the field"]),
    Rule::new("dimensions_unsupported", 6.3).says(&["dimensions & may not be set|not be set|can not be changed|always|fixed"]).of_an_api(),
    Rule::new("streaming_required", 7.6).says(&["non-streaming|without streaming & refused|set stream|stream=true|not allowed|use stream"]),
    Rule::new("json_body_invalid", 6.0).says(&["json.exception.parse_error", "invalid character & string literal|in literal|looking for"]).of_an_api(),
    Rule::new("content_type_wrong", 7.2).says(&["unsupported content type|unsupported content-type & only accepts|accepts|must be|expected"]),
    // Files and images.
    Rule::new("audio_format_invalid", 6.2).says(&["file & valid media file|supported media file|audio file could not be decoded"]),
    Rule::new("image_url_unreachable", 6.6).says(&["error while downloading & upstream status code|http|status"]),
    Rule::new("image_url_not_supported", 6.2).says(&["remote image|image url|image link & refused|not supported|not accepted|not allowed|bytes only"]).of_an_api(),
    Rule::new("image_invalid", 6.2).says(&["unsupported image|uploaded an invalid image & !url|base64 data", "invalid_image_format"]),
    Rule::new("image_too_large", 6.0).says(&["image & exceeds|larger than|too large & max_pixels|pixels|px"]).of_an_api(),
    // Connections.
    Rule::new("dns_failure", 6.0).says(&["nsurlerrordomain & code=-1003", "kein server mit dem angegebenen hostnamen"]),
    Rule::new("connect_timeout", 6.6).says(&["curl & 28. & failed to connect|connection timed out"]),
    Rule::new("service_unavailable", 5.8).says(&["upstream connect error|disconnect/reset before headers & connection failure|overflow|503"]),
    Rule::new("gateway_timeout", 7.2).says(&["upstream timed out & reading response|reading upstream"]),
    Rule::new("stream_interrupted", 5.8).says(&["stream was reset|stream reset & internal_error|cancel"]).of_an_api(),
];

/// The place that a validator names is in the messages.
fn is_of_a_message(case: &Case) -> bool {
    case.params.iter().any(|param| param.contains("messages"))
}

/// The place that a validator names is not the list of texts to embed.
fn is_not_of_the_input(case: &Case) -> bool {
    !case.params.iter().any(|param| param.split('.').any(|part| part == "input"))
}

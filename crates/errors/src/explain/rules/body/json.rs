//! Bodies that are not JSON, in the wrong encoding, of the wrong type or too large.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("json_body_invalid", 5.4).says(&[
        "could not parse|cannot parse|can not parse|failed to parse|unable to parse|error parsing|couldn't parse|failed to decode|\
         error decoding|malformed & json & body|payload|request",
        "json payload received & parse|invalid.|unexpected token|expected",
        "body|payload|request & is not valid json|not valid json|invalid json|not json|malformed json|must be valid json|json_invalid",
        "not valid json & sent|post|request body",
        "json decode error & body",
        "invalid json payload & parse|parsing|unexpected|syntax|root element|message",
        "request body & empty|missing & json|required",
        "请求体 & json|解析",
        "not using your http library correctly",
    ]),
    Rule::new("json_body_invalid", 5.2).codes(&["json_invalid", "invalid_json", "invalid_json_body", "value_error.jsondecode", "json_parse_error", "malformed_json"]),
    Rule::new("json_body_invalid", 3.6)
        .says(&[
            "invalid character & looking for|in string literal|after object key|beginning of value",
            "expecting value|expecting property name|expecting ',' delimiter|unexpected end of json|eof while parsing|\
             unterminated string & body|request|payload|column|line",
            "failed to deserialize the json body|serialize & json & request|body",
        ])
        .statuses(&[400, 422])
        .of_an_api(),
    Rule::new("json_body_invalid", 4.4)
        .says(&["invalid character & looking for beginning|after object key|in string & !<"])
        .providers(&["ollama", "openai", "anthropic", "localai"]),
    Rule::new("json_body_invalid", -2.0).says(&["unknown name|cannot find field|unknown variant|missing field|into the target type"]),
    Rule::new("json_body_invalid", -2.5).says(&["unexpected token <|doctype|html"]),
    Rule::new("json_body_invalid", -2.0).says(&["in the response|model output|llm output|tool call|tool_call|arguments"]),
    Rule::new("json_body_encoding", 5.8).says(&[
        "surrogates not allowed|lone surrogate|lone leading surrogate|unpaired surrogate|high surrogate|low surrogate|surrogate in",
        "invalid unicode|invalid utf-8|invalid utf8|not valid utf-8|malformed utf-8|not valid utf8|invalid unicode code point|invalid. \
         unicode escape & !response|stream did",
        "invalid control character|control character & json|string|body|position|column",
        "utf-8 codec cannot encode|utf-8 codec can not encode|utf-8 codec cannot decode & body|json|surrogate|request|api",
        "null byte|nul byte|\\u0000|x00 & body|string|input|json|content",
        "no low surrogate|unexpected end of hex escape",
    ]),
    Rule::new("content_type_wrong", 5.4).says(&[
        "unsupported media type|unsupported_media_type|unsupported content type|unsupported content-type|invalid content-type|invalid. \
         content type|wrong content type",
        "content-type|content type|mime type of the request & must be|expected|not supported|should be|invalid.|unsupported|not allowed|\
         missing|required & !image|audio|file|base64|authorization",
        "expected & application/json & !received html|text/html",
        "missing content type boundary|missing boundary|multipart & boundary|required|expected|not found",
        "request header content-type & not",
    ])
    .of_an_api(),
    Rule::new("content_type_wrong", 4.6).statuses(&[415]).of_an_api(),
    // What was sent says itself that it is a form; the server then misses what stands in the body.
    Rule::new("content_type_wrong", 7.0).statuses(&[400, 415, 422, 500]).when(sent_as_a_form).of_an_api(),
    Rule::new("content_type_wrong", 7.2)
        .says(&["missing|field required|required|must provide|not provide|can not parse|could not parse|unsupported media|unprocessable & !api key|header|authorization|bearer|credential"])
        .when(curl_sent_a_form)
        .of_an_api(),
    Rule::new("html_instead_of_json", -3.0).says(&["content-type header|request with content-type|unsupported media type"]),
    Rule::new("html_instead_of_json", -2.5).says(&["request body & surrogate|not valid json|parse"]),
    Rule::new("content_type_wrong", -3.0).says(&["image_url|only supported by certain"]),
    Rule::new("content_type_wrong", -3.0).says(&["text/html & response|received|got", "unexpected content type & text/html"]),
    Rule::new("content_type_wrong", 5.2).codes(&["unsupported_media_type", "invalid_content_type", "unsupported_content_type"]),
    Rule::new("body_too_large", 5.4).says(&[
        "request entity too large|payload too large|entity too large|content too large|body too large|body is too large|\
         requestentitytoolarge|payloadtoolargeerror",
        "request|payload|body|http & size|bytes|mb & exceed|exceeds|too large|larger|limit|maximum|over & !token|image|audio|file|tpm.|\
         context|video|per min|quota|document",
        "string value length|string length|getmaxstringlength & exceeds|exceeded & maximum|max",
        "length limit exceeded|body limit exceeded|client_max_body_size|maximum request size|max request size",
        "request_too_large|request exceeds the maximum size|request payload size exceeds",
        "input is too large|request is too large & mb|bytes|size",
        "请求体 & 过大|超过|太大",
    ])
    .of_an_api(),
    Rule::new("body_too_large", 5.0).codes(&["request_too_large", "payload_too_large", "body_too_large"]),
    Rule::new("body_too_large", 3.4).statuses(&[413]).of_an_api(),
    Rule::new("body_too_large", -3.0).says(&["tokens|tpm.|tokens per|context length|token"]),
    Rule::new("body_too_large", -2.0).says(&["file|audio|26214400|content size limit"]),
];

/// The request's header names a form or plain text, and its path takes neither.
fn sent_as_a_form(case: &Case) -> bool {
    let is_form = |(name, value): &(String, String)| {
        name == "content-type" && (value.contains("x-www-form-urlencoded") || value.contains("text/plain"))
    };
    let takes_files = |path: &str| ["/audio/", "/files", "/uploads", "/images/edits"].iter().any(|p| path.contains(p));
    case.request_headers.iter().any(is_form) && !case.addresses.iter().any(|a| takes_files(&a.path))
}

/// `curl -d '{…}'` without a header for the type of the body, which curl then calls a form.
fn curl_sent_a_form(case: &Case) -> bool {
    let says = |words: &[&str]| case.sentences.iter().any(|s| words.iter().any(|word| s.normal.contains(word)));
    says(&[" curl "])
        && says(&[" -d ", " -data ", " -data-raw ", " -data-binary "])
        && !says(&["content-type", " -json ", " -f "])
        && !case.request_headers.iter().any(|(name, _)| name == "content-type")
}

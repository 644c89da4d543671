//! How runtimes and relays word what others tell by a code: names that are not resolved, answers that cannot be read, tokens
//! of a login, tools that a model does not have.
//!
//! Runtimes differ in words and not in what happens: each group holds what several of them print of the same thing.

use super::facts;
use super::seen::is_local_server;
use crate::explain::case::{Address, Case};
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // Names: Dart, .NET, PHP, Delphi, Perl and browsers, some of them in the system's language.
    Rule::new("dns_failure", 5.4).says(&[
        "failed host lookup|host lookup failed|hostname lookup failed|remote name could not be resolved|php_network_getaddresses|name does not resolve|\
         name or service unknown|can not find host|can t find host|err_dns|domain name not found|dns name does not exist|\
         remotename konnte nicht|nom distant n a pas pu|nombre remoto|nome remoto|имя удаленного узла|удаленное имя|リモート名を解決|远程名称",
        "server & can not find|can t find|cant find & nxdomain|servfail",
    ]),
    // Answers.
    Rule::new("response_shape_unexpected", 7.2).says(UNREADABLE).of_an_api(),
    Rule::new("param_missing", -7.0).says(UNREADABLE),
    Rule::new("param_invalid_type", -7.0).says(UNREADABLE),
    Rule::new("param_missing", 7.0).says(&["missing field messages at|missing required field messages|missing field model at|missing field input at & !response|choices"]).of_an_api(),
    Rule::new("messages_format_invalid", -4.0).says(&["missing field messages at|missing required field messages"]),
    // What was to be read is quoted, and it is not JSON.
    Rule::new("endpoint_not_found", 6.2)
        .says(&["failed deserialization|deserialization failed|failed to deserialize|failed to decode|failed to parse response|non-json response|\
                 unexpected response body|response was not json & file not found|page not found|404 not found|not found|no route|no such route|cannot post|can not post & \
                 !missing field|model|deployment|tool|expected value"])
        .of_an_api(),
    Rule::new("html_instead_of_json", 5.6)
        .says(&["jsondeserialize|deserialize response|failed deserialization|deserializing response|decode response & expected value|expected ident|trailing characters & !missing field"])
        .of_an_api(),
    Rule::new("html_instead_of_json", -6.5)
        .says(&["unable to parse json|failed to parse json|could not parse json|can not parse json|parse the json|parsing json & body for request|body for the request|body of the request|body of your|request payload|\
                 in request|your request|the request|input with"]),
    Rule::new("param_invalid_type", 6.4)
        .says(&["field|parameter|property|member|argument & expects|expected & json type|input with|value of type|type & but got|but received|but found|but was|instead got & !tool|schema|function|response"])
        .of_an_api(),
    // Parts of the Responses API's messages where the chat's are read.
    Rule::new("messages_format_invalid", 7.4)
        .says(&["input should be|must be|expected|unsupported|invalid|not supported|supported values|unknown & input_value|literal_error|messages|content.|part. & input_text|output_text|input_image|input_file & !response_format|model"])
        .of_an_api(),
    Rule::new("role_unsupported", -6.0).tells("validation errors for|input_value & input_text|output_text|input_image"),
    Rule::new("json_body_invalid", -6.0).says(&["field|parameter & expects & json type|input with & but got|but received|but found"]),
    // The names of settings, not what happened.
    Rule::new("connect_timeout", -5.0).says(&["连接超时 秒|连接超时 s.|连接超时 ms.|连接超时时间"]),
    // Addresses that were given up for others.
    Rule::new("endpoint_not_found", 6.6)
        .tells(
            "no longer supported|no longer available|no longer maintained|no longer works|no longer served|has moved|have moved|has been moved|was moved|is deprecated|decommissioned|\
             shut down|has been retired|was retired|sunset|discontinued|已迁移|已下线|已停用|已废弃 & use http|use the http|to http|at http|instead http|with http|改用|请使用|迁移",
        )
        .when(names_two_addresses),
    Rule::new("model_deprecated", -6.0).tells("no longer supported|has moved|has been moved|decommissioned|is deprecated & use http|to http").when(names_two_addresses),
    // An error that another one followed: the first is the cause.
    Rule::new("response_shape_unexpected", -4.5)
        .tells("during handling of the above|direct cause of the following & insufficient_quota|rate limit|ratelimiterror|incorrect api key|invalid_api_key|authenticationerror|context_length_exceeded"),
    // Settings that are read through types.
    Rule::new("key_not_configured", 7.6).tells(UNSET_SETTING),
    Rule::new("param_missing", -7.0).tells(UNSET_SETTING),
    // Options of a program on a command line.
    Rule::new("param_unknown", -6.5)
        .says(&["unrecognized argument|unrecognized arguments|unknown option|unknown parameter|unknown argument|unknown flag|no such option|unexpected argument"])
        .when(names_an_option),
    // What companies' filters and relays print, also where no page is left of it.
    Rule::new("waf_blocked", 7.0)
        .tells("zscaler|fortigate|fortiguard|netskope|forcepoint|websense|bluecoat|cisco umbrella & blocked|permission to visit|not allowed|access denied|violation|policy & !certificate|cert|ssl"),
    Rule::new("waf_blocked", 6.0).says(&["your request was blocked|your request has been blocked|request was blocked by & !polic|filter|guardrail|safety|moderation|content"])
        .of_an_api(),
    Rule::new("permission_denied", -3.0).says(&["your request was blocked|your request has been blocked & !polic"]),
    // Google counts its reasons to end: 2 is the limit of the answer's length.
    Rule::new("content_policy", -5.0).says(&["finish_reason|finish reason|finishreason & is 2.|: 2.|=2.|max_tokens"]),
    // A deployment's whole path, and nothing there.
    Rule::new("azure_deployment_not_found", 6.9).statuses(&[404]).when(calls_a_whole_deployment),
    Rule::new("endpoint_not_found", -4.0).statuses(&[404]).when(calls_a_whole_deployment),
    Rule::new("local_backend_crashed", 6.2).says(&["requires more system memory|more system memory than|requires more memory & model|available"]),
    Rule::new("key_invalid", 5.2).says(&["api key not valid & pass a valid api key"]),
    // Logins.
    Rule::new("oauth_token_expired", 6.5)
        .says(&["refresh token|refresh_token|refreshtoken|refresh-token|刷新令牌|login session|sign-in session & invalid|expired|revoked|already been used|already used|not found|reused|unknown|malformed|\
                 no longer valid|rejected|fail|could not|无效|过期|失效 & !permission"])
        .of_an_api(),
    Rule::new("oauth_token_expired", 6.3)
        .codes(&["invalid_grant", "invalid_refresh_token", "refresh_token_expired", "refresh_token_reused", "refresh_token_invalidated"])
        .of_an_api(),
    Rule::new("key_not_configured", 6.3)
        .says(&["github token|copilot token|oauth token|session token|access token|login token|auth token|api token|api key|credentials & not set in|not found in state|not found in the state|not initialized|not initialised|not loaded|\
                 not been set|not been configured|not yet set|was never set|not set. & !header|in the request|bearer|expired"])
        .of_an_api(),
    // It may be either, says whoever refused it: that it was ever valid is not known.
    Rule::new("key_invalid", 7.3).says(EITHER).of_an_api(),
    Rule::new("oauth_token_expired", -4.0).says(EITHER),
    Rule::new("key_expired", -4.0).says(EITHER),
    // Models.
    Rule::new("model_no_tools", 6.4)
        .says(&["code execution|code_execution|google search|google_search|search grounding|grounding|url context|url_context|web search|web_search|file search|file_search|computer use|computer_use|\
                 code interpreter|code_interpreter|mcp & is not enabled|not enabled for|not supported for|not supported by|not supported with|not available for|not allowed for|does not support & \
                 model|models/|gemma|gemini|gpt|claude|llama|qwen|kimi|glm & !organization|admin|workspace|plan"])
        .of_an_api(),
    Rule::new("model_not_found", 6.0)
        .says(&["model_uri|modeluri|model uri|model_urn|model urn|model_slug|model slug|model_key|model identifier|model path|model_path & invalid|malformed|unknown|not found|incorrect|wrong|\
                 does not exist|failed to parse|could not parse|unrecognized"])
        .of_an_api(),
    Rule::new("param_unsupported", 7.6)
        .says(&["chat_template|chat_template_kwargs|guided_json|guided_choice|guided_regex|guided_grammar|add_generation_prompt|continue_final_message|enable_thinking|min_tokens|\
                 ignore_eos|prompt_logprobs|include_stop_str|skip_special_tokens & not supported|unsupported|not allowed|not accepted|does not support|not implemented & !value|range"])
        .of_an_api(),
    Rule::new("completion_model_on_chat", -7.5).says(&["chat_template & tokenizer|tokenizers|kwargs|parameter|argument & !no chat template|missing|not defined"]),
    Rule::new("azure_endpoint_misconfigured", 6.6)
        .says(&["resource not found|resourcenotfound|找不到资源|未找到资源|资源未找到|ressource nicht gefunden|ressource introuvable|recurso no encontrado|recurso não encontrado & azure"]),
    Rule::new("key_invalid", -6.0).says(&["resource not found|找不到资源|资源未找到 & !api key|incorrect"]),
    // Nothing but the class is told: of what runs where its user does, that nobody listens there is the likeliest.
    Rule::new("connection_refused_local", 6.2).exceptions(&["connectexception", "httphostconnectexception", "connectionrefusedexception"])
        .when(|case| is_local_server(case) && case.os_errors.is_empty()),
    Rule::new("connection_refused", 4.5).exceptions(&["connectexception", "httphostconnectexception", "connectionrefusedexception"])
        .when(|case| case.os_errors.is_empty())
        .of_an_api(),
    // Codes that are made of the words for what is not shown.
    Rule::new("content_policy", 6.6).when(|case| {
        facts::code_of(
            case,
            &["unsafe", "nsfw", "prohibited", "sexual", "violence", "minor", "celebrit", "harmful", "sensitive", "moderation", "offensive"],
            &["generation", "content", "input", "output", "image", "video", "prompt", "filter", "block", "violat", "public_error", "text"],
        )
    })
    .of_an_api(),
];

/// The words of clients that read an answer through types.
const UNREADABLE: &[&str] = &[
    "deserialize|deserialise|deserializing|deserialization|decode|decoding|unmarshal|parse.|parsing & api response|response.|the response|response body|server response|response json|answer|reply & \
     missing field|missing required field|invalid type|unknown variant|unknown field|duplicate field|did not match any variant|no field|missing key & \
     !request body|json body|target type|function|tool|schema|param",
];

/// `invalid access token or token expired`, `The key is incorrect or has expired`.
const EITHER: &[&str] = &[
    "invalid|incorrect|wrong|not valid|无效|错误|ungültig|invalide & or expired|or has expired|or token expired|or is expired|or revoked|or has been revoked|或已过期|或过期|或者已过期|\
     oder abgelaufen|ou expiré|o ha caducado|o expirado & token|key|令牌|密钥|schlüssel|clé|clave & !jwt|oauth|refresh|session|login|ide.|github|copilot|invitation",
];

/// A class of settings that is filled from the environment, and a key that is not there.
const UNSET_SETTING: &str = "validation error for|validation errors for|settings & openai_api_key|anthropic_api_key|gemini_api_key|google_api_key|groq_api_key|mistral_api_key|azure_openai_api_key|\
     deepseek_api_key|openrouter_api_key|cohere_api_key|hf_token|xai_api_key|together_api_key & field required|type=missing|none is not an allowed|input should be a valid string & !extra inputs|extra fields";

/// `unknown option --temperature`, as programs take it from a shell.
fn names_an_option(case: &Case) -> bool {
    const REFUSED: [&str; 4] = ["unrecognized arg", " unknown ", "no such option", "unexpected arg"];
    let is_refused = |normal: &str| REFUSED.iter().any(|refused| normal.contains(refused));
    case.sentences.iter().any(|s| is_refused(&s.normal) && [" --", "'--", "`--"].iter().any(|o| s.text.contains(o)))
}

/// The address has all that Azure wants of one, the version too, and no one says that it is the resource that is missing.
fn calls_a_whole_deployment(case: &Case) -> bool {
    let whole = |a: &Address| {
        a.path.contains("/openai/deployments/")
            && a.path.contains("api-version=")
            && a.path.matches("/deployments/").count() == 1
    };
    case.addresses.iter().any(whole) && !case.sentences.iter().any(|s| s.normal.contains("resource not found"))
}

/// Two addresses are named: the one that was called, and the one that serves in its place.
fn names_two_addresses(case: &Case) -> bool {
    let mut named = case.addresses.iter().filter(|a| a.host.contains('.')).map(|a| (&a.host, &a.path));
    named.next().is_some_and(|first| named.any(|other| other != first))
}

#[cfg(test)]
mod tests;

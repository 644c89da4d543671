//! Rules for causes in the key and the header that carries it.
//!
//! A key that is echoed, or seen in the request's headers, decides by its form; only a key that looks like one leads to
//! the causes that words alone tell.

use super::seen::{
    authorization_lacks_bearer, authorization_was_basic, bearer_was_empty, client_cannot_encode, first_of_bearer,
    header_cannot_hold, key_is, key_is_cut_off, key_is_real, key_was_in_url, names_unset_variable,
    other_header_was_sent, sent_by_curl_without_key, unquoted_bearer, wants_python_key,
};
use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::presented::Shape;

/// Sentences that refuse a key.
const REFUSED: &[&str] = &[
    concat!(key_words!(), "|bearer &", wrong!(), "& !", not_of_a_key!()),
    concat!(key_words!(), "|bearer &", expired!(), "|", disabled!()),
    "authentication|authorization|authenticate & fail|invalid|error|unsuccessful|incorrect",
    "unauthorized|unauthenticated|not authenticated",
];

/// Codes that refuse a key.
const REFUSED_CODES: &[&str] = &[
    "invalid_api_key",
    "api_key_invalid",
    "invalidapikey",
    "invalid_key",
    "incorrect_api_key_error",
    "invalid_authentication_error",
    "invalid_authentication",
    "authentication_error",
    "authenticationerror",
    "authentication_failed",
    "invalid_token",
    "invalid_credentials",
    "bad_credentials",
    "invalid_request_key",
    "invalid_apikey",
    "apikeyinvalid",
    "invalid_access_token",
];

/// What a program says that could not load the files of a model.
const FETCHED: &[&str] = &[
    "fetch|download|downloading|fetching|pull|retrieve & model.|weights|checkpoint|tokenizer|gguf|safetensors & fail|failed|unable|could not|can not|error & \
     !chat|completion|completions|api key|list|metadata|from openai|models",
];

pub(super) const RULES: &[Rule] = &[
    // What the key is instead of a key.
    Rule::new("key_undefined", 6.5).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::Undefined(_)))),
    Rule::new("key_undefined", 6.5)
        .statuses(&[401, 403])
        .when(|c| key_is(c, |s| matches!(s, Shape::Undefined(_)))),
    Rule::new("key_undefined", 6.0).says(&["bearer undefined.|bearer null.|bearer none.|bearer nan.|bearer nil."]),
    Rule::new("key_undefined", 5.5).says(&[
        "api_key=undefined|api_key=null|api_key=none|key=undefined|key=null|api key undefined.|api key null.",
    ]),
    Rule::new("key_empty", 6.5).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::Empty))),
    Rule::new("key_empty", 6.5).when(bearer_was_empty),
    Rule::new("key_empty", 5.0).says(&[concat!(
        key_words!(),
        "& is empty|empty string|was empty|blank|zero length|length 0|must not be empty|can not be empty|为空|不能为空|leer|vide|\
         vacía|пуст|& !missing or empty|incorrect or empty|访问密码"
    )])
    .of_an_api(),
    Rule::new("key_placeholder", 6.5).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::Placeholder(_)))),
    Rule::new("key_placeholder", 6.5)
        .statuses(&[401, 403])
        .when(|c| key_is(c, |s| matches!(s, Shape::Placeholder(_)))),
    Rule::new("key_placeholder", 6.0).says(&[concat!(
        key_words!(),
        "& placeholder|your_api_key|your-api-key|changeme|change_me|replace_me|default value|sample value|dummy"
    )])
    .of_an_api(),
    Rule::new("key_not_a_key", 6.3).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::Variable(_)))),
    Rule::new("key_undefined", 4.5).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::Variable(_)))),
    Rule::new("key_double_bearer", 6.5).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::DoubleBearer))),
    Rule::new("key_double_bearer", 6.8).says(&["bearer bearer|authorization bearer authorization"]),
    Rule::new("key_double_bearer", 6.5)
        .statuses(&[401, 403])
        .when(|c| key_is(c, |s| matches!(s, Shape::DoubleBearer))),
    Rule::new("key_quoted", 6.5).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::Quoted(_)))),
    Rule::new("key_quoted", 6.3).statuses(&[401, 403]).when(|c| key_is(c, |s| matches!(s, Shape::Quoted(_)))),
    Rule::new("key_not_a_key", 6.5)
        .says(REFUSED)
        .when(|c| key_is(c, |s| matches!(s, Shape::NotAKey(_) | Shape::Object(_)))),
    Rule::new("key_not_a_key", 6.3)
        .statuses(&[401, 403])
        .when(|c| key_is(c, |s| matches!(s, Shape::NotAKey(_) | Shape::Object(_)))),
    Rule::new("auth_header_malformed", 6.0).says(REFUSED).when(|c| {
        key_is(c, |s| matches!(s, Shape::Object(_))) && c.sentences.iter().any(|s| s.normal.contains(" bearer "))
    }),
    Rule::new("auth_header_malformed", 7.0)
        .when(unquoted_bearer),
    Rule::new("key_whitespace", 6.5).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::Whitespace { .. }))),
    Rule::new("key_whitespace", 6.5)
        .statuses(&[401, 403])
        .when(|c| key_is(c, |s| matches!(s, Shape::Whitespace { .. }))),
    Rule::new("key_non_ascii", 6.5).says(REFUSED).when(|c| key_is(c, is_foreign_letter)),
    Rule::new("key_non_ascii", 6.5).statuses(&[401, 403]).when(|c| key_is(c, is_foreign_letter)),
    Rule::new("key_wrong_provider", 6.4).says(REFUSED).when(|c| key_is(c, |s| matches!(s, Shape::OtherVendor(_)))),
    Rule::new("key_wrong_provider", 6.2)
        .statuses(&[401, 403])
        .when(|c| key_is(c, |s| matches!(s, Shape::OtherVendor(_)))),
    Rule::new("key_wrong_provider", 5.5).says(&[concat!(
        key_words!(),
        "& another provider|different provider|other provider|not an openai key|not an anthropic key|belongs to|looks like|\
         appears to be & !organization|project|deactivated|suspended|account"
    )])
    .of_an_api(),
    Rule::new("key_wrong_provider", 5.5).says(&[
        "api key|key|token. & should start with|must start with|expected to start with|does not start with|must begin with|\
         should begin with|expected prefix|wrong prefix & !bearer",
        "personal access tokens are not supported",
    ])
    .of_an_api(),
    // Libraries that refuse to put the value in a header.
    Rule::new("key_whitespace", 6.0).says(&[
        "illegal header value|invalid header value|invalid character in header|header content contains invalid|\
         invalid header field value|invalid http header value|header value contains|unexpected char 0x0a|\
         unexpected char 0x0d|unexpected char 0x20|unexpected char 0x09|unexpected char 0x|newline|line break|\
         illegal character|invalid characters|whitespace|trailing space|leading space & authorization|api key|x-api-key|\
         bearer|api-key|apikey|credential|x-goog-api-key",
        "format of value|an invalid header value|not a valid header value|header values must not & bearer|authorization|x-api-key|api key & !bearer undefined|bearer null",
        "illegal header value & bearer sk|bearer ey|bearer gsk|bearer xai|b bearer",
    ])
    .of_an_api(),
    // A line end at the end of a key, as each language's client of HTTP refuses it.
    Rule::new("key_whitespace", 6.2).says(&[
        "new-line characters|newline characters|new line characters|newline|line feed|carriage return|cr/lf|crlf|line break|control character|control characters|invalid byte & \
         header value|header values|header field value|header content|http header|headers & !body|message",
    ])
    .of_an_api(),
    Rule::new("key_missing", 6.2).statuses(&[401]).when(sent_by_curl_without_key).of_an_api(),
    Rule::new("key_whitespace", 4.4).says(&[
        "illegal header value|invalid header value|invalid character in header|err_invalid_char|header value must not contain|\
         failed to parse header value|invalid headervalue|invalid header field value|line folding|\
         illegal character 0|headers must not contain|return character & !bearer bearer",
    ])
    .of_an_api(),
    Rule::new("key_whitespace", 4.0).codes(&["err_invalid_char"]).of_an_api(),
    Rule::new("key_non_ascii", 6.2).when(first_of_bearer),
    Rule::new("key_non_ascii", 5.5).tells("authorization & bearer|api key").when(header_cannot_hold),
    Rule::new("key_non_ascii", 5.0).when(header_cannot_hold).of_an_api(),
    Rule::new("key_non_ascii", 5.5).says(&[concat!(
        key_words!(),
        "|bearer|authorization & non-ascii|non ascii|not ascii|ascii|latin-1|latin1|iso-8859-1|bytestring|unicode|byte string"
    )])
    .of_an_api(),
    Rule::new("key_non_ascii", 4.5).when(wants_python_key).of_an_api(),
    Rule::new("key_non_ascii", 4.5).when(client_cannot_encode).of_an_api(),
    // Files of a model that are fetched are not a call of an API.
    Rule::new("model_access_tier", -5.0).says(FETCHED).when(says_nothing_else),
    Rule::new("connection_error_generic", -5.0).says(FETCHED).when(says_nothing_else),
    Rule::new("key_invalid", -5.0).says(FETCHED).when(says_nothing_else),
    // The key is refused as such.
    Rule::new("key_invalid", 5.0).codes(REFUSED_CODES).of_an_api(),
    Rule::new("key_invalid", 5.2).says(REFUSED).when(key_is_real),
    Rule::new("key_typo", 6.0).says(REFUSED).when(key_is_cut_off),
    Rule::new("key_invalid", 4.4).says(&[
        concat!(key_words!(), "&", wrong!(), "& !", not_of_a_key!(), "|expired|security token|header|"),
    ])
    .of_an_api(),
    Rule::new("key_invalid", 5.2).says(&[
        "invalid x-api-key|invalid bearer token|bad credentials|authentication fails|authentication fail. & !format|header",
        "token. & seems invalid|is invalid|invalid & authorization header is correct|in authorization header|username|user",
        "api key & provided|passed|supplied & invalid|incorrect|wrong & !header",
        "身份验证失败|认证失败|鉴权失败|密钥无效|密钥错误|invalid username or password",
        "aadsts7000215|aadsts700016|invalid client secret|invalid_client",
        "invalid jwt signature",
    ])
    .of_an_api(),
    Rule::new("key_invalid", 4.4).says(&["key provided & obtain|find|get & key"]).of_an_api(),
    Rule::new("key_invalid", 3.6).exceptions(&["authenticationerror", "authenticationexception"]).of_an_api(),
    Rule::new("key_invalid", 3.2).says(&[
        "unauthorized|unauthenticated|authentication|not authenticated|not logged in|login required",
    ])
    .statuses(&[401])
    .of_an_api(),
    Rule::new("key_invalid", 2.6).statuses(&[401]).of_an_api(),
    Rule::new("key_invalid", 2.4).codes(&["unauthenticated", "unauthorized", "invalid_auth*"]).of_an_api(),
    // The gateway's own keys.
    Rule::new("gateway_key_invalid", 7.0).says(&[
        "invalid proxy server token|not found in db|not found in database|virtual key expected|litellm virtual key|\
         virtual key & !expired|budget|blocked",
        "key|token. & /key/generate|user_api_key_auth|startswith sk-",
        "portkey|helicone|gateway & api key|virtual key|auth & invalid|not found|unknown|wrong & !upstream",
    ]),
    Rule::new("gateway_key_invalid", 6.2).says(&["无效的令牌|无效令牌|令牌无效|invalid token & !expired"]).when(|c| {
        c.is_about("one-api") || c.is_about("new-api") || c.sentences.iter().any(|s| s.normal.contains(" request id "))
    }),
    // A gateway without a database knows no virtual keys.
    Rule::new("gateway_key_invalid", 6.6).codes(&["no_db_connection"]).of_an_api(),
    Rule::new("gateway_key_invalid", 6.6)
        .says(&["no connected db|db not connected|no db connected|database not connected|not connected to db|no database connected"])
        .when(|c| c.is_about("litellm") || c.code_is(&["no_db_connection"]) || c.sentences.iter().any(|s| s.normal.contains("virtual key")))
        .of_an_api(),
    Rule::new("gateway_key_invalid", 5.4).says(&["无效的令牌|无效令牌|令牌无效"]),
    Rule::new("gateway_key_invalid", 5.8).codes(&["token_not_found_in_db", "invalid_virtual_key", "new_api_error"])
        .says(REFUSED),
    Rule::new("gateway_key_invalid", 5.6).exceptions(&["assertionerror"]).tells("user_api_key_auth|api_key.startswith"),
    // No key arrived.
    Rule::new("key_missing", 5.0).says(&[concat!(
        key_words!(),
        "|", header_words!(), "&", missing!(), "& !", not_of_a_key!(),
        "|environment|env var|.env|client option|constructor|anthropic-version|deployment|expired"
    )])
    .of_an_api(),
    Rule::new("key_missing", 6.0).says(&[
        "not provide an api key|no api key provided|no auth credentials|no cookie auth credentials|missing api key|\
         missing authentication header|missing authorization|missing bearer|no api key supplied|no api-key provided|\
         no api key was provided|api key required|unregistered callers|missing required authentication|no token provided|\
         missing x-api-key|missing authentication token|missing subscription key|no authorization header|\
         no api key passed|no bearer token|bearer token missing|no authorization|no token in|no credentials in|no credentials provided|未提供令牌|未提供api|无法进行身份验证|not provide api key & !environment|env var|set the",
        concat!(header_words!(), "&", missing!(), "& !expired|unexpected"),
    ])
    .of_an_api(),
    Rule::new("key_missing", 6.0).codes(&[
        "missing_api_key",
        "api_key_required",
        "no_api_key",
        "missing_authorization",
        "missing_authorization_header",
        "missing_auth_header",
        "missingauthenticationtokenexception",
        "missing_credentials",
        "credentials_missing",
        "api_key_missing",
        "missing_token",
        "authorization_required",
        "missingapikey",
    ])
    .of_an_api(),
    Rule::new("key_missing", 2.0).says(&["401|unauthorized & no|without|missing|provide|required"]).of_an_api(),
    Rule::new("auth_header_wrong_name", 6.8).when(other_header_was_sent).of_an_api(),
    Rule::new("auth_header_wrong_name", 6.2).says(&[
        "api key|key. & not supported by this api|not accepted by this endpoint",
        "access_token_type_unsupported|access token type unsupported",
        "key based authentication|key-based authentication|api key authentication|local authentication|shared key & disabled|\
         not permitted|not supported",
        "use & x-api-key|api-key header|x-goog-api-key & instead",
        "multiple authentication credentials|multiple auth|more than one authentication|pass only one & !parameter",
    ])
    .of_an_api(),
    Rule::new("auth_header_wrong_name", 6.0)
        .codes(&["access_token_type_unsupported", "authenticationtypedisabled"])
        .of_an_api(),
    Rule::new("auth_header_wrong_name", 6.9)
        .tells(
            "missing api key|api key required|no api key|x-api-key header is required|not provide an api key & \
             authorization bearer|authorization & bearer sk & /v1/messages|anthropic-version & !using bearer auth",
        )
        .of_an_api(),
    Rule::new("headers_not_sent", 6.9).tells(
        "not provide an api key|missing api key|api key required|missing bearer|no auth credentials|header is required & \
         axios.post|axios.get|third argument|requests.post|fetch & headers|headers=|headers. & authorization",
    ).when(|c| c.sentences.iter().any(|s| {
        let n = &s.normal;
        n.contains("headers") && (n.contains("axios.") || n.contains("requests.post") || n.contains("fetch"))
    })),
    Rule::new("auth_header_malformed", 6.5).when(authorization_lacks_bearer),
    Rule::new("auth_scheme_basic", 6.8).when(authorization_was_basic),
    Rule::new("auth_scheme_basic", 6.3).says(&[
        "basic auth|authorization basic|basic scheme|basic authentication|basic credentials & not supported|unsupported|bearer|\
         expected|instead & !password field|as the password",
    ])
    .of_an_api(),
    Rule::new("auth_scheme_basic", 6.5)
        .says(&[concat!("basic_auth|basic auth|basicauth|http basic & ", key_words!(), "|bearer &", wrong!(), "|overwrit|replac|conflict")]),
    Rule::new("headers_not_sent", 6.4).says(&[
        "http_authorization=|header is not being sent|header is not sent|headers are not sent|send no such header|sends no header|\
         without the authorization header|headers are not being|header was not forwarded|header gets dropped|drops the authorization|\
         strips the authorization|header is missing from the request",
    ])
    .of_an_api(),
    Rule::new("key_in_url", 6.6).when(key_was_in_url),
    Rule::new("auth_header_malformed", 6.0).says(&[
        "could not parse|unable to parse|can not parse|failed to parse|malformed|must be of the form|must start with bearer|\
         should start with bearer|format should be|invalid format|not in the format|wrong format|bad format|improperly formed|\
         must be in the format|not a bearer|missing bearer prefix|has bearer prefix|ensure key has|expected bearer|格式 & \
         authentication token|authorization|auth header|bearer|authentication header|access token|jwt|鉴权头 & !hibp",
        "authorization header & must be|should be|expected|invalid & bearer & !you need to provide|using bearer auth",
        "invalid authorization header|invalid auth header|bad authorization header|invalid authentication header",
    ])
    .of_an_api(),
    Rule::new("auth_header_malformed", 6.2).codes(&["invalid_jwt", "malformed_authorization", "invalid_auth_header"]),
    // The client could not find a key to send.
    Rule::new("key_not_configured", 6.4).when(names_unset_variable),
    Rule::new("key_not_configured", 6.2).says(&[
        "api_key client option must be|did not find & api_key|could not resolve authentication method",
        "missing credentials & api_key|apikey|environment|azure_ad_token",
        concat!(key_words!(), "& not found|missing|must be set|not set|required|no & environment|env var|environment variable|\
                .env|config|settings|constructor|parameter|property|pass it using|client option|keychain|appsettings \
                & !header|authentication provider"),
        "no api_key or adc found|missing key inputs argument|client must be instantiated",
        "no api key & you can set|environment|configured|specified|set it",
        "api key must be set|apikey is required but was not set|no key is set either",
        "variable is not set & api_key|_key|defaulting to a blank",
    ]),
    Rule::new("key_not_configured", 7.0)
        .exceptions(&["configurationerror", "configurationexception", "missingconfigurationerror", "invalidconfigurationerror"])
        .says(&["api key|api_key|access_token|access token|credential|auth_token|secret & missing|not set|required|must be|not configured|blank|empty"])
        .of_an_api(),
    Rule::new("key_not_configured", 5.8).says(&[
        "active account & not|no.|select",
        "nocredentialproviders|no credential provider|no valid providers in chain|no credentials provider|credential chain|provider chain & no.|could not|unable|\
         failed|not",
    ])
    .of_an_api(),
    Rule::new("key_not_configured", 6.3).exceptions(&[
        "loadapikeyerror",
        "ai_loadapikeyerror",
        "nocredentialserror",
        "partialcredentialserror",
        "credentialsprovidererror",
        "defaultcredentialserror",
        "credentialunavailableerror",
        "credentialunavailableexception",
        "profilenotfound",
    ])
    .when(super::seen::is_of_models),
    Rule::new("key_not_configured", 6.2).says(&[
        "unable to locate credentials|could not load credentials from any|no credentials found|unable to load credentials|\
         could not automatically determine credentials|default credentials were not found|defaultazurecredential failed|\
         could not load the default credentials|no valid credential sources|application default credentials & !expired|\
         operation createrole",
        "config profile|aws profile & not be found|not found|could not find",
    ])
    .of_an_api(),
];

fn is_foreign_letter(shape: &Shape) -> bool {
    matches!(shape, Shape::NonAscii { .. } | Shape::NotUtf8 { .. })
}

/// Neither a key nor a code nor an address stands there.
fn says_nothing_else(case: &Case) -> bool {
    case.keys.is_empty() && case.codes.is_empty() && case.addresses.is_empty()
}

//! Rules for causes in the URL, path and method, and in what came back from a wrong one.

use super::facts::is_elsewhere;
use super::seen::{
    base_without_version, is_a_site, lacks_version, operation_twice, paths, scheme_as_host, version_twice,
};
use crate::explain::case::{Case, Standing};
use crate::explain::rule::Rule;

/// What an answer says where nothing serves the path.
const NOT_SERVED: &[&str] = &[
    "invalid url & post|get|/v1|put",
    "unknown request url|unknown_url|unexpected endpoint|unknown endpoint|no such endpoint|endpoint not found|no route matched|\
     no route for|route not found|unknown route|no such route|unsupported path|path not found|invalid path|unsupported endpoint|\
     endpoint does not exist|endpoint not supported|no such uri|no handler found|no handler for|no such path|no static resource|nicht gefunden|接口不存在|路径不存在|无效的url|\
     invalid api endpoint|invalid endpoint|could not route|no matching route|no matching endpoint|unrecognized request url|\
     unknownoperationexception|api endpoint not found",
    "can not post|can not get|can not put & /",
    "requested api|this api|api_not_supported|requested operation & not supported|unsupported|not implemented|not available & !key|token|model.|parameter|version|region|chat api",
    "route|path|endpoint|url|uri|page|requested url|resource & not found|does not exist|not exist|not available|unknown|was not found & !model|\
     file.|tool|image|deployment|connect to the endpoint|response|assistant|thread|no endpoints|inference profile|inactive|module",
];

pub(super) const RULES: &[Rule] = &[
    Rule::new("base_url_missing_v1", 7.0).says(NOT_SERVED).when(lacks_version),
    Rule::new("base_url_missing_v1", 6.6).statuses(&[404, 405]).when(lacks_version).of_an_api(),
    Rule::new("base_url_missing_v1", 6.6).when(|case| lacks_version(case) && is_not_found_alone(case)).of_an_api(),
    Rule::new("base_url_missing_v1", 6.6).says(&[
        "str object|string object|string & has no attribute|no attribute & choices|model_dump|data.|output|usage|id.",
        "str object has no attribute & choices|model_dump|data",
    ]),
    Rule::new("base_url_missing_v1", 6.4).says(&["not found|404|invalid url|html|doctype|unexpected token <|no attribute"])
        .when(|c| base_without_version(c) && !paths(c).any(|path| path.contains("/api/"))),
    Rule::new("base_url_missing_v1", 5.6).says(&["base url|base_url|baseurl|api_base|endpoint & /v1|v1 & missing|end with|include|add|append|must contain|should"])
        .of_an_api(),
    Rule::new("base_url_double_v1", 7.6).says(NOT_SERVED).when(version_twice),
    Rule::new("base_url_double_v1", 7.4).when(version_twice).of_an_api(),
    Rule::new("base_url_includes_path", 7.5).says(NOT_SERVED).when(operation_twice),
    Rule::new("base_url_includes_path", 7.2).when(operation_twice).of_an_api(),
    Rule::new("base_url_malformed", 7.8).when(scheme_as_host),
    Rule::new("base_url_malformed", 6.6).says(&[
        "missing scheme|no scheme supplied|no host supplied|no host specified|unsupported protocol|unsupported scheme|unknown url type|invalid uri|invalid port|\
         relative url without a base|absolute url|request url is missing|uri is not absolute|first path segment|missing an http|\
         must start with http|must begin with http|should start with http|failed to parse url|could not parse url|can not parse url|\
         unsupported protocol scheme|malformed url|url is malformed|not a valid url|not a valid uri|invalid url format|invalid base url|\
         invalid domain|empty host|embedded credentials|includes credentials|no host in|url rejected|expected url scheme|invalid hostname|url using bad/illegal format|\
         nodename nor servname provided for https|illegal character in authority|illegal character in scheme|bad url|ungültige url|url invalide|url no válida & !image|proxy|content|download|uploaded|picture|socks",
        "connection adapters were found",
        "invalid url & perhaps you meant|no scheme|missing|base url|base_url|endpoint|input & !post|image",
        "unsupportedprotocol|missingschema|invalidschema|locationparseerror",
    ])
    .of_an_api(),
    Rule::new("base_url_malformed", 6.2).tells(
        "invalid url|failed to parse url|err_invalid_url|bad url & apibase|api base|base url|base_url|baseurl|endpoint & \
         !post|get|image|images|v1/files",
    )
    .of_an_api(),
    Rule::new("base_url_malformed", 6.2).exceptions(&["missingschema", "invalidschema", "unsupportedprotocol", "invalidurl",
        "locationparseerror", "urisyntaxexception", "malformedurlexception"]).when(|c| !about_proxy(c)).of_an_api(),
    Rule::new("base_url_malformed", 6.0).codes(&["err_invalid_url"]).of_an_api(),
    Rule::new("base_url_wrong", 7.2).when(is_a_site).of_an_api(),
    Rule::new("base_url_wrong", 5.0).says(&[
        "base url|base_url|baseurl|api_base|endpoint url & wrong|incorrect|invalid|check|not point|points to & !subscription key|scheme|azure|regional|region",
        "ollama is running",
        "not an openai|not openai-compatible|not compatible with openai|does not look like & api|endpoint|server",
    ])
    .of_an_api(),
    Rule::new("endpoint_not_found", 5.4).says(NOT_SERVED).when(|c| c.api_signs > 0 && (!names_model(c) || has_path(c))),
    Rule::new("endpoint_not_found", 6.0).says(&NOT_SERVED_AT).of_an_api(),
    Rule::new("endpoint_not_found", 6.0).codes(&["unknown_url", "unknownoperationexception", "route_not_found", "endpoint_not_found",
        "path_not_found", "unsupported_path", "unknown_endpoint", "api_not_supported"]).of_an_api(),
    Rule::new("endpoint_not_found", 5.0).says(&["detail not found|404 page not found|404 not found|page not found|not found. & \
        !model|deployment|file|tool|image|response with|module|host|server not|command|key|organization|project|database"])
        .statuses(&[404]).of_an_api(),
    Rule::new("endpoint_not_found", 4.0).says(&["detail not found|404 page not found"]),
    Rule::new("endpoint_not_found", 4.4).when(is_not_found_alone).of_an_api(),
    Rule::new("endpoint_not_found", 4.0).says(&["404 & no body|not found|url|path|endpoint & !model|deployment|file.|container|thread|run.|assistant"]).of_an_api(),
    Rule::new("endpoint_not_found", 2.8).statuses(&[404]).when(|c| !names_model(c)).of_an_api(),
    Rule::new("method_not_allowed", 6.0).statuses(&[405]).of_an_api(),
    Rule::new("method_not_allowed", 6.4).says(&[
        "method & not allowed|not supported|not permitted|unsupported & !token|model|encryption|signing|auth|tool|schema|abstract|embedding|calling",
        "405 & not allowed|method|http|status|error",
        "not allowed to post|not allowed to get|only post|only accepts post|only supports post|only get|get is not supported|\
         use post|must be post|requires post|不支持get|请求方法",
        "httprequestmethodnotsupported|different http method",
    ])
    .when(|c| c.api_signs > 0 || c.status_is(&[405]) || c.sentences.iter().any(|s| s.normal.contains(" 405 "))),
    Rule::new("method_not_allowed", 6.2).codes(&["method_not_allowed", "method_not_supported"]),
    Rule::new("redirect_breaks_request", 7.0).when(was_redirected),
    Rule::new("redirect_breaks_request", 7.2).when(post_came_as_get).of_an_api(),
    Rule::new("redirect_breaks_request", 6.4).says(&[
        "too many redirects|redirect loop|exceeded maximum redirects|unexpected redirect|maximum number of redirects|\
         exceeded 30 redirects|err_fr_too_many_redirects|redirect was not followed|redirects are not|stopped after 10 redirects|refused to follow redirect",
        "redirect|moved & authorization|post|method|body & dropped|lost|removed|became|changed|not sent|stripped|rewind|resend",
        "301|302|307|308 & moved permanently|found|temporary redirect|permanent redirect|redirect & !error code|id",
    ])
    .of_an_api(),
    Rule::new("redirect_breaks_request", 5.0).statuses(&[301, 302, 307, 308]).of_an_api(),
    Rule::new("redirect_breaks_request", 6.2).exceptions(&["toomanyredirects"]).of_an_api(),
    Rule::new("http_https_mismatch", 6.6).os_errors(&["tls_wrong_version"]).when(|c| !is_elsewhere(c)),
    Rule::new("http_https_mismatch", 6.6).says(&[
        "wrong version number|wrong_version_number|packet length too long|record layer failure|record_layer_failure|record overflow|record_overflow|\
         ssl_error_rx_record_too_long|err_ssl_wrong_version|http/0.9 when not allowed|err_ssl_packet_length & !sdk|package",
        "http request to an https|http request was sent to https|http request to https|http response to https|\
         plain http request was sent|does not look like a tls handshake|not look like tls|plaintext connection|plain http",
        "invalid http request received|unsupported or unrecognized ssl message|err_ssl_protocol_error|unrecognized ssl message|invalidcontenttype",
        "tls|ssl & unknown protocol|http_request|https_proxy_request|http server gave|eproto",
        "bad request version|bad http/0.9 request type|invalid http version",
    ])
    .when(|c| !is_elsewhere(c) && (!about_proxy(c) || c.sentences.iter().any(|s| s.normal.contains("wrong version number")))),
    // Apps and pages that may only call https.
    Rule::new("http_https_mismatch", 6.6).says(&[
        "cleartext|clear-text|clear text|insecure http|insecure resource|app transport security|mixed content & not permitted|not allowed|blocked|security policy|\
         insecure|disallowed|has been blocked & !password|api key in",
    ])
    .when(|c| !is_elsewhere(c)),
    Rule::new("http_https_mismatch", 5.0).codes(&["eproto", "err_ssl_wrong_version_number"]),
];

/// The same with nothing else to go by: Go, FastAPI, Express and Flask.
const NOT_SERVED_AT: [&str; 5] = [
    "no route for that|no route for the|could not route to|no such route|no route matched & uri|url|path|route|identifier|/",
    "invalid url & post /v1|get /v1|put /v1|post /api|post /openai|post /v",
    "requested url was not found on the server|no route matched with those values|unexpected endpoint or method",
    "can not post /v1|can not post /api|can not get /v1|can not post /chat",
    "unknown request url|unknown_url|unrecognized request url",
];

fn about_proxy(case: &Case) -> bool {
    case.sentences.iter().any(|s| s.normal.contains("proxy"))
}

/// The whole message is what frameworks answer where no path fits: `{"detail":"Not Found"}`.
fn is_not_found_alone(case: &Case) -> bool {
    let alone = |s: &crate::explain::case::Sentence| s.standing == Standing::Message && s.normal == " not found ";
    case.sentences.first().is_some_and(alone) && case.codes.is_empty()
}

/// Whether some sentence speaks of a model.
fn names_model(case: &Case) -> bool {
    case.sentences
        .iter()
        .any(|s| s.normal.contains(" model ") || s.normal.contains("model:") || s.normal.contains("deployment"))
}

fn has_path(case: &Case) -> bool {
    case.sentences.iter().any(|s| s.normal.contains("invalid url")) && paths(case).next().is_some()
}

/// A redirect, and then an answer to a request that it has changed.
fn was_redirected(case: &Case) -> bool {
    const MOVED: [&str; 9] = [
        "moved permanently",
        "permanent redirect",
        "temporary redirect",
        "redirected to",
        "redirecting to",
        " 301 ",
        " 308 ",
        "following redirect",
        "location https",
    ];
    let says = |s: &crate::explain::case::Sentence| MOVED.iter().any(|word| s.normal.contains(word));
    let moved = || {
        case.status_is(&[301, 302, 307, 308])
            || case.headers.iter().any(|(name, _)| name == "location")
            || case.sentences.iter().any(says)
    };
    case.api_signs > 0 && case.status_is(&[400, 401, 403, 404, 405, 422]) && moved()
}

/// A `POST` that was redirected, and a `GET` that is not allowed behind it, as traces of calls show both.
fn post_came_as_get(case: &Case) -> bool {
    const MOVED: [&str; 3] = [" 301", " 302", " 303"];
    if !case.status_is(&[405]) {
        return false;
    }
    let whole: String =
        case.sentences.iter().filter(|s| s.normal.contains("http")).map(|s| s.normal.as_str()).collect();
    let Some((_, posted)) = whole.split_once(" post ") else { return false };
    let Some((answer, got)) = posted.split_once(" get ") else { return false };
    MOVED.iter().any(|status| answer.contains(status)) && got.contains("405")
}

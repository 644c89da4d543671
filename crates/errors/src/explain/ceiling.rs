//! How much may be claimed at most, by who else could have printed the same.
//!
//! In: the best cause, its score and the case. Out: a ceiling for the confidence. Programs of every kind print that a name
//! is not resolved or a key is refused: such a cause is a guess at most where nothing in the text names an API of models,
//! however plainly the failure itself is told, since a wrong cause that is told with confidence costs people more than
//! none.

use super::case::{Case, Standing};
use super::public::public;
use super::rules::facts;
use crate::catalog;
use crate::cause::Family;

/// Without any sign of such an API, a lower score comes from words that are said of other things too.
const NAMED: f64 = 4.5;
const GUESS: f64 = 0.49;
/// Too little for a guess.
const OF_OTHERS: f64 = 0.3;

/// Causes of which another program prints the same words.
const COMMON: &str = "key_missing|key_invalid|key_empty|key_whitespace|key_non_ascii|key_not_configured|key_expired|key_revoked|\
    key_undefined|key_quoted|key_placeholder|key_double_bearer|key_in_url|auth_header_malformed|auth_header_wrong_name|\
    auth_scheme_basic|headers_not_sent|key_insufficient_scopes|ip_not_allowed|account_deactivated|permission_denied|\
    gcp_api_disabled|oauth_token_expired|aws_credentials_invalid|aws_token_expired|aws_signature_mismatch|clock_skew|cors_blocked|\
    base_url_malformed|base_url_wrong|endpoint_not_found|method_not_allowed|redirect_breaks_request|http_https_mismatch|\
    html_instead_of_json|rate_limit_requests|rate_limit_daily|concurrency_limit|json_body_invalid|\
    json_body_encoding|content_type_wrong|body_too_large|file_too_large|file_not_found|audio_format_invalid|\
    image_url_unreachable|image_invalid|image_too_large|image_base64_invalid|param_unknown|param_missing|param_invalid_type|\
    param_out_of_range|param_unsupported|dns_failure|connection_refused|connection_refused_local|localhost_in_container|connection_reset|\
    connect_timeout|timeout|connection_error_generic|proxy_misconfigured|proxy_intercepts_local|tls_untrusted_ca|\
    tls_hostname_mismatch|stream_interrupted|bad_gateway|service_unavailable|gateway_timeout|cloudflare_5xx|waf_blocked|\
    server_error|client_aborted|local_backend_crashed|sdk_version_mismatch|response_shape_unexpected";

/// Those of them that hardly ever are of such an API where nothing says so.
const SELDOM: &str = "dns_failure|param_invalid_type|permission_denied|json_body_encoding|key_insufficient_scopes|key_whitespace|local_backend_crashed";

/// The most that may be claimed of a cause of this score. `foreign`: nothing says that this is about an API of models.
pub(super) fn of(slug: &'static str, score: f64, foreign: bool, case: &Case) -> f64 {
    // The address of a proxy or a picture is not that of the API.
    let other = match slug {
        "proxy_misconfigured" | "image_url_unreachable" => facts::calls_another_route(case),
        _ => facts::calls_something_else(case),
    };
    let seldom = other || SELDOM.split('|').any(|seldom| seldom == public(slug));
    match is_common(slug, case) {
        true if case.api_signs == 0 && seldom => OF_OTHERS,
        true => GUESS,
        false if foreign && score < NAMED => GUESS,
        // A status and an address beside a text that says nothing leave too much open.
        false if case.is_mute => GUESS,
        false => 1.0,
    }
}

/// Whether the cause is one of them, and hardly anything names an API of models.
fn is_common(slug: &'static str, case: &Case) -> bool {
    let slug = public(slug);
    // The network in between says nothing of what is behind it.
    let between = case.providers.iter().all(|provider| provider == "cloudflare");
    let hardly = case.api_signs < 2 && between;
    // The member `choices` is counted as a sign, and any program may have one; so is a word that stands in prose.
    let by_one_word = hardly && (!case.providers.is_empty() || slug == "response_shape_unexpected" || is_prose(case));
    let of_the_network = catalog::by_slug(slug).is_some_and(|cause| cause.family == Family::Network);
    (case.api_signs == 0 || by_one_word) && (of_the_network || COMMON.split('|').any(|common| common == slug))
}

/// Whether nothing stands there as a program prints it, neither a message nor a status nor an address.
fn is_prose(case: &Case) -> bool {
    case.sentences.iter().all(|sentence| sentence.standing == Standing::Around)
        && case.statuses.is_empty()
        && case.addresses.is_empty()
        && case.models.is_empty()
}

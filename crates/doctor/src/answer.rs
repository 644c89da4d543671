//! What an answer that is not a success comes to.
//!
//! In: an answer and the call that it is to. Out: the cause, as `explain` finds it for whoever holds the key, with evidence;
//! where its words say nothing, what the status says. Also at which check such a cause belongs.

use serde_json::Value as Json;
use tollgate_errors::{Cause, Context, Family, catalog, explain};

use crate::call::{Call, Heard};
use crate::check::Check;
use crate::examine::Sight;

/// Less is no claim.
const CLAIM: f64 = 0.5;
/// Characters of a body that are shown.
const SHOWN: usize = 300;
/// Headers that help to tell a cause.
const TELLING: [&str; 10] = [
    "server",
    "via",
    "cf-ray",
    "retry-after",
    "x-request-id",
    "www-authenticate",
    "content-type",
    "x-should-retry",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
];

/// What an answer comes to.
pub(crate) struct Told {
    pub(crate) cause: &'static Cause,
    pub(crate) evidence: Vec<String>,
}

impl Heard {
    pub(crate) fn json(&self) -> Option<Json> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A web page.
    pub(crate) fn is_page(&self) -> bool {
        let start = String::from_utf8_lossy(&self.body[..self.body.len().min(256)]).trim_start().to_ascii_lowercase();
        let is_html =
            self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"));
        is_html || start.starts_with("<!doctype html") || start.starts_with("<html")
    }

    /// Its start, in one line.
    pub(crate) fn excerpt(&self) -> String {
        let packed = self.header("content-encoding").filter(|_| std::str::from_utf8(&self.body).is_err());
        if let Some(kind) = packed {
            return format!("({} bytes of {kind}, although it was asked for without)", self.body.len());
        }
        let text = String::from_utf8_lossy(&self.body);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }

    /// Status and start, as a line of evidence.
    pub(crate) fn shown(&self, call: &Call) -> String {
        let excerpt = self.excerpt();
        let excerpt = if excerpt.is_empty() { "with an empty body".to_owned() } else { excerpt };
        format!("{} {} → {} {excerpt}", call.method, call.url.path(), self.status)
    }
}

/// Whether a model that reasons was cut off by the few tokens that it was allowed, which some report as an error.
pub(crate) fn ran_out(heard: &Heard) -> bool {
    heard.status == 400 && String::from_utf8_lossy(&heard.body).contains("model output limit was reached")
}

/// Whether a model is refused because messages are not what it is for.
pub(crate) fn is_not_for_chat(heard: &Heard) -> bool {
    let says = |words: &&str| String::from_utf8_lossy(&heard.body).contains(*words);
    matches!(heard.status, 400 | 404)
        && ["not a chat model", "does not support chat", "chatCompletion operation does not work"].iter().any(says)
}

/// Whether an answer that says it is a success holds an error.
pub(crate) fn holds_an_error(heard: &Heard) -> bool {
    heard.json().is_some_and(|json| json["error"].is_object() && json["choices"].is_null())
}

/// Why a call was refused.
pub(crate) fn told(call: &Call, heard: &Heard, provider: Option<&str>) -> Told {
    let headers = TELLING.iter().filter_map(|name| Some(((*name).to_owned(), heard.header(name)?.to_owned())));
    let context = Context {
        status: Some(heard.status),
        provider: provider.map(str::to_owned),
        url: Some(call.url.to_string()),
        headers: headers.collect(),
        request_body: call.body.clone(),
        ..Context::default()
    };
    let explanation = explain(&String::from_utf8_lossy(&heard.body), &context);
    // Whether a proxy stands between is known here, and was looked at before.
    let of_proxies = [&catalog::PROXY_INTERCEPTS_LOCAL, &catalog::PROXY_MISCONFIGURED];
    let is_known = explanation.cause != &catalog::UNKNOWN
        && explanation.confidence >= CLAIM
        && !of_proxies.contains(&explanation.cause);
    let cause = if is_known { explanation.cause } else { by_status(heard) };
    Told { cause, evidence: vec![heard.shown(call)] }
}

fn by_status(heard: &Heard) -> &'static Cause {
    match heard.status {
        301..=303 | 307 | 308 => &catalog::REDIRECT_BREAKS_REQUEST,
        401 => &catalog::KEY_INVALID,
        402 => &catalog::CREDITS_EXHAUSTED,
        403 if heard.is_page() => &catalog::WAF_BLOCKED,
        403 => &catalog::PERMISSION_DENIED,
        404 if heard.is_page() => &catalog::BASE_URL_WRONG,
        404 => &catalog::ENDPOINT_NOT_FOUND,
        405 => &catalog::METHOD_NOT_ALLOWED,
        407 => &catalog::PROXY_MISCONFIGURED,
        408 | 504 => &catalog::GATEWAY_TIMEOUT,
        429 => &catalog::RATE_LIMIT_REQUESTS,
        500 => &catalog::SERVER_ERROR,
        502 => &catalog::BAD_GATEWAY,
        503 => &catalog::SERVICE_UNAVAILABLE,
        520..=527 | 530 => &catalog::CLOUDFLARE_5XX,
        529 => &catalog::PROVIDER_OVERLOADED,
        _ if heard.is_page() => &catalog::HTML_INSTEAD_OF_JSON,
        400..=499 => &catalog::PROVIDER_REFUSED,
        501..=599 => &catalog::SERVER_ERROR,
        _ => &catalog::RESPONSE_SHAPE_UNEXPECTED,
    }
}

/// The check that a cause is about, which may be an earlier one than the call was made for.
pub(crate) fn place(cause: &'static Cause, asked: Check) -> Check {
    match (cause.family, cause.slug) {
        (_, "org_mismatch" | "project_mismatch" | "org_not_member") => Check::Organization,
        (_, "clock_skew") => Check::Clock,
        (_, "redirect_breaks_request") => Check::Redirects,
        (_, "proxy_misconfigured" | "proxy_intercepts_local") => Check::Proxy,
        (Family::Credentials, _) => Check::Authentication,
        (
            Family::Limits,
            "rate_limit_requests"
            | "rate_limit_tokens"
            | "rate_limit_daily"
            | "rate_limit_free_tier"
            | "concurrency_limit",
        ) => Check::RateLimits,
        (Family::Limits, _) => Check::Quota,
        (Family::Address, "endpoint_not_found" | "method_not_allowed") => asked,
        (Family::Address, _) => Check::BasePath,
        (Family::Access, "region_unsupported") => asked,
        (Family::Access, _) => Check::Model,
        _ => asked,
    }
}

/// A cause's title within a line: it begins with a small letter, unless with a name.
pub(crate) fn titled(cause: &'static Cause) -> String {
    let usual = ["The ", "A ", "An ", "No ", "This ", "It ", "Too ", "One ", "Access ", "Nothing ", "Something "];
    match usual.iter().any(|word| cause.title.starts_with(word)) {
        true => cause.title[..1].to_ascii_lowercase() + &cause.title[1..],
        false => cause.title.to_owned(),
    }
}

/// The finding of a refused call, at the check that it is about.
pub(crate) fn finding(asked: Check, call: &Call, heard: &Heard, provider: Option<&str>) -> Sight {
    let told = told(call, heard, provider);
    Sight::finding(place(told.cause, asked), told.cause, titled(told.cause)).evidences(told.evidence)
}

//! Finds the error in an answer that says it is none: status 200 and a body of `{"error": …}`.
//!
//! In: the whole body of a 2xx answer that is no event stream. Out: the cause and the status the answer should have
//! had. Routers (OpenRouter), proxies in front of several vendors and some compatible servers send such answers when
//! their own upstream failed after they had said 200. Passed on, they are a success to a client until it looks for
//! `choices`.

use std::borrow::Cow;

use memchr::memmem;
use serde_json::value::RawValue;

use crate::annotate::Present;
use crate::catalog;
use crate::cause::Cause;
use crate::classify::{OVERLOADED, by_code, classify_provider};
use crate::said::Said;

/// A longer body is an answer: errors that are sent with success are short, and this runs on the serving threads.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// What a provider's answer with a 2xx status is instead of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorInSuccess {
    /// What happened.
    pub cause: &'static Cause,
    /// The status to answer with: the one that the body names or implies, else 502.
    pub status: u16,
}

/// The error that the whole `body` of an answer with a 2xx status is, or `None` where it is an answer.
///
/// To be asked of every JSON answer before it is passed on: a usual one costs a search for `"error"` and no more, and a
/// response of the Responses API (`"error":null`) is not parsed either. A body is an error where it has a member
/// `error` that is an object, a list or a text (or is vLLM's `{"object":"error", …}`), and nothing of an answer beside
/// it: no `choices`, `data`, `output` or `results`. So a failed response of the Responses API, which has `output`, is
/// the answer that its client expects.
///
/// The status is the number that the body names as `code` or `status`, else what its `code` or `type` means, else 502
/// with [`catalog::RESPONSE_SHAPE_UNEXPECTED`]; its prose decides nothing here. The caller goes on as after an answer
/// with that status: the body through [`crate::adopt`], `Retry-After` as it came, and where the cause is
/// [`catalog::UPSTREAM_CREDENTIAL_REJECTED`] (the status is then 502) none of the provider's text reaches anybody but
/// the operator. The evidence should say that the provider's status was 200.
#[must_use]
pub fn error_in_success(body: &[u8]) -> Option<ErrorInSuccess> {
    if !is_error(body) {
        return None;
    }
    let found = Said::read(body).and_then(|said| {
        let named = said.status.map(|status| (classify_provider(status, "application/json", body), status));
        named.or_else(|| by_code(&said).map(|cause| (cause, cause.wire.status))).or_else(|| {
            let status = meant(&said)?;
            Some((classify_provider(status, "application/json", body), status))
        })
    });
    let (cause, status) = found.unwrap_or((&catalog::RESPONSE_SHAPE_UNEXPECTED, 502));
    let ours = cause == &catalog::UPSTREAM_CREDENTIAL_REJECTED;
    Some(ErrorInSuccess { cause, status: if ours { cause.wire.status } else { status } })
}

/// Whether `body`, which came with success, is an error: [`error_in_success`] says which.
#[must_use]
pub fn is_error(body: &[u8]) -> bool {
    // serde reads a struct from an array too.
    let object = body.trim_ascii_start().starts_with(b"{");
    if !object || body.len() > BODY_MAX_BYTES || !speaks_of_an_error(body) {
        return false;
    }
    serde_json::from_slice(body).is_ok_and(|top: Top<'_>| top.is_an_error())
}

/// Whether the text `"error"` stands in the body as anything but a member that is null.
fn speaks_of_an_error(body: &[u8]) -> bool {
    let word = br#""error""#;
    memmem::find_iter(body, word).any(|at| {
        let after = body[at + word.len()..].trim_ascii_start();
        let value = after.strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        !value.is_some_and(|value| value.starts_with(b"null"))
    })
}

/// The outermost members that tell an error from an answer.
#[derive(serde::Deserialize)]
struct Top<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    object: Option<Cow<'a, str>>,
    #[serde(default)]
    choices: Present,
    #[serde(default)]
    data: Present,
    #[serde(default)]
    output: Present,
    #[serde(default)]
    results: Present,
}

impl Top<'_> {
    fn is_an_error(&self) -> bool {
        let answered = self.choices.0 || self.data.0 || self.output.0 || self.results.0;
        let told = self.error.is_some_and(|error| error.get().starts_with(['{', '[', '"']) && error.get() != "\"\"");
        !answered && (told || self.object.as_deref() == Some("error"))
    }
}

/// The status that a code or, failing that, a type means: OpenAI's, Anthropic's, Google's, vLLM's.
pub(crate) fn meant(said: &Said) -> Option<u16> {
    let known: &[(&[&str], u16)] = &[
        (&["invalid_request_error", "invalid_argument", "failed_precondition", "badrequesterror", "bad_request"], 400),
        (&["unauthenticated", "unauthorized"], 401),
        (&["permission_denied", "request_forbidden"], 403),
        (&["not_found_error", "not_found", "notfounderror"], 404),
        (
            &[
                "rate_limit_exceeded",
                "rate_limit_error",
                "resource_exhausted",
                "too_many_requests",
                "requests",
                "tokens",
            ],
            429,
        ),
        (
            &[
                "server_error",
                "api_error",
                "internal",
                "internal_error",
                "internal_server_error",
                "internalservererror",
            ],
            500,
        ),
        (OVERLOADED, 503),
        (&["unavailable", "service_unavailable"], 503),
        (&["timeout", "timeout_error", "deadline_exceeded", "gateway_timeout"], 504),
    ];
    let status = |word: &str| known.iter().find(|(words, _)| words.contains(&word)).map(|(_, status)| *status);
    status(&said.code).or_else(|| status(&said.kind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(body: &str) -> Option<(&'static str, u16)> {
        error_in_success(body.as_bytes()).map(|found| (found.cause.slug, found.status))
    }

    #[test]
    fn an_error_has_the_cause_and_the_status_that_it_names() {
        for (body, cause, status) in [
            (r#"{"error":{"message":"Provider returned error","code":502},"user_id":"u"}"#, "bad_gateway", 502),
            (r#"{"error":{"message":"Rate limit exceeded","code":429}}"#, "upstream_rate_limited", 429),
            (r#"{"error":{"message":"m","type":"t","code":"503"}}"#, "service_unavailable", 503),
            (
                r#"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                "upstream_quota_exhausted",
                429,
            ),
            (r#"{"error":{"message":"m","code":"context_length_exceeded"}}"#, "context_length_exceeded", 400),
            (r#"{"error":{"message":"no","code":"model_not_found"}}"#, "upstream_model_not_found", 404),
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                "provider_overloaded",
                503,
            ),
            (r#"{"type":"error","error":{"type":"api_error","message":"m"}}"#, "server_error", 500),
            (r#"{"error":{"message":"odd","type":"invalid_request_error"}}"#, "provider_refused", 400),
            (
                r#"{"error":{"message":"prompt is too long","type":"invalid_request_error"}}"#,
                "context_length_exceeded",
                400,
            ),
            (r#"[{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"m"}}]"#, "", 0),
            (r#"{"error":{"code":"deadline_exceeded","message":"m"}}"#, "gateway_timeout", 504),
            (r#"{"object":"error","message":"m","type":"BadRequestError","code":400}"#, "provider_refused", 400),
            (r#"{"error":"upstream failed"}"#, "response_shape_unexpected", 502),
            (r#"{ "error" : { "message" : "maximum context length" } }"#, "response_shape_unexpected", 502),
            (r#"{"error":{}}"#, "response_shape_unexpected", 502),
            (r#"{"error":{"code":1302,"message":"m"}}"#, "response_shape_unexpected", 502),
        ] {
            let expected = (!cause.is_empty()).then_some((cause, status));

            assert_eq!(found(body), expected, "{body}");
        }
    }

    #[test]
    fn an_error_about_our_credential_is_ours() {
        for body in [
            r#"{"error":{"message":"m","code":401}}"#,
            r#"{"error":{"message":"m","code":403}}"#,
            r#"{"error":{"message":"m","code":"invalid_api_key","type":"invalid_request_error"}}"#,
            r#"{"error":{"message":"m","code":null,"type":"authentication_error"}}"#,
            r#"{"error":{"message":"m","status":"UNAUTHENTICATED"}}"#,
        ] {
            assert_eq!(found(body), Some(("upstream_credential_rejected", 502)), "{body}");
        }
    }

    #[test]
    fn an_answer_is_no_error() {
        for body in [
            r#"{"id":"c","choices":[{"message":{"content":"{\"error\":{}}"}}]}"#,
            r#"{"choices":[],"error":{"message":"m","code":502}}"#,
            r#"{"object":"response","status":"failed","error":{"code":"server_error","message":"m"},"output":[]}"#,
            r#"{"object":"response","error":null,"output":[{"text":"the word \"error\""}]}"#,
            r#"{"object":"list","data":[],"error":{}}"#,
            r#"{"error":null}"#,
            r#"{"error":""}"#,
            r#"{"error":false}"#,
            r#"{"note":"error"}"#,
            r#"{"error":{"code":502}"#,
            "null",
            "",
        ] {
            assert_eq!(found(body), None, "{body}");
        }
    }

    #[test]
    fn a_body_too_long_for_an_error_is_not_looked_at() {
        let body = format!(r#"{{"error":{{"code":502}},"pad":"{}"}}"#, "x".repeat(BODY_MAX_BYTES));

        assert_eq!(found(&body), None);
    }

    proptest! {
        #[test]
        fn the_status_is_always_a_failure_s(body in r#"\{"error":[\[{]{0,2}("(code|type|message|status)":?|[\[\]{},:]|null|429|1e9|"x"|"429"){0,12}\}{0,2}"#) {
            if let Some(found) = error_in_success(body.as_bytes()) {
                prop_assert!((400..=599).contains(&found.status));
            }
        }
    }
}

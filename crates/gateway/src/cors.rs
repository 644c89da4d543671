//! Cross-origin requests, off unless configured (Fetch standard, "CORS protocol").

use crate::answer::{Answer, Lines};
use crate::request::{Method, Name, Request};
use crate::worker::Worker;

/// Headers that a script may read beside the few it always may.
const EXPOSED: &str = "x-request-id, openai-organization, openai-processing-ms, openai-version, retry-after, \
    retry-after-ms, x-should-retry, x-tollgate-cause, x-tollgate-provider, x-tollgate-model, x-tollgate-adapted, \
    x-tollgate-successor, deprecation, sunset, link, idempotent-replayed";

/// The answer to a preflight, where origins are configured.
pub(crate) fn preflight(worker: &Worker, request: &Request) -> Option<Answer> {
    if request.method != Method::Options || request.header(Name::RequestMethod).is_none() {
        return None;
    }
    let origin = allowed(worker, request)?;
    let mut lines = Lines::new();
    lines
        .request_id(request.id)
        .add("access-control-allow-origin", &origin)
        .add("access-control-allow-methods", "GET, POST, DELETE")
        .add("access-control-allow-headers", "authorization, content-type, idempotency-key, openai-organization, openai-project, x-tollgate-diagnosis, x-sandbox-chunk-ms, x-sandbox-chunk-tokens, x-sandbox-error, x-sandbox-error-at, x-sandbox-fault, x-sandbox-latency-ms, x-sandbox-tokens, x-stainless-arch, x-stainless-lang, x-stainless-os, x-stainless-package-version, x-stainless-retry-count, x-stainless-runtime, x-stainless-runtime-version, x-stainless-timeout")
        .add("access-control-max-age", "600")
        .add("vary", "origin");
    Some(Answer::whole(204, lines.done(), Vec::new()))
}

/// Adds what a browser wants to see on an answer.
pub(crate) fn headers(worker: &Worker, request: &Request, headers: &mut Vec<u8>) {
    if let Some(origin) = allowed(worker, request) {
        let mut lines = Lines(std::mem::take(headers));
        lines
            .add("access-control-allow-origin", &origin)
            .add("access-control-expose-headers", EXPOSED)
            .add("vary", "origin");
        *headers = lines.done();
    }
}

/// The origin to be named, if this one may call.
fn allowed(worker: &Worker, request: &Request) -> Option<String> {
    let live = worker.live();
    let cors = live.settings.cors.as_ref()?;
    let origin = request.header_text(Name::Origin)?;
    if cors.origins.iter().any(|o| o == "*") {
        return Some("*".to_owned());
    }
    cors.origins.iter().find(|o| o.as_str() == origin).cloned()
}
